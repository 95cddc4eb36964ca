//! Puts entries into the `credHelpers` of a configuration of docker or podman, and takes them out: by
//! changing ranges of the text, so that all else stays byte for byte, secrets among it. What came of it
//! is read again and held against what was there.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::de::IgnoredAny;

use super::members::{Member, Object, blanks};
use crate::error::JsonSpot;

/// The member of the document with a helper for each host.
const HELPERS: &str = "credHelpers";
/// What docker itself indents by.
const INDENT: &str = "\t";

/// Why a text is left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is no JSON.
    NotJson(JsonSpot),
    /// It is no object.
    NotObject,
    /// `credHelpers` is no object of texts.
    Helpers,
    /// A name stands there twice, and programs differ in which they take.
    Twice(String),
    /// What came of it is not what was meant. A bug of ours.
    Botched,
}

/// A change of a host's helper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) host: String,
    /// The helper that it had.
    pub(crate) before: Option<String>,
}

/// A text with what was changed in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spliced {
    pub(super) text: String,
    pub(super) changes: Vec<Change>,
}

/// A document and its `credHelpers`.
struct Document<'a> {
    text: &'a str,
    top: Object,
    helpers: Helpers,
}

enum Helpers {
    Absent,
    /// A member that holds `null`.
    Null(Member),
    There(Object),
}

impl<'a> Document<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        serde_json::from_str::<IgnoredAny>(text)
            .map_err(|error| Fault::NotJson(JsonSpot::from(&error)))?;
        let top = Object::at(text, blanks(text.as_bytes(), 0)).ok_or(Fault::NotObject)?;
        let mut found = top.members.iter().filter(|member| member.is_named(HELPERS));
        let helpers = match (found.next(), found.next()) {
            (_, Some(_)) => return Err(Fault::Twice(HELPERS.to_owned())),
            (None, None) => Helpers::Absent,
            (Some(member), None) if text.get(member.value.clone()) == Some("null") => {
                Helpers::Null(member.clone())
            }
            (Some(member), None) => {
                Helpers::There(Object::at(text, member.value.start).ok_or(Fault::Helpers)?)
            }
        };
        let document = Self { text, top, helpers };
        let mut hosts: BTreeSet<&str> = BTreeSet::new();
        for member in document.entries() {
            if !hosts.insert(&member.name) {
                return Err(Fault::Twice(member.name.clone()));
            }
            document.helper(member).ok_or(Fault::Helpers)?;
        }
        Ok(document)
    }

    fn entries(&self) -> &[Member] {
        match &self.helpers {
            Helpers::Absent | Helpers::Null(_) => &[],
            Helpers::There(object) => &object.members,
        }
    }

    fn raw(&self, member: &Member) -> &str {
        self.text.get(member.value.clone()).unwrap_or_default()
    }

    fn helper(&self, member: &Member) -> Option<String> {
        serde_json::from_str(self.raw(member)).ok()
    }

    /// What stands between a `{` and the first name in it.
    fn gap<'b>(&'b self, object: &Object) -> &'b str {
        let end = object.members.first().map_or(object.end, |member| member.start);
        self.text.get(object.start..end).unwrap_or_default()
    }

    /// The end of a line, where the text has several.
    fn newline(&self) -> &'static str {
        let gap = self.gap(&self.top);
        match (gap.contains("\r\n"), gap.contains('\n') || self.top.members.is_empty()) {
            (true, _) => "\r\n",
            (false, true) => "\n",
            (false, false) => "",
        }
    }

    /// What a member of the document is indented by.
    fn indent(&self) -> &str {
        if self.top.members.is_empty() {
            return INDENT;
        }
        let gap = self.gap(&self.top);
        gap.rsplit_once('\n').map_or("", |(_, indent)| indent)
    }

    /// An object of these helpers, in the style of the document.
    fn object_of(&self, hosts: &[&str], helper: &str) -> String {
        let (newline, indent) = (self.newline(), self.indent());
        let (gap, colon) = if newline.is_empty() {
            (String::new(), ":")
        } else {
            (format!("{newline}{indent}{indent}"), ": ")
        };
        let entries: Vec<String> =
            hosts.iter().map(|host| format!("{gap}\"{host}\"{colon}\"{helper}\"")).collect();
        let end = if newline.is_empty() { String::new() } else { format!("{newline}{indent}") };
        format!("{{{}{end}}}", entries.join(","))
    }
}

/// The helper of each host that has one.
pub(super) fn helpers(text: &str) -> Result<Vec<(String, String)>, Fault> {
    let document = Document::read(text)?;
    let helper = |member: &Member| Some((member.name.clone(), document.helper(member)?));
    Ok(document.entries().iter().filter_map(helper).collect())
}

/// The names of the members of an object in the document.
pub(super) fn names_in(text: &str, member: &str) -> Vec<String> {
    let Ok(document) = Document::read(text) else { return Vec::new() };
    let found = document.top.members.iter().find(|known| known.is_named(member));
    let object = found.and_then(|member| Object::at(text, member.value.start));
    object.map_or_else(Vec::new, |object| {
        object.members.into_iter().map(|member| member.name).collect()
    })
}

/// A member of the document that is a text.
pub(super) fn text_of(text: &str, member: &str) -> Option<String> {
    let document = Document::read(text).ok()?;
    let found = document.top.members.iter().find(|known| known.is_named(member))?;
    serde_json::from_str(text.get(found.value.clone())?).ok()
}

/// Gives each of these hosts the helper.
pub(super) fn with_entries(text: &str, hosts: &[&str], helper: &str) -> Result<Spliced, Fault> {
    let text = if text.trim().is_empty() { "{}\n" } else { text };
    let document = Document::read(text)?;
    let mut changes = Vec::new();
    let mut edits: Vec<(std::ops::Range<usize>, String)> = Vec::new();
    let mut missing: Vec<&str> = Vec::new();
    for host in hosts {
        let entry = document.entries().iter().find(|member| member.name == **host);
        let before = entry.and_then(|member| document.helper(member));
        match entry {
            Some(_) if before.as_deref() == Some(helper) => continue,
            Some(member) => edits.push((member.value.clone(), format!("\"{helper}\""))),
            None => missing.push(host),
        }
        changes.push(Change { host: (*host).to_owned(), before });
    }
    if !missing.is_empty() {
        edits.push(insertion(&document, &missing, helper));
    }
    let spliced = Spliced { text: edited(text, edits), changes };
    held(text, spliced, hosts, Some(helper))
}

/// Where the missing hosts go, and as what.
fn insertion(
    document: &Document<'_>,
    missing: &[&str],
    helper: &str,
) -> (std::ops::Range<usize>, String) {
    let whole = || document.object_of(missing, helper);
    let newline = document.newline();
    match &document.helpers {
        Helpers::Null(member) => (member.value.clone(), whole()),
        Helpers::There(object) => match object.members.last() {
            None => (object.start.saturating_sub(1)..object.end + 1, whole()),
            Some(last) => {
                let gap = document.gap(object);
                let colon = if gap.contains('\n') || !newline.is_empty() { ": " } else { ":" };
                let mut out = String::new();
                for host in missing {
                    // Writing to a string cannot fail.
                    let _ = write!(out, ",{gap}\"{host}\"{colon}\"{helper}\"");
                }
                (last.value.end..last.value.end, out)
            }
        },
        Helpers::Absent => {
            let colon = if newline.is_empty() { ":" } else { ": " };
            let member = format!("\"{HELPERS}\"{colon}{}", whole());
            match document.top.members.last() {
                Some(last) => {
                    let gap = document.gap(&document.top);
                    (last.value.end..last.value.end, format!(",{gap}{member}"))
                }
                None => (
                    document.top.start..document.top.end,
                    format!("{newline}{}{member}{newline}", document.indent()),
                ),
            }
        }
    }
}

/// Takes this helper from each of these hosts that has it.
pub(super) fn without_entries(text: &str, hosts: &[&str], helper: &str) -> Result<Spliced, Fault> {
    if text.trim().is_empty() {
        return Ok(Spliced { text: text.to_owned(), changes: Vec::new() });
    }
    let document = Document::read(text)?;
    let is_ours = |member: &Member| {
        hosts.contains(&member.name.as_str()) && document.helper(member).as_deref() == Some(helper)
    };
    let ours: Vec<&Member> = document.entries().iter().filter(|member| is_ours(member)).collect();
    let change =
        |member: &&Member| Change { host: member.name.clone(), before: Some(helper.to_owned()) };
    let changes: Vec<Change> = ours.iter().map(change).collect();
    let edit = match &document.helpers {
        _ if ours.is_empty() => None,
        Helpers::Absent | Helpers::Null(_) => None,
        Helpers::There(object) if ours.len() < object.members.len() => {
            Some((object.start..object.end, kept(&document, object, is_ours)))
        }
        Helpers::There(_) => {
            let top = &document.top;
            let is_helpers = |member: &Member| member.is_named(HELPERS);
            Some((top.start..top.end, kept(&document, top, is_helpers)))
        }
    };
    let spliced = Spliced { text: edited(text, edit.into_iter().collect()), changes };
    held(text, spliced, hosts, None)
}

/// The inside of an object without some of its members; each other with what stands before it.
fn kept(document: &Document<'_>, object: &Object, is_gone: impl Fn(&Member) -> bool) -> String {
    let text = |from: usize, to: usize| document.text.get(from..to).unwrap_or_default();
    let (mut out, mut end) = (String::new(), object.start);
    let mut is_first = true;
    for member in &object.members {
        if !is_gone(member) {
            let before = if is_first { document.gap(object) } else { text(end, member.start) };
            out.push_str(before);
            out.push_str(text(member.start, member.value.end));
            is_first = false;
        }
        end = member.value.end;
    }
    out.push_str(text(end, object.end));
    out
}

/// The text with ranges replaced, which do not overlap.
fn edited(text: &str, mut edits: Vec<(std::ops::Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let (mut out, mut at) = (String::with_capacity(text.len() + 1024), 0);
    for (range, new) in edits {
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(&new);
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Reads what came of it, and holds it against what was there: the hosts have what they are to have,
/// and everything else is as it was, to the byte.
fn held(
    before: &str,
    after: Spliced,
    hosts: &[&str],
    helper: Option<&str>,
) -> Result<Spliced, Fault> {
    if after.changes.is_empty() {
        return Ok(Spliced { text: before.to_owned(), ..after });
    }
    let (old, new) = (Document::read(before)?, Document::read(&after.text)?);
    let others = |document: &Document<'_>| -> Vec<(String, String)> {
        let of = |member: &Member| (member.name.clone(), document.raw(member).to_owned());
        let top = document.top.members.iter().filter(|member| !member.is_named(HELPERS)).map(of);
        let is_other = |member: &&Member| !after.changes.iter().any(|one| one.host == member.name);
        top.chain(document.entries().iter().filter(is_other).map(of)).collect()
    };
    let has = |host: &&str| {
        let entry = new.entries().iter().find(|member| member.name == **host);
        let found = entry.and_then(|member| new.helper(member));
        match helper {
            Some(_) => found.as_deref() == helper,
            None => after.changes.iter().all(|one| one.host != **host) || found.is_none(),
        }
    };
    if others(&old) == others(&new) && hosts.iter().all(has) {
        Ok(after)
    } else {
        Err(Fault::Botched)
    }
}
