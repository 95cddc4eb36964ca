//! The files of the pieces as texts: the shared script is the same in all, the shell is clean, no version
//! is said again, and what the documents say of inputs is so.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{SYSTEM, are_there, jenkins, read, yaml};
use crate::support::Workplace;

/// The pieces that have the shared script inside.
const COPIES: [&str; 3] = [
    "pipelines/gitlab/templates/icr-cf/template.yml",
    "pipelines/tekton/icr-cf-push.yaml",
    "pipelines/jenkins/Jenkinsfile",
];

/// Every file of the pieces.
fn files() -> Vec<PathBuf> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { collect(&path, found) } else { found.push(path) }
        }
    }
    let mut found = vec![PathBuf::from("action.yml"), PathBuf::from("docs/pipelines.md")];
    collect(Path::new("pipelines"), &mut found);
    found
}

/// The lines between the marks, as far left as the first of them.
fn shared(name: &str) -> Vec<String> {
    let text = read(name);
    let lines = text.lines().skip_while(|line| line.trim() != "# --- begin");
    let begin = lines.clone().next().unwrap();
    let indent = begin.len() - begin.trim_start().len();
    let mut found = Vec::new();
    for line in lines {
        found.push(line.get(indent..).unwrap_or_default().to_owned());
        if line.trim() == "# --- end" {
            return found;
        }
    }
    panic!("{name} has no end of the shared script");
}

#[test]
fn the_shared_script_is_the_same_in_every_piece() {
    let known = shared("pipelines/push.sh");
    assert!(known.len() > 50 && known.iter().all(|line| !line.contains('\\')), "{known:?}");
    for name in COPIES {
        assert_eq!(shared(name), known, "{name} is old: `pipelines/refresh` writes it anew");
    }
}

#[test]
fn the_shell_of_the_pieces_is_clean() {
    if !are_there(&["shellcheck"]) {
        return;
    }
    let place = Workplace::without_cf();
    let task = yaml(&read(COPIES[1]));
    let template = read(COPIES[0]);
    let jobs = yaml(template.split("\n---\n").nth(1).unwrap());
    let job = jobs.as_object().unwrap().values().next().unwrap();
    let jenkins = read(COPIES[2]);
    let inside = [
        ("tekton.sh", task["spec"]["steps"][0]["script"].as_str().unwrap()),
        ("gitlab.sh", job["script"][0].as_str().unwrap()),
        ("jenkins.sh", jenkins.split("'''").nth(1).unwrap()),
    ];
    let inside = inside.map(|(name, text)| place.write(name, text));
    let shell = ["mask.sh", "install.sh", "push.sh"].map(|name| format!("pipelines/github/{name}"));
    let resource = ["check", "in", "out"].map(|name| format!("pipelines/concourse/{name}"));
    let ran = Command::new("shellcheck")
        .args(["--external-sources", "--exclude=SC2016,SC2034,SC2317,SC2329", "--shell=sh"])
        .args(inside)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
    let ran = Command::new("shellcheck")
        .arg("--external-sources")
        .args(shell)
        .args(resource)
        .args(["pipelines/push.sh", "pipelines/refresh"])
        .env("PATH", SYSTEM)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
}

/// Whether a word is three numbers with dots between them.
fn is_version(word: &str) -> bool {
    let numbers: Vec<&str> = word.trim_start_matches('v').splitn(3, '.').collect();
    let [major, minor, patch] = numbers[..] else { return false };
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    is_number(major) && is_number(minor) && patch.starts_with(|c: char| c.is_ascii_digit())
}

#[test]
fn no_piece_says_a_version_of_its_own() {
    let apart = |c: char| !c.is_ascii_alphanumeric() && c != '.';
    for file in files() {
        for word in read(file.to_str().unwrap()).split(apart) {
            assert!(!is_version(word), "{}: {word}: Cargo.toml has the version", file.display());
        }
    }
}

#[test]
fn no_piece_names_a_place_that_nobody_has() {
    for file in files() {
        let text = read(file.to_str().unwrap());
        for link in text.split("https://").skip(1) {
            let host = link.split(['/', '*', '`', ' ', '\'', '"', ')', '}', '\n']).next().unwrap();
            let is_known = ["", "api.example.com", "releases.example.com"].contains(&host);
            assert!(is_known, "{}: {host}", file.display());
        }
    }
}

/// The names of the inputs of a piece.
fn inputs(piece: &str) -> BTreeSet<String> {
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect();
    match piece {
        "GitHub" => keys(&yaml(&read("action.yml"))["inputs"]),
        "GitLab" => {
            let text = read(COPIES[0]);
            keys(&yaml(text.split("\n---\n").next().unwrap())["spec"]["inputs"])
        }
        "Tekton" => {
            let task = yaml(&read(COPIES[1]));
            let params = task["spec"]["params"].as_array().unwrap();
            params.iter().map(|param| param["name"].as_str().unwrap().to_owned()).collect()
        }
        "Concourse" => {
            let text = read("pipelines/concourse/out");
            let lists = ["source", "params"].map(|group| {
                let list = text.split(&format!("unknown(\"{group}\"; [")).nth(1).unwrap();
                let list = list.split(']').next().unwrap().to_owned();
                list.split(", ")
                    .map(|name| format!("{group}.{}", name.trim_matches('"')))
                    .collect::<Vec<_>>()
            });
            lists.into_iter().flatten().collect()
        }
        "Jenkins" => {
            let script = shared("pipelines/push.sh").join("\n");
            let names = script.split("${PUSH_").skip(1).map(|rest| rest.split(':').next().unwrap());
            let inputs = names.filter(|name| *name != "KEY_HINT");
            inputs.map(|name| format!("PUSH_{name}")).collect()
        }
        _ => panic!("{piece}"),
    }
}

/// The cells of the tables of a document, row by row, by the first cell of their heads.
fn rows(text: &str, head: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while lines.by_ref().any(|line| line.starts_with(head)) {
        let table = lines.by_ref().skip(1).take_while(|line| line.starts_with('|'));
        found.extend(table.map(|line| {
            line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
        }));
    }
    found
}

/// The words in backticks of a cell.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_page_has_every_input_of_every_piece() {
    let page = read("docs/pipelines.md");
    let head = page.lines().find(|line| line.starts_with("| input |")).unwrap();
    let systems: Vec<&str> = head.trim_matches('|').split('|').map(str::trim).collect();
    assert_eq!(systems[2..], ["GitHub", "GitLab", "Tekton", "Concourse", "Jenkins"]);
    let rows = rows(&page, "| input |");
    for (at, system) in systems.iter().enumerate().skip(2) {
        let named = rows.iter().flat_map(|row| quoted(&row[at])).map(str::to_owned);
        let named: BTreeSet<String> = named.collect();
        let is_secret = |name: &String| {
            ["source.api_key", "source.username", "source.password"].contains(&name.as_str())
        };
        let known: BTreeSet<String> =
            inputs(system).into_iter().filter(|name| !is_secret(name)).collect();
        assert_eq!(named, known, "{system}");
    }
}

#[test]
fn the_page_leads_from_another_resource_to_inputs_that_are_there() {
    let known = inputs("Concourse");
    let rows = rows(&read("docs/pipelines.md"), "| `cf-cli-resource` |");
    assert!(rows.len() > 15, "{} rows", rows.len());
    for row in rows {
        for word in quoted(&row[1]) {
            let name = word.split(':').next().unwrap();
            let is_input = name.starts_with("source.") || name.starts_with("params.");
            assert!(!is_input || known.contains(name), "{row:?}");
        }
    }
}

#[test]
fn every_readme_lists_the_inputs_of_its_piece() {
    for (system, name) in [
        ("GitHub", "pipelines/github/README.md"),
        ("GitLab", "pipelines/gitlab/README.md"),
        ("Tekton", "pipelines/tekton/README.md"),
        ("Concourse", "pipelines/concourse/README.md"),
        ("Jenkins", "pipelines/jenkins/README.md"),
    ] {
        let text = read(name);
        let listed = rows(&text, "| input |");
        let listed: BTreeSet<String> =
            listed.iter().map(|row| quoted(&row[0])[0].to_owned()).collect();
        assert_eq!(listed, inputs(system), "{name}");
    }
}

#[test]
fn what_the_readme_of_the_action_shows_is_what_the_action_knows() {
    let text = read("pipelines/github/README.md");
    let action = yaml(&read("action.yml"));
    let mut examples = 0;
    for block in text.split("```yaml\n").skip(1) {
        let steps = yaml(block.split("```").next().unwrap());
        for step in steps.as_array().unwrap().iter().filter(|step| step["uses"].is_string()) {
            for name in step["with"].as_object().into_iter().flatten().map(|(name, _)| name) {
                assert!(action["inputs"][name].is_object(), "there is no input `{name}`");
            }
            assert!(step["env"]["ICR_CF_API_KEY"].is_string(), "{step}");
            examples += 1;
        }
    }
    assert!(examples >= 2, "{examples} examples");
    let outputs: Vec<String> =
        rows(&text, "| output |").iter().map(|row| quoted(&row[0])[0].to_owned()).collect();
    let known: Vec<&String> = action["outputs"].as_object().unwrap().keys().collect();
    assert_eq!(outputs.iter().collect::<Vec<_>>(), known);
    for input in action["inputs"].as_object().unwrap().values() {
        assert!(
            input["default"].is_string() && input.get("required").is_none(),
            "no runner enforces it"
        );
    }
}

#[test]
fn the_example_of_jenkins_sets_what_the_step_reads() {
    for name in jenkins::environment().keys() {
        assert!(inputs("Jenkins").contains(name), "{name}");
    }
}
