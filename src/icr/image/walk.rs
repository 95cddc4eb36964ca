//! From a reference to the manifest for the platform, through an index, and one within that.

use super::{First, ImageAnswer, Look, Part, schema1};
use crate::icr::documents::{ImageDocument, IndexEntry, choose, is_digest};
use crate::icr::fitness;
use crate::icr::registry::Repository;
use crate::verdict::Verdict;

impl Look<'_> {
    /// From the reference to the digest, through an index, and one within that.
    pub(super) async fn first(
        &self,
        repository: &Repository<'_>,
        looked: &mut ImageAnswer,
    ) -> First {
        let mut part = Part::Given;
        let mut wanted = self.reference.wanted().to_owned();
        loop {
            let (digest, document) = match self.document(repository, &wanted, part).await {
                Ok(found) => found,
                Err(verdicts) => {
                    looked.verdicts.extend(verdicts);
                    return First::Nothing;
                }
            };
            let entries = match document {
                ImageDocument::Index(entries) => entries,
                ImageDocument::Manifest(manifest) => {
                    self.found(looked, &digest);
                    return First::Manifest(Box::new(manifest));
                }
                ImageDocument::Schema1 | ImageDocument::Artifact(_) => {
                    looked.verdicts.push(self.no_image(&document));
                    return First::Nothing;
                }
            };
            if part == Part::Given {
                looked.image.index_digest = Some(digest);
            }
            match self.entry(&entries, looked) {
                Some(entry) if entry.is_index() && part == Part::Given => {
                    part = Part::OfIndex;
                    wanted = entry.descriptor.digest;
                }
                Some(entry) => {
                    self.found(looked, &entry.descriptor.digest);
                    return First::Entry(entry);
                }
                None => return First::Nothing,
            }
        }
    }

    /// The entry of an index for the platform.
    fn entry(&self, entries: &[IndexEntry], looked: &mut ImageAnswer) -> Option<IndexEntry> {
        let platforms = entries.iter().filter_map(|entry| entry.platform.clone());
        looked.image.platforms = self.without_key(platforms.collect());
        match choose(entries, &self.checks.platform) {
            Some(entry) if is_digest(&entry.descriptor.digest) => Some(entry.clone()),
            Some(entry) => {
                let digest = self.said(&entry.descriptor.digest);
                let what = format!("an entry of the index has the digest `{digest}`");
                looked.verdicts.push(self.nonsense(&what));
                None
            }
            None => {
                let has = &looked.image.platforms;
                let missing = fitness::platform_missing(&self.name, has, self.checks);
                looked.verdicts.extend(missing);
                None
            }
        }
    }

    pub(super) fn no_image(&self, document: &ImageDocument) -> Verdict {
        match document {
            ImageDocument::Artifact(kind) => fitness::artifact(&self.name, &self.said(kind)),
            ImageDocument::Index(_) => self.nonsense("an entry of the index is an index itself"),
            ImageDocument::Schema1 | ImageDocument::Manifest(_) => schema1(&self.name),
        }
    }
}
