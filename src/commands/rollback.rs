//! `icr-cf rollback`: an app goes back to an image that ran before, with the key of now.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::day_two::{self, Tools, asking};
use crate::cli::{OnError, RollbackArgs};
use crate::deployed::{
    self, AppState, Back, Course, Deployed, Extent, Keys, Rollout, Session, Way,
};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, flag_with, printable};
use crate::exit_code::ExitCode;
use crate::icr;
use crate::process::Signals;
use crate::reference::{Defaults, ImageReference};
use crate::report::{self, RolledBack};
use crate::request::{self, BackTo, RollbackRequest};
use crate::verdict::{self, Strictness};

/// How long the questions before may take.
const LISTS: Duration = Duration::from_secs(2 * 60);
/// What comes to the time of the rollout: questions before, taking it back.
const AROUND: Duration = Duration::from_secs(10 * 60);

/// Takes an app back.
///
/// # Errors
/// There is nothing to go back to; no key; the image is gone.
pub(crate) fn run(args: RollbackArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let request = request::rollback(args, environment)?;
    day_two::with_tools(&request.looking, environment, async |tools, signals| {
        Box::pin(go(&request, tools, signals)).await
    })
}

async fn go(
    request: &RollbackRequest,
    tools: &Tools<'_>,
    signals: &mut Signals,
) -> Result<ExitCode, Error> {
    let looking = &request.looking;
    let session = tools.session(request.wish.timeout + AROUND, signals).await?;
    let found = deployed::inventory(&session, &looking.scope);
    let app = lone(asking(LISTS, signals, found).await??.apps)?;
    let mut all = match &request.to {
        BackTo::Digest(_) if !request.list => Vec::new(),
        BackTo::Before | BackTo::Revision(_) | BackTo::Digest(_) | BackTo::DigestStart(_) => {
            let listed =
                asking(LISTS, signals, Box::pin(deployed::revisions(&session, &app))).await?;
            let by_digest = || format!("go back by digest: {}", line(&app, TO_DIGEST));
            listed.map_err(|problem| problem.verdict().to_error().hint(by_digest()))?
        }
    };
    if request.list {
        look(&mut all, &app, request, tools, signals).await?;
        report::revisions(&app, &all, looking, tools.environment)?;
        return Ok(ExitCode::Success);
    }
    let (target, revision) = target(&app, &all, &request.to)?;
    let keys = Keys::find(looking, std::iter::once(&target), tools.environment, signals).await?;
    for key in keys.all() {
        tools.announcer.notices(&key.notices);
    }
    check(&target, &keys, tools, signals).await?;
    let rollout = rollout(&app, &target, &keys, request)?;
    let mut back =
        RolledBack { app: &app, target: &target, revision, done: None, interrupted: None };
    if request.dry_run {
        report::rolled_back(&back, ExitCode::Success, looking, tools.environment)?;
        return Ok(ExitCode::Success);
    }
    if app.state == AppState::Started && !app.workers().is_empty() {
        tools.warn_of_workers(&app.workers());
    }
    let change = carry_out(rollout, &session, request, tools, signals).await?;
    back.interrupted = change.interrupted;
    back.done = change.done.into_iter().next();
    let code = code(&back);
    let said = report::rolled_back(&back, code, looking, tools.environment);
    Ok(crate::app::unless_unsaid(code, said.err().as_ref()))
}

/// The one that is meant: in an organization several may have the name.
fn lone(mut apps: Vec<Deployed>) -> Result<Deployed, Error> {
    let Some(app) = apps.pop() else {
        return Err(Error::new(ErrorKind::App, "the app runs no image"));
    };
    if apps.is_empty() {
        return Ok(app);
    }
    apps.push(app);
    let spaces: Vec<&str> = apps.iter().map(|app| app.space.as_str()).collect();
    let first = spaces.first().copied().unwrap_or_default();
    Err(Error::new(ErrorKind::Usage, "several spaces have an app of that name")
        .seen(format!("it is in {}", printable(&spaces.join(", "))))
        .hint(format!("name one of them: add `{}`", flag_with("--space", first))))
}

/// The command for an app, as it is typed.
fn line(app: &Deployed, flags: &str) -> String {
    format!("`{}`", app.lines().ours("rollback", flags))
}

const TO_DIGEST: &str = "--to sha256:DIGEST";

/// The image to go back to, and its revision.
fn target(
    app: &Deployed,
    all: &[Back],
    to: &BackTo,
) -> Result<(ImageReference, Option<u64>), Error> {
    let name = shell_words::quote(&app.name).into_owned();
    let list = format!("{} shows what there is", line(app, "--list"));
    let back = match to {
        BackTo::Digest(digest) => return Ok((by_digest(app, digest)?, None)),
        BackTo::DigestStart(start) => {
            begins_with(start, all).map_err(|error| error.hint(list.clone()))?
        }
        BackTo::Revision(version) => {
            let found = all.iter().find(|one| one.version == *version);
            found.ok_or_else(|| {
                Error::new(ErrorKind::App, format!("`{name}` has no revision {version}"))
                    .hint(list.clone())
            })?
        }
        BackTo::Before => {
            // The newest first: what came later was taken back. A rotation makes a revision of the
            // same image, which would be no way back.
            let now = all.iter().position(|one| one.image == app.image && one.is_deployed);
            let now = now.or_else(|| all.iter().position(|one| one.image == app.image));
            let mut older = all.iter().skip(now.unwrap_or_default());
            let is_other = |one: &&Back| one.image != app.image;
            older.find(is_other).ok_or_else(|| nothing_before(&name, &line(app, TO_DIGEST), all))?
        }
    };
    let version = back.version;
    match back.reference() {
        Some(reference) if reference.digest().is_some() => Ok((reference.clone(), Some(version))),
        Some(reference) => Err(Error::new(
            ErrorKind::App,
            format!("which digest revision {version} ran is not known"),
        )
        .seen(format!("it was pushed by tag: {reference}"))
        .hint(format!("say it: {}", line(app, TO_DIGEST)))),
        None => Err(Error::new(
            ErrorKind::App,
            format!("revision {version} ran no image of ICR that is still known"),
        )
        .seen(printable(back.image.as_deref().unwrap_or("its droplet is gone")))
        .hint(list)),
    }
}

/// The image of the app with another digest.
fn by_digest(app: &Deployed, digest: &str) -> Result<ImageReference, Error> {
    let Some(now) = app.reference() else {
        let name = shell_words::quote(&app.name);
        return Err(Error::new(ErrorKind::App, format!("`{name}` runs no image of ICR")));
    };
    let image = format!("{}/{}@{digest}", now.host(), now.path());
    let tagged = app.tracked.reference_of(digest).map(|tag| format!("{tag}@{digest}"));
    let parse = |text: &str| ImageReference::parse(text, &Defaults::default()).ok();
    let reference = tagged.as_deref().and_then(parse).or_else(|| parse(&image));
    reference.ok_or_else(|| Error::new(ErrorKind::Internal, "no reference of its parts"))
}

/// The digest that a revision ran, where it is known.
fn digest(back: &Back) -> Option<&str> {
    back.reference().and_then(ImageReference::digest)
}

/// The newest revision with the one digest that begins so.
fn begins_with<'a>(start: &str, all: &'a [Back]) -> Result<&'a Back, Error> {
    let mut meant =
        all.iter().filter(|back| digest(back).is_some_and(|one| one.starts_with(start)));
    let Some(found) = meant.next() else {
        return Err(Error::new(ErrorKind::App, format!("no revision has a digest `{start}...`")));
    };
    match meant.find(|other| digest(other) != digest(found)) {
        None => Ok(found),
        Some(other) => Err(Error::new(ErrorKind::Usage, "several digests begin so")
            .seen([found, other].map(|one| digest(one).unwrap_or_default()).join(", "))),
    }
}

fn nothing_before(name: &str, by_digest: &str, all: &[Back]) -> Error {
    let error = Error::new(ErrorKind::App, format!("`{name}` has nothing to go back to"));
    if all.is_empty() {
        error
            .seen("it has no revisions; the platform makes them where the app's feature `revisions` is on")
            .hint(format!("go back by digest: {by_digest}"))
    } else {
        error.seen("no revision before the one that runs had another image")
    }
}

/// Asks the registry for the image of each revision.
async fn look(
    all: &mut [Back],
    app: &Deployed,
    request: &RollbackRequest,
    tools: &Tools<'_>,
    signals: &mut Signals,
) -> Result<(), Error> {
    let looking = &request.looking;
    let images = all.iter().filter_map(Back::reference);
    let keys = Keys::find(looking, images, tools.environment, signals).await?;
    let limit = icr::limit(&looking.checks, all.len());
    let mut apps: Vec<Deployed> = all
        .iter()
        .map(|back| Deployed {
            running: back.running.clone(),
            image: back.image.clone(),
            user: None,
            ..app.clone()
        })
        .collect();
    keys.hide_in(&mut apps);
    let deadline = Instant::now() + limit;
    let work =
        deployed::audit(&mut apps, &keys, (looking, Extent::Pulling), &tools.authorities, deadline);
    asking(limit, signals, Box::pin(work)).await?;
    for back in all.iter_mut() {
        keys.hide(&mut back.created_at);
        keys.hide(&mut back.description);
    }
    for (back, looked) in all.iter_mut().zip(apps) {
        (back.findings, back.image, back.running) = (looked.findings, looked.image, looked.running);
    }
    Ok(())
}

/// Sees that the image is there, and that the key may pull it.
async fn check(
    target: &ImageReference,
    keys: &Keys<'_>,
    tools: &Tools<'_>,
    signals: &mut Signals,
) -> Result<(), Error> {
    let checks = &tools.looking.checks;
    let limit = icr::limit(checks, 1);
    let deadline = Instant::now() + limit;
    let work = deployed::still_there(target, keys, checks, &tools.authorities, deadline);
    let verdicts = asking(limit, signals, Box::pin(work)).await?;
    match verdict::stopping(&verdicts, Strictness::Lenient) {
        Some(verdict) => Err(verdict.to_error().seen("nothing was changed")),
        None => Ok(()),
    }
}

fn rollout(
    app: &Deployed,
    target: &ImageReference,
    keys: &Keys<'_>,
    request: &RollbackRequest,
) -> Result<Rollout, Error> {
    let Some(key) = keys.of(target) else {
        return Err(Error::new(ErrorKind::Key, "a rollback needs a key: the old one may be dead")
            .hint("drop `--no-key`"));
    };
    Ok(Rollout {
        guid: app.guid.clone(),
        name: app.name.clone(),
        lines: app.lines(),
        way: if app.state == AppState::Started { Way::Deploy } else { Way::Stage },
        image: target.for_cloud_foundry().to_string(),
        user: request.looking.username.as_str().to_owned(),
        key: Arc::clone(&key.key),
        staged: None,
        build: None,
        deployment: None,
        before: app.droplet.clone(),
        note: deployed::note(target),
        wish: request.wish.clone(),
    })
}

async fn carry_out(
    rollout: Rollout,
    session: &Session<'_>,
    request: &RollbackRequest,
    tools: &Tools<'_>,
    signals: &mut Signals,
) -> Result<deployed::Change, Error> {
    let names = [rollout.name.clone()];
    let watch = report::watch_rollouts(&names, &request.looking, tools.environment)?;
    let course = Course { jobs: NonZeroUsize::MIN, on_error: OnError::Stop };
    let change = deployed::rotate(session, &[rollout], course, &watch, signals).await;
    report::finish(&watch, change.interrupted.is_some());
    Ok(change)
}

fn code(back: &RolledBack<'_>) -> ExitCode {
    if let Some(signal) = back.interrupted {
        return ExitCode::Signal(signal);
    }
    let failed = back.done.as_ref().filter(|done| !done.is_good());
    failed.map_or(ExitCode::Success, |done| {
        done.error.as_ref().map_or(ExitCode::Data, Error::exit_code)
    })
}
