//! What is printed of ours: plan, result, errors; as text for people or as one JSON document.
//!
//! The JSON is an interface: `schema` changes when a field changes its meaning or goes away, not
//! when one is added.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::args::OutputFormat;
use crate::checks::{Findings, Image, Resolving};
use crate::credentials::{Found, Level, Looked, Notice};
use crate::diagnosis::Diagnosis;
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, Place};
use crate::execution::Outcome;
use crate::plan::Plan;
use crate::reference::ImageReference;
use crate::region::{REGISTRIES, Registry};
use crate::request::Voice;
use crate::secret_shape::{HIDDEN, may_be_secret};
use crate::verdict::Name;

mod checks;
mod text;
pub(crate) mod watching;

pub(crate) use checks::{check, findings, stopped};
use text::table;

/// Name and version of the shape of every JSON document of ours.
pub(crate) const SCHEMA: &str = "icr-cf/1";

/// One JSON document.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Document<'a> {
    /// Name and version of the shape.
    pub(crate) schema: &'static str,
    /// The command that was run; `null` where the words made none.
    pub(crate) command: Option<&'static str>,
    /// What this process exits with.
    pub(crate) exit_code: u8,
    /// What was or would be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<&'a Plan>,
    /// What the checks found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) checks: Option<&'a Findings>,
    /// Whether nothing was to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dry_run: Option<bool>,
    /// The sources of the key and what was found there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_sources: Option<&'a [Looked]>,
    /// The source that the key came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_source: Option<&'a str>,
    /// What is worth knowing about the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_notices: Option<&'a [Notice]>,
    /// What became of cf.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<&'a Outcome>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) diagnosis: Option<&'a Diagnosis>,
    /// The registries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) regions: Option<&'static [Registry]>,
    /// Resolved references, `null` where one could not be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) references: Option<Vec<Resolved>>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Refused<'a>>,
}

/// A reference that was resolved, or why not.
#[derive(Debug, Serialize)]
pub(crate) struct Resolved {
    given: String,
    reference: Option<String>,
    region: Option<&'static str>,
    host: Option<&'static str>,
    namespace: Option<String>,
    repository: Option<String>,
    tag: Option<String>,
    digest: Option<String>,
    warnings: Vec<String>,
    /// What the registry has, where it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<Image>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<String>>,
    /// Whether there are more tags than these.
    #[serde(skip_serializing_if = "Option::is_none")]
    tags_cut: Option<bool>,
    error: Option<serde_json::Value>,
}

/// A failure.
#[derive(Debug, Serialize)]
pub(crate) struct Refused<'a> {
    kind: &'static str,
    message: &'a str,
    seen: &'a [String],
    hints: &'a [String],
    place: Option<&'a Place>,
    exit_code: u8,
}

impl<'a> From<&'a Error> for Refused<'a> {
    fn from(error: &'a Error) -> Self {
        Self {
            kind: error.kind().name(),
            message: error.message(),
            seen: error.seen_lines(),
            hints: error.hints(),
            place: error.place(),
            exit_code: error.exit_code().code(),
        }
    }
}

impl Resolved {
    pub(crate) fn new(given: &str, result: &Result<ImageReference, Error>) -> Self {
        let found = result.as_ref().ok();
        let text = |value: Option<&str>| value.map(str::to_owned);
        Self {
            given: if may_be_secret(given) { HIDDEN } else { given }.to_owned(),
            reference: found.map(ToString::to_string),
            region: found.map(|found| found.registry().region),
            host: found.map(ImageReference::host),
            namespace: text(found.map(ImageReference::namespace)),
            repository: text(found.map(ImageReference::repository)),
            tag: text(found.and_then(ImageReference::tag)),
            digest: text(found.and_then(ImageReference::digest)),
            warnings: found.map(ImageReference::warnings).unwrap_or_default(),
            image: None,
            tags: None,
            tags_cut: None,
            error: result
                .as_ref()
                .err()
                .and_then(|error| serde_json::to_value(Refused::from(error)).ok()),
        }
    }

    /// Adds what the registry answered.
    pub(crate) fn with(self, answer: Option<&Resolving>) -> Self {
        let image = answer.and_then(|answer| answer.image.clone());
        let tags = answer.and_then(|answer| answer.tags.clone());
        let tags_cut = tags.as_ref().and(answer).map(|answer| answer.is_cut);
        Self { image, tags, tags_cut, ..self }
    }
}

impl Document<'_> {
    /// An empty document of a command.
    pub(crate) fn of(command: &'static str) -> Self {
        Self { schema: SCHEMA, command: Some(command), ..Self::default() }
    }

    /// A document about words that make no command.
    pub(crate) fn of_nothing() -> Self {
        Self { schema: SCHEMA, ..Self::default() }
    }

    /// Prints it to standard output.
    pub(crate) fn print(&self) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        say(&format!("{text}\n"))
    }
}

/// Writes to standard output.
pub(crate) fn say(text: &str) -> Result<(), Error> {
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
fn labelled(label: &str, color: AnsiColor, text: &str) {
    let choice = anstream::AutoStream::choice(&io::stderr());
    let style = match choice {
        anstream::ColorChoice::Never => Style::new(),
        _ => Style::new().bold().fg_color(Some(color.into())),
    };
    let line = format!("{style}{label}:{style:#} {text}\n");
    // Nobody is left to hear of it where standard error is gone.
    let _ = anstream::AutoStream::new(io::stderr().lock(), choice).write_all(line.as_bytes());
}

/// Shows a failure, in the form that was asked for.
pub(crate) fn fail(error: &Error, command: Option<&'static str>, output: OutputFormat) {
    if output == OutputFormat::Json {
        let document = command.map_or_else(Document::of_nothing, Document::of);
        let exit_code = error.exit_code().code();
        let document = Document { exit_code, error: Some(Refused::from(error)), ..document };
        if document.print().is_ok() {
            return;
        }
    }
    show_error(error);
}

/// Shows a failure on standard error.
pub(crate) fn show_error(error: &Error) {
    let label = if let ErrorKind::Verdict(stop) = error.kind() {
        format!("error[{}]", stop.name)
    } else {
        "error".to_owned()
    };
    labelled(&label, AnsiColor::Red, &error.to_string());
}

/// Shows what may go wrong, on standard error.
pub(crate) fn show_warning(text: &str) {
    labelled("warning", AnsiColor::Yellow, text);
}

/// Shows what is worth knowing about a key, on standard error.
pub(crate) fn show_notice(Notice { level, text }: &Notice) {
    match level {
        Level::Note => labelled("note", AnsiColor::Cyan, text),
        Level::Warning => show_warning(text),
    }
}

/// Says what we do, as much as was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Announcer {
    voice: Voice,
    /// Whether somebody reads along: a terminal or the log of a job.
    heard: bool,
}

impl Announcer {
    pub(crate) fn new(voice: Voice, environment: &Environment) -> Self {
        Self { voice, heard: environment.streams.stderr || environment.is_ci() }
    }

    /// A line of ours, unless nothing but errors is wanted.
    fn tell(self, label: &str, color: AnsiColor, text: &str) {
        if self.voice > Voice::Quiet {
            labelled(label, color, text);
        }
    }

    /// What may go wrong.
    pub(crate) fn warn(self, text: &str) {
        self.tell("warning", AnsiColor::Yellow, text);
    }

    /// What could not be decided.
    fn undecided(self, name: Name, text: &str) {
        self.tell(&format!("warning[{}]", name.as_str()), AnsiColor::Yellow, text);
    }

    /// What was made of the arguments.
    pub(crate) fn note(self, text: &str) {
        self.tell("note", AnsiColor::Cyan, text);
    }

    /// What is worth knowing about the key.
    pub(crate) fn notices(self, notices: &[Notice]) {
        notices.iter().filter(|_| self.voice > Voice::Quiet).for_each(show_notice);
    }

    /// Why the push failed, which is no error of ours.
    fn diagnosis(self, diagnosis: &Diagnosis) {
        let label = format!("diagnosis[{}]", diagnosis.name);
        self.tell(&label, AnsiColor::Yellow, &text::diagnosis(diagnosis));
    }

    /// A phase that begins or ends.
    pub(crate) fn phase(self, text: &str) {
        if self.voice == Voice::Verbose || self.voice == Voice::Normal && self.heard {
            labelled("icr-cf", AnsiColor::Green, text);
        }
    }

    /// What is decided on the way.
    pub(crate) fn detail(self, text: &str) {
        if self.voice == Voice::Verbose {
            labelled("icr-cf", AnsiColor::Green, text);
        }
    }
}

/// Prints the plan of a dry run.
pub(crate) fn dry_run(
    plan: &Plan,
    command: &'static str,
    output: OutputFormat,
) -> Result<(), Error> {
    match output {
        OutputFormat::Json => {
            Document { plan: Some(plan), dry_run: Some(true), ..Document::of(command) }.print()
        }
        OutputFormat::Text => say(&text::plan(plan)),
    }
}

/// Prints where the key was looked for, or would be.
pub(crate) fn key_sources(
    looked: &[Looked],
    found: Option<&Found>,
    command: &'static str,
    output: OutputFormat,
) -> Result<(), Error> {
    match output {
        OutputFormat::Json => {
            let document = Document {
                dry_run: found.is_none().then_some(true),
                key_sources: Some(looked),
                key_source: found.map(|found| found.source.as_str()),
                key_notices: found.map(|found| found.notices.as_slice()),
                ..Document::of(command)
            };
            document.print()
        }
        OutputFormat::Text => say(&text::key_sources(looked)),
    }
}

/// Prints the table of registries.
pub(crate) fn regions(output: OutputFormat) -> Result<(), Error> {
    match output {
        OutputFormat::Json => {
            Document { regions: Some(&REGISTRIES), ..Document::of("regions") }.print()
        }
        OutputFormat::Text => say(&text::regions()),
    }
}

/// What is known when a push has ended.
#[derive(Clone, Copy)]
pub(crate) struct After<'a> {
    /// What was checked before.
    pub(crate) findings: Option<&'a Findings>,
    /// How it ended.
    pub(crate) outcome: &'a Outcome,
    /// Why it failed, where that can be told.
    pub(crate) diagnosis: Option<&'a Diagnosis>,
}

/// Says how the push ended; the JSON document where that was asked for.
pub(crate) fn outcome(
    plan: &Plan,
    found: &Found,
    after: After<'_>,
    output: OutputFormat,
    announcer: Announcer,
) {
    let After { findings, outcome, diagnosis } = after;
    if output == OutputFormat::Json {
        let document = Document {
            exit_code: outcome.exit_code,
            plan: Some(plan),
            checks: findings,
            key_source: Some(&found.source),
            key_notices: Some(&found.notices),
            outcome: Some(outcome),
            diagnosis,
            ..Document::of("push")
        };
        // cf has run: its code is what counts.
        if let Err(error) = document.print() {
            show_error(&error);
        }
    }
    if outcome.exit_code == 0 {
        announcer.phase(&text::success(plan, outcome));
        return;
    }
    announcer.phase(&text::failure(plan, outcome));
    if let Some(diagnosis) = diagnosis {
        announcer.diagnosis(diagnosis);
    }
    let asked_to_end = outcome.interrupted.is_some() || outcome.timed_out;
    if asked_to_end && plan.uses_deployment() {
        // Also when all else is to be quiet: something of theirs goes on without them.
        show_warning(&text::deployment(plan));
    }
}
