//! Holds the table of ARCHITECTURE.md, "who may use whom", against the source.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

mod circles;

/// Module to the modules it may use, in the order of the table.
fn table() -> Vec<(String, Vec<String>)> {
    let text = std::fs::read_to_string("ARCHITECTURE.md").unwrap();
    let names = |cell: &str| -> Vec<String> {
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    text.lines()
        .skip_while(|line| !line.starts_with("| room | may use |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
            (names(cells[0]).remove(0), names(cells[1]))
        })
        .collect()
}

pub(crate) fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// Module to the modules its files name as `crate::module`.
fn uses() -> BTreeMap<String, Vec<String>> {
    let mut files = Vec::new();
    rust_files(Path::new("src"), &mut files);
    let mut uses: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        let module =
            file.iter().nth(1).unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        assert!(!text.contains("crate::{"), "{}: one `use crate::` a module", file.display());
        let named = text.split("crate::").skip(1).map(|rest| {
            rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap().to_owned()
        });
        let entry = uses.entry(module.clone()).or_default();
        entry.extend(named.filter(|name| *name != module));
    }
    uses.remove("lib");
    uses.remove("main");
    uses
}

#[test]
fn modules_use_only_what_the_table_says() {
    let table = table();
    let uses = uses();
    let listed: Vec<&String> = table.iter().map(|(module, _)| module).collect();
    for (module, used) in &uses {
        let Some((_, allowed)) = table.iter().find(|(name, _)| name == module) else {
            panic!("ARCHITECTURE.md does not list `{module}`");
        };
        for name in used {
            assert!(
                allowed.contains(name),
                "`{module}` uses `{name}`, which the table does not have"
            );
        }
        for name in allowed {
            assert!(
                used.contains(name),
                "`{module}` does not use `{name}`; drop it from the table"
            );
        }
    }
    assert_eq!(listed.len(), uses.len(), "the table lists a module that is not there");
}

#[test]
fn data_flows_one_way() {
    let table = table();
    for (at, (module, allowed)) in table.iter().enumerate() {
        for name in allowed {
            let before = table.iter().take(at).any(|(earlier, _)| earlier == name);
            assert!(before, "`{module}` may use `{name}`, which stands below it");
        }
    }
}

#[test]
fn the_page_on_the_architecture_is_read_in_one_go() {
    let lines = std::fs::read_to_string("ARCHITECTURE.md").unwrap().lines().count();
    assert!(lines <= 120, "{lines} lines");
}

#[test]
fn no_file_is_longer_than_a_head_can_hold() {
    for folder in ["src", "tests", "fixtures/sandbox/src"] {
        let mut files = Vec::new();
        rust_files(Path::new(folder), &mut files);
        for file in files {
            let lines = std::fs::read_to_string(&file).unwrap().lines().count();
            assert!(lines <= 420, "{}: {lines} lines", file.display());
        }
    }
}

/// Commands that are said about an app.
const ABOUT_AN_APP: [&str; 14] = [
    "push",
    "diff",
    "audit",
    "rotate",
    "rollback",
    "app",
    "logs",
    "restart",
    "restage",
    "start",
    "stop",
    "delete",
    "cancel-deployment",
    "continue-deployment",
];

/// A name that looks like a flag would be one: `command_on` and `Lines` put such names where they are
/// names.
#[test]
fn no_line_to_paste_has_a_name_put_into_it_by_hand() {
    let mut files = Vec::new();
    rust_files(Path::new("src"), &mut files);
    for file in files {
        for line in std::fs::read_to_string(&file).unwrap().lines() {
            for behind in line.split("cf ").skip(1) {
                let mut words = behind.split_whitespace();
                let is_about = words.next().is_some_and(|word| ABOUT_AN_APP.contains(&word));
                let first = words.find(|word| !word.starts_with("--")).unwrap_or_default();
                let is_value = |rest: &str| !rest.starts_with(|one: char| one.is_ascii_uppercase());
                let is_put_in = is_about && first.strip_prefix('{').is_some_and(is_value);
                assert!(!is_put_in, "{}: {}", file.display(), line.trim());
            }
        }
    }
}
