//! What Cloud Controller says of how many requests it takes, and until when a client that has used
//! them up had better wait: `X-RateLimit-Remaining` and `X-RateLimit-Reset`
//! (`cloud_controller_ng`, `middleware/base_rate_limiter.rb`).

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap};

/// How many requests are left, which is an estimate in steps of a tenth.
const REMAINING: &str = "x-ratelimit-remaining";
/// When there are all of them again, in seconds of Unix.
const RESET: &str = "x-ratelimit-reset";

/// The limit of a host, as far as its last answer has told it.
#[derive(Debug, Default)]
pub(super) struct RequestLimit {
    used_up_until: Mutex<Option<(String, SystemTime)>>,
    /// Until when a wait was said already: all requests of a moment wait for the same.
    told: Mutex<Option<SystemTime>>,
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
    /// Takes in what an answer of a host says.
    pub(super) fn heed(&self, host: &str, headers: &HeaderMap, now: SystemTime) {
        let is_used_up = number(headers, REMAINING) == Some(0);
        let until = if is_used_up { reset(headers, now) } else { None };
        let mut known = self.used_up_until.lock().unwrap_or_else(PoisonError::into_inner);
        if until.is_some() || known.as_ref().is_some_and(|(of, _)| of == host) {
            *known = until.map(|until| (host.to_owned(), until));
        }
    }

    /// The wait that is due before the next request to a host, if that is no longer than this. A
    /// limit that is used up for longer is tried all the same: what is left is an estimate.
    pub(super) fn wait(&self, host: &str, now: SystemTime, most: Duration) -> Option<Wait> {
        let known = self.used_up_until.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (_, until) = known.filter(|(of, _)| of == host)?;
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
