//! Where the secrets of a push come from, for `--explain-key`: the table, always, and nobody is asked.

use super::secrets::{Wanted, Whose, for_all, wanted};
use crate::credentials::{self, Explained, Looked};
use crate::environment::Environment;
use crate::process::Signals;
use crate::report::Explanation;
use crate::request::PushRequest;

/// Looks for every secret as a push does.
pub(crate) async fn explain(
    request: &PushRequest,
    environment: &Environment,
    signals: &mut Signals,
) -> Explanation {
    let all = wanted(request);
    let first = for_all(request, &all);
    let (mut rows, mut others) = (Vec::new(), Vec::new());
    let (mut key, mut found, mut failure, mut is_lacking) = (None, Vec::new(), None, false);
    for (at, one) in all.iter().enumerate() {
        let explained = look(one, environment, signals).await;
        is_lacking |= explained.found.is_none();
        failure = failure.or(explained.failure);
        if Some(at) == first {
            (rows, key) = (explained.looked_at, explained.found);
            continue;
        }
        let apps = one.apps.iter().filter_map(|at| request.apps.get(*at));
        let names: Vec<&str> = apps.map(|app| app.name.as_deref().unwrap_or("the app")).collect();
        others.push(match &explained.found {
            Some(found) => Looked::used(&found.source, &names),
            None => Looked::missing(&one.choice.name(), &names),
        });
        found.extend(explained.found);
    }
    rows.append(&mut others);
    let found = key.or(found.into_iter().next());
    Explanation { looked_at: rows, found, failure, is_lacking }
}

async fn look(one: &Wanted<'_>, environment: &Environment, signals: &mut Signals) -> Explained {
    match &one.whose {
        Whose::Key { username, hosts } => {
            credentials::explain(one.choice, username, hosts, environment, signals).await
        }
        Whose::Password { host } => {
            let read = credentials::password(one.choice, host, environment, signals).await;
            let (found, failure) = match read {
                Ok(found) => (Some(found), None),
                Err(error) => (None, Some(error)),
            };
            Explained { found, looked_at: Vec::new(), failure }
        }
    }
}
