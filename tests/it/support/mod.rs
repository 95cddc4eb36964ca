//! The harness: runs the built `icr-cf` in a clean environment and a folder of its own, with the
//! stand-in as `cf`, always within a bound on time. What a test does not add is not there.

mod invocation;
mod programs;
mod real_cf;
mod record;
mod running;
mod sandbox;
mod secrets;
#[cfg(unix)]
mod terminal;
mod waiting;
mod workplace;

pub(crate) use invocation::{Invocation, Run};
#[cfg(unix)]
pub(crate) use invocation::{Reader, Setup};
pub(crate) use programs::icr_cf;
#[cfg(unix)]
pub(crate) use programs::spawn;
pub(crate) use real_cf::real_cf;
pub(crate) use record::{Event, Record};
#[cfg(unix)]
pub(crate) use running::{Running, reads, send, state};
pub(crate) use sandbox::secrets_stay;
pub(crate) use secrets::{KEY, forms_in, key_of};
#[cfg(unix)]
pub(crate) use terminal::{CTRL_BACKSLASH, CTRL_C, CTRL_Z};
#[cfg(unix)]
pub(crate) use waiting::poll;
pub(crate) use waiting::wait_for;
pub(crate) use workplace::Workplace;
#[cfg(unix)]
pub(crate) use workplace::pipe;

/// Lines of ours that stand between backticks in hints.
pub(crate) fn lines_of(hints: &str) -> Vec<&str> {
    let quoted = hints.split('`').skip(1).step_by(2);
    quoted.filter(|line| line.starts_with("icr-cf ")).collect()
}
