//! Lines of a text of many lines, and what may be shown of one: values of the keys of a manifest
//! that hold no secret, and of no others. Goes by the look of the text, since a text with a syntax
//! error has nothing else; rather hides too much.

use std::borrow::Cow;
use std::ops::Range;

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

/// What may be shown of a line: all, all but a value, or nothing.
pub(super) fn fit_to_show<'a>(text: &'a str, at: &Line) -> Option<Cow<'a, str>> {
    let line = text.get(at.start..at.end)?;
    if in_flow_env(text, at.start) {
        return None;
    }
    let above = above(text, at.start, indentation(line));
    let direct = above.first().is_some_and(|parent| is_env(parent));
    if !direct && above.iter().any(|parent| is_env(parent)) {
        return None;
    }
    let is_hidden = |parent: &&str| !shows_values(parent);
    // What stands in a comment, or before an `@`, may be anything.
    let line = line.split(" #").next().unwrap_or_default();
    let in_text = above.first().is_some_and(|parent| begins_text(parent) && is_hidden(parent));
    if in_text {
        return None;
    }
    let hides_values = direct || above.iter().any(is_hidden);
    match secret_part(line, hides_values) {
        Some(part) => line.get(..part.start).map(|key| Cow::Owned(format!("{key} ..."))),
        None if direct && !line.trim().is_empty() => None,
        None if line.contains("://") && line.contains('@') => None,
        // An item of a list, or a line of a text, however it is indented: its key stands above.
        None if !has_key(line) && key_before(text, at.start).as_ref().is_some_and(is_hidden) => {
            None
        }
        None => Some(Cow::Borrowed(line)),
    }
}

/// Keys of a manifest whose values are no secrets.
const SHOWN: [&str; 31] = [
    "applications",
    "version",
    "inherit",
    "name",
    "docker",
    "image",
    "username",
    "path",
    "memory",
    "disk_quota",
    "disk-quota",
    "instances",
    "buildpack",
    "buildpacks",
    "stack",
    "stacks",
    "routes",
    "route",
    "timeout",
    "no-route",
    "random-route",
    "default-route",
    "type",
    "lifecycle",
    "processes",
    "services",
    "health-check-type",
    "icr",
    "region",
    "namespace",
    "<<",
];

fn is_shown(key: &str) -> bool {
    SHOWN.contains(&key)
}

/// Where the value of the line begins, when it is one that is not shown.
fn secret_part(line: &str, all: bool) -> Option<Range<usize>> {
    let is_secret = |colon: &usize| {
        let key = line.get(..*colon).unwrap_or_default();
        let value = line.get(colon + 1..).unwrap_or_default().trim();
        (all || !is_shown(last_word(key))) && !value.is_empty()
    };
    colons(line).find(is_secret).map(|colon| colon + 1..line.len())
}

/// The colons behind keys: a blank or the end of the line follows, or a quote stands before.
fn colons(line: &str) -> impl Iterator<Item = usize> {
    line.match_indices(':').map(|(at, _)| at).filter(move |at| {
        let next = line.get(at + 1..).and_then(|rest| rest.chars().next());
        let before = line.get(..*at).unwrap_or_default();
        next.is_none_or(char::is_whitespace) || before.ends_with(['"', '\''])
    })
}

/// Whether the values below a line may be shown, by the last of its keys.
fn shows_values(line: &str) -> bool {
    let line = line.split(" #").next().unwrap_or_default();
    let last = colons(line).last();
    is_shown(last_word(last.and_then(|colon| line.get(..colon)).unwrap_or(line)))
}

/// Whether a line has a value itself, so that what stands below goes on with it; an anchor is none.
fn begins_text(line: &str) -> bool {
    let value = colons(line).last().and_then(|colon| line.get(colon + 1..)).unwrap_or_default();
    let value = value.trim();
    !value.is_empty() && !value.starts_with('&')
}

/// The nearest line above that has a key.
fn key_before(text: &str, before: usize) -> Option<&str> {
    let above = text.get(..before).unwrap_or_default();
    above.lines().rev().find(|line| !line.trim_start().starts_with('#') && has_key(line))
}

fn has_key(line: &str) -> bool {
    colons(line).next().is_some()
}

/// The lines above that this one lies under, nearest first, by their indentation.
fn above(text: &str, before: usize, indentation_below: usize) -> Vec<&str> {
    let mut limit = indentation_below;
    let mut found = Vec::new();
    for line in text.get(..before).unwrap_or_default().lines().rev() {
        let trimmed = line.trim();
        let indented = indentation(line);
        if limit == 0 {
            break;
        }
        if trimmed.is_empty() || trimmed.starts_with('#') || indented >= limit {
            continue;
        }
        limit = indented;
        found.push(line);
    }
    found
}

/// Whether an `env: {` above is still open.
fn in_flow_env(text: &str, before: usize) -> bool {
    let before = text.get(..before).unwrap_or_default();
    let open = before.rmatch_indices("env").find_map(|(at, _)| {
        let rest = before.get(at + 3..)?.trim_start_matches(['"', '\'']).trim_start();
        rest.strip_prefix(':')?.trim_start().strip_prefix('{')
    });
    let mut depth = 1_usize;
    for byte in open.unwrap_or("}").bytes() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return false;
        }
    }
    true
}

/// Columns before the first key; the dash of a list counts as indentation.
fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t', '-']).len()
}

fn is_env(line: &str) -> bool {
    line.split(':').next().is_some_and(|key| last_word(key).to_ascii_lowercase().contains("env"))
}

/// The key that stands before a colon, without quotes and brackets.
fn last_word(text: &str) -> &str {
    let text = text.trim_end().trim_end_matches(['"', '\'']);
    text.rsplit([' ', '\t', ',', '{', '[', '"', '\'']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
