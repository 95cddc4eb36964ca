//! Why a push failed, told from the last lines of what cf printed. Knows the words of Cloud
//! Foundry, Korifi and the registry; asks nobody and repeats nothing of what was printed.

use std::borrow::Cow;

use serde::Serialize;

use crate::cf::plan::Plan;
use crate::request::Advice;

mod hints;
mod platform;
mod pull;
mod rule;
mod run;

use hints::Limits;
use rule::{Cause, Meaning, Rank, Rule};

/// What the checks before the push said about key and image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckState {
    /// From here the key could pull the image.
    Passed,
    /// Nobody asked.
    NotRun,
}

/// Whose image was pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// One of ICR's.
    Icr,
    /// Another registry's, or none.
    Other,
}

/// Whether a key goes with the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Login {
    /// One does.
    Key,
    /// None does: everybody may pull it, or the platform has a login of its own.
    None,
}

/// What was pushed, for the hints.
#[derive(Debug, Clone)]
pub(crate) struct Subject<'a> {
    /// Name of the app.
    pub(crate) app: Option<&'a str>,
    /// The image as cf got it; empty where there is none.
    pub(crate) image: &'a str,
    /// Whose image it is.
    pub(crate) whose: Whose,
    /// Whether a key goes with it.
    pub(crate) login: Login,
    /// Registry host.
    pub(crate) host: &'a str,
    /// Namespace in the registry.
    pub(crate) namespace: &'a str,
    /// The cf program, as people call it.
    pub(crate) cf: String,
    /// The platform of the cells.
    pub(crate) platform: Cow<'a, str>,
    /// How the push is said again.
    pub(crate) advice: &'a Advice,
}

/// What the cells of nearly every Cloud Foundry are.
const USUAL: &str = "linux/amd64";

impl<'a> Subject<'a> {
    /// Takes from a plan what the hints need.
    pub(crate) fn of(plan: &'a Plan, advice: &'a Advice) -> Self {
        let image = plan.image.as_ref();
        Self {
            app: plan.app.as_deref(),
            image: plan.pushed.as_deref().unwrap_or_default(),
            whose: if plan.image.is_some() { Whose::Icr } else { Whose::Other },
            login: if plan.username.is_some() { Login::Key } else { Login::None },
            host: image.and_then(|image| image.host.as_deref()).unwrap_or_default(),
            namespace: image.map_or("", |image| &image.namespace),
            cf: plan.cf.program.line(&[]),
            platform: plan
                .checks
                .as_ref()
                .map_or(USUAL.into(), |checks| checks.platform.to_string().into()),
            advice,
        }
    }

    /// What a name in the tables stands for.
    fn value(&self, name: &str) -> Option<String> {
        Some(match name {
            "app" => self.app.map_or("APP".into(), shell_words::quote).into_owned(),
            "image" => self.image.to_owned(),
            "host" => self.host.to_owned(),
            "namespace" => self.namespace.to_owned(),
            "cf" => self.cf.clone(),
            "platform" => self.platform.to_string(),
            _ => return None,
        })
    }

    fn is_by_digest(&self) -> bool {
        self.image.contains('@')
    }
}

/// Why a push failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Diagnosis {
    /// Its stable name: that of a verdict where one says the same.
    pub(crate) name: &'static str,
    /// One sentence: a lower-case fragment without a full stop.
    pub(crate) message: String,
    /// What mends it, with the exact command.
    pub(crate) hints: Vec<String>,
}

/// Tells why a push failed from the last lines that cf printed and, where these say little, from
/// the app's log. `None` where the words are not known.
pub(crate) fn of(
    subject: &Subject<'_>,
    printed: &[String],
    log: &[String],
    checked: CheckState,
) -> Option<Diagnosis> {
    // An app's log goes back to failures of other days, which must not hide what cf said now.
    let rule = match (recognised(printed, of_cf), recognised(since_the_last_build(log), of_log)) {
        (Some(rule), Some(logged)) if rule.rank == Rank::Failure => logged,
        (Some(rule), _) | (None, Some(rule)) => rule,
        (None, None) => return None,
    };
    // What mends a pull is told for ICR alone.
    if subject.whose == Whose::Other && pull::RULES.iter().any(|own| std::ptr::eq(own, rule)) {
        return None;
    }
    let Cause { name, message, hints } = match rule.meaning {
        Meaning::One(answer) => answer,
        Meaning::ByChecks { keyless: Some(keyless), .. } if subject.login == Login::None => keyless,
        Meaning::ByChecks { not_run, passed, .. } => match checked {
            CheckState::NotRun => not_run,
            CheckState::Passed => passed,
        },
        Meaning::ByReference { tag, digest } => {
            if subject.is_by_digest() {
                digest
            } else {
                tag
            }
        }
    };
    let limits = Limits::seen(printed.iter().chain(log));
    Some(Diagnosis {
        name,
        message: subject.hint(message, &limits).unwrap_or_default(),
        hints: hints.iter().filter_map(|hint| subject.hint(hint, &limits)).collect(),
    })
}

/// Whether words of the platform are about an image that could not be pulled.
pub(crate) fn is_of_a_pull(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    pull::RULES.iter().any(|rule| rule.is_said_in(&words))
}

/// The part of a log that this push has left: the Cloud Controller announces each.
fn since_the_last_build(log: &[String]) -> &[String] {
    let begins = |line: &String| line.contains("Creating build for app with guid");
    log.get(log.iter().rposition(begins).unwrap_or(0)..).unwrap_or_default()
}

/// The rule for the most specific of the lines; of several as specific, for the last.
fn recognised(lines: &[String], tables: Tables) -> Option<&'static Rule> {
    let rules = lines.iter().filter_map(|line| {
        let line = anstream::adapter::strip_str(line).to_string().to_ascii_lowercase();
        let rules = tables(&line).iter().flat_map(|table| table.iter());
        rules.filter(|rule| rule.is_said_in(&line)).min_by_key(|rule| rule.rank)
    });
    rules.reduce(|best, next| if next.rank <= best.rank { next } else { best })
}

/// Which tables may speak of a line.
type Tables = fn(&str) -> &'static [&'static [Rule]];

const ALL: &[&[Rule]] = &[platform::RULES, pull::RULES, run::RULES];

/// The tables for what cf prints. The words of the app itself, of its proxies, of the log cache
/// and of the HTTP trace are full of refusals that have nothing to do with the push; of the app's
/// only those count that what starts it says in its place.
fn of_cf(line: &str) -> &'static [&'static [Rule]] {
    let source = source(line).unwrap_or_default();
    let is_trace = line.starts_with("http/");
    let is_of_proxy = source.starts_with("[rtr/") || source.starts_with("[proxy/");
    if is_trace || is_of_proxy || line.contains("log cache") || line.contains("log-cache") {
        &[]
    } else if source.starts_with("[app/") {
        &[run::RULES]
    } else {
        ALL
    }
}

/// The tables for a log: what `cf logs` says of itself, that it is not logged in say, is nothing
/// that the push has failed of.
fn of_log(line: &str) -> &'static [&'static [Rule]] {
    if source(line).is_some() { of_cf(line) } else { &[] }
}

/// Who is speaking in a line of a log: `2026-11-22T17:41:23.00+0000 [STG/0] OUT ...`.
fn source(line: &str) -> Option<&str> {
    line.split_whitespace().nth(1).filter(|word| word.starts_with('[') && word.contains('/'))
}

#[cfg(test)]
mod tests;
