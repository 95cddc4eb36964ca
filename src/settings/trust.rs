//! What a file of a folder may say only where the user has allowed it: whoever sends you a repository
//! is not to choose a program that you run, a file of yours that is read for a key, or the host that
//! gets a password.

use super::file::{SettingsFile, is_within};
use super::search;
use super::table::Setting;
use std::path::Path;

/// Why a value takes the user's leave, in words behind the name of the file; `None` where it takes none.
/// The value has its paths made absolute.
pub(super) fn why(setting: Setting, value: &str, file: &SettingsFile) -> Option<&'static str> {
    let root = search::root(file.folder());
    let is_outside = |path: &str| !is_within(Path::new(path), root);
    let outside = "names a file outside of its repository for a key";
    let command = "names a command to run";
    match setting {
        Setting::Cf | Setting::ApiKeyCommand => Some(command),
        Setting::CaFile => Some("names authorities to trust"),
        Setting::ApiKeyFile => is_outside(value).then_some(outside),
        Setting::ApiKeyFor => match source_of(value) {
            ("command", _) => Some(command),
            ("file", path) => is_outside(path).then_some(outside),
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

/// The kind and the rest of `SCOPE=KIND:REST`.
fn source_of(value: &str) -> (&str, &str) {
    let source = value.split_once('=').map_or(value, |(_, source)| source);
    source.split_once(':').unwrap_or((source, ""))
}
