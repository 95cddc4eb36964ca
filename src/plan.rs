//! What will be done, as a value: the dry run prints it, the JSON report contains it, execution
//! carries it out. Holds the names of secrets' sources and never a secret.

use serde::Serialize;

use crate::args::OutputFormat;
use crate::cf_flags::{self, GivenFlag, Release};
use crate::cf_program::CfProgram;
use crate::environment::{CF_DOCKER_PASSWORD, Environment, Presence, hidden_variables};
use crate::error::{Error, ErrorKind};
use crate::reference::ImageReference;
use crate::request::{Checks, Manifest, PushRequest};

/// One cf run and what it is made of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// Name of the app; `null` where the manifest has it.
    pub app: Option<String>,
    /// The image.
    pub image: Image,
    /// Registry user.
    pub username: String,
    /// Where the key comes from.
    pub key: Source,
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
    /// Region id.
    pub region: String,
    /// Registry host.
    pub host: String,
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
    /// The variable that gets the key.
    pub secret: &'static str,
    /// Variables that cf does not get to see.
    pub remove: Vec<&'static str>,
}

/// A variable with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Set {
    /// Name.
    pub name: &'static str,
    /// Value.
    pub value: &'static str,
}

/// What our own reference stands behind.
const IMAGE_FLAG: &str = "--docker-image";

/// Variables of cf 8 and 6 that make cf print what it should not.
const CNB_CREDENTIALS: &str = "CF_CNB_REGISTRY_CREDS";
const CF_LOG_LEVEL: &str = "CF_LOG_LEVEL";

/// Tells an icr-cf that cf runs how many of us there are above it.
const LEVEL: &str = "ICR_CF_LEVEL";

fn next_level(environment: &Environment) -> &'static str {
    if environment.text(LEVEL).is_some() { "2" } else { "1" }
}

/// Refuses to go round for ever with a `cf` that runs icr-cf: once may be meant, by a wrapper that
/// then names the real cf; twice is a circle.
fn refuse_circle(program: &CfProgram, environment: &Environment) -> Result<(), Error> {
    if environment.text(LEVEL) != Some("2") {
        return Ok(());
    }
    let name = program
        .path
        .as_ref()
        .map_or_else(|| program.words.join(" "), |path| path.display().to_string());
    Err(Error::new(
        ErrorKind::Setup,
        format!("`{name}` runs icr-cf, which runs it again, for ever"),
    )
    .hint("name the real cf: `ICR_CF_CF=/path/to/cf`, or `--cf /path/to/cf`"))
}

/// Whether the plan depends on the release of the installed cf.
#[must_use]
pub fn needs_release(request: &PushRequest, environment: &Environment) -> bool {
    cf_flags::needs_release(&request.flags) || environment.presence(CF_LOG_LEVEL) != Presence::Unset
}

/// Makes the plan.
///
/// # Errors
/// A flag that the installed cf does not have.
pub fn plan(
    request: &PushRequest,
    reference: &ImageReference,
    program: CfProgram,
    release: Option<Release>,
    environment: &Environment,
) -> Result<Plan, Error> {
    refuse_circle(&program, environment)?;
    if let Some(release) = release {
        cf_flags::check_release(&request.flags, release)?;
    }
    let pushed = reference.for_cloud_foundry().to_string();
    let text = |value: Option<&str>| value.map(str::to_owned);
    let image = Image {
        given: request.image.clone(),
        reference: reference.to_string(),
        region: reference.registry().region.to_owned(),
        host: reference.host().to_owned(),
        namespace: reference.namespace().to_owned(),
        repository: reference.repository().to_owned(),
        tag: text(reference.tag()),
        digest: text(reference.digest()),
        pushed,
    };
    Ok(Plan {
        app: request.app.clone(),
        username: request.username.as_str().to_owned(),
        key: Source {
            kind: request.key.kind(),
            source: request.key.name(),
            shell_word: request.key.shell_word(),
        },
        checks: request.checks.clone(),
        command: command(request, &program, &image.pushed),
        environment: changes(request, &program, release, environment),
        manifest: match &request.manifest {
            Manifest::None => None,
            Manifest::Named(path) => Some(path.clone()),
            Manifest::Found(name) => Some((*name).to_owned()),
        },
        timeout_seconds: request.timeout.as_secs().max(1),
        warnings: warnings(request, reference, program.path.is_some()),
        cf: Cf {
            path: program.path.as_ref().map(|path| path.display().to_string()),
            release: release.map(|release| release.to_string()),
            program,
        },
        image,
    })
}

/// Ours come last: cf takes the last of a repeated flag, so that nothing behind `--` can send the
/// key to another registry.
fn command(request: &PushRequest, program: &CfProgram, pushed: &str) -> Vec<String> {
    let mut words = program.words.clone();
    words.push("push".to_owned());
    words.extend(request.app.clone());
    words.extend(request.flags.iter().flat_map(GivenFlag::words));
    words.extend(request.passthrough.iter().cloned());
    let user = request.username.as_str();
    words.extend([IMAGE_FLAG, pushed, "--docker-username", user].map(str::to_owned));
    words
}

fn changes(
    request: &PushRequest,
    program: &CfProgram,
    release: Option<Release>,
    environment: &Environment,
) -> Changes {
    let mut remove = hidden_variables(program.name());
    remove.push(CNB_CREDENTIALS);
    if release.is_some_and(|release| release.0 <= 6) {
        remove.push(CF_LOG_LEVEL);
    }
    remove.retain(|name| environment.presence(name) != Presence::Unset);
    // Never for JSON, whose `last_lines` are for scripts.
    let terminal = request.output == OutputFormat::Text && environment.streams.stdout;
    let said = ["NO_COLOR", "CF_COLOR"].iter().any(|name| environment.text(name).is_some());
    let mut set = vec![Set { name: LEVEL, value: next_level(environment) }];
    if terminal && !said {
        set.push(Set { name: "CF_COLOR", value: "true" });
    }
    Changes { set, secret: CF_DOCKER_PASSWORD, remove }
}

fn warnings(request: &PushRequest, reference: &ImageReference, cf_found: bool) -> Vec<String> {
    let mut warnings = reference.warnings();
    if let Manifest::Found(name) = request.manifest {
        warnings.push(format!(
            "cf applies `{name}` of this folder (env, routes, services; its `docker.username` gives way to `{}`); `--no-manifest` leaves it out",
            request.username.as_str()
        ));
    }
    if reference.tag().is_some() && reference.digest().is_some() {
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
        if let Some(word) = flag.and_then(|at| self.command.get_mut(at + 1)) {
            word.clone_from(&reference);
        }
        self.image.pushed = reference;
        self
    }

    /// The command with the key's source in front, to be pasted into a shell.
    #[must_use]
    pub fn paste_line(&self) -> String {
        let command = shell_words::join(&self.command);
        format!("{}={} {command}", self.environment.secret, self.key.shell_word)
    }

    /// The command without the flags that were given.
    #[must_use]
    pub fn short_line(&self) -> String {
        let app = self.app.as_deref().into_iter();
        let command: Vec<&str> = std::iter::once("push").chain(app).collect();
        self.cf.program.line(&command)
    }

    /// The registry user.
    pub(crate) fn user(&self) -> &str {
        &self.username
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
