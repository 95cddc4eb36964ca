//! Deployments that go on, and what that means for an app that is looked at.

use std::collections::BTreeMap;

use super::bulk::in_bulk;
use super::{ActiveDeployment, AppState, Deployed, Session};
use crate::capi::Listing;
use crate::capi::resources::Deployment;
use crate::error::{Error, flag_with, printable};
use crate::request::Username;
use crate::verdict::{Name, Verdict};

/// Deployments that go on, by the GUID of the app.
pub(crate) struct Active(BTreeMap<String, ActiveDeployment>);

/// Looks for deployments of apps that go on.
///
/// # Errors
/// The platform does not list them.
pub(crate) async fn active(session: &Session<'_>, apps: &[Deployed]) -> Result<Active, Error> {
    let guids: Vec<&str> = apps.iter().map(|app| app.guid.as_str()).collect();
    let controller = session.controller();
    let listing: Listing<Deployment> = in_bulk(&guids, async |some: String| {
        let filter = [("app_guids", some.as_str()), ("status_values", "ACTIVE")];
        controller.list("the deployments", "/v3/deployments", &filter).await
    })
    .await;
    let mut active = BTreeMap::new();
    for one in listing.whole().map_err(|problem| problem.verdict().to_error())? {
        let droplet = one.droplet.and_then(|droplet| droplet.guid);
        if let Some(app) = one.relationships.app.guid() {
            active.insert(app.to_owned(), ActiveDeployment { guid: one.guid, droplet });
        }
    }
    Ok(Active(active))
}

impl Active {
    /// Puts them into the records.
    pub(crate) fn tell(mut self, apps: &mut [Deployed]) {
        for app in apps {
            app.deployment = self.0.remove(&app.guid);
        }
    }
}

/// What is to be said of how an app stands.
pub(crate) fn standing(app: &Deployed) -> Vec<Verdict> {
    let mut all = Vec::new();
    let line = |command: &str, flags: &str| app.lines().of_cf(command, flags);
    if app.deployment.is_some() {
        all.push(
            Verdict::new(Name::StagingInProgress, "a deployment of it goes on")
                .seen("what serves may be the image before; the one that is shown is coming")
                .hint(format!(
                    "take it back, should it hang: `{}`",
                    line("cf cancel-deployment", "")
                )),
        );
    }
    if let (AppState::Started, Some(up)) = (app.state, app.up)
        && up < app.wanted()
    {
        all.push(
            Verdict::new(Name::InstancesDown, format!("{up} of {} instances run", app.wanted()))
                .seen("crashed, starting, or not to be placed")
                .hint(format!(
                    "`{}` shows each; `{}` why",
                    line("cf app", ""),
                    line("cf logs", "--recent")
                )),
        );
    }
    all.extend(short_lived(app));
    all
}

/// That the secret which the platform has for an app ends by itself.
fn short_lived(app: &Deployed) -> Option<Verdict> {
    let user = app.user.as_deref().filter(|user| Username::names_short_lived(user))?;
    let lines = app.lines();
    let image = printable(app.image.as_deref().unwrap_or_default());
    let message = format!("its registry user is `{user}`, whose token ends");
    let verdict = Verdict::new(Name::ShortLivedUser, message)
        .seen("the next start, crash or move of an instance pulls with it")
        .hint(format!(
            "`{}` gives it an API key",
            lines.ours("rotate", &flag_with("--from-user", user))
        ))
        .hint(format!("`{}`", lines.push(&image)));
    Some(verdict)
}
