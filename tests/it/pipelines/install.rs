//! The step of the action that installs the program: from a folder of releases, by version and sum.

use icr_cf_sandbox::{World, sha256_hex};

use super::github::Action;
use super::{Job, SYSTEM, are_there, read};
use crate::support::{Run, Workplace};

/// The step that installs.
const STEP: usize = 1;

/// The version of the product.
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Packs what stands for the program and gives its sum.
fn pack(place: &Workplace, release: &str, target: &str, body: &str) -> String {
    let name = format!("icr-cf-{release}-{target}");
    let is_zip = target.contains("windows");
    let program = if is_zip { "icr-cf.exe" } else { "icr-cf" };
    let file = place.write(&format!("packed/{name}/{program}"), format!("#!/bin/sh\n{body}\n"));
    let folder = place.path(&format!("releases/v{release}"));
    std::fs::create_dir_all(&folder).unwrap();
    let archive = folder.join(format!("{name}.{}", if is_zip { "zip" } else { "tar.gz" }));
    let line = if is_zip { "zip -q -r \"$1\" \"$2\"" } else { "tar -czf \"$1\" \"$2\"" };
    let packed = std::process::Command::new("/bin/sh")
        .args(["-c", &format!("chmod 755 \"$3\" && cd \"$0\" && {line}")])
        .arg(place.path("packed"))
        .arg(&archive)
        .arg(&name)
        .arg(file)
        .env_clear()
        .env("PATH", SYSTEM)
        .status();
    assert!(packed.unwrap().success());
    sha256_hex(&std::fs::read(archive).unwrap())
}

/// A place with a release of this version for Linux, and its sum.
fn released() -> (Workplace, String) {
    let place = super::place();
    let body = format!("echo icr-cf {}", version());
    let sum = pack(&place, version(), "x86_64-unknown-linux-musl", &body);
    let line = format!("{sum}  icr-cf-{}-x86_64-unknown-linux-musl.tar.gz\n", version());
    place.write(&format!("releases/v{}/SHA256SUMS", version()), line);
    // What is on PATH is of another time.
    std::fs::remove_file(place.path("bin/icr-cf")).unwrap();
    (place, sum)
}

fn install(place: Workplace, inputs: &[(&str, &str)], variables: &[(&'static str, &str)]) -> Run {
    let world = World::start().unwrap();
    let releases = format!("file://{}", place.path("releases").display());
    let mut inputs = inputs.to_vec();
    if inputs.iter().all(|(name, _)| *name != "releases") {
        inputs.push(("releases", &releases));
    }
    let mut job = Job::new(&world, &inputs);
    job.place = place;
    job.variables = variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let run = Action::new().step(&mut job, STEP).run();
    run.shows_nothing_of(world.sample_key(), &[]);
    run
}

/// What later steps find in front on their PATH.
fn added(run: &Run) -> String {
    std::fs::read_to_string(run.place.path("GITHUB_PATH")).unwrap()
}

fn can() -> bool {
    are_there(&["bash", "curl", "tar"])
}

#[test]
fn the_version_of_the_action_is_installed_by_the_sum_of_its_release() {
    if !can() {
        return;
    }
    let (place, sum) = released();
    let run = install(place, &[], &[]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(run.out(), format!("icr-cf {} is installed, sha256:{sum}\n", version()));
    let folder = added(&run);
    assert!(std::path::Path::new(folder.trim_end()).join("icr-cf").exists(), "{folder}");
    let left = std::fs::read_dir(run.place.path("tmp")).unwrap().count();
    assert_eq!(left, 1, "the program alone stays: {run}");
}

#[test]
fn another_version_is_installed_by_a_sum_that_was_pinned() {
    if !can() {
        return;
    }
    let place = super::place();
    let sum = pack(&place, "9.8.7", "x86_64-unknown-linux-musl", "echo icr-cf 9.8.7");
    let inputs = [("version", "v9.8.7"), ("sha256", &*sum.to_uppercase())];
    let run = install(place, &inputs, &[]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(!added(&run).is_empty(), "{run}");
}

#[test]
fn an_archive_for_windows_is_unpacked_too() {
    if !can() || !are_there(&["zip", "unzip"]) {
        return;
    }
    let (place, _) = released();
    let body = format!("echo icr-cf {}", version());
    let sum = pack(&place, version(), "x86_64-pc-windows-gnu", &body);
    let run = install(place, &[("sha256", &sum)], &[("RUNNER_OS", "Windows")]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(std::path::Path::new(added(&run).trim_end()).join("icr-cf.exe").exists(), "{run}");
}

#[test]
fn nothing_of_a_wrong_sum_is_unpacked_or_run() {
    if !can() {
        return;
    }
    let wrong = "0".repeat(64);
    let (place, _) = released();
    let run = install(place, &[("sha256", &wrong)], &[]);
    assert_eq!((run.code, added(&run).as_str()), (Some(65), ""), "{run}");
    assert!(run.err().contains(&format!("and not {wrong}")), "{run}");
    let (place, _) = released();
    pack(&place, version(), "x86_64-unknown-linux-musl", "touch ../ran; echo icr-cf 0");
    let run = install(place, &[], &[]);
    assert_eq!((run.code, added(&run).as_str()), (Some(65), ""), "{run}");
    assert!(!run.place.path("ran").exists(), "{run}");
    let left = std::fs::read_dir(run.place.path("tmp")).unwrap().count();
    assert_eq!(left, 0, "{run}");
}

#[test]
fn a_release_that_lacks_something_is_named() {
    if !can() {
        return;
    }
    let (place, _) = released();
    place.write(&format!("releases/v{}/SHA256SUMS", version()), "abc  another.tar.gz\n");
    let run = install(place, &[], &[]);
    assert!(
        run.code == Some(65) && run.err().contains("SHA256SUMS of the release has no one sum"),
        "{run}"
    );
    let (place, _) = released();
    let run = install(place, &[("version", "7.7.7")], &[]);
    assert!(
        run.code == Some(66) && run.err().contains("the release of this version has no file"),
        "{run}"
    );
    let (place, sum) = released();
    let other = format!("{sum}  icr-cf-{0}-x86_64-unknown-linux-musl.tar.gz\n", version());
    place.write(&format!("releases/v{}/SHA256SUMS", version()), other.repeat(2));
    assert_eq!(install(place, &[], &[]).code, Some(65), "two sums of one archive");
}

#[test]
fn inputs_of_the_step_are_checked() {
    if !can() {
        return;
    }
    for (inputs, variables, code, sentence) in [
        (vec![("version", "latest")], vec![], 2, "the input `version` is no version"),
        (vec![("version", "1.2.3/../../x")], vec![], 2, "the input `version` is no version"),
        (vec![("version", "$(touch ../ran)")], vec![], 2, "the input `version` is no version"),
        (vec![("sha256", "abc")], vec![], 2, "the input `sha256` is no SHA-256 sum"),
        (
            vec![("releases", "http://example.com")],
            vec![],
            2,
            "the input `releases` begins neither",
        ),
        (vec![("releases", "-o/x")], vec![], 2, "the input `releases` begins neither"),
        (vec![("version", "none")], vec![], 127, "there is no icr-cf on PATH"),
        (vec![], vec![("RUNNER_ARCH", "S390X")], 78, "no archive for the system of this runner"),
    ] {
        let (place, _) = released();
        let run = install(place, &inputs, &variables);
        assert_eq!((run.code, added(&run).as_str()), (Some(code), ""), "{inputs:?}: {run}");
        assert!(run.err().contains(sentence) && run.err().contains("hint: "), "{inputs:?}: {run}");
        assert!(!run.place.path("ran").exists(), "{inputs:?}: {run}");
    }
}

#[test]
fn a_signal_while_something_is_fetched_ends_that_and_the_step() {
    use rustix::process::Signal;

    if !can() {
        return;
    }
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let world = World::start().unwrap();
        let mut job = Job::new(&world, &[("releases", "https://releases.example.com")]);
        job.place = released().0;
        let (pid, ready) = (job.place.path("pid"), job.place.path("ready"));
        let (pid, ready) = (pid.display(), ready.display());
        let body = format!("PATH={SYSTEM}\necho $$ >{pid}\ntouch {ready}\nexec sleep 50");
        job.place.install_script("curl", &body);
        let mut running = Action::new().step(&mut job, STEP).start();
        running.wait_for_file("ready");
        running.kill(signal);
        let run = running.finish();
        assert_eq!(run.code, Some(code), "{run}");
        assert!(run.time < std::time::Duration::from_secs(30), "{run}");
        let curl = std::fs::read_to_string(run.place.path("pid")).unwrap();
        assert_eq!(crate::support::state(curl.trim().parse().unwrap()), None, "{run}");
        assert_eq!(std::fs::read_dir(run.place.path("tmp")).unwrap().count(), 0, "{run}");
    }
}

#[test]
fn a_program_that_is_there_is_used() {
    if !can() {
        return;
    }
    let run = install(super::place(), &[], &[]);
    assert_eq!(run.out(), format!("icr-cf {} is on PATH\n", version()), "{run}");
    assert_eq!((run.code, added(&run).as_str()), (Some(0), ""), "{run}");
    let run = install(super::place(), &[("version", "none")], &[]);
    run.is(0, "", "");
}

#[test]
fn the_archives_of_a_release_have_the_names_that_the_step_asks_for() {
    let made = read(".ci/release") + &read(".ci/archives.sh");
    let asked = read("pipelines/github/install.sh");
    for target in
        ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl", "x86_64-pc-windows-gnu"]
    {
        assert!(made.contains(target) && asked.contains(target), "{target}");
    }
    assert!(
        made.contains("name=icr-cf-$version-$1")
            && asked.contains("archive=icr-cf-$version-$target")
    );
}
