//! Vulnerability Advisor and the apps of a manifest: each image once, several side by side, what is
//! said of one with its app in front.

use std::time::Duration;

use icr_cf_sandbox::{Action, Assessment, Fault, IAM_HOST, Image, Key, Vulnerability, World};

use crate::support::{Invocation, Run, Workplace};

const STATUS: &str = "/va/api/v4/report/image/status/";

fn run(world: &World, command: &str, manifest: &str, words: &[&str]) -> Run {
    let place = Workplace::new();
    place.write("work/manifest.yml", manifest);
    let key = world.add_key(Key::random());
    let run = Invocation::new_in(place, [command])
        .arguments(["--vulnerabilities", "fail"])
        .arguments(words)
        .variable("ICR_REGION", "us-south")
        .variable("ICR_CF_API_KEY", &key)
        .in_world(world)
        .run();
    run.shows_nothing_of(&key, &[]);
    run
}

fn app(name: &str, image: &str) -> String {
    format!("- name: {name}\n  docker: {{image: '{image}'}}\n")
}

fn manifest(apps: &[String]) -> String {
    format!("applications:\n{}", apps.concat())
}

fn asked(world: &World, test: impl Fn(&str, &str) -> bool) -> usize {
    world.requests().iter().filter(|one| test(&one.host, one.path())).count()
}

fn found() -> Assessment {
    Assessment::of([Vulnerability::new("CVE-2026-1").package("openssl", "1", "2")])
}

#[test]
fn an_image_that_several_apps_run_is_asked_about_once_with_one_token() {
    let world = World::start().unwrap();
    world.add_image("us.icr.io/acme/other:1", Image::runnable().label("other"));
    let apps = [app("a", "acme/hello:1.0"), app("b", "acme/hello:1.0"), app("c", "acme/other:1")];
    let manifest = manifest(&apps);
    world.assess("us.icr.io/acme/hello:1.0", found());
    let run = run(&world, "check", &manifest, &[]);
    assert_eq!(run.code, Some(65), "{run}");
    assert_eq!(asked(&world, |_, path| path.starts_with(STATUS)), 2, "{run}");
    assert_eq!(asked(&world, |host, _| host == IAM_HOST), 1, "{run}");
    let said = "error[vulnerable]: a, b: Vulnerability Advisor finds 1 vulnerability";
    assert!(run.out().contains(said), "{run}");
    let verdicts = run.out().lines().filter(|line| line.ends_with("  vulnerable")).count();
    assert_eq!(verdicts, 2, "{run}");
    assert!(
        run.out().lines().any(|line| line.starts_with('c') && line.ends_with("  fine")),
        "{run}"
    );
}

#[test]
fn each_registry_gets_a_token_of_its_own() {
    let world = World::start().unwrap();
    world.add_image("de.icr.io/acme/app:1", Image::runnable());
    let apps = [app("a", "acme/hello:1.0"), app("b", "de.icr.io/acme/app:1")];
    let run = run(&world, "check", &manifest(&apps), &[]);
    assert_eq!(run.code, Some(0), "{run}");
    let requests = world.requests();
    let of_advisor = requests.iter().filter(|one| one.path().starts_with("/va/"));
    let tokens: Vec<_> = of_advisor.map(|one| (&one.host, &one.authorization_sha256)).collect();
    assert_eq!(tokens.len(), 2, "{tokens:?}");
    assert!(tokens[0].0 != tokens[1].0 && tokens[0].1 != tokens[1].1, "{tokens:?}");
}

#[test]
fn several_images_are_asked_about_side_by_side() {
    let world = World::start().unwrap();
    let images = (0..8).map(|number| {
        let image = format!("us.icr.io/acme/app-{number}:1");
        world.add_image(&image, Image::runnable().label(&image));
        app(&format!("app-{number}"), &image)
    });
    let manifest = manifest(&images.collect::<Vec<_>>());
    let late = Fault::new(Action::Delay(Duration::from_secs(2)));
    world.add_fault(late.host("us.icr.io").path(STATUS));
    let run = run(&world, "check", &manifest, &[]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(asked(&world, |_, path| path.starts_with(STATUS)), 8, "{run}");
    // One after another they would take 16 seconds.
    assert!(run.time < Duration::from_secs(12), "{run}");
}

#[test]
fn one_vulnerable_image_stops_the_push_of_all() {
    let world = World::start().unwrap();
    world.add_image("us.icr.io/acme/other:1", Image::runnable().label("other"));
    world.assess("us.icr.io/acme/other:1", found());
    let apps = [app("a", "acme/hello:1.0"), app("b", "acme/other:1"), app("hub", "nginx")];
    let push = run(&world, "push", &manifest(&apps), &[]);
    assert_eq!(push.code, Some(65), "{push}");
    assert!(push.err().contains("error[vulnerable]: b: "), "{push}");
    assert!(world.apps().is_empty() && push.record.pushes().is_empty(), "{push}");
    let ignoring = run(&world, "push", &manifest(&apps), &["--ignore", "CVE-2026-1"]);
    assert_eq!((ignoring.code, world.apps().len()), (Some(0), 3), "{ignoring}");
}
