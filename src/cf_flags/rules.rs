//! Which flags go together, with each other and with a docker image, as cf itself has it.

use thiserror::Error as ThisError;

use super::{GivenFlag, WithImage};
use crate::error::{Error, ErrorKind};

/// Flags that cf refuses together.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum FlagError {
    /// A flag of another kind of app.
    #[error("`{0}` cannot be used with a docker image")]
    NotWithImage(String),
    /// Two flags that exclude each other.
    #[error("`{0}` and `{1}` cannot be used together")]
    Conflict(String, String),
    /// A flag that makes sense beside another only.
    #[error("`{0}` needs `{1}`")]
    Needs(String, &'static str),
}

impl From<FlagError> for Error {
    fn from(error: FlagError) -> Self {
        let hint = match &error {
            FlagError::NotWithImage(flag) => format!(
                "drop `{flag}`; an app that is built from files is pushed with `cf push` itself"
            ),
            FlagError::Conflict(first, second) => format!("drop `{first}` or `{second}`"),
            FlagError::Needs(flag, other) => format!("add `{other}`, or drop `{flag}`"),
        };
        Self::new(ErrorKind::CfFlag, error.to_string()).hint(hint)
    }
}

/// Pairs that cf refuses, by long name; a strategy stands for any of its values but the empty one.
const CONFLICTS: [(&str, &str); 7] = [
    ("no-start", "no-wait"),
    ("no-start", "strategy"),
    ("task", "strategy"),
    ("no-route", "random-route"),
    ("no-manifest", "manifest"),
    ("no-manifest", "vars-file"),
    ("no-manifest", "var"),
];

/// What an app is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PushKind {
    /// A docker image.
    Docker,
    /// Files.
    Files,
}

/// Checks a set of flags, beside a docker image or without one.
///
/// # Errors
/// The first pair, or the first single flag, that cf would refuse.
pub(crate) fn check_together(given: &[GivenFlag], kind: PushKind) -> Result<(), FlagError> {
    for flag in given.iter().filter(|_| kind == PushKind::Docker) {
        let fine = match flag.flag.with_image {
            WithImage::Fine => true,
            WithImage::Conflict => false,
            WithImage::DockerOnly => {
                flag.value.as_deref().is_some_and(|value| value.eq_ignore_ascii_case("docker"))
            }
        };
        if !fine {
            let value =
                flag.value.as_deref().filter(|_| flag.flag.with_image == WithImage::DockerOnly);
            let name = flag.flag.name();
            return Err(FlagError::NotWithImage(
                value.map_or(name.clone(), |value| format!("{name} {value}")),
            ));
        }
    }
    let has = |long: &str| {
        given_value(given, long).is_some_and(|value| long != "strategy" || !value.is_empty())
    };
    for (first, second) in CONFLICTS {
        if has(first) && has(second) {
            return Err(FlagError::Conflict(format!("--{first}"), format!("--{second}")));
        }
    }
    if has("max-in-flight") && !has("strategy") {
        return Err(FlagError::Needs("--max-in-flight".into(), "--strategy rolling"));
    }
    let canary =
        given_value(given, "strategy").is_some_and(|value| value.eq_ignore_ascii_case("canary"));
    if has("instance-steps") && !canary {
        return Err(FlagError::Needs("--instance-steps".into(), "--strategy canary"));
    }
    Ok(())
}

/// The last value given to a flag; empty for a switch.
pub(super) fn given_value<'a>(given: &'a [GivenFlag], long: &str) -> Option<&'a str> {
    given
        .iter()
        .rev()
        .find(|flag| flag.flag.long == Some(long))
        .map(|flag| flag.value.as_deref().unwrap_or_default())
}
