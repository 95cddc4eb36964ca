//! The table of `--explain-key`: where the key was looked for, or would be. Never a key.

use super::document::ErrorDocument;
use super::{Announcer, Document, Page, To, say_as_is, show_error, text};
use crate::cli::OutputFormat;
use crate::credentials::{SourceRow, SourcedKey};
use crate::error::Error;
use crate::exit_code::ExitCode;

/// What there is to say about the secrets of a push.
pub(crate) struct Explanation {
    /// The sources of the key for all, then every other with the apps that it is for.
    pub(crate) looked_at: Vec<SourceRow>,
    /// The key for all, else the first secret there is.
    pub(crate) found: Option<SourcedKey>,
    /// Why a source that was given has none.
    pub(crate) failure: Option<Error>,
    /// Whether an app has no secret that it needs.
    pub(crate) is_lacking: bool,
}

/// Prints where the key would be looked for.
pub(crate) fn key_sources(
    looked: &[SourceRow],
    announcer: Announcer<'_>,
    command: &'static str,
    output: OutputFormat,
) -> Result<(), Error> {
    match output {
        OutputFormat::Json => {
            let (dry_run, key_sources) = (Some(true), Some(looked));
            announcer.print(Document { dry_run, key_sources, ..Document::of(command) })
        }
        OutputFormat::Text => {
            say_as_is(&text::key_sources(looked, Page::of(announcer.environment, To::Stdout)))
        }
    }
}

/// Prints where the key was looked for and found. That there is none is an answer; that a source
/// which was given fails is an error, behind the table.
pub(crate) fn explained(
    explained: &Explanation,
    announcer: Announcer<'_>,
    command: &'static str,
    output: OutputFormat,
) -> Result<(), Error> {
    let Explanation { looked_at, found, failure, is_lacking } = explained;
    if let Some(found) = found {
        announcer.notices(&found.notices);
    }
    let code = failure.as_ref().map_or(ExitCode::Success, Error::exit_code);
    match output {
        OutputFormat::Json => {
            let document = Document {
                exit_code: code.code(),
                key_sources: Some(looked_at),
                key_source: found.as_ref().map(|found| found.source.as_str()),
                key_notices: found.as_ref().map(|found| found.notices.as_slice()),
                error: failure.as_ref().map(ErrorDocument::from),
                ..Document::of(command)
            };
            announcer.print(document)?;
        }
        OutputFormat::Text => {
            if looked_at.is_empty() {
                announcer.note("no app needs a key or a password");
            }
            let end = if *is_lacking && failure.is_none() { "nothing found\n" } else { "" };
            let page = Page::of(announcer.environment, To::Stdout);
            say_as_is(&format!("{}{end}", text::key_sources(looked_at, page)))?;
            if let Some(error) = failure {
                show_error(error, announcer.environment);
            }
        }
    }
    Ok(())
}
