//! Text of others made fit for one row of ours: no control characters, no escape sequences, no
//! more columns than there are.

use std::iter::Peekable;
use std::str::Chars;

use crate::report::text::app_name;

/// Most columns that names are filled up to; longer ones stand out.
const WIDEST_NAME: usize = 24;
/// Stands for what was cut.
const CUT: char = '…';
const ESCAPE: char = '\u{1b}';

/// Names fit to be shown; whole, since the ends are often all that differs.
pub(super) fn names(names: &[String]) -> Vec<String> {
    names.iter().map(|name| app_name(&plain(name.as_bytes()))).collect()
}

/// The columns of the widest that the others are filled up to.
pub(super) fn widest(names: &[String]) -> usize {
    let widths = names.iter().map(|name| columns(name));
    widths.max().unwrap_or_default().min(WIDEST_NAME)
}

/// A text without whatever would move the cursor or change how text looks.
pub(super) fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ESCAPE => skip_sequence(&mut characters),
            '\t' => out.push(' '),
            other if is_shown(other) => out.push(other),
            _ => {}
        }
    }
    out
}

/// Whether a character is no control character, and none that turns the order of others round.
fn is_shown(character: char) -> bool {
    let turns = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let ends_line = matches!(character, '\u{2028}' | '\u{2029}');
    !character.is_control() && !turns && !ends_line
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

/// How many columns a text takes, nearly: what a terminal does with rare characters is its own.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

fn width(character: char) -> usize {
    match character {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// Cuts a text to at most so many columns.
pub(super) fn cut(text: &str, most: usize) -> String {
    if columns(text) <= most {
        return text.to_owned();
    }
    let mut room = most.saturating_sub(1);
    let mut out = String::new();
    for character in text.chars() {
        match room.checked_sub(width(character)) {
            Some(rest) => room = rest,
            None => break,
        }
        out.push(character);
    }
    if most > 0 {
        out.push(CUT);
    }
    out
}

/// Fills a text up to so many columns.
pub(super) fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(columns(text))))
}

#[cfg(test)]
mod tests {
    use super::{columns, cut, padded, plain};

    #[test]
    fn sequences_and_controls_are_taken_out() {
        for (text, shown) in [
            ("\u{1b}[1;31mred\u{1b}[0m text", "red text"),
            ("\u{1b}]0;title\u{7}a\u{1b}]8;;http://x\u{1b}\\b", "ab"),
            ("\u{1b}(Ba\u{8}\u{7f}\u{9b}31m\tb\u{202e}c", "a31m bc"),
            ("\u{1b}[2J\u{1b}[Hx\u{1b}", "x"),
            ("\u{1b}[31", ""),
        ] {
            assert_eq!(plain(text.as_bytes()), shown, "{text:?}");
        }
        assert_eq!(plain(b"a\xffb"), "a\u{fffd}b");
    }

    #[test]
    fn a_text_is_cut_and_padded_by_columns() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 5), "abcd…");
        assert_eq!(cut("日本語日本", 6), "日本…");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(columns(&padded("日", 5)), 5);
    }
}
