//! What must hold for whatever a registry sends: its challenge, its documents. No part of the
//! product.

use std::time::Duration;

use serde_json::Value;

use super::challenge::{self, own_realm};
use super::documents::{
    self, ImageDocument, ImageManifest, IndexEntry, choose, digest_of, is_digest,
};
use super::fitness;
use crate::image_platform::Platform;
use crate::reference::{Defaults, ImageReference};
use crate::region::REGISTRIES;
use crate::request::{Advice, Checks, Disk, Pin, Quota, Route, Start, StartCommand};
use crate::verdict::{Strictness, Verdict};

const IMAGE: &str = "us.icr.io/acme/web";

/// A challenge, and a realm.
///
/// # Panics
/// A key could be sent to where no registry of ICR is, or text in quotes is read as more than that.
#[must_use]
pub fn challenge(data: &[u8]) -> Option<()> {
    let text = std::str::from_utf8(data).ok()?;
    let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
    assert_eq!(challenge::parse(&format!("Basic realm=\"{quoted}\"")), None);
    let twice = format!("Bearer realm=\"{quoted}\",realm=\"https://us.icr.io/\"");
    let realm = challenge::parse(&twice).and_then(|challenge| challenge.realm);
    assert_eq!(realm.as_deref(), Some(text), "{twice}");
    let _ = trusted(text);
    challenge::parse(text)?.realm.as_deref().and_then(trusted)
}

/// Looks at what a realm would get a key for, without the help of what read it.
fn trusted(realm: &str) -> Option<()> {
    let mut taken = None;
    for registry in REGISTRIES.iter().flat_map(crate::region::Registry::hosts) {
        let Some(url) = own_realm(realm, registry) else { continue };
        taken = Some(());
        let authority = url.as_str().strip_prefix("https://").unwrap_or_default();
        let host = authority.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        let within = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
        let is_old = registry.ends_with(".bluemix.net");
        let is_within = within("icr.io") || is_old && within("bluemix.net");
        assert!(is_within, "a key for {registry} would go to {url}");
        assert!(!host.contains(['@', ':', '%', ' ']), "a key would go to {url}");
    }
    taken
}

/// An index, a manifest or a configuration.
///
/// # Panics
/// An attestation is taken for an image, another image than the best is chosen, or a message
/// repeats what a terminal would obey.
#[must_use]
pub fn documents(data: &[u8]) -> Option<()> {
    let digest = digest_of(data);
    assert!(is_digest(&digest), "{digest}");
    assert_eq!(digest, digest_of(data));
    let config = documents::config(data);
    match &config {
        Ok(config) => {
            every_check().for_each(|checks| shown(&fitness::of_config(IMAGE, config, &checks)));
        }
        Err(what) => assert!(is_printable(what), "{what:?}"),
    }
    match documents::read(data) {
        Ok(ImageDocument::Index(entries)) => index(data, &entries),
        Ok(ImageDocument::Manifest(manifest)) => self::manifest(&manifest),
        Ok(ImageDocument::Schema1 | ImageDocument::Artifact(_)) => {}
        Err(what) => {
            assert!(is_printable(&what), "{what:?}");
            return config.is_ok().then_some(());
        }
    }
    Some(())
}

fn index(data: &[u8], entries: &[IndexEntry]) {
    for entry in entries {
        assert!(!entry.platform.as_ref().is_some_and(Platform::is_unknown), "{entry:?}");
    }
    // Deeper than this reader goes, nothing is compared.
    if let Ok(raw) = serde_json::from_slice::<Value>(data) {
        let all = raw.get("manifests").and_then(Value::as_array).map_or(0, Vec::len);
        let attests = |entry: &&Value| {
            entry.pointer("/annotations/vnd.docker.reference.type").and_then(Value::as_str)
                == Some("attestation-manifest")
        };
        let attestations = raw
            .get("manifests")
            .and_then(Value::as_array)
            .map_or(0, |entries| entries.iter().filter(attests).count());
        assert!(entries.len() + attestations <= all, "an attestation is taken for an image");
    }
    let platforms: Vec<Platform> =
        entries.iter().filter_map(|entry| entry.platform.clone()).collect();
    for checks in every_check() {
        let wanted = &checks.platform;
        chosen(choose(entries, wanted), entries, wanted);
        shown(&fitness::platform_missing(IMAGE, &platforms, &checks));
        shown(&fitness::of_push(IMAGE, true, Some("latest"), &checks));
    }
}

fn chosen(chosen: Option<&IndexEntry>, entries: &[IndexEntry], wanted: &Platform) {
    let fits = entries.iter().filter_map(|entry| entry.platform.as_ref()?.fit(wanted));
    let best = fits.min();
    let Some(entry) = chosen else {
        assert_eq!(best, None, "an image for {wanted} is passed over");
        return;
    };
    match &entry.platform {
        None => {
            let all = entries.iter().all(|entry| entry.platform.is_none());
            assert!(all, "one without a platform is chosen though others say theirs");
        }
        Some(own) => {
            assert!(best.is_some(), "{own} does not serve {wanted}");
            assert_eq!(own.fit(wanted), best, "{own} is not the best for {wanted}");
        }
    }
    let digest = &entry.descriptor.digest;
    if is_digest(digest)
        && let Ok(reference) = ImageReference::parse(IMAGE, &Defaults::default())
    {
        let pinned = reference.at_digest(digest);
        let again = ImageReference::parse(&pinned.to_string(), &Defaults::default());
        assert_eq!(again, Ok(pinned));
    }
}

fn manifest(manifest: &ImageManifest) {
    shown(&fitness::of_manifest(IMAGE, manifest));
    for checks in every_check() {
        let verdict = fitness::disk(IMAGE, manifest, &checks);
        let largest = manifest.layers.iter().map(|layer| layer.size).max().unwrap_or_default();
        assert!(verdict.is_some() || largest <= checks.disk.bytes, "{largest} bytes fit");
        shown(verdict.as_slice());
    }
}

fn shown(verdicts: &[Verdict]) {
    for verdict in verdicts {
        let mut lines = verdict.seen.iter().chain(&verdict.hints).chain([&verdict.message]);
        assert!(lines.all(|line| is_printable(line)), "{verdict:?}");
    }
}

fn is_printable(text: &str) -> bool {
    !text.contains(char::is_control)
}

/// Different measures.
fn every_check() -> impl Iterator<Item = Checks> {
    let with = |architecture, variant, pin, command, bytes| Checks {
        platform: Platform::of("linux", architecture, variant),
        pin,
        strictness: Strictness::Lenient,
        ca_file: None,
        limit: Duration::from_secs(1),
        quota: Quota::Unasked,
        vulnerabilities: None,
        command,
        disk: Disk { bytes, source: "a test" },
        route: Route::Usual,
        start: Start::Now,
        advice: Advice::default(),
    };
    [
        with("amd64", None, Pin::Digest, StartCommand::None, 1 << 30),
        with("arm64", Some("v8"), Pin::AsGiven, StartCommand::Elsewhere, 0),
        with("arm", Some("v7"), Pin::AsGiven, StartCommand::Given, u64::MAX),
    ]
    .into_iter()
}
