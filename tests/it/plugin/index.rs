//! The entry for the index of cf plugins (cloudfoundry/cli-plugin-repo), made of the archives of a
//! release, against the rules of that index.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use super::through_cf;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const LINUX: &str = "x86_64-unknown-linux-musl";
const MACOS: &str = "x86_64-apple-darwin";
const WINDOWS: &str = "x86_64-pc-windows-gnu";

/// What a program of a release has in it, here.
fn content(target: &str) -> String {
    format!("the program for {target}\n")
}

/// Makes an archive as a release has it.
fn pack(dist: &Path, target: &str) {
    let name = format!("icr-cf-{VERSION}-{target}");
    let (folder, is_windows) = (dist.join(&name), target.contains("windows"));
    std::fs::create_dir(&folder).unwrap();
    let exe = if is_windows { "icr-cf.exe" } else { "icr-cf" };
    std::fs::write(folder.join(exe), content(target)).unwrap();
    std::fs::write(folder.join("LICENSE"), "").unwrap();
    let zipped = is_windows && run("zip", dist, &["-q", "-r", &format!("{name}.zip"), &name]);
    if !zipped {
        assert!(run("tar", dist, &["-czf", &format!("{name}.tar.gz"), &name]));
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// Runs a program of the system; whether that went well.
fn run(program: &str, folder: &Path, words: &[&str]) -> bool {
    let output = Command::new(program).args(words).current_dir(folder).output();
    output.is_ok_and(|output| output.status.success())
}

/// Whether all is there that the script needs; says what is not.
fn can_run() -> bool {
    let missing = ["bash", "tar"].into_iter().find(|one| !run(one, Path::new("."), &["--version"]));
    if let Some(program) = missing {
        // Not by `eprintln`, which shows nothing of a test that passes.
        let _ = writeln!(std::io::stderr(), "skipped: there is no {program}");
    }
    missing.is_none()
}

fn entry(dist: &Path, repository: &str) -> Output {
    let mut script = Command::new("packaging/plugin-entry");
    script.arg(dist).env("GITHUB_REPOSITORY", repository).env("SOURCE_DATE_EPOCH", "1800000000");
    script.output().unwrap()
}

/// Holds the keys of every mapping against "in their order".
#[track_caller]
fn is_sorted(yaml: &str) {
    let mut open: Vec<(usize, String)> = Vec::new();
    for line in yaml.lines() {
        let content = line.trim_start_matches([' ', '-']);
        let depth = line.len() - content.len();
        let key = content.split(':').next().unwrap().to_owned();
        open.retain(|(other, _)| *other <= depth);
        let begins = line[..depth].contains('-');
        let before = open.last().filter(|(other, _)| *other == depth && !begins);
        assert!(before.is_none_or(|(_, before)| *before < key), "`{key}` stands late:\n{yaml}");
        open.retain(|(other, _)| *other < depth);
        open.push((depth, key));
    }
}

/// The values of a key, in their order.
fn values<'a>(yaml: &'a str, key: &str) -> Vec<&'a str> {
    let key = format!("{key}:");
    let lines = yaml.lines().map(|line| line.trim_start_matches([' ', '-']));
    lines.filter_map(|line| line.strip_prefix(&key)).map(str::trim).collect()
}

#[test]
fn the_entry_keeps_the_rules_of_the_index() {
    if !can_run() {
        return;
    }
    let dist = tempfile::tempdir().unwrap();
    for target in [LINUX, MACOS, WINDOWS] {
        pack(dist.path(), target);
    }
    let made = entry(dist.path(), "acme/icr-cf");
    let (text, said) =
        (String::from_utf8(made.stdout).unwrap(), String::from_utf8(made.stderr).unwrap());
    assert!(made.status.success() && said.is_empty(), "{text}{said}");
    is_sorted(&text);
    assert!(!text.contains('@') && !text.contains('#'), "{text}");
    assert_eq!(values(&text, "platform"), ["linux64", "osx", "win64"]);
    let (urls, sums) = (values(&text, "url"), values(&text, "checksum"));
    for (at, target) in [LINUX, MACOS, WINDOWS].into_iter().enumerate() {
        let begin = format!("https://github.com/acme/icr-cf/releases/download/v{VERSION}/");
        let file = urls[at].strip_prefix(&begin).unwrap();
        assert!(file.contains(VERSION), "{file}");
        let is_exe = Path::new(file).extension().is_some_and(|end| end == "exe");
        assert_eq!(is_exe, target == WINDOWS, "{file}");
        let program = std::fs::read(dist.path().join(file)).unwrap();
        assert_eq!(program, content(target).into_bytes());
        let sum = digest(&SHA1_FOR_LEGACY_USE_ONLY, &program);
        let sum: String = sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(sums[at], sum);
    }
    assert_eq!(values(&text, "version"), [VERSION]);
    assert_eq!(values(&text, "updated"), ["2027-01-15T08:00:00Z"]);
    assert_eq!(
        values(&text, "homepage"),
        ["https://github.com/acme", "https://github.com/acme/icr-cf"]
    );
    assert_eq!(values(&text, "description"), [env!("CARGO_PKG_DESCRIPTION")]);
    assert!(!env!("CARGO_PKG_DESCRIPTION").contains([':', '"', '\'', '&']), "YAML would read it");
    let plugins = through_cf(["plugins"]).run();
    let rows = plugins.out().lines().filter(|line| line.contains(" icr-push "));
    let name: Vec<&str> = rows.filter_map(|row| row.split_whitespace().next()).collect();
    assert_eq!(values(&text, "name"), [&["acme"], name.as_slice()].concat(), "{plugins}");
}

#[test]
fn what_is_missing_is_said() {
    if !can_run() {
        return;
    }
    let dist = tempfile::tempdir().unwrap();
    pack(dist.path(), LINUX);
    for (repository, error) in [
        ("acme/icr-cf", "error: there is no archive for osx in "),
        ("", "error: GITHUB_REPOSITORY is not OWNER/NAME\n"),
        ("a b/c", "error: GITHUB_REPOSITORY is not OWNER/NAME\n"),
    ] {
        let made = entry(dist.path(), repository);
        let said = String::from_utf8(made.stderr).unwrap();
        assert_eq!(made.status.code(), Some(1), "{said}");
        assert!(said.starts_with(error) && said.contains("\nhint: "), "{said}");
        assert!(made.stdout.is_empty(), "{said}");
    }
}
