//! The apps of a push: which are meant, whose image each has, and which secret goes with it.

use std::collections::BTreeMap;
use std::ops::Range;

use super::checks::Said;
use super::push::Given;
use super::sources::Scope;
use super::target::{Target, target};
use super::whose::{DOCKER_HUB, Reading, check_other, reading};
use super::written::Written;
use super::{Checks, KeyChoice, Username};
use crate::error::{Error, ErrorKind, printable, printable_in_full};
use crate::manifest::{self, Docker};
use crate::reference::{Defaults, ImageReference};
use crate::region;

/// One app to push.
#[derive(Debug, Clone)]
pub struct App {
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
}

/// How cf is told image and user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By its flags, or not at all where the manifest has it right.
    Flags,
    /// In a private copy of the manifest: cf refuses its flags beside what else the app has.
    Copy,
}

/// What an app runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppImage {
    /// An image in ICR.
    Icr(IcrImage),
    /// An image in another registry.
    Other(OtherImage),
    /// No image: it is built from files.
    Files,
}

/// An image in ICR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IcrImage {
    /// As it was given.
    pub given: String,
    /// In full, or where to search for it.
    pub target: Target,
    /// Registry user.
    pub username: Username,
    /// Where the key comes from; `None` where the image is public and no user is named.
    pub key: Option<KeyChoice>,
    /// Where the key may go.
    pub scope: Scope,
}

/// An image in another registry, which is not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherImage {
    /// As it was given.
    pub given: String,
    /// The registry.
    pub host: String,
    /// The user that the manifest names, and where the password comes from.
    pub login: Option<(String, KeyChoice)>,
}

/// What all apps have in common.
pub(super) struct Common<'a> {
    pub(super) given: &'a Given<'a>,
    /// What fills the gaps of an image in a manifest.
    pub(super) defaults: &'a Defaults,
}

/// Which entry each of the named apps is, by place; all of them where none is named.
pub(super) fn chosen(
    names: &[String],
    written: &Written,
) -> Result<Vec<(Option<String>, usize)>, Error> {
    let apps = &written.manifest.apps;
    let name_of = |app: &manifest::App| app.name.as_ref().map(|name| name.text.clone());
    if let ([_], [name]) = (apps.as_slice(), names) {
        // As cf does: the name that is given wins over the one there.
        return Ok(vec![(Some(name.clone()), 0)]);
    }
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, app) in apps.iter().enumerate() {
        let name = app.name.as_ref().map_or("", |name| name.text.as_str());
        if name.is_empty() {
            return Err(nameless(written, app));
        }
        refuse_name(name, app, written)?;
        if let Some(other) = places.insert(name, at).and_then(|other| apps.get(other)) {
            return Err(twice(written, name, app, other));
        }
    }
    if names.is_empty() {
        return Ok(apps.iter().enumerate().map(|(at, app)| (name_of(app), at)).collect());
    }
    let mut chosen: Vec<(Option<String>, usize)> = Vec::new();
    for name in names {
        let at = *places.get(name.as_str()).ok_or_else(|| unknown_app(name, written))?;
        if !chosen.iter().any(|(_, known)| *known == at) {
            chosen.push((Some(name.clone()), at));
        }
    }
    // In the order of the manifest, as cf would push them.
    chosen.sort_by_key(|(_, at)| *at);
    Ok(chosen)
}

/// cf would take it for a flag, or a terminal for something else than text.
fn refuse_name(name: &str, app: &manifest::App, written: &Written) -> Result<(), Error> {
    let range = app.name.as_ref().map_or(app.range.clone(), |name| name.range.clone());
    if name.starts_with('-') {
        let message = format!("the app name `{}` begins with `-`", printable(name));
        return Err(at_range(written, range, message)
            .seen("cf takes such a word for a flag")
            .hint("give it another name"));
    }
    if name.chars().any(char::is_control) {
        let message = format!("control character in app name `{}`", printable(name));
        return Err(at_range(written, range, message).hint("give it another name"));
    }
    Ok(())
}

fn twice(written: &Written, name: &str, app: &manifest::App, other: &manifest::App) -> Error {
    let place = written.manifest.place(other.range.clone());
    let line = place.line.unwrap_or_default();
    let message = format!("the app `{}` is there twice", printable(name));
    at_range(written, app.range.clone(), message)
        .seen(format!("also at {}:{line}", place.source))
        .hint("give one of them another name, or take it out")
}

fn nameless(written: &Written, app: &manifest::App) -> Error {
    let error = at_range(written, app.range.clone(), "an app without a `name`".to_owned());
    if written.manifest.apps.len() == 1 {
        error.hint("add `name:`, or say it: `icr-cf push APP`")
    } else {
        error.hint("add `name:`; with several apps each needs one")
    }
}

fn unknown_app(name: &str, written: &Written) -> Error {
    let names = || {
        let apps = written.manifest.apps.iter();
        apps.filter_map(|app| app.name.as_ref().map(|name| name.text.as_str()))
    };
    let file = printable_in_full(written.manifest.source_name());
    let message = format!("no app `{}` in `{file}`", printable(name));
    let shown: Vec<String> = names().take(12).map(printable).collect();
    let more = if names().count() > shown.len() { ", ..." } else { "" };
    let error =
        Error::new(ErrorKind::Usage, message).seen(format!("it has {}{more}", shown.join(", ")));
    match region::nearest(name, names()).first() {
        Some(near) => error.hint(format!("did you mean `{}`?", printable(near))),
        None => error.hint("name one of these, or none to push all"),
    }
}

/// An error about a part of the manifest.
pub(super) fn at_range(written: &Written, range: Range<usize>, message: String) -> Error {
    Error::new(ErrorKind::Manifest, message).at(written.manifest.place(range))
}

/// One app of the manifest.
pub(super) fn app(
    name: Option<String>,
    at: usize,
    written: &Written,
    checks: impl FnOnce(&manifest::App) -> Option<Checks>,
    common: &Common<'_>,
) -> Result<App, Error> {
    let Some(entry) = written.manifest.apps.get(at) else {
        return Err(Error::new(ErrorKind::Internal, "an app that is not in the manifest"));
    };
    let image = match &entry.docker {
        Some(docker) => image(docker, written, common)?,
        None => AppImage::Files,
    };
    if let (Some(docker), Some(range)) = (&entry.docker, &entry.buildpacks) {
        let message = "`docker` and buildpacks in one app".to_owned();
        let line = written.manifest.place(docker.range.clone()).line.unwrap_or_default();
        return Err(at_range(written, range.clone(), message)
            .seen(format!("`docker` stands at line {line}; Cloud Foundry refuses the two together"))
            .hint("take one of them out"));
    }
    let by_us = match &image {
        AppImage::Icr(_) => true,
        AppImage::Other(image) => image.login.is_some(),
        AppImage::Files => false,
    };
    let way = if by_us && entry.path.is_some() { Way::Copy } else { Way::Flags };
    let is_checked = matches!(&image, AppImage::Icr(image) if image.key.is_some());
    let checks = if is_checked { checks(entry) } else { None };
    Ok(App { name, image, checks, entry: Some(at), way })
}

fn image(docker: &Docker, written: &Written, common: &Common<'_>) -> Result<AppImage, Error> {
    let Some(image) = docker.image.as_ref().filter(|image| !image.text.is_empty()) else {
        // cf would ask for the password and then upload the folder as an app of files.
        return Err(at_range(
            written,
            docker.range.clone(),
            "`docker` without an `image`".to_owned(),
        )
        .hint("add `image: NAMESPACE/REPOSITORY:TAG`, or take `docker` out"));
    };
    let username = docker.username.as_ref().filter(|name| !name.text.is_empty());
    let user = username.map(|name| name.text.as_str());
    match reading(&image.text, user, common.defaults) {
        Reading::Icr => icr_image(image, username, written, common).map(AppImage::Icr),
        Reading::Other(host) => {
            other_image(image, username, host, written, common).map(AppImage::Other)
        }
    }
}

fn icr_image(
    image: &manifest::Value,
    username: Option<&manifest::Value>,
    written: &Written,
    common: &Common<'_>,
) -> Result<IcrImage, Error> {
    let (search, private_names) = (common.given.search, common.given.private_names);
    let target = target(&image.text, common.defaults, search, private_names, "")
        .map_err(|error| in_manifest(error, written, image))?;
    let user = match username {
        None => common.given.username.clone(),
        Some(name) => Username::parse(&name.text, common.given.short_lived)
            .map_err(|error| error.at(written.manifest.place(name.range.clone())))?,
    };
    let is_public = target.known().is_some_and(ImageReference::is_ibms_own);
    let fit = if username.is_none() && is_public {
        None
    } else {
        let fit = common.given.keys.fit(&target, &common.given.key);
        let fit = fit.map_err(|error| in_manifest(error, written, image))?;
        fit.choice.refuse_empty(common.given.environment)?;
        Some(fit)
    };
    let (key, scope) = fit.map_or((None, Scope::Any), |fit| (Some(fit.choice), fit.scope));
    Ok(IcrImage { given: image.text.clone(), target, username: user, key, scope })
}

/// Says where an image stands that cannot be one of ICR's.
fn in_manifest(error: Error, written: &Written, image: &manifest::Value) -> Error {
    let place = written.manifest.place(image.range.clone());
    let (line, column) = (place.line.unwrap_or_default(), place.column.unwrap_or_default());
    error.seen(format!("in {}:{line}:{column}", place.source))
}

fn other_image(
    image: &manifest::Value,
    username: Option<&manifest::Value>,
    host: String,
    written: &Written,
    common: &Common<'_>,
) -> Result<OtherImage, Error> {
    check_other(&image.text).map_err(|what| {
        at_range(written, image.range.clone(), format!("{what} in an image reference"))
            .hint("an image is `HOST/PATH:TAG`")
    })?;
    let login = match username {
        None => None,
        Some(name) => {
            let password = common.given.passwords.of(&host).cloned();
            let password = password.ok_or_else(|| no_password(written, name, &host))?;
            Some((name.text.clone(), password))
        }
    };
    Ok(OtherImage { given: image.text.clone(), host, login })
}

fn no_password(written: &Written, user: &manifest::Value, host: &str) -> Error {
    let host = printable(host);
    let message = format!("no password for `{host}`, whose user the manifest names");
    let error = at_range(written, user.range.clone(), message);
    if host == DOCKER_HUB && Username::is_of_icr(&user.text) {
        return error
            .seen("the image names neither a registry nor a namespace, which makes it Docker Hub's")
            .hint(
                "for an image of ICR write `NAMESPACE/REPOSITORY`, or add `--namespace NAMESPACE`",
            );
    }
    error.seen("the key of ICR is never given to another registry, and `CF_DOCKER_PASSWORD` counts as that key")
        .hint(format!("say where it is: `--docker-password-for {host}=env:NAME`, `=file:PATH` or `=command:PROGRAM`"))
        .hint("an image that everybody may pull needs no `username`")
}

/// What a manifest says of an app, as far as the checks go by it.
pub(super) fn said(entry: &manifest::App) -> Said<'_> {
    Said {
        command: entry.command.as_ref().map(|command| command.text.as_str()),
        disk: entry.disk.as_ref().map(|disk| disk.text.as_str()),
        no_route: entry.no_route,
        has_processes: entry.has_processes,
    }
}
