//! What was found of the set-up: a line for each part, and what mends it; or the document.

use std::fmt::Write as _;

use serde::Serialize;

use super::document::{self, SCHEMA};
use super::page::{Page, To, cells};
use crate::cli::OutputFormat;
use crate::environment::Environment;
use crate::error::Error;
use crate::exit_code::ExitCode;

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Health {
    Fine,
    /// It may do, and may not.
    Doubtful,
    /// A push will fail by it.
    Broken,
}

/// A part of the set-up.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) subject: String,
    pub(crate) health: Health,
    pub(crate) words: String,
    pub(crate) hints: Vec<String>,
    /// What a push would end with.
    pub(crate) code: ExitCode,
}

impl Part {
    /// One that is as these words say.
    pub(crate) fn new(subject: &str, health: Health, words: impl Into<String>) -> Self {
        let (subject, words) = (subject.to_owned(), words.into());
        Self { subject, health, words, hints: Vec::new(), code: ExitCode::Success }
    }

    /// One that cannot do.
    pub(crate) fn of_error(subject: &str, error: &Error) -> Self {
        let seen = error.seen_lines().first().map(|seen| format!(" ({seen})")).unwrap_or_default();
        let part = Self::new(subject, Health::Broken, format!("{}{seen}", error.message()));
        let part = part.exit(error.exit_code());
        error.hints().iter().fold(part, |part, hint| part.hint(hint.clone()))
    }

    /// Says what a push would end with.
    pub(crate) fn exit(self, code: ExitCode) -> Self {
        Self { code, ..self }
    }

    /// Adds what mends it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

#[derive(Serialize)]
struct DoctorDocument<'a> {
    schema: &'static str,
    command: &'static str,
    exit_code: u8,
    parts: Vec<PartDocument<'a>>,
}

#[derive(Serialize)]
struct PartDocument<'a> {
    subject: &'a str,
    health: Health,
    words: &'a str,
    hints: &'a [String],
}

impl<'a> PartDocument<'a> {
    fn of(part: &'a Part) -> Self {
        let Part { subject, health, words, hints, .. } = part;
        Self { subject, health: *health, words, hints }
    }
}

/// Prints what was found.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn doctor(
    parts: &[Part],
    code: ExitCode,
    output: OutputFormat,
    environment: &Environment,
) -> Result<(), Error> {
    if output == OutputFormat::Json {
        return document::print(
            &DoctorDocument {
                schema: SCHEMA,
                command: "doctor",
                exit_code: code.code(),
                parts: parts.iter().map(PartDocument::of).collect(),
            },
            environment,
        );
    }
    let page = Page::of(environment, To::Stdout);
    let label = |health| match health {
        Health::Fine => "ok",
        Health::Doubtful => "look",
        Health::Broken => "mend",
    };
    let rows = parts
        .iter()
        .map(|part| vec![label(part.health).to_owned(), part.subject.clone(), part.words.clone()]);
    let mut out = page.table(&cells(rows.collect()));
    for part in parts.iter().filter(|part| part.health != Health::Fine) {
        for hint in &part.hints {
            let _ = write!(out, "\n{}: hint: {}", part.subject, page.text(hint));
        }
    }
    let of = |health| parts.iter().filter(|part| part.health == health).count();
    let _ = match (of(Health::Broken), of(Health::Doubtful)) {
        (0, 0) => writeln!(out, "\nnothing stands against a push"),
        (0, 1) => writeln!(out, "\nnothing to mend, 1 part to look at"),
        (0, doubtful) => writeln!(out, "\nnothing to mend, {doubtful} parts to look at"),
        (1, _) => writeln!(out, "\n1 part to mend"),
        (broken, _) => writeln!(out, "\n{broken} parts to mend"),
    };
    super::say(&out, environment)
}
