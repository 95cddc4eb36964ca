//! What must hold for whatever comes from outside, whoever wrote it: the readers of references,
//! manifests, challenges, documents and configurations, each with its invariants. Called by the fuzz targets
//! under `fuzz/` and by property tests; no part of the product.
//!
//! Each function panics where an invariant breaks, and gives `None` where the text is refused.

use std::collections::HashSet;

use crate::error::Error;
use crate::manifest::{Edit, Manifest, Source, Variables};
use crate::reference::{Defaults, ImageReference, Origin, ReferenceError, Unnamed};
use crate::region;

pub use crate::credentials::docker_config;
pub use crate::icr::document_invariants::{challenge, documents};

/// An image reference, as people type it.
///
/// # Panics
/// What is printed is not read as the same again, or a place is not in the text.
#[must_use]
pub fn reference(data: &[u8]) -> Option<()> {
    let text = std::str::from_utf8(data).ok()?;
    let mut taken = None;
    for defaults in every_default() {
        match ImageReference::parse(text, &defaults) {
            Ok(reference) => {
                taken = Some(());
                accepted(text, &reference);
            }
            Err(error) => refused(text, error),
        }
    }
    taken
}

/// None, those of variables, those of flags.
fn every_default() -> impl Iterator<Item = Defaults> {
    let with = |region, namespace: &str, origin| Defaults {
        unnamed: Unnamed::ByRule,
        registry: region::by_name(region).map(|registry| (registry, origin)),
        namespace: Some((namespace.to_owned(), origin)),
    };
    [
        Defaults::default(),
        with("us-south", "acme", Origin::Variable),
        with("eu-de", "acme", Origin::Flag),
        with("global", "ibm", Origin::Variable),
    ]
    .into_iter()
}

fn accepted(text: &str, reference: &ImageReference) {
    let printed = reference.to_string();
    let again = ImageReference::parse(&printed, &Defaults::default());
    assert_eq!(again.as_ref(), Ok(reference), "`{printed}` is read as another");
    assert!(printed.ends_with(text), "`{text}` became `{printed}`");
    assert!(reference.registry().hosts().any(|host| host == reference.host()));
    assert_eq!(reference.path(), format!("{}/{}", reference.namespace(), reference.repository()));
    let for_cf = reference.for_cloud_foundry();
    assert!(for_cf.tag().is_none() || for_cf.digest().is_none(), "`{for_cf}` has both");
    assert_eq!(for_cf.wanted(), reference.wanted());
    let public = reference.under_public_name().to_string();
    assert!(ImageReference::parse(&public, &Defaults::default()).is_ok(), "`{public}` is none");
    assert!(reference.warnings().iter().all(|line| is_printable(line)));
}

fn refused(text: &str, error: ReferenceError) {
    assert!(text.get(error.range()).is_some(), "{:?} is no place in {text:?}", error.range());
    let shown = error.into_error("test").to_string();
    assert!(is_printable(&shown), "{shown:?}");
}

/// A manifest of cf, as people write it.
///
/// # Panics
/// A change touches more than it was to, or a message has no place or cannot be printed.
#[must_use]
pub fn manifest(data: &[u8]) -> Option<()> {
    let text = std::str::from_utf8(data).ok()?;
    let source = |name: &str, text: &str| Source { name: name.to_owned(), text: text.to_owned() };
    let given = ["name=api", "tag=\"1.10\"", "image=us.icr.io/acme/web", "ratio=1.5", "count=3"];
    let (mut variables, _) = Variables::read(&[], &given).ok()?;
    match Variables::read(&[source("vars.yml", text)], &given) {
        Ok((more, warnings)) => {
            assert!(warnings.iter().all(|line| is_printable(line)));
            variables = more;
        }
        Err(error) => refused_in_file(&error),
    }
    let read = |text: &str| Manifest::read(source("manifest.yml", text), &variables);
    let manifest = read(text).map_err(|error| refused_in_file(&error)).ok()?;
    assert!(manifest.warnings.iter().all(|line| is_printable(line)), "{:?}", manifest.warnings);
    assert_eq!(manifest.with(&[], &HashSet::new()).ok().as_deref(), Some(text));
    let edits = edits(&manifest);
    match manifest.with(&edits, &HashSet::new()) {
        Ok(changed) => {
            let again = read(&changed).unwrap_or_else(|error| panic!("{changed:?}: {error}"));
            assert_eq!(again.apps.len(), manifest.apps.len());
            for edit in &edits {
                let docker = again.apps.get(edit.app).and_then(|app| app.docker.as_ref());
                let image = docker.and_then(|docker| docker.image.as_ref());
                assert_eq!(image.map(|image| &image.text), edit.image.as_ref());
                let username = docker.and_then(|docker| docker.username.as_ref());
                assert_eq!(username.map(|name| &name.text), edit.username.as_ref());
            }
        }
        Err(error) => refused_in_file(&error),
    }
    Some(())
}

/// A new image and user for every app that has an image.
fn edits(manifest: &Manifest) -> Vec<Edit> {
    let has_image = |app: usize| {
        let docker = manifest.apps.get(app).and_then(|app| app.docker.as_ref());
        docker.is_some_and(|docker| docker.image.is_some())
    };
    let edit = |app| Edit {
        app,
        image: Some("us.icr.io/acme/new:1".to_owned()),
        username: Some("iamapikey".to_owned()),
        path: None,
    };
    (0..manifest.apps.len()).filter(|app| has_image(*app)).map(edit).collect()
}

fn refused_in_file(error: &Error) {
    assert!(error.place().is_some_and(|place| place.line.is_some()), "{error}");
    assert!(is_printable(&error.to_string()), "{error:?}");
}

/// Whether a terminal shows it as it is.
fn is_printable(text: &str) -> bool {
    text.chars().all(|character| character == '\n' || !character.is_control())
}

#[cfg(test)]
mod tests;
