//! Whether cf is ready, and whether the platform takes docker images: cf's own configuration, and
//! one question to the platform with the token that cf has. The token is never renewed here: cf
//! would lose its own.

use std::time::{Instant, SystemTime};

use reqwest::{StatusCode, Url};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::cf_program::CfProgram;
use crate::environment::Environment;
use crate::http::{Answer, Authorities, Client, Endpoint, Failure, Request, secret_header};
use crate::secret_shape::HIDDEN;
use crate::verdict::{Name, Verdict};

mod cf_token;
pub(crate) mod config;
mod docker_flag;
mod labels;
mod setup;

use cf_token::{AccessToken, CfToken};
use docker_flag::{docker_verdict, stale_verdict};
use setup::{Setup, Target};

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
pub(crate) struct TargetedSpace {
    /// Address of the API.
    pub(crate) api: String,
    /// Name of the organization.
    pub(crate) org: String,
    /// Name of the space.
    pub(crate) space: String,
}

/// What was found.
#[derive(Default)]
pub(crate) struct OfCf {
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) place: Option<TargetedSpace>,
    /// Why nothing was looked at, where nothing was.
    pub(crate) not_checked: Option<&'static str>,
    /// The Cloud Controller, where it can be asked more.
    pub(crate) controller: Option<CloudController>,
}

/// A Cloud Controller that can be asked, with the token that cf has.
pub(crate) struct CloudController {
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
pub(crate) async fn check(
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
    found.place = Some(TargetedSpace { api: api.clone(), org, space });
    match token {
        CfToken::None => {}
        CfToken::Stale => found.verdicts.push(stale_verdict(&api, installed.cf)),
        CfToken::Fresh(token) => {
            let client = Client::new(authorities, tls, deadline);
            let controller = CloudController { client, api, token, space_guid };
            found.verdicts.extend(controller.docker(installed.cf).await);
            found.controller = Some(controller);
        }
    }
    found
}

/// Reads cf's configuration, in a thread: a folder on a network that is gone holds up whoever looks
/// into it.
async fn look(installed: InstalledCf<'_>, deadline: Instant) -> Setup {
    let cf = installed.cf.clone();
    let environment = installed.environment.only(&setup::VARIABLES);
    let (tell, told) = oneshot::channel();
    let work = move || {
        // Nobody is left to tell where the time is up.
        let _ = tell.send(setup::look(&cf, &environment, SystemTime::now()));
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

impl CloudController {
    /// How many requests it took.
    pub(crate) fn requests(&self) -> usize {
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
    pub(crate) async fn has_app(&self, name: &str) -> Option<bool> {
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
        self.client.send(Request::get(url, MOST).authorization(value)).await
    }
}
