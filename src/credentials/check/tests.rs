//! What counts as a key, case by case.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{CheckedKey, check};
use crate::credentials::KeyOrigin;
use crate::credentials::Notice;
use crate::credentials::key_fault::KeyFault;
use crate::credentials::key_problem::KeyProblem;
use crate::request::Username;

const KEY: &str = "aB3dEfGhIjKlMnOpQrStUvWxYz0123456789-_abcdEF";
const UUID: &str = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn token(expires: u64) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let payload = format!("{{\"iam_id\":\"IBMid-1\",\"exp\":{expires}}}");
    format!("{}.{}.{}", part("{\"alg\":\"RS256\"}"), part(&payload), "c2lnbmF0dXJl".repeat(9))
}

fn checked(value: &[u8], username: &Username) -> Result<CheckedKey, KeyFault> {
    check(value, KeyOrigin::Variable("ICR_CF_API_KEY"), "`ICR_CF_API_KEY`", username, now())
}

fn accepted(value: &str, username: &Username) -> (String, Vec<Notice>) {
    let checked = checked(value.as_bytes(), username);
    let checked = checked.unwrap_or_else(|fault| panic!("{fault}"));
    (checked.key.expose().to_owned(), checked.notices)
}

fn refused(value: impl AsRef<[u8]>, username: &Username) -> KeyFault {
    checked(value.as_ref(), username).err().unwrap_or_else(|| panic!("accepted"))
}

/// The whole message, as a user sees it.
fn message(fault: KeyFault, origin: KeyOrigin) -> String {
    KeyProblem::Unfit { place: "`X`".to_owned(), fault, origin }.into_error().to_string()
}

#[test]
fn a_key_passes_without_a_word() {
    assert_eq!(accepted(KEY, &Username::ApiKey), (KEY.to_owned(), Vec::new()));
    let profile = Username::TrustedProfile(format!("Profile-{UUID}"));
    assert_eq!(accepted(KEY, &profile), (KEY.to_owned(), Vec::new()));
}

#[test]
fn what_surrounds_a_key_is_taken_off_with_a_notice() {
    for (value, taken) in [
        (format!("{KEY}\n"), "a line end"),
        (format!("{KEY}\r\n"), "a line end"),
        (format!("\u{feff}{KEY}"), "a byte order mark"),
        (format!("\"{KEY}\""), "quotes around it"),
        (format!("'{KEY}'"), "quotes around it"),
        (format!("  {KEY}\t"), "blanks around it"),
        (format!("{KEY} "), "blanks around it"),
        (
            format!("\u{feff}\" {KEY}\"\r\n"),
            "a byte order mark, a line end, quotes around it, blanks around it",
        ),
    ] {
        let (key, notices) = accepted(&value, &Username::ApiKey);
        assert_eq!(key, KEY);
        let expected = format!("left out of the value from `ICR_CF_API_KEY`: {taken}");
        assert_eq!(notices, [expected]);
    }
}

#[test]
fn nothing_is_no_key() {
    for value in ["", " ", "\r\n", "\u{feff}", "\"\"", "' '"] {
        assert_eq!(refused(value, &Username::ApiKey), KeyFault::Empty, "{value:?}");
    }
}

#[test]
fn another_length_is_only_remarked_on() {
    let (_, notices) = accepted("abcdefg", &Username::ApiKey);
    let expected =
        "the key from `ICR_CF_API_KEY` has 7 characters; IBM Cloud API keys seen so far have 44";
    assert_eq!(notices, [expected]);
    assert_eq!(accepted(&"k".repeat(120), &Username::ApiKey).1.len(), 1);
}

#[test]
fn characters_that_no_key_has_are_refused_with_their_place() {
    assert_eq!(refused("abc def", &Username::ApiKey), KeyFault::WhiteSpace(4));
    assert_eq!(refused("abc\ndef", &Username::ApiKey), KeyFault::WhiteSpace(4));
    assert_eq!(refused("abc\u{a0}def", &Username::ApiKey), KeyFault::WhiteSpace(4));
    assert_eq!(refused("a\u{7}", &Username::ApiKey), KeyFault::Control(2));
    assert_eq!(refused("a\0b", &Username::ApiKey), KeyFault::Control(2));
    assert_eq!(refused("ab\u{200b}c", &Username::ApiKey), KeyFault::NotAscii(3));
    assert_eq!(refused("“abc”", &Username::ApiKey), KeyFault::NotAscii(1));
}

#[test]
fn the_limit_of_cloud_foundry_is_the_limit() {
    let odd = |length: usize| "!".repeat(length);
    assert_eq!(accepted(&odd(5_000), &Username::ApiKey).1.len(), 1);
    assert_eq!(refused(odd(5_001), &Username::ApiKey), KeyFault::TooLong(5_001));
    // As long as it may be one, it is rather taken for a refresh token.
    let usual = |length: usize| "k".repeat(length);
    assert_eq!(refused(usual(5_000), &Username::ApiKey), KeyFault::RefreshToken);
    assert_eq!(refused(usual(5_001), &Username::ApiKey), KeyFault::TooLong(5_001));
    // Not with a character in it that no such token has.
    assert_eq!(accepted(&"k!".repeat(150), &Username::ApiKey).1.len(), 1);
}

#[test]
fn what_is_not_text_is_refused() {
    assert_eq!(refused(b"ab\xff", &Username::ApiKey), KeyFault::NotText);
    assert_eq!(refused(b"\xff\xfea\0b\0", &Username::ApiKey), KeyFault::Utf16);
    assert_eq!(refused(b"\xfe\xff\0a\0b", &Username::ApiKey), KeyFault::Utf16);
}

#[test]
fn other_secrets_of_iam_get_messages_of_their_own() {
    for (value, fault) in [
        (token(1_900_000_000), KeyFault::AccessToken),
        (format!("Bearer {}", token(1_900_000_000)), KeyFault::AccessToken),
        (format!("IAM token:  Bearer {}", token(1_900_000_000)), KeyFault::AccessToken),
        ("Ab1-_xyz".repeat(80), KeyFault::RefreshToken),
        (format!("ApiKey-{UUID}"), KeyFault::KeyId),
        (format!("ServiceId-{UUID}"), KeyFault::OtherId("a service id")),
        (format!("iam-ServiceId-{UUID}"), KeyFault::OtherId("a service id")),
        (format!("Profile-{UUID}"), KeyFault::OtherId("a trusted profile")),
        (format!("{{\"apikey\":\"{KEY}\"}}"), KeyFault::Json),
        (format!("[\"{KEY}\"]"), KeyFault::Json),
        ("@key.json".to_owned(), KeyFault::AtPath),
        ("$(API_KEY)".to_owned(), KeyFault::Placeholder),
        ("${{ secrets.KEY }}".to_owned(), KeyFault::Placeholder),
        ("op://vault/item/key".to_owned(), KeyFault::Placeholder),
    ] {
        assert_eq!(refused(&value, &Username::ApiKey), fault);
    }
    for mine in ["ApiKey-of-mine", "ServiceId-of-mine", "iam-of-mine", "Profile-of-mine"] {
        assert_eq!(accepted(mine, &Username::ApiKey).0, mine);
    }
}

#[test]
fn a_path_behind_an_at_sign_is_one_in_a_variable_alone() {
    let with = |origin| check(b"@key", origin, "`X`", &Username::ApiKey, now());
    for origin in [KeyOrigin::Variable("ICR_CF_API_KEY"), KeyOrigin::Named] {
        assert_eq!(with(origin).err(), Some(KeyFault::AtPath));
    }
    for origin in [KeyOrigin::Stdin, KeyOrigin::File, KeyOrigin::Command, KeyOrigin::Docker] {
        assert_eq!(with(origin).unwrap().key.expose(), "@key");
    }
}

#[test]
fn a_line_of_an_env_file_is_no_key_and_what_only_looks_like_one_is() {
    let line = format!("IBMCLOUD_API_KEY={KEY}");
    for value in [&line, &format!("export {line}"), "ICR_2=x"] {
        assert_eq!(refused(value, &Username::ApiKey), KeyFault::Assignment, "{value}");
    }
    for key in ["ABCDEF=ghi", "AB_cd=ef", "AB_CD=", "AB_CD"] {
        assert_eq!(accepted(key, &Username::ApiKey).0, key);
    }
}

#[test]
fn every_message_says_what_to_give_instead_and_never_the_value() {
    for value in [
        "",
        "marker marker",
        "{\"apikey\":\"marker\"}",
        "@marker",
        "$marker",
        "eyJmarker",
        &"marker".repeat(1_000),
        &"m-ker1".repeat(60),
        &format!("ApiKey-{UUID}"),
    ] {
        for origin in [
            KeyOrigin::Stdin,
            KeyOrigin::File,
            KeyOrigin::Command,
            KeyOrigin::Variable("ICR_CF_API_KEY"),
            KeyOrigin::Docker,
            KeyOrigin::Prompt,
        ] {
            let checked = check(value.as_bytes(), origin, "`X`", &Username::ApiKey, now());
            let Some(fault) = checked.err() else { continue };
            let text = message(fault, origin);
            assert!(text.starts_with("the value from `X` "), "{text}");
            assert!(text.contains("\nhint: "), "{text}");
            assert!(!text.contains("marker") && !text.contains(UUID), "{text}");
        }
    }
    let text = message(KeyFault::Json, KeyOrigin::Variable("IC_API_KEY"));
    assert!(
        text.contains("`--api-key-file PATH`") && text.contains("$(jq -r .apikey PATH)"),
        "{text}"
    );
}

#[test]
fn an_access_token_passes_with_the_time_of_its_end() {
    let token = token(1_800_000_000 + 59 * 60 + 5);
    let end = "the token expires at 2027-01-15T08:59:05Z, in 59 minutes; from then on the app cannot restart";
    let (key, notices) = accepted(&token, &Username::Bearer);
    assert_eq!(key, token);
    assert_eq!(notices, [end]);
    let (bare, notices) = accepted(&format!("Bearer {token}"), &Username::Bearer);
    assert_eq!(bare, token);
    let remark = "left out of the value from `ICR_CF_API_KEY`: `Bearer` before it";
    assert_eq!(notices, [remark, end]);
}

#[test]
fn an_expired_token_and_what_is_no_token_are_refused() {
    let expired = refused(token(1_799_999_999), &Username::Bearer);
    assert_eq!(expired, KeyFault::Expired("2027-01-15T07:59:59Z".to_owned()));
    let now = refused(token(1_800_000_000), &Username::Bearer);
    assert_eq!(now, KeyFault::Expired("2027-01-15T08:00:00Z".to_owned()));
    assert_eq!(refused("not-a-token", &Username::Bearer), KeyFault::NoAccessToken);
    assert_eq!(refused(KEY, &Username::Bearer), KeyFault::KeyForToken("iambearer"));
}

#[test]
fn a_refresh_token_passes_with_the_longest_it_can_live() {
    let (_, notices) = accepted(&"Ab1-_xyz".repeat(80), &Username::Refresh);
    let expected =
        "the refresh token lives for at most 72 hours; from then on the app cannot restart";
    assert_eq!(notices, [expected]);
    assert_eq!(refused(token(1_900_000_000), &Username::Refresh), KeyFault::AccessForRefresh);
    assert_eq!(refused(KEY, &Username::Refresh), KeyFault::KeyForToken("iamrefresh"));
    // As long as a key, and of other characters.
    let token = KEY.replace('-', "/");
    assert_eq!(accepted(&token, &Username::Refresh).0, token);
}
