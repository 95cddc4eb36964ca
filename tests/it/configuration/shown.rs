//! What `icr-cf config` shows; the page about settings against the program.

use icr_cf_sandbox::World;

use super::{FOLDER, USER, place, run, setting};
use crate::support::Invocation;

#[test]
fn each_setting_has_its_value_and_where_it_comes_from() {
    let files = [
        (FOLDER, "region = \"us-south\"\njobs = 8\ncf = \"cf8\"\n[profile.prod]\njobs = 2\n"),
        (USER, "region = \"eu-de\"\n"),
    ];
    let run = run(&files, &["config", "--profile", "prod"]);
    assert_eq!((run.code, run.err()), (Some(0), ""), "{run}");
    let rows: Vec<Vec<&str>> =
        run.out().lines().map(|line| line.split_whitespace().collect()).collect();
    for row in [
        &["region", "us-south", "icr-cf.toml:1"][..],
        &["eu-de", "~/.config/icr-cf/config.toml:1", "(overridden)"],
        &["jobs", "2", "icr-cf.toml:5,", "profile", "prod"],
        &["8", "icr-cf.toml:2", "(overridden)"],
        &["on-error", "stop", "default"],
        &["cf8", "icr-cf.toml:3", "(not", "allowed)"],
        &["profile:", "prod"],
    ] {
        assert!(rows.iter().any(|found| found == row), "{row:?}: {run}");
    }
    assert!(run.out().contains("read: icr-cf.toml (of the folder); profiles: prod\n"), "{run}");
}

#[test]
fn without_files_all_is_default() {
    let run = run(&[], &["config"]);
    assert!(run.out().contains("no file of settings is read"), "{run}");
}

#[test]
fn silenced_advice_is_not_shown_and_stays_in_the_document() {
    let world = World::start().unwrap();
    let words = ["check", "web", "-o", "us.icr.io/acme/web"];
    let check = |text: &str, more: &[&str]| {
        let run = Invocation::new_in(place(&[(FOLDER, text)]), words).arguments(more);
        run.in_world(&world).variable("ICR_CF_API_KEY", world.sample_key()).run()
    };
    let loud = check("", &[]);
    let name = "retention";
    if loud.out().contains(&format!("advice[{name}]")) {
        let text = format!("silence = [\"{name}\"]\n");
        let silent = check(&text, &[]);
        assert!(!silent.out().contains(name), "{silent}");
        let document = check(&text, &["--output", "json"]);
        let names: Vec<_> = document.verdicts().iter().map(|one| one["name"].clone()).collect();
        assert!(names.contains(&name.into()), "{document}");
    } else {
        panic!("no advice: {loud}");
    }
}

#[test]
fn an_audit_leaves_silenced_advice_out_and_fails_on_it_all_the_same() {
    let world = World::start().unwrap();
    world.run_app("hello", "us.icr.io/acme/hello:1.0", world.sample_key()).unwrap();
    let audit = |text: &str| {
        let words = ["audit", "--verbose", "--fail-on", "advice"];
        let run = Invocation::new_in(place(&[(FOLDER, text)]), words).in_world(&world);
        run.variable("ICR_CF_API_KEY", world.sample_key()).run()
    };
    let loud = audit("");
    assert!(loud.out().contains("advice[pushed-by-tag]"), "{loud}");
    let silent = audit("silence = [\"pushed-by-tag\"]\n");
    assert!(!silent.out().contains("pushed-by-tag"), "{silent}");
    assert_eq!(silent.code, loud.code, "{silent}");
}

#[test]
fn the_page_has_a_row_for_every_setting_with_its_variable_and_default() {
    let page = std::fs::read_to_string("docs/configuration.md").unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .skip_while(|line| !line.starts_with("| setting |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let shown = run(&[], &["config", "--output", "json"]);
    let document = shown.json();
    let settings = document["settings"].as_array().unwrap();
    assert_eq!(rows.len(), settings.len());
    for (row, one) in rows.iter().zip(settings) {
        assert_eq!(row[0].trim_matches('`'), one["name"], "{row:?}");
        let default = one["values"][0].as_str().unwrap_or_default();
        assert_eq!(row[3].trim_matches('`'), default, "{row:?}");
        let variable = row[2].trim_matches('`');
        if !variable.is_empty() {
            let run = Invocation::new(["config", "--output", "json"]).variable(variable, "x").run();
            let found = setting(&run, one["name"].as_str().unwrap());
            assert_eq!(found["from"], variable, "{run}");
        }
    }
}

#[test]
fn the_example_of_the_page_is_one() {
    let page = std::fs::read_to_string("docs/configuration.md").unwrap();
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let run = run(&[(FOLDER, example)], &["config", "--profile", "prod"]);
    assert_eq!((run.code, run.err()), (Some(0), ""), "{run}");
    assert!(run.out().contains("eu-de"), "{run}");
}

#[test]
fn doctor_names_the_files_and_what_does_not_count_in_them() {
    let world = World::start().unwrap();
    let files = [(FOLDER, "region = \"us-south\"\napi-key-command = \"op\"\n")];
    let run = Invocation::new_in(place(&files), ["doctor"]).in_world(&world);
    let run = run.variable("ICR_CF_API_KEY", world.sample_key()).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("read from icr-cf.toml; not all of it counts"), "{run}");
    assert!(run.out().contains("`icr-cf config allow icr-cf.toml`"), "{run}");
    // The region of the file.
    assert!(!run.out().contains("de.icr.io"), "{run}");
}

#[test]
fn every_command_that_takes_a_setting_takes_a_profile() {
    let commands =
        ["push", "check", "diff", "audit", "rotate", "rollback", "resolve", "doctor", "exec"];
    for command in commands {
        let help = Invocation::new([command, "--help"]).run();
        assert!(help.out().contains("--profile <NAME>"), "{command}");
    }
}

#[test]
fn a_program_of_exec_gets_the_key_that_the_users_file_names() {
    let key = crate::support::KEY;
    let files = [(USER, "[profile.ci]\napi-key-file = \"key.txt\"\n")];
    let place = place(&files);
    let file = place.write("home/.config/icr-cf/key.txt", key);
    let words = [
        "exec",
        "--profile",
        "ci",
        "--mask",
        "--",
        "/bin/sh",
        "-c",
        "echo got=$CF_DOCKER_PASSWORD",
    ];
    let run = Invocation::new_in(place, words).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("got=***"), "{run}");
    run.shows_nothing_of(key, &[&file]);
}
