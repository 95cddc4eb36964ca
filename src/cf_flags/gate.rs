//! Which release of cf has what. Asked only when a flag was given that not all releases have.

use thiserror::Error as ThisError;

use super::rules::given_value;
use super::{Cf6, CfFlag, GivenFlag, Release};
use crate::error::{Error, ErrorKind};

/// A flag, or a value of one, that the installed cf does not have.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[error("`{what}` needs cf {needed}; the cf here is {installed}")]
pub struct GateError {
    what: String,
    needed: String,
    installed: Release,
    hint: String,
}

impl From<GateError> for Error {
    fn from(error: GateError) -> Self {
        Self::new(ErrorKind::CfFlag, error.to_string()).hint(error.hint)
    }
}

/// First release with `--strategy canary`.
const CANARY: Release = Release(8, 8, 0);

/// Whether the flags can be judged only by the release of the installed cf.
#[must_use]
pub(crate) fn needs_release(given: &[GivenFlag]) -> bool {
    given.iter().any(|flag| is_gated(flag.flag) || only_cf6_value(flag))
        || http_without_endpoint(given)
}

fn is_gated(flag: &CfFlag) -> bool {
    flag.cf6 == Cf6::No || flag.cf7 != Some(Release(7, 0, 0)) || flag.cf8 != Some(Release(8, 0, 0))
}

fn only_cf6_value(flag: &GivenFlag) -> bool {
    flag.flag.long == Some("health-check-type")
        && flag.value.as_deref().is_some_and(|value| value.eq_ignore_ascii_case("none"))
}

/// cf 6 takes `/` for the endpoint; cf 7 and 8 refuse to guess.
fn http_without_endpoint(given: &[GivenFlag]) -> bool {
    given_value(given, "health-check-type").is_some_and(|value| value.eq_ignore_ascii_case("http"))
        && given_value(given, "endpoint").is_none()
}

/// Checks the flags against the installed release.
///
/// # Errors
/// The first flag or value that this release does not have, with the release that has it.
pub(crate) fn check_release(given: &[GivenFlag], installed: Release) -> Result<(), GateError> {
    let refuse = |what: String, needed: String, hint: String| {
        Err(GateError { what, needed, installed, hint })
    };
    let upgrade = |release: Release| {
        (format!("{release} or newer"), format!("install cf {release} or newer, or drop the flag"))
    };
    for flag in given {
        let row = flag.flag;
        match first_release(row, installed) {
            Has::Yes => {}
            Has::Since(release) => {
                let (needed, hint) = upgrade(release);
                return refuse(row.name(), needed, hint);
            }
            Has::OnlyCf6 => {
                return refuse(
                    row.name(),
                    "6".into(),
                    format!(
                        "cf 7 and later set routes in a manifest (`routes:`) or with `cf map-route`; drop `{}`",
                        row.name()
                    ),
                );
            }
        }
        let canary = row.long == Some("strategy")
            && flag.value.as_deref().is_some_and(|value| value.eq_ignore_ascii_case("canary"));
        if canary && installed < CANARY {
            let (needed, hint) = upgrade(CANARY);
            return refuse("--strategy canary".into(), needed, hint);
        }
        if only_cf6_value(flag) && installed.0 > 6 {
            return refuse(
                "--health-check-type none".into(),
                "6".into(),
                "write `--health-check-type process`".into(),
            );
        }
    }
    if http_without_endpoint(given) && installed.0 > 6 {
        return refuse(
            "--health-check-type http".into(),
            "6 where no `--endpoint` is given".into(),
            "add `--endpoint /PATH`".into(),
        );
    }
    Ok(())
}

enum Has {
    Yes,
    Since(Release),
    OnlyCf6,
}

fn first_release(flag: &CfFlag, installed: Release) -> Has {
    let since = match installed.0 {
        0..=6 if flag.cf6 != Cf6::No => return Has::Yes,
        7 if flag.cf7.is_some_and(|first| first <= installed) => return Has::Yes,
        0..=7 => flag.cf7.or(flag.cf8),
        _ if flag.cf8.is_some_and(|first| first <= installed) => return Has::Yes,
        _ => flag.cf8,
    };
    since.map_or(Has::OnlyCf6, Has::Since)
}
