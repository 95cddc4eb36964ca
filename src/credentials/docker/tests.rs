//! Shapes of Docker's and podman's configuration.

use super::{DockerConfig, DockerEntry, StoredLogin, entry_of, other_user, plain_host};
use crate::request::Username;

const HOST: &str = "us.icr.io";

fn entry(json: &str) -> Result<DockerEntry, String> {
    let config: DockerConfig = serde_json::from_str(json).map_err(|error| error.to_string())?;
    entry_of(config, HOST, "config.json").map_err(|problem| problem.into_error().to_string())
}

/// The user and the secret, or the kind of the entry.
fn words(json: &str) -> String {
    match entry(json) {
        Ok(DockerEntry::Nothing) => "nothing".to_owned(),
        Ok(DockerEntry::Helper(name) | DockerEntry::Store(name)) => name,
        Ok(DockerEntry::Login(login)) => format!("{} {}", *login.user, *login.secret),
        Ok(DockerEntry::IdentityToken) => "identity token".to_owned(),
        Err(text) => text,
    }
}

#[test]
fn an_entry_is_found_under_every_name_that_tools_write() {
    for name in [
        "us.icr.io",
        "https://us.icr.io",
        "https://us.icr.io/",
        "https://us.icr.io/v1/",
        "http://us.icr.io/v2/",
        "us.icr.io/v2",
        "US.icr.io",
    ] {
        let json = format!("{{\"auths\":{{\"{name}\":{{\"auth\":\"aWFtYXBpa2V5OmE6Yg==\"}}}}}}");
        assert_eq!(words(&json), "iamapikey a:b", "{name}");
        assert_eq!(plain_host(name).to_lowercase(), HOST);
    }
    for name in ["de.icr.io", "private.us.icr.io", "us.icr.io.example.com", "us.icr.io/acme"] {
        let json = format!("{{\"auths\":{{\"{name}\":{{\"auth\":\"aWFtYXBpa2V5OmE6Yg==\"}}}}}}");
        assert_eq!(words(&json), "nothing", "{name}");
    }
}

#[test]
fn a_helper_for_the_host_comes_before_the_store_and_that_before_the_file() {
    let auths = "\"auths\":{\"us.icr.io\":{\"username\":\"iamapikey\",\"password\":\"k\"}}";
    assert_eq!(words(&format!("{{{auths}}}")), "iamapikey k");
    assert_eq!(words(&format!("{{{auths},\"credsStore\":\"pass\"}}")), "docker-credential-pass");
    let both =
        format!("{{{auths},\"credsStore\":\"pass\",\"credHelpers\":{{\"us.icr.io\":\"ibm\"}}}}");
    assert_eq!(words(&both), "docker-credential-ibm");
    let other = format!("{{{auths},\"credHelpers\":{{\"de.icr.io\":\"ibm\"}}}}");
    assert_eq!(words(&other), "iamapikey k");
    assert_eq!(words(&format!("{{{auths},\"credsStore\":\"\"}}")), "iamapikey k");
}

#[test]
fn a_helper_that_is_no_plain_name_is_refused() {
    let long = |length: usize| "x".repeat(length);
    for name in ["a-b", "a_b", "a.b", &long(64)] {
        let json = format!("{{\"credsStore\":\"{name}\"}}");
        assert_eq!(words(&json), format!("docker-credential-{name}"));
    }
    for name in ["../evil", "a/b", "a\\\\b", "-x", "a b", ".", "a\\u0000", &long(65)] {
        let text = words(&format!("{{\"credsStore\":\"{name}\"}}"));
        assert!(text.starts_with("`config.json` names a credential helper"), "{text}");
    }
}

#[test]
fn entries_without_a_usable_login_are_told_apart() {
    assert_eq!(words("{}"), "nothing");
    assert_eq!(words("{\"auths\":null}"), "nothing");
    assert_eq!(words("{\"auths\":{\"us.icr.io\":null}}"), "nothing");
    assert_eq!(words("{\"auths\":{\"us.icr.io\":{}}}"), "nothing");
    let unnamed = "{\"auths\":{\"us.icr.io\":{\"username\":\"\",\"password\":\"k\"}}}";
    assert_eq!(words(unnamed), "nothing");
    let token = "{\"auths\":{\"us.icr.io\":{\"auth\":\"eDp5\",\"identitytoken\":\"t\"}}}";
    assert_eq!(words(token), "identity token");
}

#[test]
fn a_broken_entry_is_an_error_that_does_not_repeat_it() {
    for auth in ["marker!", "bWFya2Vy", "/w=="] {
        let text = words(&format!("{{\"auths\":{{\"us.icr.io\":{{\"auth\":\"{auth}\"}}}}}}"));
        let expected = "the entry for `us.icr.io` in `config.json` is broken";
        assert!(text.starts_with(expected), "{text}");
        assert!(!text.contains("marker") && !text.contains("bWF"), "{text}");
    }
}

#[test]
fn padding_and_zero_bytes_do_not_matter() {
    for auth in ["aWFtYXBpa2V5Oms=", "aWFtYXBpa2V5Oms", "aWFtYXBpa2V5OmsAAA=="] {
        let json = format!("{{\"auths\":{{\"us.icr.io\":{{\"auth\":\"{auth}\"}}}}}}");
        assert_eq!(words(&json), "iamapikey k", "{auth}");
    }
}

#[test]
fn the_user_of_an_entry_is_named_where_it_can_be_no_secret() {
    let words = |user: &str, wanted: &Username| {
        let login = StoredLogin { user: user.to_owned().into(), secret: String::new().into() };
        other_user(&login, wanted)
    };
    let of_a_key = words("iamapikey", &Username::Bearer);
    assert_eq!(
        of_a_key.as_deref(),
        Some("entry has user `iamapikey`; leave out `--docker-username`")
    );
    for user in ["token", "cp"] {
        let expected = format!("entry has user `{user}`, which cannot be used");
        assert_eq!(words(user, &Username::ApiKey), Some(expected));
    }
    assert_eq!(words("iamapikey", &Username::ApiKey), None);
}
