//! What an audit found: a row for each app, the worst first, then what is to be said of them; or the
//! document.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::document::{self, SCHEMA};
use super::page::{Page, To, cells};
use super::plain::app_name;
use super::short;
use super::verdicts::{grouped, is_silenced, write_verdicts};
use crate::cf;
use crate::cli::OutputFormat;
use crate::deployed::{self, AppState, Audit, Deployed, Inventory, Running};
use crate::environment::Environment;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::icr::KeyDetails;
use crate::request::{Looking, Voice};
use crate::verdict::{Verdict, Weight};

/// The document of an audit.
#[derive(Serialize)]
struct AuditDocument<'a> {
    schema: &'static str,
    command: &'static str,
    exit_code: u8,
    apps: Vec<AuditedApp<'a>>,
    findings: &'a [Verdict],
    keys: &'a [KeyDetails],
    not_asked: &'a [String],
    requests: usize,
    seconds: f64,
}

#[derive(Serialize)]
struct AuditedApp<'a> {
    app: &'a str,
    guid: &'a str,
    space: &'a str,
    org: &'a str,
    state: &'static str,
    /// As it was pushed.
    image: Option<&'a str>,
    /// With the tag, where that is known.
    reference: Option<String>,
    tag: Option<&'a str>,
    /// The one that runs; `null` where it was pushed by tag.
    digest: Option<&'a str>,
    user: Option<&'a str>,
    pushed_at: Option<&'a str>,
    staged_at: Option<&'a str>,
    instances: Instances,
    findings: &'a [Verdict],
}

#[derive(Serialize)]
struct Instances {
    running: Option<u64>,
    wanted: u64,
}

/// Prints what an audit found.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn audit(
    inventory: &Inventory,
    audit: &Audit,
    (code, took): (ExitCode, Duration),
    looking: &Looking,
    environment: &Environment,
) -> Result<(), Error> {
    let mut apps: Vec<&Deployed> = inventory.apps.iter().collect();
    // Stable: those that are alike stay in their order.
    apps.sort_by_key(|app| worst(app));
    if looking.output == OutputFormat::Json {
        return document::print(
            &AuditDocument {
                schema: SCHEMA,
                command: "audit",
                exit_code: code.code(),
                apps: apps.iter().map(|app| audited(app)).collect(),
                findings: &audit.findings,
                keys: &audit.keys,
                not_asked: &inventory.not_asked,
                requests: audit.requests,
                seconds: cf::seconds(took),
            },
            environment,
        );
    }
    let page = Page::of(environment, To::Stdout);
    let mut out = table(&apps, looking, page);
    let called = deployed::called(apps.iter().copied());
    let all = called.iter().zip(&apps);
    let pairs = all.flat_map(|(name, app)| app.findings.iter().map(|one| (name.as_str(), one)));
    let shown = |verdict: &Verdict| {
        let is_wanted = looking.voice == Voice::Verbose || verdict.weight != Weight::Advice;
        is_wanted && !is_silenced(verdict, &looking.silenced)
    };
    write_verdicts(&mut out, &audit.findings);
    let grouped = grouped(pairs.filter(|(_, verdict)| shown(verdict)));
    write_verdicts(&mut out, &grouped);
    if !inventory.not_asked.is_empty() {
        let rows = inventory.not_asked.iter();
        let rows = rows.map(|what| vec!["not asked".to_owned(), what.clone()]).collect();
        let _ = write!(out, "\n{}", page.table(&cells(rows)));
    }
    let _ = writeln!(out, "\n{}", summary(&apps, audit, took, looking));
    super::say(&out, environment)
}

/// The place of its worst finding; none comes last.
fn worst(app: &Deployed) -> (u8, Option<crate::verdict::Name>) {
    let first = app.findings.first();
    let rank = match first.map(|verdict| verdict.weight) {
        Some(Weight::Definitive) => 0,
        Some(Weight::Undecided) => 1,
        Some(Weight::Advice) => 2,
        None => 3,
    };
    (rank, first.map(|verdict| verdict.name))
}

fn table(apps: &[&Deployed], looking: &Looking, page: Page) -> String {
    let heading = ["APP", "IMAGE", "TAG", "PUSHED", "INSTANCES", "FINDINGS"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for (name, app) in deployed::called(apps.iter().copied()).iter().zip(apps) {
        let reference = app.reference();
        let image = match (&app.running, reference) {
            (_, Some(reference)) => short(&reference.for_cloud_foundry().to_string()),
            (Running::Nothing, _) => "(never staged)".to_owned(),
            (_, None) => short(app.image.as_deref().unwrap_or_default()),
        };
        let dash = || "-".to_owned();
        let pushed = app.tracked.pushed_at.as_ref().filter(|_| has_note(app));
        let pushed = pushed.or(app.staged_at.as_ref());
        rows.push(vec![
            app_name(name),
            image,
            reference.and_then(|one| one.tag()).map_or_else(dash, str::to_owned),
            pushed.map_or_else(dash, |time| minutes(time)),
            instances(app),
            findings(app, looking),
        ]);
    }
    page.fitted(&cells(rows))
}

/// Whether what is noted on an app is about what runs.
fn has_note(app: &Deployed) -> bool {
    app.reference().is_some_and(|one| one.digest().is_some() && one.tag().is_some())
}

/// A moment, to the minute.
fn minutes(time: &str) -> String {
    let shown: String = time.chars().take(16).collect();
    shown.replace('T', " ")
}

fn instances(app: &Deployed) -> String {
    match (app.state, app.up) {
        (AppState::Stopped, _) => "stopped".to_owned(),
        (AppState::Started, Some(up)) => format!("{up}/{}", app.wanted()),
        (AppState::Started, None) => format!("?/{}", app.wanted()),
    }
}

/// What was found of an app, without what is silenced.
fn heard<'a>(app: &'a Deployed, looking: &'a Looking) -> impl Iterator<Item = &'a Verdict> {
    app.findings.iter().filter(|verdict| !is_silenced(verdict, &looking.silenced))
}

fn findings(app: &Deployed, looking: &Looking) -> String {
    let names: Vec<&str> = heard(app, looking).map(|verdict| verdict.name.as_str()).collect();
    if names.is_empty() {
        return match app.running {
            Running::Elsewhere => "not asked: another registry".to_owned(),
            Running::Nothing => "nothing to ask".to_owned(),
            Running::Icr(_) | Running::Unreadable(_) => "fine".to_owned(),
        };
    }
    names.join(", ")
}

fn summary(apps: &[&Deployed], audit: &Audit, took: Duration, looking: &Looking) -> String {
    let has = |weight| {
        move |app: &&&Deployed| heard(app, looking).next().is_some_and(|one| one.weight == weight)
    };
    let count = |weight| apps.iter().filter(has(weight)).count();
    let (bad, unsure, advice) =
        (count(Weight::Definitive), count(Weight::Undecided), count(Weight::Advice));
    let word = if apps.len() == 1 { "app" } else { "apps" };
    let mut parts = vec![format!("{} {word}", apps.len())];
    if bad > 0 {
        parts.push(format!("{bad} that could not start again"));
    }
    if unsure > 0 {
        parts.push(format!("{unsure} undecided"));
    }
    if advice > 0 {
        let more = if looking.voice == Voice::Verbose { "" } else { " (`--verbose` shows it)" };
        parts.push(format!("{advice} with advice{more}"));
    }
    if bad + unsure + advice == 0 {
        parts.push("all fine".to_owned());
    }
    let word = if audit.requests == 1 { "request" } else { "requests" };
    format!("{}; {} {word}, {} s", parts.join(", "), audit.requests, cf::seconds(took))
}

fn audited(app: &Deployed) -> AuditedApp<'_> {
    let reference = app.reference();
    AuditedApp {
        app: &app.name,
        guid: &app.guid,
        space: &app.space,
        org: &app.org,
        state: match app.state {
            AppState::Started => "started",
            AppState::Stopped => "stopped",
        },
        image: app.image.as_deref(),
        reference: reference.map(ToString::to_string),
        tag: reference.and_then(|one| one.tag()),
        digest: reference.and_then(|one| one.digest()),
        user: app.user.as_deref(),
        pushed_at: app.tracked.pushed_at.as_deref().filter(|_| has_note(app)),
        staged_at: app.staged_at.as_deref(),
        instances: Instances { running: app.up, wanted: app.wanted() },
        findings: &app.findings,
    }
}
