//! `icr-cf check` of the apps of a manifest: every verdict of every app, what holds for all once.

use icr_cf_sandbox::{Login, World};

use super::{many, push_in};
use crate::support::{Invocation, Run, Workplace};

const MIXED: &str = "\
applications:
- name: web
  docker: {image: acme/web:1.4}
- name: arm
  docker: {image: acme/arm}
- name: gone
  docker: {image: 'acme/web:9.9'}
- name: hub
  docker: {image: nginx}
- name: files
  path: .
";

fn check(world: &World, manifest: &str, words: &[&str]) -> Run {
    let place = Workplace::new();
    place.write("work/manifest.yml", manifest);
    let run = Invocation::new_in(place, ["check"])
        .arguments(words)
        .variable("ICR_REGION", "us-south")
        .variable("ICR_CF_API_KEY", world.sample_key())
        .in_world(world)
        .run();
    assert!(run.record.pushes().is_empty() && world.packages().is_empty(), "{run}");
    run.shows_nothing_of(world.sample_key(), &[]);
    run
}

/// The rows of the table, app and verdict.
fn rows(run: &Run) -> Vec<(&str, &str)> {
    let lines = run.out().lines().skip(1).take_while(|line| !line.is_empty());
    lines
        .map(|line| (line.split_once("  ").unwrap().0, line.rsplit_once("  ").unwrap().1))
        .collect()
}

#[test]
fn each_app_has_a_row_and_the_first_to_mend_decides_the_exit_code() {
    let world = World::start().unwrap();
    let run = check(&world, MIXED, &[]);
    let expected = [
        ("web", "fine"),
        ("arm", "platform-missing"),
        ("gone", "tag-missing"),
        ("hub", "not checked: another registry"),
        ("files", "not checked: no image"),
    ];
    assert_eq!(rows(&run), expected, "{run}");
    assert_eq!(run.code, Some(66), "{run}");
    for part in ["error[platform-missing]: arm: ", "error[tag-missing]: gone: "] {
        assert!(run.out().contains(part), "{part}: {run}");
    }
    assert!(run.out().contains("the push cannot succeed: 2 to mend"), "{run}");
    assert_eq!(check(&world, MIXED, &["web", "hub"]).code, Some(0));
    assert_eq!(check(&world, MIXED, &["arm"]).code, Some(65));
}

#[test]
fn the_push_stops_with_the_same_code() {
    let world = World::start().unwrap();
    let place = Workplace::new();
    place.write("work/manifest.yml", MIXED);
    let run = push_in(&world, place).run();
    assert_eq!(run.code, Some(66), "{run}");
    assert!(run.record.pushes().is_empty(), "{run}");
    assert!(run.err().contains("error[platform-missing]: arm: "), "{run}");
}

#[test]
fn what_holds_for_all_is_said_once() {
    let world = World::start().unwrap();
    world.write_cf_home(world.cf_home(), Login::Api).unwrap();
    let run = check(&world, &many(5), &[]);
    assert_eq!(run.code, Some(78), "{run}");
    assert_eq!(run.out().matches("error[cf-not-logged-in]").count(), 1, "{run}");
}

#[test]
fn the_document_has_the_verdicts_of_each_app() {
    let world = World::start().unwrap();
    let run = check(&world, MIXED, &["--output", "json"]);
    let document = run.json();
    assert_eq!(document["exit_code"], 66, "{run}");
    assert_eq!(document["error"]["kind"], "tag-missing", "{run}");
    let apps = document["apps"].as_array().unwrap();
    let name = |app: &serde_json::Value| app["checks"]["verdicts"][0]["name"].clone();
    assert_eq!(name(&apps[1]), "platform-missing", "{run}");
    assert_eq!(name(&apps[2]), "tag-missing", "{run}");
    assert_eq!(apps[3]["checks"], serde_json::Value::Null, "{run}");
    assert_eq!(document["checks"]["target"]["org"], "acme", "{run}");
    let pinned = apps[0]["checks"]["image"]["pinned"].as_str().unwrap();
    assert_eq!(apps[0]["plan"]["image"]["pushed"], pinned, "{run}");
}

#[test]
fn apps_without_an_image_of_icr_need_no_key() {
    let world = World::start().unwrap();
    let manifest = "applications:\n- name: hub\n  docker: {image: nginx}\n- name: f\n  path: .\n";
    let place = Workplace::new();
    place.write("work/manifest.yml", manifest);
    // cf pushes no empty folder.
    place.write("work/index.html", "hello");
    let run = push_in(&world, place).without("ICR_CF_API_KEY").run();
    assert_eq!(run.code, Some(0), "{run}");
    let public = "applications:\n- name: web\n  docker: {image: icr.io/ibm/liberty}\n";
    let place = Workplace::new();
    place.write("work/manifest.yml", public);
    let run = push_in(&world, place).without("ICR_CF_API_KEY").arguments(["--no-start"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    let package = world.packages().pop().unwrap();
    assert_eq!((package.username.as_deref(), package.password()), (None, None), "{run}");
}
