//! The key from the output of a program: an argument vector, no shell, bounded in time and size.

use std::ffi::OsString;
use std::io::{self, PipeReader, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::problem::{Problem, shown};
use super::{MOST_BYTES, Origin, Raw, Wanted};
use crate::environment::{CF_DOCKER_PASSWORD, Environment, hidden_variables};
use crate::process::{
    Descendants, InGroup, Input, Job, Signal, Signals, Status, Stopped, spawn, within,
};

/// How long output may still come once the program has ended. What it left behind, an agent
/// say, may hold the pipe for ever.
const LAST_OUTPUT: Duration = Duration::from_secs(2);
const CHUNK: usize = 4096;

/// What a program left.
pub(super) struct Output {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) status: Status,
}

/// Why there is no output.
#[derive(Debug)]
pub(super) enum NoOutput {
    /// It could not be started.
    Io(io::Error),
    /// Its time ran out.
    TimedOut,
    /// We were asked to end.
    Interrupted(Signal),
    /// It printed more than a key.
    TooBig,
}

impl From<io::Error> for NoOutput {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads the key from the output of `--api-key-command`. Says the program's name and nothing
/// else of the command, whose words may hold secrets.
pub(super) async fn read(
    words: &[String],
    wanted: &Wanted<'_>,
    signals: &mut Signals,
) -> Result<Raw, Problem> {
    let (name, arguments) = words.split_first().ok_or(Problem::CommandMissing(String::new()))?;
    let program = shown(name);
    let Some(path) = wanted.environment.find_program(name) else {
        return Err(Problem::CommandMissing(program));
    };
    let arguments = arguments.iter().map(OsString::from).collect();
    let output = run(&path, arguments, Input::Null, wanted, signals)
        .await
        .map_err(|error| Problem::no_output(&program, error, wanted.source_limit))?;
    if output.status != Status::Code(0) {
        return Err(Problem::CommandFailed { program, status: output.status });
    }
    let source = format!("the output of `{program}`");
    Ok(Raw { bytes: output.bytes, origin: Origin::Command, source, notices: Vec::new() })
}

/// Runs a program without any key in its environment and takes what it prints; its standard
/// error is ours.
pub(super) async fn run(
    program: &Path,
    arguments: Vec<OsString>,
    input: Input,
    wanted: &Wanted<'_>,
    signals: &mut Signals,
) -> Result<Output, NoOutput> {
    let (reader, writer) = io::pipe()?;
    let mut remove = hidden_variables(&program.to_string_lossy());
    remove.push(CF_DOCKER_PASSWORD);
    let child = spawn(Job {
        program: program.into(),
        arguments,
        remove,
        set: Vec::new(),
        prepare: None,
        input,
        stdout: Some(writer),
        stderr: None,
        group: place(wanted.environment),
        descendants: Descendants::Group,
    })?;
    let capture = Capture::start(reader)?;
    let ended = child.ended(wanted.source_limit, signals).await;
    if let Some(signal) = ended.interrupted {
        return Err(NoOutput::Interrupted(signal));
    }
    if ended.timed_out {
        return Err(NoOutput::TimedOut);
    }
    let bytes = capture.finish(signals).await?;
    Ok(Output { bytes, status: ended.status })
}

/// On a terminal a password manager may ask there, which only the foreground may do.
fn place(environment: &Environment) -> InGroup {
    if environment.streams.stdin { InGroup::Ours } else { InGroup::Own }
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
        // Never full, hence never moved: see `reading::bounded`.
        let bytes = Zeroizing::new(Vec::with_capacity(MOST_BYTES));
        let captured = Arc::new(Mutex::new(Captured { bytes, is_too_big: false }));
        let shared = Arc::clone(&captured);
        let (tell, done) = oneshot::channel();
        std::thread::Builder::new().name("key".into()).spawn(move || {
            let mut chunk = Zeroizing::new(vec![0; CHUNK]);
            loop {
                match pipe.read(&mut chunk) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Ok(0) | Err(_) => break,
                    Ok(length) => {
                        let mut captured = shared.lock().unwrap_or_else(PoisonError::into_inner);
                        if captured.bytes.len() + length > MOST_BYTES {
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
