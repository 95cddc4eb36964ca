//! What is printed of ours: plan, result, errors; as text for people or as one JSON document.
//!
//! Holds no secret.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Instant;

use anstyle::{AnsiColor, Style};

use crate::app::{AppRun, Findings};
use crate::cf::plan::Plan;
use crate::cf::{Nobody, Watch};
use crate::cli::{OutputFormat, PushOutput};
use crate::credentials::{Notice, NoticeLevel};
use crate::environment::{Colors, Environment};
use crate::error::{Error, ErrorKind};
use crate::region::REGISTRIES;
use crate::request::{Mode, PushRequest};

mod annotation;
mod announcer;
mod audited;
mod client_logins;
mod configured;
mod differences;
mod doctor;
mod document;
mod event_log;
mod key_sources;
mod manual;
mod page;
mod plain;
mod pushed;
mod rolled_back;
mod rotation;
mod said;
mod terminal;
mod text;
mod verdicts;
pub(crate) mod watching;

use annotation::Level::Warning;
pub(crate) use announcer::Announcer;
pub(crate) use audited::audit;
pub(crate) use client_logins::{
    ClientLogins, client_logins, client_logins_document, replaced_helpers,
};
pub(crate) use configured::{allowed, denied, settings, settings_document};
pub(crate) use differences::{differences, left_out};
pub(crate) use doctor::{Health, Part, doctor};
use document::ErrorDocument;
pub(crate) use document::{Document, ResolvedReference};
pub(crate) use event_log::{EventLog, LAST_READ, LAST_READ_AT_AN_END, Step};
pub(crate) use key_sources::{Explanation, explained, key_sources};
pub(crate) use manual::manual;
use page::{Page, To};
pub(crate) use pushed::{pushed, pushed_document};
pub(crate) use rolled_back::{RolledBack, revisions, rolled_back};
pub(crate) use rotation::{Rotated, Rotation, finish, rotated, rotation_foreseen, watch_rollouts};
use text::{Asked, short};
pub(crate) use verdicts::{check, findings, refusal, stopped};
use watching::Display;

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
    put(label, color, text, environment.colors(environment.streams.stderr));
}

/// Shows notes, without what is known of the surroundings.
fn notes(environment: &Environment) -> impl Fn(&str) + Send + Sync + 'static {
    let page = Page::of(environment, To::Stderr);
    let colors = environment.colors(environment.streams.stderr);
    move |text| put("note", AnsiColor::Cyan, &page.text(text), colors)
}

fn put(label: &str, color: AnsiColor, text: &str, colors: Colors) {
    let (style, choice) = match colors {
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
    output: PushOutput,
    environment: &Environment,
) {
    let document = refusal_document(error, command.map_or_else(Document::of_nothing, Document::of));
    let printed = match output {
        PushOutput::Text => return show_error(error, environment),
        PushOutput::Json => document.print(environment),
        PushOutput::JsonLines => EventLog::begin(Instant::now(), command, None, environment.spoken)
            .and_then(|log| {
                log.end(document);
                log.finish(LAST_READ).unwrap_or_else(|| Err(EventLog::unread()))
            }),
    };
    match printed {
        Ok(()) => annotation::refusal(error, environment),
        Err(_) => show_error(error, environment),
    }
}

/// Shows why a push or a check has ended, with all that is known of its apps.
pub(crate) fn refused(
    error: &Error,
    apps: &[AppRun],
    findings: Option<&Findings>,
    request: &PushRequest,
    announcer: Announcer<'_>,
) {
    let document = match request.mode {
        // The secret may be the name of an app.
        _ if error.kind() == ErrorKind::ExposedSecret => Document::of(request.goal.command()),
        Mode::ExplainKey | Mode::ForeseeKey => Document::of(request.goal.command()),
        Mode::Push | Mode::Check | Mode::Diff | Mode::DryRun => {
            Document::of_push(apps, findings, request)
        }
    };
    let environment = announcer.environment;
    if let Some(log) = announcer.log() {
        log.refused(error);
    }
    let is_printed = request.output == OutputFormat::Json
        && announcer.print(refusal_document(error, document)).is_ok();
    if is_printed {
        annotation::refusal(error, environment);
    } else {
        show_error(error, environment);
    }
}

fn refusal_document<'a>(error: &'a Error, document: Document<'a>) -> Document<'a> {
    let exit_code = error.exit_code().code();
    Document { exit_code, error: Some(ErrorDocument::from(error)), ..document }
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
        NoticeLevel::Note => show_note(text, environment),
        NoticeLevel::Warning => show_warning(text, environment),
    }
}

/// Shows what was decided, on standard error.
pub(crate) fn show_note(text: &str, environment: &Environment) {
    labelled("note", AnsiColor::Cyan, text, environment);
}

/// Prints the plans of a dry run.
pub(crate) fn dry_run(
    apps: &[AppRun],
    request: &PushRequest,
    announcer: Announcer<'_>,
) -> Result<(), Error> {
    match request.output {
        OutputFormat::Json => announcer.print(Document::of_push(apps, None, request)),
        OutputFormat::Text => {
            let meant = apps.iter().filter(|app| !app.is_unchanged());
            let plans: Vec<(&Plan, Asked)> =
                meant.filter_map(|app| Some((app.plan.as_ref()?, Asked::of(app)))).collect();
            say_as_is(&text::plans(&plans, Page::of(announcer.environment, To::Stdout)))
        }
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
            Document { regions: Some(&REGISTRIES), ..Document::of("regions") }.print(environment)
        }
        OutputFormat::Text => say_as_is(&text::regions(Page::of(environment, To::Stdout))),
    }
}

/// Begins to show the runs of the apps: what one cf prints goes on as it comes.
///
/// # Errors
/// The thread that prints cannot be started.
pub(crate) fn watch(
    apps: &[AppRun],
    request: &PushRequest,
    announcer: Announcer<'_>,
) -> Result<Arc<dyn Watch>, Error> {
    let environment = announcer.environment;
    let names: Vec<String> =
        apps.iter().map(|app| app.app.name.clone().unwrap_or_default()).collect();
    let shown = |display| {
        watching::watching(display, &names, request.voice, environment)
            .map_err(|error| Error::internal("no thread to print with", &error))
    };
    let watch: Arc<dyn Watch> = match apps {
        [_] if !announcer.shows_phases() => Arc::new(Nobody),
        [_] => shown(Display::Alone)?,
        _ => shown(watching::display(request.output, request.lines, request.voice, environment))?,
    };
    Ok(match announcer.log() {
        Some(log) => watching::told(watch, log, apps),
        None => watch,
    })
}
