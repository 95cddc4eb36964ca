//! A real cf in place of the stand-in, where `ICR_CF_TEST_CF` names one: which runs get it, and what
//! it is. A run that scripts the stand-in gets the stand-in all the same.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::invocation::Invocation;

/// A cf that somebody else made.
pub(crate) struct RealCf {
    path: PathBuf,
    /// The first number of its release.
    pub(crate) major: u32,
}

/// The cf that `ICR_CF_TEST_CF` names.
pub(crate) fn real_cf() -> Option<&'static RealCf> {
    static FOUND: OnceLock<Option<RealCf>> = OnceLock::new();
    FOUND.get_or_init(|| Some(RealCf::at(std::env::var_os("ICR_CF_TEST_CF")?.into()))).as_ref()
}

impl RealCf {
    fn at(path: PathBuf) -> Self {
        let home = tempfile::tempdir().unwrap();
        let asked = Command::new(&path).arg("version").env("CF_HOME", home.path()).output();
        let text = String::from_utf8(asked.unwrap().stdout).unwrap();
        let release = text.split_whitespace().last().unwrap_or_default();
        let major = release.split('.').next().and_then(|number| number.parse().ok());
        let Some(major) = major else { panic!("ICR_CF_TEST_CF tells no release: {text}") };
        Self { path, major }
    }
}

impl Invocation {
    /// Has it run the cf that is to be tested.
    pub(crate) fn with_tested_cf(mut self) -> Self {
        self.takes_real_cf = true;
        self
    }

    /// The real cf that it runs, if it does: a script and a claimed release are for the stand-in.
    pub(super) fn real_cf(&self) -> Option<&'static Path> {
        let is_for_stand_in = |name: &str| {
            name.starts_with("CF_STAND_IN_") && name != super::invocation::RECORD_VARIABLE
        };
        if !self.takes_real_cf || self.variable_names().any(is_for_stand_in) {
            return None;
        }
        Some(&real_cf()?.path)
    }
}
