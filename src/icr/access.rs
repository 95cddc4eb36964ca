//! What the management API of a registry and the Vulnerability Advisor want of whoever asks: a token
//! of IAM, and the account that it is for. The token goes to the host that is named, and to no other.

use reqwest::{Method, Url};
use zeroize::Zeroizing;

use super::iam::{self, IamToken};
use super::registry::Caller;
use super::{RegistryLogin, Who};
use crate::http::{Answer, Failure, Request, secret_header};
use crate::jwt;
use crate::request::Username;

/// Who asks.
pub(super) struct Access {
    token: IamToken,
    account: String,
}

/// Why nobody can ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoAccess {
    /// There is no key.
    NoKey,
    /// A refresh token is none that can be sent.
    RefreshToken,
    /// IAM did not answer.
    Failed(Failure),
    /// IAM gives no token for the key.
    NoToken,
    /// The token says no account.
    NoAccount,
}

impl Access {
    /// Gets a token for whoever calls.
    pub(super) async fn of(caller: &Caller<'_>) -> Result<Self, NoAccess> {
        let Who::Key(RegistryLogin { user, key }) = caller.who else {
            return Err(NoAccess::NoKey);
        };
        let token = match user {
            Username::Refresh => return Err(NoAccess::RefreshToken),
            Username::Bearer => IamToken::given(key),
            Username::ApiKey | Username::TrustedProfile(_) => iam::token(caller.client, key)
                .await
                .map_err(NoAccess::Failed)?
                .ok_or(NoAccess::NoToken)?,
        };
        let account = jwt::account(token.expose()).ok_or(NoAccess::NoAccount)?;
        Ok(Self { token, account })
    }

    /// Asks a host for what is at a path.
    pub(super) async fn get(
        &self,
        caller: &Caller<'_>,
        host: &str,
        path: &str,
        most: usize,
    ) -> Result<Answer, Failure> {
        self.send(caller, Request::get(url(host, path)?, most)).await
    }

    /// Sends a host a question that takes a document; it changes nothing.
    pub(super) async fn post(
        &self,
        caller: &Caller<'_>,
        (host, path): (&str, &str),
        document: String,
        most: usize,
    ) -> Result<Answer, Failure> {
        let url = url(host, path)?;
        let document = Zeroizing::new(document);
        self.send(caller, Request::document(Method::POST, url, document, most)).await
    }

    async fn send(&self, caller: &Caller<'_>, ask: Request) -> Result<Answer, Failure> {
        let nonsense = |what: &str| Failure::Nonsense(what.to_owned());
        let header = Zeroizing::new(format!("Bearer {}", self.token.expose()));
        let value = secret_header(&header).ok_or_else(|| nonsense("no request can be made"))?;
        let account = secret_header(&self.account)
            .ok_or_else(|| nonsense("the account is no header text"))?;
        caller.client.send(&ask.authorization(value).header("account", account)).await
    }

    /// A text of the other side without the token, should it repeat it.
    pub(super) fn without_token(&self, text: &str) -> String {
        text.replace(self.token.expose(), "***")
    }
}

fn url(host: &str, path: &str) -> Result<Url, Failure> {
    let url = Url::parse(&format!("https://{host}{path}"));
    url.map_err(|_| Failure::Nonsense("no request can be made".to_owned()))
}

impl NoAccess {
    /// The reason, for people.
    pub(super) fn reason(&self) -> String {
        let iam = iam::HOST;
        match self {
            Self::NoKey => "no key is used for the image".to_owned(),
            Self::RefreshToken => "the user `iamrefresh` has no token that can be sent".to_owned(),
            Self::Failed(failure) => format!("{iam}: {}", failure.reason()),
            Self::NoToken => format!("{iam} gives no token"),
            Self::NoAccount => "the token of IAM names no account".to_owned(),
        }
    }
}
