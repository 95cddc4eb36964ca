//! `icr-cf push`, and `icr-cf check` and `icr-cf diff`, which are pushes that end before cf runs. The
//! stages in their order; nobody below asks which of them this is, or whether it is a dry run.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::app::{self, AppRun, Findings};
use crate::cf;
use crate::cf::plan::{self, Copies};
use crate::cf_program::{self, CfProgram};
use crate::cli::{PushArgs, PushOutput};
use crate::deployed::Difference;
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::exit_code::ExitCode;
use crate::http::{self, Authorities};
use crate::process::{self, Signals};
use crate::report::{self, Announcer, EventLog, Step};
use crate::request::{self, AfterFailure, Checks, Goal, Mode, Only, PushRequest};
use crate::stages::{self, Asking, Pushed, Stages};
use crate::temporary;

mod last_events;

/// Pushes, checks, or says what would be done.
///
/// # Errors
/// What keeps it from being done, before cf runs.
pub(crate) fn run(
    args: PushArgs,
    goal: Goal,
    environment: &Environment,
) -> Result<ExitCode, Error> {
    let (start, output) = (Instant::now(), args.output);
    let (request, apps) = request::push(args, goal, environment)?;
    let environment = environment.knowing_secrets(&request.secret_variables);
    let log = match output {
        PushOutput::JsonLines => Some(EventLog::begin(
            start,
            Some(goal.command()),
            Some(apps.len()),
            environment.spoken,
        )?),
        PushOutput::Text | PushOutput::Json => None,
    };
    let apps = apps.into_iter().enumerate().map(|(place, app)| AppRun::new(place, app));
    let mut known = Known { apps: apps.collect(), findings: None };
    let announcer = Announcer::new(request.voice, &environment).telling(log.as_ref());
    let done = as_far_as(&request, &mut known, announcer, &environment);
    let Known { apps, findings } = &known;
    let code = done.unwrap_or_else(|error| {
        report::refused(&error, apps, findings.as_ref(), &request, announcer);
        error.exit_code()
    });
    Ok(last_events::exit_code(log.as_ref(), code, apps, request.mode, &environment))
}

/// What is known so far, for whatever ends it.
struct Known {
    apps: Vec<AppRun>,
    /// What the checks found that holds for all apps.
    findings: Option<Findings>,
}

/// Goes as far as the request says.
fn as_far_as(
    request: &PushRequest,
    known: &mut Known,
    announcer: Announcer<'_>,
    environment: &Environment,
) -> Result<ExitCode, Error> {
    let cf = match (cf_program::locate(request.cf.as_ref(), environment), request.mode) {
        (Err(error), Mode::Push | Mode::Check | Mode::Diff) => return Err(error),
        (Err(_), Mode::DryRun | Mode::ExplainKey | Mode::ForeseeKey) => CfProgram::absent(),
        (Ok(cf), _) => cf,
    };
    let work = async {
        let mut signals =
            Signals::listen().map_err(|error| Error::internal("no signals", &error))?;
        go(request, known, cf, (announcer, environment), &mut signals).await
    };
    process::in_runtime(work).map_err(|error| Error::internal("no runtime", &error))?
}

/// The same, while it is known which signals come.
async fn go(
    request: &PushRequest,
    known: &mut Known,
    cf: CfProgram,
    (announcer, environment): (Announcer<'_>, &Environment),
    signals: &mut Signals,
) -> Result<ExitCode, Error> {
    let lent = lent(request, environment, signals).await?;
    let environment = lent.as_ref().map_or(environment, |lent| &lent.environment);
    let cf = released(cf, request, environment, announcer, signals).await?;
    let authorities = match request.mode {
        Mode::ForeseeKey => {
            let looked = stages::foresee(request, &known.apps, environment);
            let command = request.goal.command();
            report::key_sources(&looked, announcer, command, request.output)?;
            return Ok(ExitCode::Success);
        }
        Mode::ExplainKey => {
            let explained = stages::explain(request, &known.apps, environment, signals).await;
            report::explained(&explained, announcer, request.goal.command(), request.output)?;
            return Ok(explained.failure.as_ref().map_or(ExitCode::Success, Error::exit_code));
        }
        Mode::DryRun if request.only == Only::All => Authorities::none(),
        Mode::DryRun | Mode::Check | Mode::Diff | Mode::Push => {
            authorities(request, environment, announcer, signals).await?
        }
    };
    let stages =
        Stages { request, environment, announcer, signals, cf, authorities, deadline: None };
    match request.mode {
        Mode::DryRun => return dry_run(stages, known).await,
        Mode::Diff => return difference(stages, known).await,
        Mode::Push | Mode::Check | Mode::ExplainKey | Mode::ForeseeKey => {}
    }
    let removed = (request.mode == Mode::Push).then(|| beside(temporary::remove_left(environment)));
    let code = push(stages, known).await;
    if let Some(removed) = removed {
        // Long done, but for a folder of thousands; then the next run goes on with it.
        let _ = tokio::time::timeout(LAST, removed).await;
    }
    code
}

/// Says what would be done: asks nobody, reads no key, unless what has not changed is left out.
async fn dry_run(mut stages: Stages<'_>, known: &mut Known) -> Result<ExitCode, Error> {
    if stages.request.only == Only::Changed {
        match stages.try_session().await {
            Ok(()) => return dry_run_of_changed(stages, known).await,
            Err(error) if is_interrupted(&error) => return Err(error),
            Err(error) => {
                stages.announcer.note(&format!("nothing is compared: {}", in_a_line(&error)));
            }
        }
    }
    let apps = &mut known.apps;
    stages.warn();
    stages.settle_logins(Asking::Nobody, apps).await?;
    stages.vet(apps)?;
    stages.plan(apps, &Copies::default());
    stages.say_taken(apps);
    report::dry_run(apps, stages.request, stages.announcer)?;
    Ok(ExitCode::Success)
}

/// The same, where the platform can be asked what has changed.
async fn dry_run_of_changed(mut stages: Stages<'_>, known: &mut Known) -> Result<ExitCode, Error> {
    look(&mut stages, known).await?;
    if let Some(code) = checked(&stages, known)? {
        return Ok(code);
    }
    let apps = &mut known.apps;
    compare(&mut stages, apps).await?;
    stages.plan(apps, &Copies::default());
    report::left_out(apps, stages.announcer);
    report::dry_run(apps, stages.request, stages.announcer)?;
    Ok(ExitCode::Success)
}

/// Says what a push would change.
async fn difference(mut stages: Stages<'_>, known: &mut Known) -> Result<ExitCode, Error> {
    look(&mut stages, known).await?;
    let request = stages.request;
    if let Some(code) = checked(&stages, known)? {
        return Ok(code);
    }
    let Known { apps, findings } = known;
    stages.announcer.step(apps, Step::Comparing);
    stages.compare(apps).await?;
    stages.ages(apps).await?;
    let code = app::difference_code(apps);
    report::differences(apps, findings.as_ref(), code, request, stages.announcer)?;
    Ok(code)
}

/// Compares for a push, which goes on where that cannot be done.
async fn compare(stages: &mut Stages<'_>, apps: &mut [AppRun]) -> Result<(), Error> {
    stages.announcer.step(apps, Step::Comparing);
    match stages.compare(apps).await {
        Err(error) if !is_interrupted(&error) => {
            let why = in_a_line(&error);
            for run in apps {
                run.difference = Some(Difference::unknown(why.clone()));
            }
            Ok(())
        }
        done => done,
    }
}

fn is_interrupted(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Interrupted(_))
}

fn in_a_line(error: &Error) -> String {
    let seen = error.seen_lines().first().map(|seen| format!(" ({seen})")).unwrap_or_default();
    format!("{}{seen}", error.message())
}

/// Finds keys and registries, and checks.
async fn look(stages: &mut Stages<'_>, known: &mut Known) -> Result<(), Error> {
    let request = stages.request;
    let Known { apps, findings } = known;
    stages.warn();
    if request.checks.is_some() {
        stages.announcer.step(apps, Step::Checking);
    }
    let asking = request.checks.as_ref().map_or(Asking::Nobody, Asking::Registry);
    let refused = stages.settle_logins(asking, apps).await?;
    stages.vet(apps)?;
    stages.name_image(apps);
    stages.find_secrets(apps, refused).await?;
    stages.search(apps).await?;
    if let Some(checks) = &request.checks {
        let found = findings.insert(stages.check(checks, apps).await?);
        stages.announcer.verdicts(apps, found);
        scan(stages, checks, apps, found).await?;
        stages.announcer.verdicts(apps, found);
    }
    Ok(())
}

/// Finds keys and registries, checks, and pushes what was checked, unless this is to end before.
async fn push(mut stages: Stages<'_>, known: &mut Known) -> Result<ExitCode, Error> {
    let request = stages.request;
    look(&mut stages, known).await?;
    // What goes on is planned again when the copies of its files are there.
    stages.plan(&mut known.apps, &Copies::default());
    if known.findings.is_none() {
        stages.say_taken(&known.apps);
    }
    if let Some(code) = checked(&stages, known)? {
        return Ok(code);
    }
    let Known { apps, findings } = known;
    if request.only == Only::Changed {
        compare(&mut stages, apps).await?;
        report::left_out(apps, stages.announcer);
    }
    let left = take_unchanged(apps);
    for (_, run) in &left {
        stages.announcer.ended(run, None, None);
    }
    let pushed = push_the_changed(&mut stages, apps).await;
    // All of them again, in their order, whatever has come of it.
    for (at, run) in left {
        apps.insert(at.min(apps.len()), run);
    }
    let pushed = pushed?;
    let code = app::exit_code(apps, None, pushed.interrupted);
    stages.announcer.all_ended(apps);
    // A reader that left cf's words lying would keep us at ours for ever.
    if !pushed.was_read {
        if stages.announcer.tells_events() {
            report::pushed_document(apps, findings.as_ref(), code, request, stages.announcer)?;
        }
        return Ok(code);
    }
    stages.note(apps).await;
    let said = report::pushed(apps, findings.as_ref(), code, request, stages.announcer);
    Ok(app::unless_unsaid(code, said.err().as_ref()))
}

/// Pushes, and takes back what fails where that is wanted.
async fn push_the_changed(stages: &mut Stages<'_>, apps: &mut [AppRun]) -> Result<Pushed, Error> {
    if apps.is_empty() {
        return Ok(Pushed::NOTHING);
    }
    let before = stages.before(apps).await?;
    let pushed = stages.push(apps).await?;
    stages.take_back(apps, &before).await;
    Ok(pushed)
}

/// Takes out those that are not pushed, with their places.
fn take_unchanged(apps: &mut Vec<AppRun>) -> Vec<(usize, AppRun)> {
    let (mut pushed, mut left) = (Vec::new(), Vec::new());
    for (at, run) in apps.drain(..).enumerate() {
        if run.is_unchanged() {
            left.push((at, run));
        } else {
            pushed.push(run);
        }
    }
    *apps = pushed;
    left
}

/// Has the advisor asked, where somebody wants it and a push that would wait for it can succeed.
async fn scan(
    stages: &mut Stages<'_>,
    checks: &Checks,
    apps: &mut [AppRun],
    findings: &mut Findings,
) -> Result<(), Error> {
    let Some(policy) = &checks.vulnerabilities else { return Ok(()) };
    let is_stopped = app::stop(apps, findings, checks.strictness).is_some();
    if is_stopped && stages.request.mode == Mode::Push {
        return Ok(());
    }
    stages.scan(policy, checks, apps, findings).await
}

/// Says what the checks found; gives the exit code where the push ends with that.
fn checked(stages: &Stages<'_>, known: &Known) -> Result<Option<ExitCode>, Error> {
    let (request, announcer) = (stages.request, stages.announcer);
    let (Some(checks), Some(findings)) = (&request.checks, &known.findings) else {
        return Ok(None);
    };
    let apps = &known.apps;
    let stop = app::stop(apps, findings, checks.strictness);
    let error = stop.map(|stop| report::refusal(stop, apps));
    let code = app::exit_code(apps, stop, None);
    if stop.is_none() {
        stages.say_taken(apps);
    }
    if request.mode == Mode::Check {
        report::check(apps, findings, error.as_ref(), request, announcer)?;
        return Ok(Some(code));
    }
    report::findings(apps, findings, stop, request, announcer);
    Ok(error.map(|error| {
        report::stopped(apps, findings, &error, request, announcer);
        code
    }))
}

/// How long a pipe of certificates may take, where there are no checks whose bound it has.
const LEND_LIMIT: Duration = Duration::from_secs(30);
/// How long what is done beside a push may take behind its end.
const LAST: Duration = Duration::from_secs(1);

/// What cf and we both need of a pipe that can be read but once.
async fn lent(
    request: &PushRequest,
    environment: &Environment,
    signals: &mut Signals,
) -> Result<Option<http::Lent>, Error> {
    let limit = request.checks.as_ref().map_or(LEND_LIMIT, |checks| checks.limit);
    match request.mode {
        Mode::DryRun if request.only == Only::All => Ok(None),
        Mode::Push | Mode::Check | Mode::Diff | Mode::DryRun => {
            http::lend(limit, environment, signals).await
        }
        Mode::ExplainKey | Mode::ForeseeKey => Ok(None),
    }
}

/// The certificates that checks go by; read before the key is.
async fn authorities(
    request: &PushRequest,
    environment: &Environment,
    announcer: Announcer<'_>,
    signals: &mut Signals,
) -> Result<Authorities, Error> {
    let (ca_file, limit) = match &request.checks {
        Some(Checks { ca_file, limit, .. }) => (ca_file.as_deref(), *limit),
        // Whoever takes a deployment back asks the platform.
        None if request.after_failure == AfterFailure::TakeBack => (None, LEND_LIMIT),
        None => return Ok(Authorities::none()),
    };
    let read = http::authorities(ca_file, limit, environment, signals).await?;
    for note in &read.notes {
        announcer.warn(note);
    }
    Ok(read)
}

/// The cf with its release, where something depends on it.
async fn released(
    cf: CfProgram,
    request: &PushRequest,
    environment: &Environment,
    announcer: Announcer<'_>,
    signals: &mut Signals,
) -> Result<CfProgram, Error> {
    if cf.path.is_none() || !plan::needs_release(request, environment) {
        return Ok(cf);
    }
    let release = cf::release(&cf, environment, signals).await?;
    match release {
        Some(release) => announcer.detail(&format!("cf is release {release}")),
        None => announcer.warn(&format!(
            "`{}` does not say a release; the flags are not checked against it",
            cf.line(&["version"])
        )),
    }
    Ok(CfProgram { release, ..cf })
}

/// Has something done meanwhile; the answer comes when it is.
fn beside(work: impl FnOnce() + Send + 'static) -> oneshot::Receiver<()> {
    let (tell, told) = oneshot::channel();
    let work = move || {
        work();
        // Whoever does not wait any more does not need to be told.
        let _ = tell.send(());
    };
    // Where no thread is to be had, it is not done, and the answer is that.
    let _ = std::thread::Builder::new().name("beside".into()).spawn(work);
    told
}
