//! Waiting for a condition, always with a deadline: nothing here sleeps in the hope that
//! something has happened by then.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(3);
/// How long a condition may take to come true on a busy machine.
const LIMIT: Duration = Duration::from_secs(25);

/// Asks until there is an answer; `None` where there was none in time.
pub(crate) fn poll<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if Instant::now() >= end {
            return None;
        }
        sleep(LOOK);
    }
}

/// Waits until a condition holds; panics with its name where it does not come true.
#[track_caller]
pub(crate) fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    assert!(poll(LIMIT, || holds().then_some(())).is_some(), "did not come true in time: {what}");
}
