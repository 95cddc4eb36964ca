//! What a push would change: of each app in a line and what changes below it, or as a document; and
//! what a push leaves out since nothing would.

use std::fmt::Write as _;

use super::document::{AppDocument, Document};
use super::page::{Page, To, cells};
use super::plain::app_name;
use super::{Announcer, short, warnings};
use crate::app::{AppRun, Findings};
use crate::cli::OutputFormat;
use crate::deployed::{ChangedValue, Difference, ImageSide, Standing};
use crate::error::{Error, printable_in_full};
use crate::exit_code::ExitCode;
use crate::request::{PushRequest, Voice};

/// Prints what a push would change.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn differences(
    apps: &[AppRun],
    findings: Option<&Findings>,
    code: ExitCode,
    request: &PushRequest,
    announcer: Announcer<'_>,
) -> Result<(), Error> {
    if request.output == OutputFormat::Json {
        let document = Document {
            exit_code: code.code(),
            checks: findings,
            apps: Some(apps.iter().map(AppDocument::compared).collect()),
            warnings: Some(warnings(request)),
            ..Document::of(request.goal.command())
        };
        return announcer.print(document);
    }
    let page = Page::of(announcer.environment, To::Stdout);
    let mut out = String::new();
    for run in apps {
        let Some(difference) = &run.difference else { continue };
        let state = word(difference.state);
        let name = app_name(run.app.name.as_deref().unwrap_or("-"));
        let _ = writeln!(out, "{}  {state}", page.one_line(&name));
        let rows = rows(difference);
        if !rows.is_empty() {
            let table = page.table(&cells(rows));
            for line in table.lines() {
                let _ = writeln!(out, "  {line}");
            }
        }
    }
    if request.voice > Voice::Quiet && apps.len() > 1 {
        let _ = writeln!(out, "\n{}", summary(apps));
    }
    super::say_as_is(&out)
}

const fn word(state: Standing) -> &'static str {
    match state {
        Standing::Unchanged => "unchanged",
        Standing::Changed => "changed",
        Standing::Undecided => "undecided",
    }
}

/// A row for each change, and for each thing that could not be told.
fn rows(difference: &Difference) -> Vec<Vec<String>> {
    let changes = difference.changes.iter().map(|change| {
        let text = match change {
            ChangedValue { hidden: true, .. } => {
                "changed (hidden; `--show-env` shows it)".to_owned()
            }
            ChangedValue { what, .. } if what == "image" => {
                let side = |side: Option<&ImageSide>| side.map_or_else(nothing, image);
                let (was, now) = (difference.running.as_ref(), difference.wanted.as_ref());
                format!("{} -> {}", side(was), side(now))
            }
            ChangedValue { was, now, .. } => {
                let text = |value: &Option<String>| value.clone().unwrap_or_else(nothing);
                format!("{} -> {}", text(was), text(now))
            }
        };
        vec![change.what.clone(), text]
    });
    let unknown = difference.undecided.iter().map(|why| vec!["not known".to_owned(), why.clone()]);
    changes.chain(unknown).collect()
}

fn nothing() -> String {
    "none".to_owned()
}

/// An image: its tag where that is known, its digest cut to what people compare, the day it was
/// built.
fn image(side: &ImageSide) -> String {
    let digest = side.digest.as_deref().map(|digest| short(&format!("@{digest}")).replace('@', ""));
    let mut text = match (&side.tag, digest) {
        (Some(tag), Some(digest)) => format!("{tag} {digest}"),
        (_, None) => side.image.clone(),
        (None, Some(_)) => short(&side.image),
    };
    if let Some(created) = &side.created {
        let day: String = created.chars().take(10).collect();
        let _ = write!(text, " ({day})");
    }
    text
}

fn summary(apps: &[AppRun]) -> String {
    let count = |state| {
        let states = apps.iter().filter_map(|run| Some(run.difference.as_ref()?.state));
        states.into_iter().filter(|one| *one == state).count()
    };
    let states = [Standing::Changed, Standing::Undecided, Standing::Unchanged];
    let parts: Vec<String> = states
        .into_iter()
        .filter(|state| count(*state) > 0)
        .map(|state| format!("{} {}", count(state), word(state)))
        .collect();
    format!("{} apps: {}", apps.len(), parts.join(", "))
}

/// Says which apps a push leaves out, and of which it could not tell.
pub(crate) fn left_out(apps: &[AppRun], announcer: Announcer<'_>) {
    for run in apps {
        let Some(difference) = &run.difference else { continue };
        let name = printable_in_full(run.app.called());
        match difference.state {
            Standing::Unchanged => {
                let image = difference.running.as_ref().map(|side| short(&side.image));
                let runs = image.map(|image| format!(" with {image}")).unwrap_or_default();
                announcer
                    .note(&format!("`{name}` is left out: it runs{runs}, nothing would change"));
            }
            Standing::Undecided => {
                let why = difference.undecided.join("; ");
                announcer.note(&format!("`{name}` is pushed, since it is not known: {why}"));
            }
            Standing::Changed => {}
        }
    }
}
