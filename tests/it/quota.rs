//! The account's quota: asked for on request, or where a token of IAM is at hand anyway.

use icr_cf_sandbox::World;

use crate::support::{Invocation, Run};

const GIGABYTE: i64 = 1 << 30;

fn check(world: &World, words: &[&str]) -> Run {
    let check = Invocation::new(["check", "web", "--image", "us.icr.io/acme/hello"])
        .arguments(words)
        .variable("ICR_CF_API_KEY", world.sample_key());
    let run = world.env().iter().fold(check, |run, (name, value)| run.variable(name, value)).run();
    run.shows_nothing_of(world.sample_key(), &[]);
    run
}

fn asked_iam(world: &World) -> bool {
    world.saw(|request| request.host == "iam.cloud.ibm.com")
}

#[test]
fn a_quota_that_is_nearly_used_up_is_advice_where_it_was_asked_for() {
    let world = World::start().unwrap();
    world.set_quota((0, -1), (19 * GIGABYTE / 4, 5 * GIGABYTE));
    let run = check(&world, &["--quota"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("advice[quota-near]"), "{run}");
    assert!(run.out().contains("4.7 GiB of 5.0 GiB are used this month"), "{run}");
}

#[test]
fn iam_is_not_asked_for_a_token_by_itself() {
    let world = World::start().unwrap();
    world.set_quota((0, -1), (5 * GIGABYTE, 5 * GIGABYTE));
    let run = check(&world, &[]);
    assert!(!run.out().contains("quota-near"), "{run}");
    assert!(!asked_iam(&world), "{run}");
}

#[test]
fn a_quota_that_is_far_or_has_no_limit_is_no_matter() {
    let world = World::start().unwrap();
    for limit in [100 * GIGABYTE, -1] {
        world.set_quota((0, -1), (GIGABYTE, limit));
        let run = check(&world, &["--quota"]);
        assert!(!run.out().contains("quota-near"), "{run}");
        assert!(asked_iam(&world), "{run}");
    }
}

#[test]
fn a_quota_that_cannot_be_seen_stops_nothing_and_is_said() {
    let world = World::start().unwrap();
    let fault = icr_cf_sandbox::Fault::status(403).host("us.icr.io").path("/api/v1/quotas");
    world.add_fault(fault);
    let run = check(&world, &["--quota", "--strict"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("the quota: us.icr.io answered 403"), "{run}");
}
