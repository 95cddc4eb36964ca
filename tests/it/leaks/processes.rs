//! Argument vectors, environments and memory: the key is in the environment of the one `cf push`
//! and in no other process that was not given it.

#[cfg(target_os = "linux")]
use super::{SOURCES, Source, give, is_kept};
use super::{VARIABLES, loud};
use crate::support::{Invocation, KEY, Workplace, send};
#[cfg(target_os = "linux")]
use crate::support::{Run, forms_in, key_of};

/// The argument vectors and environments of all processes in which a secret is, other than our
/// own: what, and whose.
#[cfg(target_os = "linux")]
pub(crate) fn seen_in_processes(secret: &str) -> Vec<(&'static str, i32)> {
    let mut seen = Vec::new();
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let name = process.file_name().into_string().unwrap();
        let Ok(pid) = name.parse::<i32>() else { continue };
        for file in ["cmdline", "environ"] {
            let content = std::fs::read(process.path().join(file)).unwrap_or_default();
            if !forms_in(secret, &content).is_empty() {
                seen.push((file, pid));
            }
        }
    }
    seen
}

#[test]
#[cfg(target_os = "linux")]
fn while_cf_runs_the_key_is_in_its_environment_alone() {
    for source in SOURCES {
        let key = key_of(&format!("while cf runs {source:?}"));
        let push = loud("touch @ready; wait-file @seen 20000");
        let (push, files) = give(push, *source, &key);
        let mut running = push.start();
        running.wait_for_file("ready");
        let (ours, cf) = (running.pid(), running.record().push().number("pid"));
        let mut seen = seen_in_processes(&key);
        // Where it came from a variable of ours, that is where it stays.
        let is_ours = matches!(source, Source::Variable(_) | Source::ForVariable);
        seen.retain(|found| !is_ours || *found != ("environ", ours));
        assert_eq!(seen, [("environ", cf)], "{source:?}");
        running.place().write("seen", "");
        let run = running.finish();
        is_kept(&run, &key, &files, &format!("{source:?}"));
        assert_eq!(run.code, Some(0), "{source:?}: {run}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn while_cf_tells_its_release_the_key_is_in_no_process() {
    let key = key_of("while cf tells its release");
    let place = Workplace::without_cf();
    let (ready, seen) = (place.path("ready"), place.path("seen"));
    let wait = format!(
        "echo cf version 8.18.4; : > {}; while [ ! -e {} ]; do /bin/sleep 0.01; done",
        ready.display(),
        seen.display()
    );
    place.install_script("cf", &wait);
    let words = ["push", "web", "--image", "us.icr.io/acme/web:1", "--no-checks", "--redact-env"];
    let push = Invocation::new_in(place, words).variable("CF_DOCKER_PASSWORD", &key);
    let mut running = push.start();
    running.wait_for_file("ready");
    let ours = running.pid();
    let mut seen = seen_in_processes(&key);
    // Its own environment is where the key was given; nobody but root can look at it.
    seen.retain(|found| *found != ("environ", ours));
    assert_eq!(seen, []);
    running.place().write("seen", "");
    assert_eq!(running.finish().code, Some(0));
}

#[test]
#[cfg(target_os = "linux")]
fn a_key_command_and_a_credential_helper_get_no_key_of_another_source() {
    for name in VARIABLES {
        let key = key_of(&format!("of another source {name}"));
        let push = loud("out x").variable(name, &key);
        let (push, files) = give(push, Source::Command, KEY);
        let run = push.run();
        assert_eq!(run.code, Some(0), "{name}: {run}");
        assert!(run.place.path("environment-of-a-helper").exists(), "{name}: {run}");
        is_kept(&run, KEY, &files, name);
        is_kept_out(&run, &key, name);
    }
}

/// Holds a run against "this key was not used, so it is nowhere".
#[track_caller]
#[cfg(target_os = "linux")]
fn is_kept_out(run: &Run, key: &str, what: &str) {
    run.shows_nothing_of(key, &[]);
    for start in run.record.of_kind("start") {
        assert_eq!(start.variables_holding(key), [""; 0], "{what}: {run}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_crash_leaves_no_core_of_us_or_of_cf() {
    let mut running = Invocation::push("touch @ready; wait-file @seen 20000").start();
    running.wait_for_file("ready");
    for pid in [running.pid(), running.record().push().number("pid")] {
        let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
        let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        let values: Vec<_> = line.split_whitespace().skip(4).take(2).collect();
        assert_eq!(values, ["0", "0"], "{line}");
    }
    running.place().write("seen", "");
    assert_eq!(running.finish().code, Some(0));
}

#[test]
#[cfg(unix)]
fn a_quit_of_ours_is_no_crash() {
    let mut running = Invocation::push("touch @ready; sleep 20000").start();
    running.wait_for_file("ready");
    send(running.pid(), rustix::process::Signal::QUIT);
    let run = running.finish();
    assert_eq!(run.code, Some(131), "{run}");
    run.shows_nothing_of(KEY, &[]);
}

#[test]
fn variables_that_make_cf_print_secrets_are_taken_away() {
    let run = loud("out x")
        .variable("ICR_CF_API_KEY", KEY)
        .variable("CF_CNB_REGISTRY_CREDS", r#"{"us.icr.io": {"token": "x"}}"#)
        .run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(!run.record.push().variables().contains(&"CF_CNB_REGISTRY_CREDS"), "{run}");
}

#[test]
fn the_log_level_is_taken_from_cf_6_alone() {
    for (version, kept) in [("6.53.0", false), ("7.8.0", true), ("8.18.4", true)] {
        let run = Invocation::push("out x")
            .variable("CF_LOG_LEVEL", "debug")
            .variable("CF_STAND_IN_VERSION", version)
            .run();
        assert_eq!(run.code, Some(0), "{version}: {run}");
        assert_eq!(
            run.record.push().variables().contains(&"CF_LOG_LEVEL"),
            kept,
            "{version}: {run}"
        );
    }
}

#[test]
fn the_ibm_cloud_cli_keeps_its_own_variable_and_no_other() {
    let place = Workplace::without_cf();
    place.install("ibmcloud");
    let push = Invocation::new_in(
        place,
        ["push", "web", "--image", "us.icr.io/acme/web:1", "--no-checks", "-v"],
    );
    let push = VARIABLES.iter().fold(push, |run, name| run.variable(name, KEY));
    let run = push.script("out x").run();
    let start = run.record.push();
    assert_eq!(start.arguments()[..2], ["cf", "push"], "{run}");
    assert_eq!(start.variables_holding(KEY), ["CF_DOCKER_PASSWORD", "IBMCLOUD_API_KEY"], "{run}");
    for name in ["ICR_CF_API_KEY", "IBM_CLOUD_API_KEY", "IC_API_KEY", "BLUEMIX_API_KEY"] {
        assert!(!start.variables().contains(&name), "{name}: {run}");
    }
}
