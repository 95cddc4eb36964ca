//! Keys and values of a manifest that Cloud Foundry ignores or refuses: said before anything is
//! pushed, by the check as by the push.

use icr_cf_sandbox::{Image, World};

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

#[test]
fn a_disk_that_is_too_small_for_one_of_several_is_mended_where_the_hint_says() {
    let world = World::start().unwrap();
    world.add_image("us.icr.io/acme/big:1", Image::runnable().layer(600 << 20));
    let app = |name| format!("- name: {name}\n  docker: {{image: 'acme/big:1'}}\n");
    let manifest = format!(
        "applications:\n{}- name: c\n  docker: {{image: acme/web:1.4}}\n{}",
        app("a"),
        app("b")
    );
    let run = check(&world, &manifest, &[]);
    assert!(run.out().contains("advice[disk-quota]: a, b: "), "{run}");
    let mut lines: Vec<String> = manifest.lines().map(str::to_owned).collect();
    let hints = run.out().lines().filter(|line| line.starts_with("hint: `disk_quota"));
    let hints: Vec<&str> = hints.collect();
    assert_eq!(hints.len(), 2, "{run}");
    for hint in hints.iter().rev() {
        let (key, rest) = hint["hint: `".len()..].split_once('`').unwrap();
        let (_, line) = rest.split_once(" at manifest.yml:").unwrap();
        let line: usize = line.split(',').next().unwrap().parse().unwrap();
        lines.insert(line, format!("  {key}"));
    }
    let mended = check(&world, &lines.join("\n"), &[]);
    assert!(!mended.out().contains("disk-quota"), "{mended}");
    assert_eq!(mended.code, Some(0), "{mended}");
    // Alone it is a line with a flag.
    let alone = check(&world, &manifest, &["b"]);
    assert!(alone.out().contains("hint: `icr-cf check b -k 2G`, "), "{alone}");
}

#[test]
fn what_is_still_to_be_pushed_is_a_line_to_paste() {
    let place = Workplace::new();
    place.write("work/deploy/m.yml", super::many(3));
    let words = ["push", "-f", "deploy/m.yml", "--no-checks", "--var", "tag=hunter2", "--jobs=1"];
    let failed = Invocation::new_in(place, words)
        .variable("ICR_REGION", "us-south")
        .variable("ICR_CF_API_KEY", crate::support::KEY)
        .script("app app-2 exit 3; out x")
        .run();
    let line = "icr-cf push app-2 app-3 -f deploy/m.yml --no-checks --var tag=VALUE --jobs 1";
    assert!(failed.err().contains(&format!("still to be pushed: `{line}`")), "{failed}");
    assert!(!failed.err().contains("hunter2"), "{failed}");
    let words = shell_words::split(line).unwrap();
    let run = Invocation::new_in(failed.place, &words[1..])
        .variable("ICR_REGION", "us-south")
        .variable("ICR_CF_API_KEY", crate::support::KEY)
        .script("out x")
        .run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.err().contains("app-3") && !run.err().contains("app-1"), "{run}");
}

#[test]
fn where_there_is_advice_the_check_that_says_more_is_a_line_to_paste() {
    let world = World::start().unwrap();
    let run = push(&world, ODD).arguments(["--strategy", "rolling"]).variable("CI", "true").run();
    let line = "icr-cf check --strategy rolling";
    assert!(run.err().contains(&format!("advice: retention; more by `{line}`")), "{run}");
    let words = shell_words::split(line).unwrap();
    let words: Vec<&str> = words.iter().skip(2).map(String::as_str).collect();
    assert!(check(&world, ODD, &words).out().contains("advice[retention]: "));
}
