//! `docker-credential-icr-cf`, this program by another name: what docker, podman and all that read
//! their configuration ask for a login (docker/docker-credential-helpers). It answers with a token of
//! IAM that lives for an hour at most, so that none of them ever holds the key. Asks no person and
//! searches nowhere: docker asks for every registry at each build. It never asks docker's own
//! configuration, which would ask us.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use serde::Deserialize;
use zeroize::Zeroizing;

use super::day_two::asking;
use crate::credentials::{self, KeyQuery};
use crate::environment::{CF_DOCKER_PASSWORD, Environment, Presence};
use crate::error::{Error, ErrorKind, printable};
use crate::exit_code::ExitCode;
use crate::http;
use crate::icr;
use crate::process::{self, Signals};
use crate::reading;
use crate::region;
use crate::report;
use crate::request::{KeyChoice, Username};
use crate::secret::ApiKey;
use crate::token_cache::TokenCache;

/// The name by which we are called.
const NAME: &str = "docker-credential-icr-cf";
/// What the protocol has for "nothing here": docker goes on without a login.
const NOT_FOUND: &str = "credentials not found in native keychain";
const NO_SERVER: &str = "no credentials server URL";
const NO_USER: &str = "no credentials username";
/// The users of ICR whose login docker may want to have stored.
const USERS: [&str; 3] = ["iamapikey", "iambearer", "iamrefresh"];
/// Set to 1, docker gets the key itself.
const LONG_LIVED: &str = "ICR_CF_DOCKER_LONG_LIVED";

/// How long everything may take: docker waits, and shows nothing meanwhile.
const LIMIT: Duration = Duration::from_secs(15);
/// Most bytes that are asked of us.
const MOST: usize = 64 * 1024;

/// What docker wants to have stored; its secret is not looked at.
#[derive(Deserialize)]
struct Login {
    #[serde(rename = "ServerURL", default)]
    server: String,
    #[serde(rename = "Username", default)]
    user: String,
}

/// Whether we are called by the helper's name.
pub(crate) fn is_called(arguments: &[OsString]) -> bool {
    let stem = arguments.first().and_then(|program| Path::new(program).file_stem());
    stem.is_some_and(|stem| stem == NAME || (cfg!(windows) && stem.eq_ignore_ascii_case(NAME)))
}

/// Does what the one argument says. What goes wrong is said on standard output, where docker reads it.
pub(crate) fn run(arguments: &[OsString], environment: &Environment) -> ExitCode {
    let done = answer(arguments.get(1..).unwrap_or_default(), environment);
    let (text, code) = match done {
        Ok(text) => (text, ExitCode::Success),
        Err(error) => (Zeroizing::new(on_one_line(&error).into_bytes()), ExitCode::Child(1)),
    };
    let mut out = io::stdout().lock();
    let end: &[u8] = if text.is_empty() { b"" } else { b"\n" };
    let written = out.write_all(&text).and_then(|()| out.write_all(end));
    match written.and_then(|()| out.flush()) {
        Ok(()) => code,
        Err(_) => ExitCode::Output,
    }
}

fn answer(words: &[OsString], environment: &Environment) -> Result<Zeroizing<Vec<u8>>, Error> {
    let said = |text: &str| Ok(Zeroizing::new(text.as_bytes().to_vec()));
    let usage = format!("Usage: {NAME} <store|get|erase|list|version>");
    let [action] = words else { return Err(refusal(usage)) };
    match action.to_str().unwrap_or_default() {
        "get" => get(environment),
        "store" => store(environment).map(|()| Zeroizing::default()),
        "erase" => said(""),
        "list" => said("{}"),
        "version" | "--version" | "-v" => {
            said(&format!("{NAME} (icr-cf) {}", env!("CARGO_PKG_VERSION")))
        }
        "--help" | "-h" => said(&usage),
        other => Err(refusal(format!("{NAME}: unknown action: {}", printable(other)))),
    }
}

/// A refusal in the protocol's own words.
fn refusal(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::Usage, text)
}

/// docker shows one line.
fn on_one_line(error: &Error) -> String {
    let details: Vec<&str> = error.seen_lines().iter().map(String::as_str).collect();
    if details.is_empty() {
        return error.message().to_owned();
    }
    format!("{}: {}", error.message(), details.join("; "))
}

/// What docker sends along, within bounds.
fn sent(end: Instant) -> Result<Zeroizing<Vec<u8>>, Error> {
    reading::at_once(left(end), || reading::bounded(io::stdin().lock(), MOST))
        .map_err(|_| refusal("standard input cannot be read"))
}

/// The registry host of an address, where it is one of ICR's.
fn host_of(address: &str) -> Option<String> {
    let address = address.trim();
    let address = address.strip_prefix("https://").unwrap_or(address);
    let host = address.split('/').next().unwrap_or_default().to_ascii_lowercase();
    region::by_host(&host).map(|_| host)
}

/// What is left until then.
fn left(end: Instant) -> Duration {
    end.saturating_duration_since(Instant::now())
}

fn get(environment: &Environment) -> Result<Zeroizing<Vec<u8>>, Error> {
    let end = Instant::now() + LIMIT;
    let sent = sent(end)?;
    let address = std::str::from_utf8(&sent).map_err(|_| refusal(NOT_FOUND))?.trim();
    if address.is_empty() {
        return Err(refusal(NO_SERVER));
    }
    let host = host_of(address).ok_or_else(|| refusal(NOT_FOUND))?;
    let choice = choice(environment)?;
    let source = match &choice {
        KeyChoice::Variable(name) => *name,
        KeyChoice::File(file) => file.said_by.as_str(),
        KeyChoice::Stdin(_) | KeyChoice::Command(_) | KeyChoice::Named(_) | KeyChoice::Search => {
            return Err(refusal(NOT_FOUND));
        }
    };
    let (user, secret) = process::in_runtime(login(&choice, (source, &host), end, environment))
        .map_err(|error| Error::internal("no runtime", &error))??;
    document(address, user.as_str(), &secret).map_err(|_| refusal("the login cannot be written"))
}

/// The source of the key: the variables alone.
fn choice(environment: &Environment) -> Result<KeyChoice, Error> {
    let is_empty = environment.presence(CF_DOCKER_PASSWORD) == Presence::Empty;
    let taken: &[String] = if is_empty { &[CF_DOCKER_PASSWORD.to_owned()] } else { &[] };
    KeyChoice::of_variables(taken, environment)
}

async fn login(
    choice: &KeyChoice,
    (source, host): (&str, &str),
    end: Instant,
    environment: &Environment,
) -> Result<(Username, Arc<ApiKey>), Error> {
    let mut signals = Signals::listen().map_err(|error| Error::internal("no signals", &error))?;
    let signals = &mut signals;
    let hosts = [host];
    let query = KeyQuery::of(&Username::ApiKey, &hosts, environment).within(left(end));
    let key = credentials::find(choice, &query, signals).await?.key;
    if environment.text(LONG_LIVED) == Some("1") {
        return Ok((Username::ApiKey, key));
    }
    let cache = TokenCache::of(source, environment);
    let kept = cache.as_ref().and_then(|cache| cache.get(&key, SystemTime::now()));
    if let Some(token) = kept {
        return Ok((Username::Bearer, Arc::new(token)));
    }
    let authorities = http::authorities(None, left(end), environment, signals).await?;
    let work = icr::access_token(&key, end, &authorities);
    let token = asking(left(end), signals, work).await.and_then(|token| token);
    // docker shows nothing else, and the one may be why of the other.
    let of_notes = |error| authorities.notes.iter().fold(error, Error::seen);
    let token = token.map_err(of_notes)?;
    if let Some(cache) = cache {
        cache.put(&key, &token, SystemTime::now());
    }
    Ok((Username::Bearer, Arc::new(token)))
}

/// The login as docker reads it. Written at once into room that is large enough and is wiped, so that
/// no copy of the secret stays behind.
fn document(address: &str, user: &str, secret: &ApiKey) -> serde_json::Result<Zeroizing<Vec<u8>>> {
    let secret = secret.expose();
    let room = 64 + 6 * (address.len() + user.len() + secret.len());
    let mut out = Zeroizing::new(Vec::with_capacity(room));
    for (before, text) in
        [("{\"ServerURL\":", address), (",\"Username\":", user), (",\"Secret\":", secret)]
    {
        out.extend_from_slice(before.as_bytes());
        serde_json::to_writer(&mut *out, text)?;
    }
    out.push(b'}');
    Ok(out)
}

/// Takes what `docker login` wants to have stored, and keeps nothing of it: that it is refused would
/// make the login fail, also where what it used came from us.
fn store(environment: &Environment) -> Result<(), Error> {
    let login: Login = serde_json::from_slice(&sent(Instant::now() + LIMIT)?)
        .map_err(|_| refusal("what is to be stored is no JSON of a login"))?;
    if login.server.trim().is_empty() {
        return Err(refusal(NO_SERVER));
    }
    if login.user.trim().is_empty() {
        return Err(refusal(NO_USER));
    }
    let (server, user) = (printable(login.server.trim()), printable(&login.user));
    if host_of(&login.server).is_none() {
        let text = format!(
            "icr-cf keeps no logins, and `{server}` is no registry of ICR: take its entry out of `credHelpers`"
        );
        return Err(refusal(text));
    }
    if !USERS.contains(&login.user.as_str()) {
        let text =
            format!("icr-cf keeps no logins, and `{user}` is none of its users for `{server}`");
        return Err(refusal(text));
    }
    let note = format!(
        "nothing is stored for `{server}`: icr-cf gives a new token each time, of the key in `ICR_CF_API_KEY`"
    );
    report::show_note(&note, environment);
    Ok(())
}
