//! What happens to the apps of a push, an event a line as it happens. The events have the records of
//! the document and no others, so that whoever puts them together has the document.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::ser::{Serialize, Serializer};

use super::document::{AppDocument, Document, SCHEMA, line_of};
use super::written;
use crate::app::{AppRun, Findings};
use crate::cf::{Phase, seconds};
use crate::environment::Spoken;
use crate::error::{Error, ErrorKind};
use crate::verdict::Verdict;

mod line_printer;

use line_printer::LinePrinter;

/// How long whoever reads the events may take for those that wait.
pub(crate) const LAST_READ: Duration = Duration::from_secs(60);
/// The same where somebody or a bound has ended it.
pub(crate) const LAST_READ_AT_AN_END: Duration = Duration::from_secs(5);

/// So much may wait for whoever reads; phases beyond it are not told, since a later one says more.
const MOST_WAITING: usize = 4 * 1024 * 1024;

/// What an app is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Its key is looked for, its image and the platform are asked about.
    Checking,
    /// It is compared with what runs.
    Comparing,
    /// It waits for its turn.
    Waiting,
    /// cf has come so far.
    Cf(Phase),
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Checking => serializer.serialize_str("checking"),
            Self::Comparing => serializer.serialize_str("comparing"),
            Self::Waiting => serializer.serialize_str("waiting"),
            Self::Cf(phase) => phase.serialize(serializer),
        }
    }
}

/// One line.
#[derive(Debug, Default, serde::Serialize)]
struct Line<'a> {
    event: &'static str,
    /// The name of the app that it is about; `null` for all, and where nobody says one.
    app: Option<&'a str>,
    /// The place of that app in `apps` of the document.
    index: Option<usize>,
    /// Since the start.
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'static str>,
    /// How many there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    apps: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<Step>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'a Verdict>,
    /// The app as the document has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a AppDocument<'a>>,
    /// The document without its apps.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<&'a Document<'a>>,
}

/// What has been told.
#[derive(Default)]
struct Told {
    /// The apps of which nothing more comes.
    ended: BTreeSet<usize>,
    /// Verdicts, as they were written.
    verdicts: BTreeSet<(Option<usize>, String)>,
    /// Why it was refused.
    refusal: Option<Error>,
}

/// The events of one run. Nobody who tells one waits for whoever reads them.
#[derive(Clone)]
pub(crate) struct EventLog(Arc<Log>);

struct Log {
    start: Instant,
    /// How its lines of ours are said.
    spoken: Spoken,
    printer: LinePrinter,
    told: Mutex<Told>,
}

impl EventLog {
    /// Begins with what is known of the run; `apps` is how many there are, where that is known.
    ///
    /// # Errors
    /// The thread that prints cannot be started.
    pub(crate) fn begin(
        start: Instant,
        command: Option<&'static str>,
        apps: Option<usize>,
        spoken: Spoken,
    ) -> Result<Self, Error> {
        let printer = LinePrinter::start(io::stdout())
            .map_err(|error| Error::internal("no thread to print with", &error))?;
        let log = Self(Arc::new(Log { start, spoken, printer, told: Mutex::default() }));
        let (schema, version) = (Some(SCHEMA), Some(env!("CARGO_PKG_VERSION")));
        let line = Line { event: "begin", schema, version, command, apps, ..Line::default() };
        log.tell(&line, |_| true);
        Ok(log)
    }

    /// Tells what is news, by what has been told; in the order of the times that it says.
    fn tell(&self, line: &Line<'_>, is_news: impl FnOnce(&mut Told) -> bool) {
        self.told(|told| {
            if is_news(told) {
                let seconds = seconds(self.0.start.elapsed());
                self.0.printer.put(line_of(&Line { seconds, ..*line }, self.0.spoken));
            }
        });
    }

    fn told<T>(&self, change: impl FnOnce(&mut Told) -> T) -> T {
        change(&mut self.0.told.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// An app has come to something else. What a program that cf left behind says later is no news.
    pub(crate) fn phase(&self, index: usize, app: Option<&str>, step: Step) {
        let phase = Some(step);
        let line = Line { event: "phase", app, index: Some(index), phase, ..Line::default() };
        let has_room = self.0.printer.waiting() < MOST_WAITING;
        self.tell(&line, |told| has_room && !told.ended.contains(&index));
    }

    /// The verdicts there are, each once: first what holds for all apps.
    pub(crate) fn verdicts(&self, apps: &[AppRun], findings: &Findings) {
        let shared = findings.verdicts.iter().map(|verdict| (None, None, verdict));
        let of_apps = apps.iter().flat_map(|run| {
            let of_app = run.findings.iter().flat_map(|found| &found.verdicts);
            of_app.map(|verdict| (run.app.name.as_deref(), Some(run.place), verdict))
        });
        for (app, index, verdict) in shared.chain(of_apps) {
            let said = (index, line_of(verdict, self.0.spoken));
            let verdict = Some(verdict);
            let line = Line { event: "verdict", app, index, verdict, ..Line::default() };
            self.tell(&line, |told| told.verdicts.insert(said));
        }
    }

    /// Nothing more comes of an app; said once.
    pub(crate) fn ended(&self, index: usize, record: &AppDocument<'_>) {
        let (app, at, record) = (record.name(), Some(index), Some(record));
        let line = Line { event: "ended", app, index: at, record, ..Line::default() };
        self.tell(&line, |told| told.ended.insert(index));
    }

    /// It was refused: to be said otherwise, should the end not be written.
    pub(super) fn refused(&self, error: &Error) {
        self.told(|told| told.refusal = Some(error.clone()));
    }

    /// Why it was refused.
    pub(crate) fn refusal(&self) -> Option<Error> {
        self.told(|told| told.refusal.clone())
    }

    /// The end: all that the document has and that was not told yet.
    pub(crate) fn end(&self, document: Document<'_>) {
        let records = document.apps.iter().flatten().enumerate();
        records.for_each(|(index, record)| self.ended(index, record));
        let document = Document { apps: None, ..document };
        let line = Line { event: "end", document: Some(&document), ..Line::default() };
        self.tell(&line, |_| true);
        self.0.printer.close();
    }

    /// Waits until all is written, so long at most; `None` where it was not by then.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn finish(&self, patience: Duration) -> Option<Result<(), Error>> {
        self.0.printer.finish(patience).map(written)
    }

    /// The error where somebody holds standard output and does not read it.
    pub(crate) fn unread() -> Error {
        Error::new(ErrorKind::Output, "standard output was not read to its end")
            .seen("whoever has the other end of the pipe takes nothing from it")
    }
}
