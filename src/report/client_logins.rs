//! What docker and podman have for the registries of ICR, and what was changed in it; as text or as
//! the document.

use std::path::Path;

use serde::Serialize;

use super::document::{self, SCHEMA};
use super::page::{Page, To, cells};
use super::say_as_is;
use crate::environment::Environment;
use crate::error::{Error, printable, printable_in_full};
use crate::exit_code::ExitCode;
use crate::login_files::{Change, HELPER, HostEntry, LoginFile, Wish};

/// A file and what came of it.
pub(crate) struct ClientLogins {
    /// The file.
    pub(crate) file: LoginFile,
    /// What it has now.
    pub(crate) entries: Vec<HostEntry>,
    /// What was changed.
    pub(crate) changes: Vec<Change>,
}

impl HostEntry {
    /// Whether it leads to us.
    pub(crate) fn is_ours(&self) -> bool {
        self.helper.as_deref() == Some(HELPER)
    }

    fn in_words(&self) -> String {
        match (&self.helper, !self.logins.is_empty()) {
            (Some(helper), true) if self.is_ours() => {
                format!("{helper}; an older login in the file")
            }
            (Some(helper), false) if self.is_ours() => helper.clone(),
            (Some(helper), _) => format!("another helper: {}", printable(helper)),
            (None, true) => "a login in the file".to_owned(),
            (None, false) => "-".to_owned(),
        }
    }
}

#[derive(Serialize)]
struct LoginDocument<'a> {
    schema: &'static str,
    command: &'static str,
    exit_code: u8,
    program: Option<String>,
    clients: Vec<ClientDocument<'a>>,
}

#[derive(Serialize)]
struct ClientDocument<'a> {
    client: &'static str,
    file: String,
    exists: bool,
    changed: Vec<&'a str>,
    hosts: Vec<HostDocument<'a>>,
}

#[derive(Serialize)]
struct HostDocument<'a> {
    host: &'static str,
    helper: Option<&'a str>,
    login: bool,
}

/// Prints the document.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn client_logins_document(
    (command, code): (&'static str, ExitCode),
    all: &[ClientLogins],
    program: Option<&Path>,
    environment: &Environment,
) -> Result<(), Error> {
    let clients = all.iter().map(|one| ClientDocument {
        client: one.file.client.name(),
        file: shown(&one.file.path),
        exists: one.file.is_there(),
        changed: one.changes.iter().map(|change| change.host.as_str()).collect(),
        hosts: one.entries.iter().map(host).collect(),
    });
    document::print(
        &LoginDocument {
            schema: SCHEMA,
            command,
            exit_code: code.code(),
            program: program.map(shown),
            clients: clients.collect(),
        },
        environment,
    )
}

fn host(entry: &HostEntry) -> HostDocument<'_> {
    let HostEntry { host, helper, logins } = entry;
    HostDocument { host, helper: helper.as_deref(), login: !logins.is_empty() }
}

fn shown(path: &Path) -> String {
    printable_in_full(&path.to_string_lossy())
}

/// Prints what was done to each file; where nothing was to be done, what is in each.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn client_logins(
    wish: Option<Wish>,
    all: &[ClientLogins],
    environment: &Environment,
) -> Result<(), Error> {
    let page = Page::of(environment, To::Stdout);
    for one in all {
        let (client, path) = (one.file.client.name(), shown(&one.file.path));
        let text = match wish {
            None if one.file.is_there() => {
                let mut rows = vec![["HOST", "LOGIN"].map(str::to_owned).to_vec()];
                let row = |entry: &HostEntry| vec![entry.host.to_owned(), entry.in_words()];
                rows.extend(one.entries.iter().map(row));
                format!("{client}: {path}\n{}", page.table(&cells(rows)))
            }
            None => format!("{client}: {path} is not there\n"),
            Some(wish) => format!("{client}: {path}: {}\n", done(wish, one)),
        };
        say_as_is(&page.text(&text))?;
    }
    Ok(())
}

/// Says which other helpers were replaced; nothing else knows them any more.
pub(crate) fn replaced_helpers(all: &[ClientLogins], environment: &Environment) {
    for change in all.iter().flat_map(|one| &one.changes) {
        let before = change.before.as_deref();
        if let Some(other) = before.filter(|helper| *helper != HELPER && !helper.is_empty()) {
            let (host, other) = (&change.host, printable(other));
            super::show_note(&format!("`{host}` had the helper `{other}` before"), environment);
        }
    }
}

fn done(wish: Wish, one: &ClientLogins) -> String {
    let hosts = |count| if count == 1 { "1 host".to_owned() } else { format!("{count} hosts") };
    match (wish, one.changes.len()) {
        (Wish::Entries, 0) => {
            format!("icr-cf was asked for {} already", hosts(one.entries.len()))
        }
        (Wish::Entries, count) => format!("icr-cf is asked for {} now", hosts(count)),
        (Wish::None, 0) => "icr-cf was asked for none of the hosts".to_owned(),
        (Wish::None, count) => format!("icr-cf is no longer asked for {}", hosts(count)),
    }
}
