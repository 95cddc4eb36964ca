//! What is said of an image by what the Vulnerability Advisor answered: verdicts, with the commands
//! of IBM and ours that go on from there.

use super::report::{Finding, ScanFindings};
use super::{ADVISOR, ScanAsk};
use crate::request::{Counted, Vulnerabilities};
use crate::verdict::{Name, Verdict};

/// How many vulnerabilities are named; IBM's command has all of them.
const NAMED: usize = 5;
/// How many packages of one are named.
const NAMED_PACKAGES: usize = 2;

/// More than an image may have; `None` where it has no more.
pub(super) fn vulnerable(
    name: &str,
    found: &ScanFindings,
    policy: &Vulnerabilities,
) -> Option<Verdict> {
    if found.counted <= policy.most {
        return None;
    }
    let message = format!("{ADVISOR} finds {} in `{name}`", counted(found.counted));
    let mut verdict = Verdict::new(Name::Vulnerable, message).seen(figures(found, policy));
    for finding in found.list.iter().take(NAMED) {
        verdict = verdict.seen(line(finding));
    }
    let more = found.list.len().saturating_sub(NAMED);
    if more > 0 {
        verdict = verdict.seen(format!("and {more} more"));
    }
    let fix = if found.fixable > 0 {
        "build the image anew, with its packages up to date, and push it under a new tag"
    } else {
        "no package has a fix yet: take another base image, or leave them out"
    };
    // Scopes have no host (IBM Cloud documentation, `ibmcloud cr exemption-add`).
    let scope = name.split_once('/').map_or(name, |(_, path)| path);
    let unmended = found.list.iter().find(|finding| !finding.has_fix());
    let one = unmended.or(found.list.first()).map_or("CVE-…", |finding| finding.id.as_str());
    Some(
        verdict
            .hint(format!("`ibmcloud cr va {name}` lists all, with what to do"))
            .hint(fix)
            .hint(format!("`--ignore {one}` leaves one out here; `ibmcloud cr exemption-add --scope {scope} --issue-type cve --issue-id {one}` in the whole account")),
    )
}

fn counted(count: usize) -> String {
    if count == 1 { "1 vulnerability".to_owned() } else { format!("{count} vulnerabilities") }
}

/// How many there are of which kind.
fn figures(found: &ScanFindings, policy: &Vulnerabilities) -> String {
    let mut parts = vec![match policy.counted {
        Counted::All => format!("{} of {} with a fix", found.fixable, found.counted),
        Counted::Fixable => {
            let unfixable = found.found.saturating_sub(found.ignored + found.counted);
            format!("each with a fix; {unfixable} without one not counted")
        }
    }];
    for (count, what) in [(found.ignored, "ignored"), (found.exempt, "exempt in the account")] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    if policy.most > 0 {
        parts.push(format!("{} allowed", policy.most));
    }
    parts.join("; ")
}

/// One vulnerability: what has it, and which version mends it.
fn line(finding: &Finding) -> String {
    let named = finding.packages.iter().take(NAMED_PACKAGES).map(|package| {
        let fix = package.fixed.as_ref();
        let fix =
            fix.map_or_else(|| "no fix yet".to_owned(), |version| format!("fixed in {version}"));
        format!("{} {}, {fix}", package.name, package.installed)
    });
    let named = named.collect::<Vec<_>>().join("; ");
    let more = finding.packages.len().saturating_sub(NAMED_PACKAGES);
    let more = if more > 0 { format!("; {more} more packages") } else { String::new() };
    format!("{}: {named}{more}", finding.id)
}

/// The time is up.
pub(super) fn not_in_time(
    ask: &ScanAsk<'_>,
    name: &str,
    last: &str,
    policy: &Vulnerabilities,
) -> Verdict {
    let waited = humantime::format_duration(policy.wait);
    let longer = ask.advice.with("--vulnerabilities-wait", "15m");
    Verdict::new(Name::NotScanned, format!("{ADVISOR} has not scanned `{name}` within {waited}"))
        .seen(last)
        .seen("a first scan takes some minutes")
        .hint(format!("wait longer: {longer}"))
        .hint(format!("`ibmcloud cr va {name}` says how far it is"))
}

/// The tag names another image now than the one that was looked at.
pub(super) fn moved(name: &str, now: Option<&str>) -> Verdict {
    let message = format!("`{name}` went elsewhere while {ADVISOR} was asked about it");
    let now = now.map_or_else(
        || "the tag is gone".to_owned(),
        |digest| format!("the tag names {digest} now"),
    );
    Verdict::new(Name::NotScanned, message)
        .seen(now)
        .seen("which of the two the answer was about is not known")
        .hint("run it again, once nobody pushes that tag")
        .as_undecided()
}

/// Whether the tag went elsewhere cannot be seen any more.
pub(super) fn unconfirmed(name: &str, why: &str) -> Verdict {
    let message =
        format!("whether {ADVISOR} answered about the image that `{name}` was is not known");
    Verdict::new(Name::NotScanned, message)
        .seen(why)
        .seen("the registry gave the image a moment ago")
        .as_undecided()
}

/// Nobody answers this key.
pub(super) fn refused(host: &str, name: &str, status: u16) -> Verdict {
    let message = format!("{ADVISOR} tells this key nothing about `{name}`");
    Verdict::new(Name::NotScanned, message)
        .seen(format!("{host} answered {status}"))
        .seen("that a key may pull is not enough: a report takes the role Reader on Container Registry in the whole account")
        .hint("give it to the service ID of the key: `ibmcloud iam service-policy-create SERVICE_ID --service-name container-registry --roles Reader`")
        .as_undecided()
}

/// Nobody can ask.
pub(super) fn unasked(name: &str, why: &str) -> Verdict {
    Verdict::new(Name::NotScanned, format!("{ADVISOR} cannot be asked about `{name}`"))
        .seen(why)
        .hint("use an API key, by any of the ways in `icr-cf push --help`: a question takes a token of IAM")
        .as_undecided()
}

/// An image that the advisor cannot read.
pub(super) fn unsupported(name: &str) -> Verdict {
    none(name)
        .seen("it does not know the operating system of the image, or cannot read the image")
        .hint("take a base image that it knows: `https://cloud.ibm.com/docs/Registry?topic=Registry-va_index` lists them")
}

/// A reference by digest alone.
pub(super) fn untagged(ask: &ScanAsk<'_>) -> Verdict {
    let digest = ask.reference.digest().unwrap_or_default();
    none(&ask.reference.to_string())
        .seen("it scans images that have a tag, and this reference has a digest alone")
        .hint("name the tag as well, where the image has one")
        .hint(format!("give it one: `{}`", tagging(ask, digest, "TAG")))
}

/// A tag that names an index.
pub(super) fn index(ask: &ScanAsk<'_>, tag: &str) -> Verdict {
    let verdict = none(&ask.reference.to_string())
        .seen("it scans images of one platform, and the tag names an index");
    match (&ask.image.platform, &ask.image.digest) {
        (Some(platform), Some(digest)) => {
            let own = format!("{tag}-{}", platform.to_string().replace('/', "-"));
            let command = tagging(ask, digest, &own);
            verdict.hint(format!(
                "give the image for {platform} a tag of its own, and push that: `{command}`"
            ))
        }
        _ => verdict,
    }
}

/// IBM's command that gives an image of a repository another tag.
fn tagging(ask: &ScanAsk<'_>, digest: &str, tag: &str) -> String {
    let repository = format!("{}/{}", ask.reference.registry().host, ask.reference.path());
    format!("ibmcloud cr image-tag {repository}@{digest} {repository}:{tag}")
}

fn none(name: &str) -> Verdict {
    Verdict::new(Name::ScanUnsupported, format!("{ADVISOR} has no verdict on `{name}`"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::report::{AffectedPackage, Finding, ScanFindings};
    use super::vulnerable;
    use crate::request::{Counted, Gate, Vulnerabilities};

    fn policy(most: usize) -> Vulnerabilities {
        let (gate, wait) = (Gate::Fail, Duration::ZERO);
        Vulnerabilities { gate, wait, most, ignored: Vec::new(), counted: Counted::All }
    }

    fn finding(number: usize, packages: usize) -> Finding {
        let package = |at: usize| AffectedPackage {
            name: format!("package-{at}"),
            installed: "1".to_owned(),
            fixed: (at == 0).then(|| "2".to_owned()),
        };
        Finding { id: format!("CVE-{number}"), packages: (0..packages).map(package).collect() }
    }

    fn findings(count: usize, packages: usize) -> ScanFindings {
        let list: Vec<Finding> = (0..count).map(|number| finding(number, packages)).collect();
        let fixable = list.iter().filter(|one| one.has_fix()).count();
        ScanFindings { found: count, counted: count, fixable, list, ..ScanFindings::default() }
    }

    #[test]
    fn as_many_as_are_allowed_are_no_verdict_and_one_more_is() {
        assert_eq!(vulnerable("x", &findings(0, 1), &policy(0)), None);
        assert_eq!(vulnerable("x", &findings(2, 1), &policy(2)), None);
        let verdict = vulnerable("x", &findings(3, 1), &policy(2)).unwrap();
        assert!(verdict.message.ends_with("finds 3 vulnerabilities in `x`"), "{verdict:?}");
        assert_eq!(verdict.seen[0], "3 of 3 with a fix; 2 allowed");
    }

    #[test]
    fn the_first_are_named_with_package_and_fix_and_the_rest_is_counted() {
        let verdict = vulnerable("x", &findings(7, 4), &policy(0)).unwrap();
        assert_eq!(
            verdict.seen[1],
            "CVE-0: package-0 1, fixed in 2; package-1 1, no fix yet; 2 more packages"
        );
        assert_eq!((verdict.seen.len(), verdict.seen[6].as_str()), (7, "and 2 more"));
        assert!(verdict.hints[0].contains("`ibmcloud cr va x`"));
    }
}
