//! A restart, for those who cannot roll: down and up again, and back where that fails.

use reqwest::Method;
use zeroize::Zeroizing;

use super::bounds::Over;
use super::instances::{Up, instances};
use super::{Done, Ended, Stage};
use crate::capi::Problem;
use crate::capi::resources::Guid;
use crate::cf::Phase;
use crate::error::Error;

impl Stage<'_> {
    /// Down and up again. Where that fails, the same with the droplet before.
    pub(super) async fn restart(&mut self, droplet: &str) -> Done {
        self.hears.phase(Phase::Starting);
        self.hears.line("restarting: it is down until its instances are up");
        let restart = self.rollout.line("cf restart");
        self.unsure_from_here(format!(
            "whether it was restarted with the new key is not known; {restart} does it"
        ));
        match self.make_current(droplet).await {
            Ok(()) => {}
            Err(problem) if problem.may_pass() => {
                let now = "as before; whether the next start takes the new droplet is not known";
                return Done::failed(Ended::Unsure, self.error(&problem), now);
            }
            Err(problem) => return self.unchanged(&problem),
        }
        if let Err(problem) = self.start_again().await {
            if !problem.has_changed_nothing() {
                return self.lost(&problem);
            }
            let unchanged = self.unchanged(&problem);
            return match self.take_droplet_back().await {
                Ok(()) => unchanged,
                Err(_) => Done {
                    error: unchanged.error,
                    ..Done::new(Ended::Unsure, "as before; the next start takes the new droplet")
                },
            };
        }
        self.unsure_from_here("it was restarted with the new key and not seen up yet");
        match self.up(self.look().await).await.0 {
            Up::Yes(count) => Done::new(Ended::Done, instances(count)),
            Up::Crashed(why) => self.back_by_restart(self.rollout.not_up(&why)).await,
            Up::Over(over @ Over::TimedOut) => self.back_by_restart(self.ended(over)).await,
            Up::Over(over) => Done {
                error: Some(self.ended(over)),
                ..Done::new(Ended::Unsure, "it was restarted with the new key and not seen up yet")
            },
        }
    }

    /// Restarts it; once more where the answer is lost, which does no other harm than a moment more.
    pub(super) async fn start_again(&self) -> Result<(), Problem> {
        let path = format!("/v3/apps/{}/actions/restart", self.rollout.guid);
        let restart = async || -> Result<Guid, Problem> {
            let place = (Method::POST, path.as_str());
            self.ask().change("a restart", place, Zeroizing::default()).await
        };
        let Err(lost) = restart().await else { return Ok(()) };
        if !lost.may_pass() || self.bounds.over().is_some() {
            return Err(lost);
        }
        match restart().await {
            Err(problem) if lost.has_changed_nothing() => Err(problem),
            Err(_) => Err(lost),
            Ok(_) => Ok(()),
        }
    }

    pub(super) async fn take_droplet_back(&self) -> Result<(), Problem> {
        match &self.rollout.before {
            Some(before) => self.make_current(before).await,
            None => Ok(()),
        }
    }

    pub(super) async fn back_by_restart(&mut self, error: Error) -> Done {
        self.hears.line("its instances do not come up: back to the droplet before");
        self.bounds = self.bounds.last();
        self.unsure_from_here("whether it was restarted with the droplet before is not known");
        let back = match self.take_droplet_back().await {
            Ok(()) => self.start_again().await,
            Err(problem) => Err(problem),
        };
        if back.as_ref().is_err_and(Problem::may_pass) {
            return Done { error: Some(error), ..self.if_left.borrow().clone() };
        }
        if back.is_err() {
            return Done::failed(
                Ended::Unsure,
                error,
                "the new droplet, whose instances do not run",
            );
        }
        match self.up(self.look().await).await.0 {
            Up::Yes(count) => {
                Done::failed(Ended::Failed, error, format!("as before: {}", instances(count)))
            }
            Up::Crashed(_) | Up::Over(_) => Done::failed(
                Ended::Unsure,
                error,
                "restarted with the droplet before, and not seen up",
            ),
        }
    }
}
