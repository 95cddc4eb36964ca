//! The stages of one push, in their order: plans, keys, checks, execution. Decides nothing that the
//! request has not said.

use std::time::{Duration, Instant};

use crate::cf_flags::Release;
use crate::cf_program::CfProgram;
use crate::checks::{self, All, Ask, Authorities, Credentials, InstalledCf, OfImage, Others, Who};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::execution;
use crate::exit_code::ExitCode;
use crate::plan::{self, Plan};
use crate::process::{Signals, Stopped, within};
use crate::report::{self, Announcer};
use crate::request::{AppImage, Checks, Mode, PushRequest, Scope};

mod copies;
mod explain;
mod public;
mod pushing;
mod searching;
mod secrets;

pub(crate) use explain::explain;
use public::{Settled, with_lines};
use searching::{key_or_hub, with_readings};
use secrets::Secrets;
pub(crate) use secrets::foresee;

/// How long checks may go on when their time is up, before they are left alone.
const LAST: Duration = Duration::from_secs(5);
/// What all stages share.
pub(crate) struct Session<'a> {
    pub(crate) request: &'a PushRequest,
    pub(crate) environment: &'a Environment,
    pub(crate) announcer: Announcer<'a>,
    pub(crate) signals: &'a mut Signals,
    /// The program, and its release where something depends on it.
    pub(crate) cf: CfProgram,
    pub(crate) release: Option<Release>,
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
    announcer: Announcer<'_>,
    signals: &mut Signals,
) -> Result<Option<Release>, Error> {
    if cf.path.is_none() || !plan::needs_release(request, environment) {
        return Ok(None);
    }
    let release = execution::release(cf, environment, signals).await?;
    match release {
        Some(release) => announcer.detail(&format!("cf is release {release}")),
        None => announcer.warn(&format!(
            "`{}` does not say a release; the flags are not checked against it",
            cf.line(&["version"])
        )),
    }
    Ok(release)
}

impl Session<'_> {
    /// Goes as far as the request says.
    pub(crate) async fn run(mut self) -> Result<ExitCode, Error> {
        self.warn();
        // What is found out on the way is a request again: nobody below asks where it came from.
        let Settled { request, refused } = self.settled().await?;
        let mut session = Session { request: &request, ..self };
        if request.mode == Mode::DryRun {
            let plans = session.plans()?;
            session.say_taken(|_| false);
            report::dry_run(&plans, &request, session.environment)?;
            return Ok(ExitCode::Success);
        }
        // What is wrong with a plan is said before anybody is asked for a key.
        let early = if session.is_known() { Some(session.plans()?) } else { None };
        if let Some([plan]) = early.as_deref()
            && let Some(image) = &plan.image
        {
            session.announcer.phase(&format!("image {}", image.reference));
        }
        let secrets = session.secrets().await;
        let secrets = secrets.map_err(|error| key_or_hub(with_lines(error, refused), &request))?;
        if let Some(plans) = early {
            return session.carry_out(plans, &secrets).await;
        }
        let found = session.search(&secrets).await?;
        let mut session = Session { request: &found, ..session };
        let plans = session.plans()?;
        session.carry_out(plans, &secrets).await
    }

    /// Whether the registry of every image is known.
    fn is_known(&self) -> bool {
        self.request.icr().all(|(_, image)| image.target.known().is_some())
    }

    /// Says what is odd about the request itself.
    fn warn(&self) {
        let is_old = self.release.is_some_and(|release| release.0 <= 6);
        let dropped = self.request.dropped.iter().filter(|_| !is_old);
        for warning in self.request.warnings.iter().chain(dropped) {
            self.announcer.warn(warning);
        }
    }

    /// Makes the plans, in the order of the apps, and says what is odd about them.
    fn plans(&self) -> Result<Vec<Plan>, Error> {
        let plans = self.request.apps.iter().map(|app| {
            plan::plan(self.request, app, self.cf.clone(), self.release, self.environment)
        });
        let plans = plans.collect::<Result<Vec<Plan>, Error>>()?;
        self.try_copies(&plans)?;
        let mut said: Vec<&str> = Vec::new();
        for warning in plans.iter().flat_map(|plan| &plan.warnings) {
            if !said.contains(&warning.as_str()) {
                self.announcer.warn(warning);
                said.push(warning);
            }
        }
        Ok(plans)
    }

    /// The end of the time for search and checks together.
    fn begin(&mut self, checks: &Checks) -> Instant {
        let images = self.request.icr().count();
        *self.deadline.get_or_insert_with(|| Instant::now() + checks::limit(checks, images))
    }

    /// Checks, and pushes what was checked.
    async fn carry_out(&mut self, plans: Vec<Plan>, secrets: &Secrets) -> Result<ExitCode, Error> {
        let Some(checks) = &self.request.checks else {
            self.say_taken(|_| false);
            return self.push(plans, None, secrets).await;
        };
        let strictness = checks.strictness;
        let all = Box::pin(self.checks(checks, secrets)).await?;
        let all = with_readings(all, self.request);
        let plans: Vec<Plan> = plans
            .into_iter()
            .zip(&all.images)
            .map(|(plan, found)| pinned(plan, found.as_ref()))
            .collect();
        let stop = all.stopping(strictness);
        if stop.is_none() {
            self.say_taken(|at| all.was_let_in(at));
        }
        if self.request.mode == Mode::Check {
            return report::check(&plans, &all, stop, self.request, self.environment);
        }
        report::findings(&plans, &all, stop, self.request, self.announcer);
        if let Some(stop) = stop {
            return Ok(report::stopped(&plans, &all, stop, self.request, self.environment));
        }
        self.push(plans, Some(&all), secrets).await
    }

    async fn checks(&mut self, checks: &Checks, secrets: &Secrets) -> Result<All, Error> {
        let mut asks = Vec::new();
        for (at, app) in self.request.apps.iter().enumerate() {
            let (AppImage::Icr(image), Some(reference), Some(checks)) =
                (&app.image, app.reference(), &app.checks)
            else {
                asks.push(None);
                continue;
            };
            let (who, others) = match image.login.key().zip(secrets.of(at)) {
                Some((login, found)) => {
                    let who = Credentials { user: &login.username, key: &found.key };
                    let is_for_any = login.scope == Scope::Any;
                    (Who::Key(who), if is_for_any { Others::Asked } else { Others::LeftAlone })
                }
                None => (Who::Anybody, Others::LeftAlone),
            };
            asks.push(Some(Ask { reference, checks, who, others, app: app.name.as_deref() }));
        }
        let installed = InstalledCf { cf: &self.cf.clone(), environment: self.environment };
        let deadline = self.begin(checks);
        let run =
            Box::pin(checks::run(&asks, checks.quota, deadline, &self.authorities, installed));
        let mut all = interruptible(deadline, self.signals, run).await?;
        for (app, found) in self.request.apps.iter().zip(&mut all.images) {
            let verdicts = found.iter_mut().flat_map(|found| &mut found.verdicts);
            for hint in verdicts.flat_map(|verdict| &mut verdict.hints) {
                *hint = app.advice.placed(hint);
            }
        }
        Ok(all)
    }
}

/// The plan with what was checked in place of what was given.
fn pinned(plan: Plan, found: Option<&OfImage>) -> Plan {
    match found.and_then(|found| found.pushed.clone()) {
        Some(pushed) => plan.pushing(pushed),
        None => plan,
    }
}

/// Waits for checks, which keep to their own bound, and for a signal.
async fn interruptible<T>(
    deadline: Instant,
    signals: &mut Signals,
    work: impl Future<Output = T>,
) -> Result<T, Error> {
    // They end by themselves; this holds should one of them not.
    let limit = deadline.saturating_duration_since(Instant::now()) + LAST;
    within(limit, signals, work).await.map_err(|stopped| match stopped {
        Stopped::By(signal) => {
            Error::new(ErrorKind::Interrupted(signal.code()), "interrupted while checking")
        }
        Stopped::TimedOut => Error::new(ErrorKind::TimedOut, "the checks did not end in time")
            .hint("`--no-checks` pushes without them"),
    })
}
