//! What the Vulnerability Advisor of a registry (v4) says of an image (IBM Cloud documentation,
//! "Managing image security with Vulnerability Advisor"). It knows images by tag, so the tag is
//! looked at again behind its answer; it takes minutes for a new one, so it is asked again, within
//! a bound. Knows nothing of a push.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::sync::OnceCell;

use super::access::{Access, NoAccess};
use super::documents::digest_of;
use super::iam;
use super::image::{self, Image};
use super::quote::said;
use super::refusal::About;
use super::registry::{Caller, RegistryProblem};
use super::{AT_ONCE, MOST, Who, firsts};
use crate::http::{Answer, Client, Failure};
use crate::reference::ImageReference;
use crate::request::{Advice, Gate, Vulnerabilities};
use crate::verdict::{Name, Verdict};

mod report;
mod words;

pub(crate) use report::ScanFindings;

use report::{Report, Summary};

/// What IBM calls it.
const ADVISOR: &str = "Vulnerability Advisor";
/// Most bytes of the short answer.
const MOST_SUMMARY: usize = 256 * 1024;
/// Most bytes of a report; an old image has some thousand vulnerabilities.
const MOST_REPORT: usize = 32 * 1024 * 1024;
/// The pause before the second question; it doubles from there.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause, which is that of IBM's own pipeline.
const MOST_PAUSE: Duration = Duration::from_secs(10);

/// An image to be asked about.
pub(crate) struct ScanAsk<'a> {
    /// As it was given.
    pub(crate) reference: &'a ImageReference,
    /// What the registry has behind it.
    pub(crate) image: &'a Image,
    /// Whose key is used.
    pub(crate) who: Who<'a>,
    /// How the command is said again.
    pub(crate) advice: &'a Advice,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scan {
    /// What is to be said; nothing of an image that has no more than it may.
    pub(crate) verdict: Option<Verdict>,
    /// What was found, where there was an answer.
    pub(crate) findings: Option<ScanFindings>,
}

/// The bound on time for that many images, each with a wait of its own and as long again for the
/// questions around it.
pub(crate) fn scan_limit(policy: &Vulnerabilities, around: Duration, images: usize) -> Duration {
    let turns = u32::try_from(images.div_ceil(AT_ONCE)).unwrap_or(u32::MAX).max(1);
    let one = policy.wait.saturating_add(around);
    one.saturating_mul(turns).min(MOST.max(one))
}

/// Asks about every image side by side, about the same one once. Each key gets one token of IAM for
/// each registry, so that none goes to two.
pub(crate) async fn scans(
    asks: &[ScanAsk<'_>],
    policy: &Vulnerabilities,
    client: &Client,
) -> Vec<Scan> {
    let mut scanners: Vec<Scanner<'_>> = Vec::new();
    let mut of = Vec::with_capacity(asks.len());
    for ask in asks {
        let host = ask.reference.host();
        let is_same = |one: &Scanner<'_>| one.caller.who.is(ask.who) && one.host == host;
        let known = scanners.iter().position(is_same);
        of.push(known.unwrap_or(scanners.len()));
        if known.is_none() {
            scanners.push(Scanner::new(client, ask.who, host));
        }
    }
    let firsts = firsts(asks.len(), |one, other| {
        let pair = asks.get(one).zip(asks.get(other));
        let is_same = pair.is_some_and(|(a, b)| a.reference == b.reference && a.image == b.image);
        is_same && of.get(one) == of.get(other)
    });
    let distinct = (0..asks.len()).filter(|at| firsts.get(*at) == Some(at));
    let (scanners, of) = (&scanners, &of);
    let scanned: Vec<(usize, Scan)> = stream::iter(distinct)
        .map(|at| async move {
            let scanner = of.get(at).and_then(|scanner| scanners.get(*scanner));
            match asks.get(at).zip(scanner) {
                Some((ask, scanner)) => (at, scanner.scan(ask, policy).await),
                None => (at, Scan::default()),
            }
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let of = |first: usize| scanned.iter().find(|(at, _)| *at == first).map(|(_, one)| one.clone());
    firsts.into_iter().map(|first| of(first).unwrap_or_default()).collect()
}

/// Somebody who asks the advisor of a registry.
struct Scanner<'a> {
    caller: Caller<'a>,
    host: &'a str,
    access: OnceCell<Result<Access, NoAccess>>,
}

/// An image under the name that the advisor knows it by.
struct Subject<'a> {
    ask: &'a ScanAsk<'a>,
    /// `us.icr.io/acme/web:1.4`.
    name: String,
    tag: &'a str,
    /// What the tag named when it was looked at.
    digest: &'a str,
}

/// What one question came to.
enum Seen {
    /// The image is scanned.
    Scanned(ScanFindings),
    /// It is not yet; with the words for that.
    Scanning(String),
    /// It never will be.
    Unsupported,
}

impl<'a> Scanner<'a> {
    fn new(client: &'a Client, who: Who<'a>, host: &'a str) -> Self {
        Self { caller: Caller::new(client, who), host, access: OnceCell::new() }
    }

    /// What is said of one image.
    async fn scan(&self, ask: &ScanAsk<'_>, policy: &Vulnerabilities) -> Scan {
        let (findings, verdict) = match self.asked(ask, policy).await {
            Ok((findings, verdict)) => (Some(findings), verdict),
            Err(verdict) => (None, Some(verdict)),
        };
        let mut verdict = verdict.map(|verdict| match policy.gate {
            Gate::Report => verdict.as_advice(),
            Gate::Fail => verdict,
        });
        self.caller.mask(verdict.as_mut_slice()).await;
        if let Some(Ok(access)) = self.access.get() {
            for text in verdict.iter_mut().flat_map(Verdict::texts) {
                *text = access.without_token(text);
            }
        }
        Scan { verdict, findings }
    }

    /// What was found, and what it means; alone what it means where there is no answer.
    async fn asked(
        &self,
        ask: &ScanAsk<'_>,
        policy: &Vulnerabilities,
    ) -> Result<(ScanFindings, Option<Verdict>), Verdict> {
        let subject = subject(ask)?;
        let name = &subject.name;
        let access = self.access.get_or_init(|| Access::of(&self.caller)).await;
        let access = access.as_ref().map_err(|why| match why {
            NoAccess::Failed(failure) => {
                failure.verdict(Name::IamUnreachable, iam::HOST, "a token")
            }
            NoAccess::NoKey | NoAccess::RefreshToken | NoAccess::NoToken | NoAccess::NoAccount => {
                words::unasked(name, &why.reason())
            }
        })?;
        let findings = self.polled(&subject, access, policy).await?;
        if let Some(verdict) = self.moved(&subject).await {
            return Err(verdict);
        }
        let verdict = words::vulnerable(name, &findings, policy);
        Ok((findings, verdict))
    }

    /// Asks until the image is scanned or the time for it is up; then once more.
    async fn polled(
        &self,
        subject: &Subject<'_>,
        access: &Access,
        policy: &Vulnerabilities,
    ) -> Result<ScanFindings, Verdict> {
        let end = Instant::now() + policy.wait;
        let mut pause = FIRST_PAUSE;
        loop {
            let last = match self.look(subject, access, policy).await? {
                Seen::Scanned(findings) => return Ok(findings),
                Seen::Unsupported => return Err(words::unsupported(&subject.name)),
                Seen::Scanning(last) => last,
            };
            // What is gone is never scanned.
            if let Some(verdict) = self.moved(subject).await {
                return Err(verdict);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(words::not_in_time(subject.ask, &subject.name, &last, policy));
            }
            tokio::time::sleep(pause.min(left)).await;
            pause = (pause * 2).min(MOST_PAUSE);
        }
    }

    /// One question, and a second one where there is something to list.
    async fn look(
        &self,
        subject: &Subject<'_>,
        access: &Access,
        policy: &Vulnerabilities,
    ) -> Result<Seen, Verdict> {
        let clean = |text: &str| access.without_token(&said(text, self.caller.key()));
        let said_nothing = |answer: &Answer| {
            let status = answer.status.as_u16();
            Seen::Scanning(format!("{} answered {status}, not scanned yet", subject.host()))
        };
        let answer = self.get(subject, access, "status/", MOST_SUMMARY).await?;
        // Before there is anything to say, what comes need not be JSON.
        let Ok(summary) = serde_json::from_slice::<Summary>(&answer.body) else {
            return Ok(said_nothing(&answer));
        };
        match summary.status.as_str() {
            "UNSUPPORTED" => return Ok(Seen::Unsupported),
            "OK" | "WARN" if !summary.has_found() => return Ok(Seen::Scanned(summary.clean())),
            "OK" | "WARN" | "FAIL" => {}
            "UNSCANNED" => {
                return Ok(Seen::Scanning("UNSCANNED: the scan has not begun".to_owned()));
            }
            "INCOMPLETE" => return Ok(Seen::Scanning("INCOMPLETE: the scan goes on".to_owned())),
            other => return Err(subject.nonsense(&format!("the status `{}`", clean(other)))),
        }
        let answer = self.get(subject, access, "", MOST_REPORT).await?;
        let Ok(report) = serde_json::from_slice::<Report>(&answer.body) else {
            return Ok(said_nothing(&answer));
        };
        if matches!(report.status.as_str(), "UNSCANNED" | "INCOMPLETE") {
            return Ok(Seen::Scanning(format!("{}: the scan goes on", report.status)));
        }
        let findings = report.counted(policy, clean);
        if findings.found == 0 && findings.exempt == 0 && summary.status == "FAIL" {
            return Err(subject.nonsense("FAIL, with a report that lists nothing"));
        }
        Ok(Seen::Scanned(findings))
    }

    async fn get(
        &self,
        subject: &Subject<'_>,
        access: &Access,
        what: &str,
        most: usize,
    ) -> Result<Answer, Verdict> {
        let name = subject.name.replace('/', "%2F");
        let path = format!("/va/api/v4/report/image/{what}{name}");
        let answer = access
            .get(&self.caller, self.host, &path, most)
            .await
            .map_err(|failure| subject.failed(&failure))?;
        match answer.status.as_u16() {
            // IBM documents neither status nor form of "has not been scanned" (BXNVA0009E).
            200..300 | 404 => Ok(answer),
            // That a proxy shows a page says nothing about the key.
            status if answer.media_type() == "text/html" => {
                Err(subject.nonsense(&format!("{status} with a page for people")))
            }
            status @ (401 | 403) => Err(words::refused(subject.host(), &subject.name, status)),
            _ if says_unscanned(&answer) => Ok(answer),
            status => Err(subject.nonsense(&status.to_string())),
        }
    }

    /// Whether the tag went elsewhere since the image was looked at.
    async fn moved(&self, subject: &Subject<'_>) -> Option<Verdict> {
        let ScanAsk { reference, .. } = subject.ask;
        let now = match self.caller.open(reference.host(), reference.path()).await {
            Ok(repository) => repository.manifest(subject.tag).await,
            Err(problem) => Err(problem),
        };
        match now {
            Ok(answer) => {
                let now = digest_of(&answer.body);
                if now == subject.digest {
                    None
                } else if image::holds(&answer.body, subject.digest) {
                    // What runs is the image of a platform; the tag is that of its index.
                    Some(words::index(subject.ask, subject.tag))
                } else {
                    Some(words::moved(&subject.name, Some(&now)))
                }
            }
            Err(RegistryProblem::Refused(refusal)) if refusal.about() == About::Missing => {
                Some(words::moved(&subject.name, None))
            }
            Err(RegistryProblem::Failed { failure, .. }) => Some(subject.failed(&failure)),
            Err(RegistryProblem::Refused(refusal)) => {
                let line = refusal.line(self.caller.key());
                Some(words::unconfirmed(&subject.name, &line))
            }
            Err(RegistryProblem::HostileRealm { host, .. }) => {
                Some(subject.nonsense(&format!("a challenge of {host} that leads elsewhere")))
            }
        }
    }
}

/// Whether the advisor says in its own words that it has not scanned an image.
fn says_unscanned(answer: &Answer) -> bool {
    String::from_utf8_lossy(&answer.body).contains("BXNVA0009E")
}

/// The name of an image at the advisor; why it has none.
fn subject<'a>(ask: &'a ScanAsk<'a>) -> Result<Subject<'a>, Verdict> {
    let ScanAsk { reference, image, .. } = ask;
    let Some(tag) = tag(reference) else { return Err(words::untagged(ask)) };
    if image.index_digest.is_some() {
        return Err(words::index(ask, tag));
    }
    let name = format!("{}/{}:{tag}", reference.registry().host, reference.path());
    let digest = image.digest.as_deref().unwrap_or_default();
    Ok(Subject { ask, name, tag, digest })
}

/// The tag of a reference, also one that nobody wrote.
fn tag(reference: &ImageReference) -> Option<&str> {
    match (reference.tag(), reference.digest()) {
        (Some(tag), _) => Some(tag),
        (None, None) => Some(reference.wanted()),
        (None, Some(_)) => None,
    }
}

impl Subject<'_> {
    /// The host that the image was named with; nobody else gets the token.
    fn host(&self) -> &str {
        self.ask.reference.host()
    }

    fn failed(&self, failure: &Failure) -> Verdict {
        let what = format!("the vulnerabilities of `{}`", self.name);
        failure.verdict(Name::RegistryUnreachable, self.host(), &what)
    }

    fn nonsense(&self, what: &str) -> Verdict {
        self.failed(&Failure::Nonsense(format!("it answered {what}")))
    }
}
