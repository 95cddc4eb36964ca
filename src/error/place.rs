//! Where a fault is: a text, or a line of one, with the part at fault. Never shows what may be
//! secret.

use std::ops::Range;

use serde::Serialize;

use super::{SHOWN, lines, push_escaped};
use crate::secret_shape::{HIDDEN, may_be_secret};

/// Where in the input the fault is: a text and the byte range in it that is at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// What the text is: an argument, a line of standard input, a variable.
    pub source: String,
    /// The text, with everything that is not printable ASCII escaped.
    pub text: String,
    /// First character at fault, counted from 0, in the escaped text.
    pub start: usize,
    /// One past the last character at fault.
    pub end: usize,
    /// Line of the fault in a text of many lines, counted from 1; `text` is that line alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Column of the fault in that line, counted from 1 in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

impl Place {
    /// Escapes `text` and carries `range` (bytes) over to the escaped form. A long text is cut
    /// around the fault.
    #[must_use]
    pub fn new(source: impl Into<String>, text: &str, range: Range<usize>) -> Self {
        if may_be_secret(text) {
            return Self::unmarked(source.into(), HIDDEN.to_owned());
        }
        let mut shown = String::new();
        let (mut start, mut end) = (None, None);
        for (at, character) in text.char_indices() {
            if at >= range.start && start.is_none() {
                start = Some(shown.len());
            }
            if at >= range.end && end.is_none() {
                end = Some(shown.len());
            }
            push_escaped(&mut shown, character);
        }
        let end = end.unwrap_or(shown.len());
        let start = start.unwrap_or(shown.len()).min(end);
        Self::cut(source.into(), &shown, start, end)
    }

    /// A place in a text of many lines: the line where `range` (bytes) begins, with its number.
    /// The excerpt is left out where the line may hold a secret, and the values of an `env` block
    /// are never shown.
    #[must_use]
    pub fn in_file(source: &str, text: &str, range: Range<usize>) -> Self {
        let at = lines::find(text, range.start);
        let width = range.len().min(at.end.saturating_sub(range.start));
        let line = text.get(at.start..at.end).unwrap_or_default();
        let start = range.start.saturating_sub(at.start).min(line.len());
        let place = match lines::fit_to_show(text, &at) {
            Some(shown) if !may_be_secret(shown.as_ref()) => {
                let start = start.min(shown.len().saturating_sub(1));
                let end = if shown == line { start + width } else { start };
                Self::new(source, &shown, start..end)
            }
            _ => Self::unmarked(source.to_owned(), String::new()),
        };
        let column = line.get(..start).map_or(start, |before| before.chars().count());
        Self { line: Some(at.number), column: Some(column + 1), ..place }
    }

    /// A line of a file, of which nothing is shown.
    #[must_use]
    pub fn line_of(source: &str, line: usize) -> Self {
        Self { line: Some(line), ..Self::unmarked(source.to_owned(), String::new()) }
    }

    /// Leaves only the position: for texts whose content is not to be shown at all.
    #[must_use]
    pub fn without_excerpt(self) -> Self {
        Self { text: String::new(), start: 0, end: 0, ..self }
    }

    fn unmarked(source: String, text: String) -> Self {
        Self { source, text, start: 0, end: 0, line: None, column: None }
    }

    fn cut(source: String, shown: &str, start: usize, end: usize) -> Self {
        let place = Self::unmarked(source, shown.to_owned());
        if shown.len() <= SHOWN {
            return Self { start, end, ..place };
        }
        let first = start.saturating_sub(SHOWN / 2);
        let last = (first + SHOWN).min(shown.len());
        let head = if first > 0 { "..." } else { "" };
        let tail = if last < shown.len() { "..." } else { "" };
        let middle = shown.get(first..last).unwrap_or_default();
        let shift = |at: usize| at.min(last).saturating_sub(first) + head.len();
        let text = format!("{head}{middle}{tail}");
        Self { text, start: shift(start), end: shift(end), ..place }
    }

    /// The line under the text: carets below the part at fault, one at the end where it is empty.
    pub(super) fn carets(&self) -> String {
        let width = self.end.saturating_sub(self.start).max(1);
        format!("{}{}", " ".repeat(self.start), "^".repeat(width))
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_fault_at_the_end_gets_one_caret_past_it() {
        let place = Place::new("argument", "acme/web:", 9..9);
        assert_eq!(place.carets(), "         ^");
    }

    #[test]
    fn a_long_text_is_cut_around_the_fault() {
        let text = format!("{}X{}", "a".repeat(400), "b".repeat(400));
        let place = Place::new("argument", &text, 400..401);
        assert!(place.text.len() < 120, "{}", place.text);
        assert_eq!(place.text.get(place.start..place.end), Some("X"));
    }
}
