//! How long an app's rollout goes on: its own bound, and what somebody asks of all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::capi::{Problem, ProblemKind};
use crate::http::{Failure, GivenUp};

/// The shortest pause before a question is asked again.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// A pause is this part of what was waited so far, so that what is done is seen soon, and what takes
/// long is not asked for often.
const PART: u32 = 8;
/// The same where it is known how soon it may be.
const FINE_PART: u32 = 16;
const FINE_FIRST_PAUSE: Duration = Duration::from_millis(60);
/// The longest pause: how often cf asks (`PollingInterval`).
const PAUSE: Duration = Duration::from_secs(3);
/// How often it is asked where the platform says that it was too often.
const LONG_PAUSE: Duration = Duration::from_secs(30);
/// How long a deployment may take to be taken back.
const CANCEL_LIMIT: Duration = Duration::from_secs(120);

/// How long the instances are looked at once more where there is no time for it.
const MOMENT: Duration = Duration::from_secs(10);

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

/// How soon something came about where it was soonest: of the apps of a run, staging and deployments.
/// Until shortly before that, no other app is asked about more often than cf asks.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    pub(super) staging: Soonest,
    pub(super) deployment: Soonest,
}

/// Milliseconds; 0 where nothing is known.
#[derive(Debug, Default)]
pub(super) struct Soonest(AtomicU64);

impl Soonest {
    /// When to ask first: before that, so that what is sooner still is seen.
    pub(super) fn first(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed)) * 3 / 4
    }

    fn learn(&self, took: Duration) {
        let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
        let least = |known: u64| if known == 0 { took } else { known.min(took) };
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |known| Some(least(known))).ok();
    }
}

/// The bounds of one app's rollout.
pub(super) struct Bounds {
    pub(super) deadline: Instant,
    pub(super) asked: watch::Receiver<Wish>,
    /// What has to be asked for at least.
    pub(super) heeds: Wish,
    /// When what is waited for has begun.
    since: Instant,
    /// When it was asked for last: what is asked beside it makes no pause longer.
    questioned: Instant,
    /// How long it takes at least, as far as is known.
    at_least: Duration,
    /// The pause that the platform wants.
    wanted: Duration,
    /// Why there was no answer the last time.
    trouble: Option<Problem>,
}

impl Bounds {
    /// Until then, or until so much is asked for.
    pub(super) fn new(deadline: Instant, asked: watch::Receiver<Wish>, heeds: Wish) -> Self {
        let (at_least, wanted) = (Duration::ZERO, Duration::ZERO);
        let now = Instant::now();
        let (since, questioned, trouble) = (now, now, None);
        Self { deadline, asked, heeds, since, questioned, at_least, wanted, trouble }
    }

    /// Something else is waited for from here, which takes so long at least.
    pub(super) fn begin(&mut self, at_least: Duration) {
        self.since = Instant::now();
        self.questioned = self.since;
        self.at_least = at_least;
    }

    /// It has come about.
    pub(super) fn came(&self, soonest: &Soonest) {
        soonest.learn(self.since.elapsed());
    }

    /// How long after the last question it is worth asking again.
    fn due(&self) -> Duration {
        let waited = self.questioned.saturating_duration_since(self.since);
        if self.at_least.is_zero() {
            return (waited / PART).clamp(FIRST_PAUSE, PAUSE);
        }
        match self.at_least.saturating_sub(waited) {
            Duration::ZERO => (waited / FINE_PART).clamp(FINE_FIRST_PAUSE, PAUSE),
            rest => rest.min(PAUSE),
        }
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
        let pause = self.due().saturating_sub(self.questioned.elapsed());
        let pause = pause.max(std::mem::take(&mut self.wanted));
        let waited = self.unless_over(tokio::time::sleep(pause)).await;
        self.questioned = Instant::now();
        waited
    }

    /// Waits for something that changes nothing, no longer than until more is asked for.
    pub(super) async fn unless_over(&self, wait: impl Future<Output = ()>) -> Result<(), Over> {
        if let Some(over) = self.over() {
            return Err(over);
        }
        tokio::select! {
            () = wait => {}
            () = self.ended() => {}
        }
        self.over().map_or(Ok(()), Err)
    }

    /// Comes when it is over.
    pub(super) fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        ended(self.deadline, self.asked.clone(), self.heeds)
    }

    /// The same for who cannot keep the bounds at hand.
    pub(super) fn given_up(&self) -> GivenUp {
        let (deadline, asked, heeds) = (self.deadline, self.asked.clone(), self.heeds);
        Arc::new(move || Box::pin(ended(deadline, asked.clone(), heeds)))
    }

    /// There was no answer, for now; asks less often where that is wanted.
    pub(super) fn heed(&mut self, problem: Problem) {
        if matches!(problem.kind, ProblemKind::Failed(Failure::RateLimited(_))) {
            self.wanted = LONG_PAUSE;
        }
        // That it is over says nothing of why.
        if self.over().is_none() {
            self.trouble = Some(problem);
        }
    }

    /// There was one.
    pub(super) fn heard(&mut self) {
        self.trouble = None;
    }

    /// Why there was no answer the last time, where there was none.
    pub(super) const fn trouble(&self) -> Option<&Problem> {
        self.trouble.as_ref()
    }

    /// Other ones, to take back what was begun: only who wants to leave at once ends that.
    pub(super) fn last(&self) -> Self {
        Self::new(Instant::now() + CANCEL_LIMIT, self.asked.clone(), Wish::Leave)
    }

    /// Other ones, for one more look.
    pub(super) fn moment(&self) -> Self {
        Self { deadline: Instant::now() + MOMENT, ..self.last() }
    }
}

/// Comes then, or when so much is asked for.
async fn ended(deadline: Instant, mut asked: watch::Receiver<Wish>, heeds: Wish) {
    let asked = async {
        // An error says that nobody is left who could ask.
        if asked.wait_for(|asked| *asked >= heeds).await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    // That it has ended is all there is to know.
    let _ = tokio::time::timeout_at(deadline.into(), asked).await;
}

/// Comes when somebody wants to leave at once, and what goes on has had a moment to do so by itself.
pub(super) async fn left(mut asked: watch::Receiver<Wish>) {
    if asked.wait_for(|asked| *asked == Wish::Leave).await.is_err() {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(LAST_MOMENT).await;
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use tokio::sync::watch;

    use super::{Bounds, FIRST_PAUSE, Soonest, Wish};

    fn bounds() -> Bounds {
        let (_, asked) = watch::channel(Wish::GoOn);
        Bounds::new(Instant::now() + Duration::from_secs(600), asked, Wish::End)
    }

    #[test]
    fn where_nothing_is_known_the_first_question_comes_soon() {
        assert_eq!(Soonest::default().first(), Duration::ZERO);
        let mut bounds = bounds();
        bounds.begin(Soonest::default().first());
        assert_eq!(bounds.due(), FIRST_PAUSE);
    }

    #[test]
    fn nobody_asks_much_before_the_time_that_it_took_where_it_was_soonest() {
        let soonest = Soonest::default();
        for took in [6, 2, 4] {
            soonest.learn(Duration::from_secs(took));
        }
        assert_eq!(soonest.first(), Duration::from_millis(1500));
        let mut bounds = bounds();
        bounds.begin(soonest.first());
        assert!(bounds.due() > Duration::from_secs(1), "{:?}", bounds.due());
        bounds.questioned = bounds.since + Duration::from_secs(32);
        assert_eq!(bounds.due().as_secs(), 2);
    }

    #[test]
    fn where_one_took_long_the_others_are_asked_about_as_often_as_cf_asks() {
        let soonest = Soonest::default();
        soonest.learn(Duration::from_secs(600));
        let mut bounds = bounds();
        bounds.begin(soonest.first());
        assert_eq!(bounds.due(), super::PAUSE);
    }

    #[test]
    fn a_wait_is_left_when_an_end_is_asked_for() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (tell, asked) = watch::channel(Wish::GoOn);
        let bounds = Bounds::new(Instant::now() + Duration::from_secs(600), asked, Wish::End);
        assert_eq!(runtime.block_on(bounds.unless_over(std::future::ready(()))), Ok(()));
        tell.send(Wish::End).unwrap();
        let left = runtime.block_on(bounds.unless_over(std::future::pending()));
        assert_eq!(left, Err(super::Over::Asked(Wish::End)));
    }
}
