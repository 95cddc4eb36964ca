//! The program that the files of docker and podman lead to, by its name on PATH: whether it is there, and
//! is ours.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::environment::Environment;
use crate::error::{Error, ErrorKind, file_word, printable_in_full, shell_line, shell_word};
use crate::login_files::PROGRAM;
use crate::process::{self, Job, NoOutput, Output, Signals, Status};

/// How long it may take to say what it is.
const LIMIT: Duration = Duration::from_secs(5);
/// What ours says behind its name.
const MARK: &[u8] = b"(icr-cf)";

/// What clients find by the helper's name.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::commands) enum HelperProgram {
    /// Nothing.
    Missing,
    /// icr-cf, perhaps of another release.
    Ours(PathBuf),
    /// A program that does not say that it is icr-cf.
    Other(PathBuf),
}

impl HelperProgram {
    /// Looks on PATH; a program that is not this one is asked what it is, as docker would ask it.
    ///
    /// # Errors
    /// A signal asked us to end.
    pub(in crate::commands) async fn find(
        environment: &Environment,
        signals: &mut Signals,
    ) -> Result<Self, Error> {
        let Some(path) = environment.find_program(PROGRAM) else { return Ok(Self::Missing) };
        if environment.is_this_program(&path) {
            return Ok(Self::Ours(path));
        }
        match process::quiet_output(asking(&path, environment), LIMIT, signals).await {
            Ok(answer) if says_icr_cf(&answer) => Ok(Self::Ours(path)),
            Err(NoOutput::Interrupted(signal)) => {
                Err(Error::new(ErrorKind::Interrupted(signal.code()), "interrupted"))
            }
            Ok(_) | Err(NoOutput::Io(_) | NoOutput::TimedOut | NoOutput::TooBig) => {
                Ok(Self::Other(path))
            }
        }
    }

    /// The same where nobody listens to signals yet.
    ///
    /// # Errors
    /// A signal asked us to end.
    pub(super) fn look(environment: &Environment) -> Result<Self, Error> {
        let work = async {
            let mut signals =
                Signals::listen().map_err(|error| Error::internal("no signals", &error))?;
            Self::find(environment, &mut signals).await
        };
        process::in_runtime(work).map_err(|error| Error::internal("no runtime", &error))?
    }

    /// Why no client gets a login from us by it, and the line that mends that.
    pub(in crate::commands) fn trouble(
        &self,
        environment: &Environment,
    ) -> Option<(String, Option<String>)> {
        let line = || line_to_path(environment);
        match self {
            Self::Ours(_) => None,
            Self::Missing => Some((format!("`{PROGRAM}` is not on PATH"), line())),
            Self::Other(path) => {
                let path = path.to_string_lossy();
                let shown = printable_in_full(&path);
                let mended = line().filter(|_| !cfg!(windows));
                let mended = mended.map(|line| format!("rm {} && {line}", file_word(&path)));
                Some((format!("`{PROGRAM}` on PATH is `{shown}`, which is not icr-cf"), mended))
            }
        }
    }
}

fn asking(program: &Path, environment: &Environment) -> Job {
    Job {
        remove: process::names(environment.hidden_variables(PROGRAM)),
        set: environment.for_children(),
        ..Job::question(program.into(), vec![OsString::from("version")])
    }
}

fn says_icr_cf(answer: &Output) -> bool {
    answer.status == Status::Code(0) && answer.bytes.windows(MARK.len()).any(|part| part == MARK)
}

/// The line that puts the helper on PATH.
fn line_to_path(environment: &Environment) -> Option<String> {
    let program = environment.own_program()?;
    let program = program.to_string_lossy();
    let place = environment.writable_folder_on_path();
    if cfg!(windows) {
        let place = place?.join(format!("{PROGRAM}.exe"));
        return Some(format!("copy \"{program}\" \"{}\"", place.to_string_lossy()));
    }
    let (before, folder, behind) = if let Some(folder) = place {
        (String::new(), folder, String::new())
    } else {
        let folder = environment.home()?.join(".local/bin");
        let word = shell_word(&folder.to_string_lossy()).into_owned();
        (format!("mkdir -p {word} && "), folder, format!(" && export PATH={word}:\"$PATH\""))
    };
    let place = folder.join(PROGRAM);
    // What is there and is none that can be run, as a link to a program that is gone, makes room.
    let flags = if place.symlink_metadata().is_ok() { "-sf" } else { "-s" };
    let line = shell_line(["ln", flags, &program, &place.to_string_lossy()]);
    Some(format!("{before}{line}{behind}"))
}
