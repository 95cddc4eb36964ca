//! What a file of a folder may say only where the user has allowed it: whoever sends you a repository
//! is not to choose a program that you run, a file or a variable of yours that is read for a key, or
//! the host that gets a password.

use std::path::{Component, Path, PathBuf};

use ring::digest::{SHA256, digest};

use super::allowance::{hex, known_as};
use super::search;
use super::table::{Kind, Setting};
use crate::environment::{CF_DOCKER_PASSWORD, KEY_VARIABLES};

/// Why a value takes the user's leave, and for what.
pub(super) struct Reason {
    /// In words behind the name of the file.
    pub(super) why: &'static str,
    /// The file that is read, where the value names it by way of a link.
    pub(super) real: Option<PathBuf>,
    /// What leave is for, as a note has it; another value or another file behind it is another one.
    pub(super) mark: String,
}

/// Why a value takes leave; `None` where it takes none. The value has its
/// paths made absolute; the folder is that of the file.
pub(super) fn reason(setting: Setting, value: &str, folder: &Path) -> Option<Reason> {
    let why = why(setting, value, folder)?;
    let real = path_of(setting, value).and_then(|path| real(path, folder));
    let shown = real.as_deref().map(|real| real.as_os_str().as_encoded_bytes());
    let parts =
        [setting.name().as_bytes(), why.as_bytes(), value.as_bytes(), shown.unwrap_or_default()];
    let mark = hex(digest(&SHA256, &parts.join(&0)).as_ref());
    Some(Reason { why, real, mark })
}

fn why(setting: Setting, value: &str, folder: &Path) -> Option<&'static str> {
    // Most values name no file, and the root is searched for by looking at folders.
    let is_outside = |path: &str| !is_within(Path::new(path), search::root(folder));
    let outside = "names a file outside of its repository for a key";
    let command = "names a command to run";
    match setting {
        Setting::Cf | Setting::ApiKeyCommand => Some(command),
        Setting::CaFile => Some("names authorities to trust"),
        Setting::ApiKeyFile => is_outside(value).then_some(outside),
        Setting::ApiKeyFor => match source_of(value) {
            ("command", _) => Some(command),
            ("file", path) => is_outside(path).then_some(outside),
            // These may be sent to ICR as a key anyway.
            ("env", name) => {
                let is_of_key = KEY_VARIABLES.contains(&name) || name == CF_DOCKER_PASSWORD;
                (!is_of_key).then_some("names a variable for a key")
            }
            _ => None,
        },
        Setting::DockerPasswordFor => match source_of(value) {
            ("command", _) => Some(command),
            _ => Some("names a secret for another registry"),
        },
        Setting::Region
        | Setting::Namespace
        | Setting::DefaultRegistry
        | Setting::Platform
        | Setting::Jobs
        | Setting::OnError
        | Setting::Timeout
        | Setting::CheckTimeout
        | Setting::DockerUsername
        | Setting::Silence => None,
    }
}

/// The file that a value has read.
fn path_of(setting: Setting, value: &str) -> Option<&Path> {
    let path = match setting.row().kind {
        Kind::Path => Some(value),
        Kind::Sources => Some(source_of(value)).filter(|one| one.0 == "file").map(|one| one.1),
        Kind::Text | Kind::OneOf(_) | Kind::Number | Kind::Command | Kind::Names => None,
    };
    path.map(Path::new)
}

/// Where a path of the repository leads to. What lies outside by its name is the user's, links too.
fn real(path: &Path, folder: &Path) -> Option<PathBuf> {
    let is_plain = path.components().all(|part| part != Component::ParentDir);
    if is_plain && !path.starts_with(search::root(folder)) {
        return None;
    }
    Some(known_as(path)).filter(|real| real != path)
}

/// Whether a path leads into a folder, links followed; what is not there is where it would be.
fn is_within(path: &Path, folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    for there in path.ancestors() {
        if let Ok(real) = there.canonicalize() {
            let rest = path.strip_prefix(there).unwrap_or(path);
            let is_plain = rest.components().all(|part| matches!(part, Component::Normal(_)));
            return is_plain && real.starts_with(folder);
        }
        // A link that leads nowhere may lead anywhere later.
        if there.symlink_metadata().is_ok() {
            return false;
        }
    }
    false
}

/// The kind and the rest of `SCOPE=KIND:REST`.
fn source_of(value: &str) -> (&str, &str) {
    let source = value.split_once('=').map_or(value, |(_, source)| source);
    source.split_once(':').unwrap_or((source, ""))
}
