//! The end of a push: one cf as it is, or several side by side, and what is said of it.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use super::{Secrets, Session};
use crate::cf_home;
use crate::checks::All;
use crate::credentials::Found;
use crate::diagnosis::{self, Checked, Diagnosis, Subject};
use crate::error::{Error, ErrorKind};
use crate::execution::{self, Ending, Outcome, Pace, Run};
use crate::exit_code::ExitCode;
use crate::plan::Plan;
use crate::report::{self, After, Ended};
use crate::request::Logs;

impl Session<'_> {
    /// Pushes what the plans say.
    pub(super) async fn push(
        &mut self,
        mut plans: Vec<Plan>,
        all: Option<&All>,
        secrets: &Secrets,
    ) -> Result<ExitCode, Error> {
        // One that came between two children would otherwise reach a cf that is not to be started.
        while let Some(signal) = self.signals.pending().await {
            if signal.ends() {
                let kind = ErrorKind::Interrupted(signal.code());
                return Err(Error::new(kind, "interrupted before cf ran"));
            }
        }
        // Gone when this function ends, whichever way.
        let _copies = self.copies(&mut plans)?;
        match plans.as_slice() {
            [plan] => self.push_one(plan, all, secrets.of(0)).await,
            plans => self.push_many(plans, all, secrets).await,
        }
    }

    async fn push_one(
        &mut self,
        plan: &Plan,
        all: Option<&All>,
        found: Option<&Found>,
    ) -> Result<ExitCode, Error> {
        let Self { request, environment, announcer, .. } = *self;
        // Not the whole command line: a log keeps it, and `--var` or `-c` may hold what it should not.
        announcer.phase(&format!("running {}", plan.short_line()));
        announcer.detail(&plan.line());
        let (output, limit) = (request.output, request.timeout);
        let outcome =
            execution::push(plan, found, environment, output, limit, self.signals).await?;
        let logs = self.logs(plan, &outcome, found).await;
        let log = logs.as_ref().map_or(&[][..], |logs| &logs.lines);
        let diagnosis = diagnose(plan, &outcome, log, all.is_some_and(|all| all.was_let_in(0)));
        // A reader that left cf's words lying would keep us at ours for ever.
        if outcome.was_read && logs.as_ref().is_none_or(|logs| logs.was_read) {
            let after = After { all, outcome: &outcome, diagnosis: diagnosis.as_ref() };
            return Ok(report::outcome(plan, found, after, request, announcer));
        }
        Ok(ExitCode::Child(outcome.exit_code))
    }

    async fn push_many(
        &mut self,
        plans: &[Plan],
        all: Option<&All>,
        secrets: &Secrets,
    ) -> Result<ExitCode, Error> {
        let Self { request, environment, announcer, .. } = *self;
        let pace = Pace { jobs: self.jobs(), on_error: request.on_error, limit: request.timeout };
        if pace.jobs.get() > 1 {
            let renewed = execution::refresh(&self.cf, environment, self.signals).await?;
            if let Some(fault) = renewed {
                announcer.warn(&fault);
            }
        }
        announcer.phase(&format!(
            "running {} for {} apps, {} at once",
            self.cf.line(&["push"]),
            plans.len(),
            pace.jobs.get().min(plans.len())
        ));
        for plan in plans {
            announcer.detail(&plan.line());
        }
        let runs: Vec<Run<'_>> = plans
            .iter()
            .enumerate()
            .map(|(at, plan)| Run { plan, secret: secrets.of(at) })
            .collect();
        let watch = report::watch(plans, request, environment)?;
        let (output, signals) = (request.output, &mut *self.signals);
        let endings =
            execution::push_all(&runs, &pace, environment, output, watch, signals).await?;
        let (mut ended, mut logs) = (Vec::with_capacity(plans.len()), LogsOfMany::new(&endings));
        for (at, (plan, ending)) in plans.iter().zip(&endings.runs).enumerate() {
            let found = secrets.of(at);
            let diagnosis = match ending {
                Ending::Ran(outcome) => {
                    let lines = logs.of(self, plan, outcome, found).await;
                    diagnose(plan, outcome, &lines, all.is_some_and(|all| all.was_let_in(at)))
                }
                Ending::NotStarted | Ending::Failed(_) => None,
            };
            ended.push(Ended { plan, found, ending, diagnosis });
        }
        let exit_code = exit_code(&endings);
        if endings.was_read && logs.were_read {
            return Ok(report::summary(&ended, all, exit_code, request, announcer));
        }
        Ok(exit_code)
    }

    /// How many cf may run at once: one where it is not known whose configuration it would use, so
    /// that a copy might lead it elsewhere.
    fn jobs(&self) -> NonZeroUsize {
        let jobs = self.request.jobs;
        if jobs.get() == 1 {
            return jobs;
        }
        let Some(reason) = cf_home::unknowable(&self.cf, self.environment) else { return jobs };
        // A script or a link lets a home be that is said already; another program may not.
        let is_alone = self.cf.words.len() == 1 && !self.cf.is_ibmcloud();
        if is_alone && self.environment.text("CF_HOME").is_some() {
            return jobs;
        }
        let home = self.environment.home().filter(|_| is_alone).map(|home| {
            let home = home.display().to_string();
            format!("say which one with `CF_HOME={}`, or ", shell_words::quote(&home))
        });
        let home = home.unwrap_or_default();
        self.announcer.warn(&format!(
            "one app at a time: {reason}; to push side by side {home}name the real cf: `--cf /path/to/cf`"
        ));
        NonZeroUsize::MIN
    }

    /// Shows the log of the app where that is wanted; says so where it cannot be.
    async fn logs(
        &mut self,
        plan: &Plan,
        outcome: &Outcome,
        found: Option<&Found>,
    ) -> Option<execution::Logs> {
        let Self { request, environment, announcer, .. } = *self;
        if request.logs != Logs::Shown || !outcome.allows_logs() {
            return None;
        }
        let Some(app) = &plan.app else {
            announcer.warn("no log is shown, since only the manifest names the app");
            return None;
        };
        announcer.phase(&format!("running {}", plan.cf.program.line(&["logs", app, "--recent"])));
        let (output, limit) = (request.output, request.timeout);
        let logs =
            execution::logs(plan, app, found, environment, output, limit, self.signals).await;
        if let Some(fault) = &logs.fault {
            announcer.warn(fault);
        }
        Some(logs)
    }
}

/// How long the logs of all failed apps may take together.
const LOGS_LIMIT: Duration = Duration::from_secs(2 * 60);

/// The logs of those of several that failed, one after another: no more of them once somebody
/// has asked for an end, does not read, or the time is up.
struct LogsOfMany {
    end: Instant,
    go_on: bool,
    were_read: bool,
}

impl LogsOfMany {
    fn new(endings: &execution::Endings) -> Self {
        let go_on = endings.interrupted.is_none() && endings.was_read;
        Self { end: Instant::now() + LOGS_LIMIT, go_on, were_read: true }
    }

    async fn of(
        &mut self,
        session: &mut Session<'_>,
        plan: &Plan,
        outcome: &Outcome,
        found: Option<&Found>,
    ) -> Vec<String> {
        if !self.go_on || Instant::now() >= self.end {
            return Vec::new();
        }
        let Some(logs) = session.logs(plan, outcome, found).await else { return Vec::new() };
        self.were_read = logs.was_read;
        self.go_on = logs.was_read && !logs.was_interrupted;
        logs.lines
    }
}

/// That of the first that failed, in the order of the manifest. Where one alone failed, or all
/// failures agree, that is cf's own.
fn exit_code(endings: &execution::Endings) -> ExitCode {
    let failed = endings.runs.iter().find_map(|ending| match ending {
        Ending::Ran(outcome) if outcome.exit_code != 0 => Some(ExitCode::Child(outcome.exit_code)),
        Ending::Failed(error) => Some(error.exit_code()),
        Ending::Ran(_) | Ending::NotStarted => None,
    });
    let interrupted = endings.interrupted.map(|signal| ExitCode::Signal(signal.code()));
    let not_all = || {
        let is_missing = |ending: &Ending| matches!(ending, Ending::NotStarted);
        interrupted.filter(|_| endings.runs.iter().any(is_missing))
    };
    failed.or_else(not_all).unwrap_or(ExitCode::Success)
}

/// Tells why cf failed. Whoever ended it knows why.
fn diagnose(plan: &Plan, outcome: &Outcome, log: &[String], was_let_in: bool) -> Option<Diagnosis> {
    if outcome.exit_code == 0 || outcome.interrupted.is_some() {
        return None;
    }
    // Whoever got the digest was let in with this key.
    let checked = if was_let_in { Checked::Passed } else { Checked::NotRun };
    diagnosis::of(&Subject::of(plan), &outcome.last_lines, log, checked)
}
