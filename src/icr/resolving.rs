//! Many references at once, for `icr-cf resolve`: the digest of each, or the tags that are there.

use std::time::Instant;

use futures_util::StreamExt as _;
use futures_util::stream;

use super::discovery;
use super::elsewhere::Sought;
use super::image::{self, Image, ImageAnswer};
use super::refusal::{self, About, AskedImage};
use super::registry::{self, Caller, RegistryProblem};
use super::{AT_ONCE, Who};
use crate::error::Error;
use crate::http::{Authorities, Client, Tls};
use crate::reference::ImageReference;
use crate::request::{Advice, Checks, ImageTarget};
use crate::verdict::{self, Verdict};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// The digest for the platform.
    Digest,
    /// Every tag of the repository.
    Tags,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Resolving {
    /// The reference in full; `None` where no registry is the one that has it.
    pub(crate) reference: Option<ImageReference>,
    /// The image, where its digest was asked for.
    pub(crate) image: Option<Image>,
    /// The tags, where those were.
    pub(crate) tags: Option<Vec<String>>,
    /// Whether there are more tags than these.
    pub(crate) is_cut: bool,
    /// What is wrong, in the order to mend it.
    pub(crate) verdicts: Vec<Verdict>,
    /// Why no registry is the one that has it.
    lost: Option<Error>,
}

impl Resolving {
    /// Why there is no answer, where there is none.
    pub(crate) fn refusal(&self) -> Option<Error> {
        let pinned = self.image.as_ref().is_some_and(|image| image.pinned.is_some());
        let verdict = self.verdicts.first().filter(|_| !pinned && self.tags.is_none());
        self.lost.clone().or_else(|| verdict.map(Verdict::to_error))
    }

    fn with(verdicts: Vec<Verdict>) -> Self {
        Self { reference: None, image: None, tags: None, is_cut: false, verdicts, lost: None }
    }
}

/// Asks about references of one key; answers come in their order, as soon as they can. Where nobody
/// said a region, all registries are asked first.
pub(crate) async fn resolve(
    targets: &[&ImageTarget],
    question: Question,
    checks: &Checks,
    who: Who<'_>,
    authorities: &Authorities,
) -> Vec<Resolving> {
    let limit = super::limit(checks, targets.len());
    let client = Client::new(authorities, Tls::Verify, Instant::now() + limit);
    let caller = Caller::new(&client, who);
    let caller = &caller;
    stream::iter(targets)
        .map(|target| async move {
            let found = match target {
                ImageTarget::Known(reference) => Ok((**reference).clone()),
                ImageTarget::Search(candidates) => {
                    discovery::among(candidates, question.sought(), &checks.advice, caller).await
                }
            };
            let reference = match found {
                Ok(reference) => reference,
                Err(error) => {
                    return Resolving { lost: Some(error), ..Resolving::with(Vec::new()) };
                }
            };
            let mut answer = match question {
                Question::Digest => digest(caller, &reference, checks).await,
                Question::Tags => tags(caller, &reference, &checks.advice).await,
            };
            caller.mask(&mut answer.verdicts).await;
            verdict::sort(&mut answer.verdicts);
            Resolving { reference: Some(reference), ..answer }
        })
        .buffered(AT_ONCE)
        .collect()
        .await
}

impl Question {
    const fn sought(self) -> Sought {
        match self {
            Self::Digest => Sought::Image,
            Self::Tags => Sought::Repository,
        }
    }
}

async fn digest(caller: &Caller<'_>, reference: &ImageReference, checks: &Checks) -> Resolving {
    let ImageAnswer { image, verdicts } = image::pin(caller, reference, checks).await;
    Resolving { image: Some(image), ..Resolving::with(verdicts) }
}

async fn tags(caller: &Caller<'_>, reference: &ImageReference, advice: &Advice) -> Resolving {
    let repository = format!("{}/{}", reference.host(), reference.path());
    let result = match caller.open(reference.host(), reference.path()).await {
        Ok(open) => open.tags().await.cloned(),
        Err(problem) => Err(problem),
    };
    match result {
        Ok(registry::Tags { all, is_cut }) => {
            Resolving { tags: Some(all), is_cut, ..Resolving::with(Vec::new()) }
        }
        Err(RegistryProblem::Refused(refusal)) if refusal.about() == About::Missing => {
            let missing = image::no_repository(reference, refusal.line(caller.key()));
            Resolving::with(refusal::weighed(vec![missing], caller))
        }
        Err(problem) => {
            let (namespace, region) = (reference.namespace(), reference.registry().region);
            let subject = AskedImage { image: &repository, namespace, region, advice };
            Resolving::with(refusal::verdicts(&problem, subject, caller).await)
        }
    }
}
