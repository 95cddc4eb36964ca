//! How the run of a cf ended, and the words for it: a name for documents, a few words for boards and
//! tables, a sentence for the end of a push. Nobody else has words for it.

use std::time::Duration;

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::tail::{Last, Phase};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::process::{ChildEnd, Signal, Status};

/// How a run ended.
#[derive(Debug, Clone)]
pub(crate) enum Ending {
    /// cf did what it was to do.
    Pushed,
    /// cf failed, or somebody else ended it.
    Failed(Status),
    /// `--timeout` ran out.
    TimedOut(Status),
    /// cf was ended because it wanted to ask at the terminal, which it cannot.
    WantedTerminal(Status),
    /// A signal asked us to end.
    Interrupted(Status),
    /// cf could not be started.
    NotRun(Error),
    /// Its turn did not come: another had failed, or we were asked to end.
    NotStarted,
}

impl Ending {
    fn of(end: &ChildEnd) -> Self {
        let status = end.status;
        match end.interrupted {
            _ if end.timed_out => Self::TimedOut(status),
            _ if status == Status::Code(0) => Self::Pushed,
            _ if end.wanted_terminal => Self::WantedTerminal(status),
            Some(_) => Self::Interrupted(status),
            None => Self::Failed(status),
        }
    }

    /// What icr-cf ends with for it; `None` where its turn did not come.
    pub(crate) fn exit_code(&self) -> Option<ExitCode> {
        match self {
            Self::Pushed => Some(ExitCode::Success),
            Self::TimedOut(_) => Some(ExitCode::TimedOut),
            Self::Failed(status) | Self::WantedTerminal(status) | Self::Interrupted(status) => {
                Some(match *status {
                    Status::Code(code) => ExitCode::Child(code),
                    Status::Signal(signal) => ExitCode::Signal(signal),
                    Status::Unkillable => ExitCode::TimedOut,
                })
            }
            Self::NotRun(error) => Some(error.exit_code()),
            Self::NotStarted => None,
        }
    }

    /// Why cf could not be started.
    pub(crate) fn error(&self) -> Option<&Error> {
        match self {
            Self::NotRun(error) => Some(error),
            Self::Pushed
            | Self::Failed(_)
            | Self::TimedOut(_)
            | Self::WantedTerminal(_)
            | Self::Interrupted(_)
            | Self::NotStarted => None,
        }
    }

    pub(crate) fn is_pushed(&self) -> bool {
        matches!(self, Self::Pushed)
    }

    /// Whether its turn came and it was not pushed.
    pub(crate) fn is_failure(&self) -> bool {
        self.exit_code().is_some_and(|code| code.code() != 0)
    }

    /// Whether cf was told to end before it was done, so that a deployment may go on without it.
    pub(crate) fn is_cut_short(&self) -> bool {
        matches!(self, Self::TimedOut(_) | Self::Interrupted(_))
    }

    /// Whether we have ended cf, and nobody had asked for it.
    pub(crate) fn is_ours(&self) -> bool {
        match self {
            Self::TimedOut(_) | Self::WantedTerminal(_) => true,
            Self::Pushed
            | Self::Failed(_)
            | Self::Interrupted(_)
            | Self::NotRun(_)
            | Self::NotStarted => false,
        }
    }

    /// How cf ended, where it ran.
    fn status(&self) -> Option<Status> {
        match self {
            Self::Pushed => Some(Status::Code(0)),
            Self::Failed(status)
            | Self::TimedOut(status)
            | Self::WantedTerminal(status)
            | Self::Interrupted(status) => Some(*status),
            Self::NotRun(_) | Self::NotStarted => None,
        }
    }

    /// Its stable name.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Pushed => "pushed",
            Self::Failed(_) => "failed",
            Self::TimedOut(_) => "timed-out",
            Self::WantedTerminal(_) => "wanted-terminal",
            Self::Interrupted(_) => "interrupted",
            Self::NotRun(_) => "not-run",
            Self::NotStarted => "not-started",
        }
    }

    /// A few words.
    pub(crate) fn brief(&self) -> String {
        match self {
            Self::Pushed => "pushed".to_owned(),
            Self::TimedOut(_) => "timed out".to_owned(),
            Self::WantedTerminal(_) => "failed (it wanted to ask at the terminal)".to_owned(),
            Self::Interrupted(_) => "interrupted".to_owned(),
            Self::Failed(Status::Code(code)) => format!("failed (exit code {code})"),
            Self::Failed(Status::Signal(signal)) => format!("failed (signal {signal})"),
            Self::Failed(Status::Unkillable) => "could not be ended".to_owned(),
            Self::NotRun(_) => "cf could not be run".to_owned(),
            Self::NotStarted => "not started".to_owned(),
        }
    }

    /// A sentence about cf, which ran for so long.
    fn sentence(&self, time: &str) -> String {
        let status = match self {
            Self::TimedOut(_) => return format!("cf was ended: `--timeout` ran out after {time}"),
            Self::WantedTerminal(_) => {
                return "cf was ended: it, or a program that it runs, wanted to ask at the terminal"
                    .to_owned();
            }
            Self::NotRun(error) => return error.message().to_owned(),
            Self::NotStarted => return "cf was not started".to_owned(),
            Self::Pushed => Status::Code(0),
            Self::Failed(status) | Self::Interrupted(status) => *status,
        };
        match status {
            Status::Code(code) => format!("cf ended with exit code {code} after {time}"),
            Status::Signal(signal) => format!("cf was ended by signal {signal} after {time}"),
            Status::Unkillable => "cf could not be ended".to_owned(),
        }
    }
}

/// What became of a run.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// How it ended.
    pub(crate) ending: Ending,
    /// How far cf came, read from what it printed.
    pub(crate) phase: Phase,
    /// How long cf ran.
    pub(crate) seconds: f64,
    /// The routes of the app, read from what cf printed, where it was pushed.
    pub(crate) routes: Vec<String>,
    /// The end of what cf printed, where it failed.
    pub(crate) last_lines: Vec<String>,
    /// The signal that asked us to end while cf ran, whatever cf made of it.
    pub(crate) interrupted: Option<Signal>,
    /// Whether somebody took all of cf's output; who did not, will not take ours.
    pub(crate) was_read: bool,
}

impl Outcome {
    pub(super) fn of(end: &ChildEnd, last: Last) -> Self {
        let ending = Ending::of(end);
        let is_pushed = ending.is_pushed();
        Self {
            phase: if is_pushed { Phase::Done } else { last.phase },
            seconds: seconds(end.time),
            routes: if is_pushed { last.routes } else { Vec::new() },
            last_lines: if is_pushed { Vec::new() } else { last.lines },
            interrupted: end.interrupted,
            was_read: last.was_read,
            ending,
        }
    }

    /// One in which no cf ran.
    pub(super) fn without_cf(ending: Ending) -> Self {
        Self {
            ending,
            phase: Phase::Started,
            seconds: 0.0,
            routes: Vec::new(),
            last_lines: Vec::new(),
            interrupted: None,
            was_read: true,
        }
    }

    /// Whether there was a cf.
    pub(crate) fn has_run(&self) -> bool {
        self.ending.status().is_some()
    }

    /// A few words, with the time that it took.
    pub(crate) fn brief(&self) -> String {
        let words = self.ending.brief();
        match &self.ending {
            Ending::Pushed => format!("{words} in {}", time(self.seconds)),
            Ending::TimedOut(_) => format!("{words} after {}", time(self.seconds)),
            Ending::NotRun(error) => format!("not started: {}", error.message()),
            Ending::Failed(_)
            | Ending::WantedTerminal(_)
            | Ending::Interrupted(_)
            | Ending::NotStarted => words,
        }
    }

    /// A sentence about cf.
    pub(crate) fn sentence(&self) -> String {
        self.ending.sentence(&time(self.seconds))
    }

    /// Whether cf ran and failed, and nobody had asked for an end.
    pub(crate) fn has_failed_by_itself(&self) -> bool {
        match self.ending {
            Ending::Failed(_) | Ending::TimedOut(_) | Ending::WantedTerminal(_) => true,
            Ending::Pushed | Ending::Interrupted(_) | Ending::NotRun(_) | Ending::NotStarted => {
                false
            }
        }
    }

    /// Whether the app's log has something of this push: before staging there is nothing in it.
    pub(crate) fn has_log(&self) -> bool {
        match self.phase {
            Phase::Staging | Phase::Starting => true,
            Phase::Started | Phase::Pushing | Phase::Done => false,
        }
    }

    /// Whether another cf may be run to show the log: nobody has asked for an end, and cf can do
    /// without a terminal.
    pub(crate) fn allows_logs(&self) -> bool {
        let is_left_alone = match self.ending {
            Ending::Interrupted(_) | Ending::WantedTerminal(_) => false,
            Ending::Pushed
            | Ending::Failed(_)
            | Ending::TimedOut(_)
            | Ending::NotRun(_)
            | Ending::NotStarted => true,
        };
        self.has_log() && is_left_alone && self.was_read
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (code, signal) = match self.ending.status() {
            Some(Status::Code(code)) => (Some(code), None),
            Some(Status::Signal(signal)) => (None, Some(signal)),
            Some(Status::Unkillable) | None => (None, None),
        };
        let mut fields = serializer.serialize_struct("Outcome", 8)?;
        fields.serialize_field("exit_code", &self.ending.exit_code().map(ExitCode::code))?;
        fields.serialize_field("cf_exit_code", &code)?;
        fields.serialize_field("signal", &signal)?;
        fields.serialize_field("interrupted", &self.interrupted.map(Signal::name))?;
        fields.serialize_field("phase", &self.phase)?;
        fields.serialize_field("seconds", &self.seconds)?;
        fields.serialize_field("routes", &self.routes)?;
        fields.serialize_field("last_lines", &self.last_lines)?;
        fields.end()
    }
}

/// Seconds, to the millisecond.
pub(crate) fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

/// A time, in the unit that has digits for it.
pub(crate) fn time(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.0} ms", seconds * 1000.0) } else { format!("{seconds:.1} s") }
}
