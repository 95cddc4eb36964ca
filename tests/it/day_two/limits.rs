//! Limits on requests: what the platform says of them is heeded, and said.

use std::time::Duration;
#[cfg(unix)]
use std::time::Instant;

use icr_cf_sandbox::{CF_API_HOST, World};

use super::{WEB, another_key, document, of_app, pinned, run_with};
#[cfg(unix)]
use crate::support::{Invocation, secrets_stay};
use crate::support::{Run, wait_for};

const AN_HOUR: Duration = Duration::from_secs(60 * 60);

/// A world with apps, whose platform takes so many requests in so much time.
fn world(count: u64, window: Duration) -> World {
    let world = World::start().unwrap();
    for name in ["web", "api"] {
        world.run_app(name, &pinned(&world, WEB), world.sample_key()).unwrap();
    }
    world.limit_requests(count, window);
    world.forget_traffic();
    world
}

/// How often the platform has refused a request.
fn refused(world: &World) -> usize {
    let is_refused =
        |one: &&icr_cf_sandbox::Request| one.host == CF_API_HOST && one.status == Some(429);
    world.requests().iter().filter(is_refused).count()
}

#[track_caller]
fn said(run: &Run, count: usize) {
    let words = "api.cf.sandbox takes no more requests until 20";
    let all = format!("{}{}", run.out(), run.err());
    let found = all.matches(words).count();
    assert!(found >= count.min(1) && found <= count, "{run}");
}

#[test]
fn requests_that_are_used_up_are_waited_for_and_that_is_said() {
    // The first answer says that there are no more.
    let world = world(1, Duration::from_secs(2));
    let lifted = std::thread::scope(|scope| {
        let lift = scope.spawn(|| {
            wait_for("the first request", || {
                world.saw(|one| one.host == CF_API_HOST && one.status.is_some())
            });
            world.limit_requests(1000, Duration::from_secs(2));
        });
        let run = run_with(&world, world.sample_key(), &["audit"]);
        lift.join().unwrap();
        run
    });
    assert_eq!(lifted.code, Some(0), "{lifted}");
    assert_eq!(refused(&world), 0, "{lifted}");
    assert!(lifted.err().starts_with("note: api.cf.sandbox takes no more requests until 20"));
    assert!(lifted.time > Duration::from_secs(1), "{lifted}");
}

#[test]
fn a_rotation_goes_on_when_there_are_requests_again() {
    let world = world(9, Duration::from_secs(2));
    let new = another_key(&world);
    let run = run_with(&world, &new, &["rotate", "--jobs", "1", "--output", "json"]);
    assert_eq!(run.code, Some(0), "{run}");
    for app in ["web", "api"] {
        assert_eq!(of_app(&document(&run), app)["result"], "done", "{run}");
    }
    said(&run, 50);
    assert_eq!(refused(&world), 0, "{run}");
}

#[test]
fn nothing_is_said_where_nothing_but_errors_is_wanted() {
    let world = world(3, Duration::from_secs(2));
    let run = run_with(&world, world.sample_key(), &["audit", "--quiet"]);
    assert_eq!((run.code, run.err()), (Some(0), ""), "{run}");
}

#[test]
fn requests_that_come_back_in_an_hour_are_not_waited_for_and_the_time_is_named() {
    let world = world(1, AN_HOUR);
    let run = run_with(&world, world.sample_key(), &["audit"]);
    assert!(run.time < Duration::from_secs(30), "{run}");
    let all = format!("{}{}", run.out(), run.err());
    assert!(
        all.contains("429 Too Many Requests, to the last try; it takes some again at 20"),
        "{run}"
    );
    said(&run, 0);
}

#[test]
#[cfg(unix)]
fn a_signal_ends_the_wait_at_once() {
    let world = world(1, Duration::from_secs(50));
    let run = Invocation::new(["audit", "--check-timeout", "5m"]).in_world(&world);
    let mut running = run.variable("ICR_CF_API_KEY", world.sample_key()).start();
    running.wait_for("the wait", |running| {
        String::from_utf8_lossy(&running.stderr()).contains("takes no more requests until")
    });
    let told = Instant::now();
    running.kill(rustix::process::Signal::INT);
    let run = running.finish();
    assert_eq!(run.code, Some(130), "{run}");
    assert!(told.elapsed() < Duration::from_secs(5), "{run}");
    secrets_stay(&world, &run, world.sample_key(), &[]);
}
