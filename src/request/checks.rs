//! What is to be checked before a push, and by which measure: platform, pin, disk quota, bounds.

use std::time::Duration;

use serde::Serialize;

use super::{Manifest, duration};
use crate::args::{CheckArgs, NetworkArgs};
use crate::cf_flags::{GivenFlag, size_in_bytes};
use crate::error::{Error, ErrorKind};
use crate::platform::Platform;
use crate::verdict::Strictness;

/// What is checked, and by which measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checks {
    /// The platform of the cells.
    pub platform: Platform,
    /// What cf gets.
    pub pin: Pin,
    /// Whether what cannot be decided stops.
    #[serde(rename = "strict", serialize_with = "as_flag")]
    pub strictness: Strictness,
    /// Certificates that are trusted as well.
    pub ca_file: Option<String>,
    /// Whether the quota of the account is asked for.
    #[serde(skip)]
    pub quota: Quota,
    /// How long all checks may take together.
    #[serde(rename = "timeout_seconds", serialize_with = "as_seconds")]
    pub limit: Duration,
    /// Who says what the app runs.
    #[serde(skip)]
    pub command: Command,
    /// The disk that the app gets.
    #[serde(skip)]
    pub disk: Disk,
    /// Whether the app gets a route.
    #[serde(skip)]
    pub route: Route,
}

/// What cf gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pin {
    /// The digest that was checked.
    Digest,
    /// The reference as it was given.
    AsGiven,
}

/// Whether the quota of the account is asked for, which takes a question to IAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// `--quota`.
    Asked,
    /// Only where it takes none.
    Unasked,
}

/// Who says what the app runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// `-c`.
    Given,
    /// Perhaps a manifest, or nobody needs it.
    Elsewhere,
    /// The image alone.
    None,
}

/// Whether the app gets a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// As cf does.
    Usual,
    /// `--no-route`.
    None,
}

/// The disk that the app gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    /// How much.
    pub bytes: u64,
    /// Who says so.
    pub source: &'static str,
}

/// What an app gets where nobody says it (Cloud Controller, `default_app_disk_in_mb`).
const DEFAULT_DISK: u64 = 1024 * 1024 * 1024;
/// Shortest time for all checks.
const MIN_LIMIT: Duration = Duration::from_millis(100);
/// Longest time for all checks.
const MAX_LIMIT: Duration = Duration::from_secs(60 * 60);

impl Checks {
    /// Makes them for a push.
    pub(super) fn for_push(
        args: CheckArgs,
        flags: &[GivenFlag],
        passthrough: &[String],
        manifest: &Manifest,
    ) -> Result<Option<Self>, Error> {
        if args.no_checks {
            if args.strict {
                return Err(Error::new(
                    ErrorKind::Usage,
                    "`--no-checks` and `--strict` cannot be used together",
                )
                .hint("drop one of them"));
            }
            return Ok(None);
        }
        let has = |long: &str| flags.iter().any(|given| given.flag.long == Some(long));
        let checks = Self::new(args.network)?;
        Ok(Some(Self {
            pin: if args.no_pin { Pin::AsGiven } else { Pin::Digest },
            strictness: if args.strict { Strictness::Strict } else { Strictness::Lenient },
            quota: if args.quota { Quota::Asked } else { Quota::Unasked },
            command: command(flags, passthrough, manifest),
            disk: disk(flags, passthrough, manifest),
            route: if has("no-route") || passthrough.iter().any(|word| word == "--no-route") {
                Route::None
            } else {
                Route::Usual
            },
            ..checks
        }))
    }

    /// Makes them for an image alone.
    ///
    /// # Errors
    /// An impossible platform or duration.
    pub fn new(args: NetworkArgs) -> Result<Self, Error> {
        let limit = duration("--check-timeout", &args.check_timeout, MIN_LIMIT, MAX_LIMIT)?;
        Ok(Self {
            platform: Platform::parse(&args.platform)?,
            pin: Pin::Digest,
            strictness: Strictness::Lenient,
            ca_file: args.ca_file,
            limit,
            quota: Quota::Unasked,
            command: Command::Elsewhere,
            disk: Disk { bytes: DEFAULT_DISK, source: "the usual default" },
            route: Route::Usual,
        })
    }
}

fn last<'a>(flags: &'a [GivenFlag], long: &str) -> Option<&'a str> {
    let given = flags.iter().rev().find(|given| given.flag.long == Some(long));
    given.and_then(|given| given.value.as_deref())
}

fn command(flags: &[GivenFlag], passthrough: &[String], manifest: &Manifest) -> Command {
    // `null` and `default` bring back the command of the image.
    let said =
        last(flags, "start-command").filter(|text| !matches!(*text, "" | "null" | "default"));
    let behind = passthrough.iter().any(|word| {
        word.starts_with("-c") || word == "--start-command" || word.starts_with("--start-command=")
    });
    let needs_none = flags.iter().any(|given| matches!(given.flag.long, Some("task" | "no-start")));
    if said.is_some() || behind {
        Command::Given
    } else if needs_none || *manifest != Manifest::None {
        Command::Elsewhere
    } else {
        Command::None
    }
}

fn disk(flags: &[GivenFlag], passthrough: &[String], manifest: &Manifest) -> Disk {
    // Words behind `--` stand behind the flags, and cf takes the last of a repeated flag.
    let said = disk_in(passthrough).or_else(|| last(flags, "disk"));
    match said.and_then(size_in_bytes) {
        Some(bytes) => Disk { bytes, source: "`-k`" },
        None if *manifest == Manifest::None => {
            Disk { bytes: DEFAULT_DISK, source: "the usual default" }
        }
        None => Disk {
            bytes: DEFAULT_DISK,
            source: "the usual default, unless the manifest has another",
        },
    }
}

/// The value of the last `-k` or `--disk` among words that are not looked at otherwise.
fn disk_in(passthrough: &[String]) -> Option<&str> {
    const JOINED: [&str; 3] = ["--disk=", "-k=", "-k"];
    let names_it =
        |word: &String| word == "--disk" || JOINED.iter().any(|start| word.starts_with(start));
    let at = passthrough.iter().rposition(names_it)?;
    let word = passthrough.get(at)?.as_str();
    match word {
        "-k" | "--disk" => passthrough.get(at + 1).map(String::as_str),
        _ => JOINED.iter().find_map(|start| word.strip_prefix(start)),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn as_flag<S: serde::Serializer>(
    strictness: &Strictness,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(*strictness == Strictness::Strict)
}

fn as_seconds<S: serde::Serializer>(limit: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(limit.as_secs().max(1))
}

#[cfg(test)]
mod tests;
