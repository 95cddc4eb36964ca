//! The end of a push: what became of every app, in words, as a table, as a document.

use anstyle::AnsiColor;

use super::annotation::{self, Level::Error as Severe};
use super::document::ErrorDocument;
use super::page::{Cell, Page, To};
use super::plain::app_name;
use super::{Announcer, Document, labelled, short, show_error, show_warning, text};
use crate::app::{self, AppRun, Findings};
use crate::cf::plan::Plan;
use crate::cf::{Ending, Outcome};
use crate::cli::OutputFormat;
use crate::error::{Error, printable, printable_in_full};
use crate::exit_code::ExitCode;
use crate::request::PushRequest;

/// Says how the push of every app ended; the JSON document where that was asked for.
///
/// # Errors
/// The document cannot be written.
pub(crate) fn pushed(
    apps: &[AppRun],
    findings: Option<&Findings>,
    exit_code: ExitCode,
    request: &PushRequest,
    announcer: Announcer<'_>,
) -> Result<(), Error> {
    let said = pushed_document(apps, findings, exit_code, request, announcer);
    if let Err(error) = &said {
        show_error(error, announcer.environment);
    }
    let count = if apps.len() > 1 { Count::Several } else { Count::One };
    for app in apps {
        if let (Some(plan), Some(outcome)) = (&app.plan, &app.outcome) {
            told(app, plan, outcome, count, announcer);
        }
    }
    if count == Count::Several {
        announcer.block(&table(apps, Page::of(announcer.environment, To::Stderr)));
        if exit_code != ExitCode::Success {
            let left = apps.iter().filter(|app| !app.is_pushed() && !app.is_unchanged());
            let names: Vec<&str> = left.filter_map(|app| app.app.name.as_deref()).collect();
            announcer.rest(&names, &request.typed);
        }
    }
    said
}

/// Prints how the push of every app ended, where a program is to read it.
///
/// # Errors
/// The document cannot be written.
pub(crate) fn pushed_document(
    apps: &[AppRun],
    findings: Option<&Findings>,
    exit_code: ExitCode,
    request: &PushRequest,
    announcer: Announcer<'_>,
) -> Result<(), Error> {
    match request.output {
        OutputFormat::Json => announcer.print(Document {
            exit_code: exit_code.code(),
            error: app::first_failure(apps).and_then(Ending::error).map(ErrorDocument::from),
            ..Document::of_push(apps, findings, request)
        }),
        OutputFormat::Text => Ok(()),
    }
}

/// Whether an app is one of several, so that its name has to be said, and a table ends it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    One,
    Several,
}

/// Says how one cf ended, and why.
fn told(app: &AppRun, plan: &Plan, outcome: &Outcome, count: Count, announcer: Announcer<'_>) {
    let name = plan.app.as_deref().filter(|_| count == Count::Several);
    match &outcome.ending {
        // Of several the table says it.
        Ending::Pushed => {
            if count == Count::One {
                announcer.pushed(&text::success(plan, outcome));
            }
        }
        Ending::NotStarted => {}
        Ending::NotRun(error) => {
            let to_push = name.map(|name| format!("it was to push {}", printable_in_full(name)));
            let error = to_push.into_iter().fold(error.clone(), Error::seen);
            show_error(&error, announcer.environment);
        }
        // Whoever asked for the end of several knows why.
        Ending::Interrupted(_) if count == Count::Several => {}
        ending @ (Ending::Failed(_)
        | Ending::TimedOut(_)
        | Ending::WantedTerminal(_)
        | Ending::Interrupted(_)) => {
            let front =
                name.map(|name| format!("{}: ", printable_in_full(name))).unwrap_or_default();
            if ending.is_ours() {
                // cf has no words for it, so that nobody else would say why.
                let error = text::ended_by_us(&front, plan, outcome, app.taken_back.as_ref());
                labelled("error", AnsiColor::Red, &error.to_string(), announcer.environment);
            } else {
                announcer.phase(&format!("{front}{}", text::failure(plan, outcome)));
            }
            if let Some(diagnosis) = &app.diagnosis {
                announcer.diagnosis(diagnosis, &front);
            }
            if !matches!(ending, Ending::Interrupted(_)) {
                let about = plan.app.as_deref().unwrap_or("icr-cf");
                let why = text::reason(plan, outcome, app.diagnosis.as_ref());
                annotation::message(Severe, about, &why, announcer.environment);
            }
        }
    }
    if let Some(back) = app.taken_back.as_ref().filter(|_| !outcome.ending.is_ours()) {
        let app = printable(plan.app.as_deref().unwrap_or_default());
        announcer.taken_back(back, &app);
    }
    let is_back = app.taken_back.as_ref().is_some_and(|back| back.is_back);
    if outcome.ending.is_cut_short() && plan.uses_deployment() && !is_back {
        // Also when all else is to be quiet: something of theirs goes on without them.
        show_warning(&text::deployment(plan), announcer.environment);
    }
}

/// A row for each app.
fn table(apps: &[AppRun], page: Page) -> String {
    let heading = ["APP", "IMAGE", "RESULT", "SECONDS", "ROUTES"];
    let mut rows: Vec<Vec<Cell>> = vec![heading.map(Cell::from).to_vec()];
    for app in apps {
        let name = app_name(app.app.name.as_deref().unwrap_or("-"));
        let image = app.pushed().map_or_else(|| "-".to_owned(), |image| short(&image));
        let outcome = app.outcome.as_ref();
        let left = if app.is_unchanged() { "unchanged".to_owned() } else { String::new() };
        let result = outcome.map_or(left, |outcome| outcome.ending.brief());
        let seconds = outcome.filter(|outcome| outcome.has_run());
        let seconds = seconds.map(|outcome| format!("{:.1}", outcome.seconds)).unwrap_or_default();
        let routes = outcome.map(text::linked).unwrap_or_default();
        rows.push(vec![name.into(), image.into(), result.into(), seconds.into(), routes]);
    }
    page.fitted(&rows)
}
