//! Which files of folders the user has allowed to name commands and secrets: a note for each, by the
//! path of the file, that holds the digest of its content and a mark for each thing that leave was given
//! for. A file that has changed since, or lies elsewhere, is not allowed, nor what was not shown. Notes
//! lie in the user's folder of states, for us alone; what is not as we would have left it counts for
//! nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use ring::digest::{SHA256, digest};

use super::search;
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, printable_in_full};
use crate::private_files::{self, Kind, Others};
use crate::reading;

/// The first line of a note, which says how to read the rest.
const FORM: &str = "icr-cf allowed 2";
/// Most bytes of a note.
const MOST: usize = 1024 * 1024;

/// Bytes as digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The path by which a file is known, links in it followed; of one that is gone, by its folder.
pub(super) fn known_as(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

fn digest_of(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

fn note(path: &Path, environment: &Environment) -> Option<PathBuf> {
    let name = digest_of(known_as(path).as_os_str().as_encoded_bytes());
    Some(search::of_allowances(environment)?.join(name))
}

/// What a file with this content was allowed; `None` where it was not.
pub(super) fn allowed(
    path: &Path,
    content: &[u8],
    environment: &Environment,
) -> Option<BTreeSet<String>> {
    let note = note(path, environment)?;
    let is_ours = |path, kind| private_files::is_ours(path, kind, Others::Read);
    let is_safe = note.parent().is_some_and(|folder| is_ours(folder, Kind::Folder))
        && is_ours(&note, Kind::File);
    let text = || String::from_utf8(reading::file(&note, MOST).ok()?.0.to_vec()).ok();
    let text = is_safe.then(text).flatten()?;
    let mut lines = text.lines();
    let is_it = lines.next() == Some(FORM) && lines.next() == Some(digest_of(content).as_str());
    is_it.then(|| lines.map(str::to_owned).collect())
}

/// Notes that a file with this content is allowed what these marks are for.
pub(super) fn allow(
    path: &Path,
    content: &[u8],
    marks: &BTreeSet<String>,
    environment: &Environment,
) -> Result<(), Error> {
    let note = note(path, environment).ok_or_else(nowhere)?;
    let folder = note.parent().unwrap_or(&note);
    let head = format!("{FORM}\n{}\n", digest_of(content));
    let text = marks.iter().fold(head, |text, mark| text + mark + "\n");
    private_files::write(folder, &note, text.as_bytes(), Others::Read)
        .map_err(|error| unwritable(folder, &error))
}

/// Takes that back; gives whether there was something to take back.
pub(super) fn deny(path: &Path, environment: &Environment) -> Result<bool, Error> {
    let note = note(path, environment).ok_or_else(nowhere)?;
    match std::fs::remove_file(&note) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(unwritable(note.parent().unwrap_or(&note), &error)),
    }
}

fn nowhere() -> Error {
    let variable = if cfg!(windows) { "LOCALAPPDATA" } else { "HOME" };
    Error::new(ErrorKind::Setup, "there is no folder to note down what is allowed")
        .hint(format!("set `{variable}` to your home folder"))
}

fn unwritable(folder: &Path, error: &io::Error) -> Error {
    let folder = printable_in_full(&folder.to_string_lossy());
    Error::scarce(error).unwrap_or_else(|| {
        Error::new(ErrorKind::Output, format!("`{folder}` cannot be written: {error}"))
            .hint("name a folder that can be written: `XDG_STATE_HOME=/path`")
    })
}
