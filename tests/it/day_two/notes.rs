//! What a push notes on an app, so that its tag can be told later.

use icr_cf_sandbox::{CF_API_HOST, Client, World};

use super::{HELLO, WEB, run_with};
use crate::support::Invocation;

fn annotation(world: &World, app: &str, name: &str) -> Option<String> {
    let app = world.app(app).unwrap();
    let value = app.metadata.annotations.get(&format!("icr-cf.tool/{name}"))?;
    Some(value.as_str().unwrap().to_owned())
}

fn push(world: &World, words: &[&str]) -> crate::support::Run {
    run_with(world, world.sample_key(), &[&["push", "web"], words].concat())
}

#[test]
fn a_good_push_notes_tag_digest_and_time() {
    let world = World::start().unwrap();
    assert_eq!(push(&world, &["--image", WEB]).code, Some(0));
    assert_eq!(annotation(&world, "web", "reference").as_deref(), Some(WEB));
    assert_eq!(annotation(&world, "web", "digest"), world.amd64_digest_of(WEB));
    assert!(annotation(&world, "web", "pushed-at").unwrap().starts_with("20"));
    assert_eq!(push(&world, &["--image", HELLO]).code, Some(0));
    assert_eq!(annotation(&world, "web", "reference").as_deref(), Some(HELLO));
    let tags = annotation(&world, "web", "tags").unwrap();
    assert_eq!(tags.lines().count(), 2, "{tags}");
    assert!(tags.contains(WEB) && tags.contains(HELLO), "{tags}");
}

#[test]
fn a_tag_that_nobody_typed_is_noted_as_what_it_means() {
    let world = World::start().unwrap();
    assert_eq!(push(&world, &["--image", "us.icr.io/acme/web"]).code, Some(0));
    let reference = annotation(&world, "web", "reference");
    assert_eq!(reference.as_deref(), Some("us.icr.io/acme/web:latest"));
}

#[test]
fn nothing_is_noted_where_that_is_not_wanted_or_nobody_looked() {
    let world = World::start().unwrap();
    let writes = |world: &World| {
        world.saw(|request| {
            request.client == Client::Outside
                && request.host == CF_API_HOST
                && request.method == "PATCH"
                && request.carries("icr-cf.tool")
        })
    };
    assert_eq!(push(&world, &["--image", WEB, "--no-annotate"]).code, Some(0));
    assert_eq!(push(&world, &["--image", WEB, "--no-checks"]).code, Some(0));
    assert!(!writes(&world));
    assert_eq!(push(&world, &["--image", "us.icr.io/acme/arm", "--quiet"]).code, Some(65));
    assert!(!writes(&world), "it was not pushed");
}

#[test]
fn a_note_that_is_refused_is_said_and_changes_nothing_about_the_push() {
    let world = World::start().unwrap();
    // As many as cf itself makes.
    assert_eq!(push(&world, &["--image", WEB, "--no-annotate"]).code, Some(0));
    let is_change = |one: &&icr_cf_sandbox::Request| {
        one.method == "PATCH" && one.path().starts_with("/v3/apps/")
    };
    world.forget_traffic();
    assert_eq!(push(&world, &["--image", WEB, "--no-annotate"]).code, Some(0));
    let cfs = world.requests().iter().filter(is_change).count();
    let refused = icr_cf_sandbox::Fault::status(500)
        .host(CF_API_HOST)
        .method("PATCH")
        .path("/v3/apps/")
        .skip(cfs);
    world.add_fault(refused);
    let run = push(&world, &["--image", WEB]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.err().contains("note: its tag is not noted on `web`"), "{run}");
    assert!(run.err().contains("`--no-annotate` leaves it out"), "{run}");
}

#[test]
fn every_app_of_a_manifest_gets_its_own() {
    let world = World::start().unwrap();
    let run = Invocation::new(["push", "-f", "apps.yml"]);
    let manifest = format!(
        "applications:\n- name: web\n  docker: {{image: {WEB}}}\n- name: hello\n  docker: {{image: {HELLO}}}\n- name: proxy\n  docker: {{image: nginx}}\n"
    );
    run.place().write("work/apps.yml", manifest);
    let run = run.in_world(&world).variable("ICR_CF_API_KEY", world.sample_key()).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(annotation(&world, "web", "reference").as_deref(), Some(WEB));
    assert_eq!(annotation(&world, "hello", "reference").as_deref(), Some(HELLO));
    assert_eq!(annotation(&world, "proxy", "reference"), None);
}
