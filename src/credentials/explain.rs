//! Looks where a key would come from, for `--explain-key`: says what is there, asks nobody, and has
//! a table also where nothing is found or a source fails.

use super::{KeyProblem, KeyQuery, Prompting, SourceRow, SourcedKey, looking, source_table};
use crate::environment::Environment;
use crate::error::Error;
use crate::process::Signals;
use crate::request::{KeyChoice, Username};

/// What was found of a key, and where it was looked for.
pub(crate) struct Explained {
    /// The key, where there is one.
    pub(crate) found: Option<SourcedKey>,
    /// Every source in its order, and what became of it.
    pub(crate) looked_at: Vec<SourceRow>,
    /// Why the source that was given has none.
    pub(crate) failure: Option<Error>,
}

/// What the source that was given says where it has no key.
const FAILED: &str = "failed";

/// Looks for the key of a registry user as a push does, but asks nobody.
pub(crate) async fn explain(
    choice: &KeyChoice,
    username: &Username,
    registry_hosts: &[&str],
    environment: &Environment,
    signals: &mut Signals,
) -> Explained {
    let usual = KeyQuery::of(username, registry_hosts, environment);
    let wanted = KeyQuery { asking: Prompting::Nobody, ..usual };
    let mut looked_at = Vec::new();
    let (found, problem) = match looking(choice, &wanted, &mut looked_at, signals).await {
        Ok(mut found) => {
            looked_at.append(&mut found.looked_at);
            (Some(found), None)
        }
        Err(KeyProblem::NoKey(_)) => (None, None),
        Err(problem) => (None, Some(problem)),
    };
    if problem.is_some() {
        let used = looked_at.iter_mut().filter(|row| row.result == SourceRow::USED);
        used.for_each(|row| FAILED.clone_into(&mut row.result));
    }
    if found.is_none() && *choice != KeyChoice::Search {
        looked_at.extend(source_table::rest(environment));
    }
    Explained { found, looked_at, failure: problem.map(KeyProblem::into_error) }
}
