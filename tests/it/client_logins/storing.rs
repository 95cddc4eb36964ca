//! `icr-cf login --store`: what docker and podman are called with, what becomes of how they end, and
//! what is refused before they are called. What is kept secret of it stands among the leaks.

use serde_json::json;

use super::DOCKER;
use crate::support::{Invocation, KEY, Run, Workplace};

/// A client that writes down its arguments and says what it read, in a world of its own.
const CLIENT: &str =
    "echo \"$0: $*\" | sed 's,^.*/,,' >> \"$HOME/../calls\"; read -r key; echo \"got $key.\"; ";

fn place(client: &str, end: &str) -> Workplace {
    let place = Workplace::new();
    place.install_script(client, &format!("{CLIENT}{end}"));
    place
}

fn store(place: Workplace, words: &[&str]) -> Invocation {
    let run = Invocation::new_in(place, ["login", "--store"]).arguments(words);
    let path = std::env::join_paths([run.place().path("bin"), "/usr/bin".into(), "/bin".into()]);
    let run = run.variable("PATH", path.unwrap()).variable("ICR_CF_API_KEY", KEY);
    run.variable("XDG_RUNTIME_DIR", "")
}

fn calls(run: &Run) -> String {
    std::fs::read_to_string(run.place.path("calls")).unwrap_or_default()
}

#[test]
fn docker_logs_in_at_each_registry_with_the_key_on_its_standard_input() {
    let run =
        store(place("docker", ""), &["--region", "us-south", "-r", "global", "-r", "us"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    let line = |host| format!("docker: login --username iamapikey --password-stdin {host}\n");
    assert_eq!(calls(&run), line("us.icr.io") + &line("icr.io"));
    assert_eq!(run.out(), "got ***.\ngot ***.\n");
    run.shows_nothing_of(KEY, &[]);
}

#[test]
fn it_says_where_the_key_is_kept_and_how_it_goes() {
    let kept = "mkdir -p \"$HOME/.docker\"; echo '{\"auths\":{\"us.icr.io\":{\"auth\":\"eDp5\"}}}' > \"$HOME/.docker/config.json\"";
    let run = store(place("docker", kept), &["-r", "us"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    let file = run.place.path(DOCKER);
    let note = format!(
        "note: docker keeps the key by `{}` until `docker logout us.icr.io`; `icr-cf login --docker` has it use tokens of an hour after that\n",
        file.display()
    );
    assert!(run.err().ends_with(&note), "{run}");
    let run = store(run.place, &["-r", "us", "--output", "json"]).run();
    let document = run.json();
    assert_eq!((&document["command"], &document["exit_code"]), (&json!("login"), &json!(0)));
    let hosts = json!([{"host": "us.icr.io", "helper": null, "login": true}]);
    assert_eq!(document["clients"][0]["hosts"], hosts);
    assert!(run.err().contains("got ***."), "{run}");
}

#[test]
fn a_client_that_fails_is_the_end_with_its_exit_code() {
    let run = store(place("podman", "exit 125"), &["--podman", "-r", "us", "-r", "de"]).run();
    assert_eq!(run.code, Some(125), "{run}");
    assert_eq!(calls(&run), "podman: login --username iamapikey --password-stdin us.icr.io\n");
    let again = store(place("podman", "exit 4"), &["--podman", "-r", "us", "--output", "json"]);
    let document = again.run().json();
    assert_eq!((&document["command"], &document["exit_code"]), (&json!("login"), &json!(4)));
    let warning = "warning: `podman login us.icr.io` has failed";
    assert!(run.err().contains(warning), "{run}");
    run.shows_nothing_of(KEY, &[]);
}

#[test]
fn a_client_that_reads_nothing_is_no_hindrance() {
    let place = Workplace::new();
    place.install_script("docker", "exec 0<&-; exit 0");
    let run = store(place, &["-r", "us"]).run();
    assert_eq!(run.code, Some(0), "{run}");
}

#[test]
fn a_signal_ends_the_client_and_begins_no_other() {
    use rustix::process::Signal;
    // Whatever the client makes of it.
    let clients = [
        ": > \"$HOME/../ready\"; exec sleep 600",
        "trap 'exit 0' INT TERM; : > \"$HOME/../ready\"; while :; do sleep 0.05; done",
        "trap 'exit 1' INT TERM; : > \"$HOME/../ready\"; while :; do sleep 0.05; done",
        "trap '' INT TERM; : > \"$HOME/../ready\"; sleep 600",
    ];
    let signals = [(Signal::INT, 130), (Signal::TERM, 143)];
    for (client, (signal, code)) in
        clients.into_iter().flat_map(|one| signals.map(|two| (one, two)))
    {
        let mut running = store(place("docker", client), &["-r", "us", "-r", "de"]).start();
        running.wait_for_file("ready");
        running.kill(signal);
        let run = running.finish();
        assert_eq!(run.code, Some(code), "{run}");
        assert_eq!(calls(&run).lines().count(), 1, "{run}");
        assert!(!run.err().contains("has failed"), "{run}");
    }
}

#[test]
fn what_cannot_be_stored_is_refused_before_any_client_is_called() {
    let region = "`--store` needs the registries to log in at";
    let refusals: [(&[&str], i32, &str, &str); 5] = [
        (&[], 2, region, "`icr-cf login --store --region us-south`"),
        (&["-r", "us-sout"], 2, "is not a region", "us-south"),
        (
            &["-r", "us", "--podman", "--docker"],
            127,
            "there is no program `podman` on PATH",
            "name the other client: `--docker`",
        ),
        (&["-r", "us", "--status"], 2, "cannot be used together", "drop one"),
        (&["-r", "us", "--replace"], 2, "cannot be used together", "drop one"),
    ];
    for (words, code, says, mends) in refusals {
        let place = place("docker", "");
        let path = place.path("bin");
        let run = store(place, words).variable("PATH", path).run();
        assert_eq!(run.code, Some(code), "{words:?}: {run}");
        assert!(run.err().contains(says) && run.err().contains(mends), "{words:?}: {run}");
        assert_eq!(calls(&run), "", "{words:?}");
    }
    for flag in ["--api-key-stdin", "--api-key-file=k", "--api-key-command=k"] {
        let run = Invocation::new(["login", flag]).run();
        assert_eq!(run.code, Some(2), "{run}");
        let name = flag.split('=').next().unwrap();
        assert!(run.err().starts_with(&format!("error: `{name}` is for `--store`")), "{run}");
    }
}

#[test]
fn a_client_that_asks_icr_cf_would_keep_nothing_which_is_said_with_what_mends_it() {
    let place = place("docker", "");
    place.write(DOCKER, json!({"credHelpers": {"us.icr.io": "icr-cf"}}).to_string());
    let run = store(place, &["-r", "us"]).run();
    assert_eq!(run.code, Some(78), "{run}");
    assert!(run.err().contains("docker asks icr-cf for its login at `us.icr.io`"), "{run}");
    let line = run.err().split('`').find(|part| part.starts_with("icr-cf logout")).unwrap();
    assert_eq!(line, "icr-cf logout --docker --region us");
    let words: Vec<String> = line.split(' ').skip(1).map(str::to_owned).collect();
    let out = Invocation::new_in(run.place, words).run();
    assert_eq!(out.code, Some(0), "{out}");
    let again = store(out.place, &["-r", "us"]).run();
    assert_eq!(again.code, Some(0), "{again}");
}

/// The real one, which asks the registry whether the key is good.
#[test]
#[cfg(target_os = "linux")]
fn podman_logs_in_with_the_key_and_not_with_a_wrong_one() {
    if crate::real_registry::installed("podman").is_none() {
        return;
    }
    for is_good in [true, false] {
        let world = icr_cf_sandbox::World::start().unwrap();
        let key = if is_good { world.sample_key() } else { KEY };
        let run = store(Workplace::new(), &["--podman", "-r", "us"]);
        let auth = run.place().path("work/auth.json");
        let run = world
            .env()
            .into_iter()
            .filter(|(name, _)| name != "PATH")
            .fold(run.variable("REGISTRY_AUTH_FILE", &auth), |run, (name, value)| {
                run.variable(&name, value)
            });
        let run = run.variable("ICR_CF_API_KEY", key).run();
        let kept = std::fs::read_to_string(&auth).unwrap_or_default();
        assert_eq!(run.code == Some(0), is_good, "{run}");
        assert_eq!(kept.contains("us.icr.io"), is_good, "{run}");
        run.shows_nothing_of(key, &[&auth]);
    }
}

#[test]
fn a_docker_that_asks_us_for_everything_is_not_handed_the_key() {
    let place = place("docker", "");
    std::fs::create_dir_all(place.path(DOCKER).parent().unwrap()).unwrap();
    std::fs::write(place.path(DOCKER), r#"{"credsStore": "icr-cf"}"#).unwrap();
    let run = store(place, &["-r", "us"]).run();
    assert_eq!((run.code, calls(&run).as_str()), (Some(78), ""), "{run}");
    assert!(run.err().contains("docker asks icr-cf for all its logins"), "{run}");
    assert!(run.err().contains("take `credsStore` out of that file"), "{run}");
    // podman reads no such member.
    let place = self::place("podman", "");
    let file = place.path("auth.json");
    std::fs::write(&file, r#"{"credsStore": "icr-cf"}"#).unwrap();
    let run = store(place, &["-r", "us", "--podman"]).variable("REGISTRY_AUTH_FILE", &file).run();
    assert_eq!((run.code, calls(&run).lines().count()), (Some(0), 1), "{run}");
}

#[test]
fn each_registry_gets_the_key_of_its_own_login() {
    use base64::Engine as _;
    let pair =
        |key: &str| base64::engine::general_purpose::STANDARD.encode(format!("iamapikey:{key}"));
    let (one, other) = (KEY, KEY.chars().rev().collect::<String>());
    let logins = json!({"auths": {
        "us.icr.io": {"auth": pair(one)}, "de.icr.io": {"auth": pair(&other)},
    }});
    let client = "read -r key; for host; do :; done; printf %s \"$key\" > \"$HOME/../of-$host\"";
    let with = |regions: &[&str]| {
        let place = Workplace::new();
        place.install_script("docker", client);
        place.write(DOCKER, logins.to_string());
        store(place, regions).variable("ICR_CF_API_KEY", "").run()
    };
    let run = with(&["-r", "us", "-r", "de"]);
    assert_eq!(run.code, Some(0), "{run}");
    let given =
        |host: &str| std::fs::read_to_string(run.place.path(&format!("of-{host}"))).unwrap();
    assert_eq!((given("us.icr.io"), given("de.icr.io")), (one.to_owned(), other));
    // One without a login gets none of another.
    let run = with(&["-r", "us", "-r", "uk"]);
    assert_eq!(run.code, Some(77), "{run}");
    assert!(!run.place.path("of-us.icr.io").exists() && !run.place.path("of-uk.icr.io").exists());
    run.shows_nothing_of(KEY, &[&run.place.path(DOCKER)]);
}

#[test]
fn a_client_may_ask_at_the_terminal_although_the_key_comes_by_a_pipe() {
    use crate::support::Setup;
    let client = "read -r key; : > \"$HOME/../asked\"; read -r pin < /dev/tty; echo \"pin $pin\"";
    let place = Workplace::new();
    place.install_script("docker", client);
    let mut running = store(place, &["-r", "us"]).on(Setup::Leader).start();
    running.wait_for_file("asked");
    running.terminal().press(b"1234\n");
    let run = running.finish();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("pin 1234\n"), "{run}");
}

#[test]
fn a_login_that_fails_is_not_said_to_have_kept_the_key() {
    let place = place("docker", "exit 7");
    place.write(DOCKER, json!({"auths": {"us.icr.io": {"auth": "eDp5"}}}).to_string());
    let run = store(place, &["-r", "us"]).run();
    assert_eq!(run.code, Some(7), "{run}");
    assert!(run.err().contains("docker keeps a login by `"), "{run}");
    assert!(!run.err().contains("keeps the key"), "{run}");
}
