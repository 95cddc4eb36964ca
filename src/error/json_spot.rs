//! Where a JSON text is broken, and nothing of the parser's own words, which may repeat what stands there.

use std::fmt;

/// A place in a JSON text, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonSpot {
    /// In a line: line and column.
    At(usize, usize),
    /// At the end of a line.
    EndOf(usize),
}

impl JsonSpot {
    /// The line.
    pub(crate) const fn line(self) -> usize {
        match self {
            Self::At(line, _) | Self::EndOf(line) => line,
        }
    }
}

impl From<&serde_json::Error> for JsonSpot {
    fn from(error: &serde_json::Error) -> Self {
        // The parser calls a line end column 0 of the next line.
        match (error.line(), error.column()) {
            (line, 0) => Self::EndOf(line.saturating_sub(1).max(1)),
            (line, column) => Self::At(line, column),
        }
    }
}

impl fmt::Display for JsonSpot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(line, column) => write!(f, "line {line}, column {column}"),
            Self::EndOf(line) => write!(f, "the end of line {line}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::de::IgnoredAny;

    use super::JsonSpot;

    #[test]
    fn a_place_is_counted_from_one_and_has_no_column_at_the_end_of_a_line() {
        for (text, expected) in [
            ("{\"a\": x}", "line 1, column 7"),
            ("{\n  \"a\":\n}", "line 3, column 1"),
            ("{\"a\": \n\n", "the end of line 2"),
            ("{\n\"a\": 1,\n", "the end of line 2"),
            ("", "the end of line 1"),
        ] {
            let error = serde_json::from_str::<IgnoredAny>(text).unwrap_err();
            assert_eq!(JsonSpot::from(&error).to_string(), expected, "{text:?}");
        }
    }
}
