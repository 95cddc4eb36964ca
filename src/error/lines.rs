//! Lines of a text of many lines, and whether one may be shown: no value of an `env` block, nor of
//! a key that is named like a secret. Goes by the look of the text, since a text with a syntax
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
    match secret_part(line, direct) {
        Some(part) => line.get(..part.start).map(|key| Cow::Owned(format!("{key} ..."))),
        None if direct && !line.trim().is_empty() => None,
        None => Some(Cow::Borrowed(line)),
    }
}

/// Where the value of the line begins, when it is one that is not shown.
fn secret_part(line: &str, all: bool) -> Option<Range<usize>> {
    let mut from = 0;
    while let Some(found) = line.get(from..)?.find(':') {
        let colon = from + found;
        let key = line.get(..colon)?;
        if all || is_secret_key(last_word(key)) {
            return Some(colon + 1..line.len());
        }
        from = colon + 1;
    }
    None
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

fn is_secret_key(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    ["env", "password", "secret", "token", "credential"].iter().any(|part| word.contains(part))
}

/// The key that stands before a colon, without quotes and brackets.
fn last_word(text: &str) -> &str {
    let text = text.trim_end().trim_end_matches(['"', '\'']);
    text.rsplit([' ', '\t', ',', '{', '[', '"', '\'']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
