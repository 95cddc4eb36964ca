//! Whoever reads the events: slowly, not at all, or where nothing can be written.

use std::time::Duration;

use rustix::process::Signal;

use super::{brief, events};
use crate::manifests::{many, scripted};
use crate::support::{Invocation, Reader};

/// More than a pipe holds.
fn talkative(script: &str) -> String {
    let phases = "out Pushing app; out Staging app; ".repeat(600);
    format!("{phases}{script}")
}

#[test]
fn a_slow_reader_holds_up_no_cf_and_gets_every_event() {
    let script = talkative("touch @done");
    let mut running = Invocation::push(&script)
        .arguments(["--output", "json-lines"])
        .stdout(Reader::WhenTold)
        .start();
    running.wait_for_file("done");
    let run = running.finish();
    assert_eq!(run.code, Some(0), "{run}");
    let phases = events(&run).iter().filter(|one| brief(one) == "phase web staging").count();
    assert_eq!(phases, 600);
}

#[test]
fn a_signal_ends_the_wait_for_a_reader_that_does_not_read() {
    let script = talkative("touch @done");
    let mut running = Invocation::push(&script)
        .arguments(["--output", "json-lines"])
        .stdout(Reader::WhenTold)
        .start();
    let ours = running.pid();
    running.wait_for_file("done");
    running.wait_for("it waits for the reader alone", |_| has_thread(ours, "finish"));
    running.kill(Signal::TERM);
    running.wait_for("its end", |running| {
        String::from_utf8(running.stderr()).unwrap().contains("was not read to its end")
    });
    let run = running.finish();
    assert_eq!(run.code, Some(74), "{run}");
    assert!(run.time < Duration::from_secs(20), "{run}");
}

/// Whether a process has a thread of this name; where the system does not tell, it is taken for granted.
fn has_thread(pid: i32, name: &str) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return true };
    threads.flatten().any(|thread| {
        let found = std::fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
        found.trim_end() == name
    })
}

#[test]
fn whoever_has_read_enough_ends_nothing() {
    for reader in [Reader::Nobody, Reader::OneLine] {
        for code in [0, 3] {
            let run = scripted(&many(3), &format!("out x; exit {code}"))
                .arguments(["--on-error", "continue", "--output", "json-lines"])
                .stdout(reader)
                .run();
            assert_eq!(run.code, Some(code), "{run}");
            assert_eq!(run.record.pushes().len(), 3, "{run}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_counts_as_with_a_document() {
    let image = "us.icr.io/acme/web:1";
    let full = |output: &str, words: &[&str], script: &str| {
        let run = Invocation::new(words)
            .variable("ICR_CF_API_KEY", crate::support::KEY)
            .script(script)
            .arguments(["--output", output])
            .behind_shell(r#"exec "$@" > /dev/full"#)
            .run();
        (run.code, run.err().replace("json-lines", "json"), run.record.pushes().len())
    };
    let push = ["push", "web", "-o", image, "--no-checks"];
    for (words, script, code) in [
        (&push[..], "exit 0", 74),
        (&push, "exit 3", 3),
        (&[&push[..], &["--dry-run"]].concat(), "", 74),
        (&[&push[..], &["--explain-key"]].concat(), "", 74),
        (&["push", "web", "-o", "us.icr.io/acme/Web"], "", 65),
        (&["push", "--nonsense"], "", 2),
        (&["push", "web", "-o", image, "--no-checks", "--cf", "none"], "", 127),
    ] {
        let (lines, json) = (full("json-lines", words, script), full("json", words, script));
        assert_eq!(lines.0, Some(code), "{words:?}: {lines:?}");
        assert_eq!(lines, json, "{words:?}");
    }
}
