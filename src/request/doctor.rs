//! What is wanted of `doctor`.

use super::push_request::cf_choice;
use super::{Advice, CfChoice, Checks, KeyChoice, Username, WithKey};
use crate::cli::{DoctorArgs, OutputFormat};
use crate::environment::Environment;
use crate::error::Error;
use crate::reference;
use crate::region::{REGISTRIES, Registry};

/// What is looked at.
#[derive(Debug, Clone)]
pub(crate) struct DoctorRequest {
    /// The registries that are asked.
    pub(crate) registries: Vec<&'static Registry>,
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
    let said = args.region.as_deref().map(|name| (name, "--region"));
    let variable = environment.text("ICR_REGION").map(str::trim).filter(|name| !name.is_empty());
    let said = said.or_else(|| variable.map(|name| (name, "ICR_REGION")));
    let registries = match said {
        Some((name, source)) => vec![reference::parse_region(name, source)?],
        None => REGISTRIES.iter().collect(),
    };
    let key = KeyChoice::of(&args.key, &[], environment)?;
    Ok(DoctorRequest {
        registries,
        key,
        with_key: WithKey::of(&args.key),
        username: Username::of(&args.key)?,
        checks: Checks { advice: Advice::of(args.typed), ..Checks::new(args.network)? },
        cf: cf_choice(args.cf, environment),
        output: args.output,
    })
}
