//! Runs images from IBM Cloud Container Registry on any Cloud Foundry.
//!
//! The flow, which [`run`] follows:
//!
//! ```text
//! args ─┐
//!       ├─► request ─► plan ─┬─► report               --dry-run stops here: no network, no key read
//! env  ─┘   reference        ├─► credentials ─► report              --explain-key stops here
//!                            ├─► credentials ─► checks ─► report    `check` stops here
//!                            └─► credentials ─► checks ─► execution ─► diagnosis ─► report ─► exit code
//! ```
//!
//! A plan is a value: the dry run prints it, the JSON report contains it, execution carries it
//! out. Nobody below this file and `session.rs` asks whether this is a dry run.

use std::ffi::OsString;
use std::time::Duration;

use tokio::sync::oneshot;

pub mod args;
pub mod cf_flags;
pub mod cf_program;
pub mod environment;
pub mod error;
pub mod exit_code;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod manifest;
pub mod plan;
pub mod platform;
pub mod reference;
pub mod region;
pub mod request;
pub mod verdict;

mod cf_home;
mod checks;
mod completion;
mod credentials;
mod diagnosis;
mod execution;
mod hardening;
mod jwt;
mod process;
mod reading;
mod report;
mod resolve;
mod secret_shape;
mod session;
mod spelling;
mod temporary;

use args::{Command, OutputFormat, Parsed, PushArgs};
use cf_program::CfProgram;
use environment::Environment;
use error::Error;
use exit_code::ExitCode;
use process::Signals;
use report::Announcer;
use request::{Goal, Mode, PushRequest};
use session::{Session, release};

pub use hardening::keep_secrets_in_memory;

/// Does what the words ask for; the first is the program's name.
#[must_use]
pub fn run(arguments: &[OsString], environment: &Environment) -> ExitCode {
    process::drop_those_of_writes();
    if completion::answered(arguments, environment) {
        return ExitCode::Success;
    }
    let cli = match args::parse(arguments) {
        Ok(Parsed::Command(cli)) => *cli,
        Ok(Parsed::Help(text)) => {
            return ended(report::say_as_is(&text), None, OutputFormat::Text, environment);
        }
        Err(error) => {
            let json = args::wants_json(arguments);
            let output = if json { OutputFormat::Json } else { OutputFormat::Text };
            return refused(&error, args::command_name(arguments), output, environment);
        }
    };
    match cli.command {
        Command::Push(args) => {
            let output = args.output;
            push(*args, Goal::Push, environment)
                .unwrap_or_else(|error| refused(&error, Some("push"), output, environment))
        }
        Command::Check(args) => {
            let output = args.output;
            push(*args, Goal::Verdicts, environment)
                .unwrap_or_else(|error| refused(&error, Some("check"), output, environment))
        }
        Command::Resolve(args) => {
            let output = args.output;
            resolve::run(*args, environment)
                .unwrap_or_else(|error| refused(&error, Some("resolve"), output, environment))
        }
        Command::Regions(args) => {
            let said = report::regions(args.output, environment);
            ended(said, Some("regions"), args.output, environment)
        }
        Command::Completions { shell } => {
            let said = completion::script(shell).and_then(|script| report::say_as_is(&script));
            ended(said, Some("completions"), OutputFormat::Text, environment)
        }
    }
}

fn ended(
    result: Result<(), Error>,
    command: Option<&'static str>,
    output: OutputFormat,
    environment: &Environment,
) -> ExitCode {
    match result {
        Ok(()) => ExitCode::Success,
        Err(error) => refused(&error, command, output, environment),
    }
}

fn refused(
    error: &Error,
    command: Option<&'static str>,
    output: OutputFormat,
    environment: &Environment,
) -> ExitCode {
    report::fail(error, command, output, environment);
    error.exit_code()
}

fn push(args: PushArgs, goal: Goal, environment: &Environment) -> Result<ExitCode, Error> {
    let request = request::push(args, goal, environment)?;
    let knowing;
    let environment = if request.secret_variables.is_empty() {
        environment
    } else {
        knowing = environment.knowing_secrets(&request.secret_variables);
        &knowing
    };
    let cf = match (cf_program::locate(request.cf.as_ref(), environment), request.mode) {
        (Err(error), Mode::Push | Mode::Check) => return Err(error),
        (Err(_), Mode::DryRun | Mode::ExplainKey | Mode::ForeseeKey) => CfProgram::absent(),
        (Ok(cf), _) => cf,
    };
    process::in_runtime(push_with(&request, cf, environment))
        .map_err(|error| Error::internal("no runtime", &error))?
}

/// How long a pipe of certificates may take, where there are no checks whose bound it has.
const LEND_LIMIT: Duration = Duration::from_secs(30);
/// How long what is done beside a push may take behind its end.
const LAST: Duration = Duration::from_secs(1);

async fn push_with(
    request: &PushRequest,
    cf: CfProgram,
    environment: &Environment,
) -> Result<ExitCode, Error> {
    let announcer = Announcer::new(request.voice, environment);
    let mut signals = Signals::listen().map_err(|error| Error::internal("no signals", &error))?;
    let limit = request.checks.as_ref().map_or(LEND_LIMIT, |checks| checks.limit);
    let lent = match request.mode {
        Mode::Push | Mode::Check => checks::lend(limit, environment, &mut signals).await?,
        Mode::DryRun | Mode::ExplainKey | Mode::ForeseeKey => None,
    };
    let environment = lent.as_ref().map_or(environment, |lent| &lent.environment);
    let release = release(request, &cf, environment, announcer, &mut signals).await?;
    let command = request.goal.command();
    match request.mode {
        Mode::ForeseeKey => {
            let looked = session::foresee(request, environment);
            report::key_sources(&looked, command, request.output, environment)?;
            return Ok(ExitCode::Success);
        }
        Mode::ExplainKey => {
            let explained = session::explain(request, environment, &mut signals).await;
            return report::explained(&explained, announcer, command, request.output);
        }
        Mode::Push | Mode::Check | Mode::DryRun => {}
    }
    let authorities = match request.checks.as_ref().filter(|_| request.mode != Mode::DryRun) {
        Some(checks) => {
            let ca_file = checks.ca_file.as_deref();
            checks::authorities(ca_file, checks.limit, environment, &mut signals).await?
        }
        None => checks::Authorities::none(),
    };
    for note in &authorities.notes {
        announcer.warn(note);
    }
    let removed = match request.mode {
        Mode::Push => Some(beside(temporary::remove_left(environment))),
        Mode::Check | Mode::DryRun | Mode::ExplainKey | Mode::ForeseeKey => None,
    };
    let signals = &mut signals;
    let session = Session {
        request,
        environment,
        announcer,
        signals,
        cf,
        release,
        authorities,
        deadline: None,
    };
    let code = session.run().await;
    if let Some(removed) = removed {
        // Long done, but for a folder of thousands; then the next run goes on with it.
        let _ = tokio::time::timeout(LAST, removed).await;
    }
    code
}

/// Has something done meanwhile; the answer comes when it is.
fn beside(work: impl FnOnce() + Send + 'static) -> oneshot::Receiver<()> {
    let (tell, told) = oneshot::channel();
    let work = move || {
        work();
        // Whoever does not wait any more does not need to be told.
        let _ = tell.send(());
    };
    // Where no thread is to be had, it is not done, and the answer is that.
    let _ = std::thread::Builder::new().name("beside".into()).spawn(work);
    told
}
