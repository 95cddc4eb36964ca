//! Keys and values of a manifest that Cloud Foundry ignores or refuses: said before anything is
//! pushed, by the check as by the push.

use icr_cf_sandbox::World;

use super::{push, scripted};
use crate::support::{Invocation, Run, Workplace};

const ODD: &str = "\
applications:
- name: web
  docker: {image: acme/web:1.4}
  instnces: 3
  docker_image: acme/web
";

fn check(world: &World, manifest: &str, words: &[&str]) -> Run {
    let place = Workplace::new();
    place.write("work/manifest.yml", manifest);
    Invocation::new_in(place, ["check"])
        .arguments(words)
        .variable("ICR_REGION", "us-south")
        .variable("ICR_CF_API_KEY", world.sample_key())
        .in_world(world)
        .run()
}

#[test]
fn keys_that_nobody_reads_are_warned_of_and_the_check_does_not_say_that_all_is_well() {
    let world = World::start().unwrap();
    let run = check(&world, ODD, &[]);
    assert_eq!(run.code, Some(0), "{run}");
    for part in [
        "warning: manifest.yml:4: Cloud Foundry ignores `instnces` in an app; did you mean `instances`?",
        "warning: manifest.yml:5: Cloud Foundry ignores `docker_image` in an app; it belongs into `docker`: `docker: {image: ...}`",
    ] {
        assert!(run.err().contains(part), "{part}: {run}");
    }
    let summary = "nothing stands against a push but 2 warnings about the manifest (";
    assert!(run.out().contains(summary), "{run}");
    let json = check(&world, ODD, &["--output", "json"]);
    assert_eq!(json.json()["warnings"].as_array().unwrap().len(), 2, "{json}");
    let pushed = push(&world, ODD).run();
    assert_eq!(pushed.code, Some(0), "{pushed}");
    assert!(pushed.err().contains("did you mean `instances`?"), "{pushed}");
}

#[test]
fn a_value_that_cf_or_the_cloud_controller_refuses_stops_the_check_and_the_push() {
    let world = World::start().unwrap();
    for (lines, message, hint) in [
        ("instances: two", "`instances` is a text, not a whole number", "write `instances: 2`"),
        ("disk_quota: 2048", "`disk_quota` has no unit", "write `disk_quota: 2048M`"),
        (
            "routes:\n  - web.cf.test",
            "an entry of `routes` is a text, not a mapping",
            "write `- route: HOST.DOMAIN`",
        ),
    ] {
        let manifest =
            format!("applications:\n- name: web\n  docker: {{image: acme/web:1.4}}\n  {lines}\n");
        let run = check(&world, &manifest, &[]);
        assert_eq!(run.code, Some(65), "{run}");
        assert!(run.err().contains(&format!("error: {message}\n  manifest.yml:")), "{run}");
        assert!(run.err().contains(&format!("hint: {hint}")), "{run}");
        let run = push(&world, &manifest).run();
        assert_eq!(run.code, Some(65), "{run}");
        assert!(run.record.pushes().is_empty() && world.packages().is_empty(), "{run}");
        let with_image =
            scripted(&manifest, "out x").arguments(["web", "-o", "us.icr.io/acme/web"]);
        assert_eq!(with_image.run().code, Some(65));
    }
}

#[test]
fn only_the_apps_that_are_pushed_are_judged_and_flags_go_before_what_is_written() {
    let manifest = "\
applications:
- name: web
  docker: {image: us.icr.io/acme/web}
- name: odd
  docker: {image: us.icr.io/acme/web}
  memory: lots
";
    for (words, code) in
        [(vec!["web"], 0), (vec!["odd"], 65), (vec![], 65), (vec!["odd", "-m", "1G"], 0)]
    {
        let run = scripted(manifest, "exit 0").arguments(&words).run();
        assert_eq!(run.code, Some(code), "{words:?}: {run}");
    }
}
