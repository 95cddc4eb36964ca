//! Pushes of the apps of a manifest: what is made of it, what each cf gets, and what is shown of
//! several at once. Those that deploy also run against a real cf where `ICR_CF_TEST_CF` names one.

#[cfg(unix)]
mod board;
mod checking;
mod copies;
mod deploying;
mod keys;
mod output;
mod reading;
mod refusals;
mod scanning;
mod searching;
mod secrets;
#[cfg(unix)]
mod side_by_side;

use icr_cf_sandbox::World;

use crate::support::{Invocation, Workplace};

/// A push in a folder with this `manifest.yml`, with the sample key, in a region.
fn push(world: &World, manifest: &str) -> Invocation {
    let place = Workplace::new();
    place.write("work/manifest.yml", manifest);
    push_in(world, place)
}

/// The same in a folder that was prepared.
fn push_in(world: &World, place: Workplace) -> Invocation {
    Invocation::new_in(place, ["push"])
        .variable("ICR_REGION", "us-south")
        .variable("ICR_CF_API_KEY", world.sample_key())
        .in_world(world)
        .with_tested_cf()
}

/// A manifest of that many apps, `app-1` and on, that all run the same image.
pub(crate) fn many(count: usize) -> String {
    let app = |number| format!("- name: app-{number}\n  docker:\n    image: acme/web:1.4\n");
    format!("applications:\n{}", (1..=count).map(app).collect::<String>())
}

/// Runs that reach no platform: the stand-in follows a script.
pub(crate) fn scripted(manifest: &str, script: &str) -> Invocation {
    let place = Workplace::new();
    place.write("work/manifest.yml", manifest);
    Invocation::new_in(place, ["push", "--no-checks"])
        .variable("ICR_REGION", "us-south")
        .variable("ICR_CF_API_KEY", crate::support::KEY)
        .script(script)
}
