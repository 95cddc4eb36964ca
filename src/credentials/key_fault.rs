//! What can be wrong with a value that is to be the key, and what to give instead. Knows the
//! shape of the value only, never the value.

use thiserror::Error as ThisError;

use super::KeyOrigin;
use crate::error::Error;

/// Longest password that Cloud Foundry stores (`cloud_controller_ng`, encrypted column), in bytes.
pub(super) const MOST_KEY_BYTES: usize = 5_000;

/// Why a value cannot be the key. Goes on after "the value from …".
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub(super) enum KeyFault {
    #[error("is empty")]
    Empty,
    #[error("has {0} bytes, more than the {MOST_KEY_BYTES} that Cloud Foundry takes")]
    TooLong(usize),
    #[error("is UTF-16, as PowerShell writes it, not plain text")]
    Utf16,
    #[error("is not text")]
    NotText,
    #[error("has white space in it, at character {0}")]
    WhiteSpace(usize),
    #[error("has a control character in it, at character {0}")]
    Control(usize),
    #[error("has a character in it that no key has, at character {0}")]
    NotAscii(usize),
    #[error("is a whole JSON document, not the key in it")]
    Json,
    #[error("is an IAM access token, not an API key")]
    AccessToken,
    #[error("looks like an IAM refresh token, not like an API key")]
    RefreshToken,
    #[error("is the id of an API key, not the key")]
    KeyId,
    #[error("is the id of {0}, not a key")]
    OtherId(&'static str),
    #[error("is an assignment, not the key behind its `=`")]
    Assignment,
    #[error("is a placeholder that nothing has replaced")]
    Placeholder,
    #[error("is a path behind `@`, which is understood in `IBMCLOUD_API_KEY` alone")]
    AtPath,
    #[error("is no IAM access token, which `iambearer` needs")]
    NoAccessToken,
    #[error("looks like an API key, which does not go with `{0}`")]
    KeyForToken(&'static str),
    #[error("is an IAM access token, which does not go with `iamrefresh`")]
    AccessForRefresh,
    #[error("is a token that expired at {0}")]
    Expired(String),
}

/// How to make a key, in the words of the IBM Cloud CLI.
pub(super) const MAKE_A_KEY: &str = "make a key: `ibmcloud iam service-api-key-create NAME SERVICE_ID --file key.json`, then `--api-key-file key.json`";

const NEW_ACCESS_TOKEN: &str =
    "get a token: `ibmcloud iam oauth-tokens --output json | jq -r .iam_token`";

impl KeyFault {
    /// Adds what is known about it and what mends it.
    pub(super) fn explain(&self, error: Error, origin: KeyOrigin) -> Error {
        match self {
            Self::Empty => error.hint(fill(origin)),
            Self::TooLong(_) | Self::NotText => {
                error.hint("give the key alone: 44 characters of `A-Za-z0-9_-`")
            }
            Self::Utf16 => {
                error.hint("write the file with `Set-Content -Encoding ascii -NoNewline PATH`")
            }
            Self::WhiteSpace(_) | Self::Control(_) | Self::NotAscii(_) => {
                error.hint("give the key alone, in one piece, as it was shown when it was made")
            }
            Self::Json => error.hint(json_hint(origin)),
            Self::AccessToken => error
                .seen("an access token lives for an hour; Cloud Foundry pulls again at every restart")
                .hint(MAKE_A_KEY)
                .hint("for a try-out: `--docker-username iambearer --allow-short-lived`"),
            Self::RefreshToken => error
                .seen("a refresh token is what `ibmcloud cr login` stores; it lives for three days at most")
                .hint(MAKE_A_KEY)
                .hint("for a try-out: `--docker-username iamrefresh --allow-short-lived`"),
            Self::KeyId => error
                .seen("the key itself is shown once, when it is made, and cannot be had again")
                .hint(MAKE_A_KEY),
            Self::OtherId(_) => error.hint(MAKE_A_KEY),
            Self::Placeholder => error
                .seen("a variable or a reference of the CI system or secret store stands there as it was written")
                .hint(fill(origin)),
            Self::Assignment => error.hint("give what stands behind the `=`, alone"),
            Self::AtPath => error.hint("give the path as `--api-key-file PATH`"),
            Self::NoAccessToken => error.hint(NEW_ACCESS_TOKEN),
            Self::AccessForRefresh => {
                error.hint("write `--docker-username iambearer`, or better use an API key")
            }
            Self::KeyForToken(_) => error.hint("leave `--docker-username` out: an API key goes with `iamapikey`"),
            Self::Expired(_) => error.hint(NEW_ACCESS_TOKEN).hint(MAKE_A_KEY),
        }
    }
}

fn fill(origin: KeyOrigin) -> String {
    match origin {
        KeyOrigin::Variable(name) => {
            format!("fill `{name}`, or `unset {name}` and give the key another way")
        }
        KeyOrigin::Named => "fill the variable that the flag names, or name another one".to_owned(),
        KeyOrigin::Stdin => "pipe the key in: `cat PATH |` in front of this command".to_owned(),
        KeyOrigin::File => "write the key into the file, or name another one".to_owned(),
        KeyOrigin::Command => {
            "run the command by itself: its standard output is to be the key".to_owned()
        }
        KeyOrigin::Docker => "log in again: `docker login -u iamapikey REGISTRY`".to_owned(),
        KeyOrigin::Prompt => "type or paste the key, then press Enter".to_owned(),
    }
}

fn json_hint(origin: KeyOrigin) -> String {
    match origin {
        KeyOrigin::Variable(name) => format!(
            "give the file, `--api-key-file PATH`, or its field: `{name}=\"$(jq -r .apikey PATH)\"`"
        ),
        KeyOrigin::Command => {
            "print the field alone, say `--api-key-command 'jq -r .apikey PATH'`".to_owned()
        }
        KeyOrigin::Stdin
        | KeyOrigin::File
        | KeyOrigin::Named
        | KeyOrigin::Docker
        | KeyOrigin::Prompt => "give the value of its field `apikey` alone".to_owned(),
    }
}
