//! `icr-cf doctor`: what is wrong with the set-up, a line for each part, with the command that mends it.
//! Changes nothing, and fails at nothing: what cannot be looked at is a line of its own.

use std::time::{Duration, Instant, SystemTime};

use crate::capi::{self, InstalledCf};
use crate::cf;
use crate::cf_program::{self, CfProgram};
use crate::cli::DoctorArgs;
use crate::credentials::{self, NoticeLevel};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::exit_code::ExitCode;
use crate::http::{self, Authorities, Client, Tls};
use crate::icr::{self, KeyDetails, KeyUntold, Reached};
use crate::process::{self, Signals, Stopped, within};
use crate::report::{self, Health, Part};
use crate::request::{self, DoctorRequest, WithKey};
use crate::verdict::{Verdict, Weight};

mod surroundings;

/// A clock that is further off than this makes tokens and certificates of no use.
const CLOCK: Duration = Duration::from_secs(60);
/// The same as [`crate::stages`] has for questions that do not keep to their bound.
const LAST: Duration = Duration::from_secs(5);
/// How fast a registry answers that is worth no word.
const SLOW: Duration = Duration::from_secs(2);

/// Looks at everything.
///
/// # Errors
/// Arguments that make no sense; a signal.
pub(crate) fn run(args: DoctorArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let request = request::doctor(args, environment)?;
    let work = async {
        let mut signals =
            Signals::listen().map_err(|error| Error::internal("no signals", &error))?;
        Box::pin(go(&request, environment, &mut signals)).await
    };
    let parts =
        process::in_runtime(work).map_err(|error| Error::internal("no runtime", &error))??;
    let code = code(&parts);
    report::doctor(&parts, code, request.output, environment)?;
    Ok(code)
}

async fn go(
    request: &DoctorRequest,
    environment: &Environment,
    signals: &mut Signals,
) -> Result<Vec<Part>, Error> {
    let limit = request.checks.limit;
    let mut parts: Vec<Part> = settings(request).into_iter().collect();
    let located = cf_program::locate(request.cf.as_ref(), environment);
    let cf = installed(located, environment, signals, &mut parts).await?;
    let ca_file = request.checks.ca_file.as_deref();
    let authorities = match http::authorities(ca_file, limit, environment, signals).await {
        Ok(read) => {
            parts.push(certificates(&read));
            read
        }
        Err(error) => {
            parts.push(Part::of_error("certificates", &error));
            Authorities::none()
        }
    };
    let deadline = Instant::now() + limit;
    let client = Client::new(&authorities, Tls::Verify, deadline);
    let work = async {
        let of_cf = async {
            match &cf {
                Some(cf) => {
                    let installed = InstalledCf { cf, environment };
                    Some(capi::check(installed, &authorities, deadline).await)
                }
                None => None,
            }
        };
        tokio::join!(of_cf, icr::reach(&client, &request.registries))
    };
    let (of_cf, reached) = waited(limit, signals, Box::pin(work)).await?;
    parts.extend(of_cf.map(platform).unwrap_or_default());
    parts.push(key(request, &client, environment, signals).await?);
    parts.extend(clock(&reached));
    parts.extend(reached.into_iter().map(registry));
    parts.extend(surroundings::parts(environment, signals).await?);
    Ok(parts)
}

/// The files of settings, where there are any.
fn settings(request: &DoctorRequest) -> Option<Part> {
    let files = request.files.join(", ");
    let words = format!("read from {files}");
    let leave = request.left_out.iter().fold(
        Part::new("settings", Health::Doubtful, format!("{words}; not all of it counts")),
        |part, line| part.hint(line.clone()),
    );
    match (request.files.is_empty(), request.left_out.is_empty()) {
        (true, _) => None,
        (false, true) => Some(Part::new("settings", Health::Fine, words)),
        (false, false) => Some(leave),
    }
}

async fn waited<T>(
    limit: Duration,
    signals: &mut Signals,
    work: impl Future<Output = T>,
) -> Result<T, Error> {
    within(limit + LAST, signals, work).await.map_err(|stopped| match stopped {
        Stopped::By(signal) => Error::new(ErrorKind::Interrupted(signal.code()), "interrupted"),
        Stopped::TimedOut => Error::new(ErrorKind::TimedOut, "the questions did not end in time"),
    })
}

/// Which cf there is.
async fn installed(
    located: Result<CfProgram, Error>,
    environment: &Environment,
    signals: &mut Signals,
    parts: &mut Vec<Part>,
) -> Result<Option<CfProgram>, Error> {
    let cf = match located {
        Ok(cf) => cf,
        Err(error) => {
            parts.push(Part::of_error("cf", &error));
            return Ok(None);
        }
    };
    let path = cf.path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    match cf::release(&cf, environment, signals).await {
        Ok(Some(release)) => {
            parts.push(Part::new("cf", Health::Fine, format!("{release} at {path}")));
        }
        Ok(None) => parts.push(Part::new(
            "cf",
            Health::Doubtful,
            format!("{path} does not say a release; flags are not checked against it"),
        )),
        Err(error) if matches!(error.kind(), ErrorKind::Interrupted(_)) => return Err(error),
        Err(error) => {
            parts.push(Part::of_error("cf", &error));
            return Ok(None);
        }
    }
    Ok(Some(cf))
}

/// Where cf pushes to, and whether that takes docker images.
fn platform(found: capi::OfCf) -> Vec<Part> {
    if let Some(why) = found.not_checked {
        return vec![Part::new("platform", Health::Doubtful, format!("not looked at: {why}"))];
    }
    let mut parts: Vec<Part> =
        found.verdicts.iter().map(|verdict| of_verdict("platform", verdict)).collect();
    let is_fine = parts.is_empty();
    if let Some(to) = found.place {
        let words = format!("org {}, space {}, {}", to.org, to.space, to.api);
        let also = if is_fine { "; takes docker images" } else { "" };
        parts.insert(0, Part::new("target", Health::Fine, format!("{words}{also}")));
    }
    parts
}

fn certificates(read: &Authorities) -> Part {
    let proxy = read.proxies.https;
    let through = proxy.map_or_else(
        || "no proxy".to_owned(),
        |one| format!("through the proxy of `{}`", one.name),
    );
    // What it holds is not shown: a password may be in it.
    if let Some(one) = proxy.filter(|one| one.is_ignored) {
        let name = one.name;
        let words = format!("`{name}` names no proxy that makes sense, and does not count");
        return Part::new("network", Health::Doubtful, words)
            .hint(format!("write it as `{name}=http://HOST:PORT`, or `unset {name}`"));
    }
    match read.notes.first() {
        Some(note) => Part::new("network", Health::Doubtful, format!("{through}; {note}")),
        None => Part::new("network", Health::Fine, through),
    }
}

/// Whether a key is found, and what IAM thinks of it.
async fn key(
    request: &DoctorRequest,
    client: &Client,
    environment: &Environment,
    signals: &mut Signals,
) -> Result<Part, Error> {
    if request.with_key == WithKey::No {
        return Ok(Part::new("key", Health::Fine, "none is wanted (`--no-key`)"));
    }
    let hosts: Vec<&str> = request.registries.iter().map(|registry| registry.host).collect();
    let (choice, user) = (&request.key, &request.username);
    let explained = credentials::explain(choice, user, &hosts, environment, signals).await;
    if let Some(error) = explained.failure {
        return match error.kind() {
            ErrorKind::Interrupted(_) => Err(error),
            _ => Ok(Part::of_error("key", &error)),
        };
    }
    let Some(found) = explained.found else {
        return Ok(Part::new("key", Health::Broken, "none is found")
            .exit(ExitCode::NoPermission)
            .hint(
                "give it as `ICR_CF_API_KEY`, or name a file: `icr-cf doctor --api-key-file PATH`",
            ));
    };
    let details = waited(request.checks.limit, signals, icr::key_details(client, user, &found.key));
    let mut part = match details.await? {
        Ok(details) => known(&found.source, &details),
        Err(KeyUntold::Refused(verdict)) => of_verdict("key", &verdict),
        Err(KeyUntold::Unknown(why)) => {
            let words = format!("from {}; IAM does not tell of it: {why}", found.source);
            Part::new("key", Health::Doubtful, words)
        }
    };
    for notice in found.notices.iter().filter(|notice| notice.level == NoticeLevel::Warning) {
        part = part.hint(notice.text.clone());
    }
    Ok(part)
}

/// A key that IAM tells of.
fn known(source: &str, details: &KeyDetails) -> Part {
    if let Some(verdict) = details.verdict(SystemTime::now()) {
        return of_verdict("key", &verdict);
    }
    let end = details.expires_at.as_deref();
    let end = end.map_or_else(|| "does not end".to_owned(), |end| format!("ends at {end}"));
    let words = format!("from {source}; IAM knows it as {}, it {end}", details.id);
    Part::new("key", Health::Fine, words)
}

/// How far the clock is off, where a registry has said what time it is.
fn clock(reached: &[Reached]) -> Option<Part> {
    let mut answers = reached.iter().filter_map(|one| one.answer.as_ref().ok());
    let (there, here) = answers.find_map(|answer| answer.clock)?;
    let off = here.duration_since(there).unwrap_or_else(|error| error.duration());
    let words = format!("{} s off", off.as_secs());
    Some(if off > CLOCK {
        Part::new("clock", Health::Broken, words)
            .exit(ExitCode::Config)
            .hint("set it: tokens and certificates are judged by it (`timedatectl set-ntp true`)")
    } else {
        Part::new("clock", Health::Fine, words)
    })
}

fn registry(one: Reached) -> Part {
    let subject = one.registry.host;
    match one.answer {
        Ok(answer) => {
            let words = format!("answers in {} ms", answer.took.as_millis());
            let health = if answer.took > SLOW { Health::Doubtful } else { Health::Fine };
            Part::new(subject, health, words)
        }
        Err(verdict) => of_verdict(subject, &verdict),
    }
}

fn of_verdict(subject: &str, verdict: &Verdict) -> Part {
    let seen = verdict.seen.first().map(|seen| format!(" ({seen})")).unwrap_or_default();
    let health = match verdict.weight {
        Weight::Definitive => Health::Broken,
        Weight::Undecided | Weight::Advice => Health::Doubtful,
    };
    let part = Part::new(subject, health, format!("{}{seen}", verdict.message));
    verdict.hints.iter().fold(part.exit(verdict.exit_code()), |part, hint| part.hint(hint.clone()))
}

/// That of the first part that is broken.
fn code(parts: &[Part]) -> ExitCode {
    let broken = parts.iter().find(|part| part.health == Health::Broken);
    broken.map_or(ExitCode::Success, |part| part.code)
}
