//! What is changed in a configuration, and that nothing else is.

use std::collections::BTreeMap;
use std::path::PathBuf;

use proptest::prelude::*;

use super::looked_in;
use super::splice::{Fault, helpers, with_entries, without_entries};

use crate::environment::{Environment, Streams};
use crate::error::JsonSpot;

const HOSTS: [&str; 2] = ["us.icr.io", "de.icr.io"];

fn put(text: &str) -> String {
    with_entries(text, &HOSTS, "icr-cf").unwrap().text
}

fn taken(text: &str) -> String {
    without_entries(text, &HOSTS, "icr-cf").unwrap().text
}

const DOCKERS: &str = "{\n\t\"auths\": {\n\t\t\"quay.io\": {\n\t\t\t\"auth\": \"eDp5\"\n\t\t}\n\t},\n\t\"psFormat\": \"{{.ID}}\"\n}";

#[test]
fn entries_are_put_in_as_docker_would_write_them_and_taken_out_without_a_trace() {
    let expected = "{\n\t\"auths\": {\n\t\t\"quay.io\": {\n\t\t\t\"auth\": \"eDp5\"\n\t\t}\n\t},\n\t\"psFormat\": \"{{.ID}}\",\n\t\"credHelpers\": {\n\t\t\"us.icr.io\": \"icr-cf\",\n\t\t\"de.icr.io\": \"icr-cf\"\n\t}\n}";
    assert_eq!(put(DOCKERS), expected);
    assert_eq!(taken(expected), DOCKERS);
    assert_eq!(put(expected), expected, "a second time changes nothing");
}

#[test]
fn a_text_of_one_line_stays_one_and_other_line_ends_stay() {
    assert_eq!(
        put("{\"a\":1}"),
        "{\"a\":1,\"credHelpers\":{\"us.icr.io\":\"icr-cf\",\"de.icr.io\":\"icr-cf\"}}"
    );
    let windows = put("{\r\n  \"a\": 1\r\n}\r\n");
    assert_eq!(windows.matches('\n').count(), windows.matches("\r\n").count());
    assert!(windows.contains("\r\n    \"us.icr.io\": \"icr-cf\",\r\n"), "{windows}");
}

#[test]
fn nothing_an_empty_object_and_null_are_filled() {
    let whole = "{\n\t\"credHelpers\": {\n\t\t\"us.icr.io\": \"icr-cf\",\n\t\t\"de.icr.io\": \"icr-cf\"\n\t}\n}\n";
    for text in ["", " \n", "{}\n"] {
        assert_eq!(put(text), whole, "{text:?}");
    }
    for text in ["{\"credHelpers\":null}", "{\"credHelpers\": {} }", "{\"credHelpers\":{\n}}"] {
        assert_eq!(helpers(&put(text)).unwrap().len(), 2, "{text:?}");
    }
}

#[test]
fn other_helpers_stay_and_one_of_ours_is_replaced_and_named() {
    let text = "{ \"credHelpers\": { \"gcr.io\": \"gcloud\", \"us\\u002eicr.io\": \"vault\" } }";
    let spliced = with_entries(text, &HOSTS, "icr-cf").unwrap();
    assert_eq!(
        spliced.text,
        "{ \"credHelpers\": { \"gcr.io\": \"gcloud\", \"us\\u002eicr.io\": \"icr-cf\", \"de.icr.io\":\"icr-cf\" } }"
    );
    assert_eq!(spliced.changes[0].before.as_deref(), Some("vault"));
    assert_eq!(spliced.changes[1].before, None);
    assert_eq!(taken(&spliced.text), "{ \"credHelpers\": { \"gcr.io\": \"gcloud\" } }");
    // Somebody else's entry for a host of ours is not ours to take.
    assert_eq!(taken(text), text);
}

#[test]
fn what_cannot_be_changed_safely_is_a_fault() {
    for (text, fault) in [
        ("{\"a\":1", Fault::NotJson(JsonSpot::At(1, 6))),
        ("{\n \"a\": x}", Fault::NotJson(JsonSpot::At(2, 7))),
        ("{} {}", Fault::NotJson(JsonSpot::At(1, 4))),
        ("[]", Fault::NotObject),
        ("\"x\"", Fault::NotObject),
        ("{\"credHelpers\":[]}", Fault::Helpers),
        ("{\"credHelpers\":{\"a\":1}}", Fault::Helpers),
        ("{\"credHelpers\":{\"a\":\"x\",\"a\":\"y\"}}", Fault::Twice("a".into())),
        ("{\"credHelpers\":{},\"credHelpers\":{}}", Fault::Twice("credHelpers".into())),
    ] {
        assert_eq!(with_entries(text, &HOSTS, "icr-cf"), Err(fault.clone()), "{text}");
        assert_eq!(without_entries(text, &HOSTS, "icr-cf"), Err(fault), "{text}");
    }
}

/// A JSON value of any kind.
fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f32>().prop_map(|number| serde_json::json!(number)),
        ".{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::hash_map("[a-z\"\\\\{}\\[\\],:]{0,6}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_document_gets_the_entries_and_loses_nothing(
        others in prop::collection::hash_map("[a-z\"\\\\{},:]{0,8}", value(), 0..5),
        known in prop::collection::hash_map("[a-z.\\\\\"]{1,8}", "[a-z\"\\\\]{1,6}", 0..4),
        has_helpers in any::<bool>(),
        is_pretty in any::<bool>(),
    ) {
        let mut document: serde_json::Map<_, _> = others.into_iter().collect();
        if has_helpers {
            document.insert("credHelpers".into(), serde_json::json!(known));
        }
        let document = serde_json::Value::Object(document);
        let text = if is_pretty { format!("{document:#}") } else { document.to_string() };
        let filled = put(&text);
        // Read as the result is: a number need not be the same one after that.
        let mut expected: serde_json::Value = serde_json::from_str(&text).unwrap();
        for host in HOSTS {
            expected["credHelpers"][host] = "icr-cf".into();
        }
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&filled).unwrap(), expected);
        let emptied = taken(&filled);
        let has_others = has_helpers && !known.is_empty();
        if has_others || !has_helpers && !document.as_object().unwrap().is_empty() {
            prop_assert_eq!(emptied, text);
        }
    }
}

#[test]
fn logins_are_looked_for_in_the_order_of_docker_and_podman() {
    let listed = |variables: &[(&str, &str)]| {
        let variables: BTreeMap<_, _> =
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let streams = Streams::default();
        looked_in(&Environment::new(variables, PathBuf::from("/folder"), streams))
    };
    let paths = |texts: &[&str]| texts.iter().map(PathBuf::from).collect::<Vec<_>>();
    let home = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    let session = [(home, "/h"), ("XDG_RUNTIME_DIR", "/run/1")];
    if cfg!(target_os = "linux") {
        let of_session = ["/h/.docker/config.json", "/run/1/containers/auth.json"];
        let kept = "/h/.config/containers/auth.json";
        assert_eq!(listed(&session), paths(&[&of_session[..], &[kept]].concat()));
        // In a container nobody has a session: `podman login` of root writes this one.
        let [own] = &listed(&[])[..] else { panic!("{:?}", listed(&[])) };
        assert!(own.starts_with("/run/containers") && own.ends_with("auth.json"), "{own:?}");
        assert_eq!(listed(&[(home, "/h")])[1], *own);
    } else {
        let kept = ["/h/.docker/config.json", "/h/.config/containers/auth.json"];
        assert_eq!(listed(&session), paths(&kept), "podman knows no session there");
        assert_eq!(listed(&[]), Vec::<PathBuf>::new());
    }
    assert_eq!(
        listed(&[(home, "/h"), ("DOCKER_CONFIG", "/d"), ("REGISTRY_AUTH_FILE", "/a.json")]),
        paths(&["/d/config.json", "/a.json"])
    );
}
