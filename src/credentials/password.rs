//! The password for a registry that is not ICR's: from a source that a flag names, passed on as it
//! is but for a line end behind it.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::check::MOST_KEY_BYTES;
use super::fault::Fault;
use super::problem::Problem;
use super::{ApiKey, Found, Wanted, raw};
use crate::environment::Environment;
use crate::error::Error;
use crate::process::Signals;
use crate::request::{KeyChoice, Username};

/// Gets the password from its source.
///
/// # Errors
/// A source that fails or gives nothing that is a password; a signal; a bound.
pub(crate) async fn password(
    choice: &KeyChoice,
    host: &str,
    environment: &Environment,
    signals: &mut Signals,
) -> Result<Found, Error> {
    let wanted = Wanted { host, ..Wanted::of(&Username::ApiKey, &[], environment) };
    read(choice, &wanted, signals).await.map_err(Problem::into_error)
}

async fn read(
    choice: &KeyChoice,
    wanted: &Wanted<'_>,
    signals: &mut Signals,
) -> Result<Found, Problem> {
    let raw = raw(choice, wanted, &mut Vec::new(), signals).await?;
    let source = raw.source.clone();
    let key = check(&raw.bytes).map_err(|fault| Problem::Unfit {
        place: raw.source,
        fault,
        origin: raw.origin,
    })?;
    Ok(Found {
        key: Arc::new(key),
        source,
        notices: raw.notices,
        looked_at: Vec::new(),
        is_typed: false,
    })
}

/// Takes the line end off, and refuses what cf or the platform would not take.
fn check(bytes: &Zeroizing<Vec<u8>>) -> Result<ApiKey, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::NotText)?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(Fault::Empty);
    }
    if let Some(at) = text.chars().position(char::is_control) {
        return Err(Fault::Control(at + 1));
    }
    if text.len() > MOST_KEY_BYTES {
        return Err(Fault::TooLong(text.len()));
    }
    Ok(ApiKey::new(text))
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::{Fault, check};

    fn checked(text: &str) -> Result<String, Fault> {
        check(&Zeroizing::new(text.as_bytes().to_vec())).map(|key| key.expose().to_owned())
    }

    #[test]
    fn a_password_is_passed_on_as_it_is() {
        assert_eq!(checked("a b$%{x}\r\n").unwrap(), "a b$%{x}");
        assert_eq!(checked(" ü ").unwrap(), " ü ");
    }

    #[test]
    fn what_cannot_be_one_is_refused() {
        assert_eq!(checked("\n"), Err(Fault::Empty));
        assert_eq!(checked("a\nb"), Err(Fault::Control(2)));
        assert_eq!(checked(&"x".repeat(5_001)), Err(Fault::TooLong(5_001)));
    }
}
