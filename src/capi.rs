//! Cloud Foundry as its API has it: whether cf is ready (its own configuration), and the client of
//! its Cloud Controller, which asks and changes with the token that cf has. The token is never
//! renewed here: cf would lose its own.

use std::time::{Duration, Instant, SystemTime};

use serde::Serialize;
use tokio::sync::oneshot;

use crate::cf_program::CfProgram;
use crate::environment::Environment;
use crate::http::{Authorities, Client};
use crate::verdict::Verdict;

mod cf_token;
pub(crate) mod config;
mod controller;
mod docker_flag;
mod labels;
mod problem;
pub(crate) mod resources;
mod setup;
mod tracked;

use cf_token::CfToken;
pub(crate) use controller::{CloudController, Listing};
use docker_flag::stale_verdict;
pub(crate) use problem::{Problem, ProblemKind};
pub(crate) use setup::Needed;
use setup::{Setup, Target};
pub(crate) use tracked::Tracked;

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

/// Looks at cf's configuration and asks the platform.
pub(crate) async fn check(
    installed: InstalledCf<'_>,
    authorities: &Authorities,
    deadline: Instant,
) -> OfCf {
    let mut found = OfCf::default();
    let target = match look(installed, Needed::Space, deadline).await {
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
    let Target { api, token, tls, org, space, space_guid, .. } = target;
    found.place = Some(TargetedSpace { api: api.clone(), org, space });
    match token {
        CfToken::None => {}
        CfToken::Stale => found.verdicts.push(stale_verdict(&api, installed.cf)),
        CfToken::Fresh(token) => {
            let client = Client::new(authorities, tls, deadline);
            let controller = CloudController::new(client, api, token, space_guid);
            found.verdicts.extend(controller.docker(installed.cf).await);
            found.controller = Some(controller);
        }
    }
    found
}

/// Reads cf's configuration, in a thread: a folder on a network that is gone holds up whoever looks
/// into it.
async fn look(installed: InstalledCf<'_>, needed: Needed, deadline: Instant) -> Setup {
    let cf = installed.cf.clone();
    let environment = installed.environment.only(&setup::VARIABLES);
    let (tell, told) = oneshot::channel();
    let work = move || {
        // Nobody is left to tell where the time is up.
        let _ = tell.send(setup::look(&cf, needed, &environment, SystemTime::now()));
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

/// The longest wait that the platform may ask for between two requests; its limits are reset within
/// the hour, which is too long to wait without a word.
const MOST_WAIT: Duration = Duration::from_secs(60);

/// What a connection that was asked for comes to.
pub(crate) enum Connected {
    /// It can be asked.
    Ready(Box<Platform>),
    /// cf has to renew its token first.
    Stale,
    /// cf is not set up for it.
    Refused(Verdict),
    /// It cannot be asked from here, for this reason.
    Unknown(&'static str),
}

/// A platform that can be asked, and what cf targets there.
pub(crate) struct Platform {
    pub(crate) controller: CloudController,
    /// Names and GUIDs of what is targeted; empty where nothing is.
    pub(crate) org: String,
    pub(crate) org_guid: String,
    pub(crate) space: String,
    pub(crate) space_guid: String,
}

/// Makes a client of the platform that cf targets; asks nobody.
pub(crate) async fn connect(
    installed: InstalledCf<'_>,
    needed: Needed,
    authorities: &Authorities,
    deadline: Instant,
) -> Connected {
    let target = match look(installed, needed, deadline).await {
        Setup::Unknown(why) => return Connected::Unknown(why),
        Setup::Refused(verdict) => return Connected::Refused(verdict),
        Setup::Ready(target) => target,
    };
    let Target { api, token, tls, org, space, space_guid, org_guid } = target;
    let token = match token {
        CfToken::Fresh(token) => token,
        CfToken::Stale => return Connected::Stale,
        CfToken::None => {
            return Connected::Unknown(
                "cf knows its user by the configuration of kubectl, which is not read here",
            );
        }
    };
    let client = Client::new(authorities, tls, deadline).waiting_at_most(MOST_WAIT);
    let controller = CloudController::new(client, api, token, space_guid.clone());
    Connected::Ready(Box::new(Platform { controller, org, org_guid, space, space_guid }))
}
