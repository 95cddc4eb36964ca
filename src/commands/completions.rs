//! `icr-cf completions`, and what a shell offers behind the cursor: commands, flags, and the values that are known without
//! asking anybody. The script for a shell asks this program, so that it knows the apps of the
//! manifest in the folder; reads no key, no network, no cf.

use std::ffi::OsString;

use clap::{Arg, Command, CommandFactory as _, ValueHint};
use clap_complete::Shell;
use clap_complete::engine::{ArgValueCandidates, ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use crate::cf_flags::{CF_FLAGS, Takes};
use crate::cli::{Cli, topics};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::exit_code::ExitCode;
use crate::manifest::{Manifest, Source, Variables};
use crate::region::{REGISTRIES, Registry};
use crate::report;
use crate::settings;

mod programs;

use programs::Programs;

/// The variable by which a script asks.
const ASKED: &str = "ICR_CF_COMPLETE";
/// The name of the program, as shells know it.
const PROGRAM: &str = "icr-cf";
/// What stands for the beginning of a variable, so that a manifest can be read without its value.
const VARIABLE: char = '\u{e000}';

/// Prints the script that a shell reads to complete command lines.
///
/// # Errors
/// It cannot be made, or standard output cannot be written.
pub(crate) fn run(shell: Shell) -> Result<ExitCode, Error> {
    report::say_as_is(&script(shell)?)?;
    Ok(ExitCode::Success)
}

fn script(shell: Shell) -> Result<String, Error> {
    let internal = |error| Error::internal("no script", &error);
    let shells = Shells::builtins();
    let Some(completer) = shells.completer(&shell.to_string()) else {
        return Err(Error::new(ErrorKind::Internal, format!("no script for {shell}")));
    };
    let mut script = Vec::new();
    completer
        .write_registration(ASKED, PROGRAM, PROGRAM, PROGRAM, &mut script)
        .map_err(internal)?;
    let script = String::from_utf8_lossy(&script);
    let script = script.trim();
    Ok(match shell {
        Shell::Bash => {
            let (asking, joining) = ("-F _clap_complete_icr_cf", "-F _icr_cf");
            format!("{JOINING_BASH}{}\n", script.replace(asking, joining))
        }
        Shell::Zsh => format!("{script}\n{AUTOLOADED_ZSH}"),
        _ => format!("{script}\n"),
    })
}

const JOINING_BASH: &str = include_str!("completions/bash.sh");
const AUTOLOADED_ZSH: &str = include_str!("completions/zsh.sh");

/// Answers a script that asks; gives whether one did.
pub(crate) fn answered(arguments: &[OsString], environment: &Environment) -> bool {
    if environment.text(ASKED).is_none() {
        return false;
    }
    let profiles =
        if asks_for_profile(arguments) { settings::profiles(environment) } else { Vec::new() };
    let known = Known { apps: apps(arguments, environment), profiles };
    let command = || {
        let programs = ArgValueCompleter::new(Programs::of(arguments, environment));
        let behind_dashes = |arg: Arg| arg.add(programs);
        command(&known).mut_subcommand("exec", |exec| exec.mut_arg("program", behind_dashes))
    };
    let asked = CompleteEnv::with_factory(command).var(ASKED);
    // A shell has no use for an error while somebody types.
    asked.try_complete(arguments, Some(&environment.folder)).is_ok_and(|is_asked| is_asked)
}

/// Whether a profile may be what is typed: a file of settings is read for nothing else.
fn asks_for_profile(arguments: &[OsString]) -> bool {
    let is_flag = |word: &str| word.starts_with("--profile");
    arguments.iter().filter_map(|word| word.to_str()).any(is_flag)
}

/// What is known where the line is typed.
struct Known {
    apps: Vec<String>,
    profiles: Vec<String>,
}

/// The grammar, with the values that are known.
fn command(known: &Known) -> Command {
    let root = Cli::command();
    let names: Vec<String> =
        root.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    names.into_iter().fold(root, |root, name| {
        root.mut_subcommand(name, |command| command.mut_args(|arg| with_values(arg, known)))
    })
}

fn with_values(arg: Arg, known: &Known) -> Arg {
    let row = CF_FLAGS.iter().find(|flag| arg.get_id().as_str() == flag.id());
    if let Some(flag) = row {
        return match flag.takes {
            Takes::Path => arg.value_hint(ValueHint::AnyPath),
            takes => plain(arg, takes.values()),
        };
    }
    match arg.get_id().as_str() {
        "region" => offering(arg, REGISTRIES.iter().map(region).collect()),
        "topic" => offering(arg, topics()),
        "apps" => names(arg, &known.apps),
        "profile" => names(arg, &known.profiles),
        "docker_username" => plain(arg, &["iamapikey", "iambearer", "iamrefresh"]),
        "platform" => plain(arg, &["linux/amd64", "linux/arm64", "linux/s390x"]),
        "api_key_file" | "ca_file" => arg.value_hint(ValueHint::FilePath),
        _ => arg,
    }
}

/// A value, and a word about it.
type Offered = (String, Option<String>);

/// What there is help about: commands and pages.
fn topics() -> Vec<Offered> {
    let root = Cli::command();
    let about = |command: &Command| command.get_about().map(ToString::to_string);
    let commands = root.get_subcommands().map(|one| (one.get_name().to_owned(), about(one)));
    let pages = topics::all().iter();
    commands.chain(pages.map(|one| (one.name.to_owned(), Some(one.title().to_owned())))).collect()
}

fn names(arg: Arg, names: &[String]) -> Arg {
    offering(arg, names.iter().map(|name| (name.clone(), None)).collect())
}

fn plain(arg: Arg, values: &[&str]) -> Arg {
    offering(arg, values.iter().map(|value| ((*value).to_owned(), None)).collect())
}

fn offering(arg: Arg, values: Vec<Offered>) -> Arg {
    if values.is_empty() {
        return arg;
    }
    arg.add(ArgValueCandidates::new(move || {
        let offered = values.iter().map(|(value, about)| {
            CompletionCandidate::new(value).help(about.clone().map(Into::into))
        });
        offered.collect::<Vec<_>>()
    }))
}

fn region(registry: &'static Registry) -> Offered {
    let place = registry.city().map_or_else(String::new, |city| format!("{city}, "));
    (registry.region.to_owned(), Some(format!("{place}{}", registry.host)))
}

/// The names of the apps in the manifest: the one that the line names, else the one in the folder.
fn apps(arguments: &[OsString], environment: &Environment) -> Vec<String> {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let said = words.iter().enumerate().rev().find_map(|(at, word)| match *word {
        "-f" | "--manifest" => words.get(at + 1).copied(),
        _ => word.strip_prefix("--manifest=").or_else(|| word.strip_prefix("-f=")),
    });
    let said = said.filter(|name| !name.is_empty() && !name.starts_with('-')).unwrap_or(".");
    let path = match environment.manifest_in(said) {
        Some(file) => environment.absolute(said).join(file),
        None => environment.absolute(said),
    };
    let path = path.to_string_lossy().into_owned();
    if !environment.is_plain_file(&path) {
        return Vec::new();
    }
    let Ok(text) = environment.read_text(&path) else { return Vec::new() };
    let text = without_variables(&text);
    let source = Source { name: path, text };
    let Ok(manifest) = Manifest::read(source, &Variables::default()) else { return Vec::new() };
    let names = manifest.apps.into_iter().filter_map(|app| app.name.map(|name| name.text));
    names.filter(|name| !name.is_empty() && name.chars().all(is_harmless)).collect()
}

/// Whether a shell may put it into the line as it is, where `$(...)` would run.
fn is_harmless(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// The text of a manifest with a mark in place of each variable, and nothing for a value that is
/// one alone: cf would refuse a mark where a number has to be.
fn without_variables(text: &str) -> String {
    let is_variable = |value: &str| {
        let name = value.trim().strip_prefix("((").and_then(|rest| rest.strip_suffix("))"));
        name.is_some_and(|name| !name.contains("(("))
    };
    let lines = text.lines().map(|line| match line.split_once(": ") {
        Some((key, value)) if is_variable(value) => format!("{key}:\n"),
        Some(_) | None => format!("{line}\n"),
    });
    let text: String = lines.collect();
    text.replace("((", &VARIABLE.to_string()).replace("))", "")
}
