//! Holds the apps of a manifest against the table of keys: what is ignored is a warning, what cf or
//! the Cloud Controller will refuse a fault, each at its place. Repeats no value.

use std::collections::HashSet;
use std::ops::Range;

use super::fault::{Fault, name};
use super::held::{Held, Pair, Slot};
use super::node::{NodeId, YamlDocument};
use super::scalar::Resolved;
use super::schema::{APP, By, Key, OtherKeys, PROCESS, SchemaLevel, Shape, plain};
use super::values::{UnfitValue, unfit};

/// What is wrong about an app.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) fault: Fault,
    pub(super) by: By,
    /// The flag of cf that goes in place of what is refused.
    pub(super) flag: Option<&'static str>,
}

/// What was found about one app, or about all.
#[derive(Default)]
pub(super) struct Survey {
    /// Keys that nobody reads, with what to write.
    pub(super) ignored: Vec<(Option<NodeId>, String)>,
    pub(super) refusals: Vec<Refusal>,
}

/// Keys of an app and of `docker` about which something of its own is said.
const SAID_ELSEWHERE: [&str; 2] = ["icr", "password"];

/// Holds one app against the table.
pub(super) fn app(document: &YamlDocument, slot: &Slot, near: &Range<usize>) -> Survey {
    let mut walk = Walk { document, found: Survey::default(), of_web: false };
    let processes = slot.value.pair("processes").map(|pair| pair.slot.value.items());
    walk.of_web = processes.unwrap_or_default().iter().any(|one| process_type(one) == Some("web"));
    walk.level(&APP, &mut Vec::new(), slot, near);
    walk.together(slot, near);
    walk.processes(slot, near);
    walk.found
}

fn process_type(process: &Slot) -> Option<&str> {
    match process.value.pair("type")?.slot.value.as_ref() {
        Held::Scalar(Resolved::Text(text)) => Some(text),
        _ => None,
    }
}

/// A key of a manifest with its value.
struct Entry<'a> {
    text: &'a str,
    pair: &'a Pair,
    /// Where it is, should it not say itself.
    near: &'a Range<usize>,
}

struct Walk<'a> {
    document: &'a YamlDocument,
    found: Survey,
    /// Whether a process of its own is the web process, so that some keys of the app go unread.
    of_web: bool,
}

impl Walk<'_> {
    fn range(&self, slot: &Slot, near: &Range<usize>) -> Range<usize> {
        slot.node.map_or_else(|| near.clone(), |id| self.document.span(id))
    }

    fn refuse(&mut self, by: By, flag: Option<&'static str>, fault: Fault) {
        self.found.refusals.push(Refusal { fault, by, flag });
    }

    fn level(
        &mut self,
        level: &'static SchemaLevel,
        above: &mut Vec<&'static SchemaLevel>,
        slot: &Slot,
        near: &Range<usize>,
    ) {
        let near = self.range(slot, near);
        for pair in slot.value.pairs() {
            let Some(text) = pair.key.value.as_field() else { continue };
            let entry = Entry { text: &text, pair, near: &near };
            match level.key(&text) {
                Some(key) => self.known(level, above, key, &entry),
                None if SAID_ELSEWHERE.contains(&text.as_ref()) => {}
                None => self.unknown(level, above, &entry),
            }
        }
        for need in level.needs {
            if !matches!(slot.value.as_ref(), Held::Mapping(_)) {
                break;
            }
            let held = slot.value.pair(need).map(|pair| pair.slot.value.as_ref());
            let is_blank = match held {
                None | Some(Held::Scalar(Resolved::Null)) => true,
                Some(Held::Scalar(Resolved::Text(text))) => text.trim().is_empty(),
                Some(_) => false,
            };
            if is_blank {
                let fault = Fault::new(near.clone(), format!("{} without a `{need}`", level.what));
                let fault = fault.hint(format!("write `- {}`", level.example));
                self.refuse(By::Controller, None, fault);
            }
        }
    }

    fn unknown(
        &mut self,
        level: &'static SchemaLevel,
        above: &[&'static SchemaLevel],
        entry: &Entry<'_>,
    ) {
        let Entry { text, pair, near } = *entry;
        let advice = level.advice(text, above);
        let key = name(text);
        match level.others {
            OtherKeys::Ignored => {
                let what = level.what;
                let said = format!("Cloud Foundry ignores `{key}` in {what}; {advice}");
                self.found.ignored.push((pair.key.node, said));
            }
            OtherKeys::Refused => {
                let range = self.range(&pair.key, near);
                let fault = Fault::new(range, format!("`{key}` is no key of {}", level.what));
                self.refuse(By::Controller, None, fault.hint(advice));
            }
        }
    }

    fn known(
        &mut self,
        level: &'static SchemaLevel,
        above: &mut Vec<&'static SchemaLevel>,
        key: &'static Key,
        entry: &Entry<'_>,
    ) {
        let Entry { text, pair, near } = *entry;
        // cf does not see the other spelling, and adds a route of its own.
        if matches!(key.shape, Shape::Flag) && text != key.name {
            let said = format!("cf does not know `{}`; write `{}`", name(text), key.name);
            self.found.ignored.push((pair.key.node, said));
        }
        let range = self.range(&pair.slot, &self.range(&pair.key, near));
        if let Some(UnfitValue { by, at, message, hint }) = unfit(key, text, &pair.slot) {
            let by = if text == key.name { by } else { By::Controller };
            let unread = self.of_web
                && std::ptr::eq(level, &raw const APP)
                && by == By::Controller
                && !matches!(key.shape, Shape::Size | Shape::Rate)
                && PROCESS.key(key.name).is_some();
            if !unread {
                let range = at.map_or(range.clone(), |slot| self.range(slot, &range));
                self.refuse(by, key.flag, Fault::new(range, message).hint(hint));
            }
            return;
        }
        let entries = match key.shape {
            Shape::Map(inner) => Some((inner, std::slice::from_ref(&pair.slot))),
            Shape::List(inner) | Shape::WordsOr(inner) => Some((inner, pair.slot.value.items())),
            _ => None,
        };
        if let Some((inner, slots)) = entries {
            above.push(level);
            for slot in slots {
                self.level(inner, above, slot, &range);
            }
            above.pop();
        }
    }

    /// Keys that are refused beside each other.
    fn together(&mut self, slot: &Slot, near: &Range<usize>) {
        let app: &Held = &slot.value;
        let is_on = |key: &str| {
            let held = app.pair(key).map(|pair| pair.slot.value.as_ref());
            matches!(held, Some(Held::Scalar(Resolved::Bool(true))))
        };
        let is_said = |key: &str| app.pair(key).is_some_and(|pair| !pair.slot.value.is_null());
        let at = |key: &str| app.pair(key).map(|pair| self.range(&pair.key, near));
        let mut found = Vec::new();
        if is_said("disk-quota") && is_said("disk_quota") {
            found.push((
                By::Cf,
                at("disk_quota"),
                "`disk_quota` next to `disk-quota`",
                "drop one of them",
            ));
        }
        if is_on("random-route") && is_on("default-route") {
            let what = "`random-route` and `default-route` together";
            found.push((By::Controller, at("random-route"), what, "drop one of them"));
        }
        if is_said("buildpack") && is_said("buildpacks") {
            let what = "`buildpack` next to `buildpacks`";
            found.push((By::Controller, at("buildpack"), what, "drop `buildpack`, the older one"));
        }
        let check = app.pair("health-check-type").and_then(|pair| pair.slot.value.as_field());
        let is_other = check.is_some_and(|check| !check.is_empty() && check != "http");
        if is_other && is_said("health-check-http-endpoint") && !self.of_web {
            let what = "`health-check-http-endpoint` beside another check than `http`";
            let hint = "write `health-check-type: http`, or drop the endpoint";
            found.push((By::Controller, at("health-check-http-endpoint"), what, hint));
        }
        for (by, range, what, hint) in found {
            let range = range.unwrap_or_else(|| near.clone());
            let flag = what.contains("health").then_some("health-check-type");
            self.refuse(by, flag, Fault::new(range, what).hint(hint));
        }
    }

    fn processes(&mut self, slot: &Slot, near: &Range<usize>) {
        let Some(pair) = slot.value.pair("processes") else { return };
        let near = self.range(&pair.slot, near);
        let mut seen = HashSet::new();
        for process in pair.slot.value.items() {
            let Some(kind) = process_type(process) else { continue };
            if !seen.insert(kind) {
                let at = process.value.pair("type").map(|pair| self.range(&pair.slot, &near));
                let fault = Fault::new(
                    at.unwrap_or_else(|| near.clone()),
                    format!("the process `{}` is there twice", name(kind)),
                );
                self.refuse(By::Controller, None, fault.hint("put both into one entry"));
            }
        }
    }
}

/// Whether a key at the top may have been meant for the one that counts.
pub(super) fn is_like_applications(key: &str) -> bool {
    strsim::jaro_winkler(&plain(key), "applications") > 0.9
}

/// Whether a key is one of an app.
pub(super) fn is_of_app(key: &str) -> bool {
    APP.key(key).is_some()
}

/// What to say of a key beside `applications` that cf drops.
pub(super) fn at_top(key: &str) -> String {
    let said = name(key);
    if is_like_applications(key) {
        return format!("cf ignores `{said}`; did you mean `applications`?");
    }
    if is_of_app(key) {
        return format!("cf ignores `{said}` outside of an app; move it into the apps");
    }
    match APP.nearest(key) {
        Some(near) => format!(
            "cf ignores `{said}` outside of an app; if it was to be `{near}`, move it into the apps"
        ),
        None => format!("cf ignores `{said}` outside of an app; take it out"),
    }
}

#[cfg(test)]
mod tests;
