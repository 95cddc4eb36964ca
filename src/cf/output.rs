//! What cf prints: by pipe to us and at once on, through the filter, with its end kept.

use std::collections::VecDeque;
use std::io::{self, PipeReader, PipeWriter};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

use super::lines::LineWriter;
use super::relay::{Filter, Relay, Source, Writer};
use super::routes;
use super::watch::{Stream, Watch};
use crate::cli::OutputFormat;
use crate::environment::Streams;
use crate::process::Signals;

/// How many lines are kept for diagnosis.
const KEPT_LINES: usize = 200;
/// How much of a line is kept, in characters.
const KEPT_CHARACTERS: usize = 2_000;

/// How far cf came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Phase {
    /// cf was started and has not said what it does.
    Started,
    /// It talks to the platform.
    Pushing,
    /// The platform pulls and stages the image.
    Staging,
    /// The app is being started.
    Starting,
    /// All done.
    Done,
}

/// The lines by which cf 7 and 8 announce what they do.
const ANNOUNCEMENTS: [(&str, Phase); 6] = [
    ("Pushing app", Phase::Pushing),
    ("Staging app", Phase::Staging),
    ("Starting deployment", Phase::Starting),
    ("Waiting for app", Phase::Starting),
    ("Instances starting", Phase::Starting),
    ("Starting app", Phase::Starting),
];

/// The end of what cf printed, both streams in the order in which they came.
#[derive(Debug)]
pub(super) struct Tail {
    lines: VecDeque<String>,
    phase: Phase,
    routes: Vec<String>,
}

impl Tail {
    pub(super) fn new() -> Self {
        Self {
            lines: VecDeque::with_capacity(KEPT_LINES),
            phase: Phase::Started,
            routes: Vec::new(),
        }
    }

    /// Takes a whole line, without its end.
    pub(super) fn take(&mut self, line: &[u8]) {
        let line: String = String::from_utf8_lossy(line)
            .trim_end_matches(['\r', '\n'])
            .chars()
            .take(KEPT_CHARACTERS)
            .collect();
        let announced = ANNOUNCEMENTS.iter().find(|(start, _)| line.starts_with(start));
        if let Some((_, phase)) = announced {
            self.phase = *phase;
        }
        if let Some(routes) = routes::of_line(&line) {
            self.routes = routes;
        }
        if self.lines.len() == KEPT_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.lines.iter().cloned().collect()
    }
}

/// How many pipes cf prints into, and where what comes goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// One for both of its streams, to one of ours, so that the order stays.
    One(Stream),
    /// One for each of its streams.
    Two,
}

impl Layout {
    /// One where both of our streams are the same terminal, file or pipe, and where one of them is
    /// for our document alone.
    pub(super) fn of(streams: Streams, output: OutputFormat) -> Self {
        match output {
            OutputFormat::Json => Self::One(Stream::Stderr),
            OutputFormat::Text if streams.same => Self::One(Stream::Stdout),
            OutputFormat::Text => Self::Two,
        }
    }
}

/// Our ends of the pipes that cf prints into, and where what comes goes.
pub(super) struct Pipes(Vec<(PipeReader, Stream)>);

impl Pipes {
    /// Opens them; gives the ends that are cf's standard output and standard error.
    pub(super) fn open(layout: Layout) -> io::Result<(Self, PipeWriter, PipeWriter)> {
        let (reader, stdout) = io::pipe()?;
        match layout {
            Layout::One(stream) => {
                let stderr = stdout.try_clone()?;
                Ok((Self(vec![(reader, stream)]), stdout, stderr))
            }
            Layout::Two => {
                let (second, stderr) = io::pipe()?;
                let pipes = vec![(reader, Stream::Stdout), (second, Stream::Stderr)];
                Ok((Self(pipes), stdout, stderr))
            }
        }
    }

    /// Starts to relay what comes at once, each pipe through a filter of its own.
    pub(super) fn relay<F>(self, filter: impl Fn() -> F) -> io::Result<Outputs>
    where
        F: FnOnce() -> Filter + Send + 'static,
    {
        self.start(|stream, tail| {
            let filter = filter();
            move |source| Writer::new(stream, tail).run(source, filter)
        })
    }

    /// Starts to hand over what comes line by line, each pipe through a filter of its own.
    pub(super) fn hand_over<F>(
        self,
        filter: impl Fn() -> F,
        run: usize,
        watch: &Arc<dyn Watch>,
    ) -> io::Result<Outputs>
    where
        F: FnOnce() -> Filter + Send + 'static,
    {
        self.start(|stream, tail| {
            let (filter, watch) = (filter(), Arc::clone(watch));
            move |source| LineWriter::new(run, stream, watch, tail).run(source, filter())
        })
    }

    fn start<W>(self, work: impl Fn(Stream, Arc<Mutex<Tail>>) -> W) -> io::Result<Outputs>
    where
        W: FnOnce(Source) + Send + 'static,
    {
        let tail = Arc::new(Mutex::new(Tail::new()));
        let relays = self
            .0
            .into_iter()
            .map(|(pipe, stream)| Relay::start(pipe, work(stream, Arc::clone(&tail))));
        Ok(Outputs { relays: relays.collect::<io::Result<_>>()?, tail })
    }
}

/// The relays of one cf run.
pub(super) struct Outputs {
    relays: Vec<Relay>,
    tail: Arc<Mutex<Tail>>,
}

impl Outputs {
    /// Waits until all that was printed is passed on; a reader of ours that does not read holds
    /// that up for `limit` at most, and a signal ends it.
    pub(super) async fn finish(self, limit: Duration, signals: &mut Signals) -> Last {
        let mut was_read = true;
        for relay in self.relays {
            was_read = was_read && relay.finish(limit, signals).await;
        }
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        Last { phase: tail.phase(), lines: tail.lines(), routes: tail.routes.clone(), was_read }
    }
}

/// What is known when cf has said its last.
pub(super) struct Last {
    pub(super) phase: Phase,
    pub(super) lines: Vec<String>,
    pub(super) routes: Vec<String>,
    /// Whether all was passed on.
    pub(super) was_read: bool,
}
