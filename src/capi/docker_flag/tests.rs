//! Tests of judging the platform's answer.

use super::{docker_verdict, stale_verdict};
use crate::cf_program::CfProgram;
use crate::verdict::{Name, Verdict, Weight};

const API: &str = "https://api.example.com:8443/cf";

fn verdict(status: u16, body: &str) -> Option<Verdict> {
    let cf = CfProgram::new(&["cf8"], None);
    docker_verdict(API, status, body.as_bytes(), &cf)
}

#[test]
fn an_enabled_flag_is_nothing_to_speak_of() {
    assert_eq!(verdict(200, "{\"enabled\":true,\"custom_error_message\":7}"), None);
}

#[test]
fn a_disabled_flag_stops_and_an_admin_can_mend_it() {
    let body =
        r#"{"name":"diego_docker","enabled":false,"custom_error_message":"ask\u001b[31m X"}"#;
    let found = verdict(200, body).unwrap();
    assert_eq!((found.name, found.weight), (Name::DockerDisabled, Weight::Definitive));
    assert_eq!(found.message, "api.example.com:8443 does not take docker images");
    let seen = ["its feature flag `diego_docker` is disabled", "it says: ask\\u{1b}[31m X"];
    assert_eq!(found.seen, seen);
    let hint = "ask an admin of the platform to run `cf8 enable-feature-flag diego_docker`";
    assert_eq!(found.hints, [hint]);
    for message in ["null", "\"\"", "{}", "1"] {
        let body = format!("{{\"enabled\":false,\"custom_error_message\":{message}}}");
        assert_eq!(verdict(200, &body).unwrap().seen.len(), 1, "{message}");
    }
}

#[test]
fn a_platform_without_the_flag_is_nothing_to_speak_of() {
    assert_eq!(verdict(404, "{\"errors\":[]}"), None);
}

#[test]
fn a_refused_token_decides_nothing() {
    let found = verdict(401, "").unwrap();
    assert_eq!((found.name, found.weight), (Name::CfTokenStale, Weight::Undecided));
    assert_eq!(found.seen, ["api.example.com:8443 answered 401"]);
    let stale = stale_verdict(API, &CfProgram::absent());
    assert_eq!((stale.name, stale.weight), (Name::CfTokenStale, Weight::Undecided));
    assert_eq!(stale.hints, ["`cf feature-flag diego_docker` renews it and asks"]);
}

#[test]
fn an_answer_that_makes_no_sense_decides_nothing() {
    for (status, body) in [
        (200, ""),
        (200, "<html>"),
        (200, "{}"),
        (200, "{\"enabled\":null}"),
        (200, "{\"enabled\":\"false\"}"),
        (200, "{\"enabled\":false,\"enabled\":true}"),
        (200, &"[".repeat(100_000)),
        (201, "{\"enabled\":false}"),
        (302, ""),
        (400, ""),
        (403, "{\"enabled\":false}"),
        (500, ""),
        (503, "{\"enabled\":false}"),
        (0, ""),
    ] {
        let found = verdict(status, body).unwrap();
        assert_eq!((found.name, found.weight), (Name::CfUnreachable, Weight::Undecided), "{body}");
        let expected = match status {
            200 => "its answer has no `enabled`".to_owned(),
            _ => format!("api.example.com:8443 answered {status}"),
        };
        assert_eq!(found.seen, [expected]);
    }
}
