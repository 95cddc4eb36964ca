//! A page of the documents on a terminal: text as wide as there is room, tables in columns or, where
//! those would be too narrow, as lists of what each row says; links by their words. Plain text at
//! once: no colours, no pager.

use super::page::{Page, To, columns, padded};
use super::say_as_is;
use crate::environment::Environment;
use crate::error::Error;

mod markdown;

use markdown::{Block, Table};

/// Most columns of a line, and how many there are where nobody says, as with `--help`.
const MOST: usize = 100;
/// A terminal with less room breaks lines by itself.
const LEAST: usize = 20;
/// What stands between two columns.
const GAP: &str = "  ";
/// What a column is not made narrower than, where it needs more.
const NARROWEST: usize = 24;
/// What verbatim lines and the fields of a list stand behind.
const INDENT: &str = "    ";

/// Prints a page.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn manual(text: &str, environment: &Environment) -> Result<(), Error> {
    let page = Page::of(environment, To::Stdout);
    let room = page.room().unwrap_or(MOST).clamp(LEAST, MOST);
    say_as_is(&page.text(&laid_out(text, room)))
}

/// The page in lines of so many columns, but for words and verbatim lines that are longer.
fn laid_out(text: &str, room: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut was_item = false;
    for block in markdown::blocks(text) {
        let is_item = matches!(block, Block::Item { .. });
        let goes_on = was_item && is_item;
        if !lines.is_empty() && !goes_on {
            lines.push(String::new());
        }
        was_item = is_item;
        match block {
            Block::Heading(level, text) => lines.extend(heading(level, &text, room)),
            Block::Paragraph(text) => lines.extend(wrapped(&text, room)),
            Block::Item { mark, text } => {
                let width = columns(&mark) + 1;
                let rest = wrapped(&text, room.saturating_sub(width));
                lines.extend(hung(&format!("{mark} "), &" ".repeat(width), rest));
            }
            Block::Verbatim(block) => {
                lines.extend(block.iter().map(|line| format!("{INDENT}{line}")));
            }
            Block::Table(table) => match widths(&table, room) {
                Some(widths) => lines.extend(in_columns(&table, &widths)),
                None => lines.extend(listed(&table, room)),
            },
        }
    }
    let mut out = lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n");
    out.push('\n');
    out
}

/// A heading, the higher ones underlined.
fn heading(level: usize, text: &str, room: usize) -> Vec<String> {
    let mut lines = wrapped(text, room);
    let width = lines.iter().map(|line| columns(line)).max().unwrap_or_default();
    match level {
        1 => lines.push("=".repeat(width)),
        2 => lines.push("-".repeat(width)),
        _ => {}
    }
    lines
}

/// The words in lines of so many columns.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Lines of which the first stands behind something else than the others.
fn hung(first: &str, others: &str, lines: Vec<String>) -> Vec<String> {
    let fronts = std::iter::once(first).chain(std::iter::repeat(others));
    fronts.zip(lines).map(|(front, line)| format!("{front}{line}")).collect()
}

/// How wide the columns of a table are; `None` where one that needs more would be too narrow.
fn widths(table: &Table, room: usize) -> Option<Vec<usize>> {
    let all = || std::iter::once(&table.heading).chain(&table.rows);
    let widest = |column: usize, of: &dyn Fn(&str) -> usize| {
        let cells = all().filter_map(|row| row.get(column));
        cells.map(|cell| of(cell)).max().unwrap_or_default()
    };
    let word = |cell: &str| cell.split_whitespace().map(columns).max().unwrap_or_default();
    let needed: Vec<usize> = (0..table.heading.len()).map(|at| widest(at, &columns)).collect();
    let words: Vec<usize> = (0..table.heading.len()).map(|at| widest(at, &word)).collect();
    let gaps = GAP.len() * needed.len().saturating_sub(1);
    let mut widths = needed.clone();
    while widths.iter().sum::<usize>() + gaps > room {
        let widest = widths.iter_mut().max().filter(|width| **width > 0)?;
        *widest -= 1;
    }
    let fits = widths.iter().zip(&needed).zip(&words);
    let fits = fits
        .into_iter()
        .all(|((width, needed), word)| *width >= *needed || *width >= NARROWEST.max(*word));
    fits.then_some(widths)
}

/// The table with its columns under each other.
fn in_columns(table: &Table, widths: &[usize]) -> Vec<String> {
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let rows = [&table.heading, &rule].into_iter().chain(&table.rows);
    rows.flat_map(|row| in_lines(row, widths)).collect()
}

/// A row in as many lines as its longest cell takes.
fn in_lines(row: &[String], widths: &[usize]) -> Vec<String> {
    let cells: Vec<Vec<String>> =
        row.iter().zip(widths).map(|(cell, width)| wrapped(cell, *width)).collect();
    let count = cells.iter().map(Vec::len).max().unwrap_or_default();
    let line = |at: usize| {
        let parts = cells.iter().zip(widths);
        let parts = parts.map(|(lines, width)| {
            padded(lines.get(at).map(String::as_str).unwrap_or_default(), *width)
        });
        parts.collect::<Vec<_>>().join(GAP)
    };
    (0..count).map(line).collect()
}

/// The table row by row: what a row is about, and below it what each column says.
fn listed(table: &Table, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let has_names = table.heading.len() > 2;
    for row in &table.rows {
        let mut cells = table.heading.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
        let Some((_, first)) = cells.next() else { continue };
        lines.extend(wrapped(first, room));
        for (name, cell) in cells {
            let text = if has_names { format!("{name}: {cell}") } else { cell.clone() };
            let rest = wrapped(&text, room.saturating_sub(INDENT.len()));
            lines.extend(hung(INDENT, INDENT, rest));
        }
    }
    lines
}

#[cfg(test)]
mod tests;
