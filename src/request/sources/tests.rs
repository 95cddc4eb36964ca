//! Which key goes to which image, and what is no source.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{KeyRules, Passwords, Scope};
use crate::environment::{Environment, Streams};
use crate::reference::{Defaults, ImageReference};
use crate::request::{ImageTarget, KeyChoice};
use crate::settings::Settings;

fn environment() -> Environment {
    let set = ["A", "B", "C", "D"].map(|name| (name.into(), "x".into()));
    Environment::new(BTreeMap::from(set), PathBuf::from("/"), Streams::default())
}

fn keys(given: &[&str]) -> Result<KeyRules, String> {
    let given: Vec<String> = given.iter().map(|text| (*text).to_owned()).collect();
    let environment = environment();
    let settings = Settings::read(None, None, &environment).unwrap();
    KeyRules::read(&given, &settings, &environment).map_err(|error| error.to_string())
}

fn passwords(given: &[&str]) -> Result<Passwords, String> {
    let given: Vec<String> = given.iter().map(|text| (*text).to_owned()).collect();
    let environment = environment();
    let settings = Settings::read(None, None, &environment).unwrap();
    Passwords::read(&given, &settings, &environment).map_err(|error| error.to_string())
}

#[test]
fn the_key_that_says_most_about_an_image_is_taken() {
    let keys =
        keys(&["acme=env:A", "de.icr.io=env:B", "de.icr.io/team=env:C", "team=env:D"]).unwrap();
    let of = |text: &str| {
        let reference = ImageReference::parse(text, &Defaults::default()).unwrap();
        let fit = keys.fit(&ImageTarget::Known(Box::new(reference))).unwrap();
        fit.map(|fit| match fit.choice {
            KeyChoice::Named(name) => (name, fit.scope),
            _ => (String::new(), fit.scope),
        })
    };
    let expected = |name: &str, scope| Some((name.to_owned(), scope));
    assert_eq!(of("us.icr.io/acme/web"), expected("A", Scope::Any));
    assert_eq!(of("de.icr.io/acme/web"), expected("A", Scope::Any));
    assert_eq!(of("de.icr.io/other/web"), expected("B", Scope::Host));
    assert_eq!(of("registry.eu-de.bluemix.net/other/web"), expected("B", Scope::Host));
    assert_eq!(of("de.icr.io/team/web"), expected("C", Scope::Host));
    assert_eq!(of("us.icr.io/team/web"), expected("D", Scope::Any));
    assert_eq!(of("us.icr.io/other/web"), None);
}

#[test]
fn a_key_for_a_host_needs_to_know_the_registry() {
    let keys = keys(&["de.icr.io/team=env:A", "acme=env:B"]).unwrap();
    let search = |path: &str| {
        let parse = |host: &str| {
            ImageReference::parse(&format!("{host}/{path}"), &Defaults::default()).unwrap()
        };
        ImageTarget::Search(vec![parse("us.icr.io"), parse("de.icr.io")])
    };
    let fit = keys.fit(&search("acme/web")).unwrap();
    assert_eq!(fit.unwrap().choice, KeyChoice::Named("B".to_owned()));
    let error = keys.fit(&search("team/web")).err().unwrap().to_string();
    assert!(error.contains("--region REGION") && error.contains("team=..."), "{error}");
    assert_eq!(keys.unused(&[&search("acme/web")]), Some("de.icr.io/team"));
    assert_eq!(keys.unused(&[&search("acme/web"), &search("team/web")]), None);
}

#[test]
fn a_secret_in_place_of_its_source_is_refused_and_not_repeated() {
    for given in ["acme=hunter2", "acme=hunter2:rest", "acme=HUNTER2"] {
        let error = keys(&[given]).unwrap_err();
        assert!(error.contains("env:NAME") && !error.to_lowercase().contains("hunter"), "{error}");
    }
    let error = passwords(&["docker.io=hunter2"]).unwrap_err();
    assert!(error.contains("env:NAME") && !error.contains("hunter2"), "{error}");
}

#[test]
fn what_makes_no_sense_is_refused_with_the_form_that_does() {
    for (given, part) in [
        ("acme", "NAMESPACE=env:NAME"),
        ("acme=", "NAMESPACE=env:NAME"),
        ("acme=env:$A", "without `$`"),
        ("acme=env:MISSING", "is not set"),
        ("acme=file:", "empty value"),
        ("acme=command:", "empty value"),
        ("acme=command:op 'read", "quote"),
        ("quay.io=env:A", "no registry of ICR"),
        ("A=env:A", "A"),
    ] {
        let error = keys(&[given]).unwrap_err();
        assert!(error.contains(part), "{given}: {error}");
    }
    assert!(keys(&["acme=env:A", "acme=env:B"]).unwrap_err().contains("twice"));
    let error = passwords(&["us.icr.io=env:A"]).unwrap_err();
    assert!(error.contains("--api-key-for us.icr.io=..."), "{error}");
}

#[test]
fn docker_hub_is_known_under_all_its_names() {
    let passwords = passwords(&["index.docker.io=env:A"]).unwrap();
    assert_eq!(passwords.of("docker.io"), Ok(Some(KeyChoice::Named("A".to_owned()))));
    assert_eq!(passwords.of("quay.io"), Ok(None));
    assert_eq!(passwords.variables().collect::<Vec<_>>(), ["A"]);
}
