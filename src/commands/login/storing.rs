//! `icr-cf login --store`: docker or podman log in themselves, with the key on their standard input. They
//! keep it, in their own way; nothing of ours writes it.

use std::sync::Arc;
use std::time::Duration;

use super::{clients, registries};
use crate::cli::{KeyArgs, LoginArgs, OutputFormat};
use crate::credentials::{self, KeyQuery, SourcedKey};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, printable_in_full, shell_line};
use crate::exit_code::ExitCode;
use crate::handover::{self, By, Handover, Manner};
use crate::login_files::{Client, HELPER, HostEntry, LoginFile, PROGRAM};
use crate::process::{self, Signals};
use crate::report::{self, ClientLogins};
use crate::request::{KeyChoice, Username};

/// How long a client may take to log in at one registry.
const LIMIT: Duration = Duration::from_secs(60);

/// Has each client log in at each registry.
///
/// # Errors
/// No registry is named; a client that is not there, or that would give the key back to icr-cf; no key;
/// a login that takes too long.
pub(super) fn run(args: &LoginArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let mut hosts: Vec<&'static str> = Vec::new();
    for host in registries(&args.clients.region)?.iter().map(|one| one.host) {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    if hosts.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "`--store` needs the registries to log in at")
            .hint("`icr-cf login --store --region us-south`; `icr-cf regions` lists them"));
    }
    let clients = clients(&args.clients, &[Client::Docker]);
    for client in &clients {
        // Both are looked at before the first is called.
        is_there(*client, environment)?;
        keeps(*client, &hosts, args, environment)?;
    }
    let choice = KeyChoice::typed_or_of_variables(&key_args(args), environment)?;
    choice.refuse_empty(environment)?;
    let store = Store { clients, hosts, choice, output: args.clients.output };
    process::in_runtime(store.go(environment))
        .map_err(|error| Error::internal("no runtime", &error))?
}

fn key_args(args: &LoginArgs) -> KeyArgs {
    KeyArgs {
        api_key_stdin: args.api_key_stdin,
        api_key_file: args.api_key_file.clone(),
        api_key_command: args.api_key_command.clone(),
        docker_username: None,
        no_key: false,
        allow_short_lived: false,
    }
}

fn is_there(client: Client, environment: &Environment) -> Result<(), Error> {
    let name = client.name();
    if environment.find_program(name).is_some() {
        return Ok(());
    }
    let other = match client {
        Client::Docker => "--podman",
        Client::Podman => "--docker",
    };
    Err(Error::new(ErrorKind::ProgramNotFound, format!("there is no program `{name}` on PATH"))
        .hint(format!("install {name}, or name the other client: `{other}`")))
}

/// Refuses where the client would hand the key to our helper, which keeps nothing.
fn keeps(
    client: Client,
    hosts: &[&'static str],
    args: &LoginArgs,
    environment: &Environment,
) -> Result<(), Error> {
    let file = LoginFile::read(client, environment)?;
    let entries = file.entries(hosts)?;
    if file.helper_of_all().as_deref() == Some(HELPER) {
        let name = client.name();
        let path = printable_in_full(&file.path.to_string_lossy());
        let message = format!("{name} asks icr-cf for all its logins, and would keep none");
        return Err(Error::new(ErrorKind::Setup, message)
            .seen(format!("`credsStore` in `{path}` names `{PROGRAM}`"))
            .hint("to have it keep the key: take `credsStore` out of that file"));
    }
    let Some(entry) = entries.iter().find(|entry| entry.is_ours()) else { return Ok(()) };
    let (name, flag) = (client.name(), format!("--{}", client.name()));
    let mut words = vec!["icr-cf", "logout", &flag];
    words.extend(args.clients.region.iter().flat_map(|region| ["--region", region.as_str()]));
    Err(Error::new(
        ErrorKind::Setup,
        format!("{name} asks icr-cf for its login at `{}`, and would keep none", entry.host),
    )
    .seen(format!("`{}` names `{PROGRAM}`", printable_in_full(&file.path.to_string_lossy())))
    .hint(format!("{name} has a login as it is; to have it keep the key: `{}`", shell_line(words))))
}

/// Who logs in, and where.
struct Store {
    clients: Vec<Client>,
    hosts: Vec<&'static str>,
    choice: KeyChoice,
    output: OutputFormat,
}

impl Store {
    async fn go(&self, environment: &Environment) -> Result<ExitCode, Error> {
        let mut signals =
            Signals::listen().map_err(|error| Error::internal("no signals", &error))?;
        let signals = &mut signals;
        let found = self.keys(environment, signals).await?;
        let code = self.log_in_everywhere(&found, environment, signals).await?;
        self.say(code, environment)?;
        Ok(code)
    }

    /// The key for each registry: where nothing names it, that of its own login, and what a person types
    /// is for all that have none.
    async fn keys(
        &self,
        environment: &Environment,
        signals: &mut Signals,
    ) -> Result<Vec<Arc<SourcedKey>>, Error> {
        let each: Vec<&[&'static str]> = match self.choice {
            KeyChoice::Search => self.hosts.chunks(1).collect(),
            _ => vec![&self.hosts],
        };
        let mut keys: Vec<Arc<SourcedKey>> = Vec::new();
        for hosts in each {
            let typed = keys.iter().find(|known| known.is_typed).map(Arc::clone);
            let query = KeyQuery::of(&Username::ApiKey, hosts, environment).typed(typed.as_deref());
            let found = credentials::find(&self.choice, &query, signals).await;
            let found = found.map_err(|error| error.without_hint_of("--no-key"))?;
            for notice in &found.notices {
                report::show_notice(notice, environment);
            }
            let found = Arc::new(found);
            keys.extend(hosts.iter().map(|_| Arc::clone(&found)));
        }
        Ok(keys)
    }

    /// Logs in, one after the other, up to the first that fails.
    async fn log_in_everywhere(
        &self,
        found: &[Arc<SourcedKey>],
        environment: &Environment,
        signals: &mut Signals,
    ) -> Result<ExitCode, Error> {
        for client in &self.clients {
            for (host, found) in self.hosts.iter().zip(found) {
                let code = self.log_in((*client, host), found, environment, signals).await?;
                if code != ExitCode::Success {
                    return Ok(code);
                }
            }
        }
        Ok(ExitCode::Success)
    }

    async fn log_in(
        &self,
        (client, host): (Client, &'static str),
        found: &SourcedKey,
        environment: &Environment,
        signals: &mut Signals,
    ) -> Result<ExitCode, Error> {
        let user = Username::ApiKey;
        let words = ["login", "--username", user.as_str(), "--password-stdin", host];
        let program = words.iter().map(Into::into).collect();
        let program = handover::find(&client.name().into(), program, environment)?;
        let handover = Handover {
            by: By::Stdin,
            secret: Arc::clone(&found.key),
            key: Arc::clone(&found.key),
            user: user.as_str(),
            manner: Manner::Within(LIMIT, self.output),
        };
        let ended = handover::run(program, handover, environment, signals).await;
        let line = format!("`{} login {host}`", client.name());
        let (code, warning) = match ended {
            // What was kept so far is said all the same.
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut) => {
                let limit = humantime::format_duration(LIMIT);
                let words = format!("{line} did not end within {limit}, and was ended");
                (error.exit_code(), Some(words))
            }
            Err(error) if matches!(error.kind(), ErrorKind::Interrupted(_)) => {
                (error.exit_code(), None)
            }
            Err(error) => return Err(error),
            Ok(code @ ExitCode::Child(_)) => {
                let more = "`icr-cf check` says more of the key and an image";
                (code, Some(format!("{line} has failed; {more}")))
            }
            Ok(code) => (code, None),
        };
        if let Some(words) = warning {
            report::show_warning(&words, environment);
        }
        Ok(code)
    }

    /// Says what the files have now, and what that means.
    fn say(&self, code: ExitCode, environment: &Environment) -> Result<(), Error> {
        let mut done = Vec::new();
        for client in &self.clients {
            let file = LoginFile::read(*client, environment)?;
            // Where `DOCKER_CONFIG` is set, both have one.
            if done.iter().any(|one: &ClientLogins| one.file.path == file.path) {
                continue;
            }
            let entries = file.entries(&self.hosts)?;
            done.push(ClientLogins { file, entries, changes: Vec::new() });
        }
        if self.output == OutputFormat::Json {
            let program = environment.find_program(PROGRAM);
            let told = ("login", code);
            report::client_logins_document(told, &done, program.as_deref(), environment)?;
        }
        for one in &done {
            let kept: Vec<&HostEntry> =
                one.entries.iter().filter(|one| !one.logins.is_empty()).collect();
            if kept.is_empty() {
                continue;
            }
            let (name, path) = (one.file.client.name(), one.file.path.to_string_lossy());
            let path = printable_in_full(&path);
            let out: Vec<String> =
                kept.iter().map(|one| format!("`{name} logout {}`", one.host)).collect();
            // Whose key that is is not known where a login failed.
            let what = if code == ExitCode::Success { "the key" } else { "a login" };
            report::show_note(
                &format!(
                    "{name} keeps {what} by `{path}` until {}; `icr-cf login --{name}` has it use tokens \
                     of an hour after that",
                    out.join(", ")
                ),
                environment,
            );
        }
        Ok(())
    }
}
