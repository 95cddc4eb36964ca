//! What is wrong in a file of settings, in words, with its place. Shows no value, which may be a secret
//! in the wrong place.

use std::ops::Range;

use super::table::Setting;
use crate::error::{Error, ErrorKind, LineEnds, Place, printable};

/// A text and what messages call it.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    pub(super) index: &'a Index,
}

/// What positions in a text are found by, made once.
pub(super) struct Index {
    ends: LineEnds,
    /// The bytes that begin no character.
    inner: Vec<usize>,
}

impl Index {
    pub(super) fn of(text: &str) -> Self {
        let inner = text.bytes().enumerate().filter(|(_, byte)| byte & 0xC0 == 0x80);
        Self { ends: LineEnds::of(text), inner: inner.map(|(at, _)| at).collect() }
    }

    /// The line of a byte, counted from 1.
    pub(super) fn line_at(&self, byte: usize) -> usize {
        self.ends.line_at(byte)
    }

    /// Line and column of a byte, both counted from 1, columns in characters.
    pub(super) fn position(&self, byte: usize) -> (usize, usize) {
        let begin = self.ends.begin_of(byte);
        let inner = |byte: usize| self.inner.partition_point(|at| *at < byte);
        let column = byte.saturating_sub(begin + inner(byte) - inner(begin));
        (self.line_at(byte), column + 1)
    }
}

/// The place. Of its line the name alone is shown: a value that is at fault may be anything.
fn place(source: Written<'_>, range: &Range<usize>) -> Place {
    let Written { name, text, index } = source;
    let begin = index.ends.begin_of(range.start);
    let line = text.get(begin..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let key = line.split('=').next().unwrap_or_default().trim_end();
    let (start, end) = (range.start - begin.min(range.start), range.end - begin.min(range.end));
    let (start, end) = (start.min(key.len()), end.min(key.len()));
    let (number, column) = index.position(range.start);
    let place = Place::new(name, key, start..end.max(start));
    let place = Place { line: Some(number), column: Some(column), ..place };
    let is_known = Setting::named(key.trim().trim_matches('"')).is_some();
    let is_meant = || text.get(range.clone()) == Some(key.trim()) && has_form_of_name(key);
    if line.contains('=') && (is_known || is_meant()) { place } else { place.without_excerpt() }
}

/// What is neither may be anything.
fn has_form_of_name(key: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || " \t-_.".contains(c);
    key.len() <= 40 && key.chars().all(is_of_name)
}

fn error(source: Written<'_>, range: &Range<usize>, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Settings, message).at(place(source, range))
}

pub(super) fn syntax(source: Written<'_>, what: &str, range: &Range<usize>) -> Error {
    let what = what.lines().next().unwrap_or_default();
    let error = error(source, range, format!("no TOML: {}", printable(what)));
    error.hint("a setting is a line such as `region = \"us-south\"`")
}

pub(super) fn unknown(
    source: Written<'_>,
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

pub(super) fn secret(source: Written<'_>, range: &Range<usize>) -> Error {
    let place = place(source, range).without_excerpt();
    Error::new(ErrorKind::ExposedSecret, "a file of settings holds no key")
        .at(place)
        .seen("others read it, in a repository above all; take the key out, and replace it if it was shared")
        .hint("say where the key is: `api-key-file = \"PATH\"` or `api-key-command = \"PROGRAM ARGUMENTS\"`")
        .hint("or put it into the variable `ICR_CF_API_KEY`")
}

pub(super) fn no_source(source: Written<'_>, setting: Setting, range: &Range<usize>) -> Error {
    let name = setting.name();
    let place = place(source, range).without_excerpt();
    let message = format!("`{name}` takes SCOPE=SOURCE, not the secret itself");
    Error::new(ErrorKind::ExposedSecret, message)
        .within(place)
        .seen("others read the file, in a repository above all; replace the secret if it was shared")
        .hint(format!(
            "write `{name} = [\"SCOPE=env:NAME\"]`, with `file:PATH` or `command:PROGRAM ARGUMENTS` in place of `env:NAME`"
        ))
}

pub(super) fn too_many(source: Written<'_>, line: usize, most: usize, what: &str) -> Error {
    Error::new(ErrorKind::Settings, format!("more than {most} {what}"))
        .at(Place::line_of(source.name, line))
        .hint("take out what nobody needs")
}

pub(super) fn wrong_type(source: Written<'_>, setting: Setting, range: &Range<usize>) -> Error {
    let name = setting.name();
    let example = setting.row().kind.example();
    error(source, range, format!("`{name}` takes another kind of value"))
        .hint(format!("write {example}"))
}

pub(super) fn empty(source: Written<'_>, setting: Setting, range: &Range<usize>) -> Error {
    let message = format!("`{}` has an empty value", setting.name());
    error(source, range, message).hint("fill it, or take the line out")
}

pub(super) fn not_one_of(
    source: Written<'_>,
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
    source: Written<'_>,
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

pub(super) fn no_profiles(source: Written<'_>, range: &Range<usize>) -> Error {
    error(source, range, "`profile` holds tables with settings")
        .hint("write `[profile.NAME]` above the settings of the profile")
}

pub(super) fn profile_name(source: Written<'_>, range: &Range<usize>) -> Error {
    error(source, range, "that cannot be the name of a profile")
        .hint("take letters, digits, `-`, `_` and `.`, 64 at most")
}

pub(super) fn two(source: Written<'_>, both: [Setting; 2], first: usize, second: usize) -> Error {
    let [one, other] = both.map(Setting::name);
    let message = format!("`{one}` and `{other}` beside each other");
    Error::new(ErrorKind::Settings, message)
        .at(Place::line_of(source.name, second))
        .seen(format!("the other one is in line {first}"))
        .hint("take one of them out")
}
