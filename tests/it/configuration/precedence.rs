//! Flags before variables before the folder before the user, for every setting.

use super::{FOLDER, USER, place, run, setting};
use crate::support::{Invocation, Run, Workplace};

/// Settings, the variable that says each too, and values for variable, folder and user.
const SETTINGS: [(&str, Option<&str>, [&str; 3]); 16] = [
    ("region", Some("ICR_REGION"), ["us-south", "eu-de", "uk-south"]),
    ("namespace", Some("ICR_NAMESPACE"), ["name-a", "name-b", "name-c"]),
    ("default-registry", Some("ICR_CF_DEFAULT_REGISTRY"), ["docker.io", "eu-de", "us-south"]),
    ("cf", Some("ICR_CF_CF"), ["cf7", "cf8", "cf9"]),
    ("platform", None, ["", "linux/arm64", "linux/s390x"]),
    ("jobs", None, ["", "2", "3"]),
    ("on-error", None, ["", "continue", "stop"]),
    ("timeout", None, ["", "5m", "6m"]),
    ("check-timeout", None, ["", "5s", "6s"]),
    ("ca-file", None, ["", "/a.pem", "/b.pem"]),
    ("api-key-file", None, ["", "/a", "/b"]),
    ("api-key-command", None, ["", "op a", "op b"]),
    ("api-key-for", None, ["", "acme=env:A", "acme=env:B"]),
    ("docker-password-for", None, ["", "docker.io=env:A", "docker.io=env:B"]),
    ("docker-username", None, ["", "iamapikey", "iamrefresh"]),
    ("silence", None, ["", "latest-tag", "retention"]),
];

fn line(name: &str, value: &str) -> String {
    match name {
        "jobs" => format!("{name} = {value}\n"),
        "silence" | "api-key-for" | "docker-password-for" => format!("{name} = [\"{value}\"]\n"),
        _ => format!("{name} = \"{value}\"\n"),
    }
}

/// The settings, where the file of the folder is allowed.
fn shown(place: Workplace, variable: Option<(&str, &str)>) -> Run {
    let allowing = Invocation::new_in(place, ["config", "allow"]).run();
    let run = Invocation::new_in(allowing.place, ["config", "--output", "json"]);
    variable.into_iter().fold(run, |run, (name, value)| run.variable(name, value)).run()
}

#[test]
fn a_variable_wins_over_the_folder_and_that_over_the_user_for_every_setting() {
    for (name, variable, [by_variable, by_folder, by_user]) in SETTINGS {
        let (folder, user) = (line(name, by_folder), line(name, by_user));
        let both = || place(&[(FOLDER, &folder), (USER, &user)]);
        if let Some(variable) = variable {
            let found = setting(&shown(both(), Some((variable, by_variable))), name);
            assert_eq!(found["values"][0], by_variable, "{found}");
            assert_eq!(found["from"], variable, "{found}");
        }
        let found = setting(&shown(both(), None), name);
        assert_eq!(
            (&found["values"][0], &found["from"]),
            (&by_folder.into(), &"icr-cf.toml:1".into())
        );
        let found = setting(&shown(place(&[(USER, &user)]), None), name);
        assert_eq!(found["values"][0], by_user, "{found}");
        assert_eq!(found["from"], "~/.config/icr-cf/config.toml:1", "{found}");
    }
}

#[test]
fn a_flag_wins_over_all_of_them() {
    let files = [(FOLDER, "region = \"eu-de\"\nnamespace = \"folder\"\n")];
    let words = ["resolve", "web", "--region", "us-south", "--namespace", "flag"];
    let flags = Invocation::new_in(place(&files), words).variable("ICR_REGION", "uk-south");
    flags.run().is(0, "us.icr.io/flag/web\n", "");
    let variable = Invocation::new_in(place(&files), ["resolve", "web"]);
    variable.variable("ICR_REGION", "uk-south").run().is(0, "uk.icr.io/folder/web\n", "");
    run(&files, &["resolve", "web"]).is(0, "de.icr.io/folder/web\n", "");
}

#[test]
fn of_region_and_default_registry_the_nearer_wins() {
    let files = [(FOLDER, "region = \"eu-de\"\n"), (USER, "default-registry = \"us-south\"\n")];
    run(&files, &["resolve", "acme/web"]).is(0, "de.icr.io/acme/web\n", "");
    let files = [(USER, "region = \"eu-de\"\n"), (FOLDER, "default-registry = \"us-south\"\n")];
    run(&files, &["resolve", "acme/web"]).is(0, "us.icr.io/acme/web\n", "");
    let text = "default-registry = \"us-south\"\n[profile.prod]\nregion = \"eu-de\"\n";
    for file in [FOLDER, USER] {
        let profile = run(&[(file, text)], &["resolve", "acme/web", "--profile", "prod"]);
        profile.is(0, "de.icr.io/acme/web\n", "");
        let words = ["config", "--profile", "prod", "--output", "json"];
        let shown = run(&[(file, text)], &words);
        assert_eq!(setting(&shown, "region")["values"][0], "eu-de", "{shown}");
        assert!(setting(&shown, "default-registry")["from"].is_null(), "{shown}");
    }
}

#[test]
fn a_profile_goes_before_the_rest_of_its_own_file_alone() {
    let files = [
        (FOLDER, "region = \"us-south\"\n[profile.prod]\nregion = \"eu-de\"\n"),
        (
            USER,
            "namespace = \"plain\"\n[profile.prod]\nnamespace = \"prod\"\nregion = \"jp-tok\"\n",
        ),
    ];
    run(&files, &["resolve", "web"]).is(0, "us.icr.io/plain/web\n", "");
    run(&files, &["resolve", "web", "--profile", "prod"]).is(0, "de.icr.io/prod/web\n", "");
    let by_variable = Invocation::new_in(place(&files), ["resolve", "web"]);
    by_variable.variable("ICR_CF_PROFILE", "prod").run().is(0, "de.icr.io/prod/web\n", "");
}

#[test]
fn a_profile_that_is_nowhere_names_those_that_there_are() {
    let files = [(FOLDER, "[profile.prod]\njobs = 2\n[profile.staging]\njobs = 3\n")];
    let stderr = "error: there is no profile `prd` (`--profile`)\n  \
                  `icr-cf.toml` has `prod`, `staging`\nhint: write `--profile prod`\n";
    run(&files, &["resolve", "acme/b", "--profile", "prd"]).is(2, "", stderr);
    let run = run(&[], &["resolve", "acme/b", "--profile", "prod"]);
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().contains("there is no file of settings"), "{run}");
}

#[test]
fn a_push_goes_by_jobs_user_platform_and_time_of_a_file() {
    let text = "region = \"us-south\"\nplatform = \"linux/arm64\"\ntimeout = \"20m\"\n\
                check-timeout = \"7s\"\napi-key-file = \"key.txt\"\ndocker-username = \"iamapikey\"\n";
    let words = ["push", "web", "--image", "acme/web", "--dry-run", "--output", "json"];
    let run = run(&[(FOLDER, text), ("work/key.txt", "x")], &words);
    assert_eq!(run.code, Some(0), "{run}");
    let plan = &run.json()["apps"][0]["plan"];
    assert_eq!(plan["image"]["reference"], "us.icr.io/acme/web", "{run}");
    assert_eq!(plan["timeout_seconds"], 1200, "{run}");
    assert_eq!(plan["checks"]["timeout_seconds"], 7, "{run}");
    assert_eq!(plan["checks"]["platform"], "linux/arm64", "{run}");
    assert_eq!(plan["key"]["kind"], "file", "{run}");
}

#[test]
fn a_variable_with_a_key_wins_over_a_file_that_is_named() {
    let files = [(FOLDER, "api-key-file = \"key.txt\"\n"), ("work/key.txt", "x")];
    let key = crate::support::KEY;
    let words = ["push", "web", "--image", "us.icr.io/acme/web", "--explain-key", "--dry-run"];
    let run = Invocation::new_in(place(&files), words).variable("ICR_CF_API_KEY", key).run();
    assert!(run.out().contains("`ICR_CF_API_KEY`") && run.out().contains("would be used"), "{run}");
    assert!(!run.out().contains("icr-cf.toml"), "{run}");
    let run = Invocation::new_in(place(&files), ["config"]).variable("ICR_CF_API_KEY", key).run();
    assert!(run.out().contains("overridden by variable ICR_CF_API_KEY"), "{run}");
}

#[test]
fn what_a_file_says_for_other_images_is_no_mistake() {
    let files = [(USER, "api-key-for = [\"other=file:/nowhere\"]\n")];
    let words = ["push", "web", "--image", "us.icr.io/acme/web", "--dry-run"];
    let run = Invocation::new_in(place(&files), words).run();
    assert_eq!(run.code, Some(0), "{run}");
}

#[test]
fn a_flag_wins_over_a_value_that_would_be_refused() {
    for (line, flag) in [
        ("region = \"mars\"\n", ["--region", "us-south"]),
        ("namespace = \"A\"\n", ["--namespace", "acme"]),
        ("default-registry = \"quay.io\"\n", ["--default-registry", "us-south"]),
        ("platform = \"mips\"\n", ["--platform", "linux/amd64"]),
        ("jobs = 0\n", ["--jobs", "2"]),
        ("timeout = \"soon\"\n", ["--timeout", "5m"]),
        ("check-timeout = \"soon\"\n", ["--check-timeout", "5s"]),
        ("docker-username = \"bob\"\n", ["--docker-username", "iamapikey"]),
        ("api-key-command = \"op\"\n", ["--api-key-file", "key.txt"]),
        ("cf = \"./other\"\n", ["--cf", "cf"]),
        ("ca-file = \"/other.pem\"\n", ["--ca-file", "key.txt"]),
        ("api-key-for = [\"acme=env:IC_API_KEY\"]\n", ["--api-key-for", "acme=file:key.txt"]),
    ] {
        // A given region would decide for its setting alone.
        let image = if line.starts_with("region") || line.starts_with("default") {
            "acme/web:1"
        } else {
            "us.icr.io/acme/web:1"
        };
        let push = |more: &[&str]| {
            let words = [&["push", "web", "--image", image, "--explain-key"], more].concat();
            let files = [(FOLDER, line), ("work/key.txt", crate::support::KEY)];
            Invocation::new_in(place(&files), words).variable("ICR_CF_API_KEY", "x").run()
        };
        let without = push(&[]);
        let needs_no_key = ["api-key-command"].iter().any(|name| line.starts_with(name));
        assert!(without.code != Some(0) || needs_no_key, "{line}: {without}");
        let with = push(&flag);
        assert!(!with.err().contains("icr-cf.toml"), "{line}: {with}");
    }
}

#[test]
fn every_command_that_asks_goes_by_the_file_and_names_its_line() {
    for words in [
        &["push", "web", "-o", "us.icr.io/acme/web"][..],
        &["check", "us.icr.io/acme/web"],
        &["diff", "web", "-o", "us.icr.io/acme/web"],
        &["audit"],
        &["rotate"],
        &["rollback", "web"],
        &["resolve", "--digest", "us.icr.io/acme/web"],
        &["doctor"],
        &["exec", "--token", "--", "true"],
    ] {
        let run = run(&[(FOLDER, "platform = \"mips\"\n")], words);
        assert_eq!(run.code, Some(2), "{run}");
        assert!(run.err().contains("in icr-cf.toml:1:12"), "{run}");
    }
}
