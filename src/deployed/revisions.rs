//! What an app was before: its revisions, each with the image of its droplet, and which of them could
//! run again.

use std::collections::BTreeMap;

use super::{Deployed, Session};
use crate::capi::resources::{Droplet, Revision};
use crate::capi::{Listing, Problem, Tracked};
use crate::reference::ImageReference;
use crate::verdict::Verdict;

use super::images::{Running, running};

/// A revision that one may go back to.
#[derive(Debug, Clone)]
pub(crate) struct Back {
    pub(crate) version: u64,
    /// When it was made, as the platform writes it.
    pub(crate) created_at: String,
    pub(crate) description: String,
    /// The image of its droplet, as it was pushed.
    pub(crate) image: Option<String>,
    /// The same, read.
    pub(crate) running: Running,
    /// Whether it runs now.
    pub(crate) is_deployed: bool,
    /// Whether its droplet is there, so that cf's own rollback would work.
    pub(crate) has_droplet: bool,
    /// What the registry says of the image, where it was asked.
    pub(crate) findings: Vec<Verdict>,
}

impl Back {
    /// The image of ICR.
    pub(crate) const fn reference(&self) -> Option<&ImageReference> {
        match &self.running {
            Running::Icr(reference) => Some(reference),
            Running::Elsewhere | Running::Unreadable(_) | Running::Nothing => None,
        }
    }
}

/// The revisions of an app, the newest first.
///
/// # Errors
/// The platform does not list them.
pub(crate) async fn revisions(session: &Session<'_>, app: &Deployed) -> Result<Vec<Back>, Problem> {
    let controller = session.controller();
    let path = format!("/v3/apps/{}/revisions", app.guid);
    let newest = [("order_by", "-created_at")];
    let deployed_path = format!("{path}/deployed");
    let (all, deployed): (Listing<Revision>, Listing<Revision>) = futures_util::future::join(
        controller.list("the revisions", &path, &newest),
        controller.list("the revisions", &deployed_path, &[]),
    )
    .await;
    let (all, deployed) = (all.whole()?, deployed.all);
    let droplets: Vec<&str> = all.iter().filter_map(|one| one.droplet.guid.as_deref()).collect();
    let mut images: BTreeMap<String, Droplet> = BTreeMap::new();
    for some in droplets.chunks(50) {
        let guids = some.join(",");
        let found: Vec<Droplet> =
            controller.list("the droplets", "/v3/droplets", &[("guids", &guids)]).await.whole()?;
        images.extend(found.into_iter().map(|one| (one.guid.clone(), one)));
    }
    let back = |revision: Revision| {
        let droplet = revision.droplet.guid.as_deref().and_then(|guid| images.get(guid));
        let image = droplet.and_then(|droplet| droplet.image.clone());
        Back {
            version: revision.version,
            running: running(image.as_deref(), &app.tracked),
            image,
            is_deployed: deployed.iter().any(|one| one.guid == revision.guid),
            has_droplet: revision.deployable && droplet.is_some_and(|one| one.state == "STAGED"),
            created_at: revision.created_at,
            description: revision.description,
            findings: Vec::new(),
        }
    };
    Ok(all.into_iter().map(back).collect())
}

/// What to note of an image that is deployed again.
pub(crate) fn note(reference: &ImageReference) -> Tracked {
    Tracked {
        reference: reference.tag().map(|_| reference.without_digest().to_string()),
        digest: reference.digest().map(str::to_owned),
        ..Tracked::default()
    }
}
