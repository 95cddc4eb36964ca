//! `icr-cf check` of an image without an app, and its exit code against that of the push.

use icr_cf_sandbox::{Image, World};

use crate::support::{Invocation, Run};

fn check(world: &World, words: &[&str]) -> Run {
    let run = Invocation::new(["check"]).arguments(words).in_world(world);
    run.variable("ICR_CF_API_KEY", world.sample_key()).run()
}

#[test]
fn an_image_is_checked_without_an_app() {
    let world = World::start().unwrap();
    for words in [
        &["us.icr.io/acme/web:1.4"][..],
        &["acme/web:1.4"],
        &["acme/web:1.4", "--region", "us-south"],
        &["web:1.4", "--region", "us-south", "--namespace", "acme"],
        &["--image", "us.icr.io/acme/web:1.4"],
        &["-o", "acme/web:1.4", "--output", "json"],
    ] {
        let run = check(&world, words);
        assert_eq!(run.code, Some(0), "{words:?}: {run}");
        assert!(run.out().contains("us.icr.io/acme/web@sha256:"), "{words:?}: {run}");
        assert!(run.record.events.is_empty(), "cf ran: {run}");
    }
    let missing = check(&world, &["us.icr.io/acme/web:9"]);
    assert_eq!(missing.code, Some(66), "{missing}");
}

#[test]
fn an_image_alone_has_nothing_to_do_with_the_manifest_in_the_folder() {
    let world = World::start().unwrap();
    let run = Invocation::new(["check", "us.icr.io/acme/web:1.4"]).in_world(&world);
    run.place().write("work/manifest.yml", "applications: [{name: a}, {name: b}]\n");
    let run = run.variable("ICR_CF_API_KEY", world.sample_key()).run();
    assert_eq!(run.code, Some(0), "{run}");
}

#[test]
fn a_word_without_a_slash_a_colon_or_an_at_is_an_app() {
    let world = World::start().unwrap();
    let run = check(&world, &["web"]);
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().contains("hint: say which: `icr-cf check web --image "), "{run}");
}

#[test]
fn a_check_ends_as_the_push_would() {
    let make = || {
        let world = World::start().unwrap();
        world.add_image("us.icr.io/acme/tool:7", Image::runnable());
        world
    };
    let two = "applications:\n- name: web\n  docker: {image: us.icr.io/acme/web:1.4}\n- name: api\n  docker: {image: us.icr.io/acme/web:9}\n";
    for (words, manifest, code) in [
        (&["web", "-o", "us.icr.io/acme/tool:7"][..], None, 0),
        (&["web", "-o", "acme/tool:7"], None, 0),
        (&["web", "-o", "us.icr.io/acme/tool:8"], None, 66),
        (&["web", "-o", "us.icr.io/acme/absent"], None, 66),
        (&["web", "-o", "us.icr.io/acme/arm:latest"], None, 65),
        (&["web", "-o", "us.icr.io/acme/web:$TAG"], None, 65),
        (&["web", "-o", "us.icr.oi/acme/web"], None, 65),
        (&["web", "-o", "acme/web", "-r", "frankfurt"], None, 2),
        (&["web", "-o", "us.icr.io/acme/a", "-o", "us.icr.io/acme/b"], None, 2),
        (&["web", "us.icr.io/acme/tool:7"], None, 2),
        (&["web", "-o", "us.icr.io/acme/tool:7", "-m", "much"], None, 2),
        (&["web", "-o", "us.icr.io/acme/tool:7", "--api-key-file", "absent"], None, 66),
        (&["web"], None, 2),
        (&[], Some(two), 66),
        (&["web"], Some(two), 0),
        (&["wbe"], Some(two), 2),
        (&["-o", "us.icr.io/acme/tool:7"], Some(two), 2),
    ] {
        for command in ["check", "push"] {
            let world = make();
            let run = Invocation::new([command]).arguments(words).in_world(&world);
            if let Some(text) = manifest {
                run.place().write("work/manifest.yml", text);
            }
            let run = run.variable("ICR_CF_API_KEY", world.sample_key()).run();
            assert_eq!(run.code, Some(code), "{command} {words:?}: {run}");
        }
    }
}
