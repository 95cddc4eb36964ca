//! Faults of the wire and refusals at each question and each change of a rotation: it ends within its
//! bound, what it says of the app is what runs, and nothing is done twice.

use std::time::Duration;

use icr_cf_sandbox::{Action, CF_API_HOST, Fault, World};

use super::{WEB, another_key, pinned, run_with};

/// What is asked and changed, by method and the beginning of the path.
const CALLS: [(&str, &str); 12] = [
    ("GET", "/v3/apps"),
    ("GET", "/v3/droplets"),
    ("GET", "/v3/packages"),
    ("GET", "/v3/deployments?"),
    ("POST", "/v3/packages"),
    ("POST", "/v3/builds"),
    ("GET", "/v3/builds/"),
    ("POST", "/v3/deployments"),
    ("GET", "/v3/deployments/"),
    ("GET", "/v3/processes/"),
    ("PATCH", "/v3/apps/"),
    ("POST", "/v3/apps/"),
];

fn faults() -> Vec<(&'static str, Fault)> {
    let refusal = |status, code: u32, title: &str| {
        let body = serde_json::json!({"errors": [{"code": code, "title": title, "detail": "no"}]});
        Fault::status(status).body(body.to_string())
    };
    vec![
        ("a reset", Fault::new(Action::Reset).times(6)),
        ("a reset once", Fault::new(Action::Reset).times(1)),
        ("500", Fault::status(500).times(6)),
        ("503 once", Fault::status(503).times(1)),
        ("a cut body", Fault::new(Action::TruncatedBody).times(3)),
        ("no JSON", Fault::status(200).body("<html>").times(3)),
        ("another document", Fault::status(200).body("{\"guid\": [7]}").times(3)),
        ("a deep document", Fault::status(200).body("{\"a\":".repeat(10_000)).times(3)),
        ("too much", Fault::new(Action::HugeBody(1 << 30)).times(3)),
        ("429, come soon", Fault::rate_limited("1").times(1)),
        ("429, come late", Fault::rate_limited("3600").times(3)),
        ("401", refusal(401, 1000, "CF-InvalidAuthToken").times(2)),
        ("403", refusal(403, 10003, "CF-NotAuthorized").times(3)),
        ("404", refusal(404, 10010, "CF-ResourceNotFound").times(3)),
        ("422", refusal(422, 10008, "CF-UnprocessableEntity").times(3)),
    ]
}

/// Whether what was said of the app is what runs.
fn is_so(world: &World, result: &str, (old, new): (&str, &str)) -> bool {
    let processes = world.processes("web");
    let all = |key: &str| !processes.is_empty() && processes.iter().all(|one| one.pulls_with(key));
    let is_up = world.instance_states("web").iter().all(|state| *state == "RUNNING");
    match result {
        "done" => all(new) && is_up,
        "failed" | "refused" | "not-started" | "interrupted" => all(old) && is_up,
        "unsure" => true,
        other => panic!("{other}"),
    }
}

#[track_caller]
fn is_honest(call: (&str, &str), what: &str, fault: Fault) {
    let (method, path) = call;
    let world = World::start().unwrap();
    let old = world.sample_key().to_owned();
    world.run_app("web", &pinned(&world, WEB), &old).unwrap();
    world.set_staging_time(Duration::from_millis(300));
    world.set_start_time(Duration::from_millis(300));
    let new = another_key(&world);
    world.add_fault(fault.host(CF_API_HOST).method(method).path(path.trim_end_matches('?')));
    let mut words = vec!["rotate", "--timeout", "8s", "--output", "json"];
    if path == "/v3/apps/" && method == "POST" {
        words.push("--restart");
    }
    let run = run_with(&world, &new, &words);
    let here = format!("{what} at {method} {path}: {run}");
    assert!(run.time < Duration::from_secs(25), "{here}");
    let code = run.code.unwrap_or(-1);
    assert!([0, 2, 65, 66, 69, 77, 78, 124].contains(&code), "{here}");
    assert!(world.deployments().len() < 2, "{here}");
    world.clear_faults();
    let document: serde_json::Value = serde_json::from_str(run.out()).unwrap_or_default();
    if let Some(app) = document["apps"].get(0) {
        let result = app["result"].as_str().unwrap();
        assert_eq!(result == "done", code == 0, "{here}");
        assert!(is_so(&world, result, (&old, &new)), "{here}\n{:?}", world.processes("web"));
        assert!(code == 0 || app["error"]["message"].is_string(), "{here}");
    } else {
        assert_ne!(code, 0, "{here}");
        assert!(is_so(&world, "failed", (&old, &new)), "{here}");
        assert!(world.builds().len() == 1, "nothing was begun: {here}");
    }
    // And the next run makes it good.
    let run = run_with(&world, &new, &["rotate"]);
    assert_eq!(run.code, Some(0), "the run after {here}: {run}");
    assert!(is_so(&world, "done", (&old, &new)), "the run after {here}");
}

/// Some of the calls, in a few threads each: most of the time goes by waiting.
fn at(calls: &[(&'static str, &'static str)]) {
    std::thread::scope(|scope| {
        for call in calls {
            for some in faults().chunks(5) {
                let some = some.to_vec();
                scope.spawn(move || {
                    for (what, fault) in some {
                        is_honest(*call, what, fault);
                    }
                });
            }
        }
    });
}

#[test]
fn faults_of_the_lists_begin_nothing() {
    at(&CALLS[..4]);
}

#[test]
fn faults_of_the_staging_change_nothing_that_runs() {
    at(&CALLS[4..7]);
}

#[test]
fn faults_of_the_deployment_are_told_as_what_they_come_to() {
    at(&CALLS[7..]);
}
