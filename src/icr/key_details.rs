//! What IAM knows of a key: its id, when it ends, whether it is switched off (IBM Cloud IAM Identity
//! API, `GET /v1/apikeys/details`). A service id with few rights is refused that, which says nothing
//! about the key.

use std::time::{Duration, SystemTime};

use reqwest::Url;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::iam::{self, HOST, IamSays, IamToken};
use super::quote::said;
use super::refusal;
use crate::http::{Client, Failure, Request, secret_header};
use crate::request::Username;
use crate::secret::ApiKey;
use crate::verdict::{Name, Verdict};

/// Most bytes of the answer.
const MOST: usize = 256 * 1024;
/// A key that ends sooner is told of: IBM itself writes a few days before.
const SOON: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// What is known of a key; nothing of the key itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyDetails {
    /// `ApiKey-…`
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) name: String,
    /// As IAM writes it, `2026-12-24T18:00+0000`.
    #[serde(default)]
    pub(crate) expires_at: Option<String>,
    #[serde(default)]
    pub(crate) disabled: bool,
}

/// Why IAM does not tell of a key.
pub(crate) enum KeyUntold {
    /// It does not take the key.
    Refused(Verdict),
    /// For this reason, which says nothing about the key.
    Unknown(String),
}

impl From<String> for KeyUntold {
    fn from(why: String) -> Self {
        Self::Unknown(why)
    }
}

/// Asks IAM about a key.
pub(crate) async fn key_details(
    client: &Client,
    user: &Username,
    key: &ApiKey,
) -> Result<KeyDetails, KeyUntold> {
    if user.is_short_lived() {
        return Err("a token has no details".to_owned().into());
    }
    let failed = |failure: Failure| format!("{HOST}: {}", failure.reason());
    match iam::token(client, key).await.map_err(failed)? {
        Some(token) => Ok(told(client, key, &token).await?),
        None => match iam::ask(client, key).await.map_err(failed)? {
            IamSays::No { code, .. } => {
                let seen = format!("IAM says {}", said(&code, Some(key)));
                Err(KeyUntold::Refused(refusal::of_code(&code).seen(seen)))
            }
            IamSays::Fine => Err(format!("{HOST} gives no token").into()),
        },
    }
}

/// The details that a token opens.
async fn told(client: &Client, key: &ApiKey, token: &IamToken) -> Result<KeyDetails, String> {
    let failed = |failure: Failure| format!("{HOST}: {}", failure.reason());
    let header = Zeroizing::new(format!("Bearer {}", token.expose()));
    let url = Url::parse(&format!("https://{HOST}/v1/apikeys/details")).ok();
    let (bearer, own) = (secret_header(&header), secret_header(key.expose()));
    let (Some(url), Some(bearer), Some(own)) = (url, bearer, own) else {
        return Err("no request can be made".to_owned());
    };
    let ask = Request::get(url, MOST).authorization(bearer).header("iam-apikey", own);
    let answer = client.send(&ask).await.map_err(failed)?;
    if !answer.status.is_success() {
        return Err(format!("{HOST} answered {}", answer.status.as_u16()));
    }
    let details: KeyDetails = serde_json::from_slice(&answer.body)
        .map_err(|_| format!("{HOST} answered something else"))?;
    let is_id = |text: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !text.is_empty() && text.len() <= 128 && text.bytes().all(fits)
    };
    if !is_id(&details.id) || details.id.contains(key.expose()) {
        return Err(format!("{HOST} answered something else"));
    }
    let name = if details.name.contains(key.expose()) { String::new() } else { details.name };
    Ok(KeyDetails { name, ..details })
}

impl KeyDetails {
    /// What is to be said of it.
    pub(crate) fn verdict(&self, now: SystemTime) -> Option<Verdict> {
        let called = if self.name.is_empty() { &self.id } else { &self.name };
        let called = crate::error::printable(called);
        if self.disabled {
            return Some(
                Verdict::new(Name::KeyDisabled, format!("the key `{called}` is switched off"))
                    .seen(format!("IAM: {} is disabled", self.id))
                    .hint("make another one, and give it to the apps: `icr-cf rotate`"),
            );
        }
        let end = self.expires_at.as_deref().and_then(moment)?;
        let left = end.duration_since(now).unwrap_or_default();
        let days = left.as_secs() / (24 * 60 * 60);
        (left < SOON).then(|| {
            Verdict::new(Name::KeyEnding, format!("the key `{called}` ends in {days} days"))
                .seen(format!("IAM: {} expires at {}", self.id, crate::jwt::written(end)))
                .hint("make another one, and give it to the apps: `icr-cf rotate`")
        })
    }
}

/// A moment as IAM writes it: `2026-12-24T18:00+0000`, with or without seconds.
fn moment(text: &str) -> Option<SystemTime> {
    let text = text.trim();
    let (date, rest) = text.split_once('T')?;
    let time = rest.trim_end_matches('Z');
    let time = time.split_once('+').map_or(time, |(time, _)| time);
    let seconds = if time.split(':').count() == 2 { ":00" } else { "" };
    humantime::parse_rfc3339(&format!("{date}T{time}{seconds}Z")).ok()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{KeyDetails, moment};
    use crate::verdict::Name;

    fn details(expires_at: Option<&str>, disabled: bool) -> KeyDetails {
        let expires_at = expires_at.map(str::to_owned);
        KeyDetails { id: "ApiKey-1".into(), name: "deploy".into(), expires_at, disabled }
    }

    #[test]
    fn iams_way_to_write_a_moment_is_read() {
        let plain = humantime::parse_rfc3339("2026-12-24T18:00:00Z").ok();
        assert_eq!(moment("2026-12-24T18:00+0000"), plain);
        assert_eq!(moment("2026-12-24T18:00:00Z"), plain);
        assert_eq!(moment("2026-12-24T18:00:00.000Z"), plain);
        assert_eq!(moment("soon"), None);
    }

    #[test]
    fn a_key_that_ends_within_two_weeks_is_told_of_and_one_that_is_switched_off() {
        let now = humantime::parse_rfc3339("2026-12-10T18:00:01Z").unwrap();
        let name = |one: KeyDetails, now: SystemTime| one.verdict(now).map(|verdict| verdict.name);
        assert_eq!(name(details(Some("2026-12-24T18:00+0000"), false), now), Some(Name::KeyEnding));
        let before = now - Duration::from_secs(2);
        assert_eq!(name(details(Some("2026-12-24T18:00+0000"), false), before), None);
        assert_eq!(name(details(None, false), now), None);
        assert_eq!(name(details(None, true), now), Some(Name::KeyDisabled));
    }
}
