//! Text files that arguments name, and standard input: read once, within a bound on time and size,
//! so that a pipe that nobody writes into holds nobody up. Not for keys.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use super::Environment;

/// Most bytes of one text.
pub const MOST_TEXT: usize = 1024 * 1024;
/// Longest time that a text may take to come.
const LIMIT: Duration = Duration::from_secs(30);

/// Why a text could not be read.
#[derive(Debug)]
pub enum Unread {
    /// What the system says.
    Io(io::Error),
    /// It has more than [`MOST_TEXT`] bytes.
    TooBig,
    /// It did not end in time.
    TimedOut,
    /// It is no UTF-8; the first byte at fault, counted from 0.
    NotText(usize),
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Environment {
    /// Reads a file, relative to the working folder.
    ///
    /// # Errors
    /// It cannot be read, is too big, does not end, or is no text.
    pub fn read_text(&self, path: impl AsRef<Path>) -> Result<String, Unread> {
        let path = self.absolute(path);
        in_thread(move || bounded(File::open(path)?))
    }

    /// Reads standard input to its end.
    ///
    /// # Errors
    /// It cannot be read, is too big, does not end, or is no text.
    pub fn read_standard_input(&self) -> Result<String, Unread> {
        in_thread(|| bounded(io::stdin().lock()))
    }
}

/// A thread that is left behind if it does not end in time.
fn in_thread(
    work: impl FnOnce() -> Result<Vec<u8>, Unread> + Send + 'static,
) -> Result<String, Unread> {
    let (tell, told) = mpsc::channel();
    std::thread::Builder::new().name("file".into()).spawn(move || {
        // Nobody waits any more where the receiver is gone.
        let _ = tell.send(work());
    })?;
    let bytes = told.recv_timeout(LIMIT).map_err(|_| Unread::TimedOut)??;
    String::from_utf8(bytes).map_err(|error| Unread::NotText(error.utf8_error().valid_up_to()))
}

fn bounded(source: impl Read) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    let end = u64::try_from(MOST_TEXT).unwrap_or(u64::MAX).saturating_add(1);
    source.take(end).read_to_end(&mut bytes)?;
    if bytes.len() > MOST_TEXT { Err(Unread::TooBig) } else { Ok(bytes) }
}
