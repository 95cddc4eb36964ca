//! `icr-cf diff`: what a push would change.

use icr_cf_sandbox::{CF_API_HOST, Client, Fault, Image, Index, Key, Login, World};
use serde_json::{Value, json};

use super::{WEB, document, of_app, pinned, run_with};
use crate::support::{Invocation, Run, Workplace, secrets_stay};

/// Where the platform tells manifests apart.
pub(super) const ASKED: &str = "/v3/spaces/spc-0000-0000-0000-000000000001/manifest_diff";

/// Pushes `web`, without a manifest.
pub(super) fn pushed(world: &World, words: &[&str]) {
    let run = run_with(world, world.sample_key(), &[&["push", "web", "--quiet"], words].concat());
    assert_eq!(run.code, Some(0), "{run}");
}

/// Has an instance of `web` not come back.
pub(super) fn lose(world: &World) {
    world.disable_key(world.sample_key());
    world.node_dies("web");
    world.enable_key(world.sample_key());
}

/// The difference of `web`, without a manifest.
pub(super) fn diff(world: &World, words: &[&str]) -> Run {
    run_with(world, world.sample_key(), &[&["diff", "web"], words].concat())
}

/// The same of one image, and what would change.
fn changes(world: &World, words: &[&str]) -> Vec<String> {
    let words = [&["--image", WEB, "--output", "json"], words].concat();
    let run = diff(world, &words);
    assert!(run.code < Some(2), "{run}");
    let found = document(&run);
    let all = of_app(&found, "web")["difference"]["changes"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    let line =
        |one: &Value| format!("{} {} {}", text(&one["what"]), text(&one["was"]), text(&one["now"]));
    let lines: Vec<String> = all.iter().map(line).collect();
    assert_eq!(run.code, Some(i32::from(!lines.is_empty())), "{run}");
    lines
}

/// A run in a folder with this manifest.
pub(super) fn with_manifest(world: &World, manifest: &str, words: &[&str]) -> Run {
    let place = Workplace::new();
    place.write("work/manifest.yml", manifest);
    let run = Invocation::new_in(place, words).in_world(world);
    let run = run.variable("ICR_CF_API_KEY", world.sample_key()).run();
    secrets_stay(world, &run, world.sample_key(), &[]);
    run
}

#[test]
fn what_was_just_pushed_would_change_nothing() {
    let world = World::start().unwrap();
    let flags = ["--image", WEB, "-m", "512M", "-k", "2G", "-i", "2", "-t", "90"];
    pushed(&world, &flags);
    world.forget_traffic();
    let run = diff(&world, &flags);
    assert_eq!((run.code, run.out()), (Some(0), "web  unchanged\n"), "{run}");
    assert_eq!(run.record.pushes().len(), 0, "{run}");
    let changes = |request: &icr_cf_sandbox::Request| {
        request.client == Client::Outside
            && request.host == CF_API_HOST
            && request.method != "GET"
            && request.path() != ASKED
    };
    assert!(!world.saw(changes), "{:?}", world.requests());
}

#[test]
fn another_image_is_shown_with_tags_digests_and_days() {
    let world = World::start().unwrap();
    let before = Image::runnable().created(1_793_527_200);
    world.add_image("us.icr.io/acme/shop:1.4", before);
    pushed(&world, &["--image", "us.icr.io/acme/shop:1.4"]);
    let was = pinned(&world, "us.icr.io/acme/shop:1.4");
    let after = Image::runnable().user("1001").created(1_795_168_800);
    world.add_image("us.icr.io/acme/shop:1.5", after);
    let run = diff(&world, &["--image", "us.icr.io/acme/shop:1.5"]);
    assert_eq!(run.code, Some(1), "{run}");
    let short = |image: &str| image.split_once('@').unwrap().1[..19].to_owned();
    let now = pinned(&world, "us.icr.io/acme/shop:1.5");
    let line =
        format!("  image  1.4 {} (2026-11-01) -> 1.5 {} (2026-11-20)\n", short(&was), short(&now));
    assert_eq!(run.out(), format!("web  changed\n{line}"), "{run}");
    let run = diff(&world, &["--image", "us.icr.io/acme/shop:1.5", "--output", "json"]);
    let found = document(&run);
    assert_eq!((&found["command"], &found["exit_code"]), (&json!("diff"), &json!(1)), "{run}");
    let web = &of_app(&found, "web")["difference"];
    assert_eq!(web["state"], "changed");
    assert_eq!(
        web["running"],
        json!({
            "image": was, "tag": "1.4", "digest": was.split_once('@').unwrap().1,
            "created": "2026-11-01T10:00:00Z",
        })
    );
    let change = json!({"what": "image", "was": was, "now": now, "hidden": false});
    assert_eq!(web["changes"], json!([change]));
}

#[test]
fn a_tag_that_has_moved_is_a_change_and_another_tag_of_the_same_digest_is_none() {
    let world = World::start().unwrap();
    world.add_image("us.icr.io/acme/web:new", Image::runnable().user("7"));
    pushed(&world, &["--image", "us.icr.io/acme/web:new"]);
    world.add_image("us.icr.io/acme/web:same", Image::runnable().user("7"));
    let run = diff(&world, &["--image", "us.icr.io/acme/web:same"]);
    assert_eq!(run.code, Some(0), "{run}");
    world.add_image("us.icr.io/acme/web:new", Image::runnable().user("8"));
    let run = diff(&world, &["--image", "us.icr.io/acme/web:new"]);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.out().contains("  image  new sha256:"), "{run}");
}

#[test]
fn an_image_of_an_index_is_that_of_the_platform_or_the_index_itself() {
    let world = World::start().unwrap();
    let index = Index::of([Image::runnable(), Image::runnable_for("linux/arm64")]);
    let digest = world.add_image("us.icr.io/acme/many:1", index);
    pushed(&world, &["--image", "us.icr.io/acme/many:1"]);
    let run = diff(&world, &["--image", "us.icr.io/acme/many:1"]);
    assert_eq!(run.code, Some(0), "{run}");
    world.run_app("list", &format!("us.icr.io/acme/many@{digest}"), world.sample_key()).unwrap();
    let words = ["diff", "list", "--image", "us.icr.io/acme/many:1"];
    let run = run_with(&world, world.sample_key(), &words);
    assert_eq!(run.code, Some(0), "somebody else pushed the index: {run}");
}

#[test]
fn flags_that_would_change_something_are_shown() {
    let world = World::start().unwrap();
    pushed(&world, &["--image", WEB, "-m", "256M", "-k", "1G"]);
    assert_eq!(changes(&world, &["-m", "256M", "-k", "1024M"]), [""; 0]);
    assert_eq!(
        changes(
            &world,
            &["-m", "1G", "-k", "2G", "-i", "2", "-t", "90", "-u", "http", "--endpoint", "/up"]
        ),
        [
            "memory 256M 1024M",
            "disk_quota 1024M 2048M",
            "instances 1 2",
            "timeout none 90",
            "health-check-type port http",
            "health-check-http-endpoint none /up",
        ]
    );
    let apart = ["--strategy", "rolling", "-i", "2"];
    assert_eq!(changes(&world, &apart), ["instances 1 2"], "though the deployment does it");
}

#[test]
fn how_the_app_runs_is_a_part_of_it() {
    let world = World::start().unwrap();
    pushed(&world, &["--image", WEB, "-i", "2"]);
    lose(&world);
    assert_eq!(changes(&world, &["-i", "2"]), ["instances running 0 2"]);
    let guid = world.app("web").unwrap().guid;
    let act = |action: &str| {
        world.cf_api("POST", &format!("/v3/apps/{guid}/actions/{action}"), &Value::Null)
    };
    act("stop");
    assert_eq!(changes(&world, &[]), ["state stopped started"]);
    assert_eq!(changes(&world, &["--no-start"]), [""; 0]);
    act("start");
    assert_eq!(changes(&world, &["--no-start"]), ["state started stopped"]);
    world.set_start_time(std::time::Duration::from_secs(3600));
    let body = json!({"relationships": {"app": {"data": {"guid": guid}}}});
    assert_eq!(world.cf_api("POST", "/v3/deployments", &body).0, 201);
    assert!(changes(&world, &[]).contains(&"deployment one goes on none".to_owned()));
}

#[test]
fn another_user_and_none_are_a_change() {
    let world = World::start().unwrap();
    world.make_public("us.icr.io/acme");
    pushed(&world, &["--image", WEB]);
    let run = diff(&world, &["--image", WEB, "--no-key"]);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.out().contains("  user  iamapikey -> none\n"), "{run}");
}

#[test]
fn routes_are_compared_with_those_that_there_are() {
    let world = World::start().unwrap();
    pushed(&world, &["--image", WEB]);
    assert_eq!(changes(&world, &["--random-route"]), [""; 0], "it has one");
    assert_eq!(changes(&world, &["--no-route"]), ["routes web.apps.cf.sandbox none"]);
    pushed(&world, &["--image", WEB, "--no-route"]);
    assert_eq!(changes(&world, &["--no-route"]), [""; 0]);
    assert_eq!(changes(&world, &[]), ["routes none the default one"]);
}

#[test]
fn an_app_that_is_new_is_a_change() {
    let world = World::start().unwrap();
    let run = diff(&world, &["--image", WEB]);
    assert_eq!((run.code, run.out()), (Some(1), "web  changed\n  app  none -> new\n"), "{run}");
}

const BEFORE: &str = "\
applications:
- name: web
  docker: {image: us.icr.io/acme/web:1.4}
  memory: 256M
  env: {GREETING: hello, COUNT: 8080, GONE: soon}
  services: [db]
  metadata: {labels: {tier: front}}
- name: hello
  docker: {image: 'us.icr.io/acme/hello:((tag))'}
";

const AFTER: &str = "\
applications:
- name: web
  docker: {image: us.icr.io/acme/web:1.4}
  memory: 512M
  env: {GREETING: good morning, COUNT: 8080, NEW: 1}
  services: [db, queue]
  metadata: {labels: {tier: back}}
- name: hello
  docker: {image: 'us.icr.io/acme/hello:((tag))'}
";

#[test]
fn a_manifest_is_compared_app_by_app_with_its_variables_and_values_of_env_are_hidden() {
    let world = World::start().unwrap();
    let var = ["--var", "tag=\"1.0\""];
    let run = with_manifest(&world, BEFORE, &[&["push"], &var[..]].concat());
    assert_eq!(run.code, Some(0), "{run}");
    let run = with_manifest(&world, BEFORE, &[&["diff"], &var[..]].concat());
    let same = "web  unchanged\nhello  unchanged\n\n2 apps: 2 unchanged\n";
    assert_eq!((run.code, run.out()), (Some(0), same), "{run}");
    let run = with_manifest(&world, AFTER, &[&["diff"], &var[..]].concat());
    let hidden = "changed (hidden; `--show-env` shows it)";
    assert_eq!(
        (run.code, run.out()),
        (
            Some(1),
            format!(
                "web  changed\n  \
                 memory                256M -> 512M\n  \
                 env.GREETING          {hidden}\n  \
                 env.NEW               {hidden}\n  \
                 services              none -> queue\n  \
                 metadata.labels.tier  front -> back\n\
                 hello  unchanged\n\n2 apps: 1 changed, 1 unchanged\n"
            )
            .as_str()
        ),
        "{run}"
    );
    let shown = with_manifest(&world, AFTER, &[&["diff", "--show-env"], &var[..]].concat());
    assert!(shown.out().contains("  env.GREETING          hello -> good morning\n"), "{shown}");
    let json = with_manifest(&world, AFTER, &[&["diff", "--output", "json"], &var[..]].concat());
    assert!(!json.out().contains("good morning"), "{json}");
    let one = with_manifest(&world, AFTER, &[&["diff", "hello"], &var[..]].concat());
    assert_eq!((one.code, one.out()), (Some(0), "hello  unchanged\n"), "{one}");
}

#[test]
fn all_apps_are_asked_about_at_once_and_no_key_is_in_it() {
    let world = World::start().unwrap();
    let apps: String = (0..8)
        .map(|at| format!("- name: web-{at}\n  docker: {{image: us.icr.io/acme/web:1.4}}\n"))
        .collect();
    let manifest = format!("applications:\n{apps}");
    assert_eq!(with_manifest(&world, &manifest, &["push"]).code, Some(0));
    world.forget_traffic();
    let run = with_manifest(&world, &manifest, &["diff"]);
    assert_eq!(run.code, Some(0), "{run}");
    let count = |path: &str| world.requests().iter().filter(|one| one.path() == path).count();
    for path in [ASKED, "/v3/apps", "/v3/droplets", "/v3/packages", "/v3/processes", "/v3/routes"] {
        assert_eq!(count(path), 1, "{path}");
    }
}

#[test]
fn what_stands_against_a_push_ends_a_difference_with_the_same_code() {
    let world = World::start().unwrap();
    let run = diff(&world, &["--image", "us.icr.io/acme/web:nope"]);
    assert_eq!((run.code, run.out()), (Some(66), ""), "{run}");
    assert!(run.err().contains("error[tag-missing]"), "{run}");
    let run = diff(&world, &["--image", "us.icr.io/acme/web:nope", "--output", "json"]);
    let found = document(&run);
    assert_eq!((&found["command"], &found["exit_code"]), (&json!("diff"), &json!(66)), "{run}");
    assert_eq!(found["error"]["kind"], "tag-missing", "{run}");
    let off =
        world.add_key(Key::random().namespaces(["acme"]).state(icr_cf_sandbox::KeyState::Disabled));
    let run = run_with(&world, &off, &["diff", "web", "--image", WEB]);
    assert_eq!(run.code, Some(77), "{run}");
}

#[test]
fn without_a_login_of_cf_there_is_nothing_to_compare_with() {
    let world = World::start().unwrap();
    let place = Workplace::new();
    world.write_cf_home(place.path("home"), Login::Api).unwrap();
    let home = place.path("home");
    let run = Invocation::new_in(place, ["diff", "web", "--image", WEB])
        .in_world(&world)
        .variable("CF_HOME", home)
        .variable("ICR_CF_API_KEY", world.sample_key())
        .run();
    assert_eq!(run.code, Some(78), "{run}");
    assert!(run.err().contains("cf login"), "{run}");
}

#[test]
fn what_cannot_be_compared_is_refused_with_the_line_that_works() {
    let words = ["diff", "web", "--image", WEB, "--no-checks"];
    let run = Invocation::new(words).run();
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().contains("`icr-cf diff` with `--no-checks` does nothing"), "{run}");
    let run = Invocation::new(["diff", "--image", WEB]).run();
    assert_eq!(run.code, Some(2), "{run}");
    let run = Invocation::new(["diff", WEB]).run();
    assert_eq!(run.code, Some(2), "{run}");
    assert!(
        run.err().contains("hint: write `icr-cf diff web --image us.icr.io/acme/web:1.4`"),
        "{run}"
    );
}

#[test]
fn a_key_that_the_platform_repeats_is_not_shown() {
    let world = World::start().unwrap();
    pushed(&world, &["--image", WEB]);
    let key = world.sample_key();
    let diff_of = json!({"diff": [
        {"op": "replace", "path": "/applications/0/command", "was": format!("run {key}"), "value": "x"},
        {"op": "add", "path": format!("/applications/0/env/{key}"), "value": key},
    ]});
    let fault = Fault::status(201).body(diff_of.to_string()).path(ASKED);
    world.add_fault(fault.host(CF_API_HOST).client(Client::Outside));
    for words in [&["--image", WEB, "--show-env"][..], &["--image", WEB, "--output", "json"]] {
        let run = diff(&world, words);
        assert_eq!(run.code, Some(1), "{run}");
        assert!(run.out().contains("(not shown"), "{run}");
    }
}

#[test]
fn a_dry_run_of_a_comparison_is_none() {
    let run = Invocation::new(["diff", "web", "--image", "us.icr.io/acme/web", "--dry-run"]).run();
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().contains("hint: drop `--dry-run`"), "{run}");
}
