//! Holds the tables of `docs/json.md` against documents that the program prints: each field of a
//! document has a row, with its type, and each row a field in some document.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use icr_cf_sandbox::{Assessment, Key, Vulnerability, World};
use serde_json::Value;

use super::{anchor, page};
use crate::architecture::rust_files;
use crate::support::{Invocation, KEY, Run, Workplace};

/// Fields of an object that no run here prints: what is there and cannot be run differs by system.
const UNSEEN: [(&str, &str); 1] = [("app", "error")];

/// A row of a table.
struct Field {
    name: String,
    kind: String,
    is_always: bool,
}

/// The fields of each object, by the anchor of its heading.
struct Shape(BTreeMap<String, Vec<Field>>);

impl Shape {
    fn read() -> Self {
        let mut objects: BTreeMap<String, Vec<Field>> = BTreeMap::new();
        let mut object = String::new();
        for line in page("docs/json.md").text.lines() {
            if line.starts_with('#') {
                object = anchor(line.trim_start_matches('#').trim());
            } else if line.starts_with("| `") {
                let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
                let [name, kind, present, _] = cells[..] else { panic!("{line}") };
                let (name, kind) = (name.trim_matches('`').to_owned(), kind.to_owned());
                let field = Field { name, kind, is_always: present == "always" };
                objects.entry(object.clone()).or_default().push(field);
            }
        }
        Self(objects)
    }

    /// Holds a value against a type; notes the fields that are there.
    fn hold(&self, value: &Value, kind: &str, path: &str, seen: &mut BTreeSet<(String, String)>) {
        if let Some(kind) = kind.strip_suffix(" or null") {
            if !value.is_null() {
                self.hold(value, kind, path, seen);
            }
            return;
        }
        if let Some(kind) = kind.strip_prefix("list of ") {
            let list = value.as_array().unwrap_or_else(|| panic!("{path} is no list: {value}"));
            for one in list {
                self.hold(one, kind, path, seen);
            }
            return;
        }
        match kind {
            "text" => assert!(value.is_string(), "{path}: {value}"),
            "number" => assert!(value.is_number(), "{path}: {value}"),
            "boolean" => assert!(value.is_boolean(), "{path}: {value}"),
            _ => {
                let object = kind.split("](#").nth(1).and_then(|rest| rest.strip_suffix(')'));
                let object = object.unwrap_or_else(|| panic!("{path}: what is `{kind}`?"));
                self.hold_object(value, object, path, seen);
            }
        }
    }

    fn hold_object(
        &self,
        value: &Value,
        object: &str,
        path: &str,
        seen: &mut BTreeSet<(String, String)>,
    ) {
        let fields = &self.0[object];
        let found = value.as_object().unwrap_or_else(|| panic!("{path}: {value}"));
        for name in found.keys() {
            let has = fields.iter().any(|field| field.name == *name);
            assert!(has, "docs/json.md, {object}, has no row for `{name}` ({path})");
        }
        for field in fields {
            match found.get(&field.name) {
                Some(value) => {
                    seen.insert((object.to_owned(), field.name.clone()));
                    self.hold(value, &field.kind, &format!("{path}.{}", field.name), seen);
                }
                None => assert!(!field.is_always, "{path}: `{}` is not always there", field.name),
            }
        }
    }
}

const MANIFEST: &str = "\
applications:
- name: web
  docker:
    image: us.icr.io/acme/web:1.4
- name: hub
  docker:
    image: nginx
";

const FAILS: &str = "err uncompressed layer size exceeds quota;exit 1";

/// Runs whose documents have every field between them.
fn runs(world: &World) -> Vec<Run> {
    let with_manifest = |words: &[&str]| {
        let place = Workplace::new();
        place.write("work/manifest.yml", MANIFEST);
        Invocation::new_in(place, words).variable("ICR_CF_API_KEY", world.sample_key())
    };
    let place = Workplace::new();
    place.write("work/key.txt", format!("  {KEY}\n"));
    let of_file = Invocation::new_in(place, ["push", "web", "-o", "us.icr.io/acme/web:1"])
        .arguments(["--no-checks", "--api-key-file", "key.txt"]);
    let place = Workplace::new();
    place.write("work/manifest.yml", "applications:\n- name: web\n  instances: two\n");
    let faulty = Invocation::new_in(place, ["push"]);
    let asking = |words: &[&str]| {
        Invocation::new(words).variable("ICR_CF_API_KEY", world.sample_key()).in_world(world)
    };
    let all = vec![
        of_file.script("out Pushing app web...;exit 0"),
        Invocation::push(FAILS),
        Invocation::push("exit 0").arguments(["--dry-run"]),
        Invocation::push("exit 0").arguments(["--explain-key"]),
        faulty,
        Invocation::new(["push", "--nonsense"]),
        Invocation::new(["regions"]),
        asking(&["check", "web", "-o", "us.icr.io/acme/web:1.4", "--no-pin"]),
        asking(&["diff", "web", "-o", "us.icr.io/acme/web:1.4"]),
        asking(&["push", "web", "-o", "us.icr.io/acme/web:1.40"]),
        vulnerable(world),
        asking(&["resolve", "--digest", "us.icr.io/acme/web:1.4", "A/b"]),
        asking(&["resolve", "--tags", "us.icr.io/acme/web"]),
        with_manifest(&["check"]).in_world(world),
        with_manifest(&["push", "--no-checks"]).script(FAILS),
    ];
    all.into_iter().map(|run| run.arguments(["--output", "json"]).run()).collect()
}

/// Events that have every field of one between them.
fn events(world: &World) -> Vec<Value> {
    let image = "us.icr.io/acme/web:1.40";
    let runs = [
        Invocation::push(FAILS),
        Invocation::new(["push", "--nonsense"]),
        Invocation::new(["check", "web", "-o", image])
            .variable("ICR_CF_API_KEY", world.sample_key())
            .in_world(world),
    ];
    let runs = runs.map(|run| run.arguments(["--output", "json-lines"]).run());
    runs.iter().flat_map(crate::json_lines::events).collect()
}

/// Runs of the commands that have documents of their own, with the object that each is.
fn of_day_two(world: &World) -> Vec<(&'static str, Run)> {
    let digest = world.amd64_digest_of("us.icr.io/acme/web:1.4").unwrap();
    for (app, image) in [
        ("web", format!("us.icr.io/acme/web@{digest}")),
        ("hello", "us.icr.io/acme/hello:1.0".to_owned()),
    ] {
        world.run_app(app, &image, world.sample_key()).unwrap();
    }
    let space = world.add_space("acme", "prod");
    let others = ("registry.example.com/team/app", "team", world.team_password());
    world.run_app_in(&space, "other", others).unwrap();
    let run = |words: &[&str]| {
        let run = Invocation::new(words).arguments(["--output", "json"]).in_world(world);
        run.variable("ICR_CF_API_KEY", world.sample_key()).run()
    };
    let mut documents: Vec<(&'static str, Run)> = Vec::new();
    for words in [&["login"][..], &["login", "--status"], &["logout"]] {
        let place = Workplace::new();
        place.install_icr_cf("docker-credential-icr-cf");
        let run = Invocation::new_in(place, words).arguments(["--output", "json"]);
        documents.push(("login", run.variable("DOCKER_CONFIG", "docker").run()));
    }
    let slow = std::time::Duration::from_secs(3600);
    documents.extend([
        ("audit", run(&["audit"])),
        ("doctor", run(&["doctor"])),
        ("config", settings()),
        ("rotation", run(&["rotate", "--dry-run"])),
        ("rotation", run(&["rotate", "--on-error", "continue"])),
        ("rollback", run(&["rollback", "web", "--list"])),
        ("rollback", run(&["rollback", "web", "--to", &digest, "--dry-run"])),
    ]);
    world.set_start_time(slow);
    let failing = ["push", "web", "-o", "us.icr.io/acme/hello:1.0", "--timeout", "2s"];
    let rolling = ["--strategy", "rolling", "--rollback-on-failure"];
    documents.push(("document", run(&[&failing[..], &rolling[..]].concat())));
    documents.push(("rollback", run(&["rollback", "web", "--to", &digest, "--timeout", "200ms"])));
    documents
}

/// The settings of a folder.
fn settings() -> Run {
    let place = Workplace::new();
    place.write("work/icr-cf.toml", "region = \"eu-de\"\n");
    Invocation::new_in(place, ["config", "--output", "json"]).run()
}

/// A check of an image in which something was found.
fn vulnerable(world: &World) -> Invocation {
    const IMAGE: &str = "us.icr.io/acme/hello:1.0";
    let found = Vulnerability::new("CVE-2026-1").package("openssl", "1", "2");
    world.assess(IMAGE, Assessment::of([found]));
    let key = world.add_key(Key::random());
    let words = ["check", "web", "-o", IMAGE, "--vulnerabilities", "report"];
    Invocation::new(words).variable("ICR_CF_API_KEY", key).in_world(world)
}

#[test]
fn every_field_of_a_document_has_a_row_and_every_row_a_field() {
    let shape = Shape::read();
    let world = World::start().unwrap();
    let mut seen: BTreeSet<(String, String)> =
        UNSEEN.iter().map(|(object, name)| ((*object).to_owned(), (*name).to_owned())).collect();
    for run in runs(&world) {
        shape.hold_object(&run.json(), "document", "", &mut seen);
    }
    for event in events(&world) {
        shape.hold_object(&event, "event", "", &mut seen);
    }
    for (object, run) in of_day_two(&world) {
        shape.hold_object(&run.json(), object, "", &mut seen);
    }
    for (object, fields) in &shape.0 {
        for field in fields {
            let is_seen = seen.contains(&(object.clone(), field.name.clone()));
            assert!(is_seen, "docs/json.md, {object}: no document has `{}`", field.name);
        }
    }
}

/// What may be left out of a document may be left out of those above.
#[test]
fn every_field_that_is_made_into_json_has_a_row() {
    let shape = Shape::read();
    let fields: BTreeSet<&str> =
        shape.0.values().flatten().map(|field| field.name.as_str()).collect();
    let mut files = Vec::new();
    rust_files(Path::new("src"), &mut files);
    let mut names = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let is_made = |derive: &&str| derive.split(")]").next().unwrap().contains(" Serialize");
        for derived in text.split("#[derive(").skip(1).filter(is_made) {
            let Some(body) = derived.split_once('\n').map(|(_, rest)| rest) else { continue };
            let head = body.lines().find(|line| line.contains("struct ") || line.contains("enum "));
            if !head.is_some_and(|head| head.contains("struct ") && head.ends_with('{')) {
                continue;
            }
            let (mut is_left_out, mut renamed) = (false, None);
            let mut lines = body.lines().map(str::trim);
            lines.by_ref().find(|line| line.ends_with('{'));
            for line in lines.take_while(|line| *line != "}") {
                if line.starts_with("#[serde(") {
                    is_left_out = line.contains("serde(skip)");
                    renamed =
                        line.split("rename = \"").nth(1).and_then(|rest| rest.split('"').next());
                } else if let Some((name, _)) =
                    line.split_once(": ").filter(|_| line.ends_with(','))
                {
                    let name = renamed.unwrap_or(name.rsplit(' ').next().unwrap());
                    assert!(
                        is_left_out || fields.contains(name),
                        "docs/json.md has no row for `{name}` of {}",
                        file.display()
                    );
                    names += usize::from(!is_left_out);
                    (is_left_out, renamed) = (false, None);
                }
            }
        }
    }
    assert!(names >= 100, "{names} fields");
}
