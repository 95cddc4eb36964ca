//! No text makes the reader panic, and no fault of one repeats a key.

use proptest::prelude::*;

use super::read;
use crate::settings::fault::Index;

const SEED: &str = "region = \"us-south\"\njobs = 1_0\nsilence = [\"latest-tag\"]\n\
                    [profile.prod]\napi-key-for = [\"acme=env:A\"]\ntimeout = '''5m'''\n";
/// In the form of a key, and none.
const KEY: &str = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdEf";

fn said(text: &str) -> String {
    match read("icr-cf.toml", text) {
        Ok(_) => String::new(),
        Err(error) => format!("{error} {:?}", error.place()),
    }
}

#[test]
fn the_seed_is_read_and_a_number_may_have_its_marks() {
    let document = read("icr-cf.toml", SEED).unwrap();
    let jobs = document.top.iter().find(|entry| entry.setting.name() == "jobs").unwrap();
    assert_eq!(
        (jobs.items[0].value.as_str(), jobs.items[0].line, jobs.items[0].column),
        ("10", 2, 8)
    );
    assert_eq!(document.profiles["prod"].len(), 2);
}

/// Counted from the start of the text.
fn counted(text: &str, byte: usize) -> (usize, usize) {
    let before = &text[..byte];
    let begin = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[begin..].chars().count() + 1)
}

proptest! {
    #[test]
    fn an_index_finds_what_counting_finds(text in "[a\n\u{e9}\u{1f600}]{0,40}") {
        let index = Index::of(&text);
        for byte in (0..=text.len()).filter(|byte| text.is_char_boundary(*byte)) {
            prop_assert_eq!(index.position(byte), counted(&text, byte));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        said(&text);
    }

    #[test]
    fn a_text_with_something_else_in_it_is_read_or_refused(
        at in 0..SEED.len(), gone in 0_usize..8, new in "[a-z=\\[\\]{}\"'\\\\#\n\r\u{e9} .5]{0,8}",
    ) {
        let end = (at + gone).min(SEED.len());
        let text = format!("{}{new}{}", &SEED[..at], &SEED[end..]);
        said(&text);
    }

    #[test]
    fn a_key_anywhere_in_a_text_is_never_repeated(at in 0..SEED.len()) {
        let text = format!("{}{KEY}{}", &SEED[..at], &SEED[at..]);
        let said = said(&text);
        prop_assert!(!said.contains(KEY), "{said}");
    }
}
