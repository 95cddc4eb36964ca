//! What a child prints, taken within bounds of time and size and wiped when dropped, since it may
//! be a key.

use std::io::{self, PipeReader, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::{Job, Signal, Signals, Status, Stopped, spawn, within};

/// Most bytes that are taken.
pub(crate) const MOST_OUTPUT: usize = 64 * 1024;
/// How long output may still come once the program has ended. What it left behind, an agent
/// say, may hold the pipe for ever.
const LAST_OUTPUT: Duration = Duration::from_secs(2);
const CHUNK: usize = 4096;

/// What a program left.
pub(crate) struct Output {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    pub(crate) status: Status,
}

/// Why there is no output.
#[derive(Debug)]
pub(crate) enum NoOutput {
    /// It could not be started.
    Io(io::Error),
    /// Its time ran out.
    TimedOut,
    /// We were asked to end.
    Interrupted(Signal),
    /// It printed more than [`MOST_OUTPUT`].
    TooBig,
}

impl From<io::Error> for NoOutput {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Runs a child to its end and takes what it prints on standard output.
pub(crate) async fn output(
    mut job: Job,
    limit: Duration,
    signals: &mut Signals,
) -> Result<Output, NoOutput> {
    let (reader, writer) = io::pipe()?;
    job.stdout = Some(writer);
    let child = spawn(job)?;
    let capture = Capture::start(reader)?;
    let ended = child.ended(limit, signals).await;
    if let Some(signal) = ended.interrupted {
        return Err(NoOutput::Interrupted(signal));
    }
    if ended.timed_out {
        return Err(NoOutput::TimedOut);
    }
    let bytes = capture.finish(signals).await?;
    Ok(Output { bytes, status: ended.status })
}

/// The same for a program whose words on standard error are shown to nobody.
pub(crate) async fn quiet_output(
    mut job: Job,
    limit: Duration,
    signals: &mut Signals,
) -> Result<Output, NoOutput> {
    let (mut errors, stderr) = io::pipe()?;
    // Taken, so that it is never held up; this ends when its end of the pipe is gone.
    std::thread::Builder::new()
        .name("errors".into())
        .spawn(move || io::copy(&mut errors, &mut io::sink()))?;
    job.stderr = Some(stderr);
    output(job, limit, signals).await
}

#[derive(Default)]
struct Captured {
    bytes: Zeroizing<Vec<u8>>,
    is_too_big: bool,
}

/// Reads a pipe in a thread; what has come can be taken even if the end never comes.
struct Capture {
    captured: Arc<Mutex<Captured>>,
    done: oneshot::Receiver<()>,
}

impl Capture {
    fn start(mut pipe: PipeReader) -> io::Result<Self> {
        // Never full, hence never moved, which would leave a copy behind.
        let bytes = Zeroizing::new(Vec::with_capacity(MOST_OUTPUT));
        let captured = Arc::new(Mutex::new(Captured { bytes, is_too_big: false }));
        let shared = Arc::clone(&captured);
        let (tell, done) = oneshot::channel();
        std::thread::Builder::new().name("output".into()).spawn(move || {
            let mut chunk = Zeroizing::new(vec![0; CHUNK]);
            loop {
                match pipe.read(&mut chunk) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Ok(0) | Err(_) => break,
                    Ok(length) => {
                        let mut captured = shared.lock().unwrap_or_else(PoisonError::into_inner);
                        if captured.bytes.len() + length > MOST_OUTPUT {
                            captured.is_too_big = true;
                            break;
                        }
                        captured.bytes.extend(chunk.iter().take(length));
                    }
                }
            }
            // Closed first: a program that prints without end gets its broken pipe.
            drop(pipe);
            let _ = tell.send(());
        })?;
        Ok(Self { captured, done })
    }

    async fn finish(self, signals: &mut Signals) -> Result<Zeroizing<Vec<u8>>, NoOutput> {
        match within(LAST_OUTPUT, signals, self.done).await {
            Err(Stopped::By(signal)) => return Err(NoOutput::Interrupted(signal)),
            Ok(_) | Err(Stopped::TimedOut) => {}
        }
        let mut captured = self.captured.lock().unwrap_or_else(PoisonError::into_inner);
        if captured.is_too_big {
            return Err(NoOutput::TooBig);
        }
        Ok(std::mem::take(&mut captured.bytes))
    }
}
