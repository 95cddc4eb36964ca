//! The stages of one push, in their order: plans, keys, checks, execution. Decides nothing that the
//! request has not said.

use std::time::{Duration, Instant};

use crate::cf_flags::Release;
use crate::cf_program::CfProgram;
use crate::checks::{self, All, Ask, Authorities, Credentials, InstalledCf, OfImage};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::execution;
use crate::exit_code::ExitCode;
use crate::plan::{self, Plan};
use crate::process::{Signals, Stopped, within};
use crate::reference::ImageReference;
use crate::report::{self, Announcer};
use crate::request::{AppImage, Checks, IcrImage, Mode, PushRequest, Target};

mod copies;
mod pushing;
mod secrets;

pub(crate) use secrets::{Secrets, foresee};

/// How long checks may go on when their time is up, before they are left alone.
const LAST: Duration = Duration::from_secs(5);
/// How many images are searched for at once; each is looked for in every registry.
const SEARCHES: usize = 4;

/// What all stages share.
pub(crate) struct Session<'a> {
    pub(crate) request: &'a PushRequest,
    pub(crate) environment: &'a Environment,
    pub(crate) announcer: Announcer,
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
    announcer: Announcer,
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

/// The image of each app in full, where it is one of ICR's and its registry is known.
pub(crate) type References = Vec<Option<ImageReference>>;

impl Session<'_> {
    /// Goes as far as the request says.
    pub(crate) async fn run(&mut self) -> Result<ExitCode, Error> {
        self.warn();
        let known = self.known();
        if self.request.mode == Mode::DryRun {
            let plans = self.plans(&known)?;
            report::dry_run(&plans, self.request)?;
            return Ok(ExitCode::Success);
        }
        // What is wrong with a plan is said before anybody is asked for a key.
        let early = if self.is_known() { Some(self.plans(&known)?) } else { None };
        if let Some([plan]) = early.as_deref()
            && let Some(image) = &plan.image
        {
            self.announcer.phase(&format!("image {}", image.reference));
        }
        let secrets = self.secrets().await?;
        let (plans, references) = if let Some(plans) = early {
            (plans, known)
        } else {
            let references = self.search(&secrets).await?;
            (self.plans(&references)?, references)
        };
        self.carry_out(plans, &references, &secrets).await
    }

    /// Whether the registry of every image is known.
    fn is_known(&self) -> bool {
        self.request.icr().all(|(_, image)| image.target.known().is_some())
    }

    /// The references that need no search.
    fn known(&self) -> References {
        let apps = self.request.apps.iter();
        apps.map(|app| match &app.image {
            AppImage::Icr(image) => image.target.known().cloned(),
            AppImage::Other(_) | AppImage::Files => None,
        })
        .collect()
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
    fn plans(&self, references: &References) -> Result<Vec<Plan>, Error> {
        let apps = self.request.apps.iter().zip(references);
        let plans = apps.map(|(app, reference)| {
            let (cf, reference) = (self.cf.clone(), reference.as_ref());
            plan::plan(self.request, app, reference, cf, self.release, self.environment)
        });
        let plans = plans.collect::<Result<Vec<Plan>, Error>>()?;
        let mut said: Vec<&str> = Vec::new();
        for warning in plans.iter().flat_map(|plan| &plan.warnings) {
            if !said.contains(&warning.as_str()) {
                self.announcer.warn(warning);
                said.push(warning);
            }
        }
        Ok(plans)
    }

    /// Finds the registries of the images whose region nobody said.
    async fn search(&mut self, secrets: &Secrets) -> Result<References, Error> {
        use futures_util::{StreamExt as _, TryStreamExt as _};
        let mut references = self.known();
        let wanted: Vec<(usize, &IcrImage, &[ImageReference])> = self
            .request
            .apps
            .iter()
            .enumerate()
            .filter_map(|(at, app)| match &app.image {
                AppImage::Icr(image) => match &image.target {
                    Target::Search(candidates) => Some((at, image, candidates.as_slice())),
                    Target::Known(_) => None,
                },
                AppImage::Other(_) | AppImage::Files => None,
            })
            .collect();
        if wanted.is_empty() {
            return Ok(references);
        }
        let Some(checks) = &self.request.checks else {
            return Err(Error::new(ErrorKind::Internal, "a search without checks"));
        };
        let deadline = self.begin(checks);
        let authorities = &self.authorities;
        let work = futures_util::stream::iter(wanted)
            .map(|(at, image, candidates)| async move {
                let Some(found) = secrets.of(at) else {
                    return Err(Error::new(ErrorKind::Internal, "a search without a key"));
                };
                let who = Credentials { user: &image.username, key: &found.key };
                let reference = checks::discover(candidates, deadline, who, authorities).await?;
                Ok((at, reference))
            })
            .buffered(SEARCHES)
            .try_collect::<Vec<_>>();
        let found = interruptible(checks, self.signals, Box::pin(work)).await??;
        let mut said: Vec<String> = Vec::new();
        for (at, reference) in found {
            let region = reference.registry().region;
            let text =
                format!("found {reference} in {region}; `--region {region}` skips the search");
            // Said also where nobody reads along: it cost time, and the key went to all.
            if !said.contains(&text) {
                self.announcer.note(&text);
                said.push(text);
            }
            if let Some(place) = references.get_mut(at) {
                *place = Some(reference);
            }
        }
        Ok(references)
    }

    /// The end of the time for search and checks together.
    fn begin(&mut self, checks: &Checks) -> Instant {
        let images = self.request.icr().count();
        *self.deadline.get_or_insert_with(|| Instant::now() + checks::limit(checks, images))
    }

    /// Checks, and pushes what was checked.
    async fn carry_out(
        &mut self,
        plans: Vec<Plan>,
        references: &References,
        secrets: &Secrets,
    ) -> Result<ExitCode, Error> {
        let Some(checks) = &self.request.checks else {
            return self.push(plans, None, secrets).await;
        };
        let strictness = checks.strictness;
        let all = Box::pin(self.checks(references, checks, secrets)).await?;
        let plans: Vec<Plan> = plans
            .into_iter()
            .zip(&all.images)
            .map(|(plan, found)| pinned(plan, found.as_ref()))
            .collect();
        let stop = all.stopping(strictness);
        if self.request.mode == Mode::Check {
            return report::check(&plans, &all, stop, self.request);
        }
        report::findings(&plans, &all, stop, self.request, self.announcer);
        if let Some(stop) = stop {
            return Ok(report::stopped(&plans, &all, stop, self.request));
        }
        self.push(plans, Some(&all), secrets).await
    }

    async fn checks(
        &mut self,
        references: &References,
        checks: &Checks,
        secrets: &Secrets,
    ) -> Result<All, Error> {
        let mut asks = Vec::new();
        for (at, (app, reference)) in self.request.apps.iter().zip(references).enumerate() {
            let (AppImage::Icr(image), Some(reference), Some(checks), Some(found)) =
                (&app.image, reference, &app.checks, secrets.of(at))
            else {
                asks.push(None);
                continue;
            };
            let who = Credentials { user: &image.username, key: &found.key };
            asks.push(Some(Ask { reference, checks, who, app: app.name.as_deref() }));
        }
        let installed = InstalledCf { cf: &self.cf.clone(), environment: self.environment };
        let deadline = self.begin(checks);
        let run =
            Box::pin(checks::run(&asks, checks.quota, deadline, &self.authorities, installed));
        interruptible(checks, self.signals, run).await
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
    checks: &Checks,
    signals: &mut Signals,
    work: impl Future<Output = T>,
) -> Result<T, Error> {
    // They end by themselves; this holds should one of them not.
    let limit = checks::limit(checks, usize::MAX) + LAST;
    within(limit, signals, work).await.map_err(|stopped| match stopped {
        Stopped::By(signal) => {
            Error::new(ErrorKind::Interrupted(signal.code()), "interrupted while checking")
        }
        Stopped::TimedOut => Error::new(ErrorKind::TimedOut, "the checks did not end in time")
            .hint("`--no-checks` pushes without them"),
    })
}
