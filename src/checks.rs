//! What can be known before a push: whether the key may pull the image, whether Cloud Foundry can
//! run it, whether cf is ready. Asks the registry, IAM where the registry refuses, and the
//! platform; changes nothing anywhere. Ends in verdicts; never prints.

use std::time::{Duration, Instant};

use serde::Serialize;

mod authorities;
mod cf;
mod cf_setup;
mod cf_token;
mod challenge;
mod discovery;
mod docker_flag;
mod documents;
mod elsewhere;
mod failure;
mod fitness;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod http;
mod iam;
mod image;
mod leads;
mod near;
mod quota;
mod refusal;
mod registry;
mod resolving;
mod words;

pub(crate) use authorities::read as authorities;
pub(crate) use cf::{InstalledCf, Place};
pub(crate) use discovery::discover;
pub(crate) use fitness::bytes as size;
pub(crate) use http::Authorities;
pub(crate) use image::Image;
pub(crate) use resolving::{Question, Resolving, resolve};

use http::{Client, Tls};
use registry::Caller;

use crate::credentials::ApiKey;
use crate::reference::ImageReference;
use crate::request::{Checks, Username};
use crate::verdict::{self, Name, Verdict, Weight};

/// What the checks found.
#[derive(Debug, Serialize)]
pub(crate) struct Findings {
    /// In the order in which they are to be mended.
    pub(crate) verdicts: Vec<Verdict>,
    /// The image, as far as it was seen.
    pub(crate) image: Image,
    /// Where cf will push to, where its configuration could be read.
    pub(crate) target: Option<Place>,
    /// What was not looked at, and why.
    pub(crate) not_checked: Vec<String>,
    /// What cf gets in place of the reference as given, where that is wanted and known.
    #[serde(skip)]
    pub(crate) pushed: Option<String>,
    /// How many requests it took.
    pub(crate) requests: usize,
    /// How long it took.
    pub(crate) seconds: f64,
}

/// Who asks the registry.
#[derive(Clone, Copy)]
pub(crate) struct Credentials<'a> {
    /// Registry user.
    pub(crate) user: &'a Username,
    /// Its key.
    pub(crate) key: &'a ApiKey,
}

/// Runs every check, side by side where one does not need another.
pub(crate) async fn run(
    reference: &ImageReference,
    checks: &Checks,
    deadline: Instant,
    who: Credentials<'_>,
    authorities: &Authorities,
    installed: InstalledCf<'_>,
    app: Option<&str>,
) -> Findings {
    let started = Instant::now();
    let client = Client::new(authorities, Tls::Verify, deadline);
    let caller = Caller::new(&client, who.user, who.key);
    let (looked, of_cf, quota) = tokio::join!(
        image::check(&caller, reference, checks),
        cf::check(installed, authorities, deadline),
        quota::check(&caller, reference.host(), checks.quota),
    );
    let mut verdicts = looked.verdicts;
    verdicts.extend(of_cf.verdicts);
    let mut not_checked: Vec<String> =
        of_cf.not_checked.map(|why| format!("cf's set-up: {why}")).into_iter().collect();
    match quota {
        Ok(near) => verdicts.extend(near),
        Err(why) => not_checked.push(format!("the quota: {why}")),
    }
    start_command(&mut verdicts, of_cf.platform.as_ref(), app).await;
    verdict::sort(&mut verdicts);
    caller.mask(&mut verdicts).await;
    Findings {
        pushed: image::pushed(&looked.image, checks),
        image: looked.image,
        target: of_cf.place,
        not_checked,
        verdicts,
        requests: client.requests() + of_cf.platform.as_ref().map_or(0, cf::Platform::requests),
        seconds: rounded(started.elapsed()),
    }
}

/// An app keeps the command of an earlier push; then the image need not have one. That the app is
/// not there yet has to be known before its push is refused.
async fn start_command(
    verdicts: &mut [Verdict],
    platform: Option<&cf::Platform>,
    app: Option<&str>,
) {
    let no_command =
        |one: &&mut Verdict| one.name == Name::NoStartCommand && one.weight == Weight::Definitive;
    let Some(verdict) = verdicts.iter_mut().find(no_command) else { return };
    let is_there = match platform.zip(app) {
        Some((platform, app)) => platform.has_app(app).await,
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

fn rounded(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}
