//! Turns what clap finds wrong into our own errors: what is wrong, what was seen, what mends it.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind as ClapKind};
use clap::{Args as _, CommandFactory, FromArgMatches};

use super::output::WITH_LINES;
use super::{Cli, Command, PushArgs, Typed, refuse_exposed_secrets};
use crate::error::{Error, ErrorKind, printable, shell_word};
use crate::spelling;

/// What a command line came to.
pub(crate) enum Parsed {
    /// A command.
    Command(Box<Cli>),
    /// Help or version, asked for: goes to standard output.
    Help(String),
}

/// Reads a command line, program name first.
///
/// # Errors
/// Words that make no sense, or a secret among them.
pub(crate) fn parse(arguments: &[OsString]) -> Result<Parsed, Error> {
    refuse_exposed_secrets(arguments.get(1..).unwrap_or_default())?;
    let typed = Typed::new(arguments);
    let parsed = alone(arguments).map_or_else(
        || {
            let matches = Cli::command().try_get_matches_from(arguments)?;
            Cli::from_arg_matches(&matches)
        },
        Ok,
    );
    match parsed {
        Ok(mut cli) => {
            match &mut cli.command {
                Command::Push(args) | Command::Check(args) | Command::Diff(args) => {
                    args.image = one_image(&args.images, &typed)?;
                    args.typed = typed;
                }
                Command::Audit(args) => args.shared.typed = typed,
                Command::Rotate(args) => args.shared.typed = typed,
                Command::Rollback(args) => args.shared.typed = typed,
                Command::Doctor(args) => args.typed = typed,
                Command::Resolve(args) => args.typed = typed,
                Command::Exec(_)
                | Command::Login(_)
                | Command::Logout(_)
                | Command::Regions(_)
                | Command::Config(_)
                | Command::Completions { .. }
                | Command::Help(_) => {}
            }
            Ok(Parsed::Command(Box::new(cli)))
        }
        Err(error) => match error.kind() {
            ClapKind::DisplayHelp | ClapKind::DisplayVersion => {
                Ok(Parsed::Help(error.render().to_string()))
            }
            _ => Err(refusal(&error, &typed)),
        },
    }
}

/// A push that is well written, read without the grammar of all other commands, which takes longer to
/// make than to use. Whatever else there is, help and errors among it, is for the whole one.
fn alone(arguments: &[OsString]) -> Option<Cli> {
    let name =
        arguments.get(1)?.to_str().filter(|name| ["push", "check", "diff"].contains(name))?;
    let command = clap::Command::new(name.to_owned()).args_override_self(true);
    let command = PushArgs::augment_args(command);
    let root = clap::Command::new("icr-cf").subcommand_required(true).subcommand(command);
    Cli::from_arg_matches(&root.try_get_matches_from(arguments).ok()?).ok()
}

/// The image that all the flags for one name. cf takes the last of several in silence.
fn one_image(images: &[String], typed: &Typed) -> Result<Option<String>, Error> {
    let Some(first) = images.first() else { return Ok(None) };
    let Some(other) = images.iter().find(|image| *image != first) else {
        return Ok(Some(first.clone()));
    };
    let message =
        format!("two images for one app: `{}` and `{}`", printable(first), printable(other));
    let lines = [first, other].map(|image| typed.with_image_alone(image, images));
    let error = Error::new(ErrorKind::Usage, message);
    Err(match lines {
        [Some(one), Some(two)] => error.hint(format!("write `{one}` or `{two}`")),
        _ => error.hint("keep one of them"),
    })
}

fn refusal(error: &clap::Error, typed: &Typed) -> Error {
    let argument = text(error, ContextKind::InvalidArg).map(|arg| flag_name(&arg).to_owned());
    let value = text(error, ContextKind::InvalidValue).map(|value| printable(&value));
    let flag = argument.as_deref().unwrap_or_default();
    let usage = |message: String| Error::new(ErrorKind::Usage, message);
    let help = format!("`{} --help` lists the flags", command_name(error));
    match error.kind() {
        ClapKind::UnknownArgument if flag.starts_with('-') => {
            unknown_flag(error, flag, typed, &help)
        }
        ClapKind::UnknownArgument => {
            let shown = usage(format!("`{}` is one word too many", printable(flag)))
                .hint("put quotes around a value that has blanks in it");
            match command_name(error).as_str() {
                "icr-cf help" => usage("help is about one command or one topic".into())
                    .hint("`icr-cf help` lists the commands and topics"),
                "icr-cf push" => shown.hint("what cf alone understands goes behind `--`"),
                command @ ("icr-cf login" | "icr-cf logout") => {
                    usage(format!("`{}` is one word too many", printable(flag))).hint(format!(
                        "a registry stands behind its flag: `{command} --region {}`",
                        shell_word(flag)
                    ))
                }
                "icr-cf exec" => Error::new(
                    ErrorKind::Usage,
                    format!("`{}` stands in front of `--`", printable(flag)),
                )
                .hint("the program stands behind it: `icr-cf exec -- PROGRAM ARGUMENTS`"),
                _ => shown,
            }
        }
        ClapKind::TooManyValues => usage(format!("`{flag}` is a switch and takes no value"))
            .seen("cf itself would exit with 0 here and push nothing")
            .hint(format!("write `{flag}` alone, or leave it out")),
        ClapKind::InvalidSubcommand => {
            let word = text(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            match command_name(error).strip_prefix("icr-cf ") {
                Some(command) => unknown_word(&word, command),
                None => unknown_command(&word, typed),
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
            let shown = usage(message).hint(format!("it takes: {known}"));
            if (flag, what.as_str()) != ("--output", "json-lines") {
                return shown;
            }
            let others = WITH_LINES.map(|name| format!("`icr-cf {name}`")).join(", ");
            shown.hint(format!("`json-lines` is for what takes its time: {others}"))
        }
        ClapKind::MissingRequiredArgument => {
            usage(format!("{} is missing", in_words(flag))).hint(help)
        }
        ClapKind::ArgumentConflict => {
            let other = text(error, ContextKind::PriorArg).unwrap_or_default();
            if flag.is_empty() {
                let message = format!("`{}` stands in front of a command", flag_name(&other));
                let after = "write the command first: `icr-cf config show --output json`";
                return usage(message).hint(after);
            }
            if flag_name(&other) == flag {
                return usage(format!("`{flag}` is given twice")).hint("keep one of them");
            }
            usage(format!("`{flag}` and `{}` cannot be used together", flag_name(&other)))
                .hint("drop one of them")
        }
        ClapKind::InvalidUtf8 => usage("an argument is not valid UTF-8".into()),
        _ => usage(printable(&error.kind().to_string())).hint(help),
    }
}

/// A word behind a command that has commands of its own.
fn unknown_word(word: &str, command: &str) -> Error {
    let message = format!("`icr-cf {command}` has no command `{}`", printable(word));
    let error = Error::new(ErrorKind::Usage, message);
    let root = Cli::command();
    let names = root.find_subcommand(command).into_iter().flat_map(clap::Command::get_subcommands);
    match spelling::nearest(word, names.map(clap::Command::get_name)).first() {
        Some(near) => error.hint(format!("did you mean `icr-cf {command} {near}`?")),
        None => error.hint(format!("`icr-cf {command} --help` lists them")),
    }
}

fn unknown_command(word: &str, typed: &Typed) -> Error {
    let shown = Error::new(ErrorKind::Usage, format!("there is no command `{}`", printable(word)));
    if word == "version" {
        return shown.hint("it is `icr-cf --version`");
    }
    let root = Cli::command();
    let names = root.get_subcommands().map(clap::Command::get_name);
    if let Some(near) = spelling::nearest(word, names).first() {
        let line = typed.with(word, &[near]).unwrap_or_else(|| format!("icr-cf {near}"));
        return shown.hint(format!("did you mean `{line}`?"));
    }
    match typed.with_command_first().or_else(|| typed.with_push()) {
        Some(line) => shown.seen("the command comes first").hint(format!("write `{line}`")),
        None => shown.hint("`icr-cf --help` lists the commands"),
    }
}

/// What other programs call a flag of ours.
const OTHER_NAMES: [(&str, &[&str]); 9] = [
    ("--json", &["--output", "json"]),
    ("--format", &["--output"]),
    ("--silent", &["--quiet"]),
    ("--user", &["--docker-username"]),
    ("--username", &["--docker-username"]),
    ("--skip-checks", &["--no-checks"]),
    ("--parallel", &["--jobs"]),
    ("--cacert", &["--ca-file"]),
    ("--keep-going", &["--on-error", "continue"]),
];

fn unknown_flag(error: &clap::Error, flag: &str, typed: &Typed, help: &str) -> Error {
    if flag == "-" {
        return Error::new(ErrorKind::Usage, "a short switch has a value attached")
            .hint("write the switch alone, for example `-v`");
    }
    let shown = Error::new(ErrorKind::Usage, format!("unknown flag `{}`", printable(flag)));
    if flag.chars().nth(1).is_some_and(|c| c.is_ascii_digit()) {
        return shown.hint("a value that begins with a dash is attached to its flag: `-l=-1`");
    }
    let name = command_name(error);
    if name == "icr-cf" {
        let line = typed.with_command_first().or_else(|| typed.with_push());
        return match line {
            Some(line) => Error::new(
                ErrorKind::Usage,
                format!("`{}` stands in front of the command", printable(flag)),
            )
            .hint(format!("flags stand behind the command: `{line}`")),
            None => shown.hint(help).hint("flags stand behind the command: `icr-cf push APP ...`"),
        };
    }
    let root = Cli::command();
    let own = flags(&root, &name);
    let other = OTHER_NAMES.iter().find(|(other, _)| *other == flag).map(|(_, words)| *words);
    let other =
        other.filter(|words| words.first().is_some_and(|flag| own.iter().any(|one| one == flag)));
    if let Some(words) = other {
        let said = words.join(" ");
        return match typed.with(flag, words) {
            Some(line) => {
                shown.seen(format!("it is `{said}` here")).hint(format!("write `{line}`"))
            }
            None => shown.hint(format!("it is `{said}` here")),
        };
    }
    if let Some(near) = spelling::nearest(flag, own.iter().map(String::as_str)).first() {
        return shown.hint(format!("did you mean `{near}`?"));
    }
    let elsewhere =
        ["push", "check", "diff", "resolve", "regions"].map(|name| format!("icr-cf {name}"));
    let elsewhere: Vec<&String> = elsewhere
        .iter()
        .filter(|other| flags(&root, other).iter().any(|one| one == flag))
        .collect();
    let shown = match elsewhere.as_slice() {
        [] => shown,
        [only] => shown.seen(format!("it is a flag of `{only}`")),
        [first, others @ ..] => {
            let others = others.iter().map(|other| format!("`{other}`"));
            let others = others.collect::<Vec<_>>().join(", ");
            shown.seen(format!("it is a flag of `{first}`, {others}"))
        }
    };
    if name == "icr-cf push" {
        return shown.hint(help).hint(
            "a flag that only a newer cf knows goes behind `--`; an app name cannot begin with `-`",
        );
    }
    shown.hint(help)
}

/// The long flags of a command, by its name.
fn flags(root: &clap::Command, name: &str) -> Vec<String> {
    let name = name.trim_start_matches("icr-cf").trim();
    let Some(command) = root.find_subcommand(name) else { return Vec::new() };
    let longs = command.get_arguments().filter_map(clap::Arg::get_long_and_visible_aliases);
    longs.flatten().map(|long| format!("--{long}")).collect()
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
        "<PROGRAM>" => "the program behind `--`",
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

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, FromArgMatches as _};

    use super::{Cli, OsString, alone};

    #[test]
    fn a_push_read_alone_is_what_the_whole_grammar_makes_of_it() {
        for line in [
            "push web --image acme/web",
            "push -o a/b web --jobs 2 --jobs 3 -i4 -m=1G --no-checks -- --new-flag -x",
            "check a b c --output json --output text -f other.yml --var a=b --vars-file v",
            "diff --strategy rolling --show-env --vulnerabilities fail --ignore CVE-1",
            "push --docker-password-for eu.gcr.io=file:key --profile prod -- web",
        ] {
            let words = shell_words::split(&format!("icr-cf {line}")).unwrap();
            let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
            let matches = Cli::command().try_get_matches_from(&words).unwrap();
            let whole = Cli::from_arg_matches(&matches).unwrap();
            assert_eq!(format!("{:?}", alone(&words)), format!("{:?}", Some(whole)), "{line}");
        }
    }

    #[test]
    fn what_is_no_good_push_is_left_to_the_whole_grammar() {
        for line in ["", "push --help", "push --nonsense", "--version", "psuh web", "regions"] {
            let words = shell_words::split(&format!("icr-cf {line}")).unwrap();
            let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
            assert!(alone(&words).is_none(), "{line}");
        }
    }
}
