//! The apps of a manifest: all of them or those that are named.

use super::Written;
use super::apps::{self, App, AppImage, Common, chosen, said};
use super::push::Given;
use super::target::Target;
use super::written::has_short;
use crate::cf_flags::{self, GivenFlag, Kind};
use crate::error::{Error, ErrorKind, printable};
use crate::reference::{Defaults, Origin};

/// The apps, in the order of the manifest.
pub(super) fn apps(given: &Given<'_>) -> Result<Vec<App>, Error> {
    let Some(written) = given.written else {
        return Err(Error::new(ErrorKind::Internal, "no manifest was read"));
    };
    refuse_docker_flags(given.passthrough)?;
    let chosen = chosen(given.names, written)?;
    if chosen.len() > 1 {
        refuse_flags(given.flags, given.passthrough, chosen.len())?;
    }
    // A region for the whole manifest speaks about what says none itself.
    let defaults = Defaults {
        registry: given.defaults.registry.map(|(registry, _)| (registry, Origin::Variable)),
        namespace: given.defaults.namespace.clone().map(|(name, _)| (name, Origin::Variable)),
    };
    let common = Common { given, defaults: &defaults };
    let apps = chosen.into_iter().map(|(name, at)| one(name, at, written, &common));
    let apps = apps.collect::<Result<Vec<App>, Error>>()?;
    let kinds = || apps.iter().map(|app| kind(&app.image));
    // Of several apps all flags that depend on the kind are refused already.
    let common_kind = kinds().next().unwrap_or(Kind::Docker);
    cf_flags::check_together(given.flags, common_kind)?;
    // With some apps alone, the others may have been what it is for.
    if given.names.is_empty() {
        let targets: Vec<&Target> = apps
            .iter()
            .filter_map(|app| match &app.image {
                AppImage::Icr(image) => Some(&image.target),
                AppImage::Other(_) | AppImage::Files => None,
            })
            .collect();
        refuse_unused(given, &targets, |host| {
            apps.iter().any(|app| match &app.image {
                AppImage::Other(image) => image.host == host,
                AppImage::Icr(_) | AppImage::Files => false,
            })
        })?;
    }
    Ok(apps)
}

fn one(
    name: Option<String>,
    at: usize,
    written: &Written,
    common: &Common<'_>,
) -> Result<App, Error> {
    let given = common.given;
    let checks = |entry: &crate::manifest::App| {
        let said = said(entry);
        let checks = given.checks.clone();
        checks.map(|checks| checks.of_app(given.flags, given.passthrough, Some(&said)))
    };
    apps::app(name, at, written, checks, common)
}

fn kind(image: &AppImage) -> Kind {
    match image {
        AppImage::Icr(_) | AppImage::Other(_) => Kind::Docker,
        AppImage::Files => Kind::Files,
    }
}

/// Behind `--` they would send the secret of an app with another image.
fn refuse_docker_flags(passthrough: &[String]) -> Result<(), Error> {
    let is_one = |word: &&String| {
        let long = ["--docker-image", "--docker-username"];
        let is_long = long.iter().any(|flag| {
            word.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        });
        is_long || has_short(word, "-o")
    };
    match passthrough.iter().find(is_one) {
        Some(word) => {
            let word = printable(word);
            Err(Error::new(ErrorKind::CfFlag, format!("`{word}` behind `--`"))
                .seen("the images of a manifest are its own")
                .hint("write `--image` or `--docker-username` in front of `--`, for one app"))
        }
        None => Ok(()),
    }
}

/// Flags that make sense for every app alike. cf takes the first six with several apps; the rest
/// it would, were the apps pushed one by one, as they are here.
const FOR_MANY: [&str; 10] = [
    "manifest",
    "no-start",
    "no-wait",
    "var",
    "vars-file",
    "redact-env",
    "strategy",
    "max-in-flight",
    "instance-steps",
    "task",
];

fn refuse_flags(flags: &[GivenFlag], passthrough: &[String], count: usize) -> Result<(), Error> {
    let fits = |given: &&GivenFlag| match given.flag.long {
        Some(long) => FOR_MANY.contains(&long),
        None => given.flag.short == Some('v'),
    };
    let name = flags.iter().find(|given| !fits(given)).map(|given| given.flag.name());
    let Some(name) = name.or_else(|| passthrough.first().map(|word| printable(word))) else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::CfFlag, format!("`{name}` with {count} apps at once"))
        .seen("cf takes it for one app only, since it would go for each")
        .hint("name one app: `icr-cf push APP ...`, or write it into the manifest"))
}

/// A secret that nobody needs is a mistake in what it is for: another would be taken in silence.
pub(super) fn refuse_unused(
    given: &Given<'_>,
    targets: &[&Target],
    has_host: impl Fn(&str) -> bool,
) -> Result<(), Error> {
    let (flag, whom) = match given.keys.unused(targets) {
        Some(said) => ("--api-key-for", said),
        None => match given.passwords.hosts().find(|host| !has_host(host)) {
            Some(host) => ("--docker-password-for", host),
            None => return Ok(()),
        },
    };
    let whom = printable(whom);
    Err(Error::new(ErrorKind::Usage, format!("no image is one that `{flag} {whom}=...` is for"))
        .hint("`icr-cf push --dry-run` shows what each image is taken for")
        .hint(format!("correct `{whom}`, or drop `{flag} {whom}=...`")))
}
