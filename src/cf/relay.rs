//! One pipe of cf to one stream of ours, in a thread of its own, so that a slow reader of ours
//! never keeps a signal from cf.

use std::io::{self, PipeReader, PipeWriter, Read as _, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::tail::Tail;
use super::watch::{Stream, Watch};
use crate::process::{Signals, Stopped, within};
use crate::secret::Masker;

/// How long a partial line waits for its end.
const HOLD: Duration = Duration::from_millis(100);
/// How long a pipe may stay open when cf and all it started have ended.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Bytes read at once.
pub(super) const CHUNK: usize = 16 * 1024;
/// Longest line held whole for the tail.
pub(super) const LONGEST_LINE: usize = 64 * 1024;

impl Stream {
    fn write(self, bytes: &[u8]) -> io::Result<()> {
        fn all(mut out: impl Write, bytes: &[u8]) -> io::Result<()> {
            out.write_all(bytes)?;
            out.flush()
        }
        match self {
            Self::Stdout => all(io::stdout().lock(), bytes),
            Self::Stderr => all(io::stderr().lock(), bytes),
        }
    }
}

/// Masks the key, where there is one. Has no `Debug`: it holds the key.
pub(super) struct Filter(Option<Masker>);

impl Filter {
    pub(super) fn of(redactor: Option<Masker>) -> Self {
        Self(redactor)
    }

    /// Takes bytes in and appends to `out` all that can be told by now.
    pub(super) fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        match &mut self.0 {
            Some(redactor) => redactor.push(chunk, out),
            None => out.extend_from_slice(chunk),
        }
    }

    /// Appends what was held back, now that nothing follows.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if let Some(redactor) = &mut self.0 {
            redactor.finish(out);
        }
    }
}

/// What came of waiting for cf to print.
pub(super) enum Read {
    /// That many bytes.
    Bytes(usize),
    /// Nothing, for as long as was to be waited.
    Nothing,
    /// The end.
    End,
}

/// The pipe from cf, which can be waited for.
pub(super) struct PipeSource {
    pipe: PipeReader,
    /// Closed on the other side when nothing more is expected, though the pipe may be open.
    #[cfg(unix)]
    stop: PipeReader,
}

impl PipeSource {
    /// Reads what there is; waits for it at most this long, or until told to stop.
    #[cfg(unix)]
    pub(super) fn read(&mut self, chunk: &mut [u8], wait: Option<Duration>) -> Read {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let timeout = wait.and_then(|wait| Timespec::try_from(wait).ok());
        let mut ready =
            [PollFd::new(&self.pipe, PollFlags::IN), PollFd::new(&self.stop, PollFlags::IN)];
        match poll(&mut ready, timeout.as_ref()) {
            Ok(0) | Err(rustix::io::Errno::INTR) => return Read::Nothing,
            Ok(_) => {}
            Err(_) => return Read::End,
        }
        let [printed, stopped] = ready.map(|ready| !ready.revents().is_empty());
        if stopped && !printed { Read::End } else { self.read_now(chunk) }
    }

    /// Reads what there is. The pipes of Windows cannot be waited for with a bound, so a partial
    /// line goes on at once there.
    #[cfg(not(unix))]
    pub(super) fn read(&mut self, chunk: &mut [u8], wait: Option<Duration>) -> Read {
        if wait.is_some() { Read::Nothing } else { self.read_now(chunk) }
    }

    fn read_now(&mut self, chunk: &mut [u8]) -> Read {
        match self.pipe.read(chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Read::Nothing,
            Ok(0) | Err(_) => Read::End,
            Ok(length) => Read::Bytes(length),
        }
    }
}

/// A relay at work.
pub(super) struct Relay {
    stop: Option<PipeWriter>,
    done: oneshot::Receiver<()>,
}

impl Relay {
    pub(super) fn start(
        pipe: PipeReader,
        work: impl FnOnce(PipeSource) + Send + 'static,
    ) -> io::Result<Self> {
        let (stopped, stop) = io::pipe()?;
        let (tell, done) = oneshot::channel();
        std::thread::Builder::new().name("relay".into()).spawn(move || {
            #[cfg(not(unix))]
            drop(stopped);
            let source = PipeSource {
                pipe,
                #[cfg(unix)]
                stop: stopped,
            };
            work(source);
            // Whoever does not wait any more does not need to be told.
            let _ = tell.send(());
        })?;
        Ok(Self { stop: Some(stop), done })
    }

    /// Waits until everything is passed on. False where a signal or a bound ended that.
    pub(super) async fn finish(mut self, limit: Duration, signals: &mut Signals) -> bool {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            match within(LAST_WORDS, signals, &mut self.done).await {
                Ok(_) => return true,
                Err(Stopped::By(_)) => return false,
                // Somebody outside of our reach holds the pipe: what has come is all there is.
                // A relay that is held up by the reader of our output goes on regardless.
                Err(Stopped::TimedOut) => drop(self.stop.take()),
            }
        }
        false
    }
}

/// Filters and writes what comes, whole lines at once, the rest after a moment.
pub(super) struct Writer {
    stream: Stream,
    tail: Arc<Mutex<Tail>>,
    /// Filtered bytes since the last line end that was written.
    partial: Vec<u8>,
    /// When the oldest byte of `partial` came.
    since: Option<Instant>,
    /// The line so far, for the tail.
    line: Vec<u8>,
    /// Whether our stream still takes anything.
    open: bool,
    /// What becomes of the program if it does not.
    unread: Unread,
    /// Who hears of phases, where that is a push.
    hearer: Option<Hearer>,
}

/// Who hears how far a run has come.
#[derive(Clone)]
pub(super) struct Hearer {
    /// Its place among the runs.
    pub(super) run: usize,
    pub(super) watch: Arc<dyn Watch>,
}

/// What becomes of a program whose output nobody reads any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// It goes on: a push is not given up for a closed window.
    GoesOn,
    /// Its pipe is closed, as it would be without us between.
    IsTold,
}

impl Writer {
    pub(super) fn new(stream: Stream, tail: Arc<Mutex<Tail>>, unread: Unread) -> Self {
        let (partial, line) = (Vec::new(), Vec::new());
        Self { stream, tail, partial, since: None, line, open: true, unread, hearer: None }
    }

    /// The same, whose phases somebody hears.
    pub(super) fn heard_by(self, hearer: Option<Hearer>) -> Self {
        Self { hearer, ..self }
    }

    /// The filter is made when there is something to be filtered.
    pub(super) fn run(mut self, mut source: PipeSource, make: impl FnOnce() -> Filter) {
        let mut chunk = vec![0; CHUNK];
        let first = match source.read(&mut chunk, None) {
            Read::Bytes(length) => length,
            Read::Nothing => 0,
            Read::End => return,
        };
        let mut filter = make();
        self.take(&mut filter, chunk.get(..first).unwrap_or_default());
        loop {
            let wait = self.since.map(|since| HOLD.saturating_sub(since.elapsed()));
            match source.read(&mut chunk, wait) {
                Read::Bytes(length) => {
                    self.take(&mut filter, chunk.get(..length).unwrap_or_default());
                }
                Read::Nothing => self.pass_on_overdue(),
                Read::End => break,
            }
            if !self.open && self.unread == Unread::IsTold {
                return;
            }
        }
        filter.finish(&mut self.partial);
        self.pass_on(self.partial.len());
        self.keep_line();
    }

    fn pass_on_overdue(&mut self) {
        if cfg!(not(unix)) || self.since.is_some_and(|since| since.elapsed() >= HOLD) {
            self.pass_on(self.partial.len());
        }
    }

    fn take(&mut self, filter: &mut Filter, bytes: &[u8]) {
        filter.push(bytes, &mut self.partial);
        let lines = self.partial.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        self.pass_on(lines);
        if !self.partial.is_empty() && self.since.is_none() {
            self.since = Some(Instant::now());
        }
        self.pass_on_overdue();
    }

    /// Writes the first bytes of what is held.
    fn pass_on(&mut self, length: usize) {
        if length == 0 {
            return;
        }
        let rest = self.partial.split_off(length.min(self.partial.len()));
        let bytes = std::mem::replace(&mut self.partial, rest);
        self.since = None;
        if self.open
            && let Err(error) = self.stream.write(&bytes)
        {
            self.open = false;
            self.tail.lock().unwrap_or_else(PoisonError::into_inner).lose(&error);
        }
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LONGEST_LINE.saturating_sub(self.line.len());
            self.line.extend(piece.iter().take(room));
            if piece.ends_with(b"\n") {
                self.keep_line();
            }
        }
    }

    fn keep_line(&mut self) {
        if !self.line.is_empty() {
            let phase = self.tail.lock().unwrap_or_else(PoisonError::into_inner).take(&self.line);
            self.line.clear();
            if let (Some(phase), Some(Hearer { run, watch })) = (phase, &self.hearer) {
                watch.phase(*run, phase);
            }
        }
    }
}
