//! What the instances of an app do.

use super::bounds::{FIRST_PAUSE, Over};
use super::{Done, Ended, Stage, not_up, refused};
use crate::capi::resources::{App, Process, Stats};
use crate::deployed::WEB;

impl Stage<'_> {
    pub(super) async fn stats(&self, process: &str) -> Option<Stats> {
        let path = format!("/v3/processes/{process}/stats");
        self.controller.one("the instances", &path).await.ok()
    }

    /// Sees that all instances run on the droplet.
    pub(super) async fn seen_up(&mut self, droplet: &str) -> Done {
        self.unsure_from_here("the new droplet; not all instances were seen up");
        let path = format!("/v3/apps/{}", self.rollout.guid);
        if let Ok(app) = self.controller.one::<App>("the app", &path).await
            && app.relationships.current_droplet.guid().is_some_and(|now| now != droplet)
        {
            let error =
                refused(format!("somebody gave `{}` another droplet meanwhile", self.rollout.name));
            return Done::failed(Ended::Unsure, error, "another droplet than ours");
        }
        match self.up().await {
            Up::Yes(count) => Done::new(Ended::Done, instances(count)),
            Up::Crashed(why) => Done::failed(
                Ended::Unsure,
                not_up(&self.rollout.name, &why),
                "the new droplet, whose instances crash now",
            ),
            Up::Over(over) => Done {
                error: Some(self.ended(over)),
                ..Done::new(Ended::Unsure, "the new droplet; not all instances were seen up")
            },
        }
    }

    /// Waits until all instances of the web processes run.
    pub(super) async fn up(&mut self) -> Up {
        let filter = [("app_guids", self.rollout.guid.as_str()), ("types", WEB)];
        self.bounds.pause = FIRST_PAUSE;
        loop {
            let listing =
                self.controller.list::<Process>("the processes", "/v3/processes", &filter).await;
            let mut all = listing.cut.is_none();
            let (mut running, mut crashed, mut why) = (0, 0, None);
            let mut wanted = 0;
            for process in &listing.all {
                wanted += usize::try_from(process.instances).unwrap_or(usize::MAX);
                match self.stats(&process.guid).await {
                    Some(stats) => {
                        running += count(&stats, "RUNNING");
                        crashed += count(&stats, "CRASHED");
                        let details = stats.resources.iter().find_map(|one| one.details.as_deref());
                        why = why.or(details.map(|details| self.shown(details)));
                    }
                    None => all = false,
                }
            }
            if all && running >= wanted {
                return Up::Yes(running);
            }
            if all && wanted > 0 && crashed >= wanted {
                return Up::Crashed(why.unwrap_or_else(|| "all instances crash".to_owned()));
            }
            if let Err(over) = self.bounds.pause().await {
                return Up::Over(over);
            }
        }
    }
}

/// Whether all instances run.
pub(super) enum Up {
    Yes(usize),
    Crashed(String),
    Over(Over),
}

pub(super) fn count(of: &Stats, state: &str) -> usize {
    of.resources.iter().filter(|one| one.state == state).count()
}

pub(super) fn instances(count: usize) -> String {
    format!("{count} {}", if count == 1 { "instance" } else { "instances" })
}
