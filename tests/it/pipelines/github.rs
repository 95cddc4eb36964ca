//! The composite action, as a runner of GitHub reads `action.yml`: inputs with their defaults into the
//! variables of each step, `bash` as it starts it, outputs, PATH and summary from the files that it names.
//! It enforces no input and sets no `INPUT_*`, so nor does this.

use std::collections::BTreeMap;

use icr_cf_sandbox::{Image, World};
use serde_json::Value;

use super::{Ended, IMAGE, Job, SYSTEM, are_there, pairs, read, script, yaml};
use crate::support::{Invocation, Run, forms_in};

/// How the runner starts a step whose shell is `bash`.
const BASH: &str = "bash --noprofile --norc -eo pipefail";

/// Goes to a folder as the runner does, where no shell reads its name.
const IN_FOLDER: &str = "sh -c 'cd \"$IN_FOLDER\" && unset IN_FOLDER && exec \"$@\"' sh";

/// The files by which a step tells the runner something.
const FILES: [&str; 3] = ["GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"];

/// An action that is being run.
pub(super) struct Action {
    metadata: Value,
    /// By the name of the step.
    outputs: BTreeMap<String, BTreeMap<String, String>>,
    /// What came of each step.
    pub(super) steps: Vec<(Option<i32>, String, String)>,
    pub(super) summary: String,
}

impl Action {
    pub(super) fn new() -> Self {
        let metadata = yaml(&read("action.yml"));
        assert_eq!(metadata["runs"]["using"], "composite");
        Self { metadata, outputs: BTreeMap::new(), steps: Vec::new(), summary: String::new() }
    }

    /// Puts values in place of expressions.
    fn evaluate(&self, text: &str, job: &Job) -> String {
        let mut parts = text.split("${{ ");
        let mut result = parts.next().unwrap().to_owned();
        for part in parts {
            let (expression, rest) = part.split_once(" }}").unwrap();
            let names: Vec<&str> = expression.split('.').collect();
            let value = match names[..] {
                ["inputs", name] => {
                    let known = &self.metadata["inputs"][name];
                    assert!(known.is_object(), "there is no input `{name}`");
                    let default = known["default"].as_str().unwrap();
                    job.input(name).unwrap_or(default).to_owned()
                }
                ["github", "action_repository"] => "someone/icr-cf".to_owned(),
                ["steps", step, "outputs", name] => {
                    let of_step = self.outputs.get(step);
                    of_step.and_then(|found| found.get(name)).cloned().unwrap_or_default()
                }
                _ => panic!("nothing evaluates `{expression}`"),
            };
            result += &value;
            result += rest;
        }
        result
    }

    /// One step to be.
    pub(super) fn step(&self, job: &mut Job, at: usize) -> Invocation {
        let step = &self.metadata["runs"]["steps"][at];
        assert_eq!(step["shell"], "bash", "every step of a composite action names its shell");
        let text = step["run"].as_str().unwrap();
        assert!(!text.contains("${{"), "an expression in `run` would be read as shell: {text}");
        let folder = self.evaluate(step["working-directory"].as_str().unwrap_or("."), job);
        let place = job.take_place();
        let (files, temp) = (FILES.map(|name| (name, place.write(name, ""))), place.path("tmp"));
        let added = std::fs::read_to_string(place.path("added-to-path")).unwrap_or_default();
        let added: String = added.lines().map(|line| format!("{line}:")).collect();
        let path = format!("{added}{}:{SYSTEM}", place.path("bin").to_str().unwrap());
        let run = script(place, job.world, &format!("{IN_FOLDER} {BASH} STEP"), text)
            .variable("GITHUB_ACTIONS", "true")
            .variable("CI", "true")
            .variable("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR"))
            .variable("GITHUB_SERVER_URL", "https://github.invalid")
            .variable("RUNNER_TEMP", temp)
            .variable("RUNNER_OS", "Linux")
            .variable("RUNNER_ARCH", "X64")
            .variable("IN_FOLDER", folder)
            .variable("PATH", path);
        let run = pairs(&step["env"]).into_iter().fold(job.surround(run), |run, (name, value)| {
            run.variable(&name, self.evaluate(&value, job))
        });
        files.iter().fold(run, |run, (name, file)| run.variable(name, file))
    }

    /// Reads what a step has told the runner.
    fn note(&mut self, at: usize, run: &Run) {
        let read = |name: &str| std::fs::read_to_string(run.place.path(name)).unwrap();
        let id = self.metadata["runs"]["steps"][at]["id"].as_str().unwrap_or_default();
        self.outputs.insert(id.to_owned(), outputs(&read("GITHUB_OUTPUT")));
        let known = std::fs::read_to_string(run.place.path("added-to-path")).unwrap_or_default();
        run.place.write("added-to-path", read("GITHUB_PATH") + &known);
        self.summary += &read("GITHUB_STEP_SUMMARY");
        self.steps.push((run.code, run.out().to_owned(), run.err().to_owned()));
    }

    /// Runs all steps, up to one that fails.
    pub(super) fn run(&mut self, mut job: Job) -> Ended {
        let count = self.metadata["runs"]["steps"].as_array().unwrap().len();
        for at in 0..count {
            let run = self.step(&mut job, at).run();
            self.note(at, &run);
            if run.code == Some(0) && at + 1 < count {
                job.place = run.place;
                continue;
            }
            let values = self.metadata["outputs"].as_object().unwrap().iter();
            let values = values.map(|(name, one)| {
                (name.clone(), self.evaluate(one["value"].as_str().unwrap(), &job))
            });
            return Ended { run, outputs: values.collect() };
        }
        panic!("an action without steps");
    }
}

/// Reads a file of outputs as the runner does.
fn outputs(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let (name, end) = line.split_once("<<").unwrap_or_else(|| panic!("{line}"));
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
        found.insert(name.to_owned(), value.join("\n"));
    }
    found
}

pub(super) fn run(job: Job) -> Ended {
    Action::new().run(job)
}

#[test]
fn the_key_is_masked_before_anything_else_is_printed() {
    if !are_there(&["bash", "jq"]) {
        return;
    }
    let world = World::start().unwrap();
    let key = world.sample_key();
    let job = Job::new(&world, &[("app", "web"), ("image", IMAGE)])
        .secret("CF_PASSWORD", "50%\r\n\n  of it\\n\n")
        .secret("IBMCLOUD_API_KEY", "another");
    let mut action = Action::new();
    let ended = action.run(job);
    let (code, first, err) = &action.steps[0];
    let masks = format!(
        "::add-mask::{key}\n::add-mask::another\n::add-mask::50%25\n::add-mask::  of it\\n\n"
    );
    assert_eq!((*code, first.as_str(), err.as_str()), (Some(0), masks.as_str(), ""));
    for (_, out, err) in &action.steps[1..] {
        assert_eq!(forms_in(key, format!("{out}{err}").as_bytes()), [""; 0]);
    }
    ended.run.shows_nothing_of(key, &[]);
    assert_eq!(ended.run.code, Some(0), "{}", ended.run);
}

#[test]
fn without_secrets_nothing_is_masked() {
    if !are_there(&["bash"]) {
        return;
    }
    let world = World::start().unwrap();
    let mut job = Job::new(&world, &[]);
    job.secrets.clear();
    Action::new().step(&mut job, 0).run().is(0, "", "");
}

const MANIFEST: &str = "\
applications:
- name: web
  docker:
    image: us.icr.io/acme/web:1.4
- name: 'w|<b>*x*'
  docker:
    image: us.icr.io/acme/api:2
";

#[test]
fn every_app_has_a_row_in_the_summary_and_no_name_is_markup() {
    if !are_there(&["bash", "jq"]) {
        return;
    }
    let world = World::start().unwrap();
    world.add_image("us.icr.io/acme/api:2", Image::runnable());
    let job = Job::new(&world, &[("manifest", "deploy/m.yml")]);
    job.place.write("work/deploy/m.yml", MANIFEST);
    let mut action = Action::new();
    let ended = action.run(job);
    assert_eq!(ended.run.code, Some(0), "{}", ended.run);
    let lines: Vec<&str> = action.summary.lines().collect();
    assert_eq!(lines.len(), 4, "{}", action.summary);
    assert_eq!(lines[0], "| app | result | digest | seconds | routes |");
    let web = world.amd64_digest_of(IMAGE).unwrap();
    assert!(lines[2].starts_with(&format!("| web | pushed | {web} | ")), "{}", lines[2]);
    assert!(
        lines[3].starts_with("| w&#124;&#60;b&#62;&#42;x&#42; | pushed | sha256:"),
        "{}",
        lines[3]
    );
    let apps: Value = serde_json::from_str(&ended.outputs["apps"]).unwrap();
    assert_eq!((&apps[0]["app"], &apps[0]["digest"]), (&"web".into(), &web.clone().into()));
    assert_eq!(apps[1]["app"], "w|<b>*x*");
    assert_eq!(ended.outputs["digest"], web);
}

#[test]
fn a_refusal_is_an_annotation_and_stands_in_the_summary() {
    if !are_there(&["bash", "jq"]) {
        return;
    }
    let world = World::start().unwrap();
    let mut action = Action::new();
    let ended =
        action.run(Job::new(&world, &[("app", "web"), ("image", "us.icr.io/acme/web:none")]));
    assert_eq!(ended.run.code, Some(66), "{}", ended.run);
    assert!(ended.run.err().contains("::error"), "{}", ended.run);
    assert!(action.summary.contains("| web | not pushed |"), "{}", action.summary);
    assert!(action.summary.contains("us.icr.io/acme/web:none"), "{}", action.summary);
    assert_eq!(ended.outputs["exit-code"], "66");
    let ended = run(Job::new(&world, &[]));
    assert!(
        ended.run.err().starts_with("::error::the inputs `app` and `manifest`"),
        "{}",
        ended.run
    );
}

#[test]
fn the_push_runs_where_it_is_told_to() {
    if !are_there(&["bash", "jq"]) {
        return;
    }
    let world = World::start().unwrap();
    let inputs = [("manifest", "m.yml"), ("working-directory", "a $(touch ../../pwned) b")];
    let job = Job::new(&world, &inputs);
    job.place
        .write("work/a $(touch ../../pwned) b/m.yml", MANIFEST.split("- name: 'w").next().unwrap());
    let ended = run(job);
    assert_eq!(ended.run.code, Some(0), "{}", ended.run);
    assert!(!ended.run.place.path("pwned").exists());
}
