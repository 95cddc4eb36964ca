//! Shows runs that go side by side: as lines with a name in front, as a board that is redrawn, or
//! folded for the log of a job. One thread prints, fed by a queue, so that nothing that prints
//! slowly keeps a signal or a time-out from a cf.

use std::io;
use std::sync::Arc;

use super::page::{Page, To};
use super::plain;
use super::terminal;
use super::text::routes;
use crate::cf::watch::{Demand, Watch};
use crate::cf::{Ending, Outcome, Phase};
use crate::cli::OutputFormat;
use crate::environment::Environment;
use crate::request::{self, Voice};

mod alone;
mod board;
mod ci;
mod kept;
mod outlet;
mod prefixed;
mod queue;
mod told;

use alone::Alone;
use board::Board;
use ci::Ci;
use outlet::Outlet;
use prefixed::Lines;
use queue::Printer;
pub(super) use told::told;

/// A way to show runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Display {
    /// What the one cf prints goes on as it comes; only who asks for its end is answered.
    Alone,
    /// Each line as it comes, behind the name of its app.
    Lines,
    /// A row for each running app, redrawn; the output of those that fail above it.
    Board,
    /// The output of each app at its end, folded, as this service folds it.
    Ci(Service),
}

/// A service that runs jobs and can fold their logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI.
    GitLab,
}

/// A board with fewer columns would be all marks of what is cut.
const BOARD_COLUMNS: usize = 20;

/// Chooses how to show runs: lines where they are asked for or standard output is for a document,
/// else what suits where we run.
pub(crate) fn display(
    output: OutputFormat,
    wanted: request::LineMode,
    voice: Voice,
    environment: &Environment,
) -> Display {
    let streams = environment.streams;
    let is_plain = output == OutputFormat::Json || voice == Voice::Quiet;
    if is_plain || wanted == request::LineMode::Each {
        return Display::Lines;
    }
    if environment.is_github() {
        return Display::Ci(Service::GitHub);
    }
    if environment.is_gitlab() {
        return Display::Ci(Service::GitLab);
    }
    let has_room = || terminal::size(To::Stderr).columns >= BOARD_COLUMNS;
    let is_terminal = streams.stdout && streams.stderr && environment.text("TERM") != Some("dumb");
    let can_redraw = is_terminal && has_room();
    if can_redraw { Display::Board } else { Display::Lines }
}

/// Begins to show runs, which are known by their place among the names.
///
/// # Errors
/// The thread that prints cannot be started.
pub(crate) fn watching(
    display: Display,
    names: &[String],
    voice: Voice,
    environment: &Environment,
) -> io::Result<Arc<dyn Watch>> {
    let page = Page::of(environment, To::Stderr);
    let names = plain::names(names, page);
    Ok(match display {
        Display::Alone => Arc::new(Printer::start(Alone { outlet: Outlet::ours() })?),
        Display::Lines => {
            Arc::new(Printer::start(Lines::new(&names, voice, environment, Outlet::ours()))?)
        }
        Display::Board => {
            let size = Box::new(|| terminal::size(To::Stderr));
            Arc::new(Printer::start(Board::new(names, page, size, Outlet::ours()))?)
        }
        Display::Ci(service) => {
            Arc::new(Printer::start(Ci::new(service, names, page, Outlet::ours()))?)
        }
    })
}

/// How a run ended, to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct End {
    /// In a few words.
    words: String,
    /// Whether what it printed is worth reading.
    worth: Worth,
}

/// Whether the output of a run that has ended is worth reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worth {
    /// It says why the run failed.
    Reading,
    /// It was pushed, or whoever asked for the end knows why.
    Nothing,
}

impl End {
    fn of(outcome: &Outcome) -> Self {
        let worth = match outcome.ending {
            Ending::Pushed | Ending::Interrupted(_) | Ending::NotStarted => Worth::Nothing,
            Ending::Failed(_)
            | Ending::TimedOut(_)
            | Ending::WantedTerminal(_)
            | Ending::NotRun(_) => Worth::Reading,
        };
        Self { words: format!("{}{}", outcome.brief(), routes(outcome)), worth }
    }
}

/// The words for what somebody asks of all that run; none where that is nobody's news.
fn said(asked: Demand, running: usize) -> Option<String> {
    let apps = if running == 1 { "app" } else { "apps" };
    match asked {
        Demand::EndByKey => Some(format!("ending {running} {apps}; Ctrl-C again kills")),
        Demand::End => Some(format!("ending {running} {apps}")),
        Demand::Vanish => Some(format!("killing {running} {apps}")),
        Demand::TakeBack if running == 0 => Some(
            "ending: all that was begun is in place; another signal does not wait for notes on it"
                .to_owned(),
        ),
        Demand::TakeBack => Some(format!(
            "ending {running} {apps}: what was begun is taken back; another signal leaves it as it is"
        )),
        Demand::Leave => Some("leaving what goes on as it is".to_owned()),
        Demand::Halt => None,
    }
}

/// What an app is doing, in a word; `None` for what is no news.
fn doing(phase: Phase) -> Option<&'static str> {
    match phase {
        Phase::Pushing => Some("pushing"),
        Phase::Staging => Some("staging"),
        Phase::Starting => Some("starting"),
        Phase::Started | Phase::Done => None,
    }
}

#[cfg(test)]
mod tests;
