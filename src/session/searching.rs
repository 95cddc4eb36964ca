//! The registries of images whose region nobody said, and what may be meant where none is found.

use std::sync::Arc;

use futures_util::StreamExt as _;

use super::{Secrets, Session, interruptible};
use crate::checks::{self, All, Credentials, Who};
use crate::error::{Error, ErrorKind, printable};
use crate::reference::ImageReference;
use crate::request::{App, AppImage, PushRequest, Shape, Target};
use crate::verdict::Name;

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
    let is_lost = ELSEWHERE.iter().any(|name| name.as_str() == error.kind().name());
    let hint = app.filter(|_| is_lost && request.shape == Shape::OfManifest).and_then(hub_hint);
    let error = hint.into_iter().fold(error, Error::hint);
    if request.apps.len() == 1 {
        return Err(error);
    }
    let error = error.seen(format!("it is the image of {}", names(first)));
    Err(lost.fold(error, |error, (one, why)| {
        error.seen(format!("also for {}: {}", names(one), why.message()))
    }))
}

/// For an image of a manifest that names no registry, and so was read as one of ICR's.
fn hub_hint(app: &App) -> Option<String> {
    let AppImage::Icr(image) = &app.image else { return None };
    let first = image.given.split('/').next().unwrap_or_default();
    let is_named = first.contains('.');
    (!is_named).then(|| {
        let given = printable(&image.given);
        format!("`{given}` names no registry, hence was read as ICR's; if it is Docker Hub's, write `docker.io/{given}`")
    })
}

/// Verdicts by which an image may be somebody else's.
const ELSEWHERE: [Name; 4] =
    [Name::NoAccess, Name::RepositoryMissing, Name::TagMissing, Name::WrongRegion];

/// Adds what mends it where an image may be none of ICR's.
pub(super) fn with_hub_hints(mut all: All, request: &PushRequest) -> All {
    if request.shape == Shape::One {
        return all;
    }
    for (app, found) in request.apps.iter().zip(&mut all.images) {
        let verdicts = found.iter_mut().flat_map(|found| &mut found.verdicts);
        for verdict in verdicts.filter(|verdict| ELSEWHERE.contains(&verdict.name)) {
            verdict.hints.extend(hub_hint(app));
        }
    }
    all
}
