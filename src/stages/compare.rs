//! Compares the apps with those that are there: what the push of each would change.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::findings::ask;
use super::{LAST, Stages};
use crate::app::AppRun;
use crate::capi::Needed;
use crate::cf;
use crate::deployed::{Compared, Difference, Session, Terms, WantedImage, differences};
use crate::error::{Error, ErrorKind};
use crate::http::{Client, Tls};
use crate::icr::{self, Ask, Callers, Depth, Others};
use crate::process::{Signals, Stopped, within};
use crate::reference::{Defaults, ImageReference};
use crate::request::{AppImage, Env, Pin, PushRequest};
use crate::secret_shape::HIDDEN;

/// How long the questions to the platform may take; a space has thousands of apps at most.
const LIMIT: Duration = Duration::from_secs(2 * 60);
/// Flags behind whose push an app does not run.
const STOP: [&str; 2] = ["no-start", "task"];

impl Stages<'_> {
    /// Why the apps cannot be compared from here, before a key is read for it.
    ///
    /// # Errors
    /// cf has no login, or a configuration that is not known; a signal.
    pub(crate) async fn try_session(&mut self) -> Result<(), Error> {
        if self.cf.path.is_none() {
            return Err(Error::new(ErrorKind::Setup, "cf is not installed here"));
        }
        let limit = Instant::now() + LIMIT;
        let told = self.announcer.later();
        let (terms, signals) = self.terms(limit);
        Session::open(terms, told, signals).await.map(|_| ())
    }

    fn terms(&mut self, deadline: Instant) -> (Terms<'_>, &mut Signals) {
        let terms = Terms {
            cf: &self.cf,
            environment: self.environment,
            authorities: &self.authorities,
            needed: Needed::Space,
            deadline,
        };
        (terms, self.signals)
    }

    /// Finds out what the push of each app would change.
    ///
    /// # Errors
    /// The platform cannot be asked, or does not list its apps; a signal.
    pub(crate) async fn compare(&mut self, apps: &mut [AppRun]) -> Result<(), Error> {
        let request = self.request;
        let told = self.announcer.later();
        let (terms, signals) = self.terms(Instant::now() + LIMIT);
        let session = Session::open(terms, told, signals).await?;
        let wanted: Vec<Compared<'_>> =
            apps.iter().filter_map(|run| wanted(request, run)).collect();
        let work = within(LIMIT + LAST, signals, Box::pin(differences(&session, &wanted)));
        let mut found = work.await.map_err(stopped)??.into_iter();
        drop(wanted);
        let mut keys: Vec<_> = apps.iter().filter_map(AppRun::key).map(Arc::clone).collect();
        keys.dedup_by(|one, other| Arc::ptr_eq(one, other));
        for run in apps {
            let nameless = || Difference::unknown("nobody says the name of the app".to_owned());
            let named = run.app.name.as_ref().and_then(|_| found.next());
            let mut difference = named.unwrap_or_else(nameless);
            if request.env == Env::Hidden {
                difference.without_env();
            }
            // The platform's words may be anything.
            for text in difference.texts() {
                let is_told = session.controller().repeats_token(text)
                    || keys.iter().any(|key| key.is_in(text));
                if is_told {
                    HIDDEN.clone_into(text);
                }
            }
            run.difference = Some(difference);
        }
        Ok(())
    }

    /// Finds out when the images that run were built, where another one is wanted. That nobody knows
    /// is nothing that has to be said.
    ///
    /// # Errors
    /// A signal.
    pub(crate) async fn ages(&mut self, apps: &mut [AppRun]) -> Result<(), Error> {
        let Some(checks) = &self.request.checks else { return Ok(()) };
        let old: Vec<(usize, ImageReference)> =
            apps.iter().enumerate().filter_map(|(at, run)| Some((at, replaced(run)?))).collect();
        let asks: Vec<Ask<'_>> = old
            .iter()
            .filter_map(|(at, reference)| {
                let ask = ask(apps.get(*at)?)?;
                Some(Ask { reference, others: Others::LeftAlone, ..ask })
            })
            .collect();
        if asks.is_empty() {
            return Ok(());
        }
        let limit = icr::limit(checks, asks.len());
        let client = Client::new(&self.authorities, Tls::Verify, Instant::now() + limit);
        let callers = Callers::of(&asks, &client);
        let work = icr::images(&asks, &callers, Depth::Configuration);
        let looked = within(limit + LAST, self.signals, Box::pin(work)).await.map_err(stopped)?;
        drop(callers);
        drop(asks);
        for ((at, _), answer) in old.iter().zip(looked) {
            let run = apps.get_mut(*at).and_then(|run| run.difference.as_mut());
            if let Some(running) = run.and_then(|difference| difference.running.as_mut()) {
                running.created = answer.image.created;
            }
        }
        Ok(())
    }
}

fn stopped(stopped: Stopped) -> Error {
    match stopped {
        Stopped::By(signal) => {
            Error::new(ErrorKind::Interrupted(signal.code()), "interrupted while comparing")
        }
        Stopped::TimedOut => Error::new(ErrorKind::TimedOut, "the comparison did not end in time")
            .hint("name fewer apps at once"),
    }
}

/// The image of an app that another one is wanted for, in a place that its key is for.
fn replaced(run: &AppRun) -> Option<ImageReference> {
    let difference = run.difference.as_ref()?;
    let (running, wanted) = (difference.running.as_ref()?, difference.wanted.as_ref()?);
    running.digest.as_ref().filter(|digest| wanted.digest.as_ref() != Some(*digest))?;
    let old = ImageReference::parse(&running.image, &Defaults::default()).ok()?;
    let new = run.app.reference()?;
    ((old.host(), old.namespace()) == (new.host(), new.namespace())).then_some(old)
}

/// An app as its push would have it.
fn wanted<'a>(request: &PushRequest, run: &'a AppRun) -> Option<Compared<'a>> {
    let app = &run.app;
    let name = app.name.as_deref()?;
    let pushed = run.pushed();
    let image = match (&app.image, &pushed) {
        (AppImage::Icr(_), Some(pushed)) => {
            let found = run.findings.as_ref().map(|findings| &findings.image);
            let reference = app.reference();
            let tag = reference.and_then(|one| one.tag()).or_else(|| {
                // What a name alone means.
                reference.filter(|one| one.digest().is_none()).map(|_| "latest")
            });
            WantedImage::Icr {
                pushed: pushed.clone(),
                tag: tag.map(str::to_owned),
                index_digest: found.and_then(|image| image.index_digest.clone()),
                created: found.and_then(|image| image.created.clone()),
                pin: app.checks.as_ref().map_or(Pin::AsGiven, |checks| checks.pin),
            }
        }
        (AppImage::Other(_), Some(given)) => WantedImage::Other(given.clone()),
        (AppImage::Icr(_) | AppImage::Other(_) | AppImage::Files, _) => WantedImage::Files,
    };
    let stops = |flag: &str| request.flags.iter().any(|given| given.flag.long == Some(flag));
    Some(Compared {
        name,
        image,
        user: app.login().map(|(user, _)| user),
        sent: cf::sent(request, app, pushed.as_deref()),
        starts: !STOP.into_iter().any(stops),
    })
}
