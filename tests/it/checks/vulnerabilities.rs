//! What Vulnerability Advisor says of an image, and what of it counts.

use std::time::Duration;

use icr_cf::verdict::{Name, Weight};
use icr_cf_sandbox::{
    Action, Assessment, Fault, IAM_HOST, Image, Key, RegistryRole, ScanStatus, Vulnerability, World,
};
use serde_json::{Value, json};

use super::trial::{self, text};
use super::{Scenario, Trial, names, verdict};
use crate::support::{Run, wait_for};

const HELLO: &str = "us.icr.io/acme/hello:1.0";
const FAIL: [&str; 2] = ["--vulnerabilities", "fail"];

/// A check of an image by a key that may read reports.
fn of(image: &str, words: &[&str]) -> Trial {
    let trial = Trial::of(image).words(&FAIL).words(words);
    let key = trial.world.add_key(Key::random());
    trial.key(key)
}

fn assessed(assessment: Assessment, words: &[&str]) -> Trial {
    let trial = of(HELLO, words);
    trial.world.assess(HELLO, assessment);
    trial
}

/// Three vulnerabilities, one of them without a fix.
fn three() -> Assessment {
    Assessment::of([
        Vulnerability::new("CVE-2026-1001").package("openssl", "3.0.1", "3.0.2"),
        Vulnerability::new("CVE-2026-1002").package("zlib1g", "1.2", ""),
        Vulnerability::new("CVE-2026-1003").package("curl", "7.1", "7.2"),
    ])
}

fn status(status: ScanStatus) -> Assessment {
    Assessment::default().status(status)
}

const NO_WAIT: [&str; 2] = ["--vulnerabilities-wait", "0s"];

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: Name::Vulnerable,
        mends: "`ibmcloud cr va us.icr.io/acme/hello:1.0`",
        make: || assessed(three(), &[]),
    },
    Scenario {
        name: Name::NotScanned,
        mends: " --vulnerabilities-wait 15m`",
        make: || assessed(Assessment::default().after_polls(3), &NO_WAIT),
    },
    Scenario {
        name: Name::ScanUnsupported,
        mends: "take a base image that it knows",
        make: || assessed(status(ScanStatus::Unsupported), &[]),
    },
    Scenario {
        name: Name::ScanUnsupported,
        mends: "`ibmcloud cr image-tag us.icr.io/acme/web@sha256:",
        make: || of("us.icr.io/acme/web:1.4", &[]),
    },
];

#[test]
fn every_verdict_of_the_advisor() {
    trial::play(SCENARIOS);
}

/// The paths that were asked of the advisor.
fn asked(world: &World) -> Vec<String> {
    let of_advisor = |path: &str| path.strip_prefix("/va/api/v4/report/image/").map(str::to_owned);
    world.requests().iter().filter_map(|one| of_advisor(one.path())).collect()
}

fn vulnerabilities(run: &Run) -> Value {
    run.json()["apps"][0]["checks"]["vulnerabilities"].clone()
}

#[test]
fn nobody_is_asked_unless_somebody_wants_to_know() {
    for words in [&[][..], &["--vulnerabilities", "off"]] {
        let trial = Trial::of(HELLO).words(words);
        trial.world.assess(HELLO, three());
        let run = trial.json();
        assert_eq!((run.code, vulnerabilities(&run)), (Some(0), Value::Null), "{run}");
        assert_eq!(asked(&trial.world), [""; 0], "{run}");
        assert!(trial.asked(IAM_HOST).is_empty(), "{run}");
    }
}

#[test]
fn a_clean_image_is_pushed_and_its_report_is_not_fetched() {
    let trial = of(HELLO, &[]);
    let run = trial.check(&[]);
    assert!(run.out().contains("vulnerabilities  none found\n"), "{run}");
    assert_eq!(asked(&trial.world), ["status/us.icr.io%2Facme%2Fhello:1.0"], "{run}");
    let found = vulnerabilities(&trial.json());
    assert_eq!(
        (&found["status"], &found["found"], &found["list"]),
        (&"OK".into(), &0.into(), &json!([]))
    );
    let run = trial.push(&[]);
    assert_eq!((run.code, trial.world.packages().len()), (Some(0), 1), "{run}");
}

#[test]
fn what_is_found_is_named_with_package_and_fix_and_has_no_severity() {
    let trial = assessed(three(), &[]);
    let run = trial.json();
    let given = text(&verdict(&run, Name::Vulnerable));
    for part in [
        "Vulnerability Advisor finds 3 vulnerabilities in `us.icr.io/acme/hello:1.0`",
        "2 of 3 with a fix",
        "CVE-2026-1001: openssl 3.0.1, fixed in 3.0.2",
        "CVE-2026-1002: zlib1g 1.2, no fix yet",
    ] {
        assert!(given.contains(part), "{part}: {given}");
    }
    assert!(!run.out().to_ascii_lowercase().contains("severity"), "{run}");
    let expected = json!({
        "status": "FAIL", "found": 3, "counted": 3, "fixable": 2, "exempt": 0, "ignored": 0,
        "list": [
            {"id": "CVE-2026-1001", "packages": [
                {"name": "openssl", "installed": "3.0.1", "fixed": "3.0.2"}]},
            {"id": "CVE-2026-1003", "packages": [
                {"name": "curl", "installed": "7.1", "fixed": "7.2"}]},
            {"id": "CVE-2026-1002", "packages": [
                {"name": "zlib1g", "installed": "1.2", "fixed": null}]},
        ],
    });
    assert_eq!(vulnerabilities(&run), expected);
}

#[test]
fn only_what_counts_by_the_measure_stops() {
    let ignore = ["--ignore", "cve-2026-1001", "--ignore", "CVE-2026-1003"];
    for (words, counted, code) in [
        (&["--max-vulnerabilities", "2"][..], 3, 65),
        (&["--max-vulnerabilities", "3"], 3, 0),
        (&["--fixable-only"], 2, 65),
        (&["--fixable-only", "--max-vulnerabilities", "2"], 2, 0),
        (&ignore, 1, 65),
        (&[ignore.as_slice(), &["--fixable-only"]].concat(), 0, 0),
        (&[ignore.as_slice(), &["--max-vulnerabilities", "1"]].concat(), 1, 0),
    ] {
        let trial = assessed(three(), words);
        let run = trial.json();
        assert_eq!(run.code, Some(code), "{words:?}: {run}");
        let found = vulnerabilities(&run);
        assert_eq!((&found["found"], &found["counted"]), (&3.into(), &counted.into()), "{words:?}");
        let push = trial.push(words);
        assert_eq!(push.code, Some(code), "{words:?}: {push}");
    }
}

#[test]
fn what_the_account_exempts_does_not_count() {
    let exempt = Vulnerability::new("CVE-2026-1001").package("openssl", "1", "2").exempt();
    let all = assessed(Assessment::of([exempt.clone()]), &[]);
    let run = all.json();
    assert_eq!((run.code, &vulnerabilities(&run)["exempt"]), (Some(0), &1.into()), "{run}");
    let other = Vulnerability::new("CVE-2026-1002").package("zlib1g", "1", "2");
    let run = assessed(Assessment::of([exempt, other]), &[]).json();
    assert_eq!(run.code, Some(65), "{run}");
    let found = vulnerabilities(&run);
    assert_eq!((&found["exempt"], &found["found"]), (&1.into(), &1.into()));
    assert!(text(&verdict(&run, Name::Vulnerable)).contains("1 exempt in the account"), "{run}");
}

#[test]
fn a_report_stops_nothing_however_strict() {
    for assessment in [three(), status(ScanStatus::Unscanned), status(ScanStatus::Unsupported)] {
        let words = ["--vulnerabilities", "report", "--strict", "--vulnerabilities-wait", "0s"];
        let trial = assessed(assessment, &words);
        let run = trial.json();
        let given = run.verdicts();
        assert_eq!((given.len(), &given[0]["weight"]), (1, &"advice".into()), "{run}");
        assert_eq!(run.code, Some(0), "{run}");
        let name = given[0]["name"].as_str().unwrap();
        let push = trial.push(&words);
        assert_eq!((push.code, trial.world.packages().len()), (Some(0), 1), "{push}");
        // Somebody asked for it, so it is said whole.
        assert!(push.err().contains(&format!("advice[{name}]: ")), "{push}");
        let quiet = trial.push(&[words.as_slice(), &["--quiet"]].concat());
        assert!(!quiet.err().contains("advice"), "{quiet}");
    }
}

#[test]
fn a_report_that_cannot_be_had_stops_nothing_however_strict() {
    let trial = assessed(three(), &["--vulnerabilities", "report", "--strict"]);
    trial.world.add_fault(Fault::status(503).host("us.icr.io").path("/va/"));
    let run = trial.json();
    assert_eq!(verdict(&run, Name::RegistryError)["weight"], "advice", "{run}");
    assert_eq!((run.code, trial.push(&[]).code), (Some(0), Some(0)), "{run}");
}

#[test]
fn a_scan_that_goes_on_is_waited_for() {
    let trial = assessed(three().after_polls(2), &["--vulnerabilities-wait", "20s"]);
    let run = trial.json();
    assert_eq!(names(&run), ["vulnerable"], "{run}");
    let status = "status/us.icr.io%2Facme%2Fhello:1.0";
    assert_eq!(asked(&trial.world), [status, status, status, "us.icr.io%2Facme%2Fhello:1.0"]);
    // Nothing of it is JSON before there is something to say.
    let trial = assessed(three(), &["--vulnerabilities-wait", "20s"]);
    let fault = Fault::new(Action::Body("<html>".to_owned()));
    trial.world.add_fault(fault.host("us.icr.io").path("/va/").times(1));
    assert_eq!(names(&trial.json()), ["vulnerable"]);
}

#[test]
fn each_status_that_is_no_end_is_not_scanned_when_the_wait_ends() {
    for (state, words) in [
        (ScanStatus::Unscanned, "UNSCANNED: the scan has not begun"),
        (ScanStatus::Incomplete, "INCOMPLETE: the scan goes on"),
    ] {
        let trial = assessed(status(state), &["--vulnerabilities-wait", "700ms"]);
        let run = trial.json();
        let given = verdict(&run, Name::NotScanned);
        assert_eq!((run.code, &given["weight"]), (Some(69), &"definitive".into()), "{run}");
        assert!(text(&given).contains(words), "{given}");
        assert!(text(&given).contains("within 700ms"), "{given}");
        assert_eq!(asked(&trial.world).len(), 3, "{run}");
    }
}

#[test]
fn every_other_status_is_an_answer() {
    for (state, code) in [
        (ScanStatus::Ok, 0),
        (ScanStatus::Warn, 0),
        (ScanStatus::Unsupported, 0),
        // That it fails and lists nothing makes no sense.
        (ScanStatus::Fail, 0),
    ] {
        let run = assessed(status(state), &[]).json();
        assert_eq!(run.code, Some(code), "{state:?}: {run}");
        let expected: &[&str] = match state {
            ScanStatus::Unsupported => &["scan-unsupported"],
            ScanStatus::Fail => &["registry-error"],
            _ => &[],
        };
        assert_eq!(names(&run), expected, "{state:?}: {run}");
    }
}

#[test]
fn a_key_that_may_pull_and_read_no_report_leaves_it_undecided() {
    for key in [Key::random().namespaces(["acme"]), Key::random().role(RegistryRole::Writer)] {
        let trial = assessed(three(), &[]);
        let key = trial.world.add_key(key);
        let trial = trial.key(key);
        let run = trial.json();
        let given = verdict(&run, Name::NotScanned);
        assert_eq!((run.code, &given["weight"]), (Some(0), &"undecided".into()), "{run}");
        assert!(text(&given).contains("us.icr.io answered 403"), "{given}");
        assert!(
            text(&given).contains("--service-name container-registry --roles Reader"),
            "{given}"
        );
        assert_eq!(trial.check(&["--strict"]).code, Some(69));
    }
}

#[test]
fn who_has_no_token_of_iam_cannot_ask() {
    let trial = Trial::of("icr.io/ibm/liberty:latest").words(&FAIL).words(&["--no-key"]);
    let run = trial.json();
    let given = verdict(&run, Name::NotScanned);
    assert_eq!((run.code, &given["weight"]), (Some(0), &"undecided".into()), "{run}");
    assert!(text(&given).contains("no key is used for the image"), "{given}");
    assert_eq!(asked(&trial.world), [""; 0], "{run}");
}

#[test]
fn a_token_in_place_of_a_key_asks_as_well() {
    let trial = assessed(three(), &["--docker-username", "iambearer", "--allow-short-lived"]);
    let token = trial.world.iam_access_token(&trial.world.add_key(Key::random()), 600).unwrap();
    let run = trial.key(token).json();
    assert_eq!(names(&run), ["vulnerable"], "{run}");
}

#[test]
fn a_tag_that_goes_elsewhere_meanwhile_is_undecided() {
    for gone in [false, true] {
        let trial = assessed(three(), &[]);
        let late = Action::Delay(Duration::from_millis(1500));
        trial.world.add_fault(Fault::new(late).host("us.icr.io").path("/va/").times(1));
        let run = std::thread::scope(|scope| {
            let run = scope.spawn(|| trial.json());
            wait_for("a question", || !asked(&trial.world).is_empty());
            if gone {
                trial.world.remove_image(HELLO);
            } else {
                trial.world.add_image(HELLO, Image::runnable().label("another"));
            }
            run.join().unwrap()
        });
        let given = verdict(&run, Name::NotScanned);
        assert_eq!((run.code, &given["weight"]), (Some(0), &"undecided".into()), "{run}");
        let now = trial.world.digest_of(HELLO);
        let now =
            now.map_or("the tag is gone".to_owned(), |now| format!("the tag names {now} now"));
        assert!(text(&given).contains(&now), "{given}");
        assert_eq!(vulnerabilities(&run), Value::Null);
    }
}

#[test]
fn a_digest_has_no_verdict_and_a_tag_beside_it_has() {
    let digest = World::start().unwrap().digest_of(HELLO).unwrap();
    let alone = of(&format!("us.icr.io/acme/hello@{digest}"), &[]);
    alone.world.assess(HELLO, three());
    let run = alone.json();
    let given = verdict(&run, Name::ScanUnsupported);
    assert!(text(&given).contains("this reference has a digest alone"), "{given}");
    let command =
        format!("`ibmcloud cr image-tag us.icr.io/acme/hello@{digest} us.icr.io/acme/hello:TAG`");
    assert!(text(&given).contains(&command), "{given}");
    assert_eq!(asked(&alone.world), [""; 0], "{run}");
    let both = of(&format!("{HELLO}@{digest}"), &[]);
    both.world.assess(HELLO, three());
    assert_eq!(names(&both.json()), ["vulnerable"]);
    // A tag that names another image than the digest says nothing about the one that is pushed.
    let moved = of(&format!("{HELLO}@{digest}"), &[]);
    moved.world.add_image(HELLO, Image::runnable().label("another"));
    let run = moved.json();
    assert_eq!(verdict(&run, Name::NotScanned)["weight"], "undecided", "{run}");
}

#[test]
fn an_index_is_not_asked_about() {
    let trial = of("us.icr.io/acme/web:1.4", &[]);
    let run = trial.json();
    let given = text(&verdict(&run, Name::ScanUnsupported));
    let digest = trial.world.amd64_digest_of("us.icr.io/acme/web:1.4").unwrap();
    let command = format!("us.icr.io/acme/web@{digest} us.icr.io/acme/web:1.4-linux-amd64`");
    assert!(given.contains(&command), "{given}");
    assert_eq!(asked(&trial.world), [""; 0], "{run}");
}

#[test]
fn a_push_that_cannot_succeed_does_not_wait_for_a_scan_and_a_check_asks_about_the_rest() {
    let trial = assessed(three(), &[]);
    trial.world.disable_docker();
    let push = trial.stopped(&[]);
    assert_eq!((push.code, asked(&trial.world).len()), (Some(78), 0), "{push}");
    let check = trial.json();
    assert_eq!(names(&check), ["docker-disabled", "vulnerable"], "{check}");
    let unfit = of("us.icr.io/acme/app:1", &[]);
    unfit.world.add_image("us.icr.io/acme/app:1", Image::runnable().expose(&["53/udp"]));
    assert_eq!(names(&unfit.json()), ["no-tcp-port"]);
    assert_eq!(asked(&unfit.world), [""; 0]);
}

#[test]
fn the_kind_of_answer_decides_the_exit_code() {
    use Weight::{Definitive, Undecided};
    for scenario in SCENARIOS {
        let found = (scenario.name.weight(), scenario.name.exit_code().code());
        assert!([(Definitive, 65), (Definitive, 69), (Undecided, 69)].contains(&found));
    }
}
