//! The component, as GitLab reads it: inputs held against their patterns, then put into the text; the
//! script in `bash`, and in `sh` where an image has no other.

use std::collections::BTreeMap;
use std::process::Command;

use icr_cf_sandbox::World;
use serde_json::Value;

use super::{Ended, IMAGE, Job, SYSTEM, are_there, pairs, read, script, yaml};
use crate::support::Run;

const TEMPLATE: &str = "pipelines/gitlab/templates/icr-cf/template.yml";

/// The two documents of the template: the inputs, and the text into which they are put.
fn template() -> (Value, String) {
    let text = read(TEMPLATE);
    let (spec, jobs) = text.split_once("\n---\n").unwrap();
    (yaml(spec)["spec"]["inputs"].clone(), jobs.to_owned())
}

/// Whether a value is what a pattern of GitLab allows.
fn is_allowed(pattern: &str, value: &str) -> bool {
    let inner = pattern.strip_prefix(r"\A").and_then(|rest| rest.strip_suffix(r"\z"));
    let inner = inner.unwrap_or_else(|| panic!("`{pattern}` does not hold for the whole text"));
    // In bash `^` and `$` are the ends of the text, not of its lines.
    let asked = Command::new("bash")
        .args(["-c", "[[ $1 =~ $2 ]]", "bash", value, &format!("^{inner}$")])
        .env_clear()
        .env("PATH", SYSTEM)
        .env("LC_ALL", "C")
        .status();
    asked.unwrap().success()
}

/// What GitLab makes of the template; the name of an input whose value it refuses.
fn interpolate(job: &Job) -> Result<Value, String> {
    let (inputs, mut text) = template();
    for (name, input) in inputs.as_object().unwrap() {
        let given = if name == "runner-image" { Some("registry/tools:1") } else { job.input(name) };
        let value = given.or(input["default"].as_str());
        let value = value.unwrap_or_else(|| panic!("`{name}` is needed"));
        if !is_allowed(input["regex"].as_str().unwrap(), value) {
            return Err(name.clone());
        }
        text = text.replace(&format!("$[[ inputs.{name} ]]"), value);
    }
    assert!(!text.contains("$[["), "an input that the head does not know: {text}");
    Ok(yaml(&text))
}

/// Runs the job in a shell. What its pattern refuses stands for a variable of the job that a project
/// has set in its own file, which no pattern holds.
fn run_in(shell: &str, mut job: Job) -> Ended {
    let fits = |(name, value): &(&str, &str)| {
        let (inputs, _) = template();
        is_allowed(inputs[*name]["regex"].as_str().unwrap(), value)
    };
    let (inputs, overriding): (Vec<_>, Vec<_>) =
        std::mem::take(&mut job.inputs).into_iter().partition(fits);
    job.inputs = inputs;
    let jobs = interpolate(&job).unwrap();
    let one = &jobs[job.input("job").unwrap_or("icr-cf-push")];
    let text = one["script"].as_array().unwrap().iter().map(|part| part.as_str().unwrap());
    let text = format!("set -eo pipefail\n{}", text.collect::<Vec<_>>().join("\n"));
    let text = if shell == "bash" { text } else { text.replacen("set -eo pipefail", "set -e", 1) };
    let place = job.take_place();
    let run =
        script(place, job.world, &format!("{shell} STEP"), &text).variable("GITLAB_CI", "true");
    let run = pairs(&one["variables"])
        .into_iter()
        .fold(run, |run, (name, value)| run.variable(&name, value));
    let run = overriding.into_iter().fold(run, |run, (name, value)| {
        run.variable(&format!("PUSH_{}", name.to_uppercase()), value)
    });
    let run = job.surround(run).run();
    let outputs = dotenv(&run, one["artifacts"]["reports"]["dotenv"].as_str().unwrap());
    Ended { run, outputs }
}

pub(super) fn run(job: Job) -> Ended {
    run_in("bash", job)
}

/// What later jobs get.
fn dotenv(run: &Run, file: &str) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(run.place.path("work").join(file)).unwrap_or_default();
    let named = |name: &str| match name {
        "PUSH_DIGEST" => "digest",
        "PUSH_ROUTES" => "routes",
        "PUSH_EXIT_CODE" => "exit-code",
        _ => panic!("{text}"),
    };
    let pairs = text.lines().map(|line| line.split_once('=').unwrap());
    pairs.map(|(name, value)| (named(name).to_owned(), value.to_owned())).collect()
}

#[test]
fn no_input_can_end_the_text_that_it_is_put_into() {
    if !are_there(&["bash"]) {
        return;
    }
    let (inputs, _) = template();
    for (name, input) in inputs.as_object().unwrap() {
        let pattern = input["regex"].as_str().unwrap();
        for one in [
            "\"",
            "\\",
            "a\nb",
            "a\"\n  script: [touch pwned] #",
            "$(touch pwned)",
            "`x`",
            "'",
            ";",
        ] {
            assert!(!is_allowed(pattern, one), "{name}: {one}");
        }
        let default = input["default"].as_str();
        assert!(default.is_none_or(|text| is_allowed(pattern, text)), "{name}");
    }
}

#[test]
fn no_input_stands_in_the_script() {
    let (_, text) = template();
    let (_, script) = text.split_once("script:").unwrap();
    assert!(!script.contains("$[["), "{script}");
}

#[test]
fn the_script_runs_in_a_plain_shell_too() {
    if !are_there(&["bash", "jq"]) {
        return;
    }
    let world = World::start().unwrap();
    let ended = run_in("sh", Job::new(&world, &[("app", "web"), ("image", IMAGE)]));
    assert_eq!(ended.run.code, Some(0), "{}", ended.run);
    assert_eq!(ended.outputs["digest"], world.amd64_digest_of(IMAGE).unwrap());
}

#[test]
fn words_are_parted_at_spaces_and_lines_of_a_variable_are_kept() {
    if !are_there(&["bash", "jq"]) {
        return;
    }
    let world = World::start().unwrap();
    let inputs = [("app", "web"), ("image", IMAGE), ("flags", "-m 256M  -k 1G")];
    let ended = run(Job::new(&world, &inputs));
    let words = ended.run.record.push().arguments();
    assert!(words.windows(4).any(|part| part == ["-m", "256M", "-k", "1G"]), "{words:?}");
    let inputs = [("app", "web"), ("image", IMAGE), ("flags", "-c\nsleep 5; echo $HOME")];
    let ended = run(Job::new(&world, &inputs));
    let words = ended.run.record.push().arguments();
    assert!(words.windows(2).any(|part| part == ["-c", "sleep 5; echo $HOME"]), "{words:?}");
}

#[test]
fn a_name_of_the_job_and_its_stage_are_inputs() {
    let world = World::start().unwrap();
    let job = Job::new(&world, &[("app", "web"), ("job", "to-prod"), ("stage", "ship")]);
    if are_there(&["bash"]) {
        let jobs = interpolate(&job).unwrap();
        assert_eq!(jobs["to-prod"]["stage"], "ship");
        assert_eq!(jobs["to-prod"]["image"]["name"], "registry/tools:1");
    }
}
