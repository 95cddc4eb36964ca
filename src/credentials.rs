//! Finds the secrets of a push, API keys and passwords of other registries, without showing them:
//! the source that was chosen, or Docker's configuration, or a prompt. Owns what a usable key looks
//! like. Never prints; what it has to say goes back as words without the value or a part of it.

use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use zeroize::Zeroizing;

use crate::environment::{Environment, Presence};
use crate::error::{Error, printable};
use crate::process::Signals;
use crate::reading;
use crate::request::{KeyChoice, Username};
use crate::secret::ApiKey;

mod check;
mod docker;
mod explain;
mod file;
mod helper;
mod iam_token;
mod key_command;
mod key_fault;
mod key_problem;
mod password;
mod prompt;
mod source_table;
#[cfg(test)]
mod tests;

#[cfg(any(test, fuzzing))]
pub use docker::config_invariants::docker_config;
pub(crate) use explain::{Explained, explain};
use key_problem::KeyProblem;
pub(crate) use password::password;

/// Longest time that a source may take.
const SOURCE_LIMIT: Duration = Duration::from_secs(30);
/// Longest time that somebody may take to type.
const PROMPT_LIMIT: Duration = Duration::from_secs(5 * 60);
/// Most bytes that are read where one key is expected.
const MOST_BYTES: usize = 64 * 1024;

/// A key, and how it was found.
pub(crate) struct SourcedKey {
    /// The key.
    pub(crate) key: Arc<ApiKey>,
    /// Where it came from, in words.
    pub(crate) source: String,
    /// What is worth knowing about it.
    pub(crate) notices: Vec<Notice>,
    /// Every source in its order, and what became of it.
    pub(crate) looked_at: Vec<SourceRow>,
    /// Whether somebody typed it.
    pub(crate) is_typed: bool,
}

/// Something worth knowing about a key; never a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Notice {
    /// How much it matters.
    pub(crate) level: NoticeLevel,
    /// In words.
    pub(crate) text: String,
}

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NoticeLevel {
    /// What was made of the input.
    Note,
    /// What may go wrong later.
    Warning,
}

impl Notice {
    fn note(text: impl Into<String>) -> Self {
        Self { level: NoticeLevel::Note, text: text.into() }
    }

    fn warning(text: impl Into<String>) -> Self {
        Self { level: NoticeLevel::Warning, text: text.into() }
    }
}

/// A source and what was found there; never a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct SourceRow {
    /// The source, in words.
    pub(crate) source: String,
    /// `used`, `not set`, `empty`, `not given`, `not looked at`, or what there is instead.
    pub(crate) result: String,
}

impl SourceRow {
    /// Result of the source that was chosen.
    const USED: &str = "used";
    /// Result of a source behind the one that was used.
    const NOT_LOOKED_AT: &str = "not looked at";
    /// Result of a variable that is set to nothing.
    const EMPTY: &str = "empty";

    /// A source that some of several apps have for themselves.
    pub(crate) fn used(source: &str, apps: &[&str]) -> Self {
        Self::new(source, format!("used for {}", printable(&apps.join(", "))))
    }

    /// The same, where there is nothing.
    pub(crate) fn missing(source: &str, apps: &[&str]) -> Self {
        Self::new(source, format!("nothing found for {}", printable(&apps.join(", "))))
    }

    /// The same, where nothing is read.
    pub(crate) fn foreseen(source: &str, apps: &[&str]) -> Self {
        Self::new(source, format!("would be used for {}", printable(&apps.join(", "))))
    }

    fn new(source: impl Into<String>, result: impl Into<String>) -> Self {
        Self { source: source.into(), result: result.into() }
    }
}

/// What kind of source a value came from; decides the advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyOrigin {
    Stdin,
    File,
    Command,
    Variable(&'static str),
    /// A variable that a flag names.
    Named,
    Docker,
    Prompt,
}

/// A value as a source gave it.
struct Raw {
    bytes: Zeroizing<Vec<u8>>,
    origin: KeyOrigin,
    /// The source, in words.
    source: String,
    notices: Vec<Notice>,
}

/// What a source is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SecretKind {
    /// A key of ICR: also out of the JSON that IBM's tools write it in.
    Key,
    /// A password of another registry: the bytes, whatever they are.
    Password,
}

impl SecretKind {
    /// The secret in what a file or a stream has.
    fn within(
        self,
        bytes: Zeroizing<Vec<u8>>,
        source: &str,
    ) -> Result<Zeroizing<Vec<u8>>, KeyProblem> {
        match self {
            Self::Key => file::key_in(bytes, source),
            Self::Password => Ok(bytes),
        }
    }
}

/// Whom the key is for, and within what bounds it is looked for.
#[derive(Clone, Copy)]
pub(crate) struct KeyQuery<'a> {
    kind: SecretKind,
    username: &'a Username,
    /// Every registry that may get it.
    hosts: &'a [&'a str],
    /// The one whose login is looked for.
    host: &'a str,
    environment: &'a Environment,
    source_limit: Duration,
    prompt_limit: Duration,
    now: SystemTime,
    /// A key that was typed before, for another registry.
    typed: Option<&'a SourcedKey>,
    asking: Prompting,
}

/// Whether somebody may be asked for the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prompting {
    /// Where there is a terminal.
    Person,
    /// It is only said that somebody would be.
    Nobody,
}

impl<'a> KeyQuery<'a> {
    /// A key for these registries, of which the first that has a login in Docker's configuration counts,
    /// within the usual bounds.
    pub(crate) fn of(
        username: &'a Username,
        hosts: &'a [&'a str],
        environment: &'a Environment,
    ) -> Self {
        Self {
            kind: SecretKind::Key,
            username,
            hosts,
            host: hosts.first().copied().unwrap_or_default(),
            environment,
            source_limit: SOURCE_LIMIT,
            prompt_limit: PROMPT_LIMIT,
            now: SystemTime::now(),
            typed: None,
            asking: Prompting::Person,
        }
    }

    /// The same, with each source given up after so long.
    pub(crate) fn within(self, source_limit: Duration) -> Self {
        Self { source_limit, ..self }
    }

    /// The same, where nobody is asked for a key that was typed already.
    pub(crate) fn typed(self, typed: Option<&'a SourcedKey>) -> Self {
        Self { typed, ..self }
    }
}

/// Gets the key from the chosen source; it alone is read, and if it fails that is the end.
///
/// # Errors
/// A source that fails or gives something that is no key; no source at all; a signal; a bound.
pub(crate) async fn find(
    choice: &KeyChoice,
    wanted: &KeyQuery<'_>,
    signals: &mut Signals,
) -> Result<SourcedKey, Error> {
    find_within(choice, wanted, signals).await.map_err(KeyProblem::into_error)
}

async fn find_within(
    choice: &KeyChoice,
    wanted: &KeyQuery<'_>,
    signals: &mut Signals,
) -> Result<SourcedKey, KeyProblem> {
    looking(choice, wanted, &mut Vec::new(), signals).await
}

/// The same, with what was looked at also where nothing is found.
async fn looking(
    choice: &KeyChoice,
    wanted: &KeyQuery<'_>,
    looked_at: &mut Vec<SourceRow>,
    signals: &mut Signals,
) -> Result<SourcedKey, KeyProblem> {
    let asks = matches!(choice, KeyChoice::Stdin(_)) && wanted.environment.streams.stdin;
    let word = match (asks, wanted.asking) {
        (true, Prompting::Person) => "used: a terminal, hence a hidden prompt",
        (true, Prompting::Nobody) => "a terminal, hence a hidden prompt; nobody is asked now",
        (false, _) => SourceRow::USED,
    };
    *looked_at = source_table::given(choice, word, wanted.environment);
    let raw = raw(choice, wanted, looked_at, signals).await?;
    if *choice != KeyChoice::Search {
        looked_at.extend(source_table::rest(wanted.environment));
    }
    let Raw { bytes, origin, source, mut notices } = raw;
    let checked = check::check(&bytes, origin, &source, wanted.username, wanted.now)
        .map_err(|fault| KeyProblem::Unfit { place: source.clone(), fault, origin })?;
    notices.extend(checked.notices);
    notices.extend(source_table::skipped(looked_at));
    let is_typed = origin == KeyOrigin::Prompt;
    let looked_at = std::mem::take(looked_at);
    Ok(SourcedKey { key: Arc::new(checked.key), source, notices, looked_at, is_typed })
}

/// The value of a source, as it is.
async fn raw(
    choice: &KeyChoice,
    wanted: &KeyQuery<'_>,
    looked_at: &mut Vec<SourceRow>,
    signals: &mut Signals,
) -> Result<Raw, KeyProblem> {
    let environment = wanted.environment;
    Ok(match choice {
        KeyChoice::Stdin(_) if environment.streams.stdin => match wanted.asking {
            Prompting::Person => prompt::ask(wanted, signals).await?,
            Prompting::Nobody => return Err(KeyProblem::NoKey(looked_at.clone())),
        },
        KeyChoice::Stdin(flag) => standard_input(flag, wanted, signals).await?,
        KeyChoice::File(file) => file::read(file, wanted, signals).await?,
        KeyChoice::Command(command) => key_command::read(&command.words, wanted, signals).await?,
        KeyChoice::Variable(name) => variable(name, KeyOrigin::Variable(name), environment),
        KeyChoice::Named(name) => variable(name, KeyOrigin::Named, environment),
        KeyChoice::Search => search(wanted, looked_at, signals).await?,
    })
}

/// Says what [`find`] would look at, without reading anything that may hold a key.
pub(crate) fn foresee(
    choice: &KeyChoice,
    registry_host: &str,
    environment: &Environment,
) -> Vec<SourceRow> {
    let mut rows = source_table::given(choice, "would be used", environment);
    if *choice == KeyChoice::Search {
        rows.extend(docker::foresee(registry_host, environment));
        let result = if prompt::is_possible(environment) {
            "would be shown if nothing is found before"
        } else {
            "no terminal"
        };
        rows.push(SourceRow::new(prompt::NAME, result));
    } else {
        rows.extend(source_table::rest(environment));
    }
    rows
}

async fn standard_input(
    flag: &str,
    wanted: &KeyQuery<'_>,
    signals: &mut Signals,
) -> Result<Raw, KeyProblem> {
    let source = format!("standard input (`{flag}`)");
    let read = reading::in_thread(wanted.source_limit, signals, || {
        reading::bounded(own_stdin()?, MOST_BYTES)
    });
    let bytes =
        read.await.map_err(|unread| KeyProblem::unread(&source, unread, wanted.source_limit))?;
    let bytes = wanted.kind.within(bytes, &source)?;
    Ok(Raw { bytes, origin: KeyOrigin::Stdin, source, notices: Vec::new() })
}

/// Standard input without the standard library's buffer, which would keep the key.
fn own_stdin() -> std::io::Result<File> {
    #[cfg(unix)]
    let stdin = std::os::fd::AsFd::as_fd(&std::io::stdin()).try_clone_to_owned()?;
    #[cfg(windows)]
    let stdin =
        std::os::windows::io::AsHandle::as_handle(&std::io::stdin()).try_clone_to_owned()?;
    Ok(File::from(stdin))
}

fn variable(name: &str, origin: KeyOrigin, environment: &Environment) -> Raw {
    let value = environment.raw(name).unwrap_or_default();
    Raw {
        bytes: Zeroizing::new(value.as_encoded_bytes().to_vec()),
        origin,
        source: format!("`{name}`"),
        notices: Vec::new(),
    }
}

/// Looks where nobody pointed: Docker's and podman's configuration, then a person.
async fn search(
    wanted: &KeyQuery<'_>,
    looked_at: &mut Vec<SourceRow>,
    signals: &mut Signals,
) -> Result<Raw, KeyProblem> {
    for (at, host) in wanted.hosts.iter().enumerate() {
        let mut rows = Vec::new();
        let found = docker::search(&KeyQuery { host, ..*wanted }, &mut rows, signals).await?;
        let is_last = at + 1 == wanted.hosts.len();
        if found.is_some() || is_last {
            looked_at.append(&mut rows);
        }
        if let Some(raw) = found {
            looked_at.push(SourceRow::new(prompt::NAME, SourceRow::NOT_LOOKED_AT));
            return Ok(raw);
        }
    }
    if let Some(typed) = wanted.typed {
        looked_at.push(SourceRow::new(prompt::NAME, "used, asked once"));
        let bytes = Zeroizing::new(typed.key.expose().as_bytes().to_vec());
        let source = typed.source.clone();
        return Ok(Raw { bytes, origin: KeyOrigin::Prompt, source, notices: Vec::new() });
    }
    let is_possible = prompt::is_possible(wanted.environment);
    if is_possible && wanted.asking == Prompting::Person {
        looked_at.push(SourceRow::new(prompt::NAME, SourceRow::USED));
        return prompt::ask(wanted, signals).await;
    }
    let instead = if is_possible { "would be shown; nobody is asked now" } else { "no terminal" };
    looked_at.push(SourceRow::new(prompt::NAME, instead));
    Err(KeyProblem::NoKey(looked_at.clone()))
}

/// The state of a variable that is not the source.
fn state(name: &str, environment: &Environment) -> &'static str {
    match environment.presence(name) {
        Presence::Unset => "not set",
        Presence::Empty => SourceRow::EMPTY,
        Presence::Set => SourceRow::NOT_LOOKED_AT,
    }
}
