//! What flags and the manifest say of how an app runs.

use crate::cf_flags::{CF_FLAGS, GivenFlag};
use crate::manifest;

/// What a manifest says of an app, as far as the checks go by it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AppSettings<'a> {
    pub(super) command: Option<&'a str>,
    pub(super) disk: Option<&'a str>,
    pub(super) memory: Option<&'a str>,
    pub(super) instances: Option<&'a str>,
    pub(super) timeout: Option<&'a str>,
    pub(super) no_route: bool,
    /// Whether its processes may have a command and a disk of their own.
    pub(super) has_processes: bool,
}

impl<'a> AppSettings<'a> {
    /// Those of an app in a manifest.
    pub(super) fn of(entry: &'a manifest::ManifestApp) -> Self {
        Self {
            command: entry.command.as_ref().map(|command| command.text.as_str()),
            disk: entry.disk.as_ref().map(|disk| disk.text.as_str()),
            memory: entry.memory.as_ref().map(|memory| memory.text.as_str()),
            instances: entry.instances.as_ref().map(|count| count.text.as_str()),
            timeout: entry.timeout.as_ref().map(|seconds| seconds.text.as_str()),
            no_route: entry.no_route,
            has_processes: entry.has_processes,
        }
    }
}

/// The value that a flag last has.
pub(super) fn last<'a>(flags: &'a [GivenFlag], long: &str) -> Option<&'a str> {
    let given = flags.iter().rev().find(|given| given.flag.long == Some(long));
    given.and_then(|given| given.value.as_deref())
}

/// The value that a flag last has among the words behind `--`. They stand behind our own, and cf
/// takes the last of a repeated flag. A word that is the value of another flag is none.
pub(super) fn behind<'a>(words: &'a [String], short: &str, long: &str) -> Option<&'a str> {
    let (mut found, mut rest) = (None, words.iter().map(String::as_str));
    while let Some(word) = rest.next() {
        if word == short || word == long {
            found = rest.next();
        } else if let Some(value) =
            word.strip_prefix(long).and_then(|value| value.strip_prefix('='))
        {
            found = Some(value);
        } else if let Some(value) = word.strip_prefix(short).filter(|_| !word.starts_with("--")) {
            found = Some(value.strip_prefix('=').unwrap_or(value));
        } else if takes_a_word(word) {
            rest.next();
        }
    }
    found
}

/// Whether the next word is the value of this one.
fn takes_a_word(word: &str) -> bool {
    CF_FLAGS.iter().filter(|flag| !flag.is_switch()).any(|flag| {
        let is_long = flag.long.is_some_and(|long| word.strip_prefix("--") == Some(long));
        let is_short = flag
            .short
            .is_some_and(|short| word.strip_prefix('-') == Some(short.to_string().as_str()));
        is_long || is_short
    })
}
