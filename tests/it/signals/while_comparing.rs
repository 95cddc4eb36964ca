//! Signals that come while a push is compared with what is there: they end it at once, whichever
//! question is open, and leave neither a cf nor a file.

use std::time::{Duration, Instant};

use icr_cf_sandbox::{Action, CF_API_HOST, Client, Fault, Login, World};
use rustix::process::Signal;

use super::TERMINALS;
use crate::support::{CTRL_C, Invocation, Running, Setup, secrets_stay, state, wait_for};

const IMAGE: &str = "us.icr.io/acme/web:1.4";
const COMMANDS: [&[&str]; 2] =
    [&["diff", "web", "--image", IMAGE], &["push", "web", "--image", IMAGE, "--if-changed"]];

/// A world with an app that has another image.
fn world() -> World {
    let world = World::start().unwrap();
    world.run_app("web", "us.icr.io/acme/hello:1.0", world.sample_key()).unwrap();
    world.forget_traffic();
    world
}

fn invocation(world: &World, words: &[&str]) -> Invocation {
    let run = Invocation::new(words).in_world(world).script("out never");
    run.variable("ICR_CF_API_KEY", world.sample_key())
}

/// Where the platform is asked in a comparison.
fn places() -> Vec<String> {
    let world = world();
    let run = invocation(&world, COMMANDS[0]).run();
    assert_eq!(run.code, Some(1), "{run}");
    let of_platform = |one: &icr_cf_sandbox::Request| {
        one.host == CF_API_HOST && one.client == Client::Outside && one.path().starts_with("/v3/")
    };
    let mut all: Vec<String> = world
        .requests()
        .iter()
        .filter(|one| of_platform(one))
        .map(|one| one.path().to_owned())
        .collect();
    all.sort();
    all.dedup();
    assert!(all.iter().any(|path| path.ends_with("/manifest_diff")), "{all:?}");
    all
}

/// Holds the end of a run against "at once, and nothing is left".
#[track_caller]
fn ends(running: Running, world: &World, code: i32, what: &str) {
    let told = Instant::now();
    let run = running.finish();
    assert_eq!(run.code, Some(code), "{what}: {run}");
    assert!(told.elapsed() < Duration::from_secs(5), "{what}: {run}");
    assert_eq!(run.record.pushes().len(), 0, "{what}: {run}");
    // A terminal is one place for both.
    let said = format!("{}{}", run.out(), run.err());
    assert!(said.contains("error: interrupted"), "{what}: {run}");
    let left = std::fs::read_dir(run.place.path("tmp")).unwrap().count();
    assert_eq!(left, 0, "{what}: {run}");
    for cf in run.record.of_kind("start").map(|start| start.number("pid")) {
        wait_for("no cf is left", || state(cf).is_none());
    }
    secrets_stay(world, &run, world.sample_key(), &[]);
}

#[test]
fn a_signal_while_the_platform_is_asked_ends_it_at_once() {
    for place in places() {
        for words in COMMANDS {
            for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
                let world = world();
                let late = Fault::new(Action::Delay(Duration::from_secs(60)));
                world.add_fault(late.host(CF_API_HOST).path(&place));
                let mut running = invocation(&world, words).start();
                running.wait_for("a request", |_| world.saw(|one| one.path() == place));
                running.kill(signal);
                ends(running, &world, code, &format!("{words:?} {place} {signal:?}"));
            }
        }
    }
}

#[test]
fn ctrl_c_while_the_platform_is_asked_ends_it_at_once() {
    for setup in TERMINALS {
        for words in COMMANDS {
            let world = world();
            let late = Fault::new(Action::Delay(Duration::from_secs(60)));
            world.add_fault(late.host(CF_API_HOST).path("/v3/spaces/"));
            let mut running = invocation(&world, words).on(setup).start();
            running.wait_for("a request", |_| world.saw(|one| one.path().contains("/v3/spaces/")));
            running.terminal().press(&[CTRL_C]);
            ends(running, &world, 130, &format!("{words:?} {setup:?}"));
        }
    }
}

#[test]
fn a_signal_while_cf_renews_its_token_for_a_comparison_ends_both() {
    for setup in [Setup::Pipes, Setup::Leader] {
        for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
            let world = world();
            world.write_cf_home(world.cf_home(), Login::EndsSoon).unwrap();
            let late = Fault::new(Action::Delay(Duration::from_secs(60)));
            world.add_fault(late.host("login.cf.sandbox"));
            let mut running = invocation(&world, COMMANDS[0]).on(setup).start();
            running.wait_for("a renewal", |_| world.saw(|one| one.host == "login.cf.sandbox"));
            running.kill(signal);
            ends(running, &world, code, &format!("{setup:?} {signal:?}"));
        }
    }
}
