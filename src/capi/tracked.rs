//! What icr-cf notes on an app, as annotations under one prefix: which tag was pushed, what it meant,
//! when; and by its id, never itself, which key an app got last. What stands there may be old: it
//! counts only beside the digest that runs.

use std::time::SystemTime;

use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::resources::Metadata;
use crate::jwt;

/// The prefix of all; with a dot, since Cloud Controller takes no other.
pub(crate) const PREFIX: &str = "icr-cf.tool";

const REFERENCE: &str = "reference";
const DIGEST: &str = "digest";
const PUSHED_AT: &str = "pushed-at";
const KEY_ID: &str = "key-id";
const KEY_DROPLET: &str = "key-droplet";
const TAGS: &str = "tags";

/// Most bytes of the tags; Cloud Controller takes 5,000 characters in an annotation.
const MOST_TAGS: usize = 4_500;

/// Whether a text may be the id of a key: anybody who may change an app can write anything there.
fn is_key_id(text: &str) -> bool {
    let rest = text.strip_prefix("ApiKey-").unwrap_or_default();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !rest.is_empty() && rest.len() <= 64 && rest.bytes().all(fits)
}

/// What is noted on an app.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tracked {
    /// The reference in full, with its tag.
    pub(crate) reference: Option<String>,
    /// The digest that was pushed.
    pub(crate) digest: Option<String>,
    /// When, as RFC 3339 has it.
    pub(crate) pushed_at: Option<String>,
    /// The id of the key that a rotation gave.
    pub(crate) key_id: Option<String>,
    /// The GUID of the droplet that got it.
    pub(crate) key_droplet: Option<String>,
    /// The digests that were pushed and the tags they had, a pair a line, the newest first.
    pub(crate) tags: Option<String>,
}

impl Tracked {
    /// What stands in the annotations of an app.
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let value = |name: &str| metadata.annotations.get(&format!("{PREFIX}/{name}")).cloned()?;
        Self {
            reference: value(REFERENCE),
            digest: value(DIGEST),
            pushed_at: value(PUSHED_AT),
            key_id: value(KEY_ID).filter(|id| is_key_id(id)),
            key_droplet: value(KEY_DROPLET),
            tags: value(TAGS),
        }
    }

    /// The reference with its tag by which a digest was pushed.
    pub(crate) fn reference_of(&self, digest: &str) -> Option<&str> {
        let newest = self.reference.as_deref().zip(self.digest.as_deref());
        let newest = newest.filter(|(_, known)| *known == digest).map(|(reference, _)| reference);
        let lines = self.tags.as_deref().unwrap_or_default().lines();
        let mut pairs = lines.filter_map(|line| line.split_once(' '));
        newest.or_else(|| pairs.find(|(known, _)| *known == digest).map(|(_, tag)| tag))
    }

    /// What to note behind a push; `self` is what was noted before.
    pub(crate) fn pushed(&self, reference: String, digest: String, now: SystemTime) -> Self {
        let first = format!("{digest} {reference}");
        let mut tags = first.clone();
        for line in self.tags.as_deref().unwrap_or_default().lines() {
            let is_known = line.starts_with(&digest);
            if is_known || tags.len() + line.len() >= MOST_TAGS {
                continue;
            }
            tags.push('\n');
            tags.push_str(line);
        }
        Self {
            reference: Some(reference),
            digest: Some(digest),
            pushed_at: Some(jwt::written(now)),
            tags: Some(tags),
            ..Self::default()
        }
    }

    /// The document that notes it; what is not said here stays as it is.
    pub(crate) fn document(&self) -> Zeroizing<String> {
        let all = [
            (REFERENCE, &self.reference),
            (DIGEST, &self.digest),
            (PUSHED_AT, &self.pushed_at),
            (KEY_ID, &self.key_id),
            (KEY_DROPLET, &self.key_droplet),
            (TAGS, &self.tags),
        ];
        let annotations: Map<String, Value> = all
            .into_iter()
            .filter_map(|(name, value)| Some((format!("{PREFIX}/{name}"), json!(value.as_ref()?))))
            .collect();
        Zeroizing::new(json!({"metadata": {"annotations": annotations}}).to_string())
    }

    /// Whether nothing is to be noted.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::Tracked;

    fn digest(number: usize) -> String {
        format!("sha256:{number:064x}")
    }

    #[test]
    fn the_tags_of_earlier_pushes_are_kept_as_long_as_there_is_room() {
        let mut noted = Tracked::default();
        for number in 0..100 {
            noted =
                noted.pushed(format!("us.icr.io/acme/web:{number}"), digest(number), UNIX_EPOCH);
        }
        assert_eq!(noted.reference_of(&digest(99)), Some("us.icr.io/acme/web:99"));
        assert_eq!(noted.reference_of(&digest(60)), Some("us.icr.io/acme/web:60"));
        assert_eq!(noted.reference_of(&digest(0)), None);
        assert!(noted.tags.as_deref().unwrap_or_default().len() < 5_000);
    }

    #[test]
    fn what_is_no_id_of_a_key_is_none() {
        let of = |id: &str| {
            let text = serde_json::json!({"annotations": {"icr-cf.tool/key-id": id}});
            Tracked::of(&serde_json::from_value(text).unwrap()).key_id
        };
        assert_eq!(of("ApiKey-5b0d1f0e-0000").as_deref(), Some("ApiKey-5b0d1f0e-0000"));
        for id in ["x; rm -rf ~", "ApiKey-", "ApiKey-$(id)", "ApiKey-a/../b", ""] {
            assert_eq!(of(id), None, "{id}");
        }
    }

    #[test]
    fn a_digest_that_is_pushed_again_has_its_newest_tag() {
        let noted = Tracked::default().pushed("us.icr.io/acme/web:1".into(), digest(1), UNIX_EPOCH);
        let noted = noted.pushed("us.icr.io/acme/web:2".into(), digest(2), UNIX_EPOCH);
        let noted = noted.pushed("us.icr.io/acme/web:stable".into(), digest(1), UNIX_EPOCH);
        assert_eq!(noted.reference_of(&digest(1)), Some("us.icr.io/acme/web:stable"));
        assert_eq!(noted.reference_of(&digest(2)), Some("us.icr.io/acme/web:2"));
        assert_eq!(noted.tags.as_deref().unwrap_or_default().lines().count(), 2);
    }
}
