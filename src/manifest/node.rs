//! The first document of a YAML text as it was written: nodes with their bytes, aliases not
//! followed, nothing resolved. Knows no parser; nodes live in one list, so that nothing recurses
//! when they go.

use std::ops::Range;

/// Number of a node in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct NodeId(pub(super) usize);

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Block,
}

/// How a mapping or sequence was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Block,
    Flow,
}

/// What a node is. Tags of collections are left out: yaml.v2 does not look at them.
pub(super) enum NodeKind {
    Scalar { text: String, style: Style, tag: Option<String> },
    Sequence(Vec<NodeId>),
    Mapping { entries: Vec<(NodeId, NodeId)>, layout: Layout },
    Alias(NodeId),
}

/// A node and where it stands.
pub(super) struct Node {
    pub(super) kind: NodeKind,
    /// Bytes of the node, without anchor and tag.
    pub(super) span: Range<usize>,
    /// First byte of anchor, tag or node, whichever comes first.
    pub(super) start: usize,
}

/// The first document of a text.
pub(super) struct YamlDocument {
    nodes: Vec<Node>,
    root: Option<NodeId>,
}

impl YamlDocument {
    pub(super) fn new(nodes: Vec<Node>, root: Option<NodeId>) -> Self {
        Self { nodes, root }
    }

    /// The node at the top; none in a text without a document.
    pub(super) fn root(&self) -> Option<NodeId> {
        self.root
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn get(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0)
    }

    /// The node itself, or the one that an alias stands for; an alias never stands for an alias.
    pub(super) fn target(&self, id: NodeId) -> Option<&Node> {
        match self.get(id)?.kind {
            NodeKind::Alias(target) => self.get(target),
            NodeKind::Scalar { .. } | NodeKind::Sequence(_) | NodeKind::Mapping { .. } => {
                self.get(id)
            }
        }
    }

    pub(super) fn target_id(&self, id: NodeId) -> NodeId {
        match self.get(id).map(|node| &node.kind) {
            Some(NodeKind::Alias(target)) => *target,
            _ => id,
        }
    }

    pub(super) fn span(&self, id: NodeId) -> Range<usize> {
        self.get(id).map(|node| node.span.clone()).unwrap_or_default()
    }

    /// The entries of a mapping, aliases followed.
    pub(super) fn entries(&self, id: NodeId) -> &[(NodeId, NodeId)] {
        match self.target(id).map(|node| &node.kind) {
            Some(NodeKind::Mapping { entries, .. }) => entries,
            _ => &[],
        }
    }

    /// Text of a scalar, as it was written but for quotes and escapes; aliases followed.
    pub(super) fn text(&self, id: NodeId) -> Option<&str> {
        match &self.target(id)?.kind {
            NodeKind::Scalar { text, .. } => Some(text),
            NodeKind::Sequence(_) | NodeKind::Mapping { .. } | NodeKind::Alias(_) => None,
        }
    }

    /// Whether a key merges a mapping into its own: `<<` without quotes, or tagged so (decode.go).
    pub(super) fn is_merge(&self, key: NodeId) -> bool {
        let Some(NodeKind::Scalar { text, style, tag }) = self.get(key).map(|node| &node.kind)
        else {
            return false;
        };
        text == "<<"
            && match tag.as_deref() {
                None => *style == Style::Plain,
                Some(tag) => tag == "merge",
            }
    }

    /// Every node, in the order in which they begin.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    /// Those that begin at this byte or before it, the last one first.
    pub(super) fn back_from(&self, byte: usize) -> impl Iterator<Item = &Node> {
        let end = self.nodes.partition_point(|node| node.start <= byte);
        self.nodes.get(..end).unwrap_or_default().iter().rev()
    }
}
