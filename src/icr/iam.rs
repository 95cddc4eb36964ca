//! IBM Cloud IAM, asked why a registry does not take a key, or for a token where somebody wants to
//! know the quota. Its answer can name the key in `errorDetails` (an IBM runbook shows one), so
//! only code and message are read.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::http::Failure;
use crate::http::{Answer, Client, Request};
use crate::secret::ApiKey;

/// Where IAM answers.
pub(super) const HOST: &str = "iam.cloud.ibm.com";
/// Most bytes of an answer.
const MOST: usize = 256 * 1024;

/// What IAM says about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IamSays {
    /// It takes the key.
    Fine,
    /// It does not.
    No { code: String, message: String },
}

/// A token of IAM, as secret as the key for the hour that it lives.
pub(super) struct IamToken(Zeroizing<String>);

impl IamToken {
    /// The token that stands in the key's place.
    pub(super) fn given(key: &ApiKey) -> Self {
        Self(Zeroizing::new(key.expose().to_owned()))
    }

    /// Opens it, for the request that sends it.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

#[derive(Deserialize)]
struct IamAnswer {
    access_token: Zeroizing<String>,
}

#[derive(Deserialize)]
struct IamRefusal {
    #[serde(rename = "errorCode")]
    code: String,
    #[serde(rename = "errorMessage", default)]
    message: String,
}

/// Asks what IAM says about a key; the token is dropped at once.
pub(super) async fn ask(client: &Client, key: &ApiKey) -> Result<IamSays, Failure> {
    Ok(match taken(client, key).await? {
        Ok(_) => IamSays::Fine,
        Err(says) => says,
    })
}

/// Gets a token for a key; else what IAM says against it, which is nothing where it takes the key
/// and the answer has no token.
pub(super) async fn access_token(
    client: &Client,
    key: &ApiKey,
) -> Result<Result<IamToken, IamSays>, Failure> {
    Ok(taken(client, key).await?.and_then(|answer| token_in(&answer).ok_or(IamSays::Fine)))
}

/// Gets a token for a key; `None` where IAM does not give one.
pub(super) async fn token(client: &Client, key: &ApiKey) -> Result<Option<IamToken>, Failure> {
    let answer = post(client, key).await?;
    Ok(answer.status.is_success().then(|| token_in(&answer)).flatten())
}

fn token_in(answer: &Answer) -> Option<IamToken> {
    let given = serde_json::from_slice::<IamAnswer>(&answer.body).ok();
    // It goes into headers, variables and answers: what could not stand there is none.
    let is_token = |token: &str| !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic());
    given.filter(|given| is_token(&given.access_token)).map(|given| IamToken(given.access_token))
}

/// The answer where IAM takes the key, else what it says.
async fn taken(client: &Client, key: &ApiKey) -> Result<Result<Answer, IamSays>, Failure> {
    let answer = post(client, key).await?;
    if answer.status.is_success() {
        return Ok(Ok(answer));
    }
    match serde_json::from_slice::<IamRefusal>(&answer.body) {
        Ok(IamRefusal { code, message }) if answer.status.is_client_error() => {
            Ok(Err(IamSays::No { code, message }))
        }
        Ok(_) | Err(_) => Err(Failure::Nonsense(format!("it answered {}", answer.status.as_u16()))),
    }
}

async fn post(client: &Client, key: &ApiKey) -> Result<Answer, Failure> {
    let url = Url::parse(&format!("https://{HOST}/identity/token"))
        .map_err(|_| Failure::Nonsense("no URL can be made of it".into()))?;
    let mut form = Zeroizing::new(String::with_capacity(128 + 3 * key.expose().len()));
    form.push_str("grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey&apikey=");
    form.extend(utf8_percent_encode(key.expose(), UNRESERVED));
    client.send(&Request::form(url, form, MOST)).await
}

/// What needs no escape in a form (RFC 3986, unreserved characters).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[cfg(test)]
mod tests {
    use super::{IamToken, UNRESERVED, utf8_percent_encode};
    use crate::secret::tests::lacks;

    lacks!(IamToken: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize, AsRef<str>);

    #[test]
    fn what_means_something_in_a_form_is_escaped() {
        let out = utf8_percent_encode("aZ9-._~ &=%+/é", UNRESERVED).to_string();
        assert_eq!(out, "aZ9-._~%20%26%3D%25%2B%2F%C3%A9");
    }
}
