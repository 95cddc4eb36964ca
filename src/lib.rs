//! Runs images from IBM Cloud Container Registry on any Cloud Foundry.
//!
//! The flow, which [`run`] follows:
//!
//! ```text
//! args ─┐
//!       ├─► request ─► plan ─┬─► report               --dry-run stops here: no network, no key read
//! env  ─┘   reference        │
//!                            └─► credentials ─► execution ─► report ─► exit code
//! ```
//!
//! A plan is a value: the dry run prints it, the JSON report contains it, execution carries it
//! out. Nobody below this file asks whether this is a dry run.

use std::ffi::OsString;

use clap::CommandFactory as _;

pub mod args;
pub mod cf_flags;
pub mod cf_program;
pub mod environment;
pub mod error;
pub mod exit_code;
pub mod plan;
pub mod reference;
pub mod region;
pub mod request;
pub mod verdict;

#[expect(dead_code, reason = "nothing asks for them yet")]
mod checks;
mod credentials;
mod execution;
mod hardening;
mod jwt;
mod process;
mod report;
mod resolve;
mod secret_shape;

use args::{Command, OutputFormat, Parsed, PushArgs};
use cf_program::CfProgram;
use environment::Environment;
use error::{Error, ErrorKind};
use exit_code::ExitCode;
use plan::Plan;
use process::Signals;
use report::Announcer;
use request::{Mode, PushRequest};

pub use hardening::keep_secrets_in_memory;

/// Does what the words ask for; the first is the program's name.
#[must_use]
pub fn run(arguments: &[OsString], environment: &Environment) -> ExitCode {
    let cli = match args::parse(arguments) {
        Ok(Parsed::Command(cli)) => *cli,
        Ok(Parsed::Help(text)) => {
            return ended(report::say(&text), None, OutputFormat::Text);
        }
        Err(error) => {
            let json = args::wants_json(arguments);
            let output = if json { OutputFormat::Json } else { OutputFormat::Text };
            return refused(&error, args::command_name(arguments), output);
        }
    };
    match cli.command {
        Command::Push(args) => {
            let output = args.output;
            push(*args, environment).unwrap_or_else(|error| refused(&error, Some("push"), output))
        }
        Command::Resolve(args) => resolve::run(&args, environment)
            .unwrap_or_else(|error| refused(&error, Some("resolve"), args.output)),
        Command::Regions(args) => ended(report::regions(args.output), Some("regions"), args.output),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut args::Cli::command(), "icr-cf", &mut script);
            let said = report::say(&String::from_utf8_lossy(&script));
            ended(said, Some("completions"), OutputFormat::Text)
        }
    }
}

fn ended(
    result: Result<(), Error>,
    command: Option<&'static str>,
    output: OutputFormat,
) -> ExitCode {
    match result {
        Ok(()) => ExitCode::Success,
        Err(error) => refused(&error, command, output),
    }
}

fn refused(error: &Error, command: Option<&'static str>, output: OutputFormat) -> ExitCode {
    report::fail(error, command, output);
    error.exit_code()
}

fn push(args: PushArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let request = request::push(args, environment)?;
    let cf = match (cf_program::locate(request.cf.as_ref(), environment), request.mode) {
        (Err(error), Mode::Push) => return Err(error),
        (Err(_), Mode::DryRun | Mode::ExplainKey | Mode::ForeseeKey) => CfProgram::absent(),
        (Ok(cf), _) => cf,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| internal("no runtime", &error))?;
    runtime.block_on(push_with(&request, cf, environment))
}

async fn push_with(
    request: &PushRequest,
    cf: CfProgram,
    environment: &Environment,
) -> Result<ExitCode, Error> {
    let announcer = Announcer::new(request.voice, environment);
    let mut signals = Signals::listen().map_err(|error| internal("no signals", &error))?;
    let release = if cf.path.is_some() && plan::needs_release(request, environment) {
        let release = execution::release(&cf, &mut signals).await?;
        match release {
            Some(release) => announcer.detail(&format!("cf is release {release}")),
            None => announcer.warn(&format!(
                "`{}` does not say a release; the flags are not checked against it",
                cf.line(&["version"])
            )),
        }
        release
    } else {
        None
    };
    let plan = plan::plan(request, cf, release, environment)?;
    for warning in &plan.warnings {
        announcer.warn(warning);
    }
    match request.mode {
        Mode::DryRun => {
            report::dry_run(&plan, request.output)?;
            Ok(ExitCode::Success)
        }
        Mode::ForeseeKey => {
            let looked = credentials::foresee(&request.key, &plan.image.host, environment);
            report::key_sources(&looked, None, request.output)?;
            Ok(ExitCode::Success)
        }
        Mode::ExplainKey => {
            let found = credentials::find(
                &request.key,
                &request.username,
                &plan.image.host,
                environment,
                &mut signals,
            )
            .await?;
            announcer.notices(&found.notices);
            report::key_sources(&found.looked_at, Some(&found), request.output)?;
            Ok(ExitCode::Success)
        }
        Mode::Push => carry_out(request, &plan, environment, &mut signals, announcer).await,
    }
}

async fn carry_out(
    request: &PushRequest,
    plan: &Plan,
    environment: &Environment,
    signals: &mut Signals,
    announcer: Announcer,
) -> Result<ExitCode, Error> {
    announcer.phase(&format!("image {}", plan.image.pushed));
    let found =
        credentials::find(&request.key, &request.username, &plan.image.host, environment, signals)
            .await?;
    announcer.notices(&found.notices);
    announcer.phase(&format!("key from {}", found.source));
    // One that came between two children would otherwise reach a cf that is not to be started.
    while let Some(signal) = signals.pending().await {
        if signal.ends() {
            return Err(Error::new(
                ErrorKind::Interrupted(signal.code()),
                "interrupted before cf ran",
            ));
        }
    }
    // Not the whole command line: a log keeps it, and `--var` or `-c` may hold what it should not.
    announcer.phase(&format!("running {}", plan.short_line()));
    announcer.detail(&shell_words::join(&plan.command));
    let outcome =
        execution::push(plan, &found, environment, request.output, request.timeout, signals)
            .await?;
    // A reader that left cf's words lying would keep us at ours for ever.
    if outcome.was_read {
        report::outcome(plan, &found, &outcome, request.output, announcer);
    }
    Ok(ExitCode::Child(outcome.exit_code))
}

fn internal(what: &str, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Internal, format!("{what}: {error}"))
}
