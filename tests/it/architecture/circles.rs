//! No file leads back to itself: inside a room, what a file uses of its neighbours has one direction.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Where a file stands: `["cf", "runs"]` is `src/cf/runs.rs`.
type Place = Vec<String>;

/// The code of every file of the product, without comments and tests.
fn files() -> BTreeMap<Place, String> {
    let mut found = Vec::new();
    super::rust_files(Path::new("src"), &mut found);
    let place = |path: &Path| {
        let path = path.strip_prefix("src").unwrap().with_extension("");
        path.iter().map(|part| part.to_str().unwrap().to_owned()).collect()
    };
    let is_test = |path: &Path| path.iter().any(|part| part == "tests");
    let found = found.iter().filter(|path| !is_test(path));
    found.map(|path| (place(path), code(&std::fs::read_to_string(path).unwrap()))).collect()
}

fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = text.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// The paths that a tree of `use` names, and what is left of the text behind it.
fn expand(text: &str) -> (Vec<Place>, &str) {
    if let Some(mut rest) = text.strip_prefix('{') {
        let mut paths = Vec::new();
        loop {
            rest = rest.trim_start_matches([' ', '\n', ',']);
            if rest.is_empty() || rest.starts_with('}') {
                return (paths, rest.get(1..).unwrap_or_default());
            }
            let (more, behind) = expand(rest);
            paths.extend(more);
            rest =
                behind.split_once([',', '}']).map_or("", |(skipped, _)| &behind[skipped.len()..]);
        }
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, behind) = text.split_at(end);
    let deeper = behind
        .strip_prefix("::")
        .filter(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '{'));
    let (paths, rest) = match deeper {
        Some(deeper) => expand(deeper),
        None => (vec![Vec::new()], behind),
    };
    let front = |path: Place| std::iter::once(name.to_owned()).chain(path).collect();
    (paths.into_iter().map(front).collect(), rest)
}

/// Every path from the top of the crate that a file names by `crate::` or `super::`.
fn paths(at: &Place, code: &str) -> Vec<Place> {
    let mut paths = Vec::new();
    for word in ["crate::", "super::"] {
        for (start, _) in code.match_indices(word) {
            let before = code[..start].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            for path in expand(&code[start + word.len()..]).0 {
                let ups = path.iter().take_while(|part| *part == "super").count();
                let base = match word {
                    "crate::" => &[][..],
                    _ => &at[..at.len().saturating_sub(1 + ups)],
                };
                paths.push(base.iter().chain(&path[ups..]).cloned().collect());
            }
        }
    }
    paths
}

/// What files hand on as theirs though a file below them has it: `(place, name)` to that file.
fn handed_on(files: &BTreeMap<Place, String>) -> BTreeMap<(Place, String), String> {
    let mut found = BTreeMap::new();
    for (place, code) in files {
        for (start, _) in code.match_indices("use ") {
            for path in expand(&code[start + 4..]).0 {
                let [child, name, ..] = path.as_slice() else { continue };
                let below: Place = place.iter().chain([child]).cloned().collect();
                if files.contains_key(&below) {
                    found.insert((place.clone(), name.clone()), child.clone());
                }
            }
        }
    }
    found
}

/// For each folder the neighbours in it that use one another.
fn neighbours() -> BTreeMap<Place, BTreeMap<String, BTreeSet<String>>> {
    let files = files();
    let handed_on = handed_on(&files);
    let mut all: BTreeMap<Place, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (place, code) in &files {
        for path in paths(place, code) {
            let shared = path.iter().zip(place).take_while(|(one, other)| one == other).count();
            let (Some(from), Some(name)) = (place.get(shared), path.get(shared)) else { continue };
            let folder = place[..shared].to_vec();
            let file: Place = folder.iter().chain([name]).cloned().collect();
            let to = if files.contains_key(&file) {
                name.clone()
            } else if let Some(below) = handed_on.get(&(folder.clone(), name.clone())) {
                below.clone()
            } else {
                continue;
            };
            if to != *from {
                all.entry(folder).or_default().entry(from.clone()).or_default().insert(to);
            }
        }
    }
    all
}

/// A way from a file back to itself.
fn circle(uses: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn visit(
        uses: &BTreeMap<String, BTreeSet<String>>,
        way: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> bool {
        let last = way.last().unwrap().clone();
        for next in uses.get(&last).into_iter().flatten() {
            if way.contains(next) {
                way.push(next.clone());
                return true;
            }
            if !done.contains(next) {
                way.push(next.clone());
                if visit(uses, way, done) {
                    return true;
                }
                way.pop();
            }
        }
        done.insert(last);
        false
    }
    let mut done = BTreeSet::new();
    uses.keys().find_map(|start| {
        let mut way = vec![start.clone()];
        visit(uses, &mut way, &mut done).then_some(way)
    })
}

#[test]
fn inside_a_room_no_file_leads_back_to_itself() {
    let all = neighbours();
    assert!(all.len() > 15, "{} folders were looked at", all.len());
    for (folder, uses) in all {
        if let Some(way) = circle(&uses) {
            panic!("{}: {}", folder.join("/"), way.join(" uses "));
        }
    }
}

#[test]
fn a_circle_is_seen_through_braces_and_through_what_a_room_hands_on() {
    let text = "use super::{a::{B, C}, d};\nuse crate::x::Y;\nlet z = super::super::e::f();";
    let at = ["room".to_owned(), "file".to_owned(), "inner".to_owned()].to_vec();
    let found: BTreeSet<String> = paths(&at, text).iter().map(|path| path.join("::")).collect();
    let expected = ["room::e::f", "room::file::a::B", "room::file::a::C", "room::file::d", "x::Y"];
    assert_eq!(found, expected.map(str::to_owned).into());
    let uses = |pairs: &[(&str, &str)]| {
        let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in pairs {
            uses.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        circle(&uses)
    };
    assert!(uses(&[("a", "b"), ("b", "c"), ("d", "a"), ("d", "c")]).is_none());
    assert!(uses(&[("a", "b"), ("b", "c"), ("c", "b")]).is_some());
}
