//! Whose an image is and what login it is pushed with: the same for `--image` and for a manifest.

#[cfg(unix)]
mod bytes;
mod elsewhere;
mod needless;
mod public;
#[cfg(unix)]
mod typed;
mod unnamed;
mod without_key;

use icr_cf_sandbox::{Package, World};

use crate::support::{Invocation, Run, Workplace};

/// A push, or its checks, in a world, without any key.
fn within(world: &World, command: &str, place: Workplace) -> Invocation {
    Invocation::new_in(place, [command]).in_world(world)
}

/// `icr-cf push web --image IMAGE` in a world, without any key.
fn one(world: &World, image: &str) -> Invocation {
    within(world, "push", Workplace::new()).arguments(["web", "--image", image])
}

/// The same image, said by a manifest; `more` are further lines of `docker`.
fn of_manifest(world: &World, image: &str, more: &str) -> Invocation {
    let place = Workplace::new();
    let docker = format!("image: '{image}'{more}");
    place.write(
        "work/manifest.yml",
        format!("applications:\n- name: web\n  docker: {{{docker}}}\n"),
    );
    within(world, "push", place)
}

/// The one package that a push has made.
#[track_caller]
fn package(world: &World, run: &Run) -> Package {
    assert_eq!(run.code, Some(0), "{run}");
    let mut packages = world.packages();
    assert_eq!(packages.len(), 1, "{run}");
    packages.remove(0)
}

/// A push that was refused before cf ran.
#[track_caller]
fn refused(run: &Run, code: i32, parts: &[&str]) {
    assert_eq!(run.code, Some(code), "{run}");
    assert!(run.record.pushes().is_empty(), "{run}");
    for part in parts {
        assert!(run.err().contains(part), "{part}: {run}");
    }
}
