//! The settings, what each comes from and which files were read; as text or as the document. Which file
//! was allowed what.

use std::fmt::Write as _;

use serde::Serialize;

use super::document::{self, SCHEMA};
use super::page::{Page, To, cells};
use crate::environment::Environment;
use crate::error::{Error, file_word, printable_in_full};
use crate::settings::{Allowed, Denied, Given, Listed, Scope, Settings, Source};

#[derive(Serialize)]
struct ConfigDocument<'a> {
    schema: &'static str,
    command: &'static str,
    exit_code: u8,
    profile: Option<&'a str>,
    files: Vec<FileDocument<'a>>,
    settings: Vec<SettingDocument>,
}

#[derive(Serialize)]
struct FileDocument<'a> {
    path: String,
    scope: Scope,
    profiles: &'a [String],
    allowed: bool,
}

#[derive(Serialize)]
struct SettingDocument {
    name: &'static str,
    values: Vec<String>,
    from: Option<String>,
    given: Vec<GivenDocument>,
}

#[derive(Serialize)]
struct GivenDocument {
    values: Vec<String>,
    source: &'static str,
    from: String,
    profile: Option<String>,
    counts: bool,
    withheld: Option<&'static str>,
    overridden_by: Option<&'static str>,
}

/// What kind of source it is, for scripts.
const fn kind(source: &Source) -> &'static str {
    match source {
        Source::Flag(_) => "flag",
        Source::Variable(_) => "variable",
        Source::File(spot) => match spot.scope {
            Scope::Folder => "folder",
            Scope::User => "user",
        },
        Source::Default => "default",
    }
}

impl SettingDocument {
    fn of(listed: Listed) -> Self {
        let Listed { setting, given, counts, overridden_by } = listed;
        let counting = counts.and_then(|at| given.get(at));
        let (values, from) = match counting {
            Some(given) => (given.texts(), Some(given.source.to_string())),
            None => (Vec::new(), None),
        };
        let given = given.iter().enumerate().map(|(at, one)| GivenDocument {
            values: one.texts(),
            source: kind(&one.source),
            from: one.source.to_string(),
            profile: one.profile.clone(),
            counts: counts == Some(at),
            withheld: one.withheld,
            overridden_by: overridden_by.filter(|_| one.withheld.is_none()),
        });
        Self { name: setting.name(), values, from, given: given.collect() }
    }
}

/// Prints the document.
///
/// # Errors
/// A variable is no text, or standard output cannot be written.
pub(crate) fn settings_document(
    settings: &Settings<'_>,
    environment: &Environment,
) -> Result<(), Error> {
    let files = settings.files().iter().map(|file| FileDocument {
        path: printable_in_full(&file.path.to_string_lossy()),
        scope: file.scope,
        profiles: &file.profiles,
        allowed: file.is_allowed(environment),
    });
    document::print(
        &ConfigDocument {
            schema: SCHEMA,
            command: "config",
            exit_code: 0,
            profile: settings.profile(),
            files: files.collect(),
            settings: settings.listed()?.into_iter().map(SettingDocument::of).collect(),
        },
        environment,
    )
}

/// Prints the table.
///
/// # Errors
/// As for the document.
pub(crate) fn settings(settings: &Settings<'_>, environment: &Environment) -> Result<(), Error> {
    let page = Page::of(environment, To::Stdout);
    let mut rows = vec![["SETTING", "VALUE", "FROM"].map(str::to_owned).to_vec()];
    for listed in settings.listed()? {
        rows.extend(rows_of(&listed));
    }
    let mut out = page.table(&cells(rows));
    out.push('\n');
    if let Some(profile) = settings.profile() {
        let _ = writeln!(out, "profile: {}", page.text(profile));
    }
    if settings.files().is_empty() {
        out.push_str("no file of settings is read\n");
    }
    for file in settings.files() {
        let name = page.text(&printable_in_full(&file.shown));
        let word = match file.scope {
            Scope::User => "your own",
            Scope::Folder if file.is_allowed(environment) => "of the folder, allowed",
            Scope::Folder => "of the folder",
        };
        let _ = write!(out, "read: {name} ({word})");
        if !file.profiles.is_empty() {
            let _ = write!(out, "; profiles: {}", file.profiles.join(", "));
        }
        out.push('\n');
    }
    for line in settings.left_out() {
        let _ = writeln!(out, "{}", page.text(&line));
    }
    super::say_as_is(&out)
}

/// A row for the value that counts, and one for each that does not.
fn rows_of(listed: &Listed) -> Vec<Vec<String>> {
    let name = listed.setting.name().to_owned();
    let mut rows = Vec::new();
    if listed.counts.is_none() {
        let from = listed
            .overridden_by
            .map(|name| format!("overridden by variable {name}"))
            .unwrap_or_default();
        rows.push(vec![name.clone(), "-".to_owned(), from]);
    }
    let counting = listed.counts.and_then(|at| listed.given.get(at));
    if let Some(given) = counting {
        rows.push(vec![name, value(given), from(given)]);
    }
    for (at, given) in listed.given.iter().enumerate() {
        if listed.counts != Some(at) && given.source != Source::Default {
            let why = if given.withheld.is_some() { "not allowed" } else { "overridden" };
            rows.push(vec![String::new(), value(given), format!("{} ({why})", from(given))]);
        }
    }
    rows
}

fn value(given: &Given) -> String {
    if given.values.is_empty() { "(none)".to_owned() } else { given.texts().join(", ") }
}

fn from(given: &Given) -> String {
    let word = match &given.source {
        Source::Variable(name) => format!("variable {name}"),
        other => other.to_string(),
    };
    match &given.profile {
        Some(profile) => format!("{word}, profile {profile}"),
        None => word,
    }
}

/// Says what a file is allowed now.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn allowed(allowed: &Allowed, environment: &Environment) -> Result<(), Error> {
    let file = printable_in_full(&allowed.file);
    let mut out = format!("allowed: {file}, as it is now\n");
    if allowed.values.is_empty() {
        out.push_str("nothing in it takes that\n");
    }
    for line in &allowed.values {
        let _ = writeln!(out, "  {line}");
    }
    let _ = writeln!(out, "`icr-cf config deny {}` takes it back", file_word(&allowed.file));
    super::say(&out, environment)
}

/// Says what a file is not allowed any more.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn denied(denied: &Denied, environment: &Environment) -> Result<(), Error> {
    let file = printable_in_full(&denied.file);
    let word = if denied.was_allowed { "not allowed any more" } else { "was not allowed" };
    super::say(&format!("{word}: {file}\n"), environment)
}
