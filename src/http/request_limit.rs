//! What Cloud Controller says of how many requests it takes, and until when a client that has used
//! them up had better wait: `X-RateLimit-Remaining` and `X-RateLimit-Reset`
//! (`cloud_controller_ng`, `middleware/base_rate_limiter.rb`).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap};

/// How many requests are left, which is an estimate in steps of a tenth.
const REMAINING: &str = "x-ratelimit-remaining";
/// When there are all of them again, in seconds of Unix.
const RESET: &str = "x-ratelimit-reset";

/// The limit of a host, as far as its last answer has told it.
#[derive(Debug, Default)]
pub(super) struct RequestLimit {
    known: Mutex<Known>,
    /// Until when a wait was said already: all requests of a moment wait for the same.
    told: Mutex<Option<SystemTime>>,
}

#[derive(Debug, Default)]
struct Known {
    /// How many requests wait for their answers.
    under_way: u64,
    budget: Option<Budget>,
}

/// How many more requests a host takes, those that are under way taken off, and until when.
#[derive(Debug, Clone)]
struct Budget {
    host: String,
    left: u64,
    until: SystemTime,
}

/// A request that waits for its answer.
pub(super) struct UnderWay<'a>(&'a RequestLimit);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.known().under_way -= 1;
    }
}

/// A wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) until: SystemTime,
    pub(super) time: Duration,
    /// Whether nobody has said so yet.
    pub(super) is_new: bool,
}

impl RequestLimit {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one off for a request to a host, which is under way for as long as what comes back is kept.
    pub(super) fn take(&self, host: &str) -> UnderWay<'_> {
        let mut known = self.known();
        known.under_way += 1;
        if let Some(budget) = known.budget.as_mut().filter(|budget| budget.host == host) {
            budget.left = budget.left.saturating_sub(1);
        }
        UnderWay(self)
    }

    /// Takes in what an answer of a host says, whose own request is still under way.
    pub(super) fn heed(&self, host: &str, headers: &HeaderMap, now: SystemTime) {
        let mut known = self.known();
        let others = known.under_way.saturating_sub(1);
        let told = number(headers, REMAINING).zip(reset(headers, now));
        let told = told.map(|(remaining, until)| {
            let left = remaining.saturating_sub(others);
            Budget { host: host.to_owned(), left, until }
        });
        if told.is_some() || known.budget.as_ref().is_some_and(|budget| budget.host == host) {
            known.budget = told;
        }
    }

    /// The wait that is due before the next request to a host, if that is no longer than this. A
    /// limit that is used up for longer is tried all the same: what is left is an estimate.
    pub(super) fn wait(&self, host: &str, now: SystemTime, most: Duration) -> Option<Wait> {
        let budget = self.known().budget.clone();
        let Budget { until, .. } = budget.filter(|one| one.host == host && one.left == 0)?;
        let time = until.duration_since(now).ok().filter(|time| *time <= most)?;
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = told.replace(until) != Some(until);
        Some(Wait { until, time, is_new })
    }
}

/// When a limit is taken back, by our own clock: the other side's may go wrong by minutes.
pub(super) fn reset(headers: &HeaderMap, now: SystemTime) -> Option<SystemTime> {
    let reset = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(number(headers, RESET)?))?;
    let date = headers.get(DATE).and_then(|date| date.to_str().ok());
    let theirs = date.and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or(now);
    now.checked_add(reset.duration_since(theirs).ok()?)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::{RequestLimit, reset};

    const HOST: &str = "api.cf.example";
    const NOW: u64 = 1_795_000_000;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let header = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        all.iter().map(header).collect()
    }

    fn waits(remaining: &str, reset: u64) -> Option<(Duration, bool)> {
        let limit = RequestLimit::default();
        let reset = reset.to_string();
        let told = [("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", reset.as_str())];
        limit.heed(HOST, &headers(&told), at(NOW));
        limit.wait(HOST, at(NOW), Duration::from_secs(60)).map(|wait| (wait.time, wait.is_new))
    }

    #[test]
    fn a_limit_that_is_used_up_is_waited_for_where_it_is_soon_taken_back() {
        assert_eq!(waits("0", NOW + 20), Some((Duration::from_secs(20), true)));
        assert_eq!(waits("0", NOW + 60), Some((Duration::from_secs(60), true)));
        assert_eq!(waits("0", NOW + 61), None);
        assert_eq!(waits("0", NOW - 1), None);
        assert_eq!(waits("1", NOW + 20), None);
        assert_eq!(waits("many", NOW + 20), None);
        assert_eq!(waits("0", u64::MAX), None);
    }

    #[test]
    fn the_limit_of_one_host_is_none_for_another() {
        let limit = RequestLimit::default();
        let reset = (NOW + 9).to_string();
        let told = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset.as_str())];
        limit.heed(HOST, &headers(&told), at(NOW));
        assert_eq!(limit.wait("iam.example", at(NOW), Duration::MAX), None);
        limit.heed("iam.example", &headers(&[("x-ratelimit-remaining", "9")]), at(NOW));
        assert!(limit.wait(HOST, at(NOW), Duration::MAX).is_some());
        limit.heed(HOST, &headers(&[("x-ratelimit-remaining", "9")]), at(NOW));
        assert_eq!(limit.wait(HOST, at(NOW), Duration::MAX), None);
    }

    #[test]
    fn what_is_under_way_is_taken_off_what_is_left() {
        let limit = RequestLimit::default();
        let reset = (NOW + 9).to_string();
        let told =
            |left| headers(&[("x-ratelimit-remaining", left), ("x-ratelimit-reset", &reset)]);
        let waits = || limit.wait(HOST, at(NOW), Duration::MAX).is_some();
        let first = limit.take(HOST);
        let second = limit.take(HOST);
        // The second has not got there yet.
        limit.heed(HOST, &told("2"), at(NOW));
        drop(first);
        assert!(!waits());
        let third = limit.take(HOST);
        assert!(waits());
        limit.heed(HOST, &told("1"), at(NOW));
        drop(second);
        assert!(waits());
        limit.heed(HOST, &told("4"), at(NOW));
        drop(third);
        assert!(!waits());
        assert_eq!(limit.known().under_way, 0);
    }

    #[test]
    fn a_wait_is_said_once() {
        let limit = RequestLimit::default();
        let reset = (NOW + 9).to_string();
        let told = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset.as_str())];
        limit.heed(HOST, &headers(&told), at(NOW));
        let new =
            |limit: &RequestLimit| limit.wait(HOST, at(NOW), Duration::MAX).map(|wait| wait.is_new);
        assert_eq!((new(&limit), new(&limit)), (Some(true), Some(false)));
        limit.heed(HOST, &HeaderMap::new(), at(NOW));
        assert_eq!(new(&limit), None);
    }

    #[test]
    fn the_clock_of_the_other_side_may_go_wrong() {
        let date = httpdate::fmt_http_date(at(NOW - 3600));
        let reset_at = (NOW - 3600 + 20).to_string();
        let told = headers(&[("x-ratelimit-reset", reset_at.as_str()), ("date", date.as_str())]);
        assert_eq!(reset(&told, at(NOW)), Some(at(NOW + 20)));
    }
}
