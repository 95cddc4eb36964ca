//! Keys and passwords for a part of the registries alone: `--api-key-for SCOPE=SOURCE` and
//! `--docker-password-for HOST=SOURCE`. A source says where a secret is; it is never one.

use std::path::PathBuf;

use super::key::empty;
use super::{ImageTarget, KeyChoice, KeyFile};
use crate::cli::KeyArgs;
use crate::environment::{Environment, Presence};
use crate::error::{Error, ErrorKind, printable};
use crate::reference::ImageReference;
use crate::region;
use crate::settings::{Offered, Said, Setting, Settings, Source};

const KEY_FLAG: &str = "--api-key-for";
const PASSWORD_FLAG: &str = "--docker-password-for";

/// Takes each value of a list, with what stands against its file; a fault is told where it stands.
fn each(
    list: Setting,
    given: &[String],
    settings: &Settings<'_>,
    mut add: impl FnMut(&Said, Option<&Error>) -> Result<(), Error>,
) -> Result<(), Error> {
    let Offered { values, refused } = settings.offered(list, given)?;
    values
        .iter()
        .try_for_each(|said| add(said, refused.as_ref()).map_err(|error| said.blame(error)))
}

/// What a key is for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct For {
    /// A registry host of ICR.
    host: Option<&'static str>,
    /// A namespace.
    namespace: Option<String>,
}

/// Where a key may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// To any registry of ICR.
    Any,
    /// To the one that it was given for.
    Host,
}

/// The key for an image.
pub(super) struct Fit {
    pub(super) choice: KeyChoice,
    pub(super) scope: Scope,
}

impl For {
    fn has_namespace(&self, reference: &ImageReference) -> bool {
        self.namespace.as_deref().is_none_or(|name| name == reference.namespace())
    }

    /// How well it fits; a namespace says more than a host. `None` where it does not.
    fn weight(&self, reference: &ImageReference) -> Option<u8> {
        let has = |host: &str| reference.registry().hosts().any(|name| name == host);
        let fits = self.host.is_none_or(has) && self.has_namespace(reference);
        let weight = u8::from(self.host.is_some()) + 2 * u8::from(self.namespace.is_some());
        fits.then_some(weight)
    }
}

/// A key, what it is for, and how that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    whom: For,
    said: String,
    choice: Result<KeyChoice, Error>,
    by: Source,
}

/// Keys by what they are for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KeyRules(Vec<Entry>);

impl KeyRules {
    /// Reads them, where a key is used at all.
    pub(super) fn of(
        key: &KeyArgs,
        given: &[String],
        settings: &Settings<'_>,
        environment: &Environment,
    ) -> Result<Self, Error> {
        if key.no_key {
            return Ok(Self::default());
        }
        Self::read(given, settings, environment)
    }

    /// Reads what was given to `--api-key-for`, or by a file.
    pub(super) fn read(
        given: &[String],
        settings: &Settings<'_>,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let mut keys = Self::default();
        each(Setting::ApiKeyFor, given, settings, |said, refused| {
            keys.add(said, refused, environment)
        })?;
        Ok(keys)
    }

    fn add(
        &mut self,
        said: &Said,
        refused: Option<&Error>,
        environment: &Environment,
    ) -> Result<(), Error> {
        let text = &said.value;
        let (scope, source) = split(text, KEY_FLAG, "NAMESPACE")?;
        let whom = whom(scope)?;
        if self.0.iter().any(|known| known.whom == whom) {
            return Err(twice(flag_of(said), text));
        }
        let choice = choice(source, said, refused, environment)?;
        let by = said.source.clone();
        self.0.push(Entry { whom, said: scope.to_owned(), choice, by });
        Ok(())
    }

    /// The key that fits an image best; `None` where none is for it.
    ///
    /// # Errors
    /// It hangs on the registry, which nobody has said; its file is not allowed.
    pub(super) fn fit(&self, target: &ImageTarget) -> Result<Option<Fit>, Error> {
        let Some(reference) = target.candidates().first() else {
            return Err(Error::new(ErrorKind::Internal, "no registry to search"));
        };
        if target.known().is_none() {
            let by_host =
                |entry: &&Entry| entry.whom.host.is_some() && entry.whom.has_namespace(reference);
            if let Some(entry) = self.0.iter().find(by_host) {
                return Err(unplaced(reference, &entry.said));
            }
        }
        let fitting =
            self.0.iter().filter_map(|entry| Some((entry.whom.weight(reference)?, entry)));
        let best = fitting.max_by_key(|(weight, _)| *weight);
        let Some((_, entry)) = best else { return Ok(None) };
        let scope = if entry.whom.host.is_some() { Scope::Host } else { Scope::Any };
        Ok(Some(Fit { choice: entry.choice.clone()?, scope }))
    }

    /// What was typed for no image of these. A file is for many pushes.
    pub(super) fn unused(&self, targets: &[&ImageTarget]) -> Option<&str> {
        let references = || targets.iter().flat_map(|target| target.candidates());
        let fits = |entry: &&Entry| references().any(|one| entry.whom.weight(one).is_some());
        let mut typed = self.0.iter().filter(|entry| entry.by.is_typed());
        typed.find(|entry| !fits(entry)).map(|entry| entry.said.as_str())
    }

    /// The variables that hold one.
    pub(super) fn variables(&self) -> impl Iterator<Item = String> {
        named(self.0.iter().map(|entry| &entry.choice))
    }
}

fn unplaced(reference: &ImageReference, said: &str) -> Error {
    let image = reference.path();
    let message = format!("whether `{KEY_FLAG} {said}=...` is for `{image}` is not known");
    Error::new(ErrorKind::Usage, message)
        .seen("the image names no registry, and no region is set")
        .hint("say it: `--region REGION`, or the host in the image")
        .hint(format!(
            "or give the key for the namespace: `{KEY_FLAG} {}=...`",
            reference.namespace()
        ))
}

/// Passwords of registries that are not ICR's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Passwords(Vec<Password>);

/// The password of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Password {
    host: String,
    choice: Result<KeyChoice, Error>,
    by: Source,
}

impl Passwords {
    /// Reads what was given to `--docker-password-for`, or by a file.
    pub(super) fn read(
        given: &[String],
        settings: &Settings<'_>,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let mut passwords = Self::default();
        each(Setting::DockerPasswordFor, given, settings, |said, refused| {
            passwords.add(said, refused, environment)
        })?;
        Ok(passwords)
    }

    fn add(
        &mut self,
        said: &Said,
        refused: Option<&Error>,
        environment: &Environment,
    ) -> Result<(), Error> {
        let text = &said.value;
        let (host, source) = split(text, PASSWORD_FLAG, "HOST")?;
        if region::by_host(host).is_some() {
            let message = format!("`{host}` is a registry of ICR, which takes a key");
            return Err(Error::new(ErrorKind::Usage, message)
                .hint(format!("write `{KEY_FLAG} {host}=...`, with the source of a key")));
        }
        if host.contains(['/', '@']) {
            let host = printable(host);
            return Err(Error::new(ErrorKind::Usage, format!("`{host}` is no registry host"))
                .hint(format!("write the host alone: `{PASSWORD_FLAG} docker.io=...`")));
        }
        let host = canonical(host);
        if self.0.iter().any(|known| known.host == host) {
            return Err(twice(flag_of(said), text));
        }
        let choice = choice(source, said, refused, environment)?;
        self.0.push(Password { host, choice, by: said.source.clone() });
        Ok(())
    }

    /// The source of a host's password.
    ///
    /// # Errors
    /// Its file is not allowed.
    pub(super) fn of(&self, host: &str) -> Result<Option<KeyChoice>, Error> {
        let known = self.0.iter().find(|known| known.host == host);
        known.map(|known| known.choice.clone()).transpose()
    }

    /// The hosts that one was typed for.
    pub(super) fn typed_hosts(&self) -> impl Iterator<Item = &str> {
        let typed = self.0.iter().filter(|known| known.by.is_typed());
        typed.map(|known| known.host.as_str())
    }

    /// The variables that hold one.
    pub(super) fn variables(&self) -> impl Iterator<Item = String> {
        named(self.0.iter().map(|known| &known.choice))
    }
}

/// The one name under which a registry is known here; Docker Hub has several.
pub(super) fn canonical(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    match host.as_str() {
        "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com" => {
            "docker.io".to_owned()
        }
        _ => host,
    }
}

fn named<'a>(
    choices: impl Iterator<Item = &'a Result<KeyChoice, Error>>,
) -> impl Iterator<Item = String> {
    choices.flatten().filter_map(|choice| match choice {
        KeyChoice::Named(name) => Some(name.clone()),
        KeyChoice::Stdin(_)
        | KeyChoice::File(_)
        | KeyChoice::Command(_)
        | KeyChoice::Variable(_)
        | KeyChoice::Search => None,
    })
}

fn split<'a>(text: &'a str, flag: &str, what: &str) -> Result<(&'a str, &'a str), Error> {
    match text.split_once('=') {
        Some((name, source)) if !name.is_empty() && !source.is_empty() => Ok((name, source)),
        // Not repeated: it may be the secret itself.
        Some(_) | None => {
            Err(Error::new(ErrorKind::Usage, format!("`{flag}` takes {what}, `=` and a source"))
                .hint(format!(
                    "write `{flag} {what}=env:NAME`, `=file:PATH` or `=command:PROGRAM ARGUMENTS`"
                )))
        }
    }
}

fn whom(text: &str) -> Result<For, Error> {
    let (host, namespace) = match text.split_once('/') {
        Some((host, namespace)) => (Some(host), Some(namespace)),
        None if text.contains('.') => (Some(text), None),
        None => (None, Some(text)),
    };
    let host = host.map(|host| region::by_host(host).ok_or_else(|| unknown_host(host)));
    let host = host.transpose()?.map(|registry| registry.host);
    if let Some(namespace) = namespace {
        crate::reference::check_namespace(namespace, KEY_FLAG)?;
    }
    Ok(For { host, namespace: namespace.map(str::to_owned) })
}

fn unknown_host(host: &str) -> Error {
    let message = format!("`{}` is no registry of ICR", printable(host));
    Error::new(ErrorKind::Usage, message)
        .hint("`icr-cf regions` lists them")
        .hint(format!("the password of another registry: `{PASSWORD_FLAG} HOST=SOURCE`"))
}

fn twice(flag: &str, text: &str) -> Error {
    let name = text.split('=').next().unwrap_or_default();
    let message = format!("`{flag} {}=...` is given twice", printable(name));
    Error::new(ErrorKind::Usage, message).hint("drop one of them")
}

/// What a message calls the list: its flag, or its name in a file.
fn flag_of(said: &Said) -> &'static str {
    match said.source {
        Source::Flag(flag) => flag,
        Source::Variable(_) | Source::File(_) | Source::Default => said.setting.name(),
    }
}

/// The source behind `=`; of a file that is not allowed nothing is looked at.
fn choice(
    text: &str,
    said: &Said,
    refused: Option<&Error>,
    environment: &Environment,
) -> Result<Result<KeyChoice, Error>, Error> {
    match refused {
        Some(refused) => Ok(Err(refused.clone())),
        None => source(text, flag_of(said), &said.source, environment).map(Ok),
    }
}

fn source(
    text: &str,
    flag: &str,
    said_by: &Source,
    environment: &Environment,
) -> Result<KeyChoice, Error> {
    match text.split_once(':') {
        Some(("env", name)) => variable(name, flag, environment),
        Some(("file" | "command", "")) => Err(empty(flag)),
        Some(("file", path)) => {
            Ok(KeyChoice::File(KeyFile { path: PathBuf::from(path), said_by: said_by.to_string() }))
        }
        Some(("command", command)) => KeyChoice::of_command(command, &said_by.to_string()),
        // Not repeated: it may be the secret itself.
        Some(_) | None => Err(Error::new(
            ErrorKind::ExposedSecret,
            format!("`{flag}` takes a source behind `=`, not the secret itself"),
        )
        .seen("a secret on a command line is seen by every user (`ps`) and kept in the shell's history")
        .hint("write `env:NAME`, `file:PATH` or `command:PROGRAM ARGUMENTS`")),
    }
}

fn variable(name: &str, flag: &str, environment: &Environment) -> Result<KeyChoice, Error> {
    let is_name = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_name {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("`{flag}` names no variable behind `env:`"),
        )
        .hint("write `env:NAME`, without `$`"));
    }
    let state = match environment.presence(name) {
        Presence::Set => return Ok(KeyChoice::Named(name.to_owned())),
        Presence::Empty => "set but empty",
        Presence::Unset => "not set",
    };
    Err(Error::new(ErrorKind::Key, format!("`{name}`, which `{flag}` names, is {state}"))
        .hint("fill it, or name another source: `file:PATH`, `command:...`"))
}

#[cfg(test)]
mod tests;
