//! What a rotation would do, and what became of it: a row for each app, then what to do with the old
//! key; or the document.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::document::{self, ErrorDocument, SCHEMA};
use super::page::{Page, To, cells};
use super::plain::app_name;
use super::{short, show_error, watching};
use crate::cf::Watch;
use crate::cf::time;
use crate::cf::watch::Nobody;
use crate::cli::OutputFormat;
use crate::deployed::{self, Choice, Deployed, Done, Ended, Way};
use crate::environment::Environment;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::icr::KeyDetails;
use crate::request::{LineMode, Looking, Voice};

/// How long whoever reads may take for the end of it.
const LAST_READ: Duration = Duration::from_secs(60);
/// The same where we were told to end.
const LAST_READ_AT_AN_END: Duration = Duration::from_secs(5);

/// Apps, and what is done with each.
pub(crate) struct Rotation<'a> {
    pub(crate) apps: &'a [Deployed],
    /// In the order of the apps.
    pub(crate) rows: Vec<Rotated>,
    /// What IAM knows of the keys that they get.
    pub(crate) keys: &'a [KeyDetails],
    /// The number of the signal that ended it.
    pub(crate) interrupted: Option<u8>,
}

/// What is done with an app.
pub(crate) struct Rotated {
    pub(crate) choice: Choice,
    pub(crate) done: Option<Done>,
}

impl<'a> Rotation<'a> {
    /// What each app is called.
    pub(crate) fn called(&self) -> Vec<String> {
        deployed::called(self.apps.iter()).iter().map(|name| app_name(name)).collect()
    }

    /// Each app with what is done.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'a Deployed, &Rotated)> {
        self.apps.iter().zip(&self.rows)
    }
}

/// Begins to show rollouts.
///
/// # Errors
/// The thread that prints cannot be started.
pub(crate) fn watch_rollouts(
    names: &[String],
    looking: &Looking,
    environment: &Environment,
) -> Result<Arc<dyn Watch>, Error> {
    if looking.voice == Voice::Quiet {
        return Ok(Arc::new(Nobody));
    }
    let display = watching::display(looking.output, LineMode::Fitting, looking.voice, environment);
    watching::watching(display, names, looking.voice, environment)
        .map_err(|error| Error::internal("no thread to print with", &error))
}

/// Waits until all is shown, for a moment at most.
pub(crate) fn finish(watch: &Arc<dyn Watch>, is_interrupted: bool) {
    watch.finish(if is_interrupted { LAST_READ_AT_AN_END } else { LAST_READ });
}

#[derive(Serialize)]
struct RotationDocument<'a> {
    schema: &'static str,
    command: &'static str,
    exit_code: u8,
    dry_run: bool,
    apps: Vec<RotatedApp<'a>>,
    keys: &'a [KeyDetails],
    /// Not of a dry run.
    old_key: Option<OldKey>,
}

#[derive(Serialize)]
struct RotatedApp<'a> {
    app: &'a str,
    guid: &'a str,
    space: &'a str,
    org: &'a str,
    image: Option<&'a str>,
    way: Option<&'a Way>,
    /// What became of it, by its stable name.
    result: &'static str,
    /// What runs now, in words.
    runs: Option<&'a str>,
    why: Option<&'a str>,
    notes: &'a [String],
    seconds: Option<f64>,
    error: Option<serde_json::Value>,
}

/// Prints what would be done.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn rotation_foreseen(
    rotation: &Rotation<'_>,
    looking: &Looking,
    environment: &Environment,
) -> Result<(), Error> {
    if looking.output == OutputFormat::Json {
        return print(rotation, ExitCode::Success, true, environment);
    }
    let page = Page::of(environment, To::Stdout);
    let mut rows = vec![["APP", "WAY", "IMAGE", "COST"].map(str::to_owned).to_vec()];
    for (name, (app, row)) in rotation.called().into_iter().zip(rotation.all()) {
        let (way, image, cost) = foreseen(app, &row.choice);
        rows.push(vec![name, way, image, cost]);
    }
    let mut out = page.fitted(&cells(rows));
    let go = rotation.rows.iter().filter(|row| matches!(row.choice, Choice::Go { .. })).count();
    let _ =
        writeln!(out, "\n{go} of {} would get the key; nothing was changed", rotation.rows.len());
    super::say(&out, environment)
}

fn foreseen(app: &Deployed, choice: &Choice) -> (String, String, String) {
    let text = |text: &str| text.to_owned();
    match choice {
        Choice::Go { way, image, .. } => {
            let image = short(image);
            match way {
                Way::Deploy => {
                    let count = app.wanted();
                    let word = if count == 1 { "instance" } else { "instances" };
                    (
                        text("rolling"),
                        image,
                        format!("one instance more meanwhile, {count} {word} in turn"),
                    )
                }
                Way::Restart => (text("restart"), image, text("down until its instances are up")),
                Way::Stage => (text("stage"), image, text("none: takes effect at the next start")),
            }
        }
        Choice::Has => (text("-"), text("-"), text("has the key")),
        Choice::Leave(why) => (text("-"), text("-"), why.clone()),
        Choice::LeaveStopped => (text("-"), text("-"), text(STOPPED)),
        Choice::Refuse(verdict) => {
            (text("refused"), text("-"), format!("{}: {}", verdict.name.as_str(), verdict.message))
        }
    }
}

/// Prints what became of all.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn rotated(
    rotation: &Rotation<'_>,
    code: ExitCode,
    looking: &Looking,
    environment: &Environment,
) -> Result<(), Error> {
    if looking.output == OutputFormat::Json {
        return print(rotation, code, false, environment);
    }
    let page = Page::of(environment, To::Stdout);
    let mut rows = vec![["APP", "RESULT", "RUNS", "TIME"].map(str::to_owned).to_vec()];
    let called = rotation.called();
    for (name, row) in called.iter().zip(&rotation.rows) {
        let (runs, took) = match (&row.done, &row.choice) {
            (Some(done), _) => (done.now.clone(), time(done.seconds)),
            (None, Choice::Leave(why)) => (why.clone(), "-".to_owned()),
            (None, Choice::LeaveStopped) => (STOPPED.to_owned(), "-".to_owned()),
            (None, Choice::Refuse(verdict)) => (verdict.message.clone(), "-".to_owned()),
            (None, Choice::Has | Choice::Go { .. }) => ("as before".to_owned(), "-".to_owned()),
        };
        rows.push(vec![name.clone(), result(row).to_owned(), runs, took]);
    }
    let mut out = page.fitted(&cells(rows));
    for (name, row) in called.iter().zip(&rotation.rows) {
        for note in row.done.iter().flat_map(|done| &done.notes) {
            let _ = write!(out, "\nnote: {name}: {note}");
        }
    }
    let _ = writeln!(out, "\n{}", page.text(&old_key(rotation, looking)));
    super::say(&out, environment)?;
    for (_, row) in rotation.all() {
        if let Some(error) = row.done.as_ref().and_then(|done| done.error.as_ref()) {
            show_error(error, environment);
        }
        if let Choice::Refuse(verdict) = &row.choice {
            show_error(&verdict.to_error(), environment);
        }
    }
    Ok(())
}

/// Why an app that is stopped is left alone.
const STOPPED: &str = "it is stopped";

/// The key that was there before.
#[derive(Serialize)]
struct OldKey {
    /// Whether all apps that are meant have the new one.
    can_go: bool,
    /// Its id, where it is noted on each of them.
    id: Option<String>,
    /// The apps that may still need it.
    needed_by: Vec<String>,
}

impl OldKey {
    fn of(rotation: &Rotation<'_>) -> Self {
        let is_meant = |row: &&Rotated| !matches!(row.choice, Choice::Leave(_));
        let needed_by: Vec<String> = rotation
            .called()
            .into_iter()
            .zip(&rotation.rows)
            .filter(|(_, row)| is_meant(row) && !has_it(row))
            .map(|(name, _)| name)
            .collect();
        let can_go = needed_by.is_empty() && rotation.rows.iter().any(has_it);
        // One that went by another way since has a note that is about another droplet.
        let noted = |(app, row): (&Deployed, &Rotated)| match row.choice {
            Choice::Leave(_) | Choice::Has => None,
            _ => {
                Some(app.tracked.key_id.clone().filter(|_| app.tracked.key_droplet == app.droplet))
            }
        };
        let mut ids: Vec<Option<String>> = rotation.all().filter_map(noted).collect();
        ids.sort_unstable();
        ids.dedup();
        let id = match ids.as_mut_slice() {
            [one] => one.take(),
            _ => None,
        };
        let id = id.filter(|id| rotation.keys.iter().all(|key| key.id != *id));
        Self { can_go, id, needed_by }
    }
}

fn has_it(row: &Rotated) -> bool {
    match (&row.choice, &row.done) {
        (Choice::Has, _) => true,
        (_, Some(done)) => matches!(done.result, Ended::Done | Ended::Staged),
        (_, None) => false,
    }
}

/// What can be done with the key that was there before.
fn old_key(rotation: &Rotation<'_>, looking: &Looking) -> String {
    let OldKey { can_go, id, needed_by } = OldKey::of(rotation);
    if !needed_by.is_empty() {
        return format!("keep the old key: {} may still need it", needed_by.join(", "));
    }
    if !can_go {
        return "no app got the key".to_owned();
    }
    let id = id.as_deref().unwrap_or("ApiKey-OF-THE-OLD-ONE");
    let curl = |verb: &str| {
        format!(
            "curl -fsS -X {verb} -H \"Authorization: $(ibmcloud iam oauth-tokens --output json | jq -r .iam_token)\" https://iam.cloud.ibm.com/v1/apikeys/{id}/disable"
        )
    };
    format!(
        "all of these apps have the key; the one before can go, first so that it can come back:\n  1. switch it off: `{}`\n     and on again, should something have needed it: `{}`\n  2. watch for a day: `{}`\n  3. delete it: `ibmcloud iam service-api-key-delete OLD_KEY SERVICE_ID`\napps outside of this scope were not looked at",
        curl("POST"),
        curl("DELETE"),
        watching_line(looking)
    )
}

/// Flags of a rotation that an audit does not have.
const ROTATION_ALONE: [&str; 10] = [
    "--namespace",
    "--from-user",
    "--dry-run",
    "--stopped",
    "--restart",
    "--accept-moved-tag",
    "--timeout",
    "--jobs",
    "--on-error",
    "--output",
];

/// The line that watches the same apps with the same key.
fn watching_line(looking: &Looking) -> String {
    const FINDINGS: &str = "definitive,pull-failed";
    match looking.typed.line() {
        Some(line) => {
            let line = ROTATION_ALONE.iter().fold(line, |line, flag| line.without(flag));
            line.command("audit").with("--fail-on", Some(FINDINGS)).to_string()
        }
        None => format!("icr-cf audit --fail-on {FINDINGS}"),
    }
}

fn result(row: &Rotated) -> &'static str {
    match (&row.choice, &row.done) {
        (_, Some(done)) => done.result.name(),
        (Choice::Has, None) => "has-it",
        (Choice::Leave(_) | Choice::LeaveStopped, None) => "left-alone",
        (Choice::Refuse(_), None) => "refused",
        (Choice::Go { .. }, None) => "not-started",
    }
}

fn print(
    rotation: &Rotation<'_>,
    code: ExitCode,
    dry_run: bool,
    environment: &Environment,
) -> Result<(), Error> {
    let apps = rotation.all().map(|(app, row)| rotated_app(app, row, dry_run)).collect();
    document::print(
        &RotationDocument {
            schema: SCHEMA,
            command: "rotate",
            exit_code: code.code(),
            dry_run,
            apps,
            keys: rotation.keys,
            old_key: (!dry_run).then(|| OldKey::of(rotation)),
        },
        environment,
    )
}

fn rotated_app<'a>(app: &'a Deployed, row: &'a Rotated, dry_run: bool) -> RotatedApp<'a> {
    let (way, image) = match &row.choice {
        Choice::Go { way, image, .. } => (Some(way), Some(image.as_str())),
        Choice::Has | Choice::Leave(_) | Choice::LeaveStopped | Choice::Refuse(_) => {
            (None, app.image.as_deref())
        }
    };
    let why = match &row.choice {
        Choice::Leave(why) => Some(why.as_str()),
        Choice::LeaveStopped => Some(STOPPED),
        Choice::Go { .. } | Choice::Has | Choice::Refuse(_) => None,
    };
    let error = match (&row.choice, &row.done) {
        (Choice::Refuse(verdict), _) => Some(verdict.to_error()),
        (_, Some(done)) => done.error.clone(),
        _ => None,
    };
    let done = row.done.as_ref();
    RotatedApp {
        app: &app.name,
        guid: &app.guid,
        space: &app.space,
        org: &app.org,
        image,
        way,
        result: if dry_run && way.is_some() { "would-go" } else { result(row) },
        runs: done.map(|done| done.now.as_str()),
        why,
        notes: done.map_or(&[], |done| done.notes.as_slice()),
        seconds: done.map(|done| done.seconds),
        error: error.and_then(|error| serde_json::to_value(ErrorDocument::from(&error)).ok()),
    }
}
