//! A secret with several lines: whole or line by line, as cf prints it, none is shown.

use crate::support::{Invocation, Run, Workplace};

/// The key of a service account; opens nothing.
const ACCOUNT: &str = r#"{
  "type": "service_account",
  "private_key_id": "5a69788796a5b4c3d2e1f00f1e2d3c0f1e2d3c4b",
  "private_key": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ+/9\n-----END PRIVATE KEY-----\n",
  "client_email": "puller@project.iam.gserviceaccount.com"
}"#;

/// A certificate's key, each line of which is one.
const PEM: &str = "-----BEGIN PRIVATE KEY-----\r\nMIIEvQIBADANBgkqhkiG9w0\r\nBAQEFAASCBKcwggSj+/AgEA\r\n-----END PRIVATE KEY-----";

/// Two apps, or one, of a registry that takes it; `cf` is a shell script.
fn push(apps: usize, secret: &str, cf: &str) -> Run {
    let app = |number| {
        format!(
            "- name: app-{number}\n  docker: {{image: 'eu.gcr.io/p/web:1', username: _json_key}}\n"
        )
    };
    let place = Workplace::new();
    place.write(
        "work/manifest.yml",
        format!("applications:\n{}", (0..apps).map(app).collect::<String>()),
    );
    place.install_script("cf", &format!("[ \"$1\" = version ] && exit; {cf}"));
    Invocation::new_in(place, ["push", "--no-checks", "--output-lines"])
        .arguments(["--docker-password-for", "eu.gcr.io=env:ACCOUNT"])
        .variable("ACCOUNT", secret)
        .variable("PATH", "/usr/bin:/bin")
        .arguments(["--cf", "../bin/cf"])
        .run()
}

#[track_caller]
fn shows_no_line(run: &Run, secret: &str) {
    for line in secret.lines().map(str::trim).filter(|line| line.len() >= 8) {
        run.shows_nothing_of(line, &[]);
    }
}

#[test]
fn no_line_of_a_secret_is_shown_however_cf_prints_it() {
    for secret in [ACCOUNT, PEM] {
        for cf in [
            "printf '%s\\n' \"$CF_DOCKER_PASSWORD\"",
            "printf '%s\\n' \"$CF_DOCKER_PASSWORD\" >&2; exit 1",
            "printf '%s\\n' \"$CF_DOCKER_PASSWORD\" | while read -r l; do echo \"> $l <\"; done",
            "printf '%s\\n' \"$CF_DOCKER_PASSWORD\" | tr -d '\\r' | sed 's/^/\\t/'; exit 2",
            "printf '%s\\n' \"$CF_DOCKER_PASSWORD\" | tail -n 3 | base64 -w 0",
            "printf '%s' \"$CF_DOCKER_PASSWORD\" | base64 -w 0",
        ] {
            for apps in [1, 2] {
                let run = push(apps, secret, cf);
                assert!(run.out().contains("***") || run.err().contains("***"), "{cf}: {run}");
                shows_no_line(&run, secret);
            }
        }
    }
}

#[test]
fn a_line_that_says_nothing_is_left_as_it_is() {
    let run = push(1, "first-line-of-it\n{\n}\nshort", "echo '{ short }'; echo first-line-of-it");
    assert!(run.out().contains("{ short }\n***\n"), "{run}");
}

#[test]
fn a_manifest_may_have_a_line_that_many_service_accounts_have() {
    let place = Workplace::new();
    let manifest = "\
applications:
- name: web
  docker: {image: 'eu.gcr.io/p/web:1', username: _json_key}
  env:
    OTHER: '\"type\": \"service_account\",'
";
    place.write("work/manifest.yml", manifest);
    let run = Invocation::new_in(place, ["push", "--no-checks"])
        .arguments(["--docker-password-for", "eu.gcr.io=env:ACCOUNT"])
        .variable("ACCOUNT", ACCOUNT)
        .script("out x")
        .run();
    assert_eq!(run.code, Some(0), "{run}");
}
