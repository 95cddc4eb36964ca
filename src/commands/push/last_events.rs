//! Waits until the events of a push are written, open to signals; what cannot be written counts as
//! with a document.

use std::time::Duration;

use tokio::sync::oneshot;

use crate::app::{self, AppRun};
use crate::environment::Environment;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::process::{self, Signals, within};
use crate::report::{self, EventLog, LAST_READ, LAST_READ_AT_AN_END};
use crate::request::Mode;

/// How long a reader takes that reads, so that no signal need be waited for.
const AT_ONCE: Duration = Duration::from_millis(100);

/// Sees the events written; gives what the process exits with.
pub(super) fn exit_code(
    log: Option<&EventLog>,
    code: ExitCode,
    apps: &[AppRun],
    mode: Mode,
    environment: &Environment,
) -> ExitCode {
    let is_cut_short =
        apps.iter().filter_map(|run| run.outcome.as_ref()).any(|one| one.ending.is_cut_short());
    let patience = match code {
        ExitCode::Signal(_) | ExitCode::TimedOut => LAST_READ_AT_AN_END,
        _ if is_cut_short => LAST_READ_AT_AN_END,
        _ => LAST_READ,
    };
    let Some((log, unsaid)) = log.and_then(|log| Some((log, finish(log, patience).err()?))) else {
        return code;
    };
    match (log.refusal(), mode) {
        (Some(error), _) => {
            report::show_error(&error, environment);
            code
        }
        (None, Mode::Push) => {
            report::show_error(&unsaid, environment);
            app::unless_unsaid(code, Some(&unsaid))
        }
        (None, Mode::Check | Mode::Diff | Mode::DryRun | Mode::ExplainKey | Mode::ForeseeKey) => {
            report::show_error(&unsaid, environment);
            unsaid.exit_code()
        }
    }
}

/// Waits so long at most, or until a signal comes.
fn finish(log: &EventLog, patience: Duration) -> Result<(), Error> {
    if let Some(done) = log.finish(AT_ONCE) {
        return done;
    }
    let wait = async {
        let mut signals = Signals::listen()?;
        let (tell, done) = oneshot::channel();
        let waiting = log.clone();
        std::thread::Builder::new().name("finish".into()).spawn(move || {
            // Whoever does not wait any more does not need to be told.
            let _ = tell.send(waiting.finish(patience));
        })?;
        Ok::<_, std::io::Error>(within(patience, &mut signals, done).await)
    };
    let waited = process::in_runtime(wait).and_then(|waited| waited);
    let waited = waited.map_err(|error| Error::internal("nobody waits for the events", &error))?;
    waited.ok().and_then(Result::ok).flatten().unwrap_or_else(|| Err(EventLog::unread()))
}
