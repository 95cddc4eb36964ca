//! What cf prints of the key is masked, in every form, in pieces, on every stream; nothing else is.

use serde_json::json;

#[cfg(unix)]
use crate::support::Setup;
use crate::support::{Invocation, KEY};

use super::{is_kept, loud};

/// Runs a cf that prints the key in some form between other words.
#[track_caller]
fn is_masked(key: &str, how: &str) {
    let script = format!("out before; out-raw key=; echo-secret {how}; out after; exit 1");
    let run = loud(&script).variable("ICR_CF_API_KEY", key).run();
    assert_eq!(run.out(), "before\nkey=***\nafter\n", "{how}: {run}");
    is_kept(&run, key, &[], how);
    let push = loud(&script).variable("ICR_CF_API_KEY", key);
    let run = push.arguments(["--output", "json"]).run();
    let lines = run.json()["apps"][0]["outcome"]["last_lines"].clone();
    assert_eq!(lines, json!(["before", "key=***", "after"]), "{how}: {run}");
    is_kept(&run, key, &[], how);
    let push = loud(&script).variable("ICR_CF_API_KEY", key);
    let run = push.arguments(["--output", "json-lines"]).run();
    let ended = crate::json_lines::events(&run).into_iter().find(|one| one["event"] == "ended");
    assert_eq!(ended.unwrap()["record"]["outcome"]["last_lines"], lines, "{how}: {run}");
    is_kept(&run, key, &[], how);
}

/// A password that is different in every form.
const AWKWARD: &str = r#"aWk"ward\Key/0+1=2&3%4?<5>"#;

#[test]
fn a_key_that_cf_prints_is_masked_in_every_form() {
    for key in [KEY, AWKWARD] {
        for form in ["raw", "base64", "userbase64", "url", "json"] {
            is_masked(key, form);
        }
    }
}

#[test]
fn a_key_that_cf_prints_in_pieces_is_masked_in_every_form() {
    // Each run takes as long as its pauses; they are taken side by side.
    std::thread::scope(|scope| {
        for form in ["raw", "base64", "userbase64", "url", "json"] {
            scope.spawn(move || is_masked(KEY, &format!("{form} chunks")));
        }
    });
}

#[test]
fn a_key_that_cf_prints_on_standard_error_is_masked() {
    for pieces in ["", "chunks"] {
        let script = format!("err before; echo-secret raw err {pieces}; err after");
        let run = Invocation::push(&script).run();
        run.is(0, "", "before\n***\nafter\n");
    }
}

#[test]
#[cfg(unix)]
fn a_key_that_cf_prints_on_a_terminal_is_masked() {
    let push = Invocation::push("out-raw a; echo-secret raw chunks; err b").arguments(["--quiet"]);
    push.on(Setup::Leader).run().is(0, "a***\nb\n", "");
}

#[test]
#[cfg(unix)]
fn a_key_escaped_the_way_go_escapes_json_is_masked() {
    let push = Invocation::push_without_key().variable("ICR_CF_API_KEY", AWKWARD);
    let escaped = r#"aWk\"ward\\Key/0+1=2\u00263%4?\u003c5\u003e"#;
    push.place().write("trace", format!("{{\"password\":\"{escaped}\"}}\n"));
    let cat = format!("/bin/cat {}", push.place().path("trace").display());
    push.place().install_script("cf", &cat);
    push.arguments(["--quiet"]).run().is(0, "{\"password\":\"***\"}\n", "");
}

#[test]
fn what_only_begins_like_the_key_is_left_as_it_is() {
    let most = &KEY[..43];
    let run = Invocation::push(&format!("out {most}; out-raw {most}; exit 3")).run();
    run.is(3, &format!("{most}\n{most}"), "");
}
