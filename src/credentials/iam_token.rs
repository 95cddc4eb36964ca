//! IAM tokens where a key is expected: telling one from a key, and how long it has left. Pure.

use std::time::Duration;

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
    use std::time::Duration;

    use super::{in_minutes, is_access_token, without_scheme};

    #[test]
    fn the_words_before_a_token_are_taken_off() {
        for text in ["Bearer eyJx", "bearer  eyJx", "IAM token:  Bearer eyJx", "IAM token: eyJx"] {
            assert_eq!(without_scheme(text), Some("eyJx"), "{text}");
            assert!(is_access_token(text), "{text}");
        }
        assert_eq!(without_scheme("Bearereyj"), None);
        assert_eq!(without_scheme("Basics eyJx"), None);
        assert_eq!(without_scheme("ééé"), None);
    }

    #[test]
    fn minutes_are_counted_down() {
        assert_eq!(in_minutes(Duration::from_secs(59)), "less than a minute");
        assert_eq!(in_minutes(Duration::from_secs(61)), "1 minute");
        assert_eq!(in_minutes(Duration::from_secs(3599)), "59 minutes");
    }
}
