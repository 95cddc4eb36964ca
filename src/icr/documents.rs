//! Indexes, manifests and configurations of images: what of them a check looks at, read from bytes
//! that anybody may have written. Media types and fields: OCI image specification 1.1; Docker
//! image manifest V2, schema 2.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use ring::digest::{SHA256, digest};
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::error::{JsonSpot, printable};
use crate::image_platform::Platform;

/// What lies behind a tag or digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ImageDocument {
    /// Images for several platforms.
    Index(Vec<IndexEntry>),
    /// One image, or something else that is kept in the form of one.
    Manifest(ImageManifest),
    /// The form before 2016.
    Schema1,
    /// Something that is kept beside images, in a form of its own, of this kind.
    Artifact(String),
}

/// A reference from one document to another.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Descriptor {
    #[serde(rename = "mediaType", default)]
    pub(super) media_type: String,
    pub(super) digest: String,
    #[serde(default)]
    pub(super) size: u64,
}

/// An image of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IndexEntry {
    pub(super) descriptor: Descriptor,
    /// `None` where the index does not say.
    pub(super) platform: Option<Platform>,
}

/// A manifest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct ImageManifest {
    pub(super) config: Descriptor,
    #[serde(default, deserialize_with = "list")]
    pub(super) layers: Vec<Descriptor>,
    #[serde(rename = "artifactType")]
    pub(super) artifact_type: Option<String>,
}

/// A list; tools in Go write an empty one as `null`.
fn list<'de, D: serde::Deserializer<'de>>(source: D) -> Result<Vec<Descriptor>, D::Error> {
    Option::deserialize(source).map(Option::unwrap_or_default)
}

/// A configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ImageConfig {
    pub(super) platform: Option<Platform>,
    pub(super) has_command: bool,
    /// As `8080/tcp`.
    pub(super) ports: Vec<String>,
    pub(super) user: String,
    /// When it was built, as its builder wrote it.
    pub(super) created: Option<String>,
}

/// `sha256:` and the digest of bytes.
pub(super) fn digest_of(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(71);
    text.push_str("sha256:");
    for byte in digest(&SHA256, bytes).as_ref() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Whether a text is a digest that Cloud Foundry takes, and safe in a URL.
pub(super) fn is_digest(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64 && hex.bytes().all(is_hex))
}

#[derive(Deserialize)]
struct RawPlatform {
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
}

impl RawPlatform {
    fn read(self) -> Option<Platform> {
        let architecture = self.architecture.filter(|text| !text.is_empty())?;
        let os = self.os.filter(|text| !text.is_empty()).unwrap_or_else(|| "linux".to_owned());
        // Shown on terminals, whatever somebody has written there.
        let variant = self.variant.as_deref().map(printable);
        Some(Platform::of(&printable(&os), &printable(&architecture), variant.as_deref()))
    }
}

#[derive(Deserialize)]
struct RawEntry {
    #[serde(rename = "mediaType", default)]
    media_type: String,
    digest: String,
    #[serde(default)]
    size: u64,
    platform: Option<RawPlatform>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct RawIndex {
    manifests: Vec<RawEntry>,
}

/// The fields that tell one kind of document from another.
#[derive(Deserialize)]
struct Outline {
    #[serde(rename = "schemaVersion")]
    schema_version: Option<u64>,
    #[serde(rename = "mediaType")]
    media_type: Option<String>,
    manifests: Option<IgnoredAny>,
    config: Option<IgnoredAny>,
    #[serde(rename = "fsLayers")]
    fs_layers: Option<IgnoredAny>,
    #[serde(rename = "artifactType")]
    artifact_type: Option<String>,
}

impl IndexEntry {
    /// Whether it is an index again.
    pub(super) fn is_index(&self) -> bool {
        let kind = self.descriptor.media_type.as_str();
        kind == "application/vnd.oci.image.index.v1+json"
            || kind == "application/vnd.docker.distribution.manifest.list.v2+json"
    }
}

/// Marks the entry of an attestation, as buildx writes it.
const REFERENCE_TYPE: &str = "vnd.docker.reference.type";

/// Reads what a registry gave. The content says what it is; a `Content-Type` may be wrong.
pub(super) fn read(bytes: &[u8]) -> Result<ImageDocument, String> {
    let wrong = |error: &serde_json::Error| format!("not a manifest, at {}", JsonSpot::from(error));
    let outline: Outline = serde_json::from_slice(bytes).map_err(|error| wrong(&error))?;
    let media_type = outline.media_type.unwrap_or_default();
    if outline.schema_version == Some(1)
        || outline.fs_layers.is_some()
        || media_type.starts_with("application/vnd.docker.distribution.manifest.v1")
    {
        return Ok(ImageDocument::Schema1);
    }
    if outline.manifests.is_some() && outline.config.is_none() {
        let index: RawIndex = serde_json::from_slice(bytes).map_err(|error| wrong(&error))?;
        return Ok(ImageDocument::Index(index.manifests.into_iter().filter_map(entry).collect()));
    }
    if let (None, Some(kind)) = (&outline.config, outline.artifact_type) {
        return Ok(ImageDocument::Artifact(kind));
    }
    let manifest: ImageManifest = serde_json::from_slice(bytes).map_err(|error| wrong(&error))?;
    Ok(ImageDocument::Manifest(manifest))
}

/// An entry that is an image; attestations are none.
fn entry(raw: RawEntry) -> Option<IndexEntry> {
    let annotation = raw.annotations.as_ref().and_then(|all| all.get(REFERENCE_TYPE));
    if annotation.is_some_and(|kind| kind == "attestation-manifest") {
        return None;
    }
    let platform = raw.platform.and_then(RawPlatform::read);
    if platform.as_ref().is_some_and(Platform::is_unknown) {
        return None;
    }
    let descriptor = Descriptor { media_type: raw.media_type, digest: raw.digest, size: raw.size };
    Some(IndexEntry { descriptor, platform })
}

/// The entry for a platform; where none says its platform, the first, whose configuration is looked
/// at later.
pub(super) fn choose<'a>(entries: &'a [IndexEntry], wanted: &Platform) -> Option<&'a IndexEntry> {
    let fit = |entry: &&'a IndexEntry| entry.platform.as_ref().and_then(|own| own.fit(wanted));
    let best = entries.iter().filter(|entry| fit(entry).is_some()).min_by_key(fit);
    let says_nothing = entries.iter().all(|entry| entry.platform.is_none());
    best.or_else(|| entries.first().filter(|_| says_nothing))
}

#[derive(Deserialize)]
struct RawConfig {
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
    created: Option<Value>,
    config: Option<RawRun>,
}

#[derive(Deserialize)]
struct RawRun {
    #[serde(rename = "Entrypoint", default)]
    entrypoint: Option<Words>,
    #[serde(rename = "Cmd", default)]
    command: Option<Words>,
    #[serde(rename = "ExposedPorts", default)]
    ports: Option<Ports>,
    #[serde(rename = "User", default)]
    user: Option<String>,
}

/// The keys of an object whose values are empty objects.
struct Ports(Vec<String>);

impl<'de> Deserialize<'de> for Ports {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Vec<String>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut keys = Vec::new();
                while let Some((key, IgnoredAny)) = map.next_entry::<String, _>()? {
                    keys.push(key);
                }
                keys.sort();
                keys.dedup();
                Ok(keys)
            }
        }
        deserializer.deserialize_map(Keys).map(Self)
    }
}

/// A list of words; old builders wrote one text.
struct Words(bool);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IsThere;
        impl<'de> Visitor<'de> for IsThere {
            type Value = bool;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of words")
            }

            fn visit_str<E>(self, text: &str) -> Result<bool, E> {
                Ok(!text.is_empty())
            }

            fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
                Ok(false)
            }

            fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
                Ok(false)
            }

            fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
                Ok(false)
            }

            fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
                Ok(false)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(false)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut words: A) -> Result<bool, A::Error> {
                let is_there = words.next_element::<IgnoredAny>()?.is_some();
                while words.next_element::<IgnoredAny>()?.is_some() {}
                Ok(is_there)
            }
        }
        deserializer.deserialize_any(IsThere).map(Self)
    }
}

/// Reads a configuration.
pub(super) fn config(bytes: &[u8]) -> Result<ImageConfig, String> {
    let raw: RawConfig = serde_json::from_slice(bytes)
        .map_err(|error| format!("not a configuration, at {}", JsonSpot::from(&error)))?;
    let run = raw.config;
    let platform = RawPlatform { os: raw.os, architecture: raw.architecture, variant: raw.variant };
    let says = |words: &Option<Words>| words.as_ref().is_some_and(|words| words.0);
    Ok(ImageConfig {
        platform: platform.read(),
        has_command: run.as_ref().is_some_and(|run| says(&run.entrypoint) || says(&run.command)),
        ports: run
            .as_ref()
            .and_then(|run| run.ports.as_ref())
            .map(|ports| ports.0.clone())
            .unwrap_or_default(),
        user: run.and_then(|run| run.user).unwrap_or_default(),
        // Nothing hangs on it, so that what is no text does no harm.
        created: raw.created.as_ref().and_then(Value::as_str).map(printable),
    })
}

#[cfg(test)]
mod tests;
