//! The packages that the droplets of apps were made of, which alone tell the registry user.

use std::collections::BTreeMap;

use super::bulk::listed;
use super::keys::Keys;
use super::{Deployed, Session};
use crate::capi::Tracked;
use crate::capi::resources::Package;

/// The packages, by their GUID.
pub(crate) struct Packages {
    of: BTreeMap<String, Package>,
    not_asked: Option<String>,
}

/// Asks for the packages of apps.
pub(crate) async fn packages(session: &Session<'_>, apps: &[Deployed]) -> Packages {
    let guids: Vec<&str> = apps.iter().filter_map(|app| app.package.as_deref()).collect();
    let controller = session.controller();
    let (all, not_asked) =
        listed::<Package>(controller, "packages", "/v3/packages", "guids", &guids).await;
    Packages { of: all.into_iter().map(|one| (one.guid.clone(), one)).collect(), not_asked }
}

impl Packages {
    /// Puts them into the records; `keys` are those that the platform may have been given in a text.
    pub(crate) fn tell(
        self,
        keys: Option<&Keys<'_>>,
        apps: &mut [Deployed],
        not_asked: &mut Vec<String>,
    ) {
        not_asked.extend(self.not_asked);
        for app in apps {
            let package = app.package.take().and_then(|guid| self.of.get(&guid));
            let Some(package) = package else { continue };
            app.package = Some(package.guid.clone());
            app.user.clone_from(&package.data.username);
            app.package_key = Tracked::of(&package.metadata).key_id;
            for text in [&mut app.user, &mut app.package_key].into_iter().flatten() {
                if let Some(keys) = keys {
                    keys.hide(text);
                }
            }
        }
    }
}
