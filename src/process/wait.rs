//! Waiting, always within a bound and always open to signals.

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::exit::Change;
use super::group::{LOOK, Rest};
use super::signals::{Signal, Signals};
use super::{Child, ChildEnd, InGroup, Patience, Status};

/// How long a child may take to end once asked to.
const GRACE: Duration = Duration::from_secs(10);
/// How often a child that is to end is woken, should it be stopped.
const NUDGE: Duration = Duration::from_millis(200);
/// How long what a child leaves behind may take.
const GRACE_FOR_REST: Duration = Duration::from_secs(2);
/// How long who was killed may take. One that nobody reaps counts as alive for ever.
const KILLED: Duration = Duration::from_millis(500);

/// Why a wait ended before what was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// The bound was reached.
    TimedOut,
    /// A signal asked us to end.
    By(Signal),
}

/// Waits for something that is no child, at most this long.
pub(crate) async fn within<T>(
    limit: Duration,
    signals: &mut Signals,
    what: impl Future<Output = T>,
) -> Result<T, Stopped> {
    within_stops(limit, signals, what, || {}).await
}

/// The same; `resumed` is called when we were stopped and go on.
pub(crate) async fn within_stops<T>(
    limit: Duration,
    signals: &mut Signals,
    what: impl Future<Output = T>,
    mut resumed: impl FnMut(),
) -> Result<T, Stopped> {
    let mut what = pin!(what);
    let mut end = pin!(sleep(limit));
    loop {
        tokio::select! {
            value = &mut what => return Ok(value),
            () = &mut end => return Err(Stopped::TimedOut),
            signal = signals.next() => match signal {
                Signal::Stop => signals.stop(),
                Signal::Continue => resumed(),
                ending => return Err(Stopped::By(ending)),
            },
        }
    }
}

/// How hard the child has been asked to end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pressure {
    No,
    Politely,
    Killed,
}

/// What has happened to a child so far.
struct ChildCourse {
    asked: Pressure,
    /// When one that gets but a moment was asked to end, and its group with it.
    since: Option<Instant>,
    timed_out: bool,
    wanted_terminal: bool,
    interrupted: Option<Signal>,
    /// By what one that decides by itself was told to end, and not at its terminal.
    told: Option<Signal>,
}

impl ChildCourse {
    /// Whether the child is to end, one way or another.
    fn is_ending(&self) -> bool {
        self.interrupted.is_some() || self.asked != Pressure::No
    }
}

impl Child {
    /// Waits for the end, forwarding every signal once, and sees to it that nobody stays behind.
    /// The second interrupt kills; so does `limit` and a grace behind it.
    pub(crate) async fn ended(mut self, limit: Duration, signals: &mut Signals) -> ChildEnd {
        let mut timer = pin!(sleep(limit));
        let mut course = ChildCourse {
            asked: Pressure::No,
            since: None,
            timed_out: false,
            wanted_terminal: false,
            interrupted: None,
            told: None,
        };
        let dead = loop {
            let wait = tokio::select! {
                change = self.exit.come() => match change {
                    Change::Ended => break true,
                    // It is stopped with us, and goes on with us.
                    Change::WantsTerminal if self.patience == Patience::Endless => None,
                    Change::WantsTerminal => Some(self.wanted_terminal(&mut course)),
                },
                signal = signals.next() => {
                    let wait = self.heard(signal, &mut course);
                    if signal == Signal::Stop {
                        let stopped = Instant::now();
                        if self.group.has_stopped().await {
                            signals.stop();
                        }
                        // What was stopped had no time.
                        let end = timer.deadline() + stopped.elapsed();
                        timer.as_mut().reset(end);
                    }
                    wait
                }
                // Again and again: it may have been stopped only after it was told to end.
                () = sleep(NUDGE), if course.is_ending() => {
                    self.group.wake();
                    None
                }
                () = &mut timer => match self.overdue(&mut course) {
                    Some(wait) => Some(wait),
                    None => break false,
                },
            };
            if let Some(wait) = wait {
                timer.set(sleep(wait));
            }
        };
        let time = self.started.elapsed();
        if cfg!(windows) || self.place == InGroup::Ours {
            // The terminal's signal was for both, on Windows whatever the group; the child may have
            // died of it before we heard.
            let heard = signals.pending().await.filter(|signal| signal.ends());
            course.interrupted = course.interrupted.or(heard);
        }
        let status = if dead { self.reap(course.since).await } else { Status::Unkillable };
        let ChildCourse { timed_out, wanted_terminal, .. } = course;
        let interrupted = course.interrupted.or(course.told);
        ChildEnd { status, timed_out, wanted_terminal, interrupted, time }
    }

    /// Passes a signal on; gives the time to wait from now on where that changes.
    fn heard(&self, signal: Signal, course: &mut ChildCourse) -> Option<Duration> {
        if self.patience == Patience::Endless {
            self.group.forward(signal, &self.handle);
            let is_told = signal.ends() && !signal.is_of_terminal();
            course.told = course.told.or(Some(signal).filter(|_| is_told));
            return None;
        }
        if signal == Signal::Interrupt && course.interrupted == Some(signal) {
            self.group.kill(&self.handle);
        } else {
            self.group.forward(signal, &self.handle);
        }
        if !signal.ends() {
            return None;
        }
        if course.interrupted.is_none() || signal == Signal::Interrupt {
            course.interrupted = Some(signal);
        }
        if self.patience == Patience::Full {
            return None;
        }
        // It has been asked; the next step is harder.
        if cfg!(unix) && self.place == InGroup::Ours && signal.is_of_terminal() {
            // Perhaps not: who sends us such a signal need not have sent it to all.
            self.group.terminate(&self.handle);
        }
        course.asked = Pressure::Politely;
        course.since.get_or_insert_with(Instant::now);
        Some(GRACE_FOR_REST)
    }

    /// Ends a child that waits for a terminal it does not get.
    fn wanted_terminal(&self, course: &mut ChildCourse) -> Duration {
        course.wanted_terminal = true;
        course.asked = Pressure::Politely;
        self.group.terminate(&self.handle);
        GRACE_FOR_REST
    }

    /// Asks harder each time that the time is up; `None` where nothing helps.
    fn overdue(&self, course: &mut ChildCourse) -> Option<Duration> {
        let is_told = self.patience == Patience::Short && course.interrupted.is_some();
        course.timed_out = !course.wanted_terminal && !is_told;
        course.asked = match course.asked {
            Pressure::No => {
                self.group.terminate(&self.handle);
                Pressure::Politely
            }
            Pressure::Politely => {
                self.group.kill(&self.handle);
                Pressure::Killed
            }
            Pressure::Killed => return None,
        };
        Some(if self.patience == Patience::Short { GRACE_FOR_REST } else { GRACE })
    }

    /// Takes the status of a child that has ended, then ends who is left of its group.
    async fn reap(&mut self, asked: Option<Instant>) -> Status {
        self.group.terminate(&self.handle);
        let status = match self.handle.wait() {
            Ok(output) => Status::from(output.status),
            Err(_) => Status::Unkillable,
        };
        self.buried = true;
        let asked = asked.unwrap_or_else(Instant::now);
        end_all(asked, || self.group.rest(&self.descendants)).await;
        status
    }
}

/// Ends who is left: each is asked once, and killed after a grace, which began when the first were.
pub(super) async fn end_all(since: Instant, rest: impl Fn() -> Rest) {
    let mut asked = Vec::new();
    let polite = since + GRACE_FOR_REST;
    let end = polite.max(Instant::now()) + KILLED;
    loop {
        let rest = rest();
        let now = Instant::now();
        if rest.is_empty() || now > end {
            return;
        }
        if now < polite {
            rest.terminate(&mut asked);
        } else {
            rest.kill();
        }
        sleep(LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ChildEnd, Signal, Status, Stopped};

    #[test]
    fn what_stopped_a_child_is_its_time_before_any_signal() {
        let end = ChildEnd {
            status: Status::Code(0),
            timed_out: false,
            wanted_terminal: false,
            interrupted: None,
            time: Duration::ZERO,
        };
        let interrupted = Some(Signal::Terminate);
        assert_eq!(end.stopped(), None);
        let end = ChildEnd { interrupted, ..end };
        assert_eq!(end.stopped(), Some(Stopped::By(Signal::Terminate)));
        assert_eq!(ChildEnd { timed_out: true, ..end }.stopped(), Some(Stopped::TimedOut));
    }
}
