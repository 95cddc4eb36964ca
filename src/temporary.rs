//! Folders and files of our own that nobody else can read, gone when dropped: also when an error
//! or a panic is on its way up. What a run leaves that was killed, a later one removes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::environment::Environment;
use crate::error::{Error, ErrorKind};

mod left;

pub(crate) use left::{is_named_by_us, remove_left};

/// What the names of our folders begin with.
const PREFIX: &str = "icr-cf-";
/// The file that is locked as long as somebody needs the folder around it.
const LOCK: &str = "lock";

/// A folder of our own.
#[derive(Debug)]
pub(crate) struct Folder {
    /// Held, where the file system knows locks. Let go before the folder is removed.
    _lock: Option<File>,
    folder: TempDir,
}

impl Folder {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// A file in a folder of its own.
#[derive(Debug)]
pub(crate) struct TempFile {
    path: PathBuf,
    /// Removes both.
    _folder: Folder,
}

impl TempFile {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Writes a file of this name, for us alone.
///
/// # Errors
/// What the system says.
pub(crate) fn file(environment: &Environment, name: &str, bytes: &[u8]) -> io::Result<TempFile> {
    let folder = folder(environment)?;
    // A path would lead out of the folder.
    let name = Path::new(name).file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let path = folder.path().join(name);
    write(&path, bytes)?;
    Ok(TempFile { path, _folder: folder })
}

/// Says that a copy for cf cannot be made.
pub(crate) fn no_copy(error: &io::Error) -> Error {
    Error::scarce(error).unwrap_or_else(|| {
        let message = format!("a private copy for cf cannot be made: {error}");
        Error::new(ErrorKind::Setup, message)
            .hint("name a folder that can be written: `TMPDIR=/path`")
    })
}

/// Makes a folder, for us alone.
pub(crate) fn folder(environment: &Environment) -> io::Result<Folder> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o700));
    }
    let folder = builder.tempdir_in(place(environment))?;
    Ok(Folder { _lock: lock(folder.path())?, folder })
}

/// Makes the lock of a folder. It has its name only once it is held, so that nobody can take it in
/// between. No child inherits it.
fn lock(folder: &Path) -> io::Result<Option<File>> {
    let (new, path) = (folder.join("lock.new"), folder.join(LOCK));
    let file = create(&new)?;
    if file.try_lock().is_err() {
        fs::remove_file(&new)?;
        return Ok(None);
    }
    fs::rename(&new, &path)?;
    Ok(Some(file))
}

/// Where temporary files go.
fn place(environment: &Environment) -> PathBuf {
    let names: &[&str] = if cfg!(windows) { &["TMP", "TEMP"] } else { &["TMPDIR"] };
    let said = names.iter().find_map(|name| environment.raw(name).filter(|raw| !raw.is_empty()));
    said.map_or_else(std::env::temp_dir, |said| environment.absolute(said))
}

/// Makes a folder inside of one of ours.
pub(crate) fn folder_in(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    let builder = {
        use std::os::unix::fs::DirBuilderExt as _;
        let mut builder = fs::DirBuilder::new();
        builder.mode(0o700);
        builder
    };
    #[cfg(not(unix))]
    let builder = fs::DirBuilder::new();
    builder.create(path)
}

/// Writes a file that is not there yet.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create(path)?.write_all(bytes)
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    #[cfg(unix)]
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::path::Path;

    use super::file;
    #[cfg(unix)]
    use crate::capi::config;
    use crate::environment::{Environment, Streams};

    fn environment(folder: &Path) -> Environment {
        let variables = BTreeMap::from([("TMPDIR".into(), folder.into())]);
        Environment::new(variables, "/".into(), Streams::default())
    }

    #[cfg(unix)]
    #[test]
    fn only_we_can_read_a_file_that_is_named_like_the_original() {
        use std::os::unix::fs::PermissionsExt as _;
        let place = tempfile::tempdir().unwrap();
        let file = file(&environment(place.path()), "apps/manifest.yml", b"a: 1\n").unwrap();
        let folder = file.path().parent().unwrap().to_owned();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(file.path()), mode(&folder)), (0o600, 0o700));
        assert!(file.path().ends_with("manifest.yml"));
        assert_eq!(folder.parent().unwrap(), place.path());
        assert!(folder.file_name().unwrap().to_str().unwrap().starts_with("icr-cf-"));
        assert_eq!(config::read(file.path()).unwrap().as_slice(), b"a: 1\n");
        drop(file);
        assert!(!folder.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_panic_leaves_nothing_behind() {
        let place = tempfile::tempdir().unwrap();
        let environment = environment(place.path());
        let result = catch_unwind(AssertUnwindSafe(|| {
            let made = file(&environment, "manifest.yml", b"").unwrap();
            assert!(made.path().exists());
            std::panic::resume_unwind(Box::new(()));
        }));
        assert!(result.is_err());
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_name_that_is_none_is_refused() {
        let place = tempfile::tempdir().unwrap();
        assert!(file(&environment(place.path()), "..", b"").is_err());
    }
}
