//! Apps of the targeted space by their names, where some may not be there yet.

use super::{Belongings, Deployed, apps, instances_up, packages};
use crate::capi::Listing;
use crate::capi::resources::App;
use crate::deployed::Session;
use crate::error::Error;

/// What is there of apps that were named.
pub(crate) struct Known {
    /// Those that run an image.
    pub(crate) apps: Vec<Deployed>,
    /// The names of those that are built from files.
    pub(crate) of_files: Vec<String>,
    /// What could not be asked, and why.
    pub(crate) not_asked: Vec<String>,
}

/// Finds those that are there, and how many instances of each run.
///
/// # Errors
/// The apps cannot be listed.
pub(crate) async fn known(session: &Session<'_>, names: &[String]) -> Result<Known, Error> {
    let controller = session.controller();
    let place = ("space_guids", session.platform.space_guid.clone());
    let Listing { all, included, cut } = apps(controller, Some(&place), names).await;
    if let Some(problem) = cut {
        return Err(problem.verdict().to_error());
    }
    let meant = all.into_iter().filter(|app| names.contains(&app.name));
    let (docker, others): (Vec<App>, Vec<App>) =
        meant.partition(|app| app.lifecycle.kind == "docker");
    let mut not_asked = Vec::new();
    let belongings = Belongings::ask(controller, &docker, &mut not_asked).await;
    let mut apps: Vec<Deployed> =
        docker.into_iter().map(|app| belongings.deployed(app, &included, session)).collect();
    let (packages, up) = tokio::join!(packages(session, &apps), instances_up(session, &apps));
    packages.tell(None, &mut apps, &mut not_asked);
    up.tell(&mut apps, &mut not_asked);
    let of_files = others.into_iter().map(|app| app.name).collect();
    Ok(Known { apps, of_files, not_asked })
}
