//! What is printed of ours: plan, result, errors; as text for people or as one JSON document.
//!
//! Holds no secret.

use std::io::{self, Write};
use std::sync::Arc;

use anstyle::{AnsiColor, Style};

use crate::args::OutputFormat;
use crate::checks::All;
use crate::credentials::{Found, Level, Notice};
use crate::diagnosis::Diagnosis;
use crate::environment::{Colors, Environment};
use crate::error::{Error, ErrorKind, printable_in_full};
use crate::execution::{Outcome, Watch};
use crate::exit_code::ExitCode;
use crate::plan::Plan;
use crate::region::REGISTRIES;
use crate::request::{PushRequest, Shape};

mod annotation;
mod announcer;
mod checks;
mod document;
mod keys;
mod many;
mod page;
mod terminal;
mod text;
pub(crate) mod watching;

use annotation::Level::{Error as Severe, Warning};
pub(crate) use announcer::Announcer;
pub(crate) use checks::{check, findings, stopped};
use document::{AppDocument, Checks, Fate, Refused};
pub(crate) use document::{Document, Resolved};
pub(crate) use keys::{Explanation, explained, key_sources};
pub(crate) use many::{Ended, summary};
use page::{Page, To};
use text::short;

/// Writes text for people to standard output.
fn say(text: &str, environment: &Environment) -> Result<(), Error> {
    say_as_is(&Page::of(environment, To::Stdout).text(text))
}

/// Writes what has nothing of others, or is for a program, to standard output.
pub(crate) fn say_as_is(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// What came of writing to standard output. Whoever closed it has read enough.
pub(crate) fn written(result: io::Result<()>) -> Result<(), Error> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let message = format!("standard output cannot be written: {error}");
            Err(Error::new(ErrorKind::Output, message))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The word in front of a message, coloured on a terminal. Written at once, so that nothing of
/// anybody else's comes between.
fn labelled(label: &str, color: AnsiColor, text: &str, environment: &Environment) {
    labelled_as_is(label, color, &Page::of(environment, To::Stderr).text(text), environment);
}

/// The same for a text that is fit to be shown.
fn labelled_as_is(label: &str, color: AnsiColor, text: &str, environment: &Environment) {
    let (style, choice) = match environment.colors(environment.streams.stderr) {
        Colors::Refused => (Style::new(), anstream::ColorChoice::Never),
        Colors::Taken => {
            (Style::new().bold().fg_color(Some(color.into())), anstream::ColorChoice::Always)
        }
    };
    let line = format!("{style}{label}:{style:#} {text}\n");
    // Nobody is left to hear of it where standard error is gone.
    let _ = anstream::AutoStream::new(io::stderr().lock(), choice).write_all(line.as_bytes());
}

/// Shows a failure, in the form that was asked for.
pub(crate) fn fail(
    error: &Error,
    command: Option<&'static str>,
    output: OutputFormat,
    environment: &Environment,
) {
    if output == OutputFormat::Json {
        let document = command.map_or_else(Document::of_nothing, Document::of);
        let exit_code = error.exit_code().code();
        let document = Document { exit_code, error: Some(Refused::from(error)), ..document };
        if document.print().is_ok() {
            annotation::refusal(error, environment);
            return;
        }
    }
    show_error(error, environment);
}

/// Shows a failure on standard error.
pub(crate) fn show_error(error: &Error, environment: &Environment) {
    let label = if let ErrorKind::Verdict(stop) = error.kind() {
        format!("error[{}]", stop.name)
    } else {
        "error".to_owned()
    };
    labelled(&label, AnsiColor::Red, &error.to_string(), environment);
    annotation::refusal(error, environment);
}

/// Tells a service that runs jobs of a failure that stands in a document.
pub(crate) fn annotate(error: &Error, environment: &Environment) {
    annotation::refusal(error, environment);
}

/// Shows what may go wrong, on standard error.
pub(crate) fn show_warning(text: &str, environment: &Environment) {
    labelled("warning", AnsiColor::Yellow, text, environment);
    annotation::message(Warning, "icr-cf", text, environment);
}

/// Shows what is worth knowing about a key, on standard error.
pub(crate) fn show_notice(Notice { level, text }: &Notice, environment: &Environment) {
    match level {
        Level::Note => show_note(text, environment),
        Level::Warning => show_warning(text, environment),
    }
}

/// Shows what was decided, on standard error.
pub(crate) fn show_note(text: &str, environment: &Environment) {
    labelled("note", AnsiColor::Cyan, text, environment);
}

/// Prints the plans of a dry run.
pub(crate) fn dry_run(
    plans: &[Plan],
    request: &PushRequest,
    environment: &Environment,
) -> Result<(), Error> {
    let page = Page::of(environment, To::Stdout);
    let command = request.goal.command();
    match (request.output, request.shape, plans) {
        (OutputFormat::Json, Shape::One, [plan]) => {
            Document { plan: Some(plan), dry_run: Some(true), ..Document::of(command) }.print()
        }
        (OutputFormat::Json, _, plans) => {
            let apps = Some(plans.iter().map(AppDocument::of).collect());
            let warnings = Some(warnings(request));
            Document { apps, warnings, dry_run: Some(true), ..Document::of(command) }.print()
        }
        (OutputFormat::Text, Shape::One, [plan]) => say_as_is(&text::plan(plan, page)),
        (OutputFormat::Text, _, plans) => say_as_is(&many::plans(plans, page)),
    }
}

/// What is odd about a manifest and its variables, whatever cf makes of it.
fn warnings(request: &PushRequest) -> Vec<&str> {
    request.warnings.iter().chain(&request.dropped).map(String::as_str).collect()
}

/// Prints the table of registries.
pub(crate) fn regions(output: OutputFormat, environment: &Environment) -> Result<(), Error> {
    match output {
        OutputFormat::Json => {
            Document { regions: Some(&REGISTRIES), ..Document::of("regions") }.print()
        }
        OutputFormat::Text => say_as_is(&text::regions(Page::of(environment, To::Stdout))),
    }
}

/// What is known when a push has ended.
#[derive(Clone, Copy)]
pub(crate) struct After<'a> {
    /// What was checked before.
    pub(crate) all: Option<&'a All>,
    /// How it ended.
    pub(crate) outcome: &'a Outcome,
    /// Why it failed, where that can be told.
    pub(crate) diagnosis: Option<&'a Diagnosis>,
}

/// Says how the push of one app ended; the JSON document where that was asked for. Gives the exit
/// code.
pub(crate) fn outcome(
    plan: &Plan,
    found: Option<&Found>,
    after: After<'_>,
    request: &PushRequest,
    announcer: Announcer<'_>,
) -> ExitCode {
    let mut exit_code = ExitCode::Child(after.outcome.exit_code);
    if request.output == OutputFormat::Json
        && let Err(error) = print_outcome(plan, found, after, request)
    {
        exit_code = unsaid(&error, exit_code, announcer.environment);
    }
    told(plan, after.outcome, after.diagnosis, Count::One, announcer);
    exit_code
}

/// What is left of a push whose document cannot be written: where cf failed, its code is what
/// counts; a success of which nobody hears is none.
fn unsaid(error: &Error, exit_code: ExitCode, environment: &Environment) -> ExitCode {
    show_error(error, environment);
    if exit_code.code() == 0 { error.exit_code() } else { exit_code }
}

fn print_outcome(
    plan: &Plan,
    found: Option<&Found>,
    after: After<'_>,
    request: &PushRequest,
) -> Result<(), Error> {
    let After { all, outcome, diagnosis } = after;
    let exit_code = outcome.exit_code;
    let key_source = found.map(|found| found.source.as_str());
    if request.shape == Shape::OfManifest {
        let result = match outcome.interrupted {
            _ if exit_code == 0 => Fate::Pushed,
            Some(_) => Fate::Interrupted,
            None => Fate::Failed,
        };
        let app = AppDocument {
            checks: all.and_then(|all| all.images.first()).and_then(Option::as_ref),
            key_source,
            key_notices: found.map(|found| found.notices.as_slice()),
            result: Some(result),
            outcome: Some(outcome),
            diagnosis,
            ..AppDocument::of(plan)
        };
        let (checks, warnings) = (all.map(Checks::Shared), Some(warnings(request)));
        let apps = Some(vec![app]);
        return Document { exit_code, checks, warnings, apps, ..Document::of("push") }.print();
    }
    let findings = all.map(All::of_one);
    let document = Document {
        exit_code,
        plan: Some(plan),
        checks: findings.as_ref().map(Checks::One),
        key_source,
        key_notices: found.map(|found| found.notices.as_slice()),
        outcome: Some(outcome),
        diagnosis,
        ..Document::of("push")
    };
    document.print()
}

/// Whether an app is one of several, so that its name has to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    One,
    Several,
}

/// Says how one cf ended, and why.
fn told(
    plan: &Plan,
    outcome: &Outcome,
    diagnosis: Option<&Diagnosis>,
    count: Count,
    announcer: Announcer<'_>,
) {
    if outcome.exit_code == 0 {
        announcer.pushed(&text::success(plan, outcome));
        return;
    }
    let app = plan.app.as_deref().filter(|_| count == Count::Several);
    let app = app.map(|app| format!("{}: ", printable_in_full(app))).unwrap_or_default();
    announcer.phase(&format!("{app}{}", text::failure(plan, outcome)));
    if let Some(diagnosis) = diagnosis {
        announcer.diagnosis(diagnosis, &app);
    }
    if outcome.interrupted.is_none() {
        let about = plan.app.as_deref().unwrap_or("icr-cf");
        let why = text::reason(plan, outcome, diagnosis);
        annotation::message(Severe, about, &why, announcer.environment);
    }
    let asked_to_end = outcome.interrupted.is_some() || outcome.timed_out;
    if asked_to_end && plan.uses_deployment() {
        // Also when all else is to be quiet: something of theirs goes on without them.
        show_warning(&text::deployment(plan), announcer.environment);
    }
}

/// Begins to show the runs of several plans.
///
/// # Errors
/// The thread that prints cannot be started.
pub(crate) fn watch(
    plans: &[Plan],
    request: &PushRequest,
    environment: &Environment,
) -> Result<Arc<dyn Watch>, Error> {
    let names: Vec<String> =
        plans.iter().map(|plan| plan.app.clone().unwrap_or_default()).collect();
    let display = watching::display(request.output, request.lines, request.voice, environment);
    watching::watching(display, &names, request.voice, environment)
        .map_err(|error| Error::internal("no thread to print with", &error))
}
