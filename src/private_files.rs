//! Files of ours that stay when a run has ended: made for us alone, there as a whole or not at all, and
//! believed only as we would have left them.

use std::io::{self, Write as _};
use std::path::Path;

/// What something is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Folder,
    File,
}

/// What group and others may do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    /// Read it, and change nothing.
    Read,
    Nothing,
}

/// Whether it is no link, is ours, and others may do no more with it.
#[cfg(unix)]
pub(crate) fn is_ours(path: &Path, kind: Kind, others: Others) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(metadata) = path.symlink_metadata() else { return false };
    let is_kind = match kind {
        Kind::Folder => metadata.is_dir(),
        Kind::File => metadata.is_file() && metadata.nlink() == 1,
    };
    let denied = match others {
        Others::Read => 0o022,
        Others::Nothing => 0o077,
    };
    is_kind
        && metadata.uid() == rustix::process::geteuid().as_raw()
        && metadata.mode() & denied == 0
}

/// What stands in the folder of a user is the user's, by what it inherits.
#[cfg(not(unix))]
pub(crate) fn is_ours(path: &Path, kind: Kind, _: Others) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| match kind {
        Kind::Folder => metadata.is_dir(),
        Kind::File => metadata.is_file(),
    })
}

/// Writes a file, in a folder that is made with those above it where it is not there, both for us alone
/// from the beginning.
pub(crate) fn write(folder: &Path, file: &Path, bytes: &[u8], others: Others) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)?;
    if !is_ours(folder, Kind::Folder, others) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "others may write into the folder, or it is a link",
        ));
    }
    let mut new = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    new.write_all(bytes)?;
    new.persist(file)?;
    Ok(())
}
