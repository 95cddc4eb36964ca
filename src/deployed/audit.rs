//! What is found of apps that run: whether each image could be pulled again with the keys of this run,
//! where its tag leads by now, what the platform has noted of failures. Each image is asked for once.

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime};

use futures_util::{StreamExt as _, stream};

use super::keys::Keys;
use super::{AppState, Deployed, Running};
use crate::credentials::SourcedKey;
use crate::error::printable;
use crate::http::{Authorities, Client, Tls};
use crate::icr::{self, Ask, Callers, Depth, ImageAnswer, KeyDetails, KeyUntold, Others, ScanAsk};
use crate::reference::ImageReference;
use crate::request::{Advice, Checks, Looking, Username, Vulnerabilities};
use crate::verdict::{self, Name, Verdict, Weight};

/// How much is asked.
#[derive(Clone, Copy)]
pub(crate) enum Extent<'a> {
    /// Whether each image could be pulled.
    Pulling,
    /// Also whether the registry will keep it and, where that is wanted, what is wrong with it.
    All(Option<&'a Vulnerabilities>),
}

/// What was found that is about no single app.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    pub(crate) findings: Vec<Verdict>,
    /// What IAM knows of each key.
    pub(crate) keys: Vec<KeyDetails>,
    pub(crate) not_asked: Vec<String>,
    /// How many requests it took.
    pub(crate) requests: usize,
}

/// Asks registries and IAM, and puts what they say into the records.
pub(crate) async fn audit(
    apps: &mut [Deployed],
    keys: &Keys<'_>,
    (looking, extent): (&Looking, Extent<'_>),
    authorities: &Authorities,
    deadline: Instant,
) -> Audit {
    let client = Client::new(authorities, Tls::Verify, deadline);
    let checks = checks_of(looking);
    let images = distinct(apps.iter());
    let asks = asks(&images, keys, &checks);
    let callers = Callers::of(&asks, &client);
    let ((answers, unasked), details) = tokio::join!(
        looked_at(&asks, &callers, extent, &client),
        key_details(&client, &looking.username, keys),
    );
    let mut found: BTreeMap<&str, ImageAnswer> = BTreeMap::new();
    for (name, mut answer) in images.keys().zip(answers) {
        callers.mask(&mut answer.verdicts).await;
        found.insert(name, answer);
    }
    for app in apps.iter_mut() {
        let answer = app.reference().and_then(|one| found.get(one.to_string().as_str()));
        let findings = of_app(app, answer);
        app.found = answer.map(|answer| answer.image.clone());
        app.findings.extend(findings);
        verdict::sort(&mut app.findings);
    }
    let mut audit = Audit { requests: client.requests(), not_asked: unasked, ..Audit::default() };
    let now = SystemTime::now();
    for answer in details {
        match answer {
            Ok(details) => {
                audit.findings.extend(details.verdict(now));
                audit.keys.push(details);
            }
            Err(KeyUntold::Refused(verdict)) => audit.findings.push(verdict),
            Err(KeyUntold::Unknown(why)) => {
                audit.not_asked.push(format!("when the key ends: {why}"));
            }
        }
    }
    audit
}

/// What is looked at; hints of a push have no place in it.
fn checks_of(looking: &Looking) -> Checks {
    Checks { advice: Advice::default(), ..looking.checks.clone() }
}

/// The images of apps, each once, by its name.
fn distinct<'a>(apps: impl Iterator<Item = &'a Deployed>) -> BTreeMap<String, ImageReference> {
    let named = apps.filter_map(Deployed::reference);
    named.map(|reference| (reference.to_string(), reference.clone())).collect()
}

fn asks<'a>(
    images: &'a BTreeMap<String, ImageReference>,
    keys: &'a Keys<'_>,
    checks: &'a Checks,
) -> Vec<Ask<'a>> {
    let ask = |reference: &'a ImageReference| Ask {
        reference,
        checks,
        who: keys.who(reference),
        others: Others::LeftAlone,
        app: None,
    };
    images.values().map(ask).collect()
}

/// Looks for the reason why no instance of an app runs in the configuration of its image: whether that
/// is of the platform. One that runs has shown it, so the others alone cost this question. Gives the
/// number of requests.
pub(crate) async fn unfit(
    apps: &mut [Deployed],
    keys: &Keys<'_>,
    looking: &Looking,
    authorities: &Authorities,
    deadline: Instant,
) -> usize {
    let is_known =
        |app: &Deployed| app.findings.iter().any(|one| one.name == Name::PlatformMissing);
    let is_down = |app: &Deployed| {
        app.state == AppState::Started && app.up == Some(0) && app.wanted() > 0 && !is_known(app)
    };
    let images = distinct(apps.iter().filter(|app| is_down(app)));
    if images.is_empty() {
        return 0;
    }
    let client = Client::new(authorities, Tls::Verify, deadline);
    let checks = checks_of(looking);
    let asks = asks(&images, keys, &checks);
    let callers = Callers::of(&asks, &client);
    let answers = icr::images(&asks, &callers, Depth::Configuration).await;
    for (name, mut answer) in images.keys().zip(answers) {
        answer.verdicts.retain(|verdict| verdict.name == Name::PlatformMissing);
        callers.mask(&mut answer.verdicts).await;
        let runs = |app: &&mut Deployed| {
            is_down(app) && app.reference().is_some_and(|one| one.to_string() == *name)
        };
        for app in apps.iter_mut().filter(runs) {
            app.findings.extend(answer.verdicts.iter().cloned());
        }
    }
    client.requests()
}

/// What the registries say of the images, and whether they will keep them.
async fn looked_at(
    asks: &[Ask<'_>],
    callers: &Callers<'_>,
    extent: Extent<'_>,
    client: &Client,
) -> (Vec<ImageAnswer>, Vec<String>) {
    let Extent::All(policy) = extent else {
        return (icr::images(asks, callers, Depth::Manifest).await, Vec::new());
    };
    let (mut answers, unasked) = icr::kept_images(asks, callers).await;
    if let Some(policy) = policy {
        scan(asks, &mut answers, policy, client).await;
    }
    (answers, unasked)
}

/// Has the Vulnerability Advisor asked about what is there.
async fn scan(
    asks: &[Ask<'_>],
    answers: &mut [ImageAnswer],
    policy: &Vulnerabilities,
    client: &Client,
) {
    // The advisor goes by the tag, which is another image's by now where it has moved.
    let there = |answer: &ImageAnswer| {
        let has_moved = answer.verdicts.iter().any(|verdict| verdict.name == Name::TagMoved);
        !answer.image.is_unknown() && !has_moved
    };
    let scans: Vec<ScanAsk<'_>> = asks
        .iter()
        .zip(answers.iter())
        .filter(|(_, answer)| there(answer))
        .map(|(ask, answer)| ScanAsk {
            reference: ask.reference,
            image: &answer.image,
            who: ask.who,
            advice: &ask.checks.advice,
        })
        .collect();
    let found = icr::scans(&scans, policy, client).await;
    drop(scans);
    let asked = answers.iter_mut().filter(|answer| there(answer));
    for (answer, scan) in asked.zip(found) {
        answer.verdicts.extend(scan.verdict);
    }
}

/// What the registry says of one image: whether it is there, and whether the key may pull it.
pub(crate) async fn still_there(
    image: &ImageReference,
    keys: &Keys<'_>,
    checks: &Checks,
    authorities: &Authorities,
    deadline: Instant,
) -> Vec<Verdict> {
    let client = Client::new(authorities, Tls::Verify, deadline);
    let who = keys.who(image);
    let asks = [Ask { reference: image, checks, who, others: Others::LeftAlone, app: None }];
    let callers = Callers::of(&asks, &client);
    let answers = icr::images(&asks, &callers, Depth::Manifest).await;
    let mut verdicts: Vec<Verdict> =
        answers.into_iter().flat_map(|answer| answer.verdicts).collect();
    callers.mask(&mut verdicts).await;
    verdict::sort(&mut verdicts);
    verdicts
}

/// What IAM knows of each key.
async fn key_details(
    client: &Client,
    user: &Username,
    keys: &Keys<'_>,
) -> Vec<Result<KeyDetails, KeyUntold>> {
    let all: Vec<&std::sync::Arc<SourcedKey>> = keys.all().collect();
    stream::iter(all)
        .map(|one| icr::key_details(client, user, &one.key))
        .buffered(4)
        .collect()
        .await
}

/// What is to be said of an app.
fn of_app(app: &Deployed, answer: Option<&ImageAnswer>) -> Vec<Verdict> {
    let mut all: Vec<Verdict> = answer.map(|answer| answer.verdicts.clone()).unwrap_or_default();
    let lines = app.lines();
    let push = |image: &str| format!("`{}`", lines.push(image));
    for verdict in &mut all {
        verdict.hints.retain(|hint| !is_of_a_push(hint));
        if let (Name::TagMoved, Some(reference)) = (verdict.name, app.reference()) {
            let tagged = reference.without_digest().to_string();
            verdict.hints = vec![format!("{} deploys what it names now", push(&tagged))];
        }
    }
    match &app.running {
        Running::Icr(reference) if reference.digest().is_none() => {
            all.push(by_tag(app, reference, answer, &push(&reference.to_string())));
            all.extend(moved_since(app, reference, answer));
        }
        Running::Unreadable(problem) => {
            let image = printable(app.image.as_deref().unwrap_or_default());
            let verdict = Verdict::new(Name::NotAnImage, "what was pushed is no image of ICR");
            all.push(verdict.seen(format!("{image}: {problem}")));
        }
        Running::Icr(_) | Running::Elsewhere | Running::Nothing => {}
    }
    all
}

/// Hints that mend a push and no app that is there.
fn is_of_a_push(hint: &str) -> bool {
    ["--no-checks", "--no-pin", "--allow-private", "--check-timeout"]
        .iter()
        .any(|flag| hint.contains(flag))
}

fn by_tag(
    app: &Deployed,
    reference: &ImageReference,
    answer: Option<&ImageAnswer>,
    push: &str,
) -> Verdict {
    let now = answer.and_then(|answer| answer.image.digest.as_deref());
    let staged = app.staged_at.as_deref().unwrap_or("a time that is not known");
    let verdict = Verdict::new(
        Name::PushedByTag,
        "which digest runs is not known: each start pulls what the tag names then",
    )
    .seen(format!("pushed as {reference}, staged at {}", printable(staged)));
    match now {
        Some(now) => verdict.seen(format!("the tag names {now} now")),
        None => verdict,
    }
    .hint(format!("{push} pushes it by digest"))
}

/// That a tag which was pushed as it is names something else than it did then.
fn moved_since(
    app: &Deployed,
    reference: &ImageReference,
    answer: Option<&ImageAnswer>,
) -> Option<Verdict> {
    let then = app.tracked.digest.as_deref()?;
    let is_about_it = app.tracked.reference.as_deref() == Some(reference.to_string().as_str());
    let now = answer?.image.digest.as_deref().filter(|now| is_about_it && *now != then)?;
    Some(
        Verdict::new(Name::TagMoved, "the tag names another image than when it was pushed")
            .seen(format!("then {}", printable(then)))
            .seen(format!("now {now}")),
    )
}

/// The finding that decides the exit code, by what was asked to.
pub(crate) fn deciding<'a>(
    all: impl Iterator<Item = &'a Verdict>,
    is_meant: impl Fn(&Verdict) -> bool,
) -> Option<&'a Verdict> {
    let rank = |weight| match weight {
        Weight::Definitive => 0,
        Weight::Undecided => 1,
        Weight::Advice => 2,
    };
    all.filter(|verdict| is_meant(verdict))
        .min_by_key(|verdict| (rank(verdict.weight), verdict.name))
}
