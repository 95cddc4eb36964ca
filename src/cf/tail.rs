//! The end of what cf printed: its last lines, how far it came, the routes.

use std::collections::VecDeque;
use std::io;

use serde::Serialize;

use super::routes;

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
    /// Why something could not be written, though somebody may still read.
    unwritten: Option<String>,
}

impl Tail {
    pub(super) fn new() -> Self {
        Self {
            lines: VecDeque::with_capacity(KEPT_LINES),
            phase: Phase::Started,
            routes: Vec::new(),
            unwritten: None,
        }
    }

    /// Something could not be written. A reader that has gone is no loss.
    pub(super) fn lose(&mut self, error: &io::Error) {
        if error.kind() != io::ErrorKind::BrokenPipe {
            self.unwritten.get_or_insert_with(|| error.to_string());
        }
    }

    /// Takes a whole line, without its end; gives the phase that it says has begun.
    pub(super) fn take(&mut self, line: &[u8]) -> Option<Phase> {
        let before = self.phase;
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
        Some(self.phase).filter(|phase| *phase != before)
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.lines.iter().cloned().collect()
    }

    /// What is known now that cf has said its last.
    pub(super) fn last(&self, was_read: bool) -> Last {
        let (routes, unwritten) = (self.routes.clone(), self.unwritten.clone());
        Last { phase: self.phase, lines: self.lines(), routes, was_read, unwritten }
    }
}

/// What is known when cf has said its last.
pub(super) struct Last {
    pub(super) phase: Phase,
    pub(super) lines: Vec<String>,
    pub(super) routes: Vec<String>,
    /// Whether all was passed on.
    pub(super) was_read: bool,
    /// Why it was not, where it could not be written.
    pub(super) unwritten: Option<String>,
}
