//! A deployment, to its end or back. One never fails by itself: the platform tries for ever, so what does
//! not come up is taken back here.

use reqwest::Method;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::asking::Asker;
use super::bounds::{Over, Wish};
use super::instances::{count, stats};
use super::taking_back::{TakenBack, take_back};
use super::{Done, Ended, Stage, refused};
use crate::capi::resources::{Deployment, Guid};
use crate::capi::{Listing, Problem};
use crate::cf::Phase;
use crate::cli::Strategy;
use crate::deployed::WEB;
use crate::error::Error;
use crate::verdict::{Name, Verdict};

impl Stage<'_> {
    /// A deployment, to its end or back.
    pub(super) async fn deploy(&mut self, droplet: &str) -> Done {
        self.hears.phase(Phase::Starting);
        let begun = if let Some(guid) = self.rollout.deployment.clone() {
            self.hears.line("going on with the deployment of a run before");
            Ok(guid)
        } else {
            self.unsure_from_here(self.perhaps_begun_words());
            self.begin(droplet).await
        };
        let guid = match begun {
            Ok(guid) => guid,
            Err(Unbegun::Refused(problem)) => return self.unchanged(&problem),
            Err(Unbegun::Perhaps(problem)) => return self.lost(&problem),
        };
        self.unsure_from_here(self.goes_on_words());
        self.bounds.begin(self.pace.deployment.first());
        let path = format!("/v3/deployments/{guid}");
        let mut said = String::new();
        // One that has just begun is not done before any other was.
        if self.rollout.deployment.is_none()
            && !self.pace.deployment.first().is_zero()
            && let Err(over) = self.bounds.pause().await
        {
            return self.over(over, &guid).await;
        }
        loop {
            let mut crashed = None;
            match self.ask().one::<Deployment>("a deployment", &path).await {
                Ok(deployment) => match self.progress(&deployment, &mut said).await {
                    Progress::Deployed => {
                        self.bounds.came(&self.pace.deployment);
                        return self.seen_up(&deployment, droplet).await;
                    }
                    Progress::Paused => return self.paused(&deployment),
                    Progress::Lost(done) => return done,
                    Progress::Crashed(why) => crashed = Some(why),
                    Progress::GoesOn => {
                        self.bounds.heard();
                        self.unsure_from_here(self.goes_on_words());
                    }
                },
                Err(problem) if problem.may_pass() => {
                    self.unsure_from_here(self.unseen_words());
                    self.bounds.heed(problem);
                }
                Err(problem) => {
                    let error = self.error(&problem);
                    return Done::failed(Ended::Unsure, error, self.unseen_words());
                }
            }
            if let Some(why) = crashed {
                return self.cancel(&guid, self.rollout.not_up(&why)).await;
            }
            if let Err(over) = self.bounds.pause().await {
                return self.over(over, &guid).await;
            }
        }
    }

    /// The end of the wait for a deployment that is not done.
    async fn over(&mut self, over: Over, guid: &str) -> Done {
        let error = self.ended(over);
        match over {
            Over::Asked(Wish::Leave) => {
                Done { error: Some(error), ..self.if_left.borrow().clone() }
            }
            Over::TimedOut | Over::Asked(_) => self.cancel(guid, error).await,
        }
    }

    /// Begins a deployment; where the answer is lost, looks whether it has begun, and asks once more
    /// where it has not.
    async fn begin(&self, droplet: &str) -> Result<String, Unbegun> {
        let body = Zeroizing::new(self.wanted(droplet).to_string());
        let mut is_last = false;
        loop {
            let place = (Method::POST, "/v3/deployments");
            let asked = self.ask().change::<Guid>("a deployment", place, body.clone()).await;
            let lost = match asked {
                Ok(deployment) => return Ok(deployment.guid),
                Err(problem) if problem.may_pass() => problem,
                Err(problem) => return Err(Unbegun::Refused(problem)),
            };
            let (begun, is_known) =
                if lost.has_changed_nothing() { (None, true) } else { self.begun(droplet).await };
            match begun {
                Some(begun) => return Ok(begun),
                None if !is_known => return Err(Unbegun::Perhaps(lost)),
                None if is_last || self.bounds.over().is_some() => {
                    return Err(Unbegun::Refused(lost));
                }
                None => is_last = true,
            }
        }
    }

    /// A deployment of this droplet that has begun, and whether that could be looked up. What has begun
    /// has to be known, so that it can be taken back, even where the time is up.
    async fn begun(&self, droplet: &str) -> (Option<String>, bool) {
        let bounds = self.bounds.last();
        let ask = Asker { controller: self.controller, bounds: &bounds };
        let filter = [("app_guids", self.rollout.guid.as_str()), ("order_by", "-created_at")];
        let all: Listing<Deployment> =
            ask.list("the deployments", "/v3/deployments", &filter).await;
        let is_ours = |one: &Deployment| {
            let brings = one.droplet.as_ref().and_then(|one| one.guid.as_deref());
            let is_over = ["CANCELED", "SUPERSEDED"].contains(&one.status.reason.as_str());
            brings == Some(droplet) && !is_over
        };
        let is_known = all.cut.is_none();
        (all.all.into_iter().find(is_ours).map(|one| one.guid), is_known)
    }

    pub(super) fn wanted(&self, droplet: &str) -> Value {
        let wish = &self.rollout.wish;
        let mut wanted = json!({
            "relationships": {"app": {"data": {"guid": self.rollout.guid}}},
            "droplet": {"guid": droplet},
        });
        // Korifi knows no strategy, and rolling is the default.
        if wish.strategy == Strategy::Canary
            && let Some(fields) = wanted.as_object_mut()
        {
            fields.insert("strategy".into(), "canary".into());
            let steps: Vec<Value> =
                wish.steps.iter().map(|step| json!({"instance_weight": step})).collect();
            if !steps.is_empty() {
                fields.insert("options".into(), json!({"canary": {"steps": steps}}));
            }
        }
        wanted
    }

    /// How far a deployment has come.
    pub(super) async fn progress(&self, deployment: &Deployment, said: &mut String) -> Progress {
        let status = &deployment.status;
        match (status.value.as_str(), status.reason.as_str()) {
            (_, "DEPLOYED") => return Progress::Deployed,
            (_, "PAUSED") => return Progress::Paused,
            (_, "SUPERSEDED") => {
                let message =
                    format!("another deployment of `{}` has taken over", self.rollout.name);
                let error = Verdict::new(Name::StagingInProgress, message).to_error();
                let now = "what that other deployment brings";
                return Progress::Lost(Done::failed(Ended::Unsure, error, now));
            }
            (_, "CANCELED") | ("FINALIZED", _) => {
                let error = refused(format!(
                    "somebody cancelled the deployment of `{}`",
                    self.rollout.name
                ));
                return Progress::Lost(Done::failed(Ended::Failed, error, "as before"));
            }
            _ => {}
        }
        let mut words = "deploying".to_owned();
        if let Some(error) = &status.details.error {
            words = format!("deploying: the platform says {}", self.shown(error));
        }
        for process in deployment.new_processes.iter().filter(|process| process.kind == WEB) {
            let Ok(seen) = stats(self.ask(), &process.guid).await else { continue };
            let (up, all) = (count(&seen, "RUNNING"), seen.resources.len());
            if all > 0 && count(&seen, "CRASHED") == all {
                let why = seen.resources.iter().find_map(|one| one.details.as_deref());
                let why =
                    why.map_or_else(|| "all new instances crash".to_owned(), |why| self.shown(why));
                return Progress::Crashed(why);
            }
            words = format!("{words}: {up} of {all} new instances run");
        }
        if *said != words {
            self.hears.line(&words);
            *said = words;
        }
        Progress::GoesOn
    }

    pub(super) fn paused(&self, deployment: &Deployment) -> Done {
        let step = deployment.status.canary.as_ref().map_or_else(String::new, |canary| {
            format!(" (step {} of {})", canary.steps.current, canary.steps.total)
        });
        let go_on = self.rollout.line("cf continue-deployment");
        let cancel = self.rollout.line("cf cancel-deployment");
        let mut done = Done::new(Ended::Paused, format!("canaries beside what ran before{step}"));
        done.notes.push(format!("{go_on} goes on, {cancel} takes it back"));
        done
    }

    /// Takes a deployment back and waits until that is done.
    pub(super) async fn cancel(&mut self, guid: &str, why: Error) -> Done {
        self.hears.line("taking the deployment back");
        self.bounds = self.bounds.last();
        self.unsure_from_here(self.perhaps_going_back_words());
        let now = match take_back(self.controller, guid, &mut self.bounds).await {
            TakenBack::Back => {
                let so_far = self.so_far().await;
                let now = format!("as before: the deployment was taken back{so_far}");
                return Done::failed(Ended::Failed, why, now);
            }
            TakenBack::Deployed => {
                "the new droplet: it was done before it could be taken back".to_owned()
            }
            TakenBack::Superseded => "what another deployment brings".to_owned(),
            TakenBack::Asked => self.going_back_words(),
            TakenBack::Unasked => self.goes_on_words(),
            TakenBack::Unseen => self.unseen_words(),
        };
        Done::failed(Ended::Unsure, why, now)
    }

    /// What to say of a deployment that was asked for, without an answer.
    fn perhaps_begun_words(&self) -> String {
        let cancel = self.rollout.line("cf cancel-deployment");
        format!("whether the deployment has begun is not known; {cancel} takes it back")
    }

    /// What to say of one that was asked to end, and not seen to.
    fn going_back_words(&self) -> String {
        let cancel = self.rollout.line("cf cancel-deployment");
        format!(
            "the deployment is being taken back, and was not seen back; {cancel} asks for it again"
        )
    }

    /// The same where that was not answered.
    fn perhaps_going_back_words(&self) -> String {
        let cancel = self.rollout.line("cf cancel-deployment");
        format!(
            "whether the deployment is being taken back is not known; {cancel} asks for it again"
        )
    }

    /// What to say of a deployment that nothing was heard of the last time.
    fn unseen_words(&self) -> String {
        let cancel = self.rollout.line("cf cancel-deployment");
        format!("whether the deployment goes on or is done is not known; {cancel} takes it back")
    }

    /// What to say of a deployment that is left as it is.
    pub(super) fn goes_on_words(&self) -> String {
        let cancel = self.rollout.line("cf cancel-deployment");
        format!("the deployment goes on; what ran before serves meanwhile; {cancel} takes it back")
    }
}

/// Why a deployment has not begun.
enum Unbegun {
    /// It was refused, or did not get there.
    Refused(Problem),
    /// The answer was lost, and whether it has begun cannot be asked.
    Perhaps(Problem),
}

/// How far a deployment has come.
pub(super) enum Progress {
    Deployed,
    Paused,
    Crashed(String),
    Lost(Done),
    GoesOn,
}
