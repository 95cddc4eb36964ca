//! `--explain-key`: a table of the places, always, and a question to nobody.

use crate::support::{Invocation, KEY};

fn explain() -> Invocation {
    Invocation::push_without_key().arguments(["--explain-key"])
}

/// The result beside a source in the table.
fn row<'a>(text: &'a str, source: &str) -> &'a str {
    let line = text.lines().find(|line| line.contains(source));
    line.unwrap_or_else(|| panic!("no row for {source}: {text}")).split("  ").last().unwrap().trim()
}

#[test]
fn without_a_key_the_table_says_that_nothing_is_found() {
    let run = explain().run();
    assert_eq!((run.code, run.err()), (Some(0), ""), "{run}");
    for (source, result) in [
        ("--api-key-file", "not given"),
        ("ICR_CF_API_KEY", "not set"),
        ("BLUEMIX_API_KEY", "not set"),
        ("prompt", "no terminal"),
    ] {
        assert_eq!(row(run.out(), source), result, "{run}");
    }
    assert!(run.out().ends_with("\nnothing found\n"), "{run}");
    let json = explain().arguments(["--output", "json"]).run();
    assert_eq!(json.code, Some(0), "{json}");
    let document = json.json();
    assert_eq!(document["exit_code"], 0);
    assert!(document["key_sources"].as_array().unwrap().len() > 8, "{json}");
    assert!(document.get("key_source").is_none() && document.get("error").is_none(), "{json}");
}

#[test]
fn a_key_that_is_found_is_used_and_not_shown() {
    let run = explain().variable("IC_API_KEY", KEY).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(row(run.out(), "IC_API_KEY"), "used", "{run}");
    assert!(!run.out().contains("nothing found"), "{run}");
    assert_eq!(run.out().matches("a hidden prompt").count(), 1, "each source is named once: {run}");
    run.shows_nothing_of(KEY, &[]);
}

#[test]
fn a_source_that_fails_is_named_in_the_table_and_behind_it() {
    let file = ["--api-key-file", "absent.txt"];
    let run = explain().arguments(file).run();
    assert_eq!(run.code, Some(66), "{run}");
    assert_eq!(row(run.out(), "--api-key-file"), "failed", "{run}");
    assert_eq!(row(run.out(), "IC_API_KEY"), "not looked at", "{run}");
    assert_eq!(row(run.out(), "a hidden prompt"), "not looked at", "{run}");
    assert!(run.err().starts_with("error: key file `absent.txt` cannot be read"), "{run}");
    let json = explain().arguments(file).arguments(["--output", "json"]).run();
    assert_eq!(json.code, Some(66), "{json}");
    let document = json.json();
    assert_eq!((&document["exit_code"], &document["error"]["exit_code"]), (&66.into(), &66.into()));
    assert!(document["key_sources"].is_array(), "{json}");
    let unfit = explain().variable("ICR_CF_API_KEY", "$KEY").run();
    assert_eq!(unfit.code, Some(77), "{unfit}");
    assert_eq!(row(unfit.out(), "ICR_CF_API_KEY"), "failed", "{unfit}");
}

#[test]
fn an_app_that_lacks_its_own_key_is_named() {
    let run = explain()
        .arguments(["--api-key-for", "acme=file:absent.txt", "--output", "text"])
        .variable("ICR_CF_API_KEY", KEY)
        .run();
    assert_eq!(run.code, Some(66), "{run}");
    assert!(run.out().contains("nothing found for web"), "{run}");
}

#[test]
fn standard_input_may_have_as_much_as_a_key_file_and_no_more() {
    let padded = |bytes: usize| {
        let json = format!("{{\"apikey\": \"{KEY}\"}}");
        let text = format!("{json}{}", " ".repeat(bytes - json.len()));
        explain().arguments(["--api-key-stdin"]).stdin(text).run()
    };
    let run = padded(65_536);
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(row(run.out(), "--api-key-stdin"), "used", "{run}");
    let run = padded(65_537);
    assert_eq!(run.code, Some(77), "{run}");
    assert!(run.err().contains("gave more than 65536 bytes, which is no key"), "{run}");
    let run = explain().arguments(["--api-key-stdin"]).run();
    assert!(run.err().contains("hint: pipe the key in: "), "{run}");
}

#[cfg(unix)]
mod on_a_terminal {
    use super::{KEY, explain, row};
    use crate::support::Setup;

    #[test]
    fn a_variable_is_used_as_elsewhere() {
        let run = explain().variable("IC_API_KEY", KEY).on(Setup::Leader).run();
        assert_eq!(run.code, Some(0), "{run}");
        assert_eq!(row(run.out(), "IC_API_KEY"), "used", "{run}");
    }

    #[test]
    fn nobody_is_asked() {
        for words in [&[][..], &["--api-key-stdin"], &["--api-key-file", "-"]] {
            // A question would wait for an answer until the run is given up.
            let run = explain().arguments(words).on(Setup::Leader).run();
            assert_eq!(run.code, Some(0), "{words:?}: {run}");
            assert!(!run.out().contains("(not shown)"), "{words:?}: {run}");
            assert!(run.out().contains("nobody is asked now"), "{words:?}: {run}");
        }
        let run = explain().on(Setup::Leader).run();
        assert_eq!(row(run.out(), "prompt"), "would be shown; nobody is asked now", "{run}");
    }
}
