//! What `icr-cf diff` cannot tell, and says so.

use icr_cf_sandbox::{Action, CF_API_HOST, Client, Fault, Role, World};
use serde_json::json;

use super::diff::{ASKED, diff, pushed, with_manifest};
use super::{HELLO, WEB, run_with};
use crate::support::Run;

#[test]
fn what_runs_of_a_tag_is_not_guessed() {
    let world = World::start().unwrap();
    world.run_app("web", WEB, world.sample_key()).unwrap();
    let run = diff(&world, &["--image", WEB]);
    assert_eq!(run.code, Some(69), "{run}");
    let out = run.out();
    assert!(out.starts_with("web  undecided\n  not known  which digest of `us.icr.io/"), "{run}");
    assert!(out.contains("it was pushed by tag"), "{run}");
    let run = diff(&world, &["--image", HELLO]);
    assert_eq!(run.code, Some(1), "another repository is another image: {run}");
}

#[test]
fn images_of_other_registries_and_apps_of_files_are_undecided_unless_they_differ() {
    let world = World::start().unwrap();
    let digest = format!("nginx@sha256:{}", "a".repeat(64));
    let manifest =
        |image: &str| format!("applications:\n- name: hub\n  docker: {{image: {image}}}\n");
    let run = with_manifest(&world, &manifest("nginx"), &["push"]);
    assert_eq!(run.code, Some(0), "{run}");
    let run = with_manifest(&world, &manifest("nginx"), &["diff"]);
    assert_eq!(run.code, Some(69), "{run}");
    let run = with_manifest(&world, &manifest(&digest), &["diff"]);
    assert_eq!(run.code, Some(1), "{run}");
    let run = with_manifest(&world, "applications:\n- name: hub\n  path: .\n", &["diff"]);
    assert_eq!(run.code, Some(69), "{run}");
    assert!(run.out().contains("built from files"), "{run}");
}

#[test]
fn a_platform_that_does_not_answer_leaves_it_undecided() {
    let world = World::start().unwrap();
    pushed(&world, &["--image", WEB]);
    let old =
        json!({"errors": [{"code": 10000, "title": "CF-NotFound", "detail": "Unknown request"}]});
    for (fault, said) in [
        (Fault::status(404).body(old.to_string()).path(ASKED), "does not know"),
        (Fault::status(403).path(ASKED), "may not ask"),
        (Fault::status(422).path(ASKED), "refuses"),
        (Fault::status(200).body("[]").path(ASKED), "makes no sense"),
        (Fault::status(200).body(r#"{"diff": [{"path": "/x"}]}"#).path(ASKED), "makes no sense"),
        (Fault::new(Action::HugeBody(64 << 20)).path(ASKED), "longer than"),
        (Fault::new(Action::Reset).path(ASKED), "api.cf.sandbox"),
        (Fault::status(400).path("/v3/processes"), "some processes"),
        (Fault::status(400).path("/v3/deployments"), "deployments that go on"),
        (Fault::status(400).path("/v3/routes"), "the routes"),
        (Fault::status(400).path("/v3/packages"), "some packages"),
        (Fault::status(400).path("/v3/droplets"), "some droplets"),
    ] {
        world.clear_faults();
        world.add_fault(fault.host(CF_API_HOST).client(Client::Outside));
        let run = diff(&world, &["--image", WEB]);
        assert_eq!(run.code, Some(69), "{said}: {run}");
        assert!(run.out().contains("web  undecided\n  not known  "), "{said}: {run}");
        assert!(run.out().contains(said), "{said}: {run}");
    }
    world.clear_faults();
    let passing = Fault::status(503).host(CF_API_HOST).path(ASKED).times(1);
    world.add_fault(passing);
    let run = diff(&world, &["--image", WEB]);
    assert_eq!(run.code, Some(0), "it is asked again: {run}");
    world.add_fault(Fault::status(400).host(CF_API_HOST).path("/v3/apps"));
    let run = diff(&world, &["--image", WEB]);
    assert!(run.code > Some(1) && run.err().contains("error["), "{run}");
}

#[test]
fn a_registry_that_does_not_answer_leaves_it_undecided() {
    let world = World::start().unwrap();
    pushed(&world, &["--image", WEB]);
    world.add_fault(Fault::status(503).host("us.icr.io").client(Client::Outside));
    let run = diff(&world, &["--image", WEB]);
    assert_eq!(run.code, Some(69), "{run}");
    assert!(run.out().contains("means now is not known"), "{run}");
}

#[test]
fn somebody_who_may_only_look_is_told_which_role_it_takes() {
    let world = World::start().unwrap();
    pushed(&world, &["--image", WEB]);
    world.set_role(Role::SpaceAuditor);
    let run = diff(&world, &["--image", WEB]);
    assert_eq!(run.code, Some(69), "{run}");
    assert!(run.out().contains("not known  this user may not ask"), "{run}");
}

#[test]
fn words_behind_the_dashes_are_not_looked_at_and_leave_it_undecided() {
    let world = World::start().unwrap();
    pushed(&world, &["--image", WEB]);
    let run = diff(&world, &["--image", WEB, "--", "-v"]);
    assert_eq!(run.code, Some(69), "{run}");
    assert!(run.out().contains("the words behind `--` may change anything"), "{run}");
}

#[test]
fn a_platform_that_finds_no_difference_to_anything_is_not_believed() {
    let world = World::start().unwrap();
    pushed(&world, &["--image", WEB]);
    world.be_korifi();
    let run = diff(&world, &["--image", WEB, "-i", "2"]);
    assert_eq!(run.code, Some(69), "{run}");
    let why = "api.cf.sandbox does not compare manifests (it takes any with 202 and names no \
               difference, as Korifi does)";
    assert_eq!(run.out(), format!("web  undecided\n  not known  {why}\n"), "{run}");
    let packages = world.packages().len();
    let run = push_if_changed(&world, &["--image", WEB]);
    assert_eq!(run.code, Some(0), "{run}");
    let said = format!("note: `web` is pushed, since it is not known: {why}\n");
    assert!(run.err().contains(&said), "{run}");
    assert_eq!(world.packages().len(), packages + 1, "{run}");
}

/// Pushes `web` where it has changed.
fn push_if_changed(world: &World, words: &[&str]) -> Run {
    run_with(world, world.sample_key(), &[&["push", "web", "--if-changed"], words].concat())
}
