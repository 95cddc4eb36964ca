//! `icr-cf login` and `logout`: which files they write, what they leave alone in them, and that the
//! clients then get their logins.

use std::path::Path;

use serde_json::{Value, json};

use crate::docker::HELPER;
use crate::support::{Invocation, KEY, Run, Workplace};

mod odd;
#[cfg(unix)]
mod program;
#[cfg(unix)]
mod storing;
mod together;

const DOCKER: &str = "home/.docker/config.json";
const EVERY_HOST: usize = 27;

/// A run with the helper on PATH and a key.
fn run_in(place: Workplace, words: &[&str]) -> Run {
    place.install_icr_cf(HELPER);
    let run = Invocation::new_in(place, words).variable("ICR_CF_API_KEY", KEY);
    run.variable("XDG_RUNTIME_DIR", "").run()
}

fn text(run: &Run, name: &str) -> String {
    std::fs::read_to_string(run.place.path(name)).unwrap()
}

fn helpers(text: &str) -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(text).unwrap();
    let helpers = document["credHelpers"].as_object().unwrap().iter();
    helpers.map(|(host, helper)| (host.clone(), helper.as_str().unwrap().to_owned())).collect()
}

#[test]
fn login_makes_a_file_that_nobody_else_can_read_with_every_host_of_the_table() {
    let run = run_in(Workplace::new(), &["login"]);
    let file = format!("[PLACE]/{DOCKER}");
    run.is(0, &format!("docker: {file}: icr-cf is asked for {EVERY_HOST} hosts now\n"), "");
    let helpers = helpers(&text(&run, DOCKER));
    assert_eq!(helpers.len(), EVERY_HOST);
    assert!(helpers.iter().all(|(_, helper)| helper == "icr-cf"), "{helpers:?}");
    for host in ["icr.io", "us.icr.io", "private.us.icr.io", "private.icr.io", "fr2.icr.io"] {
        assert!(helpers.iter().any(|(known, _)| known == host), "{host}");
    }
    run.shows_nothing_of(KEY, &[]);
    #[cfg(unix)]
    assert_eq!(
        (mode(&run.place.path(DOCKER)), mode(&run.place.path("home/.docker"))),
        (0o600, 0o700)
    );
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn all_else_in_the_file_stays_byte_for_byte_and_logout_takes_back_what_login_put_in() {
    let place = Workplace::new();
    let before = "{\n  \"auths\": { \"quay.io\": {\"auth\":\"eDp5\"} },\n\n  \"credHelpers\" : {\"gcr.io\":\"gcloud\"},\n  \"experimental\": \"disabled\" }\n\n";
    place.write(DOCKER, before);
    let run = run_in(place, &["login", "--region", "us-south", "--region", "icr.io"]);
    assert_eq!(run.code, Some(0), "{run}");
    let after = text(&run, DOCKER);
    let (start, rest) = before.split_once('}').unwrap();
    assert!(
        after.starts_with(start) && after.contains(rest.split_once("gcloud\"").unwrap().1),
        "{after}"
    );
    let hosts: Vec<String> = helpers(&after).into_iter().map(|(host, _)| host).collect();
    assert_eq!(hosts, ["gcr.io", "us.icr.io", "private.us.icr.io", "icr.io", "private.icr.io"]);
    let again = run_in(run.place, &["login", "--region", "us", "--region", "global"]);
    assert!(again.out().ends_with("icr-cf was asked for 4 hosts already\n"), "{again}");
    assert_eq!(text(&again, DOCKER), after);
    let out = run_in(again.place, &["logout", "--docker"]);
    assert!(out.out().ends_with("icr-cf is no longer asked for 4 hosts\n"), "{out}");
    assert_eq!(text(&out, DOCKER), before);
    let nothing = run_in(out.place, &["logout"]);
    assert!(nothing.out().contains("icr-cf was asked for none of the hosts\n"), "{nothing}");
    assert_eq!(text(&nothing, DOCKER), before);
}

#[test]
fn another_helper_of_a_host_stays_unless_it_is_said_to_go() {
    let place = Workplace::new();
    let before = json!({"credHelpers": {"us.icr.io": "vault", "de.icr.io": "pass"}}).to_string();
    place.write(DOCKER, &before);
    let out = run_in(place, &["logout"]);
    assert_eq!(text(&out, DOCKER), before, "{out}");
    let run =
        run_in(out.place, &["login", "--docker", "--region", "us-south", "--region", "eu-de"]);
    let line = "icr-cf login --docker --region us-south --region eu-de --replace";
    let said = format!(
        "error: `us.icr.io` has another credential helper\n  \
           `[PLACE]/{DOCKER}` names `vault` for it, and 1 more host has one\n  \
           nothing was changed\n\
         hint: to have icr-cf asked in its place: `{line}`; `icr-cf logout` does not bring it back\n\
         hint: to leave it: name other registries, each by `--region`\n"
    );
    run.is(78, "", &said);
    assert_eq!(text(&run, DOCKER), before, "{run}");
    let elsewhere = run_in(run.place, &["login", "--region", "br-sao"]);
    assert_eq!(elsewhere.code, Some(0), "{elsewhere}");
    let back = run_in(elsewhere.place, &["logout"]);
    assert_eq!(text(&back, DOCKER), before, "{back}");
    let words: Vec<&str> = line.split(' ').skip(1).collect();
    let run = run_in(back.place, &words);
    assert_eq!(run.code, Some(0), "{run}");
    for (host, helper) in [("us.icr.io", "vault"), ("de.icr.io", "pass")] {
        let said = format!("note: `{host}` had the helper `{helper}` before\n");
        assert!(run.err().contains(&said), "{run}");
    }
    let status = run_in(run.place, &["login", "--status"]);
    assert_eq!(status.code, Some(0), "{status}");
}

#[test]
fn a_file_that_is_no_configuration_is_refused_with_its_place_and_left_as_it_is() {
    for (before, words) in [
        ("{\n  \"auths\": {\n", "is no JSON, at the end of line 2"),
        ("{\"auths\": {}}}", "is no JSON, at line 1, column 14"),
        ("[]", "is no JSON object"),
        ("{\"credHelpers\": \"x\"}", "`credHelpers` in"),
        ("{\"credHelpers\": {}, \"credHelpers\": {}}", "stands in"),
    ] {
        for command in [&["login"][..], &["logout"], &["login", "--status"]] {
            let place = Workplace::new();
            place.write(DOCKER, before);
            let run = run_in(place, command);
            assert_eq!((run.code, run.out()), (Some(78), ""), "{before}: {run}");
            assert!(
                run.err().contains(words) && run.err().contains("nothing was changed"),
                "{run}"
            );
            assert_eq!(text(&run, DOCKER), before);
        }
    }
}

#[test]
fn no_client_is_changed_where_the_file_of_one_cannot_be() {
    let place = Workplace::new();
    place.write(DOCKER, "{}");
    place.write("work/auth.json", "{");
    let run = Invocation::new_in(place, ["login", "--docker", "--podman"]);
    let run = run.variable("REGISTRY_AUTH_FILE", "auth.json").run();
    assert_eq!(run.code, Some(78), "{run}");
    assert_eq!(text(&run, DOCKER), "{}");
}

#[test]
#[cfg(unix)]
fn a_link_stays_one_and_the_mode_stays() {
    use std::os::unix::fs::PermissionsExt;
    let place = Workplace::new();
    let real = place.write("dotfiles/docker.json", "{}\n");
    std::fs::set_permissions(&real, PermissionsExt::from_mode(0o640)).unwrap();
    std::fs::create_dir(place.path("home/.docker")).unwrap();
    std::os::unix::fs::symlink("../../dotfiles/docker.json", place.path(DOCKER)).unwrap();
    let run = run_in(place, &["login"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.place.path(DOCKER).symlink_metadata().unwrap().is_symlink());
    assert_eq!(helpers(&text(&run, "dotfiles/docker.json")).len(), EVERY_HOST);
    assert_eq!(mode(&real), 0o640);
    let beside: Vec<_> = run
        .place
        .files()
        .into_iter()
        .filter(|(path, _)| path.starts_with(run.place.path("dotfiles")))
        .collect();
    assert_eq!(beside.len(), 1, "nothing is left beside it");
}

#[test]
fn each_client_has_its_file() {
    let place = Workplace::new();
    let run = |place, words: &[&str], variables: &[(&str, &Path)]| {
        let run = Invocation::new_in(place, words);
        variables.iter().fold(run, |run, (name, value)| run.variable(name, value)).run()
    };
    let (docker, session) = (place.path("docker"), place.path("session"));
    let file = place.path("work/logins.json");
    let both = ["login", "--docker", "--podman", "--region", "us"];
    let ran = run(place, &both, &[("DOCKER_CONFIG", &docker), ("REGISTRY_AUTH_FILE", &file)]);
    assert_eq!(
        helpers(&text(&ran, "docker/config.json")),
        helpers(&text(&ran, "work/logins.json"))
    );
    // podman looks there, and then nowhere else.
    let ran =
        run(ran.place, &["logout"], &[("DOCKER_CONFIG", &docker), ("XDG_RUNTIME_DIR", &session)]);
    assert_eq!(ran.out().lines().count(), 1, "{ran}");
    let ran = run(ran.place, &["login", "--podman"], &[("XDG_RUNTIME_DIR", &session)]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let name = if cfg!(target_os = "linux") { "session" } else { "home/.config" };
    assert_eq!(helpers(&text(&ran, &format!("{name}/containers/auth.json"))).len(), EVERY_HOST);
    let is_told = ran.err().contains("goes when your session ends");
    assert_eq!(is_told, cfg!(target_os = "linux"), "{ran}");
}

#[test]
fn a_login_that_stands_there_as_an_address_is_found() {
    for name in ["https://us.icr.io/v2/", "https://us.icr.io", "us.icr.io/acme"] {
        let place = Workplace::new();
        place.write(DOCKER, json!({"auths": {name: {"auth": "eDp5"}}}).to_string());
        let run = run_in(place, &["login", "--status", "--docker", "--region", "us"]);
        assert!(run.out().contains("us.icr.io          a login in the file"), "{name}: {run}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn without_a_session_podmans_file_is_that_of_the_user_for_all_sessions() {
    let run = run_in(Workplace::new(), &["login", "--status", "--podman", "--output", "json"]);
    let user = rustix::process::getuid().as_raw();
    assert!(run.out().contains(&format!("\"/run/containers/{user}/auth.json\"")), "{run}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_cannot_be_written_is_an_error_of_the_output() {
    let run = Invocation::new(["login", "--region", "us"]);
    let run = run.variable("DOCKER_CONFIG", "/proc/nothing").run();
    assert_eq!(run.code, Some(74), "{run}");
    assert!(run.err().contains("`/proc/nothing/config.json` cannot be written"), "{run}");
}

#[test]
fn the_status_says_which_client_has_what_and_changes_nothing() {
    let place = Workplace::new();
    let login = json!({"auth": "eDp5"});
    let before = json!({
        "auths": {"de.icr.io": login, "us.icr.io": login},
        "credHelpers": {"us.icr.io": "icr-cf", "icr.io": "vault"},
    });
    place.write(DOCKER, before.to_string());
    let words = ["login", "--status", "--region", "us", "--region", "de", "--region", "global"];
    let run = run_in(place, &words);
    assert_eq!(run.code, Some(0), "{run}");
    for line in [
        "us.icr.io          icr-cf",
        "de.icr.io          a login in the file",
        "icr.io             another helper: vault",
        "private.icr.io     -",
    ] {
        assert!(run.out().contains(line), "{line}: {run}");
    }
    assert!(run.out().contains("\npodman: "), "{run}");
    assert!(run.err().contains("`docker logout us.icr.io` takes it out"), "{run}");
    assert_eq!(text(&run, DOCKER), before.to_string());
    let run = run_in(run.place, &["login", "--status", "--output", "json"]);
    let document = run.json();
    assert_eq!((&document["command"], &document["exit_code"]), (&json!("login"), &json!(0)));
    let docker = &document["clients"][0];
    assert_eq!((&docker["client"], &docker["exists"]), (&json!("docker"), &json!(true)));
    let host = |name: &str| {
        let all = docker["hosts"].as_array().unwrap();
        all.iter().find(|one| one["host"] == name).unwrap().clone()
    };
    assert_eq!(host("us.icr.io"), json!({"host": "us.icr.io", "helper": "icr-cf", "login": true}));
    assert_eq!(host("icr.io"), json!({"host": "icr.io", "helper": "vault", "login": false}));
    assert_eq!(host("jp.icr.io"), json!({"host": "jp.icr.io", "helper": null, "login": false}));
    let program = run.place.path("bin").join(format!("{HELPER}{}", std::env::consts::EXE_SUFFIX));
    assert_eq!(document["program"], program.to_str().unwrap());
}

#[test]
fn what_a_client_still_needs_is_said() {
    let run = Invocation::new(["login"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.err().contains("none does here: `ICR_CF_API_KEY`, "), "{run}");
    assert!(run.err().contains("is not on PATH, so that no client can ask icr-cf; `"), "{run}");
}

#[test]
#[cfg(unix)]
fn the_line_that_puts_the_helper_on_the_path_does_that() {
    for has_folder in [true, false] {
        let place = Workplace::new();
        let empty = place.path("empty");
        std::fs::create_dir(&empty).unwrap();
        let path = if has_folder { place.path("bin") } else { place.path("no-such-folder") };
        let login = |place| {
            Invocation::new_in(place, ["login"])
                .variable("PATH", &path)
                .variable("ICR_CF_API_KEY", KEY)
        };
        let run = login(place).run();
        let line = run.err().split('`').find(|part| part.contains("ln -s ")).unwrap().to_owned();
        let mended = std::process::Command::new("/bin/sh")
            .args(["-c", &format!("PATH=/usr/bin:/bin; {line}")])
            .status()
            .unwrap();
        assert!(mended.success(), "{line}");
        let there = if has_folder { "bin" } else { "home/.local/bin" };
        let helper = run.place.path(there).join(HELPER);
        let asked = std::process::Command::new(helper).arg("version").output().unwrap();
        assert!(asked.stdout.starts_with(HELPER.as_bytes()), "{asked:?}");
        let again = login(run.place).run();
        assert_eq!(again.err().contains("is not on PATH"), !has_folder, "{again}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn skopeo_has_a_login_after_login_and_none_after_logout() {
    use crate::docker::skopeo::inspect;
    let world = icr_cf_sandbox::World::start().unwrap();
    let file = "work/auth.json";
    let run = |place, words: &[&str]| {
        let run = Invocation::new_in(place, words).arguments(["--podman"]);
        let run = run.variable("REGISTRY_AUTH_FILE", "auth.json").run();
        assert_eq!(run.code, Some(0), "{run}");
        run.place
    };
    let place = run(Workplace::new(), &["login"]);
    let Some(output) = inspect(&world, &place, file, world.sample_key()) else { return };
    assert!(output.status.success(), "{output:?}");
    let place = run(place, &["logout"]);
    let output = inspect(&world, &place, file, world.sample_key()).unwrap();
    assert!(!output.status.success(), "{output:?}");
}

#[test]
fn a_key_that_is_in_the_file_stays_there_and_is_shown_nowhere() {
    use base64::Engine as _;
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("iamapikey:{KEY}"));
    let whole = json!({"auths": {"us.icr.io": {"auth": pair, "password": KEY}}}).to_string();
    let cut = &whole[..whole.len() - 1];
    for (before, code) in [(whole.as_str(), 0), (cut, 78)] {
        for words in [&["login"][..], &["login", "--status", "--output", "json"], &["logout"]] {
            let place = Workplace::new();
            let file = place.write(DOCKER, before);
            let run = run_in(place, words);
            assert_eq!(run.code, Some(code), "{run}");
            run.shows_nothing_of(KEY, &[&file]);
            assert!(text(&run, DOCKER).starts_with(cut), "{run}");
        }
    }
}

/// Where each client keeps its logins, with the variable that leads there.
#[cfg(target_os = "linux")]
const KEPT: [(&str, &str, &str); 3] = [
    ("--docker", "HOME=home", DOCKER),
    ("--docker", "DOCKER_CONFIG=docker", "docker/config.json"),
    ("--podman", "XDG_RUNTIME_DIR=run", "run/containers/auth.json"),
];

#[test]
#[cfg(target_os = "linux")]
fn a_pipe_in_the_place_of_a_file_is_refused_at_once() {
    for (client, variable, file) in KEPT {
        for words in
            [&["login", client][..], &["logout", client], &["login", "--status"], &["push"]]
        {
            let place = Workplace::new();
            std::fs::create_dir_all(place.path(file).parent().unwrap()).unwrap();
            let pipe = crate::support::pipe(&place.path(file));
            let (name, folder) = variable.split_once('=').unwrap();
            let folder = place.path(folder);
            let run = if words == ["push"] {
                Invocation::push_without_key().in_place(place)
            } else {
                Invocation::new_in(place, words)
            };
            let run = run.variable(name, folder).run();
            assert_eq!(run.code, Some(66), "{words:?} {run}");
            let said = format!("`{}` cannot be read: it is a pipe, not a file", pipe.display());
            assert!(run.err().contains(&said), "{words:?} {run}");
            assert!(run.time < std::time::Duration::from_secs(10), "{words:?} {run}");
        }
    }
}

#[test]
#[cfg(unix)]
fn a_device_is_not_replaced_by_a_file() {
    let place = Workplace::new();
    let link = place.path("auth.json");
    std::os::unix::fs::symlink("/dev/null", &link).unwrap();
    let run = Invocation::new_in(place, ["login", "--podman"]);
    let run = run.variable("REGISTRY_AUTH_FILE", &link).run();
    assert_eq!(run.code, Some(66), "{run}");
    assert!(run.err().contains("cannot be read: it is a device, not a file"), "{run}");
}
