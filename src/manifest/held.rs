//! Values as cf holds them after it has read a manifest and put variables in: aliases and merges
//! are gone, but what comes of one node is shared, so that nothing is copied. Each knows the node
//! that stands for it in the text.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::node::NodeId;
use super::scalar::{Resolved, float_text};

/// A value.
pub(super) enum Held {
    Scalar(Resolved),
    Sequence(Vec<Slot>),
    Mapping(Vec<Pair>),
}

/// A value at a place of the manifest.
#[derive(Clone)]
pub(super) struct Slot {
    pub(super) value: Rc<Held>,
    /// The scalar, collection or alias that was written here; none inside a variable.
    pub(super) node: Option<NodeId>,
}

/// An entry of a mapping.
#[derive(Clone)]
pub(super) struct Pair {
    pub(super) key: Slot,
    pub(super) slot: Slot,
}

impl Held {
    pub(super) fn text(text: &str) -> Rc<Self> {
        Rc::new(Self::Scalar(Resolved::Text(text.to_owned())))
    }

    /// What a Go field for text gets of it; none for null, a collection or no text at all.
    pub(super) fn as_field(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Scalar(Resolved::Text(text)) => Some(Cow::Borrowed(text)),
            Self::Scalar(Resolved::Bool(value)) => {
                Some(Cow::Borrowed(if *value { "true" } else { "false" }))
            }
            Self::Scalar(Resolved::Int(number)) => Some(Cow::Owned(number.to_string())),
            Self::Scalar(Resolved::Float(number)) => Some(Cow::Owned(float_text(*number))),
            Self::Scalar(Resolved::Null) | Self::Sequence(_) | Self::Mapping(_) => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Scalar(Resolved::Null))
    }

    pub(super) fn pairs(&self) -> &[Pair] {
        match self {
            Self::Mapping(pairs) => pairs,
            Self::Scalar(_) | Self::Sequence(_) => &[],
        }
    }

    pub(super) fn items(&self) -> &[Slot] {
        match self {
            Self::Sequence(items) => items,
            Self::Scalar(_) | Self::Mapping(_) => &[],
        }
    }

    /// The entry of a key, as a struct of Go finds it.
    pub(super) fn pair(&self, key: &str) -> Option<&Pair> {
        self.pairs().iter().rev().find(|pair| pair.key.value.as_field().as_deref() == Some(key))
    }

    /// What it is, for a message.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Scalar(Resolved::Null) => "empty",
            Self::Scalar(Resolved::Bool(_)) => "true or false",
            Self::Scalar(Resolved::Int(_)) => "a whole number",
            Self::Scalar(Resolved::Float(_)) => "a number with a fraction",
            Self::Scalar(Resolved::Text(_)) => "a text",
            Self::Sequence(_) => "a list",
            Self::Mapping(_) => "a mapping",
        }
    }

    /// What tells it from other keys of a mapping; none where it cannot be a key.
    pub(super) fn key_form(&self) -> Option<String> {
        let mark = match self {
            Self::Scalar(Resolved::Null) => return Some("n".to_owned()),
            Self::Scalar(Resolved::Bool(_)) => 'b',
            Self::Scalar(Resolved::Int(_)) => 'i',
            Self::Scalar(Resolved::Float(_)) => 'f',
            Self::Scalar(Resolved::Text(_)) => 't',
            Self::Sequence(_) | Self::Mapping(_) => return None,
        };
        self.as_field().map(|text| format!("{mark}{text}"))
    }
}

/// Compares two values; what is shared is compared once.
#[derive(Default)]
pub(super) struct Comparison {
    same: HashSet<(*const Held, *const Held)>,
}

impl Comparison {
    pub(super) fn same(&mut self, one: &Rc<Held>, other: &Rc<Held>) -> bool {
        let pair = (Rc::as_ptr(one), Rc::as_ptr(other));
        if Rc::ptr_eq(one, other) || self.same.contains(&pair) {
            return true;
        }
        let same = match (one.as_ref(), other.as_ref()) {
            (Held::Scalar(one), Held::Scalar(other)) => same_scalar(one, other),
            (Held::Sequence(one), Held::Sequence(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|(one, other)| self.same(&one.value, &other.value))
            }
            (Held::Mapping(one), Held::Mapping(other)) => self.same_entries(one, other),
            _ => false,
        };
        if same {
            self.same.insert(pair);
        }
        same
    }

    fn same_entries(&mut self, one: &[Pair], other: &[Pair]) -> bool {
        let by_key: HashMap<Option<String>, &Slot> =
            other.iter().map(|pair| (pair.key.value.key_form(), &pair.slot)).collect();
        one.len() == other.len()
            && one.iter().all(|pair| {
                by_key
                    .get(&pair.key.value.key_form())
                    .is_some_and(|slot| self.same(&pair.slot.value, &slot.value))
            })
    }
}

fn same_scalar(one: &Resolved, other: &Resolved) -> bool {
    match (one, other) {
        (Resolved::Float(one), Resolved::Float(other)) => one.to_bits() == other.to_bits(),
        (one, other) => one == other,
    }
}
