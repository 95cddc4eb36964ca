//! Tests of judging cf's token.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::{AccessToken, CfToken, Expired, judge};
use crate::capi::config::{Config, WipedText};
use crate::capi::setup::{Setup, Target};
use crate::secret::tests::lacks;

lacks!(AccessToken: std::fmt::Debug, std::fmt::Display, std::fmt::LowerHex, Clone, Copy,
    std::ops::Deref, serde::Serialize, AsRef<str>, AsRef<[u8]>, Into<String>, PartialEq);
lacks!(CfToken: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize);
lacks!(Target: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize);
lacks!(Setup: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize);
lacks!(Config: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize);
lacks!(WipedText: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize);

const NOW: u64 = 1_800_000_000;

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW)
}

/// A token that ends so many seconds from now.
fn jwt(seconds: i64) -> String {
    let end = NOW.checked_add_signed(seconds).unwrap();
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part("{\"alg\":\"RS256\"}"), part(&format!("{{\"exp\":{end}}}")), part("s"))
}

fn config(access: &str, refresh: &str) -> Config {
    let secret = |text: &str| WipedText(Zeroizing::new(text.to_owned()));
    Config { access_token: secret(access), refresh_token: secret(refresh), ..Config::default() }
}

/// What becomes of a login, in a word.
fn found(config: &Config) -> Result<&'static str, Expired> {
    judge(config, now()).map(|token| match token {
        CfToken::Fresh(_) => "fresh",
        CfToken::Stale => "stale",
        CfToken::None => "none",
    })
}

#[test]
fn a_token_with_a_minute_left_is_fresh_and_comes_without_the_word_before_it() {
    let token = jwt(60);
    for scheme in ["bearer", "Bearer"] {
        match judge(&config(&format!("{scheme} {token}"), ""), now()) {
            Ok(CfToken::Fresh(found)) => assert_eq!(found.expose(), token),
            Ok(CfToken::Stale | CfToken::None) | Err(_) => panic!("it is not fresh"),
        }
    }
}

#[test]
fn a_token_in_its_last_minute_is_one_that_cf_renews() {
    for seconds in [1, 59] {
        assert_eq!(found(&config(&format!("bearer {}", jwt(seconds)), "r")), Ok("stale"));
        assert_eq!(found(&config(&format!("bearer {}", jwt(seconds)), "")), Ok("stale"));
    }
}

#[test]
fn a_token_that_cannot_be_read_or_sent_is_stale() {
    let no_end = format!("bearer a.{}.b", URL_SAFE_NO_PAD.encode("{}"));
    let ends = jwt(3600);
    for access in [
        no_end.as_str(),
        "x",
        "bearer ",
        "bearer opaque",
        "bearér eyJ",
        "ééééééé",
        &format!("MAC-id {ends}"),
        &format!("bearer {ends}\r\nX: y"),
        &format!("bearer {ends}é"),
        &ends,
        "",
    ] {
        assert_eq!(found(&config(access, "r")), Ok("stale"), "{access}");
    }
}

#[test]
fn an_expired_token_is_stale_where_cf_can_renew_it() {
    let access = format!("bearer {}", jwt(-1));
    assert_eq!(found(&config(&access, "opaque")), Ok("stale"));
    assert_eq!(found(&config(&access, &jwt(1))), Ok("stale"));
    let client = |secret: &str, grant: &str| {
        let mut config = config(&access, "");
        config.client_secret = WipedText(Zeroizing::new(secret.to_owned()));
        config.grant_type = grant.to_owned();
        found(&config)
    };
    assert_eq!(client("secret", "client_credentials"), Ok("stale"));
    let expired = Err(Expired::At(now() - Duration::from_secs(1)));
    assert_eq!(client("", "client_credentials"), expired);
    assert_eq!(client("secret", "password"), expired);
}

#[test]
fn an_expired_token_without_a_way_to_renew_it_is_the_end_of_a_login() {
    let access = format!("bearer {}", jwt(-3600));
    let expired = Err(Expired::At(now() - Duration::from_secs(3600)));
    assert_eq!(found(&config(&access, "")), expired);
    assert_eq!(found(&config(&access, &jwt(-5))), expired);
    let refresh = Err(Expired::Refresh(now() - Duration::from_secs(5)));
    assert_eq!(found(&config("", &jwt(-5))), refresh);
    assert_eq!(found(&config(&format!("bearer {}", jwt(0)), "")), Err(Expired::At(now())));
}

#[test]
fn on_kubernetes_there_is_no_token() {
    let mut config = config(&format!("bearer {}", jwt(3600)), "");
    config.kubernetes.enabled = true;
    assert_eq!(found(&config), Ok("none"));
}
