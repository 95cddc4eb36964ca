//! The files in which docker and podman look for logins: where each is, what it has for the registries
//! of ICR, and entries for our credential helper put in or taken out. A file is replaced as a whole or
//! not at all, by one with the same mode; what cannot be read is left alone.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::environment::Environment;
use crate::error::{Error, ErrorKind, Place, file_word, printable_in_full};
use crate::reading::{self, Unread};
use crate::region;

mod client;
mod lock;
mod members;
mod splice;
#[cfg(test)]
mod tests;
mod writing;

pub(crate) use client::{Client, is_absence, is_named, looked_in};
pub(crate) use lock::Locks;
pub(crate) use splice::Change;
use splice::{Fault, Spliced};

/// What a file calls us; the program is `docker-credential-icr-cf`.
pub(crate) const HELPER: &str = "icr-cf";
/// The program that the files lead to.
pub(crate) const PROGRAM: &str = "docker-credential-icr-cf";
/// Most bytes of a file.
const MOST: usize = 4 * 1024 * 1024;
/// How long a file may take to be read.
const LIMIT: Duration = Duration::from_secs(30);

/// What is done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// The hosts get our helper.
    Entries,
    /// They lose it.
    None,
}

/// A file, as it was when it was read.
pub(crate) struct LoginFile {
    /// Whose it is.
    pub(crate) client: Client,
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What is in it, if it is there: secrets, too.
    text: Option<Zeroizing<String>>,
}

/// What a file has for a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostEntry {
    /// The host.
    pub(crate) host: &'static str,
    /// Its helper.
    pub(crate) helper: Option<String>,
    /// By which names logins of its own are in the file, which are not used beside a helper.
    pub(crate) logins: Vec<String>,
}

impl LoginFile {
    /// Reads the file of a client.
    ///
    /// # Errors
    /// There is no home to look in, or the file cannot be read.
    pub(crate) fn read(client: Client, environment: &Environment) -> Result<Self, Error> {
        Self::at(client, Self::place(client, environment)?, environment)
    }

    /// Reads one that is elsewhere.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn at(
        client: Client,
        path: PathBuf,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let text = text(&path, client, environment)?;
        Ok(Self { client, path, text })
    }

    /// The same, with nobody else of ours changing it as long as the locks are held.
    ///
    /// # Errors
    /// As for [`LoginFile::read`]; somebody else does not let go of it.
    pub(crate) fn read_to_change(
        (client, wish): (Client, Wish),
        environment: &Environment,
        locks: &mut Locks,
    ) -> Result<Self, Error> {
        let path = Self::place(client, environment)?;
        if wish == Wish::Entries
            && let Some(folder) = path.parent()
        {
            // So that all hold the same; that it cannot be made shows itself when it is written to.
            let _ = writing::make(folder);
        }
        if !locks.hold(&path) {
            let path = printable_in_full(&path.to_string_lossy());
            return Err(Error::new(
                ErrorKind::Setup,
                format!("another icr-cf keeps the folder of `{path}`"),
            )
            .seen("nothing was changed")
            .hint("run this again when it has ended"));
        }
        // Where it is written: a link stays one.
        let target = path.canonicalize();
        if let Some(folder) = target.as_ref().unwrap_or(&path).parent() {
            writing::remove_left(folder);
        }
        Self::read(client, environment)
    }

    fn place(client: Client, environment: &Environment) -> Result<PathBuf, Error> {
        client.place(environment).ok_or_else(|| {
            let message = format!("the configuration of {} has no place", client.name());
            Error::new(ErrorKind::Setup, message).hint("set `HOME`, or `DOCKER_CONFIG`")
        })
    }

    /// The helper that a client asks for every host that has none of its own.
    pub(crate) fn helper_of_all(&self) -> Option<String> {
        let text = self.text.as_ref().filter(|_| self.client == Client::Docker)?;
        splice::text_of(text, "credsStore").filter(|helper| !helper.is_empty())
    }

    /// Whether it is there.
    pub(crate) fn is_there(&self) -> bool {
        self.text.is_some()
    }

    /// Whether it goes when the session ends.
    pub(crate) fn is_of_session(&self, environment: &Environment) -> bool {
        let session = environment.raw("XDG_RUNTIME_DIR").filter(|raw| !raw.is_empty());
        self.path.starts_with("/run/containers")
            || session.is_some_and(|session| self.path.starts_with(session))
    }

    /// What it has for these hosts.
    ///
    /// # Errors
    /// It is no configuration.
    pub(crate) fn entries(&self, hosts: &[&'static str]) -> Result<Vec<HostEntry>, Error> {
        let text = self.text.as_ref().map_or("", |text| text);
        let text = if text.trim().is_empty() { "{}" } else { text };
        let helpers = splice::helpers(text).map_err(|fault| self.refusal(&fault))?;
        let logins = splice::names_in(text, "auths");
        let entry = |host: &&'static str| {
            // An empty name is none.
            let helper = helpers.iter().find(|(known, name)| known == host && !name.is_empty());
            HostEntry {
                host,
                helper: helper.map(|(_, helper)| helper.clone()),
                logins: logins.iter().filter(|known| is_for(known, host)).cloned().collect(),
            }
        };
        Ok(hosts.iter().map(entry).collect())
    }

    /// Gives these hosts our helper, or takes it from them, and writes the file if that changes it.
    ///
    /// # Errors
    /// It is no configuration, or cannot be written; then it is as it was.
    pub(crate) fn change(
        &mut self,
        wish: Wish,
        hosts: &[&str],
        environment: &Environment,
    ) -> Result<Vec<Change>, Error> {
        let before = self.text.as_ref().map_or("", |text| text);
        let spliced = match wish {
            Wish::Entries => splice::with_entries(before, hosts, HELPER),
            Wish::None => splice::without_entries(before, hosts, HELPER),
        };
        let Spliced { text, changes } = spliced.map_err(|fault| self.refusal(&fault))?;
        let text = Zeroizing::new(text);
        if !changes.is_empty() {
            self.replace(&text, environment)?;
            self.text = Some(text);
        }
        Ok(changes)
    }

    fn shown(&self) -> String {
        printable_in_full(&self.path.to_string_lossy())
    }

    fn refusal(&self, fault: &Fault) -> Error {
        let path = self.shown();
        if self.text.as_ref().is_some_and(|text| text.starts_with(BOM)) {
            return with_mark(&self.path);
        }
        let setup = |message: String| Error::new(ErrorKind::Setup, message);
        let error = match fault {
            // The parser's own text may repeat what is in the file.
            Fault::NotJson(spot) => {
                let place = Place::line_of(&self.path.to_string_lossy(), spot.line());
                setup(format!("`{path}` is no JSON, at {spot}")).pointing_to(place)
            }
            Fault::NotObject => setup(format!("`{path}` is no JSON object")),
            Fault::Helpers => setup(format!("`credHelpers` in `{path}` is no object of texts")),
            Fault::Twice(name) => {
                let name = printable_in_full(name);
                setup(format!("`{name}` stands in `{path}` twice"))
                    .seen("programs differ in which of the two they take")
            }
            Fault::Botched => {
                Error::new(ErrorKind::Internal, format!("`{path}` cannot be changed safely"))
            }
        };
        error.seen("nothing was changed").hint("mend the file by hand, then run this again")
    }

    /// Puts another text in place of the file: beside it first, then by one rename.
    fn replace(&self, text: &str, environment: &Environment) -> Result<(), Error> {
        let not_written = |fault: &io::Error| self.not_written(fault);
        // A link stays one: what it leads to is replaced.
        let target = match self.path.symlink_metadata() {
            Ok(_) => self.path.canonicalize().map_err(|error| not_written(&error))?,
            Err(_) => self.path.clone(),
        };
        let now = self::text(&target, self.client, environment)?;
        if now.as_deref() != self.text.as_deref() {
            let message = format!("`{}` was changed by somebody else meanwhile", self.shown());
            return Err(Error::new(ErrorKind::Setup, message).hint("run this again"));
        }
        writing::write(&target, text).map_err(|error| not_written(&error))
    }

    fn not_written(&self, fault: &io::Error) -> Error {
        let message = format!("`{}` cannot be written: {fault}", self.shown());
        let kept = if self.is_there() { "it is as it was" } else { "nothing was written" };
        let error = Error::new(ErrorKind::Output, message).seen(kept);
        match fault.kind() {
            // As a container has it that was given this one file.
            io::ErrorKind::ResourceBusy => error
                .seen("it is mounted there by itself, and nothing can take its place")
                .hint(format!("mount its folder instead, or name {}", self.client.other_place())),
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => error.hint("make room there, then run this again"),
            _ if self.client == Client::Podman => error.hint(
                "`icr-cf login --docker` writes docker's file instead, which podman reads as well",
            ),
            _ => error.hint("write it as its owner, into a folder that can be written"),
        }
    }
}

/// The mark that editors of Windows write in front of UTF-8.
const BOM: char = '\u{feff}';

/// What is wrong with a file that begins with the mark, which docker and podman take for no JSON (Go,
/// `encoding/json`).
fn with_mark(path: &Path) -> Error {
    let shown = path.to_string_lossy();
    let message = format!(
        "`{}` begins with a byte order mark, which docker does not read",
        printable_in_full(&shown)
    );
    let error = Error::new(ErrorKind::Setup, message).seen("nothing was changed");
    if cfg!(windows) {
        return error.hint("write it anew as UTF-8 without that mark, then run this again");
    }
    let path = file_word(&shown);
    error.hint(format!("`perl -i -pe 's/^\\xEF\\xBB\\xBF// if $. == 1' {path}` takes it out"))
}

/// Whether a key of `auths` is for this host; older clients wrote it as an address.
fn is_for(name: &str, host: &str) -> bool {
    region::host_in(name).eq_ignore_ascii_case(host)
}

/// The text of a file; `None` where there is none.
fn text(
    path: &Path,
    client: Client,
    environment: &Environment,
) -> Result<Option<Zeroizing<String>>, Error> {
    let shown = printable_in_full(&path.to_string_lossy());
    let unreadable = |what: &str| {
        Error::new(ErrorKind::File, format!("`{shown}` cannot be read: {what}"))
            .hint(format!("mend the file, or name {}", client.other_place()))
    };
    let file = path.to_owned();
    let read = reading::at_once(LIMIT, move || Ok(reading::replaceable(&file, MOST)?.0));
    let mut bytes = match read {
        Ok(bytes) => bytes,
        Err(Unread::Io(error)) if is_absence(&error, path, environment) => {
            return leads_nowhere(path).map_or(Ok(None), Err);
        }
        Err(Unread::Io(error)) => return Err(unreadable(&error.to_string())),
        Err(Unread::Folder) => return Err(unreadable("it is a folder")),
        Err(Unread::TooBig(most)) => {
            return Err(unreadable(&format!("it has more than {most} bytes")));
        }
        Err(Unread::Stopped(_)) => return Err(unreadable("it does not end")),
    };
    let text = String::from_utf8(std::mem::take(&mut *bytes));
    text.map(|text| Some(Zeroizing::new(text))).map_err(|_| unreadable("it is no UTF-8"))
}

/// What is wrong with a link to nothing, in the place of the file or of a folder above it: what would be
/// written there is not known.
fn leads_nowhere(path: &Path) -> Option<Error> {
    let link = path.ancestors().find(|path| path.symlink_metadata().is_ok())?;
    let target = std::fs::read_link(link).ok().filter(|_| !link.exists())?;
    let shown = link.to_string_lossy();
    let message = format!("`{}` is a link that leads nowhere", printable_in_full(&shown));
    Some(
        Error::new(ErrorKind::File, message)
            .seen(format!("it leads to `{}`", printable_in_full(&target.to_string_lossy())))
            .hint(format!("make what it leads to, or take it away: `rm {}`", file_word(&shown))),
    )
}
