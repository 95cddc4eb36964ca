//! Which proxy is asked, if any; and that a password in its address is not shown.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use icr_cf_sandbox::{Fault, World};

use super::{IMAGE, SOON};
use crate::support::{Invocation, Run, secrets_stay};

/// A check with these variables of a proxy and no others, in whose world nothing is wrong.
pub(super) fn check(world: &World, variables: &[(&str, &str)]) -> Run {
    let run = Invocation::new(["check", "web", "--strict", "--verbose", "--image", IMAGE])
        .arguments(["--check-timeout", "3s"])
        .in_world(world)
        .variable("ICR_CF_API_KEY", world.sample_key());
    let unset = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"];
    let run = unset.into_iter().chain(["ALL_PROXY", "all_proxy"]).fold(run, Invocation::without);
    let run = variables.iter().fold(run, |run, (name, value)| run.variable(name, value)).run();
    secrets_stay(world, &run, world.sample_key(), &[]);
    assert!(run.time < SOON, "{variables:?}: {run}");
    run
}

#[test]
fn the_proxy_of_either_spelling_is_asked() {
    let world = World::start().unwrap();
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        world.forget_traffic();
        let run = check(&world, &[(name, &world.proxy_url())]);
        assert_eq!(run.code, Some(0), "{name}: {run}");
        assert!(!world.connections().is_empty(), "{name}: {run}");
    }
}

#[test]
fn a_host_that_is_to_be_reached_without_the_proxy_is() {
    let world = World::start().unwrap();
    let proxy = world.proxy_url();
    for (name, value) in [
        ("NO_PROXY", "us.icr.io"),
        ("no_proxy", "us.icr.io"),
        ("NO_PROXY", "localhost,.icr.io"),
        ("NO_PROXY", "icr.io"),
        ("NO_PROXY", "*"),
    ] {
        world.forget_traffic();
        let run = check(&world, &[("HTTPS_PROXY", &proxy), (name, value)]);
        let asked = world.connections().iter().any(|one| one.target == "us.icr.io:443");
        assert!(!asked, "{name}={value}: {run}");
        assert_ne!(run.code, Some(0), "{name}={value}: {run}");
        assert!(!run.out().contains("proxy: it"), "{name}={value}: {run}");
    }
    world.forget_traffic();
    let run = check(&world, &[("HTTPS_PROXY", &proxy), ("NO_PROXY", "de.icr.io,example.com")]);
    assert_eq!(run.code, Some(0), "{run}");
}

/// Answers every connection as a proxy that refuses; gives its address and what it was sent.
fn refusing() -> (String, std::thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = vec![0; 4096];
        let length = stream.read(&mut seen).unwrap();
        seen.truncate(length);
        let answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(answer).unwrap();
        seen
    });
    (address, thread)
}

#[test]
fn the_password_of_a_proxy_goes_to_the_proxy_and_is_not_shown() {
    let world = World::start().unwrap();
    let secret = "pRoXy-pass-0815";
    for output in ["text", "json"] {
        let (address, thread) = refusing();
        let run = Invocation::new(["check", "web", "--strict", "--image", IMAGE])
            .arguments(["--output", output, "--verbose"])
            .in_world(&world)
            .without("https_proxy")
            .variable("HTTPS_PROXY", format!("http://someone:{secret}@{address}"))
            .variable("CF_HOME", "/nonexistent")
            .variable("ICR_CF_API_KEY", world.sample_key())
            .run();
        let seen = String::from_utf8(thread.join().unwrap()).unwrap();
        assert!(seen.starts_with("CONNECT us.icr.io:443 "), "{seen}");
        assert!(seen.to_ascii_lowercase().contains("proxy-authorization: basic "), "{seen}");
        assert!(run.out().contains("it does not take the user and the password"), "{run}");
        assert!(!run.out().contains(secret) && !run.err().contains(secret), "{run}");
        assert!(!run.out().contains("someone"), "{run}");
        run.shows_nothing_of(world.sample_key(), &[]);
    }
}

#[test]
fn an_address_of_a_proxy_that_makes_no_sense_shows_no_password() {
    let world = World::start().unwrap();
    let secret = "pRoXy-pass-0815";
    for value in [
        format!("http://someone:{secret}@127.0.0.1:99999"),
        format!("socks5://someone:{secret}@127.0.0.1:1"),
        format!("someone:{secret}@127.0.0.1:1"),
        format!("http://someone:{secret}@"),
        format!("http://some one:{secret}@127.0.0.1:1"),
    ] {
        let run = check(&world, &[("HTTPS_PROXY", &value)]);
        assert!(!run.out().contains(secret) && !run.err().contains(secret), "{value}: {run}");
        assert_eq!(run.code, Some(69), "{value}: {run}");
        // Where there is no network; else the real registry is met, to which nothing is sent.
        if run.out().contains("us.icr.io: DNS: the name does not resolve") {
            let says = "straight there: `HTTPS_PROXY` names no proxy that makes sense\n";
            assert!(run.out().contains(says), "{value}: {run}");
            let hint = "hint: write it as `HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT`, each sign";
            assert!(run.out().contains(hint), "{value}: {run}");
        }
    }
}

#[test]
fn what_goes_around_a_proxy_is_said_by_the_variable_that_counts() {
    let world = World::start().unwrap();
    let proxy = ("HTTPS_PROXY", "http://127.0.0.1:1");
    for (around, name) in [("no_proxy", "no_proxy"), ("NO_PROXY", "NO_PROXY")] {
        let run = check(&world, &[proxy, (around, "example.com")]);
        let hint = format!("or go around it: add `us.icr.io` to `{name}`\n");
        assert!(run.out().contains(&hint), "{run}");
    }
}

#[test]
fn the_variable_of_another_proxy_is_not_blamed() {
    let world = World::start().unwrap();
    let other = ("HTTP_PROXY", "http://me:p/w@127.0.0.1:2");
    let run = check(&world, &[("HTTPS_PROXY", "http://127.0.0.1:1"), other]);
    let said = "us.icr.io: the proxy 127.0.0.1:1 of `HTTPS_PROXY`: nobody listens there";
    assert!(run.out().contains(said), "{run}");
    assert!(!run.out().contains("HTTP_PROXY`") && !run.out().contains("%2F"), "{run}");
}

#[test]
fn what_stands_where_the_host_of_a_proxy_was_forgotten_is_not_shown() {
    let world = World::start().unwrap();
    // No name is as long, which is known without a network.
    let run = check(&world, &[("HTTPS_PROXY", &format!("http://{}:47110", "u".repeat(64)))]);
    let said = "us.icr.io: the proxy of `HTTPS_PROXY`: DNS: its name does not resolve\n";
    assert!(run.out().contains(said), "{run}");
    assert!(run.out().contains("`HTTPS_PROXY=http://HOST:PORT`"), "{run}");
    assert!(!run.out().contains("4711") && !run.out().contains("uuu"), "{run}");
}

#[test]
fn a_proxy_that_could_not_get_there_is_asked_again() {
    let world = World::start().unwrap();
    world.add_fault(Fault::status(503).host("us.icr.io").method("CONNECT").times(2));
    let run = check(&world, &[("HTTPS_PROXY", &world.proxy_url())]);
    assert_eq!(run.code, Some(0), "{run}");
}
