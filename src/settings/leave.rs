//! The user's leave for a file of a folder: given for what stands in it now, and taken back.

use std::path::PathBuf;

use super::allowance;
use super::file::SettingsFile;
use super::said::Scope;
use super::search::{self, FILE};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, printable_in_full};

/// A file and what is allowed to it.
pub(crate) struct Allowed {
    /// What messages call it.
    pub(crate) file: String,
    /// A line for each value that takes leave.
    pub(crate) values: Vec<String>,
}

/// A file from which leave was taken.
pub(crate) struct Denied {
    /// What messages call it.
    pub(crate) file: String,
    /// Whether it had any.
    pub(crate) was_allowed: bool,
}

/// Allows a file, by its path or its folder, else the one for the working folder.
///
/// # Errors
/// It is not there, has something in it that is no setting, or it cannot be noted down.
pub(crate) fn allow(path: Option<&str>, environment: &Environment) -> Result<Allowed, Error> {
    let path = meant(path, "allow", environment)?;
    if path.symlink_metadata().is_err() {
        let name = printable_in_full(&search::shown(&path, environment));
        return Err(Error::new(ErrorKind::File, format!("there is no `{name}`"))
            .hint("name the file, or its folder: `icr-cf config allow PATH`"));
    }
    let file = SettingsFile::read(&path, Scope::Folder, None, environment)?;
    let (values, marks) = file.trusted(environment);
    allowance::allow(&file.path, file.content(), &marks, environment)?;
    Ok(Allowed { file: file.shown, values })
}

/// Takes it back.
///
/// # Errors
/// There is no such file, or the note cannot be removed.
pub(crate) fn deny(path: Option<&str>, environment: &Environment) -> Result<Denied, Error> {
    let path = meant(path, "deny", environment)?;
    let was_allowed = allowance::deny(&path, environment)?;
    Ok(Denied { file: search::shown(&path, environment), was_allowed })
}

/// The file that is meant, by where its folder really is.
fn meant(path: Option<&str>, action: &str, environment: &Environment) -> Result<PathBuf, Error> {
    let Some(path) = path else {
        return search::above(&environment.folder).ok_or_else(|| {
            Error::new(ErrorKind::File, format!("no `{FILE}` is read in this folder"))
                .hint(format!("name one: `icr-cf config {action} PATH`"))
        });
    };
    let path = environment.absolute(path);
    let path = if path.is_dir() { path.join(FILE) } else { path };
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    Ok(match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path,
    })
}
