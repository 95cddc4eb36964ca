//! What will be done, as a value: the dry run prints it, the JSON report contains it, a run
//! carries it out. Holds the names of secrets' sources and never a secret.

use serde::Serialize;

use crate::cf_flags;
use crate::cf_program::CfProgram;
use crate::environment::{CF_DOCKER_PASSWORD, Environment};
use crate::error::{Error, shell_line};
use crate::reference::ImageReference;
use crate::request::{
    App, AppImage, Checks, IcrImage, ImageSource, ImageTarget, KeyChoice, ManifestChoice,
    OtherImage, PushRequest, SecretUse, Way,
};

mod command;

pub(crate) use command::{Copied, Copies, copies_manifest, needs_release};
use command::{changes, command, refuse_circle};

/// One cf run and what it is made of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Plan {
    /// Name of the app; `null` where the manifest has it.
    pub app: Option<String>,
    /// The image, where it is one of ICR's.
    pub image: Option<PlannedImage>,
    /// The image, where it is another registry's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_image: Option<PlannedOther>,
    /// Registry user, where one goes with the image.
    pub username: Option<String>,
    /// Where the key or the password comes from.
    pub key: Option<KeySource>,
    /// What is checked before; `null` for nothing.
    pub checks: Option<Checks>,
    /// The program.
    pub cf: Cf,
    /// The argument vector, program words first.
    pub command: Vec<String>,
    /// What changes in cf's environment.
    pub environment: Changes,
    /// The manifest that cf applies.
    pub manifest: Option<String>,
    /// How long cf may take, in seconds.
    pub timeout_seconds: u64,
    /// What is odd, though it may work.
    pub warnings: Vec<String>,
    /// The image as cf gets it, whosever it is.
    #[serde(skip)]
    pub pushed: Option<String>,
    /// How cf is told image and user.
    #[serde(skip)]
    pub way: Way,
    /// The user's files that cf gets private copies of.
    #[serde(skip)]
    copies: Vec<Copied>,
}

/// An image of another registry, which is not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PlannedOther {
    /// As it stands in the manifest.
    pub given: String,
    /// Registry host.
    pub host: String,
}

/// The image, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PlannedImage {
    /// As it was typed.
    pub given: String,
    /// In full.
    pub reference: String,
    /// What cf gets; with a word for a region that is to be found.
    pub pushed: String,
    /// Region id; `null` where it is to be found.
    pub region: Option<String>,
    /// Registry host; `null` where it is to be found.
    pub host: Option<String>,
    /// Namespace.
    pub namespace: String,
    /// Repository, which may have several parts.
    pub repository: String,
    /// Tag, where one was given.
    pub tag: Option<String>,
    /// Digest, where one was given.
    pub digest: Option<String>,
}

/// A source of the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct KeySource {
    /// `stdin`, `file`, `command`, `variable` or `search` (Docker's configuration, then a prompt).
    pub kind: &'static str,
    /// In words.
    pub source: String,
    /// As a shell would put it into a variable.
    #[serde(skip)]
    pub shell_word: String,
}

/// The cf program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Cf {
    /// Where it was found; `null` where it was not.
    pub path: Option<String>,
    /// Its release, where a flag made it necessary to ask.
    pub release: Option<String>,
    /// Program words, as people call it.
    #[serde(skip)]
    pub program: CfProgram,
}

/// What changes in cf's environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Changes {
    /// Variables that get a value that is no secret.
    pub set: Vec<Set>,
    /// The variable that gets the key or the password, where there is one.
    pub secret: Option<&'static str>,
    /// Variables that cf does not get to see.
    pub remove: Vec<String>,
}

impl Changes {
    /// What is taken away before a secret is given: that one's variable too, since what it holds
    /// may be meant for another app.
    pub(crate) fn hidden(&self) -> Vec<String> {
        self.remove.iter().cloned().chain(self.secret.map(str::to_owned)).collect()
    }
}

/// A variable with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Set {
    /// Name.
    pub name: &'static str,
    /// Value.
    pub value: &'static str,
}

/// Refuses what no plan could be made of, whatever its image.
///
/// # Errors
/// A `cf` that is icr-cf again, or a flag that the installed cf does not have.
pub(crate) fn refuse(
    request: &PushRequest,
    cf: &CfProgram,
    environment: &Environment,
) -> Result<(), Error> {
    refuse_circle(cf, environment)?;
    if let Some(release) = cf.release {
        cf_flags::check_release(&request.flags, release)?;
    }
    Ok(())
}

/// Makes the plan for one app: of its image as it was pinned, else as it was given.
#[must_use]
pub(crate) fn plan(
    request: &PushRequest,
    app: &App,
    pinned: Option<&str>,
    program: &CfProgram,
    copies: &Copies,
    environment: &Environment,
) -> Plan {
    let (image, other) = match &app.image {
        AppImage::Icr(image) => (Some(image_of(image, pinned)), None),
        AppImage::Other(OtherImage { given, host, .. }) => {
            (None, Some(PlannedOther { given: given.clone(), host: host.clone() }))
        }
        AppImage::Files => (None, None),
    };
    let login = app.login();
    let secret_kind = if other.is_some() { SecretUse::Password } else { SecretUse::Key };
    // With a password in hand cf is told what was read, whatever becomes of the file meanwhile.
    let is_told = login.is_some() || request.shape == ImageSource::One;
    let pushed = pushed(app, pinned);
    let told = pushed.as_deref().filter(|_| image.is_some() || is_told);
    let words = command(request, app, program, told, copies);
    Plan {
        app: app.name.clone(),
        username: login.map(|(user, _)| user.to_owned()),
        key: login.map(|(_, choice)| source(choice, secret_kind)),
        checks: app.checks.clone(),
        command: words.words,
        copies: words.copies,
        environment: changes(request, program, login.map(|_| CF_DOCKER_PASSWORD), environment),
        manifest: request.manifest.name().map(str::to_owned),
        timeout_seconds: request.timeout.as_secs().max(1),
        warnings: warnings(request, app, program),
        cf: Cf {
            path: program.path.as_ref().map(|path| path.display().to_string()),
            release: program.release.map(|release| release.to_string()),
            program: program.clone(),
        },
        way: app.way,
        pushed,
        image,
        other_image: other,
    }
}

fn source(choice: &KeyChoice, secret: SecretUse) -> KeySource {
    KeySource { kind: choice.kind(), source: choice.name(), shell_word: choice.shell_word(secret) }
}

/// Stands for the host of a registry that is to be found.
const UNKNOWN_HOST: &str = "REGION.icr.io";

/// The image of an app as cf gets it, whosever it is.
#[must_use]
pub(crate) fn pushed(app: &App, pinned: Option<&str>) -> Option<String> {
    match &app.image {
        AppImage::Icr(image) => Some(pushed_as(image, pinned)),
        AppImage::Other(image) => Some(image.given.clone()),
        AppImage::Files => None,
    }
}

/// What cf gets of an image of ICR: what was pinned, else what was given, in its form for Cloud
/// Foundry.
fn pushed_as(image: &IcrImage, pinned: Option<&str>) -> String {
    if let Some(pinned) = pinned {
        return pinned.to_owned();
    }
    match &image.target {
        ImageTarget::Known(reference) => reference.for_cloud_foundry().to_string(),
        ImageTarget::Search(candidates) => candidates
            .first()
            .map(|any| format!("{UNKNOWN_HOST}/{}", any.for_cloud_foundry().without_host()))
            .unwrap_or_default(),
    }
}

/// The image taken apart, with what is not known yet left open.
fn image_of(image: &IcrImage, pinned: Option<&str>) -> PlannedImage {
    let text = |value: Option<&str>| value.map(str::to_owned);
    let known = image.target.known();
    let shown = image.target.candidates().first();
    PlannedImage {
        given: image.given.clone(),
        reference: match known {
            Some(reference) => reference.to_string(),
            None => shown.map(ImageReference::without_host).unwrap_or_default(),
        },
        pushed: pushed_as(image, pinned),
        region: known.map(|reference| reference.registry().region.to_owned()),
        host: known.map(|reference| reference.host().to_owned()),
        namespace: shown.map(|shown| shown.namespace().to_owned()).unwrap_or_default(),
        repository: shown.map(|shown| shown.repository().to_owned()).unwrap_or_default(),
        tag: text(shown.and_then(ImageReference::tag)),
        digest: text(shown.and_then(ImageReference::digest)),
    }
}

/// What is odd about the push of an app, though it may work.
#[must_use]
pub(crate) fn warnings(request: &PushRequest, app: &App, program: &CfProgram) -> Vec<String> {
    let image = app.icr().and_then(|image| image.target.candidates().first());
    // IBM's own images have names of their own.
    let reference = image.filter(|one| app.login().is_some() || !one.is_ibms_own());
    let mut warnings = reference.map(ImageReference::warnings).unwrap_or_default();
    if let (ManifestChoice::Found(name), ImageSource::One) = (&request.manifest, request.shape) {
        warnings.push(format!(
            "cf applies `{name}` of this folder (env, routes, services); `--no-manifest` leaves it out"
        ));
    }
    if reference.is_some_and(|one| one.tag().is_some() && one.digest().is_some()) {
        warnings.push(
            "cf gets the digest without the tag; Cloud Foundry cannot stage both together"
                .to_owned(),
        );
    }
    if program.path.is_none() {
        warnings.push("cf is not installed here; the push itself would stop at that".to_owned());
    }
    warnings
}

impl Plan {
    /// Whether cf gets this file as a private copy.
    #[must_use]
    pub(crate) fn copies(&self, what: &Copied) -> bool {
        self.copies.contains(what)
    }

    /// The registry user; empty where there is none.
    #[must_use]
    pub(crate) fn user(&self) -> &str {
        self.username.as_deref().unwrap_or_default()
    }

    /// The command with the secret's source in front, to be pasted into a shell. A remark where cf
    /// would do something else by it: without its private copy of a file, or the region of the image.
    #[must_use]
    pub(crate) fn paste_line(&self) -> String {
        let command = self.line();
        let is_placed = self.image.as_ref().is_none_or(|image| image.region.is_some());
        match (&self.environment.secret, &self.key) {
            _ if !is_placed => {
                format!("# the push finds REGION, hence by icr-cf alone: {command}")
            }
            _ if !self.copies.is_empty() => {
                format!("# with private copies, hence by icr-cf alone: {command}")
            }
            (Some(variable), Some(key)) => format!("{variable}={} {command}", key.shell_word),
            (_, _) => command,
        }
    }

    /// The command, all of it.
    #[must_use]
    pub(crate) fn line(&self) -> String {
        shell_line(self.command.iter().map(String::as_str))
    }

    /// The command without the flags that were given.
    #[must_use]
    pub(crate) fn short_line(&self) -> String {
        let app = self.app.as_deref().into_iter();
        let command: Vec<&str> = std::iter::once("push").chain(app).collect();
        self.cf.program.line(&command)
    }

    /// Whether the push goes through a deployment, which outlives an interrupted cf.
    #[must_use]
    pub(crate) fn uses_deployment(&self) -> bool {
        let mut words = self.command.iter().skip_while(|word| *word != "--strategy").skip(1);
        let apart = words.next().is_some_and(|strategy| !strategy.is_empty());
        apart || self.command.iter().any(|word| word.starts_with("--strategy="))
    }
}

#[cfg(test)]
mod tests;
