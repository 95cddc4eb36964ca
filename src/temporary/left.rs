//! Removes what runs have left that were killed: folders of ours alone, of the same user, whose lock
//! nobody holds any more. Follows no link, and touches nothing else.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{LOCK, PREFIX, place};
use crate::environment::Environment;

/// Age at which a folder without a lock is nobody's: longer than any push runs.
const LONG_AGO: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Most folders that one run removes.
const MOST: usize = 1000;

/// What removes them; may take its time, and may be left alone at any moment.
pub(crate) fn remove_left(environment: &Environment) -> impl FnOnce() + Send + use<> {
    let place = place(environment);
    move || {
        let Ok(entries) = fs::read_dir(place) else { return };
        let ours = entries.filter_map(Result::ok);
        let ours = ours.filter(|entry| is_named_by_us(&entry.file_name(), PREFIX));
        for path in ours.take(MOST).map(|entry| entry.path()) {
            if is_left(&path) {
                // What cannot be removed now may be by the next run.
                let _ = fs::remove_dir_all(&path);
            }
        }
    }
}

/// Whether a name is this prefix of ours with what `tempfile` puts behind it.
pub(crate) fn is_named_by_us(name: &OsStr, prefix: &str) -> bool {
    let end = name.to_str().and_then(|name| name.strip_prefix(prefix)).unwrap_or_default();
    end.len() == 6 && end.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether it is a folder of ours that nobody needs.
fn is_left(folder: &Path) -> bool {
    let Ok(metadata) = fs::symlink_metadata(folder) else { return false };
    if !metadata.is_dir() || !is_private(&metadata, 0o700) {
        return false;
    }
    let lock = folder.join(LOCK);
    match fs::symlink_metadata(&lock) {
        Ok(metadata) if metadata.is_file() && is_private(&metadata, 0o600) => {
            open(&lock).is_some_and(|file| file.try_lock().is_ok())
        }
        Ok(_) => false,
        // It was killed before it had one, or the file system knows none.
        Err(_) => {
            let changed = metadata.modified().unwrap_or_else(|_| SystemTime::now());
            SystemTime::now().duration_since(changed).is_ok_and(|age| age > LONG_AGO)
        }
    }
}

#[cfg(unix)]
fn is_private(metadata: &Metadata, mode: u32) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let own = rustix::process::geteuid().as_raw();
    metadata.uid() == own && metadata.mode() & 0o7777 == mode
}

/// On Windows the folder for temporary files is the user's own.
#[cfg(not(unix))]
fn is_private(_metadata: &Metadata, _mode: u32) -> bool {
    true
}

#[cfg(unix)]
fn open(path: &Path) -> Option<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).ok()?;
    OpenOptions::new().read(true).custom_flags(flags).open(path).ok()
}

#[cfg(not(unix))]
fn open(path: &Path) -> Option<File> {
    OpenOptions::new().read(true).open(path).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::{Path, PathBuf};
    #[cfg(unix)]
    use std::time::SystemTime;
    use std::time::{Duration, Instant};

    use super::super::{file, folder};
    use super::remove_left;
    use crate::environment::{Environment, Streams};

    fn environment(place: &Path) -> Environment {
        let name = if cfg!(windows) { "TMP" } else { "TMPDIR" };
        let variables = BTreeMap::from([(name.into(), place.into())]);
        Environment::new(variables, "/".into(), Streams::default())
    }

    /// What a run leaves that is killed: the kernel lets go of its locks.
    fn killed(place: &Path) -> PathBuf {
        let made = file(&environment(place), "config.json", b"tokens").unwrap();
        let path = made.path().parent().unwrap().to_owned();
        let copy = path.with_extension("copy");
        fs::rename(&path, &copy).unwrap();
        drop(made);
        fs::rename(&copy, &path).unwrap();
        assert!(path.join("lock").exists() && path.join("config.json").exists());
        path
    }

    /// Removes what was left, until this is gone: a child that another test starts has a copy of every
    /// lock until it runs its program.
    fn removed(left: &Path, environment: &Environment) {
        let end = Instant::now() + Duration::from_secs(20);
        while left.exists() && Instant::now() < end {
            remove_left(environment)();
        }
        assert!(!left.exists());
    }

    #[test]
    fn what_a_killed_run_left_is_removed_and_what_is_in_use_is_not() {
        let place = tempfile::tempdir().unwrap();
        let environment = environment(place.path());
        let left = [killed(place.path()), killed(place.path())];
        let (file, folder) = (file(&environment, "a", b"").unwrap(), folder(&environment).unwrap());
        for path in &left {
            removed(path, &environment);
        }
        assert!(file.path().exists() && folder.path().exists());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_ours_is_left_alone() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        // Folders of other names, a link to one of ours, one that others may look into, one whose
        // lock is a link or a pipe or for others to hold, a young one without a lock, a plain file.
        for name in ["icr-cf-of-the-user", "icr-cf-ofmine1", "icr-cf-my_own"] {
            fs::rename(killed(place.path()), path(name)).unwrap();
        }
        fs::rename(killed(place.path()), path("other-abc123")).unwrap();
        symlink(path("other-abc123"), path("icr-cf-abc123")).unwrap();
        let open = killed(place.path());
        mode(&open, 0o755);
        let linked = killed(place.path());
        fs::rename(linked.join("lock"), path("elsewhere")).unwrap();
        symlink(path("elsewhere"), linked.join("lock")).unwrap();
        let piped = killed(place.path());
        fs::remove_file(piped.join("lock")).unwrap();
        duct::cmd!("mkfifo", "-m", "600", piped.join("lock")).run().unwrap();
        let shared = killed(place.path());
        mode(&shared.join("lock"), 0o644);
        let young = killed(place.path());
        fs::remove_file(young.join("lock")).unwrap();
        fs::write(path("icr-cf-abc124"), "").unwrap();
        let count = || fs::read_dir(place.path()).unwrap().count();
        let before = count();
        remove_left(&environment(place.path()))();
        assert_eq!((count(), before), (12, 12));
        assert!(path("other-abc123/config.json").exists() && path("elsewhere").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_never_had_a_lock_is_removed_after_a_week() {
        let place = tempfile::tempdir().unwrap();
        let hours_old = |hours: u64| {
            let path = killed(place.path());
            fs::remove_file(path.join("lock")).unwrap();
            let changed = SystemTime::now() - Duration::from_secs(hours * 60 * 60);
            let folder = fs::OpenOptions::new().read(true).open(&path).unwrap();
            folder.set_modified(changed).unwrap();
            path
        };
        let (old, young) = (hours_old(7 * 24 + 1), hours_old(7 * 24 - 1));
        remove_left(&environment(place.path()))();
        assert!(!old.exists() && young.exists());
    }

    /// Only root can give a folder away.
    #[cfg(unix)]
    #[test]
    fn a_folder_of_another_user_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let left = killed(place.path());
        if std::os::unix::fs::chown(&left, Some(65_534), None).is_ok() {
            remove_left(&environment(place.path()))();
            assert!(left.exists());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_a_folder_of_ours_is_removed_and_not_where_it_leads() {
        let place = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join("precious"), "").unwrap();
        let left = killed(place.path());
        std::os::unix::fs::symlink(other.path(), left.join("link")).unwrap();
        removed(&left, &environment(place.path()));
        assert!(other.path().join("precious").exists());
    }
}
