//! The region of an image that nobody said: the one registry that holds it.

use std::time::Instant;

use super::Who;
use super::elsewhere::{self, Location, Sought};
use super::refusal::{self, AskedImage};
use super::registry::{Caller, RegistryProblem};
use crate::error::{Error, ErrorKind};
use crate::http::{Authorities, Client, Tls};
use crate::reference::ImageReference;
use crate::request::Advice;
use crate::verdict::{Name, Verdict, sort};

/// Finds the registry that holds the image: the same reference, with each host of the table.
///
/// # Errors
/// None holds it, several do, the key is refused, or nobody could be asked.
pub(crate) async fn discover(
    candidates: &[ImageReference],
    deadline: Instant,
    who: Who<'_>,
    advice: &Advice,
    authorities: &Authorities,
) -> Result<ImageReference, Error> {
    let client = Client::new(authorities, Tls::Verify, deadline);
    let caller = Caller::new(&client, who);
    among(candidates, Sought::Image, advice, &caller).await
}

/// The same, by a caller that goes on asking, for an image or for its repository.
///
/// # Errors
/// As above.
pub(super) async fn among(
    candidates: &[ImageReference],
    sought: Sought,
    advice: &Advice,
    caller: &Caller<'_>,
) -> Result<ImageReference, Error> {
    let found = elsewhere::look_for(sought, caller, candidates).await;
    let image = candidates.first().map(image_of).unwrap_or_default();
    let advice = &advice.about(&image);
    match found.at.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(nowhere(&found, candidates, advice, caller).await),
        several => Err(ambiguous(several, advice)),
    }
}

fn ambiguous(several: &[ImageReference], advice: &Advice) -> Error {
    let names: Vec<String> = several.iter().map(ToString::to_string).collect();
    let error =
        Error::new(ErrorKind::Region, "several registries hold the image").seen(names.join(", "));
    several.iter().fold(error, |error, one| {
        let line = advice.with("--region", one.registry().region);
        error.hint(format!("to take {}: {line}", one.host()))
    })
}

async fn nowhere(
    found: &Location,
    candidates: &[ImageReference],
    advice: &Advice,
    caller: &Caller<'_>,
) -> Error {
    let Some(first) = candidates.first() else {
        return Error::new(ErrorKind::Internal, "no registry to search");
    };
    let image = image_of(first);
    // One that takes no key says nothing about the key where others do.
    let hostile = matches!(found.refused, Some(RegistryProblem::HostileRealm { .. }));
    if let Some(problem) = found.refused.as_ref().filter(|_| hostile || found.not_at.is_empty()) {
        let subject = AskedImage {
            image: &image,
            namespace: first.namespace(),
            region: first.registry().region,
            advice,
        };
        let mut verdicts = refusal::verdicts(problem, subject, caller).await;
        caller.mask(&mut verdicts).await;
        sort(&mut verdicts);
        if let Some(verdict) = verdicts.first() {
            return verdict.to_error();
        }
    }
    let unknown: Vec<String> =
        found.unknown.iter().map(|(host, reason)| format!("{host} ({reason})")).collect();
    if found.not_at.is_empty() {
        return Verdict::new(
            Name::RegistryUnreachable,
            "no registry can be asked where the image is",
        )
        .seen(grouped(&found.unknown))
        .hint(format!(
            "say where it is; then a registry that cannot be reached from here is no hindrance: {}",
            advice.with("--region", "us-south")
        ))
        .to_error();
    }
    let verdict = Verdict::new(
        Name::RepositoryMissing,
        format!("no registry holds `{image}`, or lets the key see it"),
    )
    .seen(format!("asked: {}", found.not_at.join(", ")));
    let verdict = if unknown.is_empty() {
        verdict
    } else {
        verdict.seen(format!("could not be asked: {}", unknown.join(", ")))
    };
    verdict
        .hint(
            "check namespace, repository and tag: `ibmcloud cr image-list` lists those of a region",
        )
        .hint(format!(
            "if you know the region, say it, to learn more exactly what is missing: {}",
            advice.with("--region", "us-south")
        ))
        .to_error()
}

/// One line where all failed for the same reason.
fn grouped(unknown: &[(&'static str, String)]) -> String {
    match unknown {
        [(_, reason), rest @ ..] if rest.iter().all(|(_, other)| other == reason) => {
            format!("all {} registries: {reason}", unknown.len())
        }
        _ => unknown
            .iter()
            .map(|(host, why)| format!("{host}: {why}"))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// The reference without its host.
fn image_of(reference: &ImageReference) -> String {
    let full = reference.to_string();
    full.split_once('/').map_or(full.clone(), |(_, rest)| rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Advice, ambiguous, grouped, image_of};
    use crate::error::ErrorKind;
    use crate::reference::{Defaults, ImageReference};

    fn reference(text: &str) -> ImageReference {
        ImageReference::parse(text, &Defaults::default()).unwrap()
    }

    #[test]
    fn one_reason_for_all_is_said_once() {
        let row = |host, reason: &str| (host, reason.to_owned());
        assert_eq!(grouped(&[row("us.icr.io", "no answer")]), "all 1 registries: no answer");
        let same = [row("us.icr.io", "no answer"), row("de.icr.io", "no answer")];
        assert_eq!(grouped(&same), "all 2 registries: no answer");
        let other = [row("us.icr.io", "no answer"), row("de.icr.io", "refused")];
        assert_eq!(grouped(&other), "us.icr.io: no answer, de.icr.io: refused");
        assert_eq!(grouped(&[]), "");
    }

    #[test]
    fn several_registries_are_each_offered() {
        let several = [reference("us.icr.io/acme/web:1"), reference("icr.io/acme/web:1")];
        let error = ambiguous(&several, &Advice::default());
        assert_eq!(error.kind(), ErrorKind::Region);
        let text = error.to_string();
        for part in
            ["us.icr.io/acme/web:1, icr.io/acme/web:1", "`--region us-south`", "`--region global`"]
        {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn an_image_is_named_without_the_registry_it_was_looked_for_in() {
        assert_eq!(image_of(&reference("us.icr.io/acme/a/web:1")), "acme/a/web:1");
    }
}
