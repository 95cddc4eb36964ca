//! A folder of a test's own: a home, a working folder, a place for temporary files, and `bin`
//! with `cf` in it. Goes away with the test.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::sync::PoisonError;

#[cfg(unix)]
use super::programs::STARTING;
use super::programs::{icr_cf, stand_in};
use super::record::Record;

/// Makes a pipe with a name.
#[cfg(unix)]
#[track_caller]
pub(crate) fn pipe(path: &Path) -> PathBuf {
    let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success(), "{}", path.display());
    path.to_owned()
}

/// Whether it is the stand-in under another name, where that is no link.
fn is_copy_of_program(path: &Path) -> bool {
    cfg!(not(unix)) && path.extension().is_some_and(|end| end == "exe")
}

/// The folders of one test.
#[derive(Debug)]
pub(crate) struct Workplace {
    folder: tempfile::TempDir,
}

impl Workplace {
    /// Makes the folders, with the stand-in installed as `cf`.
    pub(crate) fn new() -> Self {
        let place = Self::without_cf();
        place.install("cf");
        place
    }

    /// Makes the folders; no cf is installed.
    pub(crate) fn without_cf() -> Self {
        // All that is started has a workplace.
        icr_cf_sandbox::children_start_with_default_signals();
        let place = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["bin", "home", "work", "tmp"] {
            fs::create_dir(place.path(folder)).unwrap();
        }
        place
    }

    /// The variables that lead to them, and those of the system without which nothing starts.
    pub(crate) fn variables(&self) -> Vec<(OsString, OsString)> {
        // Without a session podman's logins of this machine would be looked at.
        let mut folders = vec![
            ("PATH", "bin"),
            ("HOME", "home"),
            ("TMPDIR", "tmp"),
            ("XDG_RUNTIME_DIR", "session"),
        ];
        let mut of_system: &[&str] = &[];
        if cfg!(windows) {
            folders.extend([("USERPROFILE", "home"), ("LOCALAPPDATA", "home"), ("TMP", "tmp")]);
            of_system = &["PATHEXT", "SystemRoot"];
        }
        let folders = folders.iter().map(|(name, at)| (name.into(), self.path(at).into()));
        let known = |name: &&str| Some((name.into(), std::env::var_os(name)?));
        folders.chain(of_system.iter().filter_map(known)).collect()
    }

    /// Installs the stand-in under another name.
    pub(crate) fn install(&self, name: &str) {
        self.install_program(stand_in(), name);
    }

    /// Installs icr-cf under another name.
    pub(crate) fn install_icr_cf(&self, name: &str) -> PathBuf {
        self.install_program(icr_cf(), name)
    }

    fn install_program(&self, program: &Path, name: &str) -> PathBuf {
        let path = self.path("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        if path.symlink_metadata().is_ok() {
            return path;
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(program, &path).unwrap();
        #[cfg(not(unix))]
        if fs::hard_link(program, &path).is_err() {
            fs::copy(program, &path).unwrap();
        }
        path
    }

    /// Installs a shell script as a program, in place of what had the name.
    #[cfg(unix)]
    pub(crate) fn install_script(&self, name: &str, body: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.path("bin").join(name);
        // A symlink there must not lead to the stand-in being overwritten.
        let _ = fs::remove_file(&path);
        let nobody_starts = STARTING.write().unwrap_or_else(PoisonError::into_inner);
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        drop(nobody_starts);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// The folder that holds all others.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// A file or folder in it, there or not.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// Writes a file, with the folders above it, that nobody else may read.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        path
    }

    /// What the stand-in has recorded.
    pub(crate) fn record(&self) -> Record {
        Record::read(&self.record_file())
    }

    pub(super) fn record_file(&self) -> PathBuf {
        self.path("record.jsonl")
    }

    /// Every file in it, with its content, links not followed.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn collect(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let kind = entry.file_type().unwrap();
                if kind.is_dir() {
                    collect(&entry.path(), found);
                } else if kind.is_file() && !is_copy_of_program(&entry.path()) {
                    found.push((entry.path(), fs::read(entry.path()).unwrap()));
                }
            }
        }
        let mut found = Vec::new();
        collect(self.root(), &mut found);
        found
    }
}
