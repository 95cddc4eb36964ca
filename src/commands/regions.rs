//! `icr-cf regions`: the table of registries.

use crate::cli::OutputFormat;
use crate::environment::Environment;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::report;

/// Prints the table.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn run(output: OutputFormat, environment: &Environment) -> Result<ExitCode, Error> {
    report::regions(output, environment)?;
    Ok(ExitCode::Success)
}
