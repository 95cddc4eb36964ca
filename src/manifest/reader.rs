//! Nodes to values, as cf's first reading makes them: aliases followed, merges carried out,
//! scalars resolved, variables put in (yaml.v2 2.4.0, decode.go; bosh-cli, director/template).
//! What a node stands for is made once, however many aliases lead to it.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;

use super::fault::{Fault, name};
use super::held::{Held, Pair, Slot};
use super::interpolation::{
    Interpolated, Lookup, MOST_TEXT, Unfit, interpolate, mentions_variables,
};
use super::node::{NodeId, NodeKind, YamlDocument};
use super::scalar::{Resolved, resolve};
use super::variables::Variables;

/// Whether values remember the nodes that stand for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nodes {
    Kept,
    Dropped,
}

/// Makes the values of one document.
pub(super) struct Reader<'a> {
    document: &'a YamlDocument,
    /// None where `((name))` is nothing but text.
    variables: Option<&'a Variables>,
    nodes: Nodes,
    made: Vec<Option<Rc<Held>>>,
    budget: usize,
    missing: BTreeMap<String, Range<usize>>,
}

/// Entries of a mapping that count, in the order in which their keys first came.
#[derive(Default)]
struct Entries {
    list: Vec<(NodeId, NodeId)>,
    by_key: HashMap<String, usize>,
}

/// Looks up while it takes note of what is missing, and where.
struct Noting<'a, 'b> {
    variables: &'a Variables,
    missing: &'b mut BTreeMap<String, Range<usize>>,
    at: &'b Range<usize>,
}

impl Lookup for Noting<'_, '_> {
    fn value(&self, name: &str) -> Option<Rc<Held>> {
        self.variables.value(name)
    }

    fn missing(&mut self, name: &str) {
        let first = self.missing.entry(name.to_owned()).or_insert_with(|| self.at.clone());
        if self.at.start < first.start {
            *first = self.at.clone();
        }
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(document: &'a YamlDocument, variables: Option<&'a Variables>) -> Self {
        let nodes = if variables.is_some() { Nodes::Kept } else { Nodes::Dropped };
        let mut made = Vec::new();
        made.resize_with(document.len(), || None);
        Self { document, variables, nodes, made, budget: MOST_TEXT, missing: BTreeMap::new() }
    }

    /// The variables that were asked for and are not there, by name, with the first place.
    pub(super) fn missing(self) -> BTreeMap<String, Range<usize>> {
        self.missing
    }

    /// The value at a node.
    pub(super) fn slot(&mut self, id: NodeId) -> Result<Slot, Fault> {
        let target = self.document.target_id(id);
        let node = (self.nodes == Nodes::Kept).then_some(id);
        if let Some(Some(made)) = self.made.get(target.0) {
            return Ok(Slot { value: Rc::clone(made), node });
        }
        let value = self.make(target)?;
        if let Some(place) = self.made.get_mut(target.0) {
            *place = Some(Rc::clone(&value));
        }
        Ok(Slot { value, node })
    }

    fn make(&mut self, id: NodeId) -> Result<Rc<Held>, Fault> {
        let document = self.document;
        match document.get(id).map(|node| &node.kind) {
            Some(NodeKind::Scalar { .. }) => self.scalar(id),
            Some(NodeKind::Sequence(items)) => {
                let items = items.iter().map(|item| self.slot(*item)).collect::<Result<_, _>>()?;
                Ok(Rc::new(Held::Sequence(items)))
            }
            Some(NodeKind::Mapping { .. }) => {
                let mut pairs = Vec::new();
                for (key, value) in self.entries(id)? {
                    let slot = self.slot(value)?;
                    pairs.push(Pair { key: self.slot(key)?, slot });
                }
                Ok(Rc::new(Held::Mapping(pairs)))
            }
            Some(NodeKind::Alias(_)) | None => Ok(Rc::new(Held::Scalar(Resolved::Null))),
        }
    }

    fn resolved(&self, id: NodeId) -> Result<Option<Resolved>, Fault> {
        match self.document.target(id).map(|node| &node.kind) {
            Some(NodeKind::Scalar { text, style, tag }) => resolve(text, *style, tag.as_deref())
                .map(Some)
                .map_err(|message| Fault::new(self.document.span(id), message)),
            _ => Ok(None),
        }
    }

    fn scalar(&mut self, id: NodeId) -> Result<Rc<Held>, Fault> {
        let resolved = self.resolved(id)?.unwrap_or(Resolved::Null);
        let (text, variables) = match (&resolved, self.variables) {
            (Resolved::Text(text), Some(variables)) if mentions_variables(text) => {
                (text, variables)
            }
            _ => return Ok(Rc::new(Held::Scalar(resolved))),
        };
        let at = self.document.span(id);
        let mut lookup = Noting { variables, missing: &mut self.missing, at: &at };
        match interpolate(text, &mut lookup).map_err(|unfit| refusal(&unfit, &at))? {
            Interpolated::Whole(value) => Ok(value),
            Interpolated::Text(text) => {
                let left = self.budget.checked_sub(text.len());
                self.budget = left.ok_or_else(|| refusal(&Unfit::TooLong, &at))?;
                Ok(Rc::new(Held::Scalar(Resolved::Text(text))))
            }
        }
    }

    /// The entries of a mapping with what it merges: whatever comes last counts. In yaml.v2 that
    /// holds for `<<` too: a key that stands before it loses (decode.go, `merge`).
    pub(super) fn entries(&self, id: NodeId) -> Result<Vec<(NodeId, NodeId)>, Fault> {
        let mut entries = Entries::default();
        self.collect(id, &mut entries)?;
        Ok(entries.list)
    }

    fn collect(&self, id: NodeId, entries: &mut Entries) -> Result<(), Fault> {
        for (key, value) in self.document.entries(id) {
            if self.document.is_merge(*key) {
                self.merge(*value, entries)?;
                continue;
            }
            let form = self.resolved(*key)?.and_then(|key| Held::Scalar(key).key_form());
            let form = form.ok_or_else(|| {
                Fault::new(self.document.span(*key), "a list or mapping cannot be a key")
            })?;
            let next = entries.list.len();
            let place = *entries.by_key.entry(form).or_insert(next);
            match entries.list.get_mut(place) {
                Some(entry) => *entry = (*key, *value),
                None => entries.list.push((*key, *value)),
            }
        }
        Ok(())
    }

    fn merge(&self, value: NodeId, entries: &mut Entries) -> Result<(), Fault> {
        let is_mapping = |id: NodeId| {
            matches!(
                self.document.target(id).map(|node| &node.kind),
                Some(NodeKind::Mapping { .. })
            )
        };
        let one = [value];
        let merged = match self.document.get(value).map(|node| &node.kind) {
            Some(NodeKind::Sequence(items)) => items.as_slice(),
            _ => one.as_slice(),
        };
        // Backwards: what stands first in the list counts.
        for item in merged.iter().rev() {
            if !is_mapping(*item) {
                return Err(Fault::new(
                    self.document.span(*item),
                    "`<<` takes a mapping or a list of mappings",
                ));
            }
            self.collect(*item, entries)?;
        }
        Ok(())
    }
}

fn refusal(unfit: &Unfit, at: &Range<usize>) -> Fault {
    match unfit {
        Unfit::Type(variable, kind) => {
            let variable = name(variable);
            let what = format!("variable `{variable}` is {kind}; inside a text cf puts in only");
            Fault::new(at.clone(), format!("{what} texts and whole numbers"))
                .hint(format!("put quotes around its value: `--var '{variable}=\"VALUE\"'`"))
        }
        Unfit::Path(variable) => {
            let variable = name(variable);
            Fault::new(at.clone(), format!("variable `{variable}` leads into nothing"))
                .hint("each part after the first must be a key of the part before it")
        }
        Unfit::TooLong => Fault::new(at.clone(), "variables make the text too long"),
    }
}
