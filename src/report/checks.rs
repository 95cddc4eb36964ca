//! What the checks found, for people: every verdict for `icr-cf check`, what matters for a push.

use std::fmt::Write as _;

use anstyle::AnsiColor;

use super::page::{Page, To, cells};
use super::text::app_name;
use super::{
    Announcer, AppDocument, Checks, Document, Refused, annotation, fail, labelled, short,
    show_error, warnings,
};
use crate::args::{OutputFormat, Typed};
use crate::checks::{All, Findings, OfImage, Place, Stopping, size};
use crate::environment::Environment;
use crate::error::{Error, printable_in_full};
use crate::exit_code::ExitCode;
use crate::plan::Plan;
use crate::request::{PushRequest, Shape, Voice};
use crate::verdict::{Name, Verdict, Weight};

/// Says what the checks of a push found, in the order in which it is to be mended. In JSON the
/// document has what stops it.
pub(crate) fn findings(
    plans: &[Plan],
    all: &All,
    stop: Option<Stopping<'_>>,
    request: &PushRequest,
    announcer: Announcer<'_>,
) {
    if let ([_], [_]) = (plans, all.images.as_slice()) {
        return of_one(&all.of_one(), stop, request, announcer);
    }
    let mut advice = Vec::new();
    let stands = |verdict: &Verdict| stop.is_some_and(|stop| stop.verdict == verdict);
    say_each(&all.verdicts, stands, request.output, announcer, &mut advice);
    let stands = |verdict: &Verdict| stop.is_some_and(|stop| stop.verdict.name == verdict.name);
    say_each(&of_apps(plans, all), stands, request.output, announcer, &mut advice);
    said_last(&all.not_checked, stop.is_some(), &many(all), &advice, (&*request.typed, announcer));
}

fn of_one(
    findings: &Findings,
    stop: Option<Stopping<'_>>,
    request: &PushRequest,
    announcer: Announcer<'_>,
) {
    let mut advice = Vec::new();
    let stands = |verdict: &Verdict| stop.is_some_and(|stop| stop.verdict == verdict);
    say_each(&findings.verdicts, stands, request.output, announcer, &mut advice);
    let last = (&*request.typed, announcer);
    said_last(&findings.not_checked, stop.is_some(), &passed(findings), &advice, last);
}

/// The verdicts on images, the apps they are about in front; one that is the same for several apps
/// is there once.
fn of_apps(plans: &[Plan], all: &All) -> Vec<Verdict> {
    let mut found: Vec<(Verdict, Vec<&str>)> = Vec::new();
    for (plan, image) in plans.iter().zip(&all.images) {
        let app = plan.app.as_deref().unwrap_or("the app");
        for verdict in image.iter().flat_map(|image| &image.verdicts) {
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
fn refusal(stop: Stopping<'_>, plans: &[Plan]) -> Error {
    let app = stop.app.filter(|_| plans.len() > 1).and_then(|at| plans.get(at)?.app.as_deref());
    match app {
        Some(app) => named(stop.verdict, &[app]).to_error(),
        None => stop.verdict.to_error(),
    }
}

fn say_each(
    verdicts: &[Verdict],
    stands: impl Fn(&Verdict) -> bool,
    output: OutputFormat,
    announcer: Announcer<'_>,
    advice: &mut Vec<&'static str>,
) {
    for verdict in verdicts {
        match verdict.weight {
            Weight::Definitive => show(verdict, output, announcer.environment),
            // cf renews its token by itself; nobody has to do anything.
            Weight::Undecided if stands(verdict) => {
                show(verdict, output, announcer.environment);
            }
            Weight::Undecided if verdict.name == Name::CfTokenStale => {
                announcer.detail(&line(verdict));
            }
            Weight::Undecided => announcer.undecided(verdict.name, &line(verdict)),
            Weight::Advice if announcer.voice == Voice::Verbose => {
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
}

fn said_last(
    not_checked: &[String],
    is_stopped: bool,
    passed: &str,
    advice: &[&'static str],
    (typed, announcer): (&Typed, Announcer<'_>),
) {
    for what in not_checked {
        announcer.detail(&format!("not checked: {what}"));
    }
    if is_stopped {
        return;
    }
    announcer.phase(passed);
    if !advice.is_empty() {
        let check = typed.line().map(|line| line.command("check").to_string());
        let check = check.unwrap_or_else(|| "icr-cf check".to_owned());
        announcer.phase(&format!("advice: {}; more by `{check}`", advice.join(", ")));
    }
}

/// One line for several images.
fn many(all: &All) -> String {
    let looked = all.images.iter().flatten();
    let (count, pinned) = looked.fold((0, 0), |(count, pinned), found| {
        (count + 1, pinned + usize::from(found.pushed.is_some()))
    });
    let images = if count == 1 { "image" } else { "images" };
    format!("checked {count} {images} in {} s, {pinned} pinned by digest", all.seconds)
}

fn show(verdict: &Verdict, output: OutputFormat, environment: &Environment) {
    if output == OutputFormat::Text {
        show_error(&verdict.to_error(), environment);
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
    plans: &[Plan],
    all: &All,
    stop: Stopping<'_>,
    request: &PushRequest,
    environment: &Environment,
) -> ExitCode {
    let error = refusal(stop, plans);
    let exit_code = error.exit_code();
    if request.output == OutputFormat::Json {
        let printed = print("push", plans, all, exit_code, Some(&error), request);
        match printed {
            Ok(()) => annotation::refusal(&error, environment),
            Err(_) => fail(&error, Some("push"), OutputFormat::Text, environment),
        }
    }
    exit_code
}

/// Prints every verdict; gives the exit code that a push would have had.
pub(crate) fn check(
    plans: &[Plan],
    all: &All,
    stop: Option<Stopping<'_>>,
    request: &PushRequest,
    environment: &Environment,
) -> Result<ExitCode, Error> {
    let page = Page::of(environment, To::Stdout);
    let warned = warnings(request).len();
    let exit_code = stop.map_or(ExitCode::Success, |stop| stop.verdict.exit_code());
    let error = stop.map(|stop| refusal(stop, plans));
    match (request.output, plans) {
        (OutputFormat::Json, _) => {
            print("check", plans, all, exit_code, error.as_ref(), request)?;
        }
        (OutputFormat::Text, [_]) if all.images.first().is_some_and(Option::is_some) => {
            super::say(&text(&all.of_one(), warned, page), environment)?;
        }
        (OutputFormat::Text, plans) => super::say(&of_all(plans, all, warned, page), environment)?,
    }
    if let Some(error) = &error {
        annotation::refusal(error, environment);
    }
    Ok(exit_code)
}

fn print(
    command: &'static str,
    plans: &[Plan],
    all: &All,
    exit_code: ExitCode,
    error: Option<&Error>,
    request: &PushRequest,
) -> Result<(), Error> {
    let (exit_code, error) = (exit_code.code(), error.map(Refused::from));
    if let (Shape::One, [plan]) = (request.shape, plans) {
        let findings = all.of_one();
        let checks = Some(Checks::One(&findings));
        return Document { exit_code, plan: Some(plan), checks, error, ..Document::of(command) }
            .print();
    }
    let apps = plans.iter().zip(&all.images);
    let apps =
        apps.map(|(plan, found)| AppDocument { checks: found.as_ref(), ..AppDocument::of(plan) });
    let (checks, apps) = (Some(Checks::Shared(all)), Some(apps.collect()));
    let warnings = Some(warnings(request));
    Document { exit_code, checks, warnings, apps, error, ..Document::of(command) }.print()
}

/// Every verdict of every app: first a line for each app, then what is to be said of them.
fn of_all(plans: &[Plan], all: &All, warned: usize, page: Page) -> String {
    let mut rows = vec![["APP", "IMAGE", "VERDICT"].map(str::to_owned).to_vec()];
    for (plan, found) in plans.iter().zip(&all.images) {
        let app = app_name(plan.app.as_deref().unwrap_or("-"));
        let image = plan.pushed().map_or_else(|| "(built from files)".to_owned(), short);
        rows.push(vec![app, image, verdict_of(plan, found.as_ref())]);
    }
    let mut out = page.fitted(&cells(rows));
    let mut below = Vec::new();
    let target = all.target.as_ref().map(place);
    below.extend(target.map(|to| vec!["to".to_owned(), to]));
    let not_checked = all.not_checked.iter();
    below.extend(not_checked.map(|what| vec!["not checked".to_owned(), what.clone()]));
    if !below.is_empty() {
        let _ = write!(out, "\n{}", page.table(&cells(below)));
    }
    write_verdicts(&mut out, &all.verdicts);
    write_verdicts(&mut out, &of_apps(plans, all));
    let images = all.images.iter().flatten().flat_map(|found| &found.verdicts);
    let verdicts: Vec<&Verdict> = all.verdicts.iter().chain(images).collect();
    let _ = writeln!(out, "\n{}", summary(&verdicts, warned, all.requests, all.seconds));
    out
}

/// One word for an app.
fn verdict_of(plan: &Plan, found: Option<&OfImage>) -> String {
    let Some(found) = found else {
        return match (&plan.image, &plan.other_image) {
            (Some(_), _) => "not checked".to_owned(),
            (None, Some(_)) => "not checked: another registry".to_owned(),
            (None, None) => "not checked: no image".to_owned(),
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

fn place(to: &Place) -> String {
    // The names are the platform's, whatever it has let somebody put there.
    let named = printable_in_full;
    format!("org {}, space {}, {}", named(&to.org), named(&to.space), to.api)
}

fn text(findings: &Findings, warned: usize, page: Page) -> String {
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
    row("to", findings.target.as_ref().map(place));
    for what in &findings.not_checked {
        row("not checked", Some(what.clone()));
    }
    let mut out = page.table(&cells(rows));
    write_verdicts(&mut out, &findings.verdicts);
    let verdicts: Vec<&Verdict> = findings.verdicts.iter().collect();
    let _ = writeln!(out, "\n{}", summary(&verdicts, warned, findings.requests, findings.seconds));
    out
}

fn write_verdicts(out: &mut String, verdicts: &[Verdict]) {
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
fn summary(verdicts: &[&Verdict], warned: usize, asked: usize, seconds: f64) -> String {
    let count = |weight| verdicts.iter().filter(|one| one.weight == weight).count();
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
    let requests = if asked == 1 { "request" } else { "requests" };
    format!("{said} ({asked} {requests}, {seconds} s)")
}
