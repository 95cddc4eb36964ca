//! Reads the Markdown that our pages have: headings, paragraphs, lists of one level, tables, verbatim
//! blocks; of what stands in a line, links and bold words. A test holds every page against it.

/// A part of a page, its texts without marks.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// By its level.
    Heading(usize, String),
    Paragraph(String),
    /// One of a list: behind a dash or a number.
    Item {
        mark: String,
        text: String,
    },
    Verbatim(Vec<String>),
    Table(Table),
}

/// Rows under the names of their columns.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) heading: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// What the lines so far are the beginning of.
#[derive(Default)]
struct Reading {
    blocks: Vec<Block>,
    /// The mark of an item and its text, or that of a paragraph.
    open: Option<(Option<String>, String)>,
}

impl Reading {
    fn close(&mut self) {
        match self.open.take() {
            Some((Some(mark), text)) => self.blocks.push(Block::Item { mark, text: plain(&text) }),
            Some((None, text)) => self.blocks.push(Block::Paragraph(plain(&text))),
            None => {}
        }
    }

    fn put(&mut self, block: Block) {
        self.close();
        self.blocks.push(block);
    }

    fn line(&mut self, line: &str) {
        let text = line.trim();
        if text.is_empty() {
            self.close();
        } else if let Some((mark, text)) = item(line) {
            self.close();
            self.open = Some((Some(mark), text.to_owned()));
        } else if let Some((_, all)) = &mut self.open {
            all.push(' ');
            all.push_str(text);
        } else {
            self.open = Some((None, text.to_owned()));
        }
    }

    fn row(&mut self, line: &str) {
        let cells = cells(line);
        let is_rule = cells.iter().all(|cell| cell.chars().all(|c| matches!(c, '-' | ':')));
        self.close();
        match self.blocks.last_mut() {
            Some(Block::Table(_)) if is_rule => {}
            Some(Block::Table(table)) => table.rows.push(cells),
            Some(_) | None => {
                let table = Table { heading: cells, rows: Vec::new() };
                self.blocks.push(Block::Table(table));
            }
        }
    }
}

/// The parts of a page.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut reading = Reading::default();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let level = line.chars().take_while(|c| *c == '#').count();
        if line.starts_with("```") {
            let block = lines.by_ref().take_while(|line| !line.starts_with("```"));
            reading.put(Block::Verbatim(block.map(str::to_owned).collect()));
        } else if line.starts_with(INDENTED) && reading.open.is_none() {
            let mut block = vec![verbatim(line)];
            while let Some(line) = lines.next_if(|line| line.starts_with(INDENTED)) {
                block.push(verbatim(line));
            }
            reading.put(Block::Verbatim(block));
        } else if level > 0 {
            reading.put(Block::Heading(level, plain(line.trim_start_matches('#').trim())));
        } else if line.starts_with('|') {
            reading.row(line);
        } else {
            reading.line(line);
        }
    }
    reading.close();
    reading.blocks
}

/// What a verbatim line without a fence stands behind.
const INDENTED: &str = "    ";

fn verbatim(line: &str) -> String {
    line.strip_prefix(INDENTED).unwrap_or(line).to_owned()
}

/// The mark of an item, and its text.
fn item(line: &str) -> Option<(String, &str)> {
    let (mark, text) = line.split_once(' ')?;
    let number = mark.strip_suffix('.').unwrap_or_default();
    let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
    (mark == "-" || is_number).then(|| (mark.to_owned(), text))
}

/// The cells of a row; `\|` is no border.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let line = line.strip_suffix('|').unwrap_or(line);
    let line = line.replace(r"\|", BORDER);
    line.split('|').map(|cell| plain(cell.trim()).replace(BORDER, "|")).collect()
}

/// Stands for a `\|` meanwhile.
const BORDER: &str = "\u{e000}";

/// A text without marks: of a link its words, bold as it is, code in its backticks.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['`', '*', '[']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let (shown, behind) = marked(from);
        out.push_str(&shown);
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// What begins with a mark, without it, and what stands behind.
fn marked(text: &str) -> (String, &str) {
    if let Some(behind) = text.strip_prefix("**") {
        return (String::new(), behind);
    }
    if let Some((code, behind)) = text.strip_prefix('`').and_then(|rest| rest.split_once('`')) {
        return (format!("`{code}`"), behind);
    }
    let link = text.strip_prefix('[').and_then(|rest| rest.split_once("]("));
    let link = link.filter(|(words, _)| !words.contains(['[', ']']));
    if let Some((words, (_, behind))) =
        link.and_then(|(words, rest)| Some((words, rest.split_once(')')?)))
    {
        return (plain(words), behind);
    }
    let mut characters = text.chars();
    let first = characters.next().map(String::from).unwrap_or_default();
    (first, characters.as_str())
}
