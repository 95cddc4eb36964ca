//! `cf icr-push …` is `icr-cf push …`: the same push, the same words on the same streams, but for the
//! exit code, which cf makes 1, and for lines to be pasted, which begin with `cf`.

use icr_cf_sandbox::{Key, KeyState, World, sha256_hex};

use super::{lines_of, pushing, through_cf};
use crate::support::{Invocation, KEY, Run, secrets_stay};

const PUSH: [&str; 4] = ["icr-push", "web", "--image", "us.icr.io/acme/web:1.4"];

#[test]
fn a_push_deploys_with_the_key_for_cf_alone() {
    let world = World::start().unwrap();
    let run =
        through_cf(PUSH).in_world(&world).variable("ICR_CF_API_KEY", world.sample_key()).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(world.instance_states("web"), ["RUNNING"], "{run}");
    secrets_stay(&world, &run, world.sample_key(), &[]);
    let Some(record) = run.recorded() else { return };
    let push = record.push();
    assert_eq!(push.variables_holding(world.sample_key()), ["CF_DOCKER_PASSWORD"], "{run}");
    // The cf above is none of ours, so that nobody takes this for a circle.
    assert_eq!(push.0["env"]["ICR_CF_LEVEL"], sha256_hex(b"1"), "{run}");
    let key = world.sample_key();
    let starts: Vec<_> = record.of_kind("start").collect();
    assert!(starts.len() >= 3, "{run}");
    assert!(
        starts.iter().all(|start| !start.arguments().iter().any(|word| word.contains(key))),
        "{run}"
    );
}

#[test]
fn what_cf_prints_is_masked_on_its_way_through_two() {
    let run = pushing(KEY, "echo-secret; echo-secret base64 err; echo-secret chunks").run();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(run.out().lines().filter(|line| line.contains("***")).count(), 2, "{run}");
    std::fs::remove_file(run.place.path("home/.cf/plugins/icr-cf")).unwrap();
    run.shows_nothing_of(KEY, &[]);
}

/// The same line by our own name and through cf.
fn both(words: &[&str], with: impl Fn(Invocation) -> Invocation) -> [Run; 2] {
    let plugin = format!("icr-{}", words[0]);
    let through: Vec<&str> =
        std::iter::once(plugin.as_str()).chain(words[1..].iter().copied()).collect();
    let direct = Invocation::new(words).with_tested_cf();
    [with(direct).run(), with(through_cf(through)).run()]
}

/// A text without its figures, such as seconds.
fn timeless(text: &str) -> String {
    let has_figure = |word: &&str| word.contains(|c: char| c.is_ascii_digit());
    text.split_whitespace().filter(|word| !has_figure(word)).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_failure_is_1_through_cf_and_said_in_the_same_words() {
    let world = World::start().unwrap();
    let disabled = world.add_key(Key::random().state(KeyState::Disabled));
    let web = ["--image", "us.icr.io/acme/web:1.4"];
    for (words, key, code) in [
        (&["push", "web"][..], world.sample_key(), 2),
        (&["push", "web", "--image", "us.icr.io/acme/Web"], world.sample_key(), 65),
        (&["push", "web", "--image", "us.icr.io/acme/none"], world.sample_key(), 66),
        (&["push", "web", web[0], web[1]], &disabled, 77),
        (&["check", "web", web[0], web[1]], &disabled, 77),
        (&["diff", "web", web[0], web[1]], world.sample_key(), 1),
        (&["resolve", "a"], world.sample_key(), 2),
    ] {
        let [direct, through] =
            both(words, |run| run.in_world(&world).variable("ICR_CF_API_KEY", key));
        assert_eq!((direct.code, through.code), (Some(code), Some(1)), "{direct}{through}");
        assert_eq!(timeless(&through.err().replace("cf icr-", "icr-cf ")), timeless(direct.err()));
        assert_eq!(timeless(&through.out().replace("cf icr-", "icr-cf ")), timeless(direct.out()));
    }
}

#[test]
fn the_exit_code_stands_in_the_document() {
    let words = ["icr-push", "web", "--image", "us.icr.io/acme/Web", "--output", "json"];
    let run = through_cf(words).run();
    assert_eq!(run.code, Some(1), "{run}");
    let document = run.json();
    assert_eq!(document["exit_code"], 65, "{run}");
    assert_eq!(document["command"], "push", "{run}");
}

#[test]
fn a_hint_is_a_line_that_works_where_the_plugin_is_all_that_is_there() {
    let world = World::start().unwrap();
    let mut pasted = 0;
    for words in [
        &["icr-push", "web", "-o", "acme/web:1.4", "-o", "us.icr.io/acme/web:1.4"][..],
        &["icr-push", "web", "-o", "us.icr.io/acme/web:1.4", "--no-checks=yes"],
        &["icr-push", "web", "-o", "us.icr.io/acme/web:1.4", "--silent"],
        &["icr-check", "web", "-o", "us.icr.io/acme/web:1.4", "--no-checks"],
    ] {
        for output in ["text", "json"] {
            let run = through_cf(words.iter().copied().chain(["--output", output]))
                .in_world(&world)
                .run();
            assert_eq!(run.code, Some(1), "{run}");
            let said = match output {
                "json" => run.json()["error"]["hints"].to_string(),
                _ => run.err().split_once("hint: ").unwrap().1.to_owned(),
            };
            assert!(!said.contains("`icr-cf"), "{run}");
            pasted += lines_of(&said).len();
            for line in lines_of(&said) {
                let script = format!(
                    "{}\n{line}",
                    super::INSTALLED.replace("exec \"$cf\" \"$@\"", "alias cf=\"$cf\"")
                );
                let done = Invocation::new([""; 0])
                    .behind_shell(&script)
                    .in_world(&world)
                    .variable("ICR_REGION", "us-south")
                    .variable("ICR_CF_API_KEY", world.sample_key())
                    .run();
                assert_eq!(done.code, Some(0), "{line}: {done}");
            }
        }
    }
    assert!(pasted >= 6, "{pasted} lines");
}

#[test]
fn a_line_that_day_two_shows_begins_with_cf_too() {
    let world = World::start().unwrap();
    let digest = world.amd64_digest_of("us.icr.io/acme/web:1.4").unwrap();
    let image = format!("us.icr.io/acme/web@{digest}");
    world.run_app("web", &image, world.sample_key()).unwrap();
    let key = world.add_key(Key::random().state(KeyState::Disabled));
    let run = through_cf(["icr-audit", "--fail-on", "definitive"])
        .in_world(&world)
        .variable("ICR_CF_API_KEY", &key)
        .run();
    assert_eq!(run.code, Some(1), "{run}");
    let said = format!("{}{}", run.out(), run.err());
    assert!(said.contains("web") && !said.contains("`icr-cf "), "{run}");
    let run = through_cf(["icr-rotate"])
        .in_world(&world)
        .variable("ICR_CF_API_KEY", world.sample_key())
        .run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.err().contains("cf icr-audit") || run.out().contains("cf icr-audit"), "{run}");
    secrets_stay(&world, &run, world.sample_key(), &[]);
}

#[test]
fn what_stands_behind_two_dashes_goes_to_cf_and_v_does_not() {
    let line = ["icr-push", "web", "-o", "us.icr.io/acme/web", "--dry-run"];
    let run = through_cf(line.into_iter().chain(["-v", "--", "--new-flag", "x"])).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("--new-flag x"), "{run}");
    assert!(!run.out().contains(" -v"), "{run}");
}

#[test]
fn a_key_comes_on_standard_input_through_cf() {
    let words = ["icr-push", "web", "--image", "us.icr.io/acme/web:1", "--no-checks"];
    let run = through_cf(words).arguments(["--api-key-stdin"]).stdin(KEY).script("exit 0").run();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(run.record.push().variables_holding(KEY), ["CF_DOCKER_PASSWORD"], "{run}");
}

#[test]
fn what_is_called_like_a_line_of_ours_keeps_its_name() {
    let push =
        ["icr-push", "icr-cf push", "--image", "us.icr.io/acme/web", "--dry-run", "--no-checks"];
    let run = through_cf(push).variable("ICR_CF_API_KEY", KEY).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("push 'icr-cf push'"), "{run}");
    let push = [&push[..], &["--output", "json"]].concat();
    let run = through_cf(push).variable("ICR_CF_API_KEY", KEY).run();
    let document: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(document["apps"][0]["app"], "icr-cf push", "{run}");
}

#[test]
fn the_help_of_a_command_is_said_for_cf_too() {
    let run = through_cf(["icr-help", "push"]).run();
    assert!(run.out().contains("Usage: cf icr-push"), "{run}");
    assert!(!run.out().contains("icr-cf push"), "{run}");
}
