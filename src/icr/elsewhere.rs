//! The same image in other registries: where it is when nobody said a region, and whether it is
//! there when it is not where it was said to be. All registries are asked at once; one that is
//! dead holds nobody up for longer than the bound.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::refusal::About;
use super::registry::{Caller, RegistryProblem};
use crate::reference::ImageReference;

/// How long the search may take.
const LIMIT: Duration = Duration::from_secs(5);

/// What the registries said.
#[derive(Debug, Default)]
pub(super) struct Location {
    /// Those that hold the image.
    pub(super) at: Vec<ImageReference>,
    /// Hosts that answered and do not hold it, or do not let us see.
    pub(super) not_at: Vec<&'static str>,
    /// Hosts that could not be asked, each with the reason.
    pub(super) unknown: Vec<(&'static str, String)>,
    /// What the first registry said that lets this caller see nothing at all.
    pub(super) refused: Option<RegistryProblem>,
}

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sought {
    /// The image by its tag or digest.
    Image,
    /// Any image of the repository.
    Repository,
}

/// Asks for each reference whether it is there.
pub(super) async fn look(caller: &Caller<'_>, references: &[ImageReference]) -> Location {
    look_for(Sought::Image, caller, references).await
}

/// Asks for each reference whether it is there, or its repository.
pub(super) async fn look_for(
    sought: Sought,
    caller: &Caller<'_>,
    references: &[ImageReference],
) -> Location {
    let mut answers: FuturesUnordered<_> = references
        .iter()
        .map(|reference| async move {
            let answer = match sought {
                Sought::Image => ask(caller, reference).await,
                Sought::Repository => has_tags(caller, reference).await,
            };
            (reference, answer)
        })
        .collect();
    let mut found = Location::default();
    let mut asked: Vec<&'static str> = Vec::new();
    let end = tokio::time::Instant::now() + LIMIT;
    while let Ok(Some((reference, answer))) = tokio::time::timeout_at(end, answers.next()).await {
        let host = reference.host();
        asked.push(host);
        match answer {
            Ok(()) => found.at.push(reference.clone()),
            Err(RegistryProblem::Failed { failure, .. }) => {
                found.unknown.push((host, failure.reason()));
            }
            Err(problem) => match shut_out(&problem) {
                Some(why) => {
                    found.unknown.push((host, why.to_owned()));
                    let worse = matches!(problem, RegistryProblem::HostileRealm { .. });
                    if worse || found.refused.is_none() {
                        found.refused = Some(problem);
                    }
                }
                None => found.not_at.push(host),
            },
        }
    }
    for reference in references.iter().filter(|one| !asked.contains(&one.host())) {
        let reason = format!("no answer within {}", humantime::format_duration(LIMIT));
        found.unknown.push((reference.host(), reason));
    }
    // In the order of the table, whoever answered first.
    let place = |host: &str| references.iter().position(|one| one.host() == host);
    found.at.sort_by_key(|one| place(one.host()));
    found.not_at.sort_by_key(|host| place(host));
    found.unknown.sort_by_key(|(host, _)| place(host));
    found
}

/// Why a registry says nothing about any image, where it does not.
fn shut_out(problem: &RegistryProblem) -> Option<&'static str> {
    let refusal = match problem {
        RegistryProblem::Refused(refusal) => refusal,
        RegistryProblem::HostileRealm { .. } => {
            return Some("it wants the key sent to another host");
        }
        RegistryProblem::Failed { .. } => return None,
    };
    match refusal.about() {
        About::Pair | About::Token => Some("it does not take the key"),
        About::PrivateOnly => Some("the account admits the private network only"),
        About::Quota => Some("the account has used up its quota"),
        About::Address => Some("the account does not admit the address of this machine"),
        About::Other => Some("its answer makes no sense"),
        About::Access | About::Missing => None,
    }
}

/// Asks whether an image is there.
pub(super) async fn ask(
    caller: &Caller<'_>,
    reference: &ImageReference,
) -> Result<(), RegistryProblem> {
    let repository = caller.open(reference.host(), reference.path()).await?;
    repository.has(reference.wanted()).await
}

async fn has_tags(caller: &Caller<'_>, reference: &ImageReference) -> Result<(), RegistryProblem> {
    let repository = caller.open(reference.host(), reference.path()).await?;
    repository.tags().await.map(drop)
}
