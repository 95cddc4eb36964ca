//! The apps of a push: the one that `--image` is for, those of a manifest, or those of them that are
//! named. `--image` is only another way to say the image of one app.

use super::app_settings::AppSettings;
use super::chosen::{at_range, chosen};
use super::fits;
use super::image_word::{self, Word};
use super::intent::Intent;
use super::wanted_app::{App, AppImage, Way};
use super::written::Written;
use super::{Advice, Goal, ManifestChoice};
use crate::cf_flags::{self, PushKind};
use crate::cli::app_of_image;
use crate::error::{Error, ErrorKind};
use crate::manifest;
use crate::reference::{Defaults, Origin};

/// An app that is meant, and where the manifest has it.
#[derive(Clone)]
struct Meant<'a> {
    name: Option<String>,
    entry: Option<(usize, &'a manifest::ManifestApp)>,
}

/// The apps, in the order of the manifest.
pub(super) fn apps(given: &Intent<'_>) -> Result<Vec<App>, Error> {
    let meant = meant(given)?;
    let names: Vec<&str> =
        meant.iter().map(|meant| meant.name.as_deref().unwrap_or_default()).collect();
    let defaults = if given.image.is_some() {
        fits::refuse_several(given, &names)?;
        given.defaults.clone()
    } else {
        fits::refuse_docker_flags(given.passthrough)?;
        of_all(&given.defaults)
    };
    if meant.len() > 1 {
        fits::refuse_flags(given, &names)?;
    }
    let apps = meant.into_iter().map(|meant| app(meant, given, &defaults));
    let apps = apps.collect::<Result<Vec<App>, Error>>()?;
    // Of several apps all flags that depend on the kind are refused already.
    let kind = match apps.first().map(|app| &app.image) {
        Some(AppImage::Files) => PushKind::Files,
        Some(AppImage::Icr(_) | AppImage::Other(_)) | None => PushKind::Docker,
    };
    cf_flags::check_together(given.flags, kind)?;
    // With some apps alone, the others may have been what it is for.
    if given.names.is_empty() || given.image.is_some() {
        fits::refuse_unused(given, &apps)?;
    }
    Ok(apps)
}

/// A region for a whole manifest speaks about what says none itself.
fn of_all(defaults: &Defaults) -> Defaults {
    Defaults {
        unnamed: defaults.unnamed,
        registry: defaults.registry.map(|(registry, _)| (registry, Origin::Variable)),
        namespace: defaults.namespace.clone().map(|(name, _)| (name, Origin::Variable)),
    }
}

fn meant<'a>(given: &Intent<'a>) -> Result<Vec<Meant<'a>>, Error> {
    if let Some(written) = given.written {
        let chosen = chosen(given, written)?.into_iter();
        let found = chosen.map(|(name, at)| {
            let entry = written.manifest.apps.get(at).map(|entry| (at, entry));
            Meant { name, entry }
        });
        return Ok(found.collect());
    }
    let name = given.names.first().cloned();
    let is_nameless = name.is_none() && *given.manifest == ManifestChoice::None;
    // A check of the image alone needs no app.
    if is_nameless && given.passthrough.is_empty() && given.goal != Goal::Verdicts {
        let app = given.image.map_or_else(|| "APP".to_owned(), app_of_image);
        return Err(Error::new(
            ErrorKind::Usage,
            "no app named, and there is no manifest that names one",
        )
        .hint(format!("name it: `{}`", given.typed.changed(|line| line.apps(&[&app])))));
    }
    Ok(vec![Meant { name, entry: None }])
}

fn app(meant: Meant<'_>, given: &Intent<'_>, defaults: &Defaults) -> Result<App, Error> {
    let entry = given.written.zip(meant.entry.map(|(_, entry)| entry));
    let image = match image_and_user(given, entry)? {
        Some((image, user)) => image_word::read(&image, user.as_ref(), given, defaults)?,
        None => AppImage::Files,
    };
    if let Some((written, entry)) = entry {
        if let Some((at, _)) = meant.entry {
            written.manifest.hold(at, |flag| given.has_flag(flag))?;
        }
        match given.image {
            Some(_) => fits::refuse_files(entry, written)?,
            None => fits::refuse_buildpacks(entry, written)?,
        }
    }
    let is_told = match &image {
        AppImage::Icr(_) => true,
        AppImage::Other(image) => image.login.is_some(),
        AppImage::Files => false,
    };
    let has_path = entry.is_some_and(|(_, entry)| entry.path.is_some());
    let said = match given.manifest {
        ManifestChoice::Unread => None,
        ManifestChoice::None | ManifestChoice::Named(_) | ManifestChoice::Found(_) => {
            Some(entry.map(|(_, entry)| AppSettings::of(entry)).unwrap_or_default())
        }
    };
    let is_checked = matches!(&image, AppImage::Icr(_));
    let checks = given.checks.clone().filter(|_| is_checked);
    Ok(App {
        name: meant.name,
        image,
        checks: checks.map(|checks| checks.of_app(given.flags, given.passthrough, said.as_ref())),
        entry: meant.entry.map(|(at, _)| at),
        way: if is_told && has_path { Way::Copy } else { Way::Flags },
        advice: Advice::default(),
    })
}

/// The image of an app and the user that is named for it, by flags or by its entry; a flag that is
/// for this app alone wins. `None` for an app of files.
fn image_and_user<'a>(
    given: &Intent<'a>,
    entry: Option<(&'a Written, &'a manifest::ManifestApp)>,
) -> Result<Option<(Word<'a>, Option<Word<'a>>)>, Error> {
    let docker = entry.and_then(|(written, entry)| Some((written, entry.docker.as_ref()?)));
    let word = |value: Option<&'a manifest::Value>| {
        let (written, _) = docker?;
        value.filter(|value| !value.text.is_empty()).map(|value| Word::written(value, written))
    };
    let user = word(docker.and_then(|(_, docker)| docker.username.as_ref()));
    if let Some(text) = given.image {
        return Ok(Some((Word::flag(text), given.user.map(Word::flag).or(user))));
    }
    let Some((written, docker)) = docker else { return Ok(None) };
    match word(docker.image.as_ref()) {
        Some(image) => Ok(Some((image, user))),
        // cf would ask for the password and then upload the folder as an app of files.
        None => {
            Err(at_range(written, docker.range.clone(), "`docker` without an `image`".to_owned())
                .hint("add `image: NAMESPACE/REPOSITORY:TAG`, or take `docker` out"))
        }
    }
}
