//! `icr-cf rollback`: the image from before, with the key of now.

use std::time::Duration;

use icr_cf_sandbox::{Image, World};
use serde_json::json;

use super::{HELLO, WEB, another_key, document, pinned, run_with};

/// Pushes two images one after the other; gives both, by digest.
fn two_releases(world: &World) -> (String, String) {
    let push = |image: &str| {
        let words = ["push", "web", "--image", image, "--quiet"];
        let run = run_with(world, world.sample_key(), &words);
        assert_eq!(run.code, Some(0), "{run}");
        pinned(world, image)
    };
    (push(WEB), push(HELLO))
}

#[test]
fn the_image_before_runs_again_with_the_key_of_now_and_not_with_the_old_one() {
    let world = World::start().unwrap();
    let (before, _) = two_releases(&world);
    let new = another_key(&world);
    world.delete_key(world.sample_key());
    let run = run_with(&world, &new, &["rollback", "web"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(world.processes("web")[0].image(), Some(before.as_str()));
    world.node_dies("web");
    assert_eq!(world.instance_states("web"), ["RUNNING"], "it is pulled with the new key");
}

#[test]
fn the_list_shows_tag_and_time_and_what_could_still_run() {
    let world = World::start().unwrap();
    let (before, now) = two_releases(&world);
    world.remove_image(&before);
    let run = run_with(&world, world.sample_key(), &["rollback", "web", "--list"]);
    assert_eq!(run.code, Some(0), "{run}");
    let out = run.out();
    let row = |start: &str| out.lines().find(|line| line.starts_with(start)).unwrap().to_owned();
    assert!(row("2 (runs)").contains("1.0") && row("2 (runs)").contains("yes"), "{run}");
    assert!(row("1 ").contains("1.4") && row("1 ").contains("no: digest-missing"), "{run}");
    let words = ["rollback", "web", "--list", "--output", "json"];
    let found = document(&run_with(&world, world.sample_key(), &words));
    assert_eq!(found["revisions"][0]["image"], now);
    assert_eq!(found["revisions"][0]["deployed"], true);
    assert_eq!(found["revisions"][1]["tag"], "1.4");
    assert_eq!(found["revisions"][1]["findings"][0]["name"], "digest-missing");
}

#[test]
fn an_image_that_is_gone_is_not_gone_back_to() {
    let world = World::start().unwrap();
    let (before, now) = two_releases(&world);
    world.remove_image(&before);
    let packages = world.packages().len();
    let run = run_with(&world, world.sample_key(), &["rollback", "web"]);
    assert_eq!(run.code, Some(66), "{run}");
    assert!(run.err().contains("error[digest-missing]"), "{run}");
    assert!(run.err().contains("nothing was changed"), "{run}");
    assert_eq!(world.packages().len(), packages);
    assert_eq!(world.processes("web")[0].image(), Some(now.as_str()));
}

#[test]
fn a_revision_or_a_digest_can_be_said() {
    let world = World::start().unwrap();
    let (first, second) = two_releases(&world);
    let key = world.sample_key().to_owned();
    let run = run_with(&world, &key, &["rollback", "web", "--to", "1"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(world.processes("web")[0].image(), Some(first.as_str()));
    let digest = world.add_image("us.icr.io/acme/web:2", Image::runnable().user("7"));
    let run = run_with(&world, &key, &["rollback", "web", "--to", &digest, "--output", "json"]);
    assert_eq!(run.code, Some(0), "{run}");
    let found = document(&run);
    assert_eq!(found["to"]["digest"], digest);
    assert_eq!(found["result"], "done");
    let image = format!("us.icr.io/acme/web@{digest}");
    assert_eq!(world.processes("web")[0].image(), Some(image.as_str()));
    assert_ne!(image, second);
    let run = run_with(&world, &key, &["rollback", "web", "--to", "99"]);
    assert_eq!(run.code, Some(66), "{run}");
    assert!(run.err().contains("`icr-cf rollback web --list`"), "{run}");
    let run = run_with(&world, &key, &["rollback", "web", "--to", "yesterday"]);
    assert_eq!(run.code, Some(2), "{run}");
}

#[test]
fn a_rotation_in_between_is_no_way_back_by_itself() {
    let world = World::start().unwrap();
    let (before, _) = two_releases(&world);
    let new = another_key(&world);
    assert_eq!(run_with(&world, &new, &["rotate"]).code, Some(0));
    let run = run_with(&world, &new, &["rollback", "web"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(
        world.processes("web")[0].image(),
        Some(before.as_str()),
        "not the same image again"
    );
}

#[test]
fn a_bad_release_that_hangs_in_its_deployment_is_replaced() {
    let world = World::start().unwrap();
    let key = world.sample_key().to_owned();
    let push = ["push", "web", "--image", WEB, "--quiet"];
    assert_eq!(run_with(&world, &key, &push).code, Some(0));
    world.add_image("us.icr.io/acme/web:bad", Image::runnable_for("linux/arm64"));
    let guid = world.app("web").unwrap().guid;
    let bad = format!("us.icr.io/acme/web@{}", world.digest_of("us.icr.io/acme/web:bad").unwrap());
    let package = json!({
        "type": "docker", "relationships": {"app": {"data": {"guid": guid}}},
        "data": {"image": bad, "username": "iamapikey", "password": key},
    });
    let package = world.cf_api("POST", "/v3/packages", &package).1["guid"].clone();
    let build = world.cf_api("POST", "/v3/builds", &json!({"package": {"guid": package}})).1;
    let build = world
        .cf_api("GET", &format!("/v3/builds/{}", build["guid"].as_str().unwrap()), &json!(null))
        .1;
    let body = json!({
        "relationships": {"app": {"data": {"guid": guid}}},
        "droplet": {"guid": build["droplet"]["guid"]},
    });
    assert_eq!(world.cf_api("POST", "/v3/deployments", &body).0, 201);
    let run = run_with(&world, &key, &["rollback", "web"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(world.processes("web").len(), 1);
    assert_eq!(world.processes("web")[0].image(), Some(pinned(&world, WEB).as_str()));
    assert_eq!(world.instance_states("web"), ["RUNNING"]);
}

#[test]
fn what_was_pushed_by_tag_is_not_guessed() {
    let world = World::start().unwrap();
    let key = world.sample_key().to_owned();
    world.run_app("web", WEB, &key).unwrap();
    let push = ["push", "web", "--image", HELLO, "--quiet"];
    assert_eq!(run_with(&world, &key, &push).code, Some(0));
    let run = run_with(&world, &key, &["rollback", "web"]);
    assert_eq!(run.code, Some(66), "{run}");
    assert!(run.err().contains("which digest revision 1 ran is not known"), "{run}");
}

#[test]
fn canaries_stop_where_somebody_has_to_look() {
    let world = World::start().unwrap();
    two_releases(&world);
    world.scale("web", 4);
    let key = world.sample_key().to_owned();
    let words = ["rollback", "web", "--strategy", "canary", "--instance-steps", "25,50"];
    let run = run_with(&world, &key, &words);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("result  paused"), "{run}");
    assert!(run.out().contains("`cf continue-deployment web` goes on"), "{run}");
    let run = run_with(&world, &key, &["rollback", "web", "--instance-steps", "25,50"]);
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().contains("hint: add `--strategy canary`"), "{run}");
    let wrong = ["rollback", "web", "--strategy", "canary", "--instance-steps", "50,25"];
    assert_eq!(run_with(&world, &key, &wrong).code, Some(2));
}

#[test]
fn an_old_api_that_knows_no_canaries_says_so() {
    let world = World::start().unwrap();
    two_releases(&world);
    world.set_api_version("3.150.0");
    let words = ["rollback", "web", "--strategy", "canary", "--instance-steps", "25"];
    let run = run_with(&world, world.sample_key(), &words);
    assert_eq!(run.code, Some(78), "{run}");
    assert!(run.err().contains("error[cf-too-old]"), "{run}");
}

#[test]
fn korifi_has_no_revisions_and_goes_back_by_digest() {
    let world = World::start().unwrap();
    let (before, _) = two_releases(&world);
    world.be_korifi();
    let key = world.sample_key().to_owned();
    let run = run_with(&world, &key, &["rollback", "web"]);
    assert_ne!(run.code, Some(0), "{run}");
    assert!(run.err().contains("--to sha256:DIGEST"), "{run}");
    let digest = before.split_once('@').unwrap().1;
    let hello = world.digest_of(HELLO).unwrap();
    let run = run_with(&world, &key, &["rollback", "web", "--to", &hello]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_ne!(digest, hello);
}

#[test]
fn a_rollback_that_takes_too_long_is_taken_back() {
    let world = World::start().unwrap();
    let (_, now) = two_releases(&world);
    world.set_start_time(Duration::from_secs(3600));
    let words = ["rollback", "web", "--timeout", "1s"];
    let run = run_with(&world, world.sample_key(), &words);
    assert_eq!(run.code, Some(124), "{run}");
    assert!(run.out().contains("as before: the deployment was taken back"), "{run}");
    assert_eq!(world.processes("web")[0].image(), Some(now.as_str()));
}

#[test]
fn a_release_that_was_taken_back_is_not_gone_back_to() {
    let world = World::start().unwrap();
    let (_, now) = two_releases(&world);
    let bad =
        ["push", "web", "--image", "us.icr.io/acme/arm", "--no-checks", "--strategy", "rolling"];
    let words = [&bad[..], &["--rollback-on-failure", "--timeout", "3s", "--quiet"]].concat();
    assert_ne!(run_with(&world, world.sample_key(), &words).code, Some(0));
    assert_eq!(world.processes("web")[0].image(), Some(now.as_str()));
    let run = run_with(&world, world.sample_key(), &["rollback", "web", "--dry-run"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("(revision 1)"), "{run}");
}

#[test]
fn the_digits_that_a_table_shows_are_enough_to_go_back_by() {
    let world = World::start().unwrap();
    let (before, _) = two_releases(&world);
    let digest = before.split_once('@').unwrap().1;
    let short = &digest["sha256:".len()..][..12];
    let list = run_with(&world, world.sample_key(), &["rollback", "web", "--list"]);
    assert!(list.out().contains(&format!("@sha256:{short} ")), "{list}");
    let to = format!("sha256:{short}");
    let run = run_with(&world, world.sample_key(), &["rollback", "web", "--to", &to]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(world.processes("web")[0].image(), Some(before.as_str()));
}

#[test]
fn digits_that_no_digest_or_too_few_have_are_refused_with_the_list() {
    let world = World::start().unwrap();
    two_releases(&world);
    for (to, code) in [("sha256:000000", 66), ("sha256:0000", 2), ("sha256:", 2), ("0", 2)] {
        let run = run_with(&world, world.sample_key(), &["rollback", "web", "--to", to]);
        assert_eq!(run.code, Some(code), "{run}");
        assert!(run.err().contains("`icr-cf rollback web --list` shows"), "{run}");
    }
}
