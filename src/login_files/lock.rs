//! One of ours at a time changes a file: who reads it to change it holds the folder that it is in until it
//! is written. Other programs know nothing of that.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long somebody else may keep a folder.
const LIMIT: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(5);

/// The folders that are held until this is dropped; the system lets go of them where we are killed.
#[derive(Default)]
pub(crate) struct Locks(Vec<(PathBuf, File)>);

impl Locks {
    /// Waits for the folder of a file for a while; false where somebody else keeps it. Where it is not
    /// there, or cannot be locked, nobody waits.
    pub(super) fn hold(&mut self, path: &Path) -> bool {
        let file = path.canonicalize();
        let path = file.as_deref().unwrap_or(path);
        let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
        let Some(folder) = folder.filter(|folder| self.0.iter().all(|(held, _)| held != folder))
        else {
            return true;
        };
        let Some(open) = open(&folder) else { return true };
        let end = Instant::now() + LIMIT;
        loop {
            match open.try_lock() {
                Ok(()) => {
                    self.0.push((folder, open));
                    return true;
                }
                Err(TryLockError::WouldBlock) if Instant::now() >= end => return false,
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
                Err(TryLockError::Error(_)) => return true,
            }
        }
    }
}

// Nothing is read from it, and a folder does not keep who opens it.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "a folder that is locked, and not read")]
fn open(folder: &Path) -> Option<File> {
    File::open(folder).ok()
}

/// A folder is no file there.
#[cfg(not(unix))]
const fn open(_folder: &Path) -> Option<File> {
    None
}
