//! `cf logs APP --recent` after a push that failed: shown like the push, without the key. What
//! comes of it changes nothing about the push.

use std::time::Duration;

use super::pipes::{PipeLayout, Pipes};
use super::tail::Last;
use super::{Run, job, pipe_error, relayed};
use crate::cli::OutputFormat;
use crate::environment::Environment;
use crate::process::{ChildEnd, Patience, Signals, Status};

/// How long it may take.
const LIMIT: Duration = Duration::from_secs(30);

/// What came of showing the log.
#[derive(Debug)]
pub(crate) struct Logs {
    /// The last lines, the key masked.
    pub(crate) lines: Vec<String>,
    /// Why it was not shown, or not to its end.
    pub(crate) fault: Option<String>,
    /// Whether somebody asked for an end.
    pub(crate) was_interrupted: bool,
    /// Whether somebody took all of it.
    pub(crate) was_read: bool,
}

/// Shows the log of the app; takes no longer than the push itself might have.
pub(crate) async fn logs(
    (run, app): (Run<'_>, &str),
    environment: &Environment,
    output: OutputFormat,
    limit: Duration,
    signals: &mut Signals,
) -> Logs {
    let plan = run.plan;
    let command = ["logs", app, "--recent"];
    let line = plan.cf.program.line(&command);
    let limit = limit.min(LIMIT);
    let shown = async {
        let (pipes, stdout, stderr) = Pipes::open(PipeLayout::of(environment.streams, output))
            .map_err(|error| pipe_error(&error))?;
        let words = plan.cf.program.words.iter().skip(1).map(String::as_str);
        let mut job = job(plan, words.chain(command), environment, stdout, stderr);
        job.patience = Patience::Short;
        relayed(job, pipes, run, limit, signals).await
    };
    match shown.await {
        Ok((ended, Last { lines, was_read, .. })) => {
            let fault = fault(&ended, limit).map(|how| format!("`{line}` {how}"));
            let was_interrupted = ended.interrupted.is_some();
            Logs { lines, fault, was_interrupted, was_read }
        }
        Err(error) => {
            let fault = Some(format!("`{line}` was not run: {}", error.message()));
            Logs { lines: Vec::new(), fault, was_interrupted: false, was_read: true }
        }
    }
}

fn fault(ended: &ChildEnd, limit: Duration) -> Option<String> {
    match ended.status {
        _ if ended.timed_out => {
            let limit = humantime::format_duration(limit);
            Some(format!("did not end within {limit}"))
        }
        _ if ended.interrupted.is_some() => Some("was interrupted".to_owned()),
        _ if ended.wanted_terminal => Some("wanted to ask at the terminal".to_owned()),
        Status::Code(0) => None,
        Status::Code(code) => Some(format!("ended with exit code {code}")),
        Status::Signal(signal) => Some(format!("was ended by signal {signal}")),
        Status::Unkillable => Some("could not be ended".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ChildEnd, Status, fault};
    use crate::process::Signal;

    #[test]
    fn why_a_log_is_not_whole_is_said_by_what_ended_it() {
        let end = ChildEnd {
            status: Status::Code(0),
            timed_out: false,
            wanted_terminal: false,
            interrupted: None,
            time: Duration::ZERO,
        };
        let said = |end: ChildEnd| fault(&end, Duration::from_secs(30));
        assert_eq!(said(end), None);
        for (end, expected) in [
            (ChildEnd { timed_out: true, ..end }, "did not end within 30s"),
            (ChildEnd { interrupted: Some(Signal::Interrupt), ..end }, "was interrupted"),
            (ChildEnd { wanted_terminal: true, ..end }, "wanted to ask at the terminal"),
            (ChildEnd { status: Status::Code(3), ..end }, "ended with exit code 3"),
            (ChildEnd { status: Status::Signal(9), ..end }, "was ended by signal 9"),
            (ChildEnd { status: Status::Unkillable, ..end }, "could not be ended"),
        ] {
            assert_eq!(said(end).as_deref(), Some(expected));
        }
    }
}
