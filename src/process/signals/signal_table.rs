//! Every signal there is (signal(7)), what becomes of it, and why. Nothing else decides about one.

use rustix::process::Signal as Number;

use super::{Other, Signal};

/// What becomes of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// The child gets it, and what the child makes of it decides. Without a child it ends us.
    Forwarded(Signal),
    /// It is taken and dropped; what caused it gives an error instead.
    Dropped,
    /// It stays as the system has it.
    Left,
}

/// One that would end us without a word, and leave cf running and its tokens on the disk.
const fn ends(number: Number, name: &'static str) -> (Number, Fate) {
    (number, Fate::Forwarded(Signal::Other(Other { number: number.as_raw(), name })))
}

/// All but the real-time ones.
pub(super) const TABLE: &[(Number, Fate)] = &[
    // What people, terminals and supervisors send.
    (Number::INT, Fate::Forwarded(Signal::Interrupt)),
    (Number::TERM, Fate::Forwarded(Signal::Terminate)),
    (Number::HUP, Fate::Forwarded(Signal::HangUp)),
    (Number::QUIT, Fate::Forwarded(Signal::Quit)),
    (Number::TSTP, Fate::Forwarded(Signal::Stop)),
    (Number::CONT, Fate::Forwarded(Signal::Continue)),
    // Supervisors give them meanings of their own; cf has none for them, and ends.
    ends(Number::USR1, "USR1"),
    ends(Number::USR2, "USR2"),
    // A timer outlives `exec`: `perl -e 'alarm 60; exec @ARGV' icr-cf …` is meant to end it all.
    ends(Number::ALARM, "ALRM"),
    ends(Number::VTALARM, "VTALRM"),
    ends(Number::PROF, "PROF"),
    // A soft limit on time: the hard one behind it kills.
    ends(Number::XCPU, "XCPU"),
    // Sent by `kill` alone, or by a filter of system calls that wants us to end.
    ends(Number::ABORT, "ABRT"),
    ends(Number::TRAP, "TRAP"),
    ends(Number::SYS, "SYS"),
    #[cfg(target_os = "linux")]
    ends(Number::IO, "IO"),
    #[cfg(target_os = "linux")]
    ends(Number::POWER, "PWR"),
    #[cfg(all(
        target_os = "linux",
        not(any(
            target_arch = "mips",
            target_arch = "mips32r6",
            target_arch = "mips64",
            target_arch = "mips64r6",
            target_arch = "sparc",
            target_arch = "sparc64"
        ))
    ))]
    ends(Number::STKFLT, "STKFLT"),
    #[cfg(any(target_os = "macos", target_os = "ios"))]
    ends(Number::EMT, "EMT"),
    // A file that may not grow: the write says so, and we go on to the end of cf.
    (Number::XFSZ, Fate::Dropped),
    // The standard library has it dropped: the write says that nobody reads.
    (Number::PIPE, Fate::Left),
    // Faults of ours: to go on after one means the same one again, for ever.
    (Number::SEGV, Fate::Left),
    (Number::BUS, Fate::Left),
    (Number::ILL, Fate::Left),
    (Number::FPE, Fate::Left),
    // Nobody can do anything about these. A later run removes what the first leaves.
    (Number::KILL, Fate::Left),
    (Number::STOP, Fate::Left),
    // They stop who uses a terminal from the background, which the shell undoes.
    (Number::TTIN, Fate::Left),
    (Number::TTOU, Fate::Left),
    // They do nothing to a process that has not asked for them.
    (Number::CHILD, Fate::Left),
    (Number::URG, Fate::Left),
    (Number::WINCH, Fate::Left),
    #[cfg(any(target_os = "macos", target_os = "ios"))]
    (Number::IO, Fate::Left),
    #[cfg(any(target_os = "macos", target_os = "ios"))]
    (Number::INFO, Fate::Left),
];

/// The first real-time one that is not the C library's own.
#[cfg(target_os = "linux")]
const FIRST_REAL_TIME: i32 = 34;

/// The real-time ones by their numbers from the first, as `kill -l` has them. `systemd` and what it
/// runs are ended by some; all others mean what USR1 does.
#[cfg(target_os = "linux")]
const REAL_TIME: [&str; 31] = [
    "RTMIN", "RTMIN+1", "RTMIN+2", "RTMIN+3", "RTMIN+4", "RTMIN+5", "RTMIN+6", "RTMIN+7",
    "RTMIN+8", "RTMIN+9", "RTMIN+10", "RTMIN+11", "RTMIN+12", "RTMIN+13", "RTMIN+14", "RTMIN+15",
    "RTMAX-14", "RTMAX-13", "RTMAX-12", "RTMAX-11", "RTMAX-10", "RTMAX-9", "RTMAX-8", "RTMAX-7",
    "RTMAX-6", "RTMAX-5", "RTMAX-4", "RTMAX-3", "RTMAX-2", "RTMAX-1", "RTMAX",
];

/// Those that have no name of their own, where there are any.
pub(super) fn real_time() -> impl Iterator<Item = Other> {
    #[cfg(target_os = "linux")]
    let all = (FIRST_REAL_TIME..).zip(REAL_TIME).map(|(number, name)| Other { number, name });
    #[cfg(not(target_os = "linux"))]
    let all = std::iter::empty();
    all
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    use super::real_time;
    use super::{Fate, TABLE};

    #[cfg(target_os = "linux")]
    #[test]
    fn every_signal_has_one_fate() {
        let named = TABLE.iter().map(|(number, _)| number.as_raw());
        let mut all: Vec<i32> = named.chain(real_time().map(|other| other.number)).collect();
        all.sort_unstable();
        // 32 and 33 are the C library's own.
        let expected: Vec<i32> = (1..=64).filter(|number| ![32, 33].contains(number)).collect();
        assert_eq!(all, expected);
    }

    #[test]
    fn what_is_forwarded_keeps_its_number_and_has_the_name_that_kill_knows() {
        for (number, fate) in TABLE {
            if let Fate::Forwarded(signal) = fate {
                assert_eq!(signal.number(), Some(*number), "{}", signal.name());
                assert_eq!(i32::from(signal.code()), number.as_raw(), "{}", signal.name());
            }
        }
        let known = duct::cmd!("/bin/sh", "-c", "kill -l 10; kill -l 14; kill -l 24");
        if cfg!(target_os = "linux") {
            assert_eq!(known.read().unwrap(), "USR1\nALRM\nXCPU");
        }
    }
}
