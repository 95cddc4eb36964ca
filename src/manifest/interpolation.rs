//! `((name))`: finds it and puts values in, as bosh-cli's director/template does for cf. The
//! pattern is `\(\((!?[-/\.\w\pL]+)\)\)`; `\pL` is taken as Rust's alphabetic characters.

use std::rc::Rc;

use super::held::Held;
use super::scalar::Resolved;

/// Longest text that putting variables in may make, for a whole manifest.
pub(super) const MOST_TEXT: usize = 4 << 20;

/// Most variables in one text.
const MOST_NAMES: usize = 100;

/// Why a text cannot be completed; none of it repeats a value.
#[derive(Debug, PartialEq)]
pub(super) enum Unfit {
    /// A value that only stands alone, by variable and what it is.
    Type(String, &'static str),
    /// A name with dots that leads into nothing.
    Path(String),
    TooLong,
}

/// What a text became.
pub(super) enum Interpolated {
    Text(String),
    /// The text was the variable and nothing else: its value, of whatever type.
    Whole(Rc<Held>),
}

/// Where values of variables come from.
pub(super) trait Lookup {
    /// The value of a top-level name.
    fn value(&self, name: &str) -> Option<Rc<Held>>;
    /// Takes note of a name that has none.
    fn missing(&mut self, name: &str);
}

/// Whether there may be something to put in.
pub(super) fn mentions_variables(text: &str) -> bool {
    !names(text).is_empty()
}

/// The names in a text, without `!`, in order.
fn names(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find("((") {
        let inner = rest.get(open + 2..).unwrap_or_default();
        let marked = inner.strip_prefix('!').unwrap_or(inner);
        let end = marked.find(|character| !is_of_a_name(character)).unwrap_or(marked.len());
        match marked.split_at_checked(end) {
            Some((name, after)) if !name.is_empty() && after.starts_with("))") => {
                found.push(name);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => rest = rest.get(open + 1..).unwrap_or_default(),
        }
    }
    found
}

fn is_of_a_name(character: char) -> bool {
    matches!(character, '-' | '/' | '.' | '_')
        || character.is_ascii_digit()
        || character.is_alphabetic()
}

/// Whether the text is `((name))` and nothing else.
fn is_whole(text: &str) -> bool {
    let inner = text.strip_prefix("((").and_then(|rest| rest.strip_suffix("))"));
    inner
        .map(|inner| inner.strip_prefix('!').unwrap_or(inner))
        .is_some_and(|name| !name.is_empty() && name.chars().all(is_of_a_name))
}

/// Puts the values in, one name after the other, as bosh-cli does.
pub(super) fn interpolate(text: &str, lookup: &mut impl Lookup) -> Result<Interpolated, Unfit> {
    let mut result = text.to_owned();
    let mut seen = Vec::new();
    for name in names(text) {
        if seen.contains(&name) {
            continue;
        }
        if seen.len() == MOST_NAMES {
            return Err(Unfit::TooLong);
        }
        seen.push(name);
        let Some(value) = find(name, lookup)? else { continue };
        if is_whole(&result) {
            return Ok(Interpolated::Whole(value));
        }
        let piece = match value.as_ref() {
            Held::Scalar(Resolved::Text(_) | Resolved::Int(_)) => value.as_field(),
            _ => None,
        };
        let Some(piece) = piece else {
            return Err(Unfit::Type(name.to_owned(), value.kind()));
        };
        for written in [format!("(({name}))"), format!("((!{name}))")] {
            let times = result.matches(&written).count();
            if result.len().saturating_add(times.saturating_mul(piece.len())) > MOST_TEXT {
                return Err(Unfit::TooLong);
            }
            result = result.replace(&written, &piece);
        }
    }
    Ok(Interpolated::Text(result))
}

fn find(name: &str, lookup: &mut impl Lookup) -> Result<Option<Rc<Held>>, Unfit> {
    let mut parts = name.split('.');
    let first = parts.next().unwrap_or_default();
    let Some(mut value) = lookup.value(first) else {
        lookup.missing(first);
        return Ok(None);
    };
    for part in parts {
        let Some(pair) = value.pair(part) else { return Err(Unfit::Path(name.to_owned())) };
        value = Rc::clone(&pair.slot.value);
    }
    Ok(Some(value))
}

#[cfg(test)]
mod tests;
