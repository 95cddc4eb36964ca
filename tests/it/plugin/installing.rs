//! `cf install-plugin`: which commands cf gets, with which help, and what it refuses.

use std::collections::BTreeSet;

use icr_cf::command_line;
use serde_json::Value;

use super::through_cf;
use crate::support::{Invocation, Run, Workplace};

/// What cf keeps of the plugin.
fn kept(run: &Run) -> Value {
    let text = std::fs::read(run.place.path("home/.cf/plugins/config.json")).unwrap();
    serde_json::from_slice::<Value>(&text).unwrap()["Plugins"]["icr-cf"].take()
}

#[test]
fn cf_knows_every_command_but_completions() {
    let run = through_cf(["plugins"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    let root = command_line();
    let names = root.get_subcommands().map(clap::Command::get_name);
    let expected: BTreeSet<String> =
        names.filter(|name| *name != "completions").map(|name| format!("icr-{name}")).collect();
    let rows = run.out().lines().filter(|line| line.starts_with("icr-cf "));
    let found: BTreeSet<String> =
        rows.map(|row| row.split_whitespace().nth(2).unwrap().to_owned()).collect();
    assert_eq!(found, expected, "{run}");
    assert!(found.len() >= 12, "{found:?}");
    assert!(run.out().contains(env!("CARGO_PKG_VERSION")), "{run}");
}

#[test]
fn the_version_is_that_of_the_program_and_the_library_the_first() {
    let plugin = kept(&through_cf(["plugins"]).run());
    let number = |of: &str, part: &str| plugin[of][part].as_u64().unwrap();
    let version = ["Major", "Minor", "Build"].map(|part| number("Version", part).to_string());
    assert_eq!(version.join("."), env!("CARGO_PKG_VERSION"));
    assert!(number("LibraryVersion", "Major") <= 1);
}

/// The long flags at the beginning of lines.
fn flags(help: &str) -> BTreeSet<&str> {
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let words = lines.flat_map(|line| line.split([' ', ',']).take(3));
    words.filter(|word| word.starts_with("--") && *word != "--help").collect()
}

#[test]
fn the_help_of_cf_has_every_flag_and_example_as_they_are_typed_there() {
    let plugin = kept(&through_cf(["plugins"]).run());
    for command in plugin["Commands"].as_array().unwrap() {
        let name = command["Name"].as_str().unwrap();
        let ours = name.strip_prefix("icr-").unwrap();
        let usage = command["UsageDetails"]["Usage"].as_str().unwrap();
        assert!(usage.starts_with(&format!("cf {name}")), "{usage}");
        let help = Invocation::new([ours, "--help"]).run();
        assert_eq!(flags(usage), flags(help.out()), "{name}");
        let examples = help.out().matches("\n    icr-cf ").count();
        assert_eq!(usage.matches("\n       cf icr-").count(), examples, "{usage}");
        let about = command["HelpText"].as_str().unwrap();
        for text in [usage, about] {
            let words: Vec<&str> = text.split_whitespace().collect();
            let is_ours = |pair: &&[&str]| {
                let is_program = pair[0].trim_start_matches(['`', '(']) == "icr-cf";
                is_program
                    && command_line()
                        .find_subcommand(pair[1].trim_end_matches(['`', ',', '.']))
                        .is_some()
            };
            let left = words.windows(2).find(is_ours);
            assert!(left.is_none(), "{name}: {left:?}");
            // cf takes what it shows for a template of Go.
            assert!(!text.is_empty() && !text.contains("{{"), "{name}");
            assert!(text.lines().all(|line| line.trim_end() == line), "{name}");
        }
    }
}

#[test]
fn cf_shows_the_help_itself() {
    for words in [["icr-regions", "--help"], ["help", "icr-regions"]] {
        let run = through_cf(words).run();
        assert_eq!(run.code, Some(0), "{run}");
        for part in [
            "icr-regions - Print the table of regions",
            "USAGE:\n   cf icr-regions [OPTIONS]",
            "--output <FORMAT>",
        ] {
            assert!(run.out().contains(part), "{part}: {run}");
        }
    }
}

#[test]
fn a_command_that_another_plugin_has_is_refused_and_nothing_is_installed() {
    let place = Workplace::new();
    let other = r#"{"Plugins": {"other": {"Location": "/other", "Version": {"Major": 1, "Minor": 0, "Build": 0},
        "Commands": [{"Name": "icr-push", "Alias": "", "HelpText": "", "UsageDetails": {"Usage": "", "Options": null}}]}}}"#;
    place.write("home/.cf/plugins/config.json", other);
    let install = Invocation::new_in(place, [""; 0])
        .behind_shell(r#""${ICR_CF_CF:-cf}" install-plugin "$1" -f"#)
        .with_tested_cf();
    let run = install.run();
    assert_eq!(run.code, Some(1), "{run}");
    let said = format!("{}{}", run.out(), run.err());
    assert!(said.contains("already used: icr-push"), "{run}");
    assert!(!run.place.path("home/.cf/plugins/icr-cf").exists(), "{run}");
}

#[test]
fn it_is_installed_anew_and_removed() {
    let script = r#"set -e
program=$1; cf=${ICR_CF_CF:-cf}
"$cf" install-plugin "$program" -f
"$cf" install-plugin "$program" -f
"$cf" icr-regions | while read -r line; do case $line in us-south*) echo "found $line"; esac; done
"$cf" uninstall-plugin icr-cf
"$cf" icr-regions && exit 9
exit 0"#;
    let run = Invocation::new([""; 0]).behind_shell(script).with_tested_cf().run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("found us-south"), "{run}");
    assert!(!run.place.path("home/.cf/plugins/icr-cf").exists(), "{run}");
}
