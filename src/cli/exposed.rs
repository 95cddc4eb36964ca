//! Refuses secrets on the command line, where `ps` and the shell's history keep them. Looks at
//! the raw words, before anything that might repeat them in a message.

use std::ffi::OsString;

use crate::error::{Error, ErrorKind};
use crate::secret_shape::secret_within;

/// Flags that people try for the key; each would expose it.
const SECRET_FLAGS: [&str; 5] =
    ["--api-key", "--apikey", "--password", "--docker-password", "--key"];

/// Refuses a command line that carries a secret, without repeating it.
///
/// # Errors
/// A flag that would take a key as its value, or a word that looks like a key or an IAM token.
pub(crate) fn refuse_exposed_secrets(arguments: &[OsString]) -> Result<(), Error> {
    // Behind `--` of `exec` the flags are of another program, and mean what that says.
    let is_exec = arguments.first().is_some_and(|word| word == "exec");
    let of_others = arguments.iter().position(|word| is_exec && word == "--");
    for (index, word) in arguments.iter().enumerate() {
        let word = word.to_string_lossy();
        let is_ours = of_others.is_none_or(|start| index < start);
        let name = word.split('=').next().unwrap_or_default();
        if let Some(flag) = SECRET_FLAGS.iter().find(|flag| is_ours && **flag == name) {
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

#[cfg(test)]
mod tests {
    use super::refuse_exposed_secrets;
    use crate::secret_shape::looks_like_key;

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
            vec!["push", "--api-key-file", &format!("keys/{KEY}.txt")],
            vec!["push", "--api-key", "anything"],
            vec!["push", "--password=hunter2"],
            vec!["push", "--docker-password", KEY],
            vec!["exec", "--", "curl", "--key", KEY],
            vec!["exec", "--password=hunter2", "--", "sh"],
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
            vec!["exec", "--", "curl", "--key", "client.pem", "https://example.com"],
            vec!["push", "a-rather-long-app-name-without-any-capital-01"],
        ] {
            assert_eq!(refused(&words), None, "{words:?}");
        }
        assert!(!looks_like_key(&"a".repeat(44)));
    }
}
