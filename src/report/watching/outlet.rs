//! Where the printing thread writes: our two streams, or what a test looks at.

use std::io::{self, Write};

use crate::cf::watch::Stream;

/// Our two streams. Whoever closes one of them ends nothing.
pub(super) struct Outlet {
    stdout: Sink,
    stderr: Sink,
}

struct Sink {
    to: Box<dyn Write + Send>,
    /// Whether it still takes anything.
    is_open: bool,
}

impl Outlet {
    pub(super) fn ours() -> Self {
        Self::of(Box::new(io::stdout()), Box::new(io::stderr()))
    }

    pub(super) fn of(stdout: Box<dyn Write + Send>, stderr: Box<dyn Write + Send>) -> Self {
        let sink = |to| Sink { to, is_open: true };
        Self { stdout: sink(stdout), stderr: sink(stderr) }
    }

    /// Writes at once: both streams lock for as long as one call takes.
    pub(super) fn write(&mut self, stream: Stream, bytes: &[u8]) {
        let sink = match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        };
        if sink.is_open {
            sink.is_open = sink.to.write_all(bytes).and_then(|()| sink.to.flush()).is_ok();
        }
    }
}
