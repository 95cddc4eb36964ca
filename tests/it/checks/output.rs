//! What people and scripts read, whole.

use icr_cf_sandbox::{Assessment, Image, Key, Login, Vulnerability, World};

use super::Trial;
use crate::support::Run;

/// Takes out what differs from run to run: how long it took, and where the folders are.
fn settled(run: &Run) -> String {
    let text = run.snapshot();
    let lines = text.lines().map(|line| match line.rsplit_once(", ") {
        Some((before, time)) if time.ends_with(" s)") => format!("{before}, [SECONDS] s)\n"),
        _ => format!("{line}\n"),
    });
    lines.collect()
}

#[cfg(unix)]
fn settled_json(run: &Run) -> String {
    let mut document = run.json();
    let seconds = document.pointer_mut("/checks/seconds").unwrap();
    assert!(seconds.as_f64().unwrap() >= 0.0);
    *seconds = "[SECONDS]".into();
    let text = serde_json::to_string_pretty(&document).unwrap();
    let text = text.replace(run.place.root().to_str().unwrap(), "[PLACE]");
    format!("exit code: {}\n{text}\n", run.code.unwrap())
}

/// An image of which much is to be said.
fn much() -> Trial {
    let world = World::start().unwrap();
    let image = Image::for_platform("linux/riscv64").expose(&["9090/tcp", "80/tcp"]);
    world.add_image("us.icr.io/acme/app:1", image.layer(900 * 1024 * 1024));
    let trial = Trial::within(world, "us.icr.io/acme/app:1").words(&["--platform", "linux/s390x"]);
    trial.world.disable_docker();
    trial
}

/// Holds a text against the snapshot of its name.
macro_rules! holds {
    ($text:expr) => {
        insta::with_settings!({snapshot_path => "../snapshots"}, {
            insta::assert_snapshot!($text);
        });
    };
}

#[test]
fn a_check_that_finds_nothing() {
    holds!(settled(&Trial::of("us.icr.io/acme/hello:1.0").check(&[])));
}

#[test]
fn a_check_of_an_index_as_given() {
    holds!(settled(&Trial::of("us.icr.io/acme/web:1.4").check(&["--no-pin"])));
}

#[test]
fn a_check_that_finds_much() {
    holds!(settled(&much().check(&[])));
}

#[test]
fn a_check_that_finds_vulnerabilities() {
    let image = "us.icr.io/acme/hello:1.0";
    let trial = Trial::of(image).words(&["--vulnerabilities", "fail", "--ignore", "CVE-2026-1000"]);
    let found = (1000..1008).map(|number| {
        let one = Vulnerability::new(&format!("CVE-2026-{number}"));
        let fixed = if number % 2 == 0 { "3.0.2" } else { "" };
        one.package("openssl", "3.0.1", fixed)
    });
    let exempt = Vulnerability::new("CVE-2025-1").package("zlib1g", "1", "2").exempt();
    trial.world.assess(image, Assessment::of(found.chain([exempt])));
    let key = trial.world.add_key(Key::random());
    holds!(settled(&trial.key(key).check(&[])));
}

#[cfg(unix)]
#[test]
fn the_document_of_a_check() {
    holds!(settled_json(&Trial::of("us.icr.io/acme/web:1.4").json()));
}

#[test]
fn a_push_that_is_stopped() {
    let trial = Trial::of("us.icr.io/acme/web:1.40");
    trial.world.write_cf_home(trial.world.cf_home(), Login::LoggedIn).unwrap();
    holds!(settled(&trial.stopped(&[])));
}

#[cfg(unix)]
#[test]
fn the_document_of_a_push_that_is_stopped() {
    let trial = Trial::of("us.icr.io/acme/web:1.40");
    let run = trial.stopped(&["--output", "json"]);
    holds!(settled_json(&run));
}

#[test]
fn quiet_leaves_the_error_alone_and_verbose_says_all_advice() {
    let trial = Trial::of("us.icr.io/acme/web:1.40");
    let quiet = trial.stopped(&["--quiet"]);
    assert_eq!((quiet.code, quiet.out()), (Some(66), ""), "{quiet}");
    assert!(quiet.err().starts_with("error[tag-missing]: "), "{quiet}");
    let world = World::start().unwrap();
    world.add_image("us.icr.io/acme/app:1", Image::runnable().user("root"));
    let trial = Trial::within(world, "us.icr.io/acme/app:1");
    let verbose = trial.push(&["--verbose"]);
    assert_eq!(verbose.code, Some(0), "{verbose}");
    assert!(verbose.err().contains("advice[runs-as-root]: "), "{verbose}");
    assert!(verbose.err().contains("hint: `USER 1000`"), "{verbose}");
    let quiet = trial.push(&["--quiet"]);
    assert!(!quiet.err().contains("runs-as-root"), "{quiet}");
}

#[test]
fn one_who_is_no_job_and_no_terminal_hears_of_what_stops_alone() {
    let trial = Trial::of("us.icr.io/acme/web:1.40");
    let run = trial.invocation("push").run();
    assert!(run.err().starts_with("error[tag-missing]: "), "{run}");
    let fine = Trial::of("us.icr.io/acme/web:1.4").invocation("push").run();
    assert_eq!(fine.code, Some(0), "{fine}");
    assert!(!fine.err().contains("icr-cf: "), "{fine}");
}
