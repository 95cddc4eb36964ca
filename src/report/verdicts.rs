//! What the checks found, for people: every verdict for `icr-cf check`, what matters for a push.

use std::fmt::Write as _;

use anstyle::AnsiColor;

use super::page::{Page, To, cells};
use super::plain::app_name;
use super::{
    Announcer, Document, ErrorDocument, annotation, labelled, refused, short, show_error, warnings,
};
use crate::app::{AppRun, Findings, Stop};
use crate::capi::TargetedSpace;
use crate::cli::OutputFormat;
use crate::environment::Environment;
use crate::error::{Error, printable_in_full};
use crate::exit_code::ExitCode;
use crate::icr::{ImageFindings, ScanFindings, size};
use crate::request::{AppImage, PushRequest, Voice};
use crate::verdict::{self, Name, Verdict, Weight};

/// Says what the checks of a push found, in the order in which it is to be mended. In JSON the
/// document has what stops it.
pub(crate) fn findings(
    apps: &[AppRun],
    findings: &Findings,
    stop: Option<Stop<'_>>,
    request: &PushRequest,
    announcer: Announcer<'_>,
) {
    let mut advice = Vec::new();
    let is_stop = |verdict: &Verdict| stop.is_some_and(|stop| stop.verdict.name == verdict.name);
    for verdict in &listed(apps, findings, &request.silenced) {
        say(verdict, is_stop(verdict), request.output, announcer, &mut advice);
    }
    for what in &findings.not_checked {
        announcer.detail(&format!("not checked: {what}"));
    }
    if stop.is_some() {
        return;
    }
    announcer.phase(&match apps {
        [one] => passed(one, findings),
        _ => passed_all(apps, findings),
    });
    if !advice.is_empty() {
        let check = request.typed.line().map(|line| line.command("check").to_string());
        let check = check.unwrap_or_else(|| "icr-cf check".to_owned());
        announcer.phase(&format!("advice: {}; more by `{check}`", advice.join(", ")));
    }
}

/// Every verdict, of all apps and of each image.
fn each<'a>(apps: &'a [AppRun], findings: &'a Findings) -> impl Iterator<Item = &'a Verdict> {
    let images = apps.iter().filter_map(|run| run.findings.as_ref());
    findings.verdicts.iter().chain(images.flat_map(|found| &found.verdicts))
}

/// Every verdict once, in the order in which they are to be mended: of one app all together, of
/// several first what holds for all of them. Without what is silenced.
fn listed(apps: &[AppRun], findings: &Findings, silenced: &[Name]) -> Vec<Verdict> {
    let mut all = findings.verdicts.clone();
    match apps {
        [one] => {
            all.extend(one.findings.iter().flat_map(|of_image| of_image.verdicts.clone()));
            verdict::sort(&mut all);
        }
        apps => all.extend(of_apps(apps)),
    }
    all.retain(|verdict| !is_silenced(verdict, silenced));
    all
}

/// Whether nobody wants to read it: advice alone, by its name.
pub(super) fn is_silenced(verdict: &Verdict, silenced: &[Name]) -> bool {
    verdict.weight == Weight::Advice && silenced.contains(&verdict.name)
}

/// The verdicts on images, the apps they are about in front.
fn of_apps(apps: &[AppRun]) -> Vec<Verdict> {
    grouped(apps.iter().flat_map(|run| {
        let image = run.findings.as_ref();
        image.into_iter().flat_map(|image| &image.verdicts).map(|one| (run.app.called(), one))
    }))
}

/// Verdicts, the apps they are about in front; one that is the same for several apps is there once.
pub(super) fn grouped<'a>(all: impl Iterator<Item = (&'a str, &'a Verdict)>) -> Vec<Verdict> {
    let mut found: Vec<(Verdict, Vec<&str>)> = Vec::new();
    for (app, verdict) in all {
        let is_same = |known: &Verdict| {
            (known.name, &known.message, &known.seen)
                == (verdict.name, &verdict.message, &verdict.seen)
        };
        if let Some((known, apps)) = found.iter_mut().find(|(known, _)| is_same(known)) {
            apps.push(app);
            // What mends it may stand at another place for each.
            let others = verdict.hints.iter().filter(|hint| !known.hints.contains(hint));
            let others: Vec<String> = others.cloned().collect();
            known.hints.extend(others);
        } else {
            found.push((verdict.clone(), vec![app]));
        }
    }
    found.iter().map(|(verdict, apps)| named(verdict, apps)).collect()
}

/// Most apps that a verdict names.
const NAMED: usize = 3;

/// A verdict with the apps it is about in front.
fn named(verdict: &Verdict, apps: &[&str]) -> Verdict {
    let shown: Vec<String> = apps.iter().take(NAMED).map(|app| printable_in_full(app)).collect();
    let more = apps.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let mut verdict = verdict.clone();
    verdict.message = format!("{}{more}: {}", shown.join(", "), verdict.message);
    verdict
}

/// What stops a push, as an error that names its app where there are several.
pub(crate) fn refusal(stop: Stop<'_>, apps: &[AppRun]) -> Error {
    let app = stop.app.filter(|_| apps.len() > 1).and_then(|run| run.app.name.as_deref());
    match app {
        Some(app) => named(stop.verdict, &[app]).to_error(),
        None => stop.verdict.to_error(),
    }
}

fn say(
    verdict: &Verdict,
    is_stop: bool,
    output: OutputFormat,
    announcer: Announcer<'_>,
    advice: &mut Vec<&'static str>,
) {
    match verdict.weight {
        Weight::Definitive => show(verdict, output, announcer.environment),
        Weight::Undecided if is_stop => show(verdict, output, announcer.environment),
        // cf renews its token by itself; nobody has to do anything.
        Weight::Undecided if verdict.name == Name::CfTokenStale => {
            announcer.detail(&line(verdict));
        }
        Weight::Undecided => announcer.undecided(verdict.name, &line(verdict)),
        Weight::Advice
            if announcer.voice == Voice::Verbose
                || announcer.voice == Voice::Normal && was_asked_for(verdict.name) =>
        {
            let label = format!("advice[{}]", verdict.name.as_str());
            let text = verdict.to_error().to_string();
            labelled(&label, AnsiColor::Cyan, &text, announcer.environment);
        }
        Weight::Advice => {
            if !advice.contains(&verdict.name.as_str()) {
                advice.push(verdict.name.as_str());
            }
        }
    }
}

/// Whether somebody asked for just that, and so is to read it also where it is advice.
const fn was_asked_for(name: Name) -> bool {
    matches!(name, Name::Vulnerable | Name::NotScanned | Name::ScanUnsupported)
}

fn show(verdict: &Verdict, output: OutputFormat, environment: &Environment) {
    if output == OutputFormat::Text {
        show_error(&verdict.to_error(), environment);
    }
}

/// One line for several images.
fn passed_all(apps: &[AppRun], findings: &Findings) -> String {
    let looked = || apps.iter().filter_map(|run| run.findings.as_ref());
    let pinned = looked().filter(|found| found.pushed.is_some()).count();
    let count = looked().count();
    let images = if count == 1 { "image" } else { "images" };
    format!("checked {count} {images} in {} s, {pinned} pinned by digest", findings.seconds)
}

/// One line: what was checked, and how long it took.
fn passed(run: &AppRun, findings: &Findings) -> String {
    let undecided = each(std::slice::from_ref(run), findings)
        .any(|verdict| verdict.weight == Weight::Undecided);
    let word = if undecided { "checked as far as possible" } else { "checked" };
    let mut text = format!("{word} in {} s", findings.seconds);
    let Some(found) = &run.findings else { return text };
    if let Some(image) = found.pushed.as_ref().or(found.image.pinned.as_ref()) {
        let _ = write!(text, ": {image}");
    }
    if let (Some(platform), Some(bytes)) = (&found.image.platform, found.image.size_bytes) {
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

/// Ends a push that was stopped and of which that has been said: its document.
pub(crate) fn stopped(
    apps: &[AppRun],
    findings: &Findings,
    error: &Error,
    request: &PushRequest,
    announcer: Announcer<'_>,
) {
    if request.output == OutputFormat::Json {
        refused(error, apps, Some(findings), request, announcer);
    }
}

/// Prints every verdict.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn check(
    apps: &[AppRun],
    findings: &Findings,
    error: Option<&Error>,
    request: &PushRequest,
    announcer: Announcer<'_>,
) -> Result<(), Error> {
    let environment = announcer.environment;
    let page = Page::of(environment, To::Stdout);
    match (request.output, apps) {
        (OutputFormat::Json, _) => {
            let document = Document {
                exit_code: error.map_or(ExitCode::Success, Error::exit_code).code(),
                error: error.map(ErrorDocument::from),
                ..Document::of_push(apps, Some(findings), request)
            };
            announcer.print(document)?;
        }
        (OutputFormat::Text, [AppRun { findings: Some(of_image), .. }]) => {
            super::say(&text(of_image, apps, findings, request, page), environment)?;
        }
        (OutputFormat::Text, apps) => {
            super::say(&of_all(apps, findings, request, page), environment)?;
        }
    }
    if let Some(error) = error {
        annotation::refusal(error, environment);
    }
    Ok(())
}

/// Every verdict of every app: first a line for each app, then what is to be said of them.
fn of_all(apps: &[AppRun], findings: &Findings, request: &PushRequest, page: Page) -> String {
    let mut rows = vec![["APP", "IMAGE", "VERDICT"].map(str::to_owned).to_vec()];
    for run in apps {
        let app = app_name(run.app.name.as_deref().unwrap_or("-"));
        let image =
            run.pushed().map_or_else(|| "(built from files)".to_owned(), |image| short(&image));
        rows.push(vec![app, image, verdict_of(run)]);
    }
    let mut out = page.fitted(&cells(rows));
    let mut below = Vec::new();
    let target = findings.target.as_ref().map(place);
    below.extend(target.map(|to| vec!["to".to_owned(), to]));
    let not_checked = findings.not_checked.iter();
    below.extend(not_checked.map(|what| vec!["not checked".to_owned(), what.clone()]));
    if !below.is_empty() {
        let _ = write!(out, "\n{}", page.table(&cells(below)));
    }
    write_verdicts(&mut out, &listed(apps, findings, &request.silenced));
    let _ = writeln!(out, "\n{}", summary(apps, warnings(request).len(), findings));
    out
}

/// One word for an app.
fn verdict_of(run: &AppRun) -> String {
    let Some(found) = &run.findings else {
        return match &run.app.image {
            AppImage::Icr(_) => "not checked".to_owned(),
            AppImage::Other(_) => "not checked: another registry".to_owned(),
            AppImage::Files => "not checked: no image".to_owned(),
        };
    };
    let of = |weight| found.verdicts.iter().find(|verdict| verdict.weight == weight);
    let name = |verdict: &Verdict| verdict.name.as_str().to_owned();
    match (of(Weight::Definitive), of(Weight::Undecided)) {
        (Some(verdict), _) => name(verdict),
        (None, Some(verdict)) => format!("undecided: {}", name(verdict)),
        (None, None) => "fine".to_owned(),
    }
}

fn place(to: &TargetedSpace) -> String {
    // The names are the platform's, whatever it has let somebody put there.
    let named = printable_in_full;
    format!("org {}, space {}, {}", named(&to.org), named(&to.space), to.api)
}

fn text(
    of_image: &ImageFindings,
    apps: &[AppRun],
    findings: &Findings,
    request: &PushRequest,
    page: Page,
) -> String {
    let image = &of_image.image;
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
    let stands = each(apps, findings).any(|one| one.weight == Weight::Definitive);
    row("vulnerabilities", of_image.vulnerabilities.as_ref().map(vulnerabilities));
    row("pushed as", of_image.pushed.clone().filter(|_| !stands));
    row("to", findings.target.as_ref().map(place));
    for what in &findings.not_checked {
        row("not checked", Some(what.clone()));
    }
    let mut out = page.table(&cells(rows));
    write_verdicts(&mut out, &listed(apps, findings, &request.silenced));
    let _ = writeln!(out, "\n{}", summary(apps, warnings(request).len(), findings));
    out
}

/// How many vulnerabilities count, on one line.
fn vulnerabilities(found: &ScanFindings) -> String {
    let mut text = match (found.counted, found.found) {
        (0, 0) => "none found".to_owned(),
        (0, _) => "none that counts".to_owned(),
        (count, _) => format!("{count}, {} with a fix", found.fixable),
    };
    for (count, what) in [(found.ignored, "ignored"), (found.exempt, "exempt")] {
        if count > 0 {
            let _ = write!(text, "; {count} {what}");
        }
    }
    text
}

pub(super) fn write_verdicts(out: &mut String, verdicts: &[Verdict]) {
    for verdict in verdicts {
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
}

/// The last line; `warned` counts what was said of the manifest.
fn summary(apps: &[AppRun], warned: usize, findings: &Findings) -> String {
    let count = |weight| each(apps, findings).filter(|one| one.weight == weight).count();
    let said = match (count(Weight::Definitive), count(Weight::Undecided)) {
        (0, 0) => match warned {
            0 => "nothing stands against a push".to_owned(),
            1 => "nothing stands against a push but 1 warning about the manifest".to_owned(),
            _ => format!("nothing stands against a push but {warned} warnings about the manifest"),
        },
        (0, undecided) => format!("nothing found against a push; {undecided} undecided"),
        (definitive, 0) => format!("the push cannot succeed: {definitive} to mend"),
        (definitive, undecided) => {
            format!("the push cannot succeed: {definitive} to mend, {undecided} undecided")
        }
    };
    let (asked, seconds) = (findings.requests, findings.seconds);
    let requests = if asked == 1 { "request" } else { "requests" };
    format!("{said} ({asked} {requests}, {seconds} s)")
}
