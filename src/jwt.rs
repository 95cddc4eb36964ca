//! JSON web tokens of IAM and UAA, as far as they concern us: when one expires, and whose account
//! it is for. Nothing is verified; whoever is shown the token does that.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use zeroize::Zeroizing;

/// The last second that can be written down: the end of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;

/// When a token expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// At this time.
    At(SystemTime),
    /// It does not say.
    Unsaid,
}

/// The part of the payload that is read.
#[derive(Deserialize)]
struct Payload {
    exp: Option<serde_json::Number>,
    account: Option<Account>,
}

/// The account of an IAM token.
#[derive(Deserialize)]
struct Account {
    #[serde(rename = "bss")]
    id: Option<String>,
}

/// Reads when a token expires; `None` for what is no JSON web token.
pub(crate) fn expiry(token: &str) -> Option<Expiry> {
    let payload = payload(token)?;
    let seconds = payload.exp.and_then(|number| number.as_u64()).filter(|exp| *exp <= LAST_SECOND);
    Some(match seconds.and_then(|exp| UNIX_EPOCH.checked_add(Duration::from_secs(exp))) {
        Some(time) => Expiry::At(time),
        None => Expiry::Unsaid,
    })
}

/// Reads the account that an IAM token is for.
pub(crate) fn account(token: &str) -> Option<String> {
    payload(token)?.account?.id.filter(|id| !id.is_empty())
}

fn payload(token: &str) -> Option<Payload> {
    let mut parts = token.split('.');
    let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    let payload = Zeroizing::new(URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?);
    serde_json::from_slice(&payload).ok()
}

/// Writes a time for people, in UTC.
pub(crate) fn written(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::{Expiry, account, expiry, written};

    fn token(payload: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", part("{\"alg\":\"RS256\"}"), part(payload), part("signature"))
    }

    #[test]
    fn the_end_of_a_token_is_read_from_its_payload() {
        let time = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        assert_eq!(expiry(&token("{\"exp\":1800000000,\"x\":[1]}")), Some(Expiry::At(time)));
        assert_eq!(written(time), "2027-01-15T08:00:00Z");
    }

    #[test]
    fn a_token_without_a_sensible_end_says_nothing() {
        for payload in ["{}", "{\"exp\":18446744073709551615}", "{\"exp\":-1}", "{\"exp\":1.5}"] {
            assert_eq!(expiry(&token(payload)), Some(Expiry::Unsaid), "{payload}");
        }
    }

    #[test]
    fn the_account_is_read_where_there_is_one() {
        let of = |payload: &str| account(&token(payload));
        assert_eq!(of("{\"account\":{\"bss\":\"5a\"}}").as_deref(), Some("5a"));
        assert_eq!(of("{\"account\":{\"bss\":\"\"}}"), None);
        assert_eq!(of("{}"), None);
    }

    #[test]
    fn what_is_no_token_is_none() {
        for text in ["", "eyJ", "eyJ.eyJ", "a.b.c.d", "eyJ.!.x", &token("[1")] {
            assert_eq!(expiry(text), None, "{text}");
        }
    }
}
