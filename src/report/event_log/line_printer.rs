//! Writes lines in a thread, so that whoever has one to write waits for no reader. A line is written
//! in one piece, or not at all once one could not be.

use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

pub(super) struct LinePrinter {
    /// `None` when nothing more comes.
    lines: Mutex<Option<Sender<String>>>,
    /// How many bytes wait to be written.
    waiting: Arc<AtomicUsize>,
    end: Arc<End>,
}

/// How writing has ended.
#[derive(Default)]
struct End {
    result: Mutex<Option<io::Result<()>>>,
    came: Condvar,
}

impl LinePrinter {
    /// Starts the thread.
    pub(super) fn start(out: impl Write + Send + 'static) -> io::Result<Self> {
        let (sender, lines) = channel();
        let end = Arc::new(End::default());
        let told = Arc::clone(&end);
        let waiting = Arc::new(AtomicUsize::new(0));
        let still = Arc::clone(&waiting);
        std::thread::Builder::new().name("events".into()).spawn(move || {
            let result = write(out, &lines, &still);
            *told.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            told.came.notify_all();
        })?;
        Ok(Self { lines: Mutex::new(Some(sender)), waiting, end })
    }

    /// Has a line written, with its end.
    pub(super) fn put(&self, line: String) {
        if let Some(lines) = &*self.lines.lock().unwrap_or_else(PoisonError::into_inner) {
            self.waiting.fetch_add(line.len(), Ordering::Relaxed);
            // Where none can be written any more, nobody takes it.
            let _ = lines.send(line);
        }
    }

    /// How many bytes wait to be written.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Nothing more comes.
    pub(super) fn close(&self) {
        *self.lines.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Waits until all is written, so long at most; gives once what came of it.
    pub(super) fn finish(&self, patience: Duration) -> Option<io::Result<()>> {
        self.close();
        let result = self.end.result.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.end.came.wait_timeout_while(result, patience, |one| one.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.take()
    }
}

fn write(mut out: impl Write, lines: &Receiver<String>, waiting: &AtomicUsize) -> io::Result<()> {
    for line in lines {
        out.write_all(line.as_bytes())?;
        out.flush()?;
        waiting.fetch_sub(line.len(), Ordering::Relaxed);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::mpsc::{Receiver, channel};
    use std::time::{Duration, Instant};

    use super::LinePrinter;

    /// Blocks until it is told to go on, then says what it was made for.
    struct Blocked(Receiver<()>, io::ErrorKind);

    impl Write for Blocked {
        fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            Err(self.1.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn whoever_has_a_line_waits_for_no_reader_and_hears_how_it_ended() {
        let (go_on, told) = channel();
        let printer = LinePrinter::start(Blocked(told, io::ErrorKind::StorageFull)).unwrap();
        let start = Instant::now();
        (0..10_000).for_each(|_| printer.put("line\n".into()));
        assert!(start.elapsed() < Duration::from_secs(5));
        assert_eq!(printer.waiting(), 50_000);
        assert!(printer.finish(Duration::from_millis(50)).is_none(), "nothing is written");
        go_on.send(()).unwrap();
        let error = printer.finish(MINUTE).unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn all_lines_are_written_in_their_order() {
        struct Paper(std::sync::mpsc::Sender<Vec<u8>>);
        impl Write for Paper {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.send(bytes.to_vec()).unwrap();
                Ok(bytes.len())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (paper, written) = channel();
        let printer = LinePrinter::start(Paper(paper)).unwrap();
        (0..100).for_each(|number| printer.put(format!("{number}\n")));
        printer.finish(MINUTE).unwrap().unwrap();
        let pieces: Vec<Vec<u8>> = written.iter().collect();
        let expected: Vec<Vec<u8>> =
            (0..100).map(|number| format!("{number}\n").into_bytes()).collect();
        assert_eq!(pieces, expected, "each in one piece");
    }
}
