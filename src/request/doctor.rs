//! What is wanted of `doctor`.

use super::settled::cf_choice;
use super::{Advice, CfChoice, Checks, KeyChoice, Username, WithKey, registries};
use crate::cli::{DoctorArgs, OutputFormat};
use crate::environment::Environment;
use crate::error::Error;
use crate::region::Registry;
use crate::settings::{Settings, Withheld};

/// What is looked at.
#[derive(Debug, Clone)]
pub(crate) struct DoctorRequest {
    /// The registries that are asked.
    pub(crate) registries: Vec<&'static Registry>,
    /// The files of settings that were read.
    pub(crate) files: Vec<String>,
    /// What in them does not count until it is allowed.
    pub(crate) left_out: Vec<String>,
    pub(crate) key: KeyChoice,
    pub(crate) with_key: WithKey,
    pub(crate) username: Username,
    pub(crate) checks: Checks,
    pub(crate) cf: Option<CfChoice>,
    pub(crate) output: OutputFormat,
}

/// Makes the request.
///
/// # Errors
/// The first thing that cannot be right.
pub(crate) fn doctor(args: DoctorArgs, environment: &Environment) -> Result<DoctorRequest, Error> {
    let profile = args.settings.profile.as_deref();
    let settings = Settings::read(None, profile, environment)?.with(Withheld::LeftOut);
    let key = KeyChoice::of(&args.key, &[], &settings, environment)?;
    Ok(DoctorRequest {
        registries: registries(args.region.as_deref(), &settings)?,
        files: settings.files().iter().map(|file| file.shown.clone()).collect(),
        left_out: settings.left_out(),
        key,
        with_key: WithKey::of(&args.key),
        username: Username::of(&args.key, &settings)?,
        checks: Checks { advice: Advice::of(args.typed), ..Checks::new(&args.network, &settings)? },
        cf: cf_choice(args.cf.as_deref(), &settings)?,
        output: args.output,
    })
}
