//! What asks the registry: `check`, `resolve --digest` and `--tags`, a push with its checks, the
//! search for a region. The key is where it may go and in nothing that is shown, also where the
//! other side repeats it.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use icr_cf_sandbox::{Action, CF_API_HOST, Fault, IAM_HOST, Key, KeyState, World};
use serde_json::json;

use super::{Source, give, is_kept};
use crate::support::{Invocation, KEY, Run, secrets_stay};

const IMAGE: &str = "us.icr.io/acme/web:1.4";

const TAGS: &[&str] = &["resolve", "--tags", "us.icr.io/acme/web"];

/// Every way to ask a registry, at its loudest.
const COMMANDS: [&[&str]; 12] = [
    &["check", "web", "--verbose", "--image", IMAGE],
    &["check", "web", "--output", "json", "--image", IMAGE],
    &["check", "web", "--quota", "--output", "json", "--image", IMAGE],
    &["push", "web", "--verbose", "-v", "--image", IMAGE],
    &["push", "web", "--output", "json", "--strict", "--image", IMAGE],
    &["check", "web", "--quota", "--output", "json-lines", "--image", IMAGE],
    &["push", "web", "--output", "json-lines", "--strict", "--image", IMAGE],
    &["resolve", "--digest", "--output", "json", IMAGE],
    &["resolve", "--digest", "acme/web:1.4"],
    TAGS,
    &["check", "--verbose", IMAGE],
    &["push", "web", "--verbose", "--vulnerabilities", "report", "--image", "us.icr.io/acme/hello"],
];

/// The kinds of source: what reads them knows nothing of registries.
const KINDS: &[Source] = &[
    Source::Variable("IBMCLOUD_API_KEY"),
    Source::JsonFile,
    Source::Stdin,
    #[cfg(unix)]
    Source::Command,
    Source::DockerAuth,
    #[cfg(unix)]
    Source::Helper,
];

/// A key that does not look like one: nothing but knowing it finds it in a text.
const SHORT: &str = "pa.ss.wo.rd";

/// A world that knows a key.
fn world_with(key: &str) -> World {
    let world = World::start().unwrap();
    world.add_key(Key::with_value(key).namespaces(["acme"]));
    world
}

/// Runs in a world, with all that makes programs talkative.
fn talkative(words: &[&str], world: &World) -> Invocation {
    let run = Invocation::new(words).in_world(world).variable("RUST_BACKTRACE", "full");
    let log = run.place().path("tls-keys");
    run.variable("RUST_LOG", "trace").variable("SSLKEYLOGFILE", log)
}

#[track_caller]
fn is_quiet(world: &World, run: &Run, key: &str, files: &[&Path]) {
    secrets_stay(world, run, key, files);
    assert!(!run.place.path("tls-keys").exists(), "keys of TLS were written: {run}");
}

#[test]
fn whatever_asks_a_registry_shows_nothing_of_the_key_from_any_kind_of_source() {
    for words in COMMANDS {
        // Each run has a place of its own, but waits for the disk as much as for the processor.
        std::thread::scope(|scope| {
            for source in KINDS {
                scope.spawn(move || {
                    let world = world_with(KEY);
                    let (run, files) = give(talkative(words, &world), *source, KEY);
                    let run = run.run();
                    let paths: Vec<_> = files.iter().map(PathBuf::as_path).collect();
                    is_quiet(&world, &run, KEY, &paths);
                    is_kept(&run, KEY, &files, &format!("{source:?} {words:?}"));
                    assert_eq!(run.code, Some(0), "{source:?} {words:?}: {run}");
                });
            }
        });
    }
}

#[test]
fn a_search_for_the_region_shows_nothing_of_the_key() {
    for (image, code) in [("acme/arm", 65), ("acme/nowhere", 66), ("other/web", 66)] {
        for source in [Source::Variable("ICR_CF_API_KEY"), Source::DockerAuth] {
            let world = world_with(KEY);
            let words = ["push", "web", "--verbose", "--image", image];
            let (run, files) = give(talkative(&words, &world), source, KEY);
            let run = run.run();
            let paths: Vec<_> = files.iter().map(PathBuf::as_path).collect();
            is_quiet(&world, &run, KEY, &paths);
            assert_eq!(run.code, Some(code), "{image} {source:?}: {run}");
        }
    }
}

#[test]
fn a_key_that_is_refused_is_not_shown_though_iam_names_it() {
    let states = [None, Some(KeyState::Disabled), Some(KeyState::UserInactive)];
    let states = states.into_iter().chain([Some(KeyState::AccountSuspended)]);
    for (at, words) in COMMANDS.iter().enumerate() {
        for state in states.clone().skip(at % 2).step_by(2) {
            let world = World::start().unwrap();
            if let Some(state) = state {
                world.add_key(Key::with_value(KEY).state(state));
            }
            let run = talkative(words, &world).variable("ICR_CF_API_KEY", KEY).run();
            is_quiet(&world, &run, KEY, &[]);
            assert_eq!(run.code, Some(77), "{state:?} {words:?}: {run}");
            assert!(world.saw(|one| one.host == IAM_HOST && one.carries(KEY)), "{run}");
        }
    }
}

/// The forms in which somebody who has the request can repeat the key.
fn repeated(key: &str) -> [String; 5] {
    let pair = STANDARD.encode(format!("iamapikey:{key}"));
    [
        key.to_owned(),
        format!("{} {key} and more", "x".repeat(90)),
        format!("Authorization: Basic {pair}"),
        pair,
        STANDARD.encode(key),
    ]
}

/// How much of [`repeating`] is tried.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Every,
    /// Every sixth.
    Some,
}

/// Answers that repeat a text in every place that something is read from.
fn repeating(text: &str) -> Vec<Fault> {
    let registry = |fault: Fault, path: &str| fault.host("us.icr.io").path(path);
    let error = json!({"errors": [{"code": text, "message": text, "detail": text}]}).to_string();
    let digest = format!("sha256:{}", "1".repeat(64));
    let entry = |platform: &serde_json::Value, digest: &str| {
        json!({"mediaType": text, "digest": digest, "platform": platform}).to_string()
    };
    let index = |entry: &str| format!("{{\"schemaVersion\": 2, \"manifests\": [{entry}]}}");
    let amd64 = json!({"os": "linux", "architecture": "amd64"});
    let manifest = |digest: &str| {
        json!({
            "schemaVersion": 2,
            "mediaType": text,
            "artifactType": text,
            "config": {"mediaType": text, "digest": digest},
            "layers": [{"mediaType": text, "digest": digest, "size": 1}],
        })
        .to_string()
    };
    let body = |text: String| Fault::status(200).body(text);
    let manifests = "/v2/acme/web/manifests/";
    let challenge = |word: &str| {
        let text = text.replace(['"', '\\'], "");
        Fault::status(401).header("WWW-Authenticate", &format!("Bearer {word}=\"{text}\""))
    };
    let mut faults = vec![
        registry(Fault::status(400).body(error.clone()), "/oauth/token"),
        registry(Fault::status(401).body(error.clone()), "/oauth/token"),
        registry(Fault::status(403).body(error.clone()), "/oauth/token"),
        registry(Fault::status(418).body(error.clone()), "/oauth/token"),
        registry(Fault::status(500).body(error.clone()), "/oauth/token"),
        registry(Fault::status(400).body(text), "/oauth/token"),
        registry(body(text.to_owned()), "/oauth/token"),
        registry(Fault::new(Action::ContentType(text.to_owned())), "/oauth/token"),
        registry(Fault::status(403).body(error.clone()), manifests),
        registry(Fault::status(404).body(error.clone()), manifests),
        registry(Fault::status(418).body(error.clone()), manifests),
        registry(challenge("realm"), manifests),
        registry(challenge("error"), manifests),
        registry(Fault::status(200).header("Content-Type", text).body("x"), manifests),
        registry(
            body(index(&entry(&json!({"os": text, "architecture": text}), &digest))),
            manifests,
        ),
        registry(body(index(&entry(&amd64, text))), manifests),
        registry(body(manifest(text)), manifests),
        registry(body(manifest(&digest)), manifests),
        registry(Fault::status(200).header("Docker-Content-Digest", text).body("{}"), manifests),
        registry(
            Fault::status(200).header("Docker-Content-Digest", text).body(manifest(&digest)),
            manifests,
        ),
        registry(body(json!({"tags": [text, "1.5"]}).to_string()), "/v2/acme/web/tags"),
        registry(Fault::status(200).header("Content-Type", text).body("x"), "/v2/acme/web/tags"),
        registry(Fault::status(418).body(error.clone()), "/v2/acme/web/blobs/"),
        Fault::status(403).body(error.clone()).host("dd0.us.icr.io"),
        Fault::status(400)
            .body(json!({"errorCode": text, "errorMessage": text}).to_string())
            .host(IAM_HOST),
        Fault::status(403).body(error).host(CF_API_HOST).path("/v3/feature_flags"),
        Fault::status(200)
            .body(json!({"enabled": false, "custom_error_message": text}).to_string())
            .host(CF_API_HOST)
            .path("/v3/feature_flags"),
    ];
    let in_url = text.replace([' ', ':'], "");
    for url in [
        format!("https://dd0.us.icr.io/{in_url}?signature={in_url}"),
        format!("https://dd0.us.icr.io/x?{in_url}"),
        format!("https://{in_url}@dd0.us.icr.io/x"),
        format!("https://{in_url}.evil.example/x"),
        format!("http://dd0.us.icr.io/{in_url}"),
        format!("http://{in_url}/"),
    ] {
        let fault = Fault::new(Action::RedirectTo(url));
        faults.push(registry(fault.clone(), "/v2/acme/web/blobs/"));
        faults.push(registry(fault, manifests));
    }
    faults
}

/// Has the other side repeat a text that has the key in it.
fn is_not_shown(text: &str, key: &str, extent: Extent) {
    let commands: [&[&str]; 4] = [
        COMMANDS[0],
        COMMANDS[1],
        TAGS,
        &["check", "web", "--verbose", "--image", "us.icr.io/acme/web:1.6"],
    ];
    let world = world_with(key);
    let step = if extent == Extent::Every { 1 } else { 6 };
    for (at, fault) in repeating(text).into_iter().enumerate().step_by(step) {
        let (of_tags, of_iam) = {
            let shown = format!("{fault:?}");
            (shown.contains("/tags"), shown.contains(IAM_HOST))
        };
        // IAM is asked about a key that is refused.
        let state = if of_iam { KeyState::Disabled } else { KeyState::Active };
        world.add_key(Key::with_value(key).namespaces(["acme"]).state(state));
        world.add_fault(fault.clone());
        let some = if of_tags { &commands[2..] } else { &commands[at % 2..][..1] };
        for words in some {
            world.forget_traffic();
            let run = talkative(words, &world).variable("ICR_CF_API_KEY", key);
            let run = run.arguments(["--check-timeout", "1s"]).run();
            is_quiet(&world, &run, key, &[]);
            assert_eq!(run.record.events.len(), 0, "{fault:?}: {run}");
        }
        world.clear_faults();
    }
}

#[test]
fn a_key_that_the_other_side_repeats_is_not_shown() {
    std::thread::scope(|scope| {
        for (at, text) in repeated(SHORT).into_iter().enumerate() {
            let extent = if [0, 2].contains(&at) { Extent::Every } else { Extent::Some };
            scope.spawn(move || is_not_shown(&text, SHORT, extent));
        }
        for text in repeated(KEY) {
            scope.spawn(move || is_not_shown(&text, KEY, Extent::Some));
        }
    });
}

#[test]
fn a_token_of_the_registry_is_not_shown_though_the_registry_repeats_it() {
    let part = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9eyJpc3MiOiJyZWdpc3RyeSJ9";
    let token = format!("{part}.{part}.c2lnbmF0dXJl");
    let error = json!({"errors": [{"code": token, "message": format!("bad {token}")}]});
    let to = |url: String| Fault::new(Action::RedirectTo(url)).path("/v2/acme/web/manifests/");
    for fault in [
        Fault::status(403).body(error.to_string()).path("/v2/acme/web/manifests/"),
        Fault::status(418).body(error.to_string()).path("/v2/acme/web/manifests/"),
        to(format!("https://evil.example/?{token}")),
    ] {
        for words in COMMANDS.iter().filter(|words| words[0] != "push") {
            let world = world_with(KEY);
            let given = Fault::status(200).body(json!({"token": token}).to_string());
            world.add_fault(given.host("us.icr.io").path("/oauth/token"));
            world.add_fault(fault.clone().host("us.icr.io"));
            let run = talkative(words, &world).variable("ICR_CF_API_KEY", KEY).run();
            is_quiet(&world, &run, KEY, &[]);
            run.shows_nothing_of(&token, &[]);
            let elsewhere = |host: &str| host != "us.icr.io";
            assert!(!world.saw(|one| elsewhere(&one.host) && one.carries(&token)), "{run}");
        }
    }
}
