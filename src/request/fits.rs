//! What does not go together: flags, secrets and files with the apps that are pushed.

use super::chosen::at_range;
use super::intent::Intent;
use super::target::ImageTarget;
use super::wanted_app::{App, AppImage};
use super::written::has_short;
use super::{ManifestChoice, Written};
use crate::cf_flags::GivenFlag;
use crate::error::{Error, ErrorKind, printable};
use crate::manifest;

/// Behind `--` they would send the secret of an app with another image.
pub(super) fn refuse_docker_flags(passthrough: &[String]) -> Result<(), Error> {
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

pub(super) fn refuse_flags(given: &Intent<'_>, apps: &[&str]) -> Result<(), Error> {
    let fits = |given: &&GivenFlag| match given.flag.long {
        Some(long) => FOR_MANY.contains(&long),
        None => given.flag.short == Some('v'),
    };
    let name = given.flags.iter().find(|given| !fits(given)).map(|given| given.flag.name());
    let Some(name) = name.or_else(|| given.passthrough.first().map(|word| printable(word))) else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::CfFlag, format!("`{name}` with {} apps at once", apps.len()))
        .seen("cf takes it for one app only, since it would go for each")
        .hint(format!("name one app: `{}`, or write it into the manifest", of_first(given, apps))))
}

/// A secret that nobody needs is a mistake in what it is for: another would be taken in silence.
pub(super) fn refuse_unused(given: &Intent<'_>, apps: &[App]) -> Result<(), Error> {
    let targets: Vec<&ImageTarget> = apps
        .iter()
        .filter_map(|app| match &app.image {
            AppImage::Icr(image) => Some(&image.target),
            AppImage::Other(_) | AppImage::Files => None,
        })
        .collect();
    let is_needed = |host: &str| {
        apps.iter().any(|app| match &app.image {
            AppImage::Other(image) => image.host == host,
            AppImage::Icr(_) | AppImage::Files => false,
        })
    };
    let (flag, whom) = match given.keys.unused(&targets) {
        Some(said) => ("--api-key-for", said),
        None => match given.passwords.typed_hosts().find(|host| !is_needed(host)) {
            Some(host) => ("--docker-password-for", host),
            None => return Ok(()),
        },
    };
    let dry_run = given
        .typed
        .changed(|line| line.without_value(flag, &format!("{whom}=")).with("--dry-run", None));
    let whom = printable(whom);
    Err(Error::new(ErrorKind::Usage, format!("no image is one that `{flag} {whom}=...` is for"))
        .hint(format!("`{dry_run}` shows what each image is taken for"))
        .hint(format!("correct `{whom}`, or drop `{flag} {whom}=...`")))
}

/// One image goes to one app.
pub(super) fn refuse_several(given: &Intent<'_>, apps: &[&str]) -> Result<(), Error> {
    let count = apps.len();
    if count <= 1 {
        return Ok(());
    }
    let error = Error::new(ErrorKind::Usage, format!("`--image` for {count} apps of the manifest"))
        .hint(format!("name the one that gets it: `{}`", of_first(given, apps)));
    Err(match given.manifest {
        ManifestChoice::Found(_) => error.hint("`--no-manifest` leaves the manifest out"),
        ManifestChoice::Named(_) | ManifestChoice::None | ManifestChoice::Unread => error,
    })
}

/// The line that was typed, for the first of the apps alone.
fn of_first(given: &Intent<'_>, apps: &[&str]) -> String {
    given.typed.changed(|line| line.apps(apps.get(..1).unwrap_or_default()))
}

/// cf refuses its flag for an image beside these.
pub(super) fn refuse_files(app: &manifest::ManifestApp, written: &Written) -> Result<(), Error> {
    let path = app.path.as_ref().map(|path| ("path", path.range.clone()));
    let buildpacks = app.buildpacks.clone().map(|range| ("buildpacks", range));
    let Some((what, range)) = path.or(buildpacks) else { return Ok(()) };
    let message = format!("`--image` for an app that has `{what}` in the manifest");
    Err(at_range(written, range, message).seen("cf refuses the two together").hint(format!(
        "take `{what}` out, put the image into the manifest, or add `--no-manifest`"
    )))
}

/// Cloud Foundry refuses the two together.
pub(super) fn refuse_buildpacks(
    app: &manifest::ManifestApp,
    written: &Written,
) -> Result<(), Error> {
    let (Some(docker), Some(range)) = (&app.docker, &app.buildpacks) else { return Ok(()) };
    let line = written.manifest.place(docker.range.clone()).line.unwrap_or_default();
    Err(at_range(written, range.clone(), "`docker` and buildpacks in one app".to_owned())
        .seen(format!("`docker` stands at line {line}; Cloud Foundry refuses the two together"))
        .hint("take one of them out"))
}
