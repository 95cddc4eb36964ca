//! Secrets of several registries: whose key is whose, what is refused, and where none may get to.

use icr_cf_sandbox::{Client, Image, World};

use super::{many, push, push_in, scripted};
use crate::leaks::VARIABLES;
use crate::support::{Invocation, KEY, Run, Workplace};

const HUB: &str = "\
- name: hub
  docker:
    image: docker.io/acmehub/private:1
    username: hubuser
";

#[test]
fn a_variable_with_another_registrys_password_is_no_key_of_icr() {
    let world = World::start().unwrap();
    let run = push(&world, &(many(1) + HUB))
        .arguments(["--docker-password-for", "docker.io=env:CF_DOCKER_PASSWORD"])
        .without("ICR_CF_API_KEY")
        .variable("CF_DOCKER_PASSWORD", world.hub_password())
        .variable("IC_API_KEY", world.sample_key())
        .run();
    assert_eq!(run.code, Some(0), "{run}");
    for request in world.requests().iter().filter(|one| one.host.ends_with("icr.io")) {
        assert!(!request.carries(world.hub_password()), "{request:?}");
    }
    for package in world.packages() {
        let expected = if package.app == "hub" { world.hub_password() } else { world.sample_key() };
        assert_eq!(package.password(), Some(expected), "{}", package.app);
    }
}

/// Apps that need no key of ICR, and no password either.
const KEYLESS: [(&str, &str); 6] = [
    ("nginx", "  docker: {image: nginx}\n"),
    ("quay", "  docker: {image: 'quay.io/prometheus/busybox:latest'}\n"),
    ("ibm", "  docker: {image: 'icr.io/ibm/liberty:latest'}\n"),
    ("folder", "  path: app\n"),
    ("here", "  memory: 64M\n"),
    ("copied", "  path: app\n  docker: {image: ghcr.io/acme/web}\n"),
];

/// A push of an app with the key, one with a password, and those that need neither.
fn all_kinds() -> Invocation {
    let keyless = KEYLESS.map(|(app, rest)| format!("- name: {app}\n{rest}")).concat();
    let push = scripted(&(many(1) + HUB + &keyless), "out x").without("ICR_CF_API_KEY");
    push.place().write("work/app/index.html", "hello");
    push.place().write("work/hub.txt", "the password of hub");
    push
}

/// In how many variables of the cf of an app the sample key is, and whether one of that name is.
#[track_caller]
fn keys_of(run: &Run, app: &str, name: &str) -> (usize, bool) {
    assert_eq!(run.code, Some(0), "{name}: {app}: {run}");
    let pushes = run.record.pushes();
    let push = pushes.iter().find(|push| push.arguments()[1] == app).unwrap();
    (push.variables_holding(KEY).len(), push.variables().contains(&name))
}

#[test]
fn a_key_in_any_variable_is_kept_from_the_cf_of_an_app_that_needs_none() {
    for name in VARIABLES {
        let run = all_kinds()
            .variable(name, KEY)
            .arguments(["--docker-password-for", "docker.io=file:hub.txt"])
            .run();
        let gets_one = name == "CF_DOCKER_PASSWORD";
        assert_eq!(keys_of(&run, "app-1", name), (1, gets_one), "{name}: {run}");
        assert_eq!(keys_of(&run, "hub", name), (0, gets_one), "{name}: {run}");
        for (app, _) in KEYLESS {
            assert_eq!(keys_of(&run, app, name), (0, false), "{name}: {app}: {run}");
        }
    }
}

#[test]
fn one_app_alone_that_needs_no_key_does_not_see_that_of_the_others() {
    for (app, _) in KEYLESS {
        let run = all_kinds().variable("CF_DOCKER_PASSWORD", KEY).arguments([app]).run();
        assert_eq!(keys_of(&run, app, "CF_DOCKER_PASSWORD"), (0, false), "{app}: {run}");
    }
}

#[test]
fn an_app_name_that_is_a_flag_leads_no_secret_elsewhere() {
    for name in ["-oregistry.example.com/team/app", "--docker-image=quay.io/a/b", "-h"] {
        let manifest = format!(
            "applications:\n- name: \"{name}\"\n  docker: {{image: us.icr.io/acme/web:1.4}}\n"
        );
        let run = scripted(&manifest, "out x").run();
        assert_eq!(run.code, Some(65), "{name}: {run}");
        assert!(run.record.pushes().is_empty(), "{name}: {run}");
        assert!(run.err().contains("manifest.yml:2:9"), "{name}: {run}");
    }
}

#[test]
fn docker_flags_behind_the_dashes_lead_no_secret_elsewhere() {
    for word in ["-o", "-oquay.io/a/b", "-o=x", "--docker-image", "--docker-username=x"] {
        let run = scripted(&many(2), "out x").arguments(["app-1", "--", word, "quay.io/a/b"]).run();
        assert_eq!(run.code, Some(2), "{word}: {run}");
        assert!(run.record.pushes().is_empty(), "{word}: {run}");
    }
    for words in [["-vo", "x"], ["-vf", "other.yml"], ["-vvoquay.io/a", "x"], ["--", "x"]] {
        let run = scripted(&many(1), "out x").arguments(["--"]).arguments(words).run();
        assert_eq!(run.code, Some(2), "{words:?}: {run}");
        assert!(run.record.pushes().is_empty(), "{words:?}: {run}");
    }
    let run = scripted(&many(1), "out x")
        .arguments(["--image", "us.icr.io/acme/web:2", "--", "-o", "quay.io/a/b"])
        .run();
    let words = run.record.push().arguments();
    assert_eq!(words[words.len() - 3], "us.icr.io/acme/web:2", "ours come last: {run}");
}

#[test]
fn a_password_goes_with_the_image_that_was_read() {
    let world = World::start().unwrap();
    let run = push(&world, &format!("applications:\n{HUB}"))
        .arguments(["--docker-password-for", "docker.io=env:HUB"])
        .variable("HUB", world.hub_password())
        .run();
    assert_eq!(run.code, Some(0), "{run}");
    if let Some(record) = run.recorded() {
        let words = record.push().arguments().join(" ");
        let told = "--docker-image docker.io/acmehub/private:1 --docker-username hubuser";
        assert!(words.ends_with(told), "{run}");
    }
}

#[test]
fn a_secret_in_place_of_its_source_is_not_repeated() {
    for (flag, value) in [
        ("--docker-password-for", "us.icr.io=hunter2"),
        ("--docker-password-for", "docker.io=hunter2"),
        ("--docker-password-for", "hunter2"),
        ("--api-key-for", "acme=hunter2"),
        ("--api-key-for", "hunter2"),
    ] {
        let run = scripted(&many(1), "out x").arguments([flag, value, "--output", "json"]).run();
        assert_eq!(run.code, Some(2), "{value}: {run}");
        run.shows_nothing_of("hunter2", &[]);
    }
}

#[test]
fn what_no_image_needs_is_refused_as_a_mistake() {
    for words in [
        ["--api-key-for", "acem=env:OTHER"],
        ["--api-key-for", "de.icr.io=env:OTHER"],
        ["--docker-password-for", "docker.io=env:OTHER"],
    ] {
        for image in [&[][..], &["--image", "us.icr.io/acme/web"]] {
            let run = scripted(&many(1), "out x")
                .arguments(words)
                .arguments(image)
                .variable("OTHER", KEY)
                .run();
            assert_eq!(run.code, Some(2), "{words:?}: {run}");
            assert!(run.err().contains("no image is one that"), "{words:?}: {run}");
        }
    }
}

#[test]
fn a_key_for_a_host_is_asked_about_by_nobody_else() {
    let world = World::start().unwrap();
    world.add_image("us.icr.io/acme/only-us:1", Image::runnable());
    let manifest = "applications:\n- name: web\n  docker: {image: 'de.icr.io/acme/only-us:1'}\n";
    let run = push(&world, manifest)
        .arguments(["--api-key-for", "de.icr.io=env:GERMAN"])
        .variable("GERMAN", world.sample_key())
        .run();
    assert_eq!(run.code, Some(66), "{run}");
    let hosts = world.requests().into_iter().filter(|one| one.client == Client::Outside);
    for request in hosts.filter(|one| one.host.ends_with("icr.io")) {
        assert_eq!(request.host, "de.icr.io", "{run}");
    }
}

#[test]
fn a_short_password_is_no_part_of_harmless_words() {
    let manifest = format!("applications:\n{HUB}  env: {{STAGE: development}}\n");
    let words = ["--docker-password-for", "docker.io=env:P"];
    let run = scripted(&manifest, "out x").arguments(words).variable("P", "dev").run();
    assert_eq!(run.code, Some(0), "{run}");
    let whole = format!("applications:\n{HUB}  env: {{STAGE: dev}}\n");
    let run = scripted(&whole, "out x").arguments(words).variable("P", "dev").run();
    assert_eq!(run.code, Some(2), "{run}");
}

#[test]
fn a_key_elsewhere_in_the_manifest_is_named_by_its_line() {
    let manifest = many(1) + &format!("  # {KEY}\n");
    let run = scripted(&manifest, "out x").run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.err().contains("manifest.yml:5: the API key of this push stands there"), "{run}");
    assert!(!run.err().contains(KEY), "{run}");
}

#[test]
fn the_sources_of_all_apps_are_explained() {
    let words = ["--docker-password-for", "docker.io=env:HUB", "--explain-key"];
    let explained =
        || scripted(&(many(1) + HUB), "out x").arguments(words).variable("HUB", "hunter2");
    let run = explained().run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("`ICR_CF_API_KEY`") && run.out().contains("used for hub"), "{run}");
    let run = explained().arguments(["--dry-run"]).run();
    assert!(run.out().contains("would be used for hub"), "{run}");
    run.shows_nothing_of("hunter2", &[]);
}

#[test]
fn a_key_for_some_images_alone_is_explained_too() {
    let words = ["--api-key-for", "acme=env:ACME", "--explain-key"];
    let explained = || scripted(&many(1), "out x").arguments(words).variable("ACME", KEY);
    let run = explained().run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("`ACME`") && run.out().contains("used for app-1"), "{run}");
    let run = explained().arguments(["--output", "json"]).run();
    assert_eq!(run.json()["dry_run"], serde_json::Value::Null, "{run}");
    let run = explained().arguments(["--dry-run"]).run();
    assert!(run.out().contains("would be used for app-1"), "{run}");
}

#[test]
#[cfg(unix)]
fn one_key_is_typed_for_all_registries() {
    use crate::support::Setup;
    let world = World::start().unwrap();
    world.add_image("de.icr.io/acme/web:1", Image::runnable());
    let manifest = many(1) + "- name: german\n  docker: {image: 'de.icr.io/acme/web:1'}\n";
    let push = push(&world, &manifest).without("ICR_CF_API_KEY").on(Setup::Leader);
    let mut running = push.start();
    running.wait_for("a prompt", |running| {
        String::from_utf8_lossy(&running.stdout()).trim_end().ends_with("(not shown):")
    });
    running.terminal().press(format!("{}\n", world.sample_key()).as_bytes());
    let run = running.finish();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(run.out().matches("(not shown):").count(), 1, "{run}");
    assert_eq!(world.packages().len(), 2, "{run}");
    run.shows_nothing_of(world.sample_key(), &[]);
}

#[test]
fn a_dry_run_offers_no_line_that_would_do_something_else() {
    let place = Workplace::new();
    let manifest = "\
applications:
- name: web
  path: .
  docker: {image: 'acme/web:1.4', username: iamapikey}
";
    place.write("work/manifest.yml", manifest);
    let world = World::start().unwrap();
    let run = push_in(&world, place).arguments(["--dry-run"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    let last = run.out().lines().last().unwrap();
    assert!(last.starts_with("# "), "{run}");
    assert!(!run.out().contains("CF_DOCKER_PASSWORD="), "{run}");
}

#[test]
fn a_secret_that_is_a_name_or_an_image_is_refused_before_anything_has_it() {
    let odd = "correct-horse-battery-staple";
    for (key, manifest) in [
        (KEY, format!("- name: {KEY}\n  docker: {{image: us.icr.io/acme/web}}\n")),
        (KEY, format!("- name: web\n  docker: {{image: 'us.icr.io/acme/web:{KEY}'}}\n")),
        (KEY, format!("- name: web\n  docker: {{image: docker.io/a/b, username: {KEY}}}\n")),
        // Of another form than IBM's.
        (odd, format!("- name: {odd}\n  docker: {{image: us.icr.io/acme/web}}\n")),
    ] {
        for output in ["text", "json", "json-lines"] {
            let run = scripted(&format!("applications:\n{manifest}"), "out x")
                .arguments(["--output", output, "--no-checks"])
                .variable("ICR_CF_API_KEY", key)
                .run();
            assert_eq!(run.code, Some(2), "{manifest}: {run}");
            assert!(run.record.pushes().is_empty(), "{run}");
            let said = format!("{}{}", run.out(), run.err());
            assert!(said.contains("manifest.yml:"), "{run}");
            if key == KEY {
                run.shows_nothing_of(KEY, &[&run.place.path("work/manifest.yml")]);
            } else if output != "json-lines" {
                assert!(!said.contains(odd), "{run}");
            }
        }
    }
}
