//! `icr-cf resolve --digest` and `--tags`: what registries have behind references, all asked at
//! once, printed in the order in which they were given.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use super::{Audience, each, print, show, warn};
use crate::cli::{OutputFormat, ResolveArgs};
use crate::credentials::{self, KeyQuery};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::exit_code::ExitCode;
use crate::http;
use crate::icr::{self, Question, RegistryLogin, Resolving, Who};
use crate::process::{Signals, Stopped, in_runtime, within};
use crate::reference::{Defaults, ImageReference};
use crate::report::{self, ResolvedReference};
use crate::request::{self, Checks, ImageTarget, KeyChoice, Username, WithKey};

/// A reference as given, and what it is.
struct Given {
    text: String,
    source: String,
    result: Result<ImageTarget, Error>,
}

/// Who asks, and how.
struct Asker {
    question: Question,
    output: OutputFormat,
    with_key: WithKey,
    choice: KeyChoice,
    username: Username,
    checks: Checks,
}

/// Asks about every reference.
pub(super) fn run(
    args: ResolveArgs,
    defaults: &Defaults,
    question: Question,
    environment: &Environment,
) -> Result<(ExitCode, Vec<ResolvedReference>), Error> {
    let choice = KeyChoice::of(&args.key, &[], environment)?;
    let with_key = WithKey::of(&args.key);
    if with_key == WithKey::Yes {
        choice.refuse_empty(environment)?;
    }
    let reads_references = args.references.iter().any(|text| text == "-");
    if let (KeyChoice::Stdin(flag), true) = (&choice, reads_references) {
        let message = format!("`-` and `{flag}` cannot both read standard input");
        return Err(Error::new(ErrorKind::Usage, message)
            .hint("give the key another way: `--api-key-file PATH`"));
    }
    let checks = Checks::new(args.network)?;
    let asker = Asker {
        question,
        output: args.output,
        with_key,
        choice,
        username: Username::of(&args.key)?,
        checks,
    };
    let mut all = Vec::new();
    each(&args.references, |text, source| {
        let result = request::asked(text, defaults, with_key, source);
        all.push(Given { text: text.to_owned(), source: source.to_owned(), result });
        Ok(Audience::Reads)
    })?;
    let mut answers = in_runtime(asker.ask(&all, environment))
        .map_err(|error| Error::internal("no runtime", &error))??;
    asker.print(all, &mut answers, environment)
}

/// Answers by the place of their reference.
type Answers = BTreeMap<usize, Resolving>;

impl Asker {
    /// Asks. One key serves all registries, but for logins that are kept for each.
    async fn ask(&self, all: &[Given], environment: &Environment) -> Result<Answers, Error> {
        let mut groups: BTreeMap<Vec<&str>, Vec<(usize, &ImageTarget)>> = BTreeMap::new();
        for (at, given) in all.iter().enumerate() {
            let Ok(target) = &given.result else { continue };
            let is_by_host = self.choice == KeyChoice::Search && self.with_key == WithKey::Yes;
            let hosts = if is_by_host { target.hosts() } else { Vec::new() };
            groups.entry(hosts).or_default().push((at, target));
        }
        let mut signals =
            Signals::listen().map_err(|error| Error::internal("no signals", &error))?;
        let lent = http::lend(self.checks.limit, environment, &mut signals).await?;
        let environment = lent.as_ref().map_or(environment, |lent| &lent.environment);
        let (ca_file, limit) = (self.checks.ca_file.as_deref(), self.checks.limit);
        let authorities = http::authorities(ca_file, limit, environment, &mut signals).await?;
        for note in &authorities.notes {
            report::show_warning(note, environment);
        }
        let mut answers = BTreeMap::new();
        for group in groups.into_values() {
            let mut hosts: Vec<&str> = Vec::new();
            for host in group.iter().flat_map(|(_, target)| target.hosts()) {
                if !hosts.contains(&host) {
                    hosts.push(host);
                }
            }
            let (choice, user) = (&self.choice, &self.username);
            let found = match self.with_key {
                WithKey::Yes => {
                    let query = KeyQuery::of(user, &hosts, environment);
                    Some(credentials::find(choice, &query, &mut signals).await?)
                }
                WithKey::No => None,
            };
            for notice in found.iter().flat_map(|found| &found.notices) {
                report::show_notice(notice, environment);
            }
            let targets: Vec<&ImageTarget> = group.iter().map(|(_, one)| *one).collect();
            let who = found
                .as_ref()
                .map_or(Who::Anybody, |found| Who::Key(RegistryLogin { user, key: &found.key }));
            let work = icr::resolve(&targets, self.question, &self.checks, who, &authorities);
            // Bounded in itself; this holds should that fail.
            let answered = within(LIMIT, &mut signals, work).await.map_err(stopped)?;
            answers.extend(group.iter().map(|(at, _)| *at).zip(answered));
        }
        Ok(answers)
    }

    fn print(
        &self,
        all: Vec<Given>,
        answers: &mut Answers,
        environment: &Environment,
    ) -> Result<(ExitCode, Vec<ResolvedReference>), Error> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        let (mut code, mut resolved) = (ExitCode::Success, Vec::new());
        for (at, given) in all.into_iter().enumerate() {
            let answer = answers.remove(&at);
            let result = match (given.result, &answer) {
                (Err(error), _) => Err(error),
                (Ok(target), Some(answer)) => answered(&target, answer, environment),
                (Ok(_), None) => Err(Error::new(ErrorKind::Internal, "no answer")),
            };
            if let Err(error) = &result
                && code == ExitCode::Success
            {
                code = error.exit_code();
            }
            if self.output == OutputFormat::Json {
                if let Err(error) = &result {
                    report::annotate(error, environment);
                }
                resolved.push(ResolvedReference::new(&given.text, &result).with(answer.as_ref()));
                continue;
            }
            let lines = match result {
                Ok(reference) => {
                    warn(&reference, environment);
                    if answer.as_ref().is_some_and(|answer| answer.is_cut) {
                        let text = format!("`{reference}`: there are more tags than these");
                        report::show_warning(&text, environment);
                    }
                    lines(&reference, answer.as_ref())
                }
                Err(error) => {
                    report::written(io::Write::flush(&mut out))?;
                    show(error, &given.source, environment);
                    continue;
                }
            };
            for line in lines {
                if print(&mut out, &line)? == Audience::Gone {
                    return Ok((code, resolved));
                }
            }
        }
        report::written(io::Write::flush(&mut out))?;
        Ok((code, resolved))
    }
}

/// The reference that there is an answer about, or why there is none.
fn answered(
    target: &ImageTarget,
    answer: &Resolving,
    environment: &Environment,
) -> Result<ImageReference, Error> {
    if let (ImageTarget::Search(_), Some(reference)) = (target, &answer.reference) {
        let region = reference.registry().region;
        let found = format!("found {reference} in {region}; `--region {region}` skips the search");
        report::show_note(&found, environment);
    }
    match (answer.refusal(), &answer.reference) {
        (Some(error), _) => Err(error),
        (None, Some(reference)) => Ok(reference.clone()),
        (None, None) => Err(Error::new(ErrorKind::Internal, "no answer")),
    }
}

/// Longest time for all registries together.
const LIMIT: Duration = Duration::from_secs(2 * 60 * 60);

/// What is printed for a reference.
fn lines(reference: &ImageReference, answer: Option<&Resolving>) -> Vec<String> {
    let Some(answer) = answer else { return Vec::new() };
    let pinned = answer.image.as_ref().and_then(|image| image.pinned.clone());
    let repository = format!("{}/{}", reference.host(), reference.path());
    let tags = answer.tags.iter().flatten().map(|tag| format!("{repository}:{tag}"));
    pinned.into_iter().chain(tags).collect()
}

fn stopped(why: Stopped) -> Error {
    match why {
        Stopped::By(signal) => {
            Error::new(ErrorKind::Interrupted(signal.code()), "interrupted while asking")
        }
        Stopped::TimedOut => Error::new(ErrorKind::TimedOut, "the registries gave no answer"),
    }
}
