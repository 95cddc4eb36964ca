//! Text files that arguments name, and standard input: read once, within a bound on time and size,
//! before we listen for signals. Not for keys.

use std::io;
use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

use super::Environment;
use crate::reading;

/// Most bytes of one text.
pub const MOST_TEXT: usize = 1024 * 1024;
/// Longest time that a text may take to come.
const LIMIT: Duration = Duration::from_secs(30);

/// Why a text could not be read.
#[derive(Debug)]
pub enum UnreadFile {
    /// What the system says.
    Io(io::Error),
    /// It has more than [`MOST_TEXT`] bytes.
    TooBig,
    /// It did not end in time.
    TimedOut,
    /// It is no UTF-8; the first byte at fault, counted from 0.
    NotText(usize),
}

impl From<reading::Unread> for UnreadFile {
    fn from(unread: reading::Unread) -> Self {
        match unread {
            reading::Unread::Io(error) => Self::Io(error),
            reading::Unread::Folder => Self::Io(io::ErrorKind::IsADirectory.into()),
            reading::Unread::TooBig(_) => Self::TooBig,
            reading::Unread::Stopped(_) => Self::TimedOut,
        }
    }
}

impl Environment {
    /// Reads a file, relative to the working folder.
    ///
    /// # Errors
    /// It cannot be read, is too big, does not end, or is no text.
    pub fn read_text(&self, path: impl AsRef<Path>) -> Result<String, UnreadFile> {
        let path = self.absolute(path);
        text(reading::at_once(LIMIT, move || Ok(reading::file(&path, MOST_TEXT)?.0))?)
    }

    /// Reads standard input to its end.
    ///
    /// # Errors
    /// It cannot be read, is too big, does not end, or is no text.
    pub fn read_standard_input(&self) -> Result<String, UnreadFile> {
        text(reading::at_once(LIMIT, || reading::bounded(io::stdin().lock(), MOST_TEXT))?)
    }
}

fn text(mut bytes: Zeroizing<Vec<u8>>) -> Result<String, UnreadFile> {
    String::from_utf8(std::mem::take(&mut *bytes))
        .map_err(|error| UnreadFile::NotText(error.utf8_error().valid_up_to()))
}
