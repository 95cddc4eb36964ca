//! One run of `icr-cf` to be: arguments, variables, what it reads, what it is attached to.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

#[cfg(windows)]
use super::programs::console;
use super::programs::icr_cf;
use super::record::Record;
use super::running::Running;
#[cfg(unix)]
use super::terminal::Echo;
use super::workplace::Workplace;

/// What the standard streams are, and who else is in the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setup {
    /// Three pipes; the process group of the tests.
    Pipes,
    /// A terminal that the program leads itself, as under `ssh -t host icr-cf …`.
    #[cfg(unix)]
    Leader,
    /// A terminal whose shell has job control and put the program into the foreground.
    #[cfg(unix)]
    Job,
}

/// How what is printed on a pipe is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// As it comes.
    AtOnce,
    /// Not before [`Running::read_on`].
    WhenTold,
    /// One line, then the pipe is closed, as `head -1` does.
    OneLine,
    /// Not at all: a pipe is closed at once, a terminal keeps what it can.
    Nobody,
}

/// Runs a job under job control until it ends; `fg` at every key that ends a line. `$0` is made
/// whenever the job has stopped (a job that stops says 128 + SIGSTOP or SIGTSTP, which are 17 to
/// 20 on the systems there are).
#[cfg(unix)]
const SHELL: &str = r#"
set -m
"$@"
status=$?
while [ "$status" -ge 145 ] && [ "$status" -le 148 ]; do
    : > "$0"
    read -r line
    fg > /dev/null
    status=$?
done
exit "$status"
"#;

/// The variable by which the stand-in is told where to write down how it was called.
pub(super) const RECORD_VARIABLE: &str = "CF_STAND_IN_RECORD";

/// What is read on standard input.
#[derive(Debug, Clone)]
pub(super) enum Input {
    Null,
    Bytes(Vec<u8>),
    /// Nothing comes, and no end.
    Open,
}

/// One run to be.
pub(crate) struct Invocation {
    pub(super) place: Workplace,
    pub(super) setup: Setup,
    pub(super) stdout: Reader,
    pub(super) input: Input,
    pub(super) merged: bool,
    #[cfg(unix)]
    pub(super) echo: Echo,
    pub(super) takes_real_cf: bool,
    #[cfg(unix)]
    pub(super) size: Option<(u16, u16)>,
    program: Vec<OsString>,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Run {
    /// The exit code; `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    /// What was printed on standard output; on a terminal, all that was printed.
    pub(crate) stdout: Vec<u8>,
    /// What was printed on standard error.
    pub(crate) stderr: Vec<u8>,
    /// What the stand-in wrote down.
    pub(crate) record: Record,
    /// Whether it was a real cf, which writes nothing down.
    pub(super) had_real_cf: bool,
    /// How long it took.
    pub(crate) time: Duration,
    /// The folders, still there.
    pub(crate) place: Workplace,
}

impl Invocation {
    /// `icr-cf` with these arguments, in a workplace of its own.
    pub(crate) fn new<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        Self::new_in(Workplace::new(), arguments)
    }

    /// The same in a workplace that was prepared.
    pub(crate) fn new_in<A: AsRef<OsStr>>(
        place: Workplace,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let mut variables = place.variables();
        variables.push((RECORD_VARIABLE.into(), place.record_file().into_os_string()));
        let arguments = arguments.into_iter().map(|word| word.as_ref().to_owned()).collect();
        Self {
            place,
            setup: Setup::Pipes,
            stdout: Reader::AtOnce,
            input: Input::Null,
            merged: false,
            #[cfg(unix)]
            echo: Echo::Off,
            takes_real_cf: false,
            #[cfg(unix)]
            size: None,
            program: vec![icr_cf().into()],
            arguments,
            variables,
        }
    }

    /// The same in another workplace; what was said of the first one stays behind, but for the script.
    #[cfg(unix)]
    pub(crate) fn in_place(mut self, place: Workplace) -> Self {
        let (old, new) = (self.place.root().to_owned(), place.root().to_owned());
        for (_, value) in &mut self.variables {
            let text = value.to_str().unwrap();
            *value = text.replace(old.to_str().unwrap(), new.to_str().unwrap()).into();
        }
        Self { place, ..self }
    }

    /// `icr-cf push web --image us.icr.io/acme/web:1 --no-checks` without any key.
    pub(crate) fn push_without_key() -> Self {
        Self::new(["push", "web", "--image", "us.icr.io/acme/web:1", "--no-checks"])
    }

    /// The same with [`super::KEY`] in `ICR_CF_API_KEY` and a script for cf.
    pub(crate) fn push(script: &str) -> Self {
        Self::push_without_key().variable("ICR_CF_API_KEY", super::KEY).script(script)
    }

    /// Calls icr-cf by another name, under which it is on PATH.
    pub(crate) fn called(mut self, name: &str) -> Self {
        self.program = vec![self.place.install_icr_cf(name).into()];
        self
    }

    /// Adds arguments.
    pub(crate) fn arguments<A: AsRef<OsStr>>(mut self, words: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(words.into_iter().map(|word| word.as_ref().to_owned()));
        self
    }

    /// Sets a variable.
    pub(crate) fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Has cf do this in place of a push; `@` before a name makes it a file of the workplace.
    pub(crate) fn script(self, script: &str) -> Self {
        let words =
            script.split_inclusive([' ', ';', '\n']).map(|word| match word.strip_prefix('@') {
                Some(name) => self.place.root().join(name).to_str().unwrap().to_owned(),
                None => word.to_owned(),
            });
        let script: String = words.collect();
        self.variable("CF_STAND_IN_SCRIPT", script)
    }

    /// Attaches it to something else than pipes.
    #[cfg(unix)]
    pub(crate) fn on(mut self, setup: Setup) -> Self {
        self.setup = setup;
        self
    }

    /// Has the terminal be as large, in rows and columns.
    #[cfg(unix)]
    pub(crate) fn sized(mut self, rows: u16, columns: u16) -> Self {
        self.size = Some((rows, columns));
        self
    }

    /// Has the terminal show what is typed.
    #[cfg(unix)]
    pub(crate) fn echo(mut self) -> Self {
        self.echo = Echo::On;
        self
    }

    /// Runs it behind `sh -c SCRIPT sh`, whose `"$@"` it is.
    #[cfg(unix)]
    pub(crate) fn behind_shell(mut self, script: &str) -> Self {
        self.program = ["/bin/sh", "-c", script, "sh"].map(OsString::from).to_vec();
        self.program.push(icr_cf().into());
        self
    }

    /// Runs it on a console of its own, where Ctrl-C is pressed when this file of the workplace is
    /// there.
    #[cfg(windows)]
    pub(crate) fn ctrl_c_at(mut self, file: &str) -> Self {
        self.program = vec![console().into(), self.place.path(file).into(), icr_cf().into()];
        self
    }

    /// Has it read these bytes, then the end.
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Input::Bytes(bytes.into());
        self
    }

    /// Has it read from a pipe in which nothing comes.
    pub(crate) fn stdin_open(mut self) -> Self {
        self.input = Input::Open;
        self
    }

    /// Says how its standard output is read.
    #[cfg(unix)]
    pub(crate) fn stdout(mut self, reader: Reader) -> Self {
        self.stdout = reader;
        self
    }

    /// Has standard output and standard error be one file, as with `> log 2>&1`.
    pub(crate) fn merged(mut self) -> Self {
        self.merged = true;
        self
    }

    /// The folders.
    pub(crate) fn place(&self) -> &Workplace {
        &self.place
    }

    /// The names of its variables.
    pub(super) fn variable_names(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().filter_map(|(name, _)| name.to_str())
    }

    /// Takes a variable away.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self
    }

    /// Starts it.
    pub(crate) fn start(self) -> Running {
        let (command, input) = (self.command(), self.input.clone());
        Running::start(self, command, input)
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Run {
        self.start().finish()
    }

    fn command(&self) -> Command {
        let words = self.words();
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .args(&self.arguments)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .envs(self.real_cf().map(|cf| ("ICR_CF_CF", cf)))
            .current_dir(self.place.path("work"));
        #[cfg(windows)]
        {
            use std::os::windows::process::CommandExt as _;
            // CREATE_NO_WINDOW: a console that nobody sees, and no other process is on.
            command.creation_flags(0x0800_0000);
        }
        if self.setup == Setup::Pipes {
            command.stdin(match self.input {
                Input::Null => Stdio::null(),
                Input::Bytes(_) | Input::Open => Stdio::piped(),
            });
        }
        command
    }

    /// The program, with the words in front of it.
    fn words(&self) -> Vec<OsString> {
        #[cfg(unix)]
        if self.setup == Setup::Job {
            let stopped = self.place.path("job-stopped").into_os_string();
            let shell = ["/bin/sh".into(), "-c".into(), SHELL.into(), stopped];
            return shell.into_iter().chain(self.program.iter().cloned()).collect();
        }
        self.program.clone()
    }
}

impl Run {
    /// What the stand-in wrote down of how it was called; says so where that was a real cf, of which
    /// nothing of the kind is known.
    pub(crate) fn recorded(&self) -> Option<&Record> {
        if self.had_real_cf {
            // Not by `eprintln`, which shows nothing of a test that passes.
            let _ = writeln!(std::io::stderr(), "skipped: what a real cf was called with");
            return None;
        }
        Some(&self.record)
    }

    /// Standard output as text.
    #[track_caller]
    pub(crate) fn out(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// Standard error as text.
    #[track_caller]
    pub(crate) fn err(&self) -> &str {
        std::str::from_utf8(&self.stderr).unwrap()
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        let parsed = serde_json::from_slice(&self.stdout);
        parsed.unwrap_or_else(|error| panic!("no JSON document ({error}): {self}"))
    }

    /// The verdicts in the JSON document: what holds for all apps, then what is of each image.
    #[track_caller]
    pub(crate) fn verdicts(&self) -> Vec<serde_json::Value> {
        let document = self.json();
        let of = |one: &serde_json::Value| one["checks"]["verdicts"].as_array().cloned();
        let Some(shared) = of(&document) else { panic!("no verdicts: {self}") };
        let apps = document["apps"].as_array().unwrap();
        shared.into_iter().chain(apps.iter().filter_map(of).flatten()).collect()
    }

    /// Compares exit code, standard output and standard error, all three, exactly. The workplace
    /// is `[PLACE]` in both texts.
    #[track_caller]
    pub(crate) fn is(&self, code: i32, stdout: &str, stderr: &str) -> &Self {
        let found = (self.code, self.settled(&self.stdout), self.settled(&self.stderr));
        assert_eq!(found, (Some(code), stdout.to_owned(), stderr.to_owned()), "{self}");
        self
    }

    /// Exit code, standard output and standard error in one text, for a snapshot.
    pub(crate) fn snapshot(&self) -> String {
        let code = self.code.map_or_else(|| "none".to_owned(), |code| code.to_string());
        let (out, err) = (self.settled(&self.stdout), self.settled(&self.stderr));
        format!("exit code: {code}\n----- stdout -----\n{out}----- stderr -----\n{err}")
    }

    /// Fails where a form of the secret is in what was printed, or in a file of the workplace
    /// other than `sources`.
    #[track_caller]
    pub(crate) fn shows_nothing_of(&self, secret: &str, sources: &[&Path]) -> &Self {
        use super::forms_in;
        assert_eq!(forms_in(secret, &self.stdout), [""; 0], "on standard output: {self}");
        assert_eq!(forms_in(secret, &self.stderr), [""; 0], "on standard error: {self}");
        for (path, content) in self.place.files() {
            if !sources.contains(&path.as_path()) {
                assert_eq!(forms_in(secret, &content), [""; 0], "in {}: {self}", path.display());
            }
        }
        self
    }

    fn settled(&self, bytes: &[u8]) -> String {
        let root = self.place.root().to_str().unwrap();
        String::from_utf8_lossy(bytes).replace(root, "[PLACE]")
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "after {:?}\n{}\n----- record -----\n", self.time, self.snapshot())?;
        for event in &self.record.events {
            let mut event = event.0.clone();
            if let Some(fields) = event.as_object_mut() {
                fields.remove("env");
            }
            writeln!(f, "{event}")?;
        }
        Ok(())
    }
}
