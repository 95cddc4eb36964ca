//! `--show-logs`: the log of the app after a failure, by a second cf that gets no key and changes
//! nothing about how the push ended.

use std::time::Duration;

use crate::support::{Event, Invocation, KEY, Run, Workplace};

/// A push that fails in staging.
const FAILS: &str = "out Staging app and tracing logs...; err StagingError - no; exit 4";

/// The same with the log asked for, and what `cf logs` does.
fn push(logs: &str) -> Invocation {
    Invocation::push(FAILS).arguments(["--show-logs"]).variable("CF_STAND_IN_LOGS_SCRIPT", logs)
}

/// The one `cf logs`.
fn logs(run: &Run) -> &Event {
    let is_logs = |event: &&Event| event.arguments().contains(&"logs".to_owned());
    let found: Vec<&Event> = run.record.of_kind("start").filter(is_logs).collect();
    assert_eq!(found.len(), 1, "{run}");
    found[0]
}

fn asked_for_none(run: &Run) {
    assert_eq!(run.record.of_kind("start").count(), 1, "{run}");
}

#[test]
fn the_log_goes_where_the_push_went_and_the_exit_code_stays() {
    let run = push("out one; err two; exit 0").run();
    run.is(4, "Staging app and tracing logs...\none\n", "StagingError - no\ntwo\n");
    assert_eq!(logs(&run).arguments(), ["logs", "web", "--recent"]);
    let run = push("out one; err two").arguments(["--output", "json"]).run();
    let all = "Staging app and tracing logs...\nStagingError - no\none\ntwo\n";
    assert_eq!((run.code, run.err()), (Some(4), all), "{run}");
    assert_eq!(
        run.json()["apps"][0]["outcome"]["last_lines"].as_array().unwrap().len(),
        2,
        "{run}"
    );
}

#[test]
fn the_key_is_masked_in_the_log_and_not_given_to_the_cf_that_shows_it() {
    let run = push(&format!("out the key is {KEY}!; err {KEY}; echo-secret")).run();
    let out = "Staging app and tracing logs...\nthe key is ***!\n\n";
    run.is(4, out, "StagingError - no\n***\n").shows_nothing_of(KEY, &[]);
    let start = logs(&run);
    assert_eq!(start.variables_holding(KEY), [""; 0], "{run}");
    let hidden = ["CF_DOCKER_PASSWORD", "ICR_CF_API_KEY"];
    assert!(start.variables().iter().all(|name| !hidden.contains(name)), "{run}");
    assert_eq!(start.text("stdin"), "null", "{run}");
}

#[test]
fn a_key_that_came_as_the_variable_of_cf_is_taken_out_again() {
    let run = push("exit 0").without("ICR_CF_API_KEY").variable("CF_DOCKER_PASSWORD", KEY).run();
    assert_eq!(run.record.push().variables_holding(KEY), ["CF_DOCKER_PASSWORD"], "{run}");
    assert_eq!(logs(&run).variables_holding(KEY), [""; 0], "{run}");
}

#[test]
fn a_log_that_cannot_be_shown_is_said_in_one_line_and_changes_nothing() {
    let run = push("err gone; exit 9").run();
    let warning = "warning: `cf logs web --recent` ended with exit code 9\n";
    let err = format!("StagingError - no\ngone\n{warning}");
    run.is(4, "Staging app and tracing logs...\n", &err);
}

#[test]
fn a_log_without_end_is_ended_no_later_than_the_push_would_have_been() {
    let run = push("out one; sleep 60000").arguments(["--timeout", "4s"]).run();
    let warning = "warning: `cf logs web --recent` did not end within 4s\n";
    let err = format!("StagingError - no\n{warning}");
    run.is(4, "Staging app and tracing logs...\none\n", &err);
    assert!(run.time < Duration::from_secs(20), "{run}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_log_and_leaves_the_code_of_the_push() {
    let push = push("");
    let ready = push.place().path("ready");
    let logs_script = format!("out one; touch {}; sleep 60000", ready.display());
    let mut running = push.variable("CF_STAND_IN_LOGS_SCRIPT", logs_script).start();
    running.wait_for_file("ready");
    running.kill(rustix::process::Signal::INT);
    let run = running.finish();
    let err = "StagingError - no\nwarning: `cf logs web --recent` was interrupted\n";
    run.is(4, "Staging app and tracing logs...\none\n", err);
    let shown = logs(&run).number("pid");
    assert_eq!(crate::support::state(shown), None, "{run}");
}

#[test]
fn no_log_is_shown_where_there_is_none_of_this_push() {
    for script in ["out Staging app...; exit 0", "out Pushing app web...; exit 1", "exit 1"] {
        let run = Invocation::push(script).arguments(["--show-logs"]).run();
        asked_for_none(&run);
        assert_eq!(run.err(), "", "{run}");
    }
    asked_for_none(&Invocation::push(FAILS).run());
}

#[test]
fn an_app_that_only_a_manifest_names_into_which_nobody_looked_has_its_log_not_shown() {
    let place = Workplace::new();
    place.write("work/m.yml", "applications: [{name: web}]\n");
    let words = [
        "push",
        "--no-checks",
        "-o",
        "us.icr.io/acme/web:1",
        "--show-logs",
        "--show-env",
        "--",
        "-f",
        "m.yml",
    ];
    let run = Invocation::new_in(place, words).variable("ICR_CF_API_KEY", KEY).script(FAILS).run();
    asked_for_none(&run);
    assert!(run.err().contains("warning: no log is shown, since only the manifest names"), "{run}");
}

#[cfg(unix)]
#[test]
fn whoever_ended_the_push_is_shown_no_log() {
    let script = "out Staging app...; handle TERM; touch @ready; wait-signal TERM 20000; exit 1";
    let mut running = Invocation::push(script).arguments(["--show-logs"]).start();
    running.wait_for_file("ready");
    running.kill(rustix::process::Signal::TERM);
    asked_for_none(&running.finish());
}

#[test]
fn the_log_takes_part_in_the_diagnosis() {
    let line = "out    2026-01-01T00:00:00.00+0000 [STG/0] ERR denied: insufficient scope";
    let run = push(line).run();
    assert!(run.err().contains("\ndiagnosis[no-access]: "), "{run}");
    let run = push("out    2026-01-01T00:00:00.00+0000 [APP/PROC/WEB/0] OUT 403 Forbidden").run();
    assert!(!run.err().contains("diagnosis["), "{run}");
}
