//! Images that everybody may pull: those of the global registry, for which nobody names a user, are
//! asked for without a key first. Where nobody is asked, says what is assumed.

use std::time::Instant;

use super::{Session, interruptible};
use crate::checks;
use crate::error::{Error, ErrorKind};
use crate::reference::ImageReference;
use crate::request::{Login, Mode, PushRequest, Shown};

/// A request whose logins are settled, and why they need the key where they might not have.
pub(super) struct Settled {
    pub(super) request: PushRequest,
    pub(super) refused: Vec<String>,
}

impl Session<'_> {
    /// Finds out which images everybody may pull.
    pub(super) async fn settled(&mut self) -> Result<Settled, Error> {
        let mut images: Vec<&ImageReference> = Vec::new();
        for (_, image) in self.request.icr() {
            let open = image.target.known().filter(|_| matches!(image.login, Login::Unasked(_)));
            images.extend(open.filter(|open| !images.contains(open)));
        }
        let asks = self.request.checks.as_ref().filter(|_| self.request.mode != Mode::DryRun);
        let found: Vec<(Shown, Option<String>)> = match asks {
            _ if images.is_empty() => Vec::new(),
            Some(checks) => {
                // A clock of its own: between it and the checks somebody may be asked for the key.
                let deadline = Instant::now() + checks::limit(checks, images.len());
                let work = Box::pin(checks::shown(&images, deadline, &self.authorities));
                let answers = interruptible(deadline, self.signals, work).await?;
                let of = |answer| match answer {
                    Ok(()) => (Shown::ToEverybody, None),
                    Err(why) => (Shown::ByKey, Some(why)),
                };
                answers.into_iter().map(of).collect()
            }
            None => images.iter().map(|image| (assumed(image), None)).collect(),
        };
        let shown = |wanted| {
            let pairs = images.iter().zip(&found).filter(move |(_, (shown, _))| *shown == wanted);
            pairs.map(|(image, _)| format!("`{image}`")).collect::<Vec<_>>().join(", ")
        };
        let (public, by_key) = (shown(Shown::ToEverybody), shown(Shown::ByKey));
        if asks.is_none() {
            self.assume(&public, &by_key);
        } else if !public.is_empty() {
            self.announcer.note(&format!("public, hence without user and key: {public}"));
        }
        let request = self.request.knowing(|_, image| {
            let at = images.iter().position(|known| Some(*known) == image.target.known());
            if let Some((shown, _)) = at.and_then(|at| found.get(at)) {
                image.login = image.login.clone().settled(*shown);
            }
        });
        for (_, image) in request.icr() {
            if let Login::Key(login) = &image.login {
                login.source.refuse_empty(self.environment)?;
            }
        }
        let refused = found.iter().filter_map(|(_, why)| why.clone());
        Ok(Settled { refused: refused.collect(), request })
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

/// Without a question: an account's own images need a key, and no account has a namespace as short
/// as IBM's.
fn assumed(image: &ImageReference) -> Shown {
    if image.is_ibms_own() { Shown::ToEverybody } else { Shown::ByKey }
}

/// Adds to an error about the key what was answered without one.
pub(super) fn with_lines(error: Error, refused: Vec<String>) -> Error {
    if error.kind() != ErrorKind::Key {
        return error;
    }
    let lines = refused.into_iter().map(|why| format!("asked without a key: {why}"));
    lines.fold(error, Error::seen)
}
