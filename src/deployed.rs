//! Apps as Cloud Foundry has them: which image each runs, whether it could be pulled again, and how
//! one gets another droplet without being down. Asks the platform and the registries; ends in
//! records. Never prints.

use crate::capi::Tracked;
use crate::capi::resources::Process;
use crate::icr::Image;
use crate::reference::ImageReference;
use crate::verdict::Verdict;

mod audit;
mod bulk;
mod changed_value;
mod choice;
mod difference;
mod earlier;
mod image_difference;
mod images;
mod instances_up;
mod inventory;
mod keys;
mod lines;
mod manifest_difference;
mod packages;
mod pull_failures;
mod revisions;
mod rollout;
mod rotation;
mod session;
mod under_way;

pub(crate) use audit::{Audit, Extent, audit, deciding, still_there, unfit};
pub(crate) use changed_value::ChangedValue;
pub(crate) use choice::{Choice, From, choose, rollout};
pub(crate) use difference::{Compared, Difference, Standing, differences};
pub(crate) use earlier::{Wanted, earlier};
pub(crate) use image_difference::{ImageSide, WantedImage};
pub(crate) use images::Running;
pub(crate) use instances_up::instances_up;
pub(crate) use inventory::{Inventory, inventory, without_packages};
pub(crate) use keys::Keys;
pub(crate) use packages::packages;
pub(crate) use pull_failures::pull_failures;
pub(crate) use revisions::{Back, note, revisions};
pub(crate) use rollout::{Done, Ended, Rollout, TakenBack, Way, take_back_within};
pub(crate) use rotation::{Change, Course, rotate};
pub(crate) use session::{Session, Terms};
pub(crate) use under_way::{active, standing};

/// An app that is there. Has nothing secret: the platform gives no password back.
#[derive(Debug, Clone)]
pub(crate) struct Deployed {
    pub(crate) guid: String,
    pub(crate) name: String,
    pub(crate) space: String,
    pub(crate) org: String,
    /// Whether cf targets another space than its own.
    pub(crate) is_away: bool,
    pub(crate) state: AppState,
    /// The droplet that the next start takes.
    pub(crate) droplet: Option<String>,
    /// When that was staged, as the platform writes it.
    pub(crate) staged_at: Option<String>,
    /// What was pushed, as it was pushed.
    pub(crate) image: Option<String>,
    /// The registry user that the platform has for it.
    pub(crate) user: Option<String>,
    /// What icr-cf noted on it.
    pub(crate) tracked: Tracked,
    /// The package of its droplet, where that is still known.
    pub(crate) package: Option<String>,
    /// The id of the key that icr-cf put into the package of its droplet.
    pub(crate) package_key: Option<String>,
    /// A deployment that goes on.
    pub(crate) deployment: Option<ActiveDeployment>,
    /// Its processes, the old and the new one while a deployment goes on.
    pub(crate) processes: Vec<Process>,
    /// How many instances of its web processes run; `None` where that was not asked.
    pub(crate) up: Option<u64>,
    /// What runs, as far as it can be told.
    pub(crate) running: Running,
    /// What the registry has of it, where it was asked.
    pub(crate) found: Option<Image>,
    /// What was found, in the order in which it is to be mended.
    pub(crate) findings: Vec<Verdict>,
}

/// A deployment that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActiveDeployment {
    pub(crate) guid: String,
    /// The droplet that it brings.
    pub(crate) droplet: Option<String>,
}

/// Whether an app is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AppState {
    Started,
    Stopped,
}

impl Deployed {
    /// How many instances of its web processes are wanted.
    pub(crate) fn wanted(&self) -> u64 {
        let web = self.processes.iter().filter(|process| process.kind == WEB);
        web.map(|process| process.instances).max().unwrap_or_default()
    }

    /// The processes that no deployment rolls: the platform stops and starts them.
    pub(crate) fn workers(&self) -> Vec<&str> {
        let others = self.processes.iter().filter(|one| one.kind != WEB && one.instances > 0);
        others.map(|process| process.kind.as_str()).collect()
    }

    /// The image of ICR that it runs, with the tag where that is known.
    pub(crate) const fn reference(&self) -> Option<&ImageReference> {
        match &self.running {
            Running::Icr(reference) => Some(reference),
            Running::Elsewhere | Running::Unreadable(_) | Running::Nothing => None,
        }
    }

    /// What the platform says of it and is shown.
    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let Tracked { reference, digest, pushed_at, key_id, key_droplet, tags } = &mut self.tracked;
        let noted = [reference, digest, pushed_at, key_id, key_droplet, tags];
        let others = [&mut self.staged_at, &mut self.image, &mut self.user, &mut self.package_key];
        let kinds = self.processes.iter_mut().map(|process| &mut process.kind);
        let names = [&mut self.name, &mut self.space, &mut self.org];
        names.into_iter().chain(noted.into_iter().chain(others).flatten()).chain(kinds)
    }
}

/// What apps are called among each other: with their spaces, where there are several.
pub(crate) fn called<'a>(apps: impl Iterator<Item = &'a Deployed> + Clone) -> Vec<String> {
    let mut places = apps.clone().map(|app| (&app.org, &app.space));
    let first = places.next();
    let are_several = places.any(|place| Some(place) != first);
    let name = |app: &Deployed| {
        if are_several {
            format!("{}/{}/{}", app.org, app.space, app.name)
        } else {
            app.name.clone()
        }
    };
    apps.map(name).collect()
}

/// The type of process that has routes.
pub(crate) const WEB: &str = "web";
