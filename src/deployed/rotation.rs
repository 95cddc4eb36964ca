//! Many rollouts side by side: so many at once, each told when somebody asks for an end, the token
//! kept alive meanwhile.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::{Notify, watch};

use super::rollout::{Done, Hears, Pace, Rollout, Wish};
use super::session::{RENEWAL, Session};
use crate::cf::Phase;
use crate::cf::watch::{Demand, Stream, Watch};
use crate::cli::OnError;
use crate::error::ErrorKind;
use crate::process::{Signal, Signals};

/// How soon cf is asked again for a token that the platform takes.
const SOONEST: Duration = Duration::from_secs(10);

/// How they follow one another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Course {
    pub(crate) jobs: NonZeroUsize,
    pub(crate) on_error: OnError,
}

/// What became of all.
#[derive(Debug)]
pub(crate) struct Change {
    /// In the order of the rollouts.
    pub(crate) done: Vec<Done>,
    /// The number of the first signal that asked us to end.
    pub(crate) interrupted: Option<u8>,
}

/// Those on their way that are seen up, whose notes are still to come.
#[derive(Default)]
struct Settled {
    all: Mutex<BTreeSet<usize>>,
    changed: Notify,
}

impl Settled {
    fn all(&self) -> MutexGuard<'_, BTreeSet<usize>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, at: usize) {
        self.all().insert(at);
        self.changed.notify_one();
    }

    /// How many of those that run are not.
    fn but_for(&self, running: usize) -> usize {
        running - self.all().len()
    }

    /// Whether one more may begin: each that is settled makes room, up to twice the jobs in all.
    fn leave_room(&self, running: usize, jobs: usize) -> bool {
        self.but_for(running) < jobs && running < jobs.saturating_mul(2)
    }
}

/// One app among those that are watched.
struct Spoken<'a> {
    watch: &'a dyn Watch,
    at: usize,
    settled: &'a Settled,
}

impl Hears for Spoken<'_> {
    fn phase(&self, phase: Phase) {
        self.watch.phase(self.at, phase);
    }

    fn line(&self, line: &str) {
        self.watch.line(self.at, Stream::Stderr, line.as_bytes());
    }

    /// The next one may begin.
    fn settled(&self) {
        self.settled.add(self.at);
    }
}

/// Carries them out, in their order, so many at once.
pub(crate) async fn rotate(
    session: &Session<'_>,
    rollouts: &[Rollout],
    course: Course,
    shown: &Arc<dyn Watch>,
    signals: &mut Signals,
) -> Change {
    let (tell, told) = watch::channel(Wish::GoOn);
    let pace = Pace::default();
    let settled = Settled::default();
    let mut running = FuturesUnordered::new();
    let mut ended: Vec<(usize, Done)> = Vec::new();
    let (mut next, mut interrupted) = (0, None);
    let mut keep_at = Instant::now() + RENEWAL;
    session.controller().is_kept();
    let mut kept_at: Option<Instant> = None;
    // What is said of all is said with the first that goes on: a board has a row for each, and no other.
    let first = Arc::new(AtomicUsize::new(0));
    let (watch, spoken_of) = (Arc::clone(shown), Arc::clone(&first));
    session.controller().tell(Arc::new(move |words: &str| {
        watch.line(spoken_of.load(Ordering::Relaxed), Stream::Stderr, words.as_bytes());
    }));
    let mut ask = |code: u8, running: usize| {
        let is_first = interrupted.is_none();
        interrupted.get_or_insert(code);
        shown.asked(if is_first { Demand::TakeBack } else { Demand::Leave }, running);
        // An error says that none of them listens any more.
        let _ = tell.send(if is_first { Wish::End } else { Wish::Leave });
    };
    loop {
        let has_failed = ended.iter().any(|(_, done)| !done.is_good());
        let goes_on =
            *told.borrow() == Wish::GoOn && (course.on_error == OnError::Continue || !has_failed);
        while goes_on
            && next < rollouts.len()
            && settled.leave_room(running.len(), course.jobs.get())
        {
            let (at, asked) = (next, told.clone());
            let hears = Spoken { watch: shown.as_ref(), at, settled: &settled };
            let with = (session.controller(), &pace);
            running.push(async move {
                let Some(rollout) = rollouts.get(at) else { return (at, Done::not_started()) };
                shown.started(at);
                (at, rollout.run(with, &hears, asked).await)
            });
            next += 1;
        }
        if running.is_empty() {
            break;
        }
        let is_on = |at: &usize| !ended.iter().any(|(one, _)| one == at);
        first.store((0..next).find(is_on).unwrap_or_default(), Ordering::Relaxed);
        tokio::select! {
            biased;
            signal = signals.next() => match signal {
                Signal::Stop => signals.stop(),
                Signal::Continue => {}
                signal => ask(signal.code(), settled.but_for(running.len())),
            },
            Some(one) = running.next() => ended.push(closed((shown, &settled), one)),
            () = settled.changed.notified() => {}
            // What was turned away by its token alone may go on with another one.
            () = session.controller().turned_away() => {
                keep_at = keep_at.min(kept_at.map_or_else(Instant::now, |at| at + SOONEST));
            }
            () = tokio::time::sleep_until(keep_at.into()) => {
                let mut keep = pin!(session.keep(signals));
                let kept = loop {
                    tokio::select! {
                        kept = &mut keep => break kept,
                        Some(one) = running.next() => {
                            ended.push(closed((shown, &settled), one));
                        }
                    }
                };
                kept_at = Some(Instant::now());
                keep_at = Instant::now() + RENEWAL;
                if let Err(ErrorKind::Interrupted(code)) = kept.map_err(|error| error.kind()) {
                    ask(code, settled.but_for(running.len()));
                }
            }
        }
    }
    drop(running);
    ended.sort_by_key(|(at, _)| *at);
    let mut done: Vec<Done> = ended.into_iter().map(|(_, done)| done).collect();
    done.resize_with(rollouts.len(), Done::not_started);
    if let Some(signal) = interrupted {
        for one in &mut done {
            one.interrupted_by(signal);
        }
    }
    Change { done, interrupted }
}

/// Shows what became of one.
fn closed(
    (shown, settled): (&Arc<dyn Watch>, &Settled),
    (at, done): (usize, Done),
) -> (usize, Done) {
    settled.all().remove(&at);
    shown.closed(at, &brief(&done), done.is_good());
    (at, done)
}

/// What became of one, in a few words.
fn brief(done: &Done) -> String {
    match &done.error {
        Some(error) => format!("{}; runs: {}", error.message(), done.now),
        None => format!("{}: {}", done.result.name(), done.now),
    }
}
