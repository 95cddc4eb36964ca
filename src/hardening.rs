//! Keeps what this process knows from getting out when it dies: no core dump, no panic message
//! with a value in it.

use std::io::Write as _;
use std::panic::PanicHookInfo;

/// Switches core dumps off, for this process and its children, and has a panic say where it
/// happened and nothing else.
pub fn keep_secrets_in_memory() {
    no_core_dumps();
    std::panic::set_hook(Box::new(say_where));
}

#[cfg(unix)]
fn no_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // Lowering a limit is always allowed; were it not, the push would still be right.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // A core handler that is a program is run whatever the limit; this stops it, and keeps
        // other processes of the same user from reading our memory.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

#[cfg(not(unix))]
fn no_core_dumps() {}

fn say_where(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(|at| format!("{}:{}", tail_of(at.file()), at.line()));
    let place = place.unwrap_or_else(|| "an unknown place".to_owned());
    let _ = writeln!(
        std::io::stderr(),
        "error: a bug in icr-cf, at {place}\nhint: report it with this line and the arguments, without the key; a limit of the system (`ulimit -a`) may be behind it"
    );
}

/// The end of a source path, without the folders of whoever built the program.
fn tail_of(path: &str) -> &str {
    let cut = path.rmatch_indices(['/', '\\']).nth(2).map_or(0, |(at, _)| at + 1);
    path.get(cut..).unwrap_or(path)
}
