//! The words of one cf run, and its environment.

use std::collections::BTreeSet;

use super::{Changes, Set};
use crate::cf_flags::{self, Release};
use crate::cf_program::CfProgram;
use crate::cli::OutputFormat;
use crate::environment::{Colors, Environment, Presence};
use crate::error::{Error, ErrorKind};
use crate::request::{App, Env, ManifestChoice, Once, PushRequest, Way};

/// What our own reference stands behind.
const IMAGE_FLAG: &str = "--docker-image";

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
pub(crate) fn needs_release(request: &PushRequest, environment: &Environment) -> bool {
    cf_flags::needs_release(&request.flags)
        || environment.presence(CF_LOG_LEVEL) != Presence::Unset
        || hides_env(request)
}

/// Whether cf is to be kept from printing the values of `env`, should it have the flag.
fn hides_env(request: &PushRequest) -> bool {
    let said = request.flags.iter().any(|given| given.flag.long == Some(REDACT_ENV));
    request.manifest != ManifestChoice::None && request.env == Env::Hidden && !said
}

/// A file of the user's that cf gets a private copy of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Copied {
    /// The manifest.
    Manifest,
    /// The file of variables of this name.
    Variables(String),
}

/// The private copies that were made, and where they are; none in a dry run.
#[derive(Debug, Default)]
pub(crate) struct Copies(pub Vec<(Copied, String)>);

/// Stands in a command for a copy that is not made.
const PRIVATE_COPY: &str = "PRIVATE-COPY";

#[derive(Default)]
pub(super) struct CommandWords {
    pub(super) words: Vec<String>,
    pub(super) copies: Vec<Copied>,
}

impl CommandWords {
    fn copied(&mut self, flag: &str, what: Copied, copies: &Copies) {
        let made = copies.0.iter().find(|(made, _)| *made == what);
        let path = made.map_or(PRIVATE_COPY, |(_, path)| path);
        self.words.extend([flag.to_owned(), path.to_owned()]);
        self.copies.push(what);
    }
}

/// Whether cf gets the manifest as a copy: it cannot read it, or image and user stand in it.
#[must_use]
pub(crate) fn copies_manifest(request: &PushRequest, app: &App) -> bool {
    let once = request.written.as_ref().is_some_and(|written| written.once == Once::Yes);
    once || app.way == Way::Copy
}

/// Ours come last: cf takes the last of a repeated flag, so that nothing behind `--` can send the
/// key to another registry.
pub(super) fn command(
    request: &PushRequest,
    app: &App,
    program: &CfProgram,
    image: Option<&str>,
    copies: &Copies,
) -> CommandWords {
    let mut all = CommandWords { words: program.words.clone(), ..CommandWords::default() };
    all.words.push("push".to_owned());
    all.words.extend(app.name.clone());
    let is_copied = copies_manifest(request, app);
    if is_copied {
        all.copied("-f", Copied::Manifest, copies);
    }
    let piped = request.written.as_ref().map_or(&[][..], |written| &written.piped);
    for given in &request.flags {
        let value = given.value.as_deref().unwrap_or_default();
        match given.flag.long {
            Some("manifest") if is_copied => {}
            Some("vars-file") if piped.iter().any(|source| source.name == value) => {
                all.copied("--vars-file", Copied::Variables(value.to_owned()), copies);
            }
            _ => all.words.extend(given.words()),
        }
    }
    let words = &mut all.words;
    if hides_env(request) && program.release.is_some_and(|release| release >= REDACT_ENV_SINCE) {
        words.push(format!("--{REDACT_ENV}"));
    }
    words.extend(request.passthrough.iter().cloned());
    if let (Some(image), Way::Flags) = (image, app.way) {
        words.extend([IMAGE_FLAG, image].map(str::to_owned));
        let user = app.login().map(|(user, _)| user);
        words.extend(
            user.into_iter().flat_map(|user| ["--docker-username", user]).map(str::to_owned),
        );
    }
    all
}

pub(super) fn changes(
    request: &PushRequest,
    program: &CfProgram,
    secret: Option<&'static str>,
    environment: &Environment,
) -> Changes {
    let mut remove = environment.hidden_variables(program.name());
    remove.push(CNB_CREDENTIALS.to_owned());
    if program.release.is_some_and(|release| release.0 <= 6) {
        remove.push(CF_LOG_LEVEL.to_owned());
    }
    remove.retain(|name| environment.presence(name) != Presence::Unset);
    // It is given anew, with the secret of this app.
    remove.retain(|name| secret != Some(name.as_str()));
    // One may be known by its name and be named by a flag as well.
    let mut known = BTreeSet::new();
    remove.retain(|name| known.insert(name.clone()));
    // Never for JSON, whose `last_lines` are for scripts.
    let wish = environment.color_wish().map(|wish| wish == Colors::Taken);
    let colored = request.output == OutputFormat::Text
        && environment.text("CF_COLOR").is_none()
        && wish.unwrap_or(environment.streams.stdout);
    let mut set = vec![Set { name: LEVEL, value: next_level(environment) }];
    if colored {
        set.push(Set { name: "CF_COLOR", value: "true" });
    }
    Changes { set, secret, remove }
}
