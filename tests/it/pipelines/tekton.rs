//! The task, as Tekton and Kubernetes read it: parameters into the variables of the step, `$(NAME)` of an
//! earlier variable into a later one, secrets from a secret, results from files.

use std::collections::BTreeMap;

use icr_cf_sandbox::World;
use serde_json::Value;

use super::{Ended, IMAGE, Job, are_there, read, script, yaml};

const TASK: &str = "pipelines/tekton/icr-cf-push.yaml";

/// The folder of results.
const RESULTS: &str = "tekton-results";

/// Puts the values of Tekton in place of their names.
fn substitute(spec: &Value, job: &Job, text: &str, results: &str) -> String {
    let mut text = text.to_owned();
    for param in spec["params"].as_array().unwrap() {
        let name = param["name"].as_str().unwrap();
        let given = if name == "runner-image" { Some("registry/tools:1") } else { job.input(name) };
        let value =
            given.or(param["default"].as_str()).unwrap_or_else(|| panic!("`{name}` is needed"));
        text = text.replace(&format!("$(params.{name})"), value);
    }
    for result in spec["results"].as_array().unwrap() {
        let name = result["name"].as_str().unwrap();
        text = text.replace(&format!("$(results.{name}.path)"), &format!("{results}/{name}"));
    }
    text
}

/// The variables of the step, in their order.
fn variables(spec: &Value, job: &Job, results: &str) -> Vec<(String, String)> {
    let mut known: Vec<(String, String)> = Vec::new();
    for variable in spec["steps"][0]["env"].as_array().unwrap() {
        let name = variable["name"].as_str().unwrap().to_owned();
        let Some(text) = variable["value"].as_str() else {
            let from = &variable["valueFrom"]["secretKeyRef"];
            assert_eq!(
                (&from["name"], &from["optional"]),
                (&"$(params.secret)".into(), &true.into())
            );
            let secret = job.secrets.iter().find(|(known, _)| *known == name);
            known.extend(secret.map(|(_, value)| (name, (*value).to_owned())));
            continue;
        };
        let mut value = substitute(spec, job, text, results);
        // What Kubernetes does to every value that is written out.
        for (name, earlier) in &known {
            value = value.replace(&format!("$({name})"), earlier);
        }
        known.push((name, value));
    }
    known
}

pub(super) fn run(mut job: Job) -> Ended {
    let task = yaml(&read(TASK));
    let spec = &task["spec"];
    let text = spec["steps"][0]["script"].as_str().unwrap();
    assert!(!text.contains("$(params"), "a parameter in the script would be read as shell");
    assert!(text.starts_with("#!/bin/sh\n"), "{text}");
    let place = job.take_place();
    std::fs::create_dir(place.path(RESULTS)).unwrap();
    let results = place.path(RESULTS).to_str().unwrap().to_owned();
    let variables = variables(spec, &job, &results);
    let run = script(place, job.world, "/bin/sh STEP", text);
    job.secrets.clear();
    let run =
        variables.iter().fold(job.surround(run), |run, (name, value)| run.variable(name, value));
    let run = run.run();
    let names = spec["results"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap());
    let outputs = names.filter_map(|name| {
        let file = run.place.path(RESULTS).join(name);
        Some((name.to_owned(), std::fs::read_to_string(file).ok()?))
    });
    let outputs: BTreeMap<_, _> = outputs.collect();
    Ended { run, outputs }
}

#[test]
fn a_parameter_cannot_ask_for_the_key() {
    if !are_there(&["jq"]) {
        return;
    }
    let world = World::start().unwrap();
    for name in ["app", "image", "flags", "vars", "org"] {
        let mut inputs = vec![("app", "web"), ("image", IMAGE)];
        inputs.retain(|(known, _)| *known != name);
        inputs.push((name, "-c=$(ICR_CF_API_KEY)"));
        run(Job::new(&world, &inputs)).run.shows_nothing_of(world.sample_key(), &[]);
    }
}

#[test]
fn the_step_may_become_nobody_else() {
    let task = yaml(&read(TASK));
    let context = &task["spec"]["steps"][0]["securityContext"];
    assert_eq!(context["runAsNonRoot"], true);
    assert_eq!(context["allowPrivilegeEscalation"], false);
    assert!(task["spec"]["params"][0].get("default").is_none(), "no image is made up");
}
