//! What went wrong, once, in a form that text and JSON are made from: kind, message, what was
//! seen, the place, the hint. Holds words only; a value that may be secret must not get here.

use std::fmt;

use crate::exit_code::ExitCode;
use crate::secret_shape::{HIDDEN, may_be_secret};

mod commands;
mod json_spot;
mod line_ends;
mod lines;
mod place;
mod scarce;
mod visible;

pub(crate) use commands::{command_on, file_word, flag_with, made_runnable};
pub(crate) use json_spot::JsonSpot;
pub(crate) use line_ends::LineEnds;
pub(crate) use place::Place;
pub(crate) use visible::{is_visible, shell_line, shell_word, visible};

/// The verdict that stopped a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerdictStop {
    /// Its stable name.
    pub name: &'static str,
    /// What it exits with.
    pub exit_code: ExitCode,
}

/// The stable name of a failure; part of the JSON output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Arguments that make no sense, alone or together.
    Usage,
    /// A flag of `cf push` that the installed cf does not have, or that a docker image excludes.
    CfFlag,
    /// An image reference that cannot be one of ICR's.
    Reference,
    /// A manifest or a file of variables that cf could not use, or that cannot be changed safely.
    Manifest,
    /// A file of settings that has something in it which is no setting.
    Settings,
    /// A region that is not in the table, or none at all.
    Region,
    /// A file named in the arguments is missing or unreadable.
    File,
    /// An app, a space or an organization is not there, or not for this user.
    App,
    /// No key was found, or the one given is unusable.
    Key,
    /// A secret stands where it can be seen by others.
    ExposedSecret,
    /// What was asked for cannot be written.
    Output,
    /// The environment is not set up for what was asked.
    Setup,
    /// A bound on time ran out.
    TimedOut,
    /// Ended by a signal before cf ran; the number is the signal's.
    Interrupted(u8),
    /// cf exists but cannot be run.
    CfNotExecutable,
    /// cf is not installed.
    CfNotFound,
    /// The program of `exec` is there but cannot be run.
    ProgramNotExecutable,
    /// The program of `exec` is not there.
    ProgramNotFound,
    /// A check found that the push cannot succeed, or could not decide it under `--strict`.
    Verdict(VerdictStop),
    /// A bug of ours.
    Internal,
}

impl ErrorKind {
    /// Maps the kind to the documented exit code.
    #[must_use]
    pub const fn exit_code(self) -> ExitCode {
        match self {
            Self::Usage | Self::CfFlag | Self::Region | Self::ExposedSecret => ExitCode::Usage,
            Self::Reference | Self::Manifest | Self::Settings => ExitCode::Data,
            Self::File | Self::App => ExitCode::NoInput,
            Self::Key => ExitCode::NoPermission,
            Self::Output => ExitCode::Output,
            Self::Setup => ExitCode::Config,
            Self::TimedOut => ExitCode::TimedOut,
            Self::Interrupted(signal) => ExitCode::Signal(signal),
            Self::CfNotExecutable | Self::ProgramNotExecutable => ExitCode::NotExecutable,
            Self::CfNotFound | Self::ProgramNotFound => ExitCode::NotFound,
            Self::Verdict(stop) => stop.exit_code,
            Self::Internal => ExitCode::Software,
        }
    }

    /// Gives the name that JSON shows.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::CfFlag => "cf-flag",
            Self::Reference => "reference",
            Self::Manifest => "manifest",
            Self::Settings => "settings",
            Self::Region => "region",
            Self::File => "file",
            Self::App => "app",
            Self::Key => "key",
            Self::ExposedSecret => "exposed-secret",
            Self::Output => "output",
            Self::Setup => "setup",
            Self::TimedOut => "timed-out",
            Self::Interrupted(_) => "interrupted",
            Self::CfNotExecutable => "cf-not-executable",
            Self::CfNotFound => "cf-not-found",
            Self::ProgramNotExecutable => "program-not-executable",
            Self::ProgramNotFound => "program-not-found",
            Self::Verdict(stop) => stop.name,
            Self::Internal => "internal",
        }
    }
}

/// Longest stretch of a faulty text that an error shows, in characters.
const SHOWN: usize = 100;

/// Appends a character so that every output character is one column of printable ASCII.
fn push_escaped(out: &mut String, character: char) {
    if character == ' ' || character.is_ascii_graphic() {
        out.push(character);
    } else {
        out.extend(character.escape_default());
    }
}

/// Makes a text of unknown origin fit for one line of a message: printable, not endless, and
/// nothing that looks like a secret.
#[must_use]
pub(crate) fn printable(text: &str) -> String {
    if may_be_secret(text) {
        return HIDDEN.to_owned();
    }
    let mut out = String::new();
    for character in text.chars() {
        if out.len() >= SHOWN {
            out.push_str("...");
            break;
        }
        push_printable(&mut out, character);
    }
    out
}

fn push_printable(out: &mut String, character: char) {
    if character.is_alphanumeric() && is_visible(character) {
        out.push(character);
    } else {
        push_escaped(out, character);
    }
}

/// Does the same for a name that is of use only as a whole, such as a path.
#[must_use]
pub(crate) fn printable_in_full(name: &str) -> String {
    if may_be_secret(name) {
        return HIDDEN.to_owned();
    }
    let mut out = String::with_capacity(name.len());
    name.chars().for_each(|character| push_printable(&mut out, character));
    out
}

/// A failure as people and scripts get to see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Details>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Details {
    kind: ErrorKind,
    message: String,
    seen: Vec<String>,
    hints: Vec<String>,
    place: Option<Place>,
    /// Where that stands in a file, where the place is not of that file itself.
    in_file: Option<Place>,
}

impl Error {
    /// Starts an error: what is wrong, as a lower-case fragment without a full stop.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(Details {
            kind,
            message,
            seen: Vec::new(),
            hints: Vec::new(),
            place: None,
            in_file: None,
        }))
    }

    /// A failure of the system that nobody here can do anything about, but for its limits.
    #[must_use]
    pub fn internal(what: &str, error: &std::io::Error) -> Self {
        Self::scarce(error)
            .unwrap_or_else(|| Self::new(ErrorKind::Internal, format!("{what}: {error}")))
    }

    /// Adds a line about what was seen.
    #[must_use]
    pub fn seen(mut self, line: impl Into<String>) -> Self {
        self.0.seen.push(line.into());
        self
    }

    /// Adds what mends it: the exact command or flag.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hints.push(hint.into());
        self
    }

    /// Takes the hints away that name a flag which is not taken here.
    #[must_use]
    pub fn without_hint_of(mut self, flag: &str) -> Self {
        self.0.hints.retain(|hint| !hint.contains(flag));
        self
    }

    /// Says where in the input the fault is.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.0.place = Some(place);
        self
    }

    /// Says where in a file that stands, behind what was seen.
    #[must_use]
    pub fn within(mut self, place: Place) -> Self {
        let position = place.line.into_iter().chain(place.column);
        let name = printable_in_full(&place.source);
        let at = position.fold(name, |at, number| format!("{at}:{number}"));
        self.0.seen.push(format!("in {at}"));
        self.pointing_to(place)
    }

    /// Keeps where in a file that stands, which the message says already.
    #[must_use]
    pub fn pointing_to(mut self, place: Place) -> Self {
        self.0.in_file = Some(place);
        self
    }

    /// Where in a file the fault is, when it is in one.
    #[must_use]
    pub fn file(&self) -> Option<&Place> {
        self.0.place.iter().chain(&self.0.in_file).find(|place| place.line.is_some())
    }

    /// The kind, which decides the exit code.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The exit code of the process.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        self.0.kind.exit_code()
    }

    /// The first line, without `error:`.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The lines about what was seen.
    #[must_use]
    pub fn seen_lines(&self) -> &[String] {
        &self.0.seen
    }

    /// What mends it.
    #[must_use]
    pub fn hints(&self) -> &[String] {
        &self.0.hints
    }

    /// Where in the input the fault is, when it is in the input.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(place) = &self.0.place {
            if let (Some(line), Some(column)) = (place.line, place.column) {
                write!(f, "\n  {}:{line}:{column}", printable_in_full(&place.source))?;
            }
            if place.line.is_none() || !place.text.is_empty() {
                write!(f, "\n  {}\n  {}", place.text, place.carets())?;
            }
        }
        for line in &self.0.seen {
            write!(f, "\n  {line}")?;
        }
        for hint in &self.0.hints {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::{Error, ErrorKind, Place};

    #[test]
    fn carets_stand_under_the_part_at_fault_even_after_an_escape() {
        let error = Error::new(ErrorKind::Reference, "bad character")
            .at(Place::new("argument", "a\u{7}b", 2..3))
            .hint("drop it");
        let expected = "bad character\n  a\\u{7}b\n        ^\nhint: drop it";
        assert_eq!(error.to_string(), expected);
    }
}
