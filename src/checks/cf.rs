//! Whether cf is ready, and whether the platform takes docker images: cf's own configuration, and
//! one question to the platform with the token that cf has. The token is never renewed here: cf
//! would lose its own.

use std::time::{Instant, SystemTime};

use reqwest::{StatusCode, Url};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::cf_setup::{self, Setup, Target};
use super::cf_token::{AccessToken, Token};
use super::docker_flag::{self, docker_verdict, stale_verdict};
use super::failure::{Endpoint, Failure};
use super::http::{Answer, Ask, Authorities, Client, secret_header};
use crate::cf_program::CfProgram;
use crate::environment::Environment;
use crate::secret_shape::HIDDEN;
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
#[derive(Default)]
pub(super) struct OfCf {
    pub(super) verdicts: Vec<Verdict>,
    pub(super) place: Option<Place>,
    /// Why nothing was looked at, where nothing was.
    pub(super) not_checked: Option<&'static str>,
    /// The platform, where it can be asked more.
    pub(super) platform: Option<Platform>,
}

/// A platform that can be asked, with the token that cf has.
pub(super) struct Platform {
    client: Client,
    api: String,
    token: AccessToken,
    space_guid: String,
}

/// A list of apps, as far as it is read.
#[derive(Deserialize)]
struct Apps {
    resources: Vec<IgnoredAny>,
}

/// Looks at cf's configuration and asks the platform.
pub(super) async fn check(
    installed: InstalledCf<'_>,
    authorities: &Authorities,
    deadline: Instant,
) -> OfCf {
    let mut found = OfCf::default();
    let target = match look(installed, deadline).await {
        Setup::Unknown(why) => {
            found.not_checked = Some(why);
            return found;
        }
        Setup::Refused(verdict) => {
            found.verdicts.push(verdict);
            return found;
        }
        Setup::Ready(target) => target,
    };
    let Target { api, token, tls, org, space, space_guid } = target;
    found.place = Some(Place { api: api.clone(), org, space });
    match token {
        Token::None => {}
        Token::Stale => found.verdicts.push(stale_verdict(&api, installed.cf)),
        Token::Fresh(token) => {
            let client = Client::new(authorities, tls, deadline);
            let platform = Platform { client, api, token, space_guid };
            found.verdicts.extend(platform.docker(installed.cf).await);
            found.platform = Some(platform);
        }
    }
    found
}

/// Reads cf's configuration, in a thread: a folder on a network that is gone holds up whoever looks
/// into it.
async fn look(installed: InstalledCf<'_>, deadline: Instant) -> Setup {
    let cf = installed.cf.clone();
    let environment = installed.environment.only(&cf_setup::VARIABLES);
    let (tell, told) = oneshot::channel();
    let work = move || {
        // Nobody is left to tell where the time is up.
        let _ = tell.send(cf_setup::look(&cf, &environment, SystemTime::now()));
    };
    let started = std::thread::Builder::new().name("cf's configuration".into()).spawn(work);
    let answer = tokio::time::timeout_at(deadline.into(), told).await;
    match (started, answer) {
        (Ok(_), Ok(Ok(setup))) => setup,
        (Ok(_), Ok(Err(_)) | Err(_)) | (Err(_), _) => {
            Setup::Unknown("cf's configuration could not be read in time")
        }
    }
}

impl Platform {
    /// How many requests it took.
    pub(super) fn requests(&self) -> usize {
        self.client.requests()
    }

    /// Whether the platform takes docker images.
    async fn docker(&self, cf: &CfProgram) -> Option<Verdict> {
        let mut verdict = match self.get(docker_flag::PATH, &[]).await {
            Ok(answer) => docker_verdict(&self.api, answer.status.as_u16(), &answer.body, cf)?,
            Err(failure) => {
                let place = Endpoint::of(&self.api);
                failure.verdict_at(Name::CfUnreachable, &place, "docker support")
            }
        };
        // The platform's own words may be anything.
        for text in verdict.texts().filter(|text| text.contains(self.token.expose())) {
            HIDDEN.clone_into(text);
        }
        Some(verdict)
    }

    /// Whether the space has this app; `None` where that cannot be learnt.
    pub(super) async fn has_app(&self, name: &str) -> Option<bool> {
        // A comma is the end of a name there.
        let filter =
            [("names", name), ("space_guids", self.space_guid.as_str()), ("per_page", "1")];
        if name.contains(',') || self.space_guid.contains(',') {
            return None;
        }
        let answer = self.get("/v3/apps", &filter).await.ok()?;
        let apps: Apps = serde_json::from_slice(&answer.body)
            .ok()
            .filter(|_| answer.status == StatusCode::OK)?;
        Some(!apps.resources.is_empty())
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, Failure> {
        let header = Zeroizing::new(format!("bearer {}", self.token.expose()));
        let url = Url::parse(&format!("{}{path}", self.api)).ok();
        let Some((mut url, value)) = url.zip(secret_header(&header)) else {
            return Err(Failure::Nonsense("no request can be made of its address".into()));
        };
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.client.send(Ask::get(url, MOST).authorization(value)).await
    }
}
