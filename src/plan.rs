//! What will be done, as a value: the dry run prints it, the JSON report contains it, execution
//! carries it out. Holds the names of secrets' sources and never a secret.

use serde::Serialize;

use crate::cf_flags::{self, Release};
use crate::cf_program::CfProgram;
use crate::environment::{CF_DOCKER_PASSWORD, Environment};
use crate::error::{Error, shell_line};
use crate::reference::ImageReference;
use crate::request::{
    Advice, App, AppImage, Checks, IcrImage, KeyChoice, Manifest, OtherImage, PushRequest, Secret,
    Shape, Way,
};

mod command;

pub use command::{Copied, needs_release};
use command::{IMAGE_FLAG, changes, command, refuse_circle};

/// One cf run and what it is made of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// Name of the app; `null` where the manifest has it.
    pub app: Option<String>,
    /// The image, where it is one of ICR's.
    pub image: Option<Image>,
    /// The image, where it is another registry's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_image: Option<Other>,
    /// Registry user, where one goes with the image.
    pub username: Option<String>,
    /// Where the key or the password comes from.
    pub key: Option<Source>,
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
    /// How cf is told image and user.
    #[serde(skip)]
    pub way: Way,
    /// The app's place in the manifest.
    #[serde(skip)]
    pub entry: Option<usize>,
    /// How to say its push again.
    #[serde(skip)]
    pub advice: Advice,
    /// Which words of the command are private copies of the user's files.
    #[serde(skip)]
    copies: Vec<(usize, Copied)>,
}

/// An image of another registry, which is not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Other {
    /// As it stands in the manifest.
    pub given: String,
    /// Registry host.
    pub host: String,
}

/// The image, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Image {
    /// As it was typed.
    pub given: String,
    /// In full.
    pub reference: String,
    /// What cf gets.
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
pub struct Source {
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
pub struct Cf {
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
pub struct Changes {
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
pub struct Set {
    /// Name.
    pub name: &'static str,
    /// Value.
    pub value: &'static str,
}

/// Makes the plan for one app.
///
/// # Errors
/// A flag that the installed cf does not have.
pub fn plan(
    request: &PushRequest,
    app: &App,
    program: CfProgram,
    release: Option<Release>,
    environment: &Environment,
) -> Result<Plan, Error> {
    refuse_circle(&program, environment)?;
    if let Some(release) = release {
        cf_flags::check_release(&request.flags, release)?;
    }
    let reference = app.reference();
    let (image, other, login) = match &app.image {
        AppImage::Icr(image) => {
            let login = image.login.key().map(|key| (key.username.as_str(), &key.source));
            (Some(image_of(image, reference)), None, login)
        }
        AppImage::Other(OtherImage { given, host, login }) => {
            let other = Other { given: given.clone(), host: host.clone() };
            let login = login.as_ref().map(|(user, source)| (user.as_str(), source));
            (None, Some(other), login)
        }
        AppImage::Files => (None, None, None),
    };
    let secret = login.map(|_| CF_DOCKER_PASSWORD);
    let secret_kind = if other.is_some() { Secret::Password } else { Secret::Key };
    let username = login.map(|(user, _)| user.to_owned());
    // With a password in hand cf is told what was read, whatever becomes of the file meanwhile.
    let is_told = login.is_some() || request.shape == Shape::One;
    let other_image = other.as_ref().filter(|_| is_told).map(|other| other.given.as_str());
    let told = image.as_ref().map(|image| image.pushed.as_str()).or(other_image);
    let words = command(request, app, release, &program, told, username.as_deref());
    Ok(Plan {
        app: app.name.clone(),
        key: login.map(|(_, choice)| source(choice, secret_kind)),
        checks: app.checks.clone(),
        command: words.words,
        copies: words.copies,
        environment: changes(request, &program, release, secret, environment),
        manifest: request.manifest.name().map(str::to_owned),
        timeout_seconds: request.timeout.as_secs().max(1),
        // IBM's own images have names of their own.
        warnings: warnings(
            request,
            reference.filter(|one| login.is_some() || !one.is_ibms_own()),
            program.path.is_some(),
        ),
        cf: Cf {
            path: program.path.as_ref().map(|path| path.display().to_string()),
            release: release.map(|release| release.to_string()),
            program,
        },
        way: app.way,
        entry: app.entry,
        advice: app.advice.clone(),
        image,
        other_image: other,
        username,
    })
}

fn source(choice: &KeyChoice, secret: Secret) -> Source {
    Source { kind: choice.kind(), source: choice.name(), shell_word: choice.shell_word(secret) }
}

/// The image taken apart, with what is not known yet left open.
fn image_of(image: &IcrImage, reference: Option<&ImageReference>) -> Image {
    let text = |value: Option<&str>| value.map(str::to_owned);
    let shown = reference.or(image.target.candidates().first());
    let full = shown.map(|shown| shown.for_cloud_foundry().to_string()).unwrap_or_default();
    let pathless = |full: &str| full.split_once('/').map_or("", |(_, rest)| rest).to_owned();
    Image {
        given: image.given.clone(),
        reference: match reference {
            Some(reference) => reference.to_string(),
            None => pathless(&shown.map(ToString::to_string).unwrap_or_default()),
        },
        pushed: match reference {
            Some(_) => full,
            None => format!("REGION.icr.io/{}", pathless(&full)),
        },
        region: reference.map(|reference| reference.registry().region.to_owned()),
        host: reference.map(|reference| reference.host().to_owned()),
        namespace: shown.map(|shown| shown.namespace().to_owned()).unwrap_or_default(),
        repository: shown.map(|shown| shown.repository().to_owned()).unwrap_or_default(),
        tag: text(shown.and_then(ImageReference::tag)),
        digest: text(shown.and_then(ImageReference::digest)),
    }
}

fn warnings(
    request: &PushRequest,
    reference: Option<&ImageReference>,
    cf_found: bool,
) -> Vec<String> {
    let mut warnings = reference.map(ImageReference::warnings).unwrap_or_default();
    if let (Manifest::Found(name), Shape::One) = (&request.manifest, request.shape) {
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
    if !cf_found {
        warnings.push("cf is not installed here; the push itself would stop at that".to_owned());
    }
    warnings
}

impl Plan {
    /// The same plan with this reference handed to cf.
    #[must_use]
    pub fn pushing(mut self, reference: String) -> Self {
        let flag = self.command.iter().rposition(|word| word == IMAGE_FLAG);
        let word = flag.filter(|_| self.way == Way::Flags);
        if let Some(word) = word.and_then(|at| self.command.get_mut(at + 1)) {
            word.clone_from(&reference);
        }
        if let Some(image) = &mut self.image {
            image.pushed = reference;
        }
        self
    }

    /// The same plan with private copies of files in their places.
    #[must_use]
    pub fn with_copies(mut self, path: impl Fn(&Copied) -> Option<String>) -> Self {
        for (at, what) in &self.copies {
            if let (Some(word), Some(path)) = (self.command.get_mut(*at), path(what)) {
                *word = path;
            }
        }
        self
    }

    /// Whether cf gets this file as a private copy.
    #[must_use]
    pub fn copies(&self, what: &Copied) -> bool {
        self.copies.iter().any(|(_, copied)| copied == what)
    }

    /// The registry user; empty where there is none.
    #[must_use]
    pub fn user(&self) -> &str {
        self.username.as_deref().unwrap_or_default()
    }

    /// The image as cf gets it, whosever it is.
    #[must_use]
    pub fn pushed(&self) -> Option<&str> {
        let other = || self.other_image.as_ref().map(|other| other.given.as_str());
        self.image.as_ref().map(|image| image.pushed.as_str()).or_else(other)
    }

    /// The command with the secret's source in front, to be pasted into a shell. Where cf gets a
    /// private copy of a file, a remark: without it cf would do something else.
    #[must_use]
    pub fn paste_line(&self) -> String {
        let command = self.line();
        match (&self.environment.secret, &self.key) {
            _ if !self.copies.is_empty() => {
                format!("# with private copies, hence by icr-cf alone: {command}")
            }
            (Some(variable), Some(key)) => format!("{variable}={} {command}", key.shell_word),
            (_, _) => command,
        }
    }

    /// The command, all of it.
    #[must_use]
    pub fn line(&self) -> String {
        shell_line(self.command.iter().map(String::as_str))
    }

    /// The command without the flags that were given.
    #[must_use]
    pub fn short_line(&self) -> String {
        let app = self.app.as_deref().into_iter();
        let command: Vec<&str> = std::iter::once("push").chain(app).collect();
        self.cf.program.line(&command)
    }

    /// Whether the push goes through a deployment, which outlives an interrupted cf.
    #[must_use]
    pub fn uses_deployment(&self) -> bool {
        let mut words = self.command.iter().skip_while(|word| *word != "--strategy").skip(1);
        let apart = words.next().is_some_and(|strategy| !strategy.is_empty());
        apart || self.command.iter().any(|word| word.starts_with("--strategy="))
    }
}

#[cfg(test)]
mod tests;
