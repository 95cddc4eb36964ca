//! What keeps the platform from being asked, and what is said of it.

use icr_cf_sandbox::{Action, CF_API_HOST, Fault, Login, World};

use super::{WEB, another_key, pinned, run_with};
use crate::support::Invocation;

#[test]
fn a_login_that_is_missing_or_over_is_told_with_what_mends_it() {
    let world = World::start().unwrap();
    let run = Invocation::new(["audit"])
        .in_world(&world)
        .variable("CF_HOME", world.folder().join("nobody"))
        .variable("ICR_CF_API_KEY", world.sample_key())
        .run();
    assert_eq!(run.code, Some(78), "{run}");
    assert!(run.err().contains("error[cf-no-api]"), "{run}");
}

#[test]
fn a_token_that_ends_is_renewed_by_cf_itself() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    world.write_cf_home(world.cf_home(), Login::EndsSoon).unwrap();
    let run = run_with(&world, world.sample_key(), &["audit"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("1 app, all fine"), "{run}");
    assert_eq!(world.refreshes(), 1, "cf has renewed it, once");
}

#[test]
fn a_page_on_another_host_is_not_asked_for() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    let page = r#"{"pagination": {"next": {"href": "https://us.icr.io/v3/apps?page=2"}}, "resources": []}"#;
    world.add_fault(Fault::status(200).body(page).host(CF_API_HOST).path("/v3/apps"));
    let run = run_with(&world, world.sample_key(), &["audit"]);
    assert_ne!(run.code, Some(0), "{run}");
    assert!(run.err().contains("its next page is on another host"), "{run}");
    assert!(!world.saw(|request| request.host == "us.icr.io" && request.path().starts_with("/v3")));
}

#[test]
fn faults_of_the_wire_end_within_their_bounds_and_change_nothing() {
    let faults = [
        ("a reset", Fault::new(Action::Reset)),
        ("500", Fault::status(500)),
        ("no JSON", Fault::status(200).body("<html>")),
        ("another document", Fault::status(200).body("{}")),
        ("a cut body", Fault::new(Action::TruncatedBody)),
        ("429", Fault::rate_limited("3600")),
    ];
    for (what, fault) in faults {
        let world = World::start().unwrap();
        world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
        world.add_fault(fault.host(CF_API_HOST).path("/v3/apps"));
        let run = run_with(&world, &another_key(&world), &["rotate"]);
        assert_ne!(run.code, Some(0), "{what}: {run}");
        assert!(run.err().contains("error["), "{what}: {run}");
        assert!(world.deployments().is_empty(), "{what}");
    }
}
