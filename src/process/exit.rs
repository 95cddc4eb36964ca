//! Learning that a child has ended, without reaping it: until then its number stays taken, so that
//! a signal sent meanwhile cannot hit a stranger.

#[cfg(unix)]
pub(super) use unix::{Exit, Listener};
#[cfg(windows)]
pub(super) use windows::{Exit, Listener};

#[cfg(unix)]
mod unix {
    use std::io;
    use std::sync::Arc;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::super::group::Group;

    /// Hears that some child has changed.
    pub(in super::super) struct Listener(Signal);

    /// The end of one child.
    pub(in super::super) struct Exit(Signal, Group);

    impl Listener {
        pub(in super::super) fn new() -> io::Result<Self> {
            signal(SignalKind::child()).map(Self)
        }

        pub(in super::super) fn of(self, _handle: &Arc<duct::Handle>, group: Group) -> Exit {
            Exit(self.0, group)
        }
    }

    impl Exit {
        /// Waits for it.
        pub(in super::super) async fn come(&mut self) {
            while !self.1.leader_has_ended() {
                self.0.recv().await;
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
        pub(in super::super) async fn come(&mut self) {
            // An error says that the thread is gone, which it is after the end.
            let _ = (&mut self.0).await;
        }
    }
}
