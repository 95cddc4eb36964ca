//! One snapshot of the outside: variables, working folder, terminals, the search path. The only
//! file that asks the process for them. Its variables may hold keys, so it is never printed.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

mod display;
mod files;
mod spoken;

pub use display::{Charset, Colors};
pub use files::{MOST_TEXT, UnreadFile};
pub use spoken::{OF_PLUGIN, Plugin, Spoken};

/// Variables that hold a key of IBM Cloud and are kept from cf.
pub const KEY_VARIABLES: [&str; 5] =
    ["ICR_CF_API_KEY", "IBMCLOUD_API_KEY", "IBM_CLOUD_API_KEY", "IC_API_KEY", "BLUEMIX_API_KEY"];

/// The variable through which cf takes a registry password.
pub const CF_DOCKER_PASSWORD: &str = "CF_DOCKER_PASSWORD";

/// What a variable holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Not set.
    Unset,
    /// Set, with nothing in it.
    Empty,
    /// Set.
    Set,
}

/// Which of the standard streams are terminals, and whether the outputs are one and the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "three streams, each a terminal or not")]
pub struct Streams {
    /// Standard input is a terminal.
    pub stdin: bool,
    /// Standard output is a terminal.
    pub stdout: bool,
    /// Standard error is a terminal.
    pub stderr: bool,
    /// Standard output and standard error are the same terminal, file or pipe.
    pub same: bool,
}

/// The outside, as it was at the start. Has no `Debug`: its variables may hold keys.
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    /// The working folder.
    pub folder: PathBuf,
    /// The standard streams.
    pub streams: Streams,
    /// How the user calls us.
    pub spoken: Spoken,
    /// The file that is being run.
    program: Option<PathBuf>,
    /// Variables that were said to hold a secret, beside those that do by their name.
    secret: Vec<String>,
    /// Variables whose file can be read but once, each with a copy for all who read it.
    lent: Vec<(String, OsString)>,
}

impl Environment {
    /// Takes the snapshot of this process.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the process")]
    pub fn capture() -> Self {
        Self {
            variables: std::env::vars_os().collect(),
            folder: std::env::current_dir().unwrap_or_default(),
            streams: Streams {
                stdin: std::io::stdin().is_terminal(),
                stdout: std::io::stdout().is_terminal(),
                stderr: std::io::stderr().is_terminal(),
                same: same_output(),
            },
            spoken: Spoken::Program,
            program: std::env::current_exe().ok(),
            secret: Vec::new(),
            lent: Vec::new(),
        }
    }

    /// Makes one out of parts.
    #[must_use]
    pub fn new(variables: BTreeMap<OsString, OsString>, folder: PathBuf, streams: Streams) -> Self {
        Self {
            variables,
            folder,
            streams,
            spoken: Spoken::Program,
            program: None,
            secret: Vec::new(),
            lent: Vec::new(),
        }
    }

    /// The same, with these variables known to hold secrets.
    #[must_use]
    pub fn knowing_secrets(&self, names: &[String]) -> Self {
        Self { secret: names.to_vec(), ..self.with(self.variables.clone()) }
    }

    /// The same, with a copy of what a variable names, for ourselves and for every child.
    #[must_use]
    pub fn lending(&self, name: &str, copy: &Path) -> Self {
        let mut lent = self.lent.clone();
        lent.push((name.to_owned(), copy.into()));
        Self { lent, ..self.with(self.variables.clone()) }
    }

    /// The same, called in another way.
    #[must_use]
    pub fn called(&self, spoken: Spoken) -> Self {
        Self { spoken, ..self.with(self.variables.clone()) }
    }

    /// The copy of what a variable names, where that can be read but once.
    #[must_use]
    pub fn lent(&self, name: &str) -> Option<&OsStr> {
        let found = self.lent.iter().find(|(known, _)| known == name);
        found.map(|(_, copy)| copy.as_os_str())
    }

    /// What every child of ours sees in place of what we see.
    #[must_use]
    pub fn for_children(&self) -> Vec<(String, OsString)> {
        self.lent.clone()
    }

    fn with(&self, variables: BTreeMap<OsString, OsString>) -> Self {
        Self {
            variables,
            folder: self.folder.clone(),
            streams: self.streams,
            spoken: self.spoken,
            program: self.program.clone(),
            secret: self.secret.clone(),
            lent: self.lent.clone(),
        }
    }

    /// The variables that a program must not see: those with keys, the one for a password, which
    /// only who has a password for the program gives back, and those that were said to hold a
    /// secret. The IBM Cloud CLI logs in with its own.
    #[must_use]
    pub fn hidden_variables(&self, program: &str) -> Vec<String> {
        let is_ibmcloud = is_ibmcloud(program);
        let known = KEY_VARIABLES.into_iter().chain([CF_DOCKER_PASSWORD]);
        let hidden = known.filter(|name| !is_ibmcloud || *name != "IBMCLOUD_API_KEY");
        hidden.map(str::to_owned).chain(self.secret.iter().cloned()).collect()
    }

    /// The variables that hold something.
    pub fn names_of(&self, is_it: impl Fn(&OsStr) -> bool) -> Vec<OsString> {
        let names = self.variables.iter().filter(|(_, held)| is_it(held));
        names.map(|(name, _)| name.clone()).collect()
    }

    /// The part of it that has these variables alone, to be handed to a thread.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Self {
        let wanted = |name: &OsStr| names.iter().any(|wanted| is_name(name, wanted));
        let variables = self.variables.iter().filter(|(name, _)| wanted(name));
        self.with(variables.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// A variable that is set and not empty, as text. Not for keys.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.raw(name).and_then(OsStr::to_str).filter(|value| !value.is_empty())
    }

    /// A variable as it is.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&OsStr> {
        let exact = self.variables.get(OsStr::new(name));
        let found = exact.or_else(|| {
            let mut all = self.variables.iter();
            all.find(|(known, _)| is_name(known, name)).map(|(_, value)| value)
        });
        found.map(OsString::as_os_str)
    }

    /// Says whether a variable is there, without looking at what it holds.
    #[must_use]
    pub fn presence(&self, name: &str) -> Presence {
        match self.raw(name) {
            None => Presence::Unset,
            Some(value) if value.is_empty() => Presence::Empty,
            Some(_) => Presence::Set,
        }
    }

    /// A path made absolute against the working folder.
    #[must_use]
    pub fn absolute(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder.join(path)
    }

    /// Whether a file or folder is there.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        self.absolute(path).exists()
    }

    /// Whether a path is a file that can be read again, and not a pipe (`<(...)`, `/dev/stdin`).
    #[must_use]
    pub fn is_plain_file(&self, path: &str) -> bool {
        !is_standard_input(path) && self.absolute(path).is_file()
    }

    /// The manifest cf takes in a folder: `manifest.yml`, then `manifest.yaml`; not in one above.
    #[must_use]
    pub fn manifest_in(&self, folder: &str) -> Option<&'static str> {
        let folder = self.absolute(folder);
        ["manifest.yml", "manifest.yaml"].into_iter().find(|name| folder.join(name).is_file())
    }

    /// Finds a program as a shell would, by `PATH` or by its path.
    #[must_use]
    pub fn find_program(&self, name: &str) -> Option<PathBuf> {
        which::which_in(name, self.raw("PATH"), &self.folder).ok()
    }

    /// Finds a file of that name on `PATH`, whether it can be run or not.
    #[must_use]
    pub fn plain_file_on_path(&self, name: &str) -> Option<PathBuf> {
        let folders = std::env::split_paths(self.raw("PATH")?);
        folders.map(|folder| folder.join(name)).find(|path| self.absolute(path).is_file())
    }

    /// The file that is being run, by the name under which a shell finds it where it does.
    #[must_use]
    pub fn own_program(&self) -> Option<PathBuf> {
        let found = self.find_program("icr-cf").filter(|path| self.is_this_program(path));
        found.or_else(|| self.program.clone())
    }

    /// The first folder on `PATH` into which we may write, that of our own program before others.
    #[must_use]
    pub fn writable_folder_on_path(&self) -> Option<PathBuf> {
        let own = self.own_program().and_then(|path| path.parent().map(Path::to_owned));
        let folders: Vec<PathBuf> = std::env::split_paths(self.raw("PATH")?).collect();
        let own = own.filter(|own| folders.contains(own));
        let mut all = own.into_iter().chain(folders).filter(|folder| folder.is_absolute());
        all.find(|folder| folder.is_dir() && is_writable(folder))
    }

    /// Whether a program is this one, by whatever name.
    #[must_use]
    pub fn is_this_program(&self, path: &Path) -> bool {
        let real = |path: &Path| path.canonicalize().ok();
        self.program.as_deref().and_then(real).is_some_and(|own| real(path) == Some(own))
    }

    /// The home folder.
    #[must_use]
    pub fn home(&self) -> Option<PathBuf> {
        let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        self.raw(name).filter(|home| !home.is_empty()).map(PathBuf::from)
    }

    /// Whether this is a CI job, by the variables that the usual systems set.
    #[must_use]
    pub fn is_ci(&self) -> bool {
        let set = |name| self.text(name).is_some_and(|value| value != "false" && value != "0");
        ["CI", "GITHUB_ACTIONS", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION"].into_iter().any(set)
    }
}

#[cfg(unix)]
fn is_writable(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
fn is_writable(folder: &Path) -> bool {
    folder.metadata().is_ok_and(|metadata| !metadata.permissions().readonly())
}

/// Whether a variable has this name; on Windows, where it is `Path` as often as `PATH`, in any case.
fn is_name(known: &OsStr, name: &str) -> bool {
    if cfg!(windows) { known.eq_ignore_ascii_case(name) } else { known == name }
}

/// Whether a program is the IBM Cloud CLI, by its name.
#[must_use]
pub fn is_ibmcloud(program: &str) -> bool {
    let stem = Path::new(program).file_stem().and_then(OsStr::to_str);
    matches!(stem, Some("ibmcloud" | "bx"))
}

/// Whether a path names our standard input, which no child has, whatever it leads to.
#[must_use]
pub fn is_standard_input(path: &str) -> bool {
    ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].contains(&path)
}

/// Whether standard output and standard error lead to the same place, so that only one pipe keeps
/// the order of what is written to both.
#[cfg(unix)]
fn same_output() -> bool {
    let identity = |stat: rustix::fs::Stat| (stat.st_dev, stat.st_ino, stat.st_rdev);
    let out = rustix::fs::fstat(std::io::stdout()).map(identity);
    let err = rustix::fs::fstat(std::io::stderr()).map(identity);
    matches!((out, err), (Ok(out), Ok(err)) if out == err)
}

#[cfg(not(unix))]
fn same_output() -> bool {
    std::io::stdout().is_terminal() && std::io::stderr().is_terminal()
}
