//! `icr-cf audit`: what runs where, and whether it could be pulled again tonight.

use std::time::Duration;

use icr_cf_sandbox::{Image, Key, KeyState, Role, World};

use super::{HELLO, WEB, document, findings, of_app, pinned, run_with};
use crate::support::Invocation;

pub(super) fn audit(world: &World, words: &[&str]) -> serde_json::Value {
    let words = [&["audit", "--output", "json"], words].concat();
    document(&run_with(world, world.sample_key(), &words))
}

/// Runs an app in another space.
fn run_in(world: &World, space: &str, app: &str, image: &str) {
    world.run_app_in(space, app, (image, "iamapikey", world.sample_key())).unwrap();
}

/// Runs an app whose image is in another registry.
pub(super) fn run_of_others(world: &World, app: &str) {
    let space = world.add_space("acme", "prod");
    let source = ("registry.example.com/team/app", "team", world.team_password());
    world.run_app_in(&space, app, source).unwrap();
}

#[test]
fn each_app_is_shown_with_its_image_and_what_runs_of_it() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    world.scale("web", 3);
    let found = audit(&world, &[]);
    let web = of_app(&found, "web");
    assert_eq!(web["image"], pinned(&world, WEB));
    assert_eq!(web["digest"], world.amd64_digest_of(WEB).unwrap());
    assert_eq!(web["instances"], serde_json::json!({"running": 3, "wanted": 3}));
    assert_eq!(web["user"], "iamapikey");
    assert_eq!((&web["org"], &web["space"]), (&"acme".into(), &"prod".into()));
    assert!(findings(&found, "web").is_empty(), "{found}");
}

#[test]
fn an_image_that_is_gone_is_found_before_its_app_has_to_start_again() {
    let world = World::start().unwrap();
    let image = pinned(&world, HELLO);
    world.run_app("hello", &image, world.sample_key()).unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    world.remove_image(&image);
    let run = run_with(&world, world.sample_key(), &["audit", "--fail-on", "definitive"]);
    assert_eq!(run.code, Some(66), "{run}");
    let out = run.out();
    assert!(out.contains("error[digest-missing]: hello: "), "{run}");
    // The worst first, whatever it is called.
    let (hello, web) = (out.find("\nhello ").unwrap(), out.find("\nweb ").unwrap());
    assert!(hello < web, "{run}");
    assert!(out.contains("2 apps, 1 that could not start again"), "{run}");
    let lenient = run_with(&world, world.sample_key(), &["audit"]);
    assert_eq!(lenient.code, Some(0), "{lenient}");
    let of_others = run_with(&world, world.sample_key(), &["audit", "--fail-on", "tag-moved"]);
    assert_eq!(of_others.code, Some(0), "{of_others}");
}

#[test]
fn a_key_that_may_not_pull_is_found_for_the_images_that_it_is_about() {
    let world = World::start().unwrap();
    world.add_image("us.icr.io/other/tool:1", icr_cf_sandbox::Image::runnable());
    let other = world.add_key(Key::random().namespaces(["other"]));
    world.run_app("tool", &pinned(&world, "us.icr.io/other/tool:1"), &other).unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    let found = audit(&world, &[]);
    assert_eq!(findings(&found, "tool"), ["no-access"], "{found}");
    assert!(findings(&found, "web").is_empty(), "{found}");
    let run =
        Invocation::new(["audit", "--output", "json", "--api-key-for", "other=env:OTHER_KEY"])
            .in_world(&world)
            .variable("ICR_CF_API_KEY", world.sample_key())
            .variable("OTHER_KEY", &other)
            .run();
    let found = document(&run);
    assert!(findings(&found, "tool").is_empty(), "{run}");
}

#[test]
fn what_runs_of_a_tag_is_never_guessed() {
    let world = World::start().unwrap();
    world.run_app("hello", HELLO, world.sample_key()).unwrap();
    let found = audit(&world, &[]);
    assert_eq!(findings(&found, "hello"), ["pushed-by-tag"], "{found}");
    let hello = of_app(&found, "hello");
    assert_eq!(hello["digest"], serde_json::Value::Null, "{found}");
    assert_eq!(hello["tag"], "1.0", "{found}");
}

#[test]
fn a_tag_that_was_noted_and_has_moved_is_told_with_where_it_leads() {
    let world = World::start().unwrap();
    let push = ["push", "hello", "--image", HELLO, "--quiet"];
    assert_eq!(run_with(&world, world.sample_key(), &push).code, Some(0));
    let before = pinned(&world, HELLO);
    assert!(findings(&audit(&world, &[]), "hello").is_empty());
    let now = world.add_image(HELLO, icr_cf_sandbox::Image::runnable().user("1001"));
    let found = audit(&world, &[]);
    assert_eq!(findings(&found, "hello"), ["tag-moved"], "{found}");
    let hello = of_app(&found, "hello");
    assert_eq!(hello["image"], before);
    assert_eq!(hello["tag"], "1.0");
    let finding = hello["findings"][0].to_string();
    assert!(finding.contains(&now), "{finding}");
    assert!(finding.contains(&format!("icr-cf push hello --image {HELLO}")), "{finding}");
}

#[test]
fn an_image_for_another_platform_is_found() {
    let world = World::start().unwrap();
    let found = {
        world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
        world.run_app("list", WEB, world.sample_key()).unwrap();
        audit(&world, &["--platform", "linux/s390x"])
    };
    assert!(findings(&found, "list").contains(&"platform-missing".to_owned()), "{found}");
}

#[test]
fn a_pinned_image_of_another_platform_is_the_reason_why_its_app_does_not_run() {
    let world = World::start().unwrap();
    world.add_image("us.icr.io/acme/web:arm", Image::for_platform("linux/arm64"));
    let image = pinned(&world, "us.icr.io/acme/web:arm");
    world.run_app("arm", &image, world.sample_key()).unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    world.crash_instance("arm", 0);
    let found = audit(&world, &[]);
    assert_eq!(findings(&found, "arm"), ["platform-missing", "instances-down"], "{found}");
    assert!(findings(&found, "web").is_empty(), "{found}");
    let run = run_with(&world, world.sample_key(), &["audit", "--fail-on", "platform-missing"]);
    assert_eq!(run.code, Some(65), "{run}");
    assert!(run.out().contains("it has: linux/arm64"), "{run}");
    assert!(!run.out().contains("icr-cf check"), "a hint of a push: {run}");
}

#[test]
fn a_user_whose_secret_ends_is_found() {
    let world = World::start().unwrap();
    let image = pinned(&world, WEB);
    world.run_app("web", &image, world.sample_key()).unwrap();
    let guid = world.packages()[0].guid.clone();
    let token = world.iam_access_token(world.sample_key(), 3600).unwrap();
    let body = serde_json::json!({"username": "iambearer", "password": token});
    assert_eq!(world.cf_api("PATCH", &format!("/v3/packages/{guid}"), &body).0, 200);
    let run = run_with(&world, world.sample_key(), &["audit", "--fail-on", "short-lived-user"]);
    assert_eq!(run.code, Some(77), "{run}");
    assert!(run.out().contains("`icr-cf rotate web --from-user iambearer`"), "{run}");
}

#[test]
fn failures_to_pull_that_the_platform_has_noted_are_shown() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    world.run_app("hello", &pinned(&world, HELLO), world.sample_key()).unwrap();
    world.crash_instance("hello", 0);
    world.disable_key(world.sample_key());
    world.node_dies("web");
    world.enable_key(world.sample_key());
    let found = audit(&world, &[]);
    assert_eq!(findings(&found, "web"), ["instances-down", "pull-failed"], "{found}");
    assert_eq!(of_app(&found, "web")["instances"]["running"], 0, "{found}");
    assert!(findings(&found, "hello").is_empty(), "it crashed for another reason: {found}");
}

#[test]
fn other_registries_and_other_apps_are_shown_and_nobody_is_asked_about_them() {
    let world = World::start().unwrap();
    run_of_others(&world, "proxy");
    let run = run_with(&world, world.sample_key(), &["audit"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("not asked: another registry"), "{run}");
    assert!(!world.saw(|request| request.host.contains("example.com")
        && request.client == icr_cf_sandbox::Client::Outside));
}

#[test]
fn an_image_that_many_apps_share_is_asked_for_once() {
    let world = World::start().unwrap();
    for name in 0..12 {
        world.run_app(&format!("web-{name}"), &pinned(&world, WEB), world.sample_key()).unwrap();
    }
    world.forget_traffic();
    let found = audit(&world, &[]);
    assert_eq!(found["apps"].as_array().unwrap().len(), 12);
    let asked = |request: &&icr_cf_sandbox::Request| {
        request.host == "us.icr.io"
            && request.client == icr_cf_sandbox::Client::Outside
            && !request.path().starts_with("/api/")
    };
    let requests = world.requests();
    assert_eq!(requests.iter().filter(asked).count(), 2, "a token and a manifest");
}

#[test]
fn a_space_an_organization_or_everything_can_be_looked_at() {
    let world = World::start().unwrap();
    let image = pinned(&world, WEB);
    world.run_app("web", &image, world.sample_key()).unwrap();
    let dev = world.add_space("acme", "dev");
    let elsewhere = world.add_space("shop", "prod");
    run_in(&world, &dev, "web", &image);
    run_in(&world, &elsewhere, "basket", &image);
    let spaces = |words: &[&str]| -> Vec<String> {
        let found = audit(&world, words);
        let apps = found["apps"].as_array().unwrap().clone();
        let mut all: Vec<String> = apps
            .iter()
            .map(|one| format!("{}/{}/{}", one["org"], one["space"], one["app"]).replace('"', ""))
            .collect();
        all.sort();
        all
    };
    assert_eq!(spaces(&[]), ["acme/prod/web"]);
    assert_eq!(spaces(&["--space", "dev"]), ["acme/dev/web"]);
    assert_eq!(spaces(&["--org", "acme"]), ["acme/dev/web", "acme/prod/web"]);
    assert_eq!(spaces(&["--org", "shop", "--space", "prod"]), ["shop/prod/basket"]);
    assert_eq!(spaces(&["--all"]), ["acme/dev/web", "acme/prod/web", "shop/prod/basket"]);
    let run = run_with(&world, world.sample_key(), &["audit", "--org", "acne"]);
    assert_eq!(run.code, Some(66), "{run}");
    assert!(run.err().contains("hint: write `--org acme`"), "{run}");
    let run = run_with(&world, world.sample_key(), &["audit", "--space", "pord"]);
    assert!(run.err().contains("hint: write `--space prod`"), "{run}");
}

#[test]
fn an_app_that_is_not_there_is_named_with_the_one_that_was_meant() {
    let world = World::start().unwrap();
    world.run_app("basket", &pinned(&world, WEB), world.sample_key()).unwrap();
    let run = run_with(&world, world.sample_key(), &["audit", "baskte"]);
    assert_eq!(run.code, Some(66), "{run}");
    assert!(run.err().contains("did you mean `basket`?"), "{run}");
}

#[test]
fn somebody_who_may_only_look_is_enough() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    world.set_role(Role::SpaceAuditor);
    let found = audit(&world, &[]);
    assert_eq!(found["apps"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["not_asked"], serde_json::json!([]), "{found}");
}

#[test]
fn what_could_not_be_asked_is_listed() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    let refused =
        icr_cf_sandbox::Fault::status(403).host("api.cf.sandbox").path("/v3/audit_events");
    world.add_fault(refused);
    let slow = icr_cf_sandbox::Fault::status(400).host("api.cf.sandbox").path("/v3/processes");
    world.add_fault(slow);
    let run = run_with(&world, world.sample_key(), &["audit"]);
    assert_eq!(run.code, Some(0), "{run}");
    let out = run.out();
    assert!(out.contains("not asked  failures to pull in the past: "), "{run}");
    assert!(out.contains("not asked  some processes: "), "{run}");
    assert!(out.contains("web "), "{run}");
}

#[test]
fn more_apps_than_a_page_holds_are_all_there() {
    let world = World::start().unwrap();
    let image = pinned(&world, WEB);
    for name in 0..120 {
        world.run_app(&format!("app-{name}"), &image, world.sample_key()).unwrap();
    }
    let found = audit(&world, &[]);
    let apps = found["apps"].as_array().unwrap();
    assert_eq!(apps.len(), 120);
    assert!(apps.iter().all(|app| app["user"] == "iamapikey" && app["instances"]["running"] == 1));
}

#[test]
fn too_many_requests_end_it_with_what_was_done_so_far() {
    let world = World::start().unwrap();
    let image = pinned(&world, WEB);
    for name in 0..6 {
        world.run_app(&format!("app-{name}"), &image, world.sample_key()).unwrap();
    }
    world.limit_requests(5, Duration::from_secs(3600));
    let run = run_with(&world, world.sample_key(), &["audit", "--check-timeout", "2s"]);
    assert!(run.time < Duration::from_secs(60), "{run}");
    assert!(run.out().contains("not asked"), "{run}");
    assert!(run.out().contains("app-5"), "{run}");
}

#[test]
fn a_key_that_ends_soon_or_is_switched_off_is_told() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    let off = world.add_key(Key::random().namespaces(["acme"]).state(KeyState::Disabled));
    let run = run_with(&world, &off, &["audit", "--fail-on", "definitive"]);
    assert_eq!(run.code, Some(77), "{run}");
    assert!(run.out().contains("error[key-disabled]"), "{run}");
}

#[test]
fn a_finding_that_is_misspelt_is_refused_with_the_right_one() {
    let run = Invocation::new(["audit", "--fail-on", "tag-movd"]).run();
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().contains("hint: write `--fail-on tag-moved`"), "{run}");
}

#[test]
fn a_key_that_ends_within_two_weeks_is_told_of() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    let day = Duration::from_secs(24 * 60 * 60);
    world.key_ends(world.sample_key(), std::time::SystemTime::now() + 3 * day + day / 2);
    let run = run_with(&world, world.sample_key(), &["audit", "--fail-on", "key-ending"]);
    assert_eq!(run.code, Some(65), "{run}");
    assert!(run.out().contains("ends in 3 days"), "{run}");
    world.key_ends(world.sample_key(), std::time::SystemTime::now() + 30 * day);
    let run = run_with(&world, world.sample_key(), &["audit", "--fail-on", "key-ending"]);
    assert_eq!(run.code, Some(0), "{run}");
}

#[test]
fn vulnerabilities_are_looked_for_where_that_is_wanted() {
    let world = World::start().unwrap();
    let key = world.add_key(Key::random());
    let push = ["push", "hello", "--image", HELLO, "--quiet"];
    assert_eq!(run_with(&world, &key, &push).code, Some(0));
    let vulnerability =
        icr_cf_sandbox::Vulnerability::new("CVE-2026-1").package("openssl", "1", "2");
    world.assess(HELLO, icr_cf_sandbox::Assessment::of([vulnerability]));
    let run = run_with(&world, &key, &["audit"]);
    assert!(!run.out().contains("vulnerable"), "{run}");
    assert!(!world.saw(|request| request.path().starts_with("/va/")));
    let run = run_with(&world, &key, &["audit", "--vulnerabilities", "report", "--verbose"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("[vulnerable]") && run.out().contains("CVE-2026-1"), "{run}");
    let run = run_with(&world, &key, &["audit", "--vulnerabilities", "fail"]);
    assert_eq!(run.code, Some(65), "{run}");
    let words = ["audit", "--vulnerabilities", "fail", "--ignore", "CVE-2026-1"];
    assert_eq!(run_with(&world, &key, &words).code, Some(0));
}

#[test]
fn failures_before_the_droplet_of_now_are_mended_and_count_no_more() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    world.disable_key(world.sample_key());
    world.node_dies("web");
    // Moments are told to the second.
    std::thread::sleep(Duration::from_millis(1_100));
    let new = super::another_key(&world);
    assert_eq!(run_with(&world, &new, &["rotate"]).code, Some(0));
    let run = run_with(&world, &new, &["audit", "--fail-on", "definitive,pull-failed"]);
    assert_eq!(run.code, Some(0), "{run}");
}

#[test]
fn a_deployment_that_hangs_and_instances_that_do_not_run_are_found() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    world.set_start_time(Duration::from_secs(3600));
    let guid = world.app("web").unwrap().guid;
    let body = serde_json::json!({"relationships": {"app": {"data": {"guid": guid}}}});
    assert_eq!(world.cf_api("POST", "/v3/deployments", &body).0, 201);
    let found = audit(&world, &[]);
    assert!(findings(&found, "web").contains(&"staging-in-progress".to_owned()), "{found}");
}

#[test]
fn a_pinned_image_of_an_index_has_no_scan_and_nobody_is_blamed_for_it() {
    let world = World::start().unwrap();
    let key = world.add_key(Key::random());
    let push = ["push", "web", "--image", WEB, "--quiet"];
    assert_eq!(run_with(&world, &key, &push).code, Some(0));
    let run = run_with(&world, &key, &["audit", "--vulnerabilities", "report", "--verbose"]);
    assert!(run.out().contains("scan-unsupported"), "{run}");
    assert!(!run.out().contains("went elsewhere"), "{run}");
}
