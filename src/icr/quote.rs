//! Texts of the other side as a verdict may show them: of one line, and without the key.

use crate::error::printable;
use crate::secret::ApiKey;
use crate::secret_shape::HIDDEN;
use crate::verdict::Verdict;

/// A text from the other side, fit to be shown.
pub(super) fn said(text: &str, key: Option<&ApiKey>) -> String {
    let shown = printable(text);
    // Looked for before it is cut, so that no half of the key is left.
    if repeats(text, key) || repeats(&shown, key) {
        return HIDDEN.to_owned();
    }
    shown
}

/// Whether the key is in a text, as it is or in a form that programs print it in.
pub(super) fn repeats(text: &str, key: Option<&ApiKey>) -> bool {
    masked(text, key) != text
}

/// A text without the key.
pub(super) fn masked(text: &str, key: Option<&ApiKey>) -> String {
    key.map_or_else(|| text.to_owned(), |key| key.masked(text))
}

/// Takes the key out of verdicts, should an answer have brought it there.
pub(super) fn mask(verdicts: &mut [Verdict], key: Option<&ApiKey>) {
    for text in verdicts.iter_mut().flat_map(Verdict::texts) {
        *text = masked(text, key);
    }
}
