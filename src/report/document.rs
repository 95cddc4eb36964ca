//! The JSON documents: one for each run, an interface. `schema` changes when a field changes its
//! meaning or goes away, not when one is added.

use std::fmt::Write as _;

use serde::Serialize;

use super::{said, say_as_is, warnings};
use crate::app::{AppRun, Findings, TakenBackApp};
use crate::cf::Outcome;
use crate::cf::diagnosis::Diagnosis;
use crate::cf::plan::Plan;
use crate::credentials::{Notice, SourceRow};
use crate::deployed::Difference;
use crate::environment::{Environment, Spoken};
use crate::error::{Error, Place, is_visible};
use crate::icr::{Image, ImageFindings, Resolving};
use crate::reference::ImageReference;
use crate::region::Registry;
use crate::request::{Mode, PushRequest};
use crate::secret_shape::{HIDDEN, may_be_secret};

/// Name and version of the shape of every JSON document of ours.
pub(crate) const SCHEMA: &str = "icr-cf/2";

/// One JSON document.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Document<'a> {
    /// Name and version of the shape.
    pub(crate) schema: &'static str,
    /// The command that was run; `null` where the words made none.
    pub(crate) command: Option<&'static str>,
    /// What this process exits with.
    pub(crate) exit_code: u8,
    /// What the checks found that holds for every app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) checks: Option<&'a Findings>,
    /// What is odd about the manifest and its variables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) warnings: Option<Vec<&'a str>>,
    /// Each app, in the order in which they are pushed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) apps: Option<Vec<AppDocument<'a>>>,
    /// Whether nothing was to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dry_run: Option<bool>,
    /// The sources of the key and what was found there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_sources: Option<&'a [SourceRow]>,
    /// The source that the key came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_source: Option<&'a str>,
    /// What is worth knowing about the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_notices: Option<&'a [Notice]>,
    /// The registries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) regions: Option<&'static [Registry]>,
    /// Resolved references, `null` where one could not be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) references: Option<Vec<ResolvedReference>>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<ErrorDocument<'a>>,
}

/// One app.
#[derive(Debug, Serialize)]
pub(crate) struct AppDocument<'a> {
    /// Its name; `null` where nobody says one.
    app: Option<&'a str>,
    /// What was or would be done; `null` where it ended before that was settled.
    plan: Option<&'a Plan>,
    /// What the checks found of its image.
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<&'a ImageFindings>,
    /// The source that its key or password came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_source: Option<&'a str>,
    /// What is worth knowing about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_notices: Option<&'a [Notice]>,
    /// What its push would change, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<&'a Difference>,
    /// How it ended, by its stable name.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'static str>,
    /// What became of cf, where it ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a Outcome>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnosis: Option<&'a Diagnosis>,
    /// What became of its deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_back: Option<&'a TakenBackApp>,
    /// Why cf could not be run.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorDocument<'a>>,
}

impl<'a> AppDocument<'a> {
    /// An app that is compared and not pushed, hence without a plan.
    pub(super) fn compared(run: &'a AppRun) -> Self {
        Self { plan: None, result: None, ..Self::of(run) }
    }

    fn of(run: &'a AppRun) -> Self {
        Self::with(run, run.outcome.as_ref(), run.diagnosis.as_ref())
    }

    /// Its name, where somebody says one.
    pub(super) fn name(&self) -> Option<&'a str> {
        self.app
    }

    /// An app whose cf has ended so, which its record may not have yet.
    pub(super) fn with(
        run: &'a AppRun,
        outcome: Option<&'a Outcome>,
        diagnosis: Option<&'a Diagnosis>,
    ) -> Self {
        let secret = run.secret.as_ref();
        Self {
            app: run.app.name.as_deref(),
            plan: run.plan.as_ref(),
            checks: run.findings.as_ref(),
            key_source: secret.map(|secret| secret.source.as_str()),
            key_notices: secret.map(|secret| secret.notices.as_slice()),
            difference: run.difference.as_ref(),
            result: outcome
                .map(|outcome| outcome.ending.name())
                .or_else(|| run.is_unchanged().then_some("unchanged")),
            outcome: outcome.filter(|outcome| outcome.has_run()),
            diagnosis,
            taken_back: run.taken_back.as_ref(),
            error: outcome.and_then(|outcome| outcome.ending.error()).map(ErrorDocument::from),
        }
    }
}

/// A reference that was resolved, or why not.
#[derive(Debug, Serialize)]
pub(crate) struct ResolvedReference {
    given: String,
    reference: Option<String>,
    region: Option<&'static str>,
    host: Option<&'static str>,
    namespace: Option<String>,
    repository: Option<String>,
    tag: Option<String>,
    digest: Option<String>,
    warnings: Vec<String>,
    /// What the registry has, where it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<Image>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<String>>,
    /// Whether there are more tags than these.
    #[serde(skip_serializing_if = "Option::is_none")]
    tags_cut: Option<bool>,
    error: Option<serde_json::Value>,
}

/// A failure.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorDocument<'a> {
    kind: &'static str,
    message: &'a str,
    seen: &'a [String],
    hints: &'a [String],
    place: Option<&'a Place>,
    exit_code: u8,
}

impl<'a> From<&'a Error> for ErrorDocument<'a> {
    fn from(error: &'a Error) -> Self {
        Self {
            kind: error.kind().name(),
            message: error.message(),
            seen: error.seen_lines(),
            hints: error.hints(),
            place: error.place(),
            exit_code: error.exit_code().code(),
        }
    }
}

impl ResolvedReference {
    pub(crate) fn new(given: &str, result: &Result<ImageReference, Error>) -> Self {
        let found = result.as_ref().ok();
        let text = |value: Option<&str>| value.map(str::to_owned);
        Self {
            given: if may_be_secret(given) { HIDDEN } else { given }.to_owned(),
            reference: found.map(ToString::to_string),
            region: found.map(|found| found.registry().region),
            host: found.map(ImageReference::host),
            namespace: text(found.map(ImageReference::namespace)),
            repository: text(found.map(ImageReference::repository)),
            tag: text(found.and_then(ImageReference::tag)),
            digest: text(found.and_then(ImageReference::digest)),
            warnings: found.map(ImageReference::warnings).unwrap_or_default(),
            image: None,
            tags: None,
            tags_cut: None,
            error: result
                .as_ref()
                .err()
                .and_then(|error| serde_json::to_value(ErrorDocument::from(error)).ok()),
        }
    }

    /// Adds what the registry answered.
    pub(crate) fn with(self, answer: Option<&Resolving>) -> Self {
        let image = answer.and_then(|answer| answer.image.clone());
        let tags = answer.and_then(|answer| answer.tags.clone());
        let tags_cut = tags.as_ref().and(answer).map(|answer| answer.is_cut);
        Self { image, tags, tags_cut, ..self }
    }
}

impl<'a> Document<'a> {
    /// What is known of a push, however far it came.
    pub(super) fn of_push(
        apps: &'a [AppRun],
        findings: Option<&'a Findings>,
        request: &'a PushRequest,
    ) -> Self {
        Self {
            checks: findings,
            warnings: Some(warnings(request)),
            apps: Some(apps.iter().map(AppDocument::of).collect()),
            dry_run: (request.mode == Mode::DryRun).then_some(true),
            ..Self::of(request.goal.command())
        }
    }

    /// An empty document of a command.
    pub(crate) fn of(command: &'static str) -> Self {
        Self { schema: SCHEMA, command: Some(command), ..Self::default() }
    }

    /// A document about words that make no command.
    pub(crate) fn of_nothing() -> Self {
        Self { schema: SCHEMA, ..Self::default() }
    }

    /// Prints it to standard output, in one piece.
    pub(crate) fn print(&self, environment: &Environment) -> Result<(), Error> {
        print(self, environment)
    }
}

/// Prints a document to standard output.
pub(super) fn print(document: &impl Serialize, environment: &Environment) -> Result<(), Error> {
    say_as_is(&format!("{}\n", harmless(&said::pretty(document, environment.spoken))))
}

/// One line of JSON, with its end.
pub(super) fn line_of(value: &impl Serialize, spoken: Spoken) -> String {
    format!("{}\n", harmless(&said::line(value, spoken)))
}

/// The same document, with every character as an escape that a terminal would not show, and with
/// nothing that GitHub would take for a command (`##[`).
fn harmless(json: &str) -> String {
    let json = json.replace("##[", "##\\u005b");
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if character == '\n' || is_visible(character) {
            out.push(character);
            continue;
        }
        // Outside of texts JSON is visible ASCII, so that this stands in one.
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::harmless;

    proptest! {
        #[test]
        fn a_document_means_the_same_when_what_would_hide_is_escaped(
            text in any::<String>(), key in "[a-z\u{202e}\u{e0041}#\\[]{0,9}",
        ) {
            let value = serde_json::json!({ key: [text, "##[error]"] });
            let shown = harmless(&serde_json::to_string_pretty(&value).unwrap());
            prop_assert!(!shown.contains("##["));
            prop_assert!(shown.chars().all(|one| one == '\n' || super::is_visible(one)), "{shown}");
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        }
    }
}
