//! Signals that come while a scan is waited for: they end the wait at once, and cf never runs.

use std::time::{Duration, Instant};

use icr_cf_sandbox::{Action, Assessment, Fault, Key, ScanStatus, World};
use rustix::process::Signal;

use crate::support::{Invocation, secrets_stay};

const IMAGE: &str = "us.icr.io/acme/hello:1.0";
const STATUS: &str = "/va/api/v4/report/image/status/";

/// Ends a command by a signal, once so many questions were answered or, with none, once one is asked.
#[track_caller]
fn ends(world: &World, command: &str, answers: usize, signal: (Signal, i32)) {
    let key = world.add_key(Key::random());
    let words = [command, "web", "--vulnerabilities", "fail", "--image", IMAGE];
    let run = Invocation::new(words).in_world(world).script("out never");
    let mut running = run.variable("ICR_CF_API_KEY", &key).start();
    let of_advisor = |one: &&icr_cf_sandbox::Request| one.path().starts_with(STATUS);
    running.wait_for("questions", |_| {
        let requests = world.requests();
        let asked = requests.iter().filter(of_advisor).count();
        let answered = requests.iter().filter(of_advisor).filter(|one| one.status.is_some());
        asked > 0 && answered.count() >= answers
    });
    running.kill(signal.0);
    let told = Instant::now();
    let run = running.finish();
    assert_eq!(run.code, Some(signal.1), "{run}");
    assert!(told.elapsed() < Duration::from_secs(5), "{run}");
    assert_eq!(run.record.events.len(), 0, "{run}");
    assert!(world.apps().is_empty(), "{run}");
    secrets_stay(world, &run, &key, &[]);
}

#[test]
fn a_signal_while_a_scan_goes_on_ends_the_wait_at_once() {
    for signal in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        for command in ["push", "check"] {
            let world = World::start().unwrap();
            world.assess(IMAGE, Assessment::default().status(ScanStatus::Incomplete));
            ends(&world, command, 2, signal);
        }
    }
}

#[test]
fn a_signal_while_the_advisor_does_not_answer_ends_it_at_once() {
    let world = World::start().unwrap();
    let late = Fault::new(Action::Delay(Duration::from_secs(60)));
    world.add_fault(late.host("us.icr.io").path(STATUS));
    ends(&world, "push", 0, (Signal::TERM, 143));
}
