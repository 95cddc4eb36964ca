//! Vulnerability Advisor is shown a token of IAM. Neither that nor the key is in anything that is
//! shown, also where the advisor repeats it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use icr_cf_sandbox::{Action, Fault, IAM_HOST, Key, World};
use serde_json::json;

use crate::support::{Invocation, KEY, secrets_stay};

const IMAGE: &str = "us.icr.io/acme/hello:1.0";
const STATUS: &str = "/va/api/v4/report/image/status/";

/// Answers that repeat a text in every place that something is read from, each with what stands
/// before it.
fn repeating(text: &str) -> Vec<Vec<Fault>> {
    let at = |fault: Fault, path: &str| fault.host("us.icr.io").path(path);
    let body = |text: String| Fault::status(200).body(text);
    let some = || at(body(json!({"status": "FAIL", "vulnerability_count": 1}).to_string()), STATUS);
    let none = || at(body(json!({"status": "OK"}).to_string()), STATUS);
    let package = json!({"package_name": text, "installed_version": text, "fix_version": text});
    let report = json!({
        "status": text,
        "vulnerabilities": [{
            "cve_id": text,
            "exempt_status": text,
            "security_notices": [{"notice_id": text, "vulnerable_packages": [package]}],
        }],
    });
    let error = json!({"code": text, "message": text, "errors": [{"message": text}]}).to_string();
    let manifest = |fault: Fault| at(fault, "/v2/acme/hello/manifests/1.0").skip(1);
    vec![
        vec![some(), at(body(report.to_string()), "/va/")],
        vec![at(body(json!({"status": text}).to_string()), STATUS)],
        vec![at(body(text.to_owned()), STATUS)],
        vec![at(Fault::status(200).header("Content-Type", text).body("x"), STATUS)],
        vec![at(Fault::status(403).body(error.clone()), STATUS)],
        vec![at(Fault::status(418).body(error.clone()), STATUS)],
        vec![at(Fault::new(Action::RedirectTo(format!("https://evil.example/?{text}"))), STATUS)],
        vec![none(), manifest(Fault::status(403).body(error.clone()))],
        vec![none(), manifest(Fault::status(418).body(error))],
    ]
}

/// A token of IAM for an account.
fn token(head: &str, account: &str, signature: &str) -> String {
    let payload = URL_SAFE_NO_PAD.encode(json!({"account": {"bss": account}}).to_string());
    format!("{head}.{payload}.{signature}")
}

/// Has the advisor repeat a text to somebody with that token.
fn is_not_shown(text: &str, token: &str) {
    let outputs = ["text", "json"];
    for (faults, output) in
        repeating(text).into_iter().flat_map(|one| outputs.map(|to| (one.clone(), to)))
    {
        let world = World::start().unwrap();
        world.add_key(Key::with_value(KEY));
        let given = Fault::status(200).body(json!({"access_token": token}).to_string());
        world.add_fault(given.host(IAM_HOST));
        let what = format!("{faults:?}");
        for fault in faults {
            world.add_fault(fault);
        }
        let words = ["check", "web", "--verbose", "--vulnerabilities", "fail", "--image", IMAGE];
        let words = words.iter().chain(&["--vulnerabilities-wait", "0s"]);
        let run = Invocation::new(words).arguments(["--output", output]);
        let run = run.variable("ICR_CF_API_KEY", KEY).in_world(&world).run();
        secrets_stay(&world, &run, KEY, &[]);
        run.shows_nothing_of(token, &[]);
        let elsewhere = |host: &str| host != "us.icr.io";
        let left = world.saw(|one| elsewhere(&one.host) && one.carries(token));
        assert!(!left, "{what}: {run}");
    }
}

#[test]
fn key_and_token_of_iam_are_not_shown_though_the_advisor_repeats_them() {
    let usual = token("eyJhbGciOiJSUzI1NiJ9", "5a0db0c0000000000000000000000001", "c2lnbmF0dXJl");
    // So short that nothing but knowing it finds it in a text.
    let short = token("a", "x", "b");
    std::thread::scope(|scope| {
        for token in [&usual, &short] {
            let texts =
                [KEY.to_owned(), token.clone(), format!("a {token} b"), format!("a {KEY} b")];
            scope.spawn(move || texts.iter().for_each(|text| is_not_shown(text, token)));
        }
    });
}
