//! The documented exit codes. A new kind of failure does not compile without one.

/// What an invocation ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// The push (or whatever was asked) was done.
    Success,
    /// A push would change something, which was asked.
    Different,
    /// The arguments make no sense together.
    Usage,
    /// A reference, manifest or image is unfit (`EX_DATAERR`).
    Data,
    /// An image or a file is missing (`EX_NOINPUT`).
    NoInput,
    /// A check could not be decided, under `--strict` (`EX_UNAVAILABLE`).
    Unavailable,
    /// A bug of ours (`EX_SOFTWARE`).
    Software,
    /// What was asked for cannot be written (`EX_IOERR`).
    Output,
    /// The key is missing, refused or without access (`EX_NOPERM`).
    NoPermission,
    /// Something outside has to be set up first (`EX_CONFIG`).
    Config,
    /// A bound on time ran out, as `timeout(1)` says it.
    TimedOut,
    /// `cf` was found but could not be run, as a shell says it.
    NotExecutable,
    /// `cf` was not found, as a shell says it.
    NotFound,
    /// The child's own status, unchanged.
    Child(u8),
    /// Ended by this signal, as a shell says it: 128 + n.
    Signal(u8),
}

impl ExitCode {
    /// Gives the number the process exits with.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Different => 1,
            Self::Usage => 2,
            Self::Data => 65,
            Self::NoInput => 66,
            Self::Unavailable => 69,
            Self::Software => 70,
            Self::Output => 74,
            Self::NoPermission => 77,
            Self::Config => 78,
            Self::TimedOut => 124,
            Self::NotExecutable => 126,
            Self::NotFound => 127,
            Self::Child(code) => code,
            Self::Signal(signal) => 128_u8.saturating_add(signal),
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.code())
    }
}

#[cfg(test)]
mod tests {
    use super::ExitCode;

    #[test]
    fn a_signal_is_128_and_its_number() {
        assert_eq!(ExitCode::Signal(2).code(), 130);
        assert_eq!(ExitCode::Signal(9).code(), 137);
    }

    #[test]
    fn the_childs_status_is_kept() {
        assert_eq!(ExitCode::Child(22).code(), 22);
    }
}
