//! The workflows: every action by the hash of a commit, no rights but those that a job needs, and a program
//! for each system that the page lists.

use super::{TARGETS, text};

const WORKFLOWS: [&str; 2] = [".github/workflows/ci.yml", ".github/workflows/release.yml"];

/// The values of a key, wherever it stands, without a comment.
fn values<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let values = lines.filter_map(|line| {
        line.trim_start().trim_start_matches("- ").strip_prefix(key)?.strip_prefix(": ")
    });
    values.collect()
}

#[test]
fn every_workflow_is_yaml() {
    for file in WORKFLOWS {
        let text = text(file);
        for event in granit_parser::Parser::new_from_str(&text) {
            assert!(event.is_ok(), "{file}: {event:?}");
        }
    }
}

#[test]
fn every_action_is_named_by_a_commit_and_says_its_release() {
    let mut seen = 0;
    for file in WORKFLOWS {
        for used in values(&text(file), "uses") {
            let (action, comment) = used.split_once(" # ").unwrap_or((used, ""));
            let (name, commit) = action.split_once('@').unwrap();
            let is_hash = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_hash, "{file}: {used}");
            assert!(name.starts_with("actions/"), "{file}: an action of others: {used}");
            assert!(comment.starts_with('v') && comment.split('.').count() == 3, "{file}: {used}");
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen} actions");
}

#[test]
fn a_workflow_may_read_and_one_job_of_a_release_may_write() {
    for file in WORKFLOWS {
        let text = text(file);
        assert!(text.contains("\npermissions:\n  contents: read\n"), "{file}");
        let before_draft = text.split("\n  draft:\n").next().unwrap();
        assert!(!before_draft.contains(": write"), "{file}");
        assert!(!text.contains("pull_request_target"), "{file}");
        // What comes from outside gets to a shell by a variable alone.
        let runs = values(&text, "run").into_iter().filter(|line| line.contains("${{"));
        assert_eq!(runs.count(), 0, "{file}");
    }
}

#[test]
fn a_release_has_a_program_for_each_system_of_the_page() {
    let release = text(".github/workflows/release.yml");
    let mut made = values(&release, "target");
    made.sort_unstable();
    assert_eq!(made, TARGETS);
    let script = text(".ci/release");
    let here = script.lines().find_map(|line| line.strip_prefix("everywhere=(")).unwrap();
    let mut here: Vec<&str> = here.trim_end_matches(')').split(' ').collect();
    here.sort_unstable();
    let apart_from_macos: Vec<&str> =
        TARGETS.into_iter().filter(|target| !target.contains("apple")).collect();
    assert_eq!(here, apart_from_macos);
}
