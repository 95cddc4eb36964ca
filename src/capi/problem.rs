//! Why Cloud Controller did not do what it was asked: each kind with a name of the table, and what
//! mends it.

use serde::Deserialize;

use super::labels;
use crate::http::{Answer, Endpoint, Failure};
use crate::verdict::{Name, Verdict};

/// What was asked, in words that follow "to".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// To see something.
    Read(&'static str),
    /// To change something.
    Change(&'static str),
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(super) api: String,
    pub(super) asked: Asked,
    pub(crate) kind: ProblemKind,
}

/// The kinds that are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ProblemKind {
    /// There was no answer.
    Failed(Failure),
    /// The login is over (401).
    LoginOver,
    /// The user's role does not reach so far (403).
    NotAllowed(String),
    /// It is not there, or not for this user (404).
    Gone(String),
    /// The API is too old to know of it.
    TooOld(String),
    /// It takes any manifest to be compared, and compares none.
    ComparesNothing,
    /// Another build of the same app goes on.
    StagingInProgress(String),
    /// A list that goes on beyond so many pages.
    TooLong(usize),
    /// Something else, in the platform's words.
    Refused(String),
}

/// The answer of a refusal.
#[derive(Deserialize)]
struct Refusals {
    errors: Vec<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    code: u64,
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
}

/// `CF-NotFound`: there is no such path (Cloud Controller, `errors/v2.yml`).
const NO_SUCH_PATH: u64 = 10000;
/// `CF-StagingInProgress`.
const STAGING: u64 = 170_017;

impl ProblemKind {
    /// What an answer that is no success says; `shown` makes the platform's words fit to be shown.
    pub(super) fn of(answer: &Answer, shown: &dyn Fn(&str) -> String) -> Self {
        let said = serde_json::from_slice::<Refusals>(&answer.body);
        let first = said.ok().and_then(|said| said.errors.into_iter().next());
        let status = answer.status.as_u16();
        let (code, title, detail) = match first {
            Some(Refusal { code, title, detail }) => (code, title, detail),
            None => (0, String::new(), String::new()),
        };
        let words = match (title.is_empty(), detail.is_empty()) {
            (_, false) => format!("{status}: {}", shown(&detail)),
            (false, true) => format!("{status} {}", shown(&title)),
            (true, true) => status.to_string(),
        };
        let is_unknown = detail.starts_with("Unknown field(s)")
            || detail.contains("Unknown query parameter")
            || code == NO_SUCH_PATH;
        match status {
            401 => Self::LoginOver,
            403 => Self::NotAllowed(words),
            _ if is_unknown => Self::TooOld(words),
            404 => Self::Gone(words),
            _ if code == STAGING => Self::StagingInProgress(words),
            _ => Self::Refused(words),
        }
    }
}

impl Problem {
    /// Whether another try may go better, by itself.
    pub(crate) const fn may_pass(&self) -> bool {
        matches!(self.kind, ProblemKind::Failed(_) | ProblemKind::LoginOver)
    }

    /// Whether it says that a POST has changed nothing: it was turned away, or never got there.
    pub(crate) const fn has_changed_nothing(&self) -> bool {
        match &self.kind {
            ProblemKind::Failed(failure) => failure.has_done_nothing(),
            ProblemKind::LoginOver
            | ProblemKind::NotAllowed(_)
            | ProblemKind::Gone(_)
            | ProblemKind::TooOld(_)
            | ProblemKind::ComparesNothing
            | ProblemKind::StagingInProgress(_)
            | ProblemKind::TooLong(_)
            | ProblemKind::Refused(_) => true,
        }
    }

    /// It in one line.
    pub(crate) fn line(&self) -> String {
        let verdict = self.verdict();
        let seen = verdict.seen.first().map(|seen| format!(" ({seen})")).unwrap_or_default();
        format!("{}{seen}", verdict.message)
    }

    /// The verdict about it.
    pub(crate) fn verdict(&self) -> Verdict {
        let (what, role) = match self.asked {
            Asked::Read(what) => (what, "Space Auditor"),
            Asked::Change(what) => (what, "Space Developer"),
        };
        let host = labels::host(&self.api);
        let says = |words: &str| format!("{host} says {words}");
        match &self.kind {
            ProblemKind::Failed(failure) => {
                failure.verdict_at(Name::CfUnreachable, &Endpoint::of(&self.api), what)
            }
            ProblemKind::LoginOver => {
                Verdict::new(Name::CfTokenExpired, format!("{host} does not take cf's token"))
                    .seen(format!("asked for {what}: 401"))
                    .hint("`cf login`")
            }
            ProblemKind::NotAllowed(words) => {
                Verdict::new(Name::CfNotAllowed, format!("this user may not ask for {what}"))
                    .seen(says(words))
                    .hint(format!(
                        "`cf set-space-role USER ORG SPACE '{role}'`, by a manager of the space, gives the role"
                    ))
            }
            ProblemKind::Gone(words) => {
                Verdict::new(Name::CfGone, format!("{what}: it is not there any more"))
                    .seen(says(words))
                    .hint("run the command again: it looks anew")
            }
            ProblemKind::TooOld(words) => {
                Verdict::new(Name::CfTooOld, format!("the API of {host} does not know {what}"))
                    .seen(says(words))
                    .hint("`cf api` shows the version of the API; the page on day two says what needs which")
            }
            ProblemKind::ComparesNothing => {
                Verdict::new(Name::CfTooOld, format!("{host} does not compare manifests"))
                    .seen("it takes any with 202 and names no difference, as Korifi does")
                    .hint("`icr-cf push` pushes the app, whatever would change")
            }
            ProblemKind::StagingInProgress(words) => {
                Verdict::new(Name::StagingInProgress, "another build of the app is going on")
                    .seen(says(words))
                    .hint("wait until it is done, then run the command again")
            }
            ProblemKind::TooLong(pages) => {
                Verdict::new(Name::CfRefused, format!("{what}: the list does not end"))
                    .seen(format!("{host} goes on behind {pages} pages"))
            }
            ProblemKind::Refused(words) => {
                Verdict::new(Name::CfRefused, format!("{host} refuses {what}")).seen(says(words))
            }
        }
    }
}
