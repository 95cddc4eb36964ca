//! The record of one app on its way through a push. Each stage fills in its part; a command works on
//! a slice of records, and one app is a slice of one.

use std::sync::Arc;

use serde::Serialize;

use crate::capi::TargetedSpace;
use crate::cf::diagnosis::Diagnosis;
use crate::cf::plan::{self, Plan};
use crate::cf::{Ending, Outcome};
use crate::credentials::SourcedKey;
use crate::deployed::{Difference, Standing};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::icr::ImageFindings;
use crate::process::Signal;
use crate::request::App;
use crate::secret::ApiKey;
use crate::verdict::{self, Strictness, Verdict, Weight};

/// One app: what is wanted, and what has become of it so far. Has no `Debug`: it holds a key.
pub(crate) struct AppRun {
    /// Its place among all apps of this run, from 0.
    pub(crate) place: usize,
    /// What is wanted; registry and login of its image are filled in when they are known.
    pub(crate) app: App,
    /// Its secret, where it has one. Several apps may share one.
    pub(crate) secret: Option<Arc<SourcedKey>>,
    /// What the checks found of its image.
    pub(crate) findings: Option<ImageFindings>,
    /// What its push would change, where that was asked.
    pub(crate) difference: Option<Difference>,
    /// What will be done; made when the image is final.
    pub(crate) plan: Option<Plan>,
    /// What became of cf.
    pub(crate) outcome: Option<Outcome>,
    /// Why it failed, where that can be told.
    pub(crate) diagnosis: Option<Diagnosis>,
    /// What became of its deployment, where a failure was to be taken back.
    pub(crate) taken_back: Option<TakenBackApp>,
}

/// What became of a deployment that was to be taken back.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TakenBackApp {
    /// Whether what ran before runs.
    pub(crate) is_back: bool,
    /// What runs, in words.
    pub(crate) words: String,
}

impl AppRun {
    /// One that is only wanted.
    pub(crate) fn new(place: usize, app: App) -> Self {
        Self {
            place,
            app,
            secret: None,
            findings: None,
            difference: None,
            plan: None,
            outcome: None,
            diagnosis: None,
            taken_back: None,
        }
    }

    /// The secret that its cf gets.
    pub(crate) fn key(&self) -> Option<&Arc<ApiKey>> {
        self.secret.as_ref().map(|found| &found.key)
    }

    /// What the checks pinned.
    pub(crate) fn pinned(&self) -> Option<&str> {
        self.findings.as_ref().and_then(|findings| findings.pushed.as_deref())
    }

    /// The image as cf gets it, whosever it is.
    pub(crate) fn pushed(&self) -> Option<String> {
        plan::pushed(&self.app, self.pinned())
    }

    /// Whether its image was let out with its key.
    pub(crate) fn was_let_in(&self) -> bool {
        self.findings.as_ref().is_some_and(|findings| findings.image.digest.is_some())
    }

    /// Whether its push would change nothing, as far as was asked.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.difference.as_ref().is_some_and(|one| one.state == Standing::Unchanged)
    }

    /// Whether it was pushed.
    pub(crate) fn is_pushed(&self) -> bool {
        self.outcome.as_ref().is_some_and(|outcome| outcome.ending.is_pushed())
    }
}

/// What the checks found that holds for every app.
#[derive(Debug, Serialize)]
pub(crate) struct Findings {
    /// Of cf, the platform, the quota; in the order in which they are to be mended.
    pub(crate) verdicts: Vec<Verdict>,
    /// Where cf will push to, where its configuration could be read.
    pub(crate) target: Option<TargetedSpace>,
    /// What was not looked at, and why.
    pub(crate) not_checked: Vec<String>,
    /// How many requests it took.
    pub(crate) requests: usize,
    /// How long it took.
    pub(crate) seconds: f64,
}

/// What stops a push: a verdict, and the app whose image it is about.
#[derive(Clone, Copy)]
pub(crate) struct Stop<'a> {
    /// `None` where it is about all of them.
    pub(crate) app: Option<&'a AppRun>,
    /// Why.
    pub(crate) verdict: &'a Verdict,
}

/// What stops the push, if anything does: what is to be mended first, of several alike what is about
/// the first app.
pub(crate) fn stop<'a>(
    apps: &'a [AppRun],
    findings: &'a Findings,
    strictness: Strictness,
) -> Option<Stop<'a>> {
    let shared = verdict::stopping(&findings.verdicts, strictness)
        .map(|verdict| Stop { app: None, verdict });
    let images = apps.iter().filter_map(|app| {
        let verdict = verdict::stopping(&app.findings.as_ref()?.verdicts, strictness)?;
        Some(Stop { app: Some(app), verdict })
    });
    // Of several with the same key the first counts.
    shared
        .into_iter()
        .chain(images)
        .min_by_key(|stop| (stop.verdict.weight != Weight::Definitive, stop.verdict.name))
}

/// How the first that failed has ended, in the order of the manifest.
pub(crate) fn first_failure(apps: &[AppRun]) -> Option<&Ending> {
    endings(apps).find(|one| one.is_failure())
}

fn endings(apps: &[AppRun]) -> impl Iterator<Item = &Ending> {
    apps.iter().filter_map(|app| Some(&app.outcome.as_ref()?.ending))
}

/// What a push or a check of these ends with: why it was stopped, else how the first that failed
/// ended, in the order of the manifest; cf's own code is kept. An interruption counts where it kept
/// an app from its turn.
pub(crate) fn exit_code(
    apps: &[AppRun],
    stop: Option<Stop<'_>>,
    interrupted: Option<Signal>,
) -> ExitCode {
    if let Some(stop) = stop {
        return stop.verdict.exit_code();
    }
    let failed = first_failure(apps).and_then(Ending::exit_code);
    let signal = interrupted.filter(|_| endings(apps).any(|one| one.exit_code().is_none()));
    failed.or(signal.map(|signal| ExitCode::Signal(signal.code()))).unwrap_or(ExitCode::Success)
}

/// The same, where what it comes to had to be printed: where cf failed, its code is what counts; a
/// success of which nobody hears is none.
pub(crate) fn unless_unsaid(code: ExitCode, unsaid: Option<&Error>) -> ExitCode {
    match unsaid {
        Some(error) if code.code() == 0 => error.exit_code(),
        Some(_) | None => code,
    }
}

/// What a comparison ends with: that it could not tell, else whether anything would change.
pub(crate) fn difference_code(apps: &[AppRun]) -> ExitCode {
    let is = |state| {
        let states = apps.iter().filter_map(|run| Some(run.difference.as_ref()?.state));
        states.into_iter().any(|one| one == state)
    };
    if is(Standing::Undecided) {
        return ExitCode::Unavailable;
    }
    if is(Standing::Changed) { ExitCode::Different } else { ExitCode::Success }
}
