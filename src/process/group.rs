//! The process group of a child: making it, signalling it, seeing to it that nobody stays behind.

use std::time::Duration;

/// How often a group that was told to end is looked at.
pub(super) const LOOK: Duration = Duration::from_millis(10);

#[cfg(unix)]
pub(super) use unix::{Group, Rest, own_group};
#[cfg(unix)]
pub(crate) use unix::{adopt_orphans, end_orphans};
#[cfg(windows)]
pub(super) use windows::{Group, Rest, own_group};
#[cfg(windows)]
pub(crate) use windows::{adopt_orphans, end_orphans};

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::time::{Duration, Instant};

    use duct::unix::HandleExt as _;
    use rustix::process::{
        Pid, Signal as Number, WaitId, WaitIdOptions, kill_process, kill_process_group,
        test_kill_process_group, waitid,
    };

    use super::super::signals::Signal;
    use super::super::wait::end_all;
    use super::super::{
        Descendants, InGroup, Orphans, Status, kernel_bytes, kernel_text, stat_field,
    };

    /// How long a child may take to stop.
    const TO_STOP: Duration = Duration::from_millis(500);

    /// The child and, where it leads one, its process group.
    #[derive(Debug, Clone, Copy)]
    pub(in super::super) struct Group {
        pid: Option<Pid>,
        place: InGroup,
    }

    pub(in super::super) fn own_group(command: &mut std::process::Command) {
        use std::os::unix::process::CommandExt;
        command.process_group(0);
    }

    /// Has orphaned descendants become our children, so that they can be found and ended. Not
    /// where we have children already, left by the shell that became us by `exec`: whose is whose
    /// could not be told then, and the child's group alone is ended. The same without the means
    /// (another system, a very old kernel).
    pub(crate) fn adopt_orphans() -> Orphans {
        #[cfg(target_os = "linux")]
        if !has_children()
            && rustix::process::set_child_subreaper(Some(rustix::process::getpid())).is_ok()
        {
            return Orphans::Adopted;
        }
        Orphans::Left
    }

    /// Ends all children of ours that are left, once no run is.
    pub(crate) async fn end_orphans(orphans: Orphans) {
        match orphans {
            Orphans::Adopted => {
                end_all(Instant::now(), || Rest { group: None, orphans: all_orphans() }).await;
            }
            Orphans::Left => {}
        }
    }

    fn has_children() -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        waitid(WaitId::All, options).is_ok()
    }

    impl Group {
        pub(in super::super) fn of(handle: &duct::Handle, place: InGroup) -> Self {
            let pid = handle.pids().first().and_then(|pid| i32::try_from(*pid).ok());
            Self { pid: pid.and_then(Pid::from_raw), place }
        }

        /// Whether the child has ended; it is not reaped by being asked.
        pub(in super::super) fn leader_has_ended(self) -> bool {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            self.pid.is_none_or(|pid| !matches!(waitid(WaitId::Pid(pid), options), Ok(None)))
        }

        /// Forwards a signal; a child in our own group has heard the terminal's keys by itself.
        pub(in super::super) fn forward(self, signal: Signal, handle: &duct::Handle) {
            match self.place {
                InGroup::Ours if signal.is_of_key() => {}
                InGroup::Ours | InGroup::Own => {
                    if let Some(number) = signal.number() {
                        return self.send(number);
                    }
                    // To the child alone: there is no safe way to send it to a group. An error
                    // says that nobody is there any more.
                    let _ = handle.send_signal(i32::from(signal.code()));
                }
            }
        }

        /// Waits until a stop has reached the child, for a while; whether we stop as well. One in our
        /// group has it from the terminal, and may have things to do before; where it came to us alone, the
        /// child gets it now, and one that goes on regardless does so with us.
        pub(in super::super) async fn has_stopped(self) -> bool {
            if self.place == InGroup::Own {
                return true;
            }
            for _ in 0..2 {
                let end = Instant::now() + TO_STOP;
                while Instant::now() < end {
                    if self.is_stopped() || self.leader_has_ended() {
                        return self.is_stopped();
                    }
                    tokio::time::sleep(super::LOOK).await;
                }
                self.send(Number::TSTP);
            }
            false
        }

        /// Wakes a child that is stopped and so would not hear that it is to end.
        pub(in super::super) fn wake(self) {
            if self.is_stopped() {
                self.send(Number::CONT);
            }
        }

        fn is_stopped(self) -> bool {
            self.stopped_by().is_some()
        }

        /// Whether the terminal has stopped the child for using it from the background.
        pub(in super::super) fn wants_terminal(self) -> bool {
            let by_terminal = [Number::TTIN.as_raw(), Number::TTOU.as_raw()];
            self.stopped_by().is_some_and(|number| by_terminal.contains(&number))
        }

        fn stopped_by(self) -> Option<i32> {
            let options = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            let status = waitid(WaitId::Pid(self.pid?), options).ok()??;
            status.stopping_signal()
        }

        /// Asks the group to end.
        pub(in super::super) fn terminate(self, _handle: &duct::Handle) {
            self.send(Number::TERM);
            self.wake();
        }

        pub(in super::super) fn kill(self, _handle: &duct::Handle) {
            self.send(Number::KILL);
        }

        fn send(self, number: Number) {
            let Some(pid) = self.pid else { return };
            // An error says that nobody is there any more.
            let _ = match self.place {
                InGroup::Own => kill_process_group(pid, number),
                InGroup::Ours => {
                    for descendant in descendants(pid) {
                        let _ = kill_process(descendant, number);
                    }
                    kill_process(pid, number)
                }
            };
        }

        /// Takes the status of those of the group that became our children and have ended: until
        /// then the group counts as alive.
        fn reap_members(self) {
            if self.place == InGroup::Own && self.pid.is_some() {
                let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
                while let Ok(Some(_)) = waitid(WaitId::Pgid(self.pid), options) {}
            }
        }

        /// Whether somebody of the group is left after its leader was reaped.
        fn is_alive(self) -> bool {
            let alive = |pid| test_kill_process_group(pid).is_ok();
            self.place == InGroup::Own && self.pid.is_some_and(alive)
        }

        /// Whether somebody is left, the leader having been reaped.
        pub(in super::super) fn rest(self, which: &Descendants) -> Rest {
            self.reap_members();
            let group = self.is_alive();
            let orphans = match which {
                Descendants::Group => Vec::new(),
                Descendants::OfOurGroup => orphans_in_our_group(),
                Descendants::All => all_orphans(),
                Descendants::Marked(name, value) => marked_orphans(name, value),
            };
            Rest { group: group.then_some(self), orphans }
        }
    }

    /// Who is left when the child is gone.
    pub(in super::super) struct Rest {
        group: Option<Group>,
        orphans: Vec<Pid>,
    }

    impl Rest {
        pub(in super::super) fn is_empty(&self) -> bool {
            self.group.is_none() && self.orphans.is_empty()
        }

        /// Asks each orphan to end that has not been asked; the group was, with its leader.
        pub(in super::super) fn terminate(&self, asked: &mut Vec<Pid>) {
            for pid in &self.orphans {
                let group = stat_field(&pid.as_raw_nonzero().to_string(), 5);
                let in_group = self
                    .leader()
                    .is_some_and(|leader| group == Some(leader.as_raw_nonzero().get()));
                if !in_group && !asked.contains(pid) {
                    let _ = kill_process(*pid, Number::TERM);
                    let _ = kill_process(*pid, Number::CONT);
                }
                if !asked.contains(pid) {
                    asked.push(*pid);
                }
                let _ = waitid(WaitId::Pid(*pid), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
            }
        }

        pub(in super::super) fn kill(&self) {
            if let Some(group) = self.group {
                group.send(Number::KILL);
            }
            for pid in &self.orphans {
                let _ = kill_process(*pid, Number::KILL);
                let _ = waitid(WaitId::Pid(*pid), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
            }
        }

        fn leader(&self) -> Option<Pid> {
            self.group.and_then(|group| group.pid)
        }
    }

    /// All that a process has started, and what that has started in turn; none where the system
    /// does not tell.
    fn descendants(pid: Pid) -> Vec<Pid> {
        let mut found = children(&format!("/proc/{}/task", pid.as_raw_nonzero()));
        let mut next = 0;
        while let Some(pid) = found.get(next).copied() {
            found.extend(children(&format!("/proc/{}/task", pid.as_raw_nonzero())));
            next += 1;
        }
        found
    }

    /// Our children by now: descendants of the child whose parents are gone. Empty where the
    /// kernel does not tell.
    fn all_orphans() -> Vec<Pid> {
        if !has_children() {
            return Vec::new();
        }
        children("/proc/self/task")
    }

    /// Those of them that are in our process group, as the child was.
    fn orphans_in_our_group() -> Vec<Pid> {
        let group = stat_field("self", 5);
        let is_in = |pid: &Pid| stat_field(&pid.as_raw_nonzero().to_string(), 5) == group;
        all_orphans().into_iter().filter(is_in).collect()
    }

    /// Those of them that have this variable. A program that has emptied its environment is not
    /// found so; it is ended with all others when no run is left.
    fn marked_orphans(name: &str, value: &OsStr) -> Vec<Pid> {
        let mark = [name.as_bytes(), b"=", value.as_bytes()].concat();
        let has_mark = |pid: &Pid| {
            let path = format!("/proc/{}/environ", pid.as_raw_nonzero());
            let entries = kernel_bytes(path.as_ref());
            entries.split(|byte| *byte == 0).any(|entry| entry == mark)
        };
        all_orphans().into_iter().filter(has_mark).collect()
    }

    fn children(threads: &str) -> Vec<Pid> {
        let Ok(threads) = std::fs::read_dir(threads) else { return Vec::new() };
        threads
            .filter_map(Result::ok)
            .flat_map(|thread| {
                let text = kernel_text(&thread.path().join("children"));
                text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<i32>>()
            })
            .filter_map(Pid::from_raw)
            .collect()
    }

    impl From<std::process::ExitStatus> for Status {
        fn from(status: std::process::ExitStatus) -> Self {
            use std::os::unix::process::ExitStatusExt;
            match (status.code(), status.signal()) {
                (Some(code), _) => Self::Code(u8::try_from(code & 0xff).unwrap_or(u8::MAX)),
                (None, signal) => {
                    Self::Signal(signal.and_then(|n| u8::try_from(n).ok()).unwrap_or_default())
                }
            }
        }
    }
}

#[cfg(windows)]
mod windows {
    use super::super::signals::Signal;
    use super::super::{Descendants, InGroup, Orphans, Status};

    /// A process group; Windows knows the child alone.
    #[derive(Debug, Clone, Copy)]
    pub(in super::super) struct Group;

    pub(in super::super) fn own_group(_command: &mut std::process::Command) {}

    pub(crate) fn adopt_orphans() -> Orphans {
        Orphans::Left
    }

    pub(crate) async fn end_orphans(_orphans: Orphans) {}

    impl Group {
        pub(in super::super) fn of(_handle: &duct::Handle, _place: InGroup) -> Self {
            Self
        }

        pub(in super::super) async fn has_stopped(self) -> bool {
            true
        }

        /// The console has sent its event to the child already.
        pub(in super::super) fn forward(self, _signal: Signal, _handle: &duct::Handle) {}

        pub(in super::super) fn wake(self) {}

        pub(in super::super) fn terminate(self, handle: &duct::Handle) {
            self.kill(handle);
        }

        pub(in super::super) fn kill(self, handle: &duct::Handle) {
            // An error says that the child has ended.
            let _ = handle.kill();
        }

        pub(in super::super) fn rest(self, _which: &Descendants) -> Rest {
            Rest
        }
    }

    /// Who is left when the child is gone; Windows does not tell.
    pub(in super::super) struct Rest;

    impl Rest {
        pub(in super::super) fn is_empty(&self) -> bool {
            true
        }

        pub(in super::super) fn terminate(&self, _asked: &mut Vec<()>) {}

        pub(in super::super) fn kill(&self) {}
    }

    /// How a program ends that does nothing about Ctrl-C (`STATUS_CONTROL_C_EXIT`).
    const ENDED_BY_CTRL_C: i32 = 0xc000_013a_u32.cast_signed();

    impl From<std::process::ExitStatus> for Status {
        fn from(status: std::process::ExitStatus) -> Self {
            if status.code() == Some(ENDED_BY_CTRL_C) {
                return Self::Signal(Signal::Interrupt.code());
            }
            Self::Code(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
        }
    }
}
