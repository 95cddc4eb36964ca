//! What is shown of several apps at once.

use super::{many, scripted};
use crate::support::Run;

/// The lines of a text that come from an app.
fn of(text: &str, app: &str) -> Vec<String> {
    let prefix = format!("{app} │ ");
    text.lines().filter_map(|line| line.strip_prefix(&prefix)).map(str::to_owned).collect()
}

#[test]
fn lines_are_whole_and_have_their_app_in_front() {
    let script = "lines 400; out-raw no end; sleep 150; out-raw  of it";
    let run = scripted(&many(6), script).arguments(["--jobs", "6"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    let expected: Vec<String> =
        (1..=400).map(|number| format!("line {number}")).chain(["no end of it".into()]).collect();
    for number in 1..=6 {
        assert_eq!(of(run.out(), &format!("app-{number}")), expected, "{number}");
    }
    assert_eq!(run.out().lines().count(), 6 * 401);
}

#[test]
fn each_stream_stays_where_cf_put_it() {
    let run = scripted(&many(2), "out to out; err to err").run();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(of(run.out(), "app-1"), ["to out"], "{run}");
    assert_eq!(of(run.err(), "app-2").first().map(String::as_str), Some("to err"), "{run}");
}

#[test]
fn a_table_at_the_end_has_every_app() {
    let run =
        scripted(&many(2), "app app-2 exit 3; out x").arguments(["--on-error", "continue"]).run();
    assert_eq!(run.code, Some(3), "{run}");
    let table: Vec<&str> = run.err().lines().skip_while(|line| !line.starts_with("APP ")).collect();
    assert_eq!(table.len(), 4, "{run}");
    assert!(
        table[3]
            .contains("still to be pushed: `icr-cf push app-2 --no-checks --on-error continue`"),
        "{run}"
    );
    assert!(table[1].contains("us.icr.io/acme/web:1.4") && table[1].contains("pushed"), "{run}");
    assert!(table[2].contains("failed (exit code 3)"), "{run}");
    assert!(table[2].rsplit(' ').next().unwrap().parse::<f64>().is_ok(), "{run}");
}

#[test]
fn one_json_document_has_every_app() {
    let script = "app app-2 err FAILED; app app-2 exit 3; out x";
    let run =
        scripted(&many(3), script).arguments(["--jobs", "1", "--output", "json", "--quiet"]).run();
    assert_eq!(run.code, Some(3), "{run}");
    let document = run.json();
    assert_eq!(document["exit_code"], 3);
    let apps = document["apps"].as_array().unwrap();
    let results: Vec<(&str, &str)> = apps
        .iter()
        .map(|app| (app["app"].as_str().unwrap(), app["result"].as_str().unwrap()))
        .collect();
    assert_eq!(results, [("app-1", "pushed"), ("app-2", "failed"), ("app-3", "not-started")]);
    assert_eq!(apps[1]["outcome"]["last_lines"][0], "FAILED");
    assert_eq!(apps[0]["plan"]["image"]["pushed"], "us.icr.io/acme/web:1.4");
    assert_eq!(of(run.err(), "app-1"), ["x"], "{run}");
}

#[test]
fn the_document_of_one_app_has_the_same_shape() {
    let run = scripted(&many(1), "out x").arguments(["--output", "json", "--quiet"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    let document = run.json();
    assert_eq!(document["apps"][0]["result"], "pushed", "{run}");
    assert_eq!(document["plan"], serde_json::Value::Null, "{run}");
}

/// Groups of GitHub's log: each opened one is closed before the next is opened.
fn groups(run: &Run) -> Vec<String> {
    let (mut open, mut titles) = (false, Vec::new());
    for line in run.out().lines() {
        if let Some(title) = line.strip_prefix("::group::") {
            assert!(!open, "a group in a group: {run}");
            open = true;
            titles.push(title.to_owned());
        }
        if line == "::endgroup::" {
            assert!(open, "{run}");
            open = false;
        }
    }
    assert!(!open, "a group is left open: {run}");
    titles
}

#[test]
fn a_log_of_github_has_a_group_for_each_app_and_an_error_for_each_failure() {
    let script = "app app-2 err 100% wrong; app app-2 exit 3; out ::error::not ours";
    let run = scripted(&many(3), script)
        .arguments(["--on-error", "continue"])
        .variable("GITHUB_ACTIONS", "true")
        .run();
    assert_eq!(run.code, Some(3), "{run}");
    let titles = groups(&run);
    for app in ["app-1", "app-2", "app-3"] {
        assert!(titles.iter().any(|title| title.contains(app)), "{titles:?}");
    }
    let errors: Vec<&str> = run.err().lines().filter(|line| line.starts_with("::error")).collect();
    assert_eq!(errors.len(), 1, "{run}");
    assert!(errors[0].contains("app-2") && errors[0].contains("100%25 wrong"), "{run}");
}

#[test]
#[cfg(unix)]
fn groups_are_closed_when_it_is_interrupted() {
    let mut running = scripted(&many(2), "out x; touch @ready-{app}; sleep 20000")
        .variable("GITHUB_ACTIONS", "true")
        .start();
    (1..=2).for_each(|number| running.wait_for_file(&format!("ready-app-{number}")));
    running.kill(rustix::process::Signal::TERM);
    let run = running.finish();
    assert_eq!(run.code, Some(143), "{run}");
    assert_eq!(groups(&run).len(), 2, "{run}");
}

#[test]
fn a_log_of_gitlab_has_a_section_for_each_app() {
    let run = scripted(&many(2), "out x").variable("GITLAB_CI", "true").run();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(run.out().matches("\u{1b}[0Ksection_start:").count(), 2, "{run}");
    assert_eq!(run.out().matches("\u{1b}[0Ksection_end:").count(), 2, "{run}");
}

#[test]
fn every_line_may_be_wanted_as_it_comes_in_a_log_too() {
    let run = scripted(&many(2), "out x")
        .arguments(["--output-lines"])
        .variable("GITHUB_ACTIONS", "true")
        .run();
    assert_eq!(groups(&run), [""; 0]);
    assert_eq!(of(run.out(), "app-1"), ["x"], "{run}");
}

#[test]
#[cfg(unix)]
fn a_terminal_has_a_board_and_the_whole_output_of_what_failed() {
    use crate::support::Setup;
    let script = "out first words; out Staging app and tracing logs...; app app-2 out why it failed; \
                  app app-2 exit 3; sleep 300";
    let on_terminal = || scripted(&many(2), script).variable("TERM", "xterm").on(Setup::Leader);
    let run = on_terminal().run();
    assert_eq!(run.code, Some(3), "{run}");
    let shown = run.out();
    assert!(shown.contains("why it failed") && shown.contains("first words"), "{run}");
    assert!(shown.contains("staging"), "{run}");
    assert!(!shown.contains("\u{1b}[?25l") || shown.contains("\u{1b}[?25h"), "{run}");
    let lines = on_terminal().arguments(["--output-lines"]).variable("NO_COLOR", "1").run();
    assert!(lines.out().contains("app-2 │ why it failed"), "{lines}");
}
