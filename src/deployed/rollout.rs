//! How one app gets another droplet: a new package with the key, a build, then a rolling deployment, a
//! restart, or nothing more where it is stopped. Says what it saw and nothing beyond: what failed is
//! taken back, and what runs then is looked at.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

use reqwest::Method;
use serde::Serialize;
use serde_json::json;
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::lines::Lines;
use crate::capi::resources::{App, Build, Guid, Related};
use crate::capi::{CloudController, Problem, Tracked};
use crate::cf::Phase;
use crate::error::{Error, ErrorKind};
use crate::request::RolloutWish;
use crate::secret::ApiKey;
use crate::secret_shape::HIDDEN;
use crate::verdict::{Name, Verdict};

mod asking;
mod bounds;
mod deployment;
mod instances;
mod restart;
mod staging;
mod taking_back;

use asking::Asker;
pub(crate) use bounds::Pace;
pub(crate) use bounds::Wish;
use bounds::{Bounds, Over, left};
pub(crate) use taking_back::{TakenBack, take_back_within};

/// How an app gets its droplet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Way {
    /// A rolling deployment, or one by canaries.
    Deploy,
    /// Down and up again.
    Restart,
    /// It is stopped: the droplet waits for the next start.
    Stage,
}

/// One app that gets another droplet. Has no `Debug`: it holds a key.
pub(crate) struct Rollout {
    pub(crate) guid: String,
    pub(crate) name: String,
    /// Lines about it.
    pub(crate) lines: Lines,
    pub(crate) way: Way,
    /// The image, by digest.
    pub(crate) image: String,
    pub(crate) user: String,
    pub(crate) key: Arc<ApiKey>,
    /// A droplet that has this key already, from a run before.
    pub(crate) staged: Option<String>,
    /// A build that a run before has begun.
    pub(crate) build: Option<String>,
    /// A deployment of that droplet that goes on.
    pub(crate) deployment: Option<String>,
    /// The droplet that is current before.
    pub(crate) before: Option<String>,
    /// What is noted on the package, and on the app when it is done.
    pub(crate) note: Tracked,
    pub(crate) wish: RolloutWish,
}

/// What became of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Ended {
    /// All instances run with it.
    Done,
    /// It is staged and takes effect at the next start.
    Staged,
    /// The canaries run; somebody has to go on or take it back.
    Paused,
    /// It failed, and what ran before runs.
    Failed,
    /// It was ended or failed, and what runs is not known for sure.
    Unsure,
    /// It was ended before anything that runs was changed.
    Interrupted,
    /// Its turn did not come.
    NotStarted,
}

impl Ended {
    /// Its stable name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Staged => "staged",
            Self::Paused => "paused",
            Self::Failed => "failed",
            Self::Unsure => "unsure",
            Self::Interrupted => "interrupted",
            Self::NotStarted => "not-started",
        }
    }
}

/// What became of an app, and why.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) result: Ended,
    pub(crate) error: Option<Error>,
    /// What runs now, in words.
    pub(crate) now: String,
    /// What is worth knowing besides.
    pub(crate) notes: Vec<String>,
    pub(crate) seconds: f64,
}

impl Done {
    /// One whose turn did not come.
    pub(crate) fn not_started() -> Self {
        Self::new(Ended::NotStarted, "as before")
    }

    fn new(result: Ended, now: impl Into<String>) -> Self {
        Self { result, error: None, now: now.into(), notes: Vec::new(), seconds: 0.0 }
    }

    fn failed(result: Ended, error: Error, now: impl Into<String>) -> Self {
        Self { error: Some(error), ..Self::new(result, now) }
    }

    /// Says by which signal it was interrupted, where it was.
    pub(super) fn interrupted_by(&mut self, signal: u8) {
        let is_one = |error: &&Error| matches!(error.kind(), ErrorKind::Interrupted(_));
        if let Some(error) = self.error.as_ref().filter(is_one) {
            let kind = ErrorKind::Interrupted(signal);
            self.error = Some(Error::new(kind, error.message().to_owned()));
        }
    }

    /// Whether it came to what was wanted.
    pub(crate) const fn is_good(&self) -> bool {
        matches!(self.result, Ended::Done | Ended::Staged | Ended::Paused)
    }
}

/// Who hears how an app comes on.
pub(crate) trait Hears: Sync {
    /// It has come to another phase.
    fn phase(&self, phase: Phase);
    /// It says something.
    fn line(&self, line: &str);
    /// What it has the platform do is done, and seen to be.
    fn settled(&self);
}

/// Carries one out.
struct Stage<'a> {
    rollout: &'a Rollout,
    controller: &'a CloudController,
    hears: &'a dyn Hears,
    bounds: Bounds,
    pace: &'a Pace,
    /// What is to be said where it is left in the middle, without an answer.
    if_left: &'a RefCell<Done>,
}

impl Rollout {
    /// Carries it out, within its bounds.
    pub(crate) async fn run(
        &self,
        (controller, pace): (&CloudController, &Pace),
        hears: &dyn Hears,
        asked: watch::Receiver<Wish>,
    ) -> Done {
        let begun = Instant::now();
        let deadline = begun + self.wish.timeout;
        let leaving = left(asked.clone());
        let bounds = Bounds::new(deadline, asked, Wish::End);
        let if_left = RefCell::new(Done::new(Ended::Interrupted, "as before"));
        let mut stage = Stage { rollout: self, controller, hears, bounds, pace, if_left: &if_left };
        let mut done = tokio::select! {
            biased;
            done = stage.all() => done,
            () = leaving => {
                let left = if_left.borrow().clone();
                let error = (!left.is_good()).then(|| interrupted(&self.name));
                Done { error, ..left }
            }
        };
        done.seconds = crate::cf::seconds(begun.elapsed());
        done
    }
}

impl Stage<'_> {
    async fn all(&mut self) -> Done {
        if let Some(over) = self.bounds.over() {
            return Done { error: Some(self.ended(over)), ..Done::not_started() };
        }
        let droplet = match self.droplet().await {
            Ok(droplet) => droplet,
            Err(error) => return error,
        };
        // What is staged has changed nothing yet; asked to end, that is where to.
        if let Err(over) = self.bounds.unless_over(self.controller.limit_passed()).await {
            return self.ended_as(over, "as before; the new droplet is staged and has no effect");
        }
        let mut done = match self.rollout.way {
            Way::Stage => self.keep_for_the_next_start(&droplet).await,
            Way::Restart => self.restart(&droplet).await,
            Way::Deploy => self.deploy(&droplet).await,
        };
        if matches!(done.result, Ended::Done | Ended::Staged) {
            self.hears.settled();
            let noted = self.note(&droplet, &mut done).await;
            let current = noted.as_ref().and_then(App::droplet);
            if let Some(overtaken) = self.overtaken(current, &droplet) {
                return overtaken;
            }
        }
        done
    }

    /// The droplet with the new key: one from a run before, or a new one.
    async fn droplet(&mut self) -> Result<String, Done> {
        if let Some(droplet) = &self.rollout.staged {
            self.hears.line("staged by a run before");
            return Ok(droplet.clone());
        }
        if let Some(build) = &self.rollout.build {
            self.hears.phase(Phase::Staging);
            self.hears.line("waiting for the build of a run before");
            let path = format!("/v3/builds/{build}");
            let build: Build = self
                .ask()
                .one("a build", &path)
                .await
                .map_err(|problem| self.unchanged(&problem))?;
            return self.staged(build).await;
        }
        self.hears.phase(Phase::Staging);
        self.hears.line(&format!("staging {}", self.rollout.image));
        let package: Guid = self.package().await.map_err(|problem| self.unchanged(&problem))?;
        let build = self.build(&package.guid).await.map_err(|problem| self.unchanged(&problem))?;
        self.staged(build).await
    }

    async fn make_current(&self, droplet: &str) -> Result<(), Problem> {
        let path = format!("/v3/apps/{}/relationships/current_droplet", self.rollout.guid);
        let body = Zeroizing::new(json!({"data": {"guid": droplet}}).to_string());
        let changed: Result<Related, Problem> =
            self.ask().change("another current droplet", (Method::PATCH, &path), body).await;
        changed.map(|_| ())
    }

    /// A stopped app: the droplet waits.
    async fn keep_for_the_next_start(&mut self, droplet: &str) -> Done {
        self.unsure_from_here("stopped; whether its next start takes the new droplet is not known");
        match self.make_current(droplet).await {
            Ok(()) => Done::new(Ended::Staged, "stopped; takes effect at the next start"),
            Err(problem) if problem.may_pass() => self.lost(&problem),
            Err(problem) => self.unchanged(&problem),
        }
    }

    /// Notes what was done on the app, and gives back what the platform says of it then; that it
    /// cannot is no failure.
    async fn note(&self, droplet: &str, done: &mut Done) -> Option<App> {
        let note = Tracked {
            key_droplet: self.rollout.note.key_id.as_ref().map(|_| droplet.to_owned()),
            ..self.rollout.note.clone()
        };
        if note.is_empty() {
            self.if_left.replace(done.clone());
            return None;
        }
        let unnoted = |why: &str| format!("{NOT_NOTED}: {why}");
        let mut left = done.clone();
        left.notes.push(unnoted("it was left before the platform had answered"));
        self.if_left.replace(left);
        let path = format!("/v3/apps/{}", self.rollout.guid);
        let place = (Method::PATCH, path.as_str());
        let noted = self.ask().change("a note on the app", place, note.document()).await;
        noted.map_err(|problem| done.notes.push(unnoted(&self.shown(&problem.line())))).ok()
    }

    /// The platform, asked within the bounds of now.
    const fn ask(&self) -> Asker<'_> {
        Asker { controller: self.controller, bounds: &self.bounds }
    }

    /// The platform's words, without the key that was sent there.
    fn shown(&self, text: &str) -> String {
        if self.rollout.key.is_in(text) {
            return HIDDEN.to_owned();
        }
        self.controller.shown(text)
    }

    /// A refusal before anything that runs was changed.
    fn unchanged(&self, problem: &Problem) -> Done {
        let done = match self.over_at(problem) {
            Some(over) => self.ended_as(over, "as before"),
            None => Done::new(Ended::Failed, "as before"),
        };
        Done { error: Some(self.error(problem)), ..done }
    }

    /// The end of something that has changed nothing that runs.
    fn ended_as(&self, over: Over, now: &str) -> Done {
        let result = if over == Over::TimedOut { Ended::Failed } else { Ended::Interrupted };
        Done::failed(result, self.ended(over), now)
    }

    /// A change whose answer was lost: whether it was done is not known.
    fn lost(&self, problem: &Problem) -> Done {
        Done { error: Some(self.error(problem)), ..self.if_left.borrow().clone() }
    }

    /// Whether a problem is none but that the time is over, or an end was asked for.
    fn over_at(&self, problem: &Problem) -> Option<Over> {
        self.bounds.over().filter(|_| problem.may_pass())
    }

    /// The error of a problem, without the key that was sent there.
    fn error(&self, problem: &Problem) -> Error {
        if let Some(over) = self.over_at(problem) {
            return self.ended(over).seen(self.shown(&problem.line()));
        }
        let mut verdict = problem.verdict();
        for text in verdict.texts().filter(|text| self.rollout.key.is_in(text)) {
            HIDDEN.clone_into(text);
        }
        verdict.to_error()
    }

    /// The error of an end that was asked for, or of a time that is up.
    fn ended(&self, over: Over) -> Error {
        let name = &self.rollout.name;
        match over {
            Over::TimedOut => {
                let limit = humantime::format_duration(self.rollout.wish.timeout);
                let error = Error::new(
                    ErrorKind::TimedOut,
                    format!("`{name}` was not done within {limit}"),
                );
                match self.bounds.trouble() {
                    Some(problem) => problem
                        .verdict()
                        .hints
                        .into_iter()
                        .fold(error.seen(self.shown(&problem.line())), Error::hint),
                    None => error.hint("give it more time: `--timeout 1h`"),
                }
            }
            Over::Asked(_) => interrupted(name),
        }
    }

    /// Says what is known from here on, should nobody wait for the next answer.
    fn unsure_from_here(&self, now: impl Into<String>) {
        self.if_left.replace(Done::new(Ended::Unsure, now));
    }
}

/// What a note that could not be written means.
const NOT_NOTED: &str = "not noted on the app, so that a rerun does it again";

/// The number of the signal of Ctrl-C, until it is known which one it was.
const INTERRUPT: u8 = 2;

fn interrupted(name: &str) -> Error {
    Error::new(ErrorKind::Interrupted(INTERRUPT), format!("`{name}` was interrupted"))
}

impl Rollout {
    /// A command of cf about it, between backticks.
    fn line(&self, command: &str) -> String {
        format!("`{}`", self.lines.of_cf(command, ""))
    }

    fn not_up(&self, why: &str) -> Error {
        let name = &self.name;
        Verdict::new(Name::CfRefused, format!("the new instances of `{name}` do not run"))
            .seen(why.to_owned())
            .hint(format!("`{}` has their last words", self.lines.of_cf("cf logs", "--recent")))
            .to_error()
    }
}

fn refused(message: String) -> Error {
    Verdict::new(Name::CfRefused, message).to_error()
}
