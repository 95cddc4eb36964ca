//! Keys and passwords for a part of the registries alone: `--api-key-for SCOPE=SOURCE` and
//! `--docker-password-for HOST=SOURCE`. A source says where a secret is; it is never one.

use std::path::PathBuf;

use super::key::empty;
use super::{KeyChoice, KeyFile};
use crate::environment::{Environment, Presence};
use crate::error::{Error, ErrorKind, printable};
use crate::reference::ImageReference;
use crate::region;

const KEY_FLAG: &str = "--api-key-for";
const PASSWORD_FLAG: &str = "--docker-password-for";

/// What a key is for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Scope {
    /// A registry host of ICR.
    host: Option<&'static str>,
    /// A namespace.
    namespace: Option<String>,
}

impl Scope {
    /// How well it fits; a namespace says more than a host. `None` where it does not.
    fn fits(&self, reference: &ImageReference, is_known: Known) -> Option<u8> {
        let host = self.host.is_none_or(|host| {
            is_known == Known::Host && reference.registry().hosts().any(|name| name == host)
        });
        let namespace = self.namespace.as_deref().is_none_or(|name| name == reference.namespace());
        let weight = u8::from(self.host.is_some()) + 2 * u8::from(self.namespace.is_some());
        (host && namespace).then_some(weight)
    }
}

/// What is known of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// The registry too.
    Host,
    /// All but that.
    Path,
}

/// Keys by what they are for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Keys(Vec<(Scope, KeyChoice)>);

impl Keys {
    /// Reads what was given to `--api-key-for`.
    pub(super) fn read(given: &[String], environment: &Environment) -> Result<Self, Error> {
        let mut keys: Vec<(Scope, KeyChoice)> = Vec::new();
        for text in given {
            let (scope, source) = split(text, KEY_FLAG, "NAMESPACE")?;
            let scope = self::scope(scope)?;
            if keys.iter().any(|(known, _)| *known == scope) {
                return Err(twice(KEY_FLAG, text));
            }
            keys.push((scope, self::source(source, KEY_FLAG, environment)?));
        }
        Ok(Self(keys))
    }

    /// The key that fits an image best, where one does.
    pub(super) fn of(&self, reference: &ImageReference, known: Known) -> Option<&KeyChoice> {
        let fitting = self.0.iter().filter_map(|(scope, choice)| {
            scope.fits(reference, known).map(|weight| (weight, choice))
        });
        fitting.max_by_key(|(weight, _)| *weight).map(|(_, choice)| choice)
    }

    /// The variables that hold one.
    pub(super) fn variables(&self) -> impl Iterator<Item = String> {
        named(self.0.iter().map(|(_, choice)| choice))
    }
}

/// Passwords of registries that are not ICR's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Passwords(Vec<(String, KeyChoice)>);

impl Passwords {
    /// Reads what was given to `--docker-password-for`.
    pub(super) fn read(given: &[String], environment: &Environment) -> Result<Self, Error> {
        let mut passwords: Vec<(String, KeyChoice)> = Vec::new();
        for text in given {
            let (host, source) = split(text, PASSWORD_FLAG, "HOST")?;
            if region::by_host(host).is_some() {
                let message = format!("`{host}` is a registry of ICR, which takes a key");
                return Err(Error::new(ErrorKind::Usage, message)
                    .hint(format!("write `{KEY_FLAG} {host}={source}`")));
            }
            let host = canonical(host);
            if passwords.iter().any(|(known, _)| *known == host) {
                return Err(twice(PASSWORD_FLAG, text));
            }
            passwords.push((host, self::source(source, PASSWORD_FLAG, environment)?));
        }
        Ok(Self(passwords))
    }

    /// The source of a host's password.
    pub(super) fn of(&self, host: &str) -> Option<&KeyChoice> {
        self.0.iter().find(|(known, _)| known == host).map(|(_, choice)| choice)
    }

    /// The hosts that have one.
    pub(super) fn hosts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(host, _)| host.as_str())
    }

    /// The variables that hold one.
    pub(super) fn variables(&self) -> impl Iterator<Item = String> {
        named(self.0.iter().map(|(_, choice)| choice))
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

fn named<'a>(choices: impl Iterator<Item = &'a KeyChoice>) -> impl Iterator<Item = String> {
    choices.filter_map(|choice| match choice {
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

fn scope(text: &str) -> Result<Scope, Error> {
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
    Ok(Scope { host, namespace: namespace.map(str::to_owned) })
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

fn source(text: &str, flag: &'static str, environment: &Environment) -> Result<KeyChoice, Error> {
    match text.split_once(':') {
        Some(("env", name)) => variable(name, flag, environment),
        Some(("file" | "command", "")) => Err(empty(flag)),
        Some(("file", path)) => {
            Ok(KeyChoice::File(KeyFile { path: PathBuf::from(path), said_by: flag }))
        }
        Some(("command", command)) => KeyChoice::of_command(command, flag),
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
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use super::{Keys, Known, Passwords};
    use crate::environment::{Environment, Streams};
    use crate::reference::{Defaults, ImageReference};
    use crate::request::KeyChoice;

    fn environment() -> Environment {
        let set = ["A", "B", "C", "D"].map(|name| (name.into(), "x".into()));
        Environment::new(BTreeMap::from(set), PathBuf::from("/"), Streams::default())
    }

    fn keys(given: &[&str]) -> Result<Keys, String> {
        let given: Vec<String> = given.iter().map(|text| (*text).to_owned()).collect();
        Keys::read(&given, &environment()).map_err(|error| error.to_string())
    }

    fn passwords(given: &[&str]) -> Result<Passwords, String> {
        let given: Vec<String> = given.iter().map(|text| (*text).to_owned()).collect();
        Passwords::read(&given, &environment()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_key_that_says_most_about_an_image_is_taken() {
        let keys =
            keys(&["acme=env:A", "de.icr.io=env:B", "de.icr.io/team=env:C", "team=env:D"]).unwrap();
        let of = |text: &str, known| {
            let reference = ImageReference::parse(text, &Defaults::default()).unwrap();
            match keys.of(&reference, known) {
                Some(KeyChoice::Named(name)) => name.clone(),
                _ => String::new(),
            }
        };
        assert_eq!(of("us.icr.io/acme/web", Known::Host), "A");
        assert_eq!(of("de.icr.io/acme/web", Known::Host), "A");
        assert_eq!(of("de.icr.io/other/web", Known::Host), "B");
        assert_eq!(of("registry.eu-de.bluemix.net/other/web", Known::Host), "B");
        assert_eq!(of("de.icr.io/team/web", Known::Host), "C");
        assert_eq!(of("us.icr.io/team/web", Known::Host), "D");
        assert_eq!(of("de.icr.io/other/web", Known::Path), "");
        assert_eq!(of("us.icr.io/other/web", Known::Host), "");
    }

    #[test]
    fn a_secret_in_place_of_its_source_is_refused_and_not_repeated() {
        for given in ["acme=hunter2", "acme=hunter2:rest", "acme=HUNTER2"] {
            let error = keys(&[given]).unwrap_err();
            assert!(
                error.contains("env:NAME") && !error.to_lowercase().contains("hunter"),
                "{error}"
            );
        }
        let error = passwords(&["docker.io=hunter2"]).unwrap_err();
        assert!(error.contains("env:NAME") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_form_that_does() {
        for (given, part) in [
            ("acme", "NAMESPACE=env:NAME"),
            ("acme=", "NAMESPACE=env:NAME"),
            ("acme=env:$A", "without `$`"),
            ("acme=env:MISSING", "is not set"),
            ("acme=file:", "empty value"),
            ("acme=command:", "empty value"),
            ("acme=command:op 'read", "quote"),
            ("quay.io=env:A", "no registry of ICR"),
            ("A=env:A", "A"),
        ] {
            let error = keys(&[given]).unwrap_err();
            assert!(error.contains(part), "{given}: {error}");
        }
        assert!(keys(&["acme=env:A", "acme=env:B"]).unwrap_err().contains("twice"));
        let error = passwords(&["us.icr.io=env:A"]).unwrap_err();
        assert!(error.contains("--api-key-for us.icr.io=env:A"), "{error}");
    }

    #[test]
    fn docker_hub_is_known_under_all_its_names() {
        let passwords = passwords(&["index.docker.io=env:A"]).unwrap();
        assert_eq!(passwords.of("docker.io"), Some(&KeyChoice::Named("A".to_owned())));
        assert_eq!(passwords.of("quay.io"), None);
        assert_eq!(passwords.variables().collect::<Vec<_>>(), ["A"]);
    }
}
