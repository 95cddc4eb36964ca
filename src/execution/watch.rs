//! Who watches runs that go side by side, as execution sees them: each is told what happens and
//! decides how to show it.

use std::time::Duration;

use super::{Outcome, Phase};
use crate::error::Error;

/// One of the two streams that are printed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What a watcher needs of the two streams of each cf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrangement {
    /// Each line says which it came from. The order between the two may be lost.
    Apart,
    /// The order stays; all lines count as standard output.
    Together,
}

/// Watches runs, which are known by their place in the list.
///
/// `line` may block while too much waits to be printed, which holds up the cf that printed it.
/// Nothing else blocks but `finish`, which is called in a thread of its own.
pub(crate) trait Watch: Send + Sync {
    /// What it needs of the streams.
    fn arrangement(&self) -> Arrangement;
    /// cf runs.
    fn started(&self, run: usize);
    /// It has printed a line: masked, without its end, no more than 64 KiB. Called from threads.
    fn line(&self, run: usize, stream: Stream, line: &[u8]);
    /// It has come to another phase. Called from threads.
    fn phase(&self, run: usize, phase: Phase);
    /// It has ended, and all its lines were handed over, if somebody takes them.
    fn ended(&self, run: usize, outcome: &Outcome);
    /// It could not be started.
    fn failed(&self, run: usize, error: &Error);
    /// No run is left; waits until everything is printed. False where that took too long.
    fn finish(&self, patience: Duration) -> bool;
}
