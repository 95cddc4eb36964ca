//! One image, from its name to what Cloud Foundry would run: token, manifest or index, the
//! platform's manifest, its configuration. Each step needs the one before; what goes wrong ends
//! the steps behind it, not the other checks.

use serde::Serialize;

use super::documents::{
    self, ImageConfig, ImageDocument, ImageManifest, IndexEntry, digest_of, is_digest,
};
use super::fitness;
use super::quote::{masked, repeats, said};
use super::refusal::{self, About, AskedImage};
use super::registry::{Caller, RegistryProblem, Repository};
use crate::http::Failure;
use crate::image_platform::Platform;
use crate::reference::ImageReference;
use crate::request::{Checks, Pin};
use crate::verdict::{Name, Verdict, Weight};

mod absent;
mod walk;

pub(super) use absent::no_repository;

/// What was found behind a reference.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Image {
    /// The reference that was looked at.
    pub(crate) reference: String,
    /// The tag, where one was given.
    pub(crate) tag: Option<String>,
    /// Digest of the index, where the reference names one.
    pub(crate) index_digest: Option<String>,
    /// Digest of the platform's manifest.
    pub(crate) digest: Option<String>,
    /// The platform that was looked for.
    pub(crate) platform: Option<Platform>,
    /// Every platform of the index.
    pub(crate) platforms: Vec<Platform>,
    /// Layers and configuration as they are kept, in bytes.
    pub(crate) size_bytes: Option<u64>,
    /// How many layers there are.
    pub(crate) layers: Option<usize>,
    /// When it was built, as its builder wrote it; some write 1970 for all of them.
    pub(crate) created: Option<String>,
    /// `host/namespace/repository@sha256:…` of the platform's manifest.
    pub(crate) pinned: Option<String>,
}

impl Image {
    /// Whether the registry has shown nothing of it.
    pub(crate) fn is_unknown(&self) -> bool {
        self.digest.is_none() && self.index_digest.is_none()
    }
}

/// The image and what is to be said of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct ImageAnswer {
    pub(crate) image: Image,
    pub(crate) verdicts: Vec<Verdict>,
}

/// What is looked at, and by whom.
struct Look<'a> {
    caller: &'a Caller<'a>,
    reference: &'a ImageReference,
    /// In full.
    name: String,
    checks: &'a Checks,
    others: Others,
}

/// Looks at an image as far as its configuration.
pub(super) async fn check(
    caller: &Caller<'_>,
    reference: &ImageReference,
    checks: &Checks,
    others: Others,
) -> ImageAnswer {
    let look = Look::new(caller, reference, checks, others);
    look.opened(async |repository, looked| {
        let ((), moved) =
            tokio::join!(look.documents(repository, looked), look.tag_moved(repository));
        looked.verdicts.extend(moved);
    })
    .await
}

/// Finds the digest that stands for a reference and a platform: with a token, one request.
pub(super) async fn pin(
    caller: &Caller<'_>,
    reference: &ImageReference,
    checks: &Checks,
) -> ImageAnswer {
    let look = Look::new(caller, reference, checks, Others::LeftAlone);
    look.opened(async |repository, looked| {
        look.first(repository, looked).await;
    })
    .await
}

/// Whether an image that was pushed is still there, and where its tag leads by now.
pub(super) async fn still_there(
    caller: &Caller<'_>,
    reference: &ImageReference,
    checks: &Checks,
) -> ImageAnswer {
    let look = Look::new(caller, reference, checks, Others::LeftAlone);
    look.opened(async |repository, looked| {
        let (_, moved) = tokio::join!(look.first(repository, looked), look.tag_moved(repository));
        looked.verdicts.extend(moved);
    })
    .await
}

/// What the first answer led to.
enum First {
    /// The manifest of the image.
    Manifest(Box<ImageManifest>),
    /// An entry of the index.
    Entry(IndexEntry),
    /// Nothing to go on with.
    Nothing,
}

/// What a document is of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// What the reference names.
    Given,
    /// What the index behind it names.
    OfIndex,
}

/// Whether other registries are asked for an image that is not there. For one push they are; for
/// a list of a thousand references that would be a storm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    Asked,
    LeftAlone,
}

impl<'a> Look<'a> {
    fn new(
        caller: &'a Caller<'a>,
        reference: &'a ImageReference,
        checks: &'a Checks,
        others: Others,
    ) -> Self {
        Self { caller, reference, name: reference.to_string(), checks, others }
    }
}

impl Look<'_> {
    /// Opens the repository and has it asked; what stands against that is said of the image.
    async fn opened(
        &self,
        ask: impl AsyncFnOnce(&Repository<'_>, &mut ImageAnswer),
    ) -> ImageAnswer {
        let mut looked = ImageAnswer { image: self.blank(), verdicts: Vec::new() };
        match self.caller.open(self.reference.host(), self.reference.path()).await {
            Ok(repository) => ask(&repository, &mut looked).await,
            Err(problem) => looked.verdicts = self.not_there(&problem, None).await,
        }
        looked
    }

    fn blank(&self) -> Image {
        Image {
            reference: self.name.clone(),
            tag: self.reference.tag().map(str::to_owned),
            platform: Some(self.checks.platform.clone()),
            ..Image::default()
        }
    }

    fn subject(&self) -> AskedImage<'_> {
        AskedImage {
            image: &self.name,
            namespace: self.reference.namespace(),
            region: self.reference.registry().region,
            advice: &self.checks.advice,
        }
    }

    fn found(&self, looked: &mut ImageAnswer, digest: &str) {
        looked.image.pinned = Some(self.reference.at_digest(digest).to_string());
        looked.image.digest = Some(digest.to_owned());
    }

    /// From the reference to the configuration.
    async fn documents(&self, repository: &Repository<'_>, looked: &mut ImageAnswer) {
        let mut is_index = false;
        let manifest = match self.first(repository, looked).await {
            First::Nothing => return,
            First::Manifest(manifest) => *manifest,
            First::Entry(entry) => {
                is_index = true;
                match self.of_index(repository, &entry).await {
                    Ok(manifest) => manifest,
                    Err(verdicts) => {
                        // What cannot be had is not what is pushed.
                        if verdicts.iter().any(|one| one.weight == Weight::Definitive) {
                            (looked.image.pinned, looked.image.digest) = (None, None);
                        }
                        return looked.verdicts.extend(verdicts);
                    }
                }
            }
        };
        let tag = self.reference.digest().is_none().then(|| self.reference.wanted());
        looked.image.layers = Some(manifest.layers.len());
        let sizes = manifest.layers.iter().map(|layer| layer.size);
        looked.image.size_bytes = Some(sizes.fold(manifest.config.size, u64::saturating_add));
        let of_manifest = fitness::of_manifest(&self.name, &manifest);
        let is_image = of_manifest.iter().all(|verdict| verdict.name != Name::NotAnImage);
        looked.verdicts.extend(of_manifest);
        if !is_image {
            return;
        }
        looked.verdicts.extend(fitness::of_push(&self.name, is_index, tag, self.checks));
        looked.verdicts.extend(fitness::disk(&self.name, &manifest, self.checks));
        match self.config(repository, &manifest).await {
            Ok(config) => {
                let of_config = fitness::of_config(&self.name, &config, self.checks);
                looked.verdicts.extend(of_config);
                looked.image.created = config.created.map(|created| self.said(&created));
            }
            Err(verdicts) => looked.verdicts.extend(verdicts),
        }
    }

    /// The platform's manifest.
    async fn of_index(
        &self,
        repository: &Repository<'_>,
        entry: &IndexEntry,
    ) -> Result<ImageManifest, Vec<Verdict>> {
        match self.document(repository, &entry.descriptor.digest, Part::OfIndex).await?.1 {
            ImageDocument::Manifest(manifest) => Ok(manifest),
            other @ (ImageDocument::Schema1
            | ImageDocument::Artifact(_)
            | ImageDocument::Index(_)) => Err(vec![self.no_image(&other)]),
        }
    }

    /// Gets a document and holds its digest against its bytes.
    async fn document(
        &self,
        repository: &Repository<'_>,
        wanted: &str,
        part: Part,
    ) -> Result<(String, ImageDocument), Vec<Verdict>> {
        let answer = match repository.manifest(wanted).await {
            Ok(answer) => answer,
            Err(problem) if part == Part::OfIndex => {
                return Err(self.entry_not_there(&problem, wanted).await);
            }
            Err(problem) => return Err(self.not_there(&problem, Some(repository)).await),
        };
        let document = documents::read(&answer.body).map_err(|what| {
            vec![self.nonsense(&format!(
                "it answered with `{}`: {what}",
                self.said(answer.media_type())
            ))]
        })?;
        let digest = digest_of(&answer.body);
        // The digest of a signed schema 1 is that of a part of it; it is refused anyway.
        if document == ImageDocument::Schema1 {
            return Ok((digest, document));
        }
        let named = answer.header("docker-content-digest");
        let promised = if is_digest(wanted) { Some(wanted) } else { named };
        match promised {
            Some(promised) if promised != digest => Err(vec![self.mismatch(promised, &digest)]),
            Some(_) | None => Ok((digest, document)),
        }
    }

    /// The configuration.
    async fn config(
        &self,
        repository: &Repository<'_>,
        manifest: &ImageManifest,
    ) -> Result<ImageConfig, Vec<Verdict>> {
        let wanted = &manifest.config.digest;
        if !is_digest(wanted) {
            return Err(vec![self.nonsense("the digest of the configuration is no sha256")]);
        }
        let answer = match repository.blob(wanted).await {
            Ok(answer) => answer,
            Err(problem) => return Err(self.no_blob(&problem).await),
        };
        let digest = digest_of(&answer.body);
        if digest != *wanted {
            return Err(vec![self.mismatch(wanted, &digest)]);
        }
        documents::config(&answer.body)
            .map_err(|what| vec![self.nonsense(&format!("its configuration is {what}"))])
    }

    async fn no_blob(&self, problem: &RegistryProblem) -> Vec<Verdict> {
        let mut verdicts = refusal::verdicts(problem, self.subject(), self.caller).await;
        for verdict in &mut verdicts {
            // The platform reads blobs from its own network.
            if let RegistryProblem::Failed { host, .. } = problem
                && host != self.reference.host()
            {
                verdict.seen.push(format!(
                    "`{host}` is where the registry keeps what it sends; the key was not sent there"
                ));
            }
        }
        verdicts
    }

    /// Whether a tag beside a digest has gone elsewhere.
    async fn tag_moved(&self, repository: &Repository<'_>) -> Option<Verdict> {
        let (tag, digest) = (self.reference.tag()?, self.reference.digest()?);
        let answer = repository.manifest(tag).await;
        let now = match &answer {
            // The image of a platform has moved only where the index has another.
            Ok(answer) if holds(&answer.body, digest) => return None,
            Ok(answer) => Some(digest_of(&answer.body)),
            Err(RegistryProblem::Refused(refusal)) if refusal.about() == About::Missing => None,
            Err(_) => return None,
        };
        let gone = match now {
            Some(now) => format!("the tag names {now} now"),
            None => "the tag is gone".to_owned(),
        };
        Some(
            Verdict::new(
                Name::TagMoved,
                format!("the tag `{tag}` no longer names the image that the digest names"),
            )
            .seen(gone)
            .hint("the digest is pushed; name the tag alone to push what it names now"),
        )
    }

    fn said(&self, text: &str) -> String {
        said(text, self.caller.key())
    }

    /// Platforms without the key, should that stand there.
    fn without_key(&self, platforms: Vec<Platform>) -> Vec<Platform> {
        // Looked for in all of them at once: there may be very many.
        let all: Vec<String> = platforms.iter().map(ToString::to_string).collect();
        if !repeats(&all.join(" "), self.caller.key()) {
            return platforms;
        }
        let masked = |text: &str| masked(text, self.caller.key());
        let without = |one: &Platform| {
            let variant = one.variant.as_deref().map(masked);
            Platform { os: masked(&one.os), architecture: masked(&one.architecture), variant }
        };
        platforms.iter().map(without).collect()
    }

    fn mismatch(&self, promised: &str, got: &str) -> Verdict {
        Verdict::new(Name::DigestMismatch, format!("what came for `{}` is not what its digest says", self.name))
            .seen(format!("promised {}, got {got}", self.said(promised)))
            .seen("Cloud Foundry checks digests too, and would refuse it")
            .hint("something between here and the registry changes what is sent, or the registry is broken: look at the proxy, then push the image anew")
    }

    fn nonsense(&self, what: &str) -> Verdict {
        let host = self.reference.host();
        Failure::Nonsense(what.to_owned()).verdict(
            Name::RegistryUnreachable,
            host,
            &format!("`{}`", self.name),
        )
    }
}

/// Whether bytes are the document of a digest, or an index that names it.
pub(super) fn holds(bytes: &[u8], digest: &str) -> bool {
    let named = |entries: &[IndexEntry]| entries.iter().any(|one| one.descriptor.digest == digest);
    let is_entry = match documents::read(bytes) {
        Ok(ImageDocument::Index(entries)) => named(&entries),
        Ok(ImageDocument::Manifest(_) | ImageDocument::Schema1 | ImageDocument::Artifact(_))
        | Err(_) => false,
    };
    is_entry || digest_of(bytes) == digest
}

fn schema1(name: &str) -> Verdict {
    Verdict::new(Name::Schema1, format!("`{name}` is kept in a form that ended in 2016 (schema 1)"))
        .seen("neither ICR takes it nor Cloud Foundry runs it any more")
        .hint("push it again with a current docker or podman")
}

/// The reference that is handed to cf.
pub(crate) fn pushed(image: &Image, checks: &Checks) -> Option<String> {
    match checks.pin {
        Pin::Digest => image.pinned.clone(),
        Pin::AsGiven => None,
    }
}
