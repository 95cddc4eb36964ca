//! Files of people that are not as clients write them, and what is said of each.

use serde_json::json;

use super::{DOCKER, helpers, run_in, text};
use crate::support::{Invocation, KEY, Workplace};

#[test]
#[cfg(unix)]
fn a_link_that_leads_nowhere_is_told_with_what_mends_it() {
    for name in [DOCKER, "home/.docker"] {
        let place = Workplace::new();
        let link = place.path(name);
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink("gone.json", &link).unwrap();
        let run = run_in(place, &["login"]);
        let shown = format!("[PLACE]/{name}");
        let said = format!(
            "error: `{shown}` is a link that leads nowhere\n  it leads to `gone.json`\n\
             hint: make what it leads to, or take it away: `rm {shown}`\n"
        );
        run.is(66, "", &said);
    }
}

#[test]
#[cfg(unix)]
fn a_file_with_a_byte_order_mark_is_told_as_that_and_the_hint_mends_it() {
    let place = Workplace::new();
    let file = place.write(DOCKER, "\u{feff}{\"auths\": {}}\n\u{feff}\n");
    let run = run_in(place, &["login"]);
    let said =
        format!("`{}` begins with a byte order mark, which docker does not read", file.display());
    assert_eq!(run.code, Some(78), "{run}");
    assert!(run.err().contains(&said), "{run}");
    let line = run.err().split('`').find(|part| part.starts_with("perl ")).unwrap();
    assert!(duct::cmd!("sh", "-c", line).run().unwrap().status.success(), "{line}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{\"auths\": {}}\n\u{feff}\n");
}

#[test]
fn the_names_of_members_are_those_that_docker_takes_in_any_case() {
    let place = Workplace::new();
    let before = "{\"CREDHELPERS\": {\"us.icr.io\": \"vault\"}, \"Auths\": {\"DE.icr.io\": {}}}";
    place.write(DOCKER, before);
    let run = run_in(place, &["login", "--region", "us"]);
    assert_eq!(run.code, Some(78), "{run}");
    assert!(run.err().contains("names `vault` for it"), "{run}");
    assert_eq!(text(&run, DOCKER), before);
    let run = run_in(run.place, &["login", "--status", "--region", "de"]);
    assert!(run.out().contains("de.icr.io          a login in the file"), "{run}");
    let run = run_in(run.place, &["login", "--replace", "--region", "us"]);
    assert_eq!(run.code, Some(0), "{run}");
    let now = text(&run, DOCKER);
    assert!(now.starts_with("{\"CREDHELPERS\": {\"us.icr.io\": \"icr-cf\""), "{now}");
    let place = Workplace::new();
    place.write(DOCKER, "{\"credhelpers\": {}, \"credHelpers\": {}}");
    let run = run_in(place, &["login", "--region", "us"]);
    assert!(run.err().contains("stands in") && run.code == Some(78), "{run}");
}

#[test]
fn the_file_of_one_client_that_is_broken_is_told_with_the_command_for_the_other() {
    for command in [&["logout", "--region", "us"][..], &["login", "--status", "--region", "us"]] {
        let place = Workplace::new();
        place.write(DOCKER, "{");
        let own = json!({"credHelpers": {"us.icr.io": "icr-cf"}}).to_string();
        let podmans = place.write("own/containers/auth.json", own);
        let run = |place, words: &[&str]| {
            let run = Invocation::new_in(place, words).variable("ICR_CF_API_KEY", KEY);
            run.variable("XDG_RUNTIME_DIR", podmans.ancestors().nth(2).unwrap()).run()
        };
        let first = run(place, command);
        assert_eq!(first.code, Some(78), "{first}");
        let line = first.err().split('`').find(|part| part.starts_with("icr-cf ")).unwrap();
        let words: Vec<&str> = line.split(' ').skip(1).collect();
        assert!(words.contains(&"--podman"), "{line}");
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let second = run(first.place, &words);
        assert_eq!(second.code, Some(0), "{second}");
        let left = std::fs::read_to_string(&podmans).unwrap();
        assert_eq!(left.contains("icr-cf"), command[0] == "login", "{left}");
    }
}

#[test]
fn the_hint_of_a_file_names_the_variable_that_names_it() {
    for (variable, command, hint) in [
        ("DOCKER_CONFIG", &["login"][..], "or name another folder: `DOCKER_CONFIG=/path`"),
        (
            "REGISTRY_AUTH_FILE",
            &["login", "--podman"],
            "or name another: `REGISTRY_AUTH_FILE=/path/auth.json`",
        ),
    ] {
        let place = Workplace::new();
        let named = place.write("own/config.json", [0xff, 0xfe]);
        let named = if variable == "DOCKER_CONFIG" { place.path("own") } else { named };
        let run = Invocation::new_in(place, command).variable(variable, named).run();
        assert_eq!(run.code, Some(66), "{run}");
        assert!(run.err().contains("cannot be read: it is no UTF-8"), "{run}");
        assert!(run.err().contains(hint), "{run}");
    }
}

#[test]
fn a_store_that_is_ours_is_told() {
    let all = |command: &[&str]| {
        let place = Workplace::new();
        place.write(DOCKER, json!({"credsStore": "icr-cf"}).to_string());
        let run = run_in(place, command);
        assert_eq!(run.code, Some(0), "{run}");
        assert!(
            run.err().contains("names icr-cf, so that docker asks it for every registry"),
            "{run}"
        );
        run
    };
    all(&["login", "--status"]);
    all(&["logout"]);
    let run = all(&["login", "--region", "us"]);
    assert!(helpers(&text(&run, DOCKER)).contains(&("us.icr.io".to_owned(), "icr-cf".to_owned())));
}
