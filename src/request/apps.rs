//! The apps of a push: which are meant, whose image each has, and which secret goes with it.
//!
//! Whose an image is, is one rule, in this order:
//! 1. A host of the table of registries makes it one of ICR's; any other host another registry's.
//! 2. Without a host, a `docker.username` that is none of ICR's makes it Docker Hub's.
//! 3. Without a host, `NAMESPACE/REPOSITORY` is ICR's, in the region that is given or found; a
//!    name alone is ICR's where a namespace is given, else Docker Hub's, as it is for cf.

use std::ops::Range;

use super::checks::Said;
use super::sources::{Keys, Known, Passwords, canonical};
use super::target::{PrivateNames, Search, Target, target};
use super::written::Written;
use super::{Checks, KeyChoice, Username};
use crate::error::{Error, ErrorKind, printable, printable_in_full};
use crate::manifest::{self, Docker};
use crate::reference::{Defaults, MAX_REFERENCE};
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
    pub(super) defaults: &'a Defaults,
    pub(super) search: Search,
    pub(super) private_names: PrivateNames,
    pub(super) key: &'a KeyChoice,
    pub(super) keys: &'a Keys,
    pub(super) passwords: &'a Passwords,
    /// The user for images whose manifest names none.
    pub(super) username: &'a Username,
    pub(super) short_lived: super::key::ShortLived,
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
    for (at, app) in apps.iter().enumerate() {
        let Some(name) = name_of(app).filter(|name| !name.is_empty()) else {
            return Err(nameless(written, app));
        };
        let before = apps.iter().take(at).find(|other| name_of(other).as_ref() == Some(&name));
        if let Some(other) = before {
            let place = written.manifest.place(other.range.clone());
            let line = place.line.unwrap_or_default();
            return Err(at_range(
                written,
                app.range.clone(),
                format!("the app `{}` is there twice", printable(&name)),
            )
            .seen(format!("also at {}:{line}", place.source))
            .hint("give one of them another name, or take it out"));
        }
    }
    if names.is_empty() {
        return Ok(apps.iter().enumerate().map(|(at, app)| (name_of(app), at)).collect());
    }
    let mut chosen: Vec<(Option<String>, usize)> = Vec::new();
    for name in names {
        let at = apps.iter().position(|app| name_of(app).as_ref() == Some(name));
        let at = at.ok_or_else(|| unknown_app(name, written))?;
        if !chosen.iter().any(|(_, known)| *known == at) {
            chosen.push((Some(name.clone()), at));
        }
    }
    // In the order of the manifest, as cf would push them.
    chosen.sort_by_key(|(_, at)| *at);
    Ok(chosen)
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
    let is_icr = matches!(&image, AppImage::Icr(_));
    let way =
        if is_icr && entry.path.is_some() || written.is_stdin { Way::Copy } else { Way::Flags };
    Ok(App { name, image, checks: checks(entry), entry: Some(at), way })
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
    let place = written.manifest.place(image.range.clone());
    let source = format!(
        "{}:{}:{}",
        place.source,
        place.line.unwrap_or_default(),
        place.column.unwrap_or_default()
    );
    match reading(&image.text, user, common.defaults) {
        Reading::Icr => {
            let target =
                target(&image.text, common.defaults, common.search, common.private_names, &source)
                    .map_err(|error| error.seen(format!("in {source}")))?;
            let username = match username {
                None => common.username.clone(),
                Some(name) => Username::parse(&name.text, common.short_lived)
                    .map_err(|error| error.at(written.manifest.place(name.range.clone())))?,
            };
            let key = key_of(&target, user, common);
            Ok(AppImage::Icr(IcrImage { given: image.text.clone(), target, username, key }))
        }
        Reading::Other(host) => {
            check_other(&image.text).map_err(|what| {
                at_range(written, image.range.clone(), format!("{what} in an image reference"))
                    .hint("an image is `HOST/PATH:TAG`")
            })?;
            let login = match username {
                None => None,
                Some(name) => Some((
                    name.text.clone(),
                    common
                        .passwords
                        .of(&host)
                        .cloned()
                        .ok_or_else(|| no_password(written, name, &host))?,
                )),
            };
            Ok(AppImage::Other(OtherImage { given: image.text.clone(), host, login }))
        }
    }
}

/// The key for an image; none where it is IBM's own and public, and no user asks for one.
fn key_of(target: &Target, user: Option<&str>, common: &Common<'_>) -> Option<KeyChoice> {
    let (reference, known) = match target {
        Target::Known(reference) => (Some(reference.as_ref()), Known::Host),
        Target::Search(candidates) => (candidates.first(), Known::Path),
    };
    let reference = reference?;
    if user.is_none() && known == Known::Host && reference.is_ibms_own() {
        return None;
    }
    Some(common.keys.of(reference, known).unwrap_or(common.key).clone())
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

/// Whose an image is.
#[derive(Debug, PartialEq, Eq)]
enum Reading {
    Icr,
    Other(String),
}

/// Docker's own registry.
const DOCKER_HUB: &str = "docker.io";
/// Hosts of IBM that are none of ICR's: the Entitled Registry and IBM's own staging, with users
/// and keys of their own.
const OF_IBM: [&str; 3] = ["cp.icr.io", "cp.stg.icr.io", "stg.icr.io"];

fn reading(image: &str, user: Option<&str>, defaults: &Defaults) -> Reading {
    let (first, rest) = match image.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (image, None),
    };
    let is_host = rest.is_some() && (first.contains(['.', ':']) || first == "localhost");
    if is_host {
        let host = canonical(first);
        let is_icr = region::by_host(&host).is_some()
            || host.ends_with(".icr.io") && !OF_IBM.contains(&host.as_str());
        return if is_icr { Reading::Icr } else { Reading::Other(host) };
    }
    let is_users = |user: &str| Username::is_of_icr(user);
    let is_ours = user.is_none_or(is_users) && (rest.is_some() || defaults.namespace.is_some());
    if is_ours { Reading::Icr } else { Reading::Other(DOCKER_HUB.to_owned()) }
}

/// The little that can be said of a reference that is not ours: cf and the platform judge the rest.
fn check_other(image: &str) -> Result<(), &'static str> {
    if image.len() > 2 * MAX_REFERENCE {
        return Err("too many characters");
    }
    if image.chars().any(char::is_control) {
        return Err("control character");
    }
    if image.chars().any(char::is_whitespace) {
        return Err("white space");
    }
    if image.contains("://") {
        return Err("`https://`");
    }
    Ok(())
}

/// What a manifest says of an app, as far as the checks go by it.
pub(super) fn said(entry: &manifest::App) -> Said<'_> {
    Said {
        command: entry.command.as_ref().map(|command| command.text.as_str()),
        disk: entry.disk.as_ref().map(|disk| disk.text.as_str()),
        no_route: entry.no_route,
    }
}

#[cfg(test)]
mod tests {
    use super::{Reading, reading};
    use crate::reference::{Defaults, Origin};

    #[test]
    fn whose_an_image_is_follows_one_rule() {
        let plain = Defaults::default();
        let namespace =
            Defaults { namespace: Some(("acme".to_owned(), Origin::Flag)), ..Defaults::default() };
        let hub = || Reading::Other("docker.io".to_owned());
        for (image, user, defaults, expected) in [
            ("us.icr.io/acme/web", None, &plain, Reading::Icr),
            ("icr.io/ibm/liberty", None, &plain, Reading::Icr),
            ("registry.ng.bluemix.net/acme/web", None, &plain, Reading::Icr),
            ("private.us.icr.io/acme/web", None, &plain, Reading::Icr),
            ("uss.icr.io/acme/web", None, &plain, Reading::Icr),
            ("cp.icr.io/cp/app", Some("cp"), &plain, Reading::Other("cp.icr.io".to_owned())),
            ("quay.io/a/b", None, &plain, Reading::Other("quay.io".to_owned())),
            (
                "us.icr.io.evil.example/a/b",
                None,
                &plain,
                Reading::Other("us.icr.io.evil.example".to_owned()),
            ),
            ("localhost/a", None, &plain, Reading::Other("localhost".to_owned())),
            ("host:5000/a", None, &plain, Reading::Other("host:5000".to_owned())),
            ("index.docker.io/a/b", None, &plain, hub()),
            ("acme/web:1.4", None, &plain, Reading::Icr),
            ("acme/web", Some("iamapikey"), &plain, Reading::Icr),
            ("acme/web", Some("hubuser"), &plain, hub()),
            ("nginx:1.25", None, &plain, hub()),
            ("nginx", Some("iamapikey"), &plain, hub()),
            ("web:1.4", None, &namespace, Reading::Icr),
            ("web", Some("hubuser"), &namespace, hub()),
        ] {
            assert_eq!(reading(image, user, defaults), expected, "{image} {user:?}");
        }
    }
}
