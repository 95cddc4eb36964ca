//! Which apps are there: a list of apps, then what belongs to them, in bulk and side by side.

use std::collections::BTreeMap;

use super::bulk::{AT_ONCE, listed};
use super::images::running;
use super::instances_up::instances_up;
use super::packages::packages;
use super::{AppState, Deployed, Session};
use crate::capi::resources::{App, Droplet, Included, Named, Process, Space};
use crate::capi::{CloudController, Listing, ProblemKind, Tracked};
use crate::error::{Error, ErrorKind, printable};
use crate::request::{AppScope, PlaceScope};
use crate::spelling;

mod named;

pub(super) use named::{Known, known};

/// The apps of a scope that run an image.
#[derive(Debug)]
pub(crate) struct Inventory {
    /// By organization, space and name.
    pub(crate) apps: Vec<Deployed>,
    /// What could not be asked, and why.
    pub(crate) not_asked: Vec<String>,
}

/// Finds the apps of a scope.
///
/// # Errors
/// The scope cannot be found, or the apps cannot be listed.
pub(crate) async fn inventory(session: &Session<'_>, scope: &AppScope) -> Result<Inventory, Error> {
    let mut inventory = without_packages(session, scope).await?;
    let packages = packages(session, &inventory.apps).await;
    packages.tell(None, &mut inventory.apps, &mut inventory.not_asked);
    Ok(inventory)
}

/// The same, of which nobody has asked for the packages yet.
///
/// # Errors
/// Those of [`inventory`].
pub(crate) async fn without_packages(
    session: &Session<'_>,
    scope: &AppScope,
) -> Result<Inventory, Error> {
    let controller = session.controller();
    let place = place(session, &scope.place).await?;
    let listing = apps(controller, place.as_ref(), &scope.apps).await;
    let mut not_asked: Vec<String> = Vec::new();
    if let Some(problem) = &listing.cut {
        // What was done so far is not all that was asked for by name.
        if listing.all.is_empty() || !scope.apps.is_empty() {
            return Err(problem.verdict().to_error());
        }
        not_asked.push(format!(
            "the apps behind the first {}: {}",
            listing.all.len(),
            problem.line()
        ));
    }
    let Listing { all, included, .. } = listing;
    let is_meant = |app: &App| scope.apps.is_empty() || scope.apps.contains(&app.name);
    let meant: Vec<App> = all.into_iter().filter(is_meant).collect();
    all_there(controller, place.as_ref(), scope, &meant).await?;
    let docker: Vec<App> = meant.into_iter().filter(|app| app.lifecycle.kind == "docker").collect();
    let belongings = Belongings::ask(controller, &docker, &mut not_asked).await;
    let mut apps: Vec<Deployed> =
        docker.into_iter().map(|app| belongings.deployed(app, &included, session)).collect();
    apps.sort_by(|a, b| (&a.org, &a.space, &a.name).cmp(&(&b.org, &b.space, &b.name)));
    Ok(Inventory { apps, not_asked })
}

/// A filter for the spaces of a scope; `None` for all.
type Filter = (&'static str, String);

/// Where the apps are looked for.
async fn place(session: &Session<'_>, scope: &PlaceScope) -> Result<Option<Filter>, Error> {
    let controller = session.controller();
    let platform = &session.platform;
    match scope {
        PlaceScope::All => Ok(None),
        PlaceScope::Targeted => Ok(Some(("space_guids", platform.space_guid.clone()))),
        PlaceScope::Org(name) => {
            let org = named(controller, "organizations", "/v3/organizations", name, None).await?;
            Ok(Some(("organization_guids", org)))
        }
        PlaceScope::Space { space, org } => {
            let org = match org {
                Some(name) => {
                    named(controller, "organizations", "/v3/organizations", name, None).await?
                }
                None if platform.org_guid.is_empty() => {
                    return Err(Error::new(ErrorKind::Usage, "which organization has that space?")
                        .seen("cf targets none")
                        .hint(format!("add `--org ORG` to `--space {}`", printable(space))));
                }
                None => platform.org_guid.clone(),
            };
            let within = ("organization_guids", org.as_str());
            let space = named(controller, "spaces", "/v3/spaces", space, Some(within)).await?;
            Ok(Some(("space_guids", space)))
        }
    }
}

/// The GUID of the one with this name; of what there is besides, an error names the nearest.
async fn named(
    controller: &CloudController,
    what: &'static str,
    path: &str,
    name: &str,
    within: Option<(&str, &str)>,
) -> Result<String, Error> {
    let filter: Vec<(&str, &str)> = within.into_iter().collect();
    let all: Vec<Named> = controller
        .list(what, path, &filter)
        .await
        .whole()
        .map_err(|problem| problem.verdict().to_error())?;
    if let Some(found) = all.iter().find(|one| one.name == name) {
        return Ok(found.guid.clone());
    }
    let (one, flag) =
        if what == "spaces" { ("space", "--space") } else { ("organization", "--org") };
    let message =
        format!("there is no {one} `{}`, or none that this user may see", printable(name));
    let error = Error::new(ErrorKind::App, message);
    let meant = spelling::nearest(name, all.iter().map(|one| one.name.as_str()));
    Err(match meant.first() {
        Some(meant) => error.hint(format!("write `{flag} {}`", printable(meant))),
        None => error.hint(if what == "spaces" {
            "`cf spaces` lists them"
        } else {
            "`cf orgs` lists them"
        }),
    })
}

/// The apps of a place, by name where names are given.
async fn apps(
    controller: &CloudController,
    place: Option<&Filter>,
    names: &[String],
) -> Listing<App> {
    let filter = |extra: Option<(&'static str, String)>| {
        let place = place.map(|(name, value)| (*name, value.clone()));
        let include = ("include", "space.organization".to_owned());
        place.into_iter().chain(extra).chain([include]).collect::<Vec<_>>()
    };
    // A comma ends a name in a filter.
    let filters: Vec<Vec<(&str, String)>> = match names {
        [] => vec![filter(Some(("lifecycle_type", "docker".to_owned())))],
        names if names.iter().any(|name| name.contains(',')) => vec![filter(None)],
        names => {
            names.chunks(AT_ONCE).map(|some| filter(Some(("names", some.join(","))))).collect()
        }
    };
    let mut whole = Listing { all: Vec::new(), included: Included::default(), cut: None };
    for filter in filters {
        let list = |filter: Vec<(&'static str, String)>| async move {
            let filter: Vec<(&str, &str)> =
                filter.iter().map(|(name, value)| (*name, value.as_str())).collect();
            controller.list("apps", "/v3/apps", &filter).await
        };
        let mut listing: Listing<App> = list(filter.clone()).await;
        // Before API 3.77, and on Korifi.
        let is_old = matches!(
            listing.cut.as_ref().map(|problem| &problem.kind),
            Some(ProblemKind::TooOld(_))
        );
        if is_old {
            let known =
                |(name, _): &(&str, String)| *name != "lifecycle_type" && *name != "include";
            listing = list(filter.into_iter().filter(known).collect()).await;
        }
        whole.all.extend(listing.all);
        whole.included.spaces.extend(listing.included.spaces);
        whole.included.organizations.extend(listing.included.organizations);
        whole.cut = whole.cut.or(listing.cut);
    }
    whole
}

/// Refuses names of which there is no app, and apps that run no image.
async fn all_there(
    controller: &CloudController,
    place: Option<&Filter>,
    scope: &AppScope,
    found: &[App],
) -> Result<(), Error> {
    if let Some(app) =
        found.iter().find(|app| !scope.apps.is_empty() && app.lifecycle.kind != "docker")
    {
        let message =
            format!("app `{}` is built from files, and runs no image", printable(&app.name));
        return Err(Error::new(ErrorKind::App, message).hint("leave it out"));
    }
    let missing = scope.apps.iter().find(|name| found.iter().all(|app| app.name != **name));
    let Some(name) = missing else { return Ok(()) };
    let others = apps(controller, place, &[]).await.all;
    let error = Error::new(
        ErrorKind::App,
        format!("there is no app `{}` there, or none that this user may see", printable(name)),
    );
    let meant = spelling::nearest(name, others.iter().map(|app| app.name.as_str()));
    Err(match meant.first() {
        Some(meant) => error.hint(format!("did you mean `{}`?", printable(meant))),
        None => error.hint(
            "`cf apps` lists those of the targeted space; `--space` and `--org` name another",
        ),
    })
}

/// What belongs to apps.
struct Belongings {
    droplets: BTreeMap<String, Droplet>,
    processes: BTreeMap<String, Vec<Process>>,
}

impl Belongings {
    async fn ask(controller: &CloudController, apps: &[App], not_asked: &mut Vec<String>) -> Self {
        let guids: Vec<&str> = apps.iter().map(|app| app.guid.as_str()).collect();
        let current: Vec<&str> = apps.iter().filter_map(|app| app.droplet()).collect();
        let ((droplets, no_droplets), (processes, no_processes)) = tokio::join!(
            listed::<Droplet>(controller, "droplets", "/v3/droplets", "guids", &current),
            listed::<Process>(controller, "processes", "/v3/processes", "app_guids", &guids),
        );
        not_asked.extend(no_droplets.into_iter().chain(no_processes));
        let mut of_apps: BTreeMap<String, Vec<Process>> = BTreeMap::new();
        for process in processes {
            if let Some(app) = process.relationships.app.guid().map(str::to_owned) {
                of_apps.entry(app).or_default().push(process);
            }
        }
        Self {
            droplets: droplets.into_iter().map(|one| (one.guid.clone(), one)).collect(),
            processes: of_apps,
        }
    }

    fn deployed(&self, app: App, included: &Included, session: &Session<'_>) -> Deployed {
        let droplet = app.droplet();
        let known = droplet.and_then(|guid| self.droplets.get(guid));
        let (org, space) = called(&app, included, session);
        let tracked = Tracked::of(&app.metadata);
        let here = session.platform.space_guid.as_str();
        let is_away = app.relationships.space.guid().is_some_and(|space| space != here);
        let image = known.and_then(|droplet| droplet.image.clone());
        Deployed {
            state: if app.state == "STARTED" { AppState::Started } else { AppState::Stopped },
            droplet: droplet.map(str::to_owned),
            staged_at: known.map(|droplet| droplet.created_at.clone()),
            user: None,
            running: running(image.as_deref(), &tracked),
            image,
            tracked,
            package: known.and_then(Droplet::package).map(str::to_owned),
            package_key: None,
            deployment: None,
            processes: self.processes.get(&app.guid).cloned().unwrap_or_default(),
            up: None,
            found: None,
            findings: Vec::new(),
            guid: app.guid,
            name: app.name,
            space,
            org,
            is_away,
        }
    }
}

/// The names of an app's organization and space.
fn called(app: &App, included: &Included, session: &Session<'_>) -> (String, String) {
    let guid = app.relationships.space.guid().unwrap_or_default();
    let space: Option<&Space> = included.spaces.iter().find(|space| space.guid == guid);
    let org = space.and_then(|space| {
        let guid = space.relationships.organization.guid()?;
        included.organizations.iter().find(|org| org.guid == guid)
    });
    let is_targeted = guid == session.platform.space_guid;
    let targeted = |name: &str| if is_targeted { name.to_owned() } else { String::new() };
    (
        org.map_or_else(|| targeted(&session.platform.org), |org| org.name.clone()),
        space.map_or_else(|| targeted(&session.platform.space), |space| space.name.clone()),
    )
}
