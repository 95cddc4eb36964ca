//! `icr-cf rotate`: apps get the key that this run finds, without being down.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::day_two::{self, Tools, asking};
use crate::cli::{OnError, RotateArgs};
use crate::deployed::{
    self, AppState, Choice, Course, Deployed, Ended, Extent, From, Keys, Rollout, Session, Wanted,
};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::exit_code::ExitCode;
use crate::icr::{self, KeyDetails};
use crate::process::Signals;
use crate::reference::ImageReference;
use crate::report::{self, Rotated, Rotation};
use crate::request::{self, RotateRequest};
use crate::spelling;
use crate::verdict::{self, Strictness, Verdict};

/// How long the questions before may take.
const LISTS: Duration = Duration::from_secs(5 * 60);
/// Longest time for all of it; each app has its own bound.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Gives apps another key.
///
/// # Errors
/// The apps cannot be listed; no key; an image that the key cannot pull.
pub(crate) fn run(args: RotateArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let request = request::rotate(args, environment)?;
    day_two::with_tools(&request.looking, environment, async |tools, signals| {
        go(&request, tools, signals).await
    })
}

async fn go(
    request: &RotateRequest,
    tools: &Tools<'_>,
    signals: &mut Signals,
) -> Result<ExitCode, Error> {
    let looking = &request.looking;
    let session = tools.session(LONGEST, signals).await?;
    let found = deployed::without_packages(&session, &looking.scope);
    let mut inventory = asking(LISTS, signals, found).await??;
    all_known(&inventory.not_asked)?;
    let namespaces: Vec<String> = inventory
        .apps
        .iter()
        .filter_map(|app| Some(app.reference()?.namespace().to_owned()))
        .collect();
    inventory.apps.retain(|app| is_meant(app, request));
    if inventory.apps.is_empty()
        && let Some(namespace) = &request.namespace
    {
        return Err(no_such_namespace(namespace, &namespaces));
    }
    let apps = &mut inventory.apps;
    let images = apps.iter().filter_map(Deployed::reference);
    let keys = Keys::find(looking, images, tools.environment, signals).await?;
    keys.hide_in(apps);
    for key in keys.all() {
        tools.announcer.notices(&key.notices);
    }
    let limit = icr::limit(&looking.checks, apps.len());
    let (listed, deadline) = (apps.clone(), Instant::now() + limit);
    let wanted = (looking, Extent::Pulling);
    let work = async {
        tokio::join!(
            deployed::packages(&session, &listed),
            deployed::active(&session, &listed),
            deployed::audit(apps, &keys, wanted, &tools.authorities, deadline),
        )
    };
    let (packages, under_way, checked) = asking(limit.max(LISTS), signals, Box::pin(work)).await?;
    packages.tell(Some(&keys), apps, &mut inventory.not_asked);
    all_known(&inventory.not_asked)?;
    under_way?.tell(apps);
    for what in &checked.not_asked {
        tools.announcer.detail(&format!("not asked: {what}"));
    }
    let key_id = only_id(&checked.keys);
    let rows: Vec<Rotated> = apps.iter().map(|app| row(app, request, key_id)).collect();
    let mut rotation = Rotation { apps, rows, keys: &checked.keys, interrupted: None };
    refuse(&rotation, request, &checked.findings)?;
    say_beforehand(&rotation, tools, key_id);
    if request.dry_run {
        report::rotation_foreseen(&rotation, looking, tools.environment)?;
        return Ok(ExitCode::Success);
    }
    carry_out(&mut rotation, &keys, request, (tools, &session), signals).await?;
    let code = code(&rotation);
    let said = report::rotated(&rotation, code, looking, tools.environment);
    Ok(crate::app::unless_unsaid(code, said.err().as_ref()))
}

/// Refuses to go by a half of what has to be known.
fn all_known(not_asked: &[String]) -> Result<(), Error> {
    let Some(what) = not_asked.first() else { return Ok(()) };
    Err(Error::new(ErrorKind::Setup, "not all that a rotation has to know can be asked")
        .seen(what.clone())
        .hint("run it again, for fewer apps at once: `--space SPACE`"))
}

/// The id of the key that all get; of several it is not said which one an app has.
fn only_id(keys: &[KeyDetails]) -> Option<&str> {
    match keys {
        [one] => Some(&one.id),
        _ => None,
    }
}

fn no_such_namespace(namespace: &str, there: &[String]) -> Error {
    let message = format!("no app there runs an image of the namespace `{namespace}`");
    let error = Error::new(ErrorKind::App, message);
    let meant = spelling::nearest(namespace, there.iter().map(String::as_str));
    match meant.first() {
        Some(meant) => error.hint(format!("write `--namespace {meant}`")),
        None => error.hint("`icr-cf audit` shows the images of all apps there"),
    }
}

fn is_meant(app: &Deployed, request: &RotateRequest) -> bool {
    let namespace = app.reference().map(ImageReference::namespace);
    request.namespace.as_deref().is_none_or(|wanted| namespace == Some(wanted))
}

/// What is to become of an app: an image that the key cannot pull is refused.
fn row(app: &Deployed, request: &RotateRequest, key_id: Option<&str>) -> Rotated {
    let choice = match deployed::choose(app, request, key_id) {
        Choice::Go { way, image, from } => {
            match verdict::stopping(&app.findings, Strictness::Lenient)
                .filter(|one| is_of_the_key(one))
            {
                Some(verdict) => Choice::Refuse(verdict.clone()),
                None => Choice::Go { way, image, from },
            }
        }
        other => other,
    };
    Rotated { choice, done: None }
}

/// The user that is stored is what a rotation replaces.
fn is_of_the_key(verdict: &Verdict) -> bool {
    verdict.name != verdict::Name::ShortLivedUser
}

/// Nothing begins unless the key is good for all, or the rest is wanted all the same.
fn refuse(
    rotation: &Rotation<'_>,
    request: &RotateRequest,
    of_key: &[Verdict],
) -> Result<(), Error> {
    if let Some(verdict) = verdict::stopping(of_key, Strictness::Lenient) {
        return Err(verdict.to_error());
    }
    let called = rotation.called();
    let mut refused =
        called.iter().zip(&rotation.rows).filter_map(|(name, row)| match &row.choice {
            Choice::Refuse(verdict) => Some((name, verdict)),
            Choice::Go { .. } | Choice::Has | Choice::Leave(_) | Choice::LeaveStopped => None,
        });
    let Some((name, verdict)) =
        refused.next().filter(|_| request.on_error == OnError::Stop && !request.dry_run)
    else {
        return Ok(());
    };
    let more = refused.count();
    let mut verdict = verdict.clone();
    let others = if more > 0 { format!(" (and {more} more)") } else { String::new() };
    verdict.message = format!("{name}{others}: {}", verdict.message);
    Err(verdict
        .to_error()
        .seen("nothing was changed")
        .hint(format!("to do the others all the same: {}", continuing(request))))
}

/// The line that goes on in spite of what is refused.
fn continuing(request: &RotateRequest) -> String {
    let line = request.looking.typed.line();
    let line = line.map(|line| line.with("--on-error", Some("continue")).to_string());
    format!("`{}`", line.unwrap_or_else(|| "icr-cf rotate --on-error continue".to_owned()))
}

/// What somebody should know before it happens.
fn say_beforehand(rotation: &Rotation<'_>, tools: &Tools<'_>, key_id: Option<&str>) {
    let goes = |row: &Rotated| matches!(row.choice, Choice::Go { .. });
    let workers: Vec<String> = rotation
        .called()
        .iter()
        .zip(rotation.all())
        .filter(|(_, (app, row))| goes(row) && app.state == AppState::Started)
        .filter(|(_, (app, _))| !app.workers().is_empty())
        .map(|(name, (app, _))| format!("{name} ({})", app.workers().join(", ")))
        .collect();
    if !workers.is_empty() {
        tools.warn_of_workers(&workers);
    }
    if key_id.is_none() && rotation.rows.iter().any(goes) {
        tools.announcer.note(
            "IAM does not tell the id of the key, so that a rerun cannot know which apps have it",
        );
    }
}

async fn carry_out(
    rotation: &mut Rotation<'_>,
    keys: &Keys<'_>,
    request: &RotateRequest,
    (tools, session): (&Tools<'_>, &Session<'_>),
    signals: &mut Signals,
) -> Result<(), Error> {
    let key_id = only_id(rotation.keys);
    let wanted: Vec<Wanted<'_>> = rotation
        .all()
        .filter_map(|(app, row)| {
            let Choice::Go { image, from: From::Package, .. } = &row.choice else { return None };
            let (user, key) = (request.looking.username.as_str(), key_id?);
            Some(Wanted { app: &app.guid, image, user, key })
        })
        .collect();
    let mut earlier = asking(LISTS, signals, deployed::earlier(session, &wanted)).await?;
    let (mut places, mut rollouts): (Vec<usize>, Vec<Rollout>) = (Vec::new(), Vec::new());
    let (called, mut names) = (rotation.called(), Vec::new());
    for (at, ((app, row), name)) in rotation.all().zip(called).enumerate() {
        let Choice::Go { way, image, from } = &row.choice else { continue };
        let Some(key) = app.reference().and_then(|image| keys.of(image)) else { continue };
        let plan = (way.clone(), image.clone(), from.clone());
        let key = Arc::clone(&key.key);
        rollouts.push(deployed::rollout(
            app,
            plan,
            request,
            (key, key_id.map(str::to_owned)),
            earlier.remove(&app.guid),
        ));
        places.push(at);
        names.push(name);
    }
    if rollouts.is_empty() {
        return Ok(());
    }
    let watch = report::watch_rollouts(&names, &request.looking, tools.environment)?;
    let course = Course { jobs: request.jobs, on_error: request.on_error };
    let change = deployed::rotate(session, &rollouts, course, &watch, signals).await;
    report::finish(&watch, change.interrupted.is_some());
    for (at, done) in places.into_iter().zip(change.done) {
        if let Some(row) = rotation.rows.get_mut(at) {
            row.done = Some(done);
        }
    }
    rotation.interrupted = change.interrupted;
    Ok(())
}

/// What it all comes to: the first that failed, in the order of the apps.
fn code(rotation: &Rotation<'_>) -> ExitCode {
    if let Some(signal) = rotation.interrupted {
        return ExitCode::Signal(signal);
    }
    let of_row = |row: &Rotated| match (&row.choice, &row.done) {
        (Choice::Refuse(verdict), _) => Some(verdict.exit_code()),
        (_, Some(done)) if !done.is_good() && done.result != Ended::NotStarted => {
            Some(done.error.as_ref().map_or(ExitCode::Data, Error::exit_code))
        }
        _ => None,
    };
    rotation.rows.iter().find_map(of_row).unwrap_or(ExitCode::Success)
}
