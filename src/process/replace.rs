//! A program in place of this one: same number, group and terminal, so that there is nothing to
//! forward and nobody to wait for.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use super::Job;

/// Becomes the program; comes back only where that cannot be done. What is read, the streams and the
/// group are ours, whatever the job says of them. Nothing is dropped on the way: whoever has a file to
/// remove starts a child instead.
pub(crate) fn replace(job: Job) -> io::Error {
    #[expect(clippy::disallowed_methods, reason = "nothing is left to wait for it")]
    let mut command = Command::new(job.program);
    command.args(job.arguments);
    for name in job.remove {
        command.env_remove(name);
    }
    command.envs(job.set);
    if let Some(prepare) = job.prepare {
        prepare(&mut command);
    }
    command.exec()
}
