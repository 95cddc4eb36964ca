//! Processes that cf leaves behind: none outlives it, and none holds up the end for long.

use std::time::Duration;

use rustix::process::Signal;

use crate::support::{Invocation, KEY, state};

#[test]
fn a_second_interrupt_kills_the_processes_that_cf_started_too() {
    let script = "grandchild 20000 ignore-term; handle INT; touch @ready; wait-signal INT 20000; \
                  touch @got; sleep 20000";
    let mut running = Invocation::push(script).start();
    running.wait_for_file("ready");
    running.kill(Signal::INT);
    running.wait_for_file("got");
    running.kill(Signal::INT);
    let run = running.finish();
    assert_eq!(run.code, Some(137), "{run}");
    assert_eq!(run.record.grandchildren().into_iter().find_map(state), None, "{run}");
}

/// Runs a cf that leaves a process behind.
#[track_caller]
fn leaves_nobody(how: &str, then: &str) {
    let run = Invocation::push(&format!("grandchild 25000 {how}; out here; {then}")).run();
    let left = run.record.grandchildren();
    assert_eq!(left.len(), 1, "{run}");
    assert_eq!(state(left[0]), None, "`{how}` is left: {run}");
    assert_eq!((run.code, run.out()), (Some(7), "here\n"), "{run}");
    assert!(run.time < Duration::from_secs(5), "`{how}` holds up the end: {run}");
}

#[test]
fn a_process_that_cf_leaves_behind_is_ended() {
    leaves_nobody("", "exit 7");
}

#[test]
fn a_process_that_ignores_term_is_killed_when_cf_has_ended() {
    leaves_nobody("ignore-term", "exit 7");
}

#[test]
#[cfg(target_os = "linux")]
fn a_process_that_left_the_session_is_ended_when_cf_has_ended() {
    leaves_nobody("setsid", "exit 7");
}

#[test]
#[cfg(target_os = "linux")]
fn a_process_that_left_the_session_and_ignores_term_is_killed_when_cf_has_ended() {
    leaves_nobody("setsid ignore-term", "exit 7");
}

#[test]
fn a_process_left_behind_is_asked_to_end_once_before_it_is_killed() {
    let invocation = Invocation::push_without_key().variable("ICR_CF_API_KEY", KEY);
    let place = invocation.place();
    let (count, ready) = (place.path("count"), place.path("ready"));
    let (count, ready) = (count.display(), ready.display());
    let left = format!(
        "trap 'echo asked >> {count}' TERM; : > {ready}; while :; do /bin/sleep 0.02; done"
    );
    let cf = format!(
        "({left}) > /dev/null 2>&1 & while [ ! -e {ready} ]; do /bin/sleep 0.02; done; exit 6"
    );
    place.install_script("cf", &cf);
    let run = invocation.run();
    assert_eq!(run.code, Some(6), "{run}");
    assert_eq!(std::fs::read_to_string(run.place.path("count")).unwrap(), "asked\n", "{run}");
}

#[test]
fn processes_left_by_an_interrupted_cf_are_ended() {
    for how in ["", "ignore-term", "setsid"] {
        if how == "setsid" && !cfg!(target_os = "linux") {
            continue;
        }
        let script = format!("grandchild 25000 {how}; touch @ready; sleep 20000");
        let mut running = Invocation::push(&script).start();
        running.wait_for_file("ready");
        running.kill(Signal::INT);
        let run = running.finish();
        assert_eq!(run.code, Some(130), "{how}: {run}");
        let left = run.record.grandchildren().into_iter().find_map(state);
        assert_eq!(left, None, "`{how}` is left: {run}");
        assert!(run.time < Duration::from_secs(8), "`{how}` holds up the end: {run}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_a_script_left_in_the_background_before_it_became_us_lives_on() {
    let script = r#"/bin/sleep 30 < /dev/null > /dev/null 2>&1 & echo $! > ../tunnel; exec "$@""#;
    let run = Invocation::push("grandchild 25000 ; exit 7").behind_shell(script).run();
    let tunnel = std::fs::read_to_string(run.place.path("tunnel")).unwrap().trim().parse().unwrap();
    assert_eq!(run.code, Some(7), "{run}");
    assert!(state(tunnel).is_some(), "the tunnel was ended: {run}");
    crate::support::send(tunnel, Signal::KILL);
    assert_eq!(run.record.grandchildren().into_iter().find_map(state), None, "{run}");
}
