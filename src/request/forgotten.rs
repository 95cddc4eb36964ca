//! An image that stands where apps are named, without its flag. Owns the one rule by which the two
//! are told apart: `looks_like_image`.

use super::{Goal, ManifestChoice, Written};
use crate::cli::{PushArgs, Typed, looks_like_image};
use crate::error::{Error, ErrorKind, printable};
use crate::manifest;

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
    names: &[String],
    typed: &Typed,
    goal: Goal,
    manifest: &ManifestChoice,
    written: Option<&Written>,
) -> Result<(), Error> {
    let apps = written.map(|written| written.manifest.apps.as_slice()).unwrap_or_default();
    let name_of = |app: &manifest::ManifestApp| app.name.as_ref().map(|name| name.text.clone());
    let is_app = |word: &str| apps.iter().any(|app| name_of(app).is_some_and(|name| name == word));
    let is_image = |word: &&String| looks_like_image(word) && !is_app(word);
    let Some(image) = names.iter().find(is_image) else { return Ok(()) };
    let others: Vec<&String> = names.iter().filter(|word| *word != image).collect();
    let app = match (others.as_slice(), apps) {
        ([], []) => Some(repository(image)),
        ([], [one]) if *manifest != ManifestChoice::Unread => {
            name_of(one).or(Some(repository(image)))
        }
        ([], _) => Some("APP".to_owned()),
        ([_, ..], _) => None,
    };
    let shown = printable(image);
    let error = Error::new(ErrorKind::Usage, format!("`{shown}` is an image, and no flag says so"));
    let line = typed.with_image(image, app.as_deref()).filter(|_| others.len() < 2);
    let command = goal.command();
    Err(match line {
        Some(line) => error.hint(format!("write `{line}`")),
        None => error.hint(format!("write `icr-cf {command} APP --image {shown}`")),
    })
}

/// The last part of an image's name, which is what its app is mostly called.
fn repository(image: &str) -> String {
    let path = image.split('@').next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    last.split(':').next().filter(|name| !name.is_empty()).unwrap_or("APP").to_owned()
}
