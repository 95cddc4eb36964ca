//! A run under way: signals and keys for it, what it has printed so far, its end. Dropped before
//! that, it is killed with all that its cf started.

use std::fs::File;
use std::io::{Read, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

#[cfg(unix)]
use super::invocation::Setup;
use super::invocation::{Input, Invocation, Reader, Run};
use super::programs::STARTING;
use super::record::Record;
#[cfg(unix)]
use super::terminal::Terminal;
use super::waiting::poll;
use super::workplace::Workplace;

/// How long a run may take before the test fails.
const LIMIT: Duration = Duration::from_secs(30);
/// How long a stream may stay open when the program has ended.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// A run under way.
pub(crate) struct Running {
    child: Child,
    #[cfg(unix)]
    setup: Setup,
    stdout: Stream,
    stderr: Stream,
    #[cfg(unix)]
    terminal: Option<Terminal>,
    /// Kept open, never written to.
    _stdin: Option<std::process::ChildStdin>,
    #[cfg(unix)]
    pid: Option<i32>,
    had_real_cf: bool,
    started: Instant,
    place: Option<Workplace>,
}

/// One stream that is read by a thread.
struct Stream {
    bytes: Arc<Mutex<Vec<u8>>>,
    gate: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Stream {
    fn none() -> Self {
        Self { bytes: Arc::default(), gate: None, thread: None }
    }

    fn read(source: impl Read + Send + 'static, how: Reader) -> Self {
        if how == Reader::Nobody {
            return Self::none();
        }
        let bytes: Arc<Mutex<Vec<u8>>> = Arc::default();
        let (open, gate) = channel();
        let into = Arc::clone(&bytes);
        let thread = std::thread::spawn(move || copy(source, &into, how, &gate));
        Self { bytes, gate: Some(open), thread: Some(thread) }
    }

    fn so_far(&self) -> Vec<u8> {
        self.bytes.lock().unwrap().clone()
    }

    fn finish(&mut self) -> Vec<u8> {
        self.gate = None;
        let ended = |thread: &JoinHandle<()>| thread.is_finished();
        // Whoever keeps it open beyond that is not waited for.
        poll(LAST_WORDS, || self.thread.as_ref().is_none_or(ended).then_some(()));
        self.so_far()
    }
}

fn copy(mut source: impl Read, into: &Mutex<Vec<u8>>, how: Reader, gate: &Receiver<()>) {
    if how == Reader::WhenTold {
        // An error says that the run is over, which opens the gate as well.
        let _ = gate.recv();
    }
    let mut chunk = [0; 4096];
    // A terminal whose other side is closed gives an error in place of an end.
    while let Ok(length @ 1..) = source.read(&mut chunk) {
        let mut bytes = into.lock().unwrap();
        bytes.extend_from_slice(&chunk[..length]);
        if how == Reader::OneLine && bytes.contains(&b'\n') {
            return;
        }
    }
}

/// Starts a program, again where wine had a fault of its own.
fn spawned(command: &mut Command) -> Child {
    const INTERNAL_ERROR: i32 = 1359;
    for _ in 0..2 {
        match command.spawn() {
            Err(error) if cfg!(windows) && error.raw_os_error() == Some(INTERNAL_ERROR) => {}
            started => return started.unwrap(),
        }
    }
    command.spawn().unwrap()
}

impl Running {
    pub(super) fn start(invocation: Invocation, mut command: Command, input: Input) -> Self {
        let reader = invocation.stdout;
        #[cfg(unix)]
        let setup = invocation.setup;
        let had_real_cf = invocation.real_cf().is_some();
        let started = Instant::now();
        #[cfg(unix)]
        if setup != Setup::Pipes {
            let (terminal, pts, screen) = Terminal::open(invocation.echo, invocation.size);
            let child = {
                let _starting = STARTING.read().unwrap_or_else(PoisonError::into_inner);
                pty_process::blocking::Command::from(command).spawn(pts).unwrap()
            };
            return Self {
                child,
                setup,
                stdout: Stream::read(screen, reader),
                stderr: Stream::none(),
                terminal: Some(terminal),
                _stdin: None,
                pid: None,
                had_real_cf,
                started,
                place: Some(invocation.place),
            };
        }
        let log = invocation.place.path("merged.log");
        if invocation.merged {
            let file = File::create(&log).unwrap();
            command.stdout(file.try_clone().unwrap()).stderr(file);
        } else {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        let mut child = {
            let _starting = STARTING.read().unwrap_or_else(PoisonError::into_inner);
            spawned(&mut command)
        };
        let mut stdin = child.stdin.take();
        if let Input::Bytes(bytes) = input
            && let Some(mut pipe) = stdin.take()
        {
            // Whether all of it is read is the program's business.
            std::thread::spawn(move || drop(pipe.write_all(&bytes)));
        }
        let (stdout, stderr) = match (child.stdout.take(), child.stderr.take()) {
            (Some(stdout), Some(stderr)) => {
                (Stream::read(stdout, reader), Stream::read(stderr, Reader::AtOnce))
            }
            _ => (Stream::none(), Stream::none()),
        };
        Self {
            child,
            #[cfg(unix)]
            setup,
            stdout,
            stderr,
            #[cfg(unix)]
            terminal: None,
            _stdin: stdin,
            #[cfg(unix)]
            pid: None,
            had_real_cf,
            started,
            place: Some(invocation.place),
        }
    }

    /// The folders.
    pub(crate) fn place(&self) -> &Workplace {
        self.place.as_ref().unwrap()
    }

    /// What the stand-in has written down so far.
    pub(crate) fn record(&self) -> Record {
        self.place().record()
    }

    /// What was printed on standard output so far.
    pub(crate) fn stdout(&self) -> Vec<u8> {
        self.stdout.so_far()
    }

    /// What was printed on standard error so far.
    pub(crate) fn stderr(&self) -> Vec<u8> {
        self.stderr.so_far()
    }

    /// Waits until whoever read standard output has closed it.
    #[cfg(unix)]
    #[track_caller]
    pub(crate) fn wait_for_reader_to_leave(&mut self) {
        self.wait_for("the reader has left", |running| {
            running.stdout.thread.as_ref().is_none_or(JoinHandle::is_finished)
        });
    }

    /// Whether it has ended.
    #[cfg(unix)]
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Begins to read standard output where that was not to be done at once.
    pub(crate) fn read_on(&mut self) {
        self.stdout.gate = None;
    }

    /// Waits until a condition holds.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let came = poll(LIMIT, || {
            let ended = self.child.try_wait().unwrap();
            if holds(self) {
                return Some(Ok(()));
            }
            ended.map(Err)
        });
        match came {
            Some(Ok(())) => {}
            Some(Err(status)) => panic!("ended ({status}) before: {what}\n{}", self.so_far()),
            None => panic!("did not come true in time: {what}\n{}", self.so_far()),
        }
    }

    /// Waits until cf (or a script) has made this file of the workplace.
    #[track_caller]
    pub(crate) fn wait_for_file(&mut self, name: &str) {
        self.wait_for(name, |running| running.place().path(name).exists());
    }

    fn so_far(&self) -> String {
        let text = |stream: &Stream| String::from_utf8_lossy(&stream.so_far()).into_owned();
        let events = self.record().events;
        let kinds: Vec<_> = events.iter().map(|event| (event.kind(), event.text("name"))).collect();
        format!(
            "----- stdout -----\n{}\n----- stderr -----\n{}\n----- record -----\n{kinds:?}",
            text(&self.stdout),
            text(&self.stderr)
        )
    }

    /// Waits for the end; panics where it does not come in time.
    #[track_caller]
    pub(crate) fn finish(mut self) -> Run {
        self.read_on();
        let Some(status) = poll(LIMIT, || self.child.try_wait().unwrap()) else {
            panic!("did not end within {LIMIT:?}\n{}", self.so_far());
        };
        let time = self.started.elapsed();
        let (mut stdout, stderr) = (self.stdout.finish(), self.stderr.finish());
        let place = self.place.take().unwrap();
        if let Ok(merged) = std::fs::read(place.path("merged.log")) {
            stdout = merged;
        }
        let (record, had_real_cf) = (place.record(), self.had_real_cf);
        Run { code: status.code(), stdout, stderr, record, had_real_cf, time, place }
    }
}

#[cfg(unix)]
mod unix {
    use std::path::Path;

    use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};

    use super::{Command, Running, Setup, Terminal};

    impl Running {
        /// The process number of icr-cf, or of the shell that [`super::Invocation::behind_shell`]
        /// put before it.
        pub(crate) fn pid(&mut self) -> i32 {
            let ours = i32::try_from(self.child.id()).unwrap();
            if self.setup != Setup::Job {
                return ours;
            }
            let group = |running: &Self| running.terminal().foreground().filter(|pid| *pid != ours);
            if self.pid.is_none() {
                self.wait_for("a job in the foreground", |running| group(running).is_some());
                self.pid = group(self);
            }
            self.pid.unwrap()
        }

        /// The terminal that it is on.
        pub(crate) fn terminal(&self) -> &Terminal {
            self.terminal.as_ref().unwrap()
        }

        /// Closes the terminal, as a lost connection does.
        pub(crate) fn close_terminal(&mut self) {
            self.terminal = None;
        }

        /// Sends icr-cf a signal.
        pub(crate) fn kill(&mut self, signal: Signal) {
            let pid = self.pid();
            send(pid, signal);
        }
    }

    /// Sends a process a signal; it has to be there.
    #[track_caller]
    pub(crate) fn send(pid: i32, signal: Signal) {
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// What a process does: `S` sleeps, `T` is stopped with all its threads; `None` where it is
    /// gone or has ended.
    pub(crate) fn state(pid: i32) -> Option<char> {
        test_kill_process(Pid::from_raw(pid)?).ok()?;
        let state = if cfg!(target_os = "linux") {
            let first = state_in(Path::new(&format!("/proc/{pid}")))?;
            let threads = std::fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten();
            let others = threads.filter_map(|thread| state_in(&thread.path()));
            others.fold(first, |all, one| if all == 'T' { one } else { all })
        } else {
            let pid = pid.to_string();
            let asked = Command::new("/bin/ps").args(["-o", "stat=", "-p", &pid]).output();
            String::from_utf8(asked.ok()?.stdout).ok()?.trim().chars().next()?
        };
        (!matches!(state, 'Z' | 'X')).then_some(state)
    }

    /// Whether a process has a thread that reads what somebody named; where the system does not
    /// tell, it is taken for granted.
    pub(crate) fn reads(pid: i32) -> bool {
        let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return true };
        threads.flatten().any(|thread| {
            let name = std::fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
            name.trim_end() == "reading"
        })
    }

    fn state_in(process: &Path) -> Option<char> {
        let stat = std::fs::read_to_string(process.join("stat")).ok()?;
        stat.rsplit_once(") ")?.1.chars().next()
    }

    impl Drop for Running {
        fn drop(&mut self) {
            let Some(place) = &self.place else { return };
            for event in place.record().events {
                let pid = event.0["pid"].as_i64().and_then(|pid| i32::try_from(pid).ok());
                let Some(pid) = pid.and_then(Pid::from_raw) else { continue };
                // Who has ended already needs nothing.
                let _ = kill_process_group(pid, Signal::KILL);
                let _ = kill_process(pid, Signal::KILL);
            }
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

#[cfg(unix)]
pub(crate) use unix::{reads, send, state};

#[cfg(not(unix))]
impl Drop for Running {
    fn drop(&mut self) {
        if self.place.is_some() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
