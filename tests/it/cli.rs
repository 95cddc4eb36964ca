//! The commands that run nothing: regions, resolve, completions; and how refusals look.

use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use crate::support::icr_cf;
use crate::support::{Invocation, KEY};

mod hints;

#[test]
fn regions_are_printed_one_a_line() {
    let run = Invocation::new(["regions"]).run();
    let lines: Vec<&str> = run.out().lines().collect();
    assert_eq!((run.code, lines.len()), (Some(0), 15), "{run}");
    assert!(lines[12].starts_with("jp-tok") && lines[12].contains("ap-north, jp"), "{run}");
    let json = Invocation::new(["regions", "--output", "json"]).run().json();
    assert_eq!(json["schema"], "icr-cf/2");
    assert_eq!(json["regions"][12]["host"], "us.icr.io");
}

#[test]
fn references_are_resolved_one_a_line_without_a_network() {
    let run = Invocation::new(["resolve", "web:1", "acme/api", "de.icr.io/acme/x"])
        .variable("ICR_REGION", "us")
        .variable("ICR_NAMESPACE", "acme")
        .run();
    run.is(0, "us.icr.io/acme/web:1\nus.icr.io/acme/api\nde.icr.io/acme/x\n", "");
}

#[test]
fn a_thousand_lines_are_resolved_from_standard_input() {
    let lines: String = (0..5_000).map(|n| format!("acme/app-{n}:1\r\n")).collect();
    let started = Instant::now();
    let run = Invocation::new(["resolve", "-", "-r", "jp-tok"]).stdin(lines).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(run.out().lines().count(), 5_000);
    assert!(run.out().starts_with("jp.icr.io/acme/app-0:1\n"));
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_line_that_cannot_be_resolved_is_named_and_loses_no_other() {
    let run = Invocation::new(["resolve", "-", "-r", "us"])
        .stdin("acme/web\n\nquay.io/a/b\nacme/api\n")
        .run();
    assert_eq!(run.code, Some(65), "{run}");
    assert_eq!(run.out(), "us.icr.io/acme/web\nus.icr.io/acme/api\n");
    assert!(run.err().contains("standard input, line 3"), "{run}");
    let json =
        Invocation::new(["resolve", "acme/web", "A/b", "-r", "us", "--output", "json"]).run();
    assert_eq!(json.code, Some(65));
    let document = json.json();
    assert_eq!(document["references"][0]["reference"], "us.icr.io/acme/web");
    assert_eq!(document["references"][1]["reference"], serde_json::Value::Null);
    assert_eq!(document["references"][1]["error"]["place"]["start"], 0);
}

#[test]
fn a_very_long_line_is_refused_within_bounds() {
    let long = "x".repeat(1_000_000);
    let run =
        Invocation::new(["resolve", "-", "-r", "us"]).stdin(format!("{long}\nacme/web\n")).run();
    assert_eq!(run.code, Some(65));
    assert_eq!(run.out(), "us.icr.io/acme/web\n");
    assert!(run.stderr.len() < 2_000, "{}", run.stderr.len());
}

#[test]
fn a_deprecated_host_is_resolved_with_a_warning() {
    let run = Invocation::new(["resolve", "registry.ng.bluemix.net/acme/web"]).run();
    assert_eq!((run.code, run.out()), (Some(0), "registry.ng.bluemix.net/acme/web\n"));
    assert!(run.err().contains("`us.icr.io/acme/web`"), "{run}");
}

#[test]
fn there_is_a_completion_script_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = Invocation::new(["completions", shell]).run();
        assert_eq!(run.code, Some(0), "{shell}");
        assert!(run.out().contains("ICR_CF_COMPLETE"), "{run}");
    }
}

#[test]
fn the_help_of_resolve_says_nothing_of_pushes() {
    let run = Invocation::new(["resolve", "--help"]).run();
    for word in ["--image", "the app", "cells", "Checks:"] {
        assert!(!run.out().contains(word), "{word}: {run}");
    }
    assert!(run.out().contains("Output:\n      --output"), "{run}");
}

#[test]
fn the_help_of_what_changes_apps_says_nothing_of_pushes() {
    for command in ["rotate", "rollback"] {
        let run = Invocation::new([command, "--help"]).run();
        for word in ["--image", "--no-key", "are pushed", "Manifests"] {
            assert!(!run.out().contains(word), "{command}: {word}: {run}");
        }
    }
}

#[test]
fn what_stands_behind_the_flags_is_not_broken_anew() {
    for command in COMMANDS {
        let run = Invocation::new([command, "--help"]).run();
        let behind = run.out().split_once("\nExamples:\n").map_or("", |(_, text)| text);
        let prose: Vec<&str> = behind.lines().filter(|line| !line.starts_with(' ')).collect();
        let alone = |line: &&&str| line.trim_end_matches('.').split(' ').count() == 1;
        let broken =
            prose.iter().filter(alone).find(|line| !line.is_empty() && !line.starts_with('('));
        assert_eq!(broken, None, "{run}");
    }
}

/// Those with examples.
const COMMANDS: [&str; 10] =
    ["push", "check", "diff", "audit", "rotate", "rollback", "doctor", "exec", "login", "resolve"];

#[test]
fn a_line_that_is_cut_is_not_said_to_be_as_long_as_what_is_left() {
    for length in [600, 3_000_000] {
        let run = Invocation::new(["resolve", "-"]).stdin("a".repeat(length)).run();
        assert_eq!(run.code, Some(65), "{run}");
        let message = "error: the image reference has more than the 512 bytes that are looked at\n";
        assert!(run.err().starts_with(message), "{run}");
    }
}

#[test]
fn help_goes_to_standard_output_and_names_the_flags_of_cf() {
    let run = Invocation::new(["push", "--help"]).run();
    assert_eq!((run.code, run.err()), (Some(0), ""));
    for word in ["--memory", "--strategy", "--hostname", "--api-key-file", "--dry-run"] {
        assert!(run.out().contains(word), "{word}");
    }
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    for words in [
        vec!["push", "web", "--api-key", KEY],
        vec!["push", "web", "--docker-password=hunter2"],
        vec!["push", "web", "--image", "a/b", KEY],
        vec!["resolve", KEY],
        vec![KEY],
    ] {
        for output in ["text", "json"] {
            let run = Invocation::new(&words).arguments(["--output", output]).run();
            assert_eq!(run.code, Some(2), "{run}");
            assert!(!run.err().contains("hunter2") && !run.out().contains("hunter2"), "{run}");
            run.shows_nothing_of(KEY, &[]);
            assert!(format!("{}{}", run.out(), run.err()).contains("api-key-delete"), "{run}");
        }
    }
}

#[test]
fn a_refusal_in_text_is_error_place_and_hint() {
    Invocation::new(["push", "web", "--image", "us.icr.io/acme/Web:1"]).run().is(
        65,
        "",
        "error: upper-case letter in an image reference; only tags may have them\n  us.icr.io/acme/Web:1\n                 ^\nhint: write `us.icr.io/acme/web:1`\n",
    );
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let word = std::ffi::OsStr::from_bytes(b"ac\xffme/web");
    let run = Invocation::new([std::ffi::OsStr::new("resolve"), word]).run();
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().contains("not valid UTF-8"), "{run}");
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_an_error() {
    for words in [
        "resolve us.icr.io/acme/web",
        "regions",
        "regions --output json",
        "completions bash",
        "--help",
    ] {
        let run = Invocation::new(["unused"])
            .behind_shell(&format!("shift; exec \"{}\" {words} > /dev/full", icr_cf().display()))
            .run();
        assert_eq!(run.code, Some(74), "{words}: {run}");
        assert!(run.err().contains("standard output cannot be written"), "{words}: {run}");
    }
}

#[test]
fn a_key_in_the_wrong_place_is_not_repeated() {
    let push = || Invocation::new(["push", "web", "--image", "acme/web"]);
    for run in [
        push().variable("ICR_REGION", KEY).run(),
        push().variable("ICR_REGION", "us").variable("ICR_NAMESPACE", KEY).run(),
        push().variable("ICR_REGION", "us").variable("ICR_CF_CF", KEY).run(),
        push().variable("ICR_REGION", "us").variable("IBMCLOUD_API_KEY", format!("@{KEY}")).run(),
        Invocation::new(["resolve", "-"]).stdin(format!("{KEY}\n")).run(),
        Invocation::new(["resolve", "-", "--output", "json"])
            .stdin(format!("us.icr.io/a/{KEY}\n"))
            .run(),
    ] {
        assert_ne!(run.code, Some(0), "{run}");
        run.shows_nothing_of(KEY, &[]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_endless_list_ends_when_its_reader_is_gone() {
    let script =
        r#"shift; while :; do echo acme/web; done | "$@" | { read -r line; echo "$line"; }"#;
    let script = script.replace("\"$@\"", &format!("'{}' resolve - -r us", icr_cf().display()));
    Invocation::new(["unused"]).behind_shell(&script).run().is(0, "us.icr.io/acme/web\n", "");
}

#[cfg(unix)]
#[test]
fn a_setting_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let value = std::ffi::OsStr::from_bytes(b"\xff");
    let run =
        Invocation::new(["resolve", "us.icr.io/acme/web"]).variable("ICR_REGION", value).run();
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().contains("`ICR_REGION` is not valid UTF-8"), "{run}");
}

/// With very few of them not even the loader of programs gets along, which ends with 127.
#[cfg(target_os = "linux")]
#[test]
fn a_limit_on_open_files_is_said_to_be_one_and_no_bug_of_ours() {
    let commands: [&[&str]; 4] = [
        &["push", "web", "-o", "us.icr.io/acme/web:1", "--no-checks"],
        &["push", "web", "-o", "us.icr.io/acme/web:1", "--redact-env"],
        &["check", "web", "-o", "us.icr.io/acme/web:1"],
        &["resolve", "--digest", "us.icr.io/acme/web:1"],
    ];
    let tried = |files: usize, words: &[&str]| {
        let run = Invocation::new(words).variable("ICR_CF_API_KEY", KEY);
        // Nobody answers there, so that nothing is asked of the network.
        let run = run.variable("HTTPS_PROXY", "http://127.0.0.1:9");
        let run = run.behind_shell(&format!("ulimit -n {files}; exec \"$@\"")).run();
        let is_told = run.err().contains("limit of the system is reached")
            && run.err().contains("hint: raise the number of open files: `ulimit -n 1024`");
        assert!(run.code != Some(70), "{files} {words:?}: {run}");
        if files <= 10 {
            assert!((run.code, is_told) == (Some(78), true), "{files} {words:?}: {run}");
            assert_eq!(run.record.pushes().len(), 0, "{files} {words:?}: {run}");
        }
    };
    std::thread::scope(|scope| {
        for words in commands {
            scope.spawn(move || [4, 6, 9, 11, 13, 15, 17, 20].map(|files| tried(files, words)));
        }
    });
}
