//! The Jenkinsfile, as Jenkins reads it: the text between three single quotes, with Groovy's escapes,
//! run by its own first line; `environment` and what `withCredentials` binds as variables.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Ended, Job, read, script};
use crate::support::{Invocation, Run};

/// The text of the `sh` step.
fn step() -> String {
    let text = read("pipelines/jenkins/Jenkinsfile");
    let parts: Vec<&str> = text.split("'''").collect();
    assert_eq!(parts.len(), 3, "one text in three quotes");
    assert!(parts[0].ends_with("sh "), "it is what `sh` gets");
    assert!(!parts[1].contains('\\'), "Groovy would read a backslash");
    parts[1].to_owned()
}

/// The names that `environment` sets in the example.
pub(super) fn environment() -> BTreeMap<String, String> {
    let text = read("pipelines/jenkins/Jenkinsfile");
    let block = text.split("environment {").nth(1).unwrap().split('}').next().unwrap();
    let pairs = block.lines().filter_map(|line| line.trim().split_once(" = "));
    pairs.map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned())).collect()
}

/// The step to be, in a shell.
pub(super) fn step_in(shell: &str, job: &mut Job) -> Invocation {
    let text = step();
    assert!(
        text.starts_with("#!/bin/sh\n"),
        "else Jenkins runs it with `-xe`, which prints values"
    );
    let place = job.take_place();
    let run =
        script(place, job.world, &format!("{shell} STEP"), &text).variable("JENKINS_URL", "x");
    let run = job.inputs.iter().fold(run, |run, (name, value)| {
        run.variable(&format!("PUSH_{}", name.to_uppercase()), value)
    });
    job.surround(run)
}

pub(super) fn run(mut job: Job) -> Ended {
    ended(step_in("/bin/sh", &mut job).run())
}

/// What the step has left.
pub(super) fn ended(run: Run) -> Ended {
    let mut outputs = BTreeMap::from([("exit-code".to_owned(), run.code.unwrap().to_string())]);
    if let Ok(document) = std::fs::read(run.place.path("work/icr-cf-push.json")) {
        let document: Value = serde_json::from_slice(&document).unwrap_or_default();
        let app = &document["apps"][0];
        let digest = app["checks"]["image"]["digest"].as_str().unwrap_or_default();
        outputs.insert("digest".to_owned(), digest.to_owned());
        let routes = app["outcome"]["routes"].as_array().cloned().unwrap_or_default();
        let routes: Vec<_> = routes.iter().filter_map(Value::as_str).collect();
        outputs.insert("routes".to_owned(), routes.join("\n"));
    }
    Ended { run, outputs }
}

#[test]
fn the_credentials_are_bound_to_the_variables_that_the_step_reads() {
    let text = read("pipelines/jenkins/Jenkinsfile");
    for one in [
        "variable: 'ICR_CF_API_KEY'",
        "usernameVariable: 'CF_USERNAME'",
        "passwordVariable: 'CF_PASSWORD'",
    ] {
        assert!(text.contains(one), "{one}");
    }
    for name in environment().keys() {
        assert!(step().contains(&format!("${{{name}:-}}")), "nothing reads `{name}`");
    }
}
