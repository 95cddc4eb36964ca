//! What is to be checked before a push, and by which measure: platform, pin, disk quota, bounds.

use std::time::Duration;

use serde::Serialize;

use super::app_settings::{AppSettings, behind, last};
use super::{Advice, Vulnerabilities, duration};
use crate::cf_flags::{GivenFlag, size_in_bytes};
use crate::cli::{CheckArgs, NetworkArgs};
use crate::error::{Error, ErrorKind};
use crate::image_platform::Platform;
use crate::settings::{Setting, Settings};
use crate::verdict::Strictness;

/// What is checked, and by which measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Checks {
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
    /// Whether the Vulnerability Advisor is asked, and by which measure.
    #[serde(skip)]
    pub vulnerabilities: Option<Vulnerabilities>,
    /// How long all checks may take together.
    #[serde(rename = "timeout_seconds", serialize_with = "as_seconds")]
    pub limit: Duration,
    /// Who says what the app runs.
    #[serde(skip)]
    pub command: StartCommand,
    /// The disk that the app gets.
    #[serde(skip)]
    pub disk: Disk,
    /// Whether the app gets a route.
    #[serde(skip)]
    pub route: Route,
    /// Whether the push starts the app.
    #[serde(skip)]
    pub start: Start,
    /// How to say the push again.
    #[serde(skip)]
    pub advice: Advice,
}

/// What cf gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Pin {
    /// The digest that was checked.
    Digest,
    /// The reference as it was given.
    AsGiven,
}

/// Whether the quota of the account is asked for, which takes a question to IAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quota {
    /// `--quota`.
    Asked,
    /// Only where it takes none.
    Unasked,
}

/// Who says what the app runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StartCommand {
    /// `-c`.
    Given,
    /// Perhaps a manifest.
    Elsewhere,
    /// The image alone.
    None,
}

/// Whether the app gets a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// As cf does.
    Usual,
    /// `--no-route`.
    None,
}

/// Whether the push starts the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// As cf does.
    Now,
    /// `--no-start`, `--task`.
    Later,
}

/// The disk that the app gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Disk {
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
    /// Makes them for a push; `None` where nothing is to be checked.
    pub(super) fn for_push(
        args: CheckArgs,
        settings: &Settings<'_>,
    ) -> Result<Option<Self>, Error> {
        let vulnerabilities = Vulnerabilities::read(args.vulnerabilities)?;
        if args.no_checks {
            let asked = vulnerabilities.map(|_| "--vulnerabilities");
            return match asked.or_else(|| args.strict.then_some("--strict")) {
                Some(flag) => Err(Error::new(
                    ErrorKind::Usage,
                    format!("`--no-checks` and `{flag}` cannot be used together"),
                )
                .hint("drop one of them")),
                None => Ok(None),
            };
        }
        let checks = Self::new(&args.network, settings)?;
        Ok(Some(Self {
            pin: if args.no_pin { Pin::AsGiven } else { Pin::Digest },
            strictness: if args.strict { Strictness::Strict } else { Strictness::Lenient },
            quota: if args.quota { Quota::Asked } else { Quota::Unasked },
            vulnerabilities,
            ..checks
        }))
    }

    /// The same for one app, by what flags and manifest say of it. `said` is `None` where nobody
    /// looked into the manifest.
    #[must_use]
    pub(super) fn of_app(
        self,
        flags: &[GivenFlag],
        passthrough: &[String],
        said: Option<&AppSettings<'_>>,
    ) -> Self {
        let given = |longs: &[&str]| {
            let in_flags =
                flags.iter().any(|given| given.flag.long.is_some_and(|long| longs.contains(&long)));
            let names =
                |word: &String| word.strip_prefix("--").is_some_and(|long| longs.contains(&long));
            in_flags || passthrough.iter().any(names)
        };
        let no_route = given(&["no-route"]) || said.is_some_and(|said| said.no_route);
        Self {
            command: command(flags, passthrough, said),
            disk: disk(flags, passthrough, said),
            route: if no_route { Route::None } else { Route::Usual },
            start: if given(&["no-start", "task"]) { Start::Later } else { Start::Now },
            ..self
        }
    }

    /// Makes them for an image alone.
    ///
    /// # Errors
    /// An impossible platform or duration.
    pub(crate) fn new(args: &NetworkArgs, settings: &Settings<'_>) -> Result<Self, Error> {
        let limit = settings.settled(Setting::CheckTimeout, args.check_timeout.as_deref())?;
        let limit = duration(&limit, MIN_LIMIT, MAX_LIMIT)?;
        let platform = settings.settled(Setting::Platform, args.platform.as_deref())?;
        let ca_file = settings.pick(Setting::CaFile, args.ca_file.as_deref())?;
        Ok(Self {
            platform: Platform::parse(&platform.value, &platform.words())
                .map_err(|error| platform.blame(error))?,
            pin: Pin::Digest,
            strictness: Strictness::Lenient,
            ca_file: ca_file.map(|said| said.value),
            limit,
            quota: Quota::Unasked,
            vulnerabilities: None,
            command: StartCommand::Elsewhere,
            disk: Disk { bytes: DEFAULT_DISK, source: "the usual default" },
            route: Route::Usual,
            start: Start::Now,
            advice: Advice::default(),
        })
    }
}

fn command(
    flags: &[GivenFlag],
    passthrough: &[String],
    said: Option<&AppSettings<'_>>,
) -> StartCommand {
    // `null` and `default` bring back the command of the image.
    let is_one = |text: &str| !matches!(text, "" | "null" | "default");
    let flag =
        behind(passthrough, "-c", "--start-command").or_else(|| last(flags, "start-command"));
    match (flag, said) {
        (Some(text), _) if is_one(text) => StartCommand::Given,
        (None, Some(said)) if said.command.is_some_and(is_one) => StartCommand::Given,
        (None, Some(said)) if said.has_processes => StartCommand::Elsewhere,
        (_, Some(_)) => StartCommand::None,
        (_, None) => StartCommand::Elsewhere,
    }
}

fn disk(flags: &[GivenFlag], passthrough: &[String], said: Option<&AppSettings<'_>>) -> Disk {
    let flag = behind(passthrough, "-k", "--disk").or_else(|| last(flags, "disk"));
    if let Some(bytes) = flag.and_then(size_in_bytes) {
        return Disk { bytes, source: "`-k`" };
    }
    let unsaid =
        Disk { bytes: DEFAULT_DISK, source: "the usual default, unless the manifest has another" };
    match said {
        Some(said) => match said.disk.and_then(size_in_bytes) {
            Some(bytes) => Disk { bytes, source: "`disk_quota` in the manifest" },
            None if said.has_processes => unsaid,
            None => Disk { bytes: DEFAULT_DISK, source: "the usual default" },
        },
        None => unsaid,
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
