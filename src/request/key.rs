//! Which source the key is to come from, and which registry user it belongs to. Looks at what is
//! given, never at a key.

use std::path::PathBuf;

use super::{KeyCommand, KeyFile, words};
use crate::cli::KeyArgs;
use crate::environment::{CF_DOCKER_PASSWORD, Environment, Presence};
use crate::error::{Error, ErrorKind, file_word, printable, shell_line};
use crate::secret_shape::{is_uuid, looks_like_key};
use crate::settings::{Setting, Settings};

/// The first source that is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyChoice {
    /// Standard input, by this flag.
    Stdin(&'static str),
    /// A file.
    File(KeyFile),
    /// The output of a command.
    Command(KeyCommand),
    /// A variable that is set and not empty.
    Variable(&'static str),
    /// A variable that a flag names.
    Named(String),
    /// None was given: Docker's configuration, then a prompt on a terminal.
    Search,
}

/// Variables in the order in which they are looked at. `CF_DOCKER_PASSWORD` comes before the
/// general ones, since what a script put there for cf may be a narrower key.
pub(crate) const SOURCES: [&str; 6] = [
    "ICR_CF_API_KEY",
    CF_DOCKER_PASSWORD,
    "IBMCLOUD_API_KEY",
    "IBM_CLOUD_API_KEY",
    "IC_API_KEY",
    "BLUEMIX_API_KEY",
];

/// Whether a key is used at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WithKey {
    /// Where an image needs one.
    Yes,
    /// `--no-key`.
    No,
}

impl WithKey {
    pub(crate) fn of(args: &KeyArgs) -> Self {
        if args.no_key { Self::No } else { Self::Yes }
    }
}

/// What a source holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretUse {
    /// A key of ICR, perhaps in JSON.
    Key,
    /// A password of another registry.
    Password,
}

impl KeyChoice {
    /// The source that is given: by a flag, a variable, a file of settings. Variables that are `taken`
    /// hold something else.
    pub(crate) fn of(
        args: &KeyArgs,
        taken: &[String],
        settings: &Settings<'_>,
        environment: &Environment,
    ) -> Result<Self, Error> {
        if let Some(typed) = Self::typed(args)? {
            return Ok(typed);
        }
        match Self::of_variables(taken, environment)? {
            // A file names a key for those who use one.
            Self::Search if !args.no_key => Self::of_files(settings),
            choice => Ok(choice),
        }
    }

    /// The source that is given by a flag or a variable.
    pub(crate) fn typed_or_of_variables(
        args: &KeyArgs,
        environment: &Environment,
    ) -> Result<Self, Error> {
        match Self::typed(args)? {
            Some(typed) => Ok(typed),
            None => Self::of_variables(&[], environment),
        }
    }

    /// What a file of settings names.
    fn of_files(settings: &Settings<'_>) -> Result<Self, Error> {
        let Some(said) = settings.key()? else { return Ok(Self::Search) };
        let source = said.source.to_string();
        if said.setting == Setting::ApiKeyCommand {
            return Self::of_command(&said.value, &source).map_err(|error| said.point(error));
        }
        Ok(Self::File(KeyFile { path: PathBuf::from(&said.value), said_by: source }))
    }

    fn typed(args: &KeyArgs) -> Result<Option<Self>, Error> {
        if args.api_key_stdin {
            return Ok(Some(Self::Stdin("--api-key-stdin")));
        }
        if let Some(path) = &args.api_key_file {
            let said_by = "--api-key-file".to_owned();
            return Ok(Some(match path.as_str() {
                "-" => Self::Stdin("--api-key-file -"),
                "" => return Err(empty(&said_by)),
                _ => Self::File(KeyFile { path: PathBuf::from(path), said_by }),
            }));
        }
        let command = args.api_key_command.as_deref();
        command.map(|command| Self::of_command(command, "--api-key-command")).transpose()
    }

    /// The variable that is set; those that are `taken` hold something else.
    pub(crate) fn of_variables(taken: &[String], environment: &Environment) -> Result<Self, Error> {
        for name in SOURCES.into_iter().filter(|name| !taken.iter().any(|other| other == name)) {
            match environment.presence(name) {
                // Where a key is needed it is an error: cf would take it for missing and prompt.
                Presence::Empty if name == CF_DOCKER_PASSWORD => return Ok(Self::Variable(name)),
                Presence::Unset | Presence::Empty => {}
                Presence::Set => return Self::of_variable(name, environment),
            }
        }
        Ok(Self::Search)
    }

    /// Refuses an empty `CF_DOCKER_PASSWORD` where it would be used.
    ///
    /// # Errors
    /// It is the source, and it is empty.
    pub(crate) fn refuse_empty(&self, environment: &Environment) -> Result<(), Error> {
        let is_empty = environment.presence(CF_DOCKER_PASSWORD) == Presence::Empty;
        if *self != Self::Variable(CF_DOCKER_PASSWORD) || !is_empty {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Key, "`CF_DOCKER_PASSWORD` is set but empty")
            .seen("cf takes that for missing and prompts, which hangs or fails in a job")
            .hint("fill it, or `unset CF_DOCKER_PASSWORD` and give the key another way"))
    }

    /// The output of a command that a flag gives.
    pub(super) fn of_command(command: &str, flag: &str) -> Result<Self, Error> {
        let words = words(command).ok_or_else(|| {
            Error::new(ErrorKind::Usage, format!("`{flag}` has a quote that does not end"))
                .hint("the command is split into words as a shell would; no shell runs it")
        })?;
        if words.is_empty() {
            return Err(empty(flag));
        }
        Ok(Self::Command(KeyCommand { words, said_by: flag.to_owned() }))
    }

    /// The IBM Cloud CLI takes `@PATH` in its variable for a file.
    fn of_variable(name: &'static str, environment: &Environment) -> Result<Self, Error> {
        let path = environment.text(name).and_then(|value| value.strip_prefix('@'));
        match path.filter(|_| name == "IBMCLOUD_API_KEY") {
            Some(path) if looks_like_key(path.trim()) => {
                let message = format!("`{name}` has `@` in front of what looks like a key");
                Err(Error::new(ErrorKind::Key, message).hint(format!(
                    "`@` stands before the path of a file; put the key alone into `{name}`"
                )))
            }
            Some(path) => {
                Ok(Self::File(KeyFile { path: PathBuf::from(path), said_by: name.to_owned() }))
            }
            None => Ok(Self::Variable(name)),
        }
    }

    /// Names the source for people.
    #[must_use]
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Stdin(flag) => format!("standard input (`{flag}`)"),
            Self::File(file) => format!("`{}` (`{}`)", file.path.display(), file.said_by),
            Self::Command(command) => {
                let program = command.words.first().map(String::as_str).unwrap_or_default();
                format!("the output of `{program}`")
            }
            Self::Variable(name) => format!("`{name}`"),
            Self::Named(name) => format!("`{name}`"),
            Self::Search => "Docker's configuration, else a prompt".to_owned(),
        }
    }

    /// What kind of source it is, for scripts.
    #[must_use]
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Stdin(_) => "stdin",
            Self::File(_) => "file",
            Self::Command(_) => "command",
            Self::Variable(_) | Self::Named(_) => "variable",
            Self::Search => "search",
        }
    }

    /// Names the source so that a shell would put the key there, or the password of another
    /// registry; where none was given, so that the shell stops instead of giving cf an empty one.
    #[must_use]
    pub(crate) fn shell_word(&self, secret: SecretUse) -> String {
        match self {
            Self::Stdin(_) => "\"$(cat)\"".to_owned(),
            Self::File(file) => {
                let is_json = secret == SecretUse::Key
                    && file.path.extension().is_some_and(|end| end == "json");
                let reader = if is_json { "jq -r .apikey" } else { "cat" };
                format!("\"$({reader} {})\"", file_word(&file.path.to_string_lossy()))
            }
            Self::Command(command) => {
                format!("\"$({})\"", shell_line(command.words.iter().map(String::as_str)))
            }
            Self::Variable(name) => format!("\"${name}\""),
            Self::Named(name) => format!("\"${name}\""),
            Self::Search => "\"${ICR_CF_API_KEY:?}\"".to_owned(),
        }
    }
}

pub(super) fn empty(flag: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("`{flag}` has an empty value"))
        .hint("check the variable that was to fill it")
}

/// The registry user, which decides what kind of secret goes with it (IBM Cloud documentation,
/// "Accessing IBM Cloud Container Registry" and "… with trusted profiles").
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Username {
    /// `iamapikey`, with an API key.
    ApiKey,
    /// The id of a trusted profile, with an API key of a service id that the profile trusts.
    TrustedProfile(String),
    /// `iambearer`, with an IAM access token, which lives for an hour at most.
    Bearer,
    /// `iamrefresh`, with an IAM refresh token, which lives for three days at most.
    Refresh,
}

/// Whether users whose secret expires are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShortLived {
    /// They are not.
    Refused,
    /// `--allow-short-lived`.
    Allowed,
}

impl ShortLived {
    pub(super) fn of(args: &KeyArgs) -> Self {
        if args.allow_short_lived { Self::Allowed } else { Self::Refused }
    }
}

impl Username {
    /// The user that the arguments name, else a file of settings, else `iamapikey`.
    pub(crate) fn of(args: &KeyArgs, settings: &Settings<'_>) -> Result<Self, Error> {
        let said = Self::said(args, ShortLived::of(args), settings)?;
        Ok(said.unwrap_or(Self::ApiKey))
    }

    /// The same, where it matters that nobody names one.
    pub(crate) fn said(
        args: &KeyArgs,
        short_lived: ShortLived,
        settings: &Settings<'_>,
    ) -> Result<Option<Self>, Error> {
        if args.no_key {
            return Ok(None);
        }
        let flag = args.docker_username.as_deref();
        let said = settings.pick(Setting::DockerUsername, flag)?;
        let said = said.filter(|said| !said.value.is_empty());
        let parsed = said
            .map(|said| Self::parse(&said.value, short_lived).map_err(|error| said.blame(error)));
        parsed.transpose()
    }

    /// Whether a name is that of a user of ICR.
    pub(crate) fn is_of_icr(text: &str) -> bool {
        Self::parse(text, ShortLived::Allowed).is_ok()
    }

    pub(crate) fn parse(text: &str, short_lived: ShortLived) -> Result<Self, Error> {
        let user = match text {
            "" | "iamapikey" => Self::ApiKey,
            "iambearer" => Self::Bearer,
            "iamrefresh" => Self::Refresh,
            _ if text.strip_prefix("Profile-").is_some_and(is_uuid) => {
                Self::TrustedProfile(text.to_owned())
            }
            _ => return Err(unknown(text)),
        };
        if user.is_short_lived() && short_lived == ShortLived::Refused {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("`{text}` goes with a token that expires"),
            )
            .seen("Cloud Foundry pulls the image again at every restart, crash and move, with what it got at the push")
            .hint("use `iamapikey` with an API key, best of a service id that may read one namespace")
            .hint("`--allow-short-lived` pushes all the same, for a try-out"));
        }
        Ok(user)
    }

    /// Whether a name is that of a user whose secret expires by itself.
    pub(crate) fn names_short_lived(text: &str) -> bool {
        Self::parse(text, ShortLived::Allowed).is_ok_and(|user| user.is_short_lived())
    }

    /// Whether the secret that goes with the user expires by itself.
    #[must_use]
    pub(crate) const fn is_short_lived(&self) -> bool {
        match self {
            Self::ApiKey | Self::TrustedProfile(_) => false,
            Self::Bearer | Self::Refresh => true,
        }
    }

    /// The name as the registry knows it.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::ApiKey => "iamapikey",
            Self::TrustedProfile(id) => id,
            Self::Bearer => "iambearer",
            Self::Refresh => "iamrefresh",
        }
    }
}

fn unknown(text: &str) -> Error {
    let error = Error::new(ErrorKind::Usage, format!("`{}` is not a user of ICR", printable(text)));
    let error = match text {
        "token" => error.seen("registry tokens ended in 2021"),
        "cp" => error.seen("`cp` belongs to IBM's entitled registry, cp.icr.io"),
        _ => error,
    };
    error.hint("it takes `iamapikey` (with an API key) or a trusted profile id `Profile-<uuid>`; leave `--docker-username` out for `iamapikey`")
}
