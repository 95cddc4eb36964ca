//! An image whose region nobody said.

use std::time::Duration;

use icr_cf::region::REGISTRIES;
use icr_cf_sandbox::{Action, Fault, Image, Key, World};

use super::{Trial, names};
use crate::manifests::many;
use crate::support::{Invocation, KEY, Run, Workplace};

const TOOL: &str = "acme/tool:7";

/// A world in which these registries have the image.
fn at(hosts: &[&str]) -> Trial {
    let world = World::start().unwrap();
    for host in hosts {
        world.add_image(&format!("{host}/{TOOL}"), Image::runnable());
    }
    Trial::within(world, TOOL)
}

/// No tunnel to a host.
fn dead(host: &str) -> Fault {
    Fault::status(502).host(host).method("CONNECT")
}

fn error(run: &Run) -> (String, String) {
    let document = run.json();
    let error = &document["error"];
    (error["kind"].as_str().unwrap_or_default().to_owned(), error.to_string())
}

#[test]
fn the_one_registry_that_has_it_is_found_and_said() {
    let trial = at(&["de.icr.io"]);
    let run = trial.json();
    assert_eq!((run.code, names(&run).len()), (Some(0), 0), "{run}");
    assert_eq!(
        run.json()["apps"][0]["checks"]["image"]["reference"],
        "de.icr.io/acme/tool:7",
        "{run}"
    );
    let push = trial.push(&[]);
    assert_eq!(push.code, Some(0), "{push}");
    let said = "note: found de.icr.io/acme/tool:7 in eu-de; `--region eu-de` skips the search\n";
    assert!(push.err().contains(said), "{push}");
    assert!(trial.world.packages()[0].image.starts_with("de.icr.io/acme/tool@sha256:"), "{push}");
}

#[test]
fn several_that_have_it_are_listed_with_the_flag_that_takes_each() {
    let trial = at(&["jp.icr.io", "us.icr.io"]);
    let run = trial.json();
    let (kind, said) = error(&run);
    assert_eq!((run.code, kind.as_str()), (Some(2), "region"), "{run}");
    assert!(said.contains("jp.icr.io/acme/tool:7, us.icr.io/acme/tool:7"), "{said}");
    assert!(said.contains("to take jp.icr.io: `icr-cf check web "), "{said}");
    assert!(said.contains("to take us.icr.io: `icr-cf check web --image acme/tool:7 --output json --region us-south`"), "{said}");
    assert_eq!(trial.stopped(&[]).code, Some(2));
}

#[test]
fn none_that_has_it_says_who_was_asked_and_who_could_not_be() {
    let trial = at(&[]);
    trial.world.add_fault(dead("br.icr.io"));
    let run = trial.json();
    let (kind, said) = error(&run);
    assert_eq!((run.code, kind.as_str()), (Some(66), "repository-missing"), "{run}");
    assert!(said.contains("no registry holds `acme/tool:7`"), "{said}");
    assert!(said.contains("asked: icr.io, au.icr.io, ca2.icr.io"), "{said}");
    assert!(said.contains("could not be asked: br.icr.io (the proxy 127.0.0.1:"), "{said}");
    assert_eq!(trial.stopped(&[]).code, Some(66));
}

#[test]
fn a_registry_that_does_not_answer_is_no_hindrance() {
    let delay = Fault::new(Action::Delay(Duration::from_secs(60))).host("br.icr.io");
    for fault in [delay, Fault::new(Action::Reset).host("br.icr.io"), dead("br.icr.io")] {
        let trial = at(&["us.icr.io"]).words(&["--check-timeout", "3s"]);
        trial.world.add_fault(fault);
        let run = trial.json();
        assert_eq!(run.code, Some(0), "{run}");
        assert_eq!(
            run.json()["apps"][0]["checks"]["image"]["reference"],
            "us.icr.io/acme/tool:7",
            "{run}"
        );
    }
}

#[test]
fn where_nobody_can_be_asked_the_region_has_to_be_said() {
    let trial = at(&["us.icr.io"]);
    for registry in &REGISTRIES {
        trial.world.add_fault(dead(registry.host));
    }
    let run = trial.json();
    let (kind, said) = error(&run);
    assert_eq!((run.code, kind.as_str()), (Some(69), "registry-unreachable"), "{run}");
    assert!(said.contains("all 14 registries: the proxy 127.0.0.1:"), "{said}");
    assert!(said.contains(" --region us-south`"), "{said}");
    assert_eq!(trial.stopped(&[]).code, Some(69));
}

#[test]
fn a_key_that_no_registry_takes_is_said_to_be_wrong() {
    let trial = at(&["us.icr.io"]).key(KEY);
    let run = trial.json();
    assert_eq!((run.code, error(&run).0.as_str()), (Some(77), "key-invalid"), "{run}");
    let push = trial.stopped(&[]);
    assert_eq!(push.code, Some(77), "{push}");
}

#[test]
fn a_registry_that_takes_no_key_does_not_make_the_key_wrong() {
    let trial = at(&[]);
    trial.world.add_fault(Fault::status(400).host("fr2.icr.io").path("/oauth/token"));
    let run = trial.json();
    let (kind, said) = error(&run);
    assert_eq!((run.code, kind.as_str()), (Some(66), "repository-missing"), "{run}");
    assert!(said.contains("could not be asked: fr2.icr.io (it does not take the key)"), "{said}");
}

#[test]
fn an_account_that_admits_the_private_network_alone_is_said_to() {
    let trial = at(&["us.icr.io"]);
    trial.world.add_fault(Fault::private_only().path("/oauth/token"));
    let run = trial.json();
    assert_eq!((run.code, error(&run).0.as_str()), (Some(77), "private-only"), "{run}");
}

#[test]
fn a_hostile_answer_is_told_whatever_the_others_say() {
    let trial = at(&[]);
    trial.world.add_fault(Fault::status(404).host("au.icr.io").path("/oauth/token"));
    let realm = Action::Realm("https://evil.example/token".to_owned());
    trial.world.add_fault(Fault::new(realm).host("au.icr.io").path("/v2/"));
    let run = trial.json();
    assert_eq!((run.code, error(&run).0.as_str()), (Some(65), "hostile-realm"), "{run}");
}

#[test]
fn a_key_of_one_registry_finds_what_is_there() {
    let trial = at(&["de.icr.io", "us.icr.io"]);
    let key = trial.world.add_key(Key::random().hosts(["de.icr.io"]));
    let run = trial.key(key).json();
    assert_eq!(
        run.json()["apps"][0]["checks"]["image"]["reference"],
        "de.icr.io/acme/tool:7",
        "{run}"
    );
}

#[test]
fn where_nothing_may_be_asked_the_missing_region_is_an_error() {
    for dry in [&[][..], &["--dry-run"]] {
        let trial = at(&["us.icr.io"]);
        let run = trial.stopped(&[&["--no-checks"], dry].concat());
        assert_eq!(run.code, Some(2), "{run}");
        assert!(run.err().starts_with("error: "), "{run}");
        let why = "without `--no-checks`";
        assert!(run.err().contains(why) && run.err().contains("--region"), "{run}");
        assert!(trial.world.connections().is_empty(), "{run}");
    }
}

/// By a flag as by a manifest; a line with a word for the region is none to paste.
#[test]
fn a_dry_run_says_that_the_region_is_for_the_push_to_find() {
    let place = Workplace::new();
    place.write("work/manifest.yml", many(1).replace("web:1.4", "tool:7"));
    let of_manifest = Invocation::new_in(place, ["push"]);
    for push in [Invocation::new(["push", "app-1", "-o", "acme/tool:7"]), of_manifest] {
        let run = push.arguments(["--dry-run"]).run();
        assert_eq!(run.code, Some(0), "{run}");
        assert!(run.out().contains("to be found: every registry of ICR would be asked"), "{run}");
        let last = run.out().lines().last().unwrap();
        let remark = "# the push finds REGION, hence by icr-cf alone: cf push app-1 ";
        assert!(last.starts_with(remark), "{run}");
    }
}

#[test]
fn whoever_says_the_region_is_spared_the_search() {
    for trial in [
        at(&["de.icr.io", "us.icr.io"]).words(&["--region", "eu-de"]),
        at(&["de.icr.io", "us.icr.io"]).variable("ICR_REGION", "eu-de"),
        at(&["de.icr.io", "us.icr.io"]).variable("ICR_REGION", "de"),
    ] {
        let run = trial.json();
        assert_eq!(run.code, Some(0), "{run}");
        let strangers: Vec<String> = trial.all_asked();
        let known = ["de.icr.io", "dd0.de.icr.io", "api.cf.sandbox"];
        for line in &strangers {
            assert!(known.contains(&line.split(' ').nth(1).unwrap()), "{strangers:?}");
        }
    }
}

#[test]
fn a_search_asks_each_registry_once_and_for_no_content() {
    let trial = at(&["de.icr.io"]);
    trial.json();
    for registry in &REGISTRIES {
        let asked = trial.asked(registry.host);
        let heads = asked.iter().filter(|one| one.method == "HEAD").count();
        assert_eq!(heads, 1, "{asked:?}");
        if registry.host != "de.icr.io" {
            assert_eq!(asked.len(), 2, "{asked:?}");
        }
    }
}
