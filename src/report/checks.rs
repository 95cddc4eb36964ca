//! What the checks found, for people: every verdict for `icr-cf check`, what matters for a push.

use std::fmt::Write as _;

use anstyle::AnsiColor;

use super::{Announcer, Document, Refused, fail, labelled, show_error, table};
use crate::args::OutputFormat;
use crate::checks::{Findings, size};
use crate::error::{Error, printable_in_full};
use crate::exit_code::ExitCode;
use crate::plan::Plan;
use crate::request::Voice;
use crate::verdict::{Name, Verdict, Weight};

/// Says what the checks of a push found, in the order in which it is to be mended. In JSON the
/// document has what stops it.
pub(crate) fn findings(
    findings: &Findings,
    stop: Option<&Verdict>,
    output: OutputFormat,
    announcer: Announcer,
) {
    let mut advice = Vec::new();
    for verdict in &findings.verdicts {
        match verdict.weight {
            _ if stop == Some(verdict) => show(verdict, output),
            Weight::Definitive => show(verdict, output),
            // cf renews its token by itself; nobody has to do anything.
            Weight::Undecided if verdict.name == Name::CfTokenStale => {
                announcer.detail(&line(verdict));
            }
            Weight::Undecided => announcer.undecided(verdict.name, &line(verdict)),
            Weight::Advice if announcer.voice == Voice::Verbose => {
                let label = format!("advice[{}]", verdict.name.as_str());
                labelled(&label, AnsiColor::Cyan, &verdict.to_error().to_string());
            }
            Weight::Advice => advice.push(verdict.name.as_str()),
        }
    }
    for what in &findings.not_checked {
        announcer.detail(&format!("not checked: {what}"));
    }
    if stop.is_some() {
        return;
    }
    announcer.phase(&passed(findings));
    if !advice.is_empty() {
        announcer.phase(&format!(
            "advice: {}; `icr-cf check` with these arguments says more",
            advice.join(", ")
        ));
    }
}

fn show(verdict: &Verdict, output: OutputFormat) {
    if output == OutputFormat::Text {
        show_error(&verdict.to_error());
    }
}

/// One line: what was checked, and how long it took.
fn passed(findings: &Findings) -> String {
    let undecided = findings.verdicts.iter().any(|verdict| verdict.weight == Weight::Undecided);
    let word = if undecided { "checked as far as possible" } else { "checked" };
    let image = findings.pushed.as_ref().or(findings.image.pinned.as_ref());
    let mut text = format!("{word} in {} s", findings.seconds);
    if let Some(image) = image {
        let _ = write!(text, ": {image}");
    }
    if let (Some(platform), Some(bytes)) = (&findings.image.platform, findings.image.size_bytes) {
        let _ = write!(text, " ({platform}, {})", size(bytes));
    }
    text
}

/// A verdict on one line: sentence, the first thing seen, the first hint.
fn line(verdict: &Verdict) -> String {
    let mut text = verdict.message.clone();
    if let Some(seen) = verdict.seen.first() {
        let _ = write!(text, " ({seen})");
    }
    if let Some(hint) = verdict.hints.first() {
        let _ = write!(text, "; {hint}");
    }
    text
}

/// Ends a push that was stopped and of which that has been said; gives the exit code.
pub(crate) fn stopped(
    plan: &Plan,
    findings: &Findings,
    stop: &Verdict,
    output: OutputFormat,
) -> ExitCode {
    let error = stop.to_error();
    let exit_code = error.exit_code();
    if output == OutputFormat::Json {
        let document = Document {
            exit_code: exit_code.code(),
            plan: Some(plan),
            checks: Some(findings),
            error: Some(Refused::from(&error)),
            ..Document::of("push")
        };
        if document.print().is_err() {
            fail(&error, Some("push"), OutputFormat::Text);
        }
    }
    exit_code
}

/// Prints every verdict; gives the exit code that a push would have had.
pub(crate) fn check(
    plan: &Plan,
    findings: &Findings,
    stop: Option<&Verdict>,
    output: OutputFormat,
) -> Result<ExitCode, Error> {
    let exit_code = stop.map_or(ExitCode::Success, Verdict::exit_code);
    match output {
        OutputFormat::Json => {
            let error = stop.map(Verdict::to_error);
            let document = Document {
                exit_code: exit_code.code(),
                plan: Some(plan),
                checks: Some(findings),
                error: error.as_ref().map(Refused::from),
                ..Document::of("check")
            };
            document.print()?;
        }
        OutputFormat::Text => super::say(&text(findings))?,
    }
    Ok(exit_code)
}

fn text(findings: &Findings) -> String {
    let image = &findings.image;
    let mut rows = Vec::new();
    let mut row = |name: &str, value: Option<String>| {
        rows.extend(value.map(|value| vec![name.to_owned(), value]));
    };
    row("image", Some(image.reference.clone()));
    row("index", image.index_digest.clone());
    row("digest", image.digest.clone());
    row("platform", image.platform.as_ref().map(ToString::to_string));
    let has: Vec<String> = image.platforms.iter().map(ToString::to_string).collect();
    row("it has", (!has.is_empty()).then(|| has.join(", ")));
    let layers = image
        .layers
        .map(|count| if count == 1 { "1 layer".to_owned() } else { format!("{count} layers") });
    row(
        "size",
        image.size_bytes.zip(layers).map(|(bytes, layers)| format!("{} in {layers}", size(bytes))),
    );
    let stands = findings.verdicts.iter().any(|one| one.weight == Weight::Definitive);
    row("pushed as", findings.pushed.clone().filter(|_| !stands));
    let target = findings.target.as_ref();
    // The names are the platform's, whatever it has let somebody put there.
    let named = printable_in_full;
    row(
        "to",
        target.map(|to| format!("org {}, space {}, {}", named(&to.org), named(&to.space), to.api)),
    );
    for what in &findings.not_checked {
        row("not checked", Some(what.clone()));
    }
    let mut out = table(&rows);
    for verdict in &findings.verdicts {
        let label = match verdict.weight {
            Weight::Definitive => "error",
            Weight::Undecided => "undecided",
            Weight::Advice => "advice",
        };
        let _ = write!(out, "\n{label}[{}]: {}\n", verdict.name.as_str(), verdict.message);
        for line in &verdict.seen {
            let _ = writeln!(out, "  {line}");
        }
        for hint in &verdict.hints {
            let _ = writeln!(out, "hint: {hint}");
        }
    }
    let _ = writeln!(out, "\n{}", summary(findings));
    out
}

fn summary(findings: &Findings) -> String {
    let count = |weight| findings.verdicts.iter().filter(|one| one.weight == weight).count();
    let said = match (count(Weight::Definitive), count(Weight::Undecided)) {
        (0, 0) => "nothing stands against a push".to_owned(),
        (0, undecided) => format!("nothing found against a push; {undecided} undecided"),
        (definitive, 0) => format!("the push cannot succeed: {definitive} to mend"),
        (definitive, undecided) => {
            format!("the push cannot succeed: {definitive} to mend, {undecided} undecided")
        }
    };
    let requests = if findings.requests == 1 { "request" } else { "requests" };
    format!("{said} ({} {requests}, {} s)", findings.requests, findings.seconds)
}
