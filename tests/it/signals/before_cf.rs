//! Signals that come before cf runs: while the key is being found, while cf tells its release.

use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{EVERYWHERE, TERMINALS};
use crate::support::{
    CTRL_C, CTRL_Z, Invocation, KEY, Run, Running, Setup, Workplace, pipe, reads, state, wait_for,
};

/// Interrupts while something else than the push runs, which wrote its number into `pid`.
#[track_caller]
fn ends_promptly(mut running: Running, signal: Signal, code: i32) -> Run {
    running.wait_for("a process number", |running| child_of(running.place()).is_some());
    let child = child_of(running.place()).unwrap();
    running.kill(signal);
    let run = running.finish();
    assert_eq!(run.code, Some(code), "{signal:?}: {run}");
    assert!(run.time < Duration::from_secs(8), "{signal:?}: {run}");
    wait_for("the child is gone", || state(child).is_none());
    assert_eq!(run.record.pushes().len(), 0, "{signal:?}: {run}");
    run
}

fn child_of(place: &Workplace) -> Option<i32> {
    std::fs::read_to_string(place.path("pid")).ok()?.parse().ok()
}

/// A script that tells its number, all of it at once, then takes its time.
pub(super) fn slow(place: &Workplace) -> String {
    let pid = place.path("pid");
    let pid = pid.display();
    format!("printf %s $$ > {pid}.new; /bin/mv {pid}.new {pid}; exec /bin/sleep 25")
}

#[test]
fn a_signal_while_the_key_command_runs_ends_it_and_us() {
    for (signal, code) in
        [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129), (Signal::QUIT, 131)]
    {
        for setup in EVERYWHERE {
            let invocation = Invocation::push_without_key().on(setup);
            let command = invocation.place().install_script("op", &slow(invocation.place()));
            let command = command.to_str().unwrap().to_owned();
            let running = invocation.arguments(["--api-key-command", &command]).start();
            ends_promptly(running, signal, code);
        }
    }
}

/// The grace begins with the signal, not again with the end of the command.
#[test]
fn what_a_key_command_leaves_behind_does_not_hold_us_up_twice() {
    let invocation = Invocation::push_without_key();
    let tells = slow(invocation.place());
    let tells = tells.split("; exec").next().unwrap();
    let stubborn = format!(
        "trap '/bin/sleep 1.9; exit 1' TERM; /bin/sh -c 'trap \"\" TERM; {tells}; exec /bin/sleep 25' & wait"
    );
    let command = invocation.place().install_script("op", &stubborn);
    let command = command.to_str().unwrap().to_owned();
    let mut running = invocation.arguments(["--api-key-command", &command]).start();
    running.wait_for("a process number", |running| child_of(running.place()).is_some());
    let left = child_of(running.place()).unwrap();
    running.kill(Signal::TERM);
    let told = Instant::now();
    let run = running.finish();
    assert_eq!(run.code, Some(143), "{run}");
    assert!(told.elapsed() < Duration::from_millis(3_500), "{:?}: {run}", told.elapsed());
    wait_for("what it left is gone", || state(left).is_none());
}

#[test]
fn ctrl_c_while_the_key_command_runs_ends_it_and_us() {
    for setup in TERMINALS {
        let invocation = Invocation::push_without_key().on(setup);
        let command = invocation.place().install_script("op", &slow(invocation.place()));
        let command = command.to_str().unwrap().to_owned();
        let mut running = invocation.arguments(["--api-key-command", &command]).start();
        running.wait_for("a process number", |running| child_of(running.place()).is_some());
        let child = child_of(running.place()).unwrap();
        running.terminal().press(&[CTRL_C]);
        let run = running.finish();
        assert_eq!(run.code, Some(130), "{setup:?}: {run}");
        wait_for("the child is gone", || state(child).is_none());
    }
}

#[test]
fn a_signal_while_the_key_is_read_from_a_pipe_ends_us() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let invocation = Invocation::push_without_key().stdin_open().arguments(["--api-key-stdin"]);
        let mut running = invocation.start();
        let ours = running.pid();
        running.wait_for("it waits", |_| reads(ours));
        running.kill(signal);
        let run = running.finish();
        assert_eq!(run.code, Some(code), "{signal:?}: {run}");
        assert!(run.time < Duration::from_secs(8), "{signal:?}: {run}");
        assert_eq!(run.record.pushes().len(), 0, "{signal:?}: {run}");
    }
}

/// What names a file that is read before cf runs, as arguments and a variable; `@` is the pipe,
/// `%` its folder. The last ones are read before we listen for signals, which end us by themselves.
const NAMED: [(&[&str], &str, &str, Option<i32>); 6] = [
    (&["--api-key-file", "@"], "", "the-key", Some(0)),
    (&[], "IBMCLOUD_API_KEY=@@", "the-key", Some(0)),
    (&[], "REGISTRY_AUTH_FILE=@", "auth.json", Some(0)),
    (&["--docker-password-for", "docker.io=file:@", "-f", "@.yml"], "", "hub", Some(0)),
    (&["-f", "@"], "", "manifest.yml", None),
    (&["--vars-file", "@", "-f", "@.yml"], "", "values.yml", None),
];

#[test]
fn a_signal_while_a_pipe_without_a_writer_is_read_ends_us_whatever_names_it() {
    std::thread::scope(|scope| {
        for (words, variable, file, code) in NAMED {
            for signal in [Signal::INT, Signal::TERM] {
                scope.spawn(move || {
                    let one = if words.contains(&"-f") {
                        Invocation::new(["push", "--no-checks"])
                    } else {
                        Invocation::push_without_key()
                    };
                    std::fs::create_dir(one.place().path("containers")).unwrap();
                    let path = pipe(&one.place().path(&format!("containers/{file}")));
                    let (path, folder) = (path.to_str().unwrap(), path.parent().unwrap());
                    let docker = "{image: acme/db, username: svc}";
                    let manifest = format!("applications: [{{name: db, docker: {docker}}}]\n");
                    std::fs::write(format!("{path}.yml"), manifest).unwrap();
                    let fill = |word: &str| {
                        let folder = folder.to_str().unwrap();
                        let word = word.replace("@@", "\0").replace('@', path);
                        word.replace('\0', &format!("@{path}")).replace('%', folder)
                    };
                    let one = one.arguments(words.iter().map(|word| fill(word)));
                    let one = match variable.split_once('=') {
                        Some((name, value)) => one.variable(name, fill(value)),
                        None => one,
                    };
                    let mut running = one.start();
                    let ours = running.pid();
                    // The manifest is read before the signals are heard.
                    let hears = || code.is_none() || catches(ours, signal);
                    running.wait_for("it waits", |_| reads(ours) && hears());
                    running.kill(signal);
                    let run = running.finish();
                    let code = code.map(|_| 128 + signal.as_raw());
                    assert_eq!(run.code, code, "{words:?} {variable} {signal:?}: {run}");
                    assert!(run.time < Duration::from_secs(10), "{words:?} {variable}: {run}");
                    assert_eq!(run.record.pushes().len(), 0, "{words:?} {variable}: {run}");
                });
            }
        }
    });
}

/// Whether a process has a handler for a signal; where the system does not tell, it is taken for
/// granted.
fn catches(pid: i32, signal: Signal) -> bool {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{pid}/status")) else { return true };
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or("0");
    u64::from_str_radix(mask.trim(), 16).unwrap() >> (signal.as_raw() - 1) & 1 == 1
}

#[test]
fn a_signal_while_cf_tells_its_release_ends_it_and_us() {
    for (signal, code) in
        [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129), (Signal::QUIT, 131)]
    {
        let invocation = Invocation::push("out never").arguments(["--redact-env"]);
        invocation.place().install_script("cf", &slow(invocation.place()));
        ends_promptly(invocation.start(), signal, code);
    }
}

#[test]
fn a_signal_while_a_credential_helper_runs_ends_it_and_us() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let invocation = Invocation::push_without_key();
        let place = invocation.place();
        place.write("home/.docker/config.json", r#"{"credsStore": "vault"}"#);
        place.install_script("docker-credential-vault", &slow(place));
        ends_promptly(invocation.start(), signal, code);
    }
}

#[test]
fn ctrl_c_at_the_prompt_ends_us_and_leaves_the_terminal_as_it_was() {
    for setup in TERMINALS {
        let mut running = Invocation::push_without_key().on(setup).echo().start();
        running.wait_for("a prompt", |running| !running.terminal().echoes());
        running.terminal().press(&[CTRL_C]);
        running.wait_for("the terminal echoes again", |running| running.terminal().echoes());
        let run = running.finish();
        assert_eq!((run.code, run.record.events.len()), (Some(130), 0), "{setup:?}: {run}");
    }
}

#[test]
fn a_term_at_the_prompt_ends_us() {
    let mut running = Invocation::push_without_key().on(Setup::Leader).echo().start();
    running.wait_for("a prompt", |running| !running.terminal().echoes());
    running.kill(Signal::TERM);
    let run = running.finish();
    assert_eq!((run.code, run.record.events.len()), (Some(143), 0), "{run}");
}

#[test]
fn ctrl_z_while_the_key_command_runs_stops_both_and_the_foreground_wakes_both() {
    let invocation = Invocation::push_without_key().script("out pushed").on(Setup::Job);
    let place = invocation.place();
    let (pid, go) = (place.path("pid"), place.path("go"));
    assert!(Command::new("/usr/bin/mkfifo").arg(&go).status().unwrap().success());
    // It waits in the shell itself: one that was about to start a program could not be stopped.
    let body = format!(
        "printf %s $$ > {pid}.new; /bin/mv {pid}.new {pid}; read -r line < {go}; echo {KEY}",
        pid = pid.display(),
        go = go.display()
    );
    let command = place.install_script("op", &body).to_str().unwrap().to_owned();
    let mut running = invocation.arguments(["--api-key-command", &command]).start();
    running.wait_for("a process number", |running| child_of(running.place()).is_some());
    let (ours, child) = (running.pid(), child_of(running.place()).unwrap());
    running.terminal().press(&[CTRL_Z]);
    running.wait_for("the command is stopped", |_| state(child) == Some('T'));
    running.wait_for("icr-cf is stopped", |_| state(ours) == Some('T'));
    running.wait_for_file("job-stopped");
    running.terminal().press(b"\n");
    std::fs::write(&go, "go\n").unwrap();
    let run = running.finish();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("pushed\n"), "{run}");
}

/// It could ask there, and wait for an answer for ever.
#[test]
fn what_is_typed_for_us_is_read_by_no_program_that_we_run() {
    let push = Invocation::push_without_key().stdin(KEY);
    let (place, cat) = (push.place(), "/bin/cat");
    let body = format!("{cat} > {}/read-by-$1; echo cf version 8.18.4+x", place.root().display());
    let (cf, op) = (place.install_script("cf", &body), place.install_script("op", cat));
    let run = push.variable("ICR_CF_CF", cf).variable("ICR_CF_API_KEY", KEY);
    let run = run.arguments(["--redact-env"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    for command in ["version", "push"] {
        let read = std::fs::read_to_string(run.place.path(&format!("read-by-{command}")));
        assert_eq!(read.unwrap(), "", "{command}: {run}");
    }
    let push = Invocation::push_without_key().stdin(KEY);
    let run = push.arguments(["--api-key-command".as_ref(), op.as_os_str()]).run();
    assert_eq!(run.code, Some(77), "{run}");
    assert!(run.err().contains("the value from the output of `"), "{run}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_process_that_cf_version_leaves_behind_holds_nothing_up() {
    let invocation = Invocation::push_without_key().variable("ICR_CF_API_KEY", KEY);
    let place = invocation.place();
    let left = place.path("left");
    let body = format!(
        "if [ \"$1\" = version ]; then echo cf version 8.18.4+x; \
         /usr/bin/setsid /bin/sh -c 'echo $$ > {left}; exec /bin/sleep 60' & while [ ! -s {left} ]; do :; done; exit 0; fi; echo pushed",
        left = left.display()
    );
    place.install_script("cf", &body);
    let run = invocation.arguments(["--redact-env"]).run();
    let pid = std::fs::read_to_string(run.place.path("left")).unwrap().trim().parse().unwrap();
    crate::support::send(pid, Signal::KILL);
    assert_eq!((run.code, run.out()), (Some(0), "pushed\n"), "{run}");
    assert!(run.time < Duration::from_secs(20), "{run}");
}
