//! What Cloud Controller says a manifest would change, read as a person reads it. Pure.
//!
//! Not all that it says is a change: it says that variables, labels and routes are removed which a
//! manifest does not name, and to apply it removes none; and it compares `1` with `"1"`, though every
//! variable is a text (`cloud_controller_ng`, `space_diff_manifest.rb`, `app_manifest_message.rb`).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::changed_value::ChangedValue;
use crate::capi::resources::Patch;

/// What is said about one app.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) changes: Vec<ChangedValue>,
    pub(super) undecided: Vec<String>,
    /// Services that are said to go.
    gone: BTreeSet<String>,
}

/// Told by others: by the droplet, by the processes, by the routes.
const ELSEWHERE: [&str; 7] =
    ["docker", "memory", "disk_quota", "disk-quota", "default-route", "random-route", "no-route"];
/// What is there stays, where a manifest leaves it out.
const STAYS: [&str; 7] =
    ["env", "metadata", "services", "routes", "sidecars", "processes", "features"];

/// By what a member of a list is known.
const KNOWN_BY: [&str; 3] = ["type", "name", "route"];

/// Reads what is said about the apps that were sent; `None` where it makes no sense.
pub(super) fn read(patches: &[Patch], sent: &[&Map<String, Value>]) -> Option<Vec<Lines>> {
    let mut all: Vec<Lines> = sent.iter().map(|_| Lines::default()).collect();
    for patch in patches {
        let parts: Vec<String> = patch.path.split('/').map(unescaped).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let ["", "applications", at, rest @ ..] = parts.as_slice() else { return None };
        let at: usize = at.parse().ok()?;
        let (lines, attributes) = (all.get_mut(at)?, sent.get(at)?);
        let (key, below) = rest.split_first()?;
        lines.take(patch, key, below, attributes);
    }
    for lines in &mut all {
        let gone = std::mem::take(&mut lines.gone);
        let is_bound = |change: &ChangedValue| {
            change.now.as_ref().is_some_and(|name| gone.contains(name)) && change.what == "services"
        };
        lines.changes.retain(|change| !is_bound(change));
    }
    Some(all)
}

/// A part of a JSON pointer.
fn unescaped(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

impl Lines {
    fn take(&mut self, patch: &Patch, key: &str, below: &[&str], sent: &Map<String, Value>) {
        if ELSEWHERE.contains(&key) {
            return;
        }
        let what = called(key, below, sent);
        let stays = STAYS.contains(&key);
        match patch.op.as_str() {
            // The order of a list means nothing there.
            "move" => {}
            "remove" if stays => {
                if key == "services" {
                    self.gone.insert(shown(&patch.was).unwrap_or_default());
                }
            }
            "remove" => self.changes.push(ChangedValue::new(what, shown(&patch.was), None)),
            "add" | "replace" => self.changed(patch, key, below, what),
            // There is none that it uses.
            other => self.undecided.push(format!("what is meant by `{other}` of `{what}`")),
        }
    }

    fn changed(&mut self, patch: &Patch, key: &str, below: &[&str], what: String) {
        match (key, below, &patch.value) {
            ("env", [], Value::Object(fields)) => {
                let was = patch.was.as_object();
                for (name, value) in fields {
                    let was = was.and_then(|was| was.get(name)).unwrap_or(&Value::Null);
                    self.of_env(name, was, value);
                }
            }
            ("env", [name, ..], value) => self.of_env(name, &patch.was, value),
            // A list that is new has its members under the same name.
            ("routes" | "services" | "sidecars" | "processes", [], Value::Array(members)) => {
                let change = |member| ChangedValue::new(key, None, shown(member));
                self.changes.extend(members.iter().map(change));
            }
            (_, _, value) if is_alike(key, below, &patch.was, value) => {}
            (_, _, value) => {
                self.changes.push(ChangedValue::new(what, shown(&patch.was), shown(value)));
            }
        }
    }

    fn of_env(&mut self, name: &str, was: &Value, value: &Value) {
        if was.is_null() || env_text(was) != env_text(value) {
            self.changes.push(ChangedValue::new(format!("env.{name}"), shown(was), shown(value)));
        }
    }
}

/// A variable as the platform keeps it (`to_s`); `None` for what Ruby writes in its own way.
fn env_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether two values mean the same.
fn is_alike(key: &str, below: &[&str], was: &Value, value: &Value) -> bool {
    let last = below.last().copied().unwrap_or(key);
    let is_check = last == "health-check-type";
    is_check && was == "process" && value == "none"
}

/// What a person calls it: a member of a list by its type or its name.
fn called(key: &str, below: &[&str], sent: &Map<String, Value>) -> String {
    let mut name = key.to_owned();
    let mut here = sent.get(key);
    for (at, part) in below.iter().enumerate() {
        let member = part.parse::<usize>().ok().and_then(|at| here?.as_array()?.get(at));
        here = member.or_else(|| here?.get(part));
        let own = match member {
            // A member as a whole is what the line shows.
            Some(_) if at + 1 == below.len() => None,
            Some(member) => KNOWN_BY.iter().find_map(|id| member.get(*id)?.as_str()),
            None => Some(*part),
        };
        if let Some(own) = own {
            name.push('.');
            name.push_str(own);
        }
    }
    name
}

/// A value for people; `None` for nothing.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Object(fields) => {
            let id = KNOWN_BY.iter().find_map(|id| fields.get(*id)?.as_str());
            Some(id.map_or_else(|| value.to_string(), str::to_owned))
        }
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
