//! Makes the request: what is read off the arguments, then the apps, from `--image` or from a
//! manifest.

use std::sync::Arc;

use super::advice::{Advice, Sizes};
use super::app_settings::AppSettings;
use super::intent::Intent;
use super::key::ShortLived;
use super::settled::{self, Secrets, cf_choice, jobs, on_error, secrets, settings, timeout};
use super::target::{PrivateNames, Search};
use super::wanted_app::App;
use super::written::ManifestReading;
use super::{
    AfterFailure, Checks, Env, FailureLogs, Goal, ImageSource, KeyChoice, LineMode, ManifestChoice,
    Mode, Notes, Only, PushRequest, Voice, WithKey, apps, defaults, forgotten, silenced, written,
};
use crate::cf_flags::{self, GivenFlag, Takes};
use crate::cli::{CheckArgs, PushArgs, Typed};
use crate::environment::{Environment, is_standard_input};
use crate::error::{Error, ErrorKind, printable};
use crate::reference::{Defaults, Origin, Unnamed};

/// Makes the request for a push, or for its checks alone, and its apps in the order in which they are
/// pushed: one at least.
///
/// # Errors
/// The first thing that cannot be right.
pub(crate) fn push(
    mut args: PushArgs,
    goal: Goal,
    environment: &Environment,
) -> Result<(PushRequest, Vec<App>), Error> {
    check_names(&args.apps)?;
    let is_alone = forgotten::lift(&mut args, goal);
    if goal != Goal::Push && args.checks.no_checks {
        let message = format!("`icr-cf {}` with `--no-checks` does nothing", goal.command());
        return Err(Error::new(ErrorKind::Usage, message).hint("drop `--no-checks`"));
    }
    let flags = std::mem::take(&mut args.cf_flags.given);
    let only = only(&args, goal, &flags)?;
    cf_flags::check_together(&flags, cf_flags::PushKind::Files)?;
    refuse_dashes(&args.passthrough)?;
    let manifest = if is_alone {
        ManifestChoice::None
    } else {
        ManifestChoice::find(&flags, &args.passthrough, environment)
    };
    let shape = if args.image.is_some() { ImageSource::One } else { ImageSource::OfManifest };
    refuse_without_image(&args, shape, goal, &manifest)?;
    let typed = Arc::new(args.typed.clone());
    let mode = mode(args.explain_key, args.dry_run, goal)?;
    let settings = settings(&manifest, &args, mode, environment)?;
    let settings = &settings;
    let Secrets { keys, passwords, secret_variables } = secrets(&args, settings, environment)?;
    let defaults = defaults(&args.reference, settings)?;
    // A region that is said for one image says whose it is.
    let unnamed = match defaults.registry {
        Some((_, Origin::Flag)) if args.image.is_some() => Unnamed::Icr,
        Some(_) | None => defaults.unnamed,
    };
    let user = args.key.docker_username.as_deref().filter(|user| !user.is_empty());
    let mut given = Intent {
        goal,
        names: &args.apps,
        image: args.image.as_deref(),
        defaults: Defaults { unnamed, ..defaults },
        search: search(&args.checks, WithKey::of(&args.key)),
        private_names: if args.allow_private {
            PrivateNames::Allowed
        } else {
            PrivateNames::Refused
        },
        user: user.filter(|_| args.image.is_some()),
        username: settled::username(&args, user, settings)?,
        short_lived: ShortLived::of(&args.key),
        with_key: WithKey::of(&args.key),
        key: KeyChoice::of(&args.key, &secret_variables, settings, environment)?,
        keys,
        passwords,
        flags: &flags,
        passthrough: &args.passthrough,
        typed: &typed,
        checks: Checks::for_push(args.checks.clone(), settings)?,
        written: None,
        manifest: &manifest,
        environment,
    };
    check_flags(&flags, environment)?;
    one_reader(&flags, &given.key)?;
    let ManifestReading { written, mut warnings, dropped } =
        written::read(&manifest, &flags, environment)?;
    warnings.extend(settings.unused());
    given.written = written.as_ref();
    if !is_alone {
        forgotten::refuse(&args, goal, &manifest, given.written)?;
    }
    let mut apps = apps::apps(&given)?;
    advise(&mut apps, &given, &typed);
    let Intent { key, checks, .. } = given;
    let request = PushRequest {
        shape,
        unnamed,
        key,
        secret_variables,
        manifest: manifest.clone(),
        env: if args.show_env { Env::Shown } else { Env::Hidden },
        cf: cf_choice(args.cf.as_deref(), settings)?,
        timeout: timeout(args.timeout.as_deref(), settings)?,
        jobs: jobs(args.jobs.as_deref(), settings)?,
        on_error: on_error(args.on_error, settings)?,
        after_failure: after_failure(args.rollback_on_failure, &flags)?,
        notes: if args.no_annotate { Notes::None } else { Notes::Written },
        only,
        lines: if args.output_lines { LineMode::Each } else { LineMode::Fitting },
        typed,
        goal,
        logs: if args.show_logs { FailureLogs::Shown } else { FailureLogs::Named },
        mode,
        voice: voice(args.quiet, args.verbose),
        output: args.output.format(),
        checks,
        written,
        warnings,
        dropped,
        silenced: silenced(settings)?,
        flags,
        passthrough: args.passthrough,
    };
    Ok((request, apps))
}

/// Which apps are pushed; refuses what leaves nothing to go by.
fn only(args: &PushArgs, goal: Goal, flags: &[GivenFlag]) -> Result<Only, Error> {
    if !args.if_changed || goal != Goal::Push {
        return Ok(Only::All);
    }
    let stops = ["no-start", "task"];
    let stops = |given: &&GivenFlag| given.flag.long.is_some_and(|long| stops.contains(&long));
    let (flag, why) = match flags.iter().find(stops) {
        _ if args.checks.no_checks => {
            ("--no-checks".to_owned(), "asks nobody which digest the tag means")
        }
        Some(given) => (given.flag.spelling(), "stops apps that run"),
        None => return Ok(Only::Changed),
    };
    let error =
        Error::new(ErrorKind::Usage, format!("`--if-changed` cannot be used with `{flag}`"))
            .seen(format!("`{flag}` {why}"));
    let without = |flag: &str| Some(args.typed.line()?.without(flag).to_string());
    Err([flag.as_str(), "--if-changed"]
        .into_iter()
        .filter_map(without)
        .fold(error, |error, line| error.hint(format!("write `{line}`"))))
}

/// Refuses what names no image, and several apps for one image.
fn refuse_without_image(
    args: &PushArgs,
    shape: ImageSource,
    goal: Goal,
    manifest: &ManifestChoice,
) -> Result<(), Error> {
    if shape == ImageSource::OfManifest
        && !matches!(manifest, ManifestChoice::Named(_) | ManifestChoice::Found(_))
    {
        forgotten::refuse(args, goal, manifest, None)?;
        return Err(no_image(args, manifest));
    }
    if args.image.is_some()
        && let [_, second, ..] = args.apps.as_slice()
    {
        return Err(one_too_many(second));
    }
    Ok(())
}

/// Tells each app how its push is said again.
fn advise(apps: &mut [App], given: &Intent<'_>, typed: &Arc<Typed>) {
    let is_one = apps.len() == 1;
    for app in apps {
        let manifest = given.written.map(|written| &written.manifest);
        let entry = app.entry.zip(manifest);
        let entry = entry.and_then(|(at, manifest)| Some((manifest.apps.get(at)?, manifest)));
        let said = entry.map(|(entry, _)| AppSettings::of(entry));
        let sizes = Sizes::of(given.flags, given.passthrough, said.as_ref());
        let advice = Advice::new(Arc::clone(typed), sizes);
        app.advice = match entry.filter(|_| !is_one) {
            Some((entry, manifest)) => {
                let spot = manifest.spot(entry.range.start);
                advice.at(app.name.as_deref().unwrap_or_default(), &spot)
            }
            None => advice,
        };
        if let Some(checks) = &mut app.checks {
            checks.advice = app.advice.of_any();
        }
    }
}

/// Whether all registries may be asked, or why not.
fn search(checks: &CheckArgs, with_key: WithKey) -> Search {
    match with_key {
        WithKey::No => Search::NoKey,
        WithKey::Yes if checks.no_checks => Search::NoChecks,
        WithKey::Yes => Search::Possible,
    }
}

pub(super) fn voice(quiet: bool, verbose: bool) -> Voice {
    match (quiet, verbose) {
        (true, _) => Voice::Quiet,
        (false, true) => Voice::Verbose,
        (false, false) => Voice::Normal,
    }
}

fn mode(explain_key: bool, dry_run: bool, goal: Goal) -> Result<Mode, Error> {
    Ok(match (explain_key, dry_run, goal) {
        (_, true, Goal::Difference) => {
            return Err(Error::new(ErrorKind::Usage, "`icr-cf diff` changes nothing by itself")
                .hint("drop `--dry-run`"));
        }
        (true, true, _) => Mode::ForeseeKey,
        (false, true, _) => Mode::DryRun,
        (true, false, _) => Mode::ExplainKey,
        (false, false, Goal::Push) => Mode::Push,
        (false, false, Goal::Verdicts) => Mode::Check,
        (false, false, Goal::Difference) => Mode::Diff,
    })
}

/// A deployment can be taken back; a restart has nothing to go back to.
fn after_failure(is_wanted: bool, flags: &[GivenFlag]) -> Result<AfterFailure, Error> {
    let rolls = flags.iter().any(|given| {
        given.flag.long == Some("strategy")
            && given.value.as_deref().is_some_and(|one| !one.is_empty())
    });
    match (is_wanted, rolls) {
        (false, _) => Ok(AfterFailure::Leave),
        (true, true) => Ok(AfterFailure::TakeBack),
        (true, false) => Err(Error::new(
            ErrorKind::Usage,
            "`--rollback-on-failure` takes a rolling deployment back, and this push makes none",
        )
        .seen("without `--strategy` cf stops the app and starts it anew")
        .hint("add `--strategy rolling`")),
    }
}

/// cf takes `--` for an argument, and what follows it for more of them: our own flags too.
fn refuse_dashes(passthrough: &[String]) -> Result<(), Error> {
    if passthrough.iter().all(|word| word != "--") {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Usage, "`--` twice")
        .seen("cf does not know it")
        .hint("drop the second"))
}

/// Standard input has one reader.
fn one_reader(flags: &[GivenFlag], key: &KeyChoice) -> Result<(), Error> {
    let takes = |given: &&GivenFlag| {
        let value = given.value.as_deref().unwrap_or_default();
        given.flag.takes == Takes::Path && is_standard_input(value)
    };
    let readers = flags.iter().filter(takes).map(|given| {
        let value = given.value.as_deref().unwrap_or_default();
        format!("{} {value}", given.flag.spelling())
    });
    let key = match key {
        KeyChoice::Stdin(flag) => Some((*flag).to_owned()),
        KeyChoice::File(_)
        | KeyChoice::Command(_)
        | KeyChoice::Variable(_)
        | KeyChoice::Named(_)
        | KeyChoice::Search => None,
    };
    let readers: Vec<String> = readers.chain(key).collect();
    let [first, second, ..] = readers.as_slice() else { return Ok(()) };
    let message = format!("`{first}` and `{second}` cannot both read standard input");
    Err(Error::new(ErrorKind::Usage, message)
        .hint("give one of them as a file; a key also as `--api-key-file PATH`"))
}

fn one_too_many(word: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("`{}` is one word too many", printable(word)))
        .hint("put quotes around a value that has blanks in it")
        .hint("`--image` goes with one app; several are pushed with the images of a manifest")
}

fn no_image(args: &PushArgs, manifest: &ManifestChoice) -> Error {
    if *manifest == ManifestChoice::Unread {
        return Error::new(ErrorKind::Usage, "a manifest behind `--` is not looked into")
            .hint("write `-f`, `--var` and `--vars-file` in front of `--`");
    }
    let app = args.apps.first().map_or("APP", String::as_str);
    let image = Some("NAMESPACE/REPOSITORY:TAG");
    let by_flag = args.typed.changed(|line| line.apps(&[app]).with("--image", image));
    let of_manifest = args.typed.changed(|line| line.with("-f", Some("PATH")));
    Error::new(ErrorKind::Usage, "no image given, and there is no manifest that has one")
        .hint(format!("say which: `{by_flag}`"))
        .hint(format!("name the manifest: `{of_manifest}`"))
        .hint("an app that is built from files and has no manifest is pushed with `cf push` itself")
}

fn check_flags(flags: &[GivenFlag], environment: &Environment) -> Result<(), Error> {
    for given in flags {
        given.check()?;
        let (Takes::Path, Some(path)) = (given.flag.takes, &given.value) else { continue };
        let is_stdin = path == "-" && given.flag.long == Some("manifest");
        if !is_stdin && !environment.exists(path) {
            let name = given.flag.name();
            let error = Error::new(
                ErrorKind::File,
                format!("`{name} {}`: no such file or folder", printable(path)),
            );
            return Err(error.hint(format!(
                "`{name}` is relative to the working folder, here `{}`",
                environment.folder.display()
            )));
        }
    }
    Ok(())
}

fn check_names(names: &[String]) -> Result<(), Error> {
    for name in names {
        if name.is_empty() {
            return Err(Error::new(ErrorKind::Usage, "the app name is empty")
                .hint("check the variable that was to fill it"));
        }
        if name.chars().any(char::is_control) {
            let message = format!("control character in app name `{}`", printable(name));
            return Err(Error::new(ErrorKind::Usage, message));
        }
    }
    Ok(())
}
