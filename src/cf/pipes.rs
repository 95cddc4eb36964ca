//! What cf prints: by pipe to us and at once on, through the filter, with its end kept.

use std::io::{self, PipeReader, PipeWriter};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::line_writer::LineWriter;
use super::relay::{Filter, Hearer, PipeSource, Relay, Unread, Writer};
use super::tail::{Last, Tail};
use super::watch::{Stream, Watch};
use crate::cli::OutputFormat;
use crate::environment::Streams;
use crate::process::Signals;

/// How many pipes cf prints into, and where what comes goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PipeLayout {
    /// One for both of its streams, to one of ours, so that the order stays.
    One(Stream),
    /// One for each of its streams.
    Two,
}

impl PipeLayout {
    /// One where both of our streams are the same terminal, file or pipe, and where one of them is
    /// for our document alone.
    pub(super) fn of(streams: Streams, output: OutputFormat) -> Self {
        match output {
            OutputFormat::Json => Self::One(Stream::Stderr),
            OutputFormat::Text if streams.same => Self::One(Stream::Stdout),
            OutputFormat::Text => Self::Two,
        }
    }
}

/// Our ends of the pipes that cf prints into, and where what comes goes.
pub(super) struct Pipes(Vec<(PipeReader, Stream)>);

impl Pipes {
    /// Opens them; gives the ends that are cf's standard output and standard error.
    pub(super) fn open(layout: PipeLayout) -> io::Result<(Self, PipeWriter, PipeWriter)> {
        let (reader, stdout) = io::pipe()?;
        match layout {
            PipeLayout::One(stream) => {
                let stderr = stdout.try_clone()?;
                Ok((Self(vec![(reader, stream)]), stdout, stderr))
            }
            PipeLayout::Two => {
                let (second, stderr) = io::pipe()?;
                let pipes = vec![(reader, Stream::Stdout), (second, Stream::Stderr)];
                Ok((Self(pipes), stdout, stderr))
            }
        }
    }

    /// Starts to relay what comes at once, each pipe through a filter of its own.
    pub(super) fn relay<F>(
        self,
        unread: Unread,
        hearer: Option<&Hearer>,
        filter: impl Fn() -> F,
    ) -> io::Result<Outputs>
    where
        F: FnOnce() -> Filter + Send + 'static,
    {
        self.start(|stream, tail| {
            let (filter, hearer) = (filter(), hearer.cloned());
            let writer = Writer::new(stream, tail, unread).heard_by(hearer);
            move |source| writer.run(source, filter)
        })
    }

    /// Starts to hand over what comes line by line, each pipe through a filter of its own.
    pub(super) fn hand_over<F>(
        self,
        filter: impl Fn() -> F,
        run: usize,
        watch: &Arc<dyn Watch>,
    ) -> io::Result<Outputs>
    where
        F: FnOnce() -> Filter + Send + 'static,
    {
        self.start(|stream, tail| {
            let (filter, watch) = (filter(), Arc::clone(watch));
            move |source| LineWriter::new(run, stream, watch, tail).run(source, filter())
        })
    }

    fn start<W>(self, work: impl Fn(Stream, Arc<Mutex<Tail>>) -> W) -> io::Result<Outputs>
    where
        W: FnOnce(PipeSource) + Send + 'static,
    {
        let tail = Arc::new(Mutex::new(Tail::new()));
        let relays = self
            .0
            .into_iter()
            .map(|(pipe, stream)| Relay::start(pipe, work(stream, Arc::clone(&tail))));
        Ok(Outputs { relays: relays.collect::<io::Result<_>>()?, tail })
    }
}

/// The relays of one cf run.
pub(super) struct Outputs {
    relays: Vec<Relay>,
    tail: Arc<Mutex<Tail>>,
}

impl Outputs {
    /// Waits until all that was printed is passed on; a reader of ours that does not read holds
    /// that up for `limit` at most, and a signal ends it.
    pub(super) async fn finish(self, limit: Duration, signals: &mut Signals) -> Last {
        let mut was_read = true;
        for relay in self.relays {
            was_read = was_read && relay.finish(limit, signals).await;
        }
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.last(was_read)
    }
}
