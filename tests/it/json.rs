//! The JSON documents, whole: their shape is an interface.

use icr_cf_sandbox::World;

use crate::manifests::many;
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

#[test]
fn a_push_that_ends_after_the_checks_tells_what_they_found() {
    let world = World::start().unwrap();
    let place = Workplace::new();
    place.write("work/manifest.yml", many(2));
    // Nothing can be written there: neither a copy of the manifest nor a home for a cf.
    let nowhere = place.path("nowhere");
    let run = Invocation::new_in(place, ["push", "--output", "json"])
        .variable("ICR_REGION", "us-south")
        .variable("ICR_CF_API_KEY", world.sample_key())
        .variable("TMPDIR", &nowhere)
        .variable("TMP", nowhere)
        .in_world(&world)
        .run();
    assert_eq!(run.code, Some(78), "{run}");
    let document = run.json();
    assert_eq!(document["error"]["kind"], "setup", "{run}");
    assert!(document["checks"]["requests"].as_u64().unwrap() > 0, "{run}");
    let apps = document["apps"].as_array().unwrap();
    assert_eq!((apps.len(), &document["warnings"]), (2, &serde_json::json!([])), "{run}");
    for app in apps {
        assert!(app["checks"]["image"]["digest"].is_string(), "{run}");
        assert_eq!(app["plan"]["command"][1], "push", "{run}");
        assert_eq!(app.get("result"), None, "{run}");
    }
}

#[test]
fn a_refusal_before_the_checks_tells_the_apps_and_what_is_odd() {
    for words in [&["push"][..], &["check"], &["push", "--dry-run"]] {
        let place = Workplace::new();
        place.write("work/manifest.yml", many(2).replace("  docker", "  instnces: 2\n  docker"));
        let run = Invocation::new_in(place, words)
            .arguments(["--output", "json", "--region", "us-south", "--cf", "no-such-cf"])
            .variable("ICR_CF_LEVEL", "2")
            .run();
        let document = run.json();
        assert!(document["error"]["kind"].is_string(), "{run}");
        let names = document["apps"].as_array().unwrap().iter().map(|app| &app["app"]);
        assert_eq!(names.collect::<Vec<_>>(), ["app-1", "app-2"], "{run}");
        assert!(document["warnings"][0].as_str().unwrap().contains("instnces"), "{run}");
        assert_eq!(document["dry_run"].as_bool(), words.get(1).map(|_| true), "{run}");
    }
}

/// Whoever asks for the error finds it, whether cf was asked for its release first or not.
#[cfg(unix)]
#[test]
fn a_cf_that_cannot_run_is_the_error_however_many_apps_there_are() {
    use crate::manifests::scripted;
    let alone = Invocation::push("exit 0");
    for (push, count) in [(alone, 1), (scripted(&many(2), "exit 0"), 2)] {
        let cf = push.place().install_script("broken", "");
        std::fs::write(&cf, "#!/no/such/program\n").unwrap();
        let run = push.arguments(["--output", "json", "--cf"]).arguments([&cf]).run();
        assert_eq!(run.code, Some(127), "{run}");
        let document = run.json();
        assert_eq!(document["error"]["kind"], "cf-not-found", "{run}");
        assert_eq!(document["apps"].as_array().unwrap().len(), count, "{run}");
    }
}
