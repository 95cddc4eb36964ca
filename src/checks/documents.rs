//! Indexes, manifests and configurations of images: what of them a check looks at, read from bytes
//! that anybody may have written. Media types and fields: OCI image specification 1.1; Docker
//! image manifest V2, schema 2.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ring::digest::{SHA256, digest};
use serde::Deserialize;

use crate::error::printable;
use crate::platform::Platform;

/// What lies behind a tag or digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Document {
    /// Images for several platforms.
    Index(Vec<Entry>),
    /// One image, or something else that is kept in the form of one.
    Manifest(Manifest),
    /// The form before 2016.
    Schema1,
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
pub(super) struct Entry {
    pub(super) descriptor: Descriptor,
    /// `None` where the index does not say.
    pub(super) platform: Option<Platform>,
}

/// A manifest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Manifest {
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
pub(super) struct Config {
    pub(super) platform: Option<Platform>,
    pub(super) has_command: bool,
    /// As `8080/tcp`.
    pub(super) ports: Vec<String>,
    pub(super) user: String,
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
    manifests: Option<serde::de::IgnoredAny>,
    config: Option<serde::de::IgnoredAny>,
    #[serde(rename = "fsLayers")]
    fs_layers: Option<serde::de::IgnoredAny>,
}

/// Marks the entry of an attestation, as buildx writes it.
const REFERENCE_TYPE: &str = "vnd.docker.reference.type";

/// Reads what a registry gave. The content says what it is; a `Content-Type` may be wrong.
pub(super) fn read(bytes: &[u8]) -> Result<Document, String> {
    let wrong = |error: &serde_json::Error| {
        format!("not a manifest, at line {}, column {}", error.line(), error.column())
    };
    let outline: Outline = serde_json::from_slice(bytes).map_err(|error| wrong(&error))?;
    let media_type = outline.media_type.unwrap_or_default();
    if outline.schema_version == Some(1)
        || outline.fs_layers.is_some()
        || media_type.starts_with("application/vnd.docker.distribution.manifest.v1")
    {
        return Ok(Document::Schema1);
    }
    if outline.manifests.is_some() && outline.config.is_none() {
        let index: RawIndex = serde_json::from_slice(bytes).map_err(|error| wrong(&error))?;
        return Ok(Document::Index(index.manifests.into_iter().filter_map(entry).collect()));
    }
    let manifest: Manifest = serde_json::from_slice(bytes).map_err(|error| wrong(&error))?;
    Ok(Document::Manifest(manifest))
}

/// An entry that is an image; attestations are none.
fn entry(raw: RawEntry) -> Option<Entry> {
    let annotation = raw.annotations.as_ref().and_then(|all| all.get(REFERENCE_TYPE));
    if annotation.is_some_and(|kind| kind == "attestation-manifest") {
        return None;
    }
    let platform = raw.platform.and_then(RawPlatform::read);
    if platform.as_ref().is_some_and(Platform::is_unknown) {
        return None;
    }
    let descriptor = Descriptor { media_type: raw.media_type, digest: raw.digest, size: raw.size };
    Some(Entry { descriptor, platform })
}

/// The entry for a platform. One that does not say its platform serves where it is alone; its
/// configuration is looked at later.
pub(super) fn choose<'a>(entries: &'a [Entry], wanted: &Platform) -> Option<&'a Entry> {
    let fit = |entry: &&'a Entry| entry.platform.as_ref().and_then(|own| own.fit(wanted));
    let best = entries.iter().filter(|entry| fit(entry).is_some()).min_by_key(fit);
    match entries {
        [alone] if alone.platform.is_none() => Some(alone),
        _ => best,
    }
}

#[derive(Deserialize)]
struct RawConfig {
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
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
        let all = BTreeMap::<String, serde_json::Value>::deserialize(deserializer)?;
        Ok(Self(all.into_keys().collect()))
    }
}

/// A list of words; old builders wrote one text.
struct Words(bool);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let is_there = value.as_array().is_some_and(|words| !words.is_empty())
            || value.as_str().is_some_and(|text| !text.is_empty());
        Ok(Self(is_there))
    }
}

/// Reads a configuration.
pub(super) fn config(bytes: &[u8]) -> Result<Config, String> {
    let raw: RawConfig = serde_json::from_slice(bytes).map_err(|error| {
        format!("not a configuration, at line {}, column {}", error.line(), error.column())
    })?;
    let run = raw.config;
    let platform = RawPlatform { os: raw.os, architecture: raw.architecture, variant: raw.variant };
    let says = |words: &Option<Words>| words.as_ref().is_some_and(|words| words.0);
    Ok(Config {
        platform: platform.read(),
        has_command: run.as_ref().is_some_and(|run| says(&run.entrypoint) || says(&run.command)),
        ports: run
            .as_ref()
            .and_then(|run| run.ports.as_ref())
            .map(|ports| ports.0.clone())
            .unwrap_or_default(),
        user: run.and_then(|run| run.user).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests;
