//! IAM tokens, as far as they concern us: telling one from a key, and when it expires. Nothing
//! is verified; the registry does that.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use zeroize::Zeroizing;

/// The last second that can be written down: the end of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;

/// When a token expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expiry {
    /// At this time.
    At(SystemTime),
    /// It does not say.
    Unsaid,
}

/// The part of the payload that is read.
#[derive(Deserialize)]
struct Payload {
    exp: Option<serde_json::Number>,
}

/// Takes `Bearer` off, and `IAM token:`, which `ibmcloud iam oauth-tokens` puts before it.
pub(super) fn without_scheme(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("IAM token:").map(str::trim_start);
    let after = rest.unwrap_or(text);
    let bearer = after.get(.."bearer".len()).filter(|word| word.eq_ignore_ascii_case("bearer"));
    let token = bearer.and_then(|word| after.strip_prefix(word));
    match token.filter(|token| token.starts_with([' ', '\t'])) {
        Some(token) => Some(token.trim_start()),
        None => rest,
    }
}

/// Whether a text is an access token by its looks: a JSON web token, whose header is JSON.
pub(super) fn is_access_token(text: &str) -> bool {
    without_scheme(text).unwrap_or(text).starts_with("eyJ")
}

/// Reads when a token expires; `None` for what is no JSON web token.
pub(super) fn expiry(token: &str) -> Option<Expiry> {
    let mut parts = token.split('.');
    let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    let payload = Zeroizing::new(URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?);
    let payload: Payload = serde_json::from_slice(&payload).ok()?;
    let seconds = payload.exp.and_then(|number| number.as_u64()).filter(|exp| *exp <= LAST_SECOND);
    Some(match seconds.and_then(|exp| UNIX_EPOCH.checked_add(Duration::from_secs(exp))) {
        Some(time) => Expiry::At(time),
        None => Expiry::Unsaid,
    })
}

/// Writes a time for people, in UTC.
pub(super) fn written(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

/// Writes how long something will take, in whole minutes.
pub(super) fn in_minutes(left: Duration) -> String {
    match left.as_secs() / 60 {
        0 => "less than a minute".to_owned(),
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::{Expiry, expiry, in_minutes, is_access_token, without_scheme, written};

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
    fn what_is_no_token_is_none() {
        for text in ["", "eyJ", "eyJ.eyJ", "a.b.c.d", "eyJ.!.x", &token("[1")] {
            assert_eq!(expiry(text), None, "{text}");
        }
    }

    #[test]
    fn the_words_before_a_token_are_taken_off() {
        for text in ["Bearer eyJx", "bearer  eyJx", "IAM token:  Bearer eyJx", "IAM token: eyJx"] {
            assert_eq!(without_scheme(text), Some("eyJx"), "{text}");
            assert!(is_access_token(text), "{text}");
        }
        assert_eq!(without_scheme("Bearereyj"), None);
        assert_eq!(without_scheme("ééé"), None);
    }

    #[test]
    fn minutes_are_counted_down() {
        assert_eq!(in_minutes(Duration::from_secs(59)), "less than a minute");
        assert_eq!(in_minutes(Duration::from_secs(61)), "1 minute");
        assert_eq!(in_minutes(Duration::from_secs(3599)), "59 minutes");
    }
}
