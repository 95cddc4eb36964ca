//! What is different on Windows: Ctrl-C on a console, names of variables in any case, words of a
//! command with backslashes in them.

use crate::support::{Invocation, KEY, Workplace};

/// Ends as a program does that does nothing about Ctrl-C. That of wine would end with 0.
const RUNS_ON: &str = "handle INT; touch @ready; wait-signal INT 20000; die INT";

#[test]
fn ctrl_c_reaches_cf_once_and_is_reported_as_a_signal() {
    let run = Invocation::push(RUNS_ON).arguments(["--output", "json"]).ctrl_c_at("ready").run();
    assert_eq!(run.code, Some(130), "{run}");
    let outcome = &run.json()["apps"][0]["outcome"];
    assert_eq!(outcome["signal"], 2, "{run}");
    assert_eq!(outcome["exit_code"], 130, "{run}");
    assert_eq!(outcome["interrupted"], "INT", "{run}");
    assert_eq!(run.record.signals(), ["SIGINT"], "{run}");
    run.shows_nothing_of(KEY, &[]);
}

#[test]
fn ctrl_c_before_cf_runs_ends_the_push() {
    let run = Invocation::new(["push", "web", "-o", "us.icr.io/acme/web", "--no-checks"])
        .arguments(["--api-key-command", "cf push"])
        .script(RUNS_ON)
        .ctrl_c_at("ready")
        .run();
    assert_eq!(run.code, Some(130), "{run}");
    assert!(run.err().contains("interrupted"), "{run}");
}

#[test]
fn what_cf_makes_of_ctrl_c_decides() {
    let script = "handle INT; touch @ready; wait-signal INT 20000; exit 7";
    let run = Invocation::push(script).ctrl_c_at("ready").run();
    assert_eq!(run.code, Some(7), "{run}");
}

#[test]
fn ctrl_c_leaves_no_temporary_file() {
    let push =
        Invocation::new(["push", "-r", "us", "--namespace", "acme", "--no-checks", "--jobs", "2"]);
    push.place().write(
        "work/manifest.yml",
        "applications:\n- name: a\n  docker: {image: web}\n- name: b\n  docker: {image: web}\n",
    );
    let both = RUNS_ON.replace(
        "touch @ready",
        "touch @{app}; wait-file @a 20000; wait-file @b 20000; touch @ready",
    );
    let run = push.variable("ICR_CF_API_KEY", KEY).script(&both).ctrl_c_at("ready").run();
    assert_eq!(run.code, Some(130), "{run}");
    assert_eq!(std::fs::read_dir(run.place.path("tmp")).unwrap().count(), 0, "{run}");
}

#[test]
fn a_variable_is_found_in_any_case() {
    let push = Invocation::push("exit 3").without("PATH");
    let folder = push.place().path("bin");
    let run = push.variable("Path", folder).run();
    assert_eq!(run.code, Some(3), "{run}");
    let run = Invocation::push_without_key().variable("icr_cf_api_key", KEY).run();
    let start = run.record.push();
    assert_eq!(start.variables_holding(KEY), ["CF_DOCKER_PASSWORD"], "{run}");
}

#[test]
fn a_backslash_in_the_words_for_cf_belongs_to_a_path() {
    let place = Workplace::without_cf();
    place.install("my cf");
    let cf = place.path("bin").join("my cf.exe").to_str().unwrap().replace('/', "\\");
    let words = ["push", "web", "-o", "us.icr.io/acme/web", "--no-checks"];
    let run = Invocation::new_in(place, words)
        .variable("ICR_CF_API_KEY", KEY)
        .variable("ICR_CF_CF", format!(r#""{cf}" one"#))
        .script("exit 4")
        .run();
    assert_eq!(run.record.of_kind("start").next().unwrap().arguments()[0], "one", "{run}");
}
