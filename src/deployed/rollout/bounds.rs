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

/// How long an answer that is on its way is waited for by who wants to leave at once.
const LAST_MOMENT: Duration = Duration::from_secs(1);

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
    /// What has to be asked for at least.
    pub(super) heeds: Wish,
    pub(super) pause: Duration,
}

impl Bounds {
    pub(super) fn over(&self) -> Option<Over> {
        let asked = *self.asked.borrow();
        if asked >= self.heeds {
            return Some(Over::Asked(asked));
        }
        (Instant::now() >= self.deadline).then_some(Over::TimedOut)
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
            // An error says that nobody is left who could ask, and comes at once each time.
            Ok(()) = self.asked.changed() => {}
        }
        self.over().map_or(Ok(()), Err)
    }

    /// Asks less often where that is wanted.
    pub(super) fn heed(&mut self, problem: &Problem) {
        if problem.kind == ProblemKind::Failed(Failure::RateLimited) {
            self.pause = LONG_PAUSE;
        }
    }

    /// Other ones, to take back what was begun: only who wants to leave at once ends that.
    pub(super) fn last(&self) -> Self {
        Self {
            deadline: Instant::now() + CANCEL_LIMIT,
            asked: self.asked.clone(),
            heeds: Wish::Leave,
            pause: FIRST_PAUSE,
        }
    }
}

/// Comes when somebody wants to leave at once, and what goes on has had a moment to do so by itself.
pub(super) async fn left(mut asked: watch::Receiver<Wish>) {
    if asked.wait_for(|asked| *asked == Wish::Leave).await.is_err() {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(LAST_MOMENT).await;
}
