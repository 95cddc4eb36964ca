//! Passwords of other registries are bytes: they come to cf as they are, and none of their lines
//! comes out again.

use crate::support::{Invocation, Run, Workplace};

const MANIFEST: &str = "\
applications:
- name: web
  docker: {image: 'eu.gcr.io/project/web:1', username: _json_key}
";

/// The key of a service account, as Google writes it; opens nothing.
const ACCOUNT: &str = r#"{
  "type": "service_account",
  "private_key_id": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c",
  "private_key": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END PRIVATE KEY-----\n",
  "client_email": "puller@project.iam.gserviceaccount.com"
}"#;

/// A push with the password from a source; `cf` is what this shell script does.
fn push(place: Workplace, source: &str, cf: &str) -> Invocation {
    place.write("work/manifest.yml", MANIFEST);
    place.install_script("cf", &format!("[ \"$1\" = version ] && exit; {cf}"));
    Invocation::new_in(place, ["push", "--docker-password-for", &format!("eu.gcr.io={source}")])
        .arguments(["--no-checks"])
}

/// What cf got.
fn got(run: &Run) -> String {
    assert_eq!(run.code, Some(0), "{run}");
    std::fs::read_to_string(run.place.path("work/got")).unwrap()
}

const KEEP: &str = "printf %s \"$CF_DOCKER_PASSWORD\" > got";

#[test]
fn a_password_comes_to_cf_byte_for_byte_from_every_source() {
    for password in [
        ACCOUNT,
        "{\"apikey\": \"not-a-key-of-ibm\"}",
        "{\n \"name\": \"x\"\n}\n",
        "\"in quotes\"",
        "$UNFILLED",
        " blanks ",
        "a\tb\r\nc",
        "NAME_OF=assignment",
    ] {
        for end in ["\n", "\r\n"] {
            let place = Workplace::new();
            place.write("work/account.json", format!("{password}{end}"));
            let file = push(place, "file:account.json", KEEP).run();
            assert_eq!(got(&file), password, "{file}");
            let place = Workplace::new();
            let path = place.write("work/account.json", format!("{password}{end}"));
            let command = format!("command:/bin/cat {}", path.display());
            let command = push(place, &command, KEEP).run();
            assert_eq!(got(&command), password, "{command}");
            let variable = push(Workplace::new(), "env:ACCOUNT", KEEP)
                .variable("ACCOUNT", format!("{password}{end}"))
                .run();
            assert_eq!(got(&variable), password, "{variable}");
        }
    }
}

#[test]
fn a_line_to_paste_does_not_take_a_password_for_ibms_json() {
    let place = Workplace::new();
    place.write("work/account.json", ACCOUNT);
    let run = push(place, "file:account.json", KEEP).arguments(["--dry-run"]).run();
    let last = run.out().lines().last().unwrap();
    assert!(last.starts_with("CF_DOCKER_PASSWORD=\"$(cat account.json)\" "), "{run}");
}
