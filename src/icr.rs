//! IBM Cloud Container Registry: whether a key may pull an image, and whether Cloud Foundry can run it.
//! Asks the registry, and IAM where the registry refuses; changes nothing anywhere. Ends in verdicts;
//! never prints.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use serde::Serialize;

mod access;
mod access_token;
mod challenge;
mod discovery;
#[cfg(any(test, fuzzing))]
pub(crate) mod document_invariants;
mod documents;
mod elsewhere;
mod fitness;
mod iam;
mod image;
mod keeping;
mod key_details;
mod leads;
mod near;
mod newest;
mod public;
mod quota;
mod quote;
mod reach;
mod refusal;
mod registry;
mod resolving;
mod scan;

pub(crate) use access_token::access_token;
pub(crate) use discovery::discover;
pub(crate) use fitness::bytes as size;
pub(crate) use image::{Image, ImageAnswer, Others, pushed};
pub(crate) use keeping::kept_images;
pub(crate) use key_details::{KeyDetails, KeyUntold, key_details};
pub(crate) use public::shown;
pub(crate) use reach::{Reached, reach};
pub(crate) use resolving::{Question, Resolving, resolve};
pub(crate) use scan::{ScanAsk, ScanFindings, scan_limit, scans};

use registry::Caller;

use crate::http::Client;
use crate::reference::ImageReference;
use crate::request::{Checks, Quota, Username};
use crate::secret::ApiKey;
use crate::verdict::Verdict;

/// What the checks found of one image.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ImageFindings {
    /// In the order in which they are to be mended.
    pub(crate) verdicts: Vec<Verdict>,
    /// The image, as far as it was seen.
    pub(crate) image: Image,
    /// What cf gets in place of the reference as given, where that is wanted and known.
    #[serde(skip)]
    pub(crate) pushed: Option<String>,
    /// What the Vulnerability Advisor found, where it was asked and answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vulnerabilities: Option<ScanFindings>,
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
    Key(RegistryLogin<'a>),
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
pub(crate) struct RegistryLogin<'a> {
    /// Registry user.
    pub(crate) user: &'a Username,
    /// Its key.
    pub(crate) key: &'a ApiKey,
}

/// How many images are looked at at once.
const AT_ONCE: usize = 64;
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

/// Who asks: each key once, so that the apps of one share its tokens.
pub(crate) struct Callers<'a> {
    /// Each with a host that it asks.
    all: Vec<(Caller<'a>, &'a str)>,
    /// The caller of each image.
    of: Vec<usize>,
}

impl<'a> Callers<'a> {
    pub(crate) fn of(asks: &[Ask<'a>], client: &'a Client) -> Self {
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

    /// Takes keys and tokens out of verdicts.
    pub(crate) async fn mask(&self, verdicts: &mut [Verdict]) {
        for (caller, _) in &self.all {
            caller.mask(verdicts).await;
        }
    }
}

/// How far an image is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// As far as its configuration: whether Cloud Foundry can run it.
    Configuration,
    /// As far as its manifest: whether it is there.
    Manifest,
}

/// Looks at every image; at the same one, by the same measure, once.
pub(crate) async fn images(
    asks: &[Ask<'_>],
    callers: &Callers<'_>,
    depth: Depth,
) -> Vec<ImageAnswer> {
    let same = |one: usize, other: usize| {
        asks.get(one)
            .zip(asks.get(other))
            .is_some_and(|(a, b)| a.reference == b.reference && a.checks == b.checks)
            && callers.of.get(one) == callers.of.get(other)
    };
    let firsts = firsts(asks.len(), same);
    let distinct: Vec<usize> = (0..asks.len()).filter(|at| firsts.get(*at) == Some(at)).collect();
    let is_storm = distinct.len() > ASK_OTHERS;
    let looked: Vec<(usize, ImageAnswer)> = stream::iter(distinct)
        .map(|at| async move {
            match asks.get(at).zip(callers.caller(at)) {
                Some((ask, caller)) => {
                    let others = if is_storm { Others::LeftAlone } else { ask.others };
                    let looked = match depth {
                        Depth::Configuration => {
                            image::check(caller, ask.reference, ask.checks, others).await
                        }
                        Depth::Manifest => {
                            image::still_there(caller, ask.reference, ask.checks).await
                        }
                    };
                    (at, looked)
                }
                None => (at, ImageAnswer::default()),
            }
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let of = |first: usize| looked.iter().find(|(at, _)| *at == first).map(|(_, one)| one.clone());
    firsts.into_iter().map(|first| of(first).unwrap_or_default()).collect()
}

/// For each of so many the first that is the same.
fn firsts(count: usize, same: impl Fn(usize, usize) -> bool) -> Vec<usize> {
    (0..count).map(|at| (0..at).find(|before| same(*before, at)).unwrap_or(at)).collect()
}

/// The quota of each account.
pub(crate) async fn quotas(callers: &Callers<'_>, quota: Quota) -> (Vec<Verdict>, Vec<String>) {
    let (mut near, mut unasked) = (Vec::new(), Vec::new());
    for (caller, host) in &callers.all {
        match quota::check(caller, host, quota).await {
            Ok(found) => near.extend(found),
            Err(why) => unasked.push(format!("the quota: {why}")),
        }
    }
    (near, unasked)
}
