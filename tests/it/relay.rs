//! What cf prints and what it reads: every byte arrives where cf put it, in order, soon; cf never
//! gets to read anything.

use std::time::{Duration, Instant};

use crate::support::{Invocation, Workplace};
#[cfg(unix)]
use crate::support::{Setup, wait_for};

/// How soon a partial line has to show; the hold is 100 ms, the rest is for a busy machine.
const SOON: Duration = Duration::from_millis(1500);

#[test]
fn standard_output_stays_standard_output_and_standard_error_standard_error() {
    let run = Invocation::push("out one; err two; out three; err four; exit 3").run();
    run.is(3, "one\nthree\n", "two\nfour\n");
}

/// A script that prints to both streams in turn, and what that looks like on one.
fn in_turn() -> (String, String) {
    let step =
        |number: i32| format!("{} line {number};", if number % 2 == 0 { "out" } else { "err" });
    let script = (0..200).map(step).collect();
    (script, (0..200).map(|number| format!("line {number}\n")).collect())
}

#[test]
fn one_file_for_both_streams_keeps_their_order() {
    let (script, expected) = in_turn();
    Invocation::push(&script).merged().run().is(0, &expected, "");
}

#[test]
#[cfg(unix)]
fn one_terminal_for_both_streams_keeps_their_order() {
    let (script, expected) = in_turn();
    for setup in [Setup::Leader, Setup::Job] {
        let run = Invocation::push(&script).arguments(["--quiet"]).on(setup).run();
        run.is(0, &expected, "");
    }
}

#[test]
fn a_partial_line_shows_before_its_end() {
    for verb in ["out-raw", "err-raw"] {
        let script =
            format!("{verb} line\\nname?; touch @asked; wait-file @seen 20000; {verb} \\ngot");
        let mut running = Invocation::push(&script).start();
        running.wait_for_file("asked");
        let asked = Instant::now();
        running.wait_for("the partial line", |running| {
            [running.stdout(), running.stderr()].contains(&b"line\nname?".to_vec())
        });
        assert!(asked.elapsed() < SOON, "{verb}: {:?}", asked.elapsed());
        running.place().write("seen", "");
        let run = running.finish();
        let (out, err) = ("line\nname?\ngot", "");
        let (out, err) = if verb == "out-raw" { (out, err) } else { (err, out) };
        run.is(0, out, err);
    }
}

#[test]
#[cfg(unix)]
fn a_partial_line_shows_on_a_terminal_too() {
    let script = "out-raw name? ; touch @asked; wait-file @seen 20000; out got";
    let invocation = Invocation::push(script).arguments(["--quiet"]).on(Setup::Leader);
    let mut running = invocation.start();
    running.wait_for_file("asked");
    let asked = Instant::now();
    running.wait_for("the partial line", |running| running.stdout() == b"name?");
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
    running.place().write("seen", "");
    running.finish().is(0, "name?got\n", "");
}

#[test]
fn ten_thousand_lines_pass_unchanged() {
    let expected: String = (1..=10_000).map(|line| format!("line {line}\n")).collect();
    let run = Invocation::push("lines 10000; exit 4").run();
    assert_eq!(run.code, Some(4));
    assert!(run.out() == expected, "{} of {} bytes", run.stdout.len(), expected.len());
}

#[test]
fn every_byte_passes_unchanged() {
    let script: String = (0..=255_u8).map(|byte| format!("\\x{byte:02x}")).collect();
    let expected: Vec<u8> = (0..=255).collect();
    let run = Invocation::push(&format!("out-raw {script}; err-raw {script}")).run();
    assert_eq!((run.code, &run.stdout, &run.stderr), (Some(0), &expected, &expected), "{run}");
}

#[test]
#[cfg(unix)]
fn megabytes_of_anything_pass_unchanged_to_both_streams() {
    // Long lines, no line ends, zeros: a generator of Knuth's in place of a file of noise.
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0] & if state.trailing_zeros() > 2 { 0 } else { 0xff }
    })
    .take(3_000_000)
    .collect();
    let invocation = Invocation::push_without_key().variable("ICR_CF_API_KEY", crate::support::KEY);
    let place = invocation.place();
    let file = place.write("noise", &noise);
    let file = file.display();
    place.install_script("cf", &format!("/bin/cat {file} >&2 & /bin/cat {file}; wait; exit 9"));
    let run = invocation.run();
    assert_eq!(run.code, Some(9));
    assert!(run.stdout == noise, "{} bytes on standard output", run.stdout.len());
    assert!(run.stderr == noise, "{} bytes on standard error", run.stderr.len());
}

#[test]
fn json_has_standard_output_for_itself_and_cf_prints_on_standard_error() {
    let (script, expected) = in_turn();
    let run = Invocation::push(&format!("{script}exit 5")).arguments(["--output", "json"]).run();
    assert_eq!((run.code, run.err()), (Some(5), expected.as_str()), "{run}");
    let document = run.json();
    assert_eq!(document["apps"][0]["outcome"]["exit_code"], 5, "{run}");
    let lines = document["apps"][0]["outcome"]["last_lines"].as_array().unwrap();
    assert_eq!(lines.len(), 200, "{run}");
    assert_eq!(lines[199], "line 199", "{run}");
}

#[test]
fn json_has_standard_output_for_itself_when_all_goes_well_too() {
    let run = Invocation::push("out hello; err careful").arguments(["--output=json"]).run();
    assert_eq!((run.code, run.err()), (Some(0), "hello\ncareful\n"), "{run}");
    assert_eq!(run.json()["apps"][0]["outcome"]["exit_code"], 0, "{run}");
}

/// The value that cf got to see as `CF_COLOR`, where it is one of these.
fn colour(invocation: Invocation) -> Option<&'static str> {
    let run = invocation.run();
    assert_eq!(run.code, Some(0), "{run}");
    let start = run.record.push();
    let value = ["true", "false"]
        .into_iter()
        .find(|value| start.variables_holding(value).contains(&"CF_COLOR"));
    assert_eq!(value.is_some(), start.variables().contains(&"CF_COLOR"), "{run}");
    value
}

#[test]
fn cf_is_not_told_to_colour_what_goes_into_a_pipe_or_file() {
    assert_eq!(colour(Invocation::push("out x")), None);
    assert_eq!(colour(Invocation::push("out x").merged()), None);
    assert_eq!(colour(Invocation::push("out x").variable("CF_COLOR", "true")), Some("true"));
}

#[test]
#[cfg(unix)]
fn cf_is_told_to_colour_on_a_terminal_unless_somebody_said_otherwise() {
    let on_terminal = || Invocation::push("out x").on(Setup::Leader);
    assert_eq!(colour(on_terminal()), Some("true"));
    assert_eq!(colour(on_terminal().variable("NO_COLOR", "")), Some("true"));
    assert_eq!(colour(on_terminal().variable("NO_COLOR", "1")), None);
    assert_eq!(colour(on_terminal().variable("CF_COLOR", "false")), Some("false"));
    assert_eq!(colour(on_terminal().variable("CLICOLOR", "0")), None);
    let on_pipe = || Invocation::push("out x");
    assert_eq!(colour(on_pipe()), None);
    assert_eq!(colour(on_pipe().variable("FORCE_COLOR", "1")), Some("true"));
    assert_eq!(colour(on_pipe().variable("CLICOLOR_FORCE", "1")), Some("true"));
    assert_eq!(colour(on_pipe().variable("CLICOLOR_FORCE", "1").variable("NO_COLOR", "1")), None);
}

#[test]
fn cf_reads_nothing_though_data_is_waiting_for_us() {
    let run = Invocation::push("out x").stdin("y\ny\n").run();
    assert_eq!(run.record.push().text("stdin"), "null", "{run}");
    let run = Invocation::push("out x").stdin_open().run();
    assert_eq!(run.record.push().text("stdin"), "null", "{run}");
}

#[test]
#[cfg(unix)]
fn cf_reads_nothing_though_we_are_on_a_terminal() {
    for setup in [Setup::Leader, Setup::Job] {
        let run = Invocation::push("out x").on(setup).run();
        assert_eq!(run.record.push().text("stdin"), "null", "{run}");
    }
}

#[test]
#[cfg(unix)]
fn what_a_loop_of_a_script_reads_is_left_to_it() {
    let loop_of = r#"while read -r app; do echo "$app:"; "$@"; done"#;
    let invocation = Invocation::push("out pushed").stdin("one\ntwo\n").behind_shell(loop_of);
    invocation.run().is(0, "one:\npushed\ntwo:\npushed\n", "");
}

#[test]
#[cfg(unix)]
fn closed_standard_streams_do_no_harm() {
    let run = |redirections: &str| {
        let invocation = Invocation::push("out a; err b; touch @end; exit 3");
        let run = invocation.behind_shell(&format!(r#"exec "$@" {redirections}"#)).run();
        assert!(run.place.path("end").exists(), "{run}");
        assert_eq!(run.record.push().text("stdin"), "null", "{run}");
        run
    };
    run("<&-").is(3, "a\n", "b\n");
    run(">&-").is(3, "", "b\n");
    run("2>&-").is(3, "a\n", "");
    run("<&- >&- 2>&-").is(3, "", "");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_under_the_log_does_not_end_the_push() {
    let invocation = Invocation::push("lines 1000; err b; touch @end; exit 3");
    let run = invocation.behind_shell(r#"exec "$@" > /dev/full"#).run();
    assert!(run.place.path("end").exists(), "{run}");
    run.is(3, "", "b\n");
}

#[test]
#[cfg(unix)]
fn what_a_process_left_behind_says_while_it_is_ended_still_arrives() {
    let invocation = Invocation::push_without_key().variable("ICR_CF_API_KEY", crate::support::KEY);
    let place = invocation.place();
    let (ready, said) = (place.path("ready"), place.path("said"));
    let left = format!(
        "trap 'echo last words; : > {}; exit' TERM; : > {}; while :; do /bin/sleep 0.02; done",
        said.display(),
        ready.display()
    );
    // The shell says what became of its `sleep` on standard error.
    let left = format!("({left}) 2> /dev/null &");
    let wait = format!("while [ ! -e {} ]; do /bin/sleep 0.02; done", ready.display());
    let cf = format!("{left} {wait}; exit 6");
    place.install_script("cf", &cf);
    let run = invocation.run();
    wait_for("it said so", || said.exists());
    run.is(6, "last words\n", "");
}

#[test]
fn nothing_of_ours_is_printed_into_a_pipe_when_all_goes_well() {
    Invocation::push("out pushed").run().is(0, "pushed\n", "");
}

#[test]
fn a_program_beside_the_push_is_not_run() {
    let place = Workplace::new();
    let words = ["push", "web", "--image", "us.icr.io/acme/web:1", "--dry-run"];
    let run = Invocation::new_in(place, words).run();
    assert_eq!((run.code, run.record.events.len()), (Some(0), 0), "{run}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_stopped_reading_does_not_keep_us_once_we_are_told_to_end() {
    // Both of our streams go into a pipe that somebody holds and nobody reads.
    let script = r#"/usr/bin/mkfifo ../pipe; exec 3<> ../pipe; "$@" > ../pipe 2>&1"#;
    let mut running = Invocation::push("lines 40000; exit 0")
        .variable("CI", "true")
        .arguments(["--timeout", "1s"])
        .behind_shell(script)
        .start();
    running.wait_for("cf has started", |running| !running.record().events.is_empty());
    let run = running.finish();
    assert_eq!(run.code, Some(124), "{run}");
}
