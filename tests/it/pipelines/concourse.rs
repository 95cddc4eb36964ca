//! The resource, as Concourse runs it: the folder that its Containerfile makes, JSON on standard input,
//! JSON on standard output, what people read on standard error.

use std::collections::BTreeMap;
use std::path::PathBuf;

use icr_cf_sandbox::{ORG, PASSWORD, SPACE, USER, World};
use serde_json::{Value, json};

use super::{Ended, IMAGE, Job, are_there, place, read, script};
use crate::support::{Run, Workplace};

/// `/opt/resource` as the Containerfile fills it.
fn install(place: &Workplace) -> PathBuf {
    let text = read("pipelines/concourse/Containerfile");
    let copy = text.lines().find(|line| line.starts_with("COPY ")).unwrap();
    let mut words: Vec<&str> =
        copy.split(' ').skip(1).filter(|word| !word.starts_with("--")).collect();
    assert_eq!(words.pop(), Some("/opt/resource/"));
    let folder = place.path("resource");
    std::fs::create_dir_all(&folder).unwrap();
    for from in words {
        let name = from.rsplit('/').next().unwrap();
        let from = std::path::absolute(from).unwrap();
        std::os::unix::fs::symlink(from, folder.join(name)).unwrap();
    }
    folder
}

/// Runs one of the three with a document.
fn ask(world: &World, place: Workplace, name: &str, document: &Value) -> Run {
    ask_text(world, place, name, &document.to_string())
}

/// Runs one of the three with whatever is on its standard input.
fn ask_text(world: &World, place: Workplace, name: &str, text: &str) -> Run {
    let program = install(&place).join(name);
    let line = format!("{} \"$PWD\" # STEP", program.display());
    script(place, world, &line, "").without("CF_HOME").stdin(text).run()
}

/// The document of a `put`.
fn document(job: &Job) -> Value {
    let secret = |name: &str| {
        let found = job.secrets.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value)
    };
    let mut source = json!({
        "api": job.input("api").unwrap_or("https://api.cf.sandbox"),
        "org": job.input("org").unwrap_or(ORG),
        "space": job.input("space").unwrap_or(SPACE),
        "username": secret("CF_USERNAME").unwrap_or(USER),
        "password": secret("CF_PASSWORD").unwrap_or(PASSWORD),
    });
    if let Some(key) = secret("ICR_CF_API_KEY") {
        source["api_key"] = key.into();
    }
    let mut params = json!({});
    for (name, value) in &job.inputs {
        match *name {
            "api" | "org" | "space" => {}
            "region" => source["region"] = (*value).into(),
            "vars" => {
                let pairs = value.lines().map(|line| line.split_once('=').unwrap_or((line, "")));
                params["vars"] =
                    pairs.map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
            }
            "app" | "flags" => params[*name] = value.lines().collect(),
            _ => params[*name] = (*value).into(),
        }
    }
    json!({"source": source, "params": params})
}

pub(super) fn run(mut job: Job) -> Ended {
    let document = document(&job);
    let place = job.take_place();
    let program = install(&place).join("out");
    let run = script(place, job.world, &format!("{} \"$PWD\" # STEP", program.display()), "");
    // Secrets come by the document alone.
    job.secrets.clear();
    let run = job.surround(run.without("CF_HOME")).stdin(document.to_string()).run();
    let mut outputs = BTreeMap::from([("exit-code".to_owned(), run.code.unwrap().to_string())]);
    if run.code == Some(0) {
        let answer = run.json();
        let version = answer["version"].as_object().unwrap();
        assert!(version.values().all(Value::is_string), "{run}");
        if let Some(digest) = version.get("digest").and_then(Value::as_str) {
            outputs.insert("digest".to_owned(), digest.to_owned());
        }
        let metadata = answer["metadata"].as_array().unwrap();
        let text = |one: &Value, field: &str| one[field].as_str().unwrap().to_owned();
        let routes = metadata.iter().filter(|one| text(one, "name").ends_with(": route"));
        let routes: Vec<String> = routes.map(|one| text(one, "value")).collect();
        outputs.insert("routes".to_owned(), routes.join("\n"));
    }
    Ended { run, outputs }
}

#[test]
fn a_check_answers_the_version_that_it_is_given() {
    if !are_there(&["jq"]) {
        return;
    }
    let world = World::start().unwrap();
    let version = json!({"digest": "sha256:00", "timestamp": "2026-01-01T00:00:00Z"});
    let source = json!({"api_key": world.sample_key()});
    let check = |document: Value| ask(&world, place(), "check", &document);
    let run = check(json!({"source": source, "version": version}));
    assert_eq!((run.code, run.json(), run.err()), (Some(0), json!([version]), ""), "{run}");
    for first in [json!({"source": source}), json!({"source": source, "version": null})] {
        let run = check(first);
        assert_eq!((run.code, run.json()), (Some(0), json!([])), "{run}");
    }
    let run = check(json!({"source": source, "version": {"digest": 1}}));
    assert!(run.code != Some(0) && run.err().contains("an object of texts"), "{run}");
    run.shows_nothing_of(world.sample_key(), &[]);
}

#[test]
fn a_version_is_fetched_without_anything_secret() {
    if !are_there(&["jq"]) {
        return;
    }
    let world = World::start().unwrap();
    let version = json!({"digest": "sha256:00", "timestamp": "2026-01-01T00:00:00Z"});
    let source = json!({"api_key": world.sample_key(), "password": "of the user dev"});
    let run = ask(&world, place(), "in", &json!({"source": source, "version": version}));
    assert_eq!(run.json(), json!({"version": version, "metadata": []}), "{run}");
    run.shows_nothing_of(world.sample_key(), &[]);
    run.shows_nothing_of("of the user dev", &[]);
    let work = run.place.path("work");
    let mut names: Vec<_> =
        std::fs::read_dir(&work).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["digest", "version.json"]);
    assert_eq!(std::fs::read_to_string(work.join("digest")).unwrap(), "sha256:00");
    let run = ask(&world, place(), "in", &json!({"source": source}));
    assert!(run.code != Some(0) && run.err().contains("there is no version"), "{run}");
}

#[test]
fn what_a_put_prints_can_be_fetched() {
    if !are_there(&["jq"]) {
        return;
    }
    let world = World::start().unwrap();
    let ended = run(Job::new(&world, &[("app", "web"), ("image", IMAGE)]));
    let version = ended.run.json()["version"].clone();
    let fetched = ask(&world, place(), "in", &json!({"source": {}, "version": version}));
    assert_eq!(fetched.json()["version"], version, "{fetched}");
}

#[test]
fn an_image_is_taken_from_the_folder_of_a_registry_image() {
    if !are_there(&["jq"]) {
        return;
    }
    let world = World::start().unwrap();
    let job = Job::new(&world, &[("app", "web"), ("image_from", "built")]);
    let digest = world.digest_of("us.icr.io/acme/hello:1.0").unwrap();
    job.place.write("work/built/repository", "us.icr.io/acme/hello");
    job.place.write("work/built/digest", &digest);
    let ended = run(job);
    assert_eq!(ended.outputs["digest"], digest, "{}", ended.run);
    let ended = run(Job::new(&world, &[("app", "web"), ("image_from", "nothing")]));
    assert_eq!(ended.run.code, Some(66), "{}", ended.run);
    assert!(ended.run.err().contains("`params.image_from` names no folder"), "{}", ended.run);
}

#[test]
fn what_no_parameter_is_called_and_what_is_no_text_is_refused() {
    if !are_there(&["jq"]) {
        return;
    }
    let world = World::start().unwrap();
    for (document, sentence) in [
        (
            json!({"params": {"memroy": "1G"}}),
            "`params.memroy` is unknown; `params` has: app, flags,",
        ),
        (
            json!({"source": {"apikey": "x"}}),
            "a name in `source` is unknown; `source` has: api, api_key,",
        ),
        (json!({"source": {"api_key": 7}}), "`source.api_key` is no text"),
        (json!({"params": {"app": 7}}), "`params.app` is neither a text nor a list"),
        (json!({"params": {"flags": ["a\nb"]}}), "`params.flags` is neither a text nor a list"),
        (json!({"params": {"flags": ["-c", "", "-k"]}}), "`params.flags` has an empty text in"),
        (json!({"params": {"vars": {"a\nflags --no-key": 1}}}), "`params.vars` has a name that"),
        (json!({"params": {"vars": {"a=b": 1}}}), "`params.vars` has a name that"),
        (json!({"params": {"vars": {"": 1}}}), "`params.vars` has a name that"),
        (json!({"params": {"vars": {"a": {"b": 1}}}}), "`params.vars` has a value that is no text"),
        (json!({"params": {"vars": ["a=b"]}}), "`params.vars` is no object"),
        (json!({"params": "web"}), "`params` is no object"),
        (json!({"params": {"image": "a", "image_from": "b"}}), "are both set"),
        (json!({"source": {"api": ""}}), "`source.api` is empty"),
        (json!("text"), "standard input is no JSON document of a resource"),
    ] {
        let run = ask(&world, place(), "out", &document);
        assert_eq!((run.code, run.out()), (Some(2), ""), "{document}: {run}");
        assert!(
            run.err().contains(sentence) && run.err().contains("\nhint: "),
            "{document}: {run}"
        );
    }
}

#[test]
fn what_is_no_document_of_concourse_is_refused_in_a_sentence() {
    if !are_there(&["jq"]) {
        return;
    }
    let world = World::start().unwrap();
    for name in ["check", "in", "out"] {
        for (text, sentence) in [
            ("", "standard input is empty"),
            (" \n", "standard input is empty"),
            ("{} {}", "standard input is not one JSON document"),
            ("{", "standard input is not one JSON document"),
            ("[]", "standard input is no "),
            ("\"x\"", "standard input is no "),
            ("null", "standard input is no "),
        ] {
            let run = ask_text(&world, place(), name, text);
            assert_eq!((run.code, run.out()), (Some(2), ""), "{name} {text}: {run}");
            let said = format!("error: {sentence}");
            assert!(run.err().starts_with(&said), "{name} {text}: {run}");
            assert!(run.err().lines().count() == 2 && run.err().contains("\nhint: "), "{run}");
        }
    }
}

#[test]
fn a_container_without_jq_is_told_so() {
    let world = World::start().unwrap();
    for name in ["check", "in", "out"] {
        let place = place();
        std::fs::remove_file(place.path("bin/jq")).unwrap();
        let bin = place.path("bin").to_str().unwrap().to_owned();
        let line = format!("{} \"$PWD\" # STEP", install(&place).join(name).display());
        let run = script(place, &world, &line, "").variable("PATH", bin).stdin("{}").run();
        assert_eq!((run.code, run.out()), (Some(127), ""), "{name}: {run}");
        assert!(run.err().starts_with("error: there is no jq on PATH\nhint: "), "{name}: {run}");
    }
}

#[test]
fn a_secret_that_stands_where_a_name_belongs_is_not_repeated() {
    if !are_there(&["jq"]) {
        return;
    }
    let world = World::start().unwrap();
    for group in ["source", "params"] {
        let run = ask(&world, place(), "out", &json!({group: {world.sample_key(): 1}}));
        assert_eq!(run.code, Some(2), "{run}");
        assert!(run.err().contains(&format!("a name in `{group}` is unknown")), "{run}");
        run.shows_nothing_of(world.sample_key(), &[]);
    }
}
