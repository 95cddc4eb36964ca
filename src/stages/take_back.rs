//! Takes back what a rolling push has begun and not brought to its end: the deployment is cancelled, so
//! that what ran before goes on with what it was started with.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::Stages;
use crate::app::{AppRun, TakenBackApp};
use crate::capi::Needed;
use crate::capi::resources::{App, Deployment};
use crate::cf::Ending;
use crate::cf_program::CfProgram;
use crate::deployed::{self, Session, TakenBack, Terms};
use crate::environment::Environment;
use crate::error::{Error, command_on};
use crate::http::Authorities;
use crate::process::within;
use crate::request::AfterFailure;

/// How long a deployment may take to be taken back.
const LIMIT: Duration = Duration::from_secs(120);
/// How long all of it may take.
const ALL: Duration = Duration::from_secs(15 * 60);
/// How many apps are looked up with one request.
const AT_ONCE: usize = 50;

/// The droplets that apps had before they were pushed, by their names.
#[derive(Default)]
pub(crate) struct Before(BTreeMap<String, App>);

impl Stages<'_> {
    /// Looks which droplets the apps have, where a failure is to be taken back.
    ///
    /// # Errors
    /// The platform cannot be asked, so that nothing could be taken back either.
    pub(crate) async fn before(&mut self, apps: &[AppRun]) -> Result<Before, Error> {
        if self.request.after_failure == AfterFailure::Leave {
            return Ok(Before::default());
        }
        let names: Vec<&str> = apps.iter().filter_map(|run| run.app.name.as_deref()).collect();
        let terms = terms(&self.cf, self.environment, &self.authorities);
        let session = Session::open(terms, self.announcer.later(), self.signals).await?;
        let space = session.platform.space_guid.clone();
        let mut found = BTreeMap::new();
        for some in names.chunks(AT_ONCE) {
            let some = some.join(",");
            let filter = [("names", some.as_str()), ("space_guids", space.as_str())];
            let listing = session.controller().list::<App>("the apps", "/v3/apps", &filter).await;
            let all = listing.whole().map_err(|problem| problem.verdict().to_error())?;
            found.extend(all.into_iter().map(|app| (app.name.clone(), app)));
        }
        Ok(Before(found))
    }

    /// Takes back what has failed.
    pub(crate) async fn take_back(&mut self, apps: &mut [AppRun], before: &Before) {
        let is_meant = |run: &AppRun| {
            run.outcome.as_ref().is_some_and(|outcome| match outcome.ending {
                Ending::Failed(_)
                | Ending::TimedOut(_)
                | Ending::Interrupted(_)
                | Ending::WantedTerminal(_) => true,
                Ending::Pushed | Ending::NotStarted | Ending::NotRun(_) => false,
            })
        };
        if before.0.is_empty() || !apps.iter().any(is_meant) {
            return;
        }
        let targets: Vec<(usize, &App)> = apps
            .iter()
            .enumerate()
            .filter(|(_, run)| is_meant(run))
            .filter_map(|(at, run)| Some((at, before.0.get(run.app.name.as_ref()?)?)))
            .collect();
        let terms = terms(&self.cf, self.environment, &self.authorities);
        let session = match Session::open(terms, self.announcer.later(), self.signals).await {
            Ok(session) => session,
            Err(error) => {
                let why = format!("nothing was taken back: {}", error.message());
                return self.announcer.warn(&why);
            }
        };
        let work = async {
            let mut all = Vec::new();
            for (at, app) in targets {
                all.push((at, back(&session, app).await));
            }
            all
        };
        // Another signal leaves it as it is, which the warning about the deployment then says.
        let Ok(all) = within(ALL, self.signals, Box::pin(work)).await else { return };
        for (at, came) in all {
            if let Some(run) = apps.get_mut(at) {
                run.taken_back = Some(came);
            }
        }
    }
}

fn terms<'a>(
    cf: &'a CfProgram,
    environment: &'a Environment,
    authorities: &'a Authorities,
) -> Terms<'a> {
    let deadline = Instant::now() + ALL;
    Terms { cf, environment, authorities, needed: Needed::Space, deadline }
}

/// Takes the deployment of an app back, where one goes on.
async fn back(session: &Session<'_>, app: &App) -> TakenBackApp {
    let controller = session.controller();
    let filter = [("app_guids", app.guid.as_str()), ("status_values", "ACTIVE")];
    let listing = controller.list::<Deployment>("the deployments", "/v3/deployments", &filter);
    let active = match listing.await.whole() {
        Ok(all) => all.into_iter().next(),
        Err(problem) => {
            let words = format!("whether a deployment goes on is not known: {}", problem.line());
            return TakenBackApp { is_back: false, words };
        }
    };
    let rollback = || command_on("icr-cf rollback", &app.name, "");
    if let Some(deployment) = active {
        let came = deployed::take_back_within(controller, &deployment.guid, LIMIT).await;
        let words = match came {
            TakenBack::Back => "the deployment was taken back; what ran before runs".to_owned(),
            TakenBack::Deployed => format!(
                "the deployment was done before it could be taken back; `{}` goes back",
                rollback()
            ),
            TakenBack::Superseded => "another deployment has taken over".to_owned(),
            TakenBack::Asked | TakenBack::Unasked | TakenBack::Unseen => format!(
                "the deployment was not seen back; `{}` asks for it",
                command_on("cf cancel-deployment", &app.name, "")
            ),
        };
        return TakenBackApp { is_back: came == TakenBack::Back, words };
    }
    let path = format!("/v3/apps/{}", app.guid);
    let droplet = |app: &App| app.relationships.current_droplet.guid().map(str::to_owned);
    match controller.one::<App>("the app", &path).await {
        Ok(now) if droplet(&now) == droplet(app) => TakenBackApp {
            is_back: true,
            words: "no deployment goes on, and the droplet is the one from before".to_owned(),
        },
        Ok(_) => TakenBackApp {
            is_back: false,
            words: format!(
                "no deployment goes on, and the droplet is another one; `{}` goes back",
                rollback()
            ),
        },
        Err(problem) => {
            let words = format!("what it runs is not known: {}", problem.line());
            TakenBackApp { is_back: false, words }
        }
    }
}
