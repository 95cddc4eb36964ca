//! Manifests of `cf push`: what cf sees in one, and changes to it that leave every other byte
//! alone. Texts in, values and texts out; reads no file and asks nobody.
//!
//! cf reads a manifest with gopkg.in/yaml.v2 2.4.0, puts variables in with bosh-cli's
//! director/template, and takes from it what util/manifestparser knows. This module does the same,
//! so that an image in a manifest is the image that cf will push. Of a `variables:` section, which
//! bosh-cli makes values from in other programs, nothing is taken: cf drops it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use serde_json::{Map, Value as JsonValue};

use crate::error::{Error, ErrorKind, LineEnds, Place};

mod document;
mod fault;
mod held;
mod interpolation;
mod node;
mod parse;
mod reader;
mod scalar;
mod schema;
mod splice;
mod survey;
mod values;
mod variable_sources;
mod variables;
mod view;
mod warnings;

pub(crate) use splice::Edit;
pub(crate) use variables::Variables;

use fault::Excerpt;
use held::Slot;
use node::YamlDocument;
use survey::Refusal;

/// A text and what messages call it.
#[derive(Clone)]
pub(crate) struct Source {
    /// Such as `manifest.yml` or `standard input`.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How a value came to stand where it is, as far as it matters to a change of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueOrigin {
    /// It is written there.
    Written,
    /// A text with `((name))` is written there.
    Interpolated,
    /// An alias is written there.
    Alias,
    /// It is inside the value of a variable; the range is that of the `((name))`.
    InVariable,
}

/// A value of the manifest that cf holds as text.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Value {
    /// The text as cf gets it: variables put in, numbers written anew (`0755` is `493`).
    pub text: String,
    /// Bytes of the scalar, or of the alias for one, in the text of the manifest.
    pub range: Range<usize>,
    /// How it came there.
    pub origin: ValueOrigin,
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Value")
            .field("range", &self.range)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// The `docker` block of an app (cf CLI, util/manifestparser/application.go).
#[derive(Debug, Clone)]
pub(crate) struct Docker {
    /// The image.
    pub image: Option<Value>,
    /// The user that pulls it.
    pub username: Option<Value>,
    /// Bytes of the block, or of the alias for it.
    pub range: Range<usize>,
}

/// An app of the manifest, as far as this program has to know it.
#[derive(Debug, Clone)]
pub(crate) struct ManifestApp {
    /// Its name; cf takes one from the command line when there is none.
    pub name: Option<Value>,
    /// Its docker block.
    pub docker: Option<Docker>,
    /// Its `path`, as written: relative to the folder of the manifest.
    pub path: Option<Value>,
    /// The key `buildpacks` or `buildpack`.
    pub buildpacks: Option<Range<usize>>,
    /// Its start command.
    pub command: Option<Value>,
    /// Its disk quota, under either of the two names.
    pub disk: Option<Value>,
    /// Its memory.
    pub memory: Option<Value>,
    /// How many instances it is to have.
    pub instances: Option<Value>,
    /// How long it may take to start, in seconds.
    pub timeout: Option<Value>,
    /// Whether it is to have no route.
    pub no_route: bool,
    /// Whether it has `processes`, which may have commands and disks of their own.
    pub has_processes: bool,
    /// Bytes of the app, or of the alias for it.
    pub range: Range<usize>,
    /// What the Cloud Controller refuses about it, in the order in which it stands.
    refusals: Vec<Refusal>,
}

/// A manifest as cf sees it.
#[derive(Clone)]
pub(crate) struct Manifest {
    /// The apps, in order; at least one.
    pub apps: Vec<ManifestApp>,
    /// What cf does not say about it, each with file and line.
    pub warnings: Vec<String>,
    source: Source,
    line_ends: LineEnds,
    document: Rc<YamlDocument>,
    root: Slot,
    variables: Variables,
}

impl fmt::Debug for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manifest")
            .field("source", &self.source)
            .field("apps", &self.apps)
            .finish_non_exhaustive()
    }
}

impl Manifest {
    /// Reads the first document of a text with the variables put in.
    ///
    /// # Errors
    /// The text is no YAML, is too large, asks for variables that are not there, or is nothing
    /// that cf takes for a manifest; with the place.
    pub(crate) fn read(source: Source, variables: &Variables) -> Result<Self, Error> {
        view::read(source, variables)
    }

    /// The bytes of the text as a place for an error.
    #[must_use]
    pub(crate) fn place(&self, range: Range<usize>) -> Place {
        Place::in_file(&self.source.name, &self.source.text, range)
    }

    /// The file and the line of a byte of the text, as people write them.
    #[must_use]
    pub(crate) fn spot(&self, byte: usize) -> String {
        format!("{}:{}", self.source.name, self.line_ends.line_at(byte))
    }

    /// An error about these bytes of the text.
    #[must_use]
    pub(crate) fn error(&self, range: Range<usize>, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Manifest, message).at(self.place(range))
    }

    /// Holds an app, by its place in `apps`, against what the Cloud Controller takes; `replaced`
    /// says which flags of cf, by their full names, go in place of what is written.
    ///
    /// # Errors
    /// The first thing that will be refused, with its place.
    pub(crate) fn hold(&self, app: usize, replaced: impl Fn(&str) -> bool) -> Result<(), Error> {
        let refusals = self.apps.get(app).map(|app| app.refusals.as_slice()).unwrap_or_default();
        let counts = |refusal: &&Refusal| !refusal.flag.is_some_and(&replaced);
        match refusals.iter().find(counts) {
            Some(refusal) => Err(refusal.fault.clone().within(&self.source, Excerpt::Shown)),
            None => Ok(()),
        }
    }

    /// What messages call the manifest.
    #[must_use]
    pub(crate) fn source_name(&self) -> &str {
        &self.source.name
    }

    /// The text of the manifest, as it was given.
    #[must_use]
    pub(crate) fn text(&self) -> &str {
        &self.source.text
    }

    /// The environment of an app, by its place in `apps`: key, value and where the value stands.
    /// Values inside lists and mappings come under the nearest key.
    pub(crate) fn env_entries(
        &self,
        app: usize,
    ) -> impl Iterator<Item = (&str, Cow<'_, str>, Range<usize>)> {
        view::env_entries(self, app).into_iter()
    }

    /// What stands of an app, by its place in `apps`, with variables put in and aliases followed, as a
    /// value of JSON. `None` where JSON has no such value, or where it would be huge.
    pub(crate) fn document(&self, app: usize) -> Option<Map<String, JsonValue>> {
        document::of(view::app_at(&self.root, app)?)
    }

    /// The text with images, usernames and paths changed, and every other byte as it was. The
    /// result is read again: nothing that cf sees may differ but what was asked for, and the `docker`
    /// blocks of these apps, which cf does not read.
    ///
    /// # Errors
    /// A change would touch something else, or cannot be made in this text; with the place.
    pub(crate) fn with(&self, edits: &[Edit], unread: &HashSet<usize>) -> Result<String, Error> {
        splice::with(self, edits, unread)
    }
}

#[cfg(test)]
mod tests;
