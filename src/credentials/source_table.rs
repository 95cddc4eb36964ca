//! The table of sources in their order, as `--explain-key` shows it: names and states.

use super::{Notice, SourceRow, docker, prompt, state};
use crate::environment::Environment;
use crate::request::{KeyChoice, SOURCES};

const FLAGS: [&str; 3] = ["--api-key-stdin", "--api-key-file", "--api-key-command"];

/// Rows for flags and variables; the chosen one gets `word`.
pub(super) fn given(choice: &KeyChoice, word: &str, environment: &Environment) -> Vec<SourceRow> {
    let chosen = match choice {
        KeyChoice::Stdin(flag) => flag.split(' ').next(),
        KeyChoice::File(file) => Some(file.said_by.as_str()),
        KeyChoice::Command(command) => Some(command.said_by.as_str()),
        KeyChoice::Variable(name) => Some(*name),
        KeyChoice::Named(_) | KeyChoice::Search => None,
    };
    let mut is_behind = false;
    let mut rows: Vec<SourceRow> = FLAGS
        .into_iter()
        .map(|flag| (flag, "not given"))
        .chain(SOURCES.into_iter().map(|name| (name, state(name, environment))))
        .map(|(name, absent)| {
            let source = format!("`{name}`");
            if chosen == Some(name) {
                is_behind = true;
                SourceRow::new(source, word)
            } else if is_behind {
                SourceRow::new(source, SourceRow::NOT_LOOKED_AT)
            } else {
                SourceRow::new(source, absent)
            }
        })
        .collect();
    // A line of a file of settings, behind flags and variables.
    rows.extend(
        chosen.filter(|_| !is_behind).map(|name| SourceRow::new(format!("`{name}`"), word)),
    );
    rows
}

/// Rows for what comes behind flags and variables, when one of those was chosen.
pub(super) fn rest(environment: &Environment) -> Vec<SourceRow> {
    docker::names(environment)
        .into_iter()
        .chain([prompt::NAME.to_owned()])
        .map(|name| SourceRow::new(name, SourceRow::NOT_LOOKED_AT))
        .collect()
}

/// A notice for each variable that is set to nothing, which is rarely meant.
pub(super) fn skipped(rows: &[SourceRow]) -> Vec<Notice> {
    rows.iter()
        .filter(|row| row.result == SourceRow::EMPTY)
        .map(|row| Notice::note(format!("{} is set but empty; it is skipped", row.source)))
        .collect()
}
