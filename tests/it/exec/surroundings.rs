//! What a masked program has around it: a terminal behind a pipe, whoever started us, and what it leaves.

use rustix::process::Signal;

use crate::support::{
    CTRL_C, CTRL_Z, Invocation, KEY, Reader, Running, Setup, Workplace, state, wait_for,
};

/// `icr-cf exec --mask` behind a pipe, in a shell that has the terminal.
fn behind_a_pipe(script: &str) -> Invocation {
    let place = Workplace::new();
    place.install_icr_cf("icr-cf");
    let piped = format!("echo piped | icr-cf exec --mask -- /bin/sh -c '{script}'");
    Invocation::new_in(place, ["exec", "--", "/bin/sh", "-c", &piped])
        .variable("ICR_CF_API_KEY", KEY)
}

#[test]
fn behind_a_pipe_it_may_ask_at_the_terminal() {
    for setup in [Setup::Leader, Setup::Job] {
        let script = "read -r line; : > ../ready; read -r word < /dev/tty; echo \"$line, $word\"";
        let mut running = behind_a_pipe(script).on(setup).start();
        running.wait_for_file("ready");
        running.terminal().press(b"typed\n");
        let run = running.finish();
        assert!(run.out().ends_with("piped, typed\n"), "{setup:?}: {run}");
    }
}

#[test]
fn behind_a_pipe_ctrl_c_ends_it() {
    let script = "echo $$ > ../pid.new; /bin/mv ../pid.new ../pid; read -r word < /dev/tty";
    let mut running = behind_a_pipe(script).on(Setup::Job).start();
    running.wait_for_file("pid");
    let pid = std::fs::read_to_string(running.place().path("pid")).unwrap();
    running.terminal().press(&[CTRL_C]);
    let _ = running.finish();
    let pid = pid.trim().parse().unwrap();
    wait_for("the program is gone", || state(pid).is_none());
}

#[test]
#[cfg(target_os = "linux")]
fn what_it_leaves_in_the_background_ends_with_it() {
    for setup in [Setup::Pipes, Setup::Leader, Setup::Job] {
        for left in ["sleep 600 >/dev/null 2>&1 &", "setsid sleep 600 >/dev/null 2>&1 &"] {
            let script = format!("{left} echo $! > ../pid.new; /bin/mv ../pid.new ../pid; exit 0");
            let words = ["exec", "--mask", "--", "/bin/sh", "-c", &script];
            let run = Invocation::new(words).variable("ICR_CF_API_KEY", KEY);
            let run = run.variable("PATH", "/usr/bin:/bin").on(setup).run();
            let pid = std::fs::read_to_string(run.place.path("pid")).unwrap();
            let pid = pid.trim().parse().unwrap();
            assert_eq!(state(pid), None, "{setup:?} {left}: {run}");
        }
    }
}

/// GNU's `env` can block a signal for what it runs, which stays blocked.
#[test]
fn a_child_whose_signal_is_blocked_is_seen_to_end() {
    let blocking = ["--block-signal=CHLD", "true"];
    let can = std::process::Command::new("env").args(blocking).output().unwrap().status.success();
    if !can {
        return;
    }
    let words = ["exec", "--", "env", "--block-signal=CHLD", "icr-cf"];
    for (command, code) in [
        (&["exec", "--mask", "--", "/bin/sh", "-c", "exit 3"][..], 3),
        (&["push", "web", "-o", "us.icr.io/acme/web", "--no-checks"], 0),
        (&["exec", "--api-key-command", "echo x", "--", "/bin/sh", "-c", "exit 4"], 4),
    ] {
        let place = Workplace::new();
        place.install_icr_cf("icr-cf");
        let path = std::env::join_paths([place.path("bin"), "/usr/bin".into(), "/bin".into()]);
        let run = Invocation::new_in(place, words).arguments(command);
        let run = run.variable("PATH", path.unwrap()).variable("ICR_CF_API_KEY", KEY);
        let run = run.script("exit 0").run();
        assert_eq!(run.code, Some(code), "{command:?}: {run}");
    }
}

#[test]
fn a_reader_that_stands_still_holds_nothing_up_once_it_was_told_to_end() {
    let words = ["exec", "--mask", "--", "/bin/sh", "-c", ": > ../ready; exec yes"];
    let run = Invocation::new(words).variable("ICR_CF_API_KEY", KEY);
    let mut running = run.variable("PATH", "/usr/bin:/bin").stdout(Reader::WhenTold).start();
    running.wait_for_file("ready");
    // Until it stands.
    std::thread::sleep(std::time::Duration::from_millis(300));
    running.kill(Signal::TERM);
    wait_for("its end", || running.has_ended());
    running.read_on();
    assert_eq!(running.finish().code, Some(143));
}

/// A masked shell that has the terminal, from when it runs on.
fn masked(script: &str, reader: Reader) -> Running {
    let script = format!("echo $$ > ../pid.new; /bin/mv ../pid.new ../pid; {script}");
    let words = ["exec", "--mask", "--", "/bin/sh", "-c", &script];
    let run = Invocation::new(words).variable("ICR_CF_API_KEY", KEY);
    let mut running =
        run.variable("PATH", "/usr/bin:/bin").on(Setup::Leader).stdout(reader).start();
    running.wait_for_file("pid");
    running
}

fn pid_in(running: &Running) -> i32 {
    let pid = std::fs::read_to_string(running.place().path("pid")).unwrap();
    pid.trim().parse().unwrap()
}

#[test]
fn a_terminal_that_goes_away_ends_it() {
    let mut running = masked("sleep 600", Reader::Nobody);
    let pid = pid_in(&running);
    running.close_terminal();
    wait_for("the program is gone", || state(pid).is_none());
    running.finish();
}

#[test]
fn ctrl_z_where_no_shell_could_wake_it_keeps_ctrl_c_working() {
    let running = masked("sleep 600", Reader::AtOnce);
    let pid = pid_in(&running);
    running.terminal().press(&[CTRL_Z]);
    // As long as it is waited for that the program stops.
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert_ne!(state(pid), Some('T'));
    running.terminal().press(&[CTRL_C]);
    assert_eq!(running.finish().code, Some(130));
    // The same of a push in a script that leads the session.
    let push = Invocation::push("touch @ready; sleep 20000");
    let mut running = push.behind_shell("\"$@\"; exit $?").on(Setup::Leader).start();
    running.wait_for_file("ready");
    let cf = running.record().push().number("pid");
    running.terminal().press(&[CTRL_Z]);
    wait_for("cf is stopped", || state(cf) == Some('T'));
    running.terminal().press(&[CTRL_C]);
    running.finish();
    assert_eq!(state(cf), None);
}

#[test]
fn what_a_key_command_leaves_of_its_group_ends_with_it_on_a_terminal_too() {
    for setup in [Setup::Pipes, Setup::Leader, Setup::Job] {
        let invocation = Invocation::push_without_key().script("exit 0").on(setup);
        let place = invocation.place();
        let pid = place.path("pid");
        let body =
            format!("/bin/sleep 600 >/dev/null 2>&1 & echo $! > {}; echo {KEY}", pid.display());
        let op = place.install_script("op", &body).to_str().unwrap().to_owned();
        let run = invocation.arguments(["--api-key-command", &op]).run();
        let left: i32 =
            std::fs::read_to_string(run.place.path("pid")).unwrap().trim().parse().unwrap();
        assert_eq!(state(left), None, "{setup:?}: {run}");
    }
}

#[test]
fn a_key_command_hears_of_a_signal_that_came_to_us_alone() {
    let invocation = Invocation::push_without_key().on(Setup::Leader);
    let place = invocation.place();
    let (ready, told) = (place.path("ready"), place.path("told"));
    let body = format!(
        "trap 'echo > {}; exit 1' INT TERM; echo > {}; while :; do /bin/sleep 0.02; done",
        told.display(),
        ready.display()
    );
    let op = place.install_script("op", &body).to_str().unwrap().to_owned();
    let mut running = invocation.arguments(["--api-key-command", &op]).start();
    running.wait_for_file("ready");
    running.kill(Signal::INT);
    let run = running.finish();
    assert_eq!(run.code, Some(130), "{run}");
    assert!(run.place.path("told").exists(), "{run}");
}
