//! An image that stands where apps are named, without its flag. Owns the one rule by which the two
//! are told apart: `looks_like_image`.

use super::{Goal, ManifestChoice, Written};
use crate::cli::{PushArgs, app_of_image, looks_like_image};
use crate::error::{Error, ErrorKind, printable};
use crate::reference::names_registry;

/// Takes the one word of `icr-cf check IMAGE` for the image, which no app is needed for. Gives whether
/// it did.
pub(super) fn lift(args: &mut PushArgs, goal: Goal) -> bool {
    let is_image = matches!(args.apps.as_slice(), [word] if looks_like_image(word));
    let has_manifest = args.cf_flags.given.iter().any(|given| given.flag.long == Some("manifest"));
    let is_lone = goal == Goal::Verdicts && args.image.is_none() && is_image && !has_manifest;
    if is_lone {
        args.image = args.apps.pop();
    }
    is_lone
}

/// Refuses an image among the names of apps; what the manifest calls an app is one.
pub(super) fn refuse(
    args: &PushArgs,
    goal: Goal,
    manifest: &ManifestChoice,
    written: Option<&Written>,
) -> Result<(), Error> {
    let apps = written.map(|written| written.manifest.apps.as_slice()).unwrap_or_default();
    let known: Vec<&str> =
        apps.iter().filter_map(|app| Some(app.name.as_ref()?.text.as_str())).collect();
    let is_image = |word: &str| match &args.image {
        None => looks_like_image(word),
        // An app may have a slash in its name.
        Some(_) => word.contains([':', '@']) || names_registry(word),
    };
    let is_image = |word: &&str| is_image(word) && !known.contains(word);
    let words = args.apps.iter().map(String::as_str);
    let (images, names): (Vec<&str>, Vec<&str>) = words.partition(is_image);
    let Some(first) = images.first() else { return Ok(()) };
    let is_named = matches!(manifest, ManifestChoice::Named(_));
    let app = |image: &str| match (names.first(), known.as_slice()) {
        (Some(name), _) => Some((*name).to_owned()),
        (None, _) if goal == Goal::Verdicts && !is_named => None,
        (None, []) => Some(app_of_image(image)),
        (None, [other, ..]) => {
            let own = known.iter().find(|name| **name == app_of_image(image));
            Some((*own.unwrap_or(other)).to_owned())
        }
    };
    let line = |image: &str| {
        let line = args.typed.changed(|line| match app(image) {
            Some(app) => line.apps(&[&app]).with("--image", Some(image)),
            None => line.without("--image").apps(&[image]),
        });
        format!("`{line}`")
    };
    let why = match args.image {
        None => "is an image, and no flag says so",
        Some(_) => "is an image, and stands where an app is named",
    };
    let mut lines: Vec<String> =
        images.iter().copied().chain(args.image.as_deref()).map(line).collect();
    lines.dedup();
    Err(Error::new(ErrorKind::Usage, format!("`{}` {why}", printable(first)))
        .hint(format!("write {}", lines.join(" or "))))
}
