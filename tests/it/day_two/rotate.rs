//! `icr-cf rotate`: every app gets the new key without being down, and what is said of it is what is so.

use std::time::Duration;

use icr_cf_sandbox::{Key, KeyState, Role, World};

use super::{HELLO, WEB, another_key, document, of_app, pinned, run_with};
use crate::support::Invocation;

/// Whether every instance of an app is pulled with a key from now on.
#[track_caller]
pub(super) fn all_pull_with(world: &World, app: &str, key: &str) {
    let processes = world.processes(app);
    assert!(!processes.is_empty());
    assert!(processes.iter().all(|one| one.pulls_with(key)), "{app}: {processes:?}");
}

#[test]
fn every_instance_can_be_pulled_with_the_new_key_alone_when_it_is_done() {
    let world = World::start().unwrap();
    let old = world.sample_key().to_owned();
    for (app, image) in [("web", WEB), ("hello", HELLO)] {
        world.run_app(app, &pinned(&world, image), &old).unwrap();
    }
    world.scale("web", 3);
    let new = another_key(&world);
    let run = run_with(&world, &new, &["rotate"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("web    done    3 instances"), "{run}");
    world.delete_key(&old);
    for app in ["web", "hello"] {
        all_pull_with(&world, app, &new);
        world.node_dies(app);
        world.crash_instance(app, 0);
        assert!(world.instance_states(app).iter().all(|state| *state == "RUNNING"), "{app}");
    }
    world.scale("web", 5);
    assert_eq!(world.instance_states("web"), ["RUNNING"; 5]);
}

#[test]
fn the_image_that_runs_is_staged_and_not_what_its_tag_means_by_now() {
    let world = World::start().unwrap();
    let old = world.sample_key().to_owned();
    let push = ["push", "hello", "--image", HELLO, "--quiet"];
    assert_eq!(run_with(&world, &old, &push).code, Some(0));
    let before = pinned(&world, HELLO);
    world.add_image(HELLO, icr_cf_sandbox::Image::runnable().user("1001"));
    let run = run_with(&world, &another_key(&world), &["rotate"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(world.processes("hello")[0].image(), Some(before.as_str()));
}

#[test]
fn an_app_whose_digest_is_not_known_is_refused_and_nothing_begins() {
    let world = World::start().unwrap();
    let old = world.sample_key().to_owned();
    world.run_app("web", &pinned(&world, WEB), &old).unwrap();
    world.run_app("hello", HELLO, &old).unwrap();
    let (packages, new) = (world.packages().len(), another_key(&world));
    let run = run_with(&world, &new, &["rotate"]);
    assert_ne!(run.code, Some(0), "{run}");
    assert!(run.err().contains("error[pushed-by-tag]: hello: "), "{run}");
    assert!(run.err().contains("`icr-cf rotate hello --accept-moved-tag`"), "{run}");
    assert_eq!(world.packages().len(), packages, "nothing was begun");
    let run = run_with(&world, &new, &["rotate", "--on-error", "continue"]);
    assert_ne!(run.code, Some(0), "{run}");
    all_pull_with(&world, "web", &new);
    all_pull_with(&world, "hello", &old);
    assert!(run.out().contains("keep the old key: hello may still need it"), "{run}");
    let run = run_with(&world, &new, &["rotate", "--accept-moved-tag"]);
    assert_eq!(run.code, Some(0), "{run}");
    all_pull_with(&world, "hello", &new);
    assert_eq!(world.processes("hello")[0].image(), Some(pinned(&world, HELLO).as_str()));
}

#[test]
fn a_key_that_cannot_pull_one_of_the_images_begins_nothing() {
    let world = World::start().unwrap();
    let old = world.sample_key().to_owned();
    world.add_image("us.icr.io/other/tool:1", icr_cf_sandbox::Image::runnable());
    let both = world.add_key(Key::random().namespaces(["other", "acme"]));
    world.run_app("tool", &pinned(&world, "us.icr.io/other/tool:1"), &both).unwrap();
    world.run_app("web", &pinned(&world, WEB), &old).unwrap();
    let (packages, new) = (world.packages().len(), another_key(&world));
    let run = run_with(&world, &new, &["rotate"]);
    assert_eq!(run.code, Some(77), "{run}");
    assert!(run.err().contains("error[no-access]: tool: "), "{run}");
    assert!(run.err().contains("nothing was changed"), "{run}");
    assert_eq!(world.packages().len(), packages);
    // The hint works as it stands.
    assert!(run.err().contains("`icr-cf rotate --on-error continue`"), "{run}");
    let run = run_with(&world, &new, &["rotate", "--on-error", "continue"]);
    assert_eq!(run.code, Some(77), "{run}");
    all_pull_with(&world, "web", &new);
    all_pull_with(&world, "tool", &both);
}

#[test]
fn a_key_that_is_switched_off_begins_nothing() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    let off = world.add_key(Key::random().namespaces(["acme"]).state(KeyState::Disabled));
    let packages = world.packages().len();
    let run = run_with(&world, &off, &["rotate"]);
    assert_eq!(run.code, Some(77), "{run}");
    assert!(run.err().contains("error[key-disabled]"), "{run}");
    assert_eq!(world.packages().len(), packages);
}

#[test]
fn a_second_run_does_nothing_and_says_so() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    let new = another_key(&world);
    assert_eq!(run_with(&world, &new, &["rotate"]).code, Some(0));
    let packages = world.packages().len();
    let run = run_with(&world, &new, &["rotate"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("web  has-it  as before"), "{run}");
    assert_eq!(world.packages().len(), packages);
    // A push with another key in between is not taken for it.
    let push = ["push", "web", "--image", WEB, "--quiet"];
    assert_eq!(run_with(&world, world.sample_key(), &push).code, Some(0));
    let run = run_with(&world, &new, &["rotate"]);
    assert!(run.out().contains("web  done "), "{run}");
    all_pull_with(&world, "web", &new);
}

#[test]
fn a_stopped_app_is_staged_and_no_more_is_claimed() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    let guid = world.app("web").unwrap().guid;
    let act = |what: &str| {
        let path = format!("/v3/apps/{guid}/actions/{what}");
        assert_eq!(world.cf_api("POST", &path, &serde_json::Value::Null).0, 200);
    };
    act("stop");
    let new = another_key(&world);
    let skipped = run_with(&world, &new, &["rotate", "--stopped", "skip"]);
    assert!(skipped.out().contains("web  left-alone  it is stopped"), "{skipped}");
    let run = run_with(&world, &new, &["rotate"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("web  staged  stopped; takes effect at the next start"), "{run}");
    assert!(world.instance_states("web").is_empty(), "it was not started");
    world.delete_key(world.sample_key());
    act("start");
    assert_eq!(world.instance_states("web"), ["RUNNING"]);
}

#[test]
fn apps_of_other_users_namespaces_and_registries_are_left_alone_with_the_reason() {
    let world = World::start().unwrap();
    let old = world.sample_key().to_owned();
    world.add_image("us.icr.io/other/tool:1", icr_cf_sandbox::Image::runnable());
    let both = world.add_key(Key::random().namespaces(["other", "acme"]));
    world.run_app("tool", &pinned(&world, "us.icr.io/other/tool:1"), &both).unwrap();
    world.run_app("web", &pinned(&world, WEB), &old).unwrap();
    super::audit::run_of_others(&world, "proxy");
    world.run_app("bearer", &pinned(&world, WEB), &old).unwrap();
    let package = world.packages().last().unwrap().guid.clone();
    let token = world.iam_access_token(&old, 3600).unwrap();
    let body = serde_json::json!({"username": "iambearer", "password": token});
    assert_eq!(world.cf_api("PATCH", &format!("/v3/packages/{package}"), &body).0, 200);
    let new = another_key(&world);
    let run = run_with(&world, &new, &["rotate", "--namespace", "acme", "--output", "json"]);
    let found = document(&run);
    assert_eq!(of_app(&found, "web")["result"], "done", "{found}");
    assert_eq!(of_app(&found, "bearer")["result"], "left-alone", "{found}");
    assert!(of_app(&found, "bearer")["why"].as_str().unwrap().contains("--from-user iambearer"));
    let names: Vec<&str> =
        found["apps"].as_array().unwrap().iter().map(|one| one["app"].as_str().unwrap()).collect();
    assert!(!names.contains(&"tool"), "{found}");
    all_pull_with(&world, "tool", &both);
    let words = ["rotate", "bearer", "--from-user", "iambearer"];
    let run = run_with(&world, &new, &words);
    assert_eq!(run.code, Some(0), "{run}");
    all_pull_with(&world, "bearer", &new);
}

#[test]
fn a_dry_run_says_the_way_and_the_cost_and_changes_nothing() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    world.scale("web", 2);
    let before = world.packages().len();
    let run = run_with(&world, &another_key(&world), &["rotate", "--dry-run"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("one instance more meanwhile, 2 instances in turn"), "{run}");
    assert_eq!(world.packages().len(), before);
    assert!(!world.saw(|request| request.host == "api.cf.sandbox" && request.method != "GET"));
}

#[test]
fn a_role_that_does_not_reach_is_named_with_the_one_that_does() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    world.set_role(Role::SpaceSupporter);
    let run = run_with(&world, &another_key(&world), &["rotate"]);
    assert_eq!(run.code, Some(77), "{run}");
    assert!(run.err().contains("error[cf-not-allowed]"), "{run}");
    assert!(run.err().contains("'Space Developer'"), "{run}");
    assert!(run.out().contains("as before"), "{run}");
}

#[test]
fn a_deployment_of_somebody_else_is_not_run_over() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    world.set_start_time(Duration::from_secs(3600));
    let guid = world.app("web").unwrap().guid;
    let body = serde_json::json!({"relationships": {"app": {"data": {"guid": guid}}}});
    assert_eq!(world.cf_api("POST", "/v3/deployments", &body).0, 201);
    let run = run_with(&world, &another_key(&world), &["rotate"]);
    assert_eq!(run.code, Some(69), "{run}");
    assert!(run.err().contains("error[staging-in-progress]"), "{run}");
    assert!(run.err().contains("`cf cancel-deployment web`"), "{run}");
    assert_eq!(world.deployments().len(), 1);
}

#[test]
fn a_key_whose_id_iam_does_not_tell_is_given_all_the_same() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    let refused = icr_cf_sandbox::Fault::status(403).host("iam.cloud.ibm.com").path("/v1/apikeys");
    world.add_fault(refused);
    let new = another_key(&world);
    let run = run_with(&world, &new, &["rotate"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.err().contains("a rerun cannot know which apps have it"), "{run}");
    all_pull_with(&world, "web", &new);
}

#[test]
fn many_apps_go_side_by_side_each_with_its_lines() {
    let world = World::start().unwrap();
    let image = pinned(&world, WEB);
    for name in 0..12 {
        world.run_app(&format!("app-{name}"), &image, world.sample_key()).unwrap();
    }
    world.set_start_time(Duration::from_millis(100));
    let new = another_key(&world);
    let run = run_with(&world, &new, &["rotate", "--jobs", "6"]);
    assert_eq!(run.code, Some(0), "{run}");
    for name in 0..12 {
        all_pull_with(&world, &format!("app-{name}"), &new);
    }
    assert!(run.err().contains("app-7 "), "{run}");
    assert!(run.out().contains("all of these apps have the key"), "{run}");
}

#[test]
fn a_first_failure_begins_no_further_app_unless_that_is_wanted() {
    let world = World::start().unwrap();
    let image = pinned(&world, WEB);
    for name in ["a", "b", "c"] {
        world.run_app(name, &image, world.sample_key()).unwrap();
    }
    let (old, new) = (world.sample_key().to_owned(), another_key(&world));
    let refused = || {
        let fault = icr_cf_sandbox::Fault::status(422).host("api.cf.sandbox").method("POST");
        fault.path("/v3/builds").times(1)
    };
    world.add_fault(refused());
    let run = run_with(&world, &new, &["rotate", "--jobs", "1", "--output", "json"]);
    let found = document(&run);
    assert_ne!(run.code, Some(0), "{run}");
    assert_eq!(of_app(&found, "a")["result"], "failed");
    assert_eq!(of_app(&found, "b")["result"], "not-started");
    all_pull_with(&world, "b", &old);
    world.add_fault(refused());
    let words = ["rotate", "--jobs", "1", "--on-error", "continue", "--output", "json"];
    let found = document(&run_with(&world, &new, &words));
    assert_eq!(of_app(&found, "a")["result"], "failed");
    assert_eq!(of_app(&found, "c")["result"], "done");
}

#[test]
fn a_rotation_without_a_key_is_no_rotation() {
    let run = Invocation::new(["rotate", "--no-key"]).run();
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().contains("hint: drop `--no-key`"), "{run}");
}

#[test]
fn one_key_is_not_taken_for_another() {
    let world = World::start().unwrap();
    let old = world.sample_key().to_owned();
    world.run_app("web", &pinned(&world, WEB), &old).unwrap();
    let new = another_key(&world);
    assert_eq!(run_with(&world, &new, &["rotate"]).code, Some(0));
    // And back, as somebody does who has mistaken the one for the other.
    let run = run_with(&world, &old, &["rotate"]);
    assert!(run.out().contains("web  done "), "{run}");
    all_pull_with(&world, "web", &old);
    // Now the one before has a name.
    let id = run.out().split("/v1/apikeys/").nth(1).unwrap().split('/').next().unwrap();
    assert!(id.starts_with("ApiKey-") && !id.contains("OLD"), "{run}");
    assert!(!run_with(&world, &old, &["rotate", "--output", "json"]).out().contains(id), "{run}");
}

#[test]
fn the_line_that_watches_is_for_the_same_apps_and_the_same_key() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    let key = another_key(&world);
    let run = Invocation::new(["rotate", "--all", "--api-key-file", "key.txt", "--jobs", "2"]);
    run.place().write("work/key.txt", &key);
    let run = run.in_world(&world).run();
    assert_eq!(run.code, Some(0), "{run}");
    let line = "`icr-cf audit --all --api-key-file key.txt --fail-on definitive,pull-failed`";
    assert!(run.out().contains(line), "{run}");
}

#[test]
fn what_others_wrote_on_an_app_gets_into_no_line_to_paste() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    let guid = world.app("web").unwrap().guid;
    let note = serde_json::json!({"metadata": {"annotations": {
        "icr-cf.tool/key-id": "x; rm -rf ~", "icr-cf.tool/key-droplet": world.droplets()[0].guid,
    }}});
    assert_eq!(world.cf_api("PATCH", &format!("/v3/apps/{guid}"), &note).0, 200);
    let run = run_with(&world, &another_key(&world), &["rotate"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(!run.out().contains("rm -rf"), "{run}");
}

#[test]
fn the_old_key_is_named_only_where_each_app_is_known_to_have_had_it() {
    let world = World::start().unwrap();
    for app in ["web", "hello"] {
        world
            .run_app(
                app,
                &pinned(&world, if app == "web" { WEB } else { HELLO }),
                world.sample_key(),
            )
            .unwrap();
    }
    let first = another_key(&world);
    assert_eq!(run_with(&world, &first, &["rotate"]).code, Some(0));
    let id = world.key_id(&first).unwrap();
    let words = ["rotate", "--output", "json"];
    let found = document(&run_with(&world, &another_key(&world), &words));
    assert_eq!(found["old_key"]["id"], id, "{found}");
    assert_eq!(found["old_key"]["can_go"], true, "{found}");
    // One of them gets another key by a push, of which no note tells.
    let push = ["push", "web", "--image", WEB, "--quiet"];
    assert_eq!(run_with(&world, world.sample_key(), &push).code, Some(0));
    let found = document(&run_with(&world, &another_key(&world), &words));
    assert_eq!(found["old_key"]["id"], serde_json::Value::Null, "{found}");
}

#[test]
fn a_namespace_that_no_app_has_is_told_with_the_nearest() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    let run = run_with(&world, &another_key(&world), &["rotate", "--namespace", "acmee"]);
    assert_eq!(run.code, Some(66), "{run}");
    assert!(run.err().contains("hint: write `--namespace acme`"), "{run}");
}
