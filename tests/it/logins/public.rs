//! Images of the global registry that everybody may pull: asked for without a key first.

use icr_cf_sandbox::{Action, Client, Fault, Image, World};

use super::{of_manifest, one, package, refused, within};
use crate::support::{Event, Invocation, KEY, Run, Workplace};

const LIBERTY: &str = "icr.io/appcafe/open-liberty:1";

/// A world in which IBM has images for everybody.
fn world() -> World {
    let world = World::start().unwrap();
    for image in [LIBERTY, "icr.io/ibm/tool:2", "icr.io/acme/own:1", "us.icr.io/shown/web:1"] {
        world.add_image(image, Image::runnable());
    }
    world.make_public("icr.io/appcafe");
    world.make_public("us.icr.io/shown");
    world
}

/// The same push, said by a flag and by a manifest.
fn both(world: &World, image: &str) -> [Invocation; 2] {
    [one(world, image), of_manifest(world, image, "")]
}

/// How many requests went to a registry, from where icr-cf is.
fn requests(world: &World, host: &str) -> usize {
    let requests = world.requests();
    requests.iter().filter(|one| one.host == host && one.client == Client::Outside).count()
}

#[track_caller]
fn is_public(world: &World, run: &Run, image: &str) {
    let package = package(world, run);
    let digest = world.digest_of(image).unwrap();
    let (name, _) = image.rsplit_once(':').unwrap();
    assert_eq!(package.image, format!("{name}@{digest}"), "{run}");
    assert_eq!((package.username.as_deref(), package.password()), (None, None), "{run}");
    let said = format!("note: public, hence without user and key: `{image}`\n");
    assert_eq!(run.err().matches(&said).count(), 1, "{run}");
    assert!(!Event::arguments(run.record.push()).contains(&"--docker-username".to_owned()));
}

#[test]
fn a_public_image_needs_no_key() {
    for image in [LIBERTY, "icr.io/ibm/tool:2"] {
        for of_flag in [0, 1] {
            let world = world();
            let run = both(&world, image).into_iter().nth(of_flag).unwrap().run();
            is_public(&world, &run, image);
        }
    }
}

#[test]
fn a_key_that_lies_ready_is_neither_read_nor_sent_for_a_public_image() {
    for of_flag in [0, 1] {
        let world = world();
        let push = both(&world, LIBERTY).into_iter().nth(of_flag).unwrap();
        let run = push
            .variable("ICR_CF_API_KEY", world.sample_key())
            .variable("CF_DOCKER_PASSWORD", "")
            .arguments(["--api-key-file", "not-there"])
            .run();
        is_public(&world, &run, LIBERTY);
        run.shows_nothing_of(world.sample_key(), &[]);
        for request in world.requests() {
            assert!(!request.carries(world.sample_key()), "{request:?}");
        }
        assert_eq!(run.record.push().variables_holding(world.sample_key()), [""; 0], "{run}");
    }
}

#[test]
fn an_image_that_is_not_public_is_pushed_with_the_key() {
    for of_flag in [0, 1] {
        let world = world();
        let push = both(&world, "icr.io/acme/own:1").into_iter().nth(of_flag).unwrap();
        let run = push.variable("ICR_CF_API_KEY", world.sample_key()).run();
        let package = package(&world, &run);
        assert_eq!(package.username.as_deref(), Some("iamapikey"), "{run}");
        assert_eq!(package.password(), Some(world.sample_key()), "{run}");
        assert!(!run.err().contains("public"), "{run}");
    }
}

#[test]
fn a_user_that_is_named_says_that_the_key_is_wanted() {
    let user = ["--docker-username", "iamapikey"];
    for way in 0..4 {
        let world = world();
        let push = match way {
            0 => one(&world, LIBERTY).arguments(user),
            1 => of_manifest(&world, LIBERTY, ", username: iamapikey"),
            2 => of_manifest(&world, LIBERTY, "").arguments(user),
            _ => one(&world, LIBERTY).arguments(["--api-key-for", "icr.io/appcafe=env:OURS"]),
        };
        let run = push
            .variable("ICR_CF_API_KEY", world.sample_key())
            .variable("OURS", world.sample_key())
            .run();
        let package = package(&world, &run);
        assert_eq!(package.username.as_deref(), Some("iamapikey"), "{run}");
        assert_eq!(package.password(), Some(world.sample_key()), "{run}");
    }
}

#[test]
fn a_key_that_is_missing_is_asked_for_with_what_was_answered_without_one() {
    let world = world();
    for push in both(&world, "icr.io/acme/own:1") {
        let parts = ["no API key found", "asked without a key: icr.io answered", "`--no-key`"];
        refused(&push.run(), 77, &parts);
    }
    for push in both(&world, "icr.io/acme/own:1") {
        let run = push.variable("CF_DOCKER_PASSWORD", "").run();
        refused(&run, 77, &["`CF_DOCKER_PASSWORD` is set but empty"]);
    }
}

#[test]
fn other_registries_of_icr_are_asked_with_the_key_alone() {
    let world = world();
    for push in both(&world, "us.icr.io/shown/web:1") {
        refused(&push.run(), 77, &["no API key found"]);
    }
    assert_eq!(requests(&world, "us.icr.io"), 0);
    for (image, host) in [("us.icr.io/shown/web:1", "us.icr.io"), (LIBERTY, "icr.io")] {
        let before = requests(&world, host);
        let run = one(&world, image)
            .arguments(["--docker-username", "iamapikey"])
            .variable("ICR_CF_API_KEY", world.sample_key())
            .run();
        assert_eq!(run.code, Some(0), "{run}");
        // A token, the manifest, its configuration: no round trip more than that.
        assert_eq!(requests(&world, host) - before, 3, "{run}");
    }
}

#[test]
fn each_app_of_a_manifest_is_asked_about_by_itself() {
    let world = world();
    let place = Workplace::new();
    let manifest = format!(
        "\
applications:
- name: liberty
  docker: {{image: '{LIBERTY}'}}
- name: again
  docker: {{image: '{LIBERTY}'}}
- name: tool
  docker: {{image: 'icr.io/ibm/tool:2'}}
- name: own
  docker: {{image: 'icr.io/acme/own:1'}}
- name: hello
  docker: {{image: 'us.icr.io/acme/hello'}}
"
    );
    place.write("work/manifest.yml", manifest);
    let run = within(&world, "push", place).variable("IC_API_KEY", world.sample_key()).run();
    assert_eq!(run.code, Some(0), "{run}");
    for package in world.packages() {
        let has_key = ["own", "hello"].contains(&package.app.as_str());
        let expected = has_key.then(|| world.sample_key());
        assert_eq!(package.password(), expected, "{}: {run}", package.app);
    }
    let said = format!("without user and key: `{LIBERTY}`, `icr.io/ibm/tool:2`\n");
    assert!(run.err().contains(&said), "{run}");
}

#[test]
fn a_check_needs_no_key_for_a_public_image_either() {
    let world = world();
    let check = |place: Workplace, words: &[&str]| {
        let run = within(&world, "check", place).arguments(words).run();
        assert_eq!(run.code, Some(0), "{run}");
        assert!(run.out().contains("nothing stands against a push"), "{run}");
        run
    };
    let run = check(Workplace::new(), &["web", "--image", LIBERTY]);
    assert!(run.err().contains("public, hence without user and key"), "{run}");
    let place = Workplace::new();
    place.write(
        "work/manifest.yml",
        format!("applications:\n- name: web\n  docker: {{image: '{LIBERTY}'}}\n"),
    );
    check(place, &[]);
}

#[test]
fn a_public_image_that_cannot_run_is_refused_without_a_key() {
    let world = world();
    world.add_image("icr.io/appcafe/silent:1", Image::for_platform("linux/amd64"));
    for push in both(&world, "icr.io/appcafe/silent:1") {
        refused(&push.run(), 65, &["error[no-start-command]: "]);
    }
}

#[test]
fn what_is_taken_for_granted_is_said_where_nobody_is_asked() {
    for more in [["--dry-run"], ["--no-checks"]] {
        let push = |image: &str| {
            Invocation::new(["push", "web", "--image", image])
                .arguments(more)
                .variable("ICR_CF_API_KEY", KEY)
                .script("exit 0")
                .run()
        };
        let run = push("icr.io/acme/web");
        assert_eq!(run.code, Some(0), "{run}");
        let said = "may pull `icr.io/acme/web`: taken to need the key; `--no-key` goes without\n";
        assert_eq!(run.err().matches(said).count(), 1, "{run}");
        let run = push("icr.io/ibm/tool");
        assert!(run.err().contains("`icr.io/ibm/tool`: taken for public"), "{run}");
        let run = push("us.icr.io/acme/web");
        assert!(!run.err().contains("asked"), "{run}");
    }
    let run = Invocation::new(["push", "web", "--image", "icr.io/acme/web", "--no-checks"])
        .variable("ICR_CF_API_KEY", KEY)
        .script("exit 0")
        .run();
    let words = Event::arguments(run.record.push()).join(" ");
    assert!(words.ends_with("--docker-image icr.io/acme/web --docker-username iamapikey"));
    let run = Invocation::new(["push", "web", "--image", "icr.io/ibm/tool", "--no-checks"])
        .script("exit 0")
        .run();
    assert!(
        Event::arguments(run.record.push()).join(" ").ends_with("--docker-image icr.io/ibm/tool")
    );
}

#[test]
fn a_registry_that_cannot_be_asked_leaves_it_to_the_key() {
    let world = world();
    world.add_fault(Fault::new(Action::Reset).host("icr.io").path("/oauth/token"));
    let run = one(&world, LIBERTY).arguments(["--no-start"]).run();
    refused(&run, 77, &["asked without a key: icr.io"]);
}

#[test]
fn a_public_image_is_resolved_without_a_key_and_another_beside_it_with_one() {
    let world = world();
    let resolve = |words: &[&str]| {
        Invocation::new(["resolve", "--digest"]).arguments(words.iter().copied()).in_world(&world)
    };
    let run = resolve(&[LIBERTY]).run();
    let digest = world.digest_of(LIBERTY).unwrap();
    let line = format!("icr.io/appcafe/open-liberty@{digest}\n");
    assert_eq!((run.code, run.out()), (Some(0), line.as_str()), "{run}");
    let run = resolve(&[LIBERTY, "icr.io/acme/own:1"])
        .variable("ICR_CF_API_KEY", world.sample_key())
        .run();
    assert_eq!((run.code, run.out().lines().count()), (Some(0), 2), "{run}");
    // Whoever names the user wants the key to be used.
    let run = resolve(&[LIBERTY, "--docker-username", "iamapikey"]).run();
    assert_eq!((run.code, run.out()), (Some(77), ""), "{run}");
}

#[test]
fn what_a_reference_without_a_host_may_mean_is_said_where_resolve_finds_no_key() {
    let world = world();
    let run = Invocation::new(["resolve", "--digest", "acme/web:1"]).in_world(&world).run();
    assert_eq!(run.code, Some(77), "{run}");
    assert!(run.err().contains("if it is Docker Hub's, write `docker.io/acme/web:1`"), "{run}");
}
