//! The key from the output of a program: an argument vector, no shell, bounded in time and size.

use std::ffi::OsString;
use std::path::Path;

use super::key_problem::KeyProblem;
use super::{KeyOrigin, KeyQuery, Raw};
use crate::error::printable_in_full;
use crate::process::{self, InGroup, Input, Job, NoOutput, Output, Signals, Status, output};

/// Reads the key from the output of `--api-key-command`. Says the program's name and nothing
/// else of the command, whose words may hold secrets.
pub(super) async fn read(
    words: &[String],
    wanted: &KeyQuery<'_>,
    signals: &mut Signals,
) -> Result<Raw, KeyProblem> {
    let (name, arguments) = words.split_first().ok_or(KeyProblem::CommandMissing(String::new()))?;
    let program = printable_in_full(name);
    let Some(path) = wanted.environment.find_program(name) else {
        return Err(KeyProblem::CommandMissing(program));
    };
    let arguments = arguments.iter().map(OsString::from).collect();
    let printed = run(&path, arguments, Input::Null, wanted, signals)
        .await
        .map_err(|error| KeyProblem::no_output(&program, error, wanted.source_limit))?;
    if printed.status != Status::Code(0) {
        return Err(KeyProblem::CommandFailed { program, status: printed.status });
    }
    let source = format!("the output of `{program}`");
    Ok(Raw { bytes: printed.bytes, origin: KeyOrigin::Command, source, notices: Vec::new() })
}

/// Runs a program without any key in its environment and takes what it prints; its standard
/// error is ours.
pub(super) async fn run(
    program: &Path,
    arguments: Vec<OsString>,
    input: Input,
    wanted: &KeyQuery<'_>,
    signals: &mut Signals,
) -> Result<Output, NoOutput> {
    let hidden = wanted.environment.hidden_variables(&program.to_string_lossy());
    let job = Job {
        remove: process::names(hidden),
        set: wanted.environment.for_children(),
        input,
        group: place(),
        ..Job::question(program.into(), arguments)
    };
    output(job, wanted.source_limit, signals).await
}

/// On a terminal a password manager may ask there, which only the foreground may do.
fn place() -> InGroup {
    if process::has_terminal() { InGroup::Ours } else { InGroup::Own }
}
