use serde_json::{Value, json};

use super::{Lines, read};

/// What is read of these patches, for one app that was sent.
#[expect(clippy::needless_pass_by_value, reason = "both are written where they are read")]
fn lines(sent: Value, patches: Value) -> Option<Lines> {
    let patches: Vec<crate::capi::resources::Patch> = serde_json::from_value(patches).unwrap();
    let sent = sent.as_object().unwrap();
    read(&patches, &[sent])?.into_iter().next()
}

fn changes(sent: Value, patches: Value) -> Vec<String> {
    let lines = lines(sent, patches).unwrap();
    assert!(lines.undecided.is_empty(), "{:?}", lines.undecided);
    let text = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
    let line =
        |one: super::ChangedValue| format!("{} {} {}", one.what, text(one.was), text(one.now));
    lines.changes.into_iter().map(line).collect()
}

#[test]
fn values_are_called_as_people_call_them() {
    let sent = json!({
        "processes": [{"type": "web"}, {"type": "worker", "memory": "64M"}],
        "routes": [{"route": "a.b"}, {"route": "c.d", "protocol": "http2"}],
        "services": ["db", {"name": "queue", "parameters": {}}],
        "metadata": {"labels": {"a/b": "1"}},
    });
    let patches = json!([
        {"op": "replace", "path": "/applications/0/instances", "was": 1, "value": 2},
        {"op": "replace", "path": "/applications/0/processes/1/memory", "was": "32M", "value": "64M"},
        {"op": "add", "path": "/applications/0/routes/0", "value": {"route": "a.b"}},
        {"op": "replace", "path": "/applications/0/routes/1/protocol", "was": "http1", "value": "http2"},
        {"op": "add", "path": "/applications/0/services", "value": ["db", {"name": "queue", "parameters": {}}]},
        {"op": "add", "path": "/applications/0/metadata/labels/a~1b", "value": "1"},
    ]);
    assert_eq!(
        changes(sent, patches),
        [
            "instances 1 2",
            "processes.worker.memory 32M 64M",
            "routes none a.b",
            "routes.c.d.protocol http1 http2",
            "services none db",
            "services none queue",
            "metadata.labels.a/b none 1",
        ]
    );
}

#[test]
fn what_a_manifest_does_not_name_stays_and_is_no_change() {
    let patches = json!([
        {"op": "remove", "path": "/applications/0/env/OTHER", "was": "1"},
        {"op": "remove", "path": "/applications/0/metadata/annotations", "was": {"a": "b"}},
        {"op": "remove", "path": "/applications/0/services/1", "was": "db"},
        {"op": "move", "from": "/applications/0/services/2", "path": "/applications/0/services/0"},
        {"op": "add", "path": "/applications/0/services/0", "value": {"name": "db", "parameters": {}}},
    ]);
    let sent = json!({"services": [{"name": "db", "parameters": {}}]});
    assert_eq!(changes(sent, patches), [""; 0]);
    let patches = json!([{"op": "remove", "path": "/applications/0/command", "was": "run"}]);
    assert_eq!(changes(json!({}), patches), ["command run none"]);
}

#[test]
fn a_variable_is_a_text_whatever_the_manifest_writes() {
    let patches = json!([
        {"op": "replace", "path": "/applications/0/env/PORT", "was": "8080", "value": 8080},
        {"op": "replace", "path": "/applications/0/env/ON", "was": "true", "value": true},
        {"op": "replace", "path": "/applications/0/env/EMPTY", "was": "", "value": null},
        {"op": "replace", "path": "/applications/0/env/A", "was": "1", "value": 2},
        {"op": "add", "path": "/applications/0/env/B", "value": ""},
        {"op": "replace", "path": "/applications/0/env/C", "was": "x", "value": {"d": 1}},
    ]);
    assert_eq!(changes(json!({}), patches), ["env.A 1 2", "env.B none ", "env.C x {\"d\":1}"]);
    let whole = json!([{"op": "add", "path": "/applications/0/env", "value": {"A": 1, "B": "2"}}]);
    assert_eq!(changes(json!({}), whole), ["env.A none 1", "env.B none 2"]);
}

#[test]
fn what_others_tell_is_left_to_them() {
    let keys =
        ["docker/image", "memory", "disk_quota", "default-route", "random-route", "no-route"];
    let patches: Vec<Value> = keys
        .iter()
        .map(|key| json!({"op": "add", "path": format!("/applications/0/{key}"), "value": "x"}))
        .collect();
    assert_eq!(changes(json!({}), patches.into()), [""; 0]);
    let check = json!([{
        "op": "replace", "path": "/applications/0/health-check-type", "was": "process", "value": "none",
    }]);
    assert_eq!(changes(json!({}), check), [""; 0]);
}

#[test]
fn an_answer_about_something_else_makes_no_sense() {
    for path in
        ["", "/", "/applications", "/applications/1/env", "/applications/x/env", "/spaces/0/a"]
    {
        let patches = json!([{"op": "add", "path": path, "value": 1}]);
        assert!(lines(json!({}), patches).is_none(), "{path}");
    }
    let patches = json!([{"op": "copy", "path": "/applications/0/timeout", "value": 1}]);
    assert_eq!(lines(json!({}), patches).unwrap().undecided.len(), 1);
}
