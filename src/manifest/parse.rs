//! Text to nodes: the only file that knows the parser. Reads what libyaml reads, which is what cf
//! has (gopkg.in/yaml.v2 2.4.0), and refuses where the two would see different things.

use std::ops::Range;

use granit_parser::ErrorKind as YamlError;
use granit_parser::{Event, Options, Parser, ScalarStyle, Span, StructureStyle, Tag, YamlVersion};

use super::fault::Fault;
use super::node::{Layout, Node, NodeId, NodeKind, Style, YamlDocument};
use crate::error::printable;

/// Longest text that is read, in bytes.
pub(super) const LONGEST: usize = 1 << 20;
/// Deepest nesting, aliases followed.
pub(super) const DEEPEST: usize = 500;
/// Most nodes, each counted as often as aliases repeat it.
pub(super) const MOST_NODES: usize = 400_000;

const NO_ANCHOR: &str = "no anchor of this name stands before";
const TOO_DEEP: &str = "this is nested more than 500 levels deep";

/// Reads the first document; as in yaml.v2, what follows is not looked at.
pub(super) fn parse(text: &str) -> Result<YamlDocument, Fault> {
    if text.len() > LONGEST {
        return Err(
            Fault::new(0..0, "the text is longer than 1 MiB").hint("manifests are far shorter")
        );
    }
    refuse_characters(text)?;
    let mut builder = Builder::default();
    for event in Parser::new_from_str_with_options(text, options()) {
        let (event, span) = event.map_err(|error| syntax(text, &error))?;
        if builder.take(event, &span)? == Step::Done {
            break;
        }
    }
    Ok(YamlDocument::new(builder.nodes, builder.root))
}

fn options() -> Options {
    let mut options = Options::default();
    options.bom_inside_document_as_content = true;
    options.block_scalar_eof_without_line_feed = true;
    options.emit_anchor_events = true;
    options.flow_nesting_limit = DEEPEST;
    options.block_nesting_limit = DEEPEST;
    options
}

/// Characters that libyaml refuses (readerc.go), and line breaks that only YAML 1.1 has.
fn refuse_characters(text: &str) -> Result<(), Fault> {
    let bad = text.char_indices().find(|(_, character)| match *character {
        '\t' | '\n' | '\r' => false,
        '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}' => true,
        other => other.is_control(),
    });
    let Some((at, character)) = bad else { return Ok(()) };
    let message = match character {
        '\u{85}' | '\u{2028}' | '\u{2029}' => "a line break that only some YAML readers know",
        _ => "control characters are not allowed in YAML",
    };
    Err(Fault::new(at..at + character.len_utf8(), message)
        .hint("take it out, or write it as an escape between double quotes"))
}

fn syntax(text: &str, error: &granit_parser::ScanError) -> Fault {
    let at = error.marker().byte_offset().unwrap_or_else(|| {
        text.char_indices().nth(error.marker().index()).map_or(text.len(), |(at, _)| at)
    });
    let at = at.min(text.len());
    let rest = text.get(at..).unwrap_or_default();
    match error.kind() {
        YamlError::UnknownAnchor => {
            let length = rest.find([' ', ',', ']', '}', '\r', '\n']).unwrap_or(rest.len());
            Fault::new(at..at + length, NO_ANCHOR)
        }
        YamlError::RecursionLimitExceeded => Fault::new(at..at, TOO_DEEP),
        YamlError::TabNotAllowed
        | YamlError::TabInBlockIndentation
        | YamlError::TabInIndentation
        | YamlError::TabInPlainScalar => {
            let at = at + rest.find('\t').unwrap_or_default();
            Fault::new(at..at, "a tab cannot indent in YAML").hint("indent with spaces")
        }
        kind => Fault::new(at..at, printable(&kind.to_string())),
    }
}

#[derive(PartialEq)]
enum Step {
    More,
    Done,
}

/// A collection that has not ended yet.
struct Open {
    id: NodeId,
    key: Option<NodeId>,
    weight: usize,
    height: usize,
}

/// Size of what a node stands for, aliases followed.
#[derive(Clone, Copy, Default)]
struct Size {
    weight: usize,
    height: usize,
}

#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    sizes: Vec<Size>,
    /// Node of each anchor; anchors are numbered from 1.
    anchors: Vec<Option<NodeId>>,
    open: Vec<Open>,
    root: Option<NodeId>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: &Span) -> Result<Step, Fault> {
        let range = span.byte_range().unwrap_or_default();
        match event {
            Event::DocumentStart(_, Some(version)) if version != YamlVersion::new(1, 1) => {
                return Err(Fault::new(range, "cf reads YAML 1.1 and no other version")
                    .hint("take out the `%YAML` line"));
            }
            Event::DocumentEnd => return Ok(Step::Done),
            Event::Scalar(text, style, anchor, tag) => {
                let kind = scalar(&text, style, tag.as_deref(), &range);
                let id = self.add(kind, range, span, anchor);
                self.attach(id, Size { weight: 1, height: 1 })?;
            }
            Event::SequenceStart(_, anchor, _) => {
                self.begin(NodeKind::Sequence(Vec::new()), range, span, anchor);
            }
            Event::MappingStart(style, anchor, _) => {
                let layout = match style {
                    StructureStyle::Block => Layout::Block,
                    StructureStyle::Flow => Layout::Flow,
                };
                self.begin(NodeKind::Mapping { entries: Vec::new(), layout }, range, span, anchor);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(&range)?,
            Event::Alias(anchor) => self.alias(anchor, range, span)?,
            Event::Anchor(id, _) => {
                let found = self.anchors.get(id).copied().flatten();
                if let Some(node) = found.and_then(|id| self.nodes.get_mut(id.0)) {
                    node.start = node.start.min(range.start);
                }
            }
            // Start and end of the stream; events that options keep away.
            _ => {}
        }
        Ok(Step::More)
    }

    fn add(&mut self, kind: NodeKind, range: Range<usize>, span: &Span, anchor: usize) -> NodeId {
        let id = NodeId(self.nodes.len());
        let tag = span.tag_start().and_then(|tag| tag.byte_offset());
        let start = range.start.min(tag.unwrap_or(range.start));
        self.nodes.push(Node { kind, span: range, start });
        self.sizes.push(Size::default());
        if anchor != 0 {
            if self.anchors.len() <= anchor {
                self.anchors.resize(anchor + 1, None);
            }
            if let Some(slot) = self.anchors.get_mut(anchor) {
                *slot = Some(id);
            }
        }
        id
    }

    fn begin(&mut self, kind: NodeKind, range: Range<usize>, span: &Span, anchor: usize) {
        let id = self.add(kind, range, span, anchor);
        self.open.push(Open { id, key: None, weight: 1, height: 0 });
    }

    fn end(&mut self, range: &Range<usize>) -> Result<(), Fault> {
        let Some(closed) = self.open.pop() else { return Ok(()) };
        let last = self.last_byte(closed.id);
        if let Some(node) = self.nodes.get_mut(closed.id.0) {
            // What ends without a sign of its own ends with its last child.
            node.span.end = if range.is_empty() { last.max(node.span.end) } else { range.end };
        }
        self.attach(closed.id, Size { weight: closed.weight, height: closed.height + 1 })
    }

    fn last_byte(&self, id: NodeId) -> usize {
        let last = match self.nodes.get(id.0).map(|node| &node.kind) {
            Some(NodeKind::Sequence(items)) => items.last().copied(),
            Some(NodeKind::Mapping { entries, .. }) => entries.last().map(|(_, value)| *value),
            _ => None,
        };
        last.and_then(|last| self.nodes.get(last.0)).map_or(0, |node| node.span.end)
    }

    fn alias(&mut self, anchor: usize, range: Range<usize>, span: &Span) -> Result<(), Fault> {
        let target = self.anchors.get(anchor).copied().flatten();
        let Some(target) = target else {
            return Err(Fault::new(range, NO_ANCHOR));
        };
        if self.open.iter().any(|open| open.id == target) {
            return Err(Fault::new(range, "the value of this anchor contains itself"));
        }
        let size = self.sizes.get(target.0).copied().unwrap_or_default();
        let id = self.add(NodeKind::Alias(target), range, span, 0);
        self.attach(id, Size { weight: size.weight.saturating_add(1), ..size })
    }

    /// Gives a finished node to the collection around it.
    fn attach(&mut self, id: NodeId, size: Size) -> Result<(), Fault> {
        if let Some(slot) = self.sizes.get_mut(id.0) {
            *slot = size;
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(id);
            return Ok(());
        };
        parent.weight = parent.weight.saturating_add(size.weight);
        parent.height = parent.height.max(size.height);
        let (weight, height, owner) = (parent.weight, parent.height, parent.id);
        let key = parent.key.take();
        match (self.nodes.get_mut(owner.0).map(|node| &mut node.kind), key) {
            (Some(NodeKind::Sequence(items)), _) => items.push(id),
            (Some(NodeKind::Mapping { entries, .. }), Some(key)) => entries.push((key, id)),
            _ => parent.key = Some(id),
        }
        let at = self.nodes.get(id.0).map(|node| node.span.clone()).unwrap_or_default();
        if weight > MOST_NODES {
            return Err(Fault::new(at, "aliases make more than 400,000 values of this")
                .hint("write out what the aliases stand for"));
        }
        if height + self.open.len() > DEEPEST {
            return Err(Fault::new(at, TOO_DEEP));
        }
        Ok(())
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>, range: &Range<usize>) -> NodeKind {
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    };
    // The parser gives `~` for what is not there at all.
    let text = if range.is_empty() && style == Style::Plain { "" } else { text };
    let tag = tag.map(|tag| match tag.suffix_in_namespace("tag:yaml.org,2002:") {
        Some(name) => name.into_owned(),
        None => format!("{}{}", tag.handle(), tag.suffix()),
    });
    NodeKind::Scalar { text: text.to_owned(), style, tag }
}
