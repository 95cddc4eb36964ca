//! The queue between those who have something to show and the thread that prints it. Lines wait
//! where too many are queued, so that memory stays bounded; all else goes in at once.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{End, Worth};
use crate::cf::watch::{Arrangement, Demand, Stream, Watch};
use crate::cf::{Outcome, Phase};

/// Lines that may wait.
const MOST_LINES: usize = 1_000;
/// Bytes of lines that may wait.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// How long somebody who drops a printer waits for it to clean up.
const LAST: Duration = Duration::from_secs(1);

/// What happened to a run.
#[derive(Debug)]
pub(super) enum Event {
    Started,
    Line(Stream, Vec<u8>),
    Phase(Phase),
    Ended(End),
}

/// What is to be shown.
#[derive(Debug)]
enum News {
    Of(usize, Event),
    Asked(Demand, usize),
}

/// Shows events, one after another, in the thread that prints.
pub(super) trait Painter: Send {
    /// What it needs of the streams.
    const ARRANGEMENT: Arrangement;
    /// How often it wants to be asked for a new picture.
    const TICK: Option<Duration>;
    /// Shows what happened.
    fn take(&mut self, run: usize, event: Event);
    /// Shows what somebody asks of all that run, so many.
    fn asked(&mut self, asked: Demand, running: usize);
    /// Redraws, where time alone changes the picture.
    fn tick(&mut self);
    /// Shows what is left to be shown, and cleans up.
    fn close(&mut self);
}

#[derive(Default)]
struct State {
    events: VecDeque<News>,
    lines: usize,
    bytes: usize,
    /// Nothing more will come.
    is_closed: bool,
    /// Nobody prints any more.
    is_done: bool,
}

impl State {
    fn is_full(&self) -> bool {
        !self.is_done && (self.lines >= MOST_LINES || self.bytes >= MOST_BYTES)
    }
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    /// Something came in.
    filled: Condvar,
    /// Something was taken out.
    taken: Condvar,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, news: News) {
        let mut state = self.lock();
        if !state.is_done {
            state.events.push_back(news);
            self.filled.notify_one();
        }
    }

    fn put_line(&self, run: usize, stream: Stream, line: &[u8]) {
        let state = self.lock();
        let mut state = self
            .taken
            .wait_while(state, |state| state.is_full())
            .unwrap_or_else(PoisonError::into_inner);
        if !state.is_done {
            state.lines += 1;
            state.bytes += line.len();
            state.events.push_back(News::Of(run, Event::Line(stream, line.to_vec())));
            self.filled.notify_one();
        }
    }

    /// All that waits; nothing where the tick is over before; `None` at the end.
    fn take(&self, until: Option<Instant>) -> Option<VecDeque<News>> {
        let mut state = self.lock();
        while state.events.is_empty() {
            if state.is_closed {
                return None;
            }
            state = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => return Some(VecDeque::new()),
                Some(rest) => {
                    self.filled.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.filled.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
        (state.lines, state.bytes) = (0, 0);
        self.taken.notify_all();
        Some(std::mem::take(&mut state.events))
    }

    fn print(&self, mut painter: impl Painter, tick: Option<Duration>) {
        let next = || tick.map(|tick| Instant::now() + tick);
        let mut until = next();
        while let Some(events) = self.take(until) {
            for news in events {
                match news {
                    News::Of(run, event) => painter.take(run, event),
                    News::Asked(asked, running) => painter.asked(asked, running),
                }
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                painter.tick();
                until = next();
            }
        }
        painter.close();
    }
}

/// Says that nobody prints any more, also after a panic: a line would else wait for ever.
struct Done(Arc<Queue>);

impl Drop for Done {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_done = true;
        state.events.clear();
        self.0.taken.notify_all();
    }
}

/// Takes what happens and has it printed by a thread.
pub(super) struct Printer {
    queue: Arc<Queue>,
    arrangement: Arrangement,
}

impl Printer {
    pub(super) fn start<P: Painter + 'static>(painter: P) -> io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let shared = Done(Arc::clone(&queue));
        std::thread::Builder::new()
            .name("printer".into())
            .spawn(move || shared.0.print(painter, P::TICK))?;
        Ok(Self { queue, arrangement: P::ARRANGEMENT })
    }
}

impl Watch for Printer {
    fn arrangement(&self) -> Arrangement {
        self.arrangement
    }

    fn started(&self, run: usize) {
        self.queue.put(News::Of(run, Event::Started));
    }

    fn line(&self, run: usize, stream: Stream, line: &[u8]) {
        self.queue.put_line(run, stream, line);
    }

    fn phase(&self, run: usize, phase: Phase) {
        self.queue.put(News::Of(run, Event::Phase(phase)));
    }

    fn ended(&self, run: usize, outcome: &Outcome) {
        self.queue.put(News::Of(run, Event::Ended(End::of(outcome))));
    }

    fn closed(&self, run: usize, words: &str, is_good: bool) {
        let worth = if is_good { Worth::Nothing } else { Worth::Reading };
        let end = End { words: words.to_owned(), worth };
        self.queue.put(News::Of(run, Event::Ended(end)));
    }

    fn asked(&self, asked: Demand, running: usize) {
        self.queue.put(News::Asked(asked, running));
    }

    fn finish(&self, patience: Duration) -> bool {
        let mut state = self.queue.lock();
        state.is_closed = true;
        self.queue.filled.notify_all();
        let (state, _) = self
            .queue
            .taken
            .wait_timeout_while(state, patience, |state| !state.is_done)
            .unwrap_or_else(PoisonError::into_inner);
        state.is_done
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        self.finish(LAST);
    }
}
