//! Manifests that are refused: before any cf runs, with the place and the way out.

use super::{many, scripted};
use crate::support::{Invocation, KEY, Run, Workplace, key_of};

/// Runs a push of a manifest that has to be refused before anything runs.
#[track_caller]
fn refused(manifest: &str, words: &[&str], code: i32) -> Run {
    let run = scripted(manifest, "out x").arguments(words).run();
    assert_eq!(run.code, Some(code), "{run}");
    assert!(run.record.pushes().is_empty(), "{run}");
    run
}

#[test]
fn a_fault_is_shown_with_file_line_column_and_the_line_itself() {
    let manifest = "\
applications:
- name: web
  docker:
    image: us.icr.io/acme/Web:1
";
    insta::assert_snapshot!(refused(manifest, &[], 65).snapshot());
}

#[test]
fn broken_yaml_is_shown_where_it_breaks() {
    let run = refused("applications:\n- name: web\n  docker: {image: [a\n", &[], 65);
    assert!(run.err().starts_with("error: "), "{run}");
    assert!(run.err().contains("manifest.yml:") && run.err().contains('^'), "{run}");
}

#[test]
fn a_missing_variable_is_named_with_what_gives_it() {
    let manifest = "applications:\n- name: web\n  docker:\n    image: us.icr.io/acme/web:((tag))\n";
    let run = refused(manifest, &[], 65);
    for part in ["tag", "manifest.yml:4:", "--var tag="] {
        assert!(run.err().contains(part), "{part}: {run}");
    }
}

#[test]
fn an_app_that_is_not_there_is_named_with_those_that_are() {
    let run = refused(&many(3), &["app-4"], 2);
    assert!(run.err().contains("app-1, app-2, app-3"), "{run}");
    assert!(run.err().contains("did you mean `app-"), "{run}");
}

#[test]
fn flags_for_one_app_are_refused_for_several() {
    for (words, flag) in [
        (["-i", "2"], "--instances"),
        (["-m", "1G"], "--memory"),
        (["--", "--new-flag"], "--new-flag"),
    ] {
        let run = refused(&many(2), &words, 2);
        assert!(run.err().contains(&format!("`{flag}` with 2 apps at once")), "{run}");
    }
    let run =
        scripted(&many(2), "out x").arguments(["app-2", "-i", "2", "--strategy", "rolling"]).run();
    assert_eq!(run.code, Some(0), "{run}");
}

#[test]
fn an_image_goes_to_one_app() {
    let image = ["--image", "us.icr.io/acme/web"];
    let run = refused(&many(2), &image, 2);
    assert!(run.err().contains("`--image` for 2 apps"), "{run}");
    let run = refused(&many(2), &[&["app-1", "app-2"][..], &image].concat(), 2);
    assert!(run.err().contains("`app-2` is one word too many"), "{run}");
}

#[test]
fn an_app_of_files_gets_no_image_by_flag() {
    let manifest = "applications:\n- name: web\n  path: .\n";
    let run = refused(manifest, &["--image", "us.icr.io/acme/web"], 65);
    assert!(run.err().contains("manifest.yml:3:"), "{run}");
}

#[test]
fn two_apps_of_one_name_and_an_app_without_one_are_refused() {
    let twice = many(1) + "- name: app-1\n  docker: {image: acme/web}\n";
    let run = refused(&twice, &[], 65);
    assert!(run.err().contains("there twice") && run.err().contains("manifest.yml:2"), "{run}");
    let run = refused(&(many(1) + "- docker: {image: acme/web}\n"), &[], 65);
    assert!(run.err().contains("without a `name`"), "{run}");
}

#[test]
fn a_user_of_another_registry_without_its_password_is_refused_before_anything_runs() {
    let manifest =
        many(1) + "- name: hub\n  docker:\n    image: quay.io/team/app\n    username: robot\n";
    let run = refused(&manifest, &[], 65);
    for part in ["quay.io", "manifest.yml:8:15", "--docker-password-for quay.io=env:NAME"] {
        assert!(run.err().contains(part), "{part}: {run}");
    }
    let unused =
        ["--docker-password-for", "quay.io=env:P", "--docker-password-for", "ghcr.io=env:P"];
    let run = scripted(&manifest, "out x").arguments(unused).variable("P", "x").run();
    assert_eq!(run.code, Some(2), "{run}");
    assert!(
        run.err().contains("no image is one that `--docker-password-for ghcr.io=...`"),
        "{run}"
    );
}

#[test]
fn a_key_in_the_environment_of_an_app_is_refused_and_not_repeated() {
    for entry in [
        "CF_DOCKER_PASSWORD: hunter2".to_owned(),
        "ICR_CF_API_KEY: hunter2".to_owned(),
        format!("HARMLESS: {KEY}"),
        format!("HARMLESS: 'iamapikey:{KEY}'"),
        format!("NESTED: {{deep: [\"{KEY}\"]}}"),
    ] {
        let manifest = many(1) + &format!("  env:\n    {entry}\n");
        let run = refused(&manifest, &[], 2);
        assert!(run.err().contains("manifest.yml:6"), "{run}");
        let text = [&run.stdout[..], &run.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        assert!(!text.contains("hunter2") && !text.contains(KEY), "{run}");
    }
}

#[test]
fn a_key_in_a_file_of_variables_is_refused_and_not_repeated() {
    let place = Workplace::new();
    place.write("work/manifest.yml", many(1) + "  env:\n    A: ((a))\n");
    let vars = place.write("work/vars.yml", format!("a: {KEY}\nb: 1\n"));
    let run = Invocation::new_in(place, ["push", "--no-checks", "--vars-file", "vars.yml"])
        .variable("ICR_REGION", "us-south")
        .variable("ICR_CF_API_KEY", KEY)
        .script("out x")
        .run();
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.record.pushes().is_empty(), "{run}");
    run.shows_nothing_of(KEY, &[&vars]);
    let named = Workplace::new();
    named.write("work/manifest.yml", many(1));
    named.write("work/vars.yml", "nested: {ICR_CF_API_KEY: hunter2}\n");
    let run = Invocation::new_in(named, ["push", "--no-checks", "--vars-file", "vars.yml"])
        .variable("ICR_REGION", "us-south")
        .variable("ICR_CF_API_KEY", KEY)
        .run();
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().contains("`ICR_CF_API_KEY` must not stand in vars.yml"), "{run}");
    let other = key_of("another key");
    let place = Workplace::new();
    place.write("work/manifest.yml", many(1) + &format!("  env:\n    A: {other}\n"));
    let run = Invocation::new_in(place, ["push", "--no-checks"])
        .variable("ICR_REGION", "us-south")
        .variable("ICR_CF_API_KEY", KEY)
        .script("out x")
        .run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.err().contains("looks like an API key") && !run.err().contains(&other), "{run}");
}

#[test]
fn a_variable_of_an_app_that_is_named_like_a_key_is_warned_of() {
    for name in ["IBMCLOUD_API_KEY", "IBM_CLOUD_API_KEY", "IC_API_KEY", "BLUEMIX_API_KEY"] {
        let place = Workplace::new();
        place.write("work/manifest.yml", many(1) + &format!("  env:\n    {name}: hunter2\n"));
        let words = ["push", "--no-checks", "--dry-run", "-r", "us-south"];
        let run = Invocation::new_in(place, words).run();
        assert_eq!(run.code, Some(0), "{run}");
        assert!(run.err().contains(&format!("`{name}` looks like an API key")), "{run}");
    }
}

#[test]
fn docker_and_buildpacks_in_one_app_are_refused() {
    let run = refused(&(many(1) + "  buildpacks: [go]\n"), &[], 65);
    assert!(run.err().contains("`docker` and buildpacks"), "{run}");
}

#[test]
fn standard_input_has_one_reader() {
    let run = Invocation::new(["push", "-f", "-", "--api-key-stdin"]).stdin(many(1)).run();
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().contains("cannot both read standard input"), "{run}");
}

#[test]
fn nothing_to_push_is_said_with_what_there_could_be() {
    let run = Invocation::new(["push", "web"]).run();
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().contains("no image given, and there is no manifest"), "{run}");
    let place = Workplace::new();
    place.write("work/empty/x", "");
    let run = Invocation::new_in(place, ["push", "-f", "empty"]).run();
    assert_eq!(run.code, Some(66), "{run}");
    assert!(run.err().contains("no manifest in the folder `empty`"), "{run}");
}

#[test]
fn docker_without_an_image_and_one_app_without_a_name_are_refused() {
    let run = refused("applications:\n- name: web\n  docker: {username: iamapikey}\n", &[], 65);
    assert!(run.err().contains("`docker` without an `image`"), "{run}");
    let run = refused("applications:\n- docker: {image: acme/web}\n", &[], 65);
    assert!(run.err().contains("or say it: `icr-cf push web --no-checks`"), "{run}");
}

#[test]
fn flags_about_the_manifest_that_exclude_each_other_are_refused_as_such() {
    let run = refused(&many(3), &["--no-manifest", "-f", "manifest.yml"], 2);
    assert!(
        run.err().contains("`--no-manifest` and `--manifest` cannot be used together"),
        "{run}"
    );
}

#[test]
fn a_host_with_a_path_is_no_host_for_a_password() {
    let run = refused(&many(1), &["--docker-password-for", "https://quay.io=env:P"], 2);
    assert!(run.err().contains("no registry host"), "{run}");
}
