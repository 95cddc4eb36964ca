//! A file of settings, read: within bounds, and only where it is a plain file that nobody else could
//! have put there.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use super::document::{self, Document, Entry, Item};
use super::said::{Part, Scope};
use super::{Given, Said, Source, Spot, allowance, meaning, search, trust};
use crate::environment::{Environment, UnreadFile};
use crate::error::{Error, ErrorKind, file_word, printable_in_full};

/// A file and what stands in it.
pub(crate) struct SettingsFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What messages call it.
    pub(crate) shown: String,
    /// Whose it is.
    pub(crate) scope: Scope,
    /// Those of the profile in front of all others.
    pub(super) entries: Vec<Entry>,
    /// Those of the other profiles.
    pub(super) of_profiles: Vec<Entry>,
    /// The profiles that are in it.
    pub(crate) profiles: Vec<String>,
    text: String,
    allowed: OnceCell<Option<BTreeSet<String>>>,
}

impl SettingsFile {
    /// Reads one that was found.
    pub(super) fn read(
        path: &Path,
        scope: Scope,
        profile: Option<&str>,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let shown = search::shown(path, environment);
        let text = text(path, &shown, scope, environment)?;
        let Document { top, mut profiles } = document::read(&shown, &text)?;
        let names = profiles.keys().cloned().collect();
        let entries = profile.and_then(|name| profiles.remove(name)).unwrap_or_default();
        let entries = entries.into_iter().chain(top).collect();
        Ok(Self {
            path: path.to_owned(),
            shown,
            scope,
            entries,
            of_profiles: profiles.into_values().flatten().collect(),
            profiles: names,
            text,
            allowed: OnceCell::new(),
        })
    }

    /// The folder that its paths are relative to.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    /// Whether what it names may be run, read and trusted: it is the user's own, or the user has allowed
    /// it as it is now.
    pub(crate) fn is_allowed(&self, environment: &Environment) -> bool {
        self.scope == Scope::User || self.leave(environment).is_some()
    }

    /// Whether leave covers what this mark is for.
    pub(super) fn may(&self, mark: &str, environment: &Environment) -> bool {
        self.scope == Scope::User
            || self.leave(environment).is_some_and(|marks| marks.contains(mark))
    }

    fn leave(&self, environment: &Environment) -> Option<&BTreeSet<String>> {
        let read = || allowance::allowed(&self.path, self.content(), environment);
        self.allowed.get_or_init(read).as_ref()
    }

    /// An entry, with what it means from anywhere and whether it counts.
    pub(super) fn given(&self, entry: &Entry, environment: &Environment) -> Given {
        let part = if entry.profile.is_some() { Part::Profile } else { Part::Top };
        let (name, scope) = (&self.shown, self.scope);
        let spot = |line, column| Spot { file: name.clone(), scope, part, line, column };
        let setting = entry.setting;
        let said = |item: &Item| Said {
            setting,
            value: meaning::settled(setting, &item.value, self.folder(), environment),
            source: Source::File(spot(item.line, Some(item.column))),
        };
        let values: Vec<Said> = entry.items.iter().map(said).collect();
        let withheld = |said: &Said| {
            let reason = trust::reason(setting, &said.value, self.folder())?;
            (!self.may(&reason.mark, environment)).then_some(reason.why)
        };
        let is_folder = self.scope == Scope::Folder;
        let why = is_folder.then(|| values.iter().find_map(withheld)).flatten();
        Given {
            source: Source::File(spot(entry.line, None)),
            profile: entry.profile.clone(),
            values,
            withheld: why,
        }
    }

    /// A line for each value that takes the user's leave, and what each is for.
    pub(super) fn trusted(&self, environment: &Environment) -> (Vec<String>, BTreeSet<String>) {
        let (mut lines, mut marks) = (Vec::new(), BTreeSet::new());
        for entry in self.entries.iter().chain(&self.of_profiles) {
            for said in self.given(entry, environment).values {
                let Some(reason) = trust::reason(said.setting, &said.value, self.folder()) else {
                    continue;
                };
                let real = reason.real.map(|real| printable_in_full(&real.to_string_lossy()));
                let real = real.map(|real| format!(", which is {real}")).unwrap_or_default();
                let value = printable_in_full(&said.value);
                lines.push(format!("{} {}: {value}{real}", said.source, reason.why));
                marks.insert(reason.mark);
            }
        }
        (lines, marks)
    }

    /// Its text, as it was read.
    pub(super) fn content(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

fn text(
    path: &Path,
    shown: &str,
    scope: Scope,
    environment: &Environment,
) -> Result<String, Error> {
    let refused = |message: String| Error::new(ErrorKind::File, message);
    let name = printable_in_full(shown);
    let metadata = path.metadata().map_err(|error| {
        refused(format!("`{name}` cannot be read: {error}"))
            .hint("mend it, or take it away: it holds settings of icr-cf")
    })?;
    if !metadata.is_file() {
        return Err(refused(format!("`{name}` is no plain file"))
            .hint("settings of icr-cf stand there; give what is there another name"));
    }
    let also = match scope {
        Scope::Folder => {
            refuse_link(path, &name)?;
            Some(environment.folder.as_path())
        }
        Scope::User => {
            refuse_open(path, &name, &metadata)?;
            None
        }
    };
    refuse_stranger(path, shown, &metadata, also)?;
    let text = environment.read_text(path).map_err(|unread| match unread {
        UnreadFile::Io(error) => refused(format!("`{name}` cannot be read: {error}"))
            .hint(format!("`chmod u+r {}`, or take it away", file_word(&path.to_string_lossy()))),
        UnreadFile::TooBig => refused(format!("`{name}` has more than 1 MiB"))
            .hint("settings are a few lines; give what is there another name"),
        UnreadFile::TimedOut => refused(format!("`{name}` did not come in time")),
        UnreadFile::NotText(_) => {
            refused(format!("`{name}` is not valid UTF-8")).hint("write it anew as UTF-8")
        }
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Its paths, and the leave for it, go by where the file is: a link would leave open where that is.
fn refuse_link(path: &Path, name: &str) -> Result<(), Error> {
    if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_symlink()) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Setup, format!("`{name}` is a link"))
        .seen("what it names is relative to the file, and your leave is for the file in its place")
        .hint("put the file itself there"))
}

/// Another user's file is not to decide what is pushed; but whoever has the folder in which the user
/// works decides that anyway, as where a job in a container runs as root.
#[cfg(unix)]
fn refuse_stranger(
    path: &Path,
    shown: &str,
    metadata: &Metadata,
    also: Option<&Path>,
) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt as _;
    let of_folder = also.and_then(|folder| Some(folder.metadata().ok()?.uid()));
    if is_trusted(metadata.uid(), rustix::process::geteuid().as_raw(), of_folder) {
        return Ok(());
    }
    let name = printable_in_full(shown);
    Err(Error::new(ErrorKind::Setup, format!("`{name}` belongs to another user"))
        .seen("its settings would decide what you push, and with which key")
        .hint(format!(
            "make it yours: `sudo chown \"$USER\" {}`",
            file_word(&path.to_string_lossy())
        )))
}

/// root can change whatever we run anyway.
#[cfg(unix)]
fn is_trusted(owner: u32, ours: u32, of_folder: Option<u32>) -> bool {
    owner == ours || owner == 0 || Some(owner) == of_folder
}

#[cfg(not(unix))]
fn refuse_stranger(_: &Path, _: &str, _: &Metadata, _: Option<&Path>) -> Result<(), Error> {
    Ok(())
}

/// The user's own file names commands, which nobody else is to write into it.
#[cfg(unix)]
fn refuse_open(path: &Path, name: &str, metadata: &Metadata) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt as _;
    if metadata.mode() & 0o002 == 0 {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Setup, format!("`{name}` can be written by every user"))
        .seen("it may name commands that are run with your rights")
        .hint(format!("`chmod go-w {}` mends that", file_word(&path.to_string_lossy()))))
}

#[cfg(not(unix))]
fn refuse_open(_: &Path, _: &str, _: &Metadata) -> Result<(), Error> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::is_trusted;

    #[test]
    fn a_file_is_ours_or_that_of_root_or_of_whoever_has_the_folder() {
        assert!(is_trusted(1000, 1000, None) && is_trusted(0, 1000, Some(1001)));
        assert!(is_trusted(1001, 0, Some(1001)), "a job in a container");
        assert!(!is_trusted(1001, 1000, None) && !is_trusted(1000, 0, Some(1001)));
    }
}
