//! Where the programs under test are; builds the stand-in where nobody has yet.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{OnceLock, RwLock};

/// Held for reading by whoever starts a program, for writing by whoever writes one: a child between
/// its making and its program still has the open files of all threads, and what is open for writing
/// cannot be run.
pub(super) static STARTING: RwLock<()> = RwLock::new(());

/// Starts a program that is not the one under test.
#[cfg(unix)]
pub(crate) fn spawn(command: &mut Command) -> std::process::Child {
    let _starting = STARTING.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// The program under test: the one that was built with the tests, or the one of an archive that
/// `ICR_CF_TEST_PROGRAM` names, perhaps a script that runs it by an emulator (`.ci/try-archive`).
pub(crate) fn icr_cf() -> &'static Path {
    static NAMED: OnceLock<PathBuf> = OnceLock::new();
    NAMED.get_or_init(|| match std::env::var_os("ICR_CF_TEST_PROGRAM") {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(env!("CARGO_BIN_EXE_icr-cf")),
    })
}

/// The stand-in for cf, beside the program under test.
pub(crate) fn stand_in() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| beside("icr-cf-sandbox", "cf-stand-in"))
}

/// What presses Ctrl-C on a console, beside it too.
#[cfg(windows)]
pub(super) fn console() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| beside("icr-cf-console", "icr-cf-console"))
}

fn beside(package: &str, name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_BIN_EXE_icr-cf")).parent().unwrap();
    let path = folder.join(format!("{name}{EXE_SUFFIX}"));
    if !path.exists() {
        build(folder, package, name);
    }
    assert!(path.exists(), "{} is not there: `cargo build --workspace`", path.display());
    path
}

/// `cargo test --workspace` has built the stand-in; `cargo test -p icr-cf` alone has not.
fn build(profile_folder: &Path, package: &str, name: &str) {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["build", "--quiet", "--locked", "-p", package, "--bin", name])
        .arg("--target-dir")
        .arg(profile_folder.parent().unwrap())
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile_folder.ends_with("release") {
        command.arg("--release");
    }
    assert!(command.status().unwrap().success(), "{name} does not build");
}
