//! Whether a registry will keep images that run: its retention policies, by its own dry run of them, and
//! its trash (IBM Cloud documentation, "Container Registry API"). The registry does not know what Cloud
//! Foundry runs, so what it deletes by policy is missed at the next start.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::access::{Access, NoAccess};
use super::quote::said;
use super::registry::Caller;
use super::{AT_ONCE, Ask, Callers, Depth, ImageAnswer, images};
use crate::http::{Answer, Failure};
use crate::reference::ImageReference;
use crate::verdict::{Name, Verdict};

/// Most bytes of an answer; a namespace may have many thousand images.
const MOST: usize = 32 * 1024 * 1024;

/// A policy, as it is set and as it is tried.
#[derive(Debug, Clone, Deserialize)]
struct Policy {
    namespace: String,
    /// -1 is all.
    images_per_repo: i64,
    #[serde(default)]
    retain_untagged: bool,
}

/// What lies in the trash.
#[derive(Debug, Clone, Deserialize)]
struct Trashed {
    #[serde(rename = "daysUntilExpiry", default)]
    days: Option<i64>,
}

/// An image that is kept, and the tags that lead to it.
#[derive(Debug, Deserialize)]
struct Kept {
    id: String,
    /// In words: `Docker Manifest List`, `OCI Image Index v1`, and others for images.
    #[serde(rename = "manifestType", default)]
    kind: String,
    #[serde(rename = "repoTags", default)]
    tags: BTreeMap<String, Value>,
}

/// What a registry says of a namespace.
#[derive(Debug, Default)]
struct Space {
    policy: Option<Policy>,
    /// `repository@digest` that the policy would delete at its next run.
    doomed: BTreeSet<String>,
    /// The same that no tag leads to: no tag of its own, and no index with a tag in its repository.
    untagged: BTreeSet<String>,
    /// What was deleted, and for how many days it can come back.
    trash: BTreeMap<String, Option<i64>>,
}

/// A namespace to be asked about, by whom.
struct Question<'a> {
    caller: &'a Caller<'a>,
    access: Arc<OnceCell<Result<Access, NoAccess>>>,
    host: &'a str,
    /// The public name of the registry, by which it calls its images.
    registry: &'static str,
    namespace: &'a str,
    repositories: BTreeSet<String>,
}

/// Looks at every image as far as its manifest and, side by side, at what becomes of it; in words what
/// could not be asked.
pub(crate) async fn kept_images(
    asks: &[Ask<'_>],
    callers: &Callers<'_>,
) -> (Vec<ImageAnswer>, Vec<String>) {
    let (questions, of) = questions(asks, callers);
    let all = stream::iter(&questions).map(Question::ask).buffered(AT_ONCE).collect();
    let (mut answers, mut asked): (_, Vec<(Space, Vec<String>)>) =
        tokio::join!(images(asks, callers, Depth::Manifest), all);
    let missing: BTreeSet<usize> = of
        .iter()
        .zip(&answers)
        .filter_map(|(place, answer)| place.filter(|_| is_missing(answer)))
        .collect();
    let lacking = questions.iter().zip(&mut asked).enumerate();
    let lacking = lacking.filter(|(place, _)| missing.contains(place));
    let trashes = stream::iter(lacking)
        .map(|(_, (question, found))| async move { (found, question.trash().await) })
        .buffered(AT_ONCE);
    for ((space, unasked), trash) in trashes.collect::<Vec<_>>().await {
        match trash {
            Ok(trash) => space.trash = trash,
            Err(why) => unasked.extend(why),
        }
    }
    for ((ask, answer), place) in asks.iter().zip(answers.iter_mut()).zip(&of) {
        if let Some((space, _)) = place.and_then(|place| asked.get(place)) {
            space.add(ask.reference, answer);
        }
    }
    (answers, asked.into_iter().flat_map(|(_, unasked)| unasked).collect())
}

/// A question for each namespace and whoever asks, and which of them each image belongs to. Each key
/// gets one token of IAM for each registry, so that none goes to two.
fn questions<'a>(
    asks: &[Ask<'a>],
    callers: &'a Callers<'a>,
) -> (Vec<Question<'a>>, Vec<Option<usize>>) {
    let mut questions: Vec<Question<'a>> = Vec::new();
    let mut accesses = BTreeMap::new();
    let mut of: Vec<Option<usize>> = Vec::with_capacity(asks.len());
    for (at, ask) in asks.iter().enumerate() {
        let Some(caller) = callers.caller(at).filter(|caller| caller.key().is_some()) else {
            of.push(None);
            continue;
        };
        let by = (callers.of.get(at).copied().unwrap_or_default(), ask.reference.host());
        let access = accesses.entry(by).or_insert_with(|| Arc::new(OnceCell::new()));
        let namespace = ask.reference.namespace();
        let is_same =
            |one: &Question<'_>| Arc::ptr_eq(&one.access, access) && one.namespace == namespace;
        let place = questions.iter().position(is_same).unwrap_or_else(|| {
            questions.push(Question {
                caller,
                access: Arc::clone(access),
                host: ask.reference.host(),
                registry: ask.reference.registry().host,
                namespace,
                repositories: BTreeSet::new(),
            });
            questions.len() - 1
        });
        if let Some(question) = questions.get_mut(place) {
            question.repositories.insert(repository(ask.reference));
        }
        of.push(Some(place));
    }
    (questions, of)
}

fn repository(reference: &ImageReference) -> String {
    format!("{}/{}", reference.registry().host, reference.path())
}

fn is_missing(answer: &ImageAnswer) -> bool {
    let names = [Name::DigestMissing, Name::TagMissing, Name::RepositoryMissing];
    answer.verdicts.iter().any(|verdict| names.contains(&verdict.name))
}

impl Question<'_> {
    /// Asks for the policy and for what has no tag.
    async fn ask(&self) -> (Space, Vec<String>) {
        let mut space = Space::default();
        let access = match self.access().await {
            Ok(access) => access,
            Err(why) => {
                let called = self.called();
                return (space, vec![format!("retention in {called}: {}", why.reason())]);
            }
        };
        let mut unasked = Vec::new();
        let (policy, untagged) = tokio::join!(self.policy(access), self.untagged(access));
        match policy {
            Ok((policy, doomed)) => (space.policy, space.doomed) = (Some(policy), doomed),
            Err(why) => unasked.push(format!("the retention policy of {}: {why}", self.called())),
        }
        match untagged {
            Ok(found) => space.untagged = found,
            Err(why) => unasked.push(format!("images without a tag in {}: {why}", self.called())),
        }
        (space, unasked)
    }

    async fn access(&self) -> Result<&Access, &NoAccess> {
        self.access.get_or_init(|| Access::of(self.caller)).await.as_ref()
    }

    /// The namespace, for people.
    fn called(&self) -> String {
        format!("{}/{}", self.registry, self.namespace)
    }

    /// The policy, and what it would delete.
    async fn policy(&self, access: &Access) -> Result<(Policy, BTreeSet<String>), String> {
        let name = utf8_percent_encode(self.namespace, NON_ALPHANUMERIC);
        let path = format!("/api/v1/retentions/{name}");
        let policy: Policy = self.read(access.get(self.caller, self.host, &path, MOST).await)?;
        if policy.images_per_repo < 0 {
            return Ok((policy, BTreeSet::new()));
        }
        let body = json!({
            "namespace": policy.namespace,
            "images_per_repo": policy.images_per_repo,
            "retain_untagged": policy.retain_untagged,
        })
        .to_string();
        let path = "/api/v1/retentions/analyze";
        let tried = access.post(self.caller, (self.host, path), body, MOST).await;
        let found: BTreeMap<String, Vec<String>> = self.read(tried)?;
        let doomed = found
            .into_iter()
            .flat_map(|(name, all)| all.into_iter().map(move |one| format!("{name}@{one}")))
            .collect();
        Ok((policy, doomed))
    }

    /// What no tag leads to. Which images an index lists is not told; so where one has a tag, nothing is
    /// said of its repository.
    async fn untagged(&self, access: &Access) -> Result<BTreeSet<String>, String> {
        let body = json!({
            "exclude_tagged": false,
            "exclude_va": true,
            "include_ibm": false,
            "repositories": self.repositories,
        });
        let path = "/api/v1/images/digests";
        let answer = access.post(self.caller, (self.host, path), body.to_string(), MOST).await;
        let all: Vec<Kept> = self.read(answer)?;
        let is_empty = |tags: &Value| tags.as_object().is_none_or(serde_json::Map::is_empty);
        let is_index = |one: &Kept| {
            let kind = one.kind.to_ascii_lowercase();
            kind.contains("list") || kind.contains("index")
        };
        let (mut with_index, mut without) = (BTreeSet::new(), Vec::new());
        for one in &all {
            for (name, tags) in &one.tags {
                if is_empty(tags) {
                    without.push((name.as_str(), one.id.as_str()));
                } else if is_index(one) {
                    with_index.insert(name.as_str());
                }
            }
        }
        let alone = without.into_iter().filter(|(name, _)| !with_index.contains(name));
        Ok(alone.map(|(name, digest)| format!("{name}@{digest}")).collect())
    }

    /// What was deleted; where it cannot be asked, why, unless that is said already.
    async fn trash(&self) -> Result<BTreeMap<String, Option<i64>>, Option<String>> {
        let access = self.access().await.map_err(|_| None)?;
        let name = utf8_percent_encode(self.namespace, NON_ALPHANUMERIC);
        let path = format!("/api/v1/trash?namespace={name}");
        let answer = access.get(self.caller, self.host, &path, MOST).await;
        let all: BTreeMap<String, Trashed> = self
            .read(answer)
            .map_err(|why| Some(format!("the trash of {}: {why}", self.called())))?;
        Ok(all.into_iter().map(|(name, one)| (name, one.days)).collect())
    }

    fn read<T: serde::de::DeserializeOwned>(
        &self,
        answer: Result<Answer, Failure>,
    ) -> Result<T, String> {
        let answer = answer.map_err(|failure| failure.reason())?;
        if !answer.status.is_success() {
            return Err(format!("{} answered {}", self.host, answer.status.as_u16()));
        }
        serde_json::from_slice(&answer.body).map_err(|_| {
            let kind = said(answer.media_type(), self.caller.key());
            format!("{} answered something else (`{kind}`)", self.host)
        })
    }
}

impl Space {
    /// Adds what is to be said of an image.
    fn add(&self, reference: &ImageReference, answer: &mut ImageAnswer) {
        let digest = reference.digest().or(answer.image.digest.as_deref());
        let Some(full) = digest.map(|digest| format!("{}@{digest}", repository(reference))) else {
            return;
        };
        if let Some(days) = self.trash.get(&full) {
            return in_trash(*days, answer);
        }
        if self.doomed.contains(&full) {
            answer.verdicts.push(self.doomed(&full));
            return;
        }
        // The image of a platform has no tag of its own; its index has, as long as that has not moved.
        let is_led_to = reference.tag().is_some()
            && answer.verdicts.iter().all(|verdict| verdict.name != Name::TagMoved);
        if self.untagged.contains(&full) && !is_led_to {
            answer.verdicts.push(without_tag(&full));
        }
    }

    fn doomed(&self, full: &str) -> Verdict {
        let verdict =
            Verdict::new(Name::Retention, "the retention policy would delete it at its next run");
        let verdict = match &self.policy {
            Some(policy) => verdict.seen(format!(
                "the policy of `{}` keeps {} images of a repository{}",
                policy.namespace,
                policy.images_per_repo,
                if policy.retain_untagged { ", and those without a tag" } else { "" }
            )),
            None => verdict,
        };
        verdict.seen(format!("the registry's own dry run names {full}")).hint(keep(full))
    }
}

/// What lies in the trash can come back.
fn in_trash(days: Option<i64>, answer: &mut ImageAnswer) {
    let missing = answer.verdicts.iter_mut().find(|verdict| verdict.name == Name::DigestMissing);
    let Some(verdict) = missing else { return };
    let left = days.map(|days| format!(" for {days} days more")).unwrap_or_default();
    verdict.seen.push(format!("it lies in the trash{left}"));
}

fn without_tag(full: &str) -> Verdict {
    Verdict::new(Name::Retention, "no tag leads to it, so that cleaning up may delete it")
        .seen(format!("{full} has no tag"))
        .hint(keep(full))
}

/// How an image is kept, whatever its other tags do.
fn keep(full: &str) -> String {
    let name = full.split('@').next().unwrap_or_default();
    format!("give it a tag that stays: `ibmcloud cr image-tag {full} {name}:running`")
}
