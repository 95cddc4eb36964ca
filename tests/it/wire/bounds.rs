//! Answers that are late, slow, cut off or without an end: every wait and every answer has its
//! bound.

use std::time::Duration;

use icr_cf_sandbox::{Action, CF_API_HOST, Fault, IAM_HOST, World};

use super::{
    BLOBS, Case, DOWNLOADS, IMAGE, MANIFESTS, PLAIN_IMAGE, PLAIN_REGISTRY, REGISTRY, SOON, TOKEN,
    all, everywhere,
};
use crate::support::{Invocation, secrets_stay};

const LATE: Action = Action::Delay(Duration::from_secs(60));

#[test]
fn whatever_is_late_ends_with_the_time_for_all_checks() {
    let quick = |what, fault| Case::new(what, [fault]).words(&["--check-timeout", "1s"]);
    let drops = || Fault::new(Action::SlowBody { pause: Duration::from_millis(400), piece: 1 });
    let headers = everywhere(|| Fault::new(LATE)).into_iter();
    // A redirect has no body that could come drop by drop.
    let bodies = everywhere(drops).into_iter().filter(|(what, ..)| *what != "the configuration");
    let places = headers.chain(bodies).map(|(what, host, fault)| {
        let case = quick(what, fault).undecided("registry-unreachable");
        case.says(&format!("{host}: time-out")).says("--check-timeout")
    });
    let connect = Fault::new(LATE).host(REGISTRY).method("CONNECT");
    let platform = quick("the platform", Fault::new(LATE).host(CF_API_HOST));
    let iam = quick("iam", Fault::new(LATE).host(IAM_HOST)).unknown_key();
    all(places.chain([
        quick("a connection", connect).undecided("registry-unreachable").says("time-out"),
        platform.undecided("cf-unreachable").says("api.cf.sandbox: time-out"),
        iam.definitive("key-invalid", 77).says("iam.cloud.ibm.com: time-out"),
    ]));
}

#[test]
fn resolving_ends_with_the_time_for_all_checks() {
    let world = World::start().unwrap();
    world.add_fault(Fault::new(LATE).host(REGISTRY));
    for question in ["--digest", "--tags"] {
        let words = ["resolve", question, "--check-timeout", "500ms", IMAGE];
        let run = Invocation::new(words).in_world(&world);
        let run = run.variable("ICR_CF_API_KEY", world.sample_key()).run();
        secrets_stay(&world, &run, world.sample_key(), &[]);
        assert_eq!((run.code, run.out()), (Some(69), ""), "{run}");
        assert!(run.err().contains("time-out") && run.time < SOON, "{run}");
    }
}

#[test]
fn a_body_that_comes_in_pieces_is_read_to_its_end() {
    let pieces = || Fault::new(Action::SlowBody { pause: Duration::from_millis(10), piece: 64 });
    all(everywhere(pieces).into_iter().map(|(what, _, fault)| Case::new(what, [fault])));
}

#[test]
fn a_body_that_breaks_off_is_no_answer() {
    let broken = || Fault::new(Action::TruncatedBody);
    // A redirect has no body to speak of; the one that a registry sends itself has.
    let places = everywhere(broken).into_iter().filter(|(what, ..)| *what != "the configuration");
    let plain = broken().host(PLAIN_REGISTRY).path(BLOBS);
    let cases = places.map(|(what, host, fault)| (what, host, Case::new(what, [fault])));
    let plain = Case::new("a blob at the registry", [plain]).image(PLAIN_IMAGE);
    let cases = cases.chain([("a blob at the registry", PLAIN_REGISTRY, plain)]);
    all(cases.map(|(_, host, case)| {
        case.undecided("registry-error").says(&format!("{host}: the answer breaks off"))
    }));
}

#[test]
fn a_body_without_an_end_is_read_as_far_as_its_bound() {
    let huge = || Fault::new(Action::HugeBody(64 << 20));
    let cases = [
        ("4194304", huge().host(REGISTRY).path(MANIFESTS)),
        ("8388608", huge().host(DOWNLOADS)),
        ("262144", huge().host(REGISTRY).path(TOKEN)),
    ];
    let cases = cases.map(|(most, fault)| {
        let case = Case::new(most, [fault]).undecided("registry-error");
        case.says(&format!("the answer is longer than {most} bytes"))
    });
    let plain = huge().host(PLAIN_REGISTRY).path(BLOBS);
    let plain = Case::new("a blob", [plain]).image(PLAIN_IMAGE).undecided("registry-error");
    let platform = Case::new("the platform", [huge().host(CF_API_HOST)]);
    let iam = Case::new("iam", [huge().host(IAM_HOST)]).unknown_key();
    all(cases.into_iter().chain([
        plain.says("the answer is longer than 8388608 bytes"),
        platform.undecided("cf-unreachable").says("the answer is longer than 262144 bytes"),
        iam.definitive("key-invalid", 77).says("the answer is longer than 262144 bytes"),
    ]));
}
