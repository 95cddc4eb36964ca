//! One app as it is wanted: its image, whose that is, and who pulls it.

use super::sources::Scope;
use super::target::ImageTarget;
use super::{Advice, Checks, KeyChoice, Username};
use crate::reference::ImageReference;

/// One app to push.
#[derive(Debug, Clone)]
pub(crate) struct App {
    /// Its name; without one the manifest has it, which nobody looked into.
    pub name: Option<String>,
    /// What it runs.
    pub image: AppImage,
    /// What is checked before; `None` for nothing.
    pub checks: Option<Checks>,
    /// Its place in the manifest.
    pub entry: Option<usize>,
    /// How cf is told image and user.
    pub way: Way,
    /// How to say its push again.
    pub advice: Advice,
}

impl App {
    /// Its image, where that is one of ICR's.
    #[must_use]
    pub(crate) const fn icr(&self) -> Option<&IcrImage> {
        match &self.image {
            AppImage::Icr(image) => Some(image),
            AppImage::Other(_) | AppImage::Files => None,
        }
    }

    /// The same, to have what is found out about it.
    pub(crate) const fn icr_mut(&mut self) -> Option<&mut IcrImage> {
        match &mut self.image {
            AppImage::Icr(image) => Some(image),
            AppImage::Other(_) | AppImage::Files => None,
        }
    }

    /// Its image in full, where that is one of ICR's whose registry is known.
    #[must_use]
    pub(crate) fn reference(&self) -> Option<&ImageReference> {
        self.icr().and_then(|image| image.target.known())
    }

    /// The user that its image is pulled with, and where the key or password comes from.
    #[must_use]
    pub(crate) fn login(&self) -> Option<(&str, &KeyChoice)> {
        match &self.image {
            AppImage::Icr(image) => {
                image.login.key().map(|login| (login.username.as_str(), &login.source))
            }
            AppImage::Other(image) => {
                image.login.as_ref().map(|(user, source)| (user.as_str(), source))
            }
            AppImage::Files => None,
        }
    }

    /// Its name for people.
    #[must_use]
    pub(crate) fn called(&self) -> &str {
        self.name.as_deref().unwrap_or("the app")
    }
}

/// How cf is told image and user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// By its flags, or not at all where the manifest has it right.
    Flags,
    /// In a private copy of the manifest: cf refuses its flags beside what else the app has.
    Copy,
}

/// What an app runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AppImage {
    /// An image in ICR.
    Icr(IcrImage),
    /// An image in another registry.
    Other(OtherImage),
    /// No image: it is built from files.
    Files,
}

/// An image in ICR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IcrImage {
    /// As it was given.
    pub given: String,
    /// In full, or where to search for it.
    pub target: ImageTarget,
    /// How it is pulled.
    pub login: ImageLogin,
}

/// How an image of ICR is pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ImageLogin {
    /// With a key.
    Key(KeyLogin),
    /// Perhaps by everybody, which is asked first; with the key where it takes one.
    Unasked(KeyLogin),
    /// By everybody: neither user nor key.
    Public,
    /// `--no-key`: by everybody, or with what the platform has.
    Without,
}

impl ImageLogin {
    /// The same, now that it is known who may pull the image.
    #[must_use]
    pub(crate) fn settled(self, shown: Shown) -> Self {
        match (self, shown) {
            (Self::Unasked(_), Shown::ToEverybody) => Self::Public,
            (Self::Unasked(login), Shown::ByKey) => Self::Key(login),
            (settled, _) => settled,
        }
    }

    /// The user and the key, where there are any.
    #[must_use]
    pub(crate) const fn key(&self) -> Option<&KeyLogin> {
        match self {
            Self::Key(login) | Self::Unasked(login) => Some(login),
            Self::Public | Self::Without => None,
        }
    }
}

/// Who may pull an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Everybody.
    ToEverybody,
    /// Whoever has a key.
    ByKey,
}

/// A user of ICR, and the key that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyLogin {
    /// Registry user.
    pub username: Username,
    /// Where the key comes from.
    pub source: KeyChoice,
    /// Where the key may go.
    pub scope: Scope,
}

/// An image in another registry, which is not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OtherImage {
    /// As it was given.
    pub given: String,
    /// The registry.
    pub host: String,
    /// The user that goes with it, and where the password comes from.
    pub login: Option<(String, KeyChoice)>,
}
