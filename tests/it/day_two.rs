//! Day two: apps that are there already are looked at, get another key, go back. Each runs the built
//! program in a world of its own, whose platform pulls with what it was given and nothing else.

mod audit;
mod busy;
mod diff;
#[cfg(unix)]
mod ending;
mod faults;
mod honest;
mod if_changed;
mod keeping;
#[cfg(unix)]
mod killed;
mod leaks;
mod limits;
mod notes;
#[cfg(unix)]
mod odd;
mod platform;
mod rollback;
mod rotate;
mod rotate_fails;
mod take_back;
mod undecided;

use icr_cf::verdict::Name;
use icr_cf_sandbox::{Key, World};

use crate::support::{Invocation, Run, secrets_stay};

/// What no push is told: the tests of each stand below.
pub(crate) const VERDICTS: [Name; 10] = [
    Name::CfNotAllowed,
    Name::CfTooOld,
    Name::CfGone,
    Name::CfRefused,
    Name::ShortLivedUser,
    Name::StagingInProgress,
    Name::InstancesDown,
    Name::PullFailed,
    Name::PushedByTag,
    Name::KeyEnding,
];

/// An image with a tag, which apps are pushed with.
const WEB: &str = "us.icr.io/acme/web:1.4";
const HELLO: &str = "us.icr.io/acme/hello:1.0";

/// A key that may do the same as the one of the world.
fn another_key(world: &World) -> String {
    world.add_key(Key::random().namespaces(["acme"]))
}

/// The digest of an image, as a push pins it.
fn pinned(world: &World, image: &str) -> String {
    let digest = world.amd64_digest_of(image).or_else(|| world.digest_of(image)).unwrap();
    let (name, _) = image.rsplit_once(':').unwrap();
    format!("{name}@{digest}")
}

/// Runs a command with this key.
fn run_with(world: &World, key: &str, words: &[&str]) -> Run {
    let run = Invocation::new(words).in_world(world).variable("ICR_CF_API_KEY", key).run();
    secrets_stay(world, &run, key, &[]);
    run
}

/// A world with these apps on the old key, and a new key.
fn world_of(apps: &[&str]) -> (World, String, String) {
    let world = World::start().unwrap();
    let old = world.sample_key().to_owned();
    for app in apps {
        world.run_app(app, &pinned(&world, WEB), &old).unwrap();
    }
    let new = another_key(&world);
    (world, old, new)
}

/// A rotation with this key and these words.
fn rotating(world: &World, key: &str, words: &[&str]) -> Invocation {
    let words = ["rotate"].into_iter().chain(words.iter().copied());
    Invocation::new(words).in_world(world).variable("ICR_CF_API_KEY", key)
}

/// The document of a run.
fn document(run: &Run) -> serde_json::Value {
    serde_json::from_str(run.out()).unwrap_or_else(|error| panic!("{error}: {run}"))
}

/// What the document says of an app.
fn of_app<'a>(document: &'a serde_json::Value, app: &str) -> &'a serde_json::Value {
    let all = document["apps"].as_array().unwrap();
    all.iter().find(|one| one["app"] == app).unwrap_or_else(|| panic!("no {app}: {document}"))
}

/// The names of an app's findings.
fn findings(document: &serde_json::Value, app: &str) -> Vec<String> {
    let all = of_app(document, app)["findings"].as_array().unwrap();
    all.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}
