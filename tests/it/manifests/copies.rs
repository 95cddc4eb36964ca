//! Where cf gets private copies: files that can be read but once, and what cannot be changed safely.

use icr_cf_sandbox::World;

use super::{many, push, push_in, scripted};
use crate::support::{Event, Invocation, Workplace};

#[test]
#[cfg(unix)]
fn what_comes_through_a_pipe_reaches_cf_as_well() {
    let world = World::start().unwrap();
    let place = Workplace::new();
    place.write("work/m.yml", many(2).replace("acme/web:1.4", "acme/web:((tag))"));
    place.write("work/v.yml", "tag: '1.4'\n");
    let fifo = |name: &str| {
        let path = place.path(name);
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        path
    };
    let (manifest, variables) = (fifo("work/m.pipe"), fifo("work/v.pipe"));
    let feed = |from: std::path::PathBuf, to: std::path::PathBuf| {
        std::thread::spawn(move || std::fs::write(to, std::fs::read(from).unwrap()))
    };
    let feeding =
        [feed(place.path("work/m.yml"), manifest), feed(place.path("work/v.yml"), variables)];
    let run = push_in(&world, place).arguments(["-f", "m.pipe", "--vars-file", "v.pipe"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    for thread in feeding {
        thread.join().unwrap().unwrap();
    }
    assert_eq!(world.packages().len(), 2, "{run}");
    assert_eq!(std::fs::read_dir(run.place.path("tmp")).unwrap().count(), 0, "{run}");
}

#[test]
#[cfg(target_os = "linux")]
fn what_stands_behind_standard_input_reaches_cf_as_well() {
    let world = World::start().unwrap();
    let place = Workplace::new();
    place.write("work/m.yml", many(1));
    let push = push_in(&world, place).behind_shell(r#"exec "$@" < m.yml"#);
    let run = push.arguments(["-f", "/dev/stdin"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(world.packages().len(), 1, "{run}");
    let twice = ["-f", "-", "--vars-file", "/dev/stdin"];
    let run = scripted(&many(1), "out x").arguments(twice).stdin("a: 1").run();
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().contains("cannot both read standard input"), "{run}");
}

#[test]
fn an_image_by_flag_goes_with_a_manifest_from_standard_input() {
    let world = World::start().unwrap();
    let words = ["web", "--image", "acme/hello", "-f", "-"];
    let run = push_in(&world, Workplace::new())
        .arguments(words)
        .stdin("applications:\n- name: web\n  instances: 2\n")
        .run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(world.packages()[0].image.starts_with("us.icr.io/acme/hello@"), "{run}");
}

/// An image that cannot be replaced without a change elsewhere.
const UNSAFE: &str = "\
applications:
- name: web
  path: .
  docker: {image: &image 'us.icr.io/acme/web:1.4', username: iamapikey}
  env: {IMAGE: *image}
";

#[test]
fn what_cannot_be_changed_safely_is_refused_by_check_and_dry_run_too() {
    let world = World::start().unwrap();
    for words in [&["push", "--dry-run"][..], &["check"], &["push"]] {
        let place = Workplace::new();
        place.write("work/manifest.yml", UNSAFE);
        let run = Invocation::new_in(place, words)
            .variable("ICR_CF_API_KEY", world.sample_key())
            .in_world(&world)
            .run();
        assert_eq!(run.code, Some(65), "{words:?}: {run}");
        assert!(run.err().contains("manifest.yml:"), "{words:?}: {run}");
        assert!(run.record.pushes().is_empty(), "{words:?}: {run}");
    }
}

#[test]
fn nothing_is_changed_where_nothing_has_to_be() {
    let run = scripted(&UNSAFE.replace("path: .", "path: /"), "out x").run();
    assert_eq!(run.code, Some(0), "{run}");
    let cf = run.record.push().text("manifest").to_owned();
    assert_eq!(cf, UNSAFE.replace("path: .", "path: /"), "{run}");
}

/// A `docker` block for two apps, of which one needs it in its copy.
const SHARED: &str = "\
docker: &docker {image: acme/web:1.4}
defaults: &defaults
  docker: *docker
applications:
- name: web
  <<: *defaults
- name: api
  docker: *docker
  path: .
";

#[test]
fn a_block_that_apps_share_goes_into_the_copy_of_the_one_that_needs_it() {
    let world = World::start().unwrap();
    for names in [&[][..], &["api"]] {
        let run = push(&world, SHARED).arguments(names).run();
        assert_eq!(run.code, Some(0), "{run}");
        let Some(record) = run.recorded() else { return };
        let of_api = |cf: &&&Event| cf.arguments().contains(&"api".to_owned());
        let manifest = record.pushes().iter().find(of_api).unwrap().text("manifest");
        let block = "{username: iamapikey, image: us.icr.io/acme/web@sha256:";
        assert!(manifest.contains(block), "{run}");
    }
}

#[test]
fn a_dry_run_without_checks_says_what_the_push_would() {
    let manifest = many(1);
    let without = || scripted(&manifest, "out x").without("ICR_REGION");
    let run = without().run();
    assert_eq!(run.code, Some(2), "{run}");
    assert_eq!(without().arguments(["--dry-run"]).run().code, Some(2));
}

#[test]
#[cfg(unix)]
fn a_script_for_cf_keeps_the_configuration_it_chooses() {
    let make = || {
        let push = scripted(&many(2), "out x");
        let stand_in = push.place().path("bin/stand-in");
        push.place().install("stand-in");
        let body = format!(
            "export CF_HOME=\"${{CF_HOME:-{}}}\"; exec {} \"$@\"",
            push.place().path("prod").display(),
            stand_in.display()
        );
        push.place().install_script("cf", &body);
        push
    };
    let run = make().run();
    assert_eq!(run.code, Some(0), "{run}");
    for push in run.record.pushes() {
        assert_eq!(push.text("cf_home"), run.place.path("prod").to_str().unwrap(), "{run}");
    }
    assert!(run.err().contains("one app at a time: cf is a script"), "{run}");
    let said = make().variable("CF_HOME", "home").run();
    assert_eq!(said.code, Some(0), "{said}");
    assert!(!said.err().contains("one app at a time"), "{said}");
}

#[test]
#[cfg(unix)]
fn a_shim_that_only_calls_cf_is_named_once_as_the_reason_with_what_mends_it() {
    let make = |shim: &str| {
        let push = scripted(&many(3), "out x").arguments(["--output", "json", "--jobs", "3"]);
        push.place().install("cf-8");
        let real = push.place().path("bin/cf-8");
        push.place().install_script("cf", &shim.replace("REAL", real.to_str().unwrap()));
        push
    };
    for shim in ["exec \"REAL\" \"$@\" # asdf-plugin: cf", "REAL \"$@\""] {
        let run = make(shim).run();
        assert_eq!(run.code, Some(0), "{shim}: {run}");
        assert_eq!(run.json()["apps"].as_array().unwrap().len(), 3, "{shim}: {run}");
        let said: Vec<&str> = run
            .err()
            .lines()
            .filter(|line| line.contains("one app at a time: cf is a script"))
            .collect();
        let [line] = said.as_slice() else { panic!("{shim}: {run}") };
        let words: Vec<&str> = line.split('`').filter(|word| word.contains('=')).collect();
        let [home] = words.as_slice() else { panic!("{shim}: {run}") };
        let (name, value) = home.split_once('=').unwrap();
        for mended in [make(shim).variable(name, value), make(shim).arguments(["--cf", "cf-8"])] {
            let run = mended.run();
            assert_eq!(run.code, Some(0), "{shim}: {run}");
            assert!(!run.err().contains("one app at a time"), "{shim}: {run}");
            let pushes = run.record.pushes();
            let homes: std::collections::BTreeSet<&str> =
                pushes.iter().map(|push| push.text("cf_home")).collect();
            assert_eq!(homes.len(), 3, "{shim}: {run}");
        }
    }
}
