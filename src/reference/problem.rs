//! What can be wrong with a reference, in words, with the place and the text that mends it.

use std::ops::Range;

use thiserror::Error as ThisError;

use super::{Defaults, ImageReference, MAX_NAME, MAX_REFERENCE, MAX_TAG, Origin};
use crate::error::{Error, ErrorKind, Place};
use crate::region::{self, Registry};

/// One thing that can be wrong with a reference.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub(crate) enum Problem {
    /// Nothing there.
    #[error("the image reference is empty")]
    Empty,
    /// More than 512 bytes.
    #[error("the image reference has more than the {MAX_REFERENCE} bytes that are looked at")]
    TooLong,
    /// A blank, tab or line end.
    #[error("white space in an image reference")]
    WhiteSpace,
    /// A control character.
    #[error("control character in an image reference")]
    Control,
    /// A character outside ASCII.
    #[error("U+{number:04X} is not ASCII; image references are", number = u32::from(*.0))]
    NotAscii(char),
    /// A variable or a template that nothing has filled.
    #[error("`{0}` in an image reference is not filled in")]
    Unfilled(String),
    /// `https://`, `docker://` and the like.
    #[error("an image reference has no scheme")]
    Scheme,
    /// A capital letter in host or path.
    #[error("upper-case letter in an image reference; only tags may have them")]
    UpperCase,
    /// A registry that is not IBM's.
    #[error("registry `{0}` is not IBM Cloud Container Registry")]
    OtherRegistry(String),
    /// A registry host with a port.
    #[error("registry `{0}` is given with a port; ICR has one, 443, and it is not written")]
    Port(String),
    /// Something under `icr.io` that is in no table.
    #[error("`{0}` is not a registry of IBM Cloud")]
    UnknownRegistry(String),
    /// The entitled registry.
    #[error("`cp.icr.io` is IBM's entitled registry, which takes another user name and key")]
    Entitled,
    /// A host that only serves redirected downloads.
    #[error("`{0}` only serves downloads; it is not a registry")]
    DownloadHost(String),
    /// A host alone.
    #[error("the reference names a registry but no image")]
    HostOnly,
    /// A repository alone.
    #[error("the reference has a repository but no namespace")]
    NoNamespace(Option<String>),
    /// No host, no region.
    #[error("no region: the reference names no registry, and no region is set")]
    NoRegion,
    /// No host, and Docker Hub is said to be meant.
    #[error("the image is Docker Hub's: it names no registry, and that is the default")]
    DockerHubs,
    /// `--region` against the host.
    #[error(
        "the reference is in region {} (`{}`), but `--region` says {} (`{}`)",
        .registry.region, .registry.host, .said.region, .said.host
    )]
    RegionDisagrees {
        /// What `--region` says.
        said: &'static Registry,
        /// Where the reference's host is.
        registry: &'static Registry,
    },
    /// `--namespace` against the reference.
    #[error("the reference names another namespace than `--namespace {0}`")]
    NamespaceDisagrees(String),
    /// Two slashes, or one at an end.
    #[error("empty path component")]
    EmptyComponent,
    /// A character that the grammar has no room for.
    #[error("`{0}` cannot stand in the path of an image")]
    PathCharacter(char),
    /// A separator at an end of a component.
    #[error("a path component begins and ends with a letter or digit")]
    Separator,
    /// Separators in a row.
    #[error("a path component may have `.`, `_`, `__` or dashes between letters, not `{0}`")]
    Separators(String),
    /// Host and path together over the limit.
    #[error("host and path have {0} bytes together, more than the {MAX_NAME} that registries take")]
    NameTooLong(usize),
    /// Shorter than 4 or longer than 30.
    #[error("namespace `{0}` is {length} long; ICR takes 4 to 30 characters", length = .0.len())]
    NamespaceLength(String),
    /// A character ICR does not take in a namespace.
    #[error(
        "namespace `{0}` may have lower-case letters, digits, `-` and `_` only, and begins and ends with a letter or digit"
    )]
    NamespaceCharacters(String),
    /// A colon with nothing behind it.
    #[error("empty tag")]
    EmptyTag,
    /// The name of a branch for a tag.
    #[error("a tag has no `/` in it")]
    TagSlash,
    /// A tag over the limit.
    #[error("the tag has {0} characters, more than {MAX_TAG}")]
    TagTooLong(usize),
    /// A character or a first character that tags do not have.
    #[error(
        "a tag has letters, digits, `_`, `.` and `-` only, and begins with none of the last two"
    )]
    TagCharacter,
    /// Not `sha256:` and 64 hexadecimal digits.
    #[error("a digest is `sha256:` and 64 lower-case hexadecimal digits{0}")]
    Digest(String),
    /// More than one `@`.
    #[error("a reference has one digest at most")]
    TwoDigests,
}

/// A problem with its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReferenceError {
    text: String,
    problem: Problem,
    range: Range<usize>,
}

impl ReferenceError {
    pub(super) fn new(text: &str, problem: Problem, range: Range<usize>) -> Self {
        Self { text: text.to_owned(), problem, range }
    }

    /// What is wrong.
    #[must_use]
    pub(crate) const fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The bytes at fault.
    #[must_use]
    pub(crate) fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Makes the error that is shown; `source` says where the text stood.
    #[must_use]
    pub(crate) fn into_error(self, source: impl Into<String>) -> Error {
        let kind = match self.problem {
            Problem::NoRegion => ErrorKind::Region,
            Problem::RegionDisagrees { .. }
            | Problem::NamespaceDisagrees(_)
            | Problem::DockerHubs
            | Problem::NoNamespace(_) => ErrorKind::Usage,
            _ => ErrorKind::Reference,
        };
        let place = Place::new(source, &self.text, self.range.clone());
        let mut error = Error::new(kind, self.problem.to_string()).at(place);
        if matches!(self.problem, Problem::NoRegion) {
            error = error.seen(format!("regions: {}", region::ids()));
        }
        for hint in self.hints().into_iter().chain(self.readings()) {
            error = error.hint(hint);
        }
        error
    }

    fn replaced(&self, with: &str) -> String {
        let head = self.text.get(..self.range.start).unwrap_or_default();
        let tail = self.text.get(self.range.end..).unwrap_or_default();
        format!("{head}{with}{tail}")
    }

    /// What it may mean, where it is refused for a name that it does not have, or for one that is
    /// no namespace of ICR.
    fn readings(&self) -> Option<String> {
        // IBM's own namespaces need not follow the rule.
        let ibms_own = || format!("icr.io/{}", self.text);
        match self.problem {
            Problem::NoRegion
            | Problem::DockerHubs
            | Problem::NoNamespace(_)
            | Problem::NamespaceDisagrees(_) => super::readings(&self.text, None),
            Problem::NamespaceLength(_) | Problem::NamespaceCharacters(_) => {
                super::readings(&self.text, Some(&ibms_own()))
            }
            _ => None,
        }
    }

    fn hints(&self) -> Vec<String> {
        let write = |text: String| {
            if can_be_one(&text) { vec![format!("write `{text}`")] } else { Vec::new() }
        };
        match &self.problem {
            Problem::Empty => vec!["give `NAMESPACE/REPOSITORY[:TAG]`, for example `acme/web:1.4`".into()],
            Problem::TooLong | Problem::NameTooLong(_) => {
                vec!["check that one reference stands there and nothing else".into()]
            }
            Problem::WhiteSpace | Problem::Control => {
                let odd = |c: char| c.is_whitespace() || c.is_control();
                let clean = self.text.trim_matches(odd);
                if clean.is_empty() || clean.contains(odd) { vec![] } else { write(clean.to_owned()) }
            }
            Problem::NotAscii(_) => vec!["type it anew; a look-alike letter or dash comes from copying out of a document".into()],
            Problem::Scheme | Problem::Port(_) => write(self.replaced("")),
            Problem::EmptyTag => {
                let mut hints = write(self.replaced(""));
                hints.push("if a variable stands behind the colon, it is empty".into());
                hints
            }
            Problem::Unfilled(what) => self.filling(what),
            Problem::TagSlash => {
                let tag = self.text.get(self.range.clone()).unwrap_or_default();
                write(self.replaced(&tag.replace('/', "-")))
            }
            Problem::UpperCase => write(self.lower_cased()),
            Problem::OtherRegistry(_) => vec![
                "`icr-cf push` pushes an image of another registry as it stands; its digests and tags are not asked for".into(),
            ],
            Problem::UnknownRegistry(host) => match region::meant_hosts(host).as_slice() {
                [] => vec!["`icr-cf regions` prints the registries".into()],
                [one] => write(self.replaced(one)),
                several => {
                    let all: Vec<String> = several.iter().map(|one| self.replaced(one)).collect();
                    vec![format!("write one of `{}`", all.join("`, `"))]
                }
            },
            Problem::Entitled => vec![
                "its user is `cp` and its password an entitlement key; copy the image into a namespace of your own with `skopeo copy`, or use `cf push` itself".into(),
            ],
            Problem::DownloadHost(host) => {
                let registry = host.split_once('.').map_or("icr.io", |(_, rest)| rest);
                write(self.replaced(registry))
            }
            Problem::HostOnly => vec![format!("write `{}/NAMESPACE/REPOSITORY`", self.text)],
            Problem::NoNamespace(_) => self.namespace_hints(),
            Problem::NoRegion => {
                vec!["say one: `--region us-south`, or `ICR_REGION=us-south`".into()]
            }
            Problem::DockerHubs => Vec::new(),
            Problem::RegionDisagrees { .. } => {
                vec!["drop `--region`, or the registry from the reference".into()]
            }
            Problem::NamespaceDisagrees(_) => {
                vec!["drop `--namespace`, or the namespace from the reference".into()]
            }
            Problem::EmptyComponent => {
                let parts: Vec<&str> = self.text.split('/').filter(|part| !part.is_empty()).collect();
                write(parts.join("/"))
            }
            Problem::Digest(_) => self.meant_behind_at().map_or_else(
                || vec!["`ibmcloud cr digests` lists the digests of your images".into()],
                |text| vec![format!("write `{text}`")],
            ),
            Problem::NamespaceLength(_) | Problem::NamespaceCharacters(_) => {
                vec!["`ibmcloud cr namespace-list` lists the namespaces of your account".into()]
            }
            Problem::TwoDigests => vec!["keep the first `@sha256:...`".into()],
            Problem::PathCharacter(_)
            | Problem::Separator
            | Problem::Separators(_)
            | Problem::TagTooLong(_) => vec![],
            // A digest, behind a colon.
            Problem::TagCharacter => write(self.text.replacen(":sha256:", "@sha256:", 1)),
        }
    }

    fn namespace_hints(&self) -> Vec<String> {
        let name = self.text.get(self.range.clone()).unwrap_or_default();
        if self.range.start > 0 {
            let namespace = match &self.problem {
                Problem::NoNamespace(Some(namespace)) => namespace,
                _ => "NAMESPACE",
            };
            return vec![format!("write `{}`", self.replaced(&format!("{namespace}/{name}")))];
        }
        vec![format!(
            "say one: `--namespace NAMESPACE`, or `ICR_NAMESPACE=NAMESPACE`, or in the reference: `NAMESPACE/{name}`"
        )]
    }

    /// How a variable is filled that stands there unfilled.
    fn filling(&self, what: &str) -> Vec<String> {
        let name = what.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if what.starts_with('$') && !what.starts_with("${{") {
            return vec![
                format!(
                    "a shell fills it between double quotes: `\"{}\"`",
                    crate::error::printable(&self.text)
                ),
                format!("in a manifest it is `(({name}))`, with `--var {name}=VALUE`"),
            ];
        }
        if what.starts_with("((") && name.chars().all(is_name) {
            return vec![format!(
                "write the value itself; only a manifest has `{what}`, with `--var {name}=VALUE`"
            )];
        }
        vec![format!("write the value itself in place of `{what}`")]
    }

    /// The text with a digest as it has to be, or with a tag where that is behind the `@`.
    fn meant_behind_at(&self) -> Option<String> {
        let given = self.text.get(self.range.clone()).unwrap_or_default();
        let lower = given.to_ascii_lowercase();
        let hex = lower.trim_start_matches("sha256").trim_start_matches(['-', '_', '=', ':']);
        let digest = self.replaced(&format!("sha256:{hex}"));
        let is_digest = hex.len() == 64;
        let name = self.text.get(..self.range.start).unwrap_or_default().trim_end_matches('@');
        let tag = format!("{name}:{given}");
        is_digest.then_some(digest).into_iter().chain([tag]).find(|text| can_be_one(text))
    }

    fn lower_cased(&self) -> String {
        let name = self.text.find('@').map_or(self.text.as_str(), |at| self.text.split_at(at).0);
        let last = name.rfind('/').map_or(0, |slash| slash + 1);
        let tag = name.get(last..).and_then(|last| last.find(':')).map(|colon| last + colon);
        let (name, rest) = self.text.split_at(tag.unwrap_or(name.len()));
        format!("{}{rest}", name.to_ascii_lowercase())
    }
}

/// Whether a corrected text is right, given a region and a namespace.
fn can_be_one(text: &str) -> bool {
    let registry = region::REGISTRIES.first().map(|registry| (registry, Origin::Variable));
    let namespace = Some(("namespace".to_owned(), Origin::Variable));
    ImageReference::parse(text, &Defaults { registry, namespace, ..Defaults::default() }).is_ok()
}
