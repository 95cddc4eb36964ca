//! Asks registry and platform, and puts what they say into the records.

use std::time::Instant;

use super::search::readings;
use super::{Stages, interruptible};
use crate::app::{AppRun, Findings};
use crate::capi::{self, CloudController, InstalledCf};
use crate::cf;
use crate::error::Error;
use crate::http::{Authorities, Client, Tls};
use crate::icr::{
    self, Ask, Callers, Depth, ImageAnswer, ImageFindings, Others, RegistryLogin, Who,
};
use crate::request::{Checks, Quota, Scope};
use crate::verdict::{self, Name, Verdict, Weight};

impl Stages<'_> {
    /// Checks every image of ICR, and what holds for all apps.
    pub(crate) async fn check(
        &mut self,
        checks: &Checks,
        apps: &mut [AppRun],
    ) -> Result<Findings, Error> {
        let deadline = self.begin(checks, apps);
        let asks: Vec<Ask<'_>> = apps.iter().filter_map(ask).collect();
        let installed = InstalledCf { cf: &self.cf, environment: self.environment };
        let work = Box::pin(ask_all(&asks, checks.quota, deadline, &self.authorities, installed));
        let (findings, found) = interruptible(deadline, self.signals, work).await?;
        drop(asks);
        let asked = apps.iter_mut().filter(|run| ask(run).is_some());
        for (run, mut found) in asked.zip(found) {
            for verdict in &mut found.verdicts {
                for hint in &mut verdict.hints {
                    *hint = run.app.advice.placed(hint);
                }
                // Where an image that names no registry was not seen, another one may be meant.
                if found.image.is_unknown() && verdict.weight != Weight::Advice {
                    verdict.hints.extend(readings(&run.app));
                }
            }
            run.findings = Some(found);
        }
        Ok(findings)
    }
}

/// What is asked about the image of an app, where that is one of ICR's.
pub(super) fn ask(run: &AppRun) -> Option<Ask<'_>> {
    let app = &run.app;
    let (image, reference, checks) = (app.icr()?, app.reference()?, app.checks.as_ref()?);
    let (who, others) = match image.login.key().zip(run.secret.as_ref()) {
        Some((login, found)) => {
            let who = RegistryLogin { user: &login.username, key: &found.key };
            let is_for_any = login.scope == Scope::Any;
            (Who::Key(who), if is_for_any { Others::Asked } else { Others::LeftAlone })
        }
        None => (Who::Anybody, Others::LeftAlone),
    };
    Some(Ask { reference, checks, who, others, app: app.name.as_deref() })
}

/// Asks everybody side by side where one does not need another; the images in the order in which they
/// are asked about.
async fn ask_all(
    asks: &[Ask<'_>],
    quota: Quota,
    deadline: Instant,
    authorities: &Authorities,
    installed: InstalledCf<'_>,
) -> (Findings, Vec<ImageFindings>) {
    let started = Instant::now();
    let client = Client::new(authorities, Tls::Verify, deadline);
    let callers = Callers::of(asks, &client);
    let (looked, of_cf, (near, unasked)) = tokio::join!(
        icr::images(asks, &callers, Depth::Configuration),
        capi::check(installed, authorities, deadline),
        icr::quotas(&callers, quota),
    );
    let unread = of_cf.not_checked.map(|why| format!("cf's set-up: {why}"));
    let mut found = Vec::with_capacity(asks.len());
    for (ask, ImageAnswer { image, mut verdicts }) in asks.iter().zip(looked) {
        start_command(&mut verdicts, of_cf.controller.as_ref(), ask.app).await;
        verdict::sort(&mut verdicts);
        callers.mask(&mut verdicts).await;
        let pushed = icr::pushed(&image, ask.checks);
        found.push(ImageFindings { verdicts, image, pushed, vulnerabilities: None });
    }
    let mut verdicts: Vec<Verdict> = of_cf.verdicts.into_iter().chain(near).collect();
    verdict::sort(&mut verdicts);
    callers.mask(&mut verdicts).await;
    let of_controller = of_cf.controller.as_ref().map_or(0, CloudController::requests);
    let findings = Findings {
        verdicts,
        target: of_cf.place,
        not_checked: unread.into_iter().chain(unasked).collect(),
        requests: client.requests() + of_controller,
        seconds: cf::seconds(started.elapsed()),
    };
    (findings, found)
}

/// An app keeps the command of an earlier push; then the image need not have one. That the app is
/// not there yet has to be known before its push is refused.
async fn start_command(
    verdicts: &mut [Verdict],
    controller: Option<&CloudController>,
    app: Option<&str>,
) {
    let no_command =
        |one: &&mut Verdict| one.name == Name::NoStartCommand && one.weight == Weight::Definitive;
    let Some(verdict) = verdicts.iter_mut().find(no_command) else { return };
    let is_there = match controller.zip(app) {
        Some((controller, app)) => controller.has_app(app).await,
        None => None,
    };
    let found = verdict.clone();
    *verdict = match is_there {
        Some(false) => found,
        Some(true) => {
            found.seen("the app is there, and may have one from an earlier push").as_advice()
        }
        None => {
            found.seen("whether the app has one from an earlier push is not known").as_undecided()
        }
    };
}
