//! `icr-cf login` and `icr-cf logout`: docker and podman get their logins at ICR from our credential
//! helper, or no longer do. Writes entries into their files, and never a key.

use crate::cli::{ClientArgs, LoginArgs, LogoutArgs, OutputFormat};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, printable, printable_in_full, shell_line};
use crate::exit_code::ExitCode;
use crate::login_files::{Client, HELPER, HostEntry, Locks, LoginFile, PROGRAM, Wish};
use crate::process::{self, Signal, Signals};
use crate::reference;
use crate::region::{REGISTRIES, Registry};
use crate::report::{self, ClientLogins};
use crate::request::{KeyChoice, SOURCES};

mod older;
mod program;
mod storing;

pub(super) use program::HelperProgram;

/// Writes the entries, or shows what there is, or has the clients log in.
///
/// # Errors
/// A file that cannot be read or written, or is no configuration; an unknown region.
pub(crate) fn login(args: &LoginArgs, environment: &Environment) -> Result<ExitCode, Error> {
    if args.store {
        return storing::run(args, environment);
    }
    refuse_source(args)?;
    let LoginArgs { status, replace, clients, .. } = args;
    let status = *status;
    let wish = (!status).then_some(Wish::Entries);
    let of_others = if status || *replace { OfOthers::Let } else { OfOthers::Kept };
    let usual: &[Client] =
        if status { &[Client::Docker, Client::Podman] } else { &[Client::Docker] };
    let hosts = hosts(&clients.region)?;
    let clients_of = self::clients(clients, usual);
    let work =
        Work { command: "login", wish, of_others, args: clients, clients: clients_of, hosts };
    let files = go(&work, environment)?;
    let has_entries = files.iter().any(|file| file.entries.iter().any(HostEntry::is_ours));
    if has_entries {
        warn(&files, &HelperProgram::look(environment)?, environment);
        older::warn(&files, environment);
    }
    warn_of_all(&files, environment);
    Ok(ExitCode::Success)
}

/// Refuses a source of the key: entries need none.
fn refuse_source(args: &LoginArgs) -> Result<(), Error> {
    let flags = [
        (args.api_key_stdin, "--api-key-stdin"),
        (args.api_key_file.is_some(), "--api-key-file"),
        (args.api_key_command.is_some(), "--api-key-command"),
    ];
    let Some((_, flag)) = flags.into_iter().find(|(is_there, _)| *is_there) else { return Ok(()) };
    Err(Error::new(ErrorKind::Usage, format!("`{flag}` is for `--store`"))
        .seen("what `icr-cf login` writes has no key: the helper finds it whenever a client asks")
        .hint(format!("leave `{flag}` out")))
}

/// Takes the entries out.
///
/// # Errors
/// As for [`login`].
pub(crate) fn logout(args: &LogoutArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let work = Work {
        command: "logout",
        wish: Some(Wish::None),
        of_others: OfOthers::Let,
        args: &args.clients,
        clients: clients(&args.clients, &[Client::Docker, Client::Podman]),
        hosts: hosts(&args.clients.region)?,
    };
    let files = go(&work, environment)?;
    warn_of_all(&files, environment);
    Ok(ExitCode::Success)
}

/// What becomes of entries for other helpers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OfOthers {
    /// They stay, and nothing is written.
    Kept,
    /// They are as the wish has them.
    Let,
}

/// What is done, and to what.
struct Work<'a> {
    command: &'static str,
    wish: Option<Wish>,
    of_others: OfOthers,
    args: &'a ClientArgs,
    clients: Vec<Client>,
    hosts: Vec<&'static str>,
}

fn go(work: &Work<'_>, environment: &Environment) -> Result<Vec<ClientLogins>, Error> {
    let Work { command, wish, args, hosts, .. } = work;
    // Held until all is written.
    let (files, _locks) = opened(work, environment)?;
    let (done, signal) = if let Some(wish) = wish {
        uninterrupted(|| changed(files, *wish, hosts, environment))?
    } else {
        let looked_at = |file: LoginFile| {
            let entries = file.entries(hosts)?;
            Ok(ClientLogins { file, entries, changes: Vec::new() })
        };
        (files.into_iter().map(looked_at).collect::<Result<_, Error>>()?, None)
    };
    match args.output {
        OutputFormat::Json => {
            let told = (*command, ExitCode::Success);
            let program = environment.find_program(PROGRAM);
            report::client_logins_document(told, &done, program.as_deref(), environment)?;
        }
        OutputFormat::Text => report::client_logins(*wish, &done, environment)?,
    }
    report::replaced_helpers(&done, environment);
    match signal {
        Some(signal) => {
            Err(Error::new(ErrorKind::Interrupted(signal.code()), "interrupted")
                .seen("all was done"))
        }
        None => Ok(done),
    }
}

/// Changes the files.
fn changed(
    files: Vec<LoginFile>,
    wish: Wish,
    hosts: &[&'static str],
    environment: &Environment,
) -> Result<Vec<ClientLogins>, Error> {
    let mut done: Vec<ClientLogins> = Vec::new();
    for mut file in files {
        let changes = file.change(wish, hosts, environment);
        let changes = changes.map_err(|error| beside(error, &done))?;
        let entries = file.entries(hosts)?;
        done.push(ClientLogins { file, entries, changes });
    }
    Ok(done)
}

/// Does what is not to be left half done; gives the signal that came meanwhile as well.
fn uninterrupted<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<(T, Option<Signal>), Error> {
    let work = async {
        let mut signals =
            Signals::listen().map_err(|error| Error::internal("no signals", &error))?;
        signals.complete();
        let done = work()?;
        // What came is told at the next turn.
        tokio::task::yield_now().await;
        let mut ending = None;
        while let Some(signal) = signals.pending().await {
            match signal {
                Signal::Stop => signals.stop(),
                signal if signal.ends() => ending = ending.or(Some(signal)),
                _ => {}
            }
        }
        Ok((done, ending))
    };
    process::in_runtime(work).map_err(|error| Error::internal("no runtime", &error))?
}

/// Reads the files, each before the first is changed.
fn opened(work: &Work<'_>, environment: &Environment) -> Result<(Vec<LoginFile>, Locks), Error> {
    let (mut files, mut locks): (Vec<LoginFile>, Locks) = Default::default();
    for client in work.clients.iter().copied() {
        // Where `DOCKER_CONFIG` is set, podman reads docker's.
        let path = client.place(environment);
        if files.iter().any(|known| Some(&known.path) == path.as_ref()) {
            continue;
        }
        let file = match work.wish {
            Some(wish) => LoginFile::read_to_change((client, wish), environment, &mut locks),
            None => LoginFile::read(client, environment),
        };
        let looked_at = file.and_then(|file| Ok((file.entries(&work.hosts)?, file)));
        let (entries, file) =
            looked_at.map_err(|error| without(error, client, work, environment))?;
        if work.of_others == OfOthers::Kept {
            keep_others(&file, &entries, work.args)?;
        }
        files.push(file);
    }
    Ok((files, locks))
}

/// The error about the file of a client, with the command that does without it.
fn without(error: Error, client: Client, work: &Work<'_>, environment: &Environment) -> Error {
    let is_elsewhere = |other: &&Client| other.place(environment) != client.place(environment);
    let Some(other) = work.clients.iter().find(is_elsewhere) else { return error };
    let mut words = vec!["icr-cf", work.command];
    words.extend(work.wish.is_none().then_some("--status"));
    let other = format!("--{}", other.name());
    words.push(&other);
    words.extend(work.args.region.iter().flat_map(|region| ["--region", region.as_str()]));
    error.hint(format!("to do without that file: `{}`", shell_line(words)))
}

/// The error about a file, where others were changed before it.
fn beside(error: Error, done: &[ClientLogins]) -> Error {
    done.iter().filter(|one| !one.changes.is_empty()).fold(error, |error, one| {
        let path = printable_in_full(&one.file.path.to_string_lossy());
        error.seen(format!("`{path}` was changed before"))
    })
}

/// The clients that were said, else the usual ones.
fn clients(args: &ClientArgs, usual: &[Client]) -> Vec<Client> {
    let said = [(args.docker, Client::Docker), (args.podman, Client::Podman)];
    let said: Vec<Client> =
        said.into_iter().filter(|(is_said, _)| *is_said).map(|(_, client)| client).collect();
    if said.is_empty() { usual.to_vec() } else { said }
}

/// Nothing says what was there once it is replaced.
fn keep_others(file: &LoginFile, entries: &[HostEntry], args: &ClientArgs) -> Result<(), Error> {
    let other = |entry: &HostEntry| entry.helper.clone().filter(|_| !entry.is_ours());
    let mut all = entries.iter().filter_map(|entry| Some((entry.host, other(entry)?)));
    let Some((host, helper)) = all.next() else { return Ok(()) };
    let more = match all.count() {
        0 => String::new(),
        1 => ", and 1 more host has one".to_owned(),
        more => format!(", and {more} more hosts have one"),
    };
    let path = printable_in_full(&file.path.to_string_lossy());
    let clients = [(args.docker, "--docker"), (args.podman, "--podman")];
    let mut words = vec!["icr-cf", "login"];
    words.extend(clients.into_iter().filter(|(is_said, _)| *is_said).map(|(_, flag)| flag));
    words.extend(args.region.iter().flat_map(|region| ["--region", region.as_str()]));
    words.push("--replace");
    Err(Error::new(ErrorKind::Setup, format!("`{host}` has another credential helper"))
        .seen(format!("`{path}` names `{}` for it{more}", printable(&helper)))
        .seen("nothing was changed")
        .hint(format!(
            "to have icr-cf asked in its place: `{}`; `icr-cf logout` does not bring it back",
            shell_line(words)
        ))
        .hint("to leave it: name other registries, each by `--region`"))
}

fn registries(regions: &[String]) -> Result<Vec<&'static Registry>, Error> {
    regions.iter().map(|region| reference::parse_region(region, "--region")).collect()
}

/// The hosts of the registries that were said, else of all.
fn hosts(regions: &[String]) -> Result<Vec<&'static str>, Error> {
    let said = registries(regions)?;
    let all: Vec<&Registry> = if said.is_empty() { REGISTRIES.iter().collect() } else { said };
    let mut hosts: Vec<&'static str> = Vec::new();
    for host in all.iter().flat_map(|one| std::iter::once(one.host).chain(one.private_host)) {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    Ok(hosts)
}

/// Says what is still missing before a client gets a login.
fn warn(files: &[ClientLogins], program: &HelperProgram, environment: &Environment) {
    if let Some((trouble, line)) = program.trouble(environment) {
        let text = format!("{trouble}, so that no client can ask icr-cf");
        let mended = line.map_or(text.clone(), |line| format!("{text}; `{line}` mends that"));
        report::show_warning(&mended, environment);
    }
    if KeyChoice::of_variables(&[], environment).is_ok_and(|one| one == KeyChoice::Search) {
        let names: Vec<String> = SOURCES.iter().map(|name| format!("`{name}`")).collect();
        let text = format!(
            "clients get a login where one of these variables holds the key, and none does here: {}",
            names.join(", ")
        );
        report::show_note(&text, environment);
    }
    for one in files {
        let path = one.file.path.to_string_lossy();
        let has_ours = one.entries.iter().any(HostEntry::is_ours);
        if has_ours && one.file.is_of_session(environment) {
            let text = format!(
                "`{path}` goes when your session ends; `icr-cf login --docker` lasts, and podman reads it as well"
            );
            report::show_note(&text, environment);
        }
    }
}

/// Says where docker asks us for every registry, which is no entry of ours.
fn warn_of_all(files: &[ClientLogins], environment: &Environment) {
    for file in files.iter().map(|one| &one.file) {
        if file.helper_of_all().as_deref() != Some(HELPER) {
            continue;
        }
        let path = printable_in_full(&file.path.to_string_lossy());
        let text = format!(
            "`credsStore` in `{path}` names icr-cf, so that docker asks it for every registry, and it \
             keeps no login; take that member out by hand, `icr-cf login` names the hosts of ICR alone"
        );
        report::show_note(&text, environment);
    }
}
