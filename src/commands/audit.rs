//! `icr-cf audit`: what runs where, and whether it could be pulled again.

use std::time::{Duration, Instant};

use super::day_two::{self, Tools, asking};
use crate::cli::AuditArgs;
use crate::deployed::{self, Extent, Keys};
use crate::environment::Environment;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::icr;
use crate::process::Signals;
use crate::report;
use crate::request::{self, AuditRequest, FailOn};
use crate::verdict::{self, Verdict};

/// How long a platform with thousands of apps may take for its lists, where the checks have less.
const LISTS: Duration = Duration::from_secs(5 * 60);

/// Looks at the apps.
///
/// # Errors
/// The apps cannot be listed; no key.
pub(crate) fn run(args: AuditArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let request = request::audit(args, environment)?;
    day_two::with_tools(&request.looking, environment, async |tools, signals| {
        go(&request, tools, signals).await
    })
}

async fn go(
    request: &AuditRequest,
    tools: &Tools<'_>,
    signals: &mut Signals,
) -> Result<ExitCode, Error> {
    let looking = &request.looking;
    let begun = Instant::now();
    let session = tools.session(LISTS, signals).await?;
    let scope = &looking.scope;
    let inventory = deployed::without_packages(&session, scope);
    let mut inventory = asking(LISTS, signals, inventory).await??;
    let images = inventory.apps.iter().filter_map(deployed::Deployed::reference);
    let keys = Keys::find(looking, images, tools.environment, signals).await?;
    keys.hide_in(&mut inventory.apps);
    for key in keys.all() {
        tools.announcer.notices(&key.notices);
    }
    let count = inventory.apps.len();
    let policy = request.vulnerabilities.as_ref();
    let scanning = policy.map(|policy| icr::scan_limit(policy, looking.checks.limit, count));
    let limit = icr::limit(&looking.checks, count) + scanning.unwrap_or_default();
    let deadline = Instant::now() + limit;
    let (apps, not_asked) = (&mut inventory.apps, &mut inventory.not_asked);
    let listed = apps.clone();
    let wanted = (looking, Extent::All(policy));
    let work = async {
        tokio::join!(
            deployed::packages(&session, &listed),
            deployed::pull_failures(&session, &listed),
            deployed::instances_up(&session, &listed),
            deployed::active(&session, &listed),
            deployed::audit(apps, &keys, wanted, &tools.authorities, deadline),
        )
    };
    let (packages, failures, up, under_way, mut audit) =
        asking(limit.max(LISTS), signals, Box::pin(work)).await?;
    packages.tell(Some(&keys), apps, not_asked);
    failures.tell(&session, &keys, apps, not_asked);
    up.tell(apps, not_asked);
    match under_way {
        Ok(active) => active.tell(apps),
        Err(error) => not_asked.push(format!("deployments that go on: {}", error.message())),
    }
    let unfit = deployed::unfit(apps, &keys, looking, &tools.authorities, deadline);
    audit.requests += asking(limit.max(LISTS), signals, unfit).await?;
    for app in apps.iter_mut() {
        app.findings.extend(deployed::standing(app));
    }
    for app in apps.iter_mut() {
        verdict::sort(&mut app.findings);
    }
    audit.requests += session.controller().requests();
    inventory.not_asked.append(&mut audit.not_asked);
    let all = inventory.apps.iter().flat_map(|app| &app.findings).chain(&audit.findings);
    let deciding = deployed::deciding(all, |verdict| is_meant(verdict, &request.fail_on));
    let code = deciding.map_or(ExitCode::Success, code_of);
    report::audit(&inventory, &audit, (code, begun.elapsed()), looking, tools.environment)?;
    Ok(code)
}

fn is_meant(verdict: &Verdict, fail_on: &[FailOn]) -> bool {
    fail_on.iter().any(|one| match one {
        FailOn::Name(name) => *name == verdict.name,
        FailOn::Weight(weight) => *weight == verdict.weight,
    })
}

/// The exit code of a finding that was said to fail: of advice that of what is unfit.
fn code_of(verdict: &Verdict) -> ExitCode {
    match verdict.exit_code() {
        ExitCode::Success => ExitCode::Data,
        code => code,
    }
}
