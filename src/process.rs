//! A child from spawn to burial: its own process group, each signal forwarded once, a bound on its
//! time, no descendant left; several side by side where each hears the signals through a hub. Knows
//! neither cf nor keys; whoever has a secret for the child passes a closure that puts it into its
//! environment, or writes what it reads.

use std::ffi::OsString;
use std::io::{self, PipeReader, PipeWriter};
use std::sync::Arc;
use std::time::{Duration, Instant};

mod exit;
mod group;
mod hub;
mod output;
#[cfg(unix)]
mod replace;
mod signal;
mod signals;
mod wait;

pub(crate) use group::{adopt_orphans, end_orphans};
pub(crate) use hub::{Hub, Told};
pub(crate) use output::{MOST_OUTPUT, NoOutput, Output, output, quiet_output};
#[cfg(unix)]
pub(crate) use replace::replace;
pub(crate) use signals::{Signal, Signals, drop_those_of_writes};
pub(crate) use wait::{Stopped, within, within_stops};

/// Gives a child something that must not be kept in a value that prints.
pub(crate) type Prepare = Box<dyn Fn(&mut std::process::Command) + Send + Sync>;

/// Writes what a child reads; an error says that it reads no more.
pub(crate) type Writes = Box<dyn FnOnce(&mut PipeWriter) -> io::Result<()> + Send>;

/// Names of variables, as they are taken out of a child's environment.
pub(crate) fn names(of: Vec<String>) -> Vec<OsString> {
    of.into_iter().map(OsString::from).collect()
}

/// What the child reads.
pub(crate) enum Input {
    /// Nothing: it can never prompt.
    Null,
    /// These bytes.
    Bytes(Vec<u8>),
    /// What this writes, perhaps a secret.
    Written(Writes),
    /// What we read.
    Ours,
}

/// Whose process group the child runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InGroup {
    /// One of its own: it hears what we forward, and nothing else.
    Own,
    /// Ours: it may use the terminal, and hears the terminal's keys by itself.
    Ours,
}

/// Whom to end when the child has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Descendants {
    /// What is left of its process group. A program may leave an agent of its own behind.
    Group,
    /// The same for one in our group: those of it that have become our children. Made of the first where
    /// that can be told.
    OfOurGroup,
    /// Also those that left the group (Linux: they become our children). For a child that is our
    /// only one.
    All,
    /// Of those that left the group the ones that have this variable with this value, which no
    /// other child of ours has. Needs [`adopt_orphans`] once before.
    Marked(String, OsString),
}

/// Whether orphaned descendants become our children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Orphans {
    /// They do, so that they can be found and ended.
    Adopted,
    /// They do not, or they could not be told from others.
    Left,
}

/// How long a child may go on when a signal has asked for an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// As long as it may run at all: it knows what it leaves half done.
    Full,
    /// A moment: nothing is lost with it.
    Short,
    /// For ever: it is somebody's own program, which decides by itself what a signal means.
    Endless,
}

/// A child to be.
pub(crate) struct Job {
    /// Program, as a path or a name to be found on PATH.
    pub(crate) program: OsString,
    /// Argument vector behind the program.
    pub(crate) arguments: Vec<OsString>,
    /// Variables taken out of its environment.
    pub(crate) remove: Vec<OsString>,
    /// Variables put into its environment; nothing secret.
    pub(crate) set: Vec<(String, OsString)>,
    /// Puts a secret into its environment.
    pub(crate) prepare: Option<Prepare>,
    /// What it reads.
    pub(crate) input: Input,
    /// Where its standard output goes; ours if not said.
    pub(crate) stdout: Option<PipeWriter>,
    /// Where its standard error goes; ours if not said.
    pub(crate) stderr: Option<PipeWriter>,
    /// Whose process group it runs in.
    pub(crate) group: InGroup,
    /// Whom to end with it.
    pub(crate) descendants: Descendants,
    /// How long it may go on when it is to end.
    pub(crate) patience: Patience,
}

impl Job {
    /// A program that is asked something that it answers by itself: it reads nothing, and gets a moment
    /// to end.
    pub(crate) fn question(program: OsString, arguments: Vec<OsString>) -> Self {
        Self {
            program,
            arguments,
            remove: Vec::new(),
            set: Vec::new(),
            prepare: None,
            input: Input::Null,
            stdout: None,
            stderr: None,
            group: InGroup::Own,
            descendants: Descendants::Group,
            patience: Patience::Short,
        }
    }
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// With this exit code.
    Code(u8),
    /// By this signal.
    Signal(u8),
    /// It could not be ended: not even KILL did.
    Unkillable,
}

/// What became of a child.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChildEnd {
    /// How it ended.
    pub(crate) status: Status,
    /// Whether its time had run out.
    pub(crate) timed_out: bool,
    /// Whether it was ended because it wanted to ask at the terminal.
    pub(crate) wanted_terminal: bool,
    /// The first signal that asked us to end.
    pub(crate) interrupted: Option<Signal>,
    /// How long it ran.
    pub(crate) time: Duration,
}

impl ChildEnd {
    /// What ended it before its time.
    pub(crate) fn stopped(&self) -> Option<Stopped> {
        let timed_out = self.timed_out.then_some(Stopped::TimedOut);
        timed_out.or(self.interrupted.map(Stopped::By))
    }
}

/// A running child. Dropped before its end, it is killed with its group.
pub(crate) struct Child {
    handle: Arc<duct::Handle>,
    group: group::Group,
    exit: exit::Exit,
    started: Instant,
    place: InGroup,
    descendants: Descendants,
    patience: Patience,
    buried: bool,
}

/// Starts a child.
pub(crate) fn spawn(job: Job) -> io::Result<Child> {
    let descendants = match (job.descendants, job.group) {
        (Descendants::Group, InGroup::Ours) if adopt_orphans() == Orphans::Adopted => {
            Descendants::OfOurGroup
        }
        (Descendants::All, _) if adopt_orphans() == Orphans::Left => Descendants::Group,
        (given, _) => given,
    };
    let (remove, set, prepare) = (job.remove, job.set, job.prepare);
    let (place, patience) = (job.group, job.patience);
    let mut expression = duct::cmd(job.program, job.arguments).unchecked();
    expression = match job.input {
        Input::Null => expression.stdin_null(),
        Input::Bytes(bytes) => expression.stdin_bytes(bytes),
        Input::Written(write) => expression.stdin_file(piped(write)?),
        Input::Ours => expression,
    };
    if let Some(pipe) = job.stdout {
        expression = expression.stdout_file(pipe);
    }
    if let Some(pipe) = job.stderr {
        expression = expression.stderr_file(pipe);
    }
    // Listened for before there is a child, so that no end is missed.
    let listener = exit::Listener::new()?;
    let handle = expression
        .before_spawn(move |command| {
            for name in &remove {
                command.env_remove(name);
            }
            command.envs(set.iter().map(|(name, value)| (name, value)));
            if let Some(prepare) = &prepare {
                prepare(command);
            }
            if place == InGroup::Own {
                group::own_group(command);
            }
            Ok(())
        })
        .start()?;
    let handle = Arc::new(handle);
    let group = group::Group::of(&handle, place);
    Ok(Child {
        exit: listener.of(&handle, group),
        handle,
        group,
        started: Instant::now(),
        place,
        descendants,
        patience,
        buried: false,
    })
}

/// A pipe that what is written comes out of, with no copy of it in between.
fn piped(write: Writes) -> io::Result<PipeReader> {
    let (reader, mut writer) = io::pipe()?;
    // A pipe may be too small for all of it; who ends without reading closes it, which ends the thread.
    let written = move || drop(write(&mut writer));
    std::thread::Builder::new().name("input".to_owned()).spawn(written)?;
    Ok(reader)
}

/// Whether we have a terminal, whatever our standard streams are: a child that is to ask there has to be
/// in our group.
pub(crate) fn has_terminal() -> bool {
    #[cfg(unix)]
    {
        use rustix::fs::{Mode, OFlags, open};
        open("/dev/tty", OFlags::RDONLY | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).is_ok()
    }
    #[cfg(not(unix))]
    {
        std::io::IsTerminal::is_terminal(&std::io::stdin())
    }
}

/// How many descriptors a runtime takes, and a signal.
const DESCRIPTORS: usize = 8;

/// Runs what waits, to its end. A look-up of a name that hangs is left behind, not waited for.
pub(crate) fn in_runtime<T>(work: impl Future<Output = T>) -> io::Result<T> {
    // Where descriptors run out, tokio panics instead of saying so.
    let room = (0..DESCRIPTORS / 2).map(|_| io::pipe()).collect::<io::Result<Vec<_>>>()?;
    drop(room);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    Ok(result)
}

/// Reads a file of `/proc`; empty where there is none.
#[cfg(unix)]
fn kernel_text(path: &std::path::Path) -> String {
    String::from_utf8_lossy(&kernel_bytes(path)).into_owned()
}

/// The same as bytes, wiped when dropped: the environment of a process may hold a key.
#[cfg(unix)]
fn kernel_bytes(path: &std::path::Path) -> zeroize::Zeroizing<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(8 * 1024));
    #[expect(clippy::disallowed_methods, reason = "the kernel answers at once")]
    if let Ok(file) = std::fs::File::open(path) {
        // What could be read before an error is all there is.
        let _ = file.take(1024 * 1024).read_to_end(&mut bytes);
    }
    bytes
}

/// A field of `/proc/PROCESS/stat`, numbered as in proc(5); `None` where the kernel does not tell.
/// A group or a session that is led from outside of our process namespace (`docker exec`, a job of
/// CI) has the number 0, which rustix's `getsid` and `getpgid` take for impossible.
#[cfg(unix)]
fn stat_field(process: &str, field: usize) -> Option<i32> {
    field_of(&kernel_text(format!("/proc/{process}/stat").as_ref()), field)
}

/// The name of a program, field 2 in parentheses, may hold blanks and parentheses itself.
#[cfg(unix)]
fn field_of(stat: &str, field: usize) -> Option<i32> {
    let (pid, _) = stat.split_once(' ')?;
    if field == 1 {
        return pid.parse().ok();
    }
    let (_, behind_name) = stat.rsplit_once(") ")?;
    behind_name.split(' ').nth(field.checked_sub(3)?)?.parse().ok()
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.buried {
            self.group.kill(&self.handle);
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
