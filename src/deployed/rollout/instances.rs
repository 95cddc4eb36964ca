//! What the instances of an app do.

use std::time::Duration;

use super::asking::Asker;
use super::bounds::Over;
use super::{Done, Ended, Stage, refused};
use crate::capi::Problem;
use crate::capi::resources::{App, Deployment, Process, Stats};
use crate::deployed::WEB;
use crate::error::printable;

/// What the instances of a process do.
pub(super) async fn stats(ask: Asker<'_>, process: &str) -> Result<Stats, Problem> {
    ask.one("the instances", &format!("/v3/processes/{process}/stats")).await
}

impl Stage<'_> {
    /// Sees that all instances run on the droplet that a deployment has brought.
    pub(super) async fn seen_up(&mut self, deployment: &Deployment, droplet: &str) -> Done {
        self.unsure_from_here("the new droplet; not all instances were seen up");
        let web = deployment.new_processes.iter().find(|process| process.kind == WEB);
        let seen = self.look_with(self.ask(), web.map(|process| process.guid.as_str())).await;
        let (up, current) = self.up(seen).await;
        if let Some(overtaken) = self.overtaken(current.as_deref(), droplet) {
            return overtaken;
        }
        match up {
            Up::Yes(count) => Done::new(Ended::Done, instances(count)),
            Up::Crashed(why) => Done::failed(
                Ended::Unsure,
                self.rollout.not_up(&why),
                "the new droplet, whose instances crash now",
            ),
            Up::Over(over) => Done {
                error: Some(self.ended(over)),
                ..Done::new(Ended::Unsure, "the new droplet; not all instances were seen up")
            },
        }
    }

    /// What to say where another droplet than ours is current now, by what the platform has said.
    pub(super) fn overtaken(&self, current: Option<&str>, droplet: &str) -> Option<Done> {
        current.filter(|current| *current != droplet).map(|_| {
            let error =
                refused(format!("somebody gave `{}` another droplet meanwhile", self.rollout.name));
            Done::failed(Ended::Unsure, error, "another droplet than ours")
        })
    }

    /// Waits until all instances run, those of processes that no deployment rolls among them. Says which
    /// droplet was current then.
    pub(super) async fn up(&mut self, mut seen: Seen) -> (Up, Option<String>) {
        self.bounds.begin(Duration::ZERO);
        loop {
            if let Some(up) = seen.up() {
                return (up, seen.current);
            }
            match seen.trouble {
                Some(problem) => self.bounds.heed(problem),
                None => self.bounds.heard(),
            }
            if let Err(over) = self.bounds.pause().await {
                // What was asked last may not have been answered.
                let bounds = self.bounds.moment();
                let last = Asker { controller: self.controller, bounds: &bounds };
                seen = self.look_with(last, None).await;
                return (seen.up().unwrap_or(Up::Over(over)), seen.current);
            }
            seen = self.look().await;
        }
    }

    /// Looks at all instances once.
    pub(super) async fn look(&self) -> Seen {
        self.look_with(self.ask(), None).await
    }

    /// The same, where one of the processes is known already: its instances are asked for at once.
    async fn look_with(&self, ask: Asker<'_>, known: Option<&str>) -> Seen {
        let filter = [("app_guids", self.rollout.guid.as_str())];
        let app = format!("/v3/apps/{}", self.rollout.guid);
        let (listing, mut of_known, app) = tokio::join!(
            ask.list::<Process>("the processes", "/v3/processes", &filter),
            async { Some(stats(ask, known?).await) },
            ask.one::<App>("the app", &app),
        );
        let current = app.ok().and_then(|app| app.droplet().map(str::to_owned));
        let trouble = listing.cut;
        let mut seen = Seen { running: 0, lacking: 0, trouble, crashed: None, current };
        for process in &listing.all {
            let wanted = usize::try_from(process.instances).unwrap_or(usize::MAX);
            let stats = match of_known.take_if(|_| known == Some(process.guid.as_str())) {
                Some(stats) => stats,
                None => stats(ask, &process.guid).await,
            };
            let stats = match stats {
                Ok(stats) => stats,
                Err(problem) => {
                    seen.trouble = Some(problem);
                    continue;
                }
            };
            if wanted > 0 && count(&stats, "CRASHED") >= wanted {
                let why = stats.resources.iter().find_map(|one| one.details.as_deref());
                seen.crashed = Some(why.map_or_else(
                    || format!("all instances of `{}` crash", printable(&process.kind)),
                    |why| self.shown(why),
                ));
            }
            let up = count(&stats, "RUNNING");
            seen.running += up;
            seen.lacking += wanted.saturating_sub(up);
        }
        seen
    }

    /// What to say of instances that were looked at, where there is more to say than that they run.
    pub(super) async fn so_far(&self) -> String {
        let seen = self.look().await;
        match (seen.trouble.is_none(), seen.lacking) {
            (true, 0) => String::new(),
            (true, lacking) => {
                format!("; {} of {} run so far", seen.running, instances(seen.running + lacking))
            }
            (false, _) => "; its instances could not be looked at".to_owned(),
        }
    }
}

/// What the instances of all processes do.
pub(super) struct Seen {
    running: usize,
    /// How many more are wanted than run.
    lacking: usize,
    /// Why not all of them could be looked at, where they could not.
    trouble: Option<Problem>,
    /// Why all of a process crash, where they do.
    crashed: Option<String>,
    /// The droplet that is current, where that was told.
    current: Option<String>,
}

impl Seen {
    /// What there is to say of it, unless there is more to wait for.
    fn up(&mut self) -> Option<Up> {
        if let Some(why) = self.crashed.take() {
            return Some(Up::Crashed(why));
        }
        (self.trouble.is_none() && self.lacking == 0).then_some(Up::Yes(self.running))
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
