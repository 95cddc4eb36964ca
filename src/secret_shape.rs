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
