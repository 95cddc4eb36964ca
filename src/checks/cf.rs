//! Whether cf is ready, and whether the platform takes docker images: cf's own configuration, and
//! one question to the platform with the token that cf has. The token is never renewed here: cf
//! would lose its own.

use std::time::{Instant, SystemTime};

use reqwest::Url;
use serde::Serialize;
use zeroize::Zeroizing;

use super::cf_setup::{self, Setup, Target};
use super::cf_token::Token;
use super::docker_flag::{self, docker_verdict, stale_verdict};
use super::failure::Failure;
use super::http::{Ask, Authorities, Client, secret_header};
use crate::cf_program::CfProgram;
use crate::environment::Environment;
use crate::verdict::{Name, Verdict};

/// Most bytes of the platform's answer.
const MOST: usize = 256 * 1024;

/// The cf that will be run, and what says where it pushes to.
#[derive(Clone, Copy)]
pub(crate) struct InstalledCf<'a> {
    /// The program.
    pub(crate) cf: &'a CfProgram,
    /// Where its configuration is.
    pub(crate) environment: &'a Environment,
}

/// The place where cf will push to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Place {
    /// Address of the API.
    pub(crate) api: String,
    /// Name of the organization.
    pub(crate) org: String,
    /// Name of the space.
    pub(crate) space: String,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct OfCf {
    pub(super) verdicts: Vec<Verdict>,
    pub(super) place: Option<Place>,
    /// Why nothing was looked at, where nothing was.
    pub(super) not_checked: Option<&'static str>,
    pub(super) requests: usize,
}

/// Looks at cf's configuration and asks the platform.
pub(super) async fn check(
    installed: InstalledCf<'_>,
    authorities: &Authorities,
    deadline: Instant,
) -> OfCf {
    let mut found = OfCf::default();
    let now = SystemTime::now();
    match cf_setup::look(installed.cf, installed.environment, now) {
        Setup::Unknown(why) => found.not_checked = Some(why),
        Setup::Refused(verdict) => found.verdicts.push(verdict),
        Setup::Ready(target) => {
            let Target { api, token, tls, org, space } = target;
            let client = Client::new(authorities, tls, deadline);
            found.verdicts.extend(docker(&client, &api, token, installed.cf).await);
            found.requests = client.requests();
            found.place = Some(Place { api, org, space });
        }
    }
    found
}

/// Whether the platform takes docker images.
async fn docker(client: &Client, api: &str, token: Token, cf: &CfProgram) -> Option<Verdict> {
    let token = match token {
        Token::None => return None,
        Token::Stale => return Some(stale_verdict(api, cf)),
        Token::Fresh(token) => token,
    };
    let unreachable = |failure: Failure| {
        let host = Url::parse(api).ok().and_then(|url| url.host_str().map(str::to_owned));
        failure.verdict(Name::CfUnreachable, &host.unwrap_or_default(), "docker support")
    };
    let header = Zeroizing::new(format!("bearer {}", token.expose()));
    let ask = Url::parse(&format!("{api}{}", docker_flag::PATH)).ok().zip(secret_header(&header));
    let Some((url, value)) = ask else {
        return Some(unreachable(Failure::Nonsense(
            "no request can be made of its address".into(),
        )));
    };
    match client.send(Ask::get(url, MOST).authorization(value)).await {
        Ok(answer) => docker_verdict(api, answer.status.as_u16(), &answer.body, cf),
        Err(failure) => Some(unreachable(failure)),
    }
}
