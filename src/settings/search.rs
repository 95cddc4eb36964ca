//! Where files of settings are: beside the manifest or above it up to the root of the repository, and
//! in the user's own folder. Looks whether they are there, and reads nothing.

use std::path::{Path, PathBuf};

use crate::environment::Environment;

/// The name of the file of a folder.
pub(crate) const FILE: &str = "icr-cf.toml";
/// What the root of a repository has.
const ROOT: &str = ".git";

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The file for a folder: in it, or in one above it as far as a repository reaches.
pub(super) fn above(folder: &Path) -> Option<PathBuf> {
    let beside = folder.join(FILE);
    if is_there(&beside) {
        return Some(beside);
    }
    let mut found = None;
    for (at, folder) in folder.ancestors().enumerate() {
        // The first was looked into above.
        if at > 0 && found.is_none() {
            found = Some(folder.join(FILE)).filter(|file| is_there(file));
        }
        if is_there(&folder.join(ROOT)) {
            return found;
        }
    }
    None
}

/// The root of the repository around a folder, else the folder.
pub(super) fn root(folder: &Path) -> &Path {
    folder.ancestors().find(|folder| is_there(&folder.join(ROOT))).unwrap_or(folder)
}

/// An absolute path that a variable holds.
fn said(name: &str, environment: &Environment) -> Option<PathBuf> {
    let raw = environment.raw(name).filter(|raw| !raw.is_empty());
    raw.map(PathBuf::from).filter(|path| path.is_absolute())
}

fn home(environment: &Environment) -> Option<PathBuf> {
    environment.home().filter(|home| home.is_absolute())
}

/// Where the user's own file is, or would be.
pub(super) fn of_user(environment: &Environment) -> Option<PathBuf> {
    let folder = if cfg!(windows) {
        said("APPDATA", environment)
    } else {
        let home = || Some(home(environment)?.join(".config"));
        said("XDG_CONFIG_HOME", environment).or_else(home)
    };
    Some(folder?.join("icr-cf").join("config.toml"))
}

/// The folder in which it is noted which files are allowed.
pub(super) fn of_allowances(environment: &Environment) -> Option<PathBuf> {
    let folder = if cfg!(windows) {
        said("LOCALAPPDATA", environment)
    } else {
        let home = || Some(home(environment)?.join(".local").join("state"));
        said("XDG_STATE_HOME", environment).or_else(home)
    };
    Some(folder?.join("icr-cf").join("allowed"))
}

/// A path as people know it: from the working folder, or from home.
pub(super) fn shown(path: &Path, environment: &Environment) -> String {
    let here = &environment.folder;
    if let Ok(below) = path.strip_prefix(here) {
        return below.display().to_string();
    }
    if let Some(parent) = path.parent()
        && let Ok(way) = here.strip_prefix(parent)
        && let Some(name) = path.file_name()
    {
        let mut up: PathBuf = way.components().map(|_| "..").collect();
        up.push(name);
        return up.display().to_string();
    }
    match home(environment).and_then(|home| Some(path.strip_prefix(home).ok()?.to_owned())) {
        Some(below) => Path::new("~").join(below).display().to_string(),
        None => path.display().to_string(),
    }
}
