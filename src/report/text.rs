//! The words for people.

use super::page::{Cell, Page, cells};
use super::plain::plain;
use crate::app::{AppRun, TakenBackApp};
use crate::cf::diagnosis::Diagnosis;
use crate::cf::plan::{Copied, Plan};
use crate::cf::{Outcome, address, time};
use crate::credentials::SourceRow;
use crate::error::{Error, ErrorKind, printable_in_full};
use crate::region::REGISTRIES;
use crate::request::{Pin, Way};

/// Whether somebody was asked about an app, and its key read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Yes,
    No,
}

impl Asked {
    pub(super) const fn of(app: &AppRun) -> Self {
        if app.difference.is_some() { Self::Yes } else { Self::No }
    }
}

/// The plans of a dry run: how each image is read, then what would be run.
pub(super) fn plans(plans: &[(&Plan, Asked)], page: Page) -> String {
    if plans.is_empty() {
        return String::new();
    }
    if let [(plan, asked)] = plans {
        let rows = [of_app(plan, *asked), of_cf(plan)].concat();
        return format!("{}\n{}\n", page.table(&cells(rows)), page.text(&plan.paste_line()));
    }
    let table = |rows| page.table(&cells(rows));
    let mut blocks: Vec<String> =
        plans.iter().map(|(plan, asked)| table(of_app(plan, *asked))).collect();
    blocks.extend(plans.first().map(|(plan, _)| table(of_cf(plan))));
    let lines: Vec<String> = plans.iter().map(|(plan, _)| plan.paste_line()).collect();
    blocks.push(format!("{}\n", page.text(&lines.join("\n"))));
    blocks.join("\n")
}

/// What a plan comes to for its app, a row each.
fn of_app(plan: &Plan, asked: Asked) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
    row("app", plan.app.clone().unwrap_or_else(|| "(named in the manifest)".to_owned()));
    match (&plan.image, &plan.other_image) {
        (Some(image), _) => {
            row("image", image.reference.clone());
            if image.pushed != image.reference && image.region.is_some() {
                row("pushed as", image.pushed.clone());
            }
            let unknown = "to be found: every registry of ICR would be asked";
            row("region", image.region.clone().unwrap_or_else(|| unknown.to_owned()));
        }
        (None, Some(other)) => {
            row("image", other.given.clone());
            row(
                "registry",
                format!("{}, which is not ICR's: the image is left as it is", other.host),
            );
        }
        (None, None) => row("image", "none: built from files".to_owned()),
    }
    match plan.checks.as_ref().filter(|_| plan.image.is_some()) {
        Some(checks) => {
            let who = if plan.key.is_none() { ", without a key" } else { "" };
            let what = match checks.pin {
                Pin::Digest => "they would pin the digest for",
                Pin::AsGiven => "for",
            };
            row(
                "checks",
                match asked {
                    Asked::No => format!("not run{who}; {what} {}", checks.platform),
                    Asked::Yes => format!("run{who}, for {}", checks.platform),
                },
            );
        }
        None => row("checks", "none".to_owned()),
    }
    if let Some(user) = &plan.username {
        row("user", user.clone());
    }
    let secret = if plan.image.is_some() { "key" } else { "password" };
    if let Some(key) = &plan.key {
        let unread = if asked == Asked::No { " (not read)" } else { "" };
        row(secret, format!("{}{unread}", key.source));
    }
    if plan.copies(&Copied::Manifest) {
        let what = match plan.way {
            Way::Copy => "a private copy of the manifest, with image and user in place",
            Way::Flags => "a private copy of the manifest",
        };
        row("cf gets", what.to_owned());
    }
    rows
}

/// What a plan comes to for cf, the same for every app.
fn of_cf(plan: &Plan) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
    row("cf", plan.cf.path.clone().unwrap_or_else(|| "(not found)".to_owned()));
    if let Some(release) = &plan.cf.release {
        row("cf release", release.clone());
    }
    row("manifest", plan.manifest.clone().unwrap_or_else(|| "none".to_owned()));
    if !plan.environment.remove.is_empty() {
        row("kept from cf", plan.environment.remove.join(", "));
    }
    rows
}

pub(super) fn key_sources(looked: &[SourceRow], page: Page) -> String {
    let rows: Vec<Vec<String>> =
        looked.iter().map(|row| vec![row.source.clone(), row.result.clone()]).collect();
    page.table(&cells(rows))
}

pub(super) fn regions(page: Page) -> String {
    let heading = ["REGION", "HOST", "LOCATION", "ALSO", "PRIVATE HOST", "LEGACY HOST"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for registry in &REGISTRIES {
        let also = registry.former_names.iter().copied().chain(registry.short_name());
        rows.push(vec![
            registry.region.to_owned(),
            registry.host.to_owned(),
            registry.location.unwrap_or("(not in IBM's documentation)").to_owned(),
            also.collect::<Vec<_>>().join(", "),
            registry.private_host.unwrap_or("-").to_owned(),
            registry.legacy_hosts.first().copied().unwrap_or("-").to_owned(),
        ]);
    }
    page.table(&cells(rows))
}

fn app(plan: &Plan) -> &str {
    plan.app.as_deref().unwrap_or("the app")
}

/// The routes of an app behind something, where it has some.
pub(super) fn routes(outcome: &Outcome) -> String {
    match outcome.routes.as_slice() {
        [] => String::new(),
        routes => format!("; routes: {}", routes.join(", ")),
    }
}

/// The routes of an app, which lead to it.
pub(super) fn linked(outcome: &Outcome) -> Cell {
    let mut cell = Cell::default();
    for (at, route) in outcome.routes.iter().enumerate() {
        let between = if at > 0 { ", " } else { "" };
        cell = cell.and(between, None).and(route, address(route));
    }
    cell
}

pub(super) fn success(plan: &Plan, outcome: &Outcome) -> Cell {
    let from = plan.pushed.as_ref().map(|image| format!(" from {image}")).unwrap_or_default();
    let said = format!("pushed {}{from} in {}", app(plan), time(outcome.seconds));
    let behind = if outcome.routes.is_empty() { "" } else { "; routes: " };
    let parts = linked(outcome);
    Cell::from(format!("{said}{behind}")).then(parts)
}

pub(super) fn failure(plan: &Plan, outcome: &Outcome) -> String {
    let how = outcome.sentence();
    match logs(plan, outcome) {
        Some(logs) => format!("{how}; {logs}"),
        None => how,
    }
}

/// Where the words of an app are that has begun to be staged.
fn logs(plan: &Plan, outcome: &Outcome) -> Option<String> {
    let app = plan.app.as_ref().filter(|_| outcome.has_log())?;
    let logs = plan.cf.program.line(&["logs", app, "--recent"]);
    Some(format!("`{logs}` has what the app said"))
}

/// Why we have ended a cf, and what runs since then as far as that is known.
pub(super) fn ended_by_us(
    front: &str,
    plan: &Plan,
    outcome: &Outcome,
    back: Option<&TakenBackApp>,
) -> Error {
    let error = Error::new(ErrorKind::TimedOut, format!("{front}{}", outcome.sentence()));
    let error = back.into_iter().fold(error, |error, back| error.seen(back.words.clone()));
    logs(plan, outcome).into_iter().fold(error, Error::hint)
}

pub(super) fn diagnosis(diagnosis: &Diagnosis) -> String {
    let hints = diagnosis.hints.iter().map(|hint| format!("\nhint: {hint}"));
    std::iter::once(diagnosis.message.clone()).chain(hints).collect()
}

/// Why a push failed, as far as that is known: a diagnosis, else the last that cf has said.
pub(super) fn reason(plan: &Plan, outcome: &Outcome, diagnosis: Option<&Diagnosis>) -> String {
    if let Some(known) = diagnosis {
        return self::diagnosis(known);
    }
    let lines = outcome.last_lines.iter().map(|line| plain(line.as_bytes()));
    last_message(lines.rev()).unwrap_or_else(|| failure(plan, outcome))
}

/// The first of these lines that says something.
fn last_message(mut lines: impl Iterator<Item = String>) -> Option<String> {
    // What cf prints under a message or above it, and that is none itself.
    let says = |line: &String| !line.trim().is_empty() && line.trim() != "FAILED";
    lines.find(says).map(|line| line.trim().to_owned())
}

pub(super) fn deployment(plan: &Plan) -> String {
    let cancel = plan.cf.program.line(&["cancel-deployment", plan.app.as_deref().unwrap_or("APP")]);
    format!("the deployment may go on without cf; `{cancel}` stops it")
}

/// How many digits of a digest a table shows; the JSON document has them all.
const DIGITS: usize = 12;

/// An image with its digest cut to what people compare.
pub(super) fn short(image: &str) -> String {
    match image.split_once("@sha256:") {
        Some((name, digest)) => {
            let digits: String = digest.chars().take(DIGITS).collect();
            format!("{name}@sha256:{digits}")
        }
        None => printable_in_full(image),
    }
}
