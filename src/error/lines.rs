//! Lines of a text of many lines, and what may be shown of one: the keys, and the values of keys of
//! a manifest that hold no secret, where the line is known to be what it looks like. Goes by the
//! look of the text, since a text with a syntax error has nothing else; rather hides too much.

use std::borrow::Cow;

mod inside;
mod keys;
mod prefix;

use keys::{Named, is_env, is_shown, last_key};

/// A line: its number from 1, and its bytes without the line break.
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The line that holds the byte `at`.
pub(super) fn find(text: &str, at: usize) -> Line {
    let before = text.get(..at).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |found| found + 1);
    let rest = text.get(start..).unwrap_or_default();
    let line = rest.split('\n').next().unwrap_or_default();
    let line = line.strip_suffix('\r').unwrap_or(line);
    Line {
        number: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
        start,
        end: start + line.len(),
    }
}

/// What may be shown of a line: all, its beginning, or nothing.
pub(super) fn fit_to_show<'a>(text: &'a str, at: &Line) -> Option<Cow<'a, str>> {
    let line = text.get(at.start..at.end)?;
    let before = text.get(..at.start)?;
    if inside::inside(before, line) || begins_flow(line) && before.lines().any(has_content) {
        return None;
    }
    let rights = Rights::of(&above(before, indentation(line)))?;
    let shown = prefix::shown(line, rights)?;
    if shown.len() == line.trim_end().len() {
        return Some(Cow::Borrowed(line));
    }
    let rest = line.get(shown.len()..).unwrap_or_default();
    // A comment is left out without a word: it is no part of what is at fault.
    let is_comment = rest.trim_start().starts_with('#');
    Some(if is_comment { Cow::Borrowed(shown) } else { Cow::Owned(format!("{shown} ...")) })
}

/// What the lines above one let be shown of it, beside its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rights<'a> {
    /// Whether the values of keys may be.
    values: bool,
    /// The key that this may be an item of, where its items may be shown.
    list: Option<&'a str>,
}

impl<'a> Rights<'a> {
    /// By the lines that it lies under, nearest first; `None` where nothing may be shown.
    fn of(above: &[&'a str]) -> Option<Self> {
        let parents: Vec<Named<'a>> = above.iter().map(|line| last_key(line)).collect();
        // Below a line with a value, or one that is no key at all, a text goes on.
        if parents.iter().any(|parent| matches!(parent, Named::Valued | Named::Nothing)) {
            return None;
        }
        let keys: Vec<&str> = parents.iter().filter_map(Named::key).collect();
        let nearest = keys.first().copied().unwrap_or_default();
        if keys::is_secret(nearest) || keys.iter().skip(1).any(|key| is_env(key)) {
            return None;
        }
        let values = keys.iter().all(|key| is_shown(key));
        Some(Self { values, list: Some(nearest).filter(|key| values && keys::is_list(key)) })
    }
}

/// The lines that one lies under, nearest first, by their indentation.
fn above(before: &str, indentation_below: usize) -> Vec<&str> {
    let mut limit = indentation_below;
    let mut found = Vec::new();
    for line in before.lines().rev() {
        let trimmed = line.trim();
        let indented = indentation(line);
        if limit == 0 {
            break;
        }
        let is_none = trimmed.is_empty() || trimmed.starts_with('#') || is_marker(line);
        if is_none || indented >= limit {
            continue;
        }
        limit = indented;
        found.push(line);
    }
    found
}

/// Whether a line is one of a flow mapping or list that stands for itself, as in JSON; behind other
/// lines it is out of place.
fn begins_flow(line: &str) -> bool {
    line.trim_start().starts_with(['{', '[', '}', ']', ','])
}

fn has_content(line: &str) -> bool {
    let trimmed = line.trim();
    !trimmed.is_empty() && !trimmed.starts_with('#') && !is_marker(line)
}

/// Whether a line begins or ends a document, or is for the parser.
fn is_marker(line: &str) -> bool {
    line.starts_with("---") || line.starts_with("...") || line.starts_with('%')
}

/// Columns before the first key; the dash of a list counts as indentation.
fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t', '-']).len()
}

#[cfg(test)]
mod tests;
