//! Holds the documents against the program. Here: which documents there are, their size and links,
//! and their console blocks, each `$ icr-cf …` line of which has to print what stands there.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::Invocation;

mod fields;
mod flags;
#[cfg(unix)]
mod plugin;
#[cfg(unix)]
mod recipes;
mod tables;
mod variables;

/// Most bytes of the README.
const MOST: usize = 9 * 1024;

/// A document.
struct Page {
    /// Its path from the top.
    name: String,
    text: String,
}

/// One document, by its path from the top.
fn page(name: &str) -> Page {
    let text = std::fs::read_to_string(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    Page { name: name.to_owned(), text }
}

/// The documents in a folder, by their names.
fn in_folder(folder: &str) -> Vec<Page> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let markdown = paths.filter(|path| path.extension().is_some_and(|end| end == "md"));
    let names = markdown.map(|path| path.to_str().unwrap().trim_start_matches("./").to_owned());
    let names: BTreeSet<String> = names.collect();
    names.iter().map(|name| page(name)).collect()
}

/// What users read: the README and all of `docs/`.
fn pages() -> Vec<Page> {
    std::iter::once(page("README.md")).chain(in_folder("docs")).collect()
}

impl Page {
    /// The blocks of a kind, by their lines.
    fn blocks(&self, kind: &str) -> Vec<Vec<&str>> {
        let mut blocks = Vec::new();
        let mut lines = self.text.lines();
        while lines.by_ref().any(|line| line.strip_prefix("```") == Some(kind)) {
            blocks.push(lines.by_ref().take_while(|line| *line != "```").collect());
        }
        blocks
    }

    /// The text outside of blocks.
    fn prose(&self) -> String {
        self.text.split("```").step_by(2).collect()
    }

    /// What stands in backticks in the text outside of blocks.
    #[cfg(unix)]
    fn spans(&self) -> Vec<String> {
        self.prose().split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    /// The rows of the tables below a heading that begins so, without that of the names; cell by cell.
    fn rows(&self, heading: &str) -> Vec<Vec<&str>> {
        let mut rows = Vec::new();
        let mut lines = self.text.lines();
        while lines.by_ref().any(|line| line.starts_with(heading)) {
            let table = lines.by_ref().skip(1).take_while(|line| line.starts_with('|'));
            rows.extend(
                table.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()),
            );
        }
        rows
    }

    /// The headings as a link names them (GitHub's rule).
    fn anchors(&self) -> Vec<String> {
        let prose = self.prose();
        let headings = prose.lines().filter(|line| line.starts_with('#'));
        headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
    }
}

fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// A line to type and what it prints.
struct Session {
    command: String,
    output: String,
}

fn sessions(page: &Page) -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    for line in page.blocks("console").concat() {
        if let Some(command) = line.strip_prefix("$ ") {
            sessions.push(Session { command: command.to_owned(), output: String::new() });
        } else {
            let session = sessions.last_mut().unwrap();
            session.output.push_str(line);
            session.output.push('\n');
        }
    }
    sessions
}

#[test]
fn the_console_blocks_are_true() {
    let mut ran = BTreeSet::new();
    for page in pages() {
        for Session { command, output } in sessions(&page) {
            let Some(words) = command.strip_prefix("icr-cf ") else { continue };
            let run = Invocation::new(shell_words::split(words).unwrap()).run();
            assert_eq!(format!("{}{}", run.out(), run.err()), output, "{}: $ {command}", page.name);
            assert!(run.record.pushes().is_empty(), "{run}");
            ran.insert(command);
        }
    }
    assert!(ran.len() >= 5, "the documents show {} commands with their output", ran.len());
}

#[test]
fn the_readme_has_one_command_to_see_it_and_one_to_test_it() {
    let cargo: Vec<String> = sessions(&page("README.md"))
        .into_iter()
        .map(|session| session.command)
        .filter(|command| command.starts_with("cargo "))
        .collect();
    assert_eq!(cargo, ["cargo run -p icr-cf-sandbox", "cargo test --workspace --locked"]);
}

#[test]
fn the_readme_is_short() {
    let bytes = page("README.md").text.len();
    assert!(bytes <= MOST, "README.md has {bytes} bytes; what is not for everybody goes to docs/");
}

#[test]
fn the_readme_lists_every_page() {
    let readme = page("README.md");
    for page in in_folder("docs") {
        let link = format!("]({})", page.name);
        assert!(readme.text.contains(&link), "README.md has no link to {}", page.name);
    }
}

#[test]
fn every_link_leads_somewhere() {
    let mut links = 0;
    for folder in [".", "docs", "fixtures/sandbox"] {
        for page in in_folder(folder) {
            for target in page.prose().split("](").skip(1) {
                let target = target.split(')').next().unwrap();
                if target.starts_with("https://") {
                    continue;
                }
                let (file, heading) = target.split_once('#').unwrap_or((target, ""));
                let name = match file {
                    "" => page.name.clone(),
                    _ => Path::new(folder).join(file).to_str().unwrap().to_owned(),
                };
                assert!(Path::new(&name).exists(), "{}: no file for ({target})", page.name);
                if !heading.is_empty() {
                    let anchors = self::page(&name).anchors();
                    let is_there = anchors.iter().any(|anchor| anchor == heading);
                    assert!(is_there, "{}: no heading for ({target})", page.name);
                }
                links += 1;
            }
        }
    }
    assert!(links >= 20, "{links} links");
}
