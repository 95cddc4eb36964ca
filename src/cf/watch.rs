//! Who watches runs, as the runs see them: each is told what happens and decides how to show it.

use std::time::Duration;

use super::ending::Outcome;
use super::tail::Phase;
use crate::process::Signal;

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
    /// What a cf prints goes on as it comes, byte for byte but for secrets; nobody gets lines.
    Passage,
    /// Each line says which it came from. The order between the two may be lost.
    Apart,
    /// The order stays; all lines count as standard output.
    Together,
}

/// What somebody asks of all runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demand {
    /// To end, by Ctrl-C, of which another one kills.
    EndByKey,
    /// To end, by another signal.
    End,
    /// To be gone, by a second Ctrl-C.
    Vanish,
    /// To take back what was begun, of what is no run of cf.
    TakeBack,
    /// To leave it as it is, by a second signal.
    Leave,
    /// To halt, or to go on after that.
    Halt,
}

impl Demand {
    /// What a signal asks for, after those that came before.
    pub(super) fn by(signal: Signal, interrupts: usize) -> Self {
        match signal {
            Signal::Interrupt if interrupts > 1 => Self::Vanish,
            Signal::Interrupt => Self::EndByKey,
            Signal::Terminate | Signal::HangUp | Signal::Quit => Self::End,
            #[cfg(unix)]
            Signal::Other(_) => Self::End,
            Signal::Stop | Signal::Continue => Self::Halt,
        }
    }
}

/// Watches runs, which are known by their place in the list.
///
/// `line` may block while too much waits to be printed, which holds up the cf that printed it.
/// Nothing else blocks but `finish`, which is called in a thread of its own unless it has no time.
pub(crate) trait Watch: Send + Sync {
    /// What it needs of the streams.
    fn arrangement(&self) -> Arrangement;
    /// cf runs.
    fn started(&self, run: usize);
    /// It has printed a line: masked, without its end, no more than 64 KiB. Called from threads.
    fn line(&self, run: usize, stream: Stream, line: &[u8]);
    /// It has come to another phase. Called from threads.
    fn phase(&self, run: usize, phase: Phase);
    /// Its turn is over, and all its lines were handed over, if somebody takes them.
    fn ended(&self, run: usize, outcome: &Outcome);
    /// The same for what is no run of cf: how it ended, in words, and whether that is good.
    fn closed(&self, run: usize, words: &str, is_good: bool);
    /// Somebody asks something of all that run, so many.
    fn asked(&self, asked: Demand, running: usize);
    /// No run is left; waits until everything is printed. False where that took too long.
    fn finish(&self, patience: Duration) -> bool;
}

/// Watches a cf whose output speaks for itself.
pub(crate) struct Nobody;

impl Watch for Nobody {
    fn arrangement(&self) -> Arrangement {
        Arrangement::Passage
    }

    fn started(&self, _run: usize) {}

    fn line(&self, _run: usize, _stream: Stream, _line: &[u8]) {}

    fn phase(&self, _run: usize, _phase: Phase) {}

    fn ended(&self, _run: usize, _outcome: &Outcome) {}

    fn closed(&self, _run: usize, _words: &str, _is_good: bool) {}

    fn asked(&self, _asked: Demand, _running: usize) {}

    fn finish(&self, _patience: Duration) -> bool {
        true
    }
}
