//! Turns what clap finds wrong into our own errors: what is wrong, what was seen, what mends it.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind as ClapKind};
use clap::{CommandFactory, FromArgMatches};

use super::{Cli, refuse_exposed_secrets};
use crate::error::{Error, ErrorKind, printable};

/// What a command line came to.
pub enum Parsed {
    /// A command.
    Command(Box<Cli>),
    /// Help or version, asked for: goes to standard output.
    Help(String),
}

/// Reads a command line, program name first.
///
/// # Errors
/// Words that make no sense, or a secret among them.
pub fn parse(arguments: &[OsString]) -> Result<Parsed, Error> {
    refuse_exposed_secrets(arguments.get(1..).unwrap_or_default())?;
    let parsed = Cli::command()
        .try_get_matches_from(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    match parsed {
        Ok(cli) => Ok(Parsed::Command(Box::new(cli))),
        Err(error) => match error.kind() {
            ClapKind::DisplayHelp | ClapKind::DisplayVersion => {
                Ok(Parsed::Help(error.render().to_string()))
            }
            _ => Err(refusal(&error)),
        },
    }
}

fn refusal(error: &clap::Error) -> Error {
    let argument = text(error, ContextKind::InvalidArg).map(|arg| flag_name(&arg).to_owned());
    let value = text(error, ContextKind::InvalidValue).map(|value| printable(&value));
    let flag = argument.as_deref().unwrap_or_default();
    let usage = |message: String| Error::new(ErrorKind::Usage, message);
    let help = format!("`{} --help` lists the flags", command_name(error));
    match error.kind() {
        ClapKind::UnknownArgument if flag.starts_with('-') => unknown_flag(error, flag, &help),
        ClapKind::UnknownArgument => {
            let shown = usage(format!("`{}` is one word too many", printable(flag)))
                .hint("put quotes around a value that has blanks in it");
            if command_name(error) == "icr-cf push" {
                shown.hint("what cf alone understands goes behind `--`")
            } else {
                shown
            }
        }
        ClapKind::TooManyValues => usage(format!("`{flag}` is a switch and takes no value"))
            .seen("cf itself would exit with 0 here and push nothing")
            .hint(format!("write `{flag}` alone, or leave it out")),
        ClapKind::InvalidSubcommand => {
            let word = text(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            let error_shown = usage(format!("there is no command `{}`", printable(&word)));
            let near = text(error, ContextKind::SuggestedSubcommand);
            // `p` is near to everything short.
            match near.as_deref().and_then(|near| near.split(", ").find(|near| near.len() > 1)) {
                _ if word == "version" => error_shown.hint("it is `icr-cf --version`"),
                Some(near) => error_shown.hint(format!("did you mean `icr-cf {near}`?")),
                None => error_shown.hint("`icr-cf --help` lists the commands"),
            }
        }
        ClapKind::DisplayHelpOnMissingArgumentOrSubcommand | ClapKind::MissingSubcommand => usage(
            "no command given".into(),
        )
        .hint("`icr-cf --help` lists them; the main one is `icr-cf push APP --image REFERENCE`"),
        ClapKind::InvalidValue if value.as_deref().unwrap_or_default().is_empty() => {
            usage(format!("`{flag}` needs a value")).hint(format!(
                "write `{flag} VALUE`; one that begins with a dash is attached: `{flag}=-...`"
            ))
        }
        ClapKind::InvalidValue => {
            let known = text(error, ContextKind::ValidValue).unwrap_or_default();
            let what = value.unwrap_or_default();
            let message = if flag.starts_with('-') {
                format!("`{flag}` does not take `{what}`")
            } else {
                format!("`{what}` is not {}", in_words(flag))
            };
            usage(message).hint(format!("it takes: {known}"))
        }
        ClapKind::MissingRequiredArgument => {
            usage(format!("{} is missing", in_words(flag))).hint(help)
        }
        ClapKind::ArgumentConflict => {
            let other = text(error, ContextKind::PriorArg).unwrap_or_default();
            usage(format!("`{flag}` and `{}` cannot be used together", flag_name(&other)))
                .hint("drop one of them")
        }
        ClapKind::InvalidUtf8 => usage("an argument is not valid UTF-8".into()),
        _ => usage(printable(&error.kind().to_string())).hint(help),
    }
}

fn unknown_flag(error: &clap::Error, flag: &str, help: &str) -> Error {
    if flag == "-" {
        return Error::new(ErrorKind::Usage, "a short switch has a value attached")
            .hint("write the switch alone, for example `-v`");
    }
    let shown = Error::new(ErrorKind::Usage, format!("unknown flag `{}`", printable(flag)));
    if flag.chars().nth(1).is_some_and(|c| c.is_ascii_digit()) {
        return shown.hint("a value that begins with a dash is attached to its flag: `-l=-1`");
    }
    if let Some(near) = text(error, ContextKind::SuggestedArg) {
        return shown.hint(format!("did you mean `{}`?", flag_name(&near)));
    }
    if command_name(error) == "icr-cf push" {
        return shown.hint(help).hint(
            "a flag that only a newer cf knows goes behind `--`; an app name cannot begin with `-`",
        );
    }
    shown.hint(help)
}

/// `icr-cf push`, out of the usage line that clap made.
fn command_name(error: &clap::Error) -> String {
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => usage.to_string(),
        _ => String::new(),
    };
    let words = usage.split_whitespace().skip_while(|word| *word != "icr-cf");
    let name: Vec<&str> =
        words.take_while(|word| word.starts_with(|c: char| c.is_ascii_lowercase())).collect();
    if name.is_empty() { "icr-cf".to_owned() } else { name.join(" ") }
}

/// clap names a flag with its value, `--image <REFERENCE>`; the flag alone is what was typed.
fn flag_name(argument: &str) -> &str {
    argument.split([' ', '=']).next().unwrap_or(argument)
}

/// What a missing argument without a flag is, in words.
fn in_words(argument: &str) -> &str {
    match argument.trim_end_matches("...") {
        "<REF>" => "a reference",
        "<SHELL>" => "the name of a shell",
        other => other,
    }
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        _ => None,
    }
}
