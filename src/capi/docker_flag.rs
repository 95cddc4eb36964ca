//! Whether the platform takes docker images: what its answer to the question for the feature flag
//! `diego_docker` means. Pure; the question is asked elsewhere.

use serde::Deserialize;

use super::labels;
use crate::cf_program::CfProgram;
use crate::error::printable;
use crate::verdict::{Name, Verdict};

/// Where the flag is, behind the address of the API (Cloud Foundry API v3, "Feature Flags").
pub(crate) const PATH: &str = "/v3/feature_flags/diego_docker";

const FLAG: &str = "diego_docker";

/// The part of the answer that is read.
#[derive(Deserialize)]
struct FeatureFlag {
    enabled: bool,
    /// Of any kind, so that an odd one does not spoil the answer.
    custom_error_message: Option<serde_json::Value>,
}

/// Judges the answer of the platform; `None` where nothing speaks against the push.
pub(crate) fn docker_verdict(
    api: &str,
    status: u16,
    body: &[u8],
    cf: &CfProgram,
) -> Option<Verdict> {
    match status {
        200 => match serde_json::from_slice::<FeatureFlag>(body) {
            Ok(flag) if flag.enabled => None,
            Ok(flag) => Some(disabled(api, &flag, cf)),
            Err(_) => Some(unclear(api, cf).seen("its answer has no `enabled`")),
        },
        401 => Some(stale_verdict(api, cf).seen(format!("{} answered 401", labels::host(api)))),
        // Korifi has no such flag, and docker images are all it takes besides source.
        404 => None,
        _ => Some(unclear(api, cf).seen(format!("{} answered {status}", labels::host(api)))),
    }
}

/// The verdict where there is no token but one that cf would renew first.
pub(crate) fn stale_verdict(api: &str, cf: &CfProgram) -> Verdict {
    let message = format!(
        "cf has to renew its token before {} can be asked whether it takes docker images",
        labels::host(api)
    );
    Verdict::new(Name::CfTokenStale, message)
        .hint(format!("`{}` renews it and asks", cf.line(&["feature-flag", FLAG])))
}

fn disabled(api: &str, flag: &FeatureFlag, cf: &CfProgram) -> Verdict {
    let message = format!("{} does not take docker images", labels::host(api));
    let verdict = Verdict::new(Name::DockerDisabled, message)
        .seen(format!("its feature flag `{FLAG}` is disabled"));
    let reason = flag.custom_error_message.as_ref().and_then(|value| value.as_str());
    let verdict = match reason.filter(|reason| !reason.trim().is_empty()) {
        Some(reason) => verdict.seen(format!("it says: {}", printable(reason))),
        None => verdict,
    };
    verdict.hint(format!(
        "ask an admin of the platform to run `{}`",
        cf.line(&["enable-feature-flag", FLAG])
    ))
}

fn unclear(api: &str, cf: &CfProgram) -> Verdict {
    let message = format!("{} does not say whether it takes docker images", labels::host(api));
    Verdict::new(Name::CfUnreachable, message)
        .hint(format!("`{}` asks the same", cf.line(&["feature-flag", FLAG])))
}

#[cfg(test)]
mod tests;
