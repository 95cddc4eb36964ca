//! Whoever puts the events of a run together has the document that the same run prints.

use icr_cf_sandbox::{Assessment, Client, Fault, Key, Vulnerability, World};
use serde_json::{Map, Value};

use super::events;
use crate::manifests::{many, scripted};
use crate::support::{Invocation, Run, Workplace};

/// The document, put together from the events.
#[track_caller]
fn rebuilt(run: &Run) -> Value {
    let events = events(run);
    let mut document = events.last().unwrap()["document"].clone();
    let ended = events.iter().filter(|one| one["event"] == "ended");
    let mut apps: Vec<(u64, &Value)> =
        ended.map(|one| (one["index"].as_u64().unwrap(), &one["record"])).collect();
    for (index, record) in &apps {
        let twice = apps.iter().filter(|(other, _)| other == index).count();
        assert_eq!(twice, 1, "{index} ended {twice} times: {run}");
        let app = events.iter().find(|one| one["index"] == *index).unwrap();
        assert_eq!(app["app"], record["app"], "{run}");
    }
    apps.sort_by_key(|(index, _)| *index);
    if !apps.is_empty() {
        assert_eq!(events[0]["apps"], apps.len(), "{run}");
        let apps = apps.into_iter().map(|(_, record)| record.clone()).collect();
        document.as_object_mut().unwrap().insert("apps".into(), Value::Array(apps));
    }
    document
}

/// The verdicts that were told, each with the place of its app.
fn told(run: &Run) -> Vec<(Value, Value)> {
    let events = events(run);
    let told = events.iter().filter(|one| one["event"] == "verdict");
    sorted(told.map(|one| (one["index"].clone(), one["verdict"].clone())).collect())
}

/// The verdicts that a document has.
fn found(document: &Value) -> Vec<(Value, Value)> {
    let of = |one: &Value| one["checks"]["verdicts"].as_array().cloned().unwrap_or_default();
    let shared = of(document).into_iter().map(|verdict| (Value::Null, verdict));
    let apps = document["apps"].as_array().cloned().unwrap_or_default();
    let of_apps = apps.iter().enumerate();
    let of_apps =
        of_apps.flat_map(|(at, app)| of(app).into_iter().map(move |one| (at.into(), one)));
    sorted(shared.chain(of_apps).collect())
}

fn sorted(mut verdicts: Vec<(Value, Value)>) -> Vec<(Value, Value)> {
    verdicts.sort_by_key(|one| format!("{one:?}"));
    verdicts
}

/// The same with nothing in it that differs from run to run.
fn settled(document: &Value, run: &Run) -> Value {
    fn without_times(value: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                let settled = fields.iter().map(|(name, value)| {
                    let is_time = ["seconds", "requests"].contains(&name.as_str());
                    (name.clone(), if is_time { 0.into() } else { without_times(value) })
                });
                Value::Object(settled.collect::<Map<_, _>>())
            }
            Value::Array(all) => all.iter().map(without_times).collect(),
            other => other.clone(),
        }
    }
    let text = without_times(document).to_string();
    let text = text.replace(run.place.root().to_str().unwrap(), "[PLACE]");
    serde_json::from_str(&text.replace("json-lines", "json")).unwrap()
}

/// Runs it for a document and for events, and compares.
#[track_caller]
fn same(make: impl Fn() -> Invocation) -> (Run, Run) {
    same_when(make, Invocation::run)
}

#[track_caller]
fn same_when(make: impl Fn() -> Invocation, finish: impl Fn(Invocation) -> Run) -> (Run, Run) {
    let json = finish(make().arguments(["--output", "json"]));
    let lines = finish(make().arguments(["--output", "json-lines"]));
    assert_eq!(lines.code, json.code, "{json}\n{lines}");
    let (document, put_together) = (json.json(), rebuilt(&lines));
    assert_eq!(settled(&put_together, &lines), settled(&document, &json), "{lines}");
    assert_eq!(told(&lines), found(&put_together), "{lines}");
    (json, lines)
}

#[test]
fn of_a_push_of_one_app_however_it_ends() {
    for script in [
        "out Pushing app web...;exit 0",
        "out Staging app and tracing logs...;err StagingError - no;exit 1",
        "err FAILED; exit 3",
    ] {
        let (json, lines) = same(|| Invocation::push(script));
        assert_eq!(lines.err(), json.err(), "what cf prints goes where it went");
    }
    #[cfg(unix)]
    same(|| Invocation::push("die KILL"));
    same(|| Invocation::push("sleep 20000").arguments(["--timeout", "200ms"]));
    same(|| {
        let logs = "out WEB ERR Failed to pull: unauthorized";
        Invocation::push("out Staging app and tracing logs...; exit 1")
            .arguments(["--show-logs"])
            .variable("CF_STAND_IN_LOGS_SCRIPT", logs)
    });
}

#[test]
fn of_a_push_of_several_apps_with_and_without_failures() {
    for (script, words) in [
        ("out x", &[][..]),
        ("app app-2 err StagingError - no; app app-2 exit 3; out x", &["--jobs", "1"]),
        ("app app-2 exit 3; out x", &["--on-error", "continue", "--jobs", "8", "--show-logs"]),
    ] {
        same(|| scripted(&many(5), script).arguments(words));
    }
}

#[test]
fn of_fifty_apps_side_by_side() {
    let (_, lines) = same(|| scripted(&many(50), "out x").arguments(["--jobs", "16"]));
    assert_eq!(events(&lines).iter().filter(|one| one["event"] == "ended").count(), 50);
}

#[test]
fn of_what_is_refused_before_cf() {
    same(|| Invocation::new(["push", "web", "--image", "us.icr.io/acme/Web"]));
    same(|| Invocation::new(["push", "--no-start=yes"]));
    same(|| Invocation::new(["check", "--nonsense"]));
    same(|| Invocation::new(["pusch", "web"]));
    same(Invocation::push_without_key);
    same(|| Invocation::push("exit 0").arguments(["--cf", "no-such-cf"]));
    same(|| {
        let place = Workplace::new();
        place.write("work/manifest.yml", "applications:\n- name: web\n  instances: two\n");
        Invocation::new_in(place, ["push"])
    });
    same(|| scripted(&many(2), "out x").variable("ICR_CF_LEVEL", "2"));
}

#[test]
fn of_what_runs_no_push() {
    same(|| Invocation::push("exit 0").arguments(["--dry-run"]));
    same(|| scripted(&many(3), "exit 0").arguments(["--dry-run"]));
    same(|| Invocation::push("exit 0").arguments(["--explain-key"]));
    same(|| Invocation::push("exit 0").arguments(["--explain-key", "--dry-run"]));
    same(|| Invocation::push("exit 0").arguments(["--explain-key", "--api-key-file", "nowhere"]));
}

#[cfg(unix)]
#[test]
fn of_what_a_signal_ends() {
    use rustix::process::Signal;
    for (signal, apps) in [(Signal::INT, 1), (Signal::TERM, 1), (Signal::TERM, 3), (Signal::INT, 3)]
    {
        let make = || {
            let script = "out Staging app and tracing logs...; touch @ready-{app}; sleep 20000";
            scripted(&many(apps), script).arguments(["--jobs", "2"])
        };
        let finish = |invocation: Invocation| {
            let mut running = invocation.start();
            running.wait_for_file("ready-app-1");
            if apps > 1 {
                running.wait_for_file("ready-app-2");
            }
            running.kill(signal);
            running.finish()
        };
        let (_, lines) = same_when(make, finish);
        assert_eq!(lines.code, Some(128 + signal.as_raw()), "{lines}");
    }
}

/// A run that asks a world.
fn asking(world: &World, words: &[&str]) -> Invocation {
    Invocation::new(words).variable("ICR_CF_API_KEY", world.sample_key()).in_world(world)
}

#[test]
fn of_checks_and_what_they_stop() {
    let world = World::start().unwrap();
    let with_manifest = |words: &[&str], manifest: &str| {
        let place = Workplace::new();
        place.write("work/manifest.yml", manifest);
        Invocation::new_in(place, words)
            .variable("ICR_REGION", "us-south")
            .variable("ICR_CF_API_KEY", world.sample_key())
            .in_world(&world)
    };
    same(|| asking(&world, &["check", "web", "-o", "us.icr.io/acme/web:1.4"]));
    same(|| asking(&world, &["check", "web", "-o", "us.icr.io/acme/web:1.40"]));
    let (_, lines) = same(|| asking(&world, &["push", "web", "-o", "us.icr.io/acme/web:1.40"]));
    assert!(!told(&lines).is_empty(), "{lines}");
    let broken = many(3).replacen("web:1.4", "web:9", 1);
    same(|| with_manifest(&["check"], &broken));
    same(|| with_manifest(&["push"], &broken));
    same(|| with_manifest(&["diff"], &many(2)));
    let image = "us.icr.io/acme/hello:1.0";
    let found = Vulnerability::new("CVE-2026-1").package("openssl", "1", "2");
    world.assess(image, Assessment::of([found]));
    let key = world.add_key(Key::random());
    for action in ["report", "fail"] {
        let words = ["push", "web", "-o", image, "--vulnerabilities", action];
        same(|| asking(&world, &words).variable("ICR_CF_API_KEY", &key));
    }
}

#[test]
fn of_apps_that_are_left_out_and_of_one_that_is_taken_back() {
    let world = World::start().unwrap();
    let push = ["push", "web", "-o", "us.icr.io/acme/web:1.4"];
    assert_eq!(asking(&world, &push).run().code, Some(0));
    let place = || {
        let place = Workplace::new();
        let app = |name| format!("- name: {name}\n  docker: {{image: 'us.icr.io/acme/web:1.4'}}\n");
        let all: String = ["new", "web", "newer"].map(app).concat();
        place.write("work/manifest.yml", format!("applications:\n{all}"));
        place
    };
    let words = ["push", "--if-changed", "--dry-run"];
    let make = || {
        Invocation::new_in(place(), words)
            .variable("ICR_CF_API_KEY", world.sample_key())
            .in_world(&world)
    };
    same(make);
    let pushing = Invocation::new_in(place(), ["push", "--if-changed", "--output", "json-lines"])
        .variable("ICR_CF_API_KEY", world.sample_key())
        .in_world(&world)
        .run();
    let results: Vec<Value> = rebuilt(&pushing)["apps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|app| app["result"].clone())
        .collect();
    assert_eq!(results, ["pushed", "unchanged", "pushed"], "{pushing}");

    let pull = Fault::status(403).host("us.icr.io").client(Client::Platform).path("/oauth/token");
    world.add_fault(pull.skip(1));
    let words = ["push", "web", "-o", "us.icr.io/acme/hello:1.0", "--strategy", "rolling"];
    let run = asking(&world, &words)
        .arguments(["--rollback-on-failure", "--timeout", "5s", "--output", "json-lines"])
        .run();
    let app = &rebuilt(&run)["apps"][0];
    assert_eq!(app["taken_back"]["is_back"], true, "{run}");
}
