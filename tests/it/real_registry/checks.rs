//! What icr-cf says of a real registry: the same as of the sandbox's own.

use super::digest;
use super::server::{HOST, RealRegistry};
use crate::support::{Invocation, KEY, Run};

/// Runs icr-cf in the registry's world, where cf is logged in.
fn icr_cf(registry: &RealRegistry, key: &str, words: &[&str]) -> Run {
    let invocation = Invocation::new(words).variable("ICR_CF_API_KEY", key);
    let variables = registry.world.env();
    variables.iter().fold(invocation, |run, (name, value)| run.variable(name, value)).run()
}

/// Runs a check of an image as JSON.
fn check(registry: &RealRegistry, key: &str, image: &str) -> Run {
    let image = format!("{HOST}/{image}");
    icr_cf(registry, key, &["check", "web", "--image", &image, "--output", "json"])
}

#[test]
fn an_image_that_was_pushed_passes_the_checks() {
    let Some(registry) = RealRegistry::start() else { return };
    let skopeo = registry.inspect("acme/web:1", &registry.key);
    let run = check(&registry, &registry.key, "acme/web:1");
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.verdicts().iter().all(|verdict| verdict["weight"] == "advice"), "{run}");
    assert_eq!(run.json()["apps"][0]["checks"]["image"]["digest"], digest(&skopeo.out), "{run}");
    run.shows_nothing_of(&registry.key, &[]);
}

#[test]
fn an_index_stands_for_its_image_for_the_platform() {
    let Some(registry) = RealRegistry::start() else { return };
    let run = icr_cf(&registry, &registry.key, &["resolve", "--digest", "us.icr.io/acme/multi:1"]);
    let line = format!("us.icr.io/acme/multi@{}\n", registry.written.multi_amd64);
    assert_eq!((run.code, run.out()), (Some(0), line.as_str()), "{run}");
    let run = check(&registry, &registry.key, "acme/multi:1");
    assert_eq!(
        run.json()["apps"][0]["checks"]["image"]["digest"],
        registry.written.multi_amd64,
        "{run}"
    );
}

#[test]
fn a_tag_that_was_not_pushed_is_missing() {
    let Some(registry) = RealRegistry::start() else { return };
    let run = check(&registry, &registry.key, "acme/web:2");
    assert_eq!(run.code, Some(66), "{run}");
    assert_eq!(run.json()["error"]["kind"], "tag-missing", "{run}");
}

#[test]
fn a_wrong_key_opens_nothing_and_is_not_shown() {
    let Some(registry) = RealRegistry::start() else { return };
    let run = check(&registry, KEY, "acme/web:1");
    assert_eq!(run.code, Some(77), "{run}");
    let opened = |path: &str| path.starts_with("/v2/acme/");
    assert!(!registry.world.saw(|seen| opened(seen.path()) && seen.status == Some(200)), "{run}");
    run.shows_nothing_of(KEY, &[]);
}
