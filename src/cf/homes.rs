//! A home of its own for each cf that runs beside others. Each cf writes its configuration back
//! when it ends, so that they would overwrite one another's, and older ones delete files that
//! another has just made. The original is read once, so that all push to the same target, and
//! never written.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::capi::config::{self, System, Unloaded, Unusable};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::process::Signals;
use crate::temporary::{self, Folder};

/// Where cf has its home.
pub(super) const CF_HOME: &str = "CF_HOME";
/// Where cf has its plugins, if not there.
const CF_PLUGIN_HOME: &str = "CF_PLUGIN_HOME";

/// cf's home as it was before the first run. Has no `Debug`: it holds tokens.
pub(super) struct Homes {
    folder: Folder,
    config: Option<Zeroizing<Vec<u8>>>,
    /// Where plugins stay, unless that is said already.
    plugins: Option<PathBuf>,
}

impl Homes {
    /// Reads cf's configuration, to be copied for each run.
    pub(super) async fn open(
        environment: &Environment,
        signals: &mut Signals,
    ) -> Result<Self, Error> {
        let path = config::path(environment, System::HERE);
        let config = match config::in_time(&path, signals, config::read).await? {
            Ok(bytes) => Some(bytes),
            Err(Unloaded::Fresh(_)) => None,
            Err(unloaded) => return Err(unreadable(&path, &unloaded)),
        };
        let folder = temporary::folder(environment).map_err(|error| no_home(&error))?;
        let is_said = environment.raw(CF_PLUGIN_HOME).is_some_and(|value| !value.is_empty());
        let original = path.parent().and_then(Path::parent).map(Path::to_owned);
        Ok(Self { folder, config, plugins: original.filter(|_| !is_said) })
    }

    /// Makes the home of one run.
    pub(super) fn make(&self, run: usize) -> Result<Home, Error> {
        let home = Home(self.folder.path().join(run.to_string()));
        self.fill(&home.0).map_err(|error| no_home(&error))?;
        Ok(home)
    }

    fn fill(&self, home: &Path) -> io::Result<()> {
        temporary::folder_in(home)?;
        let folder = home.join(".cf");
        temporary::folder_in(&folder)?;
        match &self.config {
            Some(bytes) => temporary::write(&folder.join("config.json"), bytes),
            None => Ok(()),
        }
    }

    /// The variables by which cf finds this home, and its plugins where they have been.
    pub(super) fn variables(&self, home: &Home) -> Vec<(String, OsString)> {
        let plugins = self.plugins.clone().map(|path| (CF_PLUGIN_HOME.to_owned(), path.into()));
        std::iter::once((CF_HOME.to_owned(), home.0.clone().into())).chain(plugins).collect()
    }
}

/// The home of one run, removed when dropped.
pub(super) struct Home(PathBuf);

impl Home {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // What cannot be removed now is tried again with the folder around it.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn no_home(error: &io::Error) -> Error {
    Error::scarce(error).unwrap_or_else(|| {
        let message = format!("no private copy of cf's configuration can be made: {error}");
        Error::new(ErrorKind::Setup, message)
            .hint("name a folder that can be written: `TMPDIR=/path`, or push one app at a time")
    })
}

fn unreadable(path: &Path, unloaded: &Unloaded) -> Error {
    let why = match unloaded {
        Unloaded::Unusable(Unusable::Unreadable(error)) => error.to_string(),
        Unloaded::Unjudged(why) => (*why).to_owned(),
        Unloaded::Fresh(_) | Unloaded::Unusable(Unusable::Broken(_)) => "it is broken".to_owned(),
    };
    let path = path.display();
    Error::new(ErrorKind::Setup, format!("cf's configuration `{path}` cannot be copied: {why}"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Homes, config};
    use crate::environment::{Environment, Streams};
    use crate::process::{Signals, in_runtime};

    fn environment(variables: &[(&str, &Path)]) -> Environment {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Environment::new(variables.collect(), "/".into(), Streams::default())
    }

    fn open(environment: &Environment) -> Homes {
        in_runtime(async {
            let mut signals = Signals::listen().unwrap();
            Homes::open(environment, &mut signals).await.unwrap()
        })
        .unwrap()
    }

    #[test]
    fn each_run_has_a_copy_and_the_original_stays_as_it_was() {
        let place = tempfile::tempdir().unwrap();
        let home = place.path().join("home");
        std::fs::create_dir_all(home.join(".cf")).unwrap();
        std::fs::write(home.join(".cf/config.json"), "{\"a\": 1}").unwrap();
        let homes = open(&environment(&[("HOME", &home), ("TMPDIR", place.path())]));
        let (one, other) = (homes.make(0).unwrap(), homes.make(1).unwrap());
        std::fs::write(one.path().join(".cf/config.json"), "changed").unwrap();
        let text = |home: &Path| config::read(&home.join(".cf/config.json")).unwrap().to_vec();
        assert_eq!((text(other.path()), text(&home)), (text(&home), b"{\"a\": 1}".to_vec()));
        let variables = homes.variables(&one);
        assert_eq!(variables[0], ("CF_HOME".to_owned(), one.path().into()));
        assert_eq!(variables[1], ("CF_PLUGIN_HOME".to_owned(), home.clone().into()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
            let config = other.path().join(".cf/config.json");
            let folder = other.path().parent().unwrap();
            assert_eq!((mode(&config), mode(other.path()), mode(folder)), (0o600, 0o700, 0o700));
        }
        let path = one.path().to_owned();
        drop(one);
        assert!(!path.exists() && other.path().exists());
        drop((homes, other));
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1, "only the original");
    }

    #[test]
    fn without_a_configuration_the_copy_has_none_and_plugins_stay_where_they_are_said_to_be() {
        let place = tempfile::tempdir().unwrap();
        let variables = [
            ("CF_HOME", place.path()),
            ("CF_PLUGIN_HOME", Path::new("/plugins")),
            ("TMPDIR", place.path()),
        ];
        let homes = open(&environment(&variables));
        let home = homes.make(7).unwrap();
        assert_eq!(std::fs::read_dir(home.path().join(".cf")).unwrap().count(), 0);
        assert_eq!(homes.variables(&home).len(), 1);
    }
}
