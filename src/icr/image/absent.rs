//! An image that is not there: which part of its name is at fault, and whether another registry
//! has it.

use super::{Look, Others};
use crate::icr::elsewhere;
use crate::icr::near;
use crate::icr::quote::repeats;
use crate::icr::refusal::{self, About};
use crate::icr::registry::{RegistryProblem, RegistryRefusal, Repository, Resource};
use crate::reference::{HostName, ImageReference};
use crate::region::REGISTRIES;
use crate::verdict::{Name, Verdict};

impl Look<'_> {
    /// Why there is nothing, and whether it is elsewhere.
    pub(super) async fn not_there(
        &self,
        problem: &RegistryProblem,
        repository: Option<&Repository<'_>>,
    ) -> Vec<Verdict> {
        let RegistryProblem::Refused(refusal) = problem else {
            return refusal::verdicts(problem, self.subject(), self.caller).await;
        };
        let (found, verdict) = match refusal.about() {
            About::Missing if refusal.asked == Resource::Manifest => {
                tokio::join!(self.elsewhere(), self.missing(refusal, repository))
            }
            About::Access => {
                let (found, mut verdicts) = tokio::join!(
                    self.elsewhere(),
                    refusal::verdicts(problem, self.subject(), self.caller)
                );
                let Some(verdict) = verdicts.pop() else { return verdicts };
                (found, verdict)
            }
            About::Pair
            | About::Token
            | About::PrivateOnly
            | About::Quota
            | About::Address
            | About::Missing
            | About::Other => {
                return refusal::verdicts(problem, self.subject(), self.caller).await;
            }
        };
        let verdict = self.wrong_region(&found, &verdict).unwrap_or(verdict);
        refusal::weighed(vec![verdict], self.caller)
    }

    /// Why an image that an index names is not there. Other registries have nothing to do with it.
    pub(super) async fn entry_not_there(
        &self,
        problem: &RegistryProblem,
        digest: &str,
    ) -> Vec<Verdict> {
        let line = match problem {
            RegistryProblem::Refused(refusal) if refusal.about() == About::Missing => {
                refusal.line(self.caller.key())
            }
            RegistryProblem::Refused(_)
            | RegistryProblem::Failed { .. }
            | RegistryProblem::HostileRealm { .. } => {
                return refusal::verdicts(problem, self.subject(), self.caller).await;
            }
        };
        let (host, path) = (self.reference.host(), self.reference.path());
        let platform = &self.checks.platform;
        let message = format!("`{}` names an image for {platform} that is gone", self.name);
        vec![
            Verdict::new(Name::DigestMissing, message)
                .seen(line)
                .seen("an index does not keep its images: a retention policy may have deleted this one")
                .hint(format!("within 30 days: `ibmcloud cr region-set {}`, then `ibmcloud cr image-restore {host}/{path}@{digest}`", self.reference.registry().region))
                .hint("or build and push the image again"),
        ]
    }

    /// Repository, tag or digest: which of them is missing.
    async fn missing(
        &self,
        refusal: &RegistryRefusal,
        repository: Option<&Repository<'_>>,
    ) -> Verdict {
        let line = refusal.line(self.caller.key());
        let name = &self.name;
        let (host, path) = (self.reference.host(), self.reference.path());
        let tags = match repository {
            Some(repository) => repository.tags().await.map(|tags| tags.all.as_slice()),
            None => Ok(&[][..]),
        };
        if let Err(RegistryProblem::Refused(refusal)) = &tags
            && refusal.about() == About::Missing
        {
            return no_repository(self.reference, line);
        }
        if self.reference.digest().is_some() {
            return Verdict::new(Name::DigestMissing, format!("image `{name}` does not exist"))
                .seen(line)
                .seen("it was never there, or was deleted; ICR keeps deleted images for 30 days")
                .hint(format!("`ibmcloud cr region-set {}`, then `ibmcloud cr trash-list` lists them, and `ibmcloud cr image-restore {host}/{path}@{}` brings this one back", self.reference.registry().region, self.reference.wanted()));
        }
        let wanted = self.reference.wanted();
        let near::Near { alike, others, more } = near::nearest(wanted, tags.unwrap_or_default());
        let (near, others) = (self.shown(alike), self.shown(others));
        let names = |tags: &[String]| format!("`{}`", tags.join("`, `"));
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        let line = match (near.as_slice(), others.as_slice()) {
            ([], []) => line,
            ([], others) => format!("{line}; there is: {}{rest}", names(others)),
            (near, []) if more > 0 => {
                format!("{line}; tags near it: {}; there are {more} more", names(near))
            }
            (near, []) => format!("{line}; tags near it: {}", names(near)),
            (near, others) => {
                format!("{line}; tags near it: {}; also {}{rest}", names(near), names(others))
            }
        };
        let verdict =
            Verdict::new(Name::TagMissing, format!("image `{name}` does not exist")).seen(line);
        let untagged = self.reference.tag().is_none();
        let verdict =
            if untagged { verdict.seen("without a tag `latest` is meant") } else { verdict };
        let all = format!("`icr-cf resolve --tags {host}/{path}` lists what is there");
        let verdict = match near.first().or(others.first().filter(|_| untagged)) {
            Some(tag) if untagged => verdict.hint(format!("name a tag: `{host}/{path}:{tag}`")),
            Some(tag) => verdict.hint(format!("did you mean `{host}/{path}:{tag}`?")),
            None => return verdict.hint(all),
        };
        if more > 0 { verdict.hint(all) } else { verdict }
    }

    /// Tags that can be shown: whole, so that they can be typed.
    fn shown(&self, tags: Vec<String>) -> Vec<String> {
        tags.into_iter().filter(|tag| !repeats(tag, self.caller.key())).collect()
    }

    /// Asks all other registries; not for a name that other registries do not have.
    async fn elsewhere(&self) -> elsewhere::Location {
        let here = self.reference.registry();
        let is_private = self.reference.host_name() == HostName::Private;
        if is_private || self.others == Others::LeftAlone {
            return elsewhere::Location::default();
        }
        let others: Vec<ImageReference> = REGISTRIES
            .iter()
            .filter(|other| *other != here)
            .map(|other| self.reference.at_registry(other))
            .collect();
        elsewhere::look(self.caller, &others).await
    }

    fn wrong_region(&self, found: &elsewhere::Location, instead: &Verdict) -> Option<Verdict> {
        let first = found.at.first()?;
        // Who is refused does not learn whether it is there.
        let is_refused = instead.name == Name::NoAccess;
        let here = if is_refused { "is refused there" } else { "is not there" };
        let mut verdict = Verdict::new(
            Name::WrongRegion,
            format!("image `{}` {here}; it exists in {}", self.name, first.host()),
        );
        verdict.seen.clone_from(&instead.seen);
        let region = first.registry().region;
        verdict = verdict.hint(format!(
            "write `{first}`, or `--region {region}` where the reference names no registry"
        ));
        if is_refused {
            // Should it be meant to come from here all the same.
            verdict.hints.extend(instead.hints.first().cloned());
        }
        if found.at.len() > 1 {
            let also: Vec<&str> = found.at.iter().skip(1).map(ImageReference::host).collect();
            verdict = verdict.seen(format!("it also exists in {}", also.join(", ")));
        }
        Some(verdict)
    }
}

/// The verdict on a repository of which the registry has no tags.
pub(in crate::icr) fn no_repository(reference: &ImageReference, line: String) -> Verdict {
    let (host, path, namespace) = (reference.host(), reference.path(), reference.namespace());
    let region = reference.registry().region;
    Verdict::new(Name::RepositoryMissing, format!("repository `{host}/{path}` does not exist"))
        .seen(line)
        .hint(format!("`ibmcloud cr region-set {region}`, then `ibmcloud cr image-list --restrict {namespace}` lists what is there"))
}
