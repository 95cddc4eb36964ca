//! What went wrong, once, in a form that text and JSON are made from: kind, message, what was
//! seen, the place, the hint. Holds words only; a value that may be secret must not get here.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

use crate::exit_code::ExitCode;
use crate::secret_shape::{HIDDEN, may_be_secret};

mod lines;
mod scarce;
mod shown;

pub use shown::{is_visible, shell_line, shell_word, visible};

/// The verdict that stopped a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
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
    /// A region that is not in the table, or none at all.
    Region,
    /// A file named in the arguments is missing or unreadable.
    File,
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
    /// A check found that the push cannot succeed, or could not decide it under `--strict`.
    Verdict(Stop),
    /// A bug of ours.
    Internal,
}

impl ErrorKind {
    /// Maps the kind to the documented exit code.
    #[must_use]
    pub const fn exit_code(self) -> ExitCode {
        match self {
            Self::Usage | Self::CfFlag | Self::Region | Self::ExposedSecret => ExitCode::Usage,
            Self::Reference | Self::Manifest => ExitCode::Data,
            Self::File => ExitCode::NoInput,
            Self::Key => ExitCode::NoPermission,
            Self::Output => ExitCode::Output,
            Self::Setup => ExitCode::Config,
            Self::TimedOut => ExitCode::TimedOut,
            Self::Interrupted(signal) => ExitCode::Signal(signal),
            Self::CfNotExecutable => ExitCode::NotExecutable,
            Self::CfNotFound => ExitCode::NotFound,
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
            Self::Region => "region",
            Self::File => "file",
            Self::Key => "key",
            Self::ExposedSecret => "exposed-secret",
            Self::Output => "output",
            Self::Setup => "setup",
            Self::TimedOut => "timed-out",
            Self::Interrupted(_) => "interrupted",
            Self::CfNotExecutable => "cf-not-executable",
            Self::CfNotFound => "cf-not-found",
            Self::Verdict(stop) => stop.name,
            Self::Internal => "internal",
        }
    }
}

/// Where in the input the fault is: a text and the byte range in it that is at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// What the text is: an argument, a line of standard input, a variable.
    pub source: String,
    /// The text, with everything that is not printable ASCII escaped.
    pub text: String,
    /// First character at fault, counted from 0, in the escaped text.
    pub start: usize,
    /// One past the last character at fault.
    pub end: usize,
    /// Line of the fault in a text of many lines, counted from 1; `text` is that line alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Column of the fault in that line, counted from 1 in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

/// Longest stretch of a faulty text that an error shows, in characters.
const SHOWN: usize = 100;

impl Place {
    /// Escapes `text` and carries `range` (bytes) over to the escaped form. A long text is cut
    /// around the fault.
    #[must_use]
    pub fn new(source: impl Into<String>, text: &str, range: Range<usize>) -> Self {
        if may_be_secret(text) {
            return Self::unmarked(source.into(), HIDDEN.to_owned());
        }
        let mut shown = String::new();
        let (mut start, mut end) = (None, None);
        for (at, character) in text.char_indices() {
            if at >= range.start && start.is_none() {
                start = Some(shown.len());
            }
            if at >= range.end && end.is_none() {
                end = Some(shown.len());
            }
            push_escaped(&mut shown, character);
        }
        let end = end.unwrap_or(shown.len());
        let start = start.unwrap_or(shown.len()).min(end);
        Self::cut(source.into(), &shown, start, end)
    }

    /// A place in a text of many lines: the line where `range` (bytes) begins, with its number.
    /// The excerpt is left out where the line may hold a secret, and the values of an `env` block
    /// are never shown.
    #[must_use]
    pub fn in_file(source: &str, text: &str, range: Range<usize>) -> Self {
        let at = lines::find(text, range.start);
        let width = range.len().min(at.end.saturating_sub(range.start));
        let line = text.get(at.start..at.end).unwrap_or_default();
        let start = range.start.saturating_sub(at.start).min(line.len());
        let place = match lines::fit_to_show(text, &at) {
            Some(shown) if !may_be_secret(shown.as_ref()) => {
                let start = start.min(shown.len().saturating_sub(1));
                let end = if shown == line { start + width } else { start };
                Self::new(source, &shown, start..end)
            }
            _ => Self::unmarked(source.to_owned(), String::new()),
        };
        let column = line.get(..start).map_or(start, |before| before.chars().count());
        Self { line: Some(at.number), column: Some(column + 1), ..place }
    }

    /// Leaves only the position: for texts whose content is not to be shown at all.
    #[must_use]
    pub fn without_excerpt(self) -> Self {
        Self { text: String::new(), start: 0, end: 0, ..self }
    }

    fn unmarked(source: String, text: String) -> Self {
        Self { source, text, start: 0, end: 0, line: None, column: None }
    }

    fn cut(source: String, shown: &str, start: usize, end: usize) -> Self {
        let place = Self::unmarked(source, shown.to_owned());
        if shown.len() <= SHOWN {
            return Self { start, end, ..place };
        }
        let first = start.saturating_sub(SHOWN / 2);
        let last = (first + SHOWN).min(shown.len());
        let head = if first > 0 { "..." } else { "" };
        let tail = if last < shown.len() { "..." } else { "" };
        let middle = shown.get(first..last).unwrap_or_default();
        let shift = |at: usize| at.min(last).saturating_sub(first) + head.len();
        let text = format!("{head}{middle}{tail}");
        Self { text, start: shift(start), end: shift(end), ..place }
    }

    /// The line under the text: carets below the part at fault, one at the end where it is empty.
    fn carets(&self) -> String {
        let width = self.end.saturating_sub(self.start).max(1);
        format!("{}{}", " ".repeat(self.start), "^".repeat(width))
    }
}

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
pub fn printable(text: &str) -> String {
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
pub fn printable_in_full(name: &str) -> String {
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
}

impl Error {
    /// Starts an error: what is wrong, as a lower-case fragment without a full stop.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(Details { kind, message, seen: Vec::new(), hints: Vec::new(), place: None }))
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

    /// Says where in the input the fault is.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.0.place = Some(place);
        self
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

    #[test]
    fn a_fault_at_the_end_gets_one_caret_past_it() {
        let place = Place::new("argument", "acme/web:", 9..9);
        assert_eq!(place.carets(), "         ^");
    }

    #[test]
    fn a_long_text_is_cut_around_the_fault() {
        let text = format!("{}X{}", "a".repeat(400), "b".repeat(400));
        let place = Place::new("argument", &text, 400..401);
        assert!(place.text.len() < 120, "{}", place.text);
        assert_eq!(place.text.get(place.start..place.end), Some("X"));
    }
}
