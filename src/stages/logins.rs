//! Images that everybody may pull: those of the global registry, for which nobody names a user, are
//! asked for without a key first. Where nobody is asked, says what is assumed.

use std::time::Instant;

use super::{Stages, interruptible};
use crate::app::AppRun;
use crate::error::Error;
use crate::icr;
use crate::reference::ImageReference;
use crate::request::{Checks, ImageLogin, Shown};

/// Whether somebody is asked who may pull an image.
#[derive(Clone, Copy)]
pub(crate) enum Asking<'a> {
    /// The registry is, within these bounds.
    Registry(&'a Checks),
    /// Nobody is.
    Nobody,
}

impl Stages<'_> {
    /// Settles which images everybody may pull, so that the others need the key. Gives what the
    /// registry said where it wants one.
    pub(crate) async fn settle_logins(
        &mut self,
        asking: Asking<'_>,
        apps: &mut [AppRun],
    ) -> Result<Vec<String>, Error> {
        let images = open(apps);
        let mut refused = Vec::new();
        let mut shown: Vec<Shown> = Vec::new();
        match asking {
            Asking::Registry(checks) if !images.is_empty() => {
                // A clock of its own: between it and the checks somebody may be asked for the key.
                let deadline = Instant::now() + icr::limit(checks, images.len());
                let images: Vec<&ImageReference> = images.iter().collect();
                let work = Box::pin(icr::shown(&images, deadline, &self.authorities));
                for answer in interruptible(deadline, self.signals, work).await? {
                    shown.push(if answer.is_ok() { Shown::ToEverybody } else { Shown::ByKey });
                    refused.extend(answer.err());
                }
            }
            Asking::Registry(_) | Asking::Nobody => shown.extend(images.iter().map(assumed)),
        }
        let named = |wanted| {
            let pairs = images.iter().zip(&shown).filter(move |(_, shown)| **shown == wanted);
            pairs.map(|(image, _)| format!("`{image}`")).collect::<Vec<_>>().join(", ")
        };
        let (public, by_key) = (named(Shown::ToEverybody), named(Shown::ByKey));
        match asking {
            Asking::Nobody => self.assume(&public, &by_key),
            Asking::Registry(_) if !public.is_empty() => {
                self.announcer.note(&format!("public, hence without user and key: {public}"));
            }
            Asking::Registry(_) => {}
        }
        for image in apps.iter_mut().filter_map(|run| run.app.icr_mut()) {
            let at = images.iter().position(|known| Some(known) == image.target.known());
            if let Some(shown) = at.and_then(|at| shown.get(at)) {
                image.login = image.login.clone().settled(*shown);
            }
            if let ImageLogin::Key(login) = &image.login {
                login.source.refuse_empty(self.environment)?;
            }
        }
        Ok(refused)
    }

    /// Says what is taken for granted where nobody is asked.
    fn assume(&self, public: &str, by_key: &str) {
        if !public.is_empty() {
            self.announcer.note(&format!(
                "not asked whether everybody may pull {public}: taken for public, as IBM's own are; `--docker-username iamapikey` gives it the key"
            ));
        }
        if !by_key.is_empty() {
            self.announcer.note(&format!(
                "not asked whether everybody may pull {by_key}: taken to need the key; `--no-key` goes without"
            ));
        }
    }
}

/// The images that everybody may be able to pull, each once.
fn open(apps: &[AppRun]) -> Vec<ImageReference> {
    let mut images: Vec<ImageReference> = Vec::new();
    for image in apps.iter().filter_map(|run| run.app.icr()) {
        let open = image.target.known().filter(|_| matches!(image.login, ImageLogin::Unasked(_)));
        images.extend(open.filter(|open| !images.contains(open)).cloned());
    }
    images
}

/// Without a question: an account's own images need a key, and no account has a namespace as short
/// as IBM's.
fn assumed(image: &ImageReference) -> Shown {
    if image.is_ibms_own() { Shown::ToEverybody } else { Shown::ByKey }
}
