//! What each cf gets and what reaches the platform: the contract between icr-cf and cf for the
//! apps of a manifest.

use std::collections::BTreeMap;

use icr_cf_sandbox::{Image, Key, Package, World};

use super::{many, push, push_in};
use crate::support::{Event, Record, Run, Workplace, real_cf, secrets_stay};

/// The packages of a world by the names of their apps.
fn packages(world: &World) -> BTreeMap<String, Package> {
    world.packages().into_iter().map(|package| (package.app.clone(), package)).collect()
}

/// The push of an app, as cf got it.
#[track_caller]
fn push_of<'a>(run: &'a Run, app: &str) -> &'a Event {
    let pushes = run.record.pushes();
    let found: Vec<&&Event> = pushes
        .iter()
        .filter(|push| push.arguments().get(1).is_some_and(|name| name == app))
        .collect();
    assert_eq!(found.len(), 1, "{app}: {run}");
    found[0]
}

#[test]
fn two_apps_are_pushed_each_by_the_digest_that_was_checked() {
    let world = World::start().unwrap();
    let manifest = "\
applications:
- name: web
  docker:
    image: acme/web:1.4
- name: hello
  docker:
    image: us.icr.io/acme/hello:1.0
    username: iamapikey
";
    let run = push(&world, manifest).run();
    assert_eq!(run.code, Some(0), "{run}");
    let packages = packages(&world);
    let web = world.amd64_digest_of("us.icr.io/acme/web:1.4").unwrap();
    let hello = world.digest_of("us.icr.io/acme/hello:1.0").unwrap();
    assert_eq!(packages["web"].image, format!("us.icr.io/acme/web@{web}"));
    assert_eq!(packages["hello"].image, format!("us.icr.io/acme/hello@{hello}"));
    for package in packages.values() {
        assert_eq!(package.username.as_deref(), Some("iamapikey"), "{run}");
        assert_eq!(package.password(), Some(world.sample_key()), "{run}");
    }
    secrets_stay(&world, &run, world.sample_key(), &[]);
    assert_eq!(std::fs::read_to_string(run.place.path("work/manifest.yml")).unwrap(), manifest);
}

#[test]
fn the_manifest_of_the_sandbox_is_pushed() {
    let world = World::start().unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sandbox/three-apps.yml");
    let run = push_in(&world, Workplace::new()).arguments(["-f", file]).run();
    assert_eq!(run.code, Some(0), "{run}");
    let packages = packages(&world);
    assert_eq!(packages.keys().collect::<Vec<_>>(), ["hello", "nginx", "web"], "{run}");
    assert_eq!(packages["nginx"].image, "nginx:latest", "{run}");
}

#[test]
fn fifty_apps_are_pushed_and_each_is_named_in_the_end() {
    let world = World::start().unwrap();
    let run = push(&world, &many(50)).arguments(["--jobs", "8"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(packages(&world).len(), 50);
    for number in 1..=50 {
        let mut lines = run.err().lines();
        let row = lines.rfind(|line| line.starts_with(&format!("app-{number} ")));
        assert!(row.is_some_and(|row| row.contains("pushed")), "{number}: {run}");
    }
    // One image: its manifests are asked for once, not fifty times.
    let asked = world.requests().into_iter().filter(|one| {
        one.host == "us.icr.io"
            && one.path().contains("/manifests/")
            && one.client == icr_cf_sandbox::Client::Outside
    });
    assert_eq!(asked.count(), 2, "{run}");
}

const MIXED: &str = "\
applications:
- name: web
  docker: {image: acme/web:1.4}
- name: public
  docker:
    image: docker.io/library/nginx:latest
- name: hub
  docker:
    image: docker.io/acmehub/private:1
    username: hubuser
- name: team
  docker:
    image: registry.example.com/team/app:1
    username: team
- name: files
  path: app
";

#[test]
fn each_registry_gets_its_own_secret_and_no_other() {
    let world = World::start().unwrap();
    let place = Workplace::new();
    place.write("work/manifest.yml", MIXED);
    place.write("work/app/index.html", "hello");
    let password = place.write("work/team.txt", format!("{}\n", world.team_password()));
    let run = push_in(&world, place)
        .arguments(["--docker-password-for", "docker.io=env:HUB_PASSWORD"])
        .arguments(["--docker-password-for", "registry.example.com=file:team.txt"])
        .variable("HUB_PASSWORD", world.hub_password())
        .run();
    assert_eq!(run.code, Some(0), "{run}");
    let packages = packages(&world);
    let secrets: Vec<(&str, Option<&str>, Option<&str>)> = packages
        .iter()
        .map(|(app, package)| (app.as_str(), package.username.as_deref(), package.password()))
        .collect();
    let expected = [
        ("files", None, None),
        ("hub", Some("hubuser"), Some(world.hub_password())),
        ("public", None, None),
        ("team", Some("team"), Some(world.team_password())),
        ("web", Some("iamapikey"), Some(world.sample_key())),
    ];
    assert_eq!(secrets, expected, "{run}");
    secrets_stay(&world, &run, world.sample_key(), &[]);
    run.shows_nothing_of(world.hub_password(), &[]);
    run.shows_nothing_of(world.team_password(), &[&password]);
    if let Some(record) = run.recorded() {
        environments_hold_one_secret_each(&world, record, &run);
    }
}

/// Each cf has the secret of its app in one variable, and none of the others'.
fn environments_hold_one_secret_each(world: &World, record: &Record, run: &Run) {
    let own = [
        ("web", Some(world.sample_key())),
        ("public", None),
        ("hub", Some(world.hub_password())),
        ("team", Some(world.team_password())),
        ("files", None),
    ];
    let all = [world.sample_key(), world.hub_password(), world.team_password()];
    for (app, secret) in own {
        let push = push_of(run, app);
        for other in all {
            let expected: &[&str] =
                if Some(other) == secret { &["CF_DOCKER_PASSWORD"] } else { &[] };
            assert_eq!(push.variables_holding(other), expected, "{app}: {run}");
        }
        assert_eq!(push.variables().contains(&"CF_DOCKER_PASSWORD"), secret.is_some(), "{app}");
        assert!(!push.variables().contains(&"HUB_PASSWORD"), "{app}: {run}");
    }
    for start in record.of_kind("start").filter(|start| start.arguments()[0] == "version") {
        for secret in all {
            assert_eq!(start.variables_holding(secret), [""; 0], "{run}");
        }
    }
}

#[test]
fn apps_that_are_not_docker_images_of_icr_are_pushed_as_they_stand() {
    let world = World::start().unwrap();
    let place = Workplace::new();
    place.write("work/manifest.yml", MIXED);
    place.write("work/app/index.html", "hello");
    let run = push_in(&world, place).arguments(["public", "files"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    if run.recorded().is_none() {
        return;
    }
    for app in ["public", "files"] {
        assert_eq!(push_of(&run, app).arguments(), ["push", app, "--redact-env"], "{run}");
    }
}

#[test]
fn each_namespace_may_have_a_key_of_its_own() {
    let world = World::start().unwrap();
    let other = world.add_key(Key::random());
    world.add_image("de.icr.io/acme/web:1", Image::runnable());
    let manifest = "\
applications:
- name: web
  docker: {image: us.icr.io/acme/web:1.4}
- name: german
  docker: {image: de.icr.io/acme/web:1}
";
    let run = push(&world, manifest)
        .arguments(["--api-key-for", "de.icr.io/acme=env:GERMAN_KEY"])
        .variable("GERMAN_KEY", &other)
        .run();
    assert_eq!(run.code, Some(0), "{run}");
    let packages = packages(&world);
    assert_eq!(packages["web"].password(), Some(world.sample_key()));
    assert_eq!(packages["german"].password(), Some(other.as_str()));
    secrets_stay(&world, &run, world.sample_key(), &[]);
    secrets_stay(&world, &run, &other, &[]);
    for request in world.requests() {
        let to_de = request.host == "de.icr.io" || request.host.ends_with("cf.sandbox");
        assert!(!request.carries(&other) || to_de, "{request:?}");
    }
    for start in run.record.of_kind("start") {
        assert!(!start.variables().contains(&"GERMAN_KEY"), "{run}");
    }
}

#[test]
fn an_app_with_a_path_beside_its_image_is_pushed_by_a_private_copy() {
    let world = World::start().unwrap();
    let manifest = "\
# ours
applications:
- name: web   # the front
  path: ./app
  docker: { image: 'acme/web:1.4' }
  env:
    OLD: 0755
    YES: yes
";
    let place = Workplace::new();
    place.write("work/manifest.yml", manifest);
    place.write("work/app/index.html", "hello");
    let run = push_in(&world, place).run();
    assert_eq!(run.code, Some(0), "{run}");
    let digest = world.amd64_digest_of("us.icr.io/acme/web:1.4").unwrap();
    let package = packages(&world).remove("web").unwrap();
    assert_eq!(package.image, format!("us.icr.io/acme/web@{digest}"));
    assert_eq!(package.username.as_deref(), Some("iamapikey"));
    assert_eq!(package.password(), Some(world.sample_key()));
    assert_eq!(std::fs::read_to_string(run.place.path("work/manifest.yml")).unwrap(), manifest);
    assert_eq!(left_in_tmp(&run), [""; 0], "{run}");
    let Some(record) = run.recorded() else { return };
    let push = record.push();
    let words = push.arguments();
    assert!(!words.contains(&"--docker-image".to_owned()), "{run}");
    let app = run.place.path("work/app").canonicalize().unwrap();
    let expected = manifest.replace("./app", app.to_str().unwrap()).replace(
        "{ image: 'acme/web:1.4' }",
        &format!("{{ username: iamapikey, image: 'us.icr.io/acme/web@{digest}' }}"),
    );
    assert_eq!(push.text("manifest"), expected);
    assert_eq!(push.text("manifest_mode"), "600", "{run}");
}

fn left_in_tmp(run: &Run) -> Vec<String> {
    let left = std::fs::read_dir(run.place.path("tmp")).unwrap();
    left.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_manifest_from_standard_input_is_pushed_from_a_private_copy() {
    let world = World::start().unwrap();
    let place = Workplace::new();
    place.write("work/app/index.html", "hello");
    let manifest = many(1) + "- name: files\n  path: app\n";
    let run = push_in(&world, place).arguments(["-f", "-"]).stdin(manifest).run();
    assert_eq!(run.code, Some(0), "{run}");
    let packages = packages(&world);
    assert!(packages["app-1"].image.starts_with("us.icr.io/acme/web@sha256:"), "{run}");
    assert_eq!(packages["files"].files, Some(vec!["index.html".to_owned()]), "{run}");
    assert_eq!(left_in_tmp(&run), [""; 0], "{run}");
}

#[test]
fn an_app_of_files_beside_docker_apps_uploads_its_folder_and_nothing_of_ours() {
    let world = World::start().unwrap();
    let place = Workplace::new();
    let manifest = "\
applications:
- name: web
  path: .
  docker: {image: acme/web:1.4}
- name: files
  path: .
";
    place.write("work/manifest.yml", manifest);
    place.write("work/index.html", "hello");
    let run = push_in(&world, place).run();
    assert_eq!(run.code, Some(0), "{run}");
    let files = packages(&world).remove("files").unwrap().files;
    assert_eq!(files, Some(vec!["index.html".to_owned()]), "{run}");
}

#[test]
fn variables_reach_cf_and_the_copy_alike() {
    let world = World::start().unwrap();
    let place = Workplace::new();
    let manifest = "\
applications:
- name: ((name))
  path: .
  docker: {image: \"((image))\"}
  env: {TAG: ((tag))}
";
    place.write("work/manifest.yml", manifest);
    place.write("work/vars.yml", "name: web\nimage: acme/web:1.4\n");
    let run = push_in(&world, place).arguments(["--vars-file", "vars.yml", "--var", "tag=x"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(packages(&world)["web"].image.contains("@sha256:"), "{run}");
}

#[test]
fn one_image_that_cannot_run_stops_all_before_anything_is_changed() {
    let world = World::start().unwrap();
    let manifest = many(2) + "- name: arm\n  docker: {image: acme/arm}\n";
    let run = push(&world, &manifest).run();
    assert_eq!(run.code, Some(65), "{run}");
    assert!(run.err().contains("error[platform-missing]: arm: "), "{run}");
    assert!(run.record.pushes().is_empty() && world.packages().is_empty(), "{run}");
}

#[test]
fn values_of_env_stay_out_of_the_log_where_cf_can_keep_them_out() {
    let world = World::start().unwrap();
    let manifest = many(1) + "  env:\n    TOKEN: hunter2\n";
    let run = push(&world, &manifest).run();
    assert_eq!(run.code, Some(0), "{run}");
    run.shows_nothing_of(
        "hunter2",
        &[&run.place.path("work/manifest.yml"), &run.place.path("record.jsonl")],
    );
    let shown = push(&world, &manifest).arguments(["--show-env"]).run();
    // cf 7 shows no manifest at all.
    let prints_it = real_cf().is_none_or(|cf| cf.major >= 8);
    assert_eq!(shown.out().contains("hunter2"), prints_it, "{shown}");
    let old = push(&world, &manifest).variable("CF_STAND_IN_VERSION", "7.8.0").run();
    assert_eq!(old.code, Some(0), "{old}");
    assert!(!old.record.push().arguments().contains(&"--redact-env".to_owned()), "{old}");
}

#[test]
fn one_app_of_a_manifest_is_pushed_like_one_alone() {
    let world = World::start().unwrap();
    let run = push(&world, &many(3)).arguments(["app-2", "-i", "2"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(packages(&world).keys().collect::<Vec<_>>(), ["app-2"]);
    // What cf prints stays as it is.
    assert!(run.out().contains("\nStaging app and tracing logs...\n"), "{run}");
}

#[test]
fn a_public_image_with_a_path_and_one_that_is_not_pinned_are_pushed_by_a_copy() {
    let world = World::start().unwrap();
    world.add_image("icr.io/ibm/tool:1", Image::runnable());
    world.make_public("icr.io/ibm/tool:1");
    let manifest = "\
applications:
- name: public
  path: .
  docker: {image: 'icr.io/ibm/tool:1'}
- name: tagged
  path: .
  docker: {image: 'acme/web:1.4'}
";
    let run = push(&world, manifest).arguments(["--no-pin"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    let packages = packages(&world);
    assert_eq!(packages["public"].image, "icr.io/ibm/tool:1");
    assert_eq!(packages["public"].password(), None);
    assert_eq!(packages["tagged"].image, "us.icr.io/acme/web:1.4");
    assert_eq!(packages["tagged"].username.as_deref(), Some("iamapikey"));
}
