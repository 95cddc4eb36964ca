//! How long an app's rollout goes on: its own bound, and what somebody asks of all.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::capi::{Problem, ProblemKind};
use crate::http::Failure;

/// The shortest pause before a question is asked again.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// A pause is this part of what was waited so far, so that what is done is seen soon, and what takes
/// long is not asked for often.
const PART: u32 = 8;
/// The longest pause: how often cf asks (`PollingInterval`).
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
    /// When what is waited for has begun.
    since: Instant,
    /// The pause that the platform wants.
    wanted: Duration,
}

impl Bounds {
    /// Until then, or until so much is asked for.
    pub(super) fn new(deadline: Instant, asked: watch::Receiver<Wish>, heeds: Wish) -> Self {
        Self { deadline, asked, heeds, since: Instant::now(), wanted: Duration::ZERO }
    }

    /// Something else is waited for from here.
    pub(super) fn begin(&mut self) {
        self.since = Instant::now();
    }

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
        let due = (self.since.elapsed() / PART).clamp(FIRST_PAUSE, PAUSE);
        let pause = due.max(std::mem::take(&mut self.wanted)).min(left);
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
            self.wanted = LONG_PAUSE;
        }
    }

    /// Other ones, to take back what was begun: only who wants to leave at once ends that.
    pub(super) fn last(&self) -> Self {
        Self::new(Instant::now() + CANCEL_LIMIT, self.asked.clone(), Wish::Leave)
    }
}

/// Comes when somebody wants to leave at once, and what goes on has had a moment to do so by itself.
pub(super) async fn left(mut asked: watch::Receiver<Wish>) {
    if asked.wait_for(|asked| *asked == Wish::Leave).await.is_err() {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(LAST_MOMENT).await;
}
