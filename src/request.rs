//! From what was typed and what surrounds it to what is wanted: validated, defaults applied,
//! conflicts refused. Everything that can be refused without running anything is refused here.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::cf_flags::GivenFlag;
use crate::cli::{OnError, OutputFormat, ReferenceArgs, Typed};
use crate::error::{Error, ErrorKind, printable};
use crate::reference::{self, DOCKER_HUB, Defaults, Origin, Unnamed};
use crate::region::{self, REGISTRIES, Registry};
use crate::settings::{Said, Setting, Settings};
use crate::verdict::Name;

mod advice;
mod app_settings;
mod apps;
mod checks;
mod chosen;
mod day_two;
mod doctor;
mod exec;
mod fits;
mod forgotten;
mod image_word;
mod intent;
mod key;
mod ownership;
mod push_request;
mod settled;
mod sources;
mod target;
mod vulnerabilities;
mod wanted_app;
mod written;

pub(crate) use crate::settings::words;
pub(crate) use advice::Advice;
#[cfg(any(test, fuzzing))]
pub(crate) use checks::Disk;
pub(crate) use checks::{Checks, Pin, Quota, Route, Start, StartCommand};
pub(crate) use day_two::{
    AppScope, AuditRequest, BackTo, FailOn, Looking, PlaceScope, RollbackRequest, RolloutWish,
    RotateRequest, audit, rollback, rotate,
};
pub(crate) use doctor::{DoctorRequest, doctor};
pub(crate) use exec::{ExecRequest, Handed, Printed, exec};
pub(crate) use key::{KeyChoice, SecretUse, Username};
pub(crate) use key::{SOURCES, WithKey};
pub(crate) use push_request::push;
pub(crate) use sources::Scope;
pub(crate) use target::ImageTarget;
pub(crate) use target::asked;
pub(crate) use vulnerabilities::{Counted, Gate, Vulnerabilities};
pub(crate) use wanted_app::{
    App, AppImage, IcrImage, ImageLogin, KeyLogin, OtherImage, Shown, Way,
};
pub(crate) use written::Once;
pub(crate) use written::{ManifestChoice, Written};

/// How far a push goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// All the way.
    Push,
    /// Up to the verdicts.
    Check,
    /// Up to what it would change.
    Diff,
    /// Up to the plan.
    DryRun,
    /// Up to the key.
    ExplainKey,
    /// Up to where the key would be looked for.
    ForeseeKey,
}

/// How much we say ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Voice {
    /// Errors only.
    Quiet,
    /// Warnings, and a line for each phase where somebody reads along.
    Normal,
    /// Also what is decided on the way.
    Verbose,
}

/// Whether the app's log is shown when the push has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureLogs {
    /// `--show-logs`.
    Shown,
    /// Only the line that would show it is said.
    Named,
}

/// The program that was said to be cf, in words, and where it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CfChoice {
    /// As it was said.
    pub text: String,
    /// `--cf`, `ICR_CF_CF`, or a line of a file.
    pub source: String,
}

/// Whether the image was said, or the manifest has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImageSource {
    /// `--image`: one app.
    One,
    /// The apps of a manifest.
    OfManifest,
}

/// How the output of several apps at once is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineMode {
    /// As it suits where it goes: a terminal, the log of a job.
    Fitting,
    /// `--output-lines`: each line as it comes.
    Each,
}

/// Whether cf may print the values of `env`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Env {
    /// Hidden, where the installed cf can.
    Hidden,
    /// `--show-env`.
    Shown,
}

/// What becomes of what a failed push has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AfterFailure {
    /// It is left as it is.
    Leave,
    /// `--rollback-on-failure`
    TakeBack,
}

/// Whether what was pushed is noted on each app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notes {
    /// As annotations.
    Written,
    /// `--no-annotate`.
    None,
}

/// Which of the apps are pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Only {
    /// All of them.
    All,
    /// `--if-changed`: those that a push would change.
    Changed,
}

/// A push, as wanted: what holds for all of its apps.
#[derive(Debug, Clone)]
pub(crate) struct PushRequest {
    /// Who said the images.
    pub shape: ImageSource,
    /// Whose images are said to be that name no registry.
    pub unnamed: Unnamed,
    /// Flags for cf, in order; those of every app.
    pub flags: Vec<GivenFlag>,
    /// Words for cf that are not looked at.
    pub passthrough: Vec<String>,
    /// The manifest in effect.
    pub manifest: ManifestChoice,
    /// What stands in it, where it was read.
    pub written: Option<Written>,
    /// Whether cf prints values of `env`.
    pub env: Env,
    /// The cf that was asked for.
    pub cf: Option<CfChoice>,
    /// How long each cf may take.
    pub timeout: Duration,
    /// How many run at once.
    pub jobs: NonZeroUsize,
    /// What a failure means for the others.
    pub on_error: OnError,
    /// How several at once are shown.
    pub lines: LineMode,
    /// What a failure shows.
    pub logs: FailureLogs,
    /// What becomes of what a failed push has begun.
    pub after_failure: AfterFailure,
    /// What is noted on the apps.
    pub notes: Notes,
    /// Which of them are pushed.
    pub only: Only,
    /// The line that was typed.
    pub typed: Arc<Typed>,
    /// What the arguments are for.
    pub goal: Goal,
    /// How far to go.
    pub mode: Mode,
    /// How much to say.
    pub voice: Voice,
    /// How to print the result.
    pub output: OutputFormat,
    /// What is checked before, in general; `None` for nothing.
    pub checks: Option<Checks>,
    /// Where the key comes from where nobody says another.
    pub key: KeyChoice,
    /// Variables that were said to hold a secret.
    pub secret_variables: Vec<String>,
    /// What is odd, though it may work.
    pub warnings: Vec<String>,
    /// What cf 7 and later drop from the manifest without a word.
    pub dropped: Vec<String>,
    /// Advice that is not shown.
    pub silenced: Vec<Name>,
}

/// Makes the defaults for references out of flags and settings.
///
/// # Errors
/// An unknown region or an impossible namespace.
pub(crate) fn defaults(args: &ReferenceArgs, settings: &Settings<'_>) -> Result<Defaults, Error> {
    let said = settings.pick(Setting::Region, args.region.as_deref())?;
    let default = settings.pick(Setting::DefaultRegistry, args.default_registry.as_deref())?;
    // A region that is said nearer wins; one flag excludes the other.
    let region = said.as_ref().map(|region| &region.source);
    let loses = |default: &Said| region.is_some_and(|region| default.source.loses_to(region));
    let default = default.filter(|default| !loses(default));
    let (unnamed, registry) = match default {
        None => {
            let region = said.map(|said| Ok::<_, Error>((region_of(&said)?, origin(&said))));
            (Unnamed::ByRule, region.transpose()?)
        }
        Some(said) if sources::canonical(&said.value) == DOCKER_HUB => (Unnamed::DockerHub, None),
        // The host in a reference wins over a default, whoever says that.
        Some(said) => (Unnamed::Icr, Some((default_registry(&said)?, Origin::Variable))),
    };
    let namespace = settings.pick(Setting::Namespace, args.namespace.as_deref())?;
    let namespace = namespace.map(|said| {
        let checked = reference::check_namespace(&said.value, &said.source.to_string());
        checked.map_err(|error| said.blame(error))?;
        Ok::<_, Error>((said.value.clone(), origin(&said)))
    });
    Ok(Defaults { unnamed, registry, namespace: namespace.transpose()? })
}

fn origin(said: &Said) -> Origin {
    if said.source.is_typed() { Origin::Flag } else { Origin::Variable }
}

/// The registry of a region.
fn region_of(said: &Said) -> Result<&'static Registry, Error> {
    reference::parse_region(&said.value, &said.source.to_string())
        .map_err(|error| said.point(error))
}

/// The registries of the region that is said, else all.
fn registries(
    region: Option<&str>,
    settings: &Settings<'_>,
) -> Result<Vec<&'static Registry>, Error> {
    match settings.pick(Setting::Region, region)? {
        Some(said) => Ok(vec![region_of(&said)?]),
        None => Ok(REGISTRIES.iter().collect()),
    }
}

fn default_registry(said: &Said) -> Result<&'static Registry, Error> {
    let Said { value, source, .. } = said;
    region::by_name(value).ok_or_else(|| {
        let message = format!("`{}` (`{source}`) cannot be the default registry", printable(value));
        let error = Error::new(ErrorKind::Region, message)
            .seen("it is `docker.io`, or a region or host of ICR: `icr-cf regions`")
            .hint("write any other registry into the image: `HOST/PATH:TAG`");
        said.point(error)
    })
}

/// What the arguments of a push are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goal {
    /// `icr-cf push`
    Push,
    /// `icr-cf check`
    Verdicts,
    /// `icr-cf diff`
    Difference,
}

impl Goal {
    /// The command, as it is typed.
    #[must_use]
    pub(crate) const fn command(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Verdicts => "check",
            Self::Difference => "diff",
        }
    }
}

fn duration(said: &Said, least: Duration, most: Duration) -> Result<Duration, Error> {
    let read = typed_duration(&said.words(), &said.value, least, most);
    read.map_err(|error| said.blame(error))
}

/// The same of what only a flag says; `words` are flag and value.
fn typed_duration(
    words: &str,
    text: &str,
    least: Duration,
    most: Duration,
) -> Result<Duration, Error> {
    let wrong = |what: &str| {
        Error::new(ErrorKind::Usage, format!("`{words}`: {what}"))
            .hint("write a number and a unit: `90s`, `20m`, `1h30m`")
    };
    let duration = humantime::parse_duration(text).map_err(|_| wrong("not a duration"))?;
    if duration < least {
        return Err(wrong("less than a tenth of a second"));
    }
    if duration > most {
        return Err(wrong(&format!("longer than {}", humantime::format_duration(most))));
    }
    Ok(duration)
}

/// A file that holds a key, and who named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyFile {
    /// Path as it was said.
    pub path: PathBuf,
    /// `--api-key-file`, the variable, or a line of a file.
    pub said_by: String,
}

/// A command that prints a key, and who named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyCommand {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// `--api-key-command`, or a line of a file.
    pub said_by: String,
}

/// The names of advice that nobody wants to read.
fn silenced(settings: &Settings<'_>) -> Result<Vec<Name>, Error> {
    let said = settings.list(Setting::Silence, &[])?;
    let named = |name: &&Name| said.iter().any(|said| said.value == name.as_str());
    Ok(Name::ALL.iter().filter(named).copied().collect())
}

#[cfg(test)]
pub(crate) mod tests;
