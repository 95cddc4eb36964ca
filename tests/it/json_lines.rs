//! `--output json-lines`: what happens, an event a line as it happens.

use serde_json::Value;

use crate::support::{Invocation, Run};

#[cfg(unix)]
mod as_it_happens;
#[cfg(unix)]
mod readers;
mod rebuilt;

/// The events that were printed: whole lines, the first and the last where they belong.
#[track_caller]
pub(crate) fn events(run: &Run) -> Vec<Value> {
    assert!(run.out().ends_with('\n'), "{run}");
    let events = parsed(run.out());
    let names: Vec<&str> = events.iter().map(|one| one["event"].as_str().unwrap()).collect();
    let [first, middle @ .., last] = names.as_slice() else { panic!("{run}") };
    assert_eq!((*first, *last), ("begin", "end"), "{run}");
    assert!(middle.iter().all(|name| !["begin", "end"].contains(name)), "{run}");
    let times: Vec<f64> = events.iter().map(|one| one["seconds"].as_f64().unwrap()).collect();
    assert!(times.is_sorted(), "{run}");
    events
}

/// The whole lines of a text, each an event.
fn parsed(text: &str) -> Vec<Value> {
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    whole.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a reader takes note of: event, app, and the word in it.
#[cfg(unix)]
fn brief(event: &Value) -> String {
    let word = ["/phase", "/verdict/name", "/record/result", "/document/exit_code"];
    let word = word.iter().find_map(|path| event.pointer(path)).unwrap_or(&Value::Null);
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    format!("{} {} {}", plain(&event["event"]), plain(&event["app"]), plain(word))
}

#[test]
fn other_commands_say_what_they_take_and_which_take_lines() {
    for command in
        ["audit", "rotate", "rollback", "doctor", "login", "logout", "resolve", "regions"]
    {
        let run = Invocation::new([command, "--output", "json-lines"]).run();
        let error = "\
error: `--output` does not take `json-lines`
hint: it takes: text, json
hint: `json-lines` is for what takes its time: `icr-cf push`, `icr-cf check`, `icr-cf diff`
";
        run.is(2, "", error);
    }
}
