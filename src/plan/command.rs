//! The words of one cf run, and its environment.

use super::{Changes, Image, Set};
use crate::args::OutputFormat;
use crate::cf_flags::{self, Release};
use crate::cf_program::CfProgram;
use crate::environment::{CF_DOCKER_PASSWORD, Environment, Presence};
use crate::error::{Error, ErrorKind};
use crate::request::{App, Env, Manifest, PushRequest, Way};

/// What our own reference stands behind.
pub(super) const IMAGE_FLAG: &str = "--docker-image";

/// Keeps cf from printing the values of `env`, and the first release that knows it.
const REDACT_ENV: &str = "redact-env";
const REDACT_ENV_SINCE: Release = Release(8, 7, 9);

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
pub(super) fn refuse_circle(program: &CfProgram, environment: &Environment) -> Result<(), Error> {
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
    cf_flags::needs_release(&request.flags)
        || environment.presence(CF_LOG_LEVEL) != Presence::Unset
        || hides_env(request)
}

/// Whether cf is to be kept from printing the values of `env`, should it have the flag.
fn hides_env(request: &PushRequest) -> bool {
    let said = request.flags.iter().any(|given| given.flag.long == Some(REDACT_ENV));
    request.manifest != Manifest::None && request.env == Env::Hidden && !said
}

pub(super) struct Words {
    pub(super) words: Vec<String>,
    pub(super) manifest_at: Option<usize>,
}

/// Ours come last: cf takes the last of a repeated flag, so that nothing behind `--` can send the
/// key to another registry.
pub(super) fn command(
    request: &PushRequest,
    app: &App,
    release: Option<Release>,
    program: &CfProgram,
    image: Option<&Image>,
    username: Option<&str>,
) -> Words {
    let mut words = program.words.clone();
    words.push("push".to_owned());
    words.extend(app.name.clone());
    let mut manifest_at = None;
    if let (Manifest::Found(name), Way::Copy) = (&request.manifest, app.way) {
        words.extend(["-f".to_owned(), (*name).to_owned()]);
        manifest_at = Some(words.len() - 1);
    }
    for given in &request.flags {
        words.extend(given.words());
        if given.flag.long == Some("manifest") {
            manifest_at = Some(words.len() - 1);
        }
    }
    if hides_env(request) && release.is_some_and(|release| release >= REDACT_ENV_SINCE) {
        words.push(format!("--{REDACT_ENV}"));
    }
    words.extend(request.passthrough.iter().cloned());
    if let (Some(image), Way::Flags) = (image, app.way) {
        words.extend([IMAGE_FLAG, &image.pushed].map(str::to_owned));
        words.extend(
            username.into_iter().flat_map(|user| ["--docker-username", user]).map(str::to_owned),
        );
    }
    Words { words, manifest_at }
}

pub(super) fn changes(
    request: &PushRequest,
    program: &CfProgram,
    release: Option<Release>,
    secret: Option<&'static str>,
    environment: &Environment,
) -> Changes {
    let mut remove = environment.hidden_variables(program.name());
    remove.push(CNB_CREDENTIALS.to_owned());
    if release.is_some_and(|release| release.0 <= 6) {
        remove.push(CF_LOG_LEVEL.to_owned());
    }
    if secret.is_none() {
        remove.push(CF_DOCKER_PASSWORD.to_owned());
    }
    remove.retain(|name| environment.presence(name) != Presence::Unset);
    // Never for JSON, whose `last_lines` are for scripts.
    let terminal = request.output == OutputFormat::Text && environment.streams.stdout;
    let said = ["NO_COLOR", "CF_COLOR"].iter().any(|name| environment.text(name).is_some());
    let mut set = vec![Set { name: LEVEL, value: next_level(environment) }];
    if terminal && !said {
        set.push(Set { name: "CF_COLOR", value: "true" });
    }
    Changes { set, secret, remove }
}
