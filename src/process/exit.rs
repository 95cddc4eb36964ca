//! Learning that a child has ended, without reaping it: until then its number stays taken, so that
//! a signal sent meanwhile cannot hit a stranger.

/// What became of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It has ended.
    Ended,
    /// It was stopped because it wanted to use the terminal from the background; said once.
    #[cfg_attr(windows, expect(dead_code, reason = "no console stops who reads from it"))]
    WantsTerminal,
}

#[cfg(unix)]
pub(super) use unix::{Exit, Listener};
#[cfg(windows)]
pub(super) use windows::{Exit, Listener};

#[cfg(unix)]
mod unix {
    use std::io;
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::signal::unix::{Signal, SignalKind, signal};
    use tokio::time::timeout;

    use super::super::group::Group;
    use super::Change;

    /// How often a child is looked at by ourselves: whoever started us may have left the signal of
    /// children blocked, which stays so.
    const LOOK: Duration = Duration::from_millis(250);

    /// Hears that some child has changed.
    pub(in super::super) struct Listener(Signal);

    /// The end of one child.
    pub(in super::super) struct Exit {
        changes: Signal,
        group: Group,
        wanted_terminal: bool,
    }

    impl Listener {
        pub(in super::super) fn new() -> io::Result<Self> {
            signal(SignalKind::child()).map(Self)
        }

        pub(in super::super) fn of(self, _handle: &Arc<duct::Handle>, group: Group) -> Exit {
            Exit { changes: self.0, group, wanted_terminal: false }
        }
    }

    impl Exit {
        /// Waits for it, or for the child to be stopped by the terminal.
        pub(in super::super) async fn come(&mut self) -> Change {
            loop {
                if self.group.leader_has_ended() {
                    return Change::Ended;
                }
                if !self.wanted_terminal && self.group.wants_terminal() {
                    self.wanted_terminal = true;
                    return Change::WantsTerminal;
                }
                let _ = timeout(LOOK, self.changes.recv()).await;
            }
        }
    }
}

#[cfg(windows)]
mod windows {
    use std::io;
    use std::sync::Arc;

    use tokio::sync::oneshot;

    use super::super::group::Group;
    use super::Change;

    /// A process handle can be waited for at any time; nothing to prepare.
    pub(in super::super) struct Listener;

    /// The end of one child.
    pub(in super::super) struct Exit(oneshot::Receiver<()>);

    impl Listener {
        pub(in super::super) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        pub(in super::super) fn of(self, handle: &Arc<duct::Handle>, _group: Group) -> Exit {
            let (tell, told) = oneshot::channel();
            let handle = Arc::clone(handle);
            std::thread::spawn(move || {
                // The status is asked for again by whoever waits for this.
                let _ = handle.wait();
                let _ = tell.send(());
            });
            Exit(told)
        }
    }

    impl Exit {
        /// Waits for it.
        pub(in super::super) async fn come(&mut self) -> Change {
            // An error says that the thread is gone, which it is after the end.
            let _ = (&mut self.0).await;
            Change::Ended
        }
    }
}
