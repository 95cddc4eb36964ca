//! Runs images from IBM Cloud Container Registry on any Cloud Foundry.
//!
//! The flow, with one record for each app (`AppRun`) that every stage fills in:
//!
//! ```text
//! args ─┐            ┌──────────────────────── for each app ────────────────────────┐
//!       ├─► request ─┤ login settled ─ secret ─ registry found ─ checked ─ planned ─├─► report ─► exit code
//! env  ─┘            └──────────────────────────────────────────────── cf ─ ending ─┘
//! ```
//!
//! A file of `commands` says at which stage its command stops: a dry run before a key is read, `check`
//! before cf. A plan is a value, made once, when the image is final: the dry run prints it, the JSON
//! document contains it, a run of cf carries it out.

use std::ffi::OsString;

mod app;
mod capi;
mod cf;
mod cf_flags;
mod cf_plugin;
mod cf_program;
mod cli;
mod commands;
mod credentials;
mod deployed;
pub mod environment;
mod error;
pub mod exit_code;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod handover;
mod hardening;
mod http;
mod icr;
mod image_platform;
mod jwt;
mod login_files;
mod manifest;
mod private_files;
mod process;
mod reading;
mod reference;
pub mod region;
mod report;
mod request;
mod secret;
mod secret_shape;
mod settings;
mod spelling;
mod stages;
mod temporary;
mod token_cache;
pub mod verdict;

use cli::{Command, Parsed, PushOutput};
use environment::Environment;
use error::Error;
use exit_code::ExitCode;
use request::Goal;

pub use hardening::keep_secrets_in_memory;

/// The grammar of the command line, for what is made of it: manual pages.
#[must_use]
pub fn command_line() -> clap::Command {
    <cli::Cli as clap::CommandFactory>::command()
}

/// Does what the words ask for; the first is the program's name.
#[must_use]
pub fn run(arguments: &[OsString], environment: &Environment) -> ExitCode {
    process::drop_those_of_writes();
    if commands::credential_helper::is_called(arguments) {
        return commands::credential_helper::run(arguments, environment);
    }
    if commands::completions::answered(arguments, environment) {
        return ExitCode::Success;
    }
    match commands::plugin::call(arguments) {
        Some(call) => commands::plugin::run(call, environment, typed),
        None => typed(arguments, environment),
    }
}

/// Does what the words ask for that a user has typed.
fn typed(arguments: &[OsString], environment: &Environment) -> ExitCode {
    let (done, command, output) = match cli::parse(arguments) {
        Ok(Parsed::Command(cli)) => {
            let (name, output) = (cli.command.name(), cli.command.output());
            (dispatch(cli.command, environment), Some(name), output)
        }
        Ok(Parsed::Help(text)) => {
            let text = environment.spoken.said(&text);
            let said = report::say_as_is(&text).map(|()| ExitCode::Success);
            (said, None, PushOutput::Text)
        }
        Err(error) => (Err(error), cli::command_name(arguments), cli::asked_output(arguments)),
    };
    done.unwrap_or_else(|error| {
        report::fail(&error, command, output, environment);
        error.exit_code()
    })
}

fn dispatch(command: Command, environment: &Environment) -> Result<ExitCode, Error> {
    match command {
        Command::Push(args) => commands::push::run(*args, Goal::Push, environment),
        Command::Check(args) => commands::push::run(*args, Goal::Verdicts, environment),
        Command::Diff(args) => commands::push::run(*args, Goal::Difference, environment),
        Command::Audit(args) => commands::audit::run(*args, environment),
        Command::Rotate(args) => commands::rotate::run(*args, environment),
        Command::Rollback(args) => commands::rollback::run(*args, environment),
        Command::Doctor(args) => commands::doctor::run(*args, environment),
        Command::Exec(args) => commands::exec::run(*args, environment),
        Command::Login(args) => commands::login::login(&args, environment),
        Command::Logout(args) => commands::login::logout(&args, environment),
        Command::Resolve(args) => commands::resolve::run(*args, environment),
        Command::Config(args) => commands::config::run(args, environment),
        Command::Regions(args) => commands::regions::run(args.output, environment),
        Command::Completions { shell } => commands::completions::run(shell),
        Command::Help(args) => commands::help::run(&args, environment),
    }
}
