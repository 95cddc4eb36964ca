//! Runs cf: asks its release, carries a plan out, shows an app's log. The key is opened here once,
//! in the closure that sets the child's variable.

use std::ffi::OsString;
use std::io::{self, PipeWriter};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::args::OutputFormat;
use crate::cf_flags::Release;
use crate::cf_program::CfProgram;
use crate::credentials::{Found, Redactor};
use crate::environment::{CF_DOCKER_PASSWORD, Environment};
use crate::error::{Error, ErrorKind};
use crate::exit_code::ExitCode;
use crate::plan::Plan;
use crate::process::{
    self, Descendants, Ended, InGroup, Input, Job, NoOutput, Patience, Prepare, Signals, Status,
};

mod home;
mod lines;
mod logs;
mod output;
mod refresh;
mod relay;
mod routes;
mod side_by_side;
pub(crate) mod watch;

pub(crate) use logs::{Logs, logs};
pub(crate) use output::Phase;
use output::{Last, Layout, Pipes};
pub(crate) use refresh::refresh;
use relay::Filter;
pub(crate) use routes::address;
pub(crate) use side_by_side::{Ending, Endings, Pace, Run, push_all};
pub(crate) use watch::Watch;

/// How long whoever reads our output may take for the end of it, at least.
const LAST_READ: Duration = Duration::from_secs(60);
/// The same where cf was told to end, and so are we.
const LAST_READ_AT_AN_END: Duration = Duration::from_secs(5);
/// How long `cf version` may take.
const VERSION_LIMIT: Duration = Duration::from_secs(20);

/// What became of a push.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Outcome {
    /// What this process exits with.
    pub(crate) exit_code: u8,
    /// What cf exited with; `null` where it was ended by a signal.
    pub(crate) cf_exit_code: Option<u8>,
    /// The signal that ended cf.
    pub(crate) signal: Option<u8>,
    /// Whether `--timeout` ran out.
    pub(crate) timed_out: bool,
    /// Whether cf was ended because it wanted to ask at the terminal, which it cannot.
    pub(crate) wanted_terminal: bool,
    /// The signal that asked us to end, by name.
    pub(crate) interrupted: Option<&'static str>,
    /// How far cf came, read from what it printed.
    pub(crate) phase: Phase,
    /// How long cf ran.
    pub(crate) seconds: f64,
    /// The routes of the app, read from what cf printed, where it was pushed.
    pub(crate) routes: Vec<String>,
    /// The end of what cf printed, where it failed.
    pub(crate) last_lines: Vec<String>,
    /// Whether somebody took all of cf's output; who did not, will not take ours.
    #[serde(skip)]
    pub(crate) was_read: bool,
}

impl Outcome {
    /// Whether the app's log has something of this push: before staging there is nothing in it.
    pub(crate) fn has_log(&self) -> bool {
        match self.phase {
            Phase::Staging | Phase::Starting => true,
            Phase::Started | Phase::Pushing | Phase::Done => false,
        }
    }

    /// Whether another cf may be run to show the log: nobody has asked for an end, and cf can do
    /// without a terminal.
    pub(crate) fn allows_logs(&self) -> bool {
        self.has_log() && self.interrupted.is_none() && !self.wanted_terminal && self.was_read
    }
}

/// Asks the installed cf for its release; `None` where it does not know it itself.
///
/// # Errors
/// It cannot be run, takes too long, or is interrupted.
pub(crate) async fn release(
    cf: &CfProgram,
    environment: &Environment,
    signals: &mut Signals,
) -> Result<Option<Release>, Error> {
    let printed = match process::output(asking(cf, "version", environment), VERSION_LIMIT, signals)
        .await
    {
        Ok(printed) => printed,
        Err(NoOutput::TooBig) => return Ok(None),
        Err(NoOutput::Io(error)) => return Err(spawn_error(cf, &error)),
        Err(NoOutput::Interrupted(signal)) => {
            return Err(Error::new(ErrorKind::Interrupted(signal.code()), "interrupted"));
        }
        Err(NoOutput::TimedOut) => {
            let (line, limit) = (cf.line(&["version"]), humantime::format_duration(VERSION_LIMIT));
            let message = format!("`{line}` did not end within {limit}");
            return Err(Error::new(ErrorKind::TimedOut, message));
        }
    };
    // A wrapper named cf need not know `version`; then cf judges its flags by itself.
    let known = printed.status == Status::Code(0);
    Ok(known.then(|| find_release(&String::from_utf8_lossy(&printed.bytes))).flatten())
}

/// A cf that says something of itself, without any secret.
fn asking(cf: &CfProgram, command: &str, environment: &Environment) -> Job {
    let words = cf.words.iter().skip(1).map(String::as_str).chain([command]);
    Job {
        program: program(cf),
        arguments: words.map(OsString::from).collect(),
        remove: environment.hidden_variables(cf.name()),
        set: environment.for_children(),
        prepare: None,
        input: Input::Null,
        stdout: None,
        stderr: None,
        group: InGroup::Own,
        descendants: Descendants::Group,
        patience: Patience::Short,
    }
}

/// The last field of the line that says `version`, as in `cf version 8.18.4+3fcd823.2026-06-29`.
fn find_release(text: &str) -> Option<Release> {
    text.lines()
        .filter(|line| line.split_whitespace().any(|word| word == "version"))
        .filter_map(|line| Release::parse(line.split_whitespace().last()?))
        .rfind(|release| *release != Release(0, 0, 0))
}

/// Carries the plan out, with the key where the image needs one.
///
/// # Errors
/// cf could not be started.
pub(crate) async fn push(
    plan: &Plan,
    secret: Option<&Found>,
    environment: &Environment,
    output: OutputFormat,
    limit: Duration,
    signals: &mut Signals,
) -> Result<Outcome, Error> {
    let (pipes, stdout, stderr) =
        Pipes::open(Layout::of(environment.streams, output)).map_err(|error| pipe_error(&error))?;
    let job = push_job(plan, secret, environment, stdout, stderr);
    let (ended, last) = relayed(job, pipes, plan, secret, limit, signals).await?;
    Ok(outcome(ended, last))
}

/// The cf that pushes.
fn push_job(
    plan: &Plan,
    secret: Option<&Found>,
    environment: &Environment,
    stdout: PipeWriter,
    stderr: PipeWriter,
) -> Job {
    let words = plan.command.iter().skip(1).map(String::as_str);
    let mut job = job(plan, words, environment, stdout, stderr);
    job.prepare = secret.map(|found| -> Prepare {
        let key = Arc::clone(&found.key);
        Box::new(move |command| {
            command.env(CF_DOCKER_PASSWORD, key.expose());
        })
    });
    job
}

/// A cf in the environment of the plan, without any key.
fn job<'a>(
    plan: &Plan,
    arguments: impl Iterator<Item = &'a str>,
    environment: &Environment,
    stdout: PipeWriter,
    stderr: PipeWriter,
) -> Job {
    let changes = &plan.environment;
    let set = changes.set.iter().map(|set| (set.name.to_string(), set.value.into()));
    Job {
        program: program(&plan.cf.program),
        arguments: arguments.map(OsString::from).collect(),
        remove: changes.hidden(),
        set: set.chain(environment.for_children()).collect(),
        prepare: None,
        input: Input::Null,
        stdout: Some(stdout),
        stderr: Some(stderr),
        group: InGroup::Own,
        descendants: Descendants::All,
        patience: Patience::Full,
    }
}

/// Runs cf to its end, with what it prints passed on through the filter.
async fn relayed(
    job: Job,
    pipes: Pipes,
    plan: &Plan,
    secret: Option<&Found>,
    limit: Duration,
    signals: &mut Signals,
) -> Result<(Ended, Last), Error> {
    let child = process::spawn(job).map_err(|error| spawn_error(&plan.cf.program, &error))?;
    // Only now: cf starts up while the relays are made.
    let outputs = pipes.relay(|| filter(plan, secret)).map_err(|error| pipe_error(&error))?;
    let ended = child.ended(limit, signals).await;
    let last = outputs.finish(patience(&ended, limit), signals).await;
    Ok((ended, last))
}

/// How long whoever reads our output may take for what cf has said last.
fn patience(ended: &Ended, limit: Duration) -> Duration {
    let told_to_end = ended.timed_out || ended.interrupted.is_some();
    if told_to_end { LAST_READ_AT_AN_END } else { limit.max(LAST_READ) }
}

/// Makes the filter for what a cf prints, in the thread that reads it.
fn filter(plan: &Plan, secret: Option<&Found>) -> impl FnOnce() -> Filter + Send + use<> {
    let secret = secret.map(|found| (Arc::clone(&found.key), plan.user().to_owned()));
    move || Filter::of(secret.map(|(key, user)| Redactor::new(&key, &user)))
}

fn outcome(ended: Ended, last: Last) -> Outcome {
    let (cf_exit_code, signal) = match ended.status {
        Status::Code(code) => (Some(code), None),
        Status::Signal(signal) => (None, Some(signal)),
        Status::Unkillable => (None, None),
    };
    let exit_code = match ended.status {
        Status::Unkillable => ExitCode::TimedOut,
        Status::Code(_) | Status::Signal(_) if ended.timed_out => ExitCode::TimedOut,
        Status::Code(code) => ExitCode::Child(code),
        Status::Signal(signal) => ExitCode::Signal(signal),
    };
    let succeeded = exit_code.code() == 0;
    Outcome {
        exit_code: exit_code.code(),
        cf_exit_code,
        signal,
        timed_out: ended.timed_out,
        wanted_terminal: ended.wanted_terminal,
        interrupted: ended.interrupted.map(process::Signal::name),
        phase: if succeeded { Phase::Done } else { last.phase },
        seconds: (ended.time.as_secs_f64() * 1000.0).round() / 1000.0,
        routes: if succeeded { last.routes } else { Vec::new() },
        last_lines: if succeeded { Vec::new() } else { last.lines },
        was_read: last.was_read,
    }
}

fn program(cf: &CfProgram) -> OsString {
    let word = || cf.words.first().map(OsString::from).unwrap_or_default();
    cf.path.clone().map_or_else(word, std::path::PathBuf::into_os_string)
}

fn pipe_error(error: &io::Error) -> Error {
    Error::internal("no way to take the output of cf", error)
}

fn spawn_error(cf: &CfProgram, error: &io::Error) -> Error {
    if let Some(error) = Error::scarce(error) {
        return error;
    }
    let name =
        cf.path.as_ref().map_or_else(|| cf.words.join(" "), |path| path.display().to_string());
    let kind = match error.kind() {
        io::ErrorKind::NotFound => ErrorKind::CfNotFound,
        _ => ErrorKind::CfNotExecutable,
    };
    let shown = Error::new(kind, format!("`{name}` cannot be run: {error}"));
    match error.kind() {
        io::ErrorKind::NotFound => {
            shown.hint("if it is a script, its first line may name a program that is not there")
        }
        io::ErrorKind::ArgumentListTooLong => shown
            .hint("the arguments and variables are too long together; unset what is not needed"),
        _ => {
            shown.hint("check that it is a program for this machine, or a script with a `#!` line")
        }
    }
}

#[cfg(test)]
mod tests;
