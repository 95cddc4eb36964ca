//! The key is nowhere but where it has to be: in no output, no argument vector, no file, no
//! environment but that of the one `cf push`. The modules below have the refusals, the processes
//! and what cf itself lets slip.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::support::{Invocation, KEY, Run, Workplace};
#[cfg(unix)]
use crate::support::{Setup, key_of};

mod advisor;
mod checks;
mod exec;
#[cfg(unix)]
mod lines;
mod masking;
#[cfg(unix)]
mod plugin;
#[cfg(unix)]
mod processes;
mod refusals;

#[cfg(target_os = "linux")]
pub(crate) use processes::seen_in_processes;

/// The variables that may hold a key.
pub(crate) const VARIABLES: [&str; 6] = [
    "ICR_CF_API_KEY",
    "CF_DOCKER_PASSWORD",
    "IBMCLOUD_API_KEY",
    "IBM_CLOUD_API_KEY",
    "IC_API_KEY",
    "BLUEMIX_API_KEY",
];

/// The ways to give a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Variable(&'static str),
    VariableWithPath,
    File,
    JsonFile,
    Stdin,
    FileFromStdin,
    #[cfg(unix)]
    Command,
    DockerAuth,
    DockerHome,
    Podman,
    #[cfg(unix)]
    Helper,
    #[cfg(unix)]
    Store,
    /// A file of settings that names a file.
    #[cfg(unix)]
    SettingsFile,
    /// One that names a command.
    #[cfg(unix)]
    SettingsCommand,
    ForVariable,
    ForFile,
    #[cfg(unix)]
    ForCommand,
}

const SOURCES: &[Source] = &[
    Source::Variable("ICR_CF_API_KEY"),
    Source::Variable("CF_DOCKER_PASSWORD"),
    Source::Variable("IBMCLOUD_API_KEY"),
    Source::Variable("IBM_CLOUD_API_KEY"),
    Source::Variable("IC_API_KEY"),
    Source::Variable("BLUEMIX_API_KEY"),
    Source::VariableWithPath,
    Source::File,
    Source::JsonFile,
    Source::Stdin,
    Source::FileFromStdin,
    #[cfg(unix)]
    Source::Command,
    Source::DockerAuth,
    Source::DockerHome,
    Source::Podman,
    #[cfg(unix)]
    Source::Helper,
    #[cfg(unix)]
    Source::Store,
    #[cfg(unix)]
    Source::SettingsFile,
    #[cfg(unix)]
    Source::SettingsCommand,
    Source::ForVariable,
    Source::ForFile,
    #[cfg(unix)]
    Source::ForCommand,
];

/// The user's own file of settings.
#[cfg(unix)]
const SETTINGS: &str = "home/.config/icr-cf/config.toml";

/// Docker's configuration with a key in it.
fn auths(key: &str) -> String {
    let auth = STANDARD.encode(format!("iamapikey:{key}"));
    json!({"auths": {"us.icr.io": {"auth": auth}}}).to_string()
}

/// Gives a run its key; names the files that hold it.
fn give(invocation: Invocation, source: Source, key: &str) -> (Invocation, Vec<PathBuf>) {
    let place = invocation.place();
    let plain = || place.write("home/the-key", format!("{key}\n"));
    match source {
        Source::Variable(name) => (invocation.variable(name, key), vec![]),
        Source::VariableWithPath => {
            let path = plain();
            let value = format!("@{}", path.display());
            (invocation.variable("IBMCLOUD_API_KEY", value), vec![path])
        }
        Source::File => {
            let path = plain();
            (invocation.arguments(["--api-key-file".as_ref(), path.as_os_str()]), vec![path])
        }
        Source::JsonFile => {
            let text = json!({"name": "ci", "apikey": key}).to_string();
            let path = place.write("home/apikey.json", text);
            (invocation.arguments(["--api-key-file".as_ref(), path.as_os_str()]), vec![path])
        }
        Source::Stdin => (invocation.stdin(key).arguments(["--api-key-stdin"]), vec![]),
        Source::FileFromStdin => (invocation.stdin(key).arguments(["--api-key-file", "-"]), vec![]),
        #[cfg(unix)]
        Source::Command => {
            let path = plain();
            let body = format!("/bin/cat {}; {}", path.display(), dump(place));
            let command = place.install_script("op", &body);
            (invocation.arguments(["--api-key-command".as_ref(), command.as_os_str()]), vec![path])
        }
        Source::DockerAuth => {
            let path = place.write("docker/config.json", auths(key));
            let folder = place.path("docker");
            (invocation.variable("DOCKER_CONFIG", folder), vec![path])
        }
        Source::DockerHome => {
            let path = place.write("home/.docker/config.json", auths(key));
            (invocation, vec![path])
        }
        Source::Podman => {
            let path = place.write("podman-auth.json", auths(key));
            (invocation.variable("REGISTRY_AUTH_FILE", &path), vec![path])
        }
        #[cfg(unix)]
        Source::Helper => {
            let config = json!({"credHelpers": {"us.icr.io": "vault"}}).to_string();
            place.write("home/.docker/config.json", config);
            let secret = helper(place, key);
            (invocation, vec![secret])
        }
        #[cfg(unix)]
        Source::Store => {
            place.write("home/.docker/config.json", json!({"credsStore": "vault"}).to_string());
            let secret = helper(place, key);
            (invocation, vec![secret])
        }
        #[cfg(unix)]
        Source::SettingsFile => {
            let path = plain();
            let text = format!("api-key-file = {:?}\n", path.to_str().unwrap());
            place.write(SETTINGS, text);
            (invocation, vec![path])
        }
        #[cfg(unix)]
        Source::SettingsCommand => {
            let path = plain();
            let body = format!("/bin/cat {}; {}", path.display(), dump(place));
            let command = place.install_script("op", &body);
            place.write(SETTINGS, format!("api-key-command = {:?}\n", command.to_str().unwrap()));
            (invocation, vec![path])
        }
        Source::ForVariable => {
            let words = ["--api-key-for", "acme=env:KEY_OF_ACME"];
            (invocation.variable("KEY_OF_ACME", key).arguments(words), vec![])
        }
        Source::ForFile => {
            let path = plain();
            let word = format!("us.icr.io=file:{}", path.display());
            (invocation.arguments(["--api-key-for", &word]), vec![path])
        }
        #[cfg(unix)]
        Source::ForCommand => {
            let path = plain();
            let body = format!("/bin/cat {}; {}", path.display(), dump(place));
            let command = place.install_script("op", &body);
            let word = format!("us.icr.io/acme=command:{}", command.display());
            (invocation.arguments(["--api-key-for", &word]), vec![path])
        }
    }
}

/// The end of a script that writes down the environment it was given.
#[cfg(unix)]
fn dump(place: &Workplace) -> String {
    format!("set > {}", place.path("environment-of-a-helper").display())
}

/// Installs a credential helper of Docker's; gives the file in which it keeps the key.
#[cfg(unix)]
fn helper(place: &Workplace, key: &str) -> PathBuf {
    let answer = json!({"ServerURL": "us.icr.io", "Username": "iamapikey", "Secret": key});
    let path = place.write("home/answer.json", answer.to_string());
    let body = format!("read -r server; /bin/cat {}; {}", path.display(), dump(place));
    place.install_script("docker-credential-vault", &body);
    path
}

/// The loudest push there is.
fn loud(script: &str) -> Invocation {
    Invocation::push_without_key().arguments(["--verbose", "-v"]).script(script)
}

/// Holds a run against "the key is in the environment of the one `cf push` and nowhere else".
#[track_caller]
fn is_kept(run: &Run, key: &str, sources: &[PathBuf], what: &str) {
    let sources: Vec<_> = sources.iter().map(PathBuf::as_path).collect();
    run.shows_nothing_of(key, &sources);
    for start in run.record.of_kind("start") {
        let is_push = start.arguments().iter().any(|word| word == "push");
        let expected: &[&str] = if is_push { &["CF_DOCKER_PASSWORD"] } else { &[] };
        assert_eq!(start.variables_holding(key), expected, "{what}: {run}");
        for name in VARIABLES.iter().filter(|name| !expected.contains(name)) {
            assert!(!start.variables().contains(name), "{what}: {name} was left: {run}");
        }
    }
}

/// Runs a push with the key from every source.
#[track_caller]
fn from_every_source(code: i32, pushes: usize, build: impl Fn() -> Invocation) {
    for source in SOURCES {
        let (invocation, files) = give(build(), *source, KEY);
        let run = invocation.run();
        is_kept(&run, KEY, &files, &format!("{source:?}"));
        assert_eq!(run.code, Some(code), "{source:?}: {run}");
        assert_eq!(run.record.pushes().len(), pushes, "{source:?}: {run}");
    }
}

#[test]
fn a_push_shows_nothing_of_the_key_from_any_source() {
    from_every_source(0, 1, || loud("out pushed"));
}

#[test]
fn a_failed_push_shows_nothing_of_the_key_from_any_source() {
    from_every_source(1, 1, || loud("err no; exit 1").arguments(["--output", "json"]));
    from_every_source(1, 1, || loud("err no; exit 1").arguments(["--output", "json-lines"]));
}

#[test]
fn a_push_that_asks_for_the_release_shows_nothing_of_the_key_from_any_source() {
    from_every_source(0, 1, || loud("out pushed").arguments(["--redact-env"]));
}

#[test]
fn a_dry_run_shows_nothing_of_the_key_from_any_source() {
    from_every_source(0, 0, || loud("").arguments(["--dry-run"]));
    from_every_source(0, 0, || loud("").arguments(["--dry-run", "--output", "json"]));
}

#[test]
fn the_explanation_of_the_key_shows_nothing_of_it_from_any_source() {
    from_every_source(0, 0, || loud("").arguments(["--explain-key"]));
    from_every_source(0, 0, || loud("").arguments(["--explain-key", "--output", "json"]));
}

#[test]
#[cfg(unix)]
fn a_cf_that_dies_shows_nothing_of_the_key_from_any_source() {
    from_every_source(143, 1, || loud("die TERM").arguments(["--output", "json"]));
}

#[test]
#[cfg(unix)]
fn a_push_whose_time_is_up_shows_nothing_of_the_key_from_any_source() {
    for source in SOURCES {
        let push = loud("sleep 20000").arguments(["--timeout", "100ms", "--output", "json"]);
        let (push, files) = give(push, *source, KEY);
        // On a busy machine the time is up before the stand-in has written down that it runs.
        let run = push.run();
        is_kept(&run, KEY, &files, &format!("{source:?}"));
        assert_eq!(run.code, Some(124), "{source:?}: {run}");
    }
}

#[test]
fn a_missing_cf_shows_nothing_of_the_key_from_any_source() {
    let words =
        ["push", "web", "--image", "us.icr.io/acme/web:1", "--no-checks", "--verbose", "-v"];
    from_every_source(127, 0, || Invocation::new_in(Workplace::without_cf(), words));
}

#[test]
fn a_refused_command_line_shows_nothing_of_the_key_from_any_source() {
    let bad = || Invocation::new(["push", "web", "-o", "us.icr.io/Acme/web", "--verbose", "-v"]);
    from_every_source(65, 0, bad);
    from_every_source(2, 0, || loud("").arguments(["--image", "us.icr.io/acme/api"]));
    from_every_source(2, 0, || loud("").arguments(["--no-such-flag", "--output", "json"]));
    from_every_source(2, 0, || loud("").arguments(["--no-start=true"]));
    from_every_source(2, 0, || loud("").arguments(["--buildpack", "x"]));
}

#[test]
fn the_other_commands_show_nothing_of_a_key_that_is_set() {
    for (words, code) in [
        (vec!["regions"], 0),
        (vec!["regions", "--output", "json"], 0),
        (vec!["resolve", "us.icr.io/acme/web"], 0),
        (vec!["resolve", "us.icr.io/acme/web", "--output", "json"], 0),
        (vec!["resolve", "us.icr.io/Acme/web"], 65),
        (vec!["completions", "bash"], 0),
        (vec!["--help"], 0),
        (vec!["push", "--help"], 0),
        (vec!["--version"], 0),
        (vec!["pusch"], 2),
        (vec![], 2),
    ] {
        let start = Invocation::new(&words);
        let run = VARIABLES.iter().fold(start, |run, name| run.variable(name, KEY)).run();
        is_kept(&run, KEY, &[], &format!("{words:?}"));
        assert_eq!(run.code, Some(code), "{words:?}: {run}");
    }
}

#[test]
fn a_key_in_every_variable_reaches_cf_in_one() {
    let run = VARIABLES.iter().fold(loud("out x"), |run, name| run.variable(name, KEY)).run();
    is_kept(&run, KEY, &[], "all variables");
    assert_eq!(run.code, Some(0), "{run}");
}

#[test]
#[cfg(unix)]
fn a_key_typed_at_the_prompt_is_not_shown() {
    let key = key_of("typed at the prompt");
    let push = loud("out pushed").on(Setup::Leader).echo();
    let mut running = push.start();
    // Answers as soon as there is a question, as `expect` does.
    running.wait_for("a prompt", |running| {
        String::from_utf8_lossy(&running.stdout()).trim_end().ends_with("(not shown):")
    });
    running.terminal().press(format!("{key}\n").as_bytes());
    let run = running.finish();
    is_kept(&run, &key, &[], "prompt");
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(run.record.pushes().len(), 1, "{run}");
}

#[test]
fn a_secret_beside_the_flag_that_names_its_file_stays_there() {
    let push = loud("out x").without("HOME");
    let path = push.place().write("work/key with blanks.txt", KEY);
    let run = push.arguments(["--api-key-file", "key with blanks.txt"]).run();
    is_kept(&run, KEY, &[path], "no HOME");
    assert_eq!(run.code, Some(0), "{run}");
}
