//! What a run before has staged with the same key for the same image, and nobody has deployed: it was
//! ended in between. What cannot be asked is staged anew, which costs no more than time.

use std::collections::{BTreeMap, BTreeSet};

use super::Session;
use super::bulk::AT_ONCE;
use crate::capi::resources::{Build, Droplet, Package};
use crate::capi::{CloudController, Tracked};

/// How far a run before has come with an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Earlier {
    /// This build goes on.
    Build(String),
    /// This droplet is staged.
    Droplet(String),
}

/// What was to be staged of an app.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) app: &'a str,
    pub(crate) image: &'a str,
    pub(crate) user: &'a str,
    /// The id of the key.
    pub(crate) key: &'a str,
}

/// Finds it, by the GUID of the app.
pub(crate) async fn earlier(
    session: &Session<'_>,
    wanted: &[Wanted<'_>],
) -> BTreeMap<String, Earlier> {
    let mut found = BTreeMap::new();
    for some in wanted.chunks(AT_ONCE) {
        found.extend(of_some(session.controller(), some).await);
    }
    found
}

async fn of_some(controller: &CloudController, wanted: &[Wanted<'_>]) -> BTreeMap<String, Earlier> {
    let guids: Vec<&str> = wanted.iter().map(|one| one.app).collect();
    let guids = guids.join(",");
    let filter = [("app_guids", guids.as_str()), ("states", "READY"), ("order_by", "-created_at")];
    let packages = controller.list::<Package>("the packages", "/v3/packages", &filter).await;
    // The newest of each app.
    let mut of_apps: BTreeMap<String, String> = BTreeMap::new();
    for package in packages.all {
        let Some(one) = wanted.iter().find(|one| is_of(&package, one)) else { continue };
        of_apps.entry(package.guid).or_insert_with(|| one.app.to_owned());
    }
    if of_apps.is_empty() {
        return BTreeMap::new();
    }
    let guids: Vec<&str> = of_apps.keys().map(String::as_str).collect();
    let guids = guids.join(",");
    let filter = [("package_guids", guids.as_str()), ("order_by", "-created_at")];
    let builds = controller.list::<Build>("the builds", "/v3/builds", &filter).await.all;
    let droplets = usable(controller, &builds).await;
    let mut found = BTreeMap::new();
    for build in builds {
        let app = build.package.as_ref().and_then(|package| of_apps.get(&package.guid));
        let far = match (build.state.as_str(), build.droplet) {
            ("STAGED", Some(droplet)) if droplets.contains(&droplet.guid) => {
                Earlier::Droplet(droplet.guid)
            }
            ("STAGING", _) => Earlier::Build(build.guid),
            _ => continue,
        };
        if let Some(app) = app {
            found.entry(app.clone()).or_insert(far);
        }
    }
    found
}

/// Whether a package has the key of this run with the image that is wanted.
fn is_of(package: &Package, wanted: &Wanted<'_>) -> bool {
    let key = Tracked::of(&package.metadata).key_id;
    package.relationships.app.guid() == Some(wanted.app)
        && package.data.image.as_deref() == Some(wanted.image)
        && package.data.username.as_deref() == Some(wanted.user)
        && key.as_deref() == Some(wanted.key)
}

/// The droplets of builds that are still there: the platform keeps a few of each app.
async fn usable(controller: &CloudController, builds: &[Build]) -> BTreeSet<String> {
    let guids: Vec<&str> =
        builds.iter().filter_map(|build| Some(build.droplet.as_ref()?.guid.as_str())).collect();
    if guids.is_empty() {
        return BTreeSet::new();
    }
    let filter = [("guids", guids.join(","))];
    let filter = filter.each_ref().map(|(name, guids)| (*name, guids.as_str()));
    let found = controller.list::<Droplet>("the droplets", "/v3/droplets", &filter).await.all;
    let staged = found.into_iter().filter(|droplet| droplet.state == "STAGED");
    staged.map(|droplet| droplet.guid).collect()
}
