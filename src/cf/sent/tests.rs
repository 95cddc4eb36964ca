use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Sent, sent};
use crate::environment::{Environment, Streams};
use crate::request::{self, Goal};

const IMAGE: &str = "us.icr.io/acme/web@sha256:0";

/// What is sent for the first app of a line, in this manifest.
fn of(line: &str, manifest: Option<&str>) -> Result<Sent, &'static str> {
    let folder = tempfile::tempdir().unwrap();
    if let Some(text) = manifest {
        std::fs::write(folder.path().join("manifest.yml"), text).unwrap();
    }
    let variables = BTreeMap::new();
    let folder = PathBuf::from(folder.path());
    let environment = Environment::new(variables, folder, Streams::default());
    let args = crate::cli::tests::push(line);
    let (request, apps) = request::push(args, Goal::Difference, &environment).unwrap();
    sent(&request, &apps[0], Some(IMAGE))
}

fn attributes(line: &str, manifest: Option<&str>) -> Value {
    Value::Object(of(line, manifest).unwrap().attributes)
}

#[test]
fn without_a_manifest_flags_and_image_are_all() {
    let line = "web -o us.icr.io/acme/web:1 -m 256M -k 1G -i 2 -t 90 -c run -u http --endpoint /up \
                -l 4K --no-manifest";
    assert_eq!(
        attributes(line, None),
        json!({
            "name": "web",
            "docker": {"image": IMAGE, "username": "iamapikey"},
            "memory": "256M", "disk_quota": "1G", "instances": 2, "timeout": 90, "command": "run",
            "health-check-type": "http", "health-check-http-endpoint": "/up",
            "log-rate-limit-per-second": "4K", "default-route": true,
        })
    );
    let sizes = of(line, None).unwrap();
    assert_eq!((sizes.memory_in_mb, sizes.disk_in_mb), (Some(256), Some(1024)));
}

#[test]
fn flags_win_over_the_manifest_and_go_to_the_web_process_where_that_has_an_entry() {
    let manifest = "applications:\n- name: web\n  docker: {image: us.icr.io/acme/web:1}\n  \
                    disk-quota: 2G\n  instances: 1\n  env: {A: 1}\n";
    assert_eq!(
        attributes("-i 3 -k 1G --no-key", Some(manifest)),
        json!({
            "name": "web", "docker": {"image": IMAGE}, "instances": 3, "env": {"A": 1},
            "disk_quota": "1G", "default-route": true,
        })
    );
    let manifest = "applications:\n- name: web\n  docker: {image: us.icr.io/acme/web:1}\n  \
                    memory: 1G\n  processes:\n  - {type: worker}\n  - {type: web, memory: 2G}\n";
    let sent = of("-i 3 -m 64M", Some(manifest)).unwrap();
    assert_eq!(
        sent.attributes["processes"],
        json!([{"type": "worker"}, {"type": "web", "memory": "64M", "instances": 3}])
    );
    assert_eq!(sent.memory_in_mb, None, "the platform compares that of the process");
}

#[test]
fn a_command_is_taken_back_and_routes_are_as_they_are_said() {
    let line = "web -o us.icr.io/acme/web:1 --no-manifest";
    assert_eq!(attributes(&format!("{line} -c null"), None)["command"], Value::Null);
    let none = attributes(&format!("{line} --no-route"), None);
    assert_eq!((&none["no-route"], &none["default-route"]), (&json!(true), &Value::Null));
    let random = attributes(&format!("{line} --random-route"), None);
    assert_eq!((&random["random-route"], &random["default-route"]), (&json!(true), &Value::Null));
    let manifest = "applications:\n- name: web\n  docker: {image: us.icr.io/acme/web:1}\n  \
                    no-route: false\n  path: .\n  routes: [{route: a.b}]\n";
    let listed = attributes("", Some(manifest));
    assert_eq!(listed["default-route"], Value::Null);
    assert_eq!(listed["path"], Value::Null, "it says nothing there");
}

#[test]
fn what_nobody_looked_into_is_not_known() {
    let line = "web -o us.icr.io/acme/web:1 --no-manifest -- --new-flag";
    assert!(of(line, None).is_err());
    assert!(of("web -o us.icr.io/acme/web:1 -- -f manifest.yml", None).is_err());
}
