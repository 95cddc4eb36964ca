//! A value, and who said it: a flag, a variable, a line of a file, or nobody.

use std::fmt;

use serde::Serialize;

use super::table::Setting;
use crate::error::{Error, Place, printable, printable_in_full};

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Scope {
    /// It lies beside the manifest or above it, where others may have written it.
    Folder,
    /// The user's own.
    User,
}

/// Where in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// In the profile that is chosen, which goes before the rest.
    Profile,
    /// Above all profiles.
    Top,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spot {
    /// What messages call the file.
    pub(crate) file: String,
    pub(crate) scope: Scope,
    pub(super) part: Part,
    pub(crate) line: usize,
    pub(super) column: Option<usize>,
}

impl Spot {
    fn place(&self) -> Place {
        Place { column: self.column, ..Place::line_of(&self.file, self.line) }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", printable_in_full(&self.file), self.line)
    }
}

/// Who said a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Flag(&'static str),
    Variable(&'static str),
    File(Spot),
    /// Nobody.
    Default,
}

impl Source {
    /// Whether it is typed for this one run.
    pub(crate) const fn is_typed(&self) -> bool {
        matches!(self, Self::Flag(_))
    }

    /// Whether another one wins: a region and a default registry exclude each other.
    pub(crate) const fn loses_to(&self, other: &Self) -> bool {
        self.rank() > other.rank()
    }

    /// Who wins: the lower.
    const fn rank(&self) -> u8 {
        match self {
            Self::Flag(_) => 0,
            Self::Variable(_) => 1,
            Self::File(Spot { scope: Scope::Folder, part: Part::Profile, .. }) => 2,
            Self::File(Spot { scope: Scope::Folder, part: Part::Top, .. }) => 3,
            Self::File(Spot { scope: Scope::User, part: Part::Profile, .. }) => 4,
            Self::File(Spot { scope: Scope::User, part: Part::Top, .. }) => 5,
            Self::Default => 6,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::File(spot) => spot.fmt(f),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value that somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) setting: Setting,
    pub(crate) value: String,
    pub(crate) source: Source,
}

impl Said {
    /// The words as they were said, for a message: `--jobs 0`, `jobs = 0`.
    pub(crate) fn words(&self) -> String {
        let value = printable(&self.value);
        match &self.source {
            Source::Flag(flag) => format!("{flag} {value}"),
            Source::Variable(name) => format!("{name}={value}"),
            Source::File(_) => format!("{} = {value}", self.setting.name()),
            Source::Default => value,
        }
    }

    /// Tells an error about the value where it stands, where no message says so yet.
    pub(crate) fn blame(&self, error: Error) -> Error {
        match &self.source {
            Source::File(spot) => error.within(spot.place()),
            Source::Flag(_) | Source::Variable(_) | Source::Default => error,
        }
    }

    /// The same for an error whose message names the source.
    pub(crate) fn point(&self, error: Error) -> Error {
        match &self.source {
            Source::File(spot) => error.pointing_to(spot.place()),
            Source::Flag(_) | Source::Variable(_) | Source::Default => error,
        }
    }
}
