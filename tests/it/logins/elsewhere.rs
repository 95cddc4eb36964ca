//! One app whose image is in another registry: pushed by the rules that hold for a manifest.

use icr_cf_sandbox::World;

use super::{of_manifest, one, package, refused, within};
use crate::support::{Event, Invocation, Run, Workplace};

const TEAM: &str = "registry.example.com/team/app:1";

/// What cf got of image and user, at the end of its words.
fn told(run: &Run) -> String {
    let words = run.record.pushes().first().map(|push| Event::arguments(push)).unwrap();
    let at = words.iter().rposition(|word| word == "--docker-image").unwrap();
    words[at..].join(" ")
}

#[test]
fn an_image_that_everybody_may_pull_is_pushed_as_it_stands() {
    for image in ["docker.io/library/nginx:latest", "nginx", "docker.io/bitnami/nginx"] {
        let world = World::start().unwrap();
        let run = one(&world, image).variable("CF_DOCKER_PASSWORD", world.sample_key()).run();
        let package = package(&world, &run);
        assert_eq!((package.username.as_deref(), package.password()), (None, None), "{run}");
        assert_eq!(told(&run), format!("--docker-image {image}"), "{run}");
        for request in world.requests() {
            assert!(!request.carries(world.sample_key()), "{request:?}");
        }
    }
}

#[test]
fn a_user_and_a_password_for_the_registry_go_with_the_image() {
    for of_flag in [true, false] {
        let world = World::start().unwrap();
        let push = if of_flag {
            one(&world, TEAM).arguments(["--docker-username", "team"])
        } else {
            of_manifest(&world, TEAM, ", username: team")
        };
        let run = push
            .arguments(["--docker-password-for", "registry.example.com=env:TEAM_PASSWORD"])
            .variable("TEAM_PASSWORD", world.team_password())
            .variable("ICR_CF_API_KEY", world.sample_key())
            .run();
        let package = package(&world, &run);
        assert_eq!(package.username.as_deref(), Some("team"), "{run}");
        assert_eq!(package.password(), Some(world.team_password()), "{run}");
        assert_eq!(told(&run), format!("--docker-image {TEAM} --docker-username team"));
        run.shows_nothing_of(world.team_password(), &[]);
        let push = run.record.push();
        assert_eq!(push.variables_holding(world.sample_key()), [""; 0], "{run}");
        assert_eq!(push.variables_holding(world.team_password()), ["CF_DOCKER_PASSWORD"]);
        for request in world.requests() {
            assert!(!request.carries(world.sample_key()), "{request:?}");
        }
    }
}

#[test]
fn a_user_without_a_password_is_refused_with_the_flag_that_gives_it() {
    let world = World::start().unwrap();
    let svc = || one(&world, "acme.jfrog.io/shop:1").arguments(["--docker-username", "svc"]);
    let exact = "--docker-password-for acme.jfrog.io=env:CF_DOCKER_PASSWORD";
    let run = svc().variable("CF_DOCKER_PASSWORD", "hunter22").run();
    refused(&run, 2, &["the user `svc` of `acme.jfrog.io`", exact]);
    run.shows_nothing_of("hunter22", &[]);
    let run = svc().run();
    refused(&run, 2, &["--docker-password-for acme.jfrog.io=env:NAME", "needs no `--docker-user"]);
    assert!(!run.err().contains(exact), "{run}");
    let run = one(&world, "ghcr.io/acme/shop").arguments(["--docker-username", "iamapikey"]).run();
    refused(&run, 2, &["--docker-password-for ghcr.io=env:NAME"]);
    let run = of_manifest(&world, "quay.io/acme/shop", ", username: robot").run();
    refused(&run, 65, &["manifest.yml:3:", "--docker-password-for quay.io=env:NAME"]);
}

#[test]
fn the_hint_for_a_password_mends_it() {
    let world = World::start().unwrap();
    let push = || {
        one(&world, TEAM)
            .arguments(["--docker-username", "team"])
            .variable("CF_DOCKER_PASSWORD", world.team_password())
    };
    let run = push().run();
    let hint = run.err().lines().find(|line| line.contains("env:CF_DOCKER_PASSWORD")).unwrap();
    let words = hint.split('`').nth(1).unwrap().split(' ').map(str::to_owned).collect::<Vec<_>>();
    let run = push().arguments(words).run();
    assert_eq!(package(&world, &run).password(), Some(world.team_password()), "{run}");
}

#[test]
fn words_behind_the_dashes_lead_a_password_nowhere_else() {
    let run = Invocation::new(["push", "web", "--image", "quay.io/a/b", "--no-checks"])
        .arguments(["--docker-username", "robot", "--docker-password-for", "quay.io=env:P"])
        .arguments(["--", "-o", "evil.example/x", "--docker-username", "other"])
        .variable("P", "hunter22")
        .script("exit 0")
        .run();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(told(&run), "--docker-image quay.io/a/b --docker-username robot", "{run}");
}

#[test]
fn a_user_in_the_manifest_holds_for_an_image_that_a_flag_names() {
    let world = World::start().unwrap();
    let push = |image: &str, more: &[&str]| {
        let place = Workplace::new();
        let manifest = "applications:\n- name: web\n  docker: {image: old, username: team}\n";
        place.write("work/manifest.yml", manifest);
        within(&world, "push", place)
            .arguments(["--image", image])
            .arguments(more)
            .variable("ICR_CF_API_KEY", world.sample_key())
    };
    refused(&push(TEAM, &[]).run(), 65, &["the user `team` of `registry.example.com`"]);
    refused(&push("us.icr.io/acme/hello", &[]).run(), 2, &["`team` is not a user of ICR"]);
    let run = push("us.icr.io/acme/hello", &["--docker-username", "iamapikey"]).run();
    assert_eq!(package(&world, &run).username.as_deref(), Some("iamapikey"), "{run}");
}

#[test]
fn a_check_of_an_image_elsewhere_says_that_it_was_not_looked_at() {
    let world = World::start().unwrap();
    let check = |more: &[&str]| {
        within(&world, "check", Workplace::new())
            .arguments(["web", "--image", "quay.io/a/b"])
            .arguments(more)
            .run()
    };
    let run = check(&[]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("not checked: another registry"), "{run}");
    let run = check(&["--output", "json"]);
    assert_eq!(run.json()["apps"][0]["plan"]["other_image"]["host"], "quay.io", "{run}");
    assert_eq!(run.json()["apps"][0]["checks"]["image"], serde_json::Value::Null, "{run}");
}

#[test]
fn what_can_be_no_image_anywhere_is_refused_with_what_mends_it() {
    for (image, part) in [
        ("https://quay.io/a/b", "write `quay.io/a/b`"),
        ("quay.io/a/b ", "write `quay.io/a/b`"),
        ("docker://us.icr.io/acme/web", "write `us.icr.io/acme/web`"),
        ("us.icr.oi/acme/web", "write `us.icr.io/acme/web`"),
        ("", "the image reference is empty"),
        ("us.icr.io", "names a registry but no image"),
    ] {
        let run = Invocation::new(["push", "web", "--image", image]).run();
        refused(&run, 65, &[part]);
    }
}
