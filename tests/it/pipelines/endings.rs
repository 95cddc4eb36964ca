//! How a step ends: signals while cf logs in and after icr-cf has ended, a code that no document bears out,
//! what of an earlier run is left, how many routes later steps get, and what of others is printed.

use std::time::Duration;

use icr_cf_sandbox::{ORG, PASSWORD, SPACE, USER, World};
use rustix::process::Signal;
use serde_json::json;

use super::{Ended, IMAGE, Job, Piece, SYSTEM, are_there, jenkins, pieces};
use crate::support::{Workplace, state};

/// The shell of a plain system, and that of GitHub.
const SHELLS: [&str; 2] = ["/bin/sh", "bash"];

const WEB: [(&str, &str); 2] = [("app", "web"), ("image", IMAGE)];

/// The lines of a program that says it is there and waits, for half a minute at most, for a file.
fn waiting(place: &Workplace) -> String {
    let (ready, go) = (place.path("ready"), place.path("go"));
    format!(
        "touch {}; i=0; while [ ! -e {} ] && [ $i -lt 600 ]; do sleep 0.05; i=$((i + 1)); done",
        ready.display(),
        go.display()
    )
}

fn leaves_nothing(run: &crate::support::Run) {
    let left = std::fs::read_dir(run.place.path("tmp")).unwrap().count();
    assert_eq!(left, 0, "{run}");
}

#[test]
fn a_signal_behind_the_push_takes_nothing_of_it_away() {
    if !are_there(&["jq", "bash"]) {
        return;
    }
    let world = World::start().unwrap();
    let signals = [Signal::TERM, Signal::INT, Signal::HUP];
    for (shell, signal) in SHELLS.into_iter().flat_map(|shell| signals.map(|one| (shell, one))) {
        let mut job = Job::new(&world, &WEB);
        let once = job.place.path("once");
        let body = format!(
            "PATH={SYSTEM}\nif mkdir {} 2>/dev/null; then {}; fi\nexec jq \"$@\"",
            once.display(),
            waiting(&job.place)
        );
        job.place.install_script("jq", &body);
        let mut running = jenkins::step_in(shell, &mut job).start();
        running.wait_for_file("ready");
        running.kill(signal);
        running.kill(signal);
        running.place().write("go", "");
        let Ended { run, outputs } = jenkins::ended(running.finish());
        assert_eq!(run.code, Some(0), "{run}");
        assert_eq!(outputs["digest"], world.amd64_digest_of(IMAGE).unwrap(), "{run}");
        leaves_nothing(&run);
    }
}

#[test]
fn a_signal_while_cf_logs_in_ends_cf_and_the_step() {
    if !are_there(&["jq", "bash"]) {
        return;
    }
    let world = World::start().unwrap();
    let login = [("api", "https://api.cf.sandbox"), ("org", ORG), ("space", SPACE)];
    let inputs = [WEB.as_slice(), login.as_slice()].concat();
    let ends =
        [("api", Signal::TERM, 143), ("auth", Signal::INT, 130), ("target", Signal::HUP, 129)];
    for (shell, (verb, signal, code)) in
        SHELLS.into_iter().flat_map(|shell| ends.map(|one| (shell, one)))
    {
        let job = Job::new(&world, &inputs).secret("CF_USERNAME", USER);
        let mut job = job.secret("CF_PASSWORD", PASSWORD);
        let pid = job.place.path("pid");
        let body = format!(
            "PATH={SYSTEM}\n[ $1 = {verb} ] || exit 0\necho $$ >{}\ntouch {}\nexec sleep 50",
            pid.display(),
            job.place.path("ready").display()
        );
        job.place.install_script("cf", &body);
        let mut running = jenkins::step_in(shell, &mut job).start();
        running.wait_for_file("ready");
        running.kill(signal);
        let run = running.finish();
        assert_eq!(run.code, Some(code), "{verb}: {run}");
        assert!(run.time < Duration::from_secs(30), "{verb}: {run}");
        let cf = std::fs::read_to_string(pid).unwrap().trim().parse().unwrap();
        assert_eq!(state(cf), None, "{verb}: {run}");
        leaves_nothing(&run);
    }
}

/// A job whose icr-cf prints a text and ends with a code.
fn with_icr_cf<'a>(
    world: &'a World,
    piece: Piece,
    inputs: &[(&'a str, &'a str)],
    text: &str,
    code: i32,
) -> Job<'a> {
    let mut job = Job::new(world, inputs);
    if piece == Piece::GitHub {
        job.inputs.push(("version", "none"));
    }
    let file = job.place.write("printed", text);
    std::fs::remove_file(job.place.path("bin/icr-cf")).unwrap();
    let body = format!("PATH={SYSTEM}\ncat {}\nexit {code}", file.display());
    job.place.install_script("icr-cf", &body);
    job
}

#[test]
fn a_code_that_no_document_bears_out_is_a_failure() {
    let world = World::start().unwrap();
    for piece in pieces() {
        for text in ["", "Usage: icr-cf push\n", "{}", "{\"exit_code\":1}", "{\"exit_code\":0} {}"]
        {
            let Ended { run, .. } = piece.run(with_icr_cf(&world, piece, &WEB, text, 0));
            assert_eq!(run.code, Some(65), "{piece:?}: {text}: {run}");
            assert!(run.err().contains("printed no document that says so"), "{piece:?}: {run}");
        }
        for flag in ["--dry-run", "--explain-key"] {
            let inputs = [WEB.as_slice(), &[("flags", flag)]].concat();
            let Ended { run, .. } = piece.run(Job::new(&world, &inputs));
            assert_eq!(run.code, Some(0), "{piece:?}: {flag}: {run}");
            assert!(run.record.pushes().is_empty(), "{piece:?}: {flag}: {run}");
        }
    }
}

#[test]
fn no_line_of_a_refusal_is_a_command_of_github() {
    let world = World::start().unwrap();
    let hostile = ["::add-mask::x", " \t::stop-commands::x", "\u{85}::x", "a ####[group]##[b]"];
    let hostile = hostile.map(|text| format!("{text}\u{9b}31m\u{7f}\u{1b}[1m\r\n::error::y"));
    let document = json!({"exit_code": 66, "apps": [], "error": {
        "message": hostile[3], "seen": hostile, "hints": hostile,
        "place": {"source": "\u{2003}::x", "text": hostile[0]},
    }});
    for piece in pieces() {
        let text = document.to_string();
        let Ended { run, .. } = piece.run(with_icr_cf(&world, piece, &WEB, &text, 66));
        assert_eq!(run.code, Some(66), "{piece:?}: {run}");
        let lines: Vec<_> =
            run.err().lines().skip_while(|line| !line.starts_with("error: ")).collect();
        assert_eq!(lines.len(), 10, "{piece:?}: {run}");
        for line in lines {
            assert!(!line.trim_start().starts_with("::"), "{piece:?}: {line}");
            assert!(!line.contains("##[") && !line.contains(char::is_control), "{piece:?}: {line}");
        }
    }
}

#[test]
fn what_an_earlier_run_left_is_not_that_of_this_one() {
    let world = World::start().unwrap();
    for piece in pieces() {
        let file = match piece {
            Piece::Jenkins => "work/icr-cf-push.json",
            Piece::GitLab => "work/icr-cf-push.env",
            _ => continue,
        };
        let job = Job::new(&world, &[]);
        job.place.write(file, "PUSH_DIGEST=old\n");
        let Ended { run, .. } = piece.run(job);
        assert_eq!(run.code, Some(2), "{piece:?}: {run}");
        assert!(!run.place.path(file).exists(), "{piece:?}: {run}");
        run.shows_nothing_of(world.sample_key(), &[]);
    }
}

#[test]
fn a_document_that_cannot_be_kept_changes_no_code() {
    if !are_there(&["jq"]) {
        return;
    }
    let world = World::start().unwrap();
    for (script, code) in [("deploy", 0), ("err it broke; exit 3", 3)] {
        let job = Job::new(&world, &WEB).variable("CF_STAND_IN_SCRIPT", script);
        job.place.install_script("cp", "exit 1");
        let Ended { run, .. } = jenkins::run(job);
        assert_eq!(run.code, Some(code), "{run}");
        assert!(run.err().contains("icr-cf-push.json cannot be written"), "{run}");
    }
}

#[test]
fn routes_that_have_no_room_are_left_out_and_that_is_said() {
    let world = World::start().unwrap();
    for piece in pieces() {
        let (parts, most) = match piece {
            Piece::Tekton => ('\n', 3000),
            Piece::GitLab => (' ', 4000),
            _ => continue,
        };
        for (count, is_cut) in [(3, false), (300, true)] {
            let routes: Vec<_> = (0..count).map(|n| format!("web-{n}.apps.example.com")).collect();
            let document = json!({"exit_code": 0, "apps": [{"outcome": {"routes": routes}}]});
            let job = with_icr_cf(&world, piece, &WEB, &document.to_string(), 0);
            let Ended { run, outputs } = piece.run(job);
            assert_eq!(run.code, Some(0), "{piece:?}: {run}");
            let kept: Vec<_> = outputs["routes"].split(parts).collect();
            assert_eq!(kept, routes[..kept.len()], "{piece:?}");
            assert!(outputs["routes"].len() <= most, "{piece:?}");
            assert_eq!(kept.len() < routes.len(), is_cut, "{piece:?}");
            assert_eq!(run.err().contains("not all routes have room"), is_cut, "{piece:?}: {run}");
        }
    }
}
