//! What is wanted of apps that are there already: which ones, with which keys, by which measure.

use super::key::ShortLived;
use super::push_request::{cf_choice, voice};
use super::sources::KeyRules;
use super::target::ImageTarget;
use super::{Advice, CfChoice, Checks, KeyChoice, Username, Voice, WithKey};
use crate::cli::{AuditArgs, DayTwoArgs, OutputFormat, PlaceArgs, Typed};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, printable};
use crate::reference::ImageReference;
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
}

impl Looking {
    fn new(args: DayTwoArgs, scope: AppScope, environment: &Environment) -> Result<Self, Error> {
        for app in &scope.apps {
            if app.is_empty() {
                return Err(Error::new(ErrorKind::Usage, "the app name is empty")
                    .hint("check the variable that was to fill it"));
            }
        }
        let rules = KeyRules::read(&args.api_key_for, environment)?;
        let secret_variables: Vec<String> = rules.variables().collect();
        let key = KeyChoice::of(&args.key, &secret_variables, environment)?;
        let with_key = WithKey::of(&args.key);
        let advice = Advice::of(args.typed.clone());
        Ok(Self {
            scope,
            with_key,
            username: Username::parse(
                args.key.docker_username.as_deref().unwrap_or_default(),
                ShortLived::of(&args.key),
            )?,
            key,
            rules,
            checks: Checks { advice, ..Checks::new(args.network)? },
            cf: cf_choice(args.cf, environment),
            output: args.output,
            voice: voice(args.quiet, args.verbose),
            typed: args.typed,
            secret_variables,
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
}

/// Makes the request for an audit.
///
/// # Errors
/// The first thing that cannot be right.
pub(crate) fn audit(args: AuditArgs, environment: &Environment) -> Result<AuditRequest, Error> {
    let scope = AppScope { apps: args.apps, place: place(args.place, args.all) };
    let fail_on = args.fail_on.iter().map(|text| fail_on(text)).collect::<Result<_, _>>()?;
    Ok(AuditRequest { looking: Looking::new(args.shared, scope, environment)?, fail_on })
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
