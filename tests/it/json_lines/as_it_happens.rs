//! Which events there are, in which order, and that none waits for the end.

use icr_cf_sandbox::World;

use super::{brief, events, parsed};
use crate::manifests::{many, scripted};
use crate::support::{Invocation, Running};

/// Waits until an event is there.
#[track_caller]
fn wait_for(running: &mut Running, wanted: &str) {
    running.wait_for(wanted, |running| {
        let text = String::from_utf8(running.stdout()).unwrap();
        parsed(&text).iter().any(|event| brief(event) == wanted)
    });
}

#[test]
fn one_app_goes_through_its_phases_while_cf_prints_byte_for_byte() {
    let script = "out Pushing app web...; out-raw no end; wait-file @go 20000; out \\nStaging app; \
                  out Waiting for app web to start...; touch @there; wait-file @end 20000";
    let mut running = Invocation::push(script).arguments(["--output", "json-lines"]).start();
    wait_for(&mut running, "phase web pushing");
    running.place().write("go", "");
    wait_for(&mut running, "phase web starting");
    running.wait_for("a line without its end", |running| {
        running.stderr().starts_with(b"Pushing app web...\nno end")
    });
    running.place().write("end", "");
    let run = running.finish();
    let events = events(&run);
    let briefs: Vec<String> = events.iter().map(brief).collect();
    let expected = [
        "begin null null",
        "phase web waiting",
        "phase web started",
        "phase web pushing",
        "phase web staging",
        "phase web starting",
        "ended web pushed",
        "end null 0",
    ];
    assert_eq!(briefs, expected, "{run}");
    let begin = &events[0];
    assert_eq!(begin["schema"], "icr-cf/2");
    assert_eq!(begin["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!((&begin["command"], &begin["apps"]), (&"push".into(), &1.into()));
}

#[test]
fn an_app_has_ended_while_others_run_and_wait() {
    let script = "app app-1 exit 3; app app-2 wait-file @go 20000; out done";
    let mut running = scripted(&many(4), script)
        .arguments(["--jobs", "2", "--on-error", "continue", "--output", "json-lines"])
        .start();
    for wanted in ["ended app-1 failed", "ended app-3 pushed", "ended app-4 pushed"] {
        wait_for(&mut running, wanted);
    }
    let so_far = parsed(&String::from_utf8(running.stdout()).unwrap());
    assert!(so_far.iter().all(|event| brief(event) != "ended app-2 pushed"));
    running.place().write("go", "");
    let run = running.finish();
    assert_eq!(run.code, Some(3), "{run}");
    for app in 1..=4 {
        let mine: Vec<String> =
            events(&run).iter().filter(|event| event["index"] == app - 1).map(brief).collect();
        let end = if app == 1 { "failed" } else { "pushed" };
        let expected = [
            format!("phase app-{app} waiting"),
            format!("phase app-{app} started"),
            format!("ended app-{app} {end}"),
        ];
        assert_eq!(mine, expected, "{run}");
    }
    assert!(run.err().contains("app-2 │ done"), "{run}");
}

#[test]
fn verdicts_stand_between_the_checks_and_the_push() {
    let world = World::start().unwrap();
    let words = ["push", "web", "-o", "us.icr.io/acme/web:1.4", "--if-changed", "--quiet"];
    let run = Invocation::new(words)
        .arguments(["--output", "json-lines"])
        .variable("ICR_CF_API_KEY", world.sample_key())
        .in_world(&world)
        .run();
    assert_eq!(run.code, Some(0), "{run}");
    let briefs: Vec<String> = events(&run).iter().map(brief).collect();
    let at = |wanted: &str| {
        let found = briefs.iter().position(|one| one.starts_with(wanted));
        found.unwrap_or_else(|| panic!("no `{wanted}`: {run}"))
    };
    let order = ["phase web checking", "phase web comparing", "phase web waiting", "ended web"];
    assert!(order.map(at).is_sorted(), "{run}");
    let verdicts = briefs.iter().enumerate().filter(|(_, one)| one.starts_with("verdict "));
    for (place, verdict) in verdicts {
        assert!(place > at("phase web checking") && place < at("phase web comparing"), "{verdict}");
    }
}
