//! Images that everybody may pull: asked for without user and key. Decides nothing about the push.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream;

use super::registry::{Caller, RegistryProblem};
use super::{AT_ONCE, Who, elsewhere};
use crate::http::{Authorities, Client, Tls};
use crate::reference::ImageReference;

/// Longest time for one of them; after it the key is used.
const LIMIT: Duration = Duration::from_secs(5);

/// Asks for each image whether it is shown to everybody; in words why not.
pub(crate) async fn shown(
    references: &[&ImageReference],
    deadline: Instant,
    authorities: &Authorities,
) -> Vec<Result<(), String>> {
    let client = Client::new(authorities, Tls::Verify, deadline);
    let caller = Caller::new(&client, Who::Anybody);
    let caller = &caller;
    stream::iter(references)
        .map(|reference| async move {
            let asked = tokio::time::timeout(LIMIT, elsewhere::ask(caller, reference)).await;
            asked.map_or_else(|_| Err(unanswered(reference)), |answer| answer.map_err(why))
        })
        .buffered(AT_ONCE)
        .collect()
        .await
}

fn unanswered(reference: &ImageReference) -> String {
    let limit = humantime::format_duration(LIMIT);
    format!("{}: no answer within {limit}", reference.host())
}

fn why(problem: RegistryProblem) -> String {
    match problem {
        RegistryProblem::Refused(refusal) => refusal.line(None),
        RegistryProblem::Failed { host, failure } => format!("{host}: {}", failure.reason()),
        RegistryProblem::HostileRealm { host, .. } => {
            format!("an answer in the name of {host} wants a login sent to another host")
        }
    }
}
