//! Text of others made fit for one row of ours: no control characters, no escape sequences.

use std::iter::Peekable;
use std::str::Chars;

use super::page::{Page, columns};
use crate::error::{printable_in_full, visible};

/// Most columns that names are filled up to; longer ones stand out.
const WIDEST_NAME: usize = 24;
const ESCAPE: char = '\u{1b}';

/// A name of an app fit for the start of a line: none that a service which runs jobs would take
/// for a command of its own (`::error::`, `##[group]`).
pub(super) fn app_name(name: &str) -> String {
    let name = printable_in_full(name);
    if name.starts_with("::") || name.contains("##[") {
        format!("'{name}'").replace("##[", "## [")
    } else {
        name
    }
}

/// Names fit to be shown; whole, since the ends are often all that differs.
pub(super) fn names(names: &[String], page: Page) -> Vec<String> {
    names.iter().map(|name| page.one_line(&app_name(&plain(name.as_bytes())))).collect()
}

/// The columns of the widest that the others are filled up to.
pub(super) fn widest(names: &[String]) -> usize {
    let widths = names.iter().map(|name| columns(name));
    widths.max().unwrap_or_default().min(WIDEST_NAME)
}

/// A text without whatever would move the cursor or change how text looks; what would hide is
/// escaped.
pub(super) fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ESCAPE => skip_sequence(&mut characters),
            '\t' => out.push(' '),
            other if other.is_control() => {}
            other => out.push(other),
        }
    }
    visible(&out).into_owned()
}

/// Takes the rest of a sequence: a colour, a title, a character set.
fn skip_sequence(characters: &mut Peekable<Chars<'_>>) {
    match characters.next() {
        Some('[') => {
            characters.by_ref().find(|character| ('\u{40}'..='\u{7e}').contains(character));
        }
        Some(']' | 'P' | '_' | '^' | 'X') => {
            // Up to a bell, or to an escape and a backslash.
            if characters.by_ref().find(|c| matches!(c, '\u{7}' | &ESCAPE)) == Some(ESCAPE) {
                characters.next_if_eq(&'\\');
            }
        }
        Some(' '..='/') => {
            characters.next();
        }
        Some(_) | None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn sequences_and_controls_are_taken_out() {
        for (text, shown) in [
            ("\u{1b}[1;31mred\u{1b}[0m text", "red text"),
            ("\u{1b}]0;title\u{7}a\u{1b}]8;;http://x\u{1b}\\b", "ab"),
            ("\u{1b}(Ba\u{8}\u{7f}\u{9b}31m\tb\u{202e}c", "a31m b\\u{202e}c"),
            ("\u{1b}[2J\u{1b}[Hx\u{1b}", "x"),
            ("\u{1b}[31", ""),
        ] {
            assert_eq!(plain(text.as_bytes()), shown, "{text:?}");
        }
        assert_eq!(plain(b"a\xffb"), "a\u{fffd}b");
    }
}
