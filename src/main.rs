//! The composition root: takes the snapshot of the outside, runs, gives the exit code.

use std::ffi::OsString;
use std::panic::catch_unwind;
use std::process::ExitCode;

use icr_cf::environment::Environment;

/// In place of musl's, which maps pages for each size of block and so makes each start slower.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    icr_cf::keep_secrets_in_memory();
    let run = || {
        #[expect(clippy::disallowed_methods, reason = "the one place that asks for the arguments")]
        let arguments: Vec<OsString> = std::env::args_os().collect();
        icr_cf::run(&arguments, &Environment::capture())
    };
    catch_unwind(run).unwrap_or(icr_cf::exit_code::ExitCode::Software).into()
}
