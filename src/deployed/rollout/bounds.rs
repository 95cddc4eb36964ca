//! How long an app's rollout goes on: its own bound, and what somebody asks of all.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::capi::{Problem, ProblemKind};
use crate::http::Failure;

/// The first pause before a question is asked again; it doubles up to [`PAUSE`].
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// How often cf asks (`PollingInterval`).
const PAUSE: Duration = Duration::from_secs(3);
/// How often it is asked where the platform says that it was too often.
const LONG_PAUSE: Duration = Duration::from_secs(30);
/// How long a deployment may take to be taken back.
const CANCEL_LIMIT: Duration = Duration::from_secs(120);

/// What somebody asks of all that go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wish {
    /// To go on.
    GoOn,
    /// To end in order: a deployment is taken back.
    End,
    /// To end at once.
    Leave,
}

/// Why a wait is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    TimedOut,
    Asked(Wish),
}

/// The bounds of one app's rollout.
pub(super) struct Bounds {
    pub(super) deadline: Instant,
    pub(super) asked: watch::Receiver<Wish>,
    pub(super) pause: Duration,
}

impl Bounds {
    pub(super) fn over(&self) -> Option<Over> {
        match *self.asked.borrow() {
            Wish::GoOn => (Instant::now() >= self.deadline).then_some(Over::TimedOut),
            asked => Some(Over::Asked(asked)),
        }
    }

    /// Waits until the next question is due.
    pub(super) async fn pause(&mut self) -> Result<(), Over> {
        if let Some(over) = self.over() {
            return Err(over);
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        let pause = self.pause.min(left);
        self.pause = (self.pause * 2).min(PAUSE);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            // An error says that nobody is left who could ask.
            _ = self.asked.changed() => {}
        }
        self.over().map_or(Ok(()), Err)
    }

    /// Asks less often where that is wanted.
    pub(super) fn heed(&mut self, problem: &Problem) {
        if problem.kind == ProblemKind::Failed(Failure::RateLimited) {
            self.pause = LONG_PAUSE;
        }
    }

    /// Other ones, to take back what was begun.
    pub(super) fn last(&self) -> Self {
        let (_, never) = watch::channel(Wish::GoOn);
        let is_leaving = |asked: &watch::Receiver<Wish>| *asked.borrow() == Wish::Leave;
        let limit = if is_leaving(&self.asked) { Duration::ZERO } else { CANCEL_LIMIT };
        Self { deadline: Instant::now() + limit, asked: never, pause: FIRST_PAUSE }
    }
}
