//! The key goes into the package and nowhere else, whatever the platform says back.

use icr_cf_sandbox::{CF_API_HOST, Fault, World};
use serde_json::json;

use super::{WEB, another_key, pinned, run_with};

/// A world with an app, and a new key.
fn world() -> (World, String) {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    let new = another_key(&world);
    (world, new)
}

/// Answers that have the key in them, at each place that is read.
fn echoes(key: &str, droplet: &str) -> Vec<(&'static str, &'static str, Fault)> {
    let refusal = |status: u16| {
        let detail = format!("cannot use {key} there");
        let errors = json!({"errors": [{"code": 10008, "title": key, "detail": detail}]});
        Fault::status(status).body(errors.to_string())
    };
    let says = |body: serde_json::Value| Fault::status(200).body(body.to_string());
    let page = |one: serde_json::Value| says(json!({"pagination": {}, "resources": [one]}));
    let mut all: Vec<(&str, &str, Fault)> = Vec::new();
    for (method, path) in [
        ("GET", "/v3/apps"),
        ("GET", "/v3/droplets"),
        ("GET", "/v3/packages"),
        ("GET", "/v3/deployments"),
        ("GET", "/v3/deployments/"),
        ("GET", "/v3/builds/"),
        ("GET", "/v3/audit_events"),
        ("GET", "/v3/processes/"),
        ("POST", "/v3/packages"),
        ("POST", "/v3/builds"),
        ("POST", "/v3/deployments"),
        ("PATCH", "/v3/apps/"),
    ] {
        all.push((method, path, refusal(422)));
        all.push((method, path, refusal(404)));
        all.push((method, path, refusal(403)));
        all.push((method, path, Fault::status(500).body(format!("<b>{key}</b>"))));
    }
    all.push(("GET", "/v3/builds/", says(json!({"guid": "b", "state": "FAILED", "error": key}))));
    let app = json!({
        "guid": "app-1", "name": key, "state": key, "lifecycle": {"type": "docker"},
        "relationships": {"current_droplet": {"data": {"guid": droplet}}},
        "metadata": {"annotations": {"icr-cf.tool/reference": key, "icr-cf.tool/pushed-at": key}},
    });
    all.push(("GET", "/v3/apps", page(app)));
    let made = json!({"guid": droplet, "state": key,
        "image": format!("us.icr.io/acme/{key}"), "created_at": key});
    all.push(("GET", "/v3/droplets", page(made)));
    let event = json!({"created_at": key, "target": {"guid": "app-0000-0000-0000-000000000001"},
        "data": {"exit_description": format!("failed to pull image {key}: unauthorized")}});
    all.push(("GET", "/v3/audit_events", page(event)));
    let status = json!({"guid": "d", "status": {"value": "ACTIVE", "reason": "DEPLOYING",
        "details": {"error": key}}, "new_processes": [{"guid": "p", "type": "web"}]});
    all.push(("GET", "/v3/deployments/", says(status)));
    let crashed = json!({"resources": [{"state": "CRASHED", "details": key}]});
    all.push(("GET", "/v3/processes/", says(crashed)));
    all
}

#[test]
fn a_platform_that_says_the_key_back_is_not_repeated() {
    let count = echoes("key", "droplet").len();
    std::thread::scope(|scope| {
        for first in 0..8 {
            scope.spawn(move || {
                for at in (first..count).step_by(8) {
                    is_not_repeated(at);
                }
            });
        }
    });
}

fn is_not_repeated(at: usize) {
    let commands = [
        &["audit", "--verbose"][..],
        &["audit", "--output", "json"],
        &["rotate", "--timeout", "1s"],
        &["rotate", "--timeout", "1s", "--output", "json", "--on-error", "continue"],
        &["rotate", "--restart", "--timeout", "1s"],
        &["rollback", "web", "--list"],
        &["rollback", "web", "--to", DIGEST, "--timeout", "1s"],
    ];
    // Each place with half of them, which is all of them for all places together.
    for words in commands.iter().skip(at % 2).step_by(2) {
        let (world, new) = world();
        let droplet = world.droplets().last().unwrap().guid.clone();
        let (method, path, fault) = echoes(&new, &droplet).swap_remove(at);
        world.add_fault(fault.host(CF_API_HOST).method(method).path(path).times(6));
        // All of what stays is held in there.
        run_with(&world, &new, words);
    }
}

const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[test]
fn the_key_goes_to_the_package_and_no_note_of_it_to_anywhere() {
    let (world, new) = world();
    let run = run_with(&world, &new, &["rotate", "--verbose"]);
    assert_eq!(run.code, Some(0), "{run}");
    for request in world.requests() {
        let is_package = request.method == "POST" && request.path() == "/v3/packages";
        let may = is_package || request.host != CF_API_HOST;
        assert!(may || !request.carries(&new), "{request:?}");
        assert!(!request.target.contains(&new), "{request:?}");
    }
    for package in world.packages() {
        assert!(!format!("{:?}", package.metadata).contains(&new));
    }
    assert!(!format!("{:?}", world.app("web").unwrap().metadata).contains(&new));
}

#[test]
fn each_source_of_the_key_works_for_all_three() {
    let (world, new) = world();
    let file = world.folder().join("key");
    std::fs::write(&file, &new).unwrap();
    let (file, command) = (file.to_str().unwrap(), format!("cat {}", file.display()));
    for words in
        [&["audit"][..], &["rotate"], &["rotate", "--dry-run"], &["rollback", "web", "--list"]]
    {
        let run = |more: &[&str], variable: Option<(&str, &str)>, stdin: Option<&str>| {
            let words: Vec<&str> = words.iter().chain(more).copied().collect();
            let mut one = crate::support::Invocation::new(&words)
                .in_world(&world)
                .variable("PATH", std::env::var_os("PATH").unwrap());
            let stand_in = one.place().path("bin").join("cf");
            one = one.variable("ICR_CF_CF", stand_in);
            if let Some((name, value)) = variable {
                one = one.variable(name, value);
            }
            if let Some(text) = stdin {
                one = one.stdin(text);
            }
            let run = one.run();
            crate::support::secrets_stay(&world, &run, &new, &[]);
            assert_eq!(run.code, Some(0), "{words:?}: {run}");
        };
        run(&["--api-key-file", file], None, None);
        run(&["--api-key-stdin"], None, Some(&new));
        run(&["--api-key-command", &command], None, None);
        run(&[], Some(("IBMCLOUD_API_KEY", &new)), None);
        run(&["--api-key-for", "acme=env:MINE"], Some(("MINE", &new)), None);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn no_process_has_the_key_but_the_one_that_was_given_it() {
    use std::time::Duration;

    use icr_cf_sandbox::{Action, Key, Login};
    use rustix::process::Signal;

    use crate::leaks::seen_in_processes;
    use crate::support::{Invocation, key_of};

    let never = Duration::from_secs(3600);
    for stage in ["cf renews its token", "it deploys"] {
        let (world, _) = world();
        let key = key_of(&format!("rotate {stage}"));
        world.add_key(Key::with_value(key.clone()).namespaces(["acme"]));
        let host = if stage == "it deploys" { CF_API_HOST } else { "login.cf.sandbox" };
        if stage == "it deploys" {
            world.set_start_time(never);
        } else {
            world.write_cf_home(world.cf_home(), Login::EndsSoon).unwrap();
            world.add_fault(Fault::new(Action::Delay(never)).host(host));
        }
        let rotate = Invocation::new(["rotate"]).in_world(&world);
        let mut running = rotate.variable("ICR_CF_API_KEY", &key).start();
        running.wait_for(stage, |_| {
            let deploys = !world.deployments().is_empty();
            deploys || (host != CF_API_HOST && world.saw(|one| one.host == host))
        });
        assert_eq!(seen_in_processes(&key), [("environ", running.pid())], "{stage}");
        running.kill(Signal::TERM);
        let run = running.finish();
        assert_eq!(run.code, Some(143), "{stage}: {run}");
        crate::support::secrets_stay(&world, &run, &key, &[]);
    }
}
