//! How much the account may still pull: the management API of the registry, which wants a token of
//! IAM and the account (IBM Cloud documentation, "Container Registry API", `GET /api/v1/quotas`).
//! Asked only where somebody wants to know, since it costs IAM a question.

use serde::Deserialize;

use super::access::{Access, NoAccess};
use super::fitness::bytes;
use super::registry::Caller;
use crate::request::Quota;
use crate::verdict::{Name, Verdict};

/// Most bytes of the answer.
const MOST: usize = 256 * 1024;
/// From here on it is near, in percent.
const NEAR: u64 = 90;

#[derive(Deserialize)]
struct Quotas {
    limit: Bytes,
    usage: Bytes,
}

/// -1 is no limit.
#[derive(Deserialize)]
struct Bytes {
    traffic_bytes: i64,
}

/// What is to be said of the quota; in words why nothing can be.
pub(super) async fn check(
    caller: &Caller<'_>,
    host: &str,
    wanted: Quota,
) -> Result<Option<Verdict>, String> {
    if wanted == Quota::Unasked {
        return Ok(None);
    }
    let access = match Access::of(caller).await {
        Ok(access) => access,
        Err(NoAccess::NoKey | NoAccess::RefreshToken) => return Ok(None),
        Err(why @ (NoAccess::Failed(_) | NoAccess::NoToken | NoAccess::NoAccount)) => {
            return Err(why.reason());
        }
    };
    let answer = access
        .get(caller, host, "/api/v1/quotas", MOST)
        .await
        .map_err(|failure| format!("{host}: {}", failure.reason()))?;
    if !answer.status.is_success() {
        return Err(format!("{host} answered {}", answer.status.as_u16()));
    }
    let quotas: Quotas = serde_json::from_slice(&answer.body)
        .map_err(|_| format!("{host} answered something else"))?;
    Ok(near(quotas.usage.traffic_bytes, quotas.limit.traffic_bytes))
}

fn near(used: i64, limit: i64) -> Option<Verdict> {
    let (used, limit) = (u64::try_from(used).ok()?, u64::try_from(limit).ok()?);
    if u128::from(used) * 100 < u128::from(limit) * u128::from(NEAR) {
        return None;
    }
    let verdict = Verdict::new(Name::QuotaNear, "the account has nearly used up its pull traffic")
        .seen(format!("{} of {} are used this month", bytes(used), bytes(limit)))
        .seen("each start, restart and move of an app pulls again; over the quota none can start")
        .hint("`ibmcloud cr quota` shows it; raise it with `ibmcloud cr quota-set --traffic MEGABYTES` or `ibmcloud cr plan-upgrade standard`");
    Some(verdict)
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn nine_tenths_are_near_and_no_limit_never_is() {
        assert!(near(89, 100).is_none());
        assert!(near(90, 100).is_some());
        assert!(near(100, 100).is_some());
        assert!(near(i64::MAX, -1).is_none());
        assert!(near(-1, 100).is_none());
        assert!(near(i64::MAX - 1, i64::MAX).is_some());
    }
}
