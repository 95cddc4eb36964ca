//! From a reference to the manifest for the platform, through an index, and one within that.

use super::{First, Look, Looked, Part, schema1};
use crate::icr::documents::{Document, Entry, choose, is_digest};
use crate::icr::fitness;
use crate::icr::registry::Repository;
use crate::verdict::Verdict;

impl Look<'_> {
    /// From the reference to the digest, through an index, and one within that.
    pub(super) async fn first(&self, repository: &Repository<'_>, looked: &mut Looked) -> First {
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
                Document::Index(entries) => entries,
                Document::Manifest(manifest) => {
                    self.found(looked, &digest);
                    return First::Manifest(Box::new(manifest));
                }
                Document::Schema1 | Document::Artifact(_) => {
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
    fn entry(&self, entries: &[Entry], looked: &mut Looked) -> Option<Entry> {
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

    pub(super) fn no_image(&self, document: &Document) -> Verdict {
        match document {
            Document::Artifact(kind) => fitness::artifact(&self.name, &self.said(kind)),
            Document::Index(_) => self.nonsense("an entry of the index is an index itself"),
            Document::Schema1 | Document::Manifest(_) => schema1(&self.name),
        }
    }
}
