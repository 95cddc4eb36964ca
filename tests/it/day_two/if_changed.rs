//! `icr-cf push --if-changed`: what runs as the push would have it is left out.

use icr_cf_sandbox::{CF_API_HOST, Client, Fault, Image, Index, Login, World};
use serde_json::json;

use super::diff::{ASKED, lose, pushed, with_manifest};
use super::{WEB, document, of_app, run_with};
use crate::support::{Invocation, Run, Workplace};

/// Pushes `web` if it has changed, without a manifest.
fn push(world: &World, words: &[&str]) -> Run {
    run_with(world, world.sample_key(), &[&["push", "web", "--if-changed"], words].concat())
}

#[test]
fn a_second_push_pushes_nothing_and_says_so() {
    let world = World::start().unwrap();
    let index = Index::of([Image::runnable(), Image::runnable_for("linux/arm64")]);
    world.add_image("us.icr.io/acme/many:1", index);
    for flags in [
        &["--image", WEB][..],
        &["--image", WEB, "-m", "512M", "-k", "2G", "-i", "2", "-t", "90", "-c", "/run"],
        &["--image", "us.icr.io/acme/many:1", "--no-route"],
        &["--image", "us.icr.io/acme/many:1", "--strategy", "rolling"],
    ] {
        let first = push(&world, flags);
        assert_eq!((first.code, first.record.pushes().len()), (Some(0), 1), "{first}");
        let packages = world.packages().len();
        let second = push(&world, flags);
        assert_eq!((second.code, second.record.pushes().len()), (Some(0), 0), "{second}");
        assert_eq!(world.packages().len(), packages);
        assert_eq!(second.out(), "", "{second}");
        assert!(
            second.err().contains("note: `web` is left out: it runs with us.icr.io/"),
            "{second}"
        );
    }
}

#[test]
fn what_would_change_is_pushed() {
    let world = World::start().unwrap();
    pushed(&world, &["--image", WEB]);
    for flags in [&["-m", "512M"][..], &["-i", "2"], &["--no-route"], &["-c", "/run"]] {
        let run = push(&world, &[&["--image", WEB], flags].concat());
        assert_eq!((run.code, run.record.pushes().len()), (Some(0), 1), "{run}");
    }
    lose(&world);
    let run = push(&world, &["--image", WEB, "--no-route"]);
    assert_eq!((run.code, run.record.pushes().len()), (Some(0), 1), "it is not healthy: {run}");
    let new = world.add_image(WEB, Image::runnable().user("7"));
    let run = push(&world, &["--image", WEB, "--no-route"]);
    assert_eq!((run.code, run.record.pushes().len()), (Some(0), 1), "the tag has moved: {run}");
    assert!(world.packages().last().unwrap().image.ends_with(&new), "{run}");
}

const THREE: &str = "\
applications:
- name: web
  docker: {image: us.icr.io/acme/web:1.4}
- name: hello
  docker: {image: us.icr.io/acme/hello:1.0}
- name: hub
  docker: {image: nginx}
";

#[test]
fn of_a_manifest_only_those_are_pushed_that_would_change_or_may() {
    let world = World::start().unwrap();
    assert_eq!(with_manifest(&world, THREE, &["push"]).code, Some(0));
    world.scale("hello", 2);
    let changed = THREE.replace("hello:1.0}", "hello:1.0}\n  instances: 1");
    let run = with_manifest(&world, &changed, &["push", "--if-changed", "--output", "json"]);
    assert_eq!(run.code, Some(0), "{run}");
    let pushes = run.record.pushes();
    let mut names: Vec<String> = pushes.iter().map(|push| push.arguments()[1].clone()).collect();
    names.sort_unstable();
    assert_eq!(names, ["hello", "hub"], "{run}");
    let found = document(&run);
    let apps = found["apps"].as_array().unwrap();
    let of = |field: &str| apps.iter().map(|one| one[field].clone()).collect::<Vec<_>>();
    assert_eq!(of("app"), ["web", "hello", "hub"], "in the order of the manifest");
    assert_eq!(of("result"), ["unchanged", "pushed", "pushed"]);
    assert_eq!(of_app(&found, "web")["outcome"], json!(null));
    assert_eq!(of_app(&found, "hub")["difference"]["state"], "undecided");
    assert!(run.err().contains("note: `hub` is pushed, since it is not known: "), "{run}");
    let run = with_manifest(&world, &changed, &["push", "--if-changed"]);
    assert!(
        run.err().lines().any(|line| line.starts_with("hello ") && line.contains("unchanged")),
        "{run}"
    );
}

#[test]
fn what_failed_is_pushed_again_and_what_is_unchanged_is_not_still_to_be_pushed() {
    let world = World::start().unwrap();
    let two = &THREE[..THREE.find("- name: hub").unwrap()];
    assert_eq!(with_manifest(&world, two, &["push"]).code, Some(0));
    world.scale("hello", 2);
    let two = two.replace("hello:1.0}", "hello:1.0}\n  instances: 1");
    world.add_fault(Fault::status(422).host(CF_API_HOST).path("/v3/builds"));
    let run = with_manifest(&world, &two, &["push", "--if-changed"]);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.err().contains("still to be pushed: `icr-cf push hello --if-changed`"), "{run}");
}

#[test]
fn what_cannot_be_told_is_pushed() {
    let world = World::start().unwrap();
    pushed(&world, &["--image", WEB]);
    let old =
        json!({"errors": [{"code": 10000, "title": "CF-NotFound", "detail": "Unknown request"}]});
    let fault = Fault::status(404).body(old.to_string()).path(ASKED);
    world.add_fault(fault.host(CF_API_HOST));
    let run = push(&world, &["--image", WEB]);
    assert_eq!((run.code, run.record.pushes().len()), (Some(0), 1), "{run}");
    assert!(run.err().contains("note: `web` is pushed, since it is not known: "), "{run}");
    world.clear_faults();
    let once = Fault::status(400).host(CF_API_HOST).path("/v3/apps").times(1);
    world.add_fault(once.client(Client::Outside));
    let run = push(&world, &["--image", WEB]);
    assert_eq!((run.code, run.record.pushes().len()), (Some(0), 1), "{run}");
    assert!(run.err().contains("note: `web` is pushed, since it is not known: "), "{run}");
}

#[test]
fn a_dry_run_says_what_would_be_left_out_where_cf_has_a_login() {
    let world = World::start().unwrap();
    let two = &THREE[..THREE.find("- name: hub").unwrap()];
    assert_eq!(with_manifest(&world, two, &["push"]).code, Some(0));
    world.add_image("us.icr.io/acme/hello:1.0", Image::runnable().user("7"));
    world.forget_traffic();
    let run = with_manifest(&world, two, &["push", "--if-changed", "--dry-run"]);
    assert_eq!((run.code, run.record.pushes().len()), (Some(0), 0), "{run}");
    assert!(run.err().contains("note: `web` is left out: "), "{run}");
    let out = run.out();
    assert!(out.contains("cf push hello ") && !out.contains("cf push web "), "{run}");
    assert!(out.contains("us.icr.io/acme/hello@sha256:") && !out.contains("not read"), "{run}");
    let json = ["push", "--if-changed", "--dry-run", "--output", "json"];
    let found = document(&with_manifest(&world, two, &json));
    assert_eq!(of_app(&found, "web")["difference"]["state"], "unchanged", "{found}");
    assert_eq!(of_app(&found, "hello")["difference"]["state"], "changed", "{found}");
}

#[test]
fn a_dry_run_without_a_login_asks_nobody_and_says_that_nothing_is_compared() {
    let world = World::start().unwrap();
    let place = Workplace::new();
    world.write_cf_home(place.path("home"), Login::Api).unwrap();
    let home = place.path("home");
    let words = ["push", "web", "--image", WEB, "--if-changed", "--dry-run"];
    let run = Invocation::new_in(place, words).in_world(&world).variable("CF_HOME", home).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.err().contains("note: nothing is compared: "), "{run}");
    assert!(run.out().contains("cf push web "), "{run}");
    assert!(!world.saw(|request| request.host == "us.icr.io"), "{run}");
}

#[test]
fn what_leaves_nothing_to_go_by_is_refused_with_the_lines_that_work() {
    for (flag, why) in [
        ("--no-checks", "asks nobody which digest the tag means"),
        ("--no-start", "stops apps that run"),
        ("--task", "stops apps that run"),
    ] {
        let run = Invocation::new(["push", "web", "-o", WEB, "--if-changed", flag]).run();
        assert_eq!(run.code, Some(2), "{run}");
        let err = run.err();
        assert!(err.contains(&format!("`--if-changed` cannot be used with `{flag}`")), "{run}");
        assert!(err.contains(why), "{run}");
        assert!(
            err.contains("hint: write `icr-cf push web -o us.icr.io/acme/web:1.4 --if-changed`"),
            "{run}"
        );
        assert!(
            err.contains(&format!(
                "hint: write `icr-cf push web -o us.icr.io/acme/web:1.4 {flag}`"
            )),
            "{run}"
        );
    }
}
