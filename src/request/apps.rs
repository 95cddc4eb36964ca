//! The apps of a push: the one that `--image` is for, those of a manifest, or those of them that are
//! named. `--image` is only another way to say the image of one app.

use super::checks::Said;
use super::chosen::{at_range, chosen};
use super::fits;
use super::image::{self, Word};
use super::push::Given;
use super::sources::Scope;
use super::target::Target;
use super::written::Written;
use super::{Advice, Checks, Goal, KeyChoice, Manifest, Username};
use crate::cf_flags::{self, Kind};
use crate::error::{Error, ErrorKind};
use crate::manifest;
use crate::reference::{Defaults, ImageReference, Origin};

/// One app to push.
#[derive(Debug, Clone)]
pub(crate) struct App {
    /// Its name; without one the manifest has it, which nobody looked into.
    pub name: Option<String>,
    /// What it runs.
    pub image: AppImage,
    /// What is checked before; `None` for nothing.
    pub checks: Option<Checks>,
    /// Its place in the manifest.
    pub entry: Option<usize>,
    /// How cf is told image and user.
    pub way: Way,
    /// How to say its push again.
    pub advice: Advice,
}

impl App {
    /// Its image, where that is one of ICR's.
    #[must_use]
    pub(crate) const fn icr(&self) -> Option<&IcrImage> {
        match &self.image {
            AppImage::Icr(image) => Some(image),
            AppImage::Other(_) | AppImage::Files => None,
        }
    }

    /// The same, to have what is found out about it.
    pub(crate) const fn icr_mut(&mut self) -> Option<&mut IcrImage> {
        match &mut self.image {
            AppImage::Icr(image) => Some(image),
            AppImage::Other(_) | AppImage::Files => None,
        }
    }

    /// Its image in full, where that is one of ICR's whose registry is known.
    #[must_use]
    pub(crate) fn reference(&self) -> Option<&ImageReference> {
        self.icr().and_then(|image| image.target.known())
    }

    /// The user that its image is pulled with, and where the key or password comes from.
    #[must_use]
    pub(crate) fn login(&self) -> Option<(&str, &KeyChoice)> {
        match &self.image {
            AppImage::Icr(image) => {
                image.login.key().map(|login| (login.username.as_str(), &login.source))
            }
            AppImage::Other(image) => {
                image.login.as_ref().map(|(user, source)| (user.as_str(), source))
            }
            AppImage::Files => None,
        }
    }

    /// Its name for people.
    #[must_use]
    pub(crate) fn called(&self) -> &str {
        self.name.as_deref().unwrap_or("the app")
    }
}

/// How cf is told image and user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// By its flags, or not at all where the manifest has it right.
    Flags,
    /// In a private copy of the manifest: cf refuses its flags beside what else the app has.
    Copy,
}

/// What an app runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AppImage {
    /// An image in ICR.
    Icr(IcrImage),
    /// An image in another registry.
    Other(OtherImage),
    /// No image: it is built from files.
    Files,
}

/// An image in ICR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IcrImage {
    /// As it was given.
    pub given: String,
    /// In full, or where to search for it.
    pub target: Target,
    /// How it is pulled.
    pub login: Login,
}

/// How an image of ICR is pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Login {
    /// With a key.
    Key(KeyLogin),
    /// Perhaps by everybody, which is asked first; with the key where it takes one.
    Unasked(KeyLogin),
    /// By everybody: neither user nor key.
    Public,
    /// `--no-key`: by everybody, or with what the platform has.
    Without,
}

impl Login {
    /// The same, now that it is known who may pull the image.
    #[must_use]
    pub(crate) fn settled(self, shown: Shown) -> Self {
        match (self, shown) {
            (Self::Unasked(_), Shown::ToEverybody) => Self::Public,
            (Self::Unasked(login), Shown::ByKey) => Self::Key(login),
            (settled, _) => settled,
        }
    }

    /// The user and the key, where there are any.
    #[must_use]
    pub(crate) const fn key(&self) -> Option<&KeyLogin> {
        match self {
            Self::Key(login) | Self::Unasked(login) => Some(login),
            Self::Public | Self::Without => None,
        }
    }
}

/// Who may pull an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Everybody.
    ToEverybody,
    /// Whoever has a key.
    ByKey,
}

/// A user of ICR, and the key that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyLogin {
    /// Registry user.
    pub username: Username,
    /// Where the key comes from.
    pub source: KeyChoice,
    /// Where the key may go.
    pub scope: Scope,
}

/// An image in another registry, which is not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OtherImage {
    /// As it was given.
    pub given: String,
    /// The registry.
    pub host: String,
    /// The user that goes with it, and where the password comes from.
    pub login: Option<(String, KeyChoice)>,
}

/// An app that is meant, and where the manifest has it.
#[derive(Clone)]
struct Meant<'a> {
    name: Option<String>,
    entry: Option<(usize, &'a manifest::App)>,
}

/// The apps, in the order of the manifest.
pub(super) fn apps(given: &Given<'_>) -> Result<Vec<App>, Error> {
    let meant = meant(given)?;
    let defaults = if given.image.is_some() {
        fits::refuse_several(meant.len())?;
        given.defaults.clone()
    } else {
        fits::refuse_docker_flags(given.passthrough)?;
        of_all(&given.defaults)
    };
    if meant.len() > 1 {
        fits::refuse_flags(given.flags, given.passthrough, meant.len())?;
    }
    let apps = meant.into_iter().map(|meant| app(meant, given, &defaults));
    let apps = apps.collect::<Result<Vec<App>, Error>>()?;
    // Of several apps all flags that depend on the kind are refused already.
    let kind = match apps.first().map(|app| &app.image) {
        Some(AppImage::Files) => Kind::Files,
        Some(AppImage::Icr(_) | AppImage::Other(_)) | None => Kind::Docker,
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

fn meant<'a>(given: &Given<'a>) -> Result<Vec<Meant<'a>>, Error> {
    if let Some(written) = given.written {
        let chosen = chosen(given.names, written)?.into_iter();
        let found = chosen.map(|(name, at)| {
            let entry = written.manifest.apps.get(at).map(|entry| (at, entry));
            Meant { name, entry }
        });
        return Ok(found.collect());
    }
    let name = given.names.first().cloned();
    let is_nameless = name.is_none() && *given.manifest == Manifest::None;
    // A check of the image alone needs no app.
    if is_nameless && given.passthrough.is_empty() && given.goal == Goal::Push {
        return Err(Error::new(
            ErrorKind::Usage,
            "no app named, and there is no manifest that names one",
        )
        .hint("write `icr-cf push APP --image ...`"));
    }
    Ok(vec![Meant { name, entry: None }])
}

fn app(meant: Meant<'_>, given: &Given<'_>, defaults: &Defaults) -> Result<App, Error> {
    let entry = given.written.zip(meant.entry.map(|(_, entry)| entry));
    let image = match image_and_user(given, entry)? {
        Some((image, user)) => image::read(&image, user.as_ref(), given, defaults)?,
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
        Manifest::Unread => None,
        Manifest::None | Manifest::Named(_) | Manifest::Found(_) => {
            Some(entry.map(|(_, entry)| said(entry)).unwrap_or_default())
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
    given: &Given<'a>,
    entry: Option<(&'a Written, &'a manifest::App)>,
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

/// What a manifest says of an app, as far as the checks go by it.
pub(super) fn said(entry: &manifest::App) -> Said<'_> {
    Said {
        command: entry.command.as_ref().map(|command| command.text.as_str()),
        disk: entry.disk.as_ref().map(|disk| disk.text.as_str()),
        memory: entry.memory.as_ref().map(|memory| memory.text.as_str()),
        instances: entry.instances.as_ref().map(|count| count.text.as_str()),
        timeout: entry.timeout.as_ref().map(|seconds| seconds.text.as_str()),
        no_route: entry.no_route,
        has_processes: entry.has_processes,
    }
}
