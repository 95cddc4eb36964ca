//! What must hold for whatever comes from outside, whoever wrote it: the readers of references,
//! challenges, documents and configurations, each with its invariants. Called by the fuzz targets
//! under `fuzz/` and by property tests; no part of the product.
//!
//! Each function panics where an invariant breaks, and gives `None` where the text is refused.

use crate::reference::{Defaults, ImageReference, Origin, ReferenceError};
use crate::region;

pub use crate::checks::fuzzing::{challenge, documents};
pub use crate::credentials::docker_config;

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

/// Whether a terminal shows it as it is.
fn is_printable(text: &str) -> bool {
    text.chars().all(|character| character == '\n' || !character.is_control())
}

#[cfg(test)]
mod tests;
