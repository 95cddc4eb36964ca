//! `icr-cf exec`: the key, or a token of it, for one program that is named.

use std::sync::Arc;
use std::time::Instant;

use super::day_two::asking;
use crate::cli::ExecArgs;
use crate::credentials::{self, KeyQuery};
use crate::environment::Environment;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::handover::{self, By, Handover, Manner};
use crate::http;
use crate::icr;
use crate::process::{self, Signals};
use crate::report;
use crate::request::{self, ExecRequest, Handed, Printed, Username};

/// Runs the program.
///
/// # Errors
/// No key, no token, or a program that is not there or cannot be run.
pub(crate) fn run(args: ExecArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let request = request::exec(args, environment)?;
    process::in_runtime(go(request, environment))
        .map_err(|error| Error::internal("no runtime", &error))?
}

async fn go(mut request: ExecRequest, environment: &Environment) -> Result<ExitCode, Error> {
    let arguments = std::mem::take(&mut request.arguments);
    let program = handover::find(&request.program, arguments, environment)?;
    let mut signals = Signals::listen().map_err(|error| Error::internal("no signals", &error))?;
    let signals = &mut signals;
    let query = KeyQuery::of(&request.username, &request.hosts, environment);
    let found = credentials::find(&request.choice, &query, signals).await;
    let found = found.map_err(|error| error.without_hint_of("--no-key"))?;
    for notice in &found.notices {
        report::show_notice(notice, environment);
    }
    let masked = request.printed == Printed::Masked;
    let manner = if masked { Manner::Masked } else { Manner::InPlace };
    let by = By::Variable(&request.variable);
    let user = request.username.as_str();
    let (secret, key) = (Arc::clone(&found.key), Arc::clone(&found.key));
    let of_key = Handover { by, secret, key, user, manner };
    if request.handed == Handed::Key || request.username == Username::Bearer {
        return handover::run(program, of_key, environment, signals).await;
    }
    let limit = request.checks.limit;
    let lent = http::lend(limit, environment, signals).await?;
    let environment = lent.as_ref().map_or(environment, |lent| &lent.environment);
    let ca_file = request.checks.ca_file.as_deref();
    let authorities = http::authorities(ca_file, limit, environment, signals).await?;
    for note in &authorities.notes {
        report::show_warning(note, environment);
    }
    let work = icr::access_token(&found.key, Instant::now() + limit, &authorities);
    let token = asking(limit, signals, work).await??;
    let manner = match manner {
        // The copies are there for as long as the program is.
        Manner::InPlace if lent.is_some() => Manner::Beside,
        manner => manner,
    };
    let user = Username::Bearer.as_str();
    let of_token = Handover { secret: Arc::new(token), user, manner, ..of_key };
    handover::run(program, of_token, environment, signals).await
}
