//! A platform that takes no more for now, or answers late, in the middle of a rotation: its time and
//! signals are heard all the same, and what is seen is what is said.

use std::time::Duration;
#[cfg(unix)]
use std::time::Instant;

use icr_cf_sandbox::{Action, CF_API_HOST, Fault, World};
#[cfg(unix)]
use rustix::process::Signal;
use serde_json::Value;

use super::{document, of_app, rotating, world_of};
#[cfg(unix)]
use crate::support::Running;
use crate::support::{Invocation, Run, secrets_stay};

const NEVER: Duration = Duration::from_secs(3600);
/// What is asked and changed in the middle; whether a deployment has begun by then.
const CALLS: [(&str, &str, bool); 7] = [
    ("POST", "/v3/packages", false),
    ("POST", "/v3/builds", false),
    ("GET", "/v3/builds/", false),
    ("POST", "/v3/deployments", false),
    ("GET", "/v3/deployments/", true),
    ("GET", "/v3/processes/", true),
    ("POST", "/v3/apps/", false),
];

/// A rotation whose document is read.
fn rotate(world: &World, key: &str, words: &[&str]) -> Invocation {
    rotating(world, key, &[&["--output", "json"], words].concat())
}

/// A world whose platform says at this call to come back late, and the words of the run.
fn late_at((method, path, is_begun): (&str, &str, bool)) -> (World, String, Vec<&'static str>) {
    let (world, _, new) = world_of(&["web"]);
    world.set_staging_time(Duration::from_millis(600));
    if is_begun {
        world.set_start_time(NEVER);
    }
    let late = Fault::rate_limited("50").host(CF_API_HOST).method(method).path(path);
    world.add_fault(late.times(1));
    let is_restart = (method, path) == ("POST", "/v3/apps/");
    (world, new, if is_restart { vec!["--restart"] } else { Vec::new() })
}

/// That the app is as it was, and said to be.
#[track_caller]
fn is_as_before(world: &World, run: &Run, result: &str, is_begun: bool) {
    let found = document(run);
    let app = of_app(&found, "web");
    assert_eq!(app["result"], result, "{run}");
    assert!(app["runs"].as_str().unwrap().starts_with("as before"), "{run}");
    let old = world.sample_key();
    assert!(world.processes("web").iter().all(|one| one.pulls_with(old)), "{run}");
    let statuses: Vec<_> = world.deployments().iter().map(|one| one.status().1).collect();
    assert_eq!(statuses, if is_begun { vec!["CANCELED"] } else { Vec::new() }, "{run}");
}

#[test]
fn the_time_of_an_app_ends_a_wait_that_the_platform_wants() {
    std::thread::scope(|scope| {
        for call in CALLS {
            scope.spawn(move || {
                let (world, new, words) = late_at(call);
                let run = rotate(&world, &new, &words).arguments(["--timeout", "8s"]).run();
                assert_eq!(run.code, Some(124), "{call:?}: {run}");
                assert!(run.time < Duration::from_secs(40), "{call:?}: {run}");
                assert!(world.saw(|one| one.status == Some(429)), "{call:?}: {run}");
                is_as_before(&world, &run, "failed", call.2);
                assert!(run.err().contains("`web` was not done within 8s"), "{call:?}: {run}");
                secrets_stay(&world, &run, &new, &[]);
            });
        }
    });
}

#[test]
#[cfg(unix)]
fn a_signal_ends_a_wait_that_the_platform_wants() {
    std::thread::scope(|scope| {
        for call in CALLS {
            scope.spawn(move || {
                let (world, new, words) = late_at(call);
                let mut running = rotate(&world, &new, &words).start();
                running.wait_for("a refusal", |_| world.saw(|one| one.status == Some(429)));
                let (told, run) = ends_by(running, Signal::TERM);
                assert_eq!(run.code, Some(143), "{call:?}: {run}");
                assert!(told.elapsed() < Duration::from_secs(30), "{call:?}: {run}");
                let result = if call.2 { "failed" } else { "interrupted" };
                is_as_before(&world, &run, result, call.2);
            });
        }
    });
}

#[cfg(unix)]
fn ends_by(mut running: Running, signal: Signal) -> (Instant, Run) {
    let told = Instant::now();
    running.kill(signal);
    (told, running.finish())
}

/// Those whose deployment has begun.
fn begun(world: &World) -> usize {
    world.deployments().len()
}

fn results(found: &Value, apps: &[&str]) -> Vec<String> {
    apps.iter().map(|app| of_app(found, app)["result"].as_str().unwrap().to_owned()).collect()
}

#[test]
#[cfg(unix)]
fn apps_whose_notes_come_late_are_done_and_no_more_than_twice_the_jobs_go_on() {
    let apps = ["a", "b", "c", "d"];
    let (world, _, new) = world_of(&apps);
    let hang = Fault::new(Action::Delay(NEVER)).host(CF_API_HOST).method("PATCH");
    world.add_fault(hang.path("/v3/apps/"));
    let written = || {
        let is_note = |one: &&icr_cf_sandbox::Request| one.method == "PATCH";
        world.requests().iter().filter(is_note).count()
    };
    let mut running = rotate(&world, &new, &["--jobs", "1"]).start();
    running.wait_for("two notes", |_| written() == 2);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(begun(&world), 2);
    running.kill(Signal::TERM);
    running.wait_for("a word of it", |running| {
        String::from_utf8_lossy(&running.stderr()).contains("all that was begun is in place")
    });
    let (told, run) = ends_by(running, Signal::TERM);
    assert!(told.elapsed() < Duration::from_secs(8), "{run}");
    assert_eq!(run.code, Some(143), "{run}");
    assert_eq!(begun(&world), 2);
    let found = document(&run);
    assert_eq!(results(&found, &apps), ["done", "done", "not-started", "not-started"], "{run}");
    for app in ["a", "b"] {
        let notes = of_app(&found, app)["notes"].to_string();
        assert!(notes.contains("not noted on the app, so that a rerun does it again"), "{run}");
        assert!(world.processes(app).iter().all(|one| one.pulls_with(&new)), "{app}: {run}");
    }
}

#[test]
#[cfg(unix)]
fn a_signal_while_a_note_may_not_be_written_yet_leaves_the_app_done() {
    let (world, _, new) = world_of(&["web"]);
    let late = Fault::rate_limited("50").host(CF_API_HOST).method("PATCH").path("/v3/apps/");
    world.add_fault(late);
    let mut running = rotate(&world, &new, &[]).start();
    running.wait_for("a refusal", |_| world.saw(|one| one.status == Some(429)));
    let (told, run) = ends_by(running, Signal::INT);
    assert!(told.elapsed() < Duration::from_secs(8), "{run}");
    assert_eq!(run.code, Some(130), "{run}");
    let found = document(&run);
    assert_eq!(of_app(&found, "web")["result"], "done", "{run}");
    assert!(of_app(&found, "web")["notes"].to_string().contains("429"), "{run}");
}

#[test]
fn a_change_that_is_turned_away_goes_on_with_the_token_that_cf_renews() {
    for path in ["/v3/packages", "/v3/builds", "/v3/deployments"] {
        let (world, _, new) = world_of(&["web"]);
        let refusal = Fault::status(401).host(CF_API_HOST).method("POST").path(path);
        world.add_fault(refusal.times(1));
        let run = rotate(&world, &new, &[]).run();
        assert_eq!(run.code, Some(0), "{path}: {run}");
        assert_eq!(of_app(&document(&run), "web")["result"], "done", "{path}: {run}");
        assert_eq!((world.builds().len(), begun(&world)), (2, 1), "{path}: {run}");
        let starts = run.record.events.iter().filter(|event| event.kind() == "start");
        let renewals = starts.filter(|event| event.arguments() == ["oauth-token"]).count();
        assert_eq!(renewals, 1, "{path}: {run}");
        secrets_stay(&world, &run, &new, &[]);
    }
}

#[test]
fn an_app_that_cannot_begin_since_the_login_is_over_is_as_before() {
    let (world, _, new) = world_of(&["a", "b"]);
    let refusal = Fault::status(401).host(CF_API_HOST).method("POST").path("/v3/packages");
    world.add_fault(refusal);
    let run = rotate(&world, &new, &["--jobs", "1"]).run();
    assert_eq!(run.code, Some(78), "{run}");
    let found = document(&run);
    assert_eq!(results(&found, &["a", "b"]), ["failed", "not-started"], "{run}");
    assert!(of_app(&found, "a")["error"]["hints"].to_string().contains("`cf login`"), "{run}");
    assert!(world.builds().len() == 2 && begun(&world) == 0, "{run}");
    let is_package =
        |one: &&icr_cf_sandbox::Request| one.method == "POST" && one.path() == "/v3/packages";
    assert!(run.time < Duration::from_secs(60), "{run}");
    assert_eq!(world.requests().iter().filter(is_package).count(), 3, "{run}");
}

/// How often it was said that the login is over.
#[cfg(unix)]
fn login_over(run: &Run) -> usize {
    run.err().matches("does not take cf's token any more; `cf login` goes on").count()
}

#[test]
#[cfg(unix)]
fn what_is_not_seen_any_more_since_the_login_is_over_is_not_said_to_go_on() {
    let (world, _, new) = world_of(&["web"]);
    let refusal = Fault::status(401).host(CF_API_HOST).path("/v3/deployments/");
    world.add_fault(refusal);
    // The time is up, and so is that for taking back: a second signal ends that.
    let mut running = rotate(&world, &new, &["--timeout", "14s"]).start();
    running.wait_for("a cancel", |_| world.saw(|one| one.path().ends_with("/actions/cancel")));
    running.kill(Signal::TERM);
    std::thread::sleep(Duration::from_millis(300));
    let (told, run) = ends_by(running, Signal::TERM);
    assert!(told.elapsed() < Duration::from_secs(20), "{run}");
    let found = document(&run);
    let app = of_app(&found, "web");
    assert_eq!(app["result"], "unsure", "{run}");
    let runs = app["runs"].as_str().unwrap();
    assert!(runs.starts_with("whether the deployment"), "{run}");
    assert!(runs.contains("is not known; `cf cancel-deployment web`"), "{run}");
    // Why it was not done is the login, and that mends it.
    let error = &app["error"];
    assert_eq!(error["message"], "`web` was not done within 14s", "{run}");
    assert!(error["seen"].to_string().contains("401"), "{run}");
    assert_eq!(error["hints"], serde_json::json!(["`cf login`"]), "{run}");
    assert_eq!(login_over(&run), 1, "{run}");
}

#[test]
#[cfg(unix)]
fn a_cancel_that_is_turned_away_for_a_while_is_asked_for_again() {
    let (world, _, new) = world_of(&["web"]);
    world.set_start_time(NEVER);
    let refusal = Fault::status(401).host(CF_API_HOST).method("POST").path("/v3/deployments/");
    world.add_fault(refusal.times(2));
    let mut running = rotate(&world, &new, &[]).start();
    running.wait_for("a deployment", |_| begun(&world) == 1);
    let (_, run) = ends_by(running, Signal::TERM);
    assert_eq!(run.code, Some(143), "{run}");
    assert!(run.time < Duration::from_secs(60), "{run}");
    is_as_before(&world, &run, "failed", true);
    assert!(login_over(&run) < 2, "{run}");
}

#[test]
fn instances_are_looked_at_once_more_where_the_time_has_cut_the_last_look() {
    let (world, _, new) = world_of(&["web"]);
    let late = Fault::new(Action::Delay(Duration::from_secs(14))).host(CF_API_HOST).method("GET");
    world.add_fault(late.path("/v3/processes").skip(1).times(1));
    let run = rotate(&world, &new, &["--timeout", "3s"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.time < Duration::from_secs(10), "{run}");
    assert_eq!(of_app(&document(&run), "web")["runs"], "1 instance", "{run}");
}

#[test]
#[cfg(unix)]
fn a_signal_while_cf_renews_the_token_takes_the_deployment_back() {
    let (world, _, new) = world_of(&["web"]);
    world.set_start_time(NEVER);
    world.add_fault(Fault::new(Action::Delay(NEVER)).host("login.cf.sandbox"));
    // cf 7 asks for another token whenever it is asked for one.
    let run = rotate(&world, &new, &[]).variable("CF_STAND_IN_VERSION", "7.7.0");
    let mut running = run.start();
    running.wait_for("a deployment", |_| begun(&world) == 1);
    let refusal = Fault::status(401).host(CF_API_HOST).method("GET").path("/v3/deployments/");
    world.add_fault(refusal.times(1));
    running.wait_for("a renewal", |_| world.saw(|one| one.host == "login.cf.sandbox"));
    let (told, run) = ends_by(running, Signal::TERM);
    assert!(told.elapsed() < Duration::from_secs(20), "{run}");
    assert_eq!(run.code, Some(143), "{run}");
    is_as_before(&world, &run, "failed", true);
    secrets_stay(&world, &run, &new, &[]);
}

#[test]
fn instances_that_could_not_be_looked_at_are_why_the_time_ran_out() {
    let (world, _, new) = world_of(&["web"]);
    // But for the list beforehand.
    let refusal = Fault::status(503).host(CF_API_HOST).method("GET").path("/v3/processes");
    world.add_fault(refusal.skip(1));
    let run = rotate(&world, &new, &["--timeout", "6s"]).run();
    assert_eq!(run.code, Some(124), "{run}");
    let found = document(&run);
    let error = &of_app(&found, "web")["error"];
    assert!(error["seen"].to_string().contains("503"), "{run}");
    assert_eq!(of_app(&found, "web")["result"], "unsure", "{run}");
}
