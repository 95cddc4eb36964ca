//! Values to apps: the keys that cf types itself (cf CLI, util/manifestparser/application.go),
//! and its refusals, with the place.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

use super::fault::{Excerpt, Fault, name};
use super::held::{Held, Slot};
use super::interpolation::mentions_variables;
use super::node::{NodeKind, YamlDocument};
use super::parse::parse;
use super::reader::Reader;
use super::scalar::Resolved;
use super::schema::By;
use super::survey::{self, Refusal};
use super::{
    Docker, LineEnds, Manifest, ManifestApp, Source, Value, ValueOrigin, Variables, warnings,
};
use crate::error::{Error, ErrorKind, Place};

/// Most names of variables that one error lists.
const LISTED: usize = 20;

pub(super) fn read(source: Source, variables: &Variables) -> Result<Manifest, Error> {
    let refused = |fault: Fault| fault.within(&source, Excerpt::Shown);
    let document = parse(&source.text).map_err(refused)?;
    let Some(id) = document.root() else { return Err(refused(no_apps(0..0))) };
    let mut reader = Reader::new(&document, Some(variables));
    let root = reader.slot(id).map_err(refused)?;
    let missing = reader.missing();
    if !missing.is_empty() {
        return Err(lacking(&source, &missing));
    }
    let mut apps = apps(&document, &root).map_err(refused)?;
    let mut ignored = Vec::new();
    for (at, app) in apps.iter_mut().enumerate() {
        let Some(slot) = app_at(&root, at) else { continue };
        let found = survey::app(&document, slot, &app.range);
        ignored.extend(found.ignored);
        app.refusals = found.refusals;
        app.refusals.sort_by_key(|refusal| refusal.fault.range.start);
    }
    // cf reads every app, whichever is pushed.
    let by_cf = |refusal: &&Refusal| refusal.by == By::Cf;
    let refusals = apps.iter().flat_map(|app| app.refusals.iter()).filter(by_cf);
    if let Some(first) = refusals.min_by_key(|refusal| refusal.fault.range.start) {
        return Err(refused(first.fault.clone()));
    }
    let line_ends = LineEnds::of(&source.text);
    let warnings = warnings::all(&source, &line_ends, &document, &root, ignored);
    let (document, variables) = (Rc::new(document), variables.clone());
    Ok(Manifest { apps, warnings, source, line_ends, document, root, variables })
}

fn no_apps(range: Range<usize>) -> Fault {
    Fault::new(range, "the manifest needs at least one application")
        .hint("write `applications:` and below it `- name: APP`")
}

fn lacking(source: &Source, missing: &BTreeMap<String, Range<usize>>) -> Error {
    let mut names: Vec<String> = missing.keys().take(LISTED).map(|key| name(key)).collect();
    let first = names.first().cloned().unwrap_or_default();
    if missing.len() > LISTED {
        names.push(format!("and {} more", missing.len() - LISTED));
    }
    let at = missing.values().min_by_key(|range| range.start).cloned().unwrap_or_default();
    Error::new(ErrorKind::Manifest, format!("expected to find variables: {}", names.join(", ")))
        .at(Place::in_file(&source.name, &source.text, at))
        .hint(format!("give them: `--var {first}=...` or `--vars-file FILE`"))
}

/// Looks at a document with what its values are.
#[derive(Clone, Copy)]
struct View<'a> {
    document: &'a YamlDocument,
}

fn apps(document: &YamlDocument, root: &Slot) -> Result<Vec<ManifestApp>, Fault> {
    let view = View { document };
    let top = view.range(root, &(0..0));
    if !matches!(root.value.as_ref(), Held::Mapping(_)) && !root.value.is_null() {
        let message = format!("the manifest is {}, not a mapping", root.value.kind());
        return Err(
            Fault::new(top, message).hint("write `applications:` and below it `- name: APP`")
        );
    }
    let Some(pair) = root.value.pair("applications") else {
        let meant = root.value.pairs().iter().find_map(|pair| {
            let key = pair.key.value.as_field()?;
            survey::is_like_applications(&key).then(|| {
                let hint = format!("did you mean `applications` where `{}` stands?", name(&key));
                no_apps(view.range(&pair.key, &top)).hint(hint)
            })
        });
        return Err(meant.unwrap_or_else(|| no_apps(top.start..top.start)));
    };
    let key = view.range(&pair.key, &top);
    match pair.slot.value.as_ref() {
        Held::Sequence(items) if !items.is_empty() => {
            let near = view.range(&pair.slot, &key);
            items.iter().map(|item| view.app(item, &near)).collect()
        }
        Held::Sequence(_) | Held::Scalar(Resolved::Null) => Err(no_apps(key)),
        other => Err(Fault::new(key, format!("`applications` is {}, not a list", other.kind()))
            .hint("begin each app with `- `")),
    }
}

impl View<'_> {
    fn range(self, slot: &Slot, near: &Range<usize>) -> Range<usize> {
        slot.node.map_or_else(|| near.clone(), |id| self.document.span(id))
    }

    fn app(self, slot: &Slot, near: &Range<usize>) -> Result<ManifestApp, Fault> {
        let range = self.range(slot, near);
        let app = slot.value.as_ref();
        if !matches!(app, Held::Mapping(_)) && !app.is_null() {
            let message = format!("an app is {}, not a mapping", app.kind());
            return Err(Fault::new(range, message).hint("write `- name: APP`"));
        }
        let buildpacks = app.pair("buildpacks").or_else(|| app.pair("buildpack"));
        let disk = match self.field(app, "disk-quota", &range)? {
            None => self.field(app, "disk_quota", &range)?,
            found => found,
        };
        Ok(ManifestApp {
            name: self.field(app, "name", &range)?,
            docker: self.docker(app, &range)?,
            path: self.field(app, "path", &range)?,
            buildpacks: buildpacks.map(|pair| self.range(&pair.key, &range)),
            command: self.field(app, "command", &range)?,
            disk,
            // What is no text of these is refused with the rest of the table.
            memory: self.field(app, "memory", &range).unwrap_or_default(),
            instances: self.field(app, "instances", &range).unwrap_or_default(),
            timeout: self.field(app, "timeout", &range).unwrap_or_default(),
            no_route: self.flag(app, "no-route", &range)?,
            has_processes: app.pair("processes").is_some(),
            range,
            refusals: Vec::new(),
        })
    }

    fn docker(self, app: &Held, near: &Range<usize>) -> Result<Option<Docker>, Fault> {
        let Some(pair) = app.pair("docker") else { return Ok(None) };
        let range = self.range(&pair.slot, near);
        let docker = pair.slot.value.as_ref();
        match docker {
            Held::Scalar(Resolved::Null) => Ok(None),
            Held::Mapping(_) => Ok(Some(Docker {
                image: self.field(docker, "image", &range)?,
                username: self.field(docker, "username", &range)?,
                range,
            })),
            other => Err(Fault::new(range, format!("`docker` is {}, not a mapping", other.kind()))
                .hint("write `docker: {image: IMAGE}`")),
        }
    }

    /// A key whose value cf holds as text.
    fn field(self, of: &Held, key: &str, near: &Range<usize>) -> Result<Option<Value>, Fault> {
        let Some(pair) = of.pair(key) else { return Ok(None) };
        let range = self.range(&pair.slot, near);
        match pair.slot.value.as_ref() {
            Held::Scalar(Resolved::Null) => Ok(None),
            value @ Held::Scalar(_) => {
                let text = value.as_field().map(Cow::into_owned).unwrap_or_default();
                Ok(Some(Value { text, range, origin: self.origin(&pair.slot) }))
            }
            other => Err(Fault::new(range, format!("`{key}` is {}, not a text", other.kind()))),
        }
    }

    fn flag(self, of: &Held, key: &str, near: &Range<usize>) -> Result<bool, Fault> {
        let Some(pair) = of.pair(key) else { return Ok(false) };
        match pair.slot.value.as_ref() {
            Held::Scalar(Resolved::Null) => Ok(false),
            Held::Scalar(Resolved::Bool(value)) => Ok(*value),
            other => {
                let message = format!("`{key}` is {}, not true or false", other.kind());
                Err(Fault::new(self.range(&pair.slot, near), message))
            }
        }
    }

    fn origin(self, slot: &Slot) -> ValueOrigin {
        let Some(node) = slot.node.and_then(|id| self.document.get(id)) else {
            return ValueOrigin::InVariable;
        };
        match &node.kind {
            NodeKind::Alias(_) => ValueOrigin::Alias,
            NodeKind::Scalar { text, .. } if mentions_variables(text) => ValueOrigin::Interpolated,
            NodeKind::Scalar { .. } | NodeKind::Sequence(_) | NodeKind::Mapping { .. } => {
                ValueOrigin::Written
            }
        }
    }
}

/// The value of an app, by its place.
pub(super) fn app_at(root: &Slot, app: usize) -> Option<&Slot> {
    root.value.pair("applications")?.slot.value.items().get(app)
}

type EnvEntry<'a> = (&'a str, Cow<'a, str>, Range<usize>);

/// The scalars of `env`, as far as they are collected.
#[derive(Default)]
struct Gathered<'a> {
    /// What aliases share, by the key it is under.
    seen: HashSet<(*const Held, &'a str)>,
    found: Vec<EnvEntry<'a>>,
}

pub(super) fn env_entries(manifest: &Manifest, app: usize) -> Vec<EnvEntry<'_>> {
    let view = View { document: &manifest.document };
    let mut gathered = Gathered::default();
    let env = app_at(&manifest.root, app).and_then(|slot| slot.value.pair("env"));
    if let Some(env) = env {
        let near = view.range(&env.slot, &view.range(&env.key, &(0..0)));
        view.gather("env", &env.slot, &near, &mut gathered);
    }
    gathered.found
}

impl View<'_> {
    /// Collects scalars; what aliases share comes once under each key.
    fn gather<'a>(
        self,
        key: &'a str,
        slot: &'a Slot,
        near: &Range<usize>,
        gathered: &mut Gathered<'a>,
    ) {
        if !gathered.seen.insert((Rc::as_ptr(&slot.value), key)) {
            return;
        }
        let near = self.range(slot, near);
        match slot.value.as_ref() {
            Held::Scalar(_) => {
                let text = slot.value.as_field().unwrap_or_default();
                gathered.found.push((key, text, near));
            }
            Held::Sequence(items) => {
                for item in items {
                    self.gather(key, item, &near, gathered);
                }
            }
            Held::Mapping(pairs) => {
                for pair in pairs {
                    let key = match pair.key.value.as_ref() {
                        Held::Scalar(Resolved::Text(text)) => text,
                        _ => key,
                    };
                    self.gather(key, &pair.slot, &near, gathered);
                }
            }
        }
    }
}
