//! A program that is no cf, with what it prints passed on through the filter all the same.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::patience;
use super::pipes::{PipeLayout, Pipes};
use super::relay::{Filter, Unread};
use crate::cli::OutputFormat;
use crate::environment::Streams;
use crate::process::{self, ChildEnd, Job, Signals};
use crate::secret::{ApiKey, Masker};

/// How long somebody may look at what a program without a bound has printed, in a pager for example.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How what it prints is passed on, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Passage {
    /// How long it may take.
    pub(crate) limit: Duration,
    /// What our own standard output is for.
    pub(crate) output: OutputFormat,
    pub(crate) streams: Streams,
}

/// Runs it to its end, and masks the secrets in what it prints. Gives also why something of that could not
/// be written, where it could not.
///
/// # Errors
/// What the system says where it cannot be started.
pub(crate) async fn passed_on(
    job: Job,
    (user, secrets): (&str, [&Arc<ApiKey>; 2]),
    passage: Passage,
    signals: &mut Signals,
) -> io::Result<(ChildEnd, Option<String>)> {
    let layout = PipeLayout::of(passage.streams, passage.output);
    let (pipes, stdout, stderr) = Pipes::open(layout)?;
    let job = Job { stdout: Some(stdout), stderr: Some(stderr), ..job };
    let child = process::spawn(job)?;
    let outputs = pipes.relay(Unread::IsTold, None, || {
        let ([one, other], user) = (secrets.map(Arc::clone), user.to_owned());
        move || {
            // The key itself is both.
            let is_one = Arc::ptr_eq(&one, &other);
            let all: &[&ApiKey] = if is_one { &[&one] } else { &[&one, &other] };
            Filter::of(Some(Masker::of_all(all, &user)))
        }
    })?;
    let ended = child.ended(passage.limit, signals).await;
    let patience = patience(passage.limit.min(A_DAY), ended.stopped());
    let last = outputs.finish(patience, signals).await;
    Ok((ended, last.unwritten))
}
