//! The stages of one push, in their order: plan, key, checks, execution. Decides nothing that the
//! request has not said.

use std::time::{Duration, Instant};

use crate::cf_flags::Release;
use crate::cf_program::CfProgram;
use crate::checks::{self, Authorities, Credentials, Findings, InstalledCf};
use crate::credentials::{self, Found};
use crate::diagnosis::{self, Checked, Diagnosis, Subject};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::execution::{self, Outcome};
use crate::exit_code::ExitCode;
use crate::plan::{self, Plan};
use crate::process::{Signals, Stopped, within};
use crate::reference::ImageReference;
use crate::report::{self, After, Announcer};
use crate::request::{Checks, Logs, Mode, PushRequest};
use crate::verdict::stopping;

/// How long checks may go on when their time is up, before they are left alone.
const LAST: Duration = Duration::from_secs(5);

/// What all stages share.
pub(crate) struct Session<'a> {
    pub(crate) request: &'a PushRequest,
    pub(crate) environment: &'a Environment,
    pub(crate) announcer: Announcer,
    pub(crate) signals: &'a mut Signals,
    /// The certificates to go by; read before the key is.
    pub(crate) authorities: Authorities,
    /// When search and checks together have to be done; set when they begin.
    pub(crate) deadline: Option<Instant>,
}

/// The release of the installed cf, where something depends on it.
pub(crate) async fn release(
    request: &PushRequest,
    cf: &CfProgram,
    environment: &Environment,
    announcer: Announcer,
    signals: &mut Signals,
) -> Result<Option<Release>, Error> {
    if cf.path.is_none() || !plan::needs_release(request, environment) {
        return Ok(None);
    }
    let release = execution::release(cf, signals).await?;
    match release {
        Some(release) => announcer.detail(&format!("cf is release {release}")),
        None => announcer.warn(&format!(
            "`{}` does not say a release; the flags are not checked against it",
            cf.line(&["version"])
        )),
    }
    Ok(release)
}

/// Finds the key for these registries.
pub(crate) async fn find_key(
    request: &PushRequest,
    hosts: &[&str],
    environment: &Environment,
    announcer: Announcer,
    signals: &mut Signals,
) -> Result<Found, Error> {
    let found =
        credentials::find(&request.key, &request.username, hosts, environment, signals).await?;
    announcer.notices(&found.notices);
    Ok(found)
}

impl Session<'_> {
    /// Makes the plan and says what is odd about it.
    pub(crate) fn plan(
        &self,
        reference: &ImageReference,
        cf: CfProgram,
        release: Option<Release>,
    ) -> Result<Plan, Error> {
        let plan = plan::plan(self.request, reference, cf, release, self.environment)?;
        for warning in &plan.warnings {
            self.announcer.warn(warning);
        }
        Ok(plan)
    }

    /// Finds the key.
    pub(crate) async fn key(&mut self, hosts: &[&str]) -> Result<Found, Error> {
        let found =
            find_key(self.request, hosts, self.environment, self.announcer, self.signals).await?;
        self.announcer.phase(&format!("key from {}", found.source));
        Ok(found)
    }

    /// Finds the registry that holds the image.
    pub(crate) async fn search(
        &mut self,
        candidates: &[ImageReference],
        found: &Found,
    ) -> Result<ImageReference, Error> {
        let Some(checks) = &self.request.checks else {
            return Err(Error::new(ErrorKind::Internal, "a search without checks"));
        };
        let who = credentials_of(self.request, found);
        let deadline = self.begin(checks);
        let search = checks::discover(candidates, deadline, who, &self.authorities);
        let reference = interruptible(checks, self.signals, search).await??;
        let region = reference.registry().region;
        // Said also where nobody reads along: it cost time, and the key went to all.
        self.announcer
            .note(&format!("found {reference} in {region}; `--region {region}` skips the search"));
        Ok(reference)
    }

    /// The end of the time for search and checks together.
    fn begin(&mut self, checks: &Checks) -> Instant {
        *self.deadline.get_or_insert_with(|| Instant::now() + checks.limit)
    }

    /// Checks, and pushes what was checked.
    pub(crate) async fn carry_out(
        &mut self,
        plan: Plan,
        reference: &ImageReference,
        found: &Found,
    ) -> Result<ExitCode, Error> {
        let Some(checks) = &self.request.checks else {
            return self.push(&plan, None, found).await;
        };
        let findings = Box::pin(self.checks(&plan, reference, checks, found)).await?;
        let plan = match &findings.pushed {
            Some(pushed) => plan.pushing(pushed.clone()),
            None => plan,
        };
        let stop = stopping(&findings.verdicts, checks.strictness);
        if self.request.mode == Mode::Check {
            return report::check(&plan, &findings, stop, self.request.output);
        }
        report::findings(&findings, stop, self.request.output, self.announcer);
        if let Some(stop) = stop {
            return Ok(report::stopped(&plan, &findings, stop, self.request.output));
        }
        self.push(&plan, Some(&findings), found).await
    }

    async fn checks(
        &mut self,
        plan: &Plan,
        reference: &ImageReference,
        checks: &Checks,
        found: &Found,
    ) -> Result<Findings, Error> {
        let who = credentials_of(self.request, found);
        let installed = InstalledCf { cf: &plan.cf.program, environment: self.environment };
        let deadline = self.begin(checks);
        let run = Box::pin(checks::run(
            reference,
            checks,
            deadline,
            who,
            &self.authorities,
            installed,
            plan.app.as_deref(),
        ));
        interruptible(checks, self.signals, run).await
    }

    async fn push(
        &mut self,
        plan: &Plan,
        findings: Option<&Findings>,
        found: &Found,
    ) -> Result<ExitCode, Error> {
        let Self { request, environment, announcer, .. } = *self;
        // One that came between two children would otherwise reach a cf that is not to be started.
        while let Some(signal) = self.signals.pending().await {
            if signal.ends() {
                let kind = ErrorKind::Interrupted(signal.code());
                return Err(Error::new(kind, "interrupted before cf ran"));
            }
        }
        // Not the whole command line: a log keeps it, and `--var` or `-c` may hold what it should not.
        announcer.phase(&format!("running {}", plan.short_line()));
        announcer.detail(&shell_words::join(&plan.command));
        let outcome = execution::push(
            plan,
            Some(found),
            environment,
            request.output,
            request.timeout,
            self.signals,
        )
        .await?;
        let logs = if request.logs == Logs::Shown && outcome.allows_logs() {
            self.logs(plan, found).await
        } else {
            None
        };
        let log = logs.as_ref().map_or(&[][..], |logs| &logs.lines);
        let diagnosis = diagnose(plan, &outcome, log, findings);
        // A reader that left cf's words lying would keep us at ours for ever.
        if outcome.was_read && logs.as_ref().is_none_or(|logs| logs.was_read) {
            let after = After { findings, outcome: &outcome, diagnosis: diagnosis.as_ref() };
            report::outcome(plan, found, after, request.output, announcer);
        }
        Ok(ExitCode::Child(outcome.exit_code))
    }

    /// Shows the log of the app; says so where that cannot be.
    async fn logs(&mut self, plan: &Plan, found: &Found) -> Option<execution::Logs> {
        let Self { request, environment, announcer, .. } = *self;
        let Some(app) = &plan.app else {
            announcer.warn("no log is shown, since only the manifest names the app");
            return None;
        };
        announcer.phase(&format!("running {}", plan.cf.program.line(&["logs", app, "--recent"])));
        let (output, limit) = (request.output, request.timeout);
        let logs =
            execution::logs(plan, app, Some(found), environment, output, limit, self.signals).await;
        if let Some(fault) = &logs.fault {
            announcer.warn(fault);
        }
        Some(logs)
    }
}

/// Tells why cf failed. Whoever ended it knows why.
fn diagnose(
    plan: &Plan,
    outcome: &Outcome,
    log: &[String],
    findings: Option<&Findings>,
) -> Option<Diagnosis> {
    if outcome.exit_code == 0 || outcome.interrupted.is_some() {
        return None;
    }
    // Whoever got the digest was let in with this key.
    let was_let_in = findings.is_some_and(|findings| findings.image.digest.is_some());
    let checked = if was_let_in { Checked::Passed } else { Checked::NotRun };
    diagnosis::of(&Subject::of(plan), &outcome.last_lines, log, checked)
}

fn credentials_of<'a>(request: &'a PushRequest, found: &'a Found) -> Credentials<'a> {
    Credentials { user: &request.username, key: &found.key }
}

/// Waits for checks, which keep to their own bound, and for a signal.
async fn interruptible<T>(
    checks: &Checks,
    signals: &mut Signals,
    work: impl Future<Output = T>,
) -> Result<T, Error> {
    // They end by themselves; this holds should one of them not.
    let limit = checks.limit + LAST;
    within(limit, signals, work).await.map_err(|stopped| match stopped {
        Stopped::By(signal) => {
            Error::new(ErrorKind::Interrupted(signal.code()), "interrupted while checking")
        }
        Stopped::TimedOut => Error::new(ErrorKind::TimedOut, "the checks did not end in time")
            .hint("`--no-checks` pushes without them"),
    })
}
