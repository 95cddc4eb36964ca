//! The secrets of a push: each source read once, each app given the one that is its own.

use super::Session;
use crate::credentials::{self, Found, Looked};
use crate::environment::Environment;
use crate::error::Error;
use crate::process::Signals;
use crate::report::Announcer;
use crate::request::{AppImage, IcrImage, KeyChoice, PushRequest, Username};

/// What was found, and whose it is. Has no `Debug`: it holds keys.
pub(crate) struct Secrets {
    found: Vec<Found>,
    of: Vec<Option<usize>>,
}

/// A source to be read, for some of the apps.
struct Wanted<'a> {
    choice: &'a KeyChoice,
    whose: Whose<'a>,
    apps: Vec<usize>,
}

/// What the secret is.
#[derive(Clone, PartialEq)]
enum Whose<'a> {
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
        announcer: Announcer,
        signals: &mut Signals,
    ) -> Result<Self, Error> {
        let mut found = Vec::new();
        let mut of = vec![None; request.apps.len()];
        for wanted in wanted(request) {
            let one = match &wanted.whose {
                Whose::Key { username, hosts } => {
                    credentials::find(wanted.choice, username, hosts, environment, signals).await?
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
            found.push(one);
        }
        Ok(Self { found, of })
    }
}

/// Says where the key would be looked for, without looking.
pub(crate) fn foresee(request: &PushRequest, environment: &Environment) -> Vec<Looked> {
    let first = wanted(request).into_iter().find_map(|wanted| match wanted.whose {
        Whose::Key { hosts, .. } => Some((wanted.choice, hosts)),
        Whose::Password { .. } => None,
    });
    let (choice, hosts) = first.unwrap_or((&request.key, Vec::new()));
    credentials::foresee(choice, hosts.first().copied().unwrap_or_default(), environment)
}

/// The sources to be read, each once. Logins in Docker's configuration are kept by host.
fn wanted(request: &PushRequest) -> Vec<Wanted<'_>> {
    let mut all: Vec<Wanted<'_>> = Vec::new();
    for (at, app) in request.apps.iter().enumerate() {
        let (choice, whose) = match &app.image {
            AppImage::Icr(IcrImage { key: Some(choice), username, target, .. }) => {
                (choice, Whose::Key { username, hosts: target.hosts() })
            }
            AppImage::Other(image) => match &image.login {
                Some((_, choice)) => (choice, Whose::Password { host: &image.host }),
                None => continue,
            },
            AppImage::Icr(_) | AppImage::Files => continue,
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
            for found in secrets.all() {
                let mut finder = found.finder();
                written.refuse_keys(|text| finder.is_in(text))?;
            }
        }
        Ok(secrets)
    }
}
