//! The keys of a manifest: which values hold no secret, and the key at the end of a line.

/// Keys whose values are no secrets.
const SHOWN: [&str; 31] = [
    "applications",
    "version",
    "inherit",
    "name",
    "docker",
    "image",
    "username",
    "path",
    "memory",
    "disk_quota",
    "disk-quota",
    "instances",
    "buildpack",
    "buildpacks",
    "stack",
    "stacks",
    "routes",
    "route",
    "timeout",
    "no-route",
    "random-route",
    "default-route",
    "type",
    "lifecycle",
    "processes",
    "services",
    "health-check-type",
    "icr",
    "region",
    "namespace",
    "<<",
];

/// Keys whose values may be secrets; they are shown where they stand alone, without a colon.
const HIDDEN: [&str; 11] = [
    "password",
    "command",
    "env",
    "parameters",
    "metadata",
    "labels",
    "annotations",
    "sidecars",
    "health-check-http-endpoint",
    "host",
    "domain",
];

/// Keys whose items are names.
const LISTS: [&str; 5] = ["services", "buildpacks", "stacks", "routes", "inherit"];

/// Keys whose values have colons.
const WITH_COLONS: [&str; 5] = ["image", "route", "routes", "path", "buildpacks"];

pub(super) fn is_shown(key: &str) -> bool {
    SHOWN.contains(&key)
}

pub(super) fn is_known(key: &str) -> bool {
    is_shown(key) || HIDDEN.contains(&key)
}

pub(super) fn is_list(key: &str) -> bool {
    LISTS.contains(&key)
}

pub(super) fn has_colons(key: &str) -> bool {
    WITH_COLONS.contains(&key)
}

pub(super) fn is_env(key: &str) -> bool {
    key.to_ascii_lowercase().contains("env")
}

/// Whether a key is one of a secret, so that even keys below it may be a part of that.
pub(super) fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["password", "secret", "token", "credential", "key"].iter().any(|word| key.contains(word))
}

/// A character that a key may have.
pub(super) fn is_of_a_key(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_.-<".contains(character)
}

/// What a line leaves open for those below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named<'a> {
    /// A key without a value.
    Key(&'a str),
    /// A key with a value.
    Valued,
    /// The dash of a list alone.
    Dash,
    /// No key.
    Nothing,
}

impl<'a> Named<'a> {
    pub(super) fn key(&self) -> Option<&'a str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Valued | Self::Dash | Self::Nothing => None,
        }
    }
}

/// The last key of a line.
pub(super) fn last_key(line: &str) -> Named<'_> {
    let line = line.split(" #").next().unwrap_or_default().trim_end();
    let Some(colon) = colons(line).last() else {
        let is_dash = line.trim_start().chars().all(|one| one == '-' || one == ' ');
        return if is_dash { Named::Dash } else { Named::Nothing };
    };
    let value = line.get(colon + 1..).unwrap_or_default().trim();
    // An anchor is no value, and neither is a tag.
    if value.split_whitespace().any(|word| !word.starts_with(['&', '!'])) {
        return Named::Valued;
    }
    let before = line.get(..colon).unwrap_or_default().trim_end().trim_end_matches(['"', '\'']);
    let key = before.rsplit([' ', '\t', ',', '{', '[', '"', '\'']).next().unwrap_or_default();
    Named::Key(key)
}

/// The colons behind keys: a blank or the end of the line follows, or a quote stands before.
fn colons(line: &str) -> impl Iterator<Item = usize> {
    line.match_indices(':').map(|(at, _)| at).filter(move |at| {
        let next = line.get(at + 1..).and_then(|rest| rest.chars().next());
        let before = line.get(..*at).unwrap_or_default();
        next.is_none_or(char::is_whitespace) || before.ends_with(['"', '\''])
    })
}
