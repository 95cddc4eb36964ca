//! Texts of others in what is printed: names of apps, organizations, spaces, files. None hides,
//! turns others round, or takes more room than there is.

use icr_cf_sandbox::World;
use serde_json::json;

use crate::support::{Invocation, Run, Workplace};

/// One of each kind of character that does not show itself.
const HIDING: &str = "\u{202e}\u{200b}\u{2066}\u{feff}\u{3164}\u{fe0f}\u{e0041}\u{ad}";

fn hidden_in(text: &str) -> Vec<char> {
    // The one sequence of ours on a pipe begins and ends the sections of GitLab.
    let text = text.replace("\r\u{1b}[0K", "").replace("\u{1b}[0Ksection_", "");
    let hides = |one: &char| one.is_control() && *one != '\n' || HIDING.contains(*one);
    text.chars().filter(hides).collect()
}

#[track_caller]
fn shows_all(run: &Run) {
    assert_eq!((hidden_in(run.out()), hidden_in(run.err())), (vec![], vec![]), "{run}");
}

/// Two apps, the first of a name with such characters.
fn manifest(name: &str) -> String {
    let app = |name| format!("- name: {}\n  docker: {{image: acme/web:1.4}}\n", json!(name));
    format!("applications:\n{}{}", app(name), app("plain"))
}

fn push(arguments: &[&str], name: &str) -> Invocation {
    let place = Workplace::new();
    place.write("work/manifest.yml", manifest(name));
    Invocation::new_in(place, ["push", "--no-checks", "--verbose"])
        .arguments(arguments)
        .variable("ICR_REGION", "us-south")
        .variable("ICR_CF_API_KEY", crate::support::KEY)
}

#[test]
fn a_name_that_hides_something_is_shown_whole_wherever_it_is_printed() {
    let name = format!("we{HIDING}b");
    for arguments in [
        &["--dry-run"][..],
        &["--dry-run", "--output", "json"],
        &["--output", "json"],
        &["--explain-key"],
        &[],
        &["--output-lines"],
        &["--on-error", "continue"],
        &["nobody"],
    ] {
        for variable in ["TERM", "GITHUB_ACTIONS", "GITLAB_CI", "LC_ALL"] {
            let script = "app plain out x; other plain exit 3";
            let run = push(arguments, &name).variable(variable, "C").script(script).run();
            shows_all(&run);
            assert!(!run.err().contains("panic"), "{run}");
        }
    }
}

#[test]
fn a_line_to_paste_names_the_same_app() {
    let run = push(&["--dry-run"], "we\u{202e}b").run();
    assert!(run.out().contains("cf push $'we\\U0000202eb' "), "{run}");
    let run = push(&["--dry-run", "--output", "json"], "we\u{202e}b").run();
    assert_eq!(run.json()["apps"][0]["app"], "we\u{202e}b", "{run}");
}

#[test]
fn a_locale_without_more_gets_ascii_alone() {
    let ascii = |arguments: &[&str], variables: &[(&str, &str)]| {
        let run = push(arguments, &"ü".repeat(600)).script("app plain exit 3; out x");
        let run = variables.iter().fold(run, |run, (name, value)| run.variable(name, value)).run();
        assert!(run.code.is_some_and(|code| code < 70), "{run}");
        (run.out().is_ascii() && run.err().is_ascii(), run)
    };
    for arguments in [&["--dry-run"][..], &[], &["--output-lines"], &["--output", "json"]] {
        for (variables, expected) in [
            (&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")][..], true),
            (&[("LANG", "POSIX"), ("GITHUB_ACTIONS", "true")], true),
            (&[("LC_CTYPE", "C"), ("GITLAB_CI", "true")], true),
            (&[("LC_ALL", "C.UTF-8")], false),
            (&[("LC_CTYPE", "en_US.UTF-8"), ("LANG", "C")], false),
        ] {
            // A document is for programs, which read UTF-8.
            if arguments.contains(&"json") && expected {
                continue;
            }
            let (is_ascii, run) = ascii(arguments, variables);
            assert_eq!(is_ascii, expected, "{variables:?} {run}");
        }
    }
}

#[test]
fn our_words_have_colours_where_those_are_forced() {
    let plain = push(&["nobody"], "web").run();
    assert!(plain.err().starts_with("error: no app `nobody`"), "{plain}");
    let forced = push(&["nobody"], "web").variable("FORCE_COLOR", "1").run();
    assert!(forced.err().starts_with("\u{1b}[1m\u{1b}[31merror:\u{1b}[0m "), "{forced}");
    let lines =
        push(&["--output-lines"], "web").variable("CLICOLOR_FORCE", "1").script("out x").run();
    assert!(lines.out().contains("\u{1b}[36mweb"), "{lines}");
}

/// A check in a world whose target has these names.
fn check(org: &str, space: &str) -> Run {
    let world = World::start().unwrap();
    let file = world.cf_home().join(".cf/config.json");
    let mut config: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    config["OrganizationFields"]["Name"] = json!(org);
    config["SpaceFields"]["Name"] = json!(space);
    std::fs::write(&file, config.to_string()).unwrap();
    Invocation::new(["check", "web", "--image", "us.icr.io/acme/web:1.4"])
        .variable("ICR_CF_API_KEY", world.sample_key())
        .in_world(&world)
        .run()
}

#[test]
fn names_of_the_platform_are_shown_whole() {
    let run = check(&format!("o{HIDING}rg"), "s\u{1b}[2Jp\nace");
    assert_eq!(run.code, Some(0), "{run}");
    shows_all(&run);
    assert!(run.out().contains("s\\u{1b}[2Jp\\nace"), "{run}");
}

#[test]
fn a_name_that_does_not_end_is_cut_with_a_mark() {
    for length in [600, 65_536, 1_000_000] {
        let run = check(&"o".repeat(length), "prod");
        assert_eq!(run.code, Some(0), "{length}");
        let line = run.out().lines().find(|line| line.starts_with("to ")).unwrap();
        assert!(line.ends_with("oo…") && line.chars().count() < 600, "{length}");
    }
    let long = "n".repeat(70_000);
    for arguments in [&["--dry-run"][..], &[], &["--output-lines"]] {
        let run = push(arguments, &long).script("out x").run();
        assert_eq!(run.code, Some(0), "{arguments:?}");
        assert!(run.out().contains("nn…") || run.err().contains("nn…"), "{arguments:?}");
    }
}
