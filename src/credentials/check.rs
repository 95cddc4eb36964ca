//! Whether a value can be the key: trims what is certainly not part of it, refuses what is
//! certainly something else, and remarks on what is only unusual. Pure.

use std::time::SystemTime;

use super::file::BOM;
use super::iam_token;
use super::key_fault::{KeyFault, MOST_KEY_BYTES};
use super::{KeyOrigin, Notice};
use crate::jwt::{self, Expiry};
use crate::request::Username;
use crate::secret::ApiKey;
use crate::secret_shape::is_uuid;

/// Length of every API key seen so far (detectors of Yelp/IBM detect-secrets).
const USUAL_LENGTH: usize = 44;
/// From this length on a text of the right characters is taken for a refresh token. Those are
/// opaque and have many hundreds of characters, while no API key beyond 44 was ever seen; there
/// is room between for keys of a later kind.
const REFRESH_LENGTH: usize = 200;

/// A usable key, and remarks about it.
pub(super) struct CheckedKey {
    pub(super) key: ApiKey,
    pub(super) notices: Vec<Notice>,
}

/// Checks a value against the kind of secret that goes with the registry user.
pub(super) fn check(
    bytes: &[u8],
    origin: KeyOrigin,
    source: &str,
    username: &Username,
    now: SystemTime,
) -> Result<CheckedKey, KeyFault> {
    let trimming = Trimming::of(bytes, text_of(bytes)?);
    let mut text = trimming.text;
    let mut notices = trimming.notices(source);
    if text.is_empty() {
        return Err(KeyFault::Empty);
    }
    refuse_anything_else(text, origin)?;
    match username {
        Username::ApiKey | Username::TrustedProfile(_) => refuse_other_secrets(text)?,
        Username::Bearer => {
            if let Some(token) = iam_token::without_scheme(text) {
                text = token;
                let text = format!("left out of the value from {source}: `Bearer` before it");
                notices.push(Notice::note(text));
            }
            refuse_keys(text, "iambearer")?;
        }
        Username::Refresh => {
            refuse_keys(text, "iamrefresh")?;
            if iam_token::is_access_token(text) {
                return Err(KeyFault::AccessForRefresh);
            }
        }
    }
    refuse_bad_characters(text)?;
    if text.len() > MOST_KEY_BYTES {
        return Err(KeyFault::TooLong(text.len()));
    }
    notices.extend(remark(text, source, username, now)?);
    Ok(CheckedKey { key: ApiKey::new(text), notices })
}

fn text_of(bytes: &[u8]) -> Result<&str, KeyFault> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(KeyFault::Utf16);
    }
    std::str::from_utf8(bytes.strip_prefix(BOM).unwrap_or(bytes)).map_err(|_| KeyFault::NotText)
}

/// Takes off what is around the value, from outside to inside, and says what it was.
struct Trimming<'a> {
    text: &'a str,
    taken: Vec<&'static str>,
}

impl<'a> Trimming<'a> {
    fn of(bytes: &[u8], text: &'a str) -> Self {
        let mut trimming = Self { text, taken: Vec::new() };
        if bytes.starts_with(BOM) {
            trimming.taken.push("a byte order mark");
        }
        trimming.blanks();
        let unquoted = ['"', '\'']
            .into_iter()
            .find_map(|quote| trimming.text.strip_prefix(quote)?.strip_suffix(quote));
        if let Some(inner) = unquoted {
            trimming.text = inner;
            trimming.taken.push("quotes around it");
            trimming.blanks();
        }
        trimming
    }

    fn notices(&self, source: &str) -> Vec<Notice> {
        if self.taken.is_empty() {
            return Vec::new();
        }
        let taken = self.taken.join(", ");
        vec![Notice::note(format!("left out of the value from {source}: {taken}"))]
    }

    fn blanks(&mut self) {
        let inner = self.text.trim();
        let behind = self.text.trim_start().get(inner.len()..).unwrap_or_default();
        let line_ends = behind.trim_end_matches(['\r', '\n']).len() < behind.len();
        if line_ends {
            self.taken.push("a line end");
        }
        let is_blank = |character: char| !matches!(character, '\r' | '\n');
        let before = self.text.len() - self.text.trim_start().len();
        if before > 0 || behind.contains(is_blank) {
            self.taken.push("blanks around it");
        }
        self.text = inner;
    }
}

/// Refuses what can be no secret of any kind.
fn refuse_anything_else(text: &str, origin: KeyOrigin) -> Result<(), KeyFault> {
    let begins = |beginnings: &[&str]| beginnings.iter().any(|start| text.starts_with(start));
    if begins(&["$", "{{", "%", "<", "op://", "vault:", "((", "***"]) {
        return Err(KeyFault::Placeholder);
    }
    if begins(&["{", "["]) {
        return Err(KeyFault::Json);
    }
    if is_assignment(text) {
        return Err(KeyFault::Assignment);
    }
    if text.starts_with('@') && matches!(origin, KeyOrigin::Variable(_) | KeyOrigin::Named) {
        return Err(KeyFault::AtPath);
    }
    match text.split_once('-') {
        Some(("ApiKey", id)) if is_uuid(id) => Err(KeyFault::KeyId),
        Some(("ServiceId", id)) if is_uuid(id) => Err(KeyFault::OtherId("a service id")),
        Some(("iam", rest)) if rest.strip_prefix("ServiceId-").is_some_and(is_uuid) => {
            Err(KeyFault::OtherId("a service id"))
        }
        Some(("Profile", id)) if is_uuid(id) => Err(KeyFault::OtherId("a trusted profile")),
        Some(_) | None => Ok(()),
    }
}

/// Whether a text is a line of a `.env` file or of a script: a name in capitals, and `=`.
fn is_assignment(text: &str) -> bool {
    let text = text.strip_prefix("export ").unwrap_or(text);
    text.split_once('=').is_some_and(|(name, value)| {
        name.contains('_')
            && !value.is_empty()
            && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    })
}

/// Refuses the tokens that IAM hands out, where a key is wanted.
fn refuse_other_secrets(text: &str) -> Result<(), KeyFault> {
    if iam_token::is_access_token(text) {
        return Err(KeyFault::AccessToken);
    }
    let of_a_token = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=' | b'.')
    };
    if (REFRESH_LENGTH..=MOST_KEY_BYTES).contains(&text.len()) && text.bytes().all(of_a_token) {
        return Err(KeyFault::RefreshToken);
    }
    Ok(())
}

/// Refuses a key where a token is wanted.
fn refuse_keys(text: &str, user: &'static str) -> Result<(), KeyFault> {
    let of_a_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if text.len() == USUAL_LENGTH && text.bytes().all(of_a_key) {
        return Err(KeyFault::KeyForToken(user));
    }
    Ok(())
}

/// Refuses white space, control characters and what no key is made of; counts from 1.
fn refuse_bad_characters(text: &str) -> Result<(), KeyFault> {
    for (index, character) in text.chars().enumerate() {
        if character.is_whitespace() {
            return Err(KeyFault::WhiteSpace(index + 1));
        }
        if character.is_control() {
            return Err(KeyFault::Control(index + 1));
        }
        if !character.is_ascii() {
            return Err(KeyFault::NotAscii(index + 1));
        }
    }
    Ok(())
}

/// Says what is unusual about a value that may well work, and when it ends.
fn remark(
    text: &str,
    source: &str,
    username: &Username,
    now: SystemTime,
) -> Result<Vec<Notice>, KeyFault> {
    match username {
        Username::ApiKey | Username::TrustedProfile(_) => Ok(unusual_length(text, source)),
        Username::Bearer => match jwt::expiry(text).ok_or(KeyFault::NoAccessToken)? {
            Expiry::Unsaid => Ok(vec![Notice::warning(
                "the token does not say when it expires; an hour is the longest",
            )]),
            Expiry::At(time) => match time.duration_since(now) {
                Ok(left) if !left.is_zero() => Ok(vec![Notice::warning(format!(
                    "the token expires at {}, in {}; from then on the app cannot restart",
                    jwt::written(time),
                    iam_token::in_minutes(left)
                ))]),
                Ok(_) | Err(_) => Err(KeyFault::Expired(jwt::written(time))),
            },
        },
        Username::Refresh => Ok(vec![Notice::warning(
            "the refresh token lives for at most 72 hours; from then on the app cannot restart",
        )]),
    }
}

fn unusual_length(text: &str, source: &str) -> Vec<Notice> {
    if text.len() == USUAL_LENGTH {
        return Vec::new();
    }
    vec![Notice::warning(format!(
        "the key from {source} has {} characters; IBM Cloud API keys seen so far have {USUAL_LENGTH}",
        text.len()
    ))]
}

#[cfg(test)]
mod tests;
