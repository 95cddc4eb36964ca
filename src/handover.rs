//! Hands a secret to a program that somebody names: in one variable of its environment, and nowhere
//! else. Where it can, this process becomes the program.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::cf;
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, file_word, printable};
use crate::exit_code::ExitCode;
use crate::process::{self, Descendants, InGroup, Input, Job, Patience, Prepare, Signals, Status};
use crate::secret::ApiKey;

/// A program that was found.
pub(crate) struct Program {
    /// As it was called, for messages.
    name: String,
    path: PathBuf,
    arguments: Vec<OsString>,
}

/// What it gets, and how it runs.
pub(crate) struct Handover<'a> {
    /// The variable.
    pub(crate) variable: &'a str,
    /// What is in it.
    pub(crate) secret: Arc<ApiKey>,
    /// The key, which is in no other variable of the program, whatever its name.
    pub(crate) key: Arc<ApiKey>,
    /// The user that goes with the secret, who may stand before it in what is masked.
    pub(crate) user: &'a str,
    /// How it runs.
    pub(crate) manner: Manner,
}

/// How the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// In our place, where the system knows that; else beside us.
    InPlace,
    /// Beside us, since something of ours has to be there until it ends.
    Beside,
    /// Beside us, with the secret masked in what it prints.
    Masked,
}

/// Finds a program as a shell would.
///
/// # Errors
/// It is not there, or cannot be run.
pub(crate) fn find(
    name: &OsString,
    arguments: Vec<OsString>,
    environment: &Environment,
) -> Result<Program, Error> {
    let text = name.to_string_lossy().into_owned();
    let shown = printable(&text);
    if let Some(path) = environment.find_program(&text) {
        return Ok(Program { name: shown, path, arguments });
    }
    let is_path = text.contains(['/', '\\']);
    let there = if is_path {
        Some(environment.absolute(&text)).filter(|path| path.symlink_metadata().is_ok())
    } else {
        environment.plain_file_on_path(&text)
    };
    let Some(there) = there else {
        let error =
            Error::new(ErrorKind::ProgramNotFound, format!("there is no program `{shown}`"));
        return Err(if text.contains(' ') {
            error.hint(
                "a program and its arguments are words of their own: `icr-cf exec -- sh -c '...'`",
            )
        } else {
            error.hint("name a program on PATH, or its path: `icr-cf exec -- ./deploy.sh`")
        });
    };
    let error = Error::new(ErrorKind::ProgramNotExecutable, format!("`{shown}` cannot be run"));
    Err(if there.is_dir() {
        error.seen("it is a folder").hint("name the program in it")
    } else if !there.exists() {
        error.seen("it is a link that leads nowhere").hint("make the link anew")
    } else {
        error.hint(format!("`chmod +x {}`", file_word(&there.to_string_lossy())))
    })
}

/// Runs the program. Does not come back where the program takes our place.
///
/// # Errors
/// It cannot be started.
pub(crate) async fn run(
    program: Program,
    handover: Handover<'_>,
    environment: &Environment,
    signals: &mut Signals,
) -> Result<ExitCode, Error> {
    // What was asked for while the key was looked for is not lost on the program.
    if let Some(signal) = signals.pending().await.filter(|signal| signal.ends()) {
        return Err(Error::new(ErrorKind::Interrupted(signal.code()), "interrupted"));
    }
    let Program { name, path, arguments } = program;
    let job = job(path, arguments, &handover, environment);
    let not_run = |error: &io::Error| refused(&name, error);
    let status = match handover.manner {
        #[cfg(unix)]
        Manner::InPlace => return Err(not_run(&process::replace(job))),
        #[cfg(not(unix))]
        Manner::InPlace => beside(job, signals).await,
        Manner::Beside => beside(job, signals).await,
        Manner::Masked => {
            let secret = (handover.user, &handover.secret);
            cf::passed_on(job, secret, environment.streams, signals).await.map(|end| end.status)
        }
    };
    Ok(match status.map_err(|error| not_run(&error))? {
        Status::Code(0) => ExitCode::Success,
        Status::Code(code) => ExitCode::Child(code),
        Status::Signal(signal) => ExitCode::Signal(signal),
        Status::Unkillable => ExitCode::Software,
    })
}

async fn beside(job: Job, signals: &mut Signals) -> io::Result<Status> {
    Ok(process::spawn(job)?.ended(Duration::MAX, signals).await.status)
}

fn job(
    path: PathBuf,
    arguments: Vec<OsString>,
    handover: &Handover<'_>,
    environment: &Environment,
) -> Job {
    let (variable, secret) = (handover.variable.to_owned(), Arc::clone(&handover.secret));
    let prepare: Prepare = Box::new(move |command| {
        command.env(&variable, secret.expose());
    });
    // On a terminal it is the program that is spoken to, which only the foreground may be.
    let group = if environment.streams.stdin { InGroup::Ours } else { InGroup::Own };
    let mut remove = environment.hidden_variables(&path.to_string_lossy());
    remove.extend(environment.names_of(handover.key.expose()));
    Job {
        remove,
        program: path.into_os_string(),
        arguments,
        set: environment.for_children(),
        prepare: Some(prepare),
        input: Input::Ours,
        stdout: None,
        stderr: None,
        group,
        descendants: Descendants::Group,
        patience: Patience::Endless,
    }
}

fn refused(name: &str, error: &io::Error) -> Error {
    if let Some(error) = Error::scarce(error) {
        return error;
    }
    let message = format!("`{name}` cannot be run: {error}");
    match error.kind() {
        io::ErrorKind::NotFound => Error::new(ErrorKind::ProgramNotFound, message)
            .hint("if it is a script, its first line may name a program that is not there"),
        io::ErrorKind::ArgumentListTooLong => Error::new(ErrorKind::ProgramNotExecutable, message)
            .hint("the arguments and variables are too long together; unset what is not needed"),
        _ => Error::new(ErrorKind::ProgramNotExecutable, message)
            .hint("check that it is a program for this machine, or a script with a `#!` line"),
    }
}
