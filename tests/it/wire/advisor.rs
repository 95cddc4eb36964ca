//! What goes wrong with Vulnerability Advisor and the token of IAM that it takes: nothing of it
//! decides a push, each ends within its bound, and neither key nor token goes elsewhere.

use std::time::Duration;

use icr_cf_sandbox::{Action, Fault, IAM_HOST};

use super::{Case, REGISTRY, SOON, all, asked};

const STATUS: &str = "/va/api/v4/report/image/status/";
const REPORT: &str = "/va/api/v4/report/image/us.icr.io";
const TAG: &str = "/v2/acme/hello/manifests/1.0";
const HTML: &str = "<html><body><h1>Sign in to the hotel's network</h1></body></html>";

/// Everything that is asked of the advisor's host for an image, and the tag behind it, each with the
/// fault there. What the other checks ask comes through.
fn everywhere(make: impl Fn() -> Fault) -> Vec<(&'static str, Fault)> {
    let at = |path: &str| make().host(REGISTRY).path(path);
    vec![("the status", at(STATUS)), ("the report", at(REPORT)), ("the tag", at(TAG).skip(1))]
}

fn case(what: &str, fault: Fault) -> Case {
    Case::new(what, [fault]).vulnerabilities()
}

/// A token of IAM that does not come.
fn of_iam(what: &str, fault: Fault) -> Case {
    case(what, fault.host(IAM_HOST)).undecided("iam-unreachable")
}

#[test]
fn without_a_fault_there_is_a_verdict() {
    let (world, run) =
        Case::new("no fault", []).vulnerabilities().definitive("vulnerable", 65).run();
    let asked = |path| asked(&world, REGISTRY, path);
    assert_eq!((asked(STATUS), asked(REPORT), asked(TAG)), (1, 1, 2), "{run}");
    let tokens = world.requests().iter().filter(|one| one.host == IAM_HOST).count();
    assert_eq!(tokens, 1, "{run}");
}

#[test]
fn whatever_is_late_ends_with_the_time_there_is() {
    let quick = |case: Case| case.words(&["--check-timeout", "1s"]);
    let late = || Fault::new(Action::Delay(Duration::from_secs(60)));
    let drops = || Fault::new(Action::SlowBody { pause: Duration::from_millis(400), piece: 1 });
    let places = everywhere(late).into_iter().chain(everywhere(drops));
    let places = places.map(|(what, fault)| {
        let case = quick(case(what, fault)).undecided("registry-unreachable");
        case.says("us.icr.io: time-out").says("--check-timeout")
    });
    all(places.chain([quick(of_iam("iam", late())).says("iam.cloud.ibm.com: time-out")]));
}

#[test]
fn a_body_that_comes_in_pieces_is_read_to_its_end() {
    let pieces = || Fault::new(Action::SlowBody { pause: Duration::from_millis(5), piece: 256 });
    all(everywhere(pieces)
        .into_iter()
        .map(|(what, fault)| case(what, fault).definitive("vulnerable", 65)));
}

#[test]
fn a_body_that_breaks_off_or_has_no_end_is_no_answer() {
    let broken = everywhere(|| Fault::new(Action::TruncatedBody)).into_iter();
    let broken = broken.map(|(what, fault)| {
        case(what, fault).undecided("registry-error").says("us.icr.io: the answer breaks off")
    });
    let huge = everywhere(|| Fault::new(Action::HugeBody(64 << 20))).into_iter();
    let huge = huge.zip(["262144", "33554432", "4194304"]).map(|((what, fault), most)| {
        let case = case(what, fault).undecided("registry-error");
        case.says(&format!("the answer is longer than {most} bytes"))
    });
    let iam = [
        of_iam("iam breaks off", Fault::new(Action::TruncatedBody)),
        of_iam("iam has no end", Fault::new(Action::HugeBody(64 << 20))),
    ];
    all(broken.chain(huge).chain(iam));
}

#[test]
fn connections_that_break_are_tried_again_and_then_given_up() {
    let resets = everywhere(|| Fault::new(Action::Reset)).into_iter();
    let resets = resets.map(|(what, fault)| {
        case(what, fault).undecided("registry-unreachable").says("us.icr.io: connection reset")
    });
    all(resets.chain([of_iam("iam", Fault::new(Action::Reset)).says("connection reset")]));
    let once = everywhere(|| Fault::new(Action::Reset).times(1)).into_iter();
    all(once.map(|(what, fault)| case(what, fault).definitive("vulnerable", 65)));
}

#[test]
fn too_many_requests_and_trouble_are_tried_again_and_then_given_up() {
    std::thread::scope(|scope| {
        for (what, fault) in everywhere(|| Fault::rate_limited("0")) {
            scope.spawn(move || {
                let (world, run) = case(what, fault).undecided("rate-limited").run();
                let path = [("the status", STATUS), ("the report", REPORT)];
                for (_, path) in path.iter().filter(|(of, _)| *of == what) {
                    assert_eq!(asked(&world, REGISTRY, path), 4, "{what}: {run}");
                }
            });
        }
    });
    let troubles = everywhere(|| Fault::status(503)).into_iter();
    let troubles = troubles.map(|(what, fault)| {
        case(what, fault).undecided("registry-error").says("status 503, to the last try")
    });
    all(troubles.chain([of_iam("iam", Fault::status(503))]));
    let once = everywhere(|| Fault::rate_limited("0").times(1)).into_iter();
    all(once.map(|(what, fault)| case(what, fault).definitive("vulnerable", 65)));
}

#[test]
fn a_redirect_is_not_followed() {
    for url in ["https://dd0.us.icr.io/x", "http://us.icr.io/x", "https://de.icr.io/va/x"] {
        let places = everywhere(|| Fault::new(Action::RedirectTo(url.to_owned()))).into_iter();
        for (what, fault) in places.take(2) {
            let (world, run) = case(what, fault).undecided("registry-error").run();
            let host = url.split('/').nth(2).unwrap();
            let led =
                |one: &icr_cf_sandbox::Request| one.host == host && one.path().ends_with("/x");
            assert!(!world.saw(led), "{what}: {run}");
        }
    }
    let of_iam = Fault::new(Action::RedirectTo("https://us.icr.io/x".to_owned())).host(IAM_HOST);
    let (world, run) = case("iam", of_iam).undecided("not-scanned").run();
    assert!(!world.saw(|one| one.path() == "/x"), "{run}");
}

#[test]
fn a_page_for_people_is_no_answer_of_the_advisor() {
    let page = |status: u16| Fault::status(status).header("Content-Type", "text/html").body(HTML);
    let at = |status, path: &str| case(path, page(status).host(REGISTRY).path(path));
    all([STATUS, REPORT].into_iter().flat_map(|path| {
        [
            at(403, path).undecided("registry-error").says("a page for people"),
            at(418, path).undecided("registry-error").says("it answered 418 with a page"),
            // While it has nothing to say, what comes need not be JSON.
            at(200, path).definitive("not-scanned", 69).says("answered 200, not scanned yet"),
            at(404, path).definitive("not-scanned", 69).says("answered 404, not scanned yet"),
        ]
    }));
}

#[test]
fn its_own_word_for_no_scan_counts_under_any_status() {
    let text = r#"{"message": "BXNVA0009E: us.icr.io/acme/hello:1.0 has not been scanned."}"#;
    all([200, 400, 404, 409, 422].map(|status| {
        let fault = Fault::status(status).body(text).host(REGISTRY).path(STATUS);
        case(&status.to_string(), fault).definitive("not-scanned", 69)
    }));
}

#[test]
fn refusals_are_undecided_whoever_refuses() {
    let refused = |status: u16, path: &str| {
        let fault = Fault::registry_error(status, "DENIED", "no").host(REGISTRY).path(path);
        case(path, fault).undecided("not-scanned").says(&format!("us.icr.io answered {status}"))
    };
    let iam = Fault::status(400).body(r#"{"errorCode": "BXNIM0415E", "errorMessage": "x"}"#);
    let iam = case("iam", iam.host(IAM_HOST)).undecided("not-scanned");
    let nothing = Fault::status(200).body(r#"{"access_token": "a.b.c"}"#).host(IAM_HOST);
    let nothing = case("no account", nothing).undecided("not-scanned");
    all([
        refused(401, STATUS),
        refused(403, STATUS),
        refused(401, REPORT),
        refused(403, REPORT),
        iam.says("iam.cloud.ibm.com gives no token"),
        nothing.says("the token of IAM names no account"),
    ]);
}

#[test]
fn documents_that_are_not_what_they_should_be_decide_nothing() {
    let instead = |path: &str, body: &str| {
        case(body, Fault::new(Action::Body(body.to_owned())).host(REGISTRY).path(path))
    };
    all([
        instead(STATUS, r#"{"status": "SOMETHING"}"#)
            .undecided("registry-error")
            .says("it answered the status `SOMETHING`"),
        instead(STATUS, r#"{"status": 7}"#).definitive("not-scanned", 69),
        instead(STATUS, "[]").definitive("not-scanned", 69),
        instead(REPORT, r#"{"status": "FAIL"}"#).undecided("registry-error"),
        instead(REPORT, r#"{"status": "FAIL", "vulnerabilities": 3}"#)
            .definitive("not-scanned", 69),
        instead(REPORT, r#"{"status": "INCOMPLETE"}"#).definitive("not-scanned", 69),
        instead(REPORT, r#"{"status": "FAIL", "vulnerabilities": [{"cve_id": "CVE-1"}]}"#)
            .definitive("vulnerable", 65),
    ]);
}

#[test]
fn a_wait_has_an_end_though_nobody_ever_scans() {
    let fault = Fault::status(404).body("not yet").host(REGISTRY).path(STATUS);
    let case = case("never", fault).words(&["--vulnerabilities-wait", "2s"]);
    let (world, run) = case.definitive("not-scanned", 69).says("within 2s").run();
    assert!(run.time >= Duration::from_secs(2) && run.time < SOON, "{run}");
    // At once, after 0.5, 1.5 and 2 seconds.
    assert_eq!(asked(&world, REGISTRY, STATUS), 4, "{run}");
}

#[test]
fn the_token_of_iam_goes_to_the_registry_of_the_image_alone() {
    let (world, run) =
        Case::new("no fault", []).vulnerabilities().definitive("vulnerable", 65).run();
    let of_advisor = |one: &icr_cf_sandbox::Request| one.path().starts_with("/va/");
    let requests = world.requests();
    let hashes = requests.iter().filter(|one| of_advisor(one));
    let hashes: std::collections::BTreeSet<_> =
        hashes.map(|one| one.authorization_sha256.clone().unwrap()).collect();
    assert_eq!(hashes.len(), 1, "{run}");
    for one in requests.iter().filter(|one| !of_advisor(one)) {
        let has = one.authorization_sha256.as_ref().is_some_and(|hash| hashes.contains(hash));
        assert!(!has, "{one:?}: {run}");
    }
    assert!(requests.iter().filter(|one| of_advisor(one)).all(|one| one.host == REGISTRY));
}
