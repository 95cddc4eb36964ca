//! Where docker and podman have their files, in the order in which each looks.

use std::io;
use std::path::{Path, PathBuf};

use crate::environment::Environment;

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    /// docker, and what reads its configuration.
    Docker,
    /// podman, buildah, skopeo (`containers-auth.json(5)`).
    Podman,
}

/// The files in which a login may be, in the order in which they are asked: docker's, then podman's
/// (`containers-auth.json(5)`).
pub(crate) fn looked_in(environment: &Environment) -> Vec<PathBuf> {
    let folder = |name| environment.raw(name).filter(|raw| !raw.is_empty()).map(PathBuf::from);
    let mut files: Vec<PathBuf> = Client::Docker.path(environment).into_iter().collect();
    if let Some(file) = folder("REGISTRY_AUTH_FILE") {
        files.push(file);
        return files;
    }
    let under_home = || Some(environment.home()?.join(".config"));
    let config = folder("XDG_CONFIG_HOME").or_else(under_home);
    let config = config.map(|folder| folder.join("containers/auth.json"));
    let own = own_of_podman(folder("XDG_RUNTIME_DIR"), || environment.home());
    files.extend(own);
    files.extend(config.filter(|file| !files.contains(file)));
    files
}

/// Whether the user has named this very file, which may be a pipe then.
pub(crate) fn is_named(path: &Path, environment: &Environment) -> bool {
    environment.raw("REGISTRY_AUTH_FILE") == Some(path.as_os_str())
}

/// Whether this says that a file is not there. A place of sessions that is another user's, as `su` and
/// `cron` leave it behind, has nothing for us: nobody has named it.
pub(crate) fn is_absence(error: &io::Error, path: &Path, environment: &Environment) -> bool {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => true,
        io::ErrorKind::PermissionDenied if cfg!(target_os = "linux") => {
            let session = environment.raw("XDG_RUNTIME_DIR").filter(|raw| !raw.is_empty());
            !is_named(path, environment)
                && own_of_podman(session.map(PathBuf::from), || None).as_deref() == Some(path)
        }
        _ => false,
    }
}

impl Client {
    /// The client, as it is typed.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }

    /// How another file is named for it.
    pub(super) const fn other_place(self) -> &'static str {
        match self {
            Self::Docker => "another folder: `DOCKER_CONFIG=/path`",
            Self::Podman => "another: `REGISTRY_AUTH_FILE=/path/auth.json`",
        }
    }

    /// Where the file is that it writes, from the root on.
    pub(crate) fn place(self, environment: &Environment) -> Option<PathBuf> {
        self.path(environment).map(|path| environment.absolute(path))
    }

    /// The file that it writes, in its own order (docker `cli/config`, containers/common
    /// `pkg/auth`).
    fn path(self, environment: &Environment) -> Option<PathBuf> {
        let folder = |name| environment.raw(name).filter(|raw| !raw.is_empty()).map(PathBuf::from);
        let of_docker = || Some(folder("DOCKER_CONFIG")?.join("config.json"));
        let home = || environment.home();
        match self {
            Self::Docker => of_docker().or_else(|| Some(home()?.join(".docker/config.json"))),
            Self::Podman => {
                let said = folder("REGISTRY_AUTH_FILE").or_else(of_docker);
                said.or_else(|| own_of_podman(folder("XDG_RUNTIME_DIR"), home))
            }
        }
    }
}

/// podman's own file.
fn own_of_podman(
    session: Option<PathBuf>,
    home: impl FnOnce() -> Option<PathBuf>,
) -> Option<PathBuf> {
    #[cfg(target_os = "linux")]
    if session.is_none() {
        return Some(without_session());
    }
    let folder = session.filter(|_| cfg!(target_os = "linux"));
    Some(folder.or_else(|| Some(home()?.join(".config")))?.join("containers/auth.json"))
}

/// podman's file on Linux where there is no `XDG_RUNTIME_DIR` (containers/image
/// `pkg/docker/config`, `defaultPerUIDPathFormat`).
#[cfg(target_os = "linux")]
fn without_session() -> PathBuf {
    PathBuf::from(format!("/run/containers/{}/auth.json", rustix::process::getuid().as_raw()))
}
