//! The stages of one push, in their order: plans, keys, checks, execution. Decides nothing that the
//! request has not said.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;

use crate::cf_flags::Release;
use crate::cf_program::CfProgram;
use crate::checks::{self, All, Ask, Authorities, Credentials, InstalledCf, OfImage, Others, Who};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, printable};
use crate::execution;
use crate::exit_code::ExitCode;
use crate::plan::{self, Plan};
use crate::process::{Signals, Stopped, within};
use crate::reference::ImageReference;
use crate::report::{self, Announcer};
use crate::request::{App, AppImage, Checks, Mode, PushRequest, Scope, Shape, Target};
use crate::verdict::Name;

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

    /// Finds the registries of the images whose region nobody said, each image once.
    async fn search(&mut self, secrets: &Secrets) -> Result<References, Error> {
        let mut references = self.known();
        let mut wanted: Vec<Wanted<'_>> = Vec::new();
        for (at, app) in self.request.apps.iter().enumerate() {
            let AppImage::Icr(image) = &app.image else { continue };
            let Target::Search(candidates) = &image.target else { continue };
            let Some(found) = secrets.of(at) else { continue };
            let is_same = |one: &&mut Wanted<'_>| {
                one.candidates == candidates && std::ptr::eq(one.who.key, Arc::as_ptr(&found.key))
            };
            if let Some(known) = wanted.iter_mut().find(is_same) {
                known.apps.push(at);
            } else {
                let Some(login) = image.login.key() else { continue };
                let who = Credentials { user: &login.username, key: &found.key };
                wanted.push(Wanted { candidates, who, apps: vec![at] });
            }
        }
        let Some(checks) = &self.request.checks else {
            return Err(Error::new(ErrorKind::Internal, "a search without checks"));
        };
        let deadline = self.begin(checks);
        let authorities = &self.authorities;
        let work = futures_util::stream::iter(&wanted)
            .map(|one| checks::discover(one.candidates, deadline, Who::Key(one.who), authorities))
            .buffered(SEARCHES)
            .collect::<Vec<_>>();
        let found = interruptible(deadline, self.signals, Box::pin(work)).await?;
        let found = placed(&wanted, found, self.request)?;
        for (one, reference) in wanted.iter().zip(found) {
            let region = reference.registry().region;
            // Said also where nobody reads along: it cost time, and the key went to all.
            self.announcer.note(&format!(
                "found {reference} in {region}; `--region {region}` skips the search"
            ));
            for at in &one.apps {
                if let Some(place) = references.get_mut(*at) {
                    *place = Some(reference.clone());
                }
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
        let all = with_hub_hints(all, self.request);
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
            let (AppImage::Icr(image), Some(reference), Some(checks)) =
                (&app.image, reference, &app.checks)
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
        interruptible(deadline, self.signals, run).await
    }
}

/// An image to be searched for, and the apps that run it.
struct Wanted<'a> {
    candidates: &'a [ImageReference],
    who: Credentials<'a>,
    apps: Vec<usize>,
}

/// Where each image is; an error about the first that is nowhere, with the others beside it.
fn placed(
    wanted: &[Wanted<'_>],
    found: Vec<Result<ImageReference, Error>>,
    request: &PushRequest,
) -> Result<Vec<ImageReference>, Error> {
    let mut lost: Vec<(&Wanted<'_>, Error)> = Vec::new();
    let mut placed = Vec::new();
    for (one, result) in wanted.iter().zip(found) {
        match result {
            Ok(reference) => placed.push(reference),
            Err(error) => lost.push((one, error)),
        }
    }
    let names = |one: &Wanted<'_>| {
        let apps = one.apps.iter().filter_map(|at| request.apps.get(*at)?.name.as_deref());
        apps.map(printable).collect::<Vec<_>>().join(", ")
    };
    let mut lost = lost.into_iter();
    let Some((first, error)) = lost.next() else { return Ok(placed) };
    let app = first.apps.first().and_then(|at| request.apps.get(*at));
    let is_lost = ELSEWHERE.iter().any(|name| name.as_str() == error.kind().name());
    let hint = app.filter(|_| is_lost && request.shape == Shape::OfManifest).and_then(hub_hint);
    let error = hint.into_iter().fold(error, Error::hint);
    if request.apps.len() == 1 {
        return Err(error);
    }
    let error = error.seen(format!("it is the image of {}", names(first)));
    Err(lost.fold(error, |error, (one, why)| {
        error.seen(format!("also for {}: {}", names(one), why.message()))
    }))
}

/// For an image of a manifest that names no registry, and so was read as one of ICR's.
fn hub_hint(app: &App) -> Option<String> {
    let AppImage::Icr(image) = &app.image else { return None };
    let first = image.given.split('/').next().unwrap_or_default();
    let is_named = first.contains('.');
    (!is_named).then(|| {
        let given = printable(&image.given);
        format!("`{given}` names no registry, hence was read as ICR's; if it is Docker Hub's, write `docker.io/{given}`")
    })
}

/// Verdicts by which an image may be somebody else's.
const ELSEWHERE: [Name; 4] =
    [Name::NoAccess, Name::RepositoryMissing, Name::TagMissing, Name::WrongRegion];

/// Adds what mends it where an image may be none of ICR's.
fn with_hub_hints(mut all: All, request: &PushRequest) -> All {
    if request.shape == Shape::One {
        return all;
    }
    for (app, found) in request.apps.iter().zip(&mut all.images) {
        let verdicts = found.iter_mut().flat_map(|found| &mut found.verdicts);
        for verdict in verdicts.filter(|verdict| ELSEWHERE.contains(&verdict.name)) {
            verdict.hints.extend(hub_hint(app));
        }
    }
    all
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
