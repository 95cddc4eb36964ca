//! "Not now" and "too many": tried again as often as may help, for as long as there is time.

use std::time::{Duration, SystemTime};

use icr_cf_sandbox::{Action, CF_API_HOST, Fault, IAM_HOST};

use super::{BLOBS, Case, MANIFESTS, REGISTRY, TOKEN, all, asked, everywhere};

#[test]
fn a_wait_is_as_long_as_the_other_side_says_or_our_own_bound() {
    // Each of them takes its seconds; they are taken side by side.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let fault = Fault::rate_limited("2").host(REGISTRY).path(TOKEN).times(1);
            let (world, run) = Case::new("seconds", [fault]).run();
            assert!(run.time >= Duration::from_secs(2), "{run}");
            assert_eq!(asked(&world, REGISTRY, TOKEN), 2, "{run}");
        });
        scope.spawn(|| {
            let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(4));
            let fault = Fault::rate_limited(&date).host(REGISTRY).path(TOKEN).times(1);
            let (world, run) = Case::new("a date", [fault]).run();
            // A date has no fractions, and the run begins after it was made.
            assert!(run.time >= Duration::from_secs(1), "{run}");
            assert_eq!(asked(&world, REGISTRY, TOKEN), 2, "{run}");
        });
        scope.spawn(|| {
            let late = Fault::new(Action::Delay(Duration::from_secs(60)));
            let late = late.host(REGISTRY).method("CONNECT");
            let case = Case::new("a connection", [late]).undecided("registry-unreachable");
            let (_, run) = case.says("time-out: no connection within 5s").run();
            assert!(run.time < Duration::from_secs(15), "{run}");
        });
    });
}

#[test]
fn a_wait_that_is_no_wait_is_the_ordinary_pause() {
    let odd = ["soon", "-1", "", "1.5", "99999999999999999999", "Wed, 21 Oct 2015 07:28:00 GMT"];
    all(odd.map(|text| {
        Case::new(text, [Fault::rate_limited(text).host(REGISTRY).path(MANIFESTS).times(1)])
    }));
}

#[test]
fn too_many_requests_for_ever_are_given_up_after_three_retries() {
    let cases = [TOKEN, MANIFESTS, BLOBS];
    std::thread::scope(|scope| {
        for path in cases {
            scope.spawn(move || {
                let fault = Fault::rate_limited("0").host(REGISTRY).path(path);
                let case = Case::new(path, [fault]).undecided("rate-limited");
                let (world, run) = case.says("429 Too Many Requests, to the last try").run();
                assert_eq!(asked(&world, REGISTRY, path), 4, "{path}: {run}");
            });
        }
    });
}

#[test]
fn a_wait_that_is_longer_than_the_time_left_is_not_begun() {
    let far = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3600));
    for wait in ["3600", "18446744073709551615", &far] {
        let fault = Fault::rate_limited(wait).host(REGISTRY).path(TOKEN);
        let case = Case::new(wait, [fault]).undecided("rate-limited");
        let (world, run) = case.run();
        assert_eq!(asked(&world, REGISTRY, TOKEN), 1, "{wait}: {run}");
        assert!(run.time < Duration::from_secs(10), "{wait}: {run}");
    }
}

#[test]
fn what_may_pass_is_got_over_everywhere() {
    let down = everywhere(|| Fault::status(503).times(2)).into_iter();
    let cases = down.chain(everywhere(|| Fault::rate_limited("1").times(1)));
    let cases = cases.map(|(what, _, fault)| Case::new(what, [fault]));
    let platform = Fault::status(500).host(CF_API_HOST).times(3);
    all(cases.chain([Case::new("the platform", [platform])]));
}

#[test]
fn a_service_that_is_not_there_is_given_up_after_three_retries() {
    std::thread::scope(|scope| {
        for status in [500_u16, 502, 503, 504] {
            scope.spawn(move || {
                let fault = Fault::status(status).host(REGISTRY).path(MANIFESTS);
                let case = Case::new("down", [fault]).undecided("registry-error");
                let (world, run) = case.says(&format!("us.icr.io: status {status}")).run();
                assert_eq!(asked(&world, REGISTRY, MANIFESTS), 4, "{status}: {run}");
            });
        }
        scope.spawn(|| {
            let iam = Case::new("iam", [Fault::status(503).host(IAM_HOST)]).unknown_key();
            let platform = Case::new("the platform", [Fault::status(503).host(CF_API_HOST)]);
            all([
                iam.definitive("key-invalid", 77).says("iam-unreachable"),
                platform.undecided("cf-unreachable").says("503"),
            ]);
        });
    });
}

#[test]
fn what_will_not_pass_is_asked_for_once() {
    let cases: [(u16, &str, &str, i32); 7] = [
        (400, "undecided", "registry-error", 69),
        (403, "definitive", "no-access", 77),
        (405, "undecided", "registry-error", 69),
        (408, "undecided", "registry-error", 69),
        (410, "undecided", "registry-error", 69),
        (418, "undecided", "registry-error", 69),
        (501, "undecided", "registry-error", 69),
    ];
    std::thread::scope(|scope| {
        for (status, weight, name, code) in cases {
            scope.spawn(move || {
                let fault = Fault::status(status).host(REGISTRY).path(MANIFESTS);
                let case = Case { stop: Some((name, weight, code)), ..Case::new(name, [fault]) };
                let (world, run) = case.says(&format!("us.icr.io answered {status}")).run();
                assert_eq!(asked(&world, REGISTRY, MANIFESTS), 1, "{status}: {run}");
            });
        }
    });
}
