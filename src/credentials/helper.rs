//! Credential helpers, `docker-credential-NAME get`: the host on standard input, JSON on standard
//! output (docker/docker-credential-helpers).

use std::path::Path;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::KeyQuery;
use super::file::Secret;
use super::key_command;
use super::key_problem::KeyProblem;
use crate::error::printable_in_full;
use crate::process::{Input, Signals, Status};

/// A user and the secret that goes with it.
pub(super) struct StoredLogin {
    pub(super) user: Zeroizing<String>,
    pub(super) secret: Zeroizing<String>,
}

/// What helpers say, in any case of letters, when they have nothing.
const NOT_FOUND: &str = "credentials not found";
/// The user name that marks an identity token.
const TOKEN_USER: &str = "<token>";

/// What a helper gives.
pub(super) enum HelperAnswer {
    Nothing,
    IdentityToken,
    Login(StoredLogin),
}

#[derive(Deserialize)]
struct HelperOutput {
    #[serde(rename = "Username")]
    user: Secret,
    #[serde(rename = "Secret")]
    secret: Secret,
}

/// Whether a name can be the end of a program's name, and nothing more.
pub(super) fn is_name(name: &str) -> bool {
    !name.starts_with(['-', '.'])
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// Asks a helper for the host.
pub(super) async fn get(
    helper: &str,
    named_in: &Path,
    wanted: &KeyQuery<'_>,
    signals: &mut Signals,
) -> Result<HelperAnswer, KeyProblem> {
    let Some(program) = wanted.environment.find_program(helper) else {
        let path = printable_in_full(&named_in.to_string_lossy());
        return Err(KeyProblem::HelperMissing { helper: helper.to_owned(), path });
    };
    let input = Input::Bytes(wanted.host.as_bytes().to_vec());
    let output = key_command::run(&program, vec!["get".into()], input, wanted, signals)
        .await
        .map_err(|error| KeyProblem::no_output(helper, error, wanted.source_limit))?;
    if output.status != Status::Code(0) {
        let is_nothing = output
            .bytes
            .windows(NOT_FOUND.len())
            .any(|words| words.eq_ignore_ascii_case(NOT_FOUND.as_bytes()));
        if is_nothing {
            return Ok(HelperAnswer::Nothing);
        }
        return Err(KeyProblem::HelperFailed { helper: helper.to_owned(), status: output.status });
    }
    let credentials: HelperOutput = serde_json::from_slice(&output.bytes)
        .map_err(|_| KeyProblem::HelperAnswer(helper.to_owned()))?;
    let (user, secret) = (credentials.user.0, credentials.secret.0);
    Ok(match user.as_str() {
        TOKEN_USER => HelperAnswer::IdentityToken,
        "" => HelperAnswer::Nothing,
        _ => HelperAnswer::Login(StoredLogin { user, secret }),
    })
}
