//! The signals that are ours to hear while something runs.

use std::io;

use super::hub::{Hub, Subscription};
#[cfg(unix)]
use super::signal::Other;
pub(crate) use super::signal::Signal;

#[cfg(unix)]
mod signal_table;

#[cfg(unix)]
pub(super) use unix::Listener;
#[cfg(unix)]
pub(crate) use unix::drop_those_of_writes;
#[cfg(windows)]
pub(super) use windows::Listener;

/// Hears signals, from its making on.
pub(crate) struct Signals(SignalSource);

/// Whom they come from.
enum SignalSource {
    /// The system; whoever hears it may have to stop this process.
    System(Listener),
    /// Somebody who hears the system for several.
    Hub(Subscription),
}

impl Hub {
    /// Signals from now on.
    pub(crate) fn subscribe(&mut self) -> Signals {
        Signals(SignalSource::Hub(self.subscription()))
    }
}

impl Signals {
    /// Starts to listen; needs a runtime. A signal that was ignored when we started (`nohup`,
    /// a job in the background of a script) stays ignored.
    pub(crate) fn listen() -> io::Result<Self> {
        Listener::new().map(|listener| Self(SignalSource::System(listener)))
    }

    /// The next signal.
    pub(crate) async fn next(&mut self) -> Signal {
        match &mut self.0 {
            SignalSource::System(listener) => listener.next().await,
            SignalSource::Hub(subscription) => subscription.next().await,
        }
    }

    /// Stops this process, now that a stop is forwarded. One of several only says that it has
    /// forwarded it; the process is stopped once all have.
    pub(crate) fn stop(&mut self) {
        match &mut self.0 {
            SignalSource::System(_) => stop_ourselves(),
            SignalSource::Hub(subscription) => subscription.forwarded(),
        }
    }

    /// Listens to all from now on, also to those that are heard later else.
    pub(crate) fn complete(&mut self) {
        #[cfg(unix)]
        if let SignalSource::System(listener) = &mut self.0 {
            listener.complete();
        }
    }

    /// A signal that came while nobody waited.
    pub(crate) async fn pending(&mut self) -> Option<Signal> {
        let next = async {
            match &mut self.0 {
                SignalSource::System(listener) => listener.heard().await,
                SignalSource::Hub(subscription) => subscription.next().await,
            }
        };
        tokio::select! {
            biased;
            signal = next => Some(signal),
            () = std::future::ready(()) => None,
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::future::poll_fn;
    use std::sync::{Arc, OnceLock};
    use std::task::Poll;
    use std::time::Duration;

    use rustix::process::{Signal as Number, getpid, kill_process};
    use tokio::signal::unix::{Signal as Stream, SignalKind, signal};
    use tokio::time::{Instant, sleep_until};

    use super::super::kernel_text;
    use super::signal_table::{Fate, TABLE, real_time};
    use super::{Other, Signal, io};

    /// How long a wait has to last before the real-time ones are listened to. To listen to one more
    /// signal costs as much as all before it: they took a tenth of a push that checks nothing.
    const MOMENT: Duration = Duration::from_millis(10);

    /// Hears the signals from its making on; the real-time ones, which nobody sends to a push in the
    /// course of things, a moment after the first wait for it has begun.
    pub(in super::super) struct Listener {
        streams: Vec<(Signal, Stream)>,
        /// Those that nobody listens to yet.
        real_time: Vec<Other>,
        /// When they are listened to.
        due: Option<Instant>,
    }

    impl Signal {
        /// `None` for a real-time one, which has none here.
        pub(in super::super) fn number(self) -> Option<Number> {
            match self {
                Self::Interrupt => Some(Number::INT),
                Self::Terminate => Some(Number::TERM),
                Self::HangUp => Some(Number::HUP),
                Self::Quit => Some(Number::QUIT),
                Self::Stop => Some(Number::TSTP),
                Self::Continue => Some(Number::CONT),
                Self::Other(other) => Number::from_named_raw(other.number),
            }
        }
    }

    impl Listener {
        pub(in super::super) fn new() -> io::Result<Self> {
            let ignored = Ignored::at_birth();
            let mut streams = Vec::with_capacity(TABLE.len() * 2);
            for (number, fate) in TABLE {
                let Fate::Forwarded(known) = fate else { continue };
                if !ignored.has(number.as_raw()) {
                    streams.push((*known, signal(SignalKind::from_raw(number.as_raw()))?));
                }
            }
            let real_time = real_time().filter(|other| !ignored.has(other.number)).collect();
            Ok(Self { streams, real_time, due: None })
        }

        /// The next signal.
        pub(in super::super) async fn next(&mut self) -> Signal {
            if !self.real_time.is_empty() {
                let due = *self.due.get_or_insert_with(|| Instant::now() + MOMENT);
                tokio::select! {
                    biased;
                    signal = self.heard() => return signal,
                    () = sleep_until(due) => {}
                }
                self.complete();
            }
            self.heard().await
        }

        /// Listens to the real-time ones at once.
        pub(in super::super) fn complete(&mut self) {
            // Which of these there are is for the C library to say.
            let others = std::mem::take(&mut self.real_time).into_iter();
            self.streams.extend(others.filter_map(|other| {
                let stream = signal(SignalKind::from_raw(other.number)).ok()?;
                Some((Signal::Other(other), stream))
            }));
        }

        /// The next of those that are listened to by now.
        pub(in super::super) async fn heard(&mut self) -> Signal {
            poll_fn(|context| {
                for (known, stream) in &mut self.streams {
                    if let Poll::Ready(Some(())) = stream.poll_recv(context) {
                        return Poll::Ready(*known);
                    }
                }
                Poll::Pending
            })
            .await
        }
    }

    /// Has the signals dropped that stand for an error which the write gives as well. A child
    /// starts with them as they were.
    pub(crate) fn drop_those_of_writes() {
        let dropped = || TABLE.iter().filter(|(_, fate)| *fate == Fate::Dropped);
        let ignored = Ignored::at_birth();
        for (number, _) in dropped().filter(|(number, _)| !ignored.has(number.as_raw())) {
            // Were it not possible, the signal would end us, as it does without us.
            let _ = signal_hook::flag::register(number.as_raw(), Arc::default());
        }
    }

    /// Stops this process, as the signal would have by default; not where a terminal sends such signals and
    /// no shell is there to wake us: stopped, we could not hear the Ctrl-C that ends both.
    pub(in super::super) fn stop_ourselves() {
        if super::super::has_terminal() && !can_be_woken() {
            return;
        }
        // It cannot fail: the signal is ours to send and the process is there.
        let _ = kill_process(getpid(), Number::STOP);
    }

    /// Whether a shell is there to wake us, as the kernel has it (an orphaned process group is not stopped by
    /// its terminal): not under `ssh -t host icr-cf …`, `docker run -it`, nor in a script that leads its
    /// session. Who stands outside of our process namespace is taken for one.
    fn can_be_woken() -> bool {
        #[cfg(target_os = "linux")]
        {
            let field = super::super::stat_field;
            let (group, session) = (field("self", 5), field("self", 6));
            let mut process = field("self", 1);
            // Up to who stands outside of our group, and may be in our session.
            for _ in 0..MOST_ANCESTORS {
                let Some(pid) = process.filter(|pid| *pid > 0) else { return true };
                let name = pid.to_string();
                if field(&name, 5) != group {
                    return field(&name, 6) == session;
                }
                if Some(pid) == session {
                    return false;
                }
                process = field(&name, 4);
            }
            false
        }
        #[cfg(not(target_os = "linux"))]
        {
            rustix::process::getsid(None).is_ok_and(|leader| leader != getpid())
        }
    }

    /// Most processes of our own group that are looked at above us.
    #[cfg(target_os = "linux")]
    const MOST_ANCESTORS: usize = 1000;

    /// The signals that this process ignores from birth on, a bit each; none where the system
    /// does not tell.
    struct Ignored(u64);

    impl Ignored {
        /// As it was when it was first asked for: nothing of ours ignores any.
        fn at_birth() -> &'static Self {
            static IGNORED: OnceLock<Ignored> = OnceLock::new();
            IGNORED.get_or_init(|| {
                let mask = kernel_text("/proc/self/status".as_ref())
                    .lines()
                    .find_map(|line| line.strip_prefix("SigIgn:"))
                    .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
                Self(mask.unwrap_or(0))
            })
        }

        fn has(&self, number: i32) -> bool {
            self.0 & 1_u64.checked_shl(number.unsigned_abs().saturating_sub(1)).unwrap_or(0) != 0
        }
    }
}

#[cfg(unix)]
pub(super) use unix::stop_ourselves;

#[cfg(windows)]
pub(super) fn stop_ourselves() {}

/// Windows has no such signal.
#[cfg(windows)]
pub(crate) fn drop_those_of_writes() {}

#[cfg(windows)]
mod windows {
    use tokio::signal::windows::{CtrlBreak, CtrlC, ctrl_break, ctrl_c};

    use super::{Signal, io};

    /// Hears the console's events from its making on.
    pub(in super::super) struct Listener(CtrlC, CtrlBreak);

    impl Listener {
        /// Starts to listen; needs a runtime.
        pub(in super::super) fn new() -> io::Result<Self> {
            Ok(Self(ctrl_c()?, ctrl_break()?))
        }

        /// The next of those that are listened to, which are all.
        pub(in super::super) async fn heard(&mut self) -> Signal {
            self.next().await
        }

        /// The next event.
        pub(in super::super) async fn next(&mut self) -> Signal {
            tokio::select! {
                _ = self.0.recv() => Signal::Interrupt,
                _ = self.1.recv() => Signal::Terminate,
            }
        }
    }
}
