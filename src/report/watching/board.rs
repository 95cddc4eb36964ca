//! A row for each running app, redrawn in place on standard error; what an app printed is shown
//! above if it fails. The cursor is never hidden, so that there is nothing to bring back.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::kept::Kept;
use super::lines::end_of;
use super::outlet::Outlet;
use super::plain::{plain, widest};
use super::queue::{Event, Painter};
use super::{Ended, doing};
use crate::execution::watch::{Arrangement, Stream};
use crate::report::page::{Page, padded};

/// How often it is redrawn.
const TICK: Duration = Duration::from_millis(150);
const TIMES_A_SECOND: u8 = 10;
/// Columns for what an app is doing.
const DOING: usize = 8;
/// What a terminal has that does not say.
const USUAL: Size = Size { rows: 24, columns: 80 };

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) rows: usize,
    pub(super) columns: usize,
}

/// A running app.
struct Row {
    since: Instant,
    doing: &'static str,
    kept: Kept,
}

pub(super) struct Board {
    names: Vec<String>,
    width: usize,
    /// In the places of the names; `None` for those that do not run.
    rows: Vec<Option<Row>>,
    done: usize,
    failed: usize,
    bar: ProgressBar,
    size: fn() -> Size,
    outlet: Outlet,
}

impl Board {
    pub(super) fn new(names: Vec<String>, outlet: Outlet) -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(TIMES_A_SECOND);
        Self::on(target, size, names, outlet)
    }

    pub(super) fn on(
        target: ProgressDrawTarget,
        size: fn() -> Size,
        names: Vec<String>,
        outlet: Outlet,
    ) -> Self {
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            bar.set_style(style);
        }
        let rows = names.iter().map(|_| None).collect();
        let width = widest(&names);
        Self { names, width, rows, done: 0, failed: 0, bar, size, outlet }
    }

    /// The picture, in rows that fit.
    pub(super) fn picture(&self, size: Size) -> String {
        let columns = size.columns.saturating_sub(1);
        let running: Vec<(&String, &Row)> = self
            .names
            .iter()
            .zip(&self.rows)
            .filter_map(|(name, row)| row.as_ref().map(|row| (name, row)))
            .collect();
        let ended = self.done + self.failed;
        let mut head = format!("{ended} of {} done, {} running", self.names.len(), running.len());
        if self.failed > 0 {
            let _ = write!(head, ", {} failed", self.failed);
        }
        let mut picture = Page::default().cut(&head, columns);
        // Beside the head, and a row for where the cursor stands.
        let room = size.rows.saturating_sub(2);
        let shown = if running.len() > room { room.saturating_sub(1) } else { running.len() };
        for (name, row) in running.iter().take(shown) {
            picture.push('\n');
            picture.push_str(&Page::default().cut(&row.text(&padded(name, self.width)), columns));
        }
        if shown < running.len() && room > 0 {
            let _ = write!(
                picture,
                "\n{}",
                Page::default().cut(&format!("and {} more", running.len() - shown), columns)
            );
        }
        picture
    }

    fn above(&mut self, bytes: &[u8]) {
        // What is drawn again below has to be up to date.
        self.bar.set_message(self.picture((self.size)()));
        let (bar, outlet) = (&self.bar, &mut self.outlet);
        bar.suspend(|| outlet.write(Stream::Stderr, bytes));
    }

    fn ended(&mut self, run: usize, ended: &Ended) {
        let Some(name) = self.names.get(run).cloned() else { return };
        let row = self.rows.get_mut(run).and_then(Option::take);
        let bytes = match ended {
            Ended::Well(words) => {
                self.done += 1;
                format!("{name}: {words}\n").into_bytes()
            }
            Ended::Badly(words) => {
                self.failed += 1;
                failure(&name, words, row.as_ref().map(|row| &row.kept))
            }
        };
        self.above(&bytes);
    }

    fn draw(&self) {
        self.bar.set_message(self.picture((self.size)()));
        self.bar.force_draw();
    }
}

/// A heading, and all that the app printed.
fn failure(name: &str, words: &str, kept: Option<&Kept>) -> Vec<u8> {
    let mut bytes = format!("── {name}: {words} ──\n").into_bytes();
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
        format!("{name}  {doing} {seconds:>4} s  {}", plain(last).trim())
    }
}

impl Painter for Board {
    const ARRANGEMENT: Arrangement = Arrangement::Together;
    const TICK: Option<Duration> = Some(TICK);

    fn take(&mut self, run: usize, event: Event) {
        let Some(row) = self.rows.get_mut(run) else { return };
        match event {
            Event::Started => {
                *row = Some(Row { since: Instant::now(), doing: "begins", kept: Kept::default() });
            }
            Event::Line(_, line) => {
                if let Some(row) = row {
                    row.kept.push(line);
                }
            }
            Event::Phase(phase) => {
                if let (Some(row), Some(doing)) = (row, doing(phase)) {
                    row.doing = doing;
                }
            }
            Event::Ended(ended) => self.ended(run, &ended),
            Event::Failed(why) => {
                let why = plain(why.as_bytes());
                self.ended(run, &Ended::Badly(format!("not started: {why}")));
            }
        }
    }

    fn tick(&mut self) {
        self.draw();
    }

    fn close(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Board {
    /// Also after a panic.
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// The size of the terminal, which may change at any time.
#[cfg(unix)]
fn size() -> Size {
    let Ok(size) = rustix::termios::tcgetwinsize(std::io::stderr()) else { return USUAL };
    let known = |number: u16, usual| if number == 0 { usual } else { usize::from(number) };
    Size { rows: known(size.ws_row, USUAL.rows), columns: known(size.ws_col, USUAL.columns) }
}

#[cfg(not(unix))]
fn size() -> Size {
    USUAL
}
