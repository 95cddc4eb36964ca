//! What `audit`, `rotate` and `rollback` begin with: cf, the certificates, the platform.

use std::time::{Duration, Instant};

use crate::capi::Needed;
use crate::cf_program::{self, CfProgram};
use crate::deployed::{Session, Terms};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::exit_code::ExitCode;
use crate::http::{self, Authorities};
use crate::process::{self, Signals, Stopped, within};
use crate::report::Announcer;
use crate::request::{Looking, PlaceScope};

/// How long questions may go on when their time is up, before they are left alone.
const LAST: Duration = Duration::from_secs(5);

/// What a command of day two works with.
pub(super) struct Tools<'a> {
    pub(super) looking: &'a Looking,
    pub(super) environment: &'a Environment,
    pub(super) announcer: Announcer<'a>,
    pub(super) authorities: Authorities,
    pub(super) cf: CfProgram,
}

/// Runs a command with its tools.
///
/// # Errors
/// What the command fails with; no cf, no certificates.
pub(super) fn with_tools(
    looking: &Looking,
    environment: &Environment,
    work: impl AsyncFnOnce(&Tools<'_>, &mut Signals) -> Result<ExitCode, Error>,
) -> Result<ExitCode, Error> {
    let environment = environment.knowing_secrets(&looking.secret_variables);
    let cf = cf_program::locate(looking.cf.as_ref(), &environment)?;
    let work = async {
        let mut signals =
            Signals::listen().map_err(|error| Error::internal("no signals", &error))?;
        let limit = looking.checks.limit;
        let lent = http::lend(limit, &environment, &mut signals).await?;
        let environment = lent.as_ref().map_or(&environment, |lent| &lent.environment);
        let announcer = Announcer::new(looking.voice, environment);
        for line in &looking.left_out {
            announcer.warn(line);
        }
        let ca_file = looking.checks.ca_file.as_deref();
        let authorities = http::authorities(ca_file, limit, environment, &mut signals).await?;
        for note in &authorities.notes {
            announcer.warn(note);
        }
        let tools = Tools { looking, environment, announcer, authorities, cf };
        work(&tools, &mut signals).await
    };
    process::in_runtime(work).map_err(|error| Error::internal("no runtime", &error))?
}

impl Tools<'_> {
    /// Opens a session that lasts so long.
    pub(super) async fn session(
        &self,
        limit: Duration,
        signals: &mut Signals,
    ) -> Result<Session<'_>, Error> {
        let needed = match self.looking.scope.place {
            PlaceScope::Targeted => Needed::Space,
            PlaceScope::Space { .. } | PlaceScope::Org(_) | PlaceScope::All => Needed::Platform,
        };
        let terms = Terms {
            cf: &self.cf,
            environment: self.environment,
            authorities: &self.authorities,
            needed,
            deadline: Instant::now() + limit,
        };
        Session::open(terms, self.announcer.later(), signals).await
    }

    /// Says which processes do not roll.
    pub(super) fn warn_of_workers(&self, workers: &[impl AsRef<str>]) {
        let workers: Vec<&str> = workers.iter().map(AsRef::as_ref).collect();
        self.announcer.warn(&format!(
            "only web processes roll; the platform stops and starts these at the end: {}",
            workers.join(", ")
        ));
    }
}

/// Waits for questions, which keep to a bound of their own, and for a signal.
pub(super) async fn asking<T>(
    limit: Duration,
    signals: &mut Signals,
    work: impl Future<Output = T>,
) -> Result<T, Error> {
    within(limit + LAST, signals, work).await.map_err(|stopped| match stopped {
        Stopped::By(signal) => {
            Error::new(ErrorKind::Interrupted(signal.code()), "interrupted while asking")
        }
        Stopped::TimedOut => Error::new(ErrorKind::TimedOut, "the questions did not end in time")
            .hint("give them more time: `--check-timeout 5m`"),
    })
}
