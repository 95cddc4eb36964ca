//! What is wrong in a file of settings, in words, with its place. Shows no value that may be a secret:
//! of a line that is no setting, or says where a secret is, the name alone.

use std::ops::Range;

use super::table::Setting;
use crate::error::{Error, ErrorKind, Place, printable};

/// A text and what messages call it.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

/// The line of a byte, counted from 1.
pub(super) fn line_at(text: &str, byte: usize) -> usize {
    position(text, byte).0
}

/// Line and column of a byte, both counted from 1, columns in characters.
pub(super) fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let begin = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before.get(begin..).unwrap_or_default().chars().count();
    (before.matches('\n').count() + 1, column + 1)
}

/// The place, with as much of its line as may be shown.
fn place(source: Text<'_>, range: &Range<usize>) -> Place {
    let Text { name, text } = source;
    let begin =
        text.get(..range.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let rest = text.get(begin..).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default();
    let key = line.split('=').next().unwrap_or_default();
    let is_header = key.trim_start().starts_with('[');
    let may_show = match Setting::named(key.trim().trim_matches('"')) {
        Some(setting) => !setting.is_key_source(),
        None => is_header,
    };
    let shown = if may_show { line } else { key.trim_end() };
    let (start, end) = (range.start - begin.min(range.start), range.end - begin.min(range.end));
    let (start, end) = (start.min(shown.len()), end.min(shown.len()));
    let (number, column) = position(text, range.start);
    let place = Place::new(name, shown, start..end.max(start));
    let place = Place { line: Some(number), column: Some(column), ..place };
    // A line that is neither a name with its value nor a header may be anything.
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || " \t-_.".contains(c);
    let has_name = line.contains('=') && key.len() <= 40 && key.chars().all(is_of_name);
    if may_show || has_name { place } else { place.without_excerpt() }
}

fn error(source: Text<'_>, range: &Range<usize>, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Settings, message).at(place(source, range))
}

pub(super) fn syntax(source: Text<'_>, what: &str, range: &Range<usize>) -> Error {
    let what = what.lines().next().unwrap_or_default();
    let error = error(source, range, format!("no TOML: {}", printable(what)));
    error.hint("a setting is a line such as `region = \"us-south\"`")
}

pub(super) fn unknown(
    source: Text<'_>,
    name: &str,
    meant: Option<&str>,
    range: &Range<usize>,
) -> Error {
    let error = error(source, range, format!("there is no setting `{}`", printable(name)));
    match meant {
        Some(meant) => error.hint(format!("write `{meant}`")),
        None => error.hint("`icr-cf config` lists the settings"),
    }
}

pub(super) fn secret(source: Text<'_>, range: &Range<usize>) -> Error {
    let place = place(source, range).without_excerpt();
    Error::new(ErrorKind::ExposedSecret, "a file of settings holds no key")
        .at(place)
        .seen("others read it, in a repository above all; take the key out, and replace it if it was shared")
        .hint("say where the key is: `api-key-file = \"PATH\"` or `api-key-command = \"PROGRAM ARGUMENTS\"`")
        .hint("or put it into the variable `ICR_CF_API_KEY`")
}

pub(super) fn wrong_type(source: Text<'_>, setting: Setting, range: &Range<usize>) -> Error {
    let name = setting.name();
    let example = setting.row().kind.example();
    error(source, range, format!("`{name}` takes another kind of value"))
        .hint(format!("write {example}"))
}

pub(super) fn empty(source: Text<'_>, setting: Setting, range: &Range<usize>) -> Error {
    let message = format!("`{}` has an empty value", setting.name());
    error(source, range, message).hint("fill it, or take the line out")
}

pub(super) fn not_one_of(
    source: Text<'_>,
    setting: Setting,
    words: &[&str],
    range: &Range<usize>,
) -> Error {
    let name = setting.name();
    let all: Vec<String> = words.iter().map(|word| format!("`{name} = \"{word}\"`")).collect();
    error(source, range, format!("`{name}` does not know that word"))
        .hint(format!("write {}", all.join(" or ")))
}

pub(super) fn no_advice(
    source: Text<'_>,
    is_known: bool,
    meant: Option<&str>,
    range: &Range<usize>,
) -> Error {
    let message = if is_known {
        "that is more than advice, and cannot be silenced"
    } else {
        "there is no such advice"
    };
    let error = error(source, range, message);
    match meant {
        Some(meant) if !is_known => error.hint(format!("write `\"{meant}\"`")),
        _ => error.hint("docs/checks.md has the names: those whose weight is advice"),
    }
}

pub(super) fn no_profiles(source: Text<'_>, range: &Range<usize>) -> Error {
    error(source, range, "`profile` holds tables with settings")
        .hint("write `[profile.NAME]` above the settings of the profile")
}

pub(super) fn profile_name(source: Text<'_>, range: &Range<usize>) -> Error {
    error(source, range, "that cannot be the name of a profile")
        .hint("take letters, digits, `-`, `_` and `.`, 64 at most")
}

pub(super) fn two(source: Text<'_>, both: [Setting; 2], first: usize, second: usize) -> Error {
    let [one, other] = both.map(Setting::name);
    let message = format!("`{one}` and `{other}` beside each other");
    Error::new(ErrorKind::Settings, message)
        .at(Place::line_of(source.name, second))
        .seen(format!("the other one is in line {first}"))
        .hint("take one of them out")
}
