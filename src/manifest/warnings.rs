//! What cf does with a manifest in silence, said with file and line; no value is repeated.

use std::collections::HashSet;

use super::fault::name;
use super::held::{Held, Pair, Slot};
use super::node::{Node, NodeId, NodeKind, YamlDocument};
use super::survey;
use super::{LineEnds, Source};
use crate::error::printable_in_full;

/// Collects warnings, each once.
struct Warnings<'a> {
    document: &'a YamlDocument,
    file: String,
    line_ends: &'a LineEnds,
    said: HashSet<String>,
    list: Vec<(usize, String)>,
}

/// The warnings about a manifest that was read.
pub(super) fn all(
    source: &Source,
    line_ends: &LineEnds,
    document: &YamlDocument,
    root: &Slot,
    ignored: Vec<(Option<NodeId>, String)>,
) -> Vec<String> {
    let (file, said) = (printable_in_full(&source.name), HashSet::new());
    let mut warnings = Warnings { document, file, line_ends, said, list: Vec::new() };
    warnings.top(root);
    let apps = root.value.pair("applications").map(|pair| pair.slot.value.items());
    for app in apps.unwrap_or_default() {
        warnings.app(app);
    }
    for (at, what) in ignored {
        warnings.say(at, &what);
    }
    warnings.list.sort_by_key(|(line, _)| *line);
    warnings.list.into_iter().map(|(_, warning)| warning).collect()
}

impl Warnings<'_> {
    fn say(&mut self, at: Option<NodeId>, what: &str) {
        let at = at.map_or(0, |id| self.document.span(id).start);
        let line = self.line_ends.line_at(at);
        let warning = format!("{}:{line}: {what}", self.file);
        if self.said.insert(warning.clone()) {
            self.list.push((line, warning));
        }
    }

    fn say_of(&mut self, pair: &Pair, what: &str) {
        self.say(pair.key.node, what);
    }

    /// Keys beside `applications`: cf v7 and later drop them (util/manifestparser/manifest.go).
    fn top(&mut self, root: &Slot) {
        let holders = holders(self.document);
        for pair in root.value.pairs() {
            let key = pair.key.value.as_field().unwrap_or_default();
            let silent = matches!(key.as_ref(), "applications" | "version")
                || key.starts_with("x-")
                || pair.key.node.is_some_and(|id| {
                    holders.used.contains(&id)
                        || holders.anchored.contains(&id) && !survey::is_of_app(&key)
                });
            match key.as_ref() {
                _ if silent => {}
                "inherit" => self.say_of(
                    pair,
                    "cf ignores `inherit`; what the other manifest says does not count",
                ),
                "variables" => self.say_of(
                    pair,
                    "cf takes no values from `variables`; give them with --var or --vars-file",
                ),
                other => self.say_of(pair, &survey::at_top(other)),
            }
        }
    }

    fn app(&mut self, slot: &Slot) {
        let app: &Held = &slot.value;
        self.doubled(slot, "an app");
        if let Some(docker) = app.pair("docker") {
            self.doubled(&docker.slot, "`docker`");
            if let Some(pair) = docker.slot.value.pair("password") {
                self.say_of(
                    pair,
                    "cf ignores `password` in `docker`; take it out, a manifest is no place for it",
                );
            }
        }
        if let Some(pair) = app.pair("icr") {
            self.say_of(
                pair,
                "`icr` is no key of an app and Cloud Foundry may refuse it; use --region and \
                 --namespace, or write the image in full",
            );
        }
    }

    /// Keys that stand twice in one mapping, each once.
    fn doubled(&mut self, slot: &Slot, place: &str) {
        let Some(id) = slot.node else { return };
        let document = self.document;
        let mut seen = HashSet::new();
        for (key, _) in document.entries(id) {
            let Some(text) = document.text(*key).filter(|_| !document.is_merge(*key)) else {
                continue;
            };
            if !seen.insert(text) {
                let what = format!("`{}` stands twice in {place}; the last one counts", name(text));
                self.say(Some(*key), &what);
            }
        }
    }
}

/// Top-level keys that are there for what stands below them.
struct Holders {
    /// Aliases elsewhere repeat some of it.
    used: HashSet<NodeId>,
    /// Some of it has an anchor.
    anchored: HashSet<NodeId>,
}

fn holders(document: &YamlDocument) -> Holders {
    // Nodes are numbered in the order in which they begin.
    let keys: Vec<NodeId> = document
        .root()
        .map(|root| document.entries(root).iter().map(|(key, _)| *key).collect())
        .unwrap_or_default();
    let holder = |node: usize| {
        let after = keys.partition_point(|key| key.0 <= node);
        after.checked_sub(1).and_then(|at| keys.get(at)).copied()
    };
    let nodes = || document.nodes().enumerate();
    let used = nodes().filter_map(|(at, node)| match &node.kind {
        NodeKind::Alias(target) if holder(target.0) != holder(at) => holder(target.0),
        _ => None,
    });
    let is_anchored = |node: &Node| node.start < node.span.start;
    let anchored = nodes().filter(|(_, node)| is_anchored(node)).filter_map(|(at, _)| holder(at));
    Holders { used: used.collect(), anchored: anchored.collect() }
}
