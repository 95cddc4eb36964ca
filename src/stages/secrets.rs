//! The secrets of a push: each source read once, each app given the one that is its own.

use std::sync::Arc;

use super::Stages;
use super::search::readings;
use crate::app::AppRun;
use crate::credentials::{self, Explained, KeyQuery, SourceRow, SourcedKey};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::process::Signals;
use crate::report::Explanation;
use crate::request::{AppImage, KeyChoice, KeyLogin, PushRequest, Username};

/// A secret with fewer bytes is looked for as a whole alone.
const SHORT: usize = 8;

/// A source to be read, for some of the apps.
struct SecretSource<'a> {
    choice: &'a KeyChoice,
    kind: SourceKind<'a>,
    /// The places of the apps.
    apps: Vec<usize>,
}

/// What the secret is.
#[derive(Clone, PartialEq)]
enum SourceKind<'a> {
    /// The key of a registry user, for these hosts.
    Key { username: &'a Username, hosts: Vec<&'static str> },
    /// The password for another registry.
    Password { host: &'a str },
}

impl Stages<'_> {
    /// Finds the secrets, and refuses a manifest that has one of them. `refused` is what registries
    /// said where nobody gave them one.
    pub(crate) async fn find_secrets(
        &mut self,
        apps: &mut [AppRun],
        refused: Vec<String>,
    ) -> Result<(), Error> {
        let found = match self.find(apps).await {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::Key => {
                let lines = refused.into_iter().map(|why| format!("asked without a key: {why}"));
                // What an image may mean for which none is needed.
                let reading = apps.iter().find_map(|run| readings(&run.app));
                return Err(reading.into_iter().fold(lines.fold(error, Error::seen), Error::hint));
            }
            Err(error) => return Err(error),
        };
        let sources: Vec<&str> = found.iter().map(|(one, _)| one.source.as_str()).collect();
        if !sources.is_empty() {
            self.announcer.phase(&format!("key from {}", sources.join(", ")));
        }
        for (secret, kind) in &found {
            self.refuse_written(secret, *kind)?;
        }
        Ok(())
    }

    /// Finds all of them, in the order of the apps, and gives each app its own.
    async fn find(&mut self, apps: &mut [AppRun]) -> Result<Vec<(Arc<SourcedKey>, Role)>, Error> {
        let mut found: Vec<(Arc<SourcedKey>, Role)> = Vec::new();
        let mut of: Vec<(usize, Arc<SourcedKey>)> = Vec::new();
        let mut typed: Vec<(Arc<SourcedKey>, &Username)> = Vec::new();
        let all = wanted(apps);
        let key = for_all(self.request, &all);
        for (at, wanted) in all.into_iter().enumerate() {
            let (choice, environment) = (wanted.choice, self.environment);
            let one = match &wanted.kind {
                SourceKind::Key { username, hosts } => {
                    let is_like = |user: &Username| {
                        user == *username || !user.is_short_lived() && !username.is_short_lived()
                    };
                    let known = typed.iter().find(|(_, user)| is_like(user));
                    let known = known.map(|(known, _)| &**known);
                    let query = KeyQuery::of(username, hosts, environment).typed(known);
                    credentials::find(choice, &query, self.signals).await?
                }
                SourceKind::Password { host } => {
                    credentials::password(choice, host, environment, self.signals).await?
                }
            };
            self.announcer.notices(&one.notices);
            let one = Arc::new(one);
            of.extend(wanted.apps.iter().map(|app| (*app, Arc::clone(&one))));
            let role = if Some(at) == key { Role::Key } else { Role::Other };
            if let (true, SourceKind::Key { username, .. }) = (one.is_typed, wanted.kind) {
                typed.push((Arc::clone(&one), username));
            }
            found.push((one, role));
        }
        for (app, secret) in of {
            if let Some(run) = apps.get_mut(app) {
                run.secret = Some(secret);
            }
        }
        Ok(found)
    }

    /// Refuses a manifest in which a secret stands where `cf env` would show it.
    fn refuse_written(&self, secret: &SourcedKey, role: Role) -> Result<(), Error> {
        let Some(written) = &self.request.written else { return Ok(()) };
        let key = &secret.key;
        let what = match role {
            Role::Key => "API key",
            Role::Other => "secret",
        };
        // A short password is a part of many a word.
        let is_short = role == Role::Other && key.expose().len() < SHORT;
        let has = |text: &str| if is_short { text == key.expose() } else { key.is_in(text) };
        written.refuse_keys(what, has)?;
        if !is_short && let Some(line) = written.line_of_key(|text| key.is_in(text)) {
            self.announcer.warn(&format!(
                "{line}: the {what} of this push stands there, and whoever has the file has it; take it out and make a new one"
            ));
        }
        Ok(())
    }
}

/// What a secret is to the push as a whole.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The key for all that have no other.
    Key,
    Other,
}

/// Says where the key would be looked for, without looking.
pub(crate) fn foresee(
    request: &PushRequest,
    apps: &[AppRun],
    environment: &Environment,
) -> Vec<SourceRow> {
    let all = wanted(apps);
    let key = for_all(request, &all);
    let mut rows = match key.and_then(|at| all.get(at)) {
        Some(SecretSource { choice, kind: SourceKind::Key { hosts, .. }, .. }) => {
            credentials::foresee(choice, hosts.first().copied().unwrap_or_default(), environment)
        }
        Some(_) | None => Vec::new(),
    };
    for (_, wanted) in all.iter().enumerate().filter(|(at, _)| Some(*at) != key) {
        rows.push(SourceRow::foreseen(&wanted.choice.name(), &wanted.names(apps)));
    }
    rows
}

/// Looks for every secret as a push does, for `--explain-key`, and asks nobody.
pub(crate) async fn explain(
    request: &PushRequest,
    apps: &[AppRun],
    environment: &Environment,
    signals: &mut Signals,
) -> Explanation {
    let all = wanted(apps);
    let first = for_all(request, &all);
    let (mut rows, mut others) = (Vec::new(), Vec::new());
    let (mut key, mut found, mut failure, mut is_lacking) = (None, Vec::new(), None, false);
    for (at, one) in all.iter().enumerate() {
        let explained = look(one, environment, signals).await;
        is_lacking |= explained.found.is_none();
        failure = failure.or(explained.failure);
        if Some(at) == first {
            (rows, key) = (explained.looked_at, explained.found);
            continue;
        }
        let names = one.names(apps);
        others.push(match &explained.found {
            Some(found) => SourceRow::used(&found.source, &names),
            None => SourceRow::missing(&one.choice.name(), &names),
        });
        found.extend(explained.found);
    }
    rows.append(&mut others);
    let found = key.or(found.into_iter().next());
    Explanation { looked_at: rows, found, failure, is_lacking }
}

async fn look(
    one: &SecretSource<'_>,
    environment: &Environment,
    signals: &mut Signals,
) -> Explained {
    match &one.kind {
        SourceKind::Key { username, hosts } => {
            credentials::explain(one.choice, username, hosts, environment, signals).await
        }
        SourceKind::Password { host } => {
            let read = credentials::password(one.choice, host, environment, signals).await;
            let (found, failure) = match read {
                Ok(found) => (Some(found), None),
                Err(error) => (None, Some(error)),
            };
            Explained { found, looked_at: Vec::new(), failure }
        }
    }
}

impl SecretSource<'_> {
    fn names<'a>(&self, apps: &'a [AppRun]) -> Vec<&'a str> {
        self.apps.iter().filter_map(|at| Some(apps.get(*at)?.app.called())).collect()
    }
}

/// The place of the key for all that have no other.
fn for_all(request: &PushRequest, all: &[SecretSource<'_>]) -> Option<usize> {
    all.iter().position(|wanted| {
        *wanted.choice == request.key && matches!(wanted.kind, SourceKind::Key { .. })
    })
}

/// The sources to be read, each once. Logins in Docker's configuration are kept by host.
fn wanted(apps: &[AppRun]) -> Vec<SecretSource<'_>> {
    let mut all: Vec<SecretSource<'_>> = Vec::new();
    for (at, run) in apps.iter().enumerate() {
        let (choice, kind) = match &run.app.image {
            AppImage::Icr(image) => {
                let Some(KeyLogin { username, source, .. }) = image.login.key() else { continue };
                (source, SourceKind::Key { username, hosts: image.target.hosts() })
            }
            AppImage::Other(image) => match &image.login {
                Some((_, choice)) => (choice, SourceKind::Password { host: &image.host }),
                None => continue,
            },
            AppImage::Files => continue,
        };
        let same = all.iter_mut().find(|known| known.choice == choice && is_same(known, &kind));
        let Some(known) = same else {
            all.push(SecretSource { choice, kind, apps: vec![at] });
            continue;
        };
        known.apps.push(at);
        if let (SourceKind::Key { hosts, .. }, SourceKind::Key { hosts: more, .. }) =
            (&mut known.kind, kind)
        {
            let new: Vec<_> = more.into_iter().filter(|host| !hosts.contains(host)).collect();
            hosts.extend(new);
        }
    }
    all
}

fn is_same(known: &SecretSource<'_>, kind: &SourceKind<'_>) -> bool {
    match (&known.kind, kind) {
        (
            SourceKind::Key { username, hosts },
            SourceKind::Key { username: other, hosts: others },
        ) => {
            let kinds = username.is_short_lived() || other.is_short_lived();
            (!kinds || username == other) && (*known.choice != KeyChoice::Search || hosts == others)
        }
        // A password is the same wherever it goes, yet a key is none: it is looked at differently.
        (SourceKind::Password { .. }, SourceKind::Password { .. }) => true,
        (SourceKind::Key { .. }, SourceKind::Password { .. })
        | (SourceKind::Password { .. }, SourceKind::Key { .. }) => false,
    }
}
