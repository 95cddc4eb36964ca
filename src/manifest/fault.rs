//! A fault in a text, before it is known which file the text is: what is wrong, where, and what
//! mends it.

use std::ops::Range;

use super::Source;
use crate::error::{Error, ErrorKind, Place, printable};

/// Whether a message may show the line at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Excerpt {
    Shown,
    /// The text holds passwords.
    Hidden,
}

/// What is wrong, at which bytes.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) range: Range<usize>,
    message: String,
    hint: Option<String>,
}

impl Fault {
    pub(super) fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self { range, message: message.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says in which text it is.
    pub(super) fn within(self, source: &Source, excerpt: Excerpt) -> Error {
        let place = Place::in_file(&source.name, &source.text, self.range);
        let place = match excerpt {
            Excerpt::Shown => place,
            Excerpt::Hidden => place.without_excerpt(),
        };
        let error = Error::new(ErrorKind::Manifest, self.message).at(place);
        match self.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

/// A name out of a text, fit for one line of a message and between backticks.
pub(super) fn name(text: &str) -> String {
    printable(text)
}
