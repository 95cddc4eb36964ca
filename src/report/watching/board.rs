//! A row for each app that runs, and for as many that have ended as there is room for, redrawn in
//! place on standard error; what an app printed is shown above if it fails. Nothing of it is left
//! at the end, when a table says it all. The cursor is never hidden and no mode is left on, so that
//! there is nothing to bring back.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::kept::Kept;
use super::outlet::Outlet;
use super::prefixed::end_of;
use super::queue::{Event, Painter};
use super::{End, Worth, doing};
use crate::cf::watch::{Arrangement, Demand, Stream};
use crate::report::page::{Page, columns, padded};
use crate::report::plain::{plain, widest};
use crate::report::terminal::Size;

/// How often it is redrawn.
const TICK: Duration = Duration::from_millis(150);
/// Columns for what an app is doing.
const DOING: usize = 8;

/// A terminal holds back what comes between these two, so that no half of a picture is seen
/// (DEC 2026); one that does not know them leaves them out.
const HOLD: &str = "\x1b[?2026h";
const SHOW: &str = "\x1b[?2026l";
const CLEAR_BELOW: &str = "\x1b[J";
const CLEAR_RIGHT: &str = "\x1b[K";
/// Where the cursor is, kept by the terminal and taken again: what keys show has moved it meanwhile.
const KEEP_PLACE: &str = "\x1b7";
const TAKE_PLACE: &str = "\x1b8";
/// Makes sure of a row below, on to which Enter leads without moving the picture.
const ROW_BELOW: &str = "\r\n\x1b[1A";

/// The size of no terminal: what was drawn is not looked for any more.
const NOWHERE: Size = Size { rows: usize::MAX, columns: 0 };

/// An app and what it is at.
enum BoardApp {
    Waits,
    Runs(Row),
    /// In words.
    Ended(String),
}

/// A running app.
struct Row {
    since: Instant,
    doing: &'static str,
    kept: Kept,
}

/// A picture that is on the screen, with the cursor at the beginning of its last row.
struct Drawn {
    rows: Vec<String>,
    size: Size,
}

pub(super) struct Board {
    names: Vec<String>,
    width: usize,
    /// In the places of the names.
    apps: Vec<BoardApp>,
    /// Those that have ended, in the order of their ends.
    ended: Vec<usize>,
    failed: usize,
    page: Page,
    drawn: Option<Drawn>,
    size: Box<dyn Fn() -> Size + Send>,
    outlet: Outlet,
}

impl Board {
    pub(super) fn new(
        names: Vec<String>,
        page: Page,
        size: Box<dyn Fn() -> Size + Send>,
        outlet: Outlet,
    ) -> Self {
        let apps = names.iter().map(|_| BoardApp::Waits).collect();
        let width = widest(&names);
        Self { names, width, apps, ended: Vec::new(), failed: 0, page, drawn: None, size, outlet }
    }

    /// The picture, in rows that fit and leave room for what keys show (`^C`).
    pub(super) fn picture(&self, size: Size) -> Vec<String> {
        let named = || self.names.iter().zip(&self.apps);
        let running: Vec<String> = named()
            .filter_map(|(name, app)| match app {
                BoardApp::Runs(row) => Some(row.text(&padded(name, self.width))),
                BoardApp::Waits | BoardApp::Ended(_) => None,
            })
            .collect();
        let count = running.len();
        let mut head =
            format!("{} of {} done, {count} running", self.ended.len(), self.names.len());
        if self.failed > 0 {
            // Writing to a string cannot fail.
            let _ = write!(head, ", {} failed", self.failed);
        }
        // Beside the head, and a row that stays free.
        let room = size.rows.saturating_sub(2);
        let shown = if count > room { room.saturating_sub(1) } else { count };
        let mut rows = vec![head];
        rows.extend(running.into_iter().take(shown));
        if shown < count && room > 0 {
            rows.push(format!("and {} more", count - shown));
        }
        let left = room.saturating_sub(rows.len() - 1);
        let latest = self.ended.iter().rev().filter_map(|run| match self.apps.get(*run)? {
            BoardApp::Ended(words) => {
                Some(format!("{}  {words}", padded(self.names.get(*run)?, self.width)))
            }
            BoardApp::Waits | BoardApp::Runs(_) => None,
        });
        rows.extend(latest.take(left));
        let most = size.columns.saturating_sub(1);
        rows.iter().map(|row| self.page.cut(&self.page.one_line(row), most)).collect()
    }

    /// Draws the picture anew, with these bytes above it for good.
    fn draw(&mut self, above: &[u8]) {
        let size = (self.size)();
        let rows = self.picture(size);
        let is_same = |drawn: &Drawn| drawn.rows == rows && drawn.size == size;
        if above.is_empty() && self.drawn.as_ref().is_some_and(is_same) {
            let place = format!("{HOLD}{TAKE_PLACE}{SHOW}");
            return self.outlet.write(Stream::Stderr, place.as_bytes());
        }
        let mut out = HOLD.as_bytes().to_vec();
        out.extend_from_slice(self.back_to_top(size).as_bytes());
        if !above.is_empty() {
            out.extend_from_slice(CLEAR_BELOW.as_bytes());
            out.extend_from_slice(above);
        }
        let cleared: Vec<String> = rows.iter().map(|row| format!("{row}{CLEAR_RIGHT}")).collect();
        // What was longer before is gone; the cursor stands where what a key shows is drawn over.
        let below = if rows.len() < size.rows { ROW_BELOW } else { "" };
        let picture = format!("{}{CLEAR_BELOW}{below}\r{KEEP_PLACE}{SHOW}", cleared.join("\r\n"));
        out.extend_from_slice(picture.as_bytes());
        self.outlet.write(Stream::Stderr, &out);
        self.drawn = Some(Drawn { rows, size });
    }

    /// Leads the cursor to where the picture begins. Where the terminal may have moved what was
    /// drawn, a new one begins below: going up might go over what is no part of it.
    fn back_to_top(&mut self, size: Size) -> String {
        let Some(drawn) = self.drawn.take() else { return "\r".to_owned() };
        let widest = drawn.rows.iter().map(|row| columns(row)).max().unwrap_or_default();
        let is_in_place =
            drawn.size == size || widest < size.columns && drawn.size.rows <= size.rows;
        let place = if drawn.size == size { TAKE_PLACE } else { "" };
        match drawn.rows.len().saturating_sub(1) {
            _ if !is_in_place => "\r\n".to_owned(),
            0 => format!("{place}\r"),
            up => format!("{place}\r\x1b[{up}A"),
        }
    }

    fn ended(&mut self, run: usize, end: &End) {
        let Some(name) = self.names.get(run).cloned() else { return };
        let Some(app) = self.apps.get_mut(run) else { return };
        let words = plain(end.words.as_bytes());
        let before = std::mem::replace(app, BoardApp::Ended(words.clone()));
        self.ended.push(run);
        match end.worth {
            Worth::Nothing => self.draw(&[]),
            Worth::Reading => {
                self.failed += 1;
                let kept = match &before {
                    BoardApp::Runs(row) => Some(&row.kept),
                    BoardApp::Waits | BoardApp::Ended(_) => None,
                };
                let bytes = failure(self.page, &name, &words, kept);
                self.draw(&bytes);
            }
        }
    }

    fn clear(&mut self) {
        if self.drawn.is_some() {
            let back = self.back_to_top((self.size)());
            let bytes = format!("{HOLD}{back}{CLEAR_BELOW}{SHOW}");
            self.outlet.write(Stream::Stderr, bytes.as_bytes());
        }
    }
}

/// A heading, and all that the app printed.
fn failure(page: Page, name: &str, words: &str, kept: Option<&Kept>) -> Vec<u8> {
    let mut bytes = page.one_line(&format!("── {name}: {words} ──")).into_bytes();
    bytes.push(b'\n');
    for line in kept.into_iter().flat_map(Kept::lines) {
        bytes.extend_from_slice(&line);
        bytes.extend_from_slice(end_of(&line));
    }
    bytes
}

impl Row {
    fn text(&self, name: &str) -> String {
        // What a progress line was last overwritten with.
        let mut parts = self.kept.last().rsplit(|byte| *byte == b'\r');
        let last = parts.find(|part| !part.is_empty()).unwrap_or_default();
        let (doing, seconds) = (padded(self.doing, DOING), self.since.elapsed().as_secs());
        let text = format!("{name}  {doing} {seconds:>4} s  {}", plain(last).trim());
        text.trim_end().to_owned()
    }
}

impl Painter for Board {
    const ARRANGEMENT: Arrangement = Arrangement::Together;
    const TICK: Option<Duration> = Some(TICK);

    fn take(&mut self, run: usize, event: Event) {
        match event {
            Event::Ended(end) => return self.ended(run, &end),
            Event::Started | Event::Line(..) | Event::Phase(_) => {}
        }
        let Some(app) = self.apps.get_mut(run) else { return };
        match (event, app) {
            (Event::Started, app) => {
                let kept = Kept::default();
                *app = BoardApp::Runs(Row { since: Instant::now(), doing: "begins", kept });
            }
            (Event::Line(_, line), BoardApp::Runs(row)) => row.kept.push(line),
            (Event::Phase(phase), BoardApp::Runs(row)) => {
                row.doing = doing(phase).unwrap_or(row.doing);
            }
            _ => {}
        }
    }

    fn asked(&mut self, asked: Demand, running: usize) {
        match super::said(asked, running) {
            Some(words) => self.draw(format!("{words}\n").as_bytes()),
            // A shell has the terminal meanwhile, and leaves the cursor somewhere.
            None => {
                if let Some(drawn) = &mut self.drawn {
                    drawn.size = NOWHERE;
                }
            }
        }
    }

    fn tick(&mut self) {
        self.draw(&[]);
    }

    fn close(&mut self) {
        self.clear();
    }
}

impl Drop for Board {
    /// Also after a panic.
    fn drop(&mut self) {
        self.clear();
    }
}
