//! cf's own configuration: where it is, and the few fields that say whether a push can begin. Read
//! as cf reads it (cloudfoundry/cli, `util/configv3`), within a bound; never written. It holds
//! tokens, so what holds its texts has no `Debug`, and no error repeats what it says (I/O).

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::{IgnoredAny, MapAccess};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use crate::environment::Environment;
use crate::error::{Error, ErrorKind, JsonSpot};
use crate::jwt::{self, Expiry};
use crate::process::{Signals, Stopped};
use crate::reading::{self, Unread};

mod go_json;
mod owner;

use go_json::Filled;
pub(crate) use owner::unknowable;

/// Largest configuration that is read; a usual one has some 5 KB.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// How long it may take to come.
const LIMIT: Duration = Duration::from_secs(10);
/// The one version that cf 6, 7 and 8 know.
pub(crate) const VERSION: i64 = 4;

/// Whose rules for the home folder hold.
#[derive(Debug, Clone, Copy)]
pub(crate) enum System {
    Unix,
    Windows,
}

impl System {
    /// The one this program was built for.
    pub(crate) const HERE: Self = if cfg!(windows) { Self::Windows } else { Self::Unix };
}

/// The fields that are looked at.
#[derive(Default)]
pub(crate) struct Config {
    pub(crate) version: i64,
    pub(crate) target: String,
    pub(crate) access_token: WipedText,
    pub(crate) refresh_token: WipedText,
    pub(crate) grant_type: String,
    pub(crate) client_secret: WipedText,
    pub(crate) skips_verification: bool,
    pub(crate) kubernetes: Kubernetes,
    pub(crate) org: Targeted,
    pub(crate) space: Targeted,
}

/// What cf keeps of a platform on Kubernetes, which is Korifi.
#[derive(Default)]
pub(crate) struct Kubernetes {
    pub(crate) enabled: bool,
    /// The name of the user in the configuration of kubectl.
    pub(crate) user: WipedText,
}

/// An organization or a space; cf has none where the GUID is empty.
#[derive(Default)]
pub(crate) struct Targeted {
    pub(crate) guid: String,
    pub(crate) name: String,
}

/// What cf cuts off a token without looking: `bearer` and a blank.
const SCHEME_BYTES: usize = 7;

impl Config {
    /// cf's access token, without the word before it; empty where there is none.
    pub(crate) fn token(&self) -> &str {
        self.access_token.0.get(SCHEME_BYTES..).unwrap_or_default()
    }

    /// When it ends; `None` where it is no token that could say so, as on Kubernetes.
    pub(crate) fn token_expiry(&self) -> Option<Expiry> {
        jwt::expiry(self.token()).filter(|_| !self.kubernetes.enabled)
    }
}

/// A text that is wiped when dropped.
#[derive(Default)]
pub(crate) struct WipedText(pub(crate) Zeroizing<String>);

impl<'de> Deserialize<'de> for WipedText {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        String::deserialize(source).map(|text| Self(Zeroizing::new(text)))
    }
}

impl Filled for Config {
    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "configversion" => go_json::set(&mut self.version, map),
            "target" => go_json::set(&mut self.target, map),
            "accesstoken" => go_json::set(&mut self.access_token, map),
            "refreshtoken" => go_json::set(&mut self.refresh_token, map),
            "uaagranttype" => go_json::set(&mut self.grant_type, map),
            "uaaoauthclientsecret" => go_json::set(&mut self.client_secret, map),
            "ssldisabled" => go_json::set(&mut self.skips_verification, map),
            "cfonk8s" => go_json::nest(&mut self.kubernetes, map),
            "organizationfields" => go_json::nest(&mut self.org, map),
            "spacefields" => go_json::nest(&mut self.space, map),
            _ => map.next_value::<IgnoredAny>().map(drop),
        }
    }
}

impl Filled for Kubernetes {
    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "enabled" => go_json::set(&mut self.enabled, map),
            "authinfo" => go_json::set(&mut self.user, map),
            _ => map.next_value::<IgnoredAny>().map(drop),
        }
    }
}

impl Filled for Targeted {
    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "guid" => go_json::set(&mut self.guid, map),
            "name" => go_json::set(&mut self.name, map),
            _ => map.next_value::<IgnoredAny>().map(drop),
        }
    }
}

/// Why there is no configuration to go by.
#[derive(Debug)]
pub(crate) enum Unloaded {
    /// cf begins with nothing set.
    Fresh(Fresh),
    /// cf stops.
    Unusable(Unusable),
    /// What cf makes of it cannot be known.
    Unjudged(&'static str),
}

/// What cf takes for no configuration.
#[derive(Debug)]
pub(crate) enum Fresh {
    /// No such file.
    Missing,
    /// A file without a byte in it.
    Empty,
    /// A file of another version.
    OtherVersion(i64),
}

/// What cf does not get along with.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// What the system says.
    Unreadable(io::Error),
    /// No JSON, or a value of the wrong kind.
    Broken(JsonSpot),
}

/// cf has no such bound.
const TOO_BIG: Unloaded = Unloaded::Unjudged("cf's configuration has more than 4 MiB");
/// It may have no end, or one reader only.
const NOT_PLAIN: Unloaded = Unloaded::Unjudged("cf's configuration is no plain file");

/// Its folder may be on a network that is gone.
const TOO_LATE: Unloaded = Unloaded::Unjudged("cf's configuration could not be read in time");

/// Where cf looks for it (`home_dir_unix.go`, `home_dir_windows.go`).
pub(crate) fn path(environment: &Environment, system: System) -> PathBuf {
    let raw = |name| environment.raw(name).unwrap_or_default();
    let cf_home = raw("CF_HOME");
    let home = match system {
        _ if !cf_home.is_empty() => PathBuf::from(cf_home),
        System::Unix => PathBuf::from(raw("HOME")),
        System::Windows => {
            let mut home = raw("HOMEDRIVE").to_owned();
            home.push(raw("HOMEPATH"));
            PathBuf::from(if home.is_empty() { raw("USERPROFILE") } else { OsStr::new(&home) })
        }
    };
    // An empty home makes this relative to the working folder, as it does for cf.
    environment.absolute(home.join(".cf").join("config.json"))
}

/// Reads the file.
pub(crate) fn load(path: &Path) -> Result<Config, Unloaded> {
    let bytes = read(path)?;
    if bytes.is_empty() {
        return Err(Unloaded::Fresh(Fresh::Empty));
    }
    let config = parse(&bytes).map_err(|error| {
        // The error's own text may repeat what is in the file.
        Unloaded::Unusable(Unusable::Broken(JsonSpot::from(&error)))
    })?;
    match config.version {
        VERSION => Ok(config),
        other => Err(Unloaded::Fresh(Fresh::OtherVersion(other))),
    }
}

/// Reads the bytes of the file, whatever they say.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Unloaded> {
    // Before it is opened: opening a pipe waits for a writer.
    let metadata = fs::metadata(path).map_err(unread)?;
    if metadata.is_dir() {
        return Err(unread(io::ErrorKind::IsADirectory.into()));
    }
    if !metadata.is_file() {
        return Err(NOT_PLAIN);
    }
    match reading::file(path, MOST_BYTES) {
        Ok((bytes, _)) => Ok(bytes),
        Err(Unread::Io(error)) => Err(unread(error)),
        Err(Unread::Folder) => Err(unread(io::ErrorKind::IsADirectory.into())),
        Err(Unread::TooBig(_)) => Err(TOO_BIG),
        Err(Unread::Stopped(_)) => Err(TOO_LATE),
    }
}

/// Does that in a thread: a folder on a network that is gone holds up whoever looks into it.
///
/// # Errors
/// A signal asked us to end.
pub(crate) async fn in_time<T: Send + 'static>(
    path: &Path,
    signals: &mut Signals,
    work: impl FnOnce(&Path) -> Result<T, Unloaded> + Send + 'static,
) -> Result<Result<T, Unloaded>, Error> {
    let path = path.to_owned();
    match reading::in_thread(LIMIT, signals, move || Ok(work(&path))).await {
        Ok(result) => Ok(result),
        Err(Unread::Stopped(Stopped::By(signal))) => {
            Err(Error::new(ErrorKind::Interrupted(signal.code()), "interrupted"))
        }
        Err(Unread::Io(error)) => Ok(Err(unread(error))),
        Err(Unread::Stopped(Stopped::TimedOut) | Unread::TooBig(_) | Unread::Folder) => {
            Ok(Err(TOO_LATE))
        }
    }
}

fn unread(error: io::Error) -> Unloaded {
    match error.kind() {
        io::ErrorKind::NotFound => Unloaded::Fresh(Fresh::Missing),
        _ => Unloaded::Unusable(Unusable::Unreadable(error)),
    }
}

fn parse(bytes: &[u8]) -> Result<Config, serde_json::Error> {
    let mut config = Config::default();
    if let Ok(text) = std::str::from_utf8(bytes) {
        go_json::fill(&mut config, text)?;
    } else {
        // As cf does, which puts U+FFFD in place of what is no UTF-8.
        let text = Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
        go_json::fill(&mut config, &text)?;
    }
    Ok(config)
}

#[cfg(test)]
mod tests;
