//! Limits of the system, which are no bug of ours and have nothing to do with what was being done.

use std::io;

use super::{Error, ErrorKind};

/// "Too many open files", here and in the whole system, on every Unix.
const TOO_MANY_FILES: [i32; 2] = [24, 23];

impl Error {
    /// Says that a limit of the system is reached, where that is what the error says.
    pub(crate) fn scarce(error: &io::Error) -> Option<Self> {
        use io::ErrorKind as Kind;
        let files = error.raw_os_error().is_some_and(|number| TOO_MANY_FILES.contains(&number));
        let hint = match error.kind() {
            _ if files && cfg!(unix) => "raise the number of open files: `ulimit -n 1024`",
            Kind::WouldBlock => "raise the number of processes: `ulimit -u`",
            Kind::OutOfMemory => "free some memory",
            _ => return None,
        };
        let message = format!("a limit of the system is reached: {error}");
        Some(Self::new(ErrorKind::Setup, message).hint(hint))
    }
}
