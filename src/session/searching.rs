//! The registries of images whose region nobody said, and what may be meant where none is found.

use std::sync::Arc;

use futures_util::StreamExt as _;

use super::{Secrets, Session, interruptible};
use crate::checks::{self, All, Credentials, Who};
use crate::error::{Error, ErrorKind, printable};
use crate::reference::{self, ImageReference, Unnamed};
use crate::request::{App, AppImage, PushRequest, Target};
use crate::verdict::Weight;

/// How many images are searched for at once; each is looked for in every registry.
const SEARCHES: usize = 4;

impl Session<'_> {
    /// Finds the registries of the images whose region nobody said, each image once.
    pub(super) async fn search(&mut self, secrets: &Secrets) -> Result<PushRequest, Error> {
        let mut wanted: Vec<Wanted<'_>> = Vec::new();
        for (at, app) in self.request.apps.iter().enumerate() {
            let AppImage::Icr(image) = &app.image else { continue };
            let Target::Search(candidates) = &image.target else { continue };
            let Some(found) = secrets.of(at) else { continue };
            let is_same = |one: &&mut Wanted<'_>| {
                one.candidates == candidates && std::ptr::eq(one.who.key, Arc::as_ptr(&found.key))
            };
            if let Some(known) = wanted.iter_mut().find(is_same) {
                known.apps.push(at);
            } else {
                let Some(login) = image.login.key() else { continue };
                let who = Credentials { user: &login.username, key: &found.key };
                wanted.push(Wanted { candidates, who, apps: vec![at] });
            }
        }
        let Some(checks) = &self.request.checks else {
            return Err(Error::new(ErrorKind::Internal, "a search without checks"));
        };
        let deadline = self.begin(checks);
        let authorities = &self.authorities;
        let work = futures_util::stream::iter(&wanted)
            .map(|one| checks::discover(one.candidates, deadline, Who::Key(one.who), authorities))
            .buffered(SEARCHES)
            .collect::<Vec<_>>();
        let found = interruptible(deadline, self.signals, Box::pin(work)).await?;
        let found = placed(&wanted, found, self.request)?;
        for reference in &found {
            let region = reference.registry().region;
            // Said also where nobody reads along: it cost time, and the key went to all.
            self.announcer.note(&format!(
                "found {reference} in {region}; `--region {region}` skips the search"
            ));
        }
        Ok(self.request.knowing(|at, image| {
            let place = wanted.iter().position(|one| one.apps.contains(&at));
            if let Some(reference) = place.and_then(|place| found.get(place)) {
                image.target = Target::Known(Box::new(reference.clone()));
            }
        }))
    }
}

/// An image to be searched for, and the apps that run it.
struct Wanted<'a> {
    candidates: &'a [ImageReference],
    who: Credentials<'a>,
    apps: Vec<usize>,
}

/// Where each image is; an error about the first that is nowhere, with the others beside it.
fn placed(
    wanted: &[Wanted<'_>],
    found: Vec<Result<ImageReference, Error>>,
    request: &PushRequest,
) -> Result<Vec<ImageReference>, Error> {
    let mut lost: Vec<(&Wanted<'_>, Error)> = Vec::new();
    let mut placed = Vec::new();
    for (one, result) in wanted.iter().zip(found) {
        match result {
            Ok(reference) => placed.push(reference),
            Err(error) => lost.push((one, error)),
        }
    }
    let names = |one: &Wanted<'_>| {
        let apps = one.apps.iter().filter_map(|at| request.apps.get(*at)?.name.as_deref());
        apps.map(printable).collect::<Vec<_>>().join(", ")
    };
    let mut lost = lost.into_iter();
    let Some((first, error)) = lost.next() else { return Ok(placed) };
    let app = first.apps.first().and_then(|at| request.apps.get(*at));
    let error = app.and_then(readings).into_iter().fold(error, Error::hint);
    if request.apps.len() == 1 {
        return Err(error);
    }
    let error = error.seen(format!("it is the image of {}", names(first)));
    Err(lost.fold(error, |error, (one, why)| {
        error.seen(format!("also for {}: {}", names(one), why.message()))
    }))
}

/// What the image of an app may mean that names no registry.
fn readings(app: &App) -> Option<String> {
    let AppImage::Icr(image) = &app.image else { return None };
    let ours = image.target.known().map(ToString::to_string);
    reference::readings(&image.given, ours.as_deref())
}

/// Adds what mends it where an image that names no registry was not seen.
pub(super) fn with_readings(mut all: All, request: &PushRequest) -> All {
    for (app, found) in request.apps.iter().zip(&mut all.images) {
        let unseen = found.iter_mut().filter(|found| found.image.is_unknown());
        let verdicts = unseen.flat_map(|found| &mut found.verdicts);
        for verdict in verdicts.filter(|verdict| verdict.weight != Weight::Advice) {
            verdict.hints.extend(readings(app));
        }
    }
    all
}

/// Adds to an error about the key what an image may mean for which none is needed.
pub(super) fn key_or_hub(error: Error, request: &PushRequest) -> Error {
    if error.kind() != ErrorKind::Key {
        return error;
    }
    request.apps.iter().find_map(readings).into_iter().fold(error, Error::hint)
}

/// Most images that one line names.
const NAMED: usize = 5;

impl Session<'_> {
    /// Says what images were taken for that name no registry, and that nobody was asked about;
    /// `is_seen` says of the image of an app whether a registry has shown it.
    pub(super) fn say_taken(&self, is_seen: impl Fn(usize) -> bool) {
        if self.request.unnamed != Unnamed::ByRule {
            return;
        }
        let mut taken: Vec<String> = Vec::new();
        for (_, app) in self.request.apps.iter().enumerate().filter(|(at, _)| !is_seen(*at)) {
            let (given, full) = match &app.image {
                AppImage::Icr(image) => (&image.given, app.reference().map(ToString::to_string)),
                AppImage::Other(image) => {
                    (&image.given, Some(reference::on_docker_hub(&image.given)))
                }
                AppImage::Files => continue,
            };
            let full = full.filter(|_| !reference::names_registry(given));
            let line = full.map(|full| format!("`{}` for `{full}`", printable(given)));
            taken.extend(line.filter(|line| !taken.contains(line)));
        }
        if taken.is_empty() {
            return;
        }
        let more = taken.len().saturating_sub(NAMED);
        taken.truncate(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        self.announcer.note(&format!(
            "no registry named, hence taken: {}{more}; `--default-registry docker.io`, or a region, says whose they are",
            taken.join(", ")
        ));
    }
}
