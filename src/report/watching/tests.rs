//! Tests of showing runs, with buffers in place of our streams.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::ci::Ci;
use super::outlet::Outlet;
use super::prefixed::Lines;
use super::queue::{Event, Painter as _, Printer};
use super::{Display, End, Service, Worth, display};
use crate::cf::Phase;
use crate::cf::watch::{Stream, Watch as _};
use crate::cli::OutputFormat;
use crate::environment::{Colors, Environment, Streams};
use crate::report::page::Page;
use crate::report::plain;
use crate::request::{self, Voice};

/// What was written, to be looked at.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Paper {
    /// Takes little at a time, so that whoever writes in pieces is found out.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let part = &bytes[..bytes.len().min(7)];
        self.0.lock().unwrap().extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Blocks until it is told to go on, then says that nobody reads.
struct Blocked(Receiver<()>);

impl Write for Blocked {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn outlet(stdout: &Paper, stderr: &Paper) -> Outlet {
    Outlet::of(Box::new(stdout.clone()), Box::new(stderr.clone()))
}

fn names(names: &[&str]) -> Vec<String> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    plain::names(&names, Page::default())
}

fn line(text: &str) -> Event {
    Event::Line(Stream::Stdout, text.into())
}

fn badly() -> Event {
    Event::Ended(End { words: "failed (exit code 1)".into(), worth: Worth::Reading })
}

fn well() -> Event {
    Event::Ended(End { words: "pushed in 3.2 s".into(), worth: Worth::Nothing })
}

const MINUTE: Duration = Duration::from_secs(60);

mod screen;

#[test]
fn the_way_to_show_runs_suits_where_we_are() {
    let shown = |output, wish, variables: &[(&str, &str)], terminal| {
        let variables: BTreeMap<_, _> =
            variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let streams = Streams { stdout: terminal, stderr: terminal, ..Streams::default() };
        display(output, wish, Voice::Normal, &Environment::new(variables, "/".into(), streams))
    };
    let (text, json) = (OutputFormat::Text, OutputFormat::Json);
    let github = [("GITHUB_ACTIONS", "true")];
    assert_eq!(shown(text, request::LineMode::Fitting, &[], true), Display::Board);
    assert_eq!(shown(text, request::LineMode::Fitting, &[("TERM", "dumb")], true), Display::Lines);
    assert_eq!(shown(text, request::LineMode::Fitting, &[], false), Display::Lines);
    assert_eq!(shown(text, request::LineMode::Each, &github, true), Display::Lines);
    assert_eq!(shown(json, request::LineMode::Fitting, &github, true), Display::Lines);
    assert_eq!(
        shown(text, request::LineMode::Fitting, &github, false),
        Display::Ci(Service::GitHub)
    );
    let gitlab = [("GITLAB_CI", "true")];
    assert_eq!(
        shown(text, request::LineMode::Fitting, &gitlab, false),
        Display::Ci(Service::GitLab)
    );
}

#[test]
fn names_stand_in_a_column_and_lines_on_their_stream() {
    let (stdout, stderr) = (Paper::default(), Paper::default());
    let names = names(&["web", "a-name-that-is-longer-than-24"]);
    let (taken, refused) = (Colors::Taken, Colors::Refused);
    let mut lines =
        Lines::colored(&names, Page::default(), outlet(&stdout, &stderr), refused, taken);
    lines.take(0, line("one"));
    lines.take(1, line("\u{1b}[31mtwo"));
    lines.take(0, Event::Line(Stream::Stderr, b"three".to_vec()));
    assert_eq!(
        stdout.text(),
        "web                      │ one\na-name-that-is-longer-than-24 │ \u{1b}[31mtwo\u{1b}[0m\n"
    );
    assert_eq!(stderr.text(), "\u{1b}[36mweb                      │\u{1b}[0m three\n");
}

#[test]
fn no_line_is_torn_and_none_is_lost_with_many_at_once() {
    let (stdout, stderr) = (Paper::default(), Paper::default());
    let names: Vec<String> = (0..16).map(|run| format!("app{run:02}")).collect();
    let refused = Colors::Refused;
    let lines = Lines::colored(&names, Page::default(), outlet(&stdout, &stderr), refused, refused);
    let printer = Printer::start(lines).unwrap();
    std::thread::scope(|scope| {
        for run in 0..16 {
            let printer = &printer;
            scope.spawn(move || {
                for number in 0..300 {
                    let text = format!("line {number} of {run:02} {}", "x".repeat(number % 50));
                    printer.line(run, Stream::Stdout, text.as_bytes());
                }
            });
        }
    });
    assert!(printer.finish(MINUTE));
    let text = stdout.text();
    let mut next = [0_usize; 16];
    for line in text.lines() {
        let run: usize = line[3..5].parse().unwrap();
        let number = next[run];
        let expected =
            format!("app{run:02} │ line {number} of {run:02} {}", "x".repeat(number % 50));
        assert_eq!(line, expected);
        next[run] += 1;
    }
    assert_eq!(next, [300; 16]);
}

#[test]
fn a_reader_that_does_not_read_holds_up_lines_and_nothing_else() {
    let (go_on, told) = channel();
    let outlet = Outlet::of(Box::new(Blocked(told)), Box::new(Paper::default()));
    let refused = Colors::Refused;
    let lines = Lines::colored(&names(&["web"]), Page::default(), outlet, refused, refused);
    let printer = Printer::start(lines).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for _ in 0..5_000 {
                printer.line(0, Stream::Stdout, b"line");
            }
        });
        let start = Instant::now();
        for _ in 0..5_000 {
            printer.started(0);
            printer.phase(0, Phase::Staging);
        }
        assert!(start.elapsed() < Duration::from_secs(5));
        std::thread::sleep(Duration::from_millis(100));
        assert!(!writer.is_finished(), "lines wait");
        assert!(!printer.finish(Duration::from_millis(50)), "not everything is printed");
        go_on.send(()).unwrap();
        writer.join().unwrap();
    });
    assert!(printer.finish(MINUTE), "nobody reads any more, and nothing is held up by that");
}

#[test]
fn github_folds_an_app() {
    let (stdout, stderr) = (Paper::default(), Paper::default());
    let names = names(&["web", "worker"]);
    let mut ci = Ci::new(Service::GitHub, names, Page::default(), outlet(&stdout, &stderr));
    ci.take(0, Event::Started);
    ci.take(1, Event::Started);
    ci.take(0, Event::Phase(Phase::Staging));
    ci.take(0, line("one"));
    ci.take(1, line("::error::100% wrong, it is"));
    ci.take(0, well());
    ci.take(1, line("FAILED"));
    ci.take(1, badly());
    ci.close();
    let expected = "web: staging
::group::web: pushed in 3.2 s
web    │ one
::endgroup::
::group::worker: failed (exit code 1)
worker │ ::error::100% wrong, it is
worker │ FAILED
::endgroup::
";
    assert_eq!((stdout.text(), stderr.text()), (expected.to_owned(), String::new()));
}

#[test]
fn gitlab_folds_what_went_well_and_a_group_is_closed_whatever_happens() {
    let (stdout, stderr) = (Paper::default(), Paper::default());
    let names = names(&["a/b", "a_b"]);
    let mut ci = Ci::new(Service::GitLab, names, Page::default(), outlet(&stdout, &stderr));
    ci.take(0, Event::Started);
    ci.take(1, Event::Started);
    ci.take(0, well());
    ci.take(1, line("half"));
    ci.close();
    let plain: String = stdout.text().chars().filter(|c| !c.is_ascii_digit()).collect();
    let expected = "\u{1b}[Ksection_start::icr_cf_a_b[collapsed=true]\r\u{1b}[Ka/b: pushed in . s
\u{1b}[Ksection_end::icr_cf_a_b\r\u{1b}[K
\u{1b}[Ksection_start::icr_cf_a_b_\r\u{1b}[Ka_b: left before its end
a_b │ half
\u{1b}[Ksection_end::icr_cf_a_b_\r\u{1b}[K
";
    assert_eq!(plain, expected);
}
