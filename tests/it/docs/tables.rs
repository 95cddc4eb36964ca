//! Holds the tables of `docs/` against those of the program: verdicts, exit codes, sources of keys.

use std::collections::BTreeSet;

use icr_cf::verdict::{Name, Weight};

use super::page;
use crate::support::Invocation;

/// The words in backticks of a cell.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_verdict_has_a_row_in_order_with_weight_and_exit_code() {
    let page = page("docs/checks.md");
    let found: Vec<[&str; 3]> = page
        .rows("| verdict | weight | exit code |")
        .iter()
        .map(|row| [quoted(row[0])[0], row[1], row[2].split(' ').next().unwrap()])
        .collect();
    let codes: Vec<String> =
        Name::ALL.iter().map(|name| name.exit_code().code().to_string()).collect();
    let expected = Name::ALL.iter().zip(&codes).map(|(name, code)| {
        let weight = match name.weight() {
            Weight::Definitive => "definitive",
            Weight::Undecided => "undecided",
            Weight::Advice => "advice",
        };
        [name.as_str(), weight, code.as_str()]
    });
    assert_eq!(found, expected.collect::<Vec<_>>());
}

#[test]
fn every_exit_code_has_a_row() {
    let source = std::fs::read_to_string("src/exit_code.rs").unwrap();
    let arms = source.lines().filter_map(|line| line.trim().strip_prefix("Self::"));
    let ends = arms.filter_map(|arm| Some(arm.split_once(" => ")?.1.trim_end_matches(',')));
    let mut expected: BTreeSet<String> = ends
        .map(|end| match end {
            "code" => "cf's own".to_owned(),
            end if end.starts_with("128") => "128+n".to_owned(),
            end => end.parse::<u8>().unwrap().to_string(),
        })
        .collect();
    let page = page("docs/exit-codes.md");
    for row in page.rows("| code | meaning |") {
        assert!(expected.remove(row[0]), "there is no exit code {}", row[0]);
    }
    assert!(expected.is_empty(), "{expected:?}");
    assert_eq!(icr_cf::exit_code::ExitCode::Signal(2).code(), 128 + 2);
}

#[test]
fn every_source_of_the_key_has_a_row_in_order() {
    let run = Invocation::push_without_key().arguments(["--explain-key"]).run();
    let home = run.place.path("home");
    let home = home.to_str().unwrap();
    let page = page("docs/keys.md");
    let rows = page.rows("| | source |");
    // podman's own file of the session is in one row with the one that stays.
    let lines = run.out();
    let sources: Vec<String> = lines
        .lines()
        .filter(|line| !line.contains("session/containers/auth.json"))
        .filter_map(|line| Some(line.split_once("  ")?.0.trim().replace(home, "~")))
        .collect();
    assert_eq!(sources.len(), rows.len(), "{sources:?}");
    for (at, (row, source)) in rows.iter().zip(&sources).enumerate() {
        assert_eq!(row[0], (at + 1).to_string());
        assert!(row[1].ends_with(source), "{}: {source}", row[1]);
    }
}

#[test]
fn every_user_of_the_registry_has_a_row() {
    let page = page("docs/keys.md");
    let users: Vec<&str> =
        page.rows("| user | what goes with it |").iter().map(|row| quoted(row[0])[0]).collect();
    assert_eq!(users, ["iamapikey", "Profile-…", "iambearer", "iamrefresh"]);
}
