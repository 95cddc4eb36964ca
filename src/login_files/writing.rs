//! One file in the place of another: written beside it for us alone, with its owner and mode, then by one
//! rename.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use crate::temporary::is_named_by_us;

/// What the names of unfinished files begin with.
const PREFIX: &str = ".icr-cf-";
/// Age from which on nobody writes such a file any more.
const LONG_AGO: Duration = Duration::from_secs(10 * 60);

/// Makes a folder for us alone, where there is none.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
    make(folder)?;
    // For us alone, which is what a new file stays.
    let mut file = tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Ok(old) = path.metadata() {
        like(file.path(), &old)?;
    }
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Removes what runs have left there that were killed while they wrote: each has the logins of the file.
pub(super) fn remove_left(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        let is_old = || {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file);
            let changed = metadata.and_then(|metadata| metadata.modified().ok());
            changed.is_some_and(|at| at.elapsed().is_ok_and(|age| age > LONG_AGO))
        };
        if is_named_by_us(&entry.file_name(), PREFIX) && is_old() {
            // What cannot be removed now may be by the next run.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Gives a file the owner and the mode of the one whose place it takes. Where its group cannot be kept,
/// no other gets what that one had.
#[cfg(unix)]
fn like(file: &Path, old: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
    let new = file.metadata()?;
    let (owner, group) = (old.uid(), old.gid());
    if new.uid() != owner {
        chown(file, Some(owner), Some(group))?;
    }
    let keeps_group = file.metadata()?.gid() == group || chown(file, None, Some(group)).is_ok();
    let mode = old.permissions().mode() & if keeps_group { 0o7777 } else { 0o7707 };
    fs::set_permissions(file, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn like(_file: &Path, _old: &fs::Metadata) -> io::Result<()> {
    Ok(())
}
