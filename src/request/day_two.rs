//! What is wanted of apps that are there already: which ones, with which keys, by which measure.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::push_request::voice;
use super::settled::{cf_choice, jobs, on_error, rollout_timeout};
use super::sources::KeyRules;
use super::target::ImageTarget;
use super::{
    Advice, CfChoice, Checks, Gate, KeyChoice, Username, Voice, Vulnerabilities, WithKey, silenced,
};
use crate::cli::{
    AuditArgs, DayTwoArgs, OnError, OutputFormat, PlaceArgs, RollbackArgs, RotateArgs, Stopped,
    Strategy, Typed,
};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, command_on, printable};
use crate::reference::{ImageReference, check_namespace};
use crate::settings::{Settings, Withheld};
use crate::spelling;
use crate::verdict::{Name, Weight};

/// Which apps are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AppScope {
    /// Their names; none for all.
    pub(crate) apps: Vec<String>,
    /// In which spaces.
    pub(crate) place: PlaceScope,
}

/// In which spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PlaceScope {
    /// The one that cf targets.
    Targeted,
    /// One of the targeted organization, or of the one that is named.
    Space { space: String, org: Option<String> },
    /// All of an organization.
    Org(String),
    /// All that the user may see.
    All,
}

/// Which key goes to which image, and who asks how.
#[derive(Debug, Clone)]
pub(crate) struct Looking {
    pub(crate) scope: AppScope,
    pub(crate) with_key: WithKey,
    pub(crate) username: Username,
    key: KeyChoice,
    rules: KeyRules,
    pub(crate) checks: Checks,
    pub(crate) cf: Option<CfChoice>,
    pub(crate) output: OutputFormat,
    pub(crate) voice: Voice,
    pub(crate) typed: Typed,
    /// Variables that were said to hold a secret.
    pub(crate) secret_variables: Vec<String>,
    /// Advice that is not shown.
    pub(crate) silenced: Vec<Name>,
    /// What in files of settings does not count until it is allowed.
    pub(crate) left_out: Vec<String>,
}

/// The settings for the working folder.
fn settings<'a>(
    args: &DayTwoArgs,
    withheld: Withheld,
    environment: &'a Environment,
) -> Result<Settings<'a>, Error> {
    let settings = Settings::read(None, args.settings.profile.as_deref(), environment)?;
    Ok(settings.with(withheld))
}

/// A dry run goes on without what is not allowed.
const fn withheld(dry_run: bool) -> Withheld {
    if dry_run { Withheld::LeftOut } else { Withheld::Refused }
}

impl Looking {
    fn new(
        args: DayTwoArgs,
        scope: AppScope,
        settings: &Settings<'_>,
        environment: &Environment,
    ) -> Result<Self, Error> {
        for app in &scope.apps {
            if app.is_empty() {
                return Err(Error::new(ErrorKind::Usage, "the app name is empty")
                    .hint("check the variable that was to fill it"));
            }
        }
        let rules = KeyRules::of(&args.key, &args.api_key_for, settings, environment)?;
        let secret_variables: Vec<String> = rules.variables().collect();
        let key = KeyChoice::of(&args.key, &secret_variables, settings, environment)?;
        let with_key = WithKey::of(&args.key);
        let advice = Advice::of(args.typed.clone());
        Ok(Self {
            scope,
            with_key,
            username: Username::of(&args.key, settings)?,
            key,
            rules,
            checks: Checks { advice, ..Checks::new(&args.network, settings)? },
            cf: cf_choice(args.cf.as_deref(), settings)?,
            output: args.output,
            voice: voice(args.quiet, args.verbose),
            typed: args.typed,
            secret_variables,
            silenced: silenced(settings)?,
            left_out: settings.unused(),
        })
    }

    /// The source of the key for an image.
    ///
    /// # Errors
    /// None that an image in full can bring about.
    pub(crate) fn choice(&self, image: &ImageReference) -> Result<KeyChoice, Error> {
        let target = ImageTarget::Known(Box::new(image.clone()));
        let fit = self.rules.fit(&target)?;
        Ok(fit.map_or_else(|| self.key.clone(), |fit| fit.choice))
    }
}

fn place(args: PlaceArgs, all: bool) -> PlaceScope {
    match (args.space, args.org) {
        _ if all => PlaceScope::All,
        (Some(space), org) => PlaceScope::Space { space, org },
        (None, Some(org)) => PlaceScope::Org(org),
        (None, None) => PlaceScope::Targeted,
    }
}

/// What decides the exit code of an audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailOn {
    /// A finding of this name.
    Name(Name),
    /// Any of this weight.
    Weight(Weight),
}

/// An audit.
#[derive(Debug, Clone)]
pub(crate) struct AuditRequest {
    pub(crate) looking: Looking,
    pub(crate) fail_on: Vec<FailOn>,
    /// Whether the Vulnerability Advisor is asked, and what counts.
    pub(crate) vulnerabilities: Option<Vulnerabilities>,
}

/// Makes the request for an audit.
///
/// # Errors
/// The first thing that cannot be right.
pub(crate) fn audit(args: AuditArgs, environment: &Environment) -> Result<AuditRequest, Error> {
    let scope = AppScope { apps: args.apps, place: place(args.place, args.all) };
    let mut fail_on: Vec<FailOn> =
        args.fail_on.iter().map(|text| fail_on(text)).collect::<Result<_, _>>()?;
    let vulnerabilities = Vulnerabilities::read(args.vulnerabilities)?;
    if vulnerabilities.as_ref().is_some_and(|policy| policy.gate == Gate::Fail) {
        fail_on.extend([Name::Vulnerable, Name::NotScanned].map(FailOn::Name));
    }
    let settings = settings(&args.shared, Withheld::Refused, environment)?;
    let looking = Looking::new(args.shared, scope, &settings, environment)?;
    Ok(AuditRequest { looking, fail_on, vulnerabilities })
}

fn fail_on(text: &str) -> Result<FailOn, Error> {
    let weights = [
        ("definitive", Weight::Definitive),
        ("undecided", Weight::Undecided),
        ("advice", Weight::Advice),
    ];
    let weight = weights.iter().find(|(name, _)| *name == text);
    let name = || Name::ALL.iter().find(|name| name.as_str() == text);
    if let Some((_, weight)) = weight {
        return Ok(FailOn::Weight(*weight));
    }
    if let Some(name) = name() {
        return Ok(FailOn::Name(*name));
    }
    let names = Name::ALL.iter().map(|name| name.as_str()).chain(weights.map(|(name, _)| name));
    let error = Error::new(
        ErrorKind::Usage,
        format!("`--fail-on {}`: there is no such finding", printable(text)),
    );
    Err(match spelling::nearest(text, names).first() {
        Some(meant) => error.hint(format!("write `--fail-on {meant}`")),
        None => error.hint("`--fail-on definitive` stands for all that keep an app from starting"),
    })
}

/// How an app gets its new droplet.
#[derive(Debug, Clone)]
pub(crate) struct RolloutWish {
    pub(crate) stopped: Stopped,
    pub(crate) restart: bool,
    pub(crate) strategy: Strategy,
    pub(crate) steps: Vec<u8>,
    pub(crate) timeout: Duration,
}

/// A rotation.
#[derive(Debug, Clone)]
pub(crate) struct RotateRequest {
    pub(crate) looking: Looking,
    pub(crate) namespace: Option<String>,
    /// Registry users that are replaced.
    pub(crate) from_users: Vec<String>,
    pub(crate) dry_run: bool,
    pub(crate) wish: RolloutWish,
    pub(crate) accept_moved_tag: bool,
    pub(crate) jobs: NonZeroUsize,
    pub(crate) on_error: OnError,
}

/// Makes the request for a rotation.
///
/// # Errors
/// The first thing that cannot be right.
pub(crate) fn rotate(args: RotateArgs, environment: &Environment) -> Result<RotateRequest, Error> {
    let scope = AppScope { apps: args.apps, place: place(args.place, args.all) };
    if let Some(namespace) = &args.namespace {
        check_namespace(namespace, "--namespace")?;
    }
    if args.shared.key.no_key {
        return Err(Error::new(ErrorKind::Usage, "`icr-cf rotate` with `--no-key` does nothing")
            .hint("drop `--no-key`"));
    }
    let users = std::iter::once("iamapikey".to_owned()).chain(args.from_user).collect();
    let settings = settings(&args.shared, withheld(args.dry_run), environment)?;
    let jobs = jobs(args.jobs.as_deref(), &settings)?;
    let timeout = rollout_timeout(args.timeout.as_deref(), &settings)?;
    let wish = RolloutWish {
        stopped: args.stopped,
        restart: args.restart,
        strategy: Strategy::Rolling,
        steps: Vec::new(),
        timeout,
    };
    Ok(RotateRequest {
        looking: Looking::new(args.shared, scope, &settings, environment)?,
        namespace: args.namespace,
        from_users: users,
        dry_run: args.dry_run,
        wish,
        accept_moved_tag: args.accept_moved_tag,
        jobs,
        on_error: on_error(args.on_error, &settings)?,
    })
}

/// Where an app goes back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BackTo {
    /// The revision before the one that runs.
    Before,
    /// This revision.
    Revision(u64),
    /// This digest, `sha256:` and 64 digits.
    Digest(String),
    /// The digest of a revision that begins so, `sha256:` and fewer digits: tables show the first.
    DigestStart(String),
}

/// A rollback.
#[derive(Debug, Clone)]
pub(crate) struct RollbackRequest {
    pub(crate) looking: Looking,
    pub(crate) to: BackTo,
    pub(crate) list: bool,
    pub(crate) dry_run: bool,
    pub(crate) wish: RolloutWish,
}

/// Makes the request for a rollback.
///
/// # Errors
/// The first thing that cannot be right.
pub(crate) fn rollback(
    args: RollbackArgs,
    environment: &Environment,
) -> Result<RollbackRequest, Error> {
    let to = args.to.as_deref().map_or(Ok(BackTo::Before), |text| back_to(text, &args.app))?;
    let scope = AppScope { apps: vec![args.app], place: place(args.place, false) };
    let is_ascending = args.instance_steps.is_sorted_by(|a, b| a < b);
    let are_percents = args.instance_steps.iter().all(|step| (1..=100).contains(step));
    if !is_ascending || !are_percents {
        return Err(Error::new(
            ErrorKind::Usage,
            "`--instance-steps` are percents from 1 to 100 that go up",
        )
        .hint("write for example `--strategy canary --instance-steps 10,50`"));
    }
    if !args.instance_steps.is_empty() && args.strategy != Strategy::Canary {
        return Err(Error::new(ErrorKind::Usage, "`--instance-steps` are the steps of a canary")
            .hint("add `--strategy canary`"));
    }
    let settings = settings(&args.shared, withheld(args.dry_run), environment)?;
    let wish = RolloutWish {
        stopped: Stopped::Stage,
        restart: false,
        strategy: args.strategy,
        steps: args.instance_steps,
        timeout: rollout_timeout(args.timeout.as_deref(), &settings)?,
    };
    Ok(RollbackRequest {
        looking: Looking::new(args.shared, scope, &settings, environment)?,
        to,
        list: args.list,
        dry_run: args.dry_run,
        wish,
    })
}

/// The fewest digits that stand for a digest.
const LEAST_DIGITS: usize = 6;

fn back_to(text: &str, app: &str) -> Result<BackTo, Error> {
    let is_hex = |hex: &&str| hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let digits = text.strip_prefix("sha256:");
    match (digits.filter(is_hex).map(str::len), text.parse()) {
        (Some(64), _) => Ok(BackTo::Digest(text.to_owned())),
        (Some(LEAST_DIGITS..64), _) => Ok(BackTo::DigestStart(text.to_owned())),
        (None, Ok(version)) if version > 0 => Ok(BackTo::Revision(version)),
        _ => Err(Error::new(
            ErrorKind::Usage,
            format!("`--to {}` is no revision and no digest", printable(text)),
        )
        .seen(
            "a revision is a number; a digest is `sha256:` and 64 digits 0-9 and a-f, or the first 6 of them and more",
        )
        .hint(format!("`{}` shows both", command_on("icr-cf rollback", app, "--list")))),
    }
}
