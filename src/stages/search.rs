//! The registries of images whose region nobody said, and what may be meant where none is found.

use std::sync::Arc;

use futures_util::StreamExt as _;

use super::{Stages, interruptible};
use crate::app::AppRun;
use crate::error::{Error, ErrorKind, printable};
use crate::icr::{self, RegistryLogin, Who};
use crate::reference::{self, ImageReference, Unnamed};
use crate::request::{Advice, App, AppImage, ImageTarget};

/// How many images are searched for at once; each is looked for in every registry.
const SEARCHES: usize = 4;

impl Stages<'_> {
    /// Finds the registries of the images whose region nobody said, each image once.
    pub(crate) async fn search(&mut self, apps: &mut [AppRun]) -> Result<(), Error> {
        if apps.iter().all(|run| is_placed(&run.app)) {
            return Ok(());
        }
        let Some(checks) = &self.request.checks else {
            return Err(Error::new(ErrorKind::Internal, "a search without checks"));
        };
        let deadline = self.begin(checks, apps);
        let wanted = wanted(apps);
        let authorities = &self.authorities;
        let work = futures_util::stream::iter(&wanted)
            .map(|one| {
                let who = Who::Key(one.who);
                icr::discover(one.candidates, deadline, who, one.advice, authorities)
            })
            .buffered(SEARCHES)
            .collect::<Vec<_>>();
        let found = interruptible(deadline, self.signals, Box::pin(work)).await?;
        let found = placed(&wanted, found, apps)?;
        let at: Vec<Vec<usize>> = wanted.into_iter().map(|one| one.apps).collect();
        for (reference, at) in found.into_iter().zip(at) {
            let region = reference.registry().region;
            // Said also where nobody reads along: it cost time, and the key went to all.
            self.announcer.note(&format!(
                "found {reference} in {region}; `--region {region}` skips the search"
            ));
            for at in at {
                if let Some(image) = apps.get_mut(at).and_then(|run| run.app.icr_mut()) {
                    image.target = ImageTarget::Known(Box::new(reference.clone()));
                }
            }
        }
        Ok(())
    }
}

/// Whether the registry of its image is known, where it is one of ICR's.
fn is_placed(app: &App) -> bool {
    app.icr().is_none_or(|image| image.target.known().is_some())
}

/// An image to be searched for, and the places of the apps that run it.
struct ImageSearch<'a> {
    candidates: &'a [ImageReference],
    who: RegistryLogin<'a>,
    advice: &'a Advice,
    apps: Vec<usize>,
}

/// The images to be searched for, each once for each key.
fn wanted(apps: &[AppRun]) -> Vec<ImageSearch<'_>> {
    let mut wanted: Vec<ImageSearch<'_>> = Vec::new();
    for (at, run) in apps.iter().enumerate() {
        let Some(image) = run.app.icr() else { continue };
        let ImageTarget::Search(candidates) = &image.target else { continue };
        let (Some(login), Some(found)) = (image.login.key(), &run.secret) else { continue };
        let is_same = |one: &&mut ImageSearch<'_>| {
            one.candidates == candidates && std::ptr::eq(one.who.key, Arc::as_ptr(&found.key))
        };
        if let Some(known) = wanted.iter_mut().find(is_same) {
            known.apps.push(at);
        } else {
            let who = RegistryLogin { user: &login.username, key: &found.key };
            let advice = &run.app.advice;
            wanted.push(ImageSearch { candidates, who, advice, apps: vec![at] });
        }
    }
    wanted
}

/// Where each image is; an error about the first that is nowhere, with the others beside it.
fn placed(
    wanted: &[ImageSearch<'_>],
    found: Vec<Result<ImageReference, Error>>,
    apps: &[AppRun],
) -> Result<Vec<ImageReference>, Error> {
    let mut lost: Vec<(&ImageSearch<'_>, Error)> = Vec::new();
    let mut placed = Vec::new();
    for (one, result) in wanted.iter().zip(found) {
        match result {
            Ok(reference) => placed.push(reference),
            Err(error) => lost.push((one, error)),
        }
    }
    let names = |one: &ImageSearch<'_>| {
        let names = one.apps.iter().filter_map(|at| apps.get(*at)?.app.name.as_deref());
        names.map(printable).collect::<Vec<_>>().join(", ")
    };
    let mut lost = lost.into_iter();
    let Some((first, error)) = lost.next() else { return Ok(placed) };
    let app = first.apps.first().and_then(|at| apps.get(*at));
    let readings = app.and_then(|run| readings(&run.app));
    let error = readings.into_iter().fold(error, Error::hint);
    if apps.len() == 1 {
        return Err(error);
    }
    let error = error.seen(format!("it is the image of {}", names(first)));
    Err(lost.fold(error, |error, (one, why)| {
        error.seen(format!("also for {}: {}", names(one), why.message()))
    }))
}

/// What the image of an app may mean that names no registry.
pub(super) fn readings(app: &App) -> Option<String> {
    let image = app.icr()?;
    let ours = image.target.known().map(ToString::to_string);
    reference::readings(&image.given, ours.as_deref())
}

/// Most images that one line names.
const NAMED: usize = 5;

impl Stages<'_> {
    /// Says what images were taken for that name no registry, and that no registry has shown.
    pub(crate) fn say_taken(&self, apps: &[AppRun]) {
        if self.request.unnamed != Unnamed::ByRule {
            return;
        }
        let mut taken: Vec<String> = Vec::new();
        for run in apps.iter().filter(|run| !run.was_let_in()) {
            let (given, full) = match &run.app.image {
                AppImage::Icr(image) => {
                    (&image.given, image.target.known().map(ToString::to_string))
                }
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
