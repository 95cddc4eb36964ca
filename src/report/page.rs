//! Where text of ours is laid out: in columns as a terminal counts them, in characters that the
//! locale has. Everything of others comes out visible, of one line, and cut with a mark where it
//! does not end. Writes nothing.

use unicode_width::UnicodeWidthChar as _;

use super::terminal;
pub(crate) use super::terminal::To;
use crate::environment::{Charset, Environment, Spoken};
use crate::error::visible;

/// Most columns of a cell; the longest reference with a digest has some 400.
const MOST: usize = 500;
/// Most columns that the other cells of a column are filled up to.
const WIDEST: usize = 100;
/// What stands between two columns.
const GAP: usize = 2;
/// What a column is not made narrower than.
const NARROWEST: usize = 4;

/// Characters of ours that ASCII has not, and what stands for them.
const IN_ASCII: [(char, &str); 5] = [('…', "..."), ('│', "|"), ('─', "-"), ('►', ">"), ('▼', "v")];

/// What text is laid out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Page {
    charset: Charset,
    /// Whether it is the log of a job of GitHub, which takes some words for commands.
    is_github: bool,
    /// Whether links can be clicked.
    links: bool,
    /// How much room there is in a row, where that is known.
    room: Option<usize>,
    /// How the user calls us, which lines to be pasted begin with.
    spoken: Spoken,
}

impl Page {
    /// What is printed to one of our streams.
    pub(crate) fn of(environment: &Environment, to: To) -> Self {
        let is_terminal = match to {
            To::Stdout => environment.streams.stdout,
            To::Stderr => environment.streams.stderr,
        };
        Self {
            charset: environment.charset(),
            is_github: environment.is_github(),
            links: environment.makes_links(is_terminal),
            room: is_terminal.then(|| terminal::size(to).columns.saturating_sub(1)),
            spoken: environment.spoken,
        }
    }

    /// How many columns a row has, where that is known.
    pub(crate) fn room(self) -> Option<usize> {
        self.room
    }

    /// A text of any lines, fit to be shown.
    pub(crate) fn text(self, text: &str) -> String {
        let text = self.spoken.said(text);
        let shown = visible(&text);
        if !self.is_github && (self.charset == Charset::Utf8 || shown.is_ascii()) {
            return shown.into_owned();
        }
        let lines: Vec<String> = shown.split('\n').map(|line| self.line(line)).collect();
        lines.join("\n")
    }

    fn line(self, line: &str) -> String {
        let line = if self.is_github { harmless(line) } else { line.to_owned() };
        if self.charset == Charset::Utf8 || line.is_ascii() {
            return line;
        }
        let mut out = String::with_capacity(line.len());
        for character in line.chars() {
            match IN_ASCII.iter().find(|(ours, _)| *ours == character) {
                Some((_, ascii)) => out.push_str(ascii),
                None if character.is_ascii() => out.push(character),
                None => out.extend(character.escape_default()),
            }
        }
        out
    }

    /// A text as one line.
    pub(crate) fn one_line(self, text: &str) -> String {
        self.text(&text.replace('\n', "\\n"))
    }

    /// What stands for the rest of a text that was cut.
    fn mark(self) -> &'static str {
        match self.charset {
            Charset::Utf8 => "…",
            Charset::Ascii => "...",
        }
    }

    /// Cuts a text that is fit to be shown to so many columns.
    pub(crate) fn cut(self, text: &str, most: usize) -> String {
        if columns(text) <= most {
            return text.to_owned();
        }
        let mark = self.mark();
        let Some(room) = most.checked_sub(columns(mark)) else {
            return mark.chars().take(most).collect();
        };
        let mut out = first(text, room).to_owned();
        out.push_str(mark);
        out
    }

    /// Rows under each other, the columns aligned.
    pub(crate) fn table(self, rows: &[Vec<Cell>]) -> String {
        self.rows(rows, |widths| widths)
    }

    /// The same, made narrower where the terminal has less room.
    pub(crate) fn fitted(self, rows: &[Vec<Cell>]) -> String {
        self.rows(rows, |widths| match self.room {
            Some(room) => narrowed(widths, room),
            None => widths,
        })
    }

    fn rows(self, rows: &[Vec<Cell>], narrow: impl Fn(Vec<usize>) -> Vec<usize>) -> String {
        let rows: Vec<Vec<Cell>> =
            rows.iter().map(|row| row.iter().map(|cell| cell.shown(self)).collect()).collect();
        let count = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(Cell::columns).max().unwrap_or(0).min(MOST)
        };
        let widths = narrow((0..count).map(width).collect());
        let mut out = String::new();
        for row in &rows {
            let mut owed = 0;
            for (cell, most) in row.iter().zip(&widths) {
                let (text, taken) = cell.within(self, *most);
                if taken > 0 {
                    out.extend(std::iter::repeat_n(' ', owed));
                    out.push_str(&text);
                    owed = 0;
                }
                owed += (*most).min(WIDEST.max(taken)) - taken + GAP;
            }
            out.push('\n');
        }
        out
    }
}

/// What GitHub would take for a command of its own, made none: a line that begins with `::`, and
/// `##[` anywhere (actions/runner, `ActionCommand`).
fn harmless(line: &str) -> String {
    let line = line.replace("##[", "## [");
    match line.trim_start().strip_prefix("::") {
        Some(rest) => {
            let blanks = line.len() - line.trim_start().len();
            format!("{}: :{rest}", line.get(..blanks).unwrap_or_default())
        }
        None => line,
    }
}

/// Takes columns from the widest, one by one, until all fit.
fn narrowed(mut widths: Vec<usize>, room: usize) -> Vec<usize> {
    let gaps = GAP * widths.len().saturating_sub(1);
    loop {
        let all: usize = widths.iter().sum::<usize>() + gaps;
        let Some(widest) = widths.iter_mut().filter(|width| **width > NARROWEST).max() else {
            return widths;
        };
        if all <= room {
            return widths;
        }
        *widest -= 1;
    }
}

/// A text of a table, parts of which may lead somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Cell(Vec<(String, Option<String>)>);

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self(vec![(text, None)])
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Cell {
    /// Adds a text that leads to an address, where there is one.
    pub(crate) fn and(mut self, text: impl Into<String>, address: Option<String>) -> Self {
        self.0.push((text.into(), address));
        self
    }

    /// Adds the parts of another.
    pub(crate) fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// All of it, with its links where those can be clicked.
    pub(crate) fn on(&self, page: Page) -> String {
        self.shown(page).within(page, usize::MAX).0
    }

    fn shown(&self, page: Page) -> Self {
        let parts = self.0.iter();
        Self(parts.map(|(text, address)| (page.one_line(text), address.clone())).collect())
    }

    fn columns(&self) -> usize {
        self.0.iter().map(|(text, _)| columns(text)).sum()
    }

    /// As much as there is room for, and how many columns that takes.
    fn within(&self, page: Page, most: usize) -> (String, usize) {
        let fits = self.columns() <= most;
        let mark = page.mark();
        let mut room = if fits { most } else { most.saturating_sub(columns(mark)) };
        let (mut out, mut taken) = (String::new(), 0);
        for (text, address) in &self.0 {
            let shown = first(text, room);
            room -= columns(shown);
            taken += columns(shown);
            match address.as_ref().filter(|_| page.links && !shown.is_empty()) {
                Some(address) => out.push_str(&link(shown, address)),
                None => out.push_str(shown),
            }
            if shown.len() < text.len() {
                break;
            }
        }
        if !fits {
            let mark: String = mark.chars().take(most).collect();
            taken += columns(&mark);
            out.push_str(&mark);
        }
        (out, taken)
    }
}

/// A text that can be clicked (OSC 8).
fn link(text: &str, address: &str) -> String {
    format!("\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\")
}

/// How many columns a text takes: no terminal gives it more.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

fn width(character: char) -> usize {
    character.width().unwrap_or(0)
}

/// The first characters of a text that fit into so many columns.
fn first(text: &str, room: usize) -> &str {
    let mut taken = 0;
    let end = text.char_indices().find(|(_, character)| {
        taken += width(*character);
        taken > room
    });
    end.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// Fills a text up to so many columns.
pub(crate) fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(columns(text))))
}

/// Rows of texts alone.
pub(crate) fn cells(rows: Vec<Vec<String>>) -> Vec<Vec<Cell>> {
    rows.into_iter().map(|row| row.into_iter().map(Cell::from).collect()).collect()
}

#[cfg(test)]
mod tests;
