//! The keys for the images of apps that are there: each source read once, each image given the one
//! that is its own.

use std::sync::Arc;

use super::{Deployed, Running};
use crate::credentials::{self, KeyQuery, SourcedKey};
use crate::environment::Environment;
use crate::error::Error;
use crate::icr::{RegistryLogin, Who};
use crate::process::Signals;
use crate::reference::ImageReference;
use crate::request::{KeyChoice, Looking, WithKey};
use crate::secret_shape::HIDDEN;

/// The keys that were found. Has no `Debug`: it holds them.
pub(crate) struct Keys<'a> {
    looking: &'a Looking,
    found: Vec<Found>,
}

struct Found {
    choice: KeyChoice,
    /// Where logins are kept by host, those that this one is for.
    hosts: Vec<&'static str>,
    key: Arc<SourcedKey>,
}

impl<'a> Keys<'a> {
    /// Finds the keys for these images.
    ///
    /// # Errors
    /// A source that fails, or none at all.
    pub(crate) async fn find(
        looking: &'a Looking,
        images: impl Iterator<Item = &ImageReference>,
        environment: &Environment,
        signals: &mut Signals,
    ) -> Result<Self, Error> {
        let mut wanted: Vec<(KeyChoice, Vec<&'static str>)> = Vec::new();
        for image in images.filter(|_| looking.with_key == WithKey::Yes) {
            let choice = looking.choice(image)?;
            let is_by_host = choice == KeyChoice::Search;
            let same = |(known, hosts): &&mut (KeyChoice, Vec<&'static str>)| {
                *known == choice && (!is_by_host || hosts.contains(&image.host()))
            };
            match wanted.iter_mut().find(same) {
                Some((_, hosts)) if hosts.contains(&image.host()) => {}
                Some((_, hosts)) => hosts.push(image.host()),
                None => wanted.push((choice, vec![image.host()])),
            }
        }
        let mut found: Vec<Found> = Vec::new();
        for (choice, hosts) in wanted {
            choice.refuse_empty(environment)?;
            let typed = found.iter().find(|one| one.key.is_typed).map(|one| &*one.key);
            let query = KeyQuery::of(&looking.username, &hosts, environment).typed(typed);
            let key = Arc::new(credentials::find(&choice, &query, signals).await?);
            found.push(Found { choice, hosts, key });
        }
        Ok(Self { looking, found })
    }

    /// Each of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<SourcedKey>> {
        self.found.iter().map(|one| &one.key)
    }

    /// The key for an image.
    pub(crate) fn of(&self, image: &ImageReference) -> Option<&Arc<SourcedKey>> {
        let choice = self.looking.choice(image).ok()?;
        let is_by_host = choice == KeyChoice::Search;
        let fits = |one: &&Found| {
            one.choice == choice && (!is_by_host || one.hosts.contains(&image.host()))
        };
        self.found.iter().find(fits).map(|one| &one.key)
    }

    /// Who asks the registry for an image.
    pub(crate) fn who(&self, image: &ImageReference) -> Who<'_> {
        match self.of(image) {
            Some(found) => {
                Who::Key(RegistryLogin { user: &self.looking.username, key: &found.key })
            }
            None => Who::Anybody,
        }
    }

    /// Takes them out of what the platform says of apps: somebody may have written one into a name or
    /// an image. Such an image is asked for nowhere.
    pub(crate) fn hide_in(&self, apps: &mut [Deployed]) {
        for app in apps {
            if app.image.as_deref().is_some_and(|image| self.are_in(image)) {
                app.running = Running::Unreadable("a key is in it".to_owned());
            }
            app.texts().for_each(|text| self.hide(text));
        }
    }

    /// Takes a text away that has one of them in it.
    pub(crate) fn hide(&self, text: &mut String) {
        if self.are_in(text) {
            HIDDEN.clone_into(text);
        }
    }

    /// Whether a text has one of them in it.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        self.all().any(|one| one.key.is_in(text))
    }
}
