//! Changes to a manifest: replaces the bytes of images, usernames and paths and leaves every
//! other byte alone. The result is read again and compared with what was to come out.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

use super::held::{Comparison, Held, Pair, Slot};
use super::node::{Layout, NodeId, NodeKind, Style};
use super::scalar::{Resolved, plain};
use super::view::app_at;
use super::{Manifest, Source, Value, ValueOrigin};
use crate::error::{Error, printable};

/// Most changes that are tried one by one to find the one at fault.
const TRIED: usize = 20;

/// What an app is to have instead.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edit {
    /// Its place in [`Manifest::apps`].
    pub app: usize,
    /// Another image; the app has one.
    pub image: Option<String>,
    /// Another user, or one where there was none; the app has an image.
    pub username: Option<String>,
    /// Another path; the app has one.
    pub path: Option<String>,
}

/// New text for a range of the old one; an empty range is a place to insert at.
#[derive(PartialEq)]
struct Change {
    range: Range<usize>,
    text: String,
    app: usize,
}

/// What a text with changes has that it should not have.
#[derive(PartialEq)]
enum Difference {
    None,
    /// This app is not what it was to be.
    App(usize),
    Other(&'static str),
}

pub(super) fn with(
    manifest: &Manifest,
    edits: &[Edit],
    unread: &HashSet<usize>,
) -> Result<String, Error> {
    let (changes, text) = attempt(manifest, edits)?;
    let first = changes.first().map(|change| change.range.clone()).unwrap_or_default();
    match difference(manifest, edits, unread, &text) {
        Difference::None => Ok(text),
        Difference::App(app) => Err(blame(manifest, edits, unread, &changes, app)),
        Difference::Other(reason) => Err(unsafe_to_change(manifest, first, reason)),
    }
}

fn attempt(manifest: &Manifest, edits: &[Edit]) -> Result<(Vec<Change>, String), Error> {
    let mut changes = Vec::new();
    for edit in edits {
        plan(manifest, edit, &mut changes)?;
    }
    let changes = settle(manifest, changes)?;
    let text = apply(&manifest.source.text, &changes);
    Ok((changes, text))
}

fn is_safe(manifest: &Manifest, edits: &[Edit], unread: &HashSet<usize>) -> bool {
    attempt(manifest, edits)
        .is_ok_and(|(_, text)| difference(manifest, edits, unread, &text) == Difference::None)
}

fn plan(manifest: &Manifest, edit: &Edit, changes: &mut Vec<Change>) -> Result<(), Error> {
    let Some(app) = manifest.apps.get(edit.app) else {
        return Err(manifest.error(0..0, "there is no such app in the manifest"));
    };
    let lacks = |key: &str| manifest.error(app.range.clone(), format!("the app has no `{key}`"));
    let mut change = |range, text| changes.push(Change { range, text, app: edit.app });
    if let Some(path) = &edit.path {
        let old = app.path.as_ref().ok_or_else(|| lacks("path"))?;
        change(old.range.clone(), replacement(manifest, "path", old, path)?);
    }
    let docker = app.docker.as_ref();
    if let Some(image) = &edit.image {
        let old = docker.and_then(|docker| docker.image.as_ref());
        let old = old.ok_or_else(|| lacks("docker.image"))?;
        change(old.range.clone(), replacement(manifest, "image", old, image)?);
    }
    if let Some(username) = &edit.username {
        let docker = docker.ok_or_else(|| lacks("docker"))?;
        let (range, text) = match &docker.username {
            Some(old) => (old.range.clone(), replacement(manifest, "username", old, username)?),
            None => insertion(manifest, edit.app, username)
                .map_err(|reason| unsafe_to_change(manifest, docker.range.clone(), reason))?,
        };
        change(range, text);
    }
    Ok(())
}

fn unsafe_to_change(manifest: &Manifest, range: Range<usize>, reason: &str) -> Error {
    manifest
        .error(range, format!("this cannot be changed safely: {reason}"))
        .hint("write the value itself into the app, on the line of its key")
}

/// The new text for a value, in the quotes of the old one.
fn replacement(manifest: &Manifest, key: &str, old: &Value, new: &str) -> Result<String, Error> {
    let refuse = |reason| Err(unsafe_to_change(manifest, old.range.clone(), reason));
    let node = manifest.document.back_from(old.range.start).find(|node| node.span == old.range);
    let (style, tagged) = match node.map(|node| &node.kind) {
        Some(NodeKind::Scalar { style, tag, .. }) => (*style, tag.is_some()),
        Some(NodeKind::Alias(_)) => (Style::Plain, false),
        _ => return refuse("it is no scalar"),
    };
    if old.origin == ValueOrigin::InVariable {
        return refuse("it is inside the value of a variable");
    }
    if tagged {
        return refuse("it has a tag");
    }
    let text = &manifest.source.text;
    let after_blank = text
        .get(..old.range.start)
        .is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t', '\n']));
    match style {
        Style::Block if key == "path" => refuse("it is a block scalar"),
        Style::Block => refuse("the image is a block scalar"),
        Style::SingleQuoted if new.chars().all(|c| c != '\'' && !c.is_control()) => {
            Ok(format!("'{new}'"))
        }
        Style::Plain if after_blank && is_plain(new) => Ok(new.to_owned()),
        Style::Plain | Style::SingleQuoted | Style::DoubleQuoted => Ok(quoted(new)),
    }
}

/// Whether a text is read as the same text when it stands without quotes, whatever is around it.
fn is_plain(text: &str) -> bool {
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/');
    begins
        && !text.ends_with(':')
        && text.chars().all(|character| {
            character.is_ascii_alphanumeric()
                || matches!(character, '/' | '.' | '_' | '-' | ':' | '@')
        })
        && matches!(plain(text), Resolved::Text(_))
}

/// Between double quotes, with escapes.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}' => out.push_str(&escape(character)),
            other if other.is_control() => out.push_str(&escape(other)),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

fn escape(character: char) -> String {
    format!("\\u{:04x}", u32::from(character))
}

/// A `username` for a docker block that has none: right before the key `image`.
fn insertion(
    manifest: &Manifest,
    app: usize,
    username: &str,
) -> Result<(Range<usize>, String), &'static str> {
    let docker = app_at(&manifest.root, app)
        .and_then(|slot| slot.value.pair("docker"))
        .ok_or("there is no `docker` block")?;
    let value = if is_plain(username) { username.to_owned() } else { quoted(username) };
    if let Some(empty) = docker.slot.value.pair("username") {
        return fill(manifest, empty, &value);
    }
    let image = docker.slot.value.pair("image").ok_or("there is no `image` to put it before")?;
    let key = image.key.node.ok_or("it is inside the value of a variable")?;
    let at = manifest.document.get(key).map(|node| node.start).ok_or("there is no key")?;
    let before = manifest.source.text.get(..at).unwrap_or_default();
    if before.trim_end().ends_with('?') {
        return Err("its key is written with `?`");
    }
    match layout_around(manifest, key, at) {
        Some(Layout::Flow) => Ok((at..at, format!("username: {value}, "))),
        Some(Layout::Block) => {
            let line = before.rsplit('\n').next().unwrap_or_default();
            let break_ = if before_break(manifest, at) { "\r\n" } else { "\n" };
            let indentation = " ".repeat(line.trim_start_matches('\u{feff}').chars().count());
            Ok((at..at, format!("username: {value}{break_}{indentation}")))
        }
        None => Err("its block is not found"),
    }
}

/// A value for a `username` that is there and empty.
fn fill(
    manifest: &Manifest,
    empty: &Pair,
    value: &str,
) -> Result<(Range<usize>, String), &'static str> {
    let node = empty.slot.node.ok_or("it is inside the value of a variable")?;
    let range = manifest.document.span(node);
    if !range.is_empty() {
        return Ok((range, value.to_owned()));
    }
    let key = empty.key.node.map(|id| manifest.document.span(id)).unwrap_or_default();
    let after = manifest.source.text.get(key.end..).unwrap_or_default();
    let gap = after.len() - after.trim_start_matches([' ', '\t']).len();
    if !after.get(gap..).is_some_and(|rest| rest.starts_with(':')) {
        return Err("the key `username` has no value");
    }
    let at = key.end + gap + 1;
    Ok((at..at, format!(" {value}")))
}

/// Whether the line ends as on Windows.
fn before_break(manifest: &Manifest, at: usize) -> bool {
    let rest = manifest.source.text.get(at..).unwrap_or_default();
    rest.split_once('\n').is_some_and(|(line, _)| line.ends_with('\r'))
}

/// How the mapping is written that has this key, which begins at this byte.
fn layout_around(manifest: &Manifest, wanted: NodeId, at: usize) -> Option<Layout> {
    manifest.document.back_from(at).find_map(|node| match &node.kind {
        NodeKind::Mapping { entries, layout } => {
            entries.iter().any(|(key, _)| *key == wanted).then_some(*layout)
        }
        _ => None,
    })
}

/// Orders changes; two for the same range must agree.
fn settle(manifest: &Manifest, mut changes: Vec<Change>) -> Result<Vec<Change>, Error> {
    changes.sort_by_key(|change| (change.range.start, change.range.end));
    let mut settled: Vec<Change> = Vec::new();
    for change in changes {
        match settled.last() {
            Some(last) if last.range == change.range && last.text == change.text => {}
            Some(last) if last.range == change.range || last.range.end > change.range.start => {
                return Err(shared(manifest, change.range, last.app, change.app));
            }
            _ => settled.push(change),
        }
    }
    Ok(settled)
}

fn shared(manifest: &Manifest, range: Range<usize>, one: usize, other: usize) -> Error {
    let called = |app: usize| {
        let name = manifest.apps.get(app).and_then(|app| app.name.as_ref());
        name.map_or_else(
            || format!("app {}", app + 1),
            |name| format!("`{}`", printable(&name.text)),
        )
    };
    manifest
        .error(range, format!("{} and {} share this through an anchor", called(one), called(other)))
        .hint("give each of the two a `docker` block of its own")
}

fn apply(text: &str, changes: &[Change]) -> String {
    let mut out = String::with_capacity(text.len() + 200 * changes.len());
    let mut done = 0;
    for change in changes {
        out.push_str(text.get(done..change.range.start).unwrap_or_default());
        out.push_str(&change.text);
        done = change.range.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// Reads the result and compares it, app by app, with what was to come out.
fn difference(
    manifest: &Manifest,
    edits: &[Edit],
    unread: &HashSet<usize>,
    text: &str,
) -> Difference {
    if text == manifest.source.text && edits.is_empty() {
        return Difference::None;
    }
    let source = Source { name: manifest.source.name.clone(), text: text.to_owned() };
    let Ok(result) = Manifest::read(source, &manifest.variables) else {
        return Difference::Other("the result is no manifest");
    };
    let edits: HashMap<usize, &Edit> = edits.iter().map(|edit| (edit.app, edit)).collect();
    let mut comparison = Comparison::default();
    // Kept until the end: the comparison knows values by where they are.
    let mut kept = Vec::new();
    for app in 0..manifest.apps.len().max(result.apps.len()) {
        let (Some(old), Some(new)) = (app_at(&manifest.root, app), app_at(&result.root, app))
        else {
            return Difference::Other("the number of apps would change");
        };
        let edit = edits.get(&app).copied();
        let wanted = edit.map_or_else(|| old.clone(), |edit| edited(old.clone(), edit));
        let both = [wanted, new.clone()];
        let [wanted, new] =
            if unread.contains(&app) { both.map(|app| without(&app, "docker")) } else { both };
        if !comparison.same(&wanted.value, &new.value) {
            return Difference::App(app);
        }
        kept.push((wanted, new));
    }
    let version = |of: &Manifest| of.root.value.pair("version").map(|pair| pair.slot.clone());
    match (version(manifest), version(&result)) {
        (None, None) => Difference::None,
        (Some(old), Some(new)) if comparison.same(&old.value, &new.value) => Difference::None,
        _ => Difference::Other("`version` would change with it"),
    }
}

/// Why this app would not be what it was to be: the change of another one, or its own.
fn blame(
    manifest: &Manifest,
    edits: &[Edit],
    unread: &HashSet<usize>,
    changes: &[Change],
    app: usize,
) -> Error {
    let own: Vec<Edit> = edits.iter().filter(|edit| edit.app == app).cloned().collect();
    let mut other = None;
    if own.is_empty() || is_safe(manifest, &own, unread) {
        let disturbs = |edit: &&Edit| {
            let mut both = own.clone();
            both.push((*edit).clone());
            !is_safe(manifest, &both, unread)
        };
        other = edits.iter().filter(|edit| edit.app != app).take(TRIED).find(disturbs);
    }
    let of = |app: usize| changes.iter().find(|change| change.app == app);
    if let Some(change) = other.and_then(|edit| of(edit.app)) {
        return shared(manifest, change.range.clone(), change.app, app);
    }
    let at = of(app).or(changes.first()).map(|change| change.range.clone()).unwrap_or_default();
    unsafe_to_change(manifest, at, "something else would change with it")
}

/// The app as it is to be.
fn edited(app: Slot, edit: &Edit) -> Slot {
    let app = match &edit.path {
        Some(path) => set(&app, "path", Held::text(path)),
        None => app,
    };
    let Some(docker) = app.value.pair("docker").map(|pair| pair.slot.clone()) else { return app };
    let changed = [("image", &edit.image), ("username", &edit.username)]
        .into_iter()
        .filter_map(|(key, text)| Some((key, text.as_ref()?)))
        .fold(docker, |docker, (key, text)| set(&docker, key, Held::text(text)));
    set(&app, "docker", changed.value)
}

fn without(mapping: &Slot, key: &str) -> Slot {
    let pairs = mapping.value.pairs().iter().filter(|pair| !is_of(pair, key));
    Slot { value: Rc::new(Held::Mapping(pairs.cloned().collect())), node: mapping.node }
}

fn is_of(pair: &Pair, key: &str) -> bool {
    pair.key.value.as_field().as_deref() == Some(key)
}

fn set(mapping: &Slot, key: &str, value: Rc<Held>) -> Slot {
    let mut pairs = mapping.value.pairs().to_vec();
    let slot = Slot { value, node: None };
    match pairs.iter_mut().rev().find(|pair| is_of(pair, key)) {
        Some(pair) => pair.slot = slot,
        None => pairs.push(Pair { key: Slot { value: Held::text(key), node: None }, slot }),
    }
    Slot { value: Rc::new(Held::Mapping(pairs)), node: mapping.node }
}

#[cfg(test)]
mod tests;
