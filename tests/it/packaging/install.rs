//! `install.sh`, with a folder of archives in place of a release and a program in it that says when it runs.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Workplace, spawn, wait_for};

const ARCHIVE: &str = "icr-cf-9.8.7-x86_64-unknown-linux-musl.tar.gz";

/// A release in a folder, and where its program would go.
struct Release {
    place: Workplace,
    system: [&'static str; 2],
    path: String,
}

impl Release {
    /// With one archive, whose program answers to `--version` and leaves a file `ran`.
    fn new() -> Self {
        let place = Workplace::without_cf();
        place.install_script(
            "uname",
            r#"case $1 in -s) echo "$SYSTEM";; -m) echo "$MACHINE";; esac"#,
        );
        let path = format!("{}:/usr/bin:/bin", place.path("bin").display());
        let release = Self { place, system: ["Linux", "x86_64"], path };
        release.add(ARCHIVE, "9.8.7");
        release.write_sums();
        release
    }

    fn releases(&self) -> PathBuf {
        self.place.path("releases")
    }

    fn add(&self, archive: &str, version: &str) {
        let ran = self.place.path("ran");
        let name = archive.trim_end_matches(".tar.gz");
        let program =
            format!("#!/bin/sh\necho {version} >> '{}'\necho icr-cf {version}\n", ran.display());
        self.place.write(&format!("releases/{name}/icr-cf"), &program);
        self.shell(&format!(
            "chmod 755 {name}/icr-cf && tar -czf {archive} {name} && rm -r {name}"
        ));
    }

    fn write_sums(&self) {
        self.shell(
            "if command -v sha256sum >/dev/null; then sha256sum *.tar.*; else shasum -a 256 *.tar.*; fi >SHA256SUMS",
        );
    }

    /// All archives packed by xz as well; false where there is no xz.
    #[expect(clippy::print_stderr, reason = "what is skipped is said")]
    fn pack_with_xz(&self) -> bool {
        let line = "command -v xz >/dev/null || exit 3; for a in *.tar.gz; do gzip -dc $a | xz >${a%.gz}.xz; done";
        let mut command = Command::new("sh");
        command.args(["-ec", line]).current_dir(self.releases());
        let done = spawn(&mut command).wait().unwrap();
        if done.code() == Some(3) {
            eprintln!("skipped: there is no xz");
        }
        self.write_sums();
        done.success()
    }

    fn shell(&self, line: &str) {
        let mut command = Command::new("sh");
        command.args(["-ec", line]).current_dir(self.releases());
        assert!(spawn(&mut command).wait().unwrap().success(), "{line}");
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("/bin/sh");
        command.arg(std::path::absolute("install.sh").unwrap()).args(words);
        command.current_dir(self.place.path("work")).stdin(Stdio::null());
        command.env_clear().env("PATH", &self.path).env("HOME", self.place.path("home"));
        command.env("TMPDIR", self.place.path("tmp"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("SYSTEM", self.system[0]).env("MACHINE", self.system[1]);
        command
    }

    /// Runs the script as it stands.
    fn run(&self, words: &[&str]) -> Seen {
        let seen = Seen::of(&mut self.command(words));
        self.leaves_nothing(&seen);
        seen
    }

    /// Runs it with the folder as the release.
    fn install(&self, words: &[&str]) -> Seen {
        let from = format!("file://{}", self.releases().display());
        self.run(&[&["--from", &from], words].concat())
    }

    #[track_caller]
    fn leaves_nothing(&self, seen: &Seen) {
        assert_eq!(fs::read_dir(self.place.path("tmp")).unwrap().count(), 0, "{seen:?}");
    }

    fn ran(&self) -> bool {
        self.place.path("ran").exists()
    }

    /// What is in the folder where the program goes.
    fn installed(&self) -> Vec<String> {
        let Ok(folder) = fs::read_dir(self.place.path("home/.local/bin")) else {
            return Vec::new();
        };
        let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

/// What a run showed.
#[derive(Debug)]
struct Seen {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Seen {
    fn of(command: &mut Command) -> Self {
        Self::at_the_end(spawn(command).wait_with_output().unwrap())
    }

    fn at_the_end(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    #[track_caller]
    fn refuses(&self, code: i32, words: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.err.starts_with("error: ") || self.err.starts_with("curl: "), "{self:?}");
        assert!(self.err.contains(words), "{self:?}");
        assert!(self.err.contains("\nhint: "), "{self:?}");
    }
}

/// Whether what the script needs is on this machine.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn has_curl() -> bool {
    let there = Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_ok();
    if !there {
        eprintln!("skipped: curl is not there");
    }
    there
}

#[test]
fn a_program_is_installed_with_its_helper_and_the_line_for_path_is_shown() {
    if !has_curl() {
        return;
    }
    let release = Release::new();
    let seen = release.install(&[]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert_eq!(release.installed(), ["docker-credential-icr-cf", "icr-cf"], "{seen:?}");
    let folder = release.place.path("home/.local/bin");
    let helper = fs::read_link(folder.join("docker-credential-icr-cf")).unwrap();
    assert_eq!(helper, PathBuf::from("icr-cf"));
    assert!(seen.out.contains("installed: icr-cf 9.8.7 in "), "{seen:?}");
    let line = seen.out.lines().find_map(|line| line.strip_prefix("  export ")).unwrap();
    let mut shown = Command::new("sh");
    shown
        .args(["-c", &format!("export {line}; icr-cf --version")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    assert_eq!(Seen::of(&mut shown).out, "icr-cf 9.8.7\n");
}

#[test]
fn nothing_that_is_not_what_the_sums_say_is_unpacked_or_run() {
    if !has_curl() {
        return;
    }
    for (change, words) in [
        (
            "sed 's/^..../0000/' SHA256SUMS >other; mv other SHA256SUMS".to_owned(),
            "is not what SHA256SUMS says",
        ),
        (format!("head -c 60 {ARCHIVE} >cut && mv cut {ARCHIVE}"), "is not what SHA256SUMS says"),
        ("echo >SHA256SUMS".to_owned(), "no line for x86_64-unknown-linux-musl"),
    ] {
        let release = Release::new();
        release.shell(&change);
        release.install(&[]).refuses(65, words);
        assert!(!release.ran(), "{change}");
        assert_eq!(release.installed(), [""; 0], "{change}");
    }
}

#[test]
fn a_release_or_an_archive_that_is_not_there_is_named() {
    if !has_curl() {
        return;
    }
    let release = Release::new();
    release
        .install(&["--version", "1.0.0"])
        .refuses(65, "`icr-cf-1.0.0-x86_64-unknown-linux-musl.tar.gz`");
    release.shell("rm *.tar.gz");
    release.install(&[]).refuses(69, ARCHIVE);
    release.shell("rm SHA256SUMS");
    release.install(&[]).refuses(69, "/SHA256SUMS`");
}

#[test]
fn the_smaller_archive_is_taken_where_it_can_be_unpacked() {
    if !has_curl() {
        return;
    }
    let release = Release::new();
    release.add("icr-cf-9.10.0-x86_64-unknown-linux-musl.tar.gz", "9.10.0");
    if !release.pack_with_xz() {
        return;
    }
    release.shell("rm icr-cf-9.8.7-*.tar.gz");
    assert!(release.install(&["--version", "9.8.7"]).out.contains("icr-cf 9.8.7"));
    // A release that has none.
    release.shell("rm icr-cf-9.10.0-*.tar.xz; sed -i.old /9.10.0.*xz/d SHA256SUMS");
    assert!(release.install(&["--version", "9.10.0"]).out.contains("icr-cf 9.10.0"));
    // A machine that has no xz.
    let mut release = Release::new();
    assert!(release.pack_with_xz());
    release.shell("rm *.tar.xz");
    let bin = release.place.path("bin");
    let tools = "sh curl tar gzip sha256sum shasum perl cut sed grep head mktemp rm mkdir cp chmod mv ln tr cat";
    release.shell(&format!(
        "for tool in {tools}; do path=$(command -v $tool) && ln -s $path {}/$tool; done; true",
        bin.display()
    ));
    release.path = bin.display().to_string();
    assert!(release.install(&[]).out.contains("icr-cf 9.8.7"));
    // What was changed on the way is not unpacked.
    let release = Release::new();
    assert!(release.pack_with_xz());
    release.shell("echo x >>icr-cf-9.8.7-x86_64-unknown-linux-musl.tar.xz");
    release.install(&[]).refuses(65, "is not what SHA256SUMS says");
    assert!(!release.ran());
}

#[test]
fn an_old_program_is_replaced_and_an_old_release_can_be_chosen() {
    if !has_curl() {
        return;
    }
    let release = Release::new();
    assert_eq!(release.install(&[]).code, Some(0));
    release.add("icr-cf-9.10.0-x86_64-unknown-linux-musl.tar.gz", "9.10.0");
    release.write_sums();
    release.install(&[]).refuses(2, "several releases");
    let seen = release.install(&["--version", "v9.10.0"]);
    assert!(seen.out.contains("icr-cf 9.10.0"), "{seen:?}");
    let seen = release.install(&["--version", "9.8.7"]);
    assert!(seen.out.contains("icr-cf 9.8.7"), "{seen:?}");
    let elsewhere = release.install(&["--version", "9.8.7", "--to", "some where/bin"]);
    assert_eq!(elsewhere.code, Some(0), "{elsewhere:?}");
    assert!(release.place.path("work/some where/bin/icr-cf").exists());
}

#[test]
fn a_program_that_does_not_run_here_takes_nobodys_place() {
    if !has_curl() {
        return;
    }
    let release = Release::new();
    assert_eq!(release.install(&[]).code, Some(0));
    let before = fs::read(release.place.path("home/.local/bin/icr-cf")).unwrap();
    release.add(ARCHIVE, "9.8.7; exit 1");
    release.write_sums();
    release.install(&[]).refuses(78, "does not run on this machine");
    assert_eq!(fs::read(release.place.path("home/.local/bin/icr-cf")).unwrap(), before);
    assert_eq!(release.installed(), ["docker-credential-icr-cf", "icr-cf"]);
}

#[test]
fn a_folder_that_cannot_be_written_to_is_named() {
    if !has_curl() {
        return;
    }
    let release = Release::new();
    release.place.write("work/file", "");
    release.install(&["--to", "file/bin"]).refuses(74, "`file/bin`");
    assert!(!release.ran());
}

#[test]
fn what_is_missing_on_the_machine_is_said_before_anything_is_fetched() {
    let mut release = Release::new();
    let bin = release.place.path("bin");
    release.path = bin.display().to_string();
    let lend = |name: &str| {
        let found = ["/usr/bin", "/bin"].map(|folder| PathBuf::from(folder).join(name));
        let found = found.iter().find(|path| path.exists()).unwrap();
        std::os::unix::fs::symlink(found, bin.join(name)).unwrap();
    };
    lend("sed");
    release.install(&[]).refuses(78, "curl is not installed");
    release.place.install_script("curl", "exit 1");
    release.install(&[]).refuses(78, "tar is not installed");
    lend("tar");
    release.install(&[]).refuses(78, "neither sha256sum nor shasum");
}

#[test]
fn systems_without_a_program_are_refused_and_the_others_get_their_own() {
    let mut release = Release::new();
    for (system, words) in [
        (["FreeBSD", "amd64"], "no program for FreeBSD"),
        (["Linux", "riscv64"], "no program for Linux on riscv64"),
        (["Linux", "armv7l"], "no program for Linux on armv7l"),
        (["MINGW64_NT-10.0", "x86_64"], "for Linux and macOS"),
    ] {
        release.system = system;
        release.install(&[]).refuses(78, words);
    }
    if !has_curl() {
        return;
    }
    for (system, target) in [
        (["Linux", "aarch64"], "aarch64-unknown-linux-musl"),
        (["Darwin", "arm64"], "aarch64-apple-darwin"),
    ] {
        release.system = system;
        release.install(&[]).refuses(65, target);
    }
}

#[test]
fn a_copy_without_an_address_says_how_to_give_one() {
    let release = Release::new();
    release.run(&[]).refuses(78, "does not know where the releases are");
    let hint = release.run(&[]).err;
    assert!(hint.contains("`sh install.sh --from URL`, or ICR_CF_RELEASES=URL"), "{hint}");
    for (from, words) in [
        ("http://example.com/releases", "by http://"),
        ("releases", "is no address"),
        ("https://example.com/v{version}", "has a place for the version"),
    ] {
        release.run(&["--from", from]).refuses(2, words);
    }
    release.run(&["--for", "me"]).refuses(2, "no argument `--for`");
    release.run(&["--version", "1 0"]).refuses(2, "no version");
    if !has_curl() {
        return;
    }
    let from = format!("file://{}", release.place.path("{version}").display());
    fs::rename(release.releases(), release.place.path("9.8.7")).unwrap();
    let seen = Seen::of(release.command(&["--version", "9.8.7"]).env("ICR_CF_RELEASES", from));
    assert_eq!(seen.code, Some(0), "{seen:?}");
}

#[test]
fn an_interrupt_ends_the_download_and_leaves_nothing() {
    let release = Release::new();
    release.place.install_script("curl", "echo $$ >curl; exec sleep 30");
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let child = spawn(&mut release.command(&["--from", "https://example.com"]));
        let file = release.place.path("work/curl");
        wait_for("curl", || fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n')));
        let number = fs::read_to_string(&file).unwrap();
        kill_process(Pid::from_child(&child), signal).unwrap();
        let seen = Seen::at_the_end(child.wait_with_output().unwrap());
        assert_eq!(seen.code, Some(code), "{seen:?}");
        release.leaves_nothing(&seen);
        let curl = Pid::from_raw(number.trim().parse().unwrap()).unwrap();
        wait_for("the end of curl", || kill_process(curl, Signal::CONT).is_err());
        fs::remove_file(file).unwrap();
    }
}
