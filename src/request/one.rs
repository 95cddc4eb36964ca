//! `--image`: one app, whose image is said on the command line.

use super::Manifest;
use super::apps::{App, AppImage, IcrImage, Way, at_range, chosen, said};
use super::many::refuse_unused;
use super::push::Given;
use super::sources::Fit;
use super::target::{Target, target};
use crate::cf_flags;
use crate::error::{Error, ErrorKind, printable};
use crate::manifest;

/// The image that was said, where one was.
pub(super) fn image(given: &Given<'_>) -> Result<Option<Target>, Error> {
    let Some(image) = given.image else { return Ok(None) };
    if let [_, second, ..] = given.names {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("`{}` is one word too many", printable(second)),
        )
        .hint("put quotes around a value that has blanks in it")
        .hint("`--image` goes with one app; several are pushed with the images of a manifest"));
    }
    target(image, &given.defaults, given.search, given.private_names, "--image").map(Some)
}

/// The app that gets it.
pub(super) fn app(target: Target, given: &Given<'_>) -> Result<App, Error> {
    cf_flags::check_together(given.flags, cf_flags::Kind::Docker)?;
    let named = given.names.first().cloned();
    let (name, entry) = match given.written {
        Some(written) => {
            let apps = chosen(given.names, written)?;
            let [(name, at)] = apps.as_slice() else { return Err(several(apps.len())) };
            (name.clone(), written.manifest.apps.get(*at).map(|app| (*at, app)))
        }
        None => (named, None),
    };
    if name.is_none() && *given.manifest == Manifest::None && given.passthrough.is_empty() {
        return Err(Error::new(
            ErrorKind::Usage,
            "no app named, and there is no manifest that names one",
        )
        .hint("write `icr-cf push APP --image ...`"));
    }
    if let (Some((_, app)), Some(written)) = (entry, given.written) {
        refuse_files(app, written)?;
    }
    let Fit { choice, scope } = given.keys.fit(&target, &given.key)?;
    choice.refuse_empty(given.environment)?;
    refuse_unused(given, &[&target], |_| false)?;
    let entry_said = match given.manifest {
        Manifest::Unread => None,
        Manifest::None | Manifest::Named(_) | Manifest::Found(_) => {
            Some(entry.map(|(_, app)| said(app)).unwrap_or_default())
        }
    };
    let checks = given.checks.clone();
    Ok(App {
        name,
        image: AppImage::Icr(IcrImage {
            given: given.image.unwrap_or_default().to_owned(),
            target,
            username: given.username.clone(),
            key: Some(choice),
            scope,
        }),
        checks: checks
            .map(|checks| checks.of_app(given.flags, given.passthrough, entry_said.as_ref())),
        entry: entry.map(|(at, _)| at),
        way: Way::Flags,
    })
}

fn several(count: usize) -> Error {
    Error::new(ErrorKind::Usage, format!("`--image` for {count} apps of the manifest"))
        .hint("name the one that gets it: `icr-cf push APP --image ...`")
        .hint("`--no-manifest` leaves the manifest out")
}

/// cf refuses its flag for an image beside these.
fn refuse_files(app: &manifest::App, written: &super::Written) -> Result<(), Error> {
    let path = app.path.as_ref().map(|path| ("path", path.range.clone()));
    let buildpacks = app.buildpacks.clone().map(|range| ("buildpacks", range));
    let Some((what, range)) = path.or(buildpacks) else { return Ok(()) };
    let message = format!("`--image` for an app that has `{what}` in the manifest");
    Err(at_range(written, range, message).seen("cf refuses the two together").hint(format!(
        "take `{what}` out, put the image into the manifest, or add `--no-manifest`"
    )))
}
