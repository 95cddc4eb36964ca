//! The image that is meant: a reference in full, or where to search for it.

use super::WithKey;
use crate::error::{Error, ErrorKind};
use crate::reference::{Defaults, HostName, ImageReference, Origin, Problem};
use crate::region::REGISTRIES;

/// The image that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ImageTarget {
    /// This one.
    Known(Box<ImageReference>),
    /// Nobody said a region: the one of these that is there.
    Search(Vec<ImageReference>),
}

impl ImageTarget {
    /// The reference, where a region was said.
    #[must_use]
    pub(crate) fn known(&self) -> Option<&ImageReference> {
        match self {
            Self::Known(reference) => Some(reference),
            Self::Search(_) => None,
        }
    }

    /// Every reference that it may come to; they differ in their registry alone.
    #[must_use]
    pub(crate) fn candidates(&self) -> &[ImageReference] {
        match self {
            Self::Known(reference) => std::slice::from_ref(reference),
            Self::Search(candidates) => candidates,
        }
    }

    /// The registry hosts that may get the key.
    #[must_use]
    pub(crate) fn hosts(&self) -> Vec<&'static str> {
        self.candidates().iter().map(ImageReference::host).collect()
    }
}

/// Whether all registries may be asked where an image is, by this run or the one that it foresees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    Possible,
    NoChecks,
    NoKey,
}

/// Whether private names of registries are let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PrivateNames {
    Refused,
    Allowed,
}

/// The image that is asked about: nothing runs it, so that all its registries may be searched by who
/// has a key.
///
/// # Errors
/// The reference cannot be one.
pub(crate) fn asked(
    image: &str,
    defaults: &Defaults,
    with_key: WithKey,
    source: &str,
) -> Result<ImageTarget, Error> {
    let search = match with_key {
        WithKey::Yes => Search::Possible,
        WithKey::No => Search::NoKey,
    };
    target(image, defaults, search, PrivateNames::Allowed, source)
}

/// The image, or where to search for it.
pub(super) fn target(
    image: &str,
    defaults: &Defaults,
    search: Search,
    private_names: PrivateNames,
    source: &str,
) -> Result<ImageTarget, Error> {
    let error = match ImageReference::parse(image, defaults) {
        Ok(reference) => {
            let is_private = reference.host_name() == HostName::Private;
            return if is_private && private_names == PrivateNames::Refused {
                Err(private(&reference))
            } else {
                Ok(ImageTarget::Known(Box::new(reference)))
            };
        }
        Err(error) => error,
    };
    let why_not = match search {
        _ if *error.problem() != Problem::NoRegion => None,
        Search::Possible => {
            let candidates = REGISTRIES.iter().map(|registry| {
                let registry = Some((registry, Origin::Variable));
                ImageReference::parse(image, &Defaults { registry, ..defaults.clone() })
            });
            let candidates: Result<Vec<_>, _> = candidates.collect();
            return candidates.map(ImageTarget::Search).map_err(|error| error.into_error(source));
        }
        Search::NoChecks => {
            Some("without `--no-checks` all registries are asked which has the image")
        }
        Search::NoKey => {
            Some("without `--no-key` all registries are asked which has the image, with the key")
        }
    };
    let shown = error.into_error(source);
    Err(match why_not {
        Some(line) => shown.seen(line),
        None => shown,
    })
}

fn private(reference: &ImageReference) -> Error {
    Error::new(ErrorKind::Reference, format!("Cloud Foundry cannot reach `{}`", reference.host()))
        .seen("`private.*` registry names answer inside IBM Cloud's private network only")
        .hint(format!("write `{}`", reference.under_public_name()))
        .hint("`--allow-private` is for a platform that runs inside that network")
}
