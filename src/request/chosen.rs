//! Which apps of a manifest are meant, by the names that were given.

use std::collections::BTreeMap;
use std::ops::Range;

use super::intent::Intent;
use super::written::Written;
use crate::cli::app_of_image;
use crate::error::{Error, ErrorKind, printable, printable_in_full};
use crate::manifest;
use crate::spelling;

/// Which entry each of the named apps is, by place; all of them where none is named.
pub(super) fn chosen(
    given: &Intent<'_>,
    written: &Written,
) -> Result<Vec<(Option<String>, usize)>, Error> {
    let (apps, names) = (&written.manifest.apps, given.names);
    let name_of = |app: &manifest::ManifestApp| app.name.as_ref().map(|name| name.text.clone());
    if let ([_], [name]) = (apps.as_slice(), names) {
        // As cf does: the name that is given wins over the one there.
        return Ok(vec![(Some(name.clone()), 0)]);
    }
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, app) in apps.iter().enumerate() {
        let name = app.name.as_ref().map_or("", |name| name.text.as_str());
        if name.is_empty() {
            return Err(nameless(given, written, app));
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
fn refuse_name(name: &str, app: &manifest::ManifestApp, written: &Written) -> Result<(), Error> {
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

fn twice(
    written: &Written,
    name: &str,
    app: &manifest::ManifestApp,
    other: &manifest::ManifestApp,
) -> Error {
    let place = written.manifest.place(other.range.clone());
    let line = place.line.unwrap_or_default();
    let message = format!("the app `{}` is there twice", printable(name));
    at_range(written, app.range.clone(), message)
        .seen(format!("also at {}:{line}", place.source))
        .hint("give one of them another name, or take it out")
}

fn nameless(given: &Intent<'_>, written: &Written, app: &manifest::ManifestApp) -> Error {
    let error = at_range(written, app.range.clone(), "an app without a `name`".to_owned());
    if written.manifest.apps.len() > 1 {
        return error.hint("add `name:`; with several apps each needs one");
    }
    let of_entry = || Some(app.docker.as_ref()?.image.as_ref()?.text.as_str());
    let name = given.image.or_else(of_entry).map_or_else(|| "APP".to_owned(), app_of_image);
    error.hint(format!(
        "add `name:`, or say it: `{}`",
        given.typed.changed(|line| line.apps(&[&name]))
    ))
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
    match spelling::nearest(name, names()).first() {
        Some(near) => error.hint(format!("did you mean `{}`?", printable(near))),
        None => error.hint("name one of these, or none to push all"),
    }
}

/// An error about a part of the manifest.
pub(super) fn at_range(written: &Written, range: Range<usize>, message: String) -> Error {
    Error::new(ErrorKind::Manifest, message).at(written.manifest.place(range))
}
