//! Whether a line begins inside of something that earlier lines have left open: a block of text, a
//! text in quotes, a flow mapping or list. Reads as a parser would that never gives up.

use super::{indentation, is_marker};

/// What is open at the end of a line.
#[derive(Debug, Default)]
struct Open {
    /// Flow mappings and lists.
    depth: usize,
    quote: Option<char>,
    /// A block of text: the least blanks before its lines.
    block: Option<usize>,
}

/// Whether the line behind `before`, which are whole lines, begins inside of something.
pub(super) fn inside(before: &str, line: &str) -> bool {
    let mut open = Open::default();
    for line in before.lines() {
        open.read(line);
    }
    open.holds(line) || open.depth > 0 || open.quote.is_some()
}

fn blanks(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

impl Open {
    /// Whether a line belongs to the block that is open.
    fn holds(&self, line: &str) -> bool {
        self.block.is_some_and(|least| line.trim().is_empty() || blanks(line) >= least)
    }

    fn read(&mut self, line: &str) {
        if self.holds(line) {
            return;
        }
        self.block = None;
        let mut rest = line;
        if self.quote.is_none() && self.depth == 0 && is_marker(line) {
            rest = line.get(3..).unwrap_or_default();
        }
        self.scan(line, rest);
    }

    fn scan(&mut self, line: &str, rest: &str) {
        // Whether a value, or a key, may begin here.
        let mut begins = true;
        let mut has_key = false;
        let mut before = ' ';
        let mut characters = rest.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            let ends = next.is_none_or(char::is_whitespace);
            if let Some(quote) = self.quote {
                match character {
                    '\\' if quote == '"' => {
                        characters.next();
                    }
                    '\'' if quote == '\'' && next == Some('\'') => {
                        characters.next();
                    }
                    _ if character == quote => self.quote = None,
                    _ => {}
                }
                before = character;
                continue;
            }
            match character {
                '#' if before.is_whitespace() => return,
                '"' | '\'' if begins => {
                    self.quote = Some(character);
                    begins = false;
                }
                '{' | '[' if begins => self.depth += 1,
                '}' | ']' if self.depth > 0 => {
                    self.depth -= 1;
                    begins = false;
                }
                ',' if self.depth > 0 => begins = true,
                ':' if ends || matches!(before, '"' | '\'') || self.depth > 0 => {
                    begins = true;
                    has_key = true;
                }
                '-' | '?' if begins && ends => {}
                '&' | '!' if begins => {
                    while characters.next_if(|(_, one)| !one.is_whitespace()).is_some() {}
                }
                '|' | '>' if begins && self.depth == 0 && is_header(rest, at) => {
                    self.block = Some(least(line, rest, has_key));
                    return;
                }
                other if other.is_whitespace() => {}
                _ => begins = false,
            }
            before = character;
        }
    }
}

/// Whether nothing follows but what belongs to the head of a block, and a comment.
fn is_header(rest: &str, at: usize) -> bool {
    let behind = rest.get(at + 1..).unwrap_or_default();
    let behind = behind.trim_start_matches(|one: char| one.is_ascii_digit() || "+-".contains(one));
    let behind = behind.trim_start();
    behind.is_empty() || behind.starts_with('#')
}

/// The least blanks before a line of the block that begins in this line.
fn least(line: &str, rest: &str, has_key: bool) -> usize {
    if is_marker(line) && rest.len() < line.len() {
        return 0;
    }
    let dashes = line.len() - line.trim_start_matches([' ', '-']).len();
    match line.get(..dashes).and_then(|start| start.rfind('-')) {
        _ if has_key => indentation(line) + 1,
        Some(dash) => dash + 1,
        // It stands alone below its key, wherever that is.
        None => 1,
    }
}
