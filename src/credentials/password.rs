//! The password for a registry that is not ICR's: from a source that a flag names, byte for byte but
//! for a line end behind it. It may have lines, as the JSON of a service account does.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::key_fault::{KeyFault, MOST_KEY_BYTES};
use super::key_problem::KeyProblem;
use super::{KeyQuery, SecretKind, SourcedKey, raw};
use crate::environment::Environment;
use crate::error::Error;
use crate::process::Signals;
use crate::request::{KeyChoice, Username};
use crate::secret::ApiKey;

/// Gets the password from its source.
///
/// # Errors
/// A source that fails or gives nothing that is a password; a signal; a bound.
pub(crate) async fn password(
    choice: &KeyChoice,
    host: &str,
    environment: &Environment,
    signals: &mut Signals,
) -> Result<SourcedKey, Error> {
    let wanted = KeyQuery {
        kind: SecretKind::Password,
        host,
        ..KeyQuery::of(&Username::ApiKey, &[], environment)
    };
    read(choice, &wanted, signals).await.map_err(KeyProblem::into_error)
}

async fn read(
    choice: &KeyChoice,
    wanted: &KeyQuery<'_>,
    signals: &mut Signals,
) -> Result<SourcedKey, KeyProblem> {
    let raw = raw(choice, wanted, &mut Vec::new(), signals).await?;
    let source = raw.source.clone();
    let key = check(&raw.bytes).map_err(|fault| KeyProblem::Unfit {
        place: raw.source,
        fault,
        origin: raw.origin,
    })?;
    Ok(SourcedKey {
        key: Arc::new(key),
        source,
        notices: raw.notices,
        looked_at: Vec::new(),
        is_typed: false,
    })
}

/// Takes one line end off, and refuses what no variable can hold or the platform would not take.
fn check(bytes: &Zeroizing<Vec<u8>>) -> Result<ApiKey, KeyFault> {
    let text = std::str::from_utf8(bytes).map_err(|_| KeyFault::NotText)?;
    let end = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n'));
    let text = end.unwrap_or(text);
    if text.is_empty() {
        return Err(KeyFault::Empty);
    }
    if let Some(at) = text.chars().position(|character| character == '\0') {
        return Err(KeyFault::Control(at + 1));
    }
    if text.len() > MOST_KEY_BYTES {
        return Err(KeyFault::TooLong(text.len()));
    }
    Ok(ApiKey::new(text))
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::{KeyFault, check};

    fn checked(text: &str) -> Result<String, KeyFault> {
        check(&Zeroizing::new(text.as_bytes().to_vec())).map(|key| key.expose().to_owned())
    }

    #[test]
    fn a_password_is_passed_on_as_it_is() {
        for (given, expected) in [
            ("a b$%{x}\r\n", "a b$%{x}"),
            (" ü ", " ü "),
            ("two\n\n", "two\n"),
            ("a\r", "a\r"),
            ("{\n  \"apikey\": \"x\"\n}\n", "{\n  \"apikey\": \"x\"\n}"),
            ("\u{feff}\"quoted\"\n", "\u{feff}\"quoted\""),
            ("\n\n", "\n"),
        ] {
            assert_eq!(checked(given).unwrap(), expected, "{given:?}");
        }
    }

    #[test]
    fn what_cannot_be_one_is_refused() {
        assert_eq!(checked("\n"), Err(KeyFault::Empty));
        assert_eq!(checked("\r\n"), Err(KeyFault::Empty));
        assert_eq!(checked("a\0b"), Err(KeyFault::Control(2)));
        assert_eq!(checked(&"x".repeat(5_000)).unwrap().len(), 5_000);
        assert_eq!(checked(&"x".repeat(5_001)), Err(KeyFault::TooLong(5_001)));
    }
}
