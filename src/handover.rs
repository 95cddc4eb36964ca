//! Hands a secret to a program: in one variable of its environment or by its standard input, and nowhere
//! else. Where it can, this process becomes the program.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::cf::{self, Passage};
use crate::cli::OutputFormat;
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, made_runnable, printable};
use crate::exit_code::ExitCode;
use crate::process::{
    self, ChildEnd, Descendants, InGroup, Input, Job, Patience, Prepare, Signals, Status, Writes,
};
use crate::secret::ApiKey;

/// Length from which on a key is known wherever it stands.
const TELLING: usize = 16;

/// A program that was found.
pub(crate) struct Program {
    /// As it was called, for messages.
    name: String,
    path: PathBuf,
    arguments: Vec<OsString>,
}

/// Where a program finds the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By<'a> {
    /// In this variable.
    Variable(&'a str),
    /// On its standard input.
    Stdin,
}

/// What it gets, and how it runs.
pub(crate) struct Handover<'a> {
    /// Where it finds it.
    pub(crate) by: By<'a>,
    /// The secret.
    pub(crate) secret: Arc<ApiKey>,
    /// The key, which is in no other variable of the program, whatever its name, and is masked as well.
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
    /// The same for so long at most; what it prints is none of our document.
    Within(Duration, OutputFormat),
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
        error.hint(made_runnable(&there.to_string_lossy()))
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
    let (user, secrets) = (handover.user, [&handover.secret, &handover.key]);
    let (limit, output) = match handover.manner {
        Manner::Within(limit, output) => (limit, output),
        Manner::InPlace | Manner::Beside | Manner::Masked => (Duration::MAX, OutputFormat::Text),
    };
    let end = match handover.manner {
        #[cfg(unix)]
        Manner::InPlace => return Err(not_run(&process::replace(job))),
        #[cfg(not(unix))]
        Manner::InPlace => beside(job, signals).await.map(|end| (end, None)),
        Manner::Beside => beside(job, signals).await.map(|end| (end, None)),
        Manner::Masked | Manner::Within(..) => {
            let passage = Passage { limit, output, streams: environment.streams };
            cf::passed_on(job, (user, secrets), passage, signals).await
        }
    };
    let (end, unwritten) = end.map_err(|error| not_run(&error))?;
    // What goes on behind it is ours to leave: it may have taken the signal for a reason to end well.
    if let (Manner::Within(..), Some(signal)) = (handover.manner, end.interrupted) {
        return Ok(ExitCode::Signal(signal.code()));
    }
    if end.wanted_terminal {
        let message =
            format!("`{name}` was ended: it, or what it runs, wanted to ask at the terminal");
        return Err(Error::new(ErrorKind::Setup, message)
            .seen("it runs in the background, or there is no terminal")
            .hint("run the same in the foreground of a terminal"));
    }
    if end.timed_out {
        let limit = humantime::format_duration(limit);
        return Err(Error::new(
            ErrorKind::TimedOut,
            format!("`{name}` did not end within {limit}"),
        ));
    }
    if let (Status::Code(0), Some(why)) = (end.status, unwritten) {
        let message = format!("what `{name}` printed cannot be written: {why}");
        return Err(Error::new(ErrorKind::Output, message));
    }
    Ok(match end.status {
        Status::Code(0) => ExitCode::Success,
        Status::Code(code) => ExitCode::Child(code),
        Status::Signal(signal) => ExitCode::Signal(signal),
        Status::Unkillable => ExitCode::Software,
    })
}

async fn beside(job: Job, signals: &mut Signals) -> io::Result<ChildEnd> {
    Ok(process::spawn(job)?.ended(Duration::MAX, signals).await)
}

fn job(
    path: PathBuf,
    arguments: Vec<OsString>,
    handover: &Handover<'_>,
    environment: &Environment,
) -> Job {
    let secret = Arc::clone(&handover.secret);
    let (prepare, input): (Option<Prepare>, Input) = match handover.by {
        By::Stdin => {
            let write: Writes = Box::new(move |pipe| pipe.write_all(secret.expose().as_bytes()));
            (None, Input::Written(write))
        }
        By::Variable(variable) => {
            let variable = variable.to_owned();
            let prepare: Prepare = Box::new(move |command| {
                command.env(&variable, secret.expose());
            });
            (Some(prepare), Input::Ours)
        }
    };
    // On a terminal it is the program that is spoken to, which only the foreground may be, and it may
    // ask there whatever its standard input is.
    let group = if process::has_terminal() { InGroup::Ours } else { InGroup::Own };
    let mut remove = process::names(environment.hidden_variables(&path.to_string_lossy()));
    remove.extend(environment.names_of(|held| holds(held, &handover.key)));
    Job {
        remove,
        program: path.into_os_string(),
        arguments,
        set: environment.for_children(),
        prepare,
        input,
        stdout: None,
        stderr: None,
        group,
        descendants: match handover.manner {
            Manner::Masked | Manner::Within(..) => Descendants::All,
            Manner::InPlace | Manner::Beside => Descendants::Group,
        },
        patience: match handover.manner {
            Manner::Within(..) => Patience::Short,
            Manner::InPlace | Manner::Beside | Manner::Masked => Patience::Endless,
        },
    }
}

/// Whether a variable holds the key, in any form; a short one as a whole alone.
fn holds(held: &OsStr, key: &ApiKey) -> bool {
    // Byte for byte: what else is in it may be no text.
    held.as_encoded_bytes().trim_ascii() == key.expose().as_bytes()
        || (key.expose().len() >= TELLING && key.is_in(&held.to_string_lossy()))
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
