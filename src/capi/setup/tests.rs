//! Tests of the rules, each with a `CF_HOME` of its own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use icr_cf_sandbox::Login;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{CfToken, Needed, Setup, Target, Tls, address, look};
use crate::cf_program::CfProgram;
use crate::environment::{Environment, Streams};
use crate::verdict::{Name, Verdict, Weight};

const NOW: u64 = 1_800_000_000;
/// In everything that no verdict may show.
const MARKER: &str = "mArKeR";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW)
}

fn access_token(end: u64) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("bearer {MARKER}.{}.{}", part(&format!("{{\"exp\":{end}}}")), part("s"))
}

/// A configuration that is ready to push.
fn ready() -> Value {
    json!({
        "ConfigVersion": 4,
        "Target": "https://api.example.com/",
        "AccessToken": access_token(NOW + 3600),
        "RefreshToken": format!("{MARKER}-refresh"),
        "UAAOAuthClientSecret": format!("{MARKER}-client"),
        "OrganizationFields": {"GUID": "o-guid", "Name": "acme"},
        "SpaceFields": {"GUID": "s-guid", "Name": "prod"},
        "SSLDisabled": false,
    })
}

/// The same with other values for some fields.
fn ready_but(changes: &[(&str, Value)]) -> Value {
    let mut config = ready();
    for (pointer, value) in changes {
        match config.pointer_mut(pointer) {
            Some(place) => *place = value.clone(),
            None => config[pointer.trim_start_matches('/')] = value.clone(),
        }
    }
    config
}

/// A folder with a `cf` and perhaps a configuration.
struct World(TempDir);

impl World {
    fn new() -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(world.0.path().join(".cf")).unwrap();
        std::fs::write(world.path("cf"), b"\x7fELF").unwrap();
        world
    }

    fn with(config: impl AsRef<[u8]>) -> Self {
        let world = Self::new();
        std::fs::write(world.path(".cf/config.json"), config).unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn environment(&self) -> Environment {
        let variables = [("CF_HOME".into(), self.0.path().into())];
        Environment::new(BTreeMap::from(variables), self.0.path().into(), Streams::default())
    }

    fn cf(&self) -> CfProgram {
        CfProgram::new(&["cf8"], Some(self.path("cf")))
    }

    fn look(&self) -> Setup {
        look(&self.cf(), Needed::Space, &self.environment(), now())
    }

    /// Looks with a program of that name and content, under these words.
    fn reason(&self, program: &str, content: &[u8], words: &[&str]) -> Option<&'static str> {
        std::fs::write(self.path(program), content).unwrap();
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let cf = CfProgram { words, path: Some(self.path(program)), release: None };
        unknown(&look(&cf, Needed::Space, &self.environment(), now()))
    }
}

fn unknown(setup: &Setup) -> Option<&'static str> {
    match setup {
        Setup::Unknown(reason) => Some(reason),
        Setup::Refused(_) | Setup::Ready(_) => None,
    }
}

/// The verdict on a configuration, which shows no secret.
fn refused(config: impl AsRef<[u8]>) -> Verdict {
    match World::with(config).look() {
        Setup::Refused(verdict) => {
            assert!(!format!("{verdict:?}").contains(MARKER), "{verdict:?}");
            verdict
        }
        Setup::Unknown(reason) => panic!("{reason}"),
        Setup::Ready(_) => panic!("it is ready"),
    }
}

fn target(config: &Value) -> Target {
    match World::with(config.to_string()).look() {
        Setup::Ready(target) => target,
        Setup::Refused(verdict) => panic!("{verdict:?}"),
        Setup::Unknown(reason) => panic!("{reason}"),
    }
}

#[track_caller]
fn check(verdict: &Verdict, name: Name, message: &str, seen: &str, hint: &str) {
    assert_eq!((verdict.name, verdict.message.as_str()), (name, message));
    assert!(verdict.seen.iter().any(|line| line.contains(seen)), "{verdict:?}");
    assert_eq!(verdict.hints, [hint]);
}

#[test]
fn a_configuration_that_is_ready_says_whom_to_ask_and_with_what() {
    let target = target(&ready());
    assert_eq!(target.api, "https://api.example.com");
    assert_eq!((target.org.as_str(), target.space.as_str()), ("acme", "prod"));
    assert_eq!(target.tls, Tls::Verify);
    let CfToken::Fresh(token) = target.token else { panic!("the token is not fresh") };
    assert!(token.expose().starts_with(MARKER));
}

#[test]
fn a_platform_without_certificates_is_asked_as_cf_asks_it() {
    let config =
        ready_but(&[("/SSLDisabled", json!(true)), ("/Target", json!("HTTP://localhost"))]);
    let target = target(&config);
    assert_eq!((target.tls, target.api.as_str()), (Tls::Skip, "http://localhost"));
}

#[test]
fn without_an_api_the_way_there_is_told() {
    let api = "`cf8 api https://API-OF-YOUR-PLATFORM`";
    let message = "cf has no API endpoint";
    let Setup::Refused(missing) = World::new().look() else { panic!("it is not refused") };
    check(&missing, Name::CfNoApi, message, "/.cf/config.json` does not exist", api);
    check(&refused(""), Name::CfNoApi, message, "config.json` is empty", api);
    let other = refused(ready_but(&[("/ConfigVersion", json!(5))]).to_string());
    check(&other, Name::CfNoApi, message, "has `ConfigVersion` 5; cf passes over", api);
    for target in [json!(""), json!(null)] {
        let none = refused(ready_but(&[("/Target", target)]).to_string());
        check(&none, Name::CfNoApi, message, "config.json` has no `Target`", api);
    }
}

#[test]
fn a_broken_configuration_stops_cf_and_is_not_repeated() {
    let hint = "move that file away and log in again: `cf8 login -a https://API-OF-YOUR-PLATFORM`";
    let text = format!("{{\n\"AccessToken\": {MARKER}\n}}");
    let message = "cf's configuration is broken";
    check(&refused(text), Name::CfNoApi, message, "config.json`, at line 2, column", hint);
    for (pointer, value) in [
        ("/AccessToken", json!({ MARKER: MARKER })),
        ("/Target", json!([MARKER])),
        ("/SSLDisabled", json!(MARKER)),
        ("/ConfigVersion", json!(MARKER)),
        ("/SpaceFields", json!(MARKER)),
    ] {
        let broken = refused(ready_but(&[(pointer, value)]).to_string());
        assert_eq!((broken.message.as_str(), broken.weight), (message, Weight::Definitive));
    }
    let world = World::new();
    std::fs::create_dir(world.path(".cf/config.json")).unwrap();
    let Setup::Refused(folder) = world.look() else { panic!("it is not refused") };
    let message = "cf's configuration cannot be read";
    check(&folder, Name::CfNoApi, message, "config.json`: is a directory", hint);
}

#[test]
fn without_a_token_cf_is_not_logged_in() {
    let none = [("/AccessToken", json!("")), ("/RefreshToken", json!(null))];
    let verdict = refused(ready_but(&none).to_string());
    let message = "cf is not logged in";
    check(&verdict, Name::CfNotLoggedIn, message, "the API is api.example.com", "`cf8 login`");
    let korifi = ("/CFOnK8s", json!({"Enabled": true, "AuthInfo": ""}));
    let verdict = refused(ready_but(&[korifi]).to_string());
    check(&verdict, Name::CfNotLoggedIn, message, "the API is api.example.com", "`cf8 login`");
}

#[test]
fn a_login_that_has_ended_is_told_with_its_time() {
    let ended = ("/AccessToken", json!(access_token(NOW - 1)));
    let verdict = refused(ready_but(&[ended.clone(), ("/RefreshToken", json!(""))]).to_string());
    let message = "cf's login has expired and cannot be renewed";
    let seen = "its token expired at 2027-01-15T07:59:59Z";
    check(&verdict, Name::CfTokenExpired, message, seen, "`cf8 login`");
    let token = target(&ready_but(&[ended])).token;
    assert!(matches!(token, CfToken::Stale));
}

#[test]
fn without_org_or_space_the_command_is_told() {
    let verdict = refused(ready_but(&[("/OrganizationFields/GUID", json!(""))]).to_string());
    let hint = "`cf8 target -o ORG -s SPACE`";
    check(&verdict, Name::CfNoSpace, "no org targeted", "the API is api.example.com", hint);
    let verdict = refused(ready_but(&[("/SpaceFields/GUID", json!(""))]).to_string());
    let hint = "`cf8 target -s SPACE`";
    check(&verdict, Name::CfNoSpace, "no space targeted", "the API is api.example.com", hint);
}

#[test]
fn only_the_first_of_several_faults_is_told() {
    let faults = [
        ("/Target", json!("")),
        ("/RefreshToken", json!("")),
        ("/AccessToken", json!("")),
        ("/AccessToken", json!(access_token(NOW - 1))),
        ("/OrganizationFields/GUID", json!("")),
        ("/SpaceFields/GUID", json!("")),
    ];
    let name = |faults: &[(&str, Value)]| refused(ready_but(faults).to_string()).name;
    assert_eq!(name(&faults), Name::CfNoApi);
    assert_eq!(name(&[&faults[1..3], &faults[4..]].concat()), Name::CfNotLoggedIn);
    assert_eq!(name(&[&faults[1..2], &faults[3..]].concat()), Name::CfTokenExpired);
    assert_eq!(name(&faults[4..]), Name::CfNoSpace);
}

#[test]
fn korifi_is_ready_without_a_token() {
    let korifi = json!({"Enabled": true, "AuthInfo": format!("{MARKER}-user")});
    let config = ready_but(&[("/CFOnK8s", korifi), ("/AccessToken", json!(""))]);
    let target = target(&config);
    assert!(matches!(target.token, CfToken::None));
}

#[test]
fn a_target_that_is_no_plain_address_is_neither_asked_nor_shown() {
    for odd in [
        format!("https://user:{MARKER}@api.example.com"),
        format!("ftp://{MARKER}"),
        format!("{MARKER}.example.com"),
        format!("https://api.example.com?token={MARKER}"),
    ] {
        let verdict = refused(ready_but(&[("/Target", json!(odd))]).to_string());
        assert_eq!((verdict.name, verdict.weight), (Name::CfUnreachable, Weight::Undecided));
        let not_logged_in =
            [("/Target", json!(odd)), ("/AccessToken", json!("")), ("/RefreshToken", json!(""))];
        let verdict = refused(ready_but(&not_logged_in).to_string());
        assert_eq!(verdict.name, Name::CfNotLoggedIn);
    }
}

#[test]
fn an_address_is_a_scheme_and_a_host_and_little_else() {
    for (target, expected) in [
        ("https://api.example.com", "https://api.example.com"),
        ("HTTPS://API.example.com//", "https://API.example.com"),
        ("http://10.0.0.1:8080/", "http://10.0.0.1:8080"),
        ("https://[::1]:443/cf/", "https://[::1]:443/cf"),
        ("https://gate_way/a/b", "https://gate_way/a/b"),
    ] {
        assert_eq!(address(target).as_deref(), Some(expected), "{target}");
    }
    for target in [
        "",
        "https://",
        "https:///",
        "https:///path",
        "https://:443",
        "https://host:",
        "https://host:99999",
        "https://host:+1",
        "https://user@host",
        "https://host\\@other",
        "https://host#@other",
        "https://host/?q",
        "https://host/a b",
        "https://ho st",
        "https://host\r\nX: y",
        "https://[::1",
        "https://[]",
        "https://[x]",
        "https://[::1]x",
        "https://höst",
        "https://%65xample.com",
        " https://host",
        "file:///etc/passwd",
        "api.example.com",
    ] {
        assert_eq!(address(target), None, "{target}");
    }
}

#[test]
fn a_cf_that_may_have_a_configuration_of_its_own_is_not_judged() {
    let world = World::new();
    let elf = b"\x7fELF";
    assert_eq!(world.reason("cf", elf, &["cf"]), None);
    assert_eq!(world.reason("my-own", elf, &["my-own"]), None);
    let reason =
        |program, content: &[u8], words: &[&str]| world.reason(program, content, words).unwrap();
    assert!(reason("ibmcloud", elf, &["ibmcloud", "cf"]).contains("IBM Cloud CLI"));
    assert!(reason("bx.exe", elf, &["bx.exe"]).contains("IBM Cloud CLI"));
    assert!(reason("env", elf, &["env", "CF_HOME=x", "cf"]).contains("another program"));
    assert!(reason("cf", b"#!/bin/sh\n", &["cf"]).contains("a script"));
    assert!(reason("cf", b"#!", &["cf"]).contains("a script"));
    assert!(reason("cf", b"", &["cf"]).contains("a script"));
    let absent = look(&CfProgram::absent(), Needed::Space, &world.environment(), now());
    assert_eq!(unknown(&absent), Some("cf was not found"));
    std::fs::remove_file(world.path("cf")).unwrap();
    assert_eq!(unknown(&world.look()), Some("the file of cf cannot be looked at"));
}

#[cfg(unix)]
#[test]
fn a_link_is_judged_by_where_it_leads() {
    use std::os::unix::fs::symlink;
    let world = World::new();
    let reason = |real: &str, content: &[u8]| {
        let (real, link) = (world.path(real), world.path("cf"));
        std::fs::write(&real, content).unwrap();
        let _ = std::fs::remove_file(&link);
        symlink(real, &link).unwrap();
        unknown(&world.look())
    };
    assert_eq!(reason("cf-8.18.4", b"\x7fELF"), None);
    assert!(reason("cf8", b"#!/bin/sh").unwrap().contains("a script"));
    assert!(reason("snap", b"\x7fELF").unwrap().contains("a link to another program"));
    assert!(reason("ibmcloud", b"\x7fELF").unwrap().contains("IBM Cloud CLI"));
}

#[cfg(unix)]
#[test]
fn a_pipe_in_place_of_the_configuration_is_not_judged() {
    let world = World::new();
    duct::cmd!("mkfifo", world.path(".cf/config.json")).run().unwrap();
    assert_eq!(unknown(&world.look()), Some("cf's configuration is no plain file"));
}

#[test]
fn every_state_of_the_sandboxs_login_is_told() {
    let sandbox = icr_cf_sandbox::World::start().unwrap();
    let found = |login| {
        let world = World::new();
        sandbox.write_cf_home(world.0.path(), login).unwrap();
        match look(&world.cf(), Needed::Space, &world.environment(), SystemTime::now()) {
            Setup::Unknown(reason) => reason,
            Setup::Refused(verdict) => verdict.name.as_str(),
            Setup::Ready(Target { token: CfToken::Fresh(_), .. }) => "fresh",
            Setup::Ready(Target { token: CfToken::Stale, .. }) => "stale",
            Setup::Ready(Target { token: CfToken::None, .. }) => "none",
        }
    };
    assert_eq!(found(Login::Nothing), "cf-no-api");
    assert_eq!(found(Login::Api), "cf-not-logged-in");
    assert_eq!(found(Login::LoggedIn), "cf-no-space");
    assert_eq!(found(Login::OrgTargeted), "cf-no-space");
    assert_eq!(found(Login::Targeted), "fresh");
    assert_eq!(found(Login::Stale), "stale");
    assert_eq!(found(Login::Expired), "cf-token-expired");
}
