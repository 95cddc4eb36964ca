//! What a rotation does with each app, and what it leaves alone and why. Pure.

use std::sync::Arc;

use serde::Serialize;

use super::earlier::Earlier;
use super::rollout::{Rollout, Way};
use super::{AppState, Deployed, Running};
use crate::capi::Tracked;
use crate::cli::Stopped;
use crate::error::{command_on, flag_with, printable};
use crate::reference::ImageReference;
use crate::request::{PlaceScope, RotateRequest};
use crate::secret::ApiKey;
use crate::verdict::{Name, Verdict, Weight};

/// What is to be done with an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    /// It gets the key, with this image.
    Go { way: Way, image: String, from: From },
    /// It has the key.
    Has,
    /// It is left alone, and has nothing of a key that was rotated.
    Leave(String),
    /// It is stopped and left so: its next start takes the key from before.
    LeaveStopped,
    /// It cannot get the key.
    Refuse(Verdict),
}

/// Where a rollout begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum From {
    /// With a new package.
    Package,
    /// With the droplet that is current, which a run before has staged.
    Droplet,
    /// With a deployment that a run before has begun.
    Deployment,
}

/// Decides about an app; `key` is the id of the key that it is to get, where IAM says it.
pub(crate) fn choose(app: &Deployed, request: &RotateRequest, key: Option<&str>) -> Choice {
    let reference = match &app.running {
        Running::Icr(reference) => reference,
        Running::Elsewhere => return Choice::Leave("its image is in another registry".into()),
        Running::Nothing => return Choice::Leave("it was never staged".into()),
        Running::Unreadable(problem) => {
            return Choice::Leave(format!("its image is no reference of ICR: {problem}"));
        }
    };
    let user = match app.user.as_deref() {
        Some(user) if request.from_users.iter().any(|from| from == user) => user,
        Some(user) => {
            let user = printable(user);
            return Choice::Leave(format!(
                "its registry user is `{user}`; `{}` takes it in",
                flag_with("--from-user", &user)
            ));
        }
        None => return Choice::Leave("it has no registry user".into()),
    };
    let has_it = |noted: Option<&str>| key.is_some() && noted == key;
    let droplet = app.droplet.as_deref();
    let is_noted =
        has_it(app.tracked.key_id.as_deref()) && app.tracked.key_droplet.as_deref() == droplet;
    if is_noted && app.deployment.is_none() && user == request.looking.username.as_str() {
        return Choice::Has;
    }
    if app.state == AppState::Stopped && request.wish.stopped == Stopped::Skip {
        return Choice::LeaveStopped;
    }
    let way = match app.state {
        AppState::Stopped => Way::Stage,
        AppState::Started if request.wish.restart => Way::Restart,
        AppState::Started => Way::Deploy,
    };
    let is_staged = has_it(app.package_key.as_deref());
    let from = match &app.deployment {
        Some(one) if is_staged && one.droplet.as_deref() == droplet && way == Way::Deploy => {
            From::Deployment
        }
        Some(_) => return Choice::Refuse(busy(app)),
        None if is_staged => From::Droplet,
        None => From::Package,
    };
    match image(app, reference, request) {
        Ok(image) => Choice::Go { way, image, from },
        Err(verdict) => Choice::Refuse(verdict),
    }
}

/// The image that is staged, by digest: the one that runs, or, where that is not known, what the tag
/// means now, if that may be taken.
fn image(
    app: &Deployed,
    reference: &ImageReference,
    request: &RotateRequest,
) -> Result<String, Verdict> {
    if reference.digest().is_some() {
        return Ok(reference.for_cloud_foundry().to_string());
    }
    let now = app.found.as_ref().and_then(|found| found.digest.as_deref());
    let is_about_it = app.tracked.reference.as_deref() == Some(reference.to_string().as_str());
    let then = app.tracked.digest.as_deref().filter(|_| is_about_it);
    match (now, then) {
        (Some(now), Some(then)) if now == then => Ok(reference.at_digest(now).to_string()),
        (Some(now), _) if request.accept_moved_tag => Ok(reference.at_digest(now).to_string()),
        (None, _) => Err(Verdict::new(Name::PushedByTag, "what its tag means now is not known")
            .seen(format!("pushed as {reference}"))),
        (Some(now), then) => Err(by_tag(app, reference, request, (now, then))),
    }
}

fn by_tag(
    app: &Deployed,
    reference: &ImageReference,
    request: &RotateRequest,
    (now, then): (&str, Option<&str>),
) -> Verdict {
    let lines = app.lines();
    let line = request.looking.typed.line();
    let accepting = line.map(|line| {
        let line = line.apps(&[&app.name]).with("--accept-moved-tag", None);
        match request.looking.scope.place {
            PlaceScope::Targeted => line,
            PlaceScope::Space { .. } | PlaceScope::Org(_) | PlaceScope::All => line
                .without("--all")
                .with("--org", Some(&app.org))
                .with("--space", Some(&app.space)),
        }
    });
    let accepting = accepting.map_or_else(
        || command_on("icr-cf rotate", &app.name, "--accept-moved-tag"),
        |line| line.to_string(),
    );
    let verdict = match then {
        Some(then) => {
            Verdict::new(Name::TagMoved, "its tag has moved, and which digest runs is not known")
                .seen(format!("when it was pushed, {reference} was {}", printable(then)))
        }
        None => Verdict::new(
            Name::PushedByTag,
            "it was pushed by tag, and which digest runs is not known",
        )
        .seen(format!("pushed as {reference}")),
    };
    Verdict { weight: Weight::Definitive, ..verdict }
        .seen(format!("the tag names {now} now"))
        .hint(format!("to deploy that: `{accepting}`"))
        .hint(format!(
            "or push the one you mean, by digest from then on: `{}`",
            lines.push(&reference.to_string())
        ))
}

fn busy(app: &Deployed) -> Verdict {
    let line = app.lines().of_cf("cf cancel-deployment", "");
    Verdict::new(
        Name::StagingInProgress,
        "a deployment of it goes on that this rotation has not begun",
    )
    .hint(format!("wait for it, or take it back: `{line}`"))
}

/// The rollout of an app that goes.
pub(crate) fn rollout(
    app: &Deployed,
    (way, image, from): (Way, String, From),
    request: &RotateRequest,
    (key, key_id): (Arc<ApiKey>, Option<String>),
    earlier: Option<Earlier>,
) -> Rollout {
    let current = app.droplet.clone().filter(|_| from != From::Package);
    let (staged, build) = match earlier {
        Some(Earlier::Droplet(droplet)) => (current.or(Some(droplet)), None),
        Some(Earlier::Build(build)) => (current, Some(build)),
        None => (current, None),
    };
    Rollout {
        guid: app.guid.clone(),
        name: app.name.clone(),
        lines: app.lines(),
        way,
        image,
        user: request.looking.username.as_str().to_owned(),
        key,
        staged,
        build,
        deployment: app.deployment.as_ref().map(|one| one.guid.clone()),
        before: app.droplet.clone(),
        note: Tracked { key_id, ..Tracked::default() },
        wish: request.wish.clone(),
    }
}
