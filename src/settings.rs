//! Settings: what flags say where nobody types them, out of variables, `icr-cf.toml` of the folder and
//! the user's own file. Values and where each stands; what one means, and whether it makes sense, is not
//! known here. Reads no key: a file says where one is.

use std::path::{Path, PathBuf};

use crate::environment::{CF_DOCKER_PASSWORD, Environment, KEY_VARIABLES, Presence};
use crate::error::{Error, ErrorKind, file_word, printable, printable_in_full};
use crate::spelling;

mod allowance;
mod document;
mod fault;
mod file;
mod leave;
mod meaning;
mod said;
mod search;
mod table;
mod trust;
mod words;

pub(crate) use file::SettingsFile;
pub(crate) use leave::{Allowed, Denied, allow, deny};
pub(crate) use said::{Said, Scope, Source, Spot};
pub(crate) use table::Setting;
pub(crate) use words::words;

/// The variable that names a profile.
const PROFILE: &str = "ICR_CF_PROFILE";

/// What becomes of a value that the user has not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Withheld {
    /// An error, where it would count.
    Refused,
    /// It does not count: nothing is run and no key is read.
    LeftOut,
}

/// The values of a list.
pub(crate) struct Offered {
    pub(crate) values: Vec<Said>,
    /// Why none of them may be used.
    pub(crate) refused: Option<Error>,
}

/// What somebody says of a setting.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) source: Source,
    /// The profile in which it stands.
    pub(crate) profile: Option<String>,
    /// The value, or those of a list.
    pub(crate) values: Vec<Said>,
    /// Why it does not count until the user allows its file.
    pub(crate) withheld: Option<&'static str>,
}

impl Given {
    /// The values as they may be shown.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.values.iter().map(|said| printable_in_full(&said.value)).collect()
    }
}

/// A setting and all that is said of it.
pub(crate) struct Listed {
    pub(crate) setting: Setting,
    /// The nearer in front.
    pub(crate) given: Vec<Given>,
    /// The one that counts, by its place.
    pub(crate) counts: Option<usize>,
    /// The variable that holds a key, so that what says where one is does not count.
    pub(crate) overridden_by: Option<&'static str>,
}

/// The settings for one folder.
pub(crate) struct Settings<'a> {
    environment: &'a Environment,
    /// That of the folder in front of the user's.
    files: Vec<SettingsFile>,
    profile: Option<String>,
    withheld: Withheld,
}

impl<'a> Settings<'a> {
    /// Reads the files for a folder.
    ///
    /// # Errors
    /// One cannot be read, has something in it that is no setting, or the profile is nowhere.
    pub(crate) fn read(
        folder: Option<&Path>,
        profile: Option<&str>,
        environment: &'a Environment,
    ) -> Result<Self, Error> {
        let said = profile.map(|name| (name, "--profile"));
        refuse_no_text(PROFILE, environment)?;
        let said = said.or_else(|| Some((environment.text(PROFILE)?, PROFILE)));
        let name = said.map(|(name, _)| name);
        let files = paths(folder, environment)
            .map(|(path, scope)| SettingsFile::read(&path, scope, name, environment));
        let files: Vec<SettingsFile> = files.collect::<Result<_, _>>()?;
        if let Some((name, source)) = said
            && !files.iter().any(|file| file.profiles.iter().any(|known| known == name))
        {
            return Err(no_profile(name, source, &files));
        }
        let profile = name.map(str::to_owned);
        Ok(Self { environment, files, profile, withheld: Withheld::Refused })
    }

    /// The same, where what is not allowed does this.
    pub(crate) fn with(self, withheld: Withheld) -> Self {
        Self { withheld, ..self }
    }

    /// The files that were read.
    pub(crate) fn files(&self) -> &[SettingsFile] {
        &self.files
    }

    /// The profile in effect.
    pub(crate) fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// What variables and files say of a setting, the one that counts in front; the default last.
    ///
    /// # Errors
    /// The variable is no text.
    pub(crate) fn given(&self, setting: Setting) -> Result<Vec<Given>, Error> {
        let mut all: Vec<Given> = self.by_variable(setting)?.into_iter().collect();
        all.extend(self.in_files(&[setting]));
        if let Some(value) = setting.default_value() {
            all.push(given(setting, value, Source::Default));
        }
        Ok(all)
    }

    /// The value of a setting that has one: the flag's, the variable's, that of a file, in this order.
    /// The only place that decides who wins.
    ///
    /// # Errors
    /// The variable is no text; the file is not allowed to say it.
    pub(crate) fn pick(&self, setting: Setting, flag: Option<&str>) -> Result<Option<Said>, Error> {
        if let Some(value) = flag {
            let (value, source) = (value.to_owned(), Source::Flag(setting.row().flag));
            return Ok(Some(Said { setting, value, source }));
        }
        let first = self.first(self.given(setting)?)?;
        Ok(first.and_then(|given| given.values.into_iter().next()))
    }

    /// The same for a setting that has a default.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn settled(&self, setting: Setting, flag: Option<&str>) -> Result<Said, Error> {
        let picked = self.pick(setting, flag)?;
        picked.ok_or_else(|| {
            let message = format!("the setting `{}` has no default", setting.name());
            Error::new(ErrorKind::Internal, message)
        })
    }

    /// The values of a setting that is a list; those of one place alone.
    ///
    /// # Errors
    /// As for one value.
    pub(crate) fn list(&self, setting: Setting, flags: &[String]) -> Result<Vec<Said>, Error> {
        let Offered { values, refused } = self.offered(setting, flags)?;
        refused.map_or(Ok(values), Err)
    }

    /// The same, where it depends on which of them is needed whether the file has to be allowed.
    ///
    /// # Errors
    /// The variable is no text.
    pub(crate) fn offered(&self, setting: Setting, flags: &[String]) -> Result<Offered, Error> {
        if flags.is_empty() {
            let first = self.reached(self.given(setting)?);
            let why = |given: &Given| Some(withheld(given, given.withheld?));
            let refused = first.as_ref().and_then(why);
            let values = first.map(|given| given.values).unwrap_or_default();
            return Ok(Offered { values, refused });
        }
        let said = |value: &String| {
            let (value, source) = (value.clone(), Source::Flag(setting.row().flag));
            Said { setting, value, source }
        };
        Ok(Offered { values: flags.iter().map(said).collect(), refused: None })
    }

    /// Where files say that the key is.
    ///
    /// # Errors
    /// The file is not allowed to say it.
    pub(crate) fn key(&self) -> Result<Option<Said>, Error> {
        let first = self.first(self.in_files(&Setting::OF_KEY))?;
        Ok(first.and_then(|given| given.values.into_iter().next()))
    }

    /// A line for each value that does not count until the user allows its file.
    pub(crate) fn left_out(&self) -> Vec<String> {
        let all = self.in_files(&Setting::ALL).into_iter();
        let lines = all.filter_map(|given| {
            let why = given.withheld?;
            let Source::File(spot) = &given.source else { return None };
            Some(format!(
                "`{spot}` {why}, and is left out until you allow it: {}",
                line_that_allows(spot)
            ))
        });
        lines.collect()
    }

    /// The same, where they are left out of what is done.
    pub(crate) fn unused(&self) -> Vec<String> {
        match self.withheld {
            Withheld::Refused => Vec::new(),
            Withheld::LeftOut => self.left_out(),
        }
    }

    /// Every setting with all that is said of it.
    ///
    /// # Errors
    /// A variable is no text.
    pub(crate) fn listed(&self) -> Result<Vec<Listed>, Error> {
        let mut key_at = self.in_files(&Setting::OF_KEY).into_iter();
        let key_at = key_at.find(|given| given.withheld.is_none()).map(|given| given.source);
        let key_variable = KEY_VARIABLES.into_iter().chain([CF_DOCKER_PASSWORD]);
        let mut key_variable =
            key_variable.filter(|name| self.environment.presence(name) == Presence::Set);
        let key_variable = key_variable.next();
        let row = |setting| {
            let given = self.given(setting)?;
            let is_of_key = Setting::OF_KEY.contains(&setting);
            let counts = |given: &Given| {
                let wins =
                    !is_of_key || key_variable.is_none() && key_at.as_ref() == Some(&given.source);
                given.withheld.is_none() && wins
            };
            let counts = given.iter().position(counts);
            let overridden_by = key_variable.filter(|_| is_of_key && !given.is_empty());
            Ok(Listed { setting, given, counts, overridden_by })
        };
        let mut all: Vec<Listed> =
            Setting::ALL.into_iter().map(row).collect::<Result<_, Error>>()?;
        farther_loses(&mut all);
        Ok(all)
    }

    /// The one that counts, or would if it were allowed.
    fn reached(&self, all: Vec<Given>) -> Option<Given> {
        let is_left_out = |given: &Given| given.withheld.is_some();
        all.into_iter().find(|one| self.withheld == Withheld::Refused || !is_left_out(one))
    }

    fn first(&self, all: Vec<Given>) -> Result<Option<Given>, Error> {
        let Some(given) = self.reached(all) else { return Ok(None) };
        match given.withheld {
            Some(why) => Err(withheld(&given, why)),
            None => Ok(Some(given)),
        }
    }

    fn by_variable(&self, setting: Setting) -> Result<Option<Given>, Error> {
        let Some(name) = setting.variable() else { return Ok(None) };
        refuse_no_text(name, self.environment)?;
        let value = self.environment.text(name).map(str::trim).filter(|value| !value.is_empty());
        Ok(value.map(|value| given(setting, value, Source::Variable(name))))
    }

    fn in_files(&self, settings: &[Setting]) -> Vec<Given> {
        let all =
            self.files.iter().flat_map(|file| file.entries.iter().map(move |one| (file, one)));
        let all = all.filter(|(_, entry)| settings.contains(&entry.setting));
        all.map(|(file, entry)| file.given(entry, self.environment)).collect()
    }
}

fn refuse_no_text(name: &str, environment: &Environment) -> Result<(), Error> {
    if environment.raw(name).is_none_or(|value| value.to_str().is_some()) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Usage, format!("`{name}` is not valid UTF-8"))
        .hint(format!("correct it, or `unset {name}`")))
}

/// The names of the profiles for the working folder; none where a file has a fault.
pub(crate) fn profiles(environment: &Environment) -> Vec<String> {
    let files = paths(None, environment)
        .filter_map(|(path, scope)| SettingsFile::read(&path, scope, None, environment).ok());
    files.flat_map(|file| file.profiles).collect()
}

/// The files that are there, that of the folder first.
fn paths(
    folder: Option<&Path>,
    environment: &Environment,
) -> impl Iterator<Item = (PathBuf, Scope)> {
    let of_folder = found(folder, environment).map(|path| (path, Scope::Folder));
    let of_user = search::of_user(environment).filter(|path| path.symlink_metadata().is_ok());
    of_folder.into_iter().chain(of_user.map(|path| (path, Scope::User)))
}

/// The file of a folder that settings are read from.
fn found(folder: Option<&Path>, environment: &Environment) -> Option<PathBuf> {
    match folder {
        // As the manifest is found: where its folder really is.
        Some(folder) => search::above(&environment.absolute(folder).canonicalize().ok()?),
        None => search::above(&environment.folder),
    }
}

/// Of `region` and `default-registry`, which exclude each other, the one that is said nearer counts.
fn farther_loses(all: &mut [Listed]) {
    let source = |listed: &'_ Listed| Some(listed.given.get(listed.counts?)?.source.clone());
    let of = |setting| all.iter().find(|one| one.setting == setting).and_then(source);
    let (Some(region), Some(registry)) = (of(Setting::Region), of(Setting::DefaultRegistry)) else {
        return;
    };
    let is_region = registry.loses_to(&region);
    let loser = if is_region { Setting::DefaultRegistry } else { Setting::Region };
    for listed in all.iter_mut().filter(|one| one.setting == loser) {
        listed.counts = None;
    }
}

fn given(setting: Setting, value: &str, source: Source) -> Given {
    let said = Said { setting, value: value.to_owned(), source: source.clone() };
    Given { source, profile: None, values: vec![said], withheld: None }
}

fn line_that_allows(spot: &Spot) -> String {
    format!("`icr-cf config allow {}`", file_word(&spot.file))
}

fn withheld(given: &Given, why: &str) -> Error {
    let Source::File(spot) = &given.source else {
        return Error::new(ErrorKind::Internal, "a value is withheld that stands in no file");
    };
    let message = format!("`{spot}` {why}, and you have not allowed this file");
    let error = Error::new(ErrorKind::Setup, message)
        .seen("whoever writes the file chooses what runs here with your rights, and which secret goes where")
        .hint(format!("read it, then {}", line_that_allows(spot)));
    match given.values.first() {
        Some(said) => said.point(error),
        None => error,
    }
}

fn no_profile(name: &str, source: &str, files: &[SettingsFile]) -> Error {
    let message = format!("there is no profile `{}` (`{source}`)", printable(name));
    let error = Error::new(ErrorKind::Usage, message);
    let all = files.iter().flat_map(|file| &file.profiles).map(String::as_str);
    let meant = spelling::nearest(name, all);
    let error = files.iter().fold(error, |error, file| {
        let names: Vec<String> = file.profiles.iter().map(|name| format!("`{name}`")).collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        error.seen(format!("`{}` has {names}", file.shown))
    });
    let error = if files.is_empty() { error.seen("there is no file of settings") } else { error };
    match meant.first() {
        Some(meant) if source == PROFILE => error.hint(format!("write `{source}={meant}`")),
        Some(meant) => error.hint(format!("write `{source} {meant}`")),
        None => error.hint("`icr-cf config` says which files are read"),
    }
}
