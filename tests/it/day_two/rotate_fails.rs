//! A rotation that fails: what runs goes on running, with the key that it had.

use std::time::Duration;

use icr_cf_sandbox::World;

use super::rotate::all_pull_with;
use super::{WEB, another_key, pinned, run_with};

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
