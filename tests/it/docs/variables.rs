//! Holds `docs/variables.md` against the names of variables in the source, in both directions.

use std::collections::BTreeSet;
use std::path::Path;

use super::page;
use crate::architecture::rust_files;

/// What the HTTP client asks for by itself, beside those that messages of ours name.
const OF_THE_CLIENT: [&str; 2] = ["ALL_PROXY", "NO_PROXY"];

/// What asks for a variable by the name behind it.
const LOOKUPS: [&str; 7] =
    ["text(", "raw(", "presence(", "lent(", "folder(", "number(", "is_job_of("];

/// The texts in quotes that have nothing but capitals, digits and `_`, with their places.
fn capitals(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices('"').filter_map(|(at, _)| {
        let rest = &text[at + 1..];
        let is_other = |c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_';
        let end = rest.find(is_other)?;
        (end > 0 && rest[end..].starts_with('"')).then(|| (at, &rest[..end]))
    })
}

/// Whether what is named there is a variable: by its form, by what asks, or by its neighbours in a list.
fn is_variable(text: &str, at: usize, name: &str) -> bool {
    let before = &text[..at];
    if name.ends_with('_') || before.ends_with("env!(") {
        return false;
    }
    let list = before.rsplit('[').next().unwrap().len();
    let list = &text[at - list..];
    let list = &list[..list.find(']').unwrap_or(list.len())];
    let is_list = list.chars().all(|c| {
        c.is_ascii_uppercase() || c.is_ascii_digit() || c.is_whitespace() || "_\",".contains(c)
    });
    name.contains('_')
        || LOOKUPS.iter().any(|lookup| before.ends_with(lookup))
        || (is_list && list.contains('_'))
}

/// The variables that the source asks for, and every text that might name one.
fn in_source() -> (BTreeSet<String>, BTreeSet<String>) {
    let mut files = Vec::new();
    rust_files(Path::new("src"), &mut files);
    let (mut variables, mut texts) = (BTreeSet::new(), BTreeSet::new());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for (at, name) in capitals(text) {
            texts.insert(name.to_owned());
            if is_variable(text, at, name) {
                variables.insert(name.to_owned());
            }
        }
    }
    (variables, texts)
}

#[test]
fn every_variable_has_a_row_and_every_row_is_of_one() {
    let page = page("docs/variables.md");
    let rows = page.rows("| variable | effect |");
    let cells = rows.iter().flat_map(|row| row[0].split('`').skip(1).step_by(2));
    let documented: BTreeSet<&str> = cells.collect();
    let (variables, texts) = in_source();
    assert!(variables.len() >= 40, "{variables:?}");
    let missing: Vec<&String> =
        variables.iter().filter(|name| !documented.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "docs/variables.md has no row for {missing:?}");
    let known = |name: &&str| texts.contains(*name) || OF_THE_CLIENT.contains(name);
    let unknown: Vec<&str> = documented.iter().copied().filter(|name| !known(name)).collect();
    assert!(unknown.is_empty(), "nothing asks for {unknown:?}");
}
