//! Tests of pages on terminals of any width, with a page of its own and with all there are.

use std::collections::BTreeSet;

use super::laid_out;
use crate::cli::topics;
use crate::report::page::columns;

const PAGE: &str = "\
# A page

Some words with [a link](json.md#error), **bold** ones,
`code [x](y)` and a [lonely bracket.

## Below

- one of a list that is long enough to go on in another line
- [`--flag`](#below)

1. first

```sh
icr-cf push   web
```

    a diagram ──►

### A table

| name | what it holds |
| --- | --- |
| `one` | a short text |
| `a\\|b` | a text that is somewhat longer than the first one, and has a [link](x.md) |
";

#[test]
fn a_page_is_text_without_marks() {
    let expected = "\
A page
======

Some words with a link, bold ones, `code [x](y)` and a
[lonely bracket.

Below
-----

- one of a list that is long enough to go on in another
  line
- `--flag`
1. first

    icr-cf push   web

    a diagram ──►

A table

name   what it holds
-----  -------------------------------------------------
`one`  a short text
`a|b`  a text that is somewhat longer than the first
       one, and has a link
";
    assert_eq!(laid_out(PAGE, 56), expected);
}

#[test]
fn a_table_without_room_is_a_list() {
    let shown = laid_out(PAGE, 28);
    let expected = "\
A table

`one`
    a short text
`a|b`
    a text that is somewhat
    longer than the first
    one, and has a link
";
    assert!(shown.ends_with(expected), "{shown}");
    let many = "| a | b | c |\n| --- | --- | --- |\n| x | a cell of some words | |\n";
    assert_eq!(laid_out(many, 20), "x\n    b: a cell of\n    some words\n");
}

/// The words of a page: without the targets of its links, the languages of its blocks and the names
/// of columns, which a list may leave out.
fn words_of(page: &str) -> BTreeSet<String> {
    let lines: Vec<&str> = page.lines().collect();
    let is_name = |at: usize| lines.get(at + 1).is_some_and(|next| next.starts_with("| ---"));
    let kept = lines.iter().enumerate();
    let kept = kept.filter(|(at, line)| !line.starts_with("```") && !is_name(*at));
    let text = kept.map(|(_, line)| *line).collect::<Vec<_>>().join("\n");
    let mut parts = text.split("](");
    let first = parts.next().unwrap_or_default();
    let others = parts.filter_map(|part| part.split_once(')')).map(|(_, behind)| behind);
    words(&std::iter::once(first).chain(others).collect::<Vec<_>>().join(" "))
}

fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

#[test]
fn every_page_keeps_its_words_and_fits_whatever_the_width() {
    for topic in topics::all() {
        let kept = words_of(topic.text);
        for room in (20..=120).step_by(5) {
            let shown = laid_out(topic.text, room);
            let missing: Vec<String> = kept.difference(&words(&shown)).cloned().collect();
            assert!(missing.is_empty(), "{} at {room}: {missing:?}", topic.name);
            for line in shown.lines() {
                let is_verbatim = line.starts_with("    ");
                let fits = columns(line) <= room
                    || is_verbatim
                    || line.split_whitespace().count() <= 2
                    || line.chars().all(|c| matches!(c, '-' | '='));
                assert!(fits, "{} at {room}: {line}", topic.name);
                // `***` is what stands in place of a key.
                let bold = line.replace("***", "").contains("**");
                let has_marks = line.contains("](") || bold || line.starts_with('|');
                assert!(!has_marks || is_verbatim, "{} at {room}: {line}", topic.name);
            }
        }
    }
}
