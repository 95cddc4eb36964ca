//! `icr-cf config`: every setting, its value and where it comes from; which files are allowed to name
//! commands and secrets. Reads no key and runs nothing.

use std::path::Path;

use crate::cli::{ConfigAction, ConfigArgs, OutputFormat, ShownArgs};
use crate::environment::Environment;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::report;
use crate::settings::{self, Settings};

/// Does what was asked for.
///
/// # Errors
/// A file has something in it that is no setting; there is none; it cannot be noted down.
pub(crate) fn run(args: ConfigArgs, environment: &Environment) -> Result<ExitCode, Error> {
    match args.action {
        None => show(&args.shown, environment)?,
        Some(ConfigAction::Show(shown)) => show(&shown, environment)?,
        Some(ConfigAction::Allow { path }) => {
            let allowed = settings::allow(path.as_deref(), environment)?;
            report::allowed(&allowed, environment)?;
        }
        Some(ConfigAction::Deny { path }) => {
            let denied = settings::deny(path.as_deref(), environment)?;
            report::denied(&denied, environment)?;
        }
    }
    Ok(ExitCode::Success)
}

fn show(args: &ShownArgs, environment: &Environment) -> Result<(), Error> {
    let folder = args.manifest.as_deref().and_then(|manifest| folder(manifest, environment));
    let profile = args.settings.profile.as_deref();
    let settings = Settings::read(folder, profile, environment)?;
    match args.output {
        OutputFormat::Json => report::settings_document(&settings, environment),
        OutputFormat::Text => report::settings(&settings, environment),
    }
}

/// The folder of a manifest; `None` for the working folder.
fn folder<'a>(manifest: &'a str, environment: &Environment) -> Option<&'a Path> {
    let path = Path::new(manifest);
    if environment.absolute(path).is_dir() {
        return Some(path);
    }
    path.parent().filter(|folder| !folder.as_os_str().is_empty())
}
