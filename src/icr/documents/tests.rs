//! Documents as registries send them, and as nobody should.

use serde_json::{Value, json};

use super::{
    ImageConfig, ImageDocument, ImageManifest, IndexEntry, choose, config, digest_of, is_digest,
    read,
};
use crate::image_platform::Platform;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

fn digest(of: char) -> String {
    format!("sha256:{}", of.to_string().repeat(64))
}

fn read_json(json: &Value) -> Result<ImageDocument, String> {
    read(json.to_string().as_bytes())
}

fn manifest(json: &Value) -> ImageManifest {
    match read_json(json) {
        Ok(ImageDocument::Manifest(manifest)) => manifest,
        other => panic!("{other:?}"),
    }
}

fn entries(list: &Value) -> Vec<IndexEntry> {
    match read_json(&json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": list })) {
        Ok(ImageDocument::Index(entries)) => entries,
        other => panic!("{other:?}"),
    }
}

/// An entry for a platform as `linux/arm/v7`; an empty one says none.
fn entry(of: char, platform: &str) -> Value {
    let mut entry = json!({ "digest": digest(of), "size": 7 });
    let mut parts = platform.split('/');
    if let (Some(os), Some(architecture)) = (parts.next(), parts.next()) {
        entry["platform"] = json!({ "os": os, "architecture": architecture });
        if let Some(variant) = parts.next() {
            entry["platform"]["variant"] = variant.into();
        }
    }
    entry
}

/// The position of the entry that is chosen among platforms.
fn chosen(platforms: &[&str], wanted: &str) -> Option<usize> {
    let list = ('a'..).zip(platforms).map(|(of, platform)| entry(of, platform)).collect();
    let entries = entries(&list);
    let chosen = choose(&entries, &Platform::parse(wanted, wanted).unwrap())?;
    entries.iter().position(|entry| std::ptr::eq(entry, chosen))
}

fn run(fields: &Value) -> ImageConfig {
    config(json!({ "config": fields }).to_string().as_bytes()).unwrap()
}

#[test]
fn what_a_document_is_stands_in_it() {
    let index = json!({ "manifests": [] });
    assert_eq!(read_json(&index), Ok(ImageDocument::Index(Vec::new())));
    for media_type in [INDEX, LIST] {
        let typed = json!({ "schemaVersion": 2, "mediaType": media_type, "manifests": [] });
        assert_eq!(read_json(&typed), Ok(ImageDocument::Index(Vec::new())));
    }
    let own = json!({ "config": { "digest": digest('c') }, "layers": [] });
    assert_eq!(manifest(&own).config.digest, digest('c'));
    let both = json!({ "config": { "digest": digest('c') }, "manifests": [] });
    assert_eq!(manifest(&both).layers, []);
}

#[test]
fn schema_1_is_known_by_any_of_its_marks() {
    for json in [
        json!({ "schemaVersion": 1 }),
        json!({ "schemaVersion": 1, "fsLayers": [], "signatures": [{ "protected": "x" }] }),
        json!({ "fsLayers": [{ "blobSum": digest('a') }] }),
        json!({ "mediaType": "application/vnd.docker.distribution.manifest.v1+json" }),
        json!({ "mediaType": "application/vnd.docker.distribution.manifest.v1+prettyjws" }),
    ] {
        assert_eq!(read_json(&json), Ok(ImageDocument::Schema1), "{json}");
    }
}

#[test]
fn what_is_no_document_says_where_and_repeats_nothing() {
    for text in [
        "",
        "<html>marker</html>",
        "[]",
        "null",
        "{}",
        "{\"config\":{}}",
        "\"marker\"",
        "{\"manifests\":\"marker\"}",
        "{\"manifests\":[{}]}",
        "{\"config\":\"marker\"}",
        "{\"config\":{\"digest\":7}}",
        "{\"schemaVersion\":\"marker\"}",
    ] {
        let message = read(text.as_bytes()).unwrap_err();
        assert!(message.starts_with("not a manifest, at "), "{text}: {message}");
        assert!(!message.contains("marker"), "{message}");
    }
    for text in
        ["", "<html>", "7", "{\"config\":{\"User\":7}}", "{\"config\":{\"ExposedPorts\":[]}}"]
    {
        let message = config(text.as_bytes()).unwrap_err();
        assert!(message.starts_with("not a configuration, at "), "{text}: {message}");
    }
}

#[test]
fn a_manifest_is_read_with_what_is_left_out_or_null() {
    let bare = manifest(&json!({ "config": { "digest": digest('c') } }));
    assert_eq!((bare.config.media_type.as_str(), bare.config.size), ("", 0));
    assert_eq!((bare.layers.len(), bare.artifact_type), (0, None));
    let null = json!({ "config": { "digest": digest('c') }, "layers": null, "artifactType": null });
    assert_eq!(manifest(&null).layers, []);
    let largest = json!({ "config": { "digest": "x", "size": u64::MAX }, "layers": [] });
    assert_eq!(manifest(&largest).config.size, u64::MAX);
    let negative = json!({ "config": { "digest": "x", "size": -1 } });
    assert!(read_json(&negative).is_err());
}

#[test]
fn attestations_are_none_of_the_entries() {
    let mut annotated = entry('b', "linux/amd64");
    annotated["annotations"] = json!({ "vnd.docker.reference.type": "attestation-manifest" });
    let mut otherwise = entry('c', "linux/amd64");
    otherwise["annotations"] = json!({ "vnd.docker.reference.type": "image", "x": "y" });
    let list = json!([
        entry('a', "unknown/unknown"),
        annotated,
        otherwise,
        entry('d', "linux/unknown"),
        entry('e', "unknown/amd64"),
    ]);
    let entries = entries(&list);
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].descriptor.digest, digest('c'));
}

#[test]
fn a_platform_is_read_as_far_as_it_goes() {
    let of = |platform: Value| {
        let list = json!([{ "digest": digest('a'), "platform": platform }]);
        entries(&list)[0].platform.as_ref().map(ToString::to_string)
    };
    let amd = Some("linux/amd64".to_owned());
    assert_eq!(of(json!({ "os": "linux", "architecture": "amd64" })), amd);
    assert_eq!(of(json!({ "os": "Linux", "architecture": "x86_64", "variant": "" })), amd);
    assert_eq!(of(json!({ "architecture": "amd64" })), amd);
    assert_eq!(of(json!({ "os": "", "architecture": "amd64" })), amd);
    assert_eq!(of(json!({ "os": "linux" })), None);
    assert_eq!(of(json!({ "os": "linux", "architecture": "" })), None);
    assert_eq!(of(json!({})), None);
    assert_eq!(of(Value::Null), None);
}

#[test]
fn the_entry_that_serves_best_is_chosen_wherever_it_stands() {
    let amd = "linux/amd64";
    assert_eq!(chosen(&["linux/arm64", amd], amd), Some(1));
    assert_eq!(chosen(&["linux/amd64/v3", "linux/amd64/v1", amd], amd), Some(2));
    assert_eq!(chosen(&["linux/amd64/v3", "linux/amd64/v1"], amd), Some(1));
    assert_eq!(chosen(&["linux/amd64/v3"], amd), Some(0));
    assert_eq!(chosen(&[amd, amd], amd), Some(0));
    assert_eq!(chosen(&["windows/amd64", "linux/arm64", "linux/386"], amd), None);
    assert_eq!(chosen(&[], amd), None);
    assert_eq!(chosen(&["linux/arm/v6", "linux/arm/v7"], "linux/arm"), Some(1));
    assert_eq!(chosen(&["linux/arm/v6", "linux/arm/v7"], "linux/arm/v6"), Some(0));
    assert_eq!(chosen(&["linux/arm64"], "linux/arm64/v8"), Some(0));
    assert_eq!(chosen(&["linux/arm64/v9"], "linux/arm64/v8"), None);
}

#[test]
fn an_entry_without_a_platform_serves_where_none_has_one() {
    assert_eq!(chosen(&[""], "linux/amd64"), Some(0));
    assert_eq!(chosen(&["", "unknown/unknown"], "linux/amd64"), Some(0));
    assert_eq!(chosen(&["", ""], "linux/amd64"), Some(0));
    assert_eq!(chosen(&["", "linux/amd64"], "linux/amd64"), Some(1));
    assert_eq!(chosen(&["", "linux/arm64"], "linux/amd64"), None);
}

#[test]
fn a_digest_is_that_of_the_bytes_and_of_one_form_only() {
    let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(digest_of(b""), empty);
    assert_ne!(digest_of(b"{}"), digest_of(b"{} "));
    assert!(is_digest(empty));
    let zeros = |count: usize| format!("sha256:{}", "0".repeat(count));
    assert!(is_digest(&zeros(64)));
    for text in [
        zeros(63),
        zeros(65),
        empty.to_uppercase(),
        empty.replace('e', "E"),
        empty.replace("sha256", "sha512"),
        zeros(64).replace("sha256:0", "sha256:/"),
        zeros(64) + "\n",
        "0".repeat(64),
        String::new(),
    ] {
        assert!(!is_digest(&text), "{text}");
    }
}

#[test]
fn a_command_is_there_as_a_list_or_as_a_text_unless_it_is_empty() {
    for there in [
        json!({ "Entrypoint": ["/web"] }),
        json!({ "Cmd": ["/web", "-v"] }),
        json!({ "Entrypoint": "/web" }),
        json!({ "Entrypoint": null, "Cmd": "run" }),
        json!({ "Entrypoint": [], "Cmd": ["x"] }),
    ] {
        assert!(run(&there).has_command, "{there}");
    }
    for absent in [
        json!({}),
        json!({ "Entrypoint": null, "Cmd": null }),
        json!({ "Entrypoint": [], "Cmd": [] }),
        json!({ "Entrypoint": "", "Cmd": "" }),
        json!({ "Entrypoint": {}, "Cmd": 7 }),
    ] {
        assert!(!run(&absent).has_command, "{absent}");
    }
}

#[test]
fn a_configuration_is_read_with_what_is_left_out_or_null() {
    let bare = config(b"{}").unwrap();
    assert_eq!(bare, ImageConfig::default());
    assert_eq!(config(b"{\"config\":null,\"os\":null}").unwrap(), ImageConfig::default());
    let null = run(&json!({ "ExposedPorts": null, "User": null }));
    assert_eq!(null, ImageConfig::default());
    let full = config(
        json!({
            "os": "linux", "architecture": "arm64", "variant": "v8",
            "config": { "ExposedPorts": { "8080/tcp": {}, "53/udp": null }, "User": "1000:0" },
            "history": [{}],
        })
        .to_string()
        .as_bytes(),
    );
    let full = full.unwrap();
    assert_eq!(full.platform, Some(Platform::of("linux", "arm64", Some("v8"))));
    assert_eq!(full.ports, ["53/udp", "8080/tcp"]);
    assert_eq!(full.user, "1000:0");
}

#[test]
fn when_it_was_built_is_a_text_or_not_known() {
    let of = |created: Value| {
        config(json!({ "created": created }).to_string().as_bytes()).unwrap().created
    };
    assert_eq!(of(json!("2026-11-20T10:00:00Z")).as_deref(), Some("2026-11-20T10:00:00Z"));
    assert_eq!(of(json!("\u{1b}[31mred")).as_deref(), Some("\\u{1b}[31mred"));
    for nothing in [json!(null), json!(7), json!({ "a": "b" })] {
        assert_eq!(of(nothing), None);
    }
}
