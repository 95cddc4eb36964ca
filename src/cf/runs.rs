//! Carries plans out: each a cf of its own, under its own bounds; where several go side by side, each
//! with a home of its own. One plan is a slice of one.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::oneshot;

use super::homes::{CF_HOME, Home, Homes};
use super::pipes::{PipeLayout, Pipes};
use super::relay::{Hearer, Unread};
use super::watch::{Arrangement, Demand, Stream, Watch};
use super::{Ending, Outcome, filter, patience, pipe_error, push_job, spawn_error};
use crate::cf::plan::Plan;
use crate::cli::{OnError, OutputFormat};
use crate::environment::Environment;
use crate::error::Error;
use crate::process::{
    self, Descendants, Hub, Job, Orphans, Signal, Signals, Stopped, Told, within,
};
use crate::secret::ApiKey;

/// One plan, with the key where its image needs one.
#[derive(Clone, Copy)]
pub(crate) struct Run<'a> {
    /// What is to be done.
    pub(crate) plan: &'a Plan,
    /// The key that cf gets.
    pub(crate) secret: Option<&'a Arc<ApiKey>>,
}

/// How the runs follow one another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// How many go side by side at most.
    pub(crate) jobs: NonZeroUsize,
    /// What a failure means for the others.
    pub(crate) on_error: OnError,
    /// How long each may take.
    pub(crate) limit: Duration,
    /// What our own standard output is for.
    pub(crate) output: OutputFormat,
}

/// Who is told of each run when it has ended, before the next begins; must not block.
pub(crate) type Ended<'a> = &'a dyn Fn(usize, &Outcome);

/// What became of all.
#[derive(Debug)]
pub(crate) struct Runs {
    /// In the order of the runs.
    pub(crate) outcomes: Vec<Outcome>,
    /// The first signal that asked us to end.
    pub(crate) interrupted: Option<Signal>,
    /// Whether somebody took all that was printed; who did not, will not take more.
    pub(crate) was_read: bool,
}

/// Carries the plans out, in their order, so many at once.
///
/// # Errors
/// cf's configuration cannot be copied.
pub(crate) async fn push(
    runs: &[Run<'_>],
    pace: &Pace,
    environment: &Environment,
    (watch, ended): (Arc<dyn Watch>, Ended<'_>),
    signals: &mut Signals,
) -> Result<Runs, Error> {
    let orphans = process::adopt_orphans();
    let runs = push_with(orphans, runs, pace, environment, (watch, ended), signals).await;
    // No cf is left, so that these belong to none; those that a run could tell are gone with it.
    process::end_orphans(orphans).await;
    runs
}

/// The same, as far as orphans are ours to end.
async fn push_with(
    orphans: Orphans,
    runs: &[Run<'_>],
    pace: &Pace,
    environment: &Environment,
    (watch, ended): (Arc<dyn Watch>, Ended<'_>),
    signals: &mut Signals,
) -> Result<Runs, Error> {
    let are_several = pace.jobs.get() > 1 && runs.len() > 1;
    let homes = if are_several { Some(Homes::open(environment, signals).await?) } else { None };
    let layout = match (watch.arrangement(), pace.output) {
        (Arrangement::Passage | Arrangement::Apart, _) | (_, OutputFormat::Json) => {
            PipeLayout::of(environment.streams, pace.output)
        }
        (Arrangement::Together, OutputFormat::Text) => PipeLayout::One(Stream::Stdout),
    };
    let stage = Stage { runs, pace, environment, homes, layout, orphans, watch, ended };
    let Course { mut ended, interrupted, .. } = stage.all(signals).await;
    ended.sort_by_key(|(run, _)| *run);
    let mut outcomes: Vec<Outcome> = ended.into_iter().map(|(_, outcome)| outcome).collect();
    // They begin in order, so that those which did not are the last.
    outcomes.resize_with(runs.len(), || Outcome::without_cf(Ending::NotStarted));
    stage.close(outcomes, interrupted, signals).await
}

/// What all runs share.
struct Stage<'a> {
    runs: &'a [Run<'a>],
    pace: &'a Pace,
    environment: &'a Environment,
    /// Where they get homes from, if each has its own.
    homes: Option<Homes>,
    layout: PipeLayout,
    orphans: Orphans,
    watch: Arc<dyn Watch>,
    ended: Ended<'a>,
}

/// How far it has come.
#[derive(Default)]
struct Course {
    /// The run that begins next.
    next: usize,
    ended: Vec<(usize, Outcome)>,
    interrupted: Option<Signal>,
    hub: Hub,
    /// How often Ctrl-C was pressed.
    interrupts: usize,
    /// A stop on its way to the children.
    stop: Option<Told>,
}

impl Course {
    fn heard(&mut self, signal: Signal, running: usize, watch: &dyn Watch) {
        self.interrupts += usize::from(signal == Signal::Interrupt);
        if running > 0 {
            watch.asked(Demand::by(signal, self.interrupts), running);
        }
        let told = self.hub.tell(signal);
        if signal == Signal::Stop {
            self.stop = Some(told);
        }
        if signal.ends() && self.interrupted.is_none() {
            self.interrupted = Some(signal);
        }
    }

    /// Waits until all children have got a stop; for ever where there is none.
    async fn stop_forwarded(&mut self) {
        match &mut self.stop {
            Some(told) => told.forwarded().await,
            None => std::future::pending().await,
        }
    }
}

impl Stage<'_> {
    /// Sees all runs through.
    async fn all(&self, signals: &mut Signals) -> Course {
        let mut course = Course::default();
        let mut running = FuturesUnordered::new();
        loop {
            // One that came while a run ended: none is begun any more.
            while let Some(signal) = signals.pending().await {
                course.heard(signal, running.len(), self.watch.as_ref());
            }
            while running.len() < self.pace.jobs.get() && self.goes_on(&course) {
                running.push(self.run(course.next, course.hub.subscribe()));
                course.next += 1;
            }
            if running.is_empty() && course.stop.is_none() {
                return course;
            }
            tokio::select! {
                biased;
                signal = signals.next() => {
                    course.heard(signal, running.len(), self.watch.as_ref());
                }
                Some(outcome) = running.next() => course.ended.push(outcome),
                () = course.stop_forwarded() => {
                    course.stop = None;
                    signals.stop();
                }
            }
        }
    }

    /// Whether another run is to begin.
    fn goes_on(&self, course: &Course) -> bool {
        let has_failed = || course.ended.iter().any(|(_, outcome)| outcome.ending.is_failure());
        course.next < self.runs.len()
            && course.interrupted.is_none()
            && (self.pace.on_error == OnError::Continue || !has_failed())
    }

    async fn run(&self, at: usize, mut signals: Signals) -> (usize, Outcome) {
        let not_started = (at, Outcome::without_cf(Ending::NotStarted));
        // Asked to end between its turn and now.
        while let Some(signal) = signals.pending().await {
            if signal.ends() {
                return not_started;
            }
        }
        let Some(run) = self.runs.get(at) else { return not_started };
        let pushed = self.push(at, *run, &mut signals).await;
        let outcome = pushed.unwrap_or_else(|error| Outcome::without_cf(Ending::NotRun(error)));
        self.watch.ended(at, &outcome);
        (self.ended)(at, &outcome);
        (at, outcome)
    }

    async fn push(&self, at: usize, run: Run<'_>, signals: &mut Signals) -> Result<Outcome, Error> {
        let Run { plan, secret } = run;
        let home = self.homes.as_ref().map(|homes| homes.make(at)).transpose()?;
        let (pipes, stdout, stderr) =
            Pipes::open(self.layout).map_err(|error| pipe_error(&error))?;
        let mut job = push_job(plan, secret, self.environment, stdout, stderr);
        self.settle(&mut job, home.as_ref());
        let child = process::spawn(job).map_err(|error| spawn_error(&plan.cf.program, &error))?;
        self.watch.started(at);
        let filter = || filter(plan, secret);
        let hearer = Hearer { run: at, watch: Arc::clone(&self.watch) };
        let outputs = match self.watch.arrangement() {
            Arrangement::Passage => pipes.relay(Unread::GoesOn, Some(&hearer), filter),
            Arrangement::Apart | Arrangement::Together => pipes.hand_over(filter, at, &self.watch),
        };
        let outputs = outputs.map_err(|error| pipe_error(&error))?;
        let ended = child.ended(self.pace.limit, signals).await;
        // Nobody is left who would need it; what cf has said last may take its time.
        drop(home);
        let last = outputs.finish(patience(self.pace.limit, ended.stopped()), signals).await;
        Ok(Outcome::of(&ended, last))
    }

    /// Gives a cf its home, and says who is ended with it: never another's.
    fn settle(&self, job: &mut Job, home: Option<&Home>) {
        let Some((homes, home)) = self.homes.as_ref().zip(home) else {
            // One at a time: all orphans are its own.
            if self.orphans == Orphans::Left {
                job.descendants = Descendants::Group;
            }
            return;
        };
        job.set.extend(homes.variables(home));
        job.descendants = match self.orphans {
            Orphans::Adopted => Descendants::Marked(CF_HOME.to_owned(), home.path().into()),
            Orphans::Left => Descendants::Group,
        };
    }

    /// Waits until all is printed.
    async fn close(
        self,
        outcomes: Vec<Outcome>,
        interrupted: Option<Signal>,
        signals: &mut Signals,
    ) -> Result<Runs, Error> {
        // The copies of cf's configuration are gone before anybody is waited for.
        drop(self.homes);
        let patience = patience(self.pace.limit, interrupted.map(Stopped::By));
        let (printed, signal) = printed(self.watch, patience, signals).await?;
        let was_read = printed && outcomes.iter().all(|outcome| outcome.was_read);
        Ok(Runs { outcomes, interrupted: interrupted.or(signal), was_read })
    }
}

/// Whether a watcher has printed everything, and the signal that ended the wait for it.
async fn printed(
    watch: Arc<dyn Watch>,
    patience: Duration,
    signals: &mut Signals,
) -> Result<(bool, Option<Signal>), Error> {
    if watch.finish(Duration::ZERO) {
        return Ok((true, None));
    }
    let (tell, done) = oneshot::channel();
    std::thread::Builder::new()
        .name("finish".into())
        .spawn(move || {
            // Whoever does not wait any more does not need to be told.
            let _ = tell.send(watch.finish(patience));
        })
        .map_err(|error| pipe_error(&error))?;
    Ok(match within(patience, signals, done).await {
        Ok(printed) => (printed.unwrap_or(false), None),
        Err(Stopped::TimedOut) => (false, None),
        Err(Stopped::By(signal)) => (false, Some(signal)),
    })
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
