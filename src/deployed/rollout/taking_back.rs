//! A deployment is taken back: asked to end, and waited for until it has. What it came to is said, also
//! where it was done before.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::asking::Asker;
use super::bounds::{Bounds, Wish};
use crate::capi::resources::Deployment;
use crate::capi::{CloudController, Problem, ProblemKind};

/// What became of a deployment that was to be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TakenBack {
    /// It is taken back: what ran before runs.
    Back,
    /// It was done before that.
    Deployed,
    /// Another one has taken over.
    Superseded,
    /// It was asked to end, and not seen to.
    Asked,
    /// It could not be asked.
    Unasked,
}

/// The same for somebody else, who waits so long.
pub(crate) async fn take_back_within(
    controller: &CloudController,
    guid: &str,
    limit: Duration,
) -> TakenBack {
    let (_asks, asked) = watch::channel(Wish::GoOn);
    let deadline = Instant::now() + limit;
    let mut bounds = Bounds::new(deadline, asked, Wish::Leave);
    take_back(controller, guid, &mut bounds).await
}

/// Takes a deployment back, within bounds.
pub(super) async fn take_back(
    controller: &CloudController,
    guid: &str,
    bounds: &mut Bounds,
) -> TakenBack {
    let place = format!("/v3/deployments/{guid}");
    let path = format!("{place}/actions/cancel");
    let mut is_asked = false;
    loop {
        let ask = Asker { controller, bounds };
        if !is_asked {
            let cancel = (Method::POST, path.as_str());
            let asked: Result<Value, Problem> =
                ask.change("a cancelled deployment", cancel, Zeroizing::default()).await;
            match asked {
                Ok(_) => is_asked = true,
                // It is done meanwhile, one way or the other: what it came to is asked below.
                Err(Problem { kind: ProblemKind::Refused(_) | ProblemKind::Gone(_), .. }) => {
                    is_asked = true;
                }
                Err(problem) if problem.may_pass() => {}
                Err(_) => return TakenBack::Unasked,
            }
        }
        if let Ok(deployment) = ask.one::<Deployment>("a deployment", &place).await {
            match deployment.status.reason.as_str() {
                "CANCELED" => return TakenBack::Back,
                "DEPLOYED" => return TakenBack::Deployed,
                "SUPERSEDED" => return TakenBack::Superseded,
                _ => {}
            }
        }
        if bounds.pause().await.is_err() {
            return if is_asked { TakenBack::Asked } else { TakenBack::Unasked };
        }
    }
}
