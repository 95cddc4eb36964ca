//! The JSON documents, whole: their shape is an interface.

use crate::support::{Invocation, Run, Workplace};

/// The document with what differs from run to run replaced.
fn settled(run: &Run) -> String {
    let mut document = run.json();
    if let Some(seconds) = document.pointer_mut("/apps/0/outcome/seconds") {
        assert!(seconds.as_f64().unwrap() >= 0.0);
        *seconds = "[SECONDS]".into();
    }
    let text = serde_json::to_string_pretty(&document).unwrap();
    let text = text.replace(run.place.root().to_str().unwrap(), "[PLACE]");
    format!("exit code: {}\n{text}\n", run.code.unwrap())
}

#[cfg(unix)]
#[test]
fn a_push_that_worked() {
    let run = Invocation::push("out Pushing app web...;exit 0")
        .arguments(["-m", "1G", "--output", "json"])
        .run();
    insta::assert_snapshot!(settled(&run));
    assert_eq!(run.err(), "Pushing app web...\n");
}

#[cfg(unix)]
#[test]
fn a_push_that_failed() {
    let run = Invocation::push("out Staging app and tracing logs...;err StagingError - no;exit 1")
        .arguments(["--output", "json"])
        .run();
    insta::assert_snapshot!(settled(&run));
}

#[cfg(unix)]
#[test]
fn a_push_whose_cf_died_of_a_signal() {
    let run = Invocation::push("die KILL").arguments(["--output", "json"]).run();
    insta::assert_snapshot!(settled(&run));
}

#[cfg(unix)]
#[test]
fn a_dry_run() {
    let run = Invocation::push("exit 0").arguments(["--dry-run", "--output=json"]).run();
    insta::assert_snapshot!(settled(&run));
}

#[test]
fn a_refused_reference() {
    let run =
        Invocation::new(["push", "web", "--image", "us.icr.io/acme/Web", "--output", "json"]).run();
    insta::assert_snapshot!(settled(&run));
    assert_eq!(run.err(), "");
}

#[test]
fn words_that_make_no_sense() {
    let run = Invocation::new(["push", "--no-start=yes", "--output", "json"]).run();
    insta::assert_snapshot!(settled(&run));
}

#[test]
fn no_key() {
    let run = Invocation::push_without_key().arguments(["--output", "json"]).run();
    assert_eq!(run.code, Some(77), "{run}");
    let error = &run.json()["error"];
    assert_eq!((&error["kind"], &error["exit_code"]), (&"key".into(), &77.into()), "{run}");
}

#[test]
fn no_cf() {
    let run =
        Invocation::new_in(Workplace::without_cf(), ["push", "web", "-o", "us.icr.io/acme/web"])
            .arguments(["--output", "json"])
            .run();
    insta::assert_snapshot!(settled(&run));
}
