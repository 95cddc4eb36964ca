//! Image references of ICR: from what people type to `HOST/NAMESPACE/REPOSITORY[:TAG][@DIGEST]`.
//!
//! The grammar is that of the distribution project (which `cf push --docker-image` applies too),
//! narrowed to ICR: a known registry host, at least a namespace and a repository, ICR's namespace
//! rule (IBM Cloud documentation, "Setting up a namespace": 4 to 30 characters), sha256 digests.

use std::fmt;
use std::ops::Range;

use crate::error::{Error, ErrorKind, Place};
use crate::region::{self, Registry};

mod grammar;
mod problem;

pub(crate) use problem::{Problem, ReferenceError};

/// Longest reference that is looked at, in bytes; the longest valid one is shorter.
pub(crate) const MAX_REFERENCE: usize = 512;
/// Longest name (host and path together) of the distribution grammar, in bytes.
pub(crate) const MAX_NAME: usize = 255;
/// Longest tag of the distribution grammar and of Cloud Controller, in bytes.
pub(crate) const MAX_TAG: usize = 128;

/// Where a default comes from. A flag speaks about this one call, a variable about all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Said on the command line.
    Flag,
    /// Said by `ICR_REGION`, `ICR_NAMESPACE` or a file of settings.
    Variable,
}

/// Whose an image is that names no registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Unnamed {
    /// Nobody has said.
    #[default]
    ByRule,
    /// ICR's.
    Icr,
    /// Docker Hub's.
    DockerHub,
}

/// What completes a shortened reference.
#[derive(Debug, Clone, Default)]
pub(crate) struct Defaults {
    /// Whose references without a host are.
    pub unnamed: Unnamed,
    /// The registry for references without a host.
    pub registry: Option<(&'static Registry, Origin)>,
    /// The namespace for references that are a repository name alone.
    pub namespace: Option<(String, Origin)>,
}

/// Which of its registry's names a reference uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostName {
    /// `us.icr.io`
    Public,
    /// `private.us.icr.io`, reachable only inside IBM Cloud's private network
    Private,
    /// `registry.ng.bluemix.net`, deprecated since 2019
    Legacy,
}

/// A full reference to an image in ICR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImageReference {
    host: &'static str,
    host_name: HostName,
    registry: &'static Registry,
    path: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl ImageReference {
    /// Parses what was typed and completes it with the defaults.
    ///
    /// # Errors
    /// The first part that cannot be right, with its place and, where one can be had, the
    /// corrected text.
    pub(crate) fn parse(text: &str, defaults: &Defaults) -> Result<Self, ReferenceError> {
        let at = |problem, range| ReferenceError::new(text, problem, range);
        grammar::check_characters(text)?;
        let parts = grammar::split(text)?;
        let name = parts.name(text);
        if let Some(upper) = name.find(|c: char| c.is_ascii_uppercase()) {
            return Err(at(Problem::UpperCase, upper..grammar::end_of_upper(name, upper)));
        }
        let said = parts.host.clone().map(|range| said_host(text, range, defaults)).transpose()?;
        let components = grammar::components(text, parts.path.clone())?;
        let path = full_path(text, &parts, &components, defaults)?;
        if said.is_none() && defaults.unnamed == Unnamed::DockerHub {
            return Err(at(Problem::DockerHubs, 0..0));
        }
        // Last of the names: a region mends nothing where the namespace is missing, too.
        let (host, host_name, registry) =
            said.or_else(|| default_host(defaults)).ok_or_else(|| at(Problem::NoRegion, 0..0))?;
        let namespace = path.split('/').next().unwrap_or_default();
        if let Some(problem) = grammar::namespace_problem(namespace)
            && host != "icr.io"
        {
            let place = components.first().filter(|_| components.len() > 1).cloned();
            return Err(at(problem, place.unwrap_or(0..0)));
        }
        if host.len() + 1 + path.len() > MAX_NAME {
            return Err(at(Problem::NameTooLong(host.len() + 1 + path.len()), parts.path.clone()));
        }
        let tag = parts.tag.clone().map(|range| grammar::check_tag(text, range)).transpose()?;
        let digest =
            parts.digest.clone().map(|range| grammar::check_digest(text, range)).transpose()?;
        Ok(Self { host, host_name, registry, path, tag, digest })
    }

    /// The registry host as it was given, for example `us.icr.io`.
    #[must_use]
    pub(crate) const fn host(&self) -> &'static str {
        self.host
    }

    /// Which of the registry's names [`Self::host`] is.
    #[must_use]
    pub(crate) const fn host_name(&self) -> HostName {
        self.host_name
    }

    /// The row of the table.
    #[must_use]
    pub(crate) const fn registry(&self) -> &'static Registry {
        self.registry
    }

    /// The first part of the path.
    #[must_use]
    pub(crate) fn namespace(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }

    /// The path behind the namespace; may itself have several parts.
    #[must_use]
    pub(crate) fn repository(&self) -> &str {
        self.path.split_once('/').map_or("", |(_, repository)| repository)
    }

    /// Namespace and repository, as the registry's API has them.
    #[must_use]
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// What the registry is asked for: the digest, else the tag, else `latest`.
    #[must_use]
    pub(crate) fn wanted(&self) -> &str {
        self.digest().or(self.tag()).unwrap_or("latest")
    }

    /// The same repository by this digest, without a tag.
    #[must_use]
    pub(crate) fn at_digest(&self, digest: &str) -> Self {
        Self { tag: None, digest: Some(digest.to_owned()), ..self.clone() }
    }

    /// The same without its digest.
    #[must_use]
    pub(crate) fn without_digest(&self) -> Self {
        Self { digest: None, ..self.clone() }
    }

    /// The same image in another registry.
    #[must_use]
    pub(crate) fn at_registry(&self, registry: &'static Registry) -> Self {
        Self { host: registry.host, host_name: HostName::Public, registry, ..self.clone() }
    }

    /// The tag, where one was given.
    #[must_use]
    pub(crate) fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// `sha256:` and 64 hexadecimal digits, where a digest was given.
    #[must_use]
    pub(crate) fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// The reference that Cloud Foundry gets: never tag and digest together, since the image
    /// library that stages and starts the app refuses that (containers/image,
    /// "both a tag and digest are currently not supported"). The digest is the stronger word.
    #[must_use]
    pub(crate) fn for_cloud_foundry(&self) -> Self {
        let mut reference = self.clone();
        if reference.digest.is_some() {
            reference.tag = None;
        }
        reference
    }

    /// Whether it is in the registry in which IBM keeps images for everybody.
    #[must_use]
    pub(crate) fn may_be_public(&self) -> bool {
        self.registry.region == "global" && self.host_name != HostName::Private
    }

    /// Whether it is one of IBM's own images: in the global registry, in a namespace that no
    /// account can have (`icr.io/ibm/...`).
    #[must_use]
    pub(crate) fn is_ibms_own(&self) -> bool {
        self.may_be_public() && grammar::namespace_problem(self.namespace()).is_some()
    }

    /// The same image under the registry's public name.
    #[must_use]
    pub(crate) fn under_public_name(&self) -> Self {
        Self { host: self.registry.host, host_name: HostName::Public, ..self.clone() }
    }

    /// What stands behind the host.
    #[must_use]
    pub(crate) fn without_host(&self) -> String {
        self.to_string().strip_prefix(self.host).unwrap_or_default().trim_start_matches('/').into()
    }

    /// What is odd about the reference, though it may work.
    #[must_use]
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(problem) = grammar::namespace_problem(self.namespace()) {
            warnings.push(format!("{problem}; IBM's own namespaces on icr.io need not follow it"));
        }
        if self.host_name == HostName::Legacy {
            let public = self.under_public_name();
            warnings.push(format!(
                "`{}` is deprecated since 2019; the same image is `{public}`",
                self.host
            ));
        }
        warnings
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.path)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// Docker's own registry.
pub(crate) const DOCKER_HUB: &str = "docker.io";

/// Whether a text names a registry: its first component has a dot or a colon (the distribution
/// grammar, as cf and docker read it).
#[must_use]
pub(crate) fn names_registry(text: &str) -> bool {
    let first = text.split_once('/').map(|(first, _)| first);
    first.is_some_and(|first| first.contains(['.', ':']) || first == "localhost")
}

/// An image that names no registry, as one of Docker Hub's in full.
#[must_use]
pub(crate) fn on_docker_hub(text: &str) -> String {
    let library = if text.contains('/') { "" } else { "library/" };
    format!("{DOCKER_HUB}/{library}{text}")
}

/// What a text that names no registry may mean, with the text to write for each; `None` for one
/// that names a registry. `ours` is it as an image of ICR in full, where that is known.
#[must_use]
pub(crate) fn readings(text: &str, ours: Option<&str>) -> Option<String> {
    if text.is_empty() || names_registry(text) {
        return None;
    }
    let hub = crate::error::printable(&on_docker_hub(text));
    let namespace = if text.contains('/') { "" } else { "NAMESPACE/" };
    let example = || format!("us.icr.io/{namespace}{text}");
    let elsewhere = if ours.is_some() { "" } else { ", or the host of another region" };
    let ours = crate::error::printable(&ours.map_or_else(example, str::to_owned));
    let text = crate::error::printable(text);
    Some(format!(
        "`{text}` names no registry: if it is Docker Hub's, write `{hub}`; if it is ICR's, `{ours}`{elsewhere}"
    ))
}

/// A registry, with the name by which it is called.
type Host = (&'static str, HostName, &'static Registry);

/// The host that stands in the reference.
fn said_host(text: &str, range: Range<usize>, defaults: &Defaults) -> Result<Host, ReferenceError> {
    let known = grammar::check_host(text, range.clone())?;
    agree(known.2, defaults).map_err(|problem| ReferenceError::new(text, problem, range))?;
    Ok(known)
}

/// The path, with the default namespace in front of a repository that stands alone.
fn full_path(
    text: &str,
    parts: &grammar::Parts,
    components: &[Range<usize>],
    defaults: &Defaults,
) -> Result<String, ReferenceError> {
    let path = parts.path(text);
    if components.len() > 1 {
        if parts.host.is_none() {
            same_namespace(text, components.first().cloned(), defaults)?;
        }
        return Ok(path.to_owned());
    }
    match &defaults.namespace {
        Some((namespace, _)) if parts.host.is_none() => Ok(format!("{namespace}/{path}")),
        namespace => {
            let suggested = namespace.as_ref().map(|(namespace, _)| namespace.clone());
            let range = parts.path.clone();
            Err(ReferenceError::new(text, Problem::NoNamespace(suggested), range))
        }
    }
}

fn default_host(defaults: &Defaults) -> Option<Host> {
    defaults.registry.map(|(registry, _)| (registry.host, HostName::Public, registry))
}

/// A host in the reference wins over a variable; a flag that says otherwise is a mistake.
fn agree(registry: &'static Registry, defaults: &Defaults) -> Result<(), Problem> {
    match defaults.registry {
        Some((said, Origin::Flag)) if said != registry => {
            Err(Problem::RegionDisagrees { said, registry })
        }
        Some(_) | None => Ok(()),
    }
}

fn same_namespace(
    text: &str,
    range: Option<Range<usize>>,
    defaults: &Defaults,
) -> Result<(), ReferenceError> {
    let range = range.unwrap_or(0..0);
    let given = text.get(range.clone()).unwrap_or_default();
    match &defaults.namespace {
        Some((said, Origin::Flag)) if said != given => {
            Err(ReferenceError::new(text, Problem::NamespaceDisagrees(said.clone()), range))
        }
        Some(_) | None => Ok(()),
    }
}

/// Checks a namespace given by itself (`--namespace`, `ICR_NAMESPACE`).
///
/// # Errors
/// The namespace breaks ICR's rule; `source` says where it came from.
pub(crate) fn check_namespace(namespace: &str, source: &str) -> Result<(), Error> {
    let wrong = grammar::namespace_problem(namespace)
        .map(|problem| (problem, 0..namespace.len()))
        .or_else(|| {
            let error = grammar::components(namespace, 0..namespace.len()).err()?;
            Some((error.problem().clone(), error.range()))
        });
    let Some((problem, range)) = wrong else { return Ok(()) };
    Err(Error::new(ErrorKind::Reference, problem.to_string())
        .at(Place::new(source, namespace, range))
        .hint("`ibmcloud cr namespace-list` lists the namespaces of your account"))
}

/// Gives the registry that a `--region`, `ICR_REGION` or a line of a file names.
///
/// # Errors
/// No registry has that name; the nearest names and the whole list are in the error.
pub(crate) fn parse_region(name: &str, source: &str) -> Result<&'static Registry, Error> {
    if let Some(registry) = region::by_name(name) {
        return Ok(registry);
    }
    let shown = crate::error::printable(name);
    let error = Error::new(ErrorKind::Region, format!("`{shown}` (`{source}`) is not a region"));
    let given = |registry: &Registry| match source.strip_prefix("--") {
        Some(_) => format!("`{source} {}`", registry.region),
        None if source.contains(':') => format!("`region = \"{}\"`", registry.region),
        None => format!("`{source}={}`", registry.region),
    };
    if region::is_us_east(name) {
        let either = ["us-south", "global"].map(|name| region::by_name(name).map(given));
        let either: Vec<String> = either.into_iter().flatten().collect();
        return Err(error
            .seen("us-east has no registry of its own; the global registry `icr.io` is kept there")
            .hint(format!("write {}, whichever holds the image", either.join(" or "))));
    }
    let error = error.seen(format!("regions: {}", region::ids()));
    let meant = region::meant(name);
    let meant = meant.iter().map(|registry| match registry.city() {
        Some(city) => format!("{} ({city})", given(registry)),
        None => given(registry),
    });
    let meant: Vec<String> = meant.collect();
    Err(if meant.is_empty() {
        error.hint("`icr-cf regions` prints the table")
    } else {
        error.hint(format!("write {}", meant.join(" or ")))
    })
}

#[cfg(test)]
mod tests;
