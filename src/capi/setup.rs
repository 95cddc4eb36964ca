//! Whether cf is set up for a push: a platform, a login, an organization and a space. Goes by what
//! cf's configuration says; asks nobody and runs nothing. No token gets into a verdict.

use std::path::Path;
use std::time::SystemTime;

use super::cf_token::{self, CfToken, Expired};
use super::labels;
use crate::capi::config::{self, Config, Fresh, System, Targeted, Unloaded, Unusable, VERSION};
use crate::cf_program::CfProgram;
use crate::environment::Environment;
use crate::http::Tls;
use crate::jwt;
use crate::verdict::{Name, Verdict};

/// What stands in a hint for what only its reader knows.
const SOME_API: &str = "https://API-OF-YOUR-PLATFORM";

/// The variables that decide where cf's configuration is.
pub(crate) const VARIABLES: [&str; 5] = ["CF_HOME", "HOME", "HOMEDRIVE", "HOMEPATH", "USERPROFILE"];

/// What cf's own configuration says.
pub(crate) enum Setup {
    /// Whose configuration holds cannot be known, for this reason: nothing is checked.
    Unknown(&'static str),
    /// cf would refuse; or, where the verdict is undecided, its target is none that may be asked.
    Refused(Verdict),
    /// Ready, as far as can be seen without asking.
    Ready(Target),
}

/// What has to be targeted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needed {
    /// A space, as for a push.
    Space,
    /// A platform: the space is said, or all are meant.
    Platform,
}

/// What cf would push to.
pub(crate) struct Target {
    /// The API, `http://` or `https://`, without a slash at its end.
    pub(crate) api: String,
    /// What to ask it with.
    pub(crate) token: CfToken,
    /// Whether its certificate is to be checked.
    pub(crate) tls: Tls,
    /// The name of the organization, as the file has it.
    pub(crate) org: String,
    /// The name of the space, as the file has it.
    pub(crate) space: String,
    /// Its GUID; empty where none is targeted.
    pub(crate) space_guid: String,
    /// The GUID of the organization; empty where none is targeted.
    pub(crate) org_guid: String,
}

/// Looks at the configuration of the cf that will be run.
pub(crate) fn look(
    cf: &CfProgram,
    needed: Needed,
    environment: &Environment,
    now: SystemTime,
) -> Setup {
    if let Some(reason) = config::unknowable(cf, environment) {
        return Setup::Unknown(reason);
    }
    let path = config::path(environment, System::HERE);
    match config::load(&path) {
        Ok(config) => match judge(&config, &path, needed, cf, now) {
            Ok(target) => Setup::Ready(target),
            Err(verdict) => Setup::Refused(verdict),
        },
        Err(Unloaded::Fresh(fresh)) => Setup::Refused(without(&fresh, &path, cf)),
        Err(Unloaded::Unusable(fault)) => Setup::Refused(unusable(&fault, &path, cf)),
        Err(Unloaded::Unjudged(reason)) => Setup::Unknown(reason),
    }
}

/// The verdict on what cf takes for no configuration.
fn without(fresh: &Fresh, path: &Path, cf: &CfProgram) -> Verdict {
    let path = labels::path(path);
    let seen = match fresh {
        Fresh::Missing => format!("{path} does not exist"),
        Fresh::Empty => format!("{path} is empty"),
        Fresh::OtherVersion(version) => format!(
            "{path} has `ConfigVersion` {version}; cf passes over all but version {VERSION}"
        ),
    };
    no_api(cf, seen)
}

/// The verdict on what makes every command of cf fail.
fn unusable(fault: &Unusable, path: &Path, cf: &CfProgram) -> Verdict {
    let path = labels::path(path);
    let (message, seen) = match fault {
        Unusable::Broken(spot) => ("cf's configuration is broken", format!("{path}, at {spot}")),
        Unusable::Unreadable(error) => {
            ("cf's configuration cannot be read", format!("{path}: {error}"))
        }
    };
    let login = cf.line(&["login", "-a", SOME_API]);
    Verdict::new(Name::CfNoApi, message)
        .seen(seen)
        .hint(format!("move that file away and log in again: `{login}`"))
}

fn no_api(cf: &CfProgram, seen: String) -> Verdict {
    Verdict::new(Name::CfNoApi, "cf has no API endpoint")
        .seen(seen)
        .hint(format!("`{}`", cf.line(&["api", SOME_API])))
}

/// Goes through what cf goes through before a push, in its order.
fn judge(
    config: &Config,
    path: &Path,
    needed: Needed,
    cf: &CfProgram,
    now: SystemTime,
) -> Result<Target, Verdict> {
    if config.target.is_empty() {
        return Err(no_api(cf, format!("{} has no `Target`", labels::path(path))));
    }
    let api = address(&config.target);
    let refused = |name, message: &str, command: &[&str]| {
        let verdict = Verdict::new(name, message);
        let verdict = match &api {
            Some(api) => verdict.seen(format!("the API is {}", labels::host(api))),
            None => verdict.seen(format!("the API is the `Target` in {}", labels::path(path))),
        };
        verdict.hint(format!("`{}`", cf.line(command)))
    };
    if !is_logged_in(config) {
        return Err(refused(Name::CfNotLoggedIn, "cf is not logged in", &["login"]));
    }
    let token = cf_token::judge(config, now).map_err(|expired| {
        refused(Name::CfTokenExpired, "cf's login has expired and cannot be renewed", &["login"])
            .seen(match expired {
                Expired::At(end) => format!("its token expired at {}", jwt::written(end)),
                Expired::Refresh(end) => {
                    format!("its refresh token expired at {}", jwt::written(end))
                }
            })
    })?;
    let is_missing = |one: &Targeted| needed == Needed::Space && one.guid.is_empty();
    if is_missing(&config.org) {
        let command = ["target", "-o", "ORG", "-s", "SPACE"];
        return Err(refused(Name::CfNoSpace, "no org targeted", &command));
    }
    if is_missing(&config.space) {
        return Err(refused(Name::CfNoSpace, "no space targeted", &["target", "-s", "SPACE"]));
    }
    let Some(api) = api else { return Err(odd_target(path, cf)) };
    Ok(target(config, api, token))
}

fn target(config: &Config, api: String, token: CfToken) -> Target {
    Target {
        api,
        token,
        tls: if config.skips_verification { Tls::Skip } else { Tls::Verify },
        org: config.org.name.clone(),
        space: config.space.name.clone(),
        space_guid: config.space.guid.clone(),
        org_guid: config.org.guid.clone(),
    }
}

fn is_logged_in(config: &Config) -> bool {
    if config.kubernetes.enabled {
        return !config.kubernetes.user.0.is_empty();
    }
    !config.access_token.0.is_empty() || !config.refresh_token.0.is_empty()
}

/// Not shown: there may be a password in it.
fn odd_target(path: &Path, cf: &CfProgram) -> Verdict {
    Verdict::new(Name::CfUnreachable, "cf's API endpoint is no plain address, and is not asked")
        .seen(format!("it is the `Target` in {}", labels::path(path)))
        .hint(format!("`{}`", cf.line(&["api", SOME_API])))
}

/// The address of an API: scheme, host, and perhaps a port and a path. `None` for everything else,
/// such as a user before the host: a token is sent there, so it must be clear where that is.
fn address(target: &str) -> Option<String> {
    let (scheme, rest) = target.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "https" && scheme != "http" {
        return None;
    }
    let rest = rest.trim_end_matches('/');
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let of_a_path = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    (is_authority(authority) && path.bytes().all(of_a_path)).then(|| format!("{scheme}://{rest}"))
}

fn is_authority(text: &str) -> bool {
    let (host, behind) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some(parts) => parts,
        None => text.find(':').map_or((text, ""), |at| text.split_at(at)),
    };
    let of_a_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_host = if text.starts_with('[') {
        host.parse::<std::net::Ipv6Addr>().is_ok()
    } else {
        !host.is_empty() && host.bytes().all(of_a_name)
    };
    let is_port =
        |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    is_host && (behind.is_empty() || behind.strip_prefix(':').is_some_and(is_port))
}

#[cfg(test)]
mod tests;
