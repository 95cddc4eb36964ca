//! A terminal for a test: opens a pty whose output is not altered and whose input is not echoed
//! unless that is wanted, but whose keys still make signals.

use std::io::Write as _;
use std::os::fd::{AsFd as _, OwnedFd};

use pty_process::blocking::{Pts, Pty, open};
use rustix::termios::{LocalModes, OptionalActions, OutputModes, tcgetattr, tcgetpgrp, tcsetattr};

/// Whether a terminal shows what is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Echo {
    /// As every terminal does unless it is told not to.
    On,
    /// It does not, so that only output is on the screen.
    Off,
}

/// Our side of a terminal.
pub(crate) struct Terminal {
    keyboard: Pty,
}

/// Ctrl-C.
pub(crate) const CTRL_C: u8 = 0x03;
/// Ctrl-\.
pub(crate) const CTRL_BACKSLASH: u8 = 0x1c;
/// Ctrl-Z.
pub(crate) const CTRL_Z: u8 = 0x1a;

impl Terminal {
    /// Opens one; gives the other side too, and what is shown on it.
    pub(super) fn open(echo: Echo, size: Option<(u16, u16)>) -> (Self, Pts, std::fs::File) {
        let (keyboard, pts) = open().unwrap();
        if let Some((rows, columns)) = size {
            keyboard.resize(pty_process::Size::new(rows, columns)).unwrap();
        }
        let mut modes = tcgetattr(&pts).unwrap();
        modes.output_modes.remove(OutputModes::OPOST);
        modes.local_modes.set(LocalModes::ECHO | LocalModes::ECHOCTL, echo == Echo::On);
        tcsetattr(&pts, OptionalActions::Now, &modes).unwrap();
        let screen: OwnedFd = keyboard.as_fd().try_clone_to_owned().unwrap();
        (Self { keyboard }, pts, screen.into())
    }

    /// Makes it as large.
    pub(crate) fn resize(&self, rows: u16, columns: u16) {
        self.keyboard.resize(pty_process::Size::new(rows, columns)).unwrap();
    }

    /// Presses keys.
    pub(crate) fn press(&self, keys: &[u8]) {
        (&self.keyboard).write_all(keys).unwrap();
    }

    /// Whether it shows what is typed.
    pub(crate) fn echoes(&self) -> bool {
        tcgetattr(&self.keyboard).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// The process group in the foreground.
    pub(super) fn foreground(&self) -> Option<i32> {
        tcgetpgrp(&self.keyboard).ok().map(|group| group.as_raw_nonzero().get())
    }
}
