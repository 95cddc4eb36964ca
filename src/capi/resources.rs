//! What Cloud Controller says of its resources (Cloud Foundry API v3), as far as it is looked at.
//! Fields that an older API or Korifi leaves out are optional.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Most characters of a GUID; Cloud Controller's have 36, Korifi's are names of Kubernetes.
const LONGEST_GUID: usize = 253;

/// Whether a text is a GUID, of which a path may be made: one with a slash would lead elsewhere, and
/// one with a comma stand for two.
fn is_guid(text: &str) -> bool {
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_name = text.bytes().any(|byte| byte.is_ascii_alphanumeric());
    is_name && text.len() <= LONGEST_GUID && text.bytes().all(is_fit)
}

fn guid<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    // The text itself may be anything, and is not repeated.
    if is_guid(&text) { Ok(text) } else { Err(serde::de::Error::custom("no GUID")) }
}

fn guid_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    match text {
        Some(text) if !is_guid(&text) => Err(serde::de::Error::custom("no GUID")),
        other => Ok(other),
    }
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    pub(super) pagination: Pagination,
    pub(super) resources: Vec<T>,
    #[serde(default)]
    pub(super) included: Included,
}

#[derive(Debug, Deserialize)]
pub(super) struct Pagination {
    #[serde(default)]
    pub(super) next: Option<Link>,
}

/// An address.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Link {
    pub(crate) href: String,
}

/// What came along with a list.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Included {
    #[serde(default)]
    pub(crate) spaces: Vec<Space>,
    #[serde(default)]
    pub(crate) organizations: Vec<Named>,
}

impl Included {
    pub(super) fn take(&mut self, other: Self) {
        self.spaces.extend(other.spaces);
        self.organizations.extend(other.organizations);
    }
}

/// Something with a name.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Named {
    #[serde(deserialize_with = "guid")]
    pub(crate) guid: String,
    pub(crate) name: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Space {
    #[serde(deserialize_with = "guid")]
    pub(crate) guid: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) relationships: Relationships,
}

/// Whom a resource belongs to.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Relationships {
    #[serde(default)]
    pub(crate) space: ToOne,
    #[serde(default)]
    pub(crate) organization: ToOne,
    #[serde(default)]
    pub(crate) current_droplet: ToOne,
    #[serde(default)]
    pub(crate) app: ToOne,
}

/// A relationship to one resource, or to none.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct ToOne {
    #[serde(default)]
    data: Option<Guid>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Guid {
    #[serde(deserialize_with = "guid")]
    pub(crate) guid: String,
}

/// What a relationship was changed to.
#[derive(Debug, Deserialize)]
pub(crate) struct Related {
    /// Read so that another document is no answer.
    #[serde(rename = "data")]
    _data: Guid,
}

impl ToOne {
    /// The GUID, where there is one.
    pub(crate) fn guid(&self) -> Option<&str> {
        self.data.as_ref().map(|data| data.guid.as_str())
    }
}

/// Notes on a resource.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Metadata {
    #[serde(default)]
    pub(crate) annotations: BTreeMap<String, Option<String>>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct App {
    #[serde(deserialize_with = "guid")]
    pub(crate) guid: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) lifecycle: Lifecycle,
    #[serde(default)]
    pub(crate) relationships: Relationships,
    #[serde(default)]
    pub(crate) metadata: Metadata,
}

impl App {
    /// The droplet that is current.
    pub(crate) fn droplet(&self) -> Option<&str> {
        self.relationships.current_droplet.guid()
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Lifecycle {
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Droplet {
    #[serde(deserialize_with = "guid")]
    pub(crate) guid: String,
    #[serde(default)]
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) image: Option<String>,
    #[serde(default)]
    pub(crate) created_at: String,
    #[serde(default)]
    pub(crate) links: BTreeMap<String, Option<Link>>,
}

impl Droplet {
    /// The GUID of the package that it was made of; `None` where that is gone.
    pub(crate) fn package(&self) -> Option<&str> {
        let link = self.links.get("package")?.as_ref()?;
        link.href.rsplit('/').next().filter(|guid| is_guid(guid))
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Package {
    #[serde(deserialize_with = "guid")]
    pub(crate) guid: String,
    #[serde(default)]
    pub(crate) data: PackageData,
    #[serde(default)]
    pub(crate) relationships: Relationships,
    #[serde(default)]
    pub(crate) metadata: Metadata,
}

/// Its `password` is never shown by the API.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct PackageData {
    #[serde(default)]
    pub(crate) image: Option<String>,
    #[serde(default)]
    pub(crate) username: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Process {
    #[serde(deserialize_with = "guid")]
    pub(crate) guid: String,
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) instances: u64,
    #[serde(default)]
    pub(crate) memory_in_mb: Option<u64>,
    #[serde(default)]
    pub(crate) disk_in_mb: Option<u64>,
    #[serde(default)]
    pub(crate) relationships: Relationships,
}

/// The instances of a process.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Stats {
    pub(crate) resources: Vec<Instance>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Instance {
    #[serde(default)]
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) details: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Build {
    #[serde(deserialize_with = "guid")]
    pub(crate) guid: String,
    #[serde(default)]
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) error: Option<String>,
    #[serde(default)]
    pub(crate) droplet: Option<Guid>,
    #[serde(default)]
    pub(crate) package: Option<Guid>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Deployment {
    #[serde(deserialize_with = "guid")]
    pub(crate) guid: String,
    #[serde(default)]
    pub(crate) status: DeploymentStatus,
    #[serde(default)]
    pub(crate) droplet: Option<MaybeGuid>,
    #[serde(default)]
    pub(crate) new_processes: Vec<NewProcess>,
    #[serde(default)]
    pub(crate) relationships: Relationships,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct MaybeGuid {
    #[serde(default, deserialize_with = "guid_or_none")]
    pub(crate) guid: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct DeploymentStatus {
    #[serde(default)]
    pub(crate) value: String,
    #[serde(default)]
    pub(crate) reason: String,
    #[serde(default)]
    pub(crate) details: DeploymentDetails,
    #[serde(default)]
    pub(crate) canary: Option<Canary>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct DeploymentDetails {
    #[serde(default)]
    pub(crate) error: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Canary {
    #[serde(default)]
    pub(crate) steps: CanarySteps,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct CanarySteps {
    #[serde(default)]
    pub(crate) current: u64,
    #[serde(default)]
    pub(crate) total: u64,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct NewProcess {
    #[serde(deserialize_with = "guid")]
    pub(crate) guid: String,
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Revision {
    #[serde(deserialize_with = "guid")]
    pub(crate) guid: String,
    #[serde(default)]
    pub(crate) version: u64,
    #[serde(default)]
    pub(crate) created_at: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) deployable: bool,
    #[serde(default)]
    pub(crate) droplet: MaybeGuid,
}

/// What happened to an app.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct AuditEvent {
    #[serde(default)]
    pub(crate) created_at: String,
    pub(crate) target: EventTarget,
    #[serde(default)]
    pub(crate) data: Value,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct EventTarget {
    #[serde(deserialize_with = "guid")]
    pub(crate) guid: String,
}

/// What a manifest would change.
#[derive(Deserialize)]
pub(super) struct ManifestDiff {
    pub(super) diff: Vec<Patch>,
}

/// One change, in the form of JSON Patch with what was there. No `Debug`: values of `env` are in it.
#[derive(Clone, Deserialize)]
pub(crate) struct Patch {
    #[serde(default)]
    pub(crate) op: String,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) was: Value,
    #[serde(default)]
    pub(crate) value: Value,
}

/// A route, and the apps that it leads to.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Route {
    #[serde(default)]
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) destinations: Vec<Destination>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Destination {
    pub(crate) app: Guid,
}
