//! What there is to go back to, and what became of going back; as text or as the document.

use std::fmt::Write as _;

use serde::Serialize;

use super::document::{self, ErrorDocument, SCHEMA};
use super::page::{Page, To, cells};
use super::plain::app_name;
use super::{short, show_error};
use crate::cli::OutputFormat;
use crate::deployed::{Back, Deployed, Done};
use crate::environment::Environment;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::reference::ImageReference;
use crate::request::Looking;
use crate::verdict::{Verdict, Weight};

/// An app that goes back.
pub(crate) struct RolledBack<'a> {
    pub(crate) app: &'a Deployed,
    pub(crate) target: &'a ImageReference,
    pub(crate) revision: Option<u64>,
    /// What became of it; nothing where it was only to be said.
    pub(crate) done: Option<Done>,
    /// The number of the signal that ended it.
    pub(crate) interrupted: Option<u8>,
}

#[derive(Serialize)]
struct RollbackDocument<'a> {
    schema: &'static str,
    command: &'static str,
    exit_code: u8,
    app: &'a str,
    guid: &'a str,
    space: &'a str,
    org: &'a str,
    image: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dry_run: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Target<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    runs: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revisions: Option<Vec<RevisionDocument<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorDocument<'a>>,
}

#[derive(Serialize)]
struct Target<'a> {
    revision: Option<u64>,
    image: String,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

#[derive(Serialize)]
struct RevisionDocument<'a> {
    revision: u64,
    created_at: &'a str,
    description: &'a str,
    image: Option<&'a str>,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
    deployed: bool,
    has_droplet: bool,
    findings: &'a [Verdict],
}

impl<'a> RollbackDocument<'a> {
    fn of(app: &'a Deployed, exit_code: ExitCode) -> Self {
        Self {
            schema: SCHEMA,
            command: "rollback",
            exit_code: exit_code.code(),
            app: &app.name,
            guid: &app.guid,
            space: &app.space,
            org: &app.org,
            image: app.image.as_deref(),
            dry_run: None,
            to: None,
            result: None,
            runs: None,
            notes: None,
            revisions: None,
            error: None,
        }
    }
}

/// Prints the revisions of an app.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn revisions(
    app: &Deployed,
    all: &[Back],
    looking: &Looking,
    environment: &Environment,
) -> Result<(), Error> {
    if looking.output == OutputFormat::Json {
        let revisions = all.iter().map(revision).collect();
        let document = RollbackDocument::of(app, ExitCode::Success);
        return document::print(
            &RollbackDocument { revisions: Some(revisions), ..document },
            environment,
        );
    }
    let page = Page::of(environment, To::Stdout);
    let mut rows =
        vec![["REVISION", "IMAGE", "TAG", "MADE", "COULD RUN"].map(str::to_owned).to_vec()];
    for back in all {
        let mark = if back.is_deployed { " (runs)" } else { "" };
        let tag = back.reference().and_then(ImageReference::tag).unwrap_or("-");
        rows.push(vec![
            format!("{}{mark}", back.version),
            short(back.image.as_deref().unwrap_or("(its droplet is gone)")),
            tag.to_owned(),
            back.created_at.chars().take(16).collect::<String>().replace('T', " "),
            could_run(back),
        ]);
    }
    let mut out = page.fitted(&cells(rows));
    let _ = match all.len() {
        0 => writeln!(out, "\n{} has no revisions", app_name(&app.name)),
        _ => writeln!(out, "\nto go back: `{}`", app.lines().ours("rollback", "--to REVISION")),
    };
    super::say(&out, environment)
}

/// Whether a revision could run again, in words.
fn could_run(back: &Back) -> String {
    let Some(reference) = back.reference() else {
        return if back.has_droplet { "by cf rollback alone" } else { "no" }.to_owned();
    };
    if let Some(verdict) = back.findings.iter().find(|one| one.weight == Weight::Definitive) {
        return format!("no: {}", verdict.name.as_str());
    }
    if let Some(verdict) = back.findings.iter().find(|one| one.weight == Weight::Undecided) {
        return format!("not known: {}", verdict.name.as_str());
    }
    if reference.digest().is_none() {
        return "not known: it was pushed by tag".to_owned();
    }
    "yes".to_owned()
}

fn revision(back: &Back) -> RevisionDocument<'_> {
    let reference = back.reference();
    RevisionDocument {
        revision: back.version,
        created_at: &back.created_at,
        description: &back.description,
        image: back.image.as_deref(),
        tag: reference.and_then(ImageReference::tag),
        digest: reference.and_then(ImageReference::digest),
        deployed: back.is_deployed,
        has_droplet: back.has_droplet,
        findings: &back.findings,
    }
}

/// Prints what became of going back, or what would.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn rolled_back(
    back: &RolledBack<'_>,
    code: ExitCode,
    looking: &Looking,
    environment: &Environment,
) -> Result<(), Error> {
    let done = back.done.as_ref();
    let error = done.and_then(|done| done.error.as_ref());
    if looking.output == OutputFormat::Json {
        return document::print(
            &RollbackDocument {
                dry_run: done.is_none().then_some(true),
                to: Some(Target {
                    revision: back.revision,
                    image: back.target.for_cloud_foundry().to_string(),
                    tag: back.target.tag(),
                    digest: back.target.digest(),
                }),
                result: done.map(|done| done.result.name()),
                runs: done.map(|done| done.now.as_str()),
                notes: done.map(|done| done.notes.as_slice()),
                error: error.map(ErrorDocument::from),
                ..RollbackDocument::of(back.app, code)
            },
            environment,
        );
    }
    let page = Page::of(environment, To::Stdout);
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut row = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
    row("app", app_name(&back.app.name));
    row(
        "from",
        back.app
            .reference()
            .map_or_else(|| back.app.image.clone().unwrap_or_default(), ToString::to_string),
    );
    let of = back.revision.map(|revision| format!(" (revision {revision})")).unwrap_or_default();
    row("to", format!("{}{of}", back.target));
    match done {
        Some(done) => {
            row("result", done.result.name().to_owned());
            row("runs", done.now.clone());
            for note in &done.notes {
                row("note", note.clone());
            }
        }
        None => row("result", "nothing was changed (`--dry-run`)".to_owned()),
    }
    super::say(&page.table(&cells(rows)), environment)?;
    if let Some(error) = error {
        show_error(error, environment);
    }
    Ok(())
}
