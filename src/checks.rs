//! What can be known before a push: whether the key may pull the image, whether Cloud Foundry can
//! run it, whether cf is ready. Asks the registry, IAM where the registry refuses, and the
//! platform; changes nothing anywhere. Ends in verdicts; never prints.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream;
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
mod newest;
mod public;
mod quota;
mod refusal;
mod registry;
mod resolving;
mod words;

pub(crate) use authorities::{lend, read as authorities};
pub(crate) use cf::{InstalledCf, Place};
pub(crate) use discovery::discover;
pub(crate) use fitness::bytes as size;
pub(crate) use http::Authorities;
pub(crate) use image::{Image, Others};
pub(crate) use public::shown;
pub(crate) use resolving::{Question, Resolving, resolve};

use http::{Client, Tls};
use image::Looked;
use registry::Caller;

use crate::credentials::ApiKey;
use crate::reference::ImageReference;
use crate::request::{Checks, Quota, Username};
use crate::verdict::{self, Name, Strictness, Verdict, Weight};

/// What the checks found of one image.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct OfImage {
    /// In the order in which they are to be mended.
    pub(crate) verdicts: Vec<Verdict>,
    /// The image, as far as it was seen.
    pub(crate) image: Image,
    /// What cf gets in place of the reference as given, where that is wanted and known.
    #[serde(skip)]
    pub(crate) pushed: Option<String>,
}

/// What the checks found of everything.
#[derive(Debug, Serialize)]
pub(crate) struct All {
    /// What holds for every app: cf, the platform, the quota.
    pub(crate) verdicts: Vec<Verdict>,
    /// Where cf will push to, where its configuration could be read.
    pub(crate) target: Option<Place>,
    /// What was not looked at, and why.
    pub(crate) not_checked: Vec<String>,
    /// How many requests it took.
    pub(crate) requests: usize,
    /// How long it took.
    pub(crate) seconds: f64,
    /// The image of each app, in their order; `None` where there is none to be looked at.
    #[serde(skip)]
    pub(crate) images: Vec<Option<OfImage>>,
}

/// What stops a push: a verdict, and the app whose image it is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopping<'a> {
    /// The place of the app; `None` where it is about all of them.
    pub(crate) app: Option<usize>,
    /// Why.
    pub(crate) verdict: &'a Verdict,
}

/// What the checks found, where there is one image.
#[derive(Debug, Serialize)]
pub(crate) struct Findings {
    /// In the order in which they are to be mended.
    pub(crate) verdicts: Vec<Verdict>,
    /// The image, as far as it was seen; absent where it is none of ICR's.
    #[serde(skip_serializing_if = "Image::is_unseen")]
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

impl All {
    /// The same for the one image that was asked for.
    pub(crate) fn of_one(&self) -> Findings {
        let found = self.images.first().cloned().flatten();
        let (found, image, pushed) = match found {
            Some(OfImage { verdicts, image, pushed }) => (verdicts, image, pushed),
            None => (Vec::new(), Image::default(), None),
        };
        let mut verdicts: Vec<Verdict> = self.verdicts.iter().cloned().chain(found).collect();
        verdict::sort(&mut verdicts);
        Findings {
            verdicts,
            image,
            target: self.target.clone(),
            not_checked: self.not_checked.clone(),
            pushed,
            requests: self.requests,
            seconds: self.seconds,
        }
    }

    /// What stops the push, if anything does: what is to be mended first, of several alike what
    /// is about the first app.
    pub(crate) fn stopping(&self, strictness: Strictness) -> Option<Stopping<'_>> {
        let shared = verdict::stopping(&self.verdicts, strictness)
            .map(|verdict| Stopping { app: None, verdict });
        let images = self.images.iter().enumerate().filter_map(|(app, found)| {
            let verdict = verdict::stopping(&found.as_ref()?.verdicts, strictness)?;
            Some(Stopping { app: Some(app), verdict })
        });
        shared.into_iter().chain(images).min_by_key(|stop| {
            (stop.verdict.weight != Weight::Definitive, stop.verdict.name, stop.app)
        })
    }

    /// Whether the image of an app was let out with its key.
    pub(crate) fn was_let_in(&self, app: usize) -> bool {
        let found = self.images.get(app).and_then(Option::as_ref);
        found.is_some_and(|found| found.image.digest.is_some())
    }
}

/// What is asked about one image.
pub(crate) struct Ask<'a> {
    /// The image.
    pub(crate) reference: &'a ImageReference,
    /// By which measure.
    pub(crate) checks: &'a Checks,
    /// Whose key is used.
    pub(crate) who: Who<'a>,
    /// Whether the key may go to other registries, to learn whether they have it.
    pub(crate) others: Others,
    /// The app that is to run it.
    pub(crate) app: Option<&'a str>,
}

/// Who asks the registry.
#[derive(Clone, Copy)]
pub(crate) enum Who<'a> {
    /// Somebody with a key.
    Key(Credentials<'a>),
    /// Anybody: without user and key.
    Anybody,
}

impl<'a> Who<'a> {
    /// Whether two are the same, and may share what they get.
    fn is(self, other: Self) -> bool {
        match (self, other) {
            (Self::Key(one), Self::Key(other)) => {
                std::ptr::eq(one.key, other.key) && one.user == other.user
            }
            (Self::Anybody, Self::Anybody) => true,
            (Self::Key(_), Self::Anybody) | (Self::Anybody, Self::Key(_)) => false,
        }
    }

    /// The key, where there is one.
    fn key(self) -> Option<&'a ApiKey> {
        match self {
            Self::Key(credentials) => Some(credentials.key),
            Self::Anybody => None,
        }
    }
}

/// A registry user and its key.
#[derive(Clone, Copy)]
pub(crate) struct Credentials<'a> {
    /// Registry user.
    pub(crate) user: &'a Username,
    /// Its key.
    pub(crate) key: &'a ApiKey,
}

/// How many images are looked at at once.
const AT_ONCE: usize = 32;
/// Most images for which other registries are asked where one is missing; for more that would be
/// a storm.
const ASK_OTHERS: usize = 8;
/// Longest time for all of them.
const MOST: Duration = Duration::from_secs(60 * 60);

/// The bound on time for that many images: that of one is for one turn.
pub(crate) fn limit(checks: &Checks, images: usize) -> Duration {
    let turns = u32::try_from(images.div_ceil(AT_ONCE)).unwrap_or(u32::MAX).max(1);
    checks.limit.saturating_mul(turns).min(MOST.max(checks.limit))
}

/// Runs every check, side by side where one does not need another.
pub(crate) async fn run(
    apps: &[Option<Ask<'_>>],
    quota: Quota,
    deadline: Instant,
    authorities: &Authorities,
    installed: InstalledCf<'_>,
) -> All {
    let started = Instant::now();
    let client = Client::new(authorities, Tls::Verify, deadline);
    let asks: Vec<&Ask<'_>> = apps.iter().flatten().collect();
    let callers = Callers::of(&asks, &client);
    let (looked, of_cf, quotas) = tokio::join!(
        images(&asks, &callers),
        cf::check(installed, authorities, deadline),
        quotas(&callers, quota),
    );
    let (verdicts, near, unasked) = (of_cf.verdicts, quotas.0, quotas.1);
    let not_checked: Vec<String> = of_cf
        .not_checked
        .map(|why| format!("cf's set-up: {why}"))
        .into_iter()
        .chain(unasked)
        .collect();
    let mut verdicts: Vec<Verdict> = verdicts.into_iter().chain(near).collect();
    verdict::sort(&mut verdicts);
    let mut images = Vec::with_capacity(apps.len());
    let mut looked = looked.into_iter();
    for app in apps {
        let found = app.as_ref().and_then(|ask| looked.next().map(|one| (ask, one)));
        let Some((ask, Looked { image, mut verdicts })) = found else {
            images.push(None);
            continue;
        };
        start_command(&mut verdicts, of_cf.platform.as_ref(), ask.app).await;
        verdict::sort(&mut verdicts);
        callers.mask(&mut verdicts).await;
        images.push(Some(OfImage { pushed: image::pushed(&image, ask.checks), image, verdicts }));
    }
    callers.mask(&mut verdicts).await;
    All {
        verdicts,
        target: of_cf.place,
        not_checked,
        requests: client.requests() + of_cf.platform.as_ref().map_or(0, cf::Platform::requests),
        seconds: rounded(started.elapsed()),
        images,
    }
}

/// Who asks: each key once, so that the apps of one share its tokens.
struct Callers<'a> {
    /// Each with a host that it asks.
    all: Vec<(Caller<'a>, &'a str)>,
    /// The caller of each image.
    of: Vec<usize>,
}

impl<'a> Callers<'a> {
    fn of(asks: &[&Ask<'a>], client: &'a Client) -> Self {
        let mut known: Vec<Who<'a>> = Vec::new();
        let (mut all, mut of) = (Vec::new(), Vec::with_capacity(asks.len()));
        for ask in asks {
            let at = known.iter().position(|one| one.is(ask.who)).unwrap_or_else(|| {
                known.push(ask.who);
                all.push((Caller::new(client, ask.who), ask.reference.host()));
                known.len() - 1
            });
            of.push(at);
        }
        Self { all, of }
    }

    fn caller(&self, image: usize) -> Option<&Caller<'a>> {
        self.of.get(image).and_then(|at| self.all.get(*at)).map(|(caller, _)| caller)
    }

    async fn mask(&self, verdicts: &mut [Verdict]) {
        for (caller, _) in &self.all {
            caller.mask(verdicts).await;
        }
    }
}

/// Looks at every image; at the same one, by the same measure, once.
async fn images(asks: &[&Ask<'_>], callers: &Callers<'_>) -> Vec<Looked> {
    let same = |one: usize, other: usize| {
        asks.get(one)
            .zip(asks.get(other))
            .is_some_and(|(a, b)| a.reference == b.reference && a.checks == b.checks)
            && callers.of.get(one) == callers.of.get(other)
    };
    let firsts: Vec<usize> =
        (0..asks.len()).map(|at| (0..at).find(|before| same(*before, at)).unwrap_or(at)).collect();
    let distinct: Vec<usize> = (0..asks.len()).filter(|at| firsts.get(*at) == Some(at)).collect();
    let is_storm = distinct.len() > ASK_OTHERS;
    let looked: Vec<(usize, Looked)> = stream::iter(distinct)
        .map(|at| async move {
            match asks.get(at).zip(callers.caller(at)) {
                Some((ask, caller)) => {
                    let others = if is_storm { Others::LeftAlone } else { ask.others };
                    (at, image::check(caller, ask.reference, ask.checks, others).await)
                }
                None => (at, Looked::default()),
            }
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let of = |first: usize| looked.iter().find(|(at, _)| *at == first).map(|(_, one)| one.clone());
    firsts.into_iter().map(|first| of(first).unwrap_or_default()).collect()
}

/// The quota of each account.
async fn quotas(callers: &Callers<'_>, quota: Quota) -> (Vec<Verdict>, Vec<String>) {
    let (mut near, mut unasked) = (Vec::new(), Vec::new());
    for (caller, host) in &callers.all {
        match quota::check(caller, host, quota).await {
            Ok(found) => near.extend(found),
            Err(why) => unasked.push(format!("the quota: {why}")),
        }
    }
    (near, unasked)
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
