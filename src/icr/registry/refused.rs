//! What an answer that is no success means: the registry's own no, or words of somebody else.

use serde::Deserialize;

use super::{RegistryProblem, RegistryRefusal, RegistryWords, Resource, challenges};
use crate::http::Answer;
use crate::http::Failure;

/// The errors of the distribution API.
#[derive(Deserialize)]
struct Errors {
    errors: Vec<OneError>,
}

#[derive(Deserialize)]
struct OneError {
    code: Option<String>,
    message: Option<String>,
}

pub(super) fn refused(answer: &Answer, host: &str, asked: Resource) -> RegistryProblem {
    let status = answer.status.as_u16();
    let errors = serde_json::from_slice::<Errors>(&answer.body).ok();
    let is_page = answer.media_type().eq_ignore_ascii_case("text/html");
    let is_registrys = errors.is_some()
        || answer.body.is_empty() && !is_page
        || challenges(answer).next().is_some()
        || answer.header("docker-distribution-api-version").is_some();
    // Other words are of a proxy, a portal or a mesh in between, which knows nothing of keys and
    // images. Whether it is so about a key, of which ICR refuses some without a word, IAM says; and
    // where there are no tokens, the challenge does.
    let is_asked_on = match (asked, status) {
        (Resource::Token, 400 | 401) => true,
        (Resource::Token, 404 | 405) => !is_page,
        (Resource::Token | Resource::Manifest | Resource::Blob | Resource::Tags, _) => false,
    };
    if !is_registrys && !is_asked_on {
        let words = if is_page { "with a page for people" } else { "in other words" };
        let what = format!("it answered {status} {words}, as no registry does");
        return RegistryProblem::Failed { host: host.to_owned(), failure: Failure::Nonsense(what) };
    }
    let first = errors.and_then(|errors| errors.errors.into_iter().next());
    let (code, message) = first.map(|one| (one.code, one.message)).unwrap_or_default();
    RegistryProblem::Refused(RegistryRefusal {
        words: if is_registrys { RegistryWords::Registrys } else { RegistryWords::Others },
        host: host.to_owned(),
        asked,
        status,
        code: code.unwrap_or_default(),
        message: challenges(answer).find_map(|one| one.error).or(message).unwrap_or_default(),
    })
}
