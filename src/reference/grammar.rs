//! The parts of a reference and the rules for each; every finding has its place in the text.

use std::ops::Range;

use super::problem::{Problem, ReferenceError};
use super::{HostName, MAX_REFERENCE, MAX_TAG};
use crate::region::{self, Registry};

/// Where in the text the parts stand.
pub(super) struct Parts {
    pub(super) host: Option<Range<usize>>,
    pub(super) path: Range<usize>,
    pub(super) tag: Option<Range<usize>>,
    pub(super) digest: Option<Range<usize>>,
}

impl Parts {
    /// Host and path, as typed.
    pub(super) fn name<'a>(&self, text: &'a str) -> &'a str {
        text.get(..self.path.end).unwrap_or_default()
    }

    pub(super) fn path<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.path.clone()).unwrap_or_default()
    }
}

pub(super) fn check_characters(text: &str) -> Result<(), ReferenceError> {
    let at = |problem, range| Err(ReferenceError::new(text, problem, range));
    if text.is_empty() {
        return at(Problem::Empty, 0..0);
    }
    if text.len() > MAX_REFERENCE {
        return at(Problem::TooLong, 0..text.len());
    }
    if let Some(range) = placeholder(text) {
        let shown = crate::error::printable(text.get(range.clone()).unwrap_or_default());
        return at(Problem::Unfilled(shown), range);
    }
    for (index, character) in text.char_indices() {
        let range = index..index + character.len_utf8();
        if character.is_whitespace() {
            return at(Problem::WhiteSpace, range);
        }
        if character.is_control() {
            return at(Problem::Control, range);
        }
        if !character.is_ascii() {
            return at(Problem::NotAscii(character), range);
        }
    }
    if let Some(end) = text.find("://") {
        return at(Problem::Scheme, 0..end + 3);
    }
    Ok(())
}

/// What templates put in front of a name and behind it; the longer ones first.
const PLACEHOLDERS: [(&str, &str); 9] = [
    ("${{", "}}"),
    ("${", "}"),
    ("$(", ")"),
    ("#{", "}"),
    ("{{", "}}"),
    ("((", "))"),
    ("{", "}"),
    ("<", ">"),
    ("%", "%"),
];

/// The place of a variable that nothing has filled.
fn placeholder(text: &str) -> Option<Range<usize>> {
    let framed = PLACEHOLDERS.iter().filter_map(|(open, close)| {
        let start = text.find(open)?;
        let inside = start + open.len();
        let length = text.get(inside..)?.find(close)?;
        let name = text.get(inside..inside + length)?;
        let is_name = !name.is_empty() && name.chars().all(|c| c == ' ' || c.is_ascii_graphic());
        if !is_name {
            return None;
        }
        Some(start..inside + length + close.len())
    });
    // `min_by_key` takes the first of several at one place.
    framed.chain(bare(text)).min_by_key(|range| range.start)
}

/// The place of `$NAME`.
fn bare(text: &str) -> Option<Range<usize>> {
    let start = text.find('$')?;
    let name = text.get(start + 1..)?;
    let length = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let length = length.unwrap_or(name.len());
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    is_name.then_some(start..start + 1 + length)
}

/// The place of what stands behind a colon and has a slash in it: a tag, written like the name of a
/// branch.
fn tag_with_slash(before: &str, start: usize) -> Option<Range<usize>> {
    let path = before.get(start..)?;
    let colon = path.find(':')?;
    let behind = start + colon + 1;
    path.get(colon..)?.contains('/').then_some(behind..before.len())
}

/// Whether a first component is a host: it has a dot in its name, or a port.
fn is_host(first: &str) -> bool {
    let (name, port) = first.split_once(':').unwrap_or((first, ""));
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    name.contains('.') || name == "localhost" || is_port
}

/// Finds the parts, as the distribution grammar does: the digest behind `@`, the tag behind the
/// last colon of the last component, a host where the first component has a dot or a colon.
pub(super) fn split(text: &str) -> Result<Parts, ReferenceError> {
    let (rest, digest) = match text.find('@') {
        Some(at) => (at, Some(at + 1..text.len())),
        None => (text.len(), None),
    };
    if let Some(range) = &digest
        && let Some(second) = text.get(range.clone()).and_then(|digest| digest.find('@'))
    {
        let start = range.start + second;
        return Err(ReferenceError::new(text, Problem::TwoDigests, start..text.len()));
    }
    let before = text.get(..rest).unwrap_or_default();
    let last = before.rfind('/').map_or(0, |slash| slash + 1);
    let tag = before.get(last..).and_then(|name| name.find(':')).map(|colon| last + colon);
    let end = tag.unwrap_or(rest);
    let host = before.find('/');
    let host = host.filter(|slash| is_host(before.get(..*slash).unwrap_or_default()));
    if let Some(range) = tag_with_slash(before, host.map_or(0, |slash| slash + 1)) {
        return Err(ReferenceError::new(text, Problem::TagSlash, range));
    }
    let host_alone = host.is_none()
        && before
            .get(..end)
            .is_some_and(|name| region::by_host(&name.to_ascii_lowercase()).is_some());
    if host_alone {
        return Err(ReferenceError::new(text, Problem::HostOnly, end..end));
    }
    Ok(Parts {
        host: host.map(|slash| 0..slash),
        path: host.map_or(0, |slash| slash + 1)..end,
        tag: tag.map(|colon| colon + 1..rest),
        digest,
    })
}

/// The end of the run of a name that has capitals, for a caret under all of it.
pub(super) fn end_of_upper(name: &str, start: usize) -> usize {
    let tail = name.get(start..).unwrap_or_default();
    start + tail.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(tail.len())
}

pub(super) fn check_host(
    text: &str,
    range: Range<usize>,
) -> Result<(&'static str, HostName, &'static Registry), ReferenceError> {
    let host = text.get(range.clone()).unwrap_or_default();
    let at = |problem, range| Err(ReferenceError::new(text, problem, range));
    if let Some(registry) = region::by_host(host) {
        let known = registry.hosts().find(|known| *known == host).unwrap_or(registry.host);
        let name = if known == registry.host {
            HostName::Public
        } else if Some(known) == registry.private_host {
            HostName::Private
        } else {
            HostName::Legacy
        };
        return Ok((known, name, registry));
    }
    if let Some((name, port)) = host.split_once(':') {
        if region::by_host(name).is_some() && port.bytes().all(|byte| byte.is_ascii_digit()) {
            return at(Problem::Port(host.to_owned()), range.start + name.len()..range.end);
        }
        return at(Problem::OtherRegistry(host.to_owned()), range);
    }
    if host == "cp.icr.io" {
        return at(Problem::Entitled, range);
    }
    if host.ends_with(".icr.io") {
        let first = host.split('.').next().unwrap_or_default();
        let download = first.strip_prefix("dd").is_some_and(|digit| digit.parse::<u8>().is_ok());
        let problem = if download { Problem::DownloadHost } else { Problem::UnknownRegistry };
        return at(problem(host.to_owned()), range);
    }
    if host.ends_with(".bluemix.net") || region::is_slip(host) {
        return at(Problem::UnknownRegistry(host.to_owned()), range);
    }
    at(Problem::OtherRegistry(host.to_owned()), range)
}

/// Checks each component of a path and gives their places.
pub(super) fn components(
    text: &str,
    path: Range<usize>,
) -> Result<Vec<Range<usize>>, ReferenceError> {
    let mut found = Vec::new();
    let mut start = path.start;
    for component in text.get(path).unwrap_or_default().split('/') {
        let range = start..start + component.len();
        check_component(text, component, range.clone())?;
        start = range.end + 1;
        found.push(range);
    }
    Ok(found)
}

fn check_component(text: &str, component: &str, range: Range<usize>) -> Result<(), ReferenceError> {
    let at = |problem, range| Err(ReferenceError::new(text, problem, range));
    if component.is_empty() {
        return at(Problem::EmptyComponent, range.start..range.start);
    }
    let separator = |c: char| matches!(c, '.' | '_' | '-');
    let strange =
        component.find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && !separator(c));
    if let Some(index) = strange {
        let character = component.get(index..).and_then(|rest| rest.chars().next());
        let start = range.start + index;
        return at(Problem::PathCharacter(character.unwrap_or(' ')), start..start + 1);
    }
    if component.starts_with(separator) {
        return at(Problem::Separator, range.start..range.start + 1);
    }
    if component.ends_with(separator) {
        return at(Problem::Separator, range.end - 1..range.end);
    }
    let mut start = 0;
    while let Some(offset) = component.get(start..).and_then(|rest| rest.find(separator)) {
        let first = start + offset;
        let rest = component.get(first..).unwrap_or_default();
        let length = rest.find(|c: char| !separator(c)).unwrap_or(rest.len());
        let run = rest.get(..length).unwrap_or_default();
        if !matches!(run, "." | "_" | "__") && run.contains(['.', '_']) {
            let place = range.start + first..range.start + first + length;
            return at(Problem::Separators(run.to_owned()), place);
        }
        start = first + length;
    }
    Ok(())
}

/// ICR's rule for namespaces (IBM Cloud documentation, "Setting up a namespace").
pub(super) fn namespace_problem(namespace: &str) -> Option<Problem> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    let edge = |c: char| matches!(c, '-' | '_');
    let shown = crate::error::printable(namespace);
    if !namespace.chars().all(allowed) || namespace.starts_with(edge) || namespace.ends_with(edge) {
        return Some(Problem::NamespaceCharacters(shown));
    }
    (!(4..=30).contains(&namespace.len())).then_some(Problem::NamespaceLength(shown))
}

pub(super) fn check_tag(text: &str, range: Range<usize>) -> Result<String, ReferenceError> {
    let tag = text.get(range.clone()).unwrap_or_default();
    let at = |problem, range| Err(ReferenceError::new(text, problem, range));
    if tag.is_empty() {
        return at(Problem::EmptyTag, range.start.saturating_sub(1)..range.end);
    }
    if tag.len() > MAX_TAG {
        return at(Problem::TagTooLong(tag.len()), range);
    }
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let strange = if tag.starts_with(word) {
        tag.find(|c: char| !word(c) && !matches!(c, '.' | '-'))
    } else {
        Some(0)
    };
    match strange {
        Some(index) => {
            let start = range.start + index;
            at(Problem::TagCharacter, start..start + 1)
        }
        None => Ok(tag.to_owned()),
    }
}

pub(super) fn is_digest(digest: &str) -> bool {
    digest.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

pub(super) fn check_digest(text: &str, range: Range<usize>) -> Result<String, ReferenceError> {
    let digest = text.get(range.clone()).unwrap_or_default();
    if is_digest(digest) {
        return Ok(digest.to_owned());
    }
    let what = match digest.split_once(':') {
        Some(("sha256", hex)) if hex.len() != 64 => format!("; this one has {}", hex.len()),
        Some((algorithm, _)) if algorithm != "sha256" => {
            format!("; ICR has no `{}` digests", crate::error::printable(algorithm))
        }
        Some(_) | None => String::new(),
    };
    Err(ReferenceError::new(text, Problem::Digest(what), range))
}
