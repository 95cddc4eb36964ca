//! What secrets look like, so that a message or a command line that has one by mistake can be
//! told. Pure; knows no secret.

/// What stands in a message in place of a text that may be a secret.
pub(crate) const HIDDEN: &str = "(not shown: looks like a secret)";

/// Length of every IBM Cloud API key seen so far (detectors of Yelp/IBM detect-secrets).
const KEY_LENGTH: usize = 44;
/// Shortest text without a break that is taken for a possible secret.
const SECRET_LENGTH: usize = 40;

/// 44 characters of `A-Za-z0-9_-` with upper case, lower case and digits among them; the id of a
/// trusted profile has that shape too and is no secret.
pub(crate) fn looks_like_key(text: &str) -> bool {
    text.len() == KEY_LENGTH
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        && text.bytes().any(|byte| byte.is_ascii_uppercase())
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && !text.strip_prefix("Profile-").is_some_and(is_uuid)
}

/// The beginning of every JSON web token, and enough behind it to be one.
pub(crate) fn looks_like_token(text: &str) -> bool {
    text.starts_with("eyJ") && text.len() > 40 && text.matches('.').count() == 2
}

/// Says what secret a word holds: the whole word, a value behind `=`, or one behind a short flag.
pub(crate) fn secret_within(word: &str) -> Option<&'static str> {
    let short = word.strip_prefix('-').and_then(|rest| rest.get(1..));
    word.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '.'))
        .chain(short)
        .find_map(|piece| {
            if piece.split('.').any(looks_like_key) {
                Some("an API key")
            } else if looks_like_token(piece) {
                Some("an IAM token")
            } else {
                None
            }
        })
}

/// Whether a text has the form of a UUID.
pub(crate) fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether a text might be or hold a secret that was put in the wrong place: a long stretch of
/// the characters of keys, with upper case, lower case and digits among them.
pub(crate) fn may_be_secret(text: &str) -> bool {
    let of_a_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    text.as_bytes().split(|byte| !of_a_key(byte)).any(|piece| {
        piece.len() >= SECRET_LENGTH
            && piece.iter().any(u8::is_ascii_uppercase)
            && piece.iter().any(u8::is_ascii_lowercase)
            && piece.iter().any(u8::is_ascii_digit)
    })
}

#[cfg(test)]
mod tests {
    use super::{is_uuid, looks_like_key, looks_like_token, may_be_secret};

    const KEY: &str = "aB3dEfGhIjKlMnOpQrStUvWxYz0123456789-_abcdEF";
    const UUID: &str = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";

    #[test]
    fn a_key_has_letters_of_both_cases_and_digits_and_is_as_long_as_all() {
        assert!(looks_like_key(KEY));
        assert!(!looks_like_key(&KEY.to_lowercase()));
        assert!(!looks_like_key(&KEY.to_uppercase()));
        assert!(!looks_like_key(&KEY.replace(|c: char| c.is_ascii_digit(), "x")));
        assert!(!looks_like_key(&KEY.replace('-', ".")));
        assert!(!looks_like_key(&KEY[1..]) && !looks_like_key(&format!("{KEY}a")));
        assert!(!looks_like_key(&format!("Profile-{}", UUID.to_uppercase())));
        assert!(!looks_like_key(&format!("Profile-{UUID}")));
    }

    #[test]
    fn a_token_has_its_beginning_its_three_parts_and_some_length() {
        let token =
            |beginning: &str, length: usize| format!("{beginning}.{}.c", "b".repeat(length));
        assert!(looks_like_token(&token("eyJ", 36)));
        assert!(!looks_like_token(&token("eyJ", 34)));
        assert!(!looks_like_token(&token("exJ", 36)));
        assert!(!looks_like_token(&token("eyJ.", 36)));
    }

    #[test]
    fn a_uuid_is_five_groups_of_hexadecimal_digits() {
        assert!(is_uuid(UUID));
        assert!(!is_uuid(&UUID.replace('a', "g")));
        assert!(!is_uuid(&UUID.replace('-', "_")));
    }

    #[test]
    fn what_may_be_a_secret_is_long_and_mixed() {
        assert!(may_be_secret(&format!("/keys/{}.txt", &KEY[..40])));
        assert!(!may_be_secret(&KEY[..39]));
        assert!(!may_be_secret(&KEY.to_lowercase()));
    }
}
