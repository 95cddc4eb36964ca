//! Several apps at once, for people: what would be done, and what became of each.

use super::document::Fate;
use super::page::{Cell, Page, To, cells};
use super::text;
use super::{
    Announcer, AppDocument, Checks, Count, Document, Refused, short, show_error, show_warning,
    told, unsaid, warnings,
};
use crate::args::OutputFormat;
use crate::checks::All;
use crate::credentials::Found;
use crate::diagnosis::Diagnosis;
use crate::error::printable_in_full;
use crate::execution::{Ending, Outcome};
use crate::exit_code::ExitCode;
use crate::plan::Plan;
use crate::request::PushRequest;

/// An app whose turn is over.
pub(crate) struct Ended<'a> {
    /// What was to be done.
    pub(crate) plan: &'a Plan,
    /// Its secret.
    pub(crate) found: Option<&'a Found>,
    /// What became of it.
    pub(crate) ending: &'a Ending,
    /// Why it failed, where that can be told.
    pub(crate) diagnosis: Option<Diagnosis>,
}

impl Ended<'_> {
    fn fate(&self) -> Fate {
        match self.ending {
            Ending::Ran(outcome) if outcome.exit_code == 0 => Fate::Pushed,
            Ending::Ran(outcome) if outcome.interrupted.is_some() => Fate::Interrupted,
            Ending::Ran(_) | Ending::Failed(_) => Fate::Failed,
            Ending::NotStarted => Fate::NotStarted,
        }
    }

    fn outcome(&self) -> Option<&Outcome> {
        match self.ending {
            Ending::Ran(outcome) => Some(outcome),
            Ending::Failed(_) | Ending::NotStarted => None,
        }
    }

    fn document<'a>(&'a self, checks: Option<&'a All>, at: usize) -> AppDocument<'a> {
        let error = match self.ending {
            Ending::Failed(error) => Some(Refused::from(error)),
            Ending::Ran(_) | Ending::NotStarted => None,
        };
        AppDocument {
            checks: checks.and_then(|all| all.images.get(at)).and_then(Option::as_ref),
            key_source: self.found.map(|found| found.source.as_str()),
            key_notices: self.found.map(|found| found.notices.as_slice()),
            result: Some(self.fate()),
            outcome: self.outcome(),
            diagnosis: self.diagnosis.as_ref(),
            error,
            ..AppDocument::of(self.plan)
        }
    }
}

/// The plans of a dry run: how each image is read, then what would be run.
pub(super) fn plans(plans: &[Plan], page: Page) -> String {
    let table = |rows| page.table(&cells(rows));
    let mut blocks: Vec<String> = plans.iter().map(|plan| table(text::of_app(plan))).collect();
    blocks.extend(plans.first().map(|plan| table(text::of_cf(plan))));
    let lines: Vec<String> = plans.iter().map(Plan::paste_line).collect();
    blocks.push(format!("{}\n", page.text(&lines.join("\n"))));
    blocks.join("\n")
}

/// Says what became of every app, and the JSON document where that was asked for. Gives the exit
/// code.
pub(crate) fn summary(
    ended: &[Ended<'_>],
    all: Option<&All>,
    exit_code: ExitCode,
    request: &PushRequest,
    announcer: Announcer<'_>,
) -> ExitCode {
    let mut ends_with = exit_code;
    if request.output == OutputFormat::Json {
        let apps = ended.iter().enumerate().map(|(at, one)| one.document(all, at)).collect();
        let (code, checks) = (exit_code.code(), all.map(Checks::Shared));
        let warnings = Some(warnings(request));
        let document = Document {
            exit_code: code,
            checks,
            apps: Some(apps),
            warnings,
            ..Document::of("push")
        };
        if let Err(error) = document.print() {
            ends_with = unsaid(&error, exit_code, announcer.environment);
        }
    }
    for one in ended {
        match one.ending {
            // Whoever asked for the end knows why; only what goes on without them is said.
            Ending::Ran(outcome) if outcome.interrupted.is_some() => {
                if one.plan.uses_deployment() {
                    show_warning(&text::deployment(one.plan), announcer.environment);
                }
            }
            Ending::Ran(outcome) if outcome.exit_code != 0 => {
                told(one.plan, outcome, one.diagnosis.as_ref(), Count::Several, announcer);
            }
            Ending::Failed(error) => {
                let app = printable_in_full(one.plan.app.as_deref().unwrap_or_default());
                let error = error.clone().seen(format!("it was to push {app}"));
                show_error(&error, announcer.environment);
            }
            Ending::Ran(_) | Ending::NotStarted => {}
        }
    }
    announcer.block(&outcomes(ended, Page::of(announcer.environment, To::Stderr)));
    if exit_code != ExitCode::Success {
        announcer.rest(&rest(ended), &request.typed);
    }
    ends_with
}

/// The apps that are still to be pushed.
fn rest<'a>(ended: &'a [Ended<'_>]) -> Vec<&'a str> {
    let left = ended.iter().filter(|one| one.fate() != Fate::Pushed);
    left.filter_map(|one| one.plan.app.as_deref()).collect()
}

/// A row for each app.
fn outcomes(ended: &[Ended<'_>], page: Page) -> String {
    let heading = ["APP", "IMAGE", "RESULT", "SECONDS", "ROUTES"];
    let mut rows: Vec<Vec<Cell>> = vec![heading.map(Cell::from).to_vec()];
    for one in ended {
        let app = text::app_name(one.plan.app.as_deref().unwrap_or("-"));
        let image = one.plan.pushed().map_or_else(|| "-".to_owned(), short);
        let seconds = one.outcome().map_or_else(String::new, |one| format!("{:.1}", one.seconds));
        let routes = one.outcome().map(text::linked).unwrap_or_default();
        rows.push(vec![app.into(), image.into(), result(one).into(), seconds.into(), routes]);
    }
    page.fitted(&rows)
}

fn result(one: &Ended<'_>) -> String {
    match one.ending {
        Ending::NotStarted => "not started".to_owned(),
        Ending::Failed(_) => "cf could not be run".to_owned(),
        Ending::Ran(outcome) if outcome.exit_code == 0 => "pushed".to_owned(),
        Ending::Ran(outcome) => match (outcome.cf_exit_code, outcome.signal) {
            _ if outcome.timed_out => "timed out".to_owned(),
            _ if outcome.interrupted.is_some() => "interrupted".to_owned(),
            (Some(code), _) => format!("failed ({code})"),
            (None, Some(signal)) => format!("ended by signal {signal}"),
            (None, None) => "could not be ended".to_owned(),
        },
    }
}
