//! cf's token, which the platform may be asked with: the secret type, and what can be told about
//! a token without showing it to anybody. Nothing is renewed here: cf does that, and a renewed
//! token that cf does not know of would end its login.

use std::time::{Duration, SystemTime};

use secrecy::{ExposeSecret, SecretBox};

use crate::capi::config::Config;
use crate::jwt::{self, Expiry};

/// What cf renews a token ahead of its end (`uaa_authentication.go`).
const MARGIN: Duration = Duration::from_secs(60);

/// An access token of cf, without the word before it. Like the key it has no `Debug`, `Display`,
/// `Serialize` or `Clone`, and is wiped from memory when dropped.
pub(crate) struct AccessToken(SecretBox<str>);

impl AccessToken {
    fn new(text: &str) -> Self {
        Self(SecretBox::new(Box::from(text)))
    }

    /// Opens the secret. For one caller only: the request to the API that cf targets.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// What there is to ask the platform with.
pub(crate) enum CfToken {
    /// Usable now.
    Fresh(AccessToken),
    /// cf will renew it before it asks anything.
    Stale,
    /// Nothing: Korifi knows users by what kubectl knows them by.
    None,
}

/// A login that cf cannot renew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expired {
    /// Its token ended then.
    At(SystemTime),
    /// It has no token, and what would get it one has ended then.
    Refresh(SystemTime),
}

/// Judges the token of a configuration that is logged in.
pub(super) fn judge(config: &Config, now: SystemTime) -> Result<CfToken, Expired> {
    if config.kubernetes.enabled {
        return Ok(CfToken::None);
    }
    let text = config.access_token.0.as_str();
    match config.token_expiry() {
        Some(Expiry::At(end)) if left(end, now) >= MARGIN => Ok(if can_be_sent(config) {
            CfToken::Fresh(AccessToken::new(config.token()))
        } else {
            CfToken::Stale
        }),
        Some(Expiry::At(end)) if end <= now => match renewal(config, now) {
            Renewal::Possible => Ok(CfToken::Stale),
            Renewal::Nothing | Renewal::Ended(_) => Err(Expired::At(end)),
        },
        None if text.is_empty() => match renewal(config, now) {
            Renewal::Ended(end) => Err(Expired::Refresh(end)),
            Renewal::Possible | Renewal::Nothing => Ok(CfToken::Stale),
        },
        Some(Expiry::At(_) | Expiry::Unsaid) | None => Ok(CfToken::Stale),
    }
}

/// Whether cf can get another access token.
enum Renewal {
    Possible,
    /// It has nothing to get one with.
    Nothing,
    /// It has a refresh token that ended then.
    Ended(SystemTime),
}

fn renewal(config: &Config, now: SystemTime) -> Renewal {
    if config.grant_type == "client_credentials" && !config.client_secret.0.is_empty() {
        return Renewal::Possible;
    }
    let refresh = config.refresh_token.0.as_str();
    match jwt::expiry(refresh) {
        _ if refresh.is_empty() => Renewal::Nothing,
        Some(Expiry::At(end)) if end <= now => Renewal::Ended(end),
        // Most refresh tokens are opaque and do not say.
        Some(Expiry::At(_) | Expiry::Unsaid) | None => Renewal::Possible,
    }
}

fn left(end: SystemTime, now: SystemTime) -> Duration {
    end.duration_since(now).unwrap_or_default()
}

/// Whether it is a bearer token, and fit for a header.
fn can_be_sent(config: &Config) -> bool {
    let (text, token) = (config.access_token.0.as_str(), config.token());
    let scheme = text.strip_suffix(token).unwrap_or_default();
    let is_bearer = scheme.eq_ignore_ascii_case("bearer ");
    let of_a_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte);
    is_bearer && token.bytes().all(of_a_token)
}

#[cfg(test)]
mod tests;
