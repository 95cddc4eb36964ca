//! Refuses secrets on the command line, where `ps` and the shell's history keep them. Looks at
//! the raw words, before anything that might repeat them in a message.

use std::ffi::OsString;

use crate::error::{Error, ErrorKind};

/// Flags that people try for the key; each would expose it.
const SECRET_FLAGS: [&str; 5] =
    ["--api-key", "--apikey", "--password", "--docker-password", "--key"];

/// Length of every IBM Cloud API key seen so far (detectors of Yelp/IBM detect-secrets).
const KEY_LENGTH: usize = 44;

/// Refuses a command line that carries a secret, without repeating it.
///
/// # Errors
/// A flag that would take a key as its value, or a word that looks like a key or an IAM token.
pub fn refuse_exposed_secrets(arguments: &[OsString]) -> Result<(), Error> {
    for (index, word) in arguments.iter().enumerate() {
        let word = word.to_string_lossy();
        let name = word.split('=').next().unwrap_or_default();
        if let Some(flag) = SECRET_FLAGS.iter().find(|flag| **flag == name) {
            let error = Error::new(ErrorKind::ExposedSecret, format!("there is no flag `{flag}`"))
                .seen("a key on a command line is seen by every user (`ps`) and kept in the shell's history");
            let error = if word.contains('=') || arguments.get(index + 1).is_some() {
                error.hint("if that was a real key, revoke it: `ibmcloud iam api-key-delete NAME`")
            } else {
                error
            };
            return Err(error.hint(SAFE_WAYS));
        }
        if let Some(what) = secret_within(&word) {
            let error = Error::new(
                ErrorKind::ExposedSecret,
                format!("argument {} looks like {what}; it is not repeated here", index + 1),
            );
            return Err(error
                .seen("a key on a command line is seen by every user (`ps`) and kept in the shell's history")
                .hint("if it is a real key, revoke it: `ibmcloud iam api-key-delete NAME`")
                .hint(SAFE_WAYS));
        }
    }
    Ok(())
}

const SAFE_WAYS: &str = "give the key as `ICR_CF_API_KEY`, `--api-key-file PATH`, `--api-key-command COMMAND` or `--api-key-stdin`";

/// Says what secret a word holds: the whole word, a value behind `=`, or one behind a short flag.
fn secret_within(word: &str) -> Option<&'static str> {
    let short = word.strip_prefix('-').and_then(|rest| rest.get(1..));
    word.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '.'))
        .chain(short)
        .find_map(|piece| {
            if looks_like_key(piece) {
                Some("an API key")
            } else if looks_like_token(piece) {
                Some("an IAM token")
            } else {
                None
            }
        })
}

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
fn looks_like_token(text: &str) -> bool {
    text.starts_with("eyJ") && text.len() > 40 && text.matches('.').count() == 2
}

/// Whether a text has the form of a UUID.
pub(crate) fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::{looks_like_key, refuse_exposed_secrets};

    const KEY: &str = "aB3dEfGhIjKlMnOpQrStUvWxYz0123456789-_abcdEF";

    fn refused(words: &[&str]) -> Option<String> {
        let words: Vec<_> = words.iter().map(Into::into).collect();
        refuse_exposed_secrets(&words).err().map(|error| error.to_string())
    }

    #[test]
    fn a_key_is_refused_wherever_it_stands_and_not_repeated() {
        for words in [
            vec!["push", KEY],
            vec!["push", "--docker-username", KEY],
            vec!["push", &format!("--docker-username={KEY}")],
            vec!["push", &format!("-o{KEY}")],
            vec!["push", "--var", &format!("key={KEY}")],
            vec!["push", "--", KEY],
            vec!["push", "--api-key", "anything"],
            vec!["push", "--password=hunter2"],
            vec!["push", "--docker-password", KEY],
            vec!["push", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLXRleHQ"],
        ] {
            let text = refused(&words).unwrap_or_else(|| panic!("{words:?}"));
            assert!(!text.contains(KEY) && !text.contains("hunter2") && !text.contains("eyJ"));
            assert!(text.contains("revoke"), "{text}");
        }
    }

    #[test]
    fn what_only_resembles_a_key_passes() {
        let digest = format!("us.icr.io/acme/web@sha256:{}", "ab12".repeat(16));
        for words in [
            vec!["push", "web", "--image", &digest],
            vec!["push", "--docker-username", "Profile-0a1b2c3d-4e5f-6789-abcd-ef0123456789"],
            vec!["push", "--api-key-file", "key.txt"],
            vec!["push", "a-rather-long-app-name-without-any-capital-01"],
        ] {
            assert_eq!(refused(&words), None, "{words:?}");
        }
        assert!(!looks_like_key(&"a".repeat(44)));
    }
}
