//! What cf gets in place of the reference as given, and how many requests it takes to know.

use icr_cf_sandbox::{Image, Index, World};
use serde_json::Value;

use super::{Trial, names};

/// What the one package of a push names.
#[track_caller]
fn pushed(trial: &Trial, words: &[&str]) -> String {
    let run = trial.push(words);
    assert_eq!(run.code, Some(0), "{run}");
    let packages = trial.world.packages();
    assert_eq!(packages.len(), 1, "{run}");
    let word = run.record.push().arguments();
    assert!(word.contains(&packages[0].image), "{run}");
    packages[0].image.clone()
}

fn digests(image: &str) -> (World, String, String) {
    let world = World::start().unwrap();
    let index = world.digest_of(image).unwrap();
    let amd64 = world.amd64_digest_of(image).unwrap();
    (world, index, amd64)
}

const WEB: &str = "us.icr.io/acme/web:1.4";

#[test]
fn a_tag_of_an_index_becomes_the_digest_of_the_image_for_the_platform() {
    let (world, _, amd64) = digests(WEB);
    let image = pushed(&Trial::within(world, WEB), &[]);
    assert_eq!(image, format!("us.icr.io/acme/web@{amd64}"));
    let (world, _, amd64) = digests("us.icr.io/acme/web:docker");
    let image = pushed(&Trial::within(world, "us.icr.io/acme/web:docker"), &[]);
    assert_eq!(image, format!("us.icr.io/acme/web@{amd64}"));
}

#[test]
fn a_tag_of_an_image_becomes_its_digest() {
    let trial = Trial::of("us.icr.io/acme/hello:1.0");
    let digest = trial.world.digest_of("us.icr.io/acme/hello:1.0").unwrap();
    assert_eq!(pushed(&trial, &[]), format!("us.icr.io/acme/hello@{digest}"));
}

#[test]
fn what_was_given_is_pushed_where_no_pin_is_wanted_or_nothing_was_checked() {
    for switch in ["--no-pin", "--no-checks"] {
        assert_eq!(pushed(&Trial::of(WEB), &[switch]), WEB);
    }
}

#[test]
fn a_digest_beside_a_tag_is_pushed_alone() {
    let (world, index, amd64) = digests(WEB);
    let trial = Trial::within(world, &format!("{WEB}@{amd64}"));
    assert_eq!(pushed(&trial, &[]), format!("us.icr.io/acme/web@{amd64}"));
    let (world, ..) = digests(WEB);
    let trial = Trial::within(world, &format!("{WEB}@{index}"));
    assert_eq!(pushed(&trial, &[]), format!("us.icr.io/acme/web@{amd64}"));
    let (world, ..) = digests(WEB);
    let trial = Trial::within(world, &format!("{WEB}@{index}"));
    assert_eq!(pushed(&trial, &["--no-pin"]), format!("us.icr.io/acme/web@{index}"));
}

#[test]
fn another_platform_gets_its_own_image() {
    let world = World::start().unwrap();
    let digest = world.add_image("us.icr.io/acme/z:1", Image::runnable_for("linux/s390x"));
    let amd64 = Image::runnable();
    world.add_image("us.icr.io/acme/z:1", Index::of([amd64, Image::runnable_for("linux/s390x")]));
    let run =
        Trial::within(world, "us.icr.io/acme/z:1").words(&["--platform", "linux/s390x"]).json();
    assert_eq!(run.json()["apps"][0]["checks"]["image"]["digest"], digest, "{run}");
}

#[test]
fn a_registry_under_its_former_name_is_pinned_under_that_name() {
    let trial = Trial::of("registry.ng.bluemix.net/acme/hello:1.0");
    let digest = trial.world.digest_of("us.icr.io/acme/hello:1.0").unwrap();
    assert_eq!(pushed(&trial, &[]), format!("registry.ng.bluemix.net/acme/hello@{digest}"));
}

#[test]
fn the_documents_of_check_and_push_hold_tag_digests_and_size() {
    let (world, index, amd64) = digests(WEB);
    let trial = Trial::within(world, WEB);
    let check = trial.json();
    let push = trial.push(&["--output", "json"]);
    for (run, command) in [(&check, "check"), (&push, "push")] {
        let document = run.json();
        assert_eq!((&document["command"], run.code), (&command.into(), Some(0)), "{run}");
        let image = &document["apps"][0]["checks"]["image"];
        assert_eq!(image["reference"], WEB, "{run}");
        assert_eq!(image["tag"], "1.4", "{run}");
        assert_eq!(image["index_digest"], index, "{run}");
        assert_eq!(image["digest"], amd64, "{run}");
        assert_eq!(image["pinned"], format!("us.icr.io/acme/web@{amd64}"), "{run}");
        assert!(image["size_bytes"].as_u64().unwrap() > 512, "{run}");
        assert_eq!(image["layers"], 1, "{run}");
    }
    let plan = &push.json()["apps"][0]["plan"]["image"];
    assert_eq!(plan["pushed"], format!("us.icr.io/acme/web@{amd64}"), "{push}");
}

#[test]
fn a_single_image_has_no_digest_of_an_index() {
    let run = Trial::of("us.icr.io/acme/hello:1.0").json();
    assert_eq!(run.json()["apps"][0]["checks"]["image"]["index_digest"], Value::Null, "{run}");
}

#[test]
fn a_dry_run_shows_the_reference_as_given_asks_nobody_and_says_what_checks_would_do() {
    let trial = Trial::of(WEB).words(&["--dry-run"]);
    let run = trial.push(&[]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("not run; they would pin the digest for linux/amd64"), "{run}");
    let last = run.out().lines().last().unwrap();
    assert!(last.contains(&format!("--docker-image {WEB} ")), "{run}");
    assert!(trial.world.requests().is_empty() && trial.world.connections().is_empty());
    let plain = Trial::of(WEB).words(&["--dry-run", "--no-pin"]).push(&[]);
    assert!(plain.out().contains("not run; for linux/amd64"), "{plain}");
    let none = Trial::of(WEB).words(&["--dry-run", "--no-checks"]).push(&[]);
    assert!(
        none.out().lines().any(|line| line.split_whitespace().eq(["checks", "none"])),
        "{none}"
    );
}

#[test]
fn a_check_of_an_index_asks_for_what_it_needs_and_nothing_twice() {
    let (world, _, amd64) = digests(WEB);
    let trial = Trial::within(world, WEB);
    let run = trial.json();
    let config = trial.asked("us.icr.io").pop().unwrap();
    let mut asked = trial.all_asked();
    // The platform is asked at the same time.
    let of_cf = "GET api.cf.sandbox /v3/feature_flags/diego_docker";
    let before = asked.len();
    asked.retain(|line| line != of_cf);
    assert_eq!(before, asked.len() + 1, "{asked:?}");
    assert_eq!(
        asked[..3],
        [
            "GET us.icr.io /oauth/token".to_owned(),
            "GET us.icr.io /v2/acme/web/manifests/1.4".to_owned(),
            format!("GET us.icr.io /v2/acme/web/manifests/{amd64}"),
        ],
        "{asked:?}"
    );
    assert!(config.path().starts_with("/v2/acme/web/blobs/sha256:"), "{asked:?}");
    assert_eq!(asked.len(), 5, "{asked:?}");
    assert!(asked[4].starts_with("GET dd0.us.icr.io /blobs/sha256"), "{asked:?}");
    assert_eq!(run.json()["checks"]["requests"], 6, "{run}");
    let mut targets: Vec<String> =
        trial.world.connections().into_iter().map(|one| one.target).collect();
    targets.sort();
    assert_eq!(targets, ["api.cf.sandbox:443", "dd0.us.icr.io:443", "us.icr.io:443"]);
}

#[test]
fn a_digest_is_resolved_with_two_requests_on_one_connection() {
    let trial = Trial::of(WEB);
    let (_, _, amd64) = digests(WEB);
    let mut resolve = crate::support::Invocation::new(["resolve", "--digest", WEB])
        .variable("ICR_CF_API_KEY", trial.world.sample_key());
    for (name, value) in trial.world.env() {
        resolve = resolve.variable(&name, value);
    }
    resolve.run().is(0, &format!("us.icr.io/acme/web@{amd64}\n"), "");
    assert_eq!(
        trial.all_asked(),
        ["GET us.icr.io /oauth/token", "GET us.icr.io /v2/acme/web/manifests/1.4"]
    );
    assert_eq!(trial.world.connections().len(), 1);
}

#[test]
fn nothing_secret_goes_where_the_configuration_is_kept() {
    let trial = Trial::of("us.icr.io/acme/hello:1.0");
    let run = trial.json();
    assert_eq!(names(&run), [""; 0], "{run}");
    let asked = trial.asked("dd0.us.icr.io");
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(asked[0].authorization_scheme.is_none(), "{asked:?}");
    assert!(!asked[0].carries(trial.world.sample_key()), "{asked:?}");
}
