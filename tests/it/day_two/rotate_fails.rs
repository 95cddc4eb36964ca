//! A rotation that fails: what runs goes on running, with the key that it had.

use std::time::Duration;

use icr_cf_sandbox::{Action, CF_API_HOST, Fault, World};
use serde_json::json;

use super::rotate::all_pull_with;
use super::{WEB, another_key, document, of_app, pinned, run_with};
use crate::support::Invocation;

#[test]
fn a_deployment_whose_instances_all_crash_is_taken_back() {
    let world = World::start().unwrap();
    let old = world.sample_key().to_owned();
    world.run_app("web", &pinned(&world, WEB), &old).unwrap();
    let new = another_key(&world);
    // The platform's own pull at the start of an instance fails; staging and we had no trouble.
    world.set_start_time(Duration::from_millis(50));
    let pull = icr_cf_sandbox::Fault::status(403)
        .host("us.icr.io")
        .client(icr_cf_sandbox::Client::Platform)
        .path("/oauth/token")
        .skip(1);
    world.add_fault(pull);
    let run = run_with(&world, &new, &["rotate", "--timeout", "20s"]);
    assert_eq!(run.code, Some(65), "{run}");
    assert!(run.out().contains("as before: the deployment was taken back"), "{run}");
    assert!(run.err().contains("the new instances of `web` do not run"), "{run}");
    world.clear_faults();
    all_pull_with(&world, "web", &old);
    assert_eq!(world.instance_states("web"), ["RUNNING"]);
    assert!(run.out().contains("keep the old key"), "{run}");
}

#[test]
fn a_deployment_that_takes_too_long_is_taken_back() {
    let world = World::start().unwrap();
    let old = world.sample_key().to_owned();
    world.run_app("web", &pinned(&world, WEB), &old).unwrap();
    world.set_start_time(Duration::from_secs(3600));
    let new = another_key(&world);
    let run = run_with(&world, &new, &["rotate", "--timeout", "1s"]);
    assert_eq!(run.code, Some(124), "{run}");
    assert!(run.out().contains("as before: the deployment was taken back"), "{run}");
    assert!(run.err().contains("`web` was not done within 1s"), "{run}");
    all_pull_with(&world, "web", &old);
}

#[test]
fn a_restart_is_done_where_it_is_asked_for_and_goes_back_where_it_fails() {
    let world = World::start().unwrap();
    let old = world.sample_key().to_owned();
    world.run_app("web", &pinned(&world, WEB), &old).unwrap();
    let new = another_key(&world);
    let pull = || {
        icr_cf_sandbox::Fault::status(403)
            .host("us.icr.io")
            .client(icr_cf_sandbox::Client::Platform)
            .path("/oauth/token")
    };
    world.add_fault(pull().skip(1).times(1));
    let run = run_with(&world, &new, &["rotate", "--restart", "--timeout", "20s"]);
    assert_eq!(run.code, Some(65), "{run}");
    assert!(run.out().contains("as before: 1 instance"), "{run}");
    world.clear_faults();
    all_pull_with(&world, "web", &old);
    assert_eq!(world.instance_states("web"), ["RUNNING"]);
    let run = run_with(&world, &new, &["rotate", "--restart"]);
    assert_eq!(run.code, Some(0), "{run}");
    all_pull_with(&world, "web", &new);
    assert!(world.deployments().is_empty());
}

#[test]
fn a_key_that_fails_at_staging_changes_nothing_that_runs() {
    let world = World::start().unwrap();
    let old = world.sample_key().to_owned();
    world.run_app("web", &pinned(&world, WEB), &old).unwrap();
    let pull = icr_cf_sandbox::Fault::status(403)
        .host("us.icr.io")
        .client(icr_cf_sandbox::Client::Platform)
        .path("/oauth/token");
    world.add_fault(pull);
    let run = run_with(&world, &another_key(&world), &["rotate"]);
    assert_eq!(run.code, Some(65), "{run}");
    assert!(run.err().contains("the platform cannot stage `web`"), "{run}");
    assert!(run.out().contains("web  failed  as before"), "{run}");
    all_pull_with(&world, "web", &old);
    assert!(world.deployments().is_empty());
}

#[test]
fn a_restart_that_runs_out_of_time_says_so() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    world.set_start_time(Duration::from_secs(2));
    let run = run_with(&world, &another_key(&world), &["rotate", "--restart", "--timeout", "1s"]);
    assert_eq!(run.code, Some(124), "{run}");
}

#[test]
fn an_app_that_somebody_gives_another_droplet_meanwhile_is_not_called_done() {
    // Seen beside its instances, or told with the note on it, behind which another app has begun.
    for (method, next) in [("GET", "not-started"), ("PATCH", "done")] {
        let world = World::start().unwrap();
        let old = world.sample_key().to_owned();
        for app in ["a", "b"] {
            world.run_app(app, &pinned(&world, WEB), &old).unwrap();
        }
        let guid = world.app("a").unwrap().guid;
        let before = world.droplets().into_iter().find(|one| one.app_guid == guid).unwrap().guid;
        let new = another_key(&world);
        let path = format!("/v3/apps/{guid}");
        let is_last = |one: &icr_cf_sandbox::Request| one.method == method && one.path() == path;
        let slow = Fault::new(Action::Delay(Duration::from_secs(2)));
        world.add_fault(slow.host(CF_API_HOST).method(method).path(&path).times(1));
        let mut running = Invocation::new(["rotate", "--jobs", "1", "--output", "json"])
            .in_world(&world)
            .variable("ICR_CF_API_KEY", &new)
            .start();
        running.wait_for("the last question", |_| world.saw(is_last));
        let path = format!("{path}/relationships/current_droplet");
        let (status, _) = world.cf_api("PATCH", &path, &json!({"data": {"guid": before}}));
        assert_eq!(status, 200);
        let run = running.finish();
        assert_eq!(run.code, Some(65), "{method}: {run}");
        let found = document(&run);
        let app = of_app(&found, "a");
        assert_eq!(app["result"], "unsure", "{run}");
        assert_eq!(app["runs"], "another droplet than ours", "{run}");
        assert_eq!(of_app(&found, "b")["result"], next, "{run}");
    }
}

#[test]
fn the_next_app_does_not_wait_for_the_note_on_the_one_before() {
    let world = World::start().unwrap();
    for app in ["a", "b", "c"] {
        world.run_app(app, &pinned(&world, WEB), world.sample_key()).unwrap();
    }
    let new = another_key(&world);
    let pause = Duration::from_secs(4);
    let slow = Fault::new(Action::Delay(pause)).host(CF_API_HOST).method("PATCH");
    world.add_fault(slow.path("/v3/apps/"));
    let run = run_with(&world, &new, &["rotate", "--jobs", "1"]);
    assert_eq!(run.code, Some(0), "{run}");
    // No more than twice the jobs go on, so that the third waits for one note.
    assert!(run.time < pause * 5 / 2, "{run}");
    // One after the other all the same.
    let requests = world.requests();
    let at = |method: &str, path: &str| -> Vec<usize> {
        let all = requests.iter().enumerate();
        all.filter(|(_, one)| one.method == method && one.path().starts_with(path))
            .map(|(at, _)| at)
            .collect()
    };
    let (packages, begun) = (at("POST", "/v3/packages"), at("POST", "/v3/deployments"));
    assert_eq!((packages.len(), begun.len()), (3, 3));
    assert!(begun[0] < packages[1] && begun[1] < packages[2], "{packages:?} {begun:?}");
}
