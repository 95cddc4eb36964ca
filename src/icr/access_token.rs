//! A short-lived access token of IAM in place of a key, for programs that are not to have the key.

use std::time::Instant;

use super::iam::{self, HOST, IamSays, IamToken};
use super::quote::said;
use crate::error::{Error, ErrorKind};
use crate::http::{Authorities, Client, Failure, Tls};
use crate::secret::ApiKey;
use crate::verdict::{Name, Verdict};

/// Gets a token for a key of IBM Cloud, before a deadline.
///
/// # Errors
/// IAM does not take the key, or cannot be asked.
pub(crate) async fn access_token(
    key: &ApiKey,
    deadline: Instant,
    authorities: &Authorities,
) -> Result<ApiKey, Error> {
    let client = Client::new(authorities, Tls::Verify, deadline);
    match iam::access_token(&client, key).await {
        Ok(Ok(token)) => Ok(kept(&token)),
        Ok(Err(IamSays::No { code, message })) => Err(refused(&code, &message, key)),
        Ok(Err(IamSays::Fine)) => {
            Err(unreachable(&Failure::Nonsense("it gives no token".to_owned())))
        }
        Err(failure) => Err(unreachable(&failure)),
    }
}

fn kept(token: &IamToken) -> ApiKey {
    ApiKey::new(token.expose())
}

fn refused(code: &str, message: &str, key: &ApiKey) -> Error {
    let (code, message) = (said(code, Some(key)), said(message, Some(key)));
    Error::new(ErrorKind::Key, "IAM gives no token for the key")
        .seen(format!("{HOST} said {code}: {message}"))
        .hint("make another key: `ibmcloud iam service-api-key-create NAME SERVICE_ID --file key.json`")
}

fn unreachable(failure: &Failure) -> Error {
    Verdict::to_error(&failure.verdict(Name::IamUnreachable, HOST, "a token"))
}
