//! The signals that nobody sends to a push in the course of things: none of them leaves a cf running
//! or a token on the disk, and what nothing can be done about is mended by a later run.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use crate::manifests::{many, scripted};
use crate::support::{Invocation, KEY, Run, Running, Workplace, send, state, wait_for};

/// Those that end whoever does nothing about them and can be taken, by number (signal(7)).
#[cfg(target_os = "linux")]
const ENDING: [i32; 20] = [
    // USR1, USR2, ALRM, VTALRM, PROF, IO, PWR, STKFLT, XCPU
    10, 12, 14, 26, 27, 29, 30, 16, 24, // ABRT, TRAP, SYS
    6, 5, 31, // HUP, INT, QUIT, TERM
    1, 2, 3, 15, // real-time ones
    34, 37, 50, 64,
];
#[cfg(not(target_os = "linux"))]
const ENDING: [i32; 7] = [30, 31, 14, 1, 2, 3, 15];

/// Sends a signal by its number, of which rustix has no name for all, once it is listened to: a
/// real-time one is when icr-cf has waited for a moment.
#[track_caller]
fn send_number(pid: i32, number: i32) {
    wait_for("a handler", || is_heard(pid, number));
    let line = format!("kill -{number} {pid}");
    assert!(Command::new("/bin/sh").args(["-c", &line]).status().unwrap().success(), "{line}");
}

/// Whether a process has a handler for a signal, where the system tells.
fn is_heard(pid: i32, number: i32) -> bool {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{pid}/status")) else { return true };
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(caught.trim(), 16).unwrap() >> (number - 1) & 1 == 1
}

/// Two apps side by side, each cf with a private copy of the user's configuration.
fn two_apps(place: Workplace) -> Invocation {
    place.write("home/.cf/config.json", "{\"ConfigVersion\": 4}");
    place.write("work/manifest.yml", many(2));
    let push = scripted(&many(2), "touch @ready-{app}; sleep 20000");
    push.in_place(place).arguments(["--jobs", "2"])
}

fn wait_for_both(running: &mut Running) -> Vec<i32> {
    running.wait_for_file("ready-app-1");
    running.wait_for_file("ready-app-2");
    running.record().pushes().iter().map(|push| push.number("pid")).collect()
}

/// The copies of cf's configuration, which hold its tokens.
fn tokens(place: &Workplace) -> Vec<PathBuf> {
    let paths = place.files().into_iter().map(|(path, _)| path);
    let tmp = place.path("tmp");
    paths.filter(|path| path.starts_with(&tmp) && path.ends_with(".cf/config.json")).collect()
}

#[track_caller]
fn nothing_is_left(run: &Run, cfs: &[i32], what: &str) {
    assert_eq!(cfs.iter().find_map(|cf| state(*cf)), None, "{what}: a cf runs on: {run}");
    assert_eq!(std::fs::read_dir(run.place.path("tmp")).unwrap().count(), 0, "{what}: {run}");
}

#[test]
fn every_signal_that_would_end_us_ends_each_cf_and_leaves_no_token() {
    std::thread::scope(|scope| {
        for number in ENDING {
            scope.spawn(move || {
                let mut running = two_apps(Workplace::new()).start();
                let cfs = wait_for_both(&mut running);
                assert_eq!(tokens(running.place()).len(), 2, "{number}");
                send_number(running.pid(), number);
                let run = running.finish();
                assert_eq!(run.code, Some(128 + number), "{number}: {run}");
                nothing_is_left(&run, &cfs, &number.to_string());
            });
        }
    });
}

#[test]
fn every_signal_that_would_end_us_ends_one_cf_with_its_code() {
    std::thread::scope(|scope| {
        for number in ENDING {
            scope.spawn(move || {
                let mut running = Invocation::push("touch @ready; sleep 20000").start();
                running.wait_for_file("ready");
                let cf = running.record().push().number("pid");
                send_number(running.pid(), number);
                let run = running.finish();
                assert_eq!(run.code, Some(128 + number), "{number}: {run}");
                nothing_is_left(&run, &[cf], &number.to_string());
            });
        }
    });
}

/// It is not for us to say that such a signal means an end.
#[test]
fn a_cf_that_handles_such_a_signal_goes_on_to_its_own_end() {
    let place = Workplace::new();
    let handled = place.path("handled");
    let script = format!(
        "trap 'echo $1 > {0}' USR1; : > {0}.ready; while [ ! -e {0} ]; do /bin/sleep 0.02; done; \
         echo done; exit 3",
        handled.display()
    );
    place.install_script("cf", &script);
    let words = ["push", "web", "-o", "us.icr.io/acme/web", "--no-checks"];
    let run = Invocation::new_in(place, words).variable("ICR_CF_API_KEY", KEY);
    let mut running = run.start();
    running.wait_for_file("handled.ready");
    send_number(running.pid(), Signal::USR1.as_raw());
    let run = running.finish();
    assert_eq!((run.code, run.out()), (Some(3), "done\n"), "{run}");
}

#[test]
fn such_a_signal_before_cf_runs_ends_the_key_command_and_us() {
    std::thread::scope(|scope| {
        for number in ENDING {
            scope.spawn(move || {
                let invocation = Invocation::push_without_key();
                let place = invocation.place();
                let body = super::before_cf::slow(place);
                let command = place.install_script("op", &body).to_str().unwrap().to_owned();
                let mut running = invocation.arguments(["--api-key-command", &command]).start();
                running.wait_for_file("pid");
                let child = std::fs::read_to_string(running.place().path("pid")).unwrap();
                send_number(running.pid(), number);
                let run = running.finish();
                assert_eq!(run.code, Some(128 + number), "{number}: {run}");
                let child = child.parse().unwrap();
                wait_for("the command is gone", || state(child).is_none());
                assert_eq!(run.record.pushes().len(), 0, "{number}: {run}");
            });
        }
    });
}

/// Under `ulimit -f`, a write to a file that is full already sends XFSZ.
#[test]
fn a_file_that_may_not_grow_is_an_error_of_the_write() {
    for words in [
        &["regions"][..],
        &["resolve", "us.icr.io/acme/web"],
        &["push", "web", "-o", "us.icr.io/acme/web", "--dry-run"],
        &["push", "web", "-o", "us.icr.io/acme/web", "--no-checks", "--output", "json"],
    ] {
        let invocation = Invocation::new(words).variable("ICR_CF_API_KEY", KEY);
        invocation.place().install_script("cf", "echo pushed");
        let shell = "ulimit -f 0; exec \"$@\" > ../full";
        let run = invocation.behind_shell(shell).run();
        assert_eq!(run.code, Some(74), "{words:?}: {run}");
        assert!(run.err().contains("standard output cannot be written: File too large"), "{run}");
    }
}

/// Starts a push of two apps and kills it with its cfs; gives what it left.
fn killed(place: Workplace) -> Workplace {
    let mut running = two_apps(place).start();
    let cfs = wait_for_both(&mut running);
    running.kill(Signal::KILL);
    let run = running.finish();
    assert_eq!(run.code, None, "{run}");
    for cf in cfs {
        send(cf, Signal::KILL);
    }
    assert_eq!(tokens(&run.place).len(), 2, "{run}");
    for name in ["ready-app-1", "ready-app-2", "record.jsonl"] {
        std::fs::remove_file(run.place.path(name)).unwrap();
    }
    run.place
}

#[test]
fn what_a_killed_push_left_is_removed_by_the_next_one_and_what_runs_is_left_alone() {
    let place = killed(killed(Workplace::new()));
    let tmp = place.path("tmp");
    std::fs::write(tmp.join("icr-cf-notes"), "the user's own").unwrap();
    let mut running = two_apps(place).start();
    let cfs = wait_for_both(&mut running);
    // The three that are not to be touched: this run's own, and a file.
    running.wait_for("two folders are gone", |running| tokens(running.place()).len() == 2);
    let other = Workplace::new();
    let run = Invocation::push("out pushed").in_place(other).variable("TMPDIR", &tmp).run();
    assert_eq!((run.code, run.out()), (Some(0), "pushed\n"), "{run}");
    assert_eq!(tokens(running.place()).len(), 2, "a folder in use was removed");
    running.kill(Signal::TERM);
    let run = running.finish();
    assert_eq!(run.code, Some(143), "{run}");
    // Who was killed may take a moment on a busy machine.
    wait_for("no cf is left", || cfs.iter().all(|cf| state(*cf).is_none()));
    let left = std::fs::read_dir(tmp).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["icr-cf-notes"], "{run}");
}

#[test]
fn a_check_and_a_dry_run_remove_nothing() {
    let place = killed(Workplace::new());
    let run = two_apps(place).arguments(["--dry-run"]).run();
    assert_eq!((run.code, tokens(&run.place).len()), (Some(0), 2), "{run}");
}

#[test]
fn a_key_command_that_ignores_every_signal_is_killed_after_a_moment() {
    std::thread::scope(|scope| {
        for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT, Signal::USR2] {
            for setup in super::EVERYWHERE {
                scope.spawn(move || {
                    let invocation = Invocation::push_without_key().on(setup);
                    let place = invocation.place();
                    let pid = place.path("pid");
                    let pid = pid.display();
                    let body = format!(
                        "trap '' INT TERM HUP QUIT USR2; printf %s $$ > {pid}.new; \
                         /bin/mv {pid}.new {pid}; while :; do /bin/sleep 0.05; done"
                    );
                    let op = place.install_script("op", &body).to_str().unwrap().to_owned();
                    let mut running = invocation.arguments(["--api-key-command", &op]).start();
                    running.wait_for_file("pid");
                    let child = std::fs::read_to_string(running.place().path("pid")).unwrap();
                    send_number(running.pid(), signal.as_raw());
                    let told = std::time::Instant::now();
                    let run = running.finish();
                    let time = told.elapsed();
                    assert_eq!(run.code, Some(128 + signal.as_raw()), "{setup:?}: {run}");
                    // Two seconds to end, two for whoever is left, and a busy machine.
                    assert!(time > Duration::from_millis(1500), "{setup:?} {time:?}: {run}");
                    assert!(time < Duration::from_secs(8), "{setup:?} {time:?}: {run}");
                    let child = child.parse().unwrap();
                    wait_for("the command is gone", || state(child).is_none());
                });
            }
        }
    });
}
