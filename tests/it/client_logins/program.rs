//! What stands on PATH by the helper's name: ours, a script that calls us, another's program.

use serde_json::json;

use super::{DOCKER, HELPER};
use crate::support::{Invocation, KEY, Run, Workplace};

fn run_with(script: &str, words: &[&str]) -> Run {
    let place = Workplace::new();
    place.install_icr_cf("icr-cf");
    place.install_script(HELPER, script);
    Invocation::new_in(place, words).variable("ICR_CF_API_KEY", KEY).run()
}

#[test]
fn a_script_that_calls_us_is_ours() {
    let script = format!("ICR_CF_API_KEY=x exec -a {HELPER} icr-cf \"$@\"");
    let script = format!("exec /bin/bash -c '{script}' bash \"$@\"");
    let run = run_with(&script, &["login", "--region", "us"]);
    assert_eq!((run.code, run.err()), (Some(0), ""), "{run}");
}

#[test]
fn a_program_of_another_is_told_and_is_not_shown_the_key() {
    for script in [
        "echo docker-credential-icr-cf 1.0; env > \"${0%/*}/seen\"; echo rubbish >&2",
        "exit 1",
        "echo 'docker-credential-icr-cf (icr-cf) 0.2.0'; exit 1",
        "while :; do echo 0123456789012345678901234567890123456789; done",
    ] {
        let run = run_with(script, &["login", "--region", "us"]);
        assert_eq!(run.code, Some(0), "{run}");
        let path = run.place.path("bin").join(HELPER);
        let said = format!("`{HELPER}` on PATH is `{}`, which is not icr-cf", path.display());
        assert!(run.err().contains(&said), "{run}");
        assert!(!run.err().contains("rubbish"), "{run}");
        run.shows_nothing_of(KEY, &[]);
        if let Ok(seen) = std::fs::read_to_string(run.place.path("bin/seen")) {
            assert!(!seen.contains(KEY), "{seen}");
        }
    }
}

#[test]
fn the_line_that_puts_ours_in_its_place_does_that() {
    let run = run_with("exit 1", &["login", "--region", "us"]);
    let line = run.err().split('`').find(|part| part.starts_with("rm ")).unwrap();
    let mended = std::process::Command::new("/bin/sh")
        .args(["-c", &format!("PATH={}:/usr/bin:/bin; {line}", run.place.path("bin").display())])
        .status()
        .unwrap();
    assert!(mended.success(), "{line}");
    let again = Invocation::new_in(run.place, ["login", "--region", "us"]);
    let again = again.variable("ICR_CF_API_KEY", KEY).run();
    assert_eq!((again.code, again.err()), (Some(0), ""), "{again}");
}

#[test]
fn doctor_tells_of_it_where_a_client_asks_by_it() {
    let world = icr_cf_sandbox::World::start().unwrap();
    for (helper, is_told) in [("icr-cf", true), ("vault", false)] {
        let place = Workplace::new();
        place.install_script(HELPER, "exit 1");
        place.write(DOCKER, json!({"credHelpers": {"us.icr.io": helper}}).to_string());
        let run =
            Invocation::new_in(place, ["doctor", "--region", "us-south"]).in_world(&world).run();
        assert_eq!(run.out().contains("which is not icr-cf"), is_told, "{run}");
    }
}
