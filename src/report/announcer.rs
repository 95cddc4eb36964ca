//! What we say while we work, as much of it as was asked for.

use std::io::{self, Write as _};
use std::sync::Arc;

use anstyle::AnsiColor;

use super::annotation::{self, Level::Warning};
use super::document::{AppDocument, Document};
use super::event_log::{EventLog, Step};
use super::page::{Cell, Page, To};
use super::{labelled, labelled_as_is, show_notice, show_warning, text};
use crate::app::{AppRun, Findings, TakenBackApp};
use crate::cf::Outcome;
use crate::cf::diagnosis::Diagnosis;
use crate::cli::Typed;
use crate::credentials::Notice;
use crate::environment::Environment;
use crate::error::{Error, shell_line};
use crate::request::Voice;
use crate::verdict::Name;

/// Says what we do, as much as was asked for.
#[derive(Clone, Copy)]
pub(crate) struct Announcer<'a> {
    pub(super) voice: Voice,
    /// Whether somebody reads along: a terminal or the log of a job.
    heard: bool,
    pub(super) environment: &'a Environment,
    /// Who is told what happens, where a program reads along.
    log: Option<&'a EventLog>,
}

impl<'a> Announcer<'a> {
    pub(crate) fn new(voice: Voice, environment: &'a Environment) -> Self {
        let heard = environment.streams.stderr || environment.is_ci();
        Self { voice, heard, environment, log: None }
    }

    /// The same, which tells a program what happens.
    pub(crate) fn telling(self, log: Option<&'a EventLog>) -> Self {
        Self { log, ..self }
    }

    /// Who is told what happens.
    pub(super) fn log(self) -> Option<&'a EventLog> {
        self.log
    }

    /// Whether a program reads along, and needs no cf to be read for that.
    pub(crate) fn tells_events(self) -> bool {
        self.log.is_some()
    }

    /// Prints a document, in one piece or what is left of it to be told.
    pub(super) fn print(self, document: Document<'_>) -> Result<(), Error> {
        match self.log {
            Some(log) => {
                log.end(document);
                Ok(())
            }
            None => document.print(self.environment),
        }
    }

    /// These apps have come to something else.
    pub(crate) fn step(self, apps: &[AppRun], step: Step) {
        let Some(log) = self.log else { return };
        for run in apps {
            log.phase(run.place, run.app.name.as_deref(), step);
        }
    }

    /// What the checks have found by now.
    pub(crate) fn verdicts(self, apps: &[AppRun], findings: &Findings) {
        if let Some(log) = self.log {
            log.verdicts(apps, findings);
        }
    }

    /// A cf has ended so, and nothing more comes of its app.
    pub(crate) fn ended(
        self,
        run: &AppRun,
        outcome: Option<&Outcome>,
        diagnosis: Option<&Diagnosis>,
    ) {
        if let Some(log) = self.log {
            log.ended(run.place, &AppDocument::with(run, outcome, diagnosis));
        }
    }

    /// Nothing more comes of any of these apps.
    pub(crate) fn all_ended(self, apps: &[AppRun]) {
        for run in apps {
            self.ended(run, run.outcome.as_ref(), run.diagnosis.as_ref());
        }
    }

    /// A line of ours, unless nothing but errors is wanted.
    fn tell(self, label: &str, color: AnsiColor, text: &str) {
        if self.voice > Voice::Quiet {
            labelled(label, color, text, self.environment);
        }
    }

    /// What may go wrong.
    pub(crate) fn warn(self, text: &str) {
        if self.voice > Voice::Quiet {
            show_warning(text, self.environment);
        }
    }

    /// What could not be decided.
    pub(super) fn undecided(self, name: Name, text: &str) {
        let name = name.as_str();
        self.tell(&format!("warning[{name}]"), AnsiColor::Yellow, text);
        if self.voice > Voice::Quiet {
            annotation::message(Warning, &format!("icr-cf: {name}"), text, self.environment);
        }
    }

    /// What was made of the arguments.
    pub(crate) fn note(self, text: &str) {
        self.tell("note", AnsiColor::Cyan, text);
    }

    /// The same from wherever something happens, as long as it may take.
    pub(crate) fn later(self) -> Arc<dyn Fn(&str) + Send + Sync> {
        let says = (self.voice > Voice::Quiet).then(|| super::notes(self.environment));
        Arc::new(move |text| says.iter().for_each(|say| say(text)))
    }

    /// What is worth knowing about the key.
    pub(crate) fn notices(self, notices: &[Notice]) {
        if self.voice > Voice::Quiet {
            for notice in notices {
                show_notice(notice, self.environment);
            }
        }
    }

    /// What became of a deployment that was to be taken back.
    pub(super) fn taken_back(self, back: &TakenBackApp, app: &str) {
        let words = format!("`{app}`: {}", back.words);
        if back.is_back { self.note(&words) } else { self.warn(&words) }
    }

    /// Why the push failed, which is no error of ours.
    pub(super) fn diagnosis(self, diagnosis: &Diagnosis, app: &str) {
        let label = format!("diagnosis[{}]", diagnosis.name);
        self.tell(&label, AnsiColor::Yellow, &format!("{app}{}", text::diagnosis(diagnosis)));
    }

    /// Several lines of ours, written at once.
    pub(super) fn block(self, text: &str) {
        if self.voice > Voice::Quiet {
            let mut err = io::stderr().lock();
            // Nobody is left to hear of it where standard error is gone.
            let _ = err.write_all(text.as_bytes());
        }
    }

    /// Which apps are still to be pushed.
    pub(super) fn rest(self, names: &[&str], typed: &Typed) {
        let line = typed.line().map(|line| line.apps(names).to_string());
        let line = line.unwrap_or_else(|| shell_line(names.iter().copied()));
        self.note(&format!("still to be pushed: `{line}`"));
    }

    /// The end of a push that went well.
    pub(super) fn pushed(self, text: &Cell) {
        if self.shows_phases() {
            let text = text.on(Page::of(self.environment, To::Stderr));
            labelled_as_is("icr-cf", AnsiColor::Green, &text, self.environment);
        }
    }

    /// Whether it is said what we are at.
    pub(super) fn shows_phases(self) -> bool {
        self.voice == Voice::Verbose || self.voice == Voice::Normal && self.heard
    }

    /// A phase that begins or ends.
    pub(crate) fn phase(self, text: &str) {
        if self.shows_phases() {
            labelled("icr-cf", AnsiColor::Green, text, self.environment);
        }
    }

    /// What is decided on the way.
    pub(crate) fn detail(self, text: &str) {
        if self.voice == Voice::Verbose {
            labelled("icr-cf", AnsiColor::Green, text, self.environment);
        }
    }
}
