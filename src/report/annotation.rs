//! Messages of ours as commands of GitHub Actions, which show them on the summary of a run and
//! beside the code. Its runner reads commands on both streams of a step (actions/runner,
//! `ScriptHandler`), so that these go to standard error and leave a document alone.

use std::io::{self, Write as _};

use super::page::{Page, To};
use crate::environment::Environment;
use crate::error::{Error, Place};

/// How much a message weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Error,
    Warning,
}

/// Annotates a refusal, with its place where that is in a file.
pub(super) fn refusal(error: &Error, environment: &Environment) {
    let seen = error.seen_lines().iter().cloned();
    let hints = error.hints().iter().map(|hint| format!("hint: {hint}"));
    let lines: Vec<String> =
        std::iter::once(error.message().to_owned()).chain(seen).chain(hints).collect();
    let title = format!("icr-cf: {}", error.kind().name());
    let place = error.file().and_then(|place| file(place, environment));
    write(Level::Error, &title, place, &lines.join("\n"), environment);
}

/// Annotates a message about something.
pub(super) fn message(level: Level, about: &str, text: &str, environment: &Environment) {
    write(level, about, None, text, environment);
}

fn write(level: Level, title: &str, place: Option<String>, text: &str, environment: &Environment) {
    if !environment.is_github() {
        return;
    }
    let page = Page::of(environment, To::Stderr);
    let command = match level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let place = place.unwrap_or_default();
    let (title, text) = (property(&page.one_line(title)), data(&page.text(text)));
    let line = format!("::{command} {place}title={title}::{text}\n");
    // Nobody is left to hear of it where standard error is gone.
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

/// The properties of a place in a file, whose path GitHub takes from the top of the repository.
fn file(place: &Place, environment: &Environment) -> Option<String> {
    let line = place.line?;
    if !environment.exists(&place.source) {
        return None;
    }
    let path = environment.absolute(&place.source);
    let top = environment.text("GITHUB_WORKSPACE").unwrap_or_default();
    let path = path.strip_prefix(top).unwrap_or(&path).to_string_lossy().replace('\\', "/");
    let column = place.column.map(|column| format!("col={column},")).unwrap_or_default();
    Some(format!("file={},line={line},{column}", property(&path)))
}

/// Escapes what stands behind the second `::`.
pub(super) fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes what stands between the two.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn what_github_takes_for_its_own_is_escaped() {
        assert_eq!(data("a%b\r\nc: d, e"), "a%25b%0D%0Ac: d, e");
        assert_eq!(property("web:1, x%\n"), "web%3A1%2C x%25%0A");
    }
}
