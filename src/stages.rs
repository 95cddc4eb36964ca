//! What is done for the apps of a push, a stage in a file; each fills its part of the records in. Which
//! stages a command takes, and in which order, is the command's.

use std::time::{Duration, Instant};

use crate::app::AppRun;
use crate::cf::plan::{self, Copies};
use crate::cf_program::CfProgram;
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::http::Authorities;
use crate::icr;
use crate::process::{Signals, Stopped, within};
use crate::report::Announcer;
use crate::request::{Checks, PushRequest};

mod cf_runs;
mod compare;
mod copies;
mod findings;
mod logins;
mod notes;
mod scans;
mod search;
mod secrets;
mod take_back;

pub(crate) use cf_runs::Pushed;
pub(crate) use logins::Asking;
pub(crate) use secrets::{explain, foresee};

/// How long checks may go on when their time is up, before they are left alone.
const LAST: Duration = Duration::from_secs(5);

/// What all stages share.
pub(crate) struct Stages<'a> {
    pub(crate) request: &'a PushRequest,
    pub(crate) environment: &'a Environment,
    pub(crate) announcer: Announcer<'a>,
    pub(crate) signals: &'a mut Signals,
    pub(crate) cf: CfProgram,
    /// The certificates to go by; read before the key is.
    pub(crate) authorities: Authorities,
    /// When search and checks together have to be done; set when they begin.
    pub(crate) deadline: Option<Instant>,
}

impl Stages<'_> {
    /// Says what is odd about the request itself.
    pub(crate) fn warn(&self) {
        let is_old = self.cf.release.is_some_and(|release| release.0 <= 6);
        let dropped = self.request.dropped.iter().filter(|_| !is_old);
        for warning in self.request.warnings.iter().chain(dropped) {
            self.announcer.warn(warning);
        }
    }

    /// Refuses what cannot be carried out, and says what is odd, before anybody is asked for a key.
    pub(crate) fn vet(&self, apps: &[AppRun]) -> Result<(), Error> {
        plan::refuse(self.request, &self.cf, self.environment)?;
        self.try_copies(apps)?;
        let mut said: Vec<String> = Vec::new();
        for app in apps {
            for warning in plan::warnings(self.request, &app.app, &self.cf) {
                if !said.contains(&warning) {
                    self.announcer.warn(&warning);
                    said.push(warning);
                }
            }
        }
        Ok(())
    }

    /// Names the image, where there is one and it is known.
    pub(crate) fn name_image(&self, apps: &[AppRun]) {
        if let [run] = apps
            && let Some(reference) = run.app.reference()
        {
            self.announcer.phase(&format!("image {reference}"));
        }
    }

    /// Makes the plan of each, now that its image is final.
    pub(crate) fn plan(&self, apps: &mut [AppRun], copies: &Copies) {
        for run in apps {
            let pinned = run.pinned();
            let (request, environment) = (self.request, self.environment);
            let plan = plan::plan(request, &run.app, pinned, &self.cf, copies, environment);
            run.plan = Some(plan);
        }
    }

    /// The end of the time for search and checks together.
    fn begin(&mut self, checks: &Checks, apps: &[AppRun]) -> Instant {
        let images = apps.iter().filter(|run| run.app.icr().is_some()).count();
        *self.deadline.get_or_insert_with(|| Instant::now() + icr::limit(checks, images))
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
