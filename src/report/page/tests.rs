//! Tests of what is laid out.

use proptest::prelude::*;

use super::{Cell, MOST, Page, cells, columns, padded};
use crate::environment::{Charset, Spoken};
use crate::error::is_visible;

const PLAIN: Page = Page {
    charset: Charset::Utf8,
    is_github: false,
    links: false,
    room: None,
    spoken: Spoken::Program,
};
const ASCII: Page = Page { charset: Charset::Ascii, ..PLAIN };
const GITHUB: Page = Page { is_github: true, ..PLAIN };

fn rows(rows: &[&[&str]]) -> Vec<Vec<Cell>> {
    cells(rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect())
}

#[test]
fn a_text_is_cut_and_padded_by_columns() {
    assert_eq!(PLAIN.cut("abcdef", 6), "abcdef");
    assert_eq!(PLAIN.cut("abcdef", 5), "abcd…");
    assert_eq!(PLAIN.cut("日本語日本", 6), "日本…");
    assert_eq!(PLAIN.cut("abc", 0), "");
    assert_eq!(ASCII.cut("abcdef", 5), "ab...");
    assert_eq!(ASCII.cut("abcdef", 2), "..");
    assert_eq!(columns(&padded("日", 5)), 5);
}

#[test]
fn columns_are_aligned_for_wide_characters_and_marks() {
    let table = PLAIN.table(&rows(&[&["名前", "x"], &["e\u{301}te\u{301}", "y"], &["abcd", "z"]]));
    assert_eq!(table, "名前  x\ne\u{301}te\u{301}   y\nabcd  z\n");
}

#[test]
fn a_cell_that_does_not_end_is_cut_with_a_mark_and_leaves_the_others_in_place() {
    for length in [MOST + 1, 65_535, 65_536, 1_000_000] {
        let long = "x".repeat(length);
        let table = PLAIN.table(&rows(&[&["a", &long, "end"], &["b", "short", "end"]]));
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(columns(lines[0]), 1 + 2 + MOST + 2 + 3, "{length}");
        assert!(lines[0].ends_with("x…  end"), "{length}");
        assert_eq!(columns(lines[1]), 1 + 2 + 100 + 2 + 3, "{length}");
    }
}

#[test]
fn a_cell_is_one_line_and_shows_what_would_hide() {
    let table = PLAIN.table(&rows(&[&["a\nb\u{202e}c\u{1b}[2J", "\u{200b}"]]));
    assert_eq!(table, "a\\nb\\u{202e}c\\u{1b}[2J  \\u{200b}\n");
}

#[test]
fn ascii_alone_is_printed_where_the_locale_has_no_more() {
    assert_eq!(ASCII.text("a │ b…\n── ü"), "a | b...\n-- \\u{fc}");
    let table = ASCII.fitted(&rows(&[&["日本", "x"], &["é", "y"]]));
    assert_eq!(table, "\\u{65e5}\\u{672c}  x\n\\u{e9}            y\n");
}

#[test]
fn nothing_that_is_shown_becomes_a_command_of_github() {
    let text = "error: x\n  ::set-output name=a::b\n::debug::c\nat ##[error]d";
    let shown = "error: x\n  : :set-output name=a::b\n: :debug::c\nat ## [error]d";
    assert_eq!(GITHUB.text(text), shown);
    assert_eq!(PLAIN.text(text), text);
    assert_eq!(GITHUB.table(&rows(&[&["::warning::x", "##[a]"]])), ": :warning::x  ## [a]\n");
}

#[test]
fn a_table_is_made_narrower_for_the_terminal_from_its_widest_column() {
    let rows =
        rows(&[&["web", "us.icr.io/acme/web@sha256:0123456789ab", "pushed", "web.example.com"]]);
    for room in [119, 79, 59, 39] {
        let table = Page { room: Some(room), ..PLAIN }.fitted(&rows);
        assert!(columns(table.trim_end_matches('\n')) <= room, "{room}: {table}");
        assert!(table.starts_with("web  us.icr.io"), "{room}: {table}");
        assert!(table.contains("  pushed  web."), "{room}: {table}");
    }
    let tiny = Page { room: Some(3), ..PLAIN }.fitted(&rows);
    assert_eq!(tiny, "web  us.…  pus…  web…\n");
}

#[test]
fn a_link_takes_no_columns_and_is_there_only_where_it_can_be_clicked() {
    let cell = || Cell::default().and("web.example.com", Some("https://web.example.com".into()));
    let page = Page { links: true, room: Some(14), ..PLAIN };
    let linked =
        "\u{1b}]8;;https://web.example.com\u{1b}\\web.exam…\u{1b}]8;;\u{1b}\\".replace('…', "");
    assert_eq!(page.fitted(&[vec!["web".into(), cell()]]), format!("web  {linked}…\n"));
    assert_eq!(PLAIN.fitted(&[vec!["web".into(), cell()]]), "web  web.example.com\n");
    assert_eq!(cell().on(PLAIN), "web.example.com");
}

fn a_page() -> impl Strategy<Value = Page> {
    let charset = prop_oneof![Just(Charset::Utf8), Just(Charset::Ascii)];
    (charset, any::<bool>(), proptest::option::of(0_usize..200))
        .prop_map(|(charset, is_github, room)| Page { charset, is_github, room, ..PLAIN })
}

proptest! {
    #[test]
    fn any_rows_make_a_table_of_as_many_lines(
        page in a_page(),
        texts in proptest::collection::vec(
            proptest::collection::vec((any::<String>(), 0_usize..40), 0..5), 0..5),
    ) {
        let rows: Vec<Vec<Cell>> = texts
            .iter()
            .map(|row| row.iter().map(|(text, times)| text.repeat(*times).into()).collect())
            .collect();
        for table in [page.table(&rows), page.fitted(&rows)] {
            prop_assert_eq!(table.lines().count(), rows.len());
            prop_assert!(table.chars().all(|one| one == '\n' || is_visible(one)), "{table:?}");
            prop_assert!(page.charset == Charset::Utf8 || table.is_ascii(), "{table:?}");
            prop_assert!(table.lines().all(|line| columns(line) <= 6 * (MOST + 2)));
        }
        let fitted = page.fitted(&rows);
        let least = rows.iter().map(Vec::len).max().unwrap_or(0) * 6;
        if let Some(room) = page.room.filter(|room| *room >= least) {
            prop_assert!(fitted.lines().all(|line| columns(line) <= room), "{room}: {fitted}");
        }
    }
}
