//! The beginning of a line that is known to be harmless: keys, and values that are what their keys
//! say. Whatever is anything else ends it.

use super::Rights;
use super::keys::{has_colons, is_known, is_list, is_of_a_key, is_shown};

/// The longest beginning that may be shown; `None` where that says nothing.
pub(super) fn shown<'a>(line: &'a str, rights: Rights<'_>) -> Option<&'a str> {
    let mut scan = Scan { line, at: 0, depth: 0, says: line.trim().is_empty() };
    scan.line(rights);
    if !scan.says {
        let word = scan.known_word()?;
        scan.at += word;
    }
    line.get(..scan.at).map(str::trim_end)
}

struct Scan<'a> {
    line: &'a str,
    /// What stands before may be shown.
    at: usize,
    /// Flow mappings and lists that are open.
    depth: usize,
    /// Whether there is a key or a value in it.
    says: bool,
}

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a str {
        self.line.get(self.at..).unwrap_or_default()
    }

    fn line(&mut self, rights: Rights<'_>) {
        let mut list = rights.list;
        self.skip_blanks();
        while self.rest().starts_with("- ") || self.rest() == "-" {
            self.at += 1;
            self.skip_blanks();
        }
        loop {
            self.skip_blanks();
            self.skip_flow();
            if self.rest().is_empty() || self.rest().starts_with('#') {
                return;
            }
            if let Some((key, length)) = key(self.rest()) {
                self.at += length;
                self.says = true;
                let may = rights.values && is_shown(key);
                list = Some(key).filter(|key| may && is_list(key));
                if !may || !self.value(key) {
                    return;
                }
                continue;
            }
            let Some(key) = list else { return };
            if !self.value(key) {
                return;
            }
            self.says = true;
            // In a block an item ends with its line.
            if self.depth == 0 {
                return;
            }
        }
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Goes behind braces, brackets and commas.
    fn skip_flow(&mut self) {
        loop {
            match self.rest().chars().next() {
                Some('{' | '[') => self.depth += 1,
                Some('}' | ']') => self.depth = self.depth.saturating_sub(1),
                Some(',') if self.depth > 0 => {}
                _ => return,
            }
            self.at += 1;
            self.skip_blanks();
        }
    }

    /// Goes behind the value of a key that holds no secret. False where something follows that may
    /// be one.
    fn value(&mut self, key: &str) -> bool {
        self.skip_blanks();
        loop {
            let rest = self.rest();
            let length = match rest.chars().next() {
                None | Some('#' | '{' | '[' | ',' | '}' | ']') => return true,
                Some('&' | '!') => word(rest, 0),
                Some(quote @ ('"' | '\'')) => {
                    let closed = rest.get(1..).and_then(|rest| rest.find(quote));
                    let Some(length) = closed.map(|at| at + 2) else { return false };
                    if !is_harmless(rest.get(1..length - 1).unwrap_or_default(), key) {
                        return false;
                    }
                    self.at += length;
                    return self.ends();
                }
                Some(_) => {
                    let length = word(rest, self.depth);
                    if !is_harmless(rest.get(..length).unwrap_or_default(), key) {
                        return false;
                    }
                    self.at += length;
                    return self.variables() && self.ends();
                }
            };
            self.at += length;
            self.skip_blanks();
        }
    }

    /// Goes behind `((variables))`.
    fn variables(&mut self) -> bool {
        loop {
            let before = self.at;
            self.skip_blanks();
            let length = word(self.rest(), self.depth);
            let next = self.rest().get(..length).unwrap_or_default();
            let name = next.strip_prefix("((").and_then(|rest| rest.strip_suffix("))"));
            if !name.is_some_and(|name| name.chars().all(is_of_a_key)) {
                self.at = before;
                return true;
            }
            self.at += length;
        }
    }

    /// Whether the value ends here, and is no word of a longer one.
    fn ends(&self) -> bool {
        let rest = self.rest();
        let next = rest.trim_start();
        let is_comment = next.starts_with('#') && next.len() < rest.len();
        next.is_empty() || is_comment || self.depth > 0 && next.starts_with([',', '}', ']'])
    }

    /// The length of a known key that has lost its colon.
    fn known_word(&self) -> Option<usize> {
        let rest = self.rest();
        let quotes = rest.len() - rest.trim_start_matches(['"', '\'']).len();
        let rest = rest.get(quotes..)?;
        let is_end = |one: char| !is_of_a_key(one);
        let word = rest.get(..rest.find(is_end).unwrap_or(rest.len()))?;
        is_known(word).then_some(quotes + word.len())
    }
}

/// The key that a text begins with, and the length of it with its colon.
fn key(text: &str) -> Option<(&str, usize)> {
    let quote = text.chars().next().filter(|one| matches!(one, '"' | '\''));
    let inner = text.get(usize::from(quote.is_some())..)?;
    let key = inner.get(..inner.find(|one| !is_of_a_key(one)).unwrap_or(inner.len()))?;
    let behind = inner.get(key.len()..)?;
    let behind = match quote {
        Some(quote) => behind.strip_prefix(quote)?,
        None => behind,
    };
    let after = behind.trim_start().strip_prefix(':')?;
    let is_key = quote.is_some() || after.is_empty() || after.starts_with(char::is_whitespace);
    (is_key && !key.is_empty()).then(|| (key, text.len() - after.len()))
}

/// The length of the first word; inside of a flow it ends before a comma or what closes that.
fn word(text: &str, depth: usize) -> usize {
    let ends = |one: char| one.is_whitespace() || depth > 0 && ",{}[]".contains(one);
    text.find(ends).unwrap_or(text.len())
}

/// Whether the value of a key that holds no secret is nothing but that: no address with a
/// password, no other key with its value.
fn is_harmless(value: &str, key: &str) -> bool {
    let without_digest = value.replace("@sha256:", "").replace("@sha512:", "");
    let is_odd = |one: char| match one {
        ':' => !has_colons(key),
        other => "@=?;,".contains(other),
    };
    !without_digest.contains(is_odd)
}
