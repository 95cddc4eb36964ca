//! Runs cf: asks its release, carries a plan out, shows an app's log. The key is opened here once,
//! in the closure that sets the child's variable.

use std::ffi::OsString;
use std::io::{self, PipeWriter};
use std::sync::Arc;
use std::time::Duration;

use crate::cf_flags::Release;
use crate::cf_program::CfProgram;
use crate::environment::{CF_DOCKER_PASSWORD, Environment};
use crate::error::{Error, ErrorKind};
use crate::process::{
    self, ChildEnd, Descendants, InGroup, Input, Job, NoOutput, Patience, Prepare, Signals, Status,
    Stopped,
};
use crate::secret::{ApiKey, Masker};

pub(crate) mod diagnosis;
mod ending;
mod homes;
mod line_writer;
mod logs;
mod others;
mod pipes;
pub(crate) mod plan;
mod refresh;
mod relay;
mod routes;
mod runs;
mod sent;
mod tail;
pub(crate) mod watch;

pub(crate) use ending::{Ending, Outcome, seconds, time};
pub(crate) use logs::{Logs, logs};
pub(crate) use others::{Passage, passed_on};
pub(crate) use refresh::{refresh, renew};
pub(crate) use routes::address;
pub(crate) use runs::{Ended, Pace, Run, push};
pub(crate) use sent::{Sent, sent};
pub(crate) use tail::Phase;
pub(crate) use watch::{Nobody, Watch};

use pipes::Pipes;
use plan::Plan;
use relay::{Filter, Unread};
use tail::Last;

/// How long whoever reads our output may take for the end of it, at least.
const LAST_READ: Duration = Duration::from_secs(60);
/// The same where cf was told to end, and so are we.
const LAST_READ_AT_AN_END: Duration = Duration::from_secs(5);
/// How long `cf version` may take.
const VERSION_LIMIT: Duration = Duration::from_secs(20);

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
        remove: process::names(environment.hidden_variables(cf.name())),
        set: environment.for_children(),
        ..Job::question(program(cf), words.map(OsString::from).collect())
    }
}

/// The last field of the line that says `version`, as in `cf version 8.18.4+3fcd823.2026-06-29`.
fn find_release(text: &str) -> Option<Release> {
    text.lines()
        .filter(|line| line.split_whitespace().any(|word| word == "version"))
        .filter_map(|line| Release::parse(line.split_whitespace().last()?))
        .rfind(|release| *release != Release(0, 0, 0))
}

/// The cf that pushes.
fn push_job(
    plan: &Plan,
    secret: Option<&Arc<ApiKey>>,
    environment: &Environment,
    stdout: PipeWriter,
    stderr: PipeWriter,
) -> Job {
    let words = plan.command.iter().skip(1).map(String::as_str);
    let mut job = job(plan, words, environment, stdout, stderr);
    job.prepare = secret.map(|key| -> Prepare {
        let key = Arc::clone(key);
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
        remove: process::names(changes.hidden()),
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
    run: Run<'_>,
    limit: Duration,
    signals: &mut Signals,
) -> Result<(ChildEnd, Last), Error> {
    let Run { plan, secret } = run;
    let child = process::spawn(job).map_err(|error| spawn_error(&plan.cf.program, &error))?;
    // Only now: cf starts up while the relays are made.
    let outputs = pipes.relay(Unread::GoesOn, None, || filter(plan, secret));
    let outputs = outputs.map_err(|error| pipe_error(&error))?;
    let ended = child.ended(limit, signals).await;
    let last = outputs.finish(patience(limit, ended.stopped()), signals).await;
    Ok((ended, last))
}

/// How long whoever reads our output may take for what cf has said last, by what ended it early.
fn patience(limit: Duration, stopped: Option<Stopped>) -> Duration {
    match stopped {
        Some(Stopped::TimedOut | Stopped::By(_)) => LAST_READ_AT_AN_END,
        None => limit.max(LAST_READ),
    }
}

/// Makes the filter for what a cf prints, in the thread that reads it.
fn filter(plan: &Plan, secret: Option<&Arc<ApiKey>>) -> impl FnOnce() -> Filter + Send + use<> {
    let secret = secret.map(|key| (Arc::clone(key), plan.user().to_owned()));
    move || Filter::of(secret.map(|(key, user)| Masker::new(&key, &user)))
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
