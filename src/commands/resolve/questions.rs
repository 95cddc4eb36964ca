//! `icr-cf resolve --digest` and `--tags`: what registries have behind references, all asked at
//! once, printed in the order in which they were given.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use super::{Audience, each, print, show, warn};
use crate::cli::{OutputFormat, ResolveArgs};
use crate::credentials::{self, KeyQuery, SourcedKey};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::exit_code::ExitCode;
use crate::http::{self, Authorities};
use crate::icr::{self, Question, RegistryLogin, Resolving, Who};
use crate::process::{Signals, Stopped, in_runtime, within};
use crate::reference::{self, Defaults, ImageReference};
use crate::report::{self, ResolvedReference};
use crate::request::{self, Advice, Checks, ImageTarget, KeyChoice, Username, WithKey};
use crate::settings::{Setting, Settings};

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
    /// Whether somebody names the user, so that nobody is asked without the key.
    is_user_said: bool,
    checks: Checks,
}

/// Asks about every reference.
pub(super) fn run(
    args: ResolveArgs,
    defaults: &Defaults,
    question: Question,
    settings: &Settings<'_>,
    environment: &Environment,
) -> Result<(ExitCode, Vec<ResolvedReference>), Error> {
    let choice = KeyChoice::of(&args.key, &[], settings, environment)?;
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
    let advice = Advice::of(args.typed);
    let checks = Checks { advice, ..Checks::new(&args.network, settings)? };
    let asker = Asker {
        question,
        output: args.output,
        with_key,
        choice,
        username: Username::of(&args.key, settings)?,
        is_user_said: !args.key.no_key
            && settings
                .pick(Setting::DockerUsername, args.key.docker_username.as_deref())?
                .is_some(),
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
/// References with their places, by registries.
type Groups<'a> = BTreeMap<Vec<&'a str>, Vec<(usize, &'a ImageTarget)>>;

impl Asker {
    /// Asks.
    async fn ask(&self, all: &[Given], environment: &Environment) -> Result<Answers, Error> {
        let mut signals =
            Signals::listen().map_err(|error| Error::internal("no signals", &error))?;
        let lent = http::lend(self.checks.limit, environment, &mut signals).await?;
        let environment = lent.as_ref().map_or(environment, |lent| &lent.environment);
        let (ca_file, limit) = (self.checks.ca_file.as_deref(), self.checks.limit);
        let authorities = http::authorities(ca_file, limit, environment, &mut signals).await?;
        for note in &authorities.notes {
            report::show_warning(note, environment);
        }
        let mut answers = self.ask_without_key(all, &authorities, &mut signals).await?;
        for group in self.groups(all, &answers).into_values() {
            let found = self.key(&group, environment, &mut signals).await;
            let found = found.map_err(|error| with_readings(error, all))?;
            for notice in found.iter().flat_map(|found| &found.notices) {
                report::show_notice(notice, environment);
            }
            let user = &self.username;
            let who = found
                .as_ref()
                .map_or(Who::Anybody, |found| Who::Key(RegistryLogin { user, key: &found.key }));
            let targets: Vec<&ImageTarget> = group.iter().map(|(_, one)| *one).collect();
            let answered = self.of(&targets, who, &authorities, &mut signals).await?;
            answers.extend(group.iter().map(|(at, _)| *at).zip(answered));
        }
        Ok(answers)
    }

    /// Asks for what everybody may be able to pull, where nobody names a user: no key is read for what
    /// is answered so.
    async fn ask_without_key(
        &self,
        all: &[Given],
        authorities: &Authorities,
        signals: &mut Signals,
    ) -> Result<Answers, Error> {
        let open =
            |target: &&ImageTarget| target.known().is_some_and(ImageReference::may_be_public);
        let targets = all.iter().enumerate();
        let targets = targets.filter_map(|(at, given)| Some((at, given.result.as_ref().ok()?)));
        let targets: Vec<(usize, &ImageTarget)> = targets.filter(|(_, one)| open(one)).collect();
        if self.is_user_said || self.with_key == WithKey::No || targets.is_empty() {
            return Ok(BTreeMap::new());
        }
        let asked: Vec<&ImageTarget> = targets.iter().map(|(_, one)| *one).collect();
        let answered = self.of(&asked, Who::Anybody, authorities, signals).await?;
        let answered = targets.iter().map(|(at, _)| *at).zip(answered);
        Ok(answered.filter(|(_, answer)| answer.refusal().is_none()).collect())
    }

    /// What is still to be asked about, by the registries that a login may be kept for: one key serves
    /// all of them but for those.
    fn groups<'a>(&self, all: &'a [Given], answers: &Answers) -> Groups<'a> {
        let mut groups = Groups::new();
        for (at, given) in all.iter().enumerate().filter(|(at, _)| !answers.contains_key(at)) {
            let Ok(target) = &given.result else { continue };
            let is_by_host = self.choice == KeyChoice::Search && self.with_key == WithKey::Yes;
            let hosts = if is_by_host { target.hosts() } else { Vec::new() };
            groups.entry(hosts).or_default().push((at, target));
        }
        groups
    }

    /// The key for these, where one is wanted.
    async fn key(
        &self,
        group: &[(usize, &ImageTarget)],
        environment: &Environment,
        signals: &mut Signals,
    ) -> Result<Option<SourcedKey>, Error> {
        if self.with_key == WithKey::No {
            return Ok(None);
        }
        let mut hosts: Vec<&str> = Vec::new();
        for host in group.iter().flat_map(|(_, target)| target.hosts()) {
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        let query = KeyQuery::of(&self.username, &hosts, environment);
        credentials::find(&self.choice, &query, signals).await.map(Some)
    }

    async fn of(
        &self,
        targets: &[&ImageTarget],
        who: Who<'_>,
        authorities: &Authorities,
        signals: &mut Signals,
    ) -> Result<Vec<Resolving>, Error> {
        let work = icr::resolve(targets, self.question, &self.checks, who, authorities);
        // Bounded in itself; this holds should that fail.
        within(LIMIT, signals, work).await.map_err(stopped)
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

/// Adds to an error about the key what a reference may mean for which none is needed.
fn with_readings(error: Error, all: &[Given]) -> Error {
    if error.kind() != ErrorKind::Key {
        return error;
    }
    let reading = all.iter().find_map(|given| {
        let ours = given.result.as_ref().ok()?.known().map(ToString::to_string);
        reference::readings(&given.text, ours.as_deref())
    });
    reading.into_iter().fold(error, Error::hint)
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
