//! What is pushed to the real registry: an OCI layout, written by hand, so that neither skopeo nor
//! the sandbox says what an image is.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use icr_cf_sandbox::sha256_hex;
use serde_json::{Value, json};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const STATEMENT: &str = "application/vnd.in-toto+json";

/// `head -c 1024 /dev/zero | gzip -n9`, an archive without files.
const EMPTY_ARCHIVE: &str = "H4sIAAAAAAACA2NgGAWjYBSMVAAALq+17wAEAAA=";

/// What was written, by digest.
#[derive(Debug)]
pub(crate) struct Written {
    /// The image `web`.
    pub(crate) web: String,
    /// The index `multi`.
    pub(crate) multi: String,
    /// The image for linux/amd64 in `multi`.
    pub(crate) multi_amd64: String,
}

/// Writes the layout: `web`, an image for linux/amd64, and `multi`, an index of two platforms and
/// an attestation as buildx adds one.
pub(super) fn write(folder: &Path) -> Written {
    let layout = Layout { blobs: folder.join("blobs/sha256") };
    fs::create_dir_all(&layout.blobs).unwrap();
    let web = layout.image("amd64", "web");
    let amd64 = layout.image("amd64", "multi");
    let arm64 = layout.image("arm64", "multi");
    let attestation = layout.attestation(&amd64);
    let entries = json!([
        with(&amd64, "platform", json!({"os": "linux", "architecture": "amd64"})),
        with(&arm64, "platform", json!({"os": "linux", "architecture": "arm64"})),
        attestation,
    ]);
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries});
    let multi = layout.document(INDEX, &index);
    let tagged = [(&web, "web"), (&multi, "multi")].map(|(descriptor, name)| {
        with(descriptor, "annotations", json!({"org.opencontainers.image.ref.name": name}))
    });
    let top = json!({"schemaVersion": 2, "manifests": tagged});
    fs::write(folder.join("index.json"), top.to_string()).unwrap();
    fs::write(folder.join("oci-layout"), json!({"imageLayoutVersion": "1.0.0"}).to_string())
        .unwrap();
    Written { web: digest(&web), multi: digest(&multi), multi_amd64: digest(&amd64) }
}

struct Layout {
    blobs: PathBuf,
}

impl Layout {
    /// Writes a blob and gives its descriptor.
    fn blob(&self, media_type: &str, bytes: &[u8]) -> Value {
        let hex = sha256_hex(bytes);
        fs::write(self.blobs.join(&hex), bytes).unwrap();
        json!({"mediaType": media_type, "digest": format!("sha256:{hex}"), "size": bytes.len()})
    }

    fn document(&self, media_type: &str, document: &Value) -> Value {
        self.blob(media_type, document.to_string().as_bytes())
    }

    /// An image that Cloud Foundry can run.
    fn image(&self, architecture: &str, label: &str) -> Value {
        let unpacked = format!("sha256:{}", sha256_hex(&[0; 1024]));
        let config = json!({
            "os": "linux",
            "architecture": architecture,
            "config": {
                "Cmd": ["/server"],
                "ExposedPorts": {"8080/tcp": {}},
                "Labels": {"name": label},
                "User": "1000",
            },
            "rootfs": {"type": "layers", "diff_ids": [unpacked]},
        });
        let layer = self.blob(LAYER, &STANDARD.decode(EMPTY_ARCHIVE).unwrap());
        self.manifest(&config, &layer)
    }

    /// An entry that is no image, though it is among them.
    fn attestation(&self, about: &Value) -> Value {
        let config = json!({
            "os": "unknown",
            "architecture": "unknown",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": []},
        });
        let statement = self.document(STATEMENT, &json!({"_type": "statement"}));
        let entry = with(
            &self.manifest(&config, &statement),
            "platform",
            json!({"os": "unknown", "architecture": "unknown"}),
        );
        let annotations = json!({
            "vnd.docker.reference.digest": about["digest"],
            "vnd.docker.reference.type": "attestation-manifest",
        });
        with(&entry, "annotations", annotations)
    }

    fn manifest(&self, config: &Value, layer: &Value) -> Value {
        let config = self.document(CONFIG, config);
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config,
            "layers": [layer],
        });
        self.document(MANIFEST, &manifest)
    }
}

fn with(descriptor: &Value, field: &str, value: Value) -> Value {
    let mut descriptor = descriptor.clone();
    descriptor[field] = value;
    descriptor
}

fn digest(descriptor: &Value) -> String {
    descriptor["digest"].as_str().unwrap().to_owned()
}
