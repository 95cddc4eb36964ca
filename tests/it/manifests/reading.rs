//! What is made of a manifest, as a dry run shows it.

use crate::support::{Invocation, Run, Workplace};

fn dry_run(manifest: &str, words: &[&str]) -> Run {
    let place = Workplace::new();
    place.write("work/manifest.yml", manifest);
    dry_run_in(place, words)
}

fn dry_run_in(place: Workplace, words: &[&str]) -> Run {
    Invocation::new_in(place, ["push", "--dry-run", "--output", "json"])
        .arguments(words)
        .variable("ICR_CF_API_KEY", crate::support::KEY)
        .run()
}

/// What each app's image is taken for: name, image as cf would get it, user.
fn readings(run: &Run) -> Vec<(String, String, String)> {
    assert_eq!(run.code, Some(0), "{run}");
    let document = run.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    let apps = document["apps"].as_array().unwrap().iter().map(|app| {
        let plan = &app["plan"];
        let image = match &plan["image"] {
            serde_json::Value::Null => text(&plan["other_image"]["host"]),
            image => text(&image["pushed"]),
        };
        (text(&app["app"]), image, text(&plan["username"]))
    });
    apps.collect()
}

fn images(run: &Run) -> Vec<String> {
    readings(run).into_iter().map(|(_, image, _)| image).collect()
}

const ALL_KINDS: &str = "\
applications:
- name: short
  docker: {image: 'acme/web:1.4'}
- name: full
  docker:
    image: de.icr.io/acme/api
    username: iamapikey
- name: public
  docker: {image: icr.io/ibm/liberty}
- name: alone
  docker: {image: nginx}
- name: hub
  docker: {image: bitnami/nginx, username: hubuser}
- name: quay
  docker: {image: quay.io/team/tool}
- name: files
  path: .
";

#[test]
fn a_dry_run_shows_the_reading_of_every_app() {
    let words = ["--region", "us-south", "--docker-password-for", "docker.io=file:/dev/null"];
    let run = dry_run(ALL_KINDS, &words);
    let expected = [
        ("short", "us.icr.io/acme/web:1.4", "iamapikey"),
        ("full", "de.icr.io/acme/api", "iamapikey"),
        ("public", "icr.io/ibm/liberty", "-"),
        ("alone", "docker.io", "-"),
        ("hub", "docker.io", "hubuser"),
        ("quay", "quay.io", "-"),
        ("files", "-", "-"),
    ];
    let expected: Vec<_> =
        expected.map(|(app, image, user)| (app.into(), image.into(), user.into())).into();
    assert_eq!(readings(&run), expected);
    assert!(run.record.pushes().is_empty(), "{run}");
}

#[test]
fn a_dry_run_for_people() {
    let place = Workplace::new();
    place.write("work/manifest.yml", ALL_KINDS);
    let run = Invocation::new_in(place, ["push", "--dry-run"])
        .arguments(["--docker-password-for", "docker.io=env:HUB"])
        .variable("HUB", "hunter2")
        .variable("ICR_CF_API_KEY", crate::support::KEY)
        .run();
    insta::assert_snapshot!(run.snapshot());
    run.shows_nothing_of("hunter2", &[]);
}

#[test]
fn a_name_alone_is_in_the_namespace_that_is_given() {
    let manifest = "applications:\n- name: web\n  docker:\n    image: web:1.4\n";
    let run = dry_run(manifest, &["--region", "eu-de", "--namespace", "acme"]);
    assert_eq!(images(&run), ["de.icr.io/acme/web:1.4"]);
    assert_eq!(images(&dry_run(manifest, &["--region", "eu-de"])), ["docker.io"]);
}

#[test]
fn a_region_for_the_manifest_leaves_full_references_alone() {
    let run = dry_run(ALL_KINDS, &["full", "--region", "us-south"]);
    assert_eq!(images(&run), ["de.icr.io/acme/api"]);
}

#[test]
fn without_a_region_the_search_is_foreseen() {
    let run = dry_run(ALL_KINDS, &["short"]);
    assert_eq!(images(&run), ["REGION.icr.io/acme/web:1.4"]);
    assert_eq!(run.json()["apps"][0]["plan"]["image"]["region"], serde_json::Value::Null);
}

#[test]
fn variables_are_filled_in_with_the_precedence_of_cf() {
    let place = Workplace::new();
    let manifest = "\
applications:
- name: ((name))
  docker:
    image: us.icr.io/((image.namespace))/web:((tag))
";
    place.write("work/manifest.yml", manifest);
    place.write("work/a.yml", "name: a\ntag: 1\nimage: {namespace: acme}\n");
    place.write("work/b.yml", "name: b\n");
    let files = ["--vars-file", "a.yml", "--vars-file", "b.yml"];
    let run = dry_run_in(place, &[&files[..], &["--var", "tag=2", "--var", "tag=3"]].concat());
    let expected = ("b".into(), "us.icr.io/acme/web:3".into(), "iamapikey".into());
    assert_eq!(readings(&run), [expected]);
}

#[test]
fn anchors_and_merge_keys_are_followed() {
    let manifest = "\
defaults: &defaults
  docker: &docker
    image: us.icr.io/acme/web:1
    username: iamapikey
applications:
- name: merged
  <<: *defaults
- name: aliased
  docker: *docker
- name: overridden
  <<: *defaults
  docker:
    <<: *docker
    image: us.icr.io/acme/web:2
";
    let run = dry_run(manifest, &[]);
    let expected = ["us.icr.io/acme/web:1", "us.icr.io/acme/web:1", "us.icr.io/acme/web:2"];
    assert_eq!(images(&run), expected);
    assert!(!run.err().contains("defaults"), "{run}");
}

#[test]
fn the_manifest_is_found_as_cf_finds_it() {
    let one = |name: &str| {
        format!("applications:\n- name: {name}\n  docker: {{image: us.icr.io/acme/web}}\n")
    };
    let place = || {
        let place = Workplace::new();
        place.write("work/manifest.yaml", one("yaml"));
        place.write("work/sub/manifest.yml", one("sub"));
        place.write("work/other", one("other"));
        place
    };
    let name = |place: Workplace, words: &[&str]| readings(&dry_run_in(place, words)).remove(0).0;
    assert_eq!(name(place(), &[]), "yaml");
    assert_eq!(name(place(), &["-f", "sub"]), "sub");
    assert_eq!(name(place(), &["-f", "other"]), "other");
    assert_eq!(name(place(), &["-f", "sub", "-f", "other"]), "other");
    let both = place();
    both.write("work/manifest.yml", one("yml"));
    assert_eq!(name(both, &[]), "yml");
    let stdin = Invocation::new(["push", "--dry-run", "--output", "json", "-f", "-"])
        .stdin(one("piped"))
        .run();
    assert_eq!(readings(&stdin)[0].0, "piped");
}

#[test]
fn one_app_may_be_given_another_name_and_several_are_chosen_by_name() {
    let one = "applications:\n- name: web\n  docker: {image: us.icr.io/acme/web}\n";
    assert_eq!(readings(&dry_run(one, &["blue"]))[0].0, "blue");
    let run = dry_run(ALL_KINDS, &["files", "full", "full"]);
    let names: Vec<String> = readings(&run).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["full", "files"], "in the order of the manifest");
}

#[test]
fn what_cf_drops_in_silence_is_said() {
    let manifest = "\
inherit: base.yml
memory: 1G
applications:
- name: web
  docker:
    image: us.icr.io/acme/web
    username: iamapikey
    password: hunter2
";
    let run = dry_run(manifest, &["--var", "tag=1.10"]);
    for part in ["inherit", "memory", "password", "'tag=\"1.10\"'"] {
        assert!(run.err().contains(part), "{part}: {run}");
    }
    assert!(!run.err().contains("hunter2"), "{run}");
}
