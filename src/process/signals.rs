//! The signals that are ours to hear while something runs.

use std::io;

use super::hub::Subscription;

/// A signal that is forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// `kill`.
    Terminate,
    /// The terminal is gone.
    HangUp,
    /// Ctrl-\.
    Quit,
    /// Ctrl-Z.
    Stop,
    /// Back from a stop.
    Continue,
}

impl Signal {
    /// Whether it asks for an end.
    pub(crate) const fn ends(self) -> bool {
        match self {
            Self::Interrupt | Self::Terminate | Self::HangUp | Self::Quit => true,
            Self::Stop | Self::Continue => false,
        }
    }

    /// Whether a terminal sends it, to all of its foreground group, for a key or its own end.
    pub(crate) const fn is_of_terminal(self) -> bool {
        match self {
            Self::Interrupt | Self::Quit | Self::Stop | Self::HangUp => true,
            Self::Terminate | Self::Continue => false,
        }
    }

    /// Its number, the same on Linux, macOS and the BSDs for those that end; what a shell adds
    /// to 128.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::HangUp => 1,
            Self::Interrupt => 2,
            Self::Quit => 3,
            Self::Terminate => 15,
            Self::Stop => 20,
            Self::Continue => 18,
        }
    }

    /// Its name, as `kill -l` has it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "INT",
            Self::Terminate => "TERM",
            Self::HangUp => "HUP",
            Self::Quit => "QUIT",
            Self::Stop => "TSTP",
            Self::Continue => "CONT",
        }
    }
}

#[cfg(unix)]
pub(super) use unix::Listener;
#[cfg(windows)]
pub(super) use windows::Listener;

/// Hears signals, from its making on.
pub(crate) struct Signals(Source);

/// Whom they come from.
enum Source {
    /// The system; whoever hears it may have to stop this process.
    System(Listener),
    /// Somebody who hears the system for several.
    Hub(Subscription),
}

impl Signals {
    /// Starts to listen; needs a runtime. A signal that was ignored when we started (`nohup`,
    /// a job in the background of a script) stays ignored.
    pub(crate) fn listen() -> io::Result<Self> {
        Listener::new().map(|listener| Self(Source::System(listener)))
    }

    pub(super) fn subscribed(subscription: Subscription) -> Self {
        Self(Source::Hub(subscription))
    }

    /// The next signal.
    pub(crate) async fn next(&mut self) -> Signal {
        match &mut self.0 {
            Source::System(listener) => listener.next().await,
            Source::Hub(subscription) => subscription.next().await,
        }
    }

    /// Stops this process, now that a stop is forwarded. One of several only says that it has
    /// forwarded it; the process is stopped once all have.
    pub(crate) fn stop(&mut self) {
        match &mut self.0 {
            Source::System(_) => stop_ourselves(),
            Source::Hub(subscription) => subscription.forwarded(),
        }
    }

    /// A signal that came while nobody waited.
    pub(crate) async fn pending(&mut self) -> Option<Signal> {
        tokio::select! {
            biased;
            signal = self.next() => Some(signal),
            () = std::future::ready(()) => None,
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::future::poll_fn;
    use std::task::Poll;

    use rustix::process::{Signal as Number, getpid, kill_process};
    use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

    use super::super::kernel_text;
    use super::{Signal, io};

    /// Hears the signals from its making on.
    pub(in super::super) struct Listener(Vec<(Signal, Stream)>);

    impl Signal {
        pub(in super::super) const fn number(self) -> Number {
            match self {
                Self::Interrupt => Number::INT,
                Self::Terminate => Number::TERM,
                Self::HangUp => Number::HUP,
                Self::Quit => Number::QUIT,
                Self::Stop => Number::TSTP,
                Self::Continue => Number::CONT,
            }
        }
    }

    impl Listener {
        pub(in super::super) fn new() -> io::Result<Self> {
            let ignored = ignored();
            let all = [
                Signal::Interrupt,
                Signal::Terminate,
                Signal::HangUp,
                Signal::Quit,
                Signal::Stop,
                Signal::Continue,
            ];
            let mut streams = Vec::with_capacity(all.len());
            for known in all {
                let number = known.number().as_raw();
                if ignored & 1_u64.checked_shl(number.unsigned_abs() - 1).unwrap_or(0) == 0 {
                    streams.push((known, signal(SignalKind::from_raw(number))?));
                }
            }
            Ok(Self(streams))
        }

        /// The next signal.
        pub(in super::super) async fn next(&mut self) -> Signal {
            poll_fn(|context| {
                for (known, stream) in &mut self.0 {
                    if let Poll::Ready(Some(())) = stream.poll_recv(context) {
                        return Poll::Ready(*known);
                    }
                }
                Poll::Pending
            })
            .await
        }
    }

    /// Stops this process, as the signal would have by default. Not where it leads the session
    /// (`ssh -t host icr-cf …`, `docker run -it`): no shell is there to wake it, and stopped it
    /// could not hear the Ctrl-C that ends both.
    pub(in super::super) fn stop_ourselves() {
        if leads_session() {
            return;
        }
        // It cannot fail: the signal is ours to send and the process is there.
        let _ = kill_process(getpid(), Number::STOP);
    }

    /// Whether this process leads its session.
    fn leads_session() -> bool {
        #[cfg(target_os = "linux")]
        {
            let field = |number| super::super::stat_field("self", number);
            field(6).is_some_and(|session| Some(session) == field(1))
        }
        #[cfg(not(target_os = "linux"))]
        {
            rustix::process::getsid(None).is_ok_and(|leader| leader == getpid())
        }
    }

    /// The signals that this process ignores from birth on, a bit each; none where the system
    /// does not tell.
    fn ignored() -> u64 {
        kernel_text("/proc/self/status".as_ref())
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or(0)
    }
}

#[cfg(unix)]
pub(super) use unix::stop_ourselves;

#[cfg(windows)]
pub(super) fn stop_ourselves() {}

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

        /// The next event.
        pub(in super::super) async fn next(&mut self) -> Signal {
            tokio::select! {
                _ = self.0.recv() => Signal::Interrupt,
                _ = self.1.recv() => Signal::Terminate,
            }
        }
    }
}
