//! Runs every block of shell in the README in a world of the sandbox, as it stands there: with the
//! images, files and programs that the recipes speak of, each block in a folder of its own.

use std::ffi::OsString;

use icr_cf_sandbox::{Image, Key, World};

use crate::support::{Invocation, Run, Workplace, secrets_stay};

/// The blocks of shell, without their comments.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while lines.by_ref().any(|line| line == "```sh") {
        let block = lines.by_ref().take_while(|line| *line != "```");
        let block: Vec<&str> = block.filter(|line| !line.starts_with('#')).collect();
        blocks.push(block.join("\n"));
    }
    blocks
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
    place.write("work/deploy/manifest.yml", DEPLOY);
    place.write("work/hub.txt", world.hub_password());
    place
}

fn run(block: &str) -> (World, Run) {
    let world = world();
    let place = place(&world);
    if block.contains("--docker-password-for") {
        place.write("work/manifest.yml", MANIFEST);
    }
    let mut path = OsString::from(place.path("bin"));
    path.push(":/usr/bin:/bin");
    let team = world.add_key(Key::random().namespaces(["team-b"]));
    let has_own_key =
        ["--api-key-file", "--api-key-command"].iter().any(|flag| block.contains(flag));
    let run = Invocation::new_in(place, [""; 0])
        .behind_shell(&format!("set -eu\n{block}"))
        .in_world(&world)
        .variable("PATH", path)
        .variable("TAG", "1.4")
        .variable("TEAM_B_KEY", team);
    // Said once, in the first recipe.
    let run = run.variable("ICR_REGION", "us-south");
    let run = if has_own_key { run } else { run.variable("ICR_CF_API_KEY", world.sample_key()) };
    let run = run.run();
    (world, run)
}

#[test]
fn every_block_of_shell_in_the_readme_works_as_it_stands() {
    let text = std::fs::read_to_string("README.md").unwrap();
    let blocks = blocks(&text);
    assert!(blocks.len() >= 10, "the README has {} blocks", blocks.len());
    std::thread::scope(|scope| {
        for block in &blocks {
            scope.spawn(move || {
                let (world, run) = run(block);
                assert_eq!(run.code, Some(0), "{block}: {run}");
                let pushes = block
                    .lines()
                    .filter(|line| line.starts_with("icr-cf push") && !line.contains("--dry-run"));
                let (asked, done) = (pushes.count(), run.record.pushes().len());
                assert!(done >= asked && (asked > 0 || done == 0), "{block}: {run}");
                let sources = ["home/secret", "work/key.json"].map(|name| run.place.path(name));
                let sources: Vec<_> = sources.iter().map(std::path::PathBuf::as_path).collect();
                secrets_stay(&world, &run, world.sample_key(), &sources);
                if block.contains("| jq ") {
                    let document = std::fs::read(run.place.path("document.json")).unwrap();
                    let document: serde_json::Value = serde_json::from_slice(&document).unwrap();
                    assert_eq!(document["outcome"]["phase"], "done", "{run}");
                    assert!(document["outcome"]["seconds"].is_number(), "{run}");
                }
            });
        }
    });
}

#[test]
fn every_line_in_the_text_of_the_readme_is_one_that_is_taken() {
    let text = std::fs::read_to_string("README.md").unwrap();
    let prose: Vec<&str> = text.split("```").step_by(2).collect();
    let prose = prose.concat();
    let spans = prose.split('`').skip(1).step_by(2).filter(|span| span.starts_with("icr-cf "));
    let mut taken = 0;
    for span in spans {
        let span = span.split('<').next().unwrap();
        let words = shell_words::split(span).unwrap().into_iter().map(OsString::from);
        let words: Vec<OsString> = words.collect();
        if let Err(error) = icr_cf::args::parse(&words) {
            panic!("`{span}`: {error}");
        }
        taken += 1;
    }
    assert!(taken >= 5, "{taken} lines");
}
