//! Notes on each app that was pushed by digest which tag that was, so that it can be told later. What
//! cannot be noted is said, and changes nothing about the push.

use std::time::{Duration, Instant, SystemTime};

use futures_util::{StreamExt as _, stream};
use reqwest::Method;
use serde_json::Value;

use super::Stages;
use crate::app::AppRun;
use crate::capi::resources::App;
use crate::capi::{self, Connected, InstalledCf, Needed, Platform, Problem, Tracked};
use crate::error::printable;
use crate::process::within;
use crate::request::Notes;

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(15);
/// How many apps are looked up with one request.
const AT_ONCE: usize = 50;
/// How many notes are written side by side.
const SIDE_BY_SIDE: usize = 8;

/// What is to be noted on an app.
struct Wanted {
    app: String,
    reference: String,
    digest: String,
}

impl Stages<'_> {
    /// Notes what was pushed, where it was pushed and checked.
    pub(crate) async fn note(&mut self, apps: &[AppRun]) {
        let wanted: Vec<Wanted> = match self.request.notes {
            Notes::Written => apps.iter().filter_map(wanted).collect(),
            Notes::None => Vec::new(),
        };
        if wanted.is_empty() {
            return;
        }
        let installed = InstalledCf { cf: &self.cf, environment: self.environment };
        let deadline = Instant::now() + LIMIT;
        let told = self.announcer.later();
        let work = async {
            match capi::connect(installed, Needed::Space, &self.authorities, deadline).await {
                Connected::Ready(platform) => {
                    platform.controller.tell(told);
                    write(&platform, &wanted).await
                }
                // The reason was said before the push, if it is one.
                Connected::Stale | Connected::Refused(_) | Connected::Unknown(_) => Vec::new(),
            }
        };
        // A second signal ends what is left; nothing of the push hangs on it.
        let Ok(failed) = within(LIMIT, self.signals, Box::pin(work)).await else { return };
        for (app, why) in failed {
            self.announcer.note(&format!(
                "its tag is not noted on `{}`: {why}; `--no-annotate` leaves it out",
                printable(&app)
            ));
        }
    }
}

/// What is to be noted of an app that was pushed.
fn wanted(run: &AppRun) -> Option<Wanted> {
    let reference = run.app.reference().filter(|_| run.is_pushed())?;
    let digest = run.findings.as_ref()?.image.digest.clone()?;
    let plain = reference.without_digest().to_string();
    // What a name alone means; a digest that was given names no tag.
    let is_latest =
        run.pinned().is_some() && reference.tag().is_none() && reference.digest().is_none();
    let reference = if is_latest { format!("{plain}:latest") } else { plain };
    let app = run.app.name.clone().filter(|name| !name.contains(','))?;
    Some(Wanted { app, reference, digest })
}

/// Writes the notes; those that could not be, with the reason.
async fn write(platform: &Platform, wanted: &[Wanted]) -> Vec<(String, String)> {
    let controller = &platform.controller;
    let mut failed = Vec::new();
    let mut there: Vec<App> = Vec::new();
    for some in wanted.chunks(AT_ONCE) {
        let names: Vec<&str> = some.iter().map(|one| one.app.as_str()).collect();
        let filter = [("names", names.join(",")), ("space_guids", platform.space_guid.clone())];
        let filter: Vec<(&str, &str)> =
            filter.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let listing = controller.list("apps", "/v3/apps", &filter).await;
        there.extend(listing.all);
        if let Some(problem) = listing.cut {
            failed.extend(names.iter().map(|name| ((*name).to_owned(), problem.line())));
        }
    }
    let now = SystemTime::now();
    let written: Vec<Option<(String, String)>> = stream::iter(wanted)
        .map(|one| {
            let app = there.iter().find(|app| app.name == one.app);
            async move {
                let app = app?;
                let before = Tracked::of(&app.metadata);
                let note = before.pushed(one.reference.clone(), one.digest.clone(), now).document();
                let path = format!("/v3/apps/{}", app.guid);
                let place = (Method::PATCH, path.as_str());
                let done: Result<Value, Problem> =
                    controller.change("a note on the app", place, note, None).await;
                done.err().map(|problem| (one.app.clone(), problem.line()))
            }
        })
        .buffer_unordered(SIDE_BY_SIDE)
        .collect()
        .await;
    failed.extend(written.into_iter().flatten());
    failed
}
