//! The key from an earlier `docker login` or `podman login`: the entry for the registry host in
//! their configuration, or the credential helper it names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::file::{BOM, Secret};
use super::helper::{self, StoredLogin};
use super::key_problem::KeyProblem;
use super::{KeyOrigin, KeyQuery, Raw, SourceRow};
use crate::environment::Environment;
use crate::error::{JsonSpot, printable_in_full};
use crate::login_files;
use crate::process::Signals;
use crate::reading::{self, Unread};
use crate::request::Username;
use crate::secret_shape::is_uuid;

/// Largest configuration that is read.
const MOST_CONFIG_BYTES: usize = 4 * 1024 * 1024;

const NO_FILE: &str = "no such file";

/// Base64 with or without padding, as different tools write it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The parts of `config.json` that concern credentials (Docker CLI, `cli/config/configfile`).
#[derive(Deserialize)]
struct DockerConfig {
    auths: Option<BTreeMap<String, Option<Auth>>>,
    #[serde(rename = "credHelpers")]
    helpers: Option<BTreeMap<String, String>>,
    #[serde(rename = "credsStore")]
    store: Option<String>,
}

#[derive(Deserialize)]
struct Auth {
    #[serde(rename = "auth")]
    pair: Option<Secret>,
    username: Option<Secret>,
    password: Option<Secret>,
    #[serde(rename = "identitytoken")]
    identity_token: Option<Secret>,
}

/// What a configuration has for a host.
enum DockerEntry {
    Nothing,
    /// The helper for this host.
    Helper(String),
    /// The helper for all hosts.
    Store(String),
    Login(StoredLogin),
    /// A token of another system, which Cloud Foundry cannot use.
    IdentityToken,
}

/// Looks for a login with the wanted user, file by file; a row for each goes to `looked_at`.
pub(super) async fn search(
    wanted: &KeyQuery<'_>,
    looked_at: &mut Vec<SourceRow>,
    signals: &mut Signals,
) -> Result<Option<Raw>, KeyProblem> {
    let mut found = None;
    for path in login_files::looked_in(wanted.environment) {
        let name = format!("`{}`", printable_in_full(&path.to_string_lossy()));
        if found.is_some() {
            looked_at.push(SourceRow::new(name, SourceRow::NOT_LOOKED_AT));
            continue;
        }
        let login = login_in(&path, &name, wanted, signals).await?;
        let usable = login.and_then(|(login, place)| match other_user(&login, wanted.username) {
            Some(words) => Err(words),
            None => Ok((login, place)),
        });
        match usable {
            Err(words) => looked_at.push(SourceRow::new(name, words)),
            Ok((login, place)) => {
                looked_at.push(SourceRow::new(name, "used"));
                found = Some(raw(&login, wanted.host, &place));
            }
        }
    }
    Ok(found)
}

/// The login that a file has or leads to, and where it is; or why there is none.
async fn login_in(
    path: &Path,
    name: &str,
    wanted: &KeyQuery<'_>,
    signals: &mut Signals,
) -> Result<Result<(StoredLogin, String), String>, KeyProblem> {
    let helper = match entry(path, wanted, signals).await? {
        None => return Ok(Err(NO_FILE.to_owned())),
        Some(DockerEntry::Nothing) => return Ok(Err(format!("no entry for {}", wanted.host))),
        Some(DockerEntry::IdentityToken) => return Ok(Err(identity_token(wanted.host))),
        Some(DockerEntry::Login(login)) => return Ok(Ok((login, name.to_owned()))),
        // Nobody meant this registry by it, and it may be left from another machine.
        Some(DockerEntry::Store(store)) if wanted.environment.find_program(&store).is_none() => {
            return Ok(Err(format!("`{store}`, its store for all registries, is not installed")));
        }
        Some(DockerEntry::Helper(helper) | DockerEntry::Store(helper)) => helper,
    };
    Ok(match helper::get(&helper, path, wanted, signals).await? {
        helper::HelperAnswer::Nothing => {
            Err(format!("`{helper}` has no entry for {}", wanted.host))
        }
        helper::HelperAnswer::IdentityToken => Err(identity_token(wanted.host)),
        helper::HelperAnswer::Login(login) => Ok((login, format!("`{helper}`, named in {name}"))),
    })
}

fn raw(login: &StoredLogin, host: &str, place: &str) -> Raw {
    Raw {
        bytes: Zeroizing::new(login.secret.as_bytes().to_vec()),
        origin: KeyOrigin::Docker,
        source: format!("the entry for `{host}` from {place}"),
        notices: Vec::new(),
    }
}

fn identity_token(host: &str) -> String {
    format!("the entry for {host} is an identity token, which Cloud Foundry cannot use")
}

/// Says whose entry it is, when it is not that of the wanted user.
fn other_user(login: &StoredLogin, wanted: &Username) -> Option<String> {
    let user = login.user.as_str();
    if user == wanted.as_str() {
        return None;
    }
    Some(match user {
        "iamapikey" => "entry has user `iamapikey`; leave out `--docker-username`".to_owned(),
        "iamrefresh" | "iambearer" => {
            format!("entry has user `{user}`, whose token expires; `ibmcloud cr login` left it")
        }
        "token" | "cp" => format!("entry has user `{user}`, which cannot be used"),
        _ if user.strip_prefix("Profile-").is_some_and(is_uuid) => {
            format!("entry has user `{user}`; add `--docker-username {user}`")
        }
        // Whatever it is, it might be a secret in the wrong field.
        _ => "entry has another user, which is none of this registry's".to_owned(),
    })
}

/// Rows for a dry run: which files there are.
pub(super) fn foresee(host: &str, environment: &Environment) -> Vec<SourceRow> {
    let row = |path: PathBuf| {
        let name = format!("`{}`", printable_in_full(&path.to_string_lossy()));
        let result = if environment.absolute(&path).is_file() {
            format!("would be looked at for {host}")
        } else {
            NO_FILE.to_owned()
        };
        SourceRow::new(name, result)
    };
    login_files::looked_in(environment).into_iter().map(row).collect()
}

/// The names of the files, for the table.
pub(super) fn names(environment: &Environment) -> Vec<String> {
    login_files::looked_in(environment)
        .into_iter()
        .map(|path| format!("`{}`", printable_in_full(&path.to_string_lossy())))
        .collect()
}

/// Reads what one file has for the host; `None` where there is no such file.
async fn entry(
    path: &Path,
    wanted: &KeyQuery<'_>,
    signals: &mut Signals,
) -> Result<Option<DockerEntry>, KeyProblem> {
    let name = printable_in_full(&path.to_string_lossy());
    let file = wanted.environment.absolute(path);
    let is_named = login_files::is_named(path, wanted.environment);
    let read = reading::in_thread(wanted.source_limit, signals, move || {
        let read = if is_named { reading::file } else { reading::kept };
        Ok(read(&file, MOST_CONFIG_BYTES)?.0)
    });
    let bytes = match read.await {
        Ok(bytes) => bytes,
        Err(Unread::Io(error)) if login_files::is_absence(&error, path, wanted.environment) => {
            return Ok(None);
        }
        Err(Unread::Io(error)) => return Err(KeyProblem::Config { path: name, error }),
        Err(unread @ (Unread::Stopped(_) | Unread::TooBig(_) | Unread::Folder)) => {
            return Err(KeyProblem::unread(&format!("`{name}`"), unread, wanted.source_limit));
        }
    };
    parse(&bytes, wanted.host, &name).map(Some)
}

/// Reads what the content of a file has for the host.
fn parse(bytes: &[u8], host: &str, name: &str) -> Result<DockerEntry, KeyProblem> {
    let text = bytes.strip_prefix(BOM).unwrap_or(bytes);
    if text.trim_ascii().is_empty() {
        return Ok(DockerEntry::Nothing);
    }
    // The error's own text may repeat what is in the file.
    let config: DockerConfig = serde_json::from_slice(text).map_err(|error| {
        KeyProblem::ConfigBroken { path: name.to_owned(), spot: JsonSpot::from(&error) }
    })?;
    entry_of(config, host, name)
}

/// A helper for the host, else the store for all hosts, else the entry in the file itself.
fn entry_of(config: DockerConfig, host: &str, path: &str) -> Result<DockerEntry, KeyProblem> {
    let helpers = config.helpers.unwrap_or_default();
    // Ours would look at our own variables again, where there is nothing; `icr-cf login` names it.
    let helper = of_host(helpers, host).filter(|name| name != login_files::HELPER);
    let is_for_host = helper.is_some();
    if let Some(name) = helper.or(config.store).filter(|name| !name.is_empty()) {
        if !helper::is_name(&name) {
            return Err(KeyProblem::HelperName(path.to_owned()));
        }
        let program = format!("docker-credential-{name}");
        return Ok(if is_for_host {
            DockerEntry::Helper(program)
        } else {
            DockerEntry::Store(program)
        });
    }
    let Some(auth) = of_host(config.auths.unwrap_or_default(), host).flatten() else {
        return Ok(DockerEntry::Nothing);
    };
    let has = |secret: &Option<Secret>| secret.as_ref().is_some_and(|text| !text.0.is_empty());
    if has(&auth.identity_token) {
        return Ok(DockerEntry::IdentityToken);
    }
    let broken = || KeyProblem::EntryBroken { path: path.to_owned(), host: host.to_owned() };
    if has(&auth.pair) {
        let login = auth.pair.and_then(|pair| decode(&pair)).ok_or_else(broken)?;
        return Ok(DockerEntry::Login(login));
    }
    match (auth.username, auth.password) {
        (Some(user), Some(secret)) if !user.0.is_empty() => {
            Ok(DockerEntry::Login(StoredLogin { user: user.0, secret: secret.0 }))
        }
        (Some(_) | None, Some(_) | None) => Ok(DockerEntry::Nothing),
    }
}

/// Takes `user:password` apart; the password may have colons of its own.
fn decode(pair: &Secret) -> Option<StoredLogin> {
    let bytes = Zeroizing::new(BASE64.decode(pair.0.trim()).ok()?);
    let text = std::str::from_utf8(&bytes).ok()?;
    let (user, secret) = text.split_once(':')?;
    Some(StoredLogin {
        user: Zeroizing::new(user.to_owned()),
        // Docker pads old entries with zero bytes.
        secret: Zeroizing::new(secret.trim_end_matches('\0').to_owned()),
    })
}

/// The value for a host, under any of the names that tools have written it.
fn of_host<T>(mut map: BTreeMap<String, T>, host: &str) -> Option<T> {
    let key = map
        .keys()
        .find(|key| *key == host)
        .or_else(|| map.keys().find(|key| plain_host(key).eq_ignore_ascii_case(host)))?
        .clone();
    map.remove(&key)
}

/// Takes scheme, trailing slash and API version off.
fn plain_host(key: &str) -> &str {
    let key = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let key = key.trim_end_matches('/');
    key.strip_suffix("/v1").or_else(|| key.strip_suffix("/v2")).unwrap_or(key)
}

#[cfg(any(test, fuzzing))]
pub(super) mod config_invariants;
#[cfg(test)]
mod tests;
