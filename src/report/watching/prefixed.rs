//! Every line as it comes, on the stream it came from, behind the name of its app.

use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::outlet::Outlet;
use super::queue::{Event, Painter};
use crate::cf::watch::{Arrangement, Demand, Stream};
use crate::environment::{Colors, Environment};
use crate::report::page::{Page, To, padded};
use crate::report::plain::widest;
use crate::request::Voice;

/// What tells one app from its neighbours; none of the colours that mean good or bad.
const COLORS: [AnsiColor; 4] =
    [AnsiColor::Cyan, AnsiColor::Magenta, AnsiColor::Blue, AnsiColor::BrightCyan];

/// Text in front of each line of an app.
struct Prefix {
    stdout: String,
    stderr: String,
}

pub(super) struct Lines {
    prefixes: Vec<Prefix>,
    voice: Voice,
    page: Page,
    outlet: Outlet,
}

impl Lines {
    pub(super) fn new(
        names: &[String],
        voice: Voice,
        environment: &Environment,
        outlet: Outlet,
    ) -> Self {
        let streams = environment.streams;
        let stdout = environment.colors(streams.stdout);
        let stderr = environment.colors(streams.stderr);
        let page = Page::of(environment, To::Stderr);
        Self { voice, ..Self::colored(names, page, outlet, stdout, stderr) }
    }

    pub(super) fn colored(
        names: &[String],
        page: Page,
        outlet: Outlet,
        stdout: Colors,
        stderr: Colors,
    ) -> Self {
        let width = widest(names);
        let colors = COLORS.iter().cycle();
        let prefixes = names.iter().zip(colors).map(|(name, color)| Prefix {
            stdout: prefix(name, width, page, *color, stdout),
            stderr: prefix(name, width, page, *color, stderr),
        });
        Self { prefixes: prefixes.collect(), voice: Voice::Normal, page, outlet }
    }

    /// A line of our own among those of an app.
    fn ours(&mut self, run: usize, words: &str) {
        if self.voice > Voice::Quiet {
            self.write(
                run,
                Stream::Stderr,
                self.page.one_line(&format!("icr-cf: {words}")).as_bytes(),
            );
        }
    }

    fn write(&mut self, run: usize, stream: Stream, line: &[u8]) {
        let Some(prefix) = self.prefixes.get(run) else { return };
        let prefix = match stream {
            Stream::Stdout => &prefix.stdout,
            Stream::Stderr => &prefix.stderr,
        };
        let mut bytes = Vec::with_capacity(prefix.len() + line.len() + 8);
        bytes.extend_from_slice(prefix.as_bytes());
        bytes.extend_from_slice(line);
        bytes.extend_from_slice(end_of(line));
        self.outlet.write(stream, &bytes);
    }
}

fn prefix(name: &str, width: usize, page: Page, color: AnsiColor, colors: Colors) -> String {
    let style = match colors {
        Colors::Taken => Style::new().fg_color(Some(color.into())),
        Colors::Refused => Style::new(),
    };
    format!("{style}{} {}{style:#} ", padded(name, width), page.text("│"))
}

/// The end of a line; a colour that it leaves on would run into the next, of another app.
pub(super) fn end_of(line: &[u8]) -> &'static [u8] {
    if line.contains(&b'\x1b') { b"\x1b[0m\n" } else { b"\n" }
}

impl Painter for Lines {
    const ARRANGEMENT: Arrangement = Arrangement::Apart;
    const TICK: Option<Duration> = None;

    fn take(&mut self, run: usize, event: Event) {
        match event {
            Event::Line(stream, line) => self.write(run, stream, &line),
            Event::Ended(end) => self.ours(run, &end.words),
            Event::Started | Event::Phase(_) => {}
        }
    }

    fn asked(&mut self, asked: Demand, running: usize) {
        if let (Some(words), true) = (super::said(asked, running), self.voice > Voice::Quiet) {
            self.outlet.write(Stream::Stderr, format!("icr-cf: {words}\n").as_bytes());
        }
    }

    fn tick(&mut self) {}

    fn close(&mut self) {}
}
