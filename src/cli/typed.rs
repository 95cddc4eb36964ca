//! The words of a command line, to be written anew as they were meant: a hint is a whole line to
//! paste, and none that would be refused in its turn.

use std::ffi::OsString;

use clap::CommandFactory as _;

use super::{Cli, CommandLine};
use crate::secret_shape::may_be_secret;

/// Longest line that a hint repeats, in bytes.
const MOST: usize = 1_000;
/// The commands by the names that are typed.
const COMMANDS: [&str; 15] = [
    "push",
    "p",
    "check",
    "diff",
    "audit",
    "rotate",
    "rollback",
    "doctor",
    "exec",
    "login",
    "logout",
    "resolve",
    "regions",
    "config",
    "completions",
];
/// The flags that name an image.
const IMAGE_FLAGS: [&str; 3] = ["--image", "--docker-image", "-o"];

/// What was typed behind the name of the program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Typed(Vec<String>);

impl Typed {
    /// The words behind the first, which is the program's name; none where one is no text.
    #[must_use]
    pub(crate) fn new(arguments: &[OsString]) -> Self {
        let words = arguments.iter().skip(1).map(|word| word.to_str().map(str::to_owned));
        Self(words.collect::<Option<Vec<String>>>().unwrap_or_default())
    }

    /// The line of a push or a check, to be changed; `None` where nothing was typed.
    #[must_use]
    pub(crate) fn line(&self) -> Option<CommandLine> {
        CommandLine::of(&self.0)
    }

    /// The line with the command in front, where it stands behind other words, or `push` where no
    /// command is there.
    pub(super) fn with_command_first(&self) -> Option<String> {
        let places =
            self.0.iter().enumerate().filter(|(_, word)| COMMANDS.contains(&word.as_str()));
        let mut moved = places.filter(|(at, _)| *at > 0).map(|(at, word)| {
            let others = self.0.iter().enumerate().filter(|(other, _)| *other != at);
            std::iter::once(word).chain(others.map(|(_, word)| word)).cloned().collect()
        });
        moved.find_map(|words: Vec<String>| line(&words))
    }

    /// The line with `push` in front, where an image is named and no command.
    pub(super) fn with_push(&self) -> Option<String> {
        let names_image = |word: &String| {
            let name = word.split('=').next().unwrap_or_default();
            IMAGE_FLAGS.contains(&name)
        };
        let words: Vec<String> = std::iter::once("push".to_owned()).chain(self.0.clone()).collect();
        self.0.iter().any(names_image).then(|| line(&words)).flatten()
    }

    /// The line with other words in place of one, which may have a value attached.
    pub(super) fn with(&self, word: &str, others: &[&str]) -> Option<String> {
        let mut others = others.iter().map(|word| (*word).to_owned());
        let first = others.next()?;
        let mut words = Vec::new();
        for typed in &self.0 {
            match typed.strip_prefix(word) {
                Some("") => {
                    words.push(first.clone());
                    words.extend(others.by_ref());
                }
                Some(value) if value.starts_with('=') => words.push(format!("{first}{value}")),
                Some(_) | None => words.push(typed.clone()),
            }
        }
        line(&words)
    }

    /// The line with a change, for a hint.
    #[must_use]
    pub(crate) fn changed(&self, change: impl FnOnce(CommandLine) -> CommandLine) -> String {
        let line = self.line().map(|line| change(line).to_string());
        line.unwrap_or_else(|| "icr-cf push".to_owned())
    }

    /// The line with this one of several images alone.
    pub(super) fn with_image_alone(&self, kept: &str, images: &[String]) -> Option<String> {
        let is_other = |value: &str| value != kept && images.iter().any(|image| image == value);
        let mut words: Vec<String> = Vec::new();
        let mut typed = self.0.iter().peekable();
        while let Some(word) = typed.next() {
            let value = IMAGE_FLAGS.iter().find_map(|flag| word.strip_prefix(flag));
            match value.map(|value| value.strip_prefix('=').unwrap_or(value)) {
                Some("") if typed.peek().is_some_and(|value| is_other(value)) => {
                    typed.next();
                }
                Some(value) if is_other(value) => {}
                Some(_) | None => words.push(word.clone()),
            }
        }
        line(&words)
    }
}

/// The line for a shell, where it would be taken and may be shown.
fn line(words: &[String]) -> Option<String> {
    let is_fit = |word: &String| !may_be_secret(word) && !word.chars().any(char::is_control);
    let program = std::iter::once("icr-cf");
    let taken =
        Cli::command().try_get_matches_from(program.chain(words.iter().map(String::as_str)));
    let line = format!("icr-cf {}", shell_words::join(words));
    (words.iter().all(is_fit) && line.len() <= MOST && taken.is_ok()).then_some(line)
}
