//! What `icr-cf exec` hands over is in one variable of one program, whatever source it came from.

use super::{SOURCES, Source, VARIABLES, give, is_kept};
#[cfg(target_os = "linux")]
use crate::support::key_of;
use crate::support::{Invocation, KEY, secrets_stay};

/// The sources that `exec` has: it knows no images.
fn sources() -> impl Iterator<Item = Source> {
    let is_for_images = |source: &Source| format!("{source:?}").starts_with("For");
    SOURCES.iter().copied().filter(move |source| !is_for_images(source))
}

/// A run of the stand-in by `exec`, with the key from a source.
fn run_with(
    source: Source,
    key: &str,
    flags: &[&str],
    script: &str,
) -> (Invocation, Vec<std::path::PathBuf>) {
    let (start, files) = give(Invocation::new(["exec"]), source, key);
    let words = flags.iter().chain(&["--", "cf", "push", "web"]);
    (start.arguments(words).script(script), files)
}

#[test]
fn exec_shows_nothing_of_the_key_from_any_source() {
    for (flags, script) in
        [(&[][..], "out x; exit 3"), (&["--mask"], "echo-secret; echo-secret base64; exit 3")]
    {
        for source in sources() {
            let (run, files) = run_with(source, KEY, flags, script);
            let run = run.run();
            is_kept(&run, KEY, &files, &format!("{source:?}"));
            assert_eq!(run.code, Some(3), "{source:?}: {run}");
            let push = run.record.push();
            assert_eq!(push.variables_holding(KEY), ["CF_DOCKER_PASSWORD"], "{source:?}: {run}");
        }
    }
}

/// A client that is told the key on its standard input, and says it back in many ways.
#[test]
#[cfg(unix)]
fn a_login_that_stores_shows_nothing_of_the_key_from_any_source() {
    let is_of_settings = |source: &Source| format!("{source:?}").starts_with("Settings");
    for source in sources().filter(|source| !is_of_settings(source)) {
        let (run, files) = give(Invocation::new(["login", "--store", "-r", "us"]), source, KEY);
        let body = "set > \"$HOME/../seen\"; echo \"$@\" >> \"$HOME/../seen\"; read -r key; \
                    echo \"$key\"; echo \"iamapikey:$key\" >&2; printf %s \"$key\" | base64; exit 3";
        run.place().install_script("docker", body);
        let path = [run.place().path("bin"), "/usr/bin".into(), "/bin".into()];
        let run = run.variable("PATH", std::env::join_paths(path).unwrap()).run();
        assert_eq!(run.code, Some(3), "{source:?}: {run}");
        assert!(run.out().starts_with("***\n"), "{source:?}: {run}");
        is_kept(&run, KEY, &files, &format!("{source:?}"));
    }
}

#[test]
fn of_all_variables_that_hold_a_key_the_program_has_the_one_that_was_asked_for() {
    for name in VARIABLES {
        let words = ["exec", "--as", name, "--", "cf", "push"];
        let start =
            VARIABLES.iter().fold(Invocation::new(words), |run, one| run.variable(one, KEY));
        let run = start.script("exit 0").run();
        assert_eq!(run.record.push().variables_holding(KEY), [name], "{run}");
        run.shows_nothing_of(KEY, &[]);
    }
}

#[test]
fn with_a_token_the_program_sees_no_key_in_any_variable() {
    let world = icr_cf_sandbox::World::start().unwrap();
    let key = world.sample_key();
    let words = ["exec", "--token", "--as", "TOKEN", "--", "cf", "push"];
    let start = Invocation::new(words).in_world(&world).script("exit 0");
    let run = VARIABLES.iter().fold(start, |run, one| run.variable(one, key)).run();
    assert_eq!(run.code, Some(0), "{run}");
    let push = run.record.push();
    assert!(push.variables().contains(&"TOKEN"), "{run}");
    assert!(VARIABLES.iter().all(|name| !push.variables().contains(name)), "{run}");
    secrets_stay(&world, &run, key, &[]);
}

#[test]
#[cfg(target_os = "linux")]
fn while_the_program_runs_the_key_is_in_its_environment_alone() {
    for flags in [&[][..], &["--mask"]] {
        for source in sources() {
            let key = key_of(&format!("exec {source:?} {}", flags.len()));
            let script = "touch @ready; wait-file @seen 20000";
            let (run, files) = run_with(source, &key, flags, script);
            let mut running = run.start();
            running.wait_for_file("ready");
            let (ours, program) = (running.pid(), running.record().push().number("pid"));
            let mut seen = super::seen_in_processes(&key);
            // Where it came from a variable of ours, and we are still there, that is where it stays.
            seen.retain(|(_, pid)| *pid != ours || ours == program);
            seen.sort_unstable();
            assert_eq!(seen, [("environ", program)], "{source:?} {flags:?}");
            running.place().write("seen", "");
            let run = running.finish();
            assert_eq!(run.code, Some(0), "{source:?}: {run}");
            is_kept(&run, &key, &files, &format!("{source:?}"));
        }
    }
}
