//! The SBOM of each archive: every crate of the program for that target, as cargo and Cargo.lock have it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use super::{TARGETS, VERSION, text};

/// That of a target; none where there is no Python from 3.11 on, or not every crate for that target.
fn bill(target: &str) -> Option<Vec<u8>> {
    let mut command = Command::new("python3");
    command.args([".ci/sbom.py", target]).env("CARGO", env!("CARGO"));
    command.env("CARGO_NET_OFFLINE", "true");
    let run = command.env("SOURCE_DATE_EPOCH", "1700000000").output().ok()?;
    let said = String::from_utf8_lossy(&run.stderr);
    if ["tomllib", "--offline"].iter().any(|words| said.contains(words)) {
        return None;
    }
    assert!(run.status.success(), "{said}");
    Some(run.stdout)
}

/// Name, version and licence of what `cargo tree` shows.
fn crates(target: &str, edges: &str) -> BTreeSet<[String; 3]> {
    let words = ["tree", "-p", "icr-cf", "--locked", "--offline", "--target", target, "-e", edges];
    let mut command = Command::new(env!("CARGO"));
    command.args(words).args(["--prefix", "none", "--format", "{p}|{l}"]);
    let run = command.output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let shown = String::from_utf8(run.stdout).unwrap();
    let rows = shown.lines().filter(|line| !line.is_empty()).map(|line| {
        let (package, licence) = line.split_once('|').unwrap();
        let mut words = package.split_whitespace();
        let name = words.next().unwrap().to_owned();
        let version = words.next().unwrap().trim_start_matches('v').to_owned();
        [name, version, licence.trim_end_matches(" (*)").replace('/', " OR ")]
    });
    rows.filter(|[name, ..]| name != "icr-cf").collect()
}

fn sums() -> BTreeMap<[String; 2], String> {
    let lock = text("Cargo.lock");
    let packages = lock.split("[[package]]").skip(1).filter_map(|package| {
        let field = |name: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(&format!("{name} = ")));
            line.map(|value| value.trim_matches('"').to_owned())
        };
        Some(([field("name")?, field("version")?], field("checksum")?))
    });
    packages.collect()
}

#[test]
fn every_crate_of_a_program_is_in_its_bill_with_version_licence_and_sum() {
    let sums = sums();
    // One of each system.
    for target in [TARGETS[0], TARGETS[3], TARGETS[4]] {
        let Some(bytes) = bill(target) else {
            eprintln!(
                "skipped: {target}: no Python from 3.11 on, or not all of its crates are here"
            );
            continue;
        };
        let bill: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(
            (&bill["bomFormat"], &bill["specVersion"]),
            (&"CycloneDX".into(), &"1.5".into())
        );
        assert_eq!(bill["metadata"]["component"]["version"], VERSION);
        assert_eq!(bill["metadata"]["timestamp"], "2023-11-14T22:13:20Z");
        let running = crates(target, "normal,no-proc-macro");
        let mut seen = BTreeSet::new();
        for component in bill["components"].as_array().unwrap() {
            let field = |name: &str| component[name].as_str().unwrap().to_owned();
            let (name, version) = (field("name"), field("version"));
            let licence = component["licenses"][0]["expression"].as_str().unwrap();
            let row = [name.clone(), version.clone(), licence.to_owned()];
            assert_eq!(field("purl"), format!("pkg:cargo/{name}@{}", version.replace('+', "%2B")));
            assert_eq!(component["hashes"][0]["content"], sums[&[name, version]], "{component}");
            let scope = if running.contains(&row) { "required" } else { "excluded" };
            assert_eq!(component["scope"], scope, "{component}");
            assert!(seen.insert(row), "twice: {component}");
        }
        assert_eq!(seen, crates(target, "normal,build"), "{target}");
        assert_refers_to_what_is_there(&bill);
    }
}

#[track_caller]
fn assert_refers_to_what_is_there(bill: &Value) {
    let own = &bill["metadata"]["component"]["bom-ref"];
    let others = bill["components"].as_array().unwrap().iter().map(|each| &each["bom-ref"]);
    let there: BTreeSet<&str> = others.chain([own]).map(|name| name.as_str().unwrap()).collect();
    let mut rows = BTreeSet::new();
    for row in bill["dependencies"].as_array().unwrap() {
        rows.insert(row["ref"].as_str().unwrap());
        for on in row["dependsOn"].as_array().unwrap() {
            assert!(there.contains(on.as_str().unwrap()), "{on}");
        }
    }
    assert_eq!(rows, there);
}

#[test]
fn the_same_source_has_the_same_bill() {
    assert_eq!(bill(TARGETS[1]), bill(TARGETS[1]));
}
