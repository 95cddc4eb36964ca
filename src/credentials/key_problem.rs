//! What can go wrong on the way to the key, in words, with the way out. Names sources, programs
//! and fields; a name that might be a secret itself is not shown.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error as ThisError;

use super::key_fault::{KeyFault, MAKE_A_KEY};
use super::{KeyOrigin, SourceRow};
use crate::error::{Error, ErrorKind, JsonSpot, file_word};
use crate::process::{MOST_OUTPUT, NoOutput, Signal, Status, Stopped};
use crate::reading::Unread;

/// One thing that can go wrong.
#[derive(Debug, ThisError)]
pub(super) enum KeyProblem {
    /// A value that cannot be the key.
    #[error("the value from {place} {fault}")]
    Unfit { place: String, fault: KeyFault, origin: KeyOrigin },
    /// No source has anything.
    #[error("no API key found")]
    NoKey(Vec<SourceRow>),
    /// A signal.
    #[error("interrupted while waiting for the key")]
    Interrupted(Signal),
    /// A bound on time.
    #[error("{place} gave no key within {}", humantime::format_duration(*.limit))]
    TimedOut { place: String, limit: Duration, who: Silent },
    /// A bound on size.
    #[error("{place} gave more than {most} bytes, which is no key")]
    TooBig { place: String, most: usize },
    /// A stream that cannot be read.
    #[error("{place} cannot be read: {error}")]
    Unreadable { place: String, error: io::Error },
    /// A key file that cannot be read.
    #[error("key file `{path}` cannot be read: {error}")]
    KeyFile { path: String, said_by: String, folder: PathBuf, error: io::Error },
    /// A folder in place of a key file.
    #[error("key file `{0}` is a folder")]
    KeyFileIsFolder(String),
    /// JSON that does not end or is none.
    #[error("{place} is not valid JSON, at {spot}")]
    JsonBroken { place: String, spot: JsonSpot },
    /// JSON of another kind.
    #[error("the JSON from {place} has no field `apikey`")]
    JsonWithoutKey { place: String, fields: Vec<String> },
    /// JSON whose key is no text, or is there twice.
    #[error("the field `apikey` in the JSON from {0} is not one text")]
    JsonOtherKey(String),
    /// The key command is not there.
    #[error("key command `{0}` not found")]
    CommandMissing(String),
    /// The key command or helper does not start.
    #[error("`{program}` cannot be run: {error}")]
    NotRun { program: String, error: io::Error },
    /// The key command failed.
    #[error("key command `{program}` failed: {}", ending(*.status))]
    CommandFailed { program: String, status: Status },
    /// A configuration of Docker that cannot be read.
    #[error("`{path}` cannot be read: {error}")]
    Config { path: String, error: io::Error },
    /// A configuration of Docker that is not JSON, or not of its shape.
    #[error("`{path}` is not a valid Docker configuration, at {spot}")]
    ConfigBroken { path: String, spot: JsonSpot },
    /// An entry that does not decode.
    #[error(
        "the entry for `{host}` in `{path}` is broken: `auth` is not `user:password` in base64"
    )]
    EntryBroken { path: String, host: String },
    /// A helper's name that is none.
    #[error("`{0}` names a credential helper that cannot be one")]
    HelperName(String),
    /// A helper that is not installed.
    #[error("credential helper `{helper}`, named in `{path}`, is not on PATH")]
    HelperMissing { helper: String, path: String },
    /// A helper that failed.
    #[error("credential helper `{helper}` failed: {}", ending(*.status))]
    HelperFailed { helper: String, status: Status },
    /// A helper that says something else than it should.
    #[error("credential helper `{0}` gave no credentials in the form that Docker expects")]
    HelperAnswer(String),
    /// Nothing was typed.
    #[error("no key was typed")]
    NothingTyped,
    /// There is no terminal after all.
    #[error("the terminal cannot be asked for the key: {0}")]
    NoPrompt(io::Error),
}

/// Who kept us waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silent {
    /// A file, a pipe.
    Stream,
    /// A key command or a helper.
    Program,
    /// Somebody at the terminal.
    Person,
}

impl Silent {
    fn explain(self, error: Error) -> Error {
        match self {
            Self::Stream => error.hint("whatever writes the key there has to write it and end"),
            Self::Program => error
                .seen("it was ended; its standard input is empty, and outside of a terminal it cannot ask")
                .hint("log in to the secret store first, so that the program does not have to ask"),
            Self::Person => error.hint(OTHER_WAYS),
        }
    }
}

impl KeyProblem {
    /// Says that a stream or file could not be read.
    pub(super) fn unread(place: &str, unread: Unread, limit: Duration) -> Self {
        let place = place.to_owned();
        match unread {
            Unread::Stopped(Stopped::By(signal)) => Self::Interrupted(signal),
            Unread::Stopped(Stopped::TimedOut) => {
                Self::TimedOut { place, limit, who: Silent::Stream }
            }
            Unread::TooBig(most) => Self::TooBig { place, most },
            Unread::Folder => Self::Unreadable { place, error: io::ErrorKind::IsADirectory.into() },
            Unread::Io(error) => Self::Unreadable { place, error },
        }
    }

    /// Says that a program gave nothing.
    pub(super) fn no_output(program: &str, error: NoOutput, limit: Duration) -> Self {
        let place = format!("`{program}`");
        match error {
            NoOutput::Io(error) => Self::NotRun { program: program.to_owned(), error },
            NoOutput::TimedOut => Self::TimedOut { place, limit, who: Silent::Program },
            NoOutput::Interrupted(signal) => Self::Interrupted(signal),
            NoOutput::TooBig => Self::TooBig { place, most: MOST_OUTPUT },
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Interrupted(signal) => ErrorKind::Interrupted(signal.code()),
            Self::TimedOut { .. } => ErrorKind::TimedOut,
            Self::KeyFile { .. } | Self::KeyFileIsFolder(_) | Self::Config { .. } => {
                ErrorKind::File
            }
            Self::Unfit { .. }
            | Self::NoKey(_)
            | Self::TooBig { .. }
            | Self::Unreadable { .. }
            | Self::JsonBroken { .. }
            | Self::JsonWithoutKey { .. }
            | Self::JsonOtherKey(_)
            | Self::CommandMissing(_)
            | Self::NotRun { .. }
            | Self::CommandFailed { .. }
            | Self::ConfigBroken { .. }
            | Self::EntryBroken { .. }
            | Self::HelperName(_)
            | Self::HelperMissing { .. }
            | Self::HelperFailed { .. }
            | Self::HelperAnswer(_)
            | Self::NothingTyped
            | Self::NoPrompt(_) => ErrorKind::Key,
        }
    }

    /// Makes the error that people and scripts get.
    pub(super) fn into_error(self) -> Error {
        let error = Error::new(self.kind(), self.to_string());
        match self {
            Self::Unfit { fault, origin, .. } => fault.explain(error, origin),
            Self::NoKey(rows) => no_key(error, &rows),
            Self::Interrupted(_) => error,
            Self::TimedOut { who, .. } => who.explain(error),
            Self::TooBig { .. } => error.hint("give the key alone, or the JSON it was saved in"),
            Self::KeyFile { path, said_by, folder, error: cause } => {
                key_file(error, &path, &said_by, &folder, &cause)
            }
            Self::KeyFileIsFolder(_) => error.hint("name the file in it: `--api-key-file PATH`"),
            Self::JsonBroken { .. } => {
                error.hint("download the key again, or give the key alone as plain text")
            }
            Self::JsonWithoutKey { fields, .. } => json_without_key(error, &fields),
            Self::JsonOtherKey(_) => error.hint("it has to read `\"apikey\": \"...\"`, once"),
            Self::CommandMissing(_) => error
                .hint("install it, or give its path: `--api-key-command '/path/to/program ...'`"),
            Self::CommandFailed { .. } => {
                error.hint("run the command by itself: it has to print the key and exit with 0")
            }
            Self::Config { .. } | Self::ConfigBroken { .. } | Self::HelperName(_) => error.hint(
                "mend the file, or give the key as `ICR_CF_API_KEY`, so that it is not looked at",
            ),
            Self::EntryBroken { host, .. } => {
                error.hint(format!("log in again: `docker login -u iamapikey {host}`"))
            }
            Self::HelperMissing { .. } | Self::HelperFailed { .. } | Self::HelperAnswer(_) => error
                .hint(
                    "mend the helper, or give the key as `ICR_CF_API_KEY`, so that it is not asked",
                ),
            Self::Unreadable { .. }
            | Self::NotRun { .. }
            | Self::NothingTyped
            | Self::NoPrompt(_) => error.hint(OTHER_WAYS),
        }
    }
}

const OTHER_WAYS: &str = "give the key as `ICR_CF_API_KEY`, `--api-key-file PATH`, `--api-key-command 'op read op://VAULT/ITEM/FIELD'` or `--api-key-stdin`";

/// What most rows say when there is no key.
const ABSENT: [&str; 3] = ["not given", "not set", "no such file"];

fn no_key(error: Error, rows: &[SourceRow]) -> Error {
    let absent = |result: &str| {
        let names: Vec<&str> =
            rows.iter().filter(|row| row.result == result).map(|row| row.source.as_str()).collect();
        (!names.is_empty()).then(|| format!("{result}: {}", names.join(", ")))
    };
    let is_odd = |row: &&SourceRow| !ABSENT.contains(&row.result.as_str());
    let odd = rows.iter().filter(is_odd).map(|row| format!("{}: {}", row.source, row.result));
    ABSENT
        .into_iter()
        .filter_map(absent)
        .chain(odd)
        .fold(error, Error::seen)
        .hint(OTHER_WAYS)
        .hint(MAKE_A_KEY)
        .hint("`--no-key` goes without: for an image that everybody may pull, or a platform with a login of its own")
}

fn key_file(
    error: Error,
    path: &str,
    said_by: &str,
    folder: &std::path::Path,
    cause: &io::Error,
) -> Error {
    match cause.kind() {
        io::ErrorKind::NotFound => {}
        io::ErrorKind::PermissionDenied => {
            let path = file_word(path);
            return error
                .hint(format!("let its owner run `chmod 600 {path}`, or name a file of yours"));
        }
        _ => return error.hint(OTHER_WAYS),
    }
    if let Some(rest) = path.strip_prefix("~/") {
        return error
            .seen("the shell did not replace `~`")
            .hint(format!("write `\"$HOME/{rest}\"`"));
    }
    if std::path::Path::new(path).is_absolute() {
        return error.hint(format!("check what `{said_by}` says, or {OTHER_WAYS}"));
    }
    let how = if said_by.starts_with('-') {
        format!("`{said_by}` is relative to the working folder")
    } else {
        format!("`{said_by}` names it behind `@`, relative to the working folder")
    };
    error.hint(format!("{how}, here `{}`", folder.display()))
}

fn json_without_key(error: Error, fields: &[String]) -> Error {
    let names = fields.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let error = if names.is_empty() {
        error.seen("it has no fields")
    } else {
        error.seen(format!("it has {names}"))
    };
    if fields.iter().any(|name| name == "iam_token" || name == "access_token") {
        return error.seen("that is a token, which expires").hint(MAKE_A_KEY);
    }
    error.hint("give the file that `ibmcloud iam service-api-key-create NAME SERVICE_ID --file PATH` writes")
}

/// How a program ended, in words.
fn ending(status: Status) -> String {
    match status {
        Status::Code(code) => format!("it ended with exit code {code}"),
        Status::Signal(signal) => format!("it was ended by signal {signal}"),
        Status::Unkillable => "it could not be ended".to_owned(),
    }
}

#[cfg(test)]
mod tests;
