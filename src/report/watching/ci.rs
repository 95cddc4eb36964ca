//! The output of each app at its end, in one piece and folded, for the logs of GitHub Actions and
//! GitLab CI; short lines meanwhile, so that the log moves.
//!
//! GitHub takes a line that begins with `::`, and `##[` anywhere in one, for a command of its own
//! (actions/runner, `ActionCommand`), and a carriage return for a line end. Nothing that an app
//! prints must become one: its lines stand behind its name, cut at carriage returns.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::kept::Kept;
use super::outlet::Outlet;
use super::queue::{Event, Painter};
use super::{End, Service, Worth, doing};
use crate::cf::watch::{Arrangement, Demand, Stream};
use crate::report::annotation::data;
use crate::report::page::{Page, padded};
use crate::report::plain::widest;

struct FoldedApp {
    name: String,
    /// Name of its section, of the few characters that GitLab takes.
    section: String,
    /// When it began, in seconds; `None` while it has not, and when it has ended.
    since: Option<u64>,
    kept: Kept,
}

pub(super) struct Ci {
    service: Service,
    width: usize,
    /// Between a name and its line.
    bar: String,
    apps: Vec<FoldedApp>,
    outlet: Outlet,
}

impl Ci {
    pub(super) fn new(service: Service, names: Vec<String>, page: Page, outlet: Outlet) -> Self {
        let width = widest(&names);
        let mut apps: Vec<FoldedApp> = Vec::with_capacity(names.len());
        for name in names {
            let plain = section(&name);
            let is_taken = apps.iter().any(|app| app.section == plain);
            let section = if is_taken { format!("{plain}_{}", apps.len()) } else { plain };
            let name = harmless(&name);
            apps.push(FoldedApp { name, section, since: None, kept: Kept::default() });
        }
        Self { service, width, bar: page.text(" │ "), apps, outlet }
    }

    fn ended(&mut self, run: usize, end: &End) {
        let (service, width) = (self.service, self.width);
        let Some(app) = self.apps.get_mut(run) else { return };
        let Some(since) = app.since.take() else {
            return self.say(run, &harmless(&end.words));
        };
        let kept = std::mem::take(&mut app.kept);
        let title = format!("{}: {}", app.name, end.words);
        let mut out = Vec::new();
        let (head, foot) = match service {
            Service::GitHub => {
                (format!("::group::{}\n", data(&title)), "::endgroup::\n".to_owned())
            }
            Service::GitLab => {
                let options = match end.worth {
                    Worth::Nothing => "[collapsed=true]",
                    Worth::Reading => "",
                };
                let (name, now) = (&app.section, now());
                (
                    format!("\x1b[0Ksection_start:{since}:{name}{options}\r\x1b[0K{title}\n"),
                    format!("\x1b[0Ksection_end:{now}:{name}\r\x1b[0K\n"),
                )
            }
        };
        out.extend_from_slice(head.as_bytes());
        let front = format!("{}{}", padded(&app.name, width), self.bar);
        for line in kept.lines() {
            push_line(&mut out, &front, &line);
        }
        out.extend_from_slice(foot.as_bytes());
        self.outlet.write(Stream::Stdout, &out);
    }

    fn say(&mut self, run: usize, words: &str) {
        if let Some(app) = self.apps.get(run) {
            let line = format!("{}: {words}\n", app.name);
            self.outlet.write(Stream::Stdout, line.as_bytes());
        }
    }
}

impl Painter for Ci {
    // Written in one piece, to one stream.
    const ARRANGEMENT: Arrangement = Arrangement::Together;
    const TICK: Option<Duration> = None;

    fn take(&mut self, run: usize, event: Event) {
        match event {
            Event::Started => {
                if let Some(app) = self.apps.get_mut(run) {
                    app.since = Some(now());
                }
            }
            Event::Line(_, line) => {
                if let Some(app) = self.apps.get_mut(run).filter(|app| app.since.is_some()) {
                    app.kept.push(line);
                }
            }
            Event::Phase(phase) => {
                if let Some(doing) = doing(phase) {
                    self.say(run, doing);
                }
            }
            Event::Ended(end) => self.ended(run, &end),
        }
    }

    fn asked(&mut self, asked: Demand, running: usize) {
        if let Some(words) = super::said(asked, running) {
            self.outlet.write(Stream::Stdout, format!("{words}\n").as_bytes());
        }
    }

    fn tick(&mut self) {}

    fn close(&mut self) {
        let open: Vec<usize> =
            self.apps.iter().enumerate().filter_map(|(run, app)| app.since.map(|_| run)).collect();
        for run in open {
            let words = "left before its end".to_owned();
            self.ended(run, &End { words, worth: Worth::Reading });
        }
    }
}

/// Adds a line of an app, as one line for each part that a carriage return ends.
fn push_line(out: &mut Vec<u8>, front: &str, line: &[u8]) {
    let is_empty = line.iter().all(|byte| *byte == b'\r');
    let parts = line.split(|byte| *byte == b'\r').filter(|part| !part.is_empty());
    for part in parts.chain(is_empty.then_some(&[][..])) {
        out.extend_from_slice(front.as_bytes());
        let mut rest = part;
        while let Some(at) = rest.windows(3).position(|three| three == b"##[") {
            let (before, behind) = rest.split_at(at + 2);
            out.extend_from_slice(before);
            out.push(b' ');
            rest = behind;
        }
        out.extend_from_slice(rest);
        out.push(b'\n');
    }
}

/// A text of ours that begins a line or stands in one, so that it is no command.
fn harmless(text: &str) -> String {
    text.replace("::", ": :").replace("##[", "## [").replace(['\r', '\n'], " ")
}

fn section(name: &str) -> String {
    let mut section = String::from("icr_cf_");
    for character in name.chars() {
        let is_taken = character.is_ascii_alphanumeric() || "_.-".contains(character);
        // Writing to a string cannot fail.
        let _ = section.write_char(if is_taken { character } else { '_' });
    }
    section
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::{push_line, section};

    #[test]
    fn what_an_app_prints_is_no_command() {
        let mut out = Vec::new();
        for line in ["::error::x", "a\r::set-output::b\r\r", "x ##[add-mask]##[a]", "", "\r"] {
            push_line(&mut out, "web │ ", line.as_bytes());
        }
        let expected = "web │ ::error::x\nweb │ a\nweb │ ::set-output::b\n\
            web │ x ## [add-mask]## [a]\nweb │ \nweb │ \n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_section_has_the_characters_that_gitlab_takes() {
        assert_eq!(section("web-1.a_b/c ü"), "icr_cf_web-1.a_b_c__");
    }
}
