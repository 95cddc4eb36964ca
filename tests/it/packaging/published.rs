//! What is published beside the program: names, addresses, sums and versions agree, each version is that of
//! Cargo.toml, and the lines of `docs/install.md` run as they stand, with programs that write down how they
//! were called in place of those that would change the machine.

#[cfg(unix)]
use std::path::Path;
#[cfg(unix)]
use std::process::Command;

use super::{TARGETS, VERSION, text};

/// Files of the repository that go into a release, or make one.
const PUBLISHED: [&str; 10] = [
    ".ci/archives.sh",
    ".ci/deb",
    ".ci/publish",
    ".ci/release",
    "docs/install.md",
    "install.sh",
    "packaging/Containerfile",
    "packaging/debian/copyright",
    "packaging/icr-cf.rb",
    "packaging/stamp",
];

/// The only ones that may stand there: an example, and the one of a tool.
const KNOWN: [&str; 2] = ["1.2.3", "3.8.0"];

/// Words of digits and dots, at least two of these.
fn versions(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    let words = words.map(|word| word.trim_matches('.'));
    words.filter(|word| word.split('.').count() == 3).collect()
}

#[test]
fn no_published_file_has_a_version_of_its_own() {
    assert_eq!(versions("v0.1.0 (1.5) 127.0.0.1 cf-7.3.0."), ["0.1.0", "7.3.0"]);
    for file in PUBLISHED {
        let text = text(file);
        let stray: Vec<&str> =
            versions(&text).into_iter().filter(|version| !KNOWN.contains(version)).collect();
        assert_eq!(stray, [""; 0], "{file}");
    }
    let manifest = text("Cargo.toml");
    assert_eq!(manifest.matches(&format!("\nversion = \"{VERSION}\"")).count(), 1);
}

fn archive(target: &str, version: &str) -> String {
    let end = if target.contains("-windows-") { "zip" } else { "tar.gz" };
    format!("icr-cf-{version}-{target}.{end}")
}

#[test]
fn the_page_lists_the_archives_of_a_release_and_no_others() {
    let page = text("docs/install.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `icr-cf-VERSION-"));
    let mut listed: Vec<String> =
        rows.map(|row| format!("icr-cf-VERSION-{}", row.split('`').next().unwrap())).collect();
    listed.sort();
    assert_eq!(listed, TARGETS.map(|target| archive(target, "VERSION")));
}

#[test]
fn binstall_finds_the_archives_of_a_release() {
    let manifest = text("Cargo.toml");
    let found: Vec<&str> =
        manifest.lines().filter_map(|line| line.strip_prefix("pkg-url = ")).collect();
    let expected = [
        ("x86_64-unknown-linux-musl", true),
        ("x86_64-pc-windows-gnu", false),
        ("x86_64-pc-windows-gnu", true),
    ];
    for (line, (target, is_named)) in found.iter().zip(expected) {
        let wanted = archive(target, "{ version }").replace(".tar.gz", ".tar.xz");
        let wanted = if is_named { wanted.replace(target, "{ target }") } else { wanted };
        assert_eq!(*line, format!("\"{{ repo }}/releases/download/v{{ version }}/{wanted}\""));
    }
    assert_eq!(found.len(), 3);
}

#[cfg(unix)]
mod stamped {
    use std::process::Stdio;

    use super::*;
    use crate::support::{Workplace, spawn};

    /// Runs a line of a shell with programs of ours first on PATH; what it printed.
    fn shell(place: &Workplace, script: &str, variables: &[(&str, &str)]) -> String {
        let mut command = Command::new("bash");
        command.args(["-euc", script]).current_dir(place.path("work")).env_clear();
        let path = format!("{}:/usr/bin:/bin", place.path("bin").display());
        command.env("PATH", path).env("HOME", place.path("home")).env("TMPDIR", place.path("tmp"));
        command.envs(variables.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let run = spawn(&mut command).wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(run.status.success(), "{script}: {said}");
        String::from_utf8(run.stdout).unwrap() + &said
    }

    /// A release in `work/dist`: archives with a program that says the version, and what is made of them.
    fn release() -> Workplace {
        let place = Workplace::without_cf();
        place.write("work/program", format!("#!/bin/sh\necho icr-cf {VERSION}\n"));
        std::fs::create_dir(place.path("work/dist")).unwrap();
        for target in TARGETS {
            let (file, name) = (archive(target, VERSION), format!("icr-cf-{VERSION}-{target}"));
            let line = format!(
                "mkdir {name}; cp ../program {name}/icr-cf; chmod 755 {name}/icr-cf; tar -czf {file} {name}; rm -r {name}"
            );
            shell(&place, &format!("cd dist; {line}"), &[]);
        }
        let stamp = std::path::absolute("packaging/stamp").unwrap();
        shell(
            &place,
            &format!("{} \"$PWD/dist\"", stamp.display()),
            &[("GITHUB_REPOSITORY", "acme/tool")],
        );
        place
    }

    #[test]
    fn a_formula_has_the_address_and_the_sum_of_each_archive() {
        let place = release();
        let formula = std::fs::read_to_string(place.path("work/dist/icr-cf.rb")).unwrap();
        assert!(!formula.contains('@'), "{formula}");
        assert!(formula.starts_with("class IcrCf"), "{formula}");
        let formulae = TARGETS.iter().filter(|target| !target.contains("windows"));
        for target in formulae {
            let file = archive(target, VERSION);
            let sums = "if command -v sha256sum >/dev/null; then sha256sum";
            let sum = shell(
                &place,
                &format!("{sums} dist/{file}; else shasum -a 256 dist/{file}; fi"),
                &[],
            );
            let sum = sum.split(' ').next().unwrap();
            let pair = format!(
                "url \"https://github.com/acme/tool/releases/download/v{VERSION}/{file}\"\n      sha256 \"{sum}\""
            );
            assert!(formula.contains(&pair), "{pair}: {formula}");
        }
        if Command::new("ruby").arg("--version").output().is_err() {
            eprintln!("skipped: ruby is not there");
            return;
        }
        let said = Command::new("ruby").arg("-c").arg(place.path("work/dist/icr-cf.rb")).output();
        assert!(said.unwrap().status.success());
    }

    #[test]
    fn a_script_of_a_release_takes_the_archive_of_that_release() {
        let place = release();
        place.install_script("uname", "[ \"$1\" = -s ] && echo Linux || echo aarch64");
        shell(
            &place,
            "cd dist; if command -v sha256sum >/dev/null; then sha256sum *.tar.gz; else shasum -a 256 *.tar.gz; fi >SHA256SUMS",
            &[],
        );
        place.install_script("curl", FETCH);
        let said = shell(&place, "sh dist/install.sh", &[("WANTED", VERSION)]);
        assert!(said.contains(&format!("installed: icr-cf {VERSION} in ")), "{said}");
    }

    /// In place of curl: takes what the address names from `dist`, one way or the other.
    const FETCH: &str = r#"
out=
for word do
    case $last in --output) out=$word ;; esac
    case $word in
    https://github.com/acme/tool/releases/download/v$WANTED/*)
        cp "dist/${word##*/}" "${out:-${word##*/}}" ;;
    http*) echo "no such address: $word" >&2; exit 22 ;;
    esac
    last=$word
done"#;

    /// Those that would change the machine, or ask others.
    const STUBS: [&str; 5] = ["sudo", "brew", "cargo", "podman", "gh"];

    #[test]
    fn the_lines_of_the_page_run_one_after_another() {
        let place = release();
        for name in STUBS {
            place.install_script(name, &format!("echo \"{name} $*\" >>calls; echo ."));
        }
        place.install_script("curl", FETCH);
        // The page speaks of this system; what is asked of others is in the tests of the script.
        place.install_script("uname", "[ \"$1\" = -s ] && echo Linux || echo x86_64");
        std::fs::copy("packaging/Containerfile", place.path("work/dist/Containerfile")).unwrap();
        shell(
            &place,
            "for name in icr-cf_$V-1_amd64.deb icr-cf-$V.crate; do cp dist/icr-cf-$V-x86_64-unknown-linux-musl.tar.gz dist/$name; done; mkdir Formula",
            &[("V", VERSION)],
        );
        let sums =
            "if ! command -v sha256sum >/dev/null; then sha256sum() { shasum -a 256 \"$@\"; }; fi";
        shell(&place, &format!("{sums}; cd dist; sha256sum * >SHA256SUMS"), &[]);
        let mut script = format!("{sums}\nset -o pipefail\n");
        let mut blocks = 0;
        for page in ["docs/install.md", "README.md"] {
            let page = text(page);
            for block in page.split("\n```bash\n").skip(1) {
                script += block.split("\n```").next().unwrap();
                script += "\n";
                blocks += 1;
            }
        }
        assert!(blocks >= 9, "{blocks} blocks");
        let script = script.replace("OWNER/REPOSITORY", "acme/tool");
        let base = "debian@sha256:00";
        let variables = [("VERSION", VERSION), ("WANTED", VERSION), ("BASE", base)];
        shell(&place, &script, &variables);
        for file in [".local/bin/icr-cf", ".local/bin/docker-credential-icr-cf", "bin/icr-cf"] {
            assert!(place.path("home").join(file).exists(), "{file}");
        }
        let calls = std::fs::read_to_string(place.path("work/calls")).unwrap();
        for call in [
            format!(
                "gh attestation verify icr-cf-{VERSION}-x86_64-unknown-linux-musl.tar.gz --repo acme/tool"
            ),
            format!("sudo apt-get install ./icr-cf_{VERSION}-1_amd64.deb"),
            "brew install icr-cf/local/icr-cf".to_owned(),
            format!("cargo install --locked --path icr-cf-{VERSION}"),
            format!(
                "podman build --file Containerfile --build-arg BASE={base} --tag icr-cf icr-cf-{VERSION}-x86_64-unknown-linux-musl"
            ),
        ] {
            assert!(calls.contains(&call), "{call}: {calls}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_tag_has_to_be_that_of_the_version() {
    let check = |tag: &str| {
        let run = Command::new(".ci/publish").args(["--check-tag", tag]).output().unwrap();
        (run.status.success(), String::from_utf8(run.stderr).unwrap())
    };
    assert_eq!(check(&format!("v{VERSION}")), (true, String::new()));
    let (is_taken, said) = check("v9.9.9");
    assert!(!is_taken && said.contains(&format!("`git tag v{VERSION}`")), "{said}");
}

#[cfg(unix)]
#[test]
fn every_shell_script_is_clean() {
    if Command::new("shellcheck").arg("--version").output().is_err() {
        eprintln!("skipped: shellcheck is not there");
        return;
    }
    let mut scripts = Vec::new();
    for folder in [".", ".ci", "benches", "packaging"] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let first = text.lines().next().unwrap_or_default();
            if first.starts_with("#!") && first.ends_with("sh") {
                scripts.push(path);
            }
        }
    }
    assert!(scripts.iter().any(|path| path.ends_with(Path::new("install.sh"))), "{scripts:?}");
    let run = Command::new("shellcheck").args(["-x", "-P", ".ci"]).args(&scripts).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
}
