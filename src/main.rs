//! The composition root: takes the snapshot of the outside, runs, gives the exit code.

use std::ffi::OsString;
use std::panic::catch_unwind;
use std::process::ExitCode;

use icr_cf::environment::Environment;

fn main() -> ExitCode {
    icr_cf::keep_secrets_in_memory();
    let run = || {
        #[expect(clippy::disallowed_methods, reason = "the one place that asks for the arguments")]
        let arguments: Vec<OsString> = std::env::args_os().collect();
        icr_cf::run(&arguments, &Environment::capture())
    };
    catch_unwind(run).unwrap_or(icr_cf::exit_code::ExitCode::Software).into()
}
