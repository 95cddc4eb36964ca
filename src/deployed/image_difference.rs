//! Whether the image that is wanted is the one that runs. Says so of digests alone: what runs of a tag
//! nobody knows.

use serde::Serialize;

use super::{Deployed, Running};
use crate::error::printable;
use crate::reference::{Defaults, ImageReference};
use crate::request::Pin;

/// The image that a push would bring.
#[derive(Debug, Clone)]
pub(crate) enum WantedImage {
    /// One of ICR.
    Icr {
        /// As cf gets it.
        pushed: String,
        /// The tag that was asked for.
        tag: Option<String>,
        /// The index that it was chosen from.
        index_digest: Option<String>,
        /// When it was built.
        created: Option<String>,
        /// Whether a digest was to be found for it.
        pin: Pin,
    },
    /// One of another registry, as it is given.
    Other(String),
    /// None: it is built from files.
    Files,
}

/// An image as it is shown beside another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ImageSide {
    /// As it was or would be pushed.
    pub(crate) image: String,
    pub(crate) tag: Option<String>,
    /// `null` where it is not known.
    pub(crate) digest: Option<String>,
    /// When it was built.
    pub(crate) created: Option<String>,
}

/// How the two images are to each other.
pub(super) enum Likeness {
    Same,
    Different,
    /// It cannot be told, for this reason.
    Unknown(String),
}

impl WantedImage {
    /// It, as it is shown.
    pub(super) fn side(&self) -> Option<ImageSide> {
        match self {
            Self::Icr { pushed, tag, created, .. } => Some(ImageSide {
                image: pushed.clone(),
                tag: tag.clone(),
                digest: digest(pushed).map(str::to_owned),
                created: created.clone(),
            }),
            Self::Other(image) => Some(ImageSide::of_others(image)),
            Self::Files => None,
        }
    }
}

impl ImageSide {
    fn of_others(image: &str) -> Self {
        let digest = digest(image).map(str::to_owned);
        Self { image: image.to_owned(), tag: None, digest, created: None }
    }

    pub(super) fn texts(&mut self) -> [Option<&mut String>; 4] {
        let Self { image, tag, digest, created } = self;
        [Some(image), tag.as_mut(), digest.as_mut(), created.as_mut()]
    }

    /// What an app runs.
    pub(super) fn of(app: &Deployed) -> Option<Self> {
        let image = app.image.as_deref()?;
        let reference = app.reference();
        Some(Self {
            tag: reference.and_then(|one| one.tag()).map(str::to_owned),
            ..Self::of_others(image)
        })
    }
}

fn digest(image: &str) -> Option<&str> {
    image.split_once('@').map(|(_, digest)| digest)
}

/// Compares what an app runs with what is wanted.
pub(super) fn compare(app: &Deployed, wanted: &WantedImage) -> Likeness {
    let Some(image) = app.image.as_deref() else {
        return match app.droplet {
            None => Likeness::Different,
            Some(_) => Likeness::Unknown("the platform does not say which image runs".to_owned()),
        };
    };
    let by_tag = || {
        let image = printable(image);
        Likeness::Unknown(format!(
            "which digest of `{image}` runs is not known: it was pushed by tag"
        ))
    };
    match wanted {
        WantedImage::Files => {
            Likeness::Unknown("it is built from files, which are not compared".to_owned())
        }
        WantedImage::Other(given) if given != image => Likeness::Different,
        WantedImage::Other(given) if digest(given).is_some() => Likeness::Same,
        WantedImage::Other(_) => by_tag(),
        WantedImage::Icr { pushed, pin, .. } if *pin == Pin::Digest && digest(pushed).is_none() => {
            let pushed = printable(pushed);
            Likeness::Unknown(format!("which digest `{pushed}` means now is not known"))
        }
        WantedImage::Icr { pushed, index_digest, .. } => {
            let Running::Icr(running) = &app.running else { return Likeness::Different };
            let Ok(wanted) = ImageReference::parse(pushed, &Defaults::default()) else {
                return Likeness::Different;
            };
            let is_elsewhere = (running.host(), running.path()) != (wanted.host(), wanted.path());
            match (running.digest(), wanted.digest()) {
                _ if is_elsewhere => Likeness::Different,
                (Some(runs), Some(new)) if runs == new || index_digest.as_deref() == Some(runs) => {
                    Likeness::Same
                }
                (Some(_), _) => Likeness::Different,
                (None, None) if running.tag() != wanted.tag() => Likeness::Different,
                (None, _) => by_tag(),
            }
        }
    }
}
