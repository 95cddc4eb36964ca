//! The secrets of a push: each source read once, each app given the one that is its own.

use super::Session;
use crate::credentials::{self, Found, Looked};
use crate::environment::Environment;
use crate::error::Error;
use crate::process::Signals;
use crate::report::Announcer;
use crate::request::{AppImage, KeyChoice, KeyLogin, PushRequest, Username};

/// What was found, and whose it is. Has no `Debug`: it holds keys.
pub(crate) struct Secrets {
    found: Vec<Found>,
    /// The one for all that have no other.
    key: Option<usize>,
    of: Vec<Option<usize>>,
}

/// A secret with fewer bytes is looked for as a whole alone.
const SHORT: usize = 8;

/// A source to be read, for some of the apps.
pub(super) struct Wanted<'a> {
    pub(super) choice: &'a KeyChoice,
    pub(super) whose: Whose<'a>,
    pub(super) apps: Vec<usize>,
}

/// What the secret is.
#[derive(Clone, PartialEq)]
pub(super) enum Whose<'a> {
    /// The key of a registry user, for these hosts.
    Key { username: &'a Username, hosts: Vec<&'static str> },
    /// The password for another registry.
    Password { host: &'a str },
}

impl Secrets {
    /// The secret of an app.
    pub(crate) fn of(&self, app: usize) -> Option<&Found> {
        self.of.get(app).copied().flatten().and_then(|at| self.found.get(at))
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Found> {
        self.found.iter()
    }

    /// Finds all of them, in the order of the apps.
    pub(crate) async fn find(
        request: &PushRequest,
        environment: &Environment,
        announcer: Announcer<'_>,
        signals: &mut Signals,
    ) -> Result<Self, Error> {
        let (mut found, mut key): (Vec<Found>, _) = (Vec::new(), None);
        let mut typed: Vec<(usize, &Username)> = Vec::new();
        let mut of = vec![None; request.apps.len()];
        for wanted in wanted(request) {
            let one = match &wanted.whose {
                Whose::Key { username, hosts } => {
                    if *wanted.choice == request.key {
                        key.get_or_insert(found.len());
                    }
                    let is_like = |user: &Username| {
                        user == *username || !user.is_short_lived() && !username.is_short_lived()
                    };
                    let typed = typed.iter().find(|(_, user)| is_like(user));
                    let typed = typed.and_then(|(at, _)| found.get(*at));
                    let choice = wanted.choice;
                    credentials::find(choice, username, hosts, environment, typed, signals).await?
                }
                Whose::Password { host } => {
                    credentials::password(wanted.choice, host, environment, signals).await?
                }
            };
            announcer.notices(&one.notices);
            for app in wanted.apps {
                if let Some(place) = of.get_mut(app) {
                    *place = Some(found.len());
                }
            }
            if let (true, Whose::Key { username, .. }) = (one.is_typed, wanted.whose) {
                typed.push((found.len(), username));
            }
            found.push(one);
        }
        Ok(Self { found, key, of })
    }
}

/// Says where the key would be looked for, without looking.
pub(crate) fn foresee(request: &PushRequest, environment: &Environment) -> Vec<Looked> {
    let all = wanted(request);
    let key = for_all(request, &all);
    let mut rows = match key.and_then(|at| all.get(at)) {
        Some(Wanted { choice, whose: Whose::Key { hosts, .. }, .. }) => {
            credentials::foresee(choice, hosts.first().copied().unwrap_or_default(), environment)
        }
        Some(_) | None => Vec::new(),
    };
    for (_, wanted) in all.iter().enumerate().filter(|(at, _)| Some(*at) != key) {
        let apps = wanted.apps.iter().filter_map(|at| request.apps.get(*at));
        let names = apps.map(|app| app.name.as_deref().unwrap_or("the app"));
        rows.push(Looked::foreseen(&wanted.choice.name(), &names.collect::<Vec<_>>()));
    }
    rows
}

/// The place of the key for all that have no other.
pub(super) fn for_all(request: &PushRequest, all: &[Wanted<'_>]) -> Option<usize> {
    all.iter().position(|wanted| {
        *wanted.choice == request.key && matches!(wanted.whose, Whose::Key { .. })
    })
}

/// The sources to be read, each once. Logins in Docker's configuration are kept by host.
pub(super) fn wanted(request: &PushRequest) -> Vec<Wanted<'_>> {
    let mut all: Vec<Wanted<'_>> = Vec::new();
    for (at, app) in request.apps.iter().enumerate() {
        let (choice, whose) = match &app.image {
            AppImage::Icr(image) => {
                let Some(KeyLogin { username, source, .. }) = image.login.key() else { continue };
                (source, Whose::Key { username, hosts: image.target.hosts() })
            }
            AppImage::Other(image) => match &image.login {
                Some((_, choice)) => (choice, Whose::Password { host: &image.host }),
                None => continue,
            },
            AppImage::Files => continue,
        };
        let same = all.iter_mut().find(|known| known.choice == choice && is_same(known, &whose));
        let Some(known) = same else {
            all.push(Wanted { choice, whose, apps: vec![at] });
            continue;
        };
        known.apps.push(at);
        if let (Whose::Key { hosts, .. }, Whose::Key { hosts: more, .. }) =
            (&mut known.whose, whose)
        {
            let new: Vec<_> = more.into_iter().filter(|host| !hosts.contains(host)).collect();
            hosts.extend(new);
        }
    }
    all
}

fn is_same(known: &Wanted<'_>, whose: &Whose<'_>) -> bool {
    match (&known.whose, whose) {
        (Whose::Key { username, hosts }, Whose::Key { username: other, hosts: others }) => {
            let kinds = username.is_short_lived() || other.is_short_lived();
            (!kinds || username == other) && (*known.choice != KeyChoice::Search || hosts == others)
        }
        // A password is the same wherever it goes, yet a key is none: it is looked at differently.
        (Whose::Password { .. }, Whose::Password { .. }) => true,
        (Whose::Key { .. }, Whose::Password { .. })
        | (Whose::Password { .. }, Whose::Key { .. }) => false,
    }
}

impl Session<'_> {
    /// Finds the secrets, and refuses a manifest that has one of them.
    pub(crate) async fn secrets(&mut self) -> Result<Secrets, Error> {
        let secrets =
            Secrets::find(self.request, self.environment, self.announcer, self.signals).await?;
        let sources: Vec<&str> = secrets.all().map(|found| found.source.as_str()).collect();
        if !sources.is_empty() {
            self.announcer.phase(&format!("key from {}", sources.join(", ")));
        }
        if let Some(written) = &self.request.written {
            for (at, found) in secrets.found.iter().enumerate() {
                let mut finder = found.finder();
                let what = if Some(at) == secrets.key { "API key" } else { "secret" };
                // A short password is a part of many a word.
                let is_short = Some(at) != secrets.key && found.key.expose().len() < SHORT;
                let has = |text: &str| {
                    if is_short { text == found.key.expose() } else { finder.is_in(text) }
                };
                written.refuse_keys(what, has)?;
                if !is_short && let Some(line) = written.line_of_key(|text| finder.is_in(text)) {
                    self.announcer.warn(&format!(
                        "{line}: the {what} of this push stands there, and whoever has the file has it; take it out and make a new one"
                    ));
                }
            }
        }
        Ok(secrets)
    }
}
