//! From what was typed and what surrounds it to what is wanted: validated, defaults applied,
//! conflicts refused. Everything that can be refused without running anything is refused here.

use std::path::PathBuf;
use std::time::Duration;

use crate::args::{OutputFormat, PushArgs, ReferenceArgs};
use crate::cf_flags::{self, GivenFlag, Takes};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, printable};
use crate::reference::{self, Defaults, HostName, ImageReference, Origin, Problem};
use crate::region::REGISTRIES;

mod checks;
mod key;

pub use checks::{Checks, Command, Disk, Pin, Quota, Route, Start};
pub(crate) use key::SOURCES;
pub use key::{KeyChoice, Username};

/// Shortest time that `--timeout` takes; less ends cf before it is there.
const MIN_TIMEOUT: Duration = Duration::from_millis(100);
/// Longest time that `--timeout` takes: 30 days.
const MAX_TIMEOUT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How far a push goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// All the way.
    Push,
    /// Up to the verdicts.
    Check,
    /// Up to the plan.
    DryRun,
    /// Up to the key.
    ExplainKey,
    /// Up to where the key would be looked for.
    ForeseeKey,
}

/// How much we say ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Voice {
    /// Errors only.
    Quiet,
    /// Warnings, and a line for each phase where somebody reads along.
    Normal,
    /// Also what is decided on the way.
    Verbose,
}

/// Whether the app's log is shown when the push has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logs {
    /// `--show-logs`.
    Shown,
    /// Only the line that would show it is said.
    Named,
}

/// The manifest that cf will apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manifest {
    /// `--no-manifest`, or there is none.
    None,
    /// Said with `-f`.
    Named(String),
    /// Lying in the working folder, where cf picks it up by itself.
    Found(&'static str),
}

/// The program that was said to be cf, in words, and where it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CfChoice {
    /// As it was said.
    pub text: String,
    /// `--cf` or `ICR_CF_CF`.
    pub source: &'static str,
}

/// A push, as wanted.
#[derive(Debug, Clone)]
pub struct PushRequest {
    /// Name of the app; without one the manifest has it.
    pub app: Option<String>,
    /// The image as typed.
    pub image: String,
    /// The image, resolved.
    pub target: Target,
    /// Registry user.
    pub username: Username,
    /// Where the key comes from.
    pub key: KeyChoice,
    /// Flags for cf, in order.
    pub flags: Vec<GivenFlag>,
    /// Words for cf that are not looked at.
    pub passthrough: Vec<String>,
    /// The manifest in effect.
    pub manifest: Manifest,
    /// The cf that was asked for.
    pub cf: Option<CfChoice>,
    /// How long cf may take.
    pub timeout: Duration,
    /// What a failure shows.
    pub logs: Logs,
    /// What the arguments are for.
    pub goal: Goal,
    /// How far to go.
    pub mode: Mode,
    /// How much to say.
    pub voice: Voice,
    /// How to print the result.
    pub output: OutputFormat,
    /// What is checked before; `None` for nothing.
    pub checks: Option<Checks>,
}

/// The image that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// This one.
    Known(Box<ImageReference>),
    /// Nobody said a region: the one of these that is there.
    Search(Vec<ImageReference>),
}

impl Target {
    /// The reference, where a region was said.
    #[must_use]
    pub fn known(&self) -> Option<&ImageReference> {
        match self {
            Self::Known(reference) => Some(reference),
            Self::Search(_) => None,
        }
    }

    /// The registry hosts that may get the key.
    #[must_use]
    pub fn hosts(&self) -> Vec<&'static str> {
        match self {
            Self::Known(reference) => vec![reference.host()],
            Self::Search(candidates) => candidates.iter().map(ImageReference::host).collect(),
        }
    }
}

/// Makes the defaults for references out of flags and variables.
///
/// # Errors
/// An unknown region or an impossible namespace.
pub fn defaults(args: &ReferenceArgs, environment: &Environment) -> Result<Defaults, Error> {
    for name in ["ICR_REGION", "ICR_NAMESPACE", "ICR_CF_CF"] {
        if environment.raw(name).is_some_and(|value| value.to_str().is_none()) {
            return Err(Error::new(ErrorKind::Usage, format!("`{name}` is not valid UTF-8"))
                .hint(format!("correct it, or `unset {name}`")));
        }
    }
    let pick = |flag: &Option<String>, name: &'static str, variable: &'static str| {
        let said = flag.clone().map(|value| (value, Origin::Flag, name));
        said.or_else(|| {
            let value = environment.text(variable)?.trim();
            (!value.is_empty()).then(|| (value.to_owned(), Origin::Variable, variable))
        })
    };
    let registry = pick(&args.region, "--region", "ICR_REGION")
        .map(|(name, origin, source)| {
            Ok::<_, Error>((reference::parse_region(&name, source)?, origin))
        })
        .transpose()?;
    let namespace = pick(&args.namespace, "--namespace", "ICR_NAMESPACE")
        .map(|(name, origin, source)| {
            reference::check_namespace(&name, source)?;
            Ok::<_, Error>((name, origin))
        })
        .transpose()?;
    Ok(Defaults { registry, namespace })
}

/// Makes the request for a push, or for its checks alone.
///
/// # Errors
/// The first thing that cannot be right.
pub fn push(args: PushArgs, goal: Goal, environment: &Environment) -> Result<PushRequest, Error> {
    let Some(image) = args.image else { return Err(no_image(args.app.as_deref())) };
    if goal == Goal::Verdicts && args.checks.no_checks {
        return Err(Error::new(ErrorKind::Usage, "`icr-cf check` with `--no-checks` does nothing")
            .hint("drop `--no-checks`"));
    }
    let defaults = defaults(&args.reference, environment)?;
    let search = match (args.checks.no_checks, args.dry_run) {
        (true, _) => Search::NoChecks,
        (false, true) => Search::DryRun,
        (false, false) => Search::Possible,
    };
    let target = target(&image, &defaults, search)?;
    if let Target::Known(reference) = &target
        && reference.host_name() == HostName::Private
        && !args.allow_private
    {
        return Err(private(reference));
    }
    let flags = args.cf_flags.given;
    check_flags(&flags, environment)?;
    let manifest = manifest(&flags, &args.passthrough, environment);
    check_app(args.app.as_deref(), &manifest, !args.passthrough.is_empty())?;
    let username = Username::parse(&args.key.docker_username, args.key.allow_short_lived)?;
    let checks = Checks::for_push(args.checks, &flags, &args.passthrough, &manifest)?;
    let cf = args.cf.map(|text| CfChoice { text, source: "--cf" }).or_else(|| {
        let text = environment.text("ICR_CF_CF")?.to_owned();
        Some(CfChoice { text, source: "ICR_CF_CF" })
    });
    Ok(PushRequest {
        app: args.app,
        key: KeyChoice::of(&args.key, environment)?,
        image,
        target,
        username,
        flags,
        passthrough: args.passthrough,
        manifest,
        cf,
        timeout: duration("--timeout", &args.timeout, MIN_TIMEOUT, MAX_TIMEOUT)?,
        goal,
        logs: if args.show_logs { Logs::Shown } else { Logs::Named },
        mode: match (args.explain_key, args.dry_run, goal) {
            (true, true, _) => Mode::ForeseeKey,
            (false, true, _) => Mode::DryRun,
            (true, false, _) => Mode::ExplainKey,
            (false, false, Goal::Push) => Mode::Push,
            (false, false, Goal::Verdicts) => Mode::Check,
        },
        voice: match (args.quiet, args.verbose) {
            (true, _) => Voice::Quiet,
            (false, true) => Voice::Verbose,
            (false, false) => Voice::Normal,
        },
        output: args.output,
        checks,
    })
}

/// What the arguments of a push are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// `icr-cf push`
    Push,
    /// `icr-cf check`
    Verdicts,
}

impl Goal {
    /// The command, as it is typed.
    #[must_use]
    pub const fn command(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Verdicts => "check",
        }
    }
}

/// Whether all registries may be asked where an image is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Search {
    Possible,
    NoChecks,
    DryRun,
}

/// The image, or where to search for it.
fn target(image: &str, defaults: &Defaults, search: Search) -> Result<Target, Error> {
    let error = match ImageReference::parse(image, defaults) {
        Ok(reference) => return Ok(Target::Known(Box::new(reference))),
        Err(error) => error,
    };
    let why_not = match search {
        _ if *error.problem() != Problem::NoRegion => None,
        Search::Possible => {
            let candidates = REGISTRIES.iter().map(|registry| {
                let registry = Some((registry, Origin::Variable));
                let namespace = defaults.namespace.clone();
                ImageReference::parse(image, &Defaults { registry, namespace })
            });
            let candidates: Result<Vec<_>, _> = candidates.collect();
            return candidates.map(Target::Search).map_err(|error| error.into_error("--image"));
        }
        Search::NoChecks => {
            Some("without `--no-checks` all registries are asked which has the image")
        }
        Search::DryRun => Some(
            "the push itself would ask all registries which has the image; `--dry-run` asks nobody",
        ),
    };
    let shown = error.into_error("--image");
    Err(match why_not {
        Some(line) => shown.seen(line),
        None => shown,
    })
}

fn no_image(app: Option<&str>) -> Error {
    let app = app.map_or_else(|| "APP".to_owned(), |app| shell_words::quote(app).into_owned());
    Error::new(ErrorKind::Usage, "no image given")
        .hint(format!("say which: `icr-cf push {app} --image NAMESPACE/REPOSITORY:TAG`"))
        .hint("an app without an image of ICR is pushed with `cf push` itself")
}

fn private(reference: &ImageReference) -> Error {
    Error::new(ErrorKind::Reference, format!("Cloud Foundry cannot reach `{}`", reference.host()))
        .seen("`private.*` registry names answer inside IBM Cloud's private network only")
        .hint(format!("write `{}`", reference.under_public_name()))
        .hint("`--allow-private` is for a platform that runs inside that network")
}

fn check_flags(flags: &[GivenFlag], environment: &Environment) -> Result<(), Error> {
    for given in flags {
        given.check()?;
        let (Takes::Path, Some(path)) = (given.flag.takes, &given.value) else { continue };
        if !environment.exists(path) {
            let name = given.flag.name();
            let error = Error::new(
                ErrorKind::File,
                format!("`{name} {}`: no such file or folder", printable(path)),
            );
            return Err(error.hint(format!(
                "`{name}` is relative to the working folder, here `{}`",
                environment.folder.display()
            )));
        }
    }
    cf_flags::check_together(flags)?;
    Ok(())
}

fn manifest(flags: &[GivenFlag], passthrough: &[String], environment: &Environment) -> Manifest {
    let last = |long| flags.iter().rev().find(|given| given.flag.long == Some(long));
    if let Some(named) = last("manifest") {
        return Manifest::Named(named.value.clone().unwrap_or_default());
    }
    if last("no-manifest").is_some() || passthrough.iter().any(|word| word == "--no-manifest") {
        return Manifest::None;
    }
    environment.manifest_in_folder().map_or(Manifest::None, Manifest::Found)
}

fn check_app(app: Option<&str>, manifest: &Manifest, has_passthrough: bool) -> Result<(), Error> {
    match app {
        None if *manifest == Manifest::None && !has_passthrough => Err(Error::new(
            ErrorKind::Usage,
            "no app named, and there is no manifest that names one",
        )
        .hint("write `icr-cf push APP --image ...`")),
        Some("") => Err(Error::new(ErrorKind::Usage, "the app name is empty")
            .hint("check the variable that was to fill it")),
        Some(name) if name.chars().any(char::is_control) => Err(Error::new(
            ErrorKind::Usage,
            format!("control character in app name `{}`", printable(name)),
        )),
        None | Some(_) => Ok(()),
    }
}

fn duration(flag: &str, text: &str, least: Duration, most: Duration) -> Result<Duration, Error> {
    let wrong = |what: &str| {
        Error::new(ErrorKind::Usage, format!("`{flag} {}`: {what}", printable(text)))
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

/// An empty `CF_DOCKER_PASSWORD`: cf takes it for missing and prompts.
fn empty_docker_password() -> Error {
    Error::new(ErrorKind::Key, "`CF_DOCKER_PASSWORD` is set but empty")
        .seen("cf takes that for missing and prompts, which hangs or fails in a job")
        .hint("fill it, or `unset CF_DOCKER_PASSWORD` and give the key another way")
}

/// A file that holds a key, and who named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFile {
    /// Path as it was said.
    pub path: PathBuf,
    /// `--api-key-file` or the variable.
    pub said_by: &'static str,
}

#[cfg(test)]
mod tests;
