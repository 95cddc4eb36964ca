//! Answers that say where tokens are: the key follows to the registry's own domain alone.

use icr_cf_sandbox::{Action, Fault, World};

use super::{Case, IMAGE, MANIFESTS, REGISTRY, TOKEN, all, asked};
use crate::support::{Invocation, secrets_stay};

/// No token where ICR has it, so that the challenge is asked for.
fn nothing_there() -> Fault {
    Fault::status(404).host(REGISTRY).path(TOKEN)
}

fn challenge(text: &str) -> Fault {
    Fault::new(Action::Challenge(text.to_owned())).host(REGISTRY)
}

const ELSEWHERE: [&str; 9] = [
    "https://evil.example/oauth/token",
    "http://us.icr.io/oauth/token",
    "https://us.icr.io:8443/oauth/token",
    "https://user:password@us.icr.io/oauth/token",
    "https://us.icr.io@evil.example/oauth/token",
    "https://us.icr.io.evil.example/oauth/token",
    "https://evilicr.io/oauth/token",
    "https://127.0.0.1/oauth/token",
    "/oauth/token",
];

#[test]
fn a_realm_elsewhere_gets_no_key_where_the_token_is_asked_for() {
    all(ELSEWHERE.map(|realm| {
        let faults = [nothing_there(), Fault::new(Action::Realm(realm.to_owned())).host(REGISTRY)];
        Case::new(realm, faults).definitive("hostile-realm", 65).says("the key was not sent there")
    }));
}

#[test]
fn a_realm_elsewhere_gets_no_key_where_a_token_is_not_taken() {
    all(ELSEWHERE.map(|realm| {
        let refused = Fault::status(401)
            .header("WWW-Authenticate", &format!("Bearer realm=\"{realm}\", service=\"registry\""))
            .host(REGISTRY)
            .path(MANIFESTS);
        Case::new(realm, [refused]).definitive("hostile-realm", 65)
    }));
}

#[test]
fn of_two_realms_the_first_is_looked_at_and_used() {
    let ours = "https://us.icr.io/oauth/token";
    let evil = "https://evil.example/token";
    let two = |first: &str, second: &str| {
        let text = format!("Bearer realm=\"{first}\",service=\"registry\",realm=\"{second}\"");
        [nothing_there(), challenge(&text)]
    };
    let lists = format!("Basic realm=\"x\", Bearer realm=\"{evil}\", Bearer realm=\"{ours}\"");
    all([
        Case::new("evil first", two(evil, ours)).definitive("hostile-realm", 65),
        Case::new("ours first", two(ours, evil)).undecided("registry-error"),
        Case::new("two schemes", [nothing_there(), challenge(&lists)])
            .definitive("hostile-realm", 65),
    ]);
}

#[test]
fn a_challenge_that_makes_no_sense_is_no_place_for_a_key() {
    let texts = ["garbage", "Bearer", "Bearer realm", "Basic realm=\"x\"", "Bearer ,,,=,\"", ""];
    all(texts.map(|text| {
        Case::new(text, [nothing_there(), challenge(text)]).undecided("registry-error")
    }));
}

#[test]
fn a_realm_of_the_registrys_own_domain_is_followed() {
    let realm = "https://icr.io/oauth/token";
    let faults = [nothing_there(), Fault::new(Action::Realm(realm.to_owned())).host(REGISTRY)];
    let world = World::start().unwrap();
    for fault in faults {
        world.add_fault(fault);
    }
    let run = Invocation::new(["resolve", "--digest", IMAGE]).in_world(&world);
    let run = run.variable("ICR_CF_API_KEY", world.sample_key()).run();
    secrets_stay(&world, &run, world.sample_key(), &[]);
    let key = world.sample_key();
    assert!(
        world.saw(|one| one.host == "icr.io" && one.path() == TOKEN && one.carries(key)),
        "{run}"
    );
}

#[test]
fn a_token_that_is_not_taken_is_asked_for_again_only_elsewhere() {
    let refused = Fault::status(401)
        .header("WWW-Authenticate", "Bearer realm=\"https://us.icr.io/oauth/token\"")
        .host(REGISTRY)
        .path(MANIFESTS);
    let (world, run) = Case::new("401", [refused]).definitive("no-access", 77).run();
    assert_eq!(asked(&world, REGISTRY, TOKEN), 1, "{run}");
    assert_eq!(asked(&world, REGISTRY, MANIFESTS), 1, "{run}");
}

#[test]
fn a_token_that_is_too_old_is_replaced_by_one_from_the_same_place_once() {
    let header = "Bearer realm=\"https://us.icr.io/oauth/token\", error=\"invalid_token\"";
    let old =
        || Fault::status(401).header("WWW-Authenticate", header).host(REGISTRY).path(MANIFESTS);
    let (world, run) = Case::new("one is too old", [old().times(1)]).run();
    assert_eq!(asked(&world, REGISTRY, TOKEN), 2, "{run}");
    let (world, run) = Case::new("all are", [old()]).definitive("no-access", 77).run();
    assert_eq!(asked(&world, REGISTRY, TOKEN), 2, "{run}");
    assert_eq!(asked(&world, REGISTRY, MANIFESTS), 2, "{run}");
}
