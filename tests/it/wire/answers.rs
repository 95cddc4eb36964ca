//! Answers that make no sense, and answers that are not what their digest says.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use icr_cf_sandbox::{Action, CF_API_HOST, Fault, IAM_HOST, World, sha256_hex};
use serde_json::{Value, json};

use super::{
    BLOBS, Case, DOWNLOADS, IMAGE, MANIFESTS, PLAIN_IMAGE, PLAIN_REGISTRY, REGISTRY, TOKEN, all,
};
use crate::support::{Invocation, secrets_stay};

const HTML: &str = "<html><body><h1>Sign in to the hotel's network</h1></body></html>";

/// The answer is this in place of what a registry would say.
fn instead(path: &str, kind: &str, body: &str) -> [Fault; 1] {
    [Fault::status(200).header("Content-Type", kind).body(body).host(REGISTRY).path(path)]
}

/// The same under the headers that the registry sends.
fn body(path: &str, text: &str) -> [Fault; 1] {
    [Fault::new(Action::Body(text.to_owned())).host(REGISTRY).path(path)]
}

/// An index with these entries, and what its digest is.
fn index(entries: &Value) -> String {
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": entries,
    })
    .to_string()
}

fn entry(digest: &str) -> Value {
    json!({
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": digest,
        "size": 500,
        "platform": {"os": "linux", "architecture": "amd64"},
    })
}

#[test]
fn a_page_for_people_is_no_answer_of_a_registry() {
    let says = "it answered with `text/html`";
    all([TOKEN, MANIFESTS].map(|path| {
        let case = Case::new(path, instead(path, "text/html", HTML)).undecided("registry-error");
        case.says(says)
    }));
    let config = Fault::status(200).header("Content-Type", "text/html").body(HTML);
    all([
        Case::new("the download", [config.host(DOWNLOADS)]).definitive("digest-mismatch", 65),
        Case::new("the platform", [Fault::status(200).body(HTML).host(CF_API_HOST)])
            .undecided("cf-unreachable"),
        Case::new("iam", [Fault::status(400).body(HTML).host(IAM_HOST)])
            .unknown_key()
            .definitive("key-invalid", 77)
            .says("iam-unreachable"),
    ]);
}

#[test]
fn a_page_for_people_with_an_error_status_says_nothing_about_key_or_image() {
    let page = |status| Fault::status(status).header("Content-Type", "text/html").body(HTML);
    let places = [TOKEN, MANIFESTS, BLOBS].into_iter();
    all(places.flat_map(|path| {
        [403, 404].map(|status| {
            let case = Case::new(path, [page(status).host(REGISTRY).path(path)]);
            case.undecided("registry-error").says("a page for people")
        })
    }));
    let refused = Case::new("401", [page(401).host(REGISTRY).path(TOKEN)]);
    refused.undecided("registry-error").says("IAM takes the key").run();
}

#[test]
fn the_right_document_under_a_wrong_type_is_read_all_the_same() {
    let kinds = ["text/plain", "application/octet-stream", "application/json; charset=utf-8", ""];
    all(kinds.map(|kind| {
        let fault = Fault::new(Action::ContentType(kind.to_owned())).host(REGISTRY);
        Case::new(kind, [fault.path(MANIFESTS)])
    }));
}

#[test]
fn a_digest_that_is_not_said_is_not_missed() {
    let fault = Fault::new(Action::OmitDigest).host(REGISTRY);
    Case::new("no header", [fault]).run();
}

#[test]
fn a_digest_that_is_not_that_of_what_came_is_a_mismatch() {
    let at = |path| Fault::new(Action::WrongDigest).host(REGISTRY).path(path);
    let tag = Case::new("a header", [at("/v2/acme/web/manifests/1.4")]);
    let altered = |host: &str, path: &str| {
        Fault::new(Action::Body("{\"altered\": true}".to_owned())).host(host).path(path)
    };
    let other = json!({"schemaVersion": 2, "config": {"digest": "sha256:0"}, "layers": []});
    let by_digest = body("/v2/acme/web/manifests/sha256:", &other.to_string());
    let blob = Case::new("a blob", [altered(PLAIN_REGISTRY, BLOBS)]).image(PLAIN_IMAGE);
    all([
        tag.definitive("digest-mismatch", 65),
        Case::new("a manifest", by_digest).definitive("digest-mismatch", 65),
        Case::new("a download", [altered(DOWNLOADS, "")]).definitive("digest-mismatch", 65),
        blob.definitive("digest-mismatch", 65),
    ]);
}

#[test]
fn documents_that_are_none_are_an_error_of_the_registry() {
    let deep = "[".repeat(100_000);
    let deep_object = "{\"config\":".repeat(50_000);
    let cases = [
        ("empty", String::new()),
        ("null", "null".to_owned()),
        ("a list", "[]".to_owned()),
        ("an empty object", "{}".to_owned()),
        ("nested lists", deep),
        ("nested objects", deep_object),
        ("half an object", "{\"schemaVersion\": 2, \"manifests\": [".to_owned()),
        ("text for a list", "{\"schemaVersion\": 2, \"manifests\": \"x\"}".to_owned()),
        ("twice", "{}{}".to_owned()),
    ];
    all(cases.iter().flat_map(|(what, text)| {
        let both = [TOKEN, "/v2/acme/web/manifests/1.4"];
        both.map(|path| Case::new(what, body(path, text)).undecided("registry-error"))
    }));
}

#[test]
fn a_token_that_cannot_be_sent_is_none() {
    let cases = [
        json!({"expires_in": 3600}),
        json!({"token": ""}),
        json!({"token": null, "access_token": null}),
        json!({"token": "a\r\nX-Evil: 1"}),
        json!({"token": "a\u{1}b"}),
        json!({"token": "with blank"}),
        json!({"token": "k\u{e9}y"}),
    ];
    all(cases.into_iter().map(|text| {
        let case = Case::new(&text.to_string(), body(TOKEN, &text.to_string()));
        case.undecided("registry-error").says("the answer has no token")
    }));
    all([json!({"token": 7}), json!({"token": ["x"]})].map(|text| {
        Case::new("no text", body(TOKEN, &text.to_string())).undecided("registry-error")
    }));
}

#[test]
fn a_digest_that_leads_elsewhere_is_never_asked_for() {
    let upper = format!("sha256:{}", "A".repeat(64));
    let digests = [
        "../../../oauth/token?service=registry&scope=x",
        "../../x",
        "sha256:../../x",
        "sha512:abcdef",
        "sha256:abc",
        &upper,
        "",
        "https://evil.example/x",
    ];
    std::thread::scope(|scope| {
        for digest in digests {
            scope.spawn(move || {
                let text = index(&json!([entry(digest)]));
                let faults = instead("/v2/acme/web/manifests/1.4", "application/json", &text);
                let case = Case::new(digest, faults).undecided("registry-error");
                let (world, run) = case.says("an entry of the index has the digest").run();
                let known = [TOKEN, "/v2/acme/web/manifests/1.4", "/v3/feature_flags/diego_docker"];
                let strange = |path: &str| !known.contains(&path);
                assert!(!world.saw(|seen| strange(seen.path())), "{digest}: {run}");
            });
            scope.spawn(move || {
                let text = json!({
                    "schemaVersion": 2,
                    "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest},
                    "layers": [],
                });
                let faults =
                    instead("/v2/acme/web/manifests/1.4", "application/json", &text.to_string());
                let case = Case::new(digest, faults).undecided("registry-error");
                let (world, run) = case.says("the digest of the configuration is no sha256").run();
                assert!(!world.saw(|seen| seen.path().contains("/blobs/")), "{digest}: {run}");
            });
        }
    });
}

#[test]
fn an_index_in_an_index_is_not_followed() {
    let inner = index(&json!([]));
    let digest = format!("sha256:{}", sha256_hex(inner.as_bytes()));
    let outer = index(&json!([entry(&digest)]));
    let mut faults = instead("/v2/acme/web/manifests/1.4", "application/json", &outer).to_vec();
    faults.extend(instead("/v2/acme/web/manifests/sha256:", "application/json", &inner));
    let case = Case::new("an index in an index", faults).undecided("registry-error");
    let (world, run) = case.says("an entry of the index is an index itself").run();
    assert_eq!(super::asked(&world, REGISTRY, MANIFESTS), 2, "{run}");
}

#[test]
fn an_entry_that_answers_with_its_own_index_is_a_mismatch() {
    // No index can hold its own digest, so one that is sent for its own entry is a lie.
    let text = index(&json!([entry(&format!("sha256:{}", "1".repeat(64)))]));
    let faults = instead(MANIFESTS, "application/json", &text);
    let (world, run) = Case::new("itself", faults).definitive("digest-mismatch", 65).run();
    assert_eq!(super::asked(&world, REGISTRY, MANIFESTS), 2, "{run}");
}

/// A server that gives this body to everybody, whatever it is asked.
fn server(kind: &str, body: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    // It ends with the tests: nobody says when the last one has asked.
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // Whoever leaves before the answer does not want it.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        }
    });
    address
}

#[test]
fn answers_that_are_no_text_are_an_error_of_the_registry() {
    const LATIN: &[u8] =
        b"{\"schemaVersion\": 2, \"token\": \"caf\xe9\", \"manifests\": [\"\xff\"]}";
    const SURROGATE: &[u8] = br#"{"schemaVersion": 2, "token": "\ud800", "config": "\ud800"}"#;
    const MARKED: &[u8] = b"\xef\xbb\xbf{\"token\": \"abc\"}";
    for body in [LATIN, SURROGATE, MARKED, b"\x1f\x8b\x08\x00\x00", b"\0"] {
        let world = World::start().unwrap();
        world.forward(REGISTRY, server("application/json", body));
        let run = Invocation::new(["check", "web", "--strict", "--image", IMAGE]).in_world(&world);
        let run = run.variable("ICR_CF_API_KEY", world.sample_key()).run();
        secrets_stay(&world, &run, world.sample_key(), &[]);
        assert_eq!(run.code, Some(69), "{run}");
        assert!(run.out().contains("undecided[registry-error]"), "{run}");
        assert!(run.out().contains("it answered with `application/json`"), "{run}");
    }
}

#[test]
fn what_a_registry_names_cannot_steer_a_terminal() {
    let evil = "\u{1b}[2J\u{7}linux\r\nerror: gone";
    let mut odd = entry(&format!("sha256:{}", "1".repeat(64)));
    odd["platform"] = json!({"os": evil, "architecture": evil, "variant": evil});
    let errors = json!({"errors": [{"code": evil, "message": evil}]}).to_string();
    let tags = json!({"tags": [evil, "1.5"]}).to_string();
    let (check, absent) = (["check", "web", "--image", IMAGE], "us.icr.io/acme/web:1.6");
    let cases: [(Fault, &[&str]); 6] = [
        (Fault::status(200).body(index(&json!([odd.clone()]))).path(MANIFESTS), &check),
        (
            Fault::status(200).body(index(&json!([odd]))).path(MANIFESTS),
            &["resolve", "--digest", IMAGE],
        ),
        (Fault::status(403).body(errors.clone()).path(MANIFESTS), &check),
        (Fault::status(418).body(errors).path(TOKEN), &check),
        (
            Fault::status(200).body(tags.clone()).path("/v2/acme/web/tags"),
            &["resolve", "--tags", IMAGE],
        ),
        (
            Fault::status(200).body(tags).path("/v2/acme/web/tags"),
            &["check", "web", "--image", absent],
        ),
    ];
    for (fault, words) in cases {
        let world = World::start().unwrap();
        world.add_fault(fault.clone().host(REGISTRY));
        let run = Invocation::new(words).in_world(&world);
        let run = run.variable("ICR_CF_API_KEY", world.sample_key()).run();
        secrets_stay(&world, &run, world.sample_key(), &[]);
        for text in [run.out(), run.err()] {
            let steers = |c: char| c.is_control() && c != '\n';
            assert!(!text.contains(steers), "{words:?} {fault:?}: {run}");
            assert!(!text.contains("\nerror: gone"), "{words:?} {fault:?}: {run}");
        }
    }
}
