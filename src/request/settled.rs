//! What flags and settings say together, where the flag alone does not: who wins is decided in
//! `settings`, what it means here.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::key::ShortLived;
use super::sources::{KeyRules, Passwords};
use super::{CfChoice, ManifestChoice, Mode, Username, duration};
use crate::cli::{OnError, PushArgs};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::settings::{Setting, Settings, Source, Withheld};

/// Shortest time that `--timeout` takes; less ends cf before it is there.
const MIN_TIMEOUT: Duration = Duration::from_millis(100);
/// Longest time that `--timeout` takes: 30 days.
const MAX_TIMEOUT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long a rollout may take where nobody says it.
const ROLLOUT: Duration = Duration::from_secs(30 * 60);

/// The settings for the manifest.
pub(super) fn settings<'a>(
    manifest: &ManifestChoice,
    args: &PushArgs,
    mode: Mode,
    environment: &'a Environment,
) -> Result<Settings<'a>, Error> {
    let folder = manifest.folder(environment);
    let profile = args.settings.profile.as_deref();
    let settings = Settings::read(folder.as_deref(), profile, environment)?;
    let leave = if is_foreseen(mode) { Withheld::LeftOut } else { Withheld::Refused };
    Ok(settings.with(leave))
}

/// Whether no key is read.
fn is_foreseen(mode: Mode) -> bool {
    matches!(mode, Mode::DryRun | Mode::ForeseeKey)
}

/// The secrets of some images alone.
pub(super) struct Secrets {
    pub(super) keys: KeyRules,
    pub(super) passwords: Passwords,
    /// The variables that hold them.
    pub(super) secret_variables: Vec<String>,
}

/// Where they are.
pub(super) fn secrets(
    args: &PushArgs,
    settings: &Settings<'_>,
    environment: &Environment,
) -> Result<Secrets, Error> {
    let keys = KeyRules::of(&args.key, &args.api_key_for, settings, environment)?;
    let passwords = Passwords::read(&args.docker_password_for, settings, environment)?;
    let secret_variables = keys.variables().chain(passwords.variables()).collect();
    Ok(Secrets { keys, passwords, secret_variables })
}

/// The user of ICR that is named; a flag beside an image is for that alone, which need not be one of
/// ICR.
pub(super) fn username(
    args: &PushArgs,
    flag: Option<&str>,
    settings: &Settings<'_>,
) -> Result<Option<Username>, Error> {
    if flag.is_some() && args.image.is_some() {
        return Ok(None);
    }
    Username::said(&args.key, ShortLived::of(&args.key), settings)
}

/// How long each cf may take.
pub(super) fn timeout(flag: Option<&str>, settings: &Settings<'_>) -> Result<Duration, Error> {
    duration(&settings.settled(Setting::Timeout, flag)?, MIN_TIMEOUT, MAX_TIMEOUT)
}

/// How long the rollout of an app may take.
pub(super) fn rollout_timeout(
    flag: Option<&str>,
    settings: &Settings<'_>,
) -> Result<Duration, Error> {
    let said = settings.settled(Setting::Timeout, flag)?;
    if said.source == Source::Default {
        return Ok(ROLLOUT);
    }
    duration(&said, MIN_TIMEOUT, MAX_TIMEOUT)
}

/// The program that is said to be cf.
pub(super) fn cf_choice(
    flag: Option<&str>,
    settings: &Settings<'_>,
) -> Result<Option<CfChoice>, Error> {
    let said = settings.pick(Setting::Cf, flag)?;
    Ok(said.map(|said| CfChoice { source: said.source.to_string(), text: said.value }))
}

/// What a failed app means for the others.
pub(super) fn on_error(flag: Option<OnError>, settings: &Settings<'_>) -> Result<OnError, Error> {
    if let Some(typed) = flag {
        return Ok(typed);
    }
    let said = settings.settled(Setting::OnError, None)?;
    Ok(if said.value == "continue" { OnError::Continue } else { OnError::Stop })
}

/// Most apps that are pushed at once.
const MOST_JOBS: usize = 64;

/// How many go at once.
pub(super) fn jobs(flag: Option<&str>, settings: &Settings<'_>) -> Result<NonZeroUsize, Error> {
    let said = settings.settled(Setting::Jobs, flag)?;
    let count = said.value.parse().ok().and_then(NonZeroUsize::new);
    count.filter(|count| count.get() <= MOST_JOBS).ok_or_else(|| {
        let message = format!("`{}` is no number from 1 to {MOST_JOBS}", said.words());
        let error = Error::new(ErrorKind::Usage, message);
        said.blame(error.hint("1 pushes one app after another, as cf does"))
    })
}
