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
    /// It could not be asked, and goes on.
    Unasked,
    /// It could not be asked, and whether it goes on is not known.
    Unseen,
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
    let (mut is_asked, mut is_hopeless) = (false, false);
    loop {
        let ask = Asker { controller, bounds };
        if !is_asked {
            let cancel = (Method::POST, path.as_str());
            let asked: Result<Value, Problem> =
                ask.change("a cancelled deployment", cancel, Zeroizing::default()).await;
            match asked {
                Ok(_) => is_asked = true,
                // It is done meanwhile, one way or the other, which is asked below; or it is asked again.
                Err(Problem { kind: ProblemKind::Refused(_) | ProblemKind::Gone(_), .. }) => {}
                Err(problem) => is_hopeless = !problem.may_pass(),
            }
        }
        let seen = ask.one::<Deployment>("a deployment", &place).await;
        let goes_on = match seen.as_ref().map(|seen| seen.status.reason.as_str()) {
            Ok("CANCELED") => return TakenBack::Back,
            Ok("DEPLOYED") => return TakenBack::Deployed,
            Ok("SUPERSEDED") => return TakenBack::Superseded,
            Ok(_) => true,
            Err(_) => false,
        };
        if is_hopeless || bounds.pause().await.is_err() {
            return match (is_asked, goes_on) {
                (true, _) => TakenBack::Asked,
                (false, true) => TakenBack::Unasked,
                (false, false) => TakenBack::Unseen,
            };
        }
    }
}
