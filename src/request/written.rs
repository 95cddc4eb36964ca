//! Which manifest is in effect, and what stands in it: found and read as cf finds and reads it.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::cf_flags::GivenFlag;
use crate::environment::{CF_DOCKER_PASSWORD, Environment, KEY_VARIABLES, MOST_TEXT, UnreadFile};
use crate::error::{Error, ErrorKind, Place, printable_in_full};
use crate::manifest::{self, Source, Value, Variables};
use crate::secret_shape::{looks_like_key, secret_within};

/// The manifest that cf will apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ManifestChoice {
    /// `--no-manifest`, or there is none.
    None,
    /// Said with `-f`.
    Named(String),
    /// Lying in the working folder, where cf picks it up by itself.
    Found(&'static str),
    /// Said behind `--`, where nothing is looked at.
    Unread,
}

/// The name of standard input, as an argument.
const STDIN: &str = "-";
/// Flags of cf that say something about the manifest, long and short.
const ABOUT_MANIFEST: [(&str, &str); 4] =
    [("--manifest", "-f"), ("--vars-file", ""), ("--var", ""), ("--no-manifest", "")];

/// Whether a word gives a short flag, also behind `-v`, the one switch that cf has a letter for.
pub(super) fn has_short(word: &str, short: &str) -> bool {
    let letters = word.strip_prefix('-').map(|letters| letters.trim_start_matches('v'));
    letters.zip(short.strip_prefix('-')).is_some_and(|(word, letter)| word.starts_with(letter))
}

impl ManifestChoice {
    /// Finds the one in effect: `-f`, else the one in the working folder.
    pub(super) fn find(
        flags: &[GivenFlag],
        passthrough: &[String],
        environment: &Environment,
    ) -> Self {
        let last = |long| flags.iter().rev().find(|given| given.flag.long == Some(long));
        let is_behind = |names: &[(&str, &str)]| {
            passthrough.iter().any(|word| {
                names.iter().any(|(long, short)| {
                    word == long
                        || word.strip_prefix(long).is_some_and(|rest| rest.starts_with('='))
                        || !short.is_empty() && has_short(word, short)
                })
            })
        };
        if is_behind(&[("--no-manifest", "")]) {
            return Self::None;
        }
        if is_behind(&ABOUT_MANIFEST) {
            return Self::Unread;
        }
        if let Some(named) = last("manifest") {
            return Self::Named(named.value.clone().unwrap_or_default());
        }
        if last("no-manifest").is_some() {
            return Self::None;
        }
        environment.manifest_in(".").map_or(Self::None, Self::Found)
    }

    /// The folder that it is said to be in; `None` for the working folder.
    pub(super) fn folder(&self, environment: &Environment) -> Option<PathBuf> {
        let Self::Named(path) = self else { return None };
        if !environment.is_plain_file(path) {
            // A folder has its manifest in it; a pipe has none.
            return environment.manifest_in(path).map(|_| PathBuf::from(path));
        }
        let folder = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.map(Path::to_owned)
    }

    /// Whether it comes from standard input, which cf cannot read.
    #[must_use]
    pub(crate) fn is_stdin(&self) -> bool {
        matches!(self, Self::Named(name) if name == STDIN)
    }

    /// Its name as cf and people know it.
    #[must_use]
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::None | Self::Unread => None,
            Self::Named(path) => Some(path),
            Self::Found(name) => Some(name),
        }
    }
}

/// Whether a text can be read but once, so that cf needs a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Once {
    /// It lies in a file.
    No,
    /// It came through a pipe.
    Yes,
}

/// What stands in the manifest, and what fills its variables. Prints nothing of it.
#[derive(Clone)]
pub(crate) struct Written {
    /// Its apps.
    pub(crate) manifest: manifest::Manifest,
    /// The folder that its paths are relative to.
    pub(crate) folder: PathBuf,
    /// Whether it came from where it can be read only once: standard input, a pipe.
    pub(crate) once: Once,
    /// The files of variables that can be read only once, by the names they were given.
    pub(crate) piped: Vec<Source>,
    /// What the variables are filled with, and where each stands.
    values: Vec<(String, String)>,
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Written").finish_non_exhaustive()
    }
}

/// The manifest, read, and what is odd about it; empty where there is none to be read.
#[derive(Default)]
pub(super) struct ManifestReading {
    pub(super) written: Option<Written>,
    pub(super) warnings: Vec<String>,
    /// What cf 7 and later drop without a word.
    pub(super) dropped: Vec<String>,
}

/// Reads the manifest in effect and the values of its variables.
pub(super) fn read(
    manifest: &ManifestChoice,
    flags: &[GivenFlag],
    environment: &Environment,
) -> Result<ManifestReading, Error> {
    let Some(name) = manifest.name() else { return Ok(ManifestReading::default()) };
    let values = |long| {
        let given = flags.iter().filter(move |given| given.flag.long == Some(long));
        given.filter_map(|given| given.value.as_deref())
    };
    let mut sources: Vec<Source> = Vec::new();
    for path in values("vars-file") {
        // One that is named twice is read once; a pipe has nothing for a second reader.
        let known = sources.iter().find(|known| known.name == path).cloned();
        let read =
            || Ok::<_, Error>(Source { name: path.to_owned(), text: text_of(path, environment)? });
        let source = known.map_or_else(read, Ok)?;
        sources.push(source);
    }
    let given: Vec<&str> = values("var").collect();
    let (variables, mut warnings) = Variables::read(&sources, &given)?;
    let (source, folder, once) = if manifest.is_stdin() {
        let name = "standard input".to_owned();
        let text =
            environment.read_standard_input().map_err(|unread| unreadable(&name, &unread))?;
        (Source { name, text }, environment.folder.clone(), Once::Yes)
    } else {
        let path = file_of(name, environment)?;
        let once = if environment.is_plain_file(&path) { Once::No } else { Once::Yes };
        let text = text_of(&path, environment)?;
        // cf resolves links before it looks for the folder.
        let real = environment.absolute(&path).canonicalize();
        let real = real.unwrap_or_else(|_| environment.absolute(&path));
        let folder = match once {
            Once::No => real.parent().map(Path::to_owned).unwrap_or_default(),
            Once::Yes => environment.folder.clone(),
        };
        (Source { name: path, text }, folder, once)
    };
    let parsed = manifest::Manifest::read(source, &variables)?;
    let dropped = parsed.warnings.clone();
    let is_piped = |source: &&Source| !environment.is_plain_file(&source.name);
    let piped = sources.iter().filter(is_piped).cloned().collect();
    let values = variables.texts().map(|(name, text)| (name, text.to_owned())).collect();
    let written = Written { manifest: parsed, folder, once, piped, values };
    written.refuse_secrets()?;
    warnings.extend(written.suspects());
    Ok(ManifestReading { written: Some(written), warnings, dropped })
}

/// The file that `-f` names, where that is a folder.
fn file_of(name: &str, environment: &Environment) -> Result<String, Error> {
    if !environment.absolute(name).is_dir() {
        return Ok(name.to_owned());
    }
    if let Some(file) = environment.manifest_in(name) {
        return Ok(Path::new(name).join(file).to_string_lossy().into_owned());
    }
    let name = printable_in_full(name);
    Err(Error::new(ErrorKind::File, format!("no manifest in the folder `{name}`"))
        .seen("cf takes `manifest.yml`, then `manifest.yaml`")
        .hint("name the file itself: `-f PATH`"))
}

fn text_of(path: &str, environment: &Environment) -> Result<String, Error> {
    environment.read_text(path).map_err(|unread| unreadable(path, &unread))
}

fn unreadable(name: &str, unread: &UnreadFile) -> Error {
    let name = printable_in_full(name);
    let name = if name == "standard input" { name } else { format!("`{name}`") };
    let error = |why: String| Error::new(ErrorKind::File, format!("{name} {why}"));
    match unread {
        UnreadFile::Io(why) => error(format!("cannot be read: {why}"))
            .hint("`-f` and `--vars-file` are relative to the working folder"),
        UnreadFile::TooBig => error(format!("has more than {MOST_TEXT} bytes"))
            .hint("split it: a manifest of that size is not what anybody reads"),
        UnreadFile::TimedOut => error("did not end within 30 seconds".to_owned())
            .hint("whatever writes it has to write it and end"),
        UnreadFile::NotText(at) => {
            error(format!("is not UTF-8, at byte {at}")).hint("save it as UTF-8: `iconv -t UTF-8`")
        }
    }
}

/// Names of variables that hold a key for the registry and are of no use to an app. An app may well
/// need a key of IBM Cloud of its own.
fn is_secret_name(name: &str) -> bool {
    name == CF_DOCKER_PASSWORD || name == "ICR_CF_API_KEY"
}

/// Names of variables in which an app may keep a key of its own.
fn is_name_of_key(name: &str) -> bool {
    KEY_VARIABLES.contains(&name)
}

impl Written {
    /// Refuses a manifest that would put a registry's key into the environment of an app.
    fn refuse_secrets(&self) -> Result<(), Error> {
        for (what, value) in self.handed_on() {
            if let Some(secret) = secret_within(&value.text) {
                return Err(self.handed(&format!("{what} looks like {secret}"), value));
            }
        }
        for app in 0..self.manifest.apps.len() {
            for (name, value, range) in self.manifest.env_entries(app) {
                if is_secret_name(name) && !value.is_empty() {
                    let place = self.manifest.place(range);
                    return Err(stored(&format!("`{name}`"), &place.source, place.line));
                }
            }
        }
        // `--var NAME`, or `FILE: KEY.KEY`.
        let last = |place: &str| {
            let words = place.rsplit([' ', '.', '`']);
            words.into_iter().find(|word| !word.is_empty()).map(str::to_owned)
        };
        for (place, value) in &self.values {
            let name = last(place).filter(|name| is_secret_name(name) && !value.is_empty());
            if let Some(name) = name {
                return Err(stored(&format!("`{name}`"), place, None));
            }
        }
        Ok(())
    }

    /// Refuses a manifest that holds the key itself, wherever it goes; `has` says whether a text
    /// has a key in it.
    ///
    /// # Errors
    /// The key stands in a name, an image, a user or the `env` of an app, or among the values of
    /// variables.
    pub(crate) fn refuse_keys(
        &self,
        what: &str,
        mut has: impl FnMut(&str) -> bool,
    ) -> Result<(), Error> {
        for (which, value) in self.handed_on() {
            if has(&value.text) {
                return Err(self.handed(&format!("{which} has the {what} of this push"), value));
            }
        }
        for app in 0..self.manifest.apps.len() {
            for (name, value, range) in self.manifest.env_entries(app) {
                if has(&value) {
                    let place = self.manifest.place(range);
                    let name = printable_in_full(name);
                    return Err(stored(
                        &format!("the value of `{name}`, which has the {what} of this push,"),
                        &place.source,
                        place.line,
                    ));
                }
            }
        }
        match self.values.iter().find(|(_, value)| has(value)) {
            Some((place, _)) => Err(stored(&format!("the {what} of this push"), place, None)),
            None => Ok(()),
        }
    }

    /// What goes to cf as an argument, and into what is printed.
    fn handed_on(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.manifest.apps.iter().flat_map(|app| {
            let docker = app.docker.as_ref();
            let all = [
                ("the name of an app", app.name.as_ref()),
                ("an image", docker.and_then(|docker| docker.image.as_ref())),
                ("a registry user", docker.and_then(|docker| docker.username.as_ref())),
            ];
            all.into_iter().filter_map(|(what, value)| Some((what, value?)))
        })
    }

    /// The error about one of those; it does not say what is there.
    fn handed(&self, what: &str, value: &Value) -> Error {
        let spot = self.manifest.spot(value.range.start);
        Error::new(ErrorKind::ExposedSecret, format!("{what}; it is not repeated here"))
            .seen(format!("it stands in {spot}"))
            .seen("cf gets it as an argument, which every user sees (`ps`), and Cloud Foundry shows it")
            .hint("if it is a real key, revoke it: `ibmcloud iam api-key-delete NAME`")
            .hint("write the name or the image there; the push takes the key from `ICR_CF_API_KEY`, `--api-key-file PATH` or `--api-key-command COMMAND`")
    }

    /// The line of the manifest in which the key stands, outside of what is refused.
    pub(crate) fn line_of_key(&self, mut has: impl FnMut(&str) -> bool) -> Option<String> {
        if !has(self.manifest.text()) {
            return None;
        }
        let name = printable_in_full(self.manifest.source_name());
        let line = self.manifest.text().lines().position(&mut has);
        Some(line.map_or(name.clone(), |line| format!("{name}:{}", line + 1)))
    }

    /// The entries of `env` that look like a key, with their places, for a warning.
    fn suspects(&self) -> Vec<String> {
        let apps = 0..self.manifest.apps.len();
        let entries = apps.flat_map(|app| self.manifest.env_entries(app));
        let suspect =
            entries.filter(|(name, value, _)| looks_like_key(value) || is_name_of_key(name));
        suspect
            .map(|(name, _, range)| {
                let (name, spot) = (printable_in_full(name), self.manifest.spot(range.start));
                format!("{spot}: `{name}` looks like an API key of the app's own; Cloud Foundry stores it with the app and `cf env` shows it; a service binding is the place for it")
            })
            .collect()
    }
}

fn stored(what: &str, source: &str, line: Option<usize>) -> Error {
    let place = line.map_or_else(|| source.to_owned(), |line| format!("{source}:{line}"));
    let error = Error::new(ErrorKind::ExposedSecret, format!("{what} must not stand in {place}"));
    let error = match line {
        Some(line) => error.pointing_to(Place::line_of(source, line)),
        None => error,
    };
    error
        .seen("Cloud Foundry would store it in the environment of the app, and `cf env` show it")
        .seen("the app does not need it: the registry's key goes with the image, not with the app")
        .hint("take the entry out; the push takes the key from `ICR_CF_API_KEY`, `--api-key-file PATH` or `--api-key-command COMMAND`")
}
