//! Which characters show themselves, and what is shown in place of the others. The one mechanism
//! for every text of others: names, tags, places, file names. Knows nothing of secrets.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character is seen as what it is: no control character, none that turns the order of
/// others round, takes no room, ends a line or belongs to nobody.
#[must_use]
pub(crate) fn is_visible(character: char) -> bool {
    if character.is_ascii() {
        return character == ' ' || character.is_ascii_graphic();
    }
    // The standard library escapes what is not printed (controls, formats, separators, what is
    // unassigned), and a mark that has nothing to stand on.
    let printed = ['a', character].iter().collect::<String>().escape_debug().nth(1);
    printed == Some(character) && !is_blank(character)
}

/// Letters, marks and symbols that are printed as nothing at all (Unicode,
/// `Default_Ignorable_Code_Point`; the rest of those are formats), and the pattern without dots.
fn is_blank(character: char) -> bool {
    matches!(
        character,
        '\u{34f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The text with every character escaped that does not show itself, but for the ends of lines.
#[must_use]
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    let stays = |character: char| character == '\n' || is_visible(character);
    if text.chars().all(stays) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if stays(character) {
            out.push(character);
        } else {
            out.extend(character.escape_default());
        }
    }
    Cow::Owned(out)
}

/// Words as a line for a shell, which shows every character and can be pasted: what would hide is
/// written as bash, zsh and ksh read it in `$'...'`.
#[must_use]
pub(crate) fn shell_line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<Cow<'_, str>> = words.into_iter().map(shell_word).collect();
    words.join(" ")
}

/// A word of such a line.
#[must_use]
pub(crate) fn shell_word(word: &str) -> Cow<'_, str> {
    if word.chars().all(is_visible) {
        return shell_words::quote(word);
    }
    let mut out = "$'".to_owned();
    for character in word.chars() {
        match character {
            '\'' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            _ if is_visible(character) => out.push(character),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\U{:08x}", u32::from(character));
            }
        }
    }
    out.push('\'');
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{is_visible, visible};

    #[test]
    fn what_is_not_seen_is_escaped() {
        for character in [
            '\u{0}',      // a control character
            '\u{1b}',     // what begins an escape sequence
            '\u{7f}',     // delete
            '\u{9b}',     // the same in one character
            '\u{a0}',     // a blank that is none
            '\u{ad}',     // a hyphen that may be there
            '\u{61c}',    // the mark of Arabic
            '\u{115f}',   // a filler, which counts as a letter
            '\u{180e}',   // a separator of Mongolian
            '\u{200b}',   // no width
            '\u{200d}',   // a joiner
            '\u{200f}',   // right to left
            '\u{2028}',   // a line end
            '\u{202e}',   // turns round what follows
            '\u{2060}',   // a joiner of words
            '\u{2067}',   // isolates
            '\u{2800}',   // a pattern of no dots
            '\u{3000}',   // a wide blank
            '\u{3164}',   // a filler
            '\u{fe0f}',   // selects a form
            '\u{feff}',   // the mark of byte order
            '\u{ffa0}',   // a filler of half width
            '\u{e000}',   // for private use
            '\u{1d173}',  // begins a beam
            '\u{e0041}',  // a letter of the tags
            '\u{e0100}',  // selects another form
            '\u{10ffff}', // belongs to nobody
        ] {
            assert!(!is_visible(character), "{character:?}");
            let shown = visible(&format!("a{character}b")).into_owned();
            assert_eq!(shown, format!("a{}b", character.escape_default()));
        }
    }

    #[test]
    fn the_scripts_of_the_world_stay_as_they_are() {
        let text =
            "Bücher, e\u{301}tude, кириллица, עברית, عربى, हिन्दी, 日本語, 한국어, €, 🚀 \\ `'\"\n";
        assert_eq!(visible(text), text);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_line_for_a_shell_shows_all_and_means_the_same() {
        for word in ["web", "two words", "it's", "a\u{202e}b'\\c", "x\ny", "\u{e0041}", "ü"] {
            let line = super::shell_line(["printf", "%s", word]);
            assert!(line.chars().all(is_visible), "{line}");
            let shell = duct::cmd!("env", "LC_ALL=C.UTF-8", "bash", "-c", &line).read();
            assert_eq!(shell.unwrap(), word, "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_text_has_a_hidden_character_once_it_is_shown(text in any::<String>()) {
            let shown = visible(&text).into_owned();
            prop_assert!(shown.chars().all(|one| one == '\n' || is_visible(one)), "{shown:?}");
            prop_assert_eq!(visible(&shown).into_owned(), shown);
        }
    }
}
