//! Sources the completion scripts in real shells and completes lines in them.

use std::path::Path;

use crate::support::{Invocation, KEY, Setup, Workplace};

/// Lines that have one way to go on, and how they do.
const LINES: [(&str, &str); 25] = [
    ("icr-cf pus", "icr-cf push"),
    ("icr-cf comp", "icr-cf completions"),
    ("icr-cf push --mem", "icr-cf push --memory"),
    ("icr-cf push web --explain", "icr-cf push web --explain-key"),
    ("icr-cf resolve --dig", "icr-cf resolve --digest"),
    ("icr-cf regions --out", "icr-cf regions --output"),
    ("icr-cf push --region us-s", "icr-cf push --region us-south"),
    ("icr-cf check -r jp-t", "icr-cf check -r jp-tok"),
    ("icr-cf push web --strategy r", "icr-cf push web --strategy rolling"),
    ("icr-cf push web --health-check-type h", "icr-cf push web --health-check-type http"),
    ("icr-cf push --output t", "icr-cf push --output text"),
    ("icr-cf push --output=t", "icr-cf push --output=text"),
    ("icr-cf push web --region=au", "icr-cf push web --region=au-syd"),
    ("icr-cf push --on-error c", "icr-cf push --on-error continue"),
    ("icr-cf push --profile pr", "icr-cf push --profile prod"),
    ("icr-cf completions z", "icr-cf completions zsh"),
    ("icr-cf help day", "icr-cf help day-two"),
    ("icr-cf help rotat", "icr-cf help rotate"),
    ("icr-cf push wor", "icr-cf push worker"),
    ("icr-cf check -m 1G wor", "icr-cf check -m 1G worker"),
    ("icr-cf push -f oth", "icr-cf push -f other.yml"),
    ("icr-cf exec -- icr-c", "icr-cf exec -- icr-cf"),
    ("icr-cf exec --token -- ./do-i", "icr-cf exec --token -- ./do-it"),
    ("icr-cf exec --as KEY -- icr-cf oth", "icr-cf exec --as KEY -- icr-cf other.yml"),
    ("icr-cf push -f other.yml fr", "icr-cf push -f other.yml front"),
];

/// A folder with two manifests, and the program on the PATH of a shell.
fn place() -> Workplace {
    let place = Workplace::new();
    let program = env!("CARGO_BIN_EXE_icr-cf");
    std::os::unix::fs::symlink(program, place.path("bin/icr-cf")).unwrap();
    let apps =
        "applications:\n- name: web\n  instances: ((count))\n- name: worker\n- name: ((x))-y\n";
    place.write("work/manifest.yml", apps);
    place.write("work/icr-cf.toml", "[profile.prod]\njobs = 2\n[profile.Test]\njobs = 3\n");
    place.write("work/do-it", "");
    place.write("work/other.yml", "applications:\n- name: front\n- name: back\n");
    place
}

/// Whether a shell is there; says so where it is not.
#[expect(clippy::print_stderr, reason = "says what is skipped")]
fn is_installed(shell: &str) -> bool {
    let found = ["/usr/bin", "/bin", "/usr/local/bin", "/opt/homebrew/bin"]
        .iter()
        .any(|folder| Path::new(folder).join(shell).exists());
    if !found {
        eprintln!("skipped: `{shell}` is not installed");
    }
    found
}

fn in_shell(place: Workplace, line: &str) -> Invocation {
    let path = format!(
        "{}:/usr/local/bin:/opt/homebrew/bin:/usr/bin:/bin",
        place.path("bin").to_str().unwrap()
    );
    let key = ("ICR_CF_API_KEY", KEY);
    Invocation::new_in(place, [""; 0])
        .behind_shell(line)
        .variable("PATH", path)
        .variable("TERM", "xterm")
        .variable(key.0, key.1)
}

/// Completes lines in a shell that prints, for each, the line as it goes on.
fn completed(shell: &str, script: &str) {
    if !is_installed(shell) {
        return;
    }
    let place = place();
    place.write("script", script);
    let lines: String = LINES.iter().map(|(line, _)| format!("{line}\n")).collect();
    let run = in_shell(place, &format!("exec {shell} ../script")).stdin(lines).run();
    let expected: Vec<&str> = LINES.iter().map(|(_, line)| *line).collect();
    let found: Vec<&str> = run.out().lines().collect();
    assert_eq!(found, expected, "{run}");
    run.shows_nothing_of(KEY, &[]);
    assert!(run.record.events.is_empty(), "cf ran: {run}");
}

#[test]
fn bash_completes_commands_flags_and_values() {
    // Bash itself splits a line at these characters beside blanks.
    completed(
        "bash",
        r#"
source <(icr-cf completions bash)
function=$(complete -p icr-cf | sed 's/.*-F \([^ ]*\) .*/\1/')
while IFS= read -r line; do
    read -ra COMP_WORDS <<<"${line//=/ = }"
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$line COMP_POINT=${#line} COMP_TYPE=9
    current=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    "$function" icr-cf "$current" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
    for candidate in "${COMPREPLY[@]}"; do
        echo "${line%"$current"}$candidate"
    done
done
"#,
    );
}

#[test]
fn fish_completes_commands_flags_and_values() {
    completed(
        "fish",
        r"
icr-cf completions fish | source
while read --local line
    for candidate in (complete --do-complete $line | string split --fields 1 \t)
        echo (string replace --regex '[^ ]*$' '' -- $line)$candidate
    end
end
",
    );
}

/// Sets up a widget that takes the lines one after the other, completes each and writes it down.
const ZSH: &str = r#"
autoload -U compinit
compinit -u -D
LOADING
lines=("${(@f)$(<../lines)}")
next() {
    BUFFER=$lines[1] CURSOR=$#BUFFER
    shift lines
    zle complete-word
    print -r -- "${BUFFER%% }" >> ../completed
    BUFFER=
}
zle -N next
bindkey '^G' next
zle-line-init() { : > ../ready }
zle -N zle-line-init
"#;

fn in_zsh(loading: &str) {
    if !is_installed("zsh") {
        return;
    }
    let place = place();
    place.write("setup.zsh", ZSH.replace("LOADING", loading));
    let lines: Vec<&str> = LINES.iter().map(|(line, _)| *line).collect();
    place.write("lines", lines.join("\n"));
    let mut running = in_shell(place, "exec zsh -f -i").on(Setup::Leader).start();
    running.terminal().press(b"source ../setup.zsh\r");
    running.wait_for_file("ready");
    let mut found = Vec::new();
    for (at, _) in LINES.iter().enumerate() {
        running.terminal().press(b"\x07");
        running.wait_for("a line to be completed", |running| {
            let text = std::fs::read_to_string(running.place().path("completed"));
            found = text.unwrap_or_default().lines().map(str::to_owned).collect();
            found.len() > at
        });
    }
    running.terminal().press(b"exit\r");
    let run = running.finish();
    let expected: Vec<&str> = LINES.iter().map(|(_, line)| *line).collect();
    assert_eq!(found, expected, "{run}");
    assert!(run.record.events.is_empty(), "cf ran: {run}");
}

#[test]
fn zsh_completes_commands_flags_and_values() {
    in_zsh("source <(icr-cf completions zsh)");
}

#[test]
fn zsh_completes_from_a_file_that_it_has_found_itself() {
    in_zsh(
        "mkdir -p ../site\nicr-cf completions zsh > ../site/_icr-cf\nfpath=($PWD/../site $fpath)\ncompinit -u -D",
    );
}

/// The last of these words behind `push` is completed by nothing, and nothing is said.
#[track_caller]
fn offers_nothing(place: &Workplace, words: &[&str], why: &str) {
    let asked = std::process::Command::new(env!("CARGO_BIN_EXE_icr-cf"))
        .args(["--", "icr-cf", "push"])
        .args(words)
        .env_clear()
        .env("ICR_CF_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", (words.len() + 1).to_string())
        .current_dir(place.path("work"))
        .output()
        .unwrap();
    let said = String::from_utf8(asked.stdout).unwrap();
    assert_eq!((asked.status.code(), said.as_str()), (Some(0), ""), "{why}");
    assert!(asked.stderr.is_empty(), "{why}: {:?}", asked.stderr);
}

#[test]
fn a_manifest_that_is_none_or_whose_names_a_shell_would_run_offers_nothing() {
    let bad = |name: &str| format!("applications:\n- name: \"{name}\"\n");
    let names = ["w\\u001b", "w$(touch x)", "w x", "w`x`", "w;x", "w'"].map(bad);
    for text in names.iter().map(String::as_str).chain(["", "applications: [", "- 1"]) {
        let place = place();
        place.write("work/manifest.yml", text);
        offers_nothing(&place, &["w"], text);
    }
}

#[test]
fn a_file_of_settings_that_is_none_offers_no_profile() {
    for text in ["", "[profile", "nonsense = 1\n[profile.prod]\n", "[profile.\"$(x)\"]\n"] {
        let place = place();
        place.write("work/icr-cf.toml", text);
        offers_nothing(&place, &["--profile", ""], text);
    }
}
