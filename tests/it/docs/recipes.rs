//! Runs every block of shell of the documents, what their CI files run, and every example of the help,
//! in a world of the sandbox, as it stands there: with the images, files and programs that the recipes
//! speak of, each in a folder of its own.

use std::ffi::OsString;

use icr_cf_sandbox::{Image, Key, World};

use super::{Page, pages};
use crate::support::{Invocation, Run, Workplace, secrets_stay};

/// How many worlds there are at once.
const AT_ONCE: usize = 8;

/// The blocks of shell, without their comments, and what the CI files run.
fn blocks(page: &Page) -> Vec<String> {
    let uncommented = |lines: Vec<&str>| {
        let lines: Vec<&str> = lines.into_iter().filter(|line| !line.starts_with('#')).collect();
        lines.join("\n")
    };
    let in_ci = |lines: Vec<&str>| {
        let runs = lines.iter().filter_map(|line| line.find("icr-cf ").map(|at| &line[at..]));
        runs.collect::<Vec<_>>().join("\n")
    };
    let shell = page.blocks("sh").into_iter().map(uncommented);
    shell.chain(page.blocks("yaml").into_iter().map(in_ci)).collect()
}

/// The lines under "Examples" of a help.
fn examples(command: &str) -> Vec<String> {
    let run = Invocation::new([command, "--help"]).run();
    let lines = run.out().lines().skip_while(|line| *line != "Examples:");
    let lines = lines.take_while(|line| !line.is_empty()).filter(|line| line.starts_with("    "));
    lines.map(|line| line.trim().to_owned()).collect()
}

const DEPLOY: &str = "\
applications:
- name: web
  docker:
    image: acme/web:((tag))
- name: worker
  docker:
    image: us.icr.io/acme/web:1.5
";

/// For the recipe with secrets of several registries.
const MANIFEST: &str = "\
applications:
- name: web
  docker:
    image: us.icr.io/acme/web:1.4
- name: b
  docker:
    image: us.icr.io/team-b/api:1
- name: hub
  docker:
    image: docker.io/acmehub/private:1
    username: hubuser
";

fn world() -> World {
    let world = World::start().unwrap();
    for image in ["web:1.4.2", "web:1.5", "api:2"] {
        world.add_image(&format!("us.icr.io/acme/{image}"), Image::runnable());
    }
    world.add_image("us.icr.io/team-b/api:1", Image::runnable());
    world
}

/// Apps that are there, in two releases, where day two is spoken of.
fn populate(world: &World) {
    for image in ["web:1.4", "web:1.5"] {
        let (name, tag) = image.split_once(':').unwrap();
        let digest = world.amd64_digest_of(&format!("us.icr.io/acme/{name}:{tag}"));
        let digest = digest.or_else(|| world.digest_of(&format!("us.icr.io/acme/{name}:{tag}")));
        let image = format!("us.icr.io/acme/{name}@{}", digest.unwrap());
        world.run_app("web", &image, world.sample_key()).unwrap();
    }
}

/// The programs that the recipes call, beside cf and this one.
fn place(world: &World) -> Workplace {
    let place = Workplace::new();
    let program = env!("CARGO_BIN_EXE_icr-cf");
    std::os::unix::fs::symlink(program, place.path("bin/icr-cf")).unwrap();
    let key = place.write("home/secret", world.sample_key());
    let key = key.display();
    place.install_script("op", &format!("[ \"$*\" = 'read op://deploy/icr/key' ] && cat {key}"));
    place.install_script(
        "ibmcloud",
        &format!("[ \"$5 $6\" = '--file key.json' ] && printf '{{\"apikey\":\"%s\"}}' \"$(cat {key})\" > key.json"),
    );
    place.install_script("jq", "exec cat > ../document.json");
    place.install_script("cargo", "[ \"$1\" = install ]");
    place.install_script("docker", "[ \"$1\" = login ] && cat > /dev/null");
    let deploy = place.install_script(
        "deploy.sh",
        "[ -n \"$CF_DOCKER_PASSWORD$ICR_CF_API_KEY$IC_API_KEY$IAM_TOKEN\" ]",
    );
    std::fs::rename(deploy, place.path("work/deploy.sh")).unwrap();
    place.write("work/deploy/manifest.yml", DEPLOY);
    place.write("work/hub.txt", world.hub_password());
    place.write("work/key.json", format!(r#"{{"apikey": "{}"}}"#, world.sample_key()));
    place
}

fn run(block: &str) -> (World, Run) {
    let world = world();
    if ["audit", "rotate", "rollback"].iter().any(|one| calls(block, one)) {
        populate(&world);
    }
    let place = place(&world);
    if block.contains("--docker-password-for") {
        place.write("work/manifest.yml", MANIFEST);
    }
    let mut path = OsString::from(place.path("bin"));
    path.push(":/usr/bin:/bin");
    let team = world.add_key(Key::random().namespaces(["team-b"]));
    let has_own_key =
        ["--api-key-file", "--api-key-command"].iter().any(|flag| block.contains(flag));
    let session = place.path("session");
    // Said once, in the first block of its page.
    let is_plugin = block.contains("cf icr-") && !block.contains("cf install-plugin");
    let before =
        if is_plugin { "cf install-plugin \"$(command -v icr-cf)\" -f > installed\n" } else { "" };
    let run = Invocation::new_in(place, [""; 0])
        .behind_shell(&format!("set -eu\n{before}{block}"))
        .in_world(&world)
        .variable("PATH", path)
        .variable("TAG", "1.4")
        // podman's file is below it, and else in a folder that no test may touch.
        .variable("XDG_RUNTIME_DIR", session)
        .variable("TEAM_B_KEY", team)
        .variable("NEW_KEY", world.sample_key());
    // Said once, in the first recipe.
    let run = run.variable("ICR_REGION", "us-south");
    let run = if has_own_key { run } else { run.variable("ICR_CF_API_KEY", world.sample_key()) };
    let run = run.run();
    (world, run)
}

/// Whether a block runs a command of ours, by our own name or as the plugin of cf.
fn calls(block: &str, command: &str) -> bool {
    ["icr-cf ", "cf icr-"].iter().any(|before| block.contains(&format!("{before}{command}")))
}

/// Runs it, and holds what it did against what it says.
fn holds(name: &str, block: &str) {
    let (world, run) = run(block);
    // That something would change is an answer.
    let ends_with_difference =
        block.lines().next_back().is_some_and(|line| line.starts_with("icr-cf diff"));
    let is_fine = run.code == Some(0) || ends_with_difference && run.code == Some(1);
    assert!(is_fine, "{name}: {block}: {run}");
    let is_push = |line: &&str| {
        let is_none = ["--dry-run", "--explain-key"].iter().any(|flag| line.contains(flag));
        let pushes = ["icr-cf push", "cf icr-push"].iter().any(|begin| line.starts_with(begin));
        pushes && !is_none
    };
    let (asked, done) = (block.lines().filter(is_push).count(), run.record.pushes().len());
    assert!(done >= asked && (asked > 0 || done == 0), "{name}: {block}: {run}");
    let sources = ["home/secret", "work/key.json"].map(|name| run.place.path(name));
    let sources: Vec<_> = sources.iter().map(std::path::PathBuf::as_path).collect();
    secrets_stay(&world, &run, world.sample_key(), &sources);
    if block.contains("| jq ") {
        let document = std::fs::read(run.place.path("document.json")).unwrap();
        let parts = serde_json::Deserializer::from_slice(&document).into_iter();
        let parts: Vec<serde_json::Value> = parts.map(Result::unwrap).collect();
        // The document, or the event with the record of the app.
        let app = parts.iter().find_map(|part| part.pointer("/apps/0").or(part.get("record")));
        assert_eq!(app.unwrap()["outcome"]["phase"], "done", "{run}");
        assert!(app.unwrap()["outcome"]["seconds"].is_number(), "{run}");
    }
}

/// Runs each, several at once.
fn all_hold(blocks: &[(String, String)]) {
    for some in blocks.chunks(AT_ONCE) {
        std::thread::scope(|scope| {
            for (name, block) in some {
                scope.spawn(move || holds(name, block));
            }
        });
    }
}

#[test]
fn every_block_of_shell_works_as_it_stands() {
    let mut all: Vec<(String, String)> = Vec::new();
    for page in pages() {
        let blocks = blocks(&page);
        assert!(page.name != "README.md" || blocks.len() >= 10, "{} blocks", blocks.len());
        for block in blocks {
            // One that stands in two documents is run once.
            if all.iter().all(|(_, known)| *known != block) {
                all.push((page.name.clone(), block));
            }
        }
    }
    all_hold(&all);
}

#[test]
fn every_example_of_the_help_works_as_it_stands() {
    let mut all = Vec::new();
    for (command, least) in [
        ("push", 5),
        ("check", 3),
        ("diff", 3),
        ("audit", 3),
        ("rotate", 3),
        ("rollback", 2),
        ("doctor", 2),
        ("exec", 3),
        ("login", 3),
        ("config", 2),
    ] {
        let examples = examples(command);
        assert!(examples.len() >= least, "{command}: {examples:?}");
        all.extend(examples.into_iter().map(|line| (format!("{command} --help"), line)));
    }
    all_hold(&all);
}

#[test]
fn every_line_in_the_text_of_a_document_is_one_that_is_taken() {
    let mut taken = 0;
    for page in pages() {
        for span in page.spans().iter().filter(|span| span.starts_with("icr-cf ")) {
            let span = span.split('<').next().unwrap();
            // clap takes the words one after another, so that it stumbles before it gets to the last.
            let words = shell_words::split(span).unwrap();
            let run = Invocation::new(words.into_iter().skip(1).chain(["--help".into()])).run();
            assert_eq!(run.code, Some(0), "{}: `{span}`: {run}", page.name);
            taken += 1;
        }
    }
    assert!(taken >= 10, "{taken} lines");
}
