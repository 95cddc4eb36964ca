//! Signals: each reaches cf exactly once, by key and by `kill`, on a terminal and on pipes. The
//! modules below have what comes of it.
//!
//! "Exactly once" is seen by a fence: when cf has had the signal, another one is sent, and once cf
//! has had that one too, a second delivery of the first would be on record.

#[cfg(target_os = "linux")]
use std::process::{Command, Stdio};

use rustix::process::Signal;

#[cfg(target_os = "linux")]
use crate::support::send;
use crate::support::{CTRL_BACKSLASH, CTRL_C, CTRL_Z, Invocation, Reader, Running, Setup, state};

mod before_cf;
mod endings;
mod left_behind;
mod others;
mod while_checking;
mod while_comparing;
mod while_scanning;

const TERMINALS: [Setup; 2] = [Setup::Leader, Setup::Job];
const EVERYWHERE: [Setup; 3] = [Setup::Pipes, Setup::Leader, Setup::Job];

/// How a signal is made.
#[derive(Debug, Clone, Copy)]
enum By {
    /// `kill` with the process number of icr-cf.
    Kill,
    /// A key of the terminal.
    Key(u8),
}

fn name(signal: Signal) -> &'static str {
    match signal {
        Signal::INT => "SIGINT",
        Signal::TERM => "SIGTERM",
        Signal::HUP => "SIGHUP",
        Signal::QUIT => "SIGQUIT",
        _ => unreachable!("not one that ends"),
    }
}

fn deliver(running: &mut Running, signal: Signal, by: By) {
    match by {
        By::Kill => running.kill(signal),
        By::Key(key) => running.terminal().press(&[key]),
    }
}

/// Runs a cf that handles the signal, and holds what it got against "exactly once".
#[track_caller]
fn reaches_cf_once(setup: Setup, signal: Signal, by: By) {
    let fence = if signal == Signal::TERM { Signal::HUP } else { Signal::TERM };
    let (first, second) = (name(signal), name(fence));
    let script = format!(
        "handle {first}; handle {second}; touch @ready; wait-signal {first} 20000; touch @got; \
         wait-signal {second} 20000; out done; exit 3"
    );
    let mut running = Invocation::push(&script).on(setup).start();
    running.wait_for_file("ready");
    deliver(&mut running, signal, by);
    running.wait_for_file("got");
    running.kill(fence);
    let run = running.finish();
    assert_eq!(run.record.signals(), [first, second], "{setup:?} {by:?}: {run}");
    assert_eq!(run.code, Some(3), "{setup:?} {by:?}: {run}");
    assert!(run.out().contains("done\n"), "{setup:?} {by:?}: {run}");
}

#[test]
fn every_signal_that_ends_reaches_cf_once_when_sent_to_a_process_on_pipes() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        reaches_cf_once(Setup::Pipes, signal, By::Kill);
    }
}

#[test]
fn every_signal_that_ends_reaches_cf_once_when_sent_to_a_session_leader() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        reaches_cf_once(Setup::Leader, signal, By::Kill);
    }
}

#[test]
fn every_signal_that_ends_reaches_cf_once_when_sent_to_a_job_in_the_foreground() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        reaches_cf_once(Setup::Job, signal, By::Kill);
    }
}

#[test]
fn ctrl_c_reaches_cf_once_on_every_terminal() {
    for setup in TERMINALS {
        reaches_cf_once(setup, Signal::INT, By::Key(CTRL_C));
    }
}

#[test]
fn ctrl_backslash_reaches_cf_once_on_every_terminal() {
    for setup in TERMINALS {
        reaches_cf_once(setup, Signal::QUIT, By::Key(CTRL_BACKSLASH));
    }
}

#[test]
fn a_terminal_that_goes_away_hangs_cf_up_once() {
    let script = "handle HUP; handle TERM; touch @ready; wait-signal HUP 20000; touch @got; \
                  wait-signal TERM 20000; touch @done";
    let invocation = Invocation::push(script).on(Setup::Leader).stdout(Reader::Nobody);
    let mut running = invocation.start();
    running.wait_for_file("ready");
    running.close_terminal();
    running.wait_for_file("got");
    running.kill(Signal::TERM);
    let run = running.finish();
    let ending: Vec<_> =
        run.record.signals().into_iter().filter(|name| *name != "SIGCONT").collect();
    assert_eq!(ending, ["SIGHUP", "SIGTERM"], "{run}");
    assert_eq!(run.code, Some(0), "{run}");
}

/// Stops a push, sees it stopped, wakes it, sees it through.
#[track_caller]
fn stops_and_goes_on(setup: Setup, by: By) {
    let script = "handle TERM; touch @ready; wait-signal CONT 20000; touch @woken; \
                  wait-signal TERM 20000; out done";
    let mut running = Invocation::push(script).on(setup).start();
    running.wait_for_file("ready");
    let (ours, cf) = (running.pid(), running.record().push().number("pid"));
    deliver(&mut running, Signal::TSTP, by);
    running.wait_for("cf is stopped", |_| state(cf) == Some('T'));
    if setup != Setup::Leader {
        running.wait_for("icr-cf is stopped", |_| state(ours) == Some('T'));
    }
    if setup == Setup::Job {
        running.wait_for_file("job-stopped");
        running.terminal().press(b"\n");
    } else {
        running.kill(Signal::CONT);
    }
    running.wait_for_file("woken");
    running.kill(Signal::TERM);
    let run = running.finish();
    let expected = ["SIGTSTP", "SIGCONT", "SIGTERM"];
    assert_eq!(run.record.signals(), expected, "{setup:?} {by:?}: {run}");
    assert_eq!(run.code, Some(0), "{setup:?} {by:?}: {run}");
    assert!(run.out().contains("done\n"), "{setup:?} {by:?}: {run}");
}

#[test]
fn a_stop_by_kill_stops_both_and_a_continue_wakes_both_once() {
    for setup in EVERYWHERE {
        stops_and_goes_on(setup, By::Kill);
    }
}

#[test]
fn ctrl_z_stops_both_and_a_continue_wakes_both_once() {
    for setup in TERMINALS {
        stops_and_goes_on(setup, By::Key(CTRL_Z));
    }
}

#[test]
fn without_a_shell_to_wake_it_a_stopped_push_can_still_be_interrupted() {
    let script = "touch @ready; sleep 20000";
    let mut running = Invocation::push(script).on(Setup::Leader).start();
    running.wait_for_file("ready");
    let cf = running.record().push().number("pid");
    running.terminal().press(&[CTRL_Z]);
    running.wait_for("cf is stopped", |_| state(cf) == Some('T'));
    running.terminal().press(&[CTRL_C]);
    let run = running.finish();
    assert_eq!(run.code, Some(130), "{run}");
}

/// Under `docker exec` and in some CI jobs the session is led from another process namespace, where
/// its number is 0.
#[test]
#[cfg(target_os = "linux")]
fn a_session_led_from_outside_of_the_process_namespace_can_be_stopped() {
    const NAMESPACE: &str = "/usr/bin/unshare --user --map-root-user --pid --fork --mount-proc";
    let possible = Command::new("/bin/sh").args(["-c", &format!("{NAMESPACE} /bin/true")]).output();
    if !possible.is_ok_and(|tried| tried.status.success()) {
        eprintln!("skipped: `{NAMESPACE}` does not work here");
        return;
    }
    let inner = r#""$@" & pid=$!
        until [ -e ../ready ]; do /bin/sleep 0.02; done
        kill -TSTP $pid
        until /bin/grep -q "^State:.T" /proc/$pid/status; do /bin/sleep 0.02; done
        until /bin/grep -q SIGTSTP ../record.jsonl; do /bin/sleep 0.02; done
        kill -CONT $pid
        until [ -e ../woken ]; do /bin/sleep 0.02; done
        kill -TERM $pid
        wait $pid"#;
    let shell = format!("exec {NAMESPACE} /bin/sh -c '{inner}' sh \"$@\"");
    let script = "handle TERM; touch @ready; wait-signal CONT 20000; touch @woken; \
                  wait-signal TERM 20000; out done";
    let run = Invocation::push(script).behind_shell(&shell).run();
    assert_eq!(run.record.signals(), ["SIGTSTP", "SIGCONT", "SIGTERM"], "{run}");
    assert_eq!((run.code, run.out()), (Some(0), "done\n"), "{run}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_hang_up_that_nohup_ignores_does_not_reach_cf() {
    let script = "handle HUP; handle TERM; touch @ready; wait-signal TERM 20000; out done";
    let invocation = Invocation::push(script).behind_shell(r#"trap "" HUP; exec "$@""#);
    let mut running = invocation.start();
    running.wait_for_file("ready");
    running.kill(Signal::HUP);
    running.kill(Signal::TERM);
    let run = running.finish();
    assert_eq!(run.record.signals(), ["SIGTERM"], "{run}");
    assert_eq!((run.code, run.out()), (Some(0), "done\n"), "{run}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_job_in_the_background_of_a_script_is_not_interrupted() {
    let script = "handle INT; handle TERM; touch @ready; wait-signal TERM 20000; out done";
    let invocation = Invocation::push(script).behind_shell(r#""$@" & wait $!"#);
    let mut running = invocation.start();
    running.wait_for_file("ready");
    let ours = running.record().push().number("ppid");
    send(ours, Signal::INT);
    send(ours, Signal::TERM);
    let run = running.finish();
    assert_eq!(run.record.signals(), ["SIGTERM"], "{run}");
    assert_eq!((run.code, run.out()), (Some(0), "done\n"), "{run}");
}

#[test]
#[cfg(target_os = "linux")]
fn cf_starts_with_the_signals_and_files_it_would_have_without_us() {
    let signals = "/bin/grep -E '^Sig(Blk|Ign)' /proc/self/status";
    let invocation = Invocation::push("");
    let list = format!("{signals}; exec /bin/ls /proc/self/fd");
    let cf = invocation.place().install_script("cf", &list);
    let alone = Command::new(cf).env_clear().stdin(Stdio::null()).output().unwrap();
    invocation.run().is(0, str::from_utf8(&alone.stdout).unwrap(), "");
}

/// As under `nohup`, in a job of a script behind `&`, or in a job of CI that has them ignored.
#[test]
#[cfg(target_os = "linux")]
fn these_tests_hold_where_their_own_signals_are_ignored() {
    let tests = [
        "signals::every_signal_that_ends_reaches_cf_once_when_sent_to_a_process_on_pipes",
        "signals::ctrl_c_reaches_cf_once_on_every_terminal",
        "signals::cf_starts_with_the_signals_and_files_it_would_have_without_us",
    ];
    let run = Command::new("/bin/sh")
        .args(["-c", "trap '' INT QUIT HUP TERM USR1; exec \"$0\" --exact \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(tests)
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && out.contains("3 passed"), "{out}");
}
