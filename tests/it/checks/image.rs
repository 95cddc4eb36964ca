//! An image that is not there, and whether it is elsewhere.

use icr_cf::verdict::Name;
use icr_cf_sandbox::{Denial, Image, Key, World};

use super::{Scenario, Trial, names, trial, verdict};

/// A digest that no image has.
fn nobody() -> String {
    format!("sha256:{}", "0123456789abcdef".repeat(4))
}

fn elsewhere(image: &str) -> Trial {
    let world = World::start().unwrap();
    world.add_image("de.icr.io/acme/tool:7", Image::runnable());
    Trial::within(world, image)
}

/// A key of Frankfurt alone asks in Dallas for what is in both.
fn refused_here(denial: Denial) -> Trial {
    let trial = elsewhere("us.icr.io/acme/tool:7");
    trial.world.add_image("us.icr.io/acme/tool:7", Image::runnable());
    let key = trial.world.add_key(Key::random().hosts(["de.icr.io"]).denial(denial));
    trial.key(key)
}

const THERE: &str = "write `de.icr.io/acme/tool:7`, or `--region eu-de`";

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: Name::RepositoryMissing,
        mends: "`ibmcloud cr region-set us-south`, then `ibmcloud cr image-list --restrict acme`",
        make: || Trial::of("us.icr.io/acme/nothing:1"),
    },
    Scenario {
        name: Name::TagMissing,
        mends: "did you mean `us.icr.io/acme/web:1.4`?",
        make: || Trial::of("us.icr.io/acme/web:1.40"),
    },
    Scenario {
        name: Name::DigestMissing,
        mends: "`ibmcloud cr image-restore us.icr.io/acme/web@sha256:0123456789abcdef",
        make: || Trial::of(&format!("us.icr.io/acme/web@{}", nobody())),
    },
    Scenario { name: Name::WrongRegion, mends: THERE, make: || elsewhere("us.icr.io/acme/tool:7") },
    Scenario { name: Name::WrongRegion, mends: THERE, make: || refused_here(Denial::AtManifest) },
    Scenario { name: Name::WrongRegion, mends: THERE, make: || refused_here(Denial::AtToken) },
];

#[test]
fn an_image_that_is_not_there_stops_the_push_and_says_what_is() {
    trial::play(SCENARIOS);
}

#[test]
fn the_nearest_tags_are_named_and_signatures_are_not() {
    let world = World::start().unwrap();
    for tag in ["7.1", "7.0.3", "8", "sha256-0011.sig"] {
        world.add_image(&format!("us.icr.io/acme/api:{tag}"), Image::runnable());
    }
    let run = Trial::within(world, "us.icr.io/acme/api:7").json();
    let said = trial::text(&verdict(&run, Name::TagMissing));
    assert!(said.contains("us.icr.io answered 404 MANIFEST_UNKNOWN"), "{said}");
    assert!(said.contains("tags near it: `7.1`, `7.0.3`"), "{said}");
    assert!(!said.contains("sha256-0011"), "{said}");
}

#[test]
fn tags_that_are_there_come_newest_first_with_latest_among_them_and_the_rest_counted() {
    let world = World::start().unwrap();
    for tag in ["1.9", "1.10", "1.2", "latest", "0.1", "2.0-rc1", "2.0", "main"] {
        world.add_image(&format!("us.icr.io/acme/api:{tag}"), Image::runnable());
    }
    let run = Trial::within(world, "us.icr.io/acme/api:zzz").json();
    let said = trial::text(&verdict(&run, Name::TagMissing));
    let newest = "there is: `latest`, `2.0`, `2.0-rc1`, `1.10`, `1.9` and 3 more";
    assert!(said.contains(newest), "{said}");
    assert!(said.contains("`icr-cf resolve --tags us.icr.io/acme/api` lists what is there"));
}

#[test]
fn a_reference_without_a_tag_is_told_that_latest_was_meant() {
    let world = World::start().unwrap();
    world.add_image("us.icr.io/acme/api:2.0", Image::runnable());
    let run = Trial::within(world, "us.icr.io/acme/api").json();
    let said = trial::text(&verdict(&run, Name::TagMissing));
    assert!(said.contains("without a tag `latest` is meant"), "{said}");
    assert!(said.contains("`us.icr.io/acme/api:2.0`"), "{said}");
}

#[test]
fn the_reference_that_a_hint_names_passes() {
    let run = Trial::of("us.icr.io/acme/web:1.40").json();
    let said = trial::hints(&verdict(&run, Name::TagMissing));
    let named = said.split('`').nth(1).unwrap();
    let again = Trial::of(named).json();
    assert_eq!(again.code, Some(0), "{again}");
    let again = elsewhere("acme/tool:7").words(&["--region", "eu-de"]).json();
    assert_eq!(again.code, Some(0), "{again}");
}

#[test]
fn every_registry_that_has_it_is_named() {
    let trial = elsewhere("us.icr.io/acme/tool:7");
    trial.world.add_image("jp2.icr.io/acme/tool:7", Image::runnable());
    let run = trial.json();
    let said = trial::text(&verdict(&run, Name::WrongRegion));
    assert!(said.contains("it exists in de.icr.io"), "{said}");
    assert!(said.contains("it also exists in jp2.icr.io"), "{said}");
    assert!(said.contains("us.icr.io answered 404"), "{said}");
}

#[test]
fn a_refusal_of_rights_is_one_where_no_other_registry_has_the_image() {
    let trial = Trial::of("us.icr.io/acme/hello:1.0");
    let key = trial.world.add_key(Key::random().hosts(["de.icr.io"]));
    let run = trial.key(key).json();
    assert_eq!(names(&run), ["no-access"], "{run}");
}

#[test]
fn a_refusal_that_may_be_the_wrong_region_names_the_rights_too() {
    let run = refused_here(Denial::AtManifest).json();
    let given = verdict(&run, Name::WrongRegion);
    assert!(trial::text(&given).contains("is refused there; it exists in de.icr.io"), "{run}");
    assert!(trial::hints(&given).contains("service-policy-create SERVICE_ID"), "{run}");
}

#[test]
fn no_other_registry_is_asked_for_what_has_a_private_name() {
    let trial = Trial::of("private.us.icr.io/acme/web:9").words(&["--allow-private"]);
    let run = trial.json();
    assert_eq!(names(&run), ["tag-missing"], "{run}");
    let strangers = trial.all_asked();
    assert!(
        strangers.iter().all(|line| line.contains("private.us.") || line.contains("api.cf.")),
        "{strangers:?}"
    );
}

#[test]
fn a_digest_is_looked_for_elsewhere_too() {
    let world = World::start().unwrap();
    let digest = world.add_image("de.icr.io/acme/tool:7", Image::runnable());
    let run = Trial::within(world, &format!("us.icr.io/acme/tool@{digest}")).json();
    let said = trial::hints(&verdict(&run, Name::WrongRegion));
    assert!(said.contains(&format!("`de.icr.io/acme/tool@{digest}`")), "{said}");
}
