//! `--no-key`: neither user nor password, and what the registry refuses to everybody stops nothing.

use icr_cf_sandbox::{Image, World};

use super::{of_manifest, one, package, refused, within};
use crate::support::{Event, Invocation, KEY, Run, Workplace};

const HELLO: &str = "us.icr.io/acme/hello:1.0";

/// The same push with `--no-key`, said by a flag and by a manifest, with a key that is not to be
/// used.
fn both(world: &World, image: &str) -> [Invocation; 2] {
    let push = [one(world, image), of_manifest(world, image, "")];
    push.map(|push| {
        push.arguments(["--no-key"])
            .variable("ICR_CF_API_KEY", world.sample_key())
            .variable("CF_DOCKER_PASSWORD", world.sample_key())
    })
}

#[track_caller]
fn uses_no_key(world: &World, run: &Run) {
    for request in world.requests() {
        assert!(!request.carries(world.sample_key()), "{request:?}");
    }
    for push in run.record.pushes() {
        assert_eq!(push.variables_holding(world.sample_key()), [""; 0], "{run}");
        assert!(!Event::arguments(push).contains(&"--docker-username".to_owned()), "{run}");
    }
}

#[test]
fn an_image_that_everybody_may_pull_is_checked_and_pinned_without_a_key() {
    for of_flag in [0, 1] {
        let world = World::start().unwrap();
        world.make_public("us.icr.io/acme");
        let run = both(&world, HELLO).into_iter().nth(of_flag).unwrap().run();
        let package = package(&world, &run);
        let digest = world.digest_of(HELLO).unwrap();
        assert_eq!(package.image, format!("us.icr.io/acme/hello@{digest}"), "{run}");
        assert_eq!((package.username.as_deref(), package.password()), (None, None), "{run}");
        uses_no_key(&world, &run);
    }
}

#[test]
fn a_refusal_of_the_registry_is_undecided_and_the_push_goes_on() {
    for image in ["us.icr.io/acme/web:1.4", "de.icr.io/team/gone:1", "icr.io/acme/private"] {
        let world = World::start().unwrap();
        for push in both(&world, image) {
            let run = push.arguments(["--no-start"]).run();
            assert_eq!(run.code, Some(0), "{run}");
            assert!(run.err().contains("warning[no-access]: "), "{run}");
            assert_eq!(run.record.pushes().len(), 1, "{run}");
            let words = Event::arguments(run.record.push()).join(" ");
            assert!(words.ends_with(&format!("--docker-image {image}")), "{run}");
            uses_no_key(&world, &run);
        }
        for push in both(&world, image) {
            let run = push.arguments(["--strict"]).run();
            refused(&run, 69, &["error[no-access]: ", "use the key: `icr-cf push "]);
        }
    }
}

#[test]
fn what_a_registry_says_is_missing_may_only_be_hidden() {
    let world = World::start().unwrap();
    world.make_public("us.icr.io/acme");
    for image in ["us.icr.io/acme/hello:9.9", "us.icr.io/acme/nothing"] {
        for push in both(&world, image) {
            let run = push.arguments(["--no-start"]).run();
            assert_eq!(run.code, Some(0), "{run}");
            assert!(run.err().contains("-missing]: "), "{run}");
        }
    }
}

#[test]
fn what_everybody_can_see_to_be_unfit_stops_all_the_same() {
    let world = World::start().unwrap();
    world.make_public("us.icr.io/acme");
    for push in both(&world, "us.icr.io/acme/arm") {
        refused(&push.run(), 65, &["error[platform-missing]: "]);
    }
}

#[test]
fn a_check_counts_a_refusal_as_undecided() {
    let world = World::start().unwrap();
    let check = |more: &[&str]| {
        within(&world, "check", Workplace::new())
            .arguments(["web", "--image", HELLO, "--no-key", "--output", "json"])
            .arguments(more)
            .run()
    };
    let run = check(&[]);
    assert_eq!(run.code, Some(0), "{run}");
    let verdict = run.verdicts()[0].clone();
    assert_eq!((&verdict["name"], &verdict["weight"]), (&"no-access".into(), &"undecided".into()));
    assert_eq!(run.json()["apps"][0]["plan"]["username"], serde_json::Value::Null, "{run}");
    assert_eq!(check(&["--strict"]).code, Some(69));
}

#[test]
fn no_key_beside_a_key_or_a_user_is_refused() {
    for flag in [
        &["--api-key-stdin"][..],
        &["--api-key-file", "x"],
        &["--api-key-command", "x"],
        &["--api-key-for", "acme=env:X"],
        &["--docker-username", "iamapikey"],
        &["--allow-short-lived"],
        &["--quota"],
    ] {
        let run = Invocation::new(["push", "web", "--image", HELLO, "--no-key"])
            .arguments(flag)
            .variable("X", KEY)
            .run();
        refused(&run, 2, &["`--no-key`", flag[0], "cannot be used together"]);
    }
}

#[test]
fn a_user_in_the_manifest_is_refused_with_its_place() {
    let world = World::start().unwrap();
    let push = of_manifest(&world, HELLO, ", username: iamapikey");
    let run = push.arguments(["--no-key"]).run();
    refused(&run, 65, &["manifest.yml:3:", "with `--no-key`", "take `username` out"]);
    let push = of_manifest(&world, "quay.io/acme/x", ", username: iamapikey");
    let run = push.arguments(["--image", HELLO, "--no-key"]).run();
    refused(&run, 65, &["with `--no-key`"]);
}

#[test]
fn no_key_needs_a_region_since_nobody_is_searched_without_one() {
    let world = World::start().unwrap();
    for push in both(&world, "acme/hello") {
        let run = push.run();
        refused(&run, 2, &["no region", "without `--no-key` all registries are asked"]);
        assert!(world.requests().is_empty(), "{run}");
    }
}

#[test]
fn another_registrys_password_goes_beside_no_key() {
    let world = World::start().unwrap();
    world.make_public("us.icr.io/acme");
    let place = Workplace::new();
    let manifest = format!(
        "\
applications:
- name: hello
  docker: {{image: '{HELLO}'}}
- name: hub
  docker: {{image: docker.io/acmehub/private:1, username: hubuser}}
"
    );
    place.write("work/manifest.yml", manifest);
    let run = within(&world, "push", place)
        .arguments(["--no-key", "--docker-password-for", "docker.io=env:HUB"])
        .variable("HUB", world.hub_password())
        .run();
    assert_eq!(run.code, Some(0), "{run}");
    for package in world.packages() {
        let expected = (package.app == "hub").then(|| world.hub_password());
        assert_eq!(package.password(), expected, "{}: {run}", package.app);
    }
}

#[test]
fn digests_and_tags_are_resolved_without_a_key() {
    let world = World::start().unwrap();
    world.make_public("icr.io/appcafe");
    world.add_image("icr.io/appcafe/liberty:1", Image::runnable());
    let resolve = |words: &[&str]| {
        within(&world, "resolve", Workplace::new()).arguments(["--no-key"]).arguments(words).run()
    };
    let run = resolve(&["--digest", "icr.io/appcafe/liberty:1"]);
    let digest = world.digest_of("icr.io/appcafe/liberty:1").unwrap();
    run.is(0, &format!("icr.io/appcafe/liberty@{digest}\n"), "");
    resolve(&["--tags", "icr.io/appcafe/liberty"]).is(0, "icr.io/appcafe/liberty:1\n", "");
    let run = resolve(&["--digest", HELLO]);
    assert_eq!(run.code, Some(69), "{run}");
    assert!(run.err().contains("error[no-access]: "), "{run}");
}
