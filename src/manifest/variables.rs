//! Values for `((name))`. Many hold passwords: no message repeats one, and nothing prints them.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use super::fault::name;
use super::held::{Held, Slot};
use super::scalar::Resolved;

/// The values for `((name))` in a manifest.
#[derive(Clone, Default)]
pub(crate) struct Variables(pub(super) Rc<BTreeMap<String, Known>>);

/// A value that is known.
pub(super) struct Known {
    /// Where it is from, as messages name it.
    pub(super) origin: String,
    pub(super) value: Rc<Held>,
}

impl Variables {
    /// Every text among the values, nested ones too, each with a name for messages: `--var NAME`
    /// or `FILE: KEY.KEY`.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (String, &str)> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        for known in self.0.values() {
            gather(&known.value, &known.origin, &mut seen, &mut found);
        }
        found.into_iter()
    }

    pub(super) fn value(&self, name: &str) -> Option<Rc<Held>> {
        self.0.get(name).map(|known| Rc::clone(&known.value))
    }
}

/// Collects texts; what aliases share comes once.
fn gather<'a>(
    value: &'a Rc<Held>,
    path: &str,
    seen: &mut HashSet<*const Held>,
    found: &mut Vec<(String, &'a str)>,
) {
    if !seen.insert(Rc::as_ptr(value)) {
        return;
    }
    match value.as_ref() {
        Held::Scalar(Resolved::Text(text)) => found.push((path.to_owned(), text)),
        Held::Scalar(_) => {}
        Held::Sequence(items) => {
            for Slot { value, .. } in items {
                gather(value, path, seen, found);
            }
        }
        Held::Mapping(pairs) => {
            for pair in pairs {
                let key = pair.key.value.as_field().unwrap_or_default();
                // Long paths say no more than their beginning does.
                let deeper = (path.len() < 200).then(|| format!("{path}.{}", name(&key)));
                gather(&pair.slot.value, deeper.as_deref().unwrap_or(path), seen, found);
            }
        }
    }
}

#[cfg(test)]
mod tests;
