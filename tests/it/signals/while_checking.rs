//! Signals that come while a registry is being asked: they end it at once, cf never runs, and what
//! hangs is left behind.

use std::time::{Duration, Instant};

use icr_cf_sandbox::{Action, Fault, World};
use rustix::process::Signal;

use super::TERMINALS;
#[cfg(target_os = "linux")]
use crate::support::key_of;
use crate::support::{CTRL_C, Invocation, Running, Setup, secrets_stay};

const IMAGE: &str = "us.icr.io/acme/web:1.4";

/// A world in which one place does not answer for a minute.
fn stuck(fault: Fault) -> World {
    let world = World::start().unwrap();
    world.add_fault(fault);
    world
}

fn late() -> Fault {
    Fault::new(Action::Delay(Duration::from_secs(60))).host("us.icr.io")
}

fn started(world: &World, words: &[&str], setup: Setup) -> Running {
    let run = Invocation::new(words).in_world(world).script("out never").on(setup);
    run.variable("ICR_CF_API_KEY", world.sample_key()).start()
}

/// Waits until the registry is being asked.
#[track_caller]
fn wait_until_asked(running: &mut Running, world: &World) {
    running.wait_for("a request", |_| world.saw(|one| one.host == "us.icr.io"));
}

/// Holds the end of a run against "at once, and nothing else happened".
#[track_caller]
fn ends(running: Running, world: &World, code: i32, what: &str) {
    let told = Instant::now();
    let run = running.finish();
    assert_eq!(run.code, Some(code), "{what}: {run}");
    assert!(told.elapsed() < Duration::from_secs(5), "{what}: {run}");
    assert_eq!(run.record.events.len(), 0, "{what}: {run}");
    secrets_stay(world, &run, world.sample_key(), &[]);
    assert!(world.apps().is_empty(), "{what}: {run}");
}

const COMMANDS: [&[&str]; 4] = [
    &["push", "web", "--image", IMAGE],
    &["check", "web", "--image", IMAGE],
    &["resolve", "--digest", IMAGE],
    &["push", "web", "--image", "acme/web:1.4"],
];

#[test]
fn a_signal_while_a_registry_is_asked_ends_it_at_once() {
    for words in COMMANDS {
        for (signal, code) in
            [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129), (Signal::QUIT, 131)]
        {
            let world = stuck(late());
            let mut running = started(&world, words, Setup::Pipes);
            wait_until_asked(&mut running, &world);
            running.kill(signal);
            ends(running, &world, code, &format!("{words:?} {signal:?}"));
            // Nothing was left that would keep the same command from its end.
            if signal == Signal::INT {
                world.clear_faults();
                let run = Invocation::new(words).in_world(&world);
                let run = run.variable("ICR_CF_API_KEY", world.sample_key()).run();
                assert_eq!(run.code, Some(0), "{words:?}: {run}");
            }
        }
    }
}

#[test]
fn ctrl_c_while_a_registry_is_asked_ends_it_at_once() {
    for setup in TERMINALS {
        for words in COMMANDS {
            let world = stuck(late());
            let mut running = started(&world, words, setup);
            wait_until_asked(&mut running, &world);
            running.terminal().press(&[CTRL_C]);
            ends(running, &world, 130, &format!("{words:?} {setup:?}"));
        }
    }
}

#[test]
fn a_signal_while_a_wait_goes_on_between_two_tries_ends_it_at_once() {
    let world = stuck(Fault::rate_limited("20").host("us.icr.io"));
    let mut running = started(&world, COMMANDS[0], Setup::Pipes);
    let answered = |world: &World| world.saw(|one| one.host == "us.icr.io" && one.status.is_some());
    running.wait_for("an answer", |_| answered(&world));
    running.kill(Signal::TERM);
    ends(running, &world, 143, "between two tries");
}

#[test]
fn a_signal_while_a_connection_comes_about_ends_it_at_once() {
    // A listener that takes connections and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let world = World::start().unwrap();
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let run = Invocation::new(COMMANDS[0]).in_world(&world).script("out never");
        let run = run.variable("HTTPS_PROXY", &address).variable("https_proxy", &address);
        let mut running = run.variable("ICR_CF_API_KEY", world.sample_key()).start();
        let (stream, _) = silent.accept().unwrap();
        running.kill(signal);
        ends(running, &world, code, "a silent proxy");
        drop(stream);
        // Whatever else was connected belongs to the run that has ended.
        silent.set_nonblocking(true).unwrap();
        while silent.accept().is_ok() {}
        silent.set_nonblocking(false).unwrap();
    }
}

#[test]
fn a_proxy_that_says_nothing_ends_with_the_time_for_all_checks() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let world = World::start().unwrap();
    let words = ["check", "web", "--strict", "--image", IMAGE, "--check-timeout", "500ms"];
    let run = Invocation::new(words).in_world(&world);
    let run = run.variable("HTTPS_PROXY", &address).variable("https_proxy", &address);
    let run = run.variable("ICR_CF_API_KEY", world.sample_key()).run();
    assert_eq!(run.code, Some(69), "{run}");
    assert!(run.time < Duration::from_secs(5), "{run}");
    assert!(run.out().contains("time-out"), "{run}");
}

#[test]
#[cfg(target_os = "linux")]
fn while_a_registry_is_asked_the_key_is_in_no_process_that_was_not_given_it() {
    for words in [COMMANDS[0], COMMANDS[2]] {
        for by_file in [false, true] {
            let key = key_of(&format!("while a registry is asked {}{by_file}", words[0]));
            let world = stuck(late());
            world.add_key(icr_cf_sandbox::Key::with_value(&key));
            let run = Invocation::new(words).in_world(&world);
            let run = if by_file {
                let path = run.place().write("home/the-key", &key);
                run.arguments(["--api-key-file".as_ref(), path.as_os_str()])
            } else {
                run.variable("ICR_CF_API_KEY", &key)
            };
            let mut running = run.start();
            wait_until_asked(&mut running, &world);
            let ours = running.pid();
            let mut seen = crate::leaks::seen_in_processes(&key);
            // Its own environment is where the key was given; nobody but root can look at it.
            seen.retain(|found| by_file || *found != ("environ", ours));
            assert_eq!(seen, [], "{words:?}");
            running.kill(Signal::TERM);
            assert_eq!(running.finish().code, Some(143));
        }
    }
}
