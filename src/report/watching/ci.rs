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
use super::plain::widest;
use super::queue::{Event, Painter};
use super::{Ended, Service, doing};
use crate::execution::watch::{Arrangement, Stream};
use crate::report::page::padded;

struct App {
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
    apps: Vec<App>,
    outlet: Outlet,
}

impl Ci {
    pub(super) fn new(service: Service, names: Vec<String>, outlet: Outlet) -> Self {
        let width = widest(&names);
        let mut apps: Vec<App> = Vec::with_capacity(names.len());
        for name in names {
            let plain = section(&name);
            let is_taken = apps.iter().any(|app| app.section == plain);
            let section = if is_taken { format!("{plain}_{}", apps.len()) } else { plain };
            let name = harmless(&name);
            apps.push(App { name, section, since: None, kept: Kept::default() });
        }
        Self { service, width, apps, outlet }
    }

    fn ended(&mut self, run: usize, ended: &Ended) {
        let (service, width) = (self.service, self.width);
        let Some(app) = self.apps.get_mut(run) else { return };
        let since = app.since.take().unwrap_or_else(now);
        let kept = std::mem::take(&mut app.kept);
        let title = format!("{}: {}", app.name, ended.words());
        let mut out = Vec::new();
        let (head, foot) = match service {
            Service::GitHub => {
                (format!("::group::{}\n", data(&title)), "::endgroup::\n".to_owned())
            }
            Service::GitLab => {
                let options = match ended {
                    Ended::Well(_) => "[collapsed=true]",
                    Ended::Badly(_) => "",
                };
                let (name, end) = (&app.section, now());
                (
                    format!("\x1b[0Ksection_start:{since}:{name}{options}\r\x1b[0K{title}\n"),
                    format!("\x1b[0Ksection_end:{end}:{name}\r\x1b[0K\n"),
                )
            }
        };
        out.extend_from_slice(head.as_bytes());
        for line in kept.lines() {
            push_line(&mut out, &padded(&app.name, width), &line);
        }
        out.extend_from_slice(foot.as_bytes());
        if let (Ended::Badly(words), Service::GitHub) = (ended, service) {
            let message = kept.last_message().unwrap_or_else(|| words.clone());
            out.extend_from_slice(annotation(&app.name, &message).as_bytes());
        }
        self.outlet.write(Stream::Stdout, &out);
    }

    fn say(&mut self, run: usize, words: &str) {
        if let Some(app) = self.apps.get(run) {
            let line = format!("{}: {words}\n", app.name);
            self.outlet.write(Stream::Stdout, line.as_bytes());
        }
    }

    fn failed(&mut self, run: usize, why: &str) {
        self.say(run, &format!("not started: {}", harmless(why)));
        if let (Service::GitHub, Some(app)) = (self.service, self.apps.get(run)) {
            let line = annotation(&app.name, why);
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
            Event::Ended(ended) => self.ended(run, &ended),
            Event::Failed(why) => self.failed(run, &why),
        }
    }

    fn tick(&mut self) {}

    fn close(&mut self) {
        let open: Vec<usize> =
            self.apps.iter().enumerate().filter_map(|(run, app)| app.since.map(|_| run)).collect();
        for run in open {
            self.ended(run, &Ended::Badly("left before its end".to_owned()));
        }
    }
}

/// Adds a line of an app, as one line for each part that a carriage return ends.
fn push_line(out: &mut Vec<u8>, name: &str, line: &[u8]) {
    let is_empty = line.iter().all(|byte| *byte == b'\r');
    let parts = line.split(|byte| *byte == b'\r').filter(|part| !part.is_empty());
    for part in parts.chain(is_empty.then_some(&[][..])) {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(" │ ".as_bytes());
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

/// A message beside the code and on the summary of a run.
fn annotation(title: &str, message: &str) -> String {
    format!("::error title={}::{}\n", property(title), data(message))
}

/// Escapes what stands behind the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes what stands between the two.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
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
    use super::{annotation, data, push_line, section};

    #[test]
    fn what_github_takes_for_its_own_is_escaped() {
        assert_eq!(data("a%b\r\nc: d, e"), "a%25b%0D%0Ac: d, e");
        assert_eq!(
            annotation("web:1, x", "100%\nno: route"),
            "::error title=web%3A1%2C x::100%25%0Ano: route\n"
        );
    }

    #[test]
    fn what_an_app_prints_is_no_command() {
        let mut out = Vec::new();
        for line in ["::error::x", "a\r::set-output::b\r\r", "x ##[add-mask]##[a]", "", "\r"] {
            push_line(&mut out, "web", line.as_bytes());
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
