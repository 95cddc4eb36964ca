//! Has cf push what was planned, shows logs, and tells why what failed has failed.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use super::Stages;
use crate::app::AppRun;
use crate::capi::config;
use crate::cf::diagnosis::{self, CheckState, Subject};
use crate::cf::{self, Outcome, Pace, Run};
use crate::error::{Error, ErrorKind};
use crate::process::Signal;
use crate::report::{self, Step};
use crate::request::{AfterFailure, FailureLogs};

/// What became of all apps together.
pub(crate) struct Pushed {
    /// The signal that asked us to end.
    pub(crate) interrupted: Option<Signal>,
    /// Whether somebody took all that was printed; who did not, will not take more.
    pub(crate) was_read: bool,
}

impl Pushed {
    /// There was nothing to be pushed.
    pub(crate) const NOTHING: Self = Self { interrupted: None, was_read: true };
}

impl Stages<'_> {
    /// Pushes the apps.
    pub(crate) async fn push(&mut self, apps: &mut [AppRun]) -> Result<Pushed, Error> {
        // One that came between two children would otherwise reach a cf that is not to be started.
        while let Some(signal) = self.signals.pending().await {
            if signal.ends() {
                let kind = ErrorKind::Interrupted(signal.code());
                return Err(Error::new(kind, "interrupted before cf ran"));
            }
        }
        // The files are gone when this function ends, whichever way.
        let (copies, _files) = self.copies(apps)?;
        self.plan(apps, &copies);
        let pace = self.pace(apps.len());
        if pace.jobs.get() > 1 {
            let renewed = cf::refresh(&self.cf, self.environment, self.signals).await?;
            if let Some(fault) = renewed {
                self.announcer.warn(&fault);
            }
        }
        let runs: Vec<Run<'_>> = apps.iter().filter_map(run).collect();
        self.announce(&runs, &pace);
        self.announcer.step(apps, Step::Waiting);
        let watch = report::watch(apps, self.request, self.announcer)?;
        let (request, announcer) = (self.request, self.announcer);
        let ended = |at: usize, outcome: &Outcome| {
            // More may come of the others: a log to go by, a deployment that is taken back.
            let is_all = outcome.ending.is_pushed()
                || request.logs == FailureLogs::Named
                    && request.after_failure == AfterFailure::Leave;
            if let Some(run) = apps.get(at).filter(|_| is_all) {
                announcer.ended(run, Some(outcome), diagnose(run, outcome, &[]).as_ref());
            }
        };
        let told: (_, cf::Ended<'_>) = (watch, &ended);
        let done = cf::push(&runs, &pace, self.environment, told, self.signals).await?;
        for (run, outcome) in apps.iter_mut().zip(done.outcomes) {
            run.outcome = Some(outcome);
        }
        let go_on = done.interrupted.is_none() && done.was_read;
        let were_read = self.explain_failures(apps, go_on).await;
        Ok(Pushed { interrupted: done.interrupted, was_read: done.was_read && were_read })
    }

    fn pace(&self, apps: usize) -> Pace {
        let request = self.request;
        Pace {
            jobs: if apps > 1 { self.jobs() } else { NonZeroUsize::MIN },
            on_error: request.on_error,
            limit: request.timeout,
            output: request.output,
        }
    }

    /// Says what will be run. Not the whole command line where all read along: a log keeps it, and
    /// `--var` or `-c` may hold what it should not.
    fn announce(&self, runs: &[Run<'_>], pace: &Pace) {
        self.announcer.phase(&match runs {
            [one] => format!("running {}", one.plan.short_line()),
            runs => format!(
                "running {} for {} apps, {} at once",
                self.cf.line(&["push"]),
                runs.len(),
                pace.jobs.get().min(runs.len())
            ),
        });
        for run in runs {
            self.announcer.detail(&run.plan.line());
        }
    }

    /// How many cf may run at once: one where it is not known whose configuration it would use, so
    /// that a copy might lead it elsewhere.
    fn jobs(&self) -> NonZeroUsize {
        let jobs = self.request.jobs;
        if jobs.get() == 1 {
            return jobs;
        }
        let Some(reason) = config::unknowable(&self.cf, self.environment) else { return jobs };
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

    /// Tells why what failed has failed, one after another, with the app's log where that is wanted:
    /// no more logs once somebody has asked for an end, does not read, or the time is up. Gives
    /// whether all of them were read.
    async fn explain_failures(&mut self, apps: &mut [AppRun], mut go_on: bool) -> bool {
        let end = Instant::now() + LOGS_LIMIT;
        let mut were_read = true;
        for run in apps {
            let is_one_more = go_on && Instant::now() < end;
            let logs = if is_one_more { self.logs(run).await } else { None };
            let lines = logs.as_ref().map_or(&[][..], |logs| &logs.lines);
            run.diagnosis = run.outcome.as_ref().and_then(|one| diagnose(run, one, lines));
            if let Some(logs) = logs {
                were_read = logs.was_read;
                go_on = logs.was_read && !logs.was_interrupted;
            }
        }
        were_read
    }

    /// Shows the log of an app where that is wanted; says so where it cannot be.
    async fn logs(&mut self, run: &AppRun) -> Option<cf::Logs> {
        let Self { request, environment, announcer, .. } = *self;
        let plan = run.plan.as_ref()?;
        let is_wanted = request.logs == FailureLogs::Shown && run.outcome.as_ref()?.allows_logs();
        if !is_wanted {
            return None;
        }
        let Some(app) = &plan.app else {
            announcer.warn("no log is shown, since only the manifest names the app");
            return None;
        };
        announcer.phase(&format!("running {}", plan.cf.program.line(&["logs", app, "--recent"])));
        let of = Run { plan, secret: run.key() };
        let (output, limit) = (request.output, request.timeout);
        let logs = cf::logs((of, app), environment, output, limit, self.signals).await;
        if let Some(fault) = &logs.fault {
            announcer.warn(fault);
        }
        Some(logs)
    }
}

/// How long the logs of all failed apps may take together.
const LOGS_LIMIT: Duration = Duration::from_secs(2 * 60);

fn run(app: &AppRun) -> Option<Run<'_>> {
    Some(Run { plan: app.plan.as_ref()?, secret: app.key() })
}

/// Tells why cf failed. Whoever ended it knows why.
fn diagnose(run: &AppRun, outcome: &Outcome, log: &[String]) -> Option<diagnosis::Diagnosis> {
    let plan = run.plan.as_ref()?;
    if !outcome.has_failed_by_itself() {
        return None;
    }
    // Whoever got the digest was let in with this key.
    let checked = if run.was_let_in() { CheckState::Passed } else { CheckState::NotRun };
    diagnosis::of(&Subject::of(plan, &run.app.advice), &outcome.last_lines, log, checked)
}
