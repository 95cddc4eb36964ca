//! Holds the flags that the documents name against the help, and the help against itself.

use std::collections::BTreeSet;

use super::{Page, page, pages};
use crate::support::Invocation;

/// Flags that the documents name and that are none of ours: of other programs, or refused.
const OTHERS: [&str; 6] =
    ["--password-stdin", "--username", "--api-key", "--password", "--file", "--recent"];

const COMMANDS: [&str; 13] = [
    "push", "check", "diff", "audit", "rotate", "rollback", "doctor", "exec", "login", "logout",
    "resolve", "regions", "config",
];

fn help(command: &str) -> String {
    let run = Invocation::new([command, "--help"]).run();
    assert_eq!((run.code, run.err()), (Some(0), ""), "{run}");
    run.out().to_owned()
}

/// The long flags in a text.
fn flags(text: &str) -> BTreeSet<String> {
    let places = text.match_indices("--").filter(|(at, _)| {
        let before = text[..*at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && c != '-')
    });
    let names = places.map(|(at, _)| {
        let rest = &text[at + 2..];
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '-');
        rest[..end.unwrap_or(rest.len())].trim_end_matches('-')
    });
    names.filter(|name| !name.is_empty()).map(|name| format!("--{name}")).collect()
}

/// The long flags that a help lists.
fn listed(help: &str) -> BTreeSet<String> {
    let lines = help.lines().filter(|line| {
        line.trim_start().starts_with('-') || line.trim_start().starts_with("[alias: ")
    });
    lines.flat_map(flags).collect()
}

fn named(page: &Page) -> BTreeSet<String> {
    let is_of_cargo = |line: &&str| line.trim_start_matches("$ ").starts_with("cargo ");
    let lines: Vec<&str> = page.text.lines().filter(|line| !is_of_cargo(line)).collect();
    flags(&lines.join("\n"))
}

#[test]
fn every_flag_that_a_document_names_is_in_the_help() {
    let known: BTreeSet<String> = COMMANDS
        .iter()
        .flat_map(|command| listed(&help(command)))
        .chain(["--version".to_owned()])
        .collect();
    let mut others: BTreeSet<&str> = OTHERS.into();
    // That page speaks of programs of others; `packaging` runs its lines.
    for page in pages().iter().filter(|page| page.name != "docs/install.md") {
        for flag in named(page).difference(&known) {
            assert!(OTHERS.contains(&flag.as_str()), "{}: no help has `{flag}`", page.name);
            others.remove(flag.as_str());
        }
    }
    assert!(others.is_empty(), "no document names {others:?} any more");
}

#[test]
fn every_flag_of_ours_is_in_a_document() {
    let push = help("push");
    let (ours, _) = push.split_once("Flags of cf push:").unwrap();
    let named: BTreeSet<String> = pages().iter().flat_map(named).collect();
    let others = ["audit", "rotate", "rollback", "exec", "login", "logout"].map(help);
    for flag in others.iter().map(String::as_str).chain([ours]).flat_map(listed) {
        assert!(named.contains(&flag), "no document names `{flag}`");
    }
}

#[test]
fn a_check_takes_what_a_push_takes_and_lists_what_it_goes_by() {
    let (push, check) = (listed(&help("push")), listed(&help("check")));
    assert!(check.is_subset(&push), "{:?}", check.difference(&push));
    for flag in ["--jobs", "--timeout", "--dry-run", "--strategy", "--memory", "--buildpack"] {
        assert!(push.contains(flag) && !check.contains(flag), "{flag}");
    }
    for flag in ["--image", "--api-key-file", "--strict", "--output", "--manifest", "--disk"] {
        assert!(check.contains(flag), "{flag}");
    }
    let hidden = ["--jobs", "2", "--timeout", "5m", "--on-error", "stop", "--show-logs", "-i", "2"];
    let check = Invocation::new(["check", "web", "-o", "us.icr.io/acme/web", "--no-key"]);
    let run = check.arguments(hidden).arguments(["--strategy", "rolling", "--explain-key"]).run();
    assert_eq!(run.code, Some(0), "{run}");
}

#[test]
fn a_difference_lists_what_it_goes_by() {
    let (push, diff) = (listed(&help("push")), listed(&help("diff")));
    assert!(diff.is_subset(&push), "{:?}", diff.difference(&push));
    for flag in ["--memory", "--instances", "--endpoint", "--show-env", "--manifest", "--no-start"]
    {
        assert!(diff.contains(flag), "{flag}");
    }
    for flag in ["--jobs", "--timeout", "--dry-run", "--strategy", "--if-changed", "--no-checks"] {
        assert!(!diff.contains(flag), "{flag}");
    }
}

#[test]
fn the_help_begins_with_image_and_key_and_ends_with_flags_of_cf_and_examples() {
    let help = help("push");
    let headings = ["--image", "Key (", "Output:", "Checks:", "Flags of cf push:", "Examples:"];
    let places = headings.map(|heading| help.find(heading).unwrap_or_else(|| panic!("{heading}")));
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn the_documents_name_every_command_kind_and_source() {
    let text: String = pages().into_iter().map(|page| page.text).collect();
    for word in [
        "resolve",
        "regions",
        "completions",
        "--api-key-stdin",
        "--api-key-file",
        "--api-key-command",
        "ICR_CF_API_KEY",
        "CF_DOCKER_PASSWORD",
        "IBMCLOUD_API_KEY",
        "IBM_CLOUD_API_KEY",
        "IC_API_KEY",
        "BLUEMIX_API_KEY",
        "DOCKER_CONFIG",
        "REGISTRY_AUTH_FILE",
        "ICR_REGION",
        "ICR_NAMESPACE",
        "ICR_CF_CF",
        "--allow-short-lived",
        "--explain-key",
        "--timeout",
        "--show-logs",
    ] {
        assert!(text.contains(word), "{word}");
    }
    let readme = page("README.md").text;
    for word in ["icr-cf push", "icr-cf check", "icr-cf resolve", "icr-cf regions", "completions"] {
        assert!(readme.contains(word), "{word}");
    }
}
