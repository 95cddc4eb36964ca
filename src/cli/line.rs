//! A push as it was typed, to be said again with a change: one whole line for a shell. Shows no
//! value that may be a secret; what stands in its place says what to fill in.

use clap::{Arg, CommandFactory};

use super::Cli;

/// A part of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    App(String),
    Flag {
        id: String,
        spelled: String,
        value: Option<String>,
    },
    /// Behind `--`.
    Rest(String),
}

/// A line to be changed and shown.
#[derive(Debug, Clone)]
pub(crate) struct CommandLine {
    command: String,
    args: Vec<Arg>,
    parts: Vec<Part>,
}

/// Whether an argument has this long name.
fn has_long(arg: &Arg, long: &str) -> bool {
    arg.get_long() == Some(long)
        || arg.get_all_aliases().is_some_and(|aliases| aliases.contains(&long))
}

impl CommandLine {
    /// The line that these words were, behind the program's name.
    pub(super) fn of(words: &[String]) -> Option<Self> {
        let (command, words) = words.split_first()?;
        let cli = Cli::command();
        let args = cli.find_subcommand(command)?.get_arguments().cloned().collect();
        let command = if command == "p" { "push" } else { command };
        let mut line = Self { command: command.to_owned(), args, parts: Vec::new() };
        line.read(words);
        Some(line)
    }

    fn read(&mut self, words: &[String]) {
        // Only some commands take what stands behind `--` for another program.
        let has_rest = self.args.iter().any(Arg::is_last_set);
        let part = if has_rest { Part::Rest } else { Part::App };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                self.parts.extend(words.by_ref().cloned().map(part));
            } else if let Some(long) = word.strip_prefix("--") {
                let (name, attached) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_owned())),
                    None => (long, None),
                };
                let arg = self.args.iter().find(|arg| has_long(arg, name));
                let takes = arg.is_some_and(|arg| arg.get_action().takes_values());
                let value = attached.or_else(|| takes.then(|| words.next().cloned()).flatten());
                let id = arg.map_or(name, |arg| arg.get_id().as_str()).to_owned();
                self.parts.push(Part::Flag { id, spelled: format!("--{name}"), value });
            } else if let Some(letters) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) {
                self.short(letters, &mut words);
            } else {
                self.parts.push(Part::App(word.clone()));
            }
        }
    }

    /// Letters behind one dash: switches, and at the end perhaps one with its value.
    fn short<'a>(&mut self, letters: &str, words: &mut impl Iterator<Item = &'a String>) {
        for (at, letter) in letters.char_indices() {
            let arg = self.args.iter().find(|arg| arg.get_short() == Some(letter));
            let id = arg.map_or_else(|| letter.to_string(), |arg| arg.get_id().to_string());
            let spelled = format!("-{letter}");
            if !arg.is_some_and(|arg| arg.get_action().takes_values()) {
                self.parts.push(Part::Flag { id, spelled, value: None });
                continue;
            }
            let attached = letters.get(at + letter.len_utf8()..).unwrap_or_default();
            let attached = attached.strip_prefix('=').unwrap_or(attached);
            let value =
                if attached.is_empty() { words.next().cloned() } else { Some(attached.to_owned()) };
            self.parts.push(Part::Flag { id, spelled, value });
            return;
        }
    }

    /// The same for another command.
    #[must_use]
    pub(crate) fn command(mut self, command: &str) -> Self {
        let lone = self.lone_image().filter(|_| command != "check");
        command.clone_into(&mut self.command);
        match lone {
            Some(image) => self.apps(&[&app_of_image(&image)]).with("--image", Some(&image)),
            None => self,
        }
    }

    /// Whether it is one of a command.
    #[must_use]
    pub(crate) fn is_of(&self, command: &str) -> bool {
        self.command == command
    }

    /// The image that is checked without an app.
    fn lone_image(&self) -> Option<String> {
        let says = |part: &Part| matches!(part, Part::Flag { id, .. } if id == "image" || id == "manifest");
        let mut apps = self.parts.iter().filter_map(|part| match part {
            Part::App(app) => Some(app),
            Part::Flag { .. } | Part::Rest(_) => None,
        });
        let first = apps.next().filter(|app| looks_like_image(app))?;
        let is_lone = self.command == "check" && apps.next().is_none();
        (is_lone && !self.parts.iter().any(says)).then(|| first.clone())
    }

    /// The same for these apps.
    #[must_use]
    pub(crate) fn apps(mut self, apps: &[&str]) -> Self {
        self.parts.retain(|part| !matches!(part, Part::App(_)));
        self.parts.splice(0..0, apps.iter().map(|app| Part::App((*app).to_owned())));
        self
    }

    /// The same without what a flag says whose value begins so.
    #[must_use]
    pub(crate) fn without_value(mut self, flag: &str, begin: &str) -> Self {
        self.parts.retain(|part| match part {
            Part::Flag { spelled, value: Some(value), .. } => {
                spelled != flag || !value.starts_with(begin)
            }
            Part::App(_) | Part::Flag { .. } | Part::Rest(_) => true,
        });
        self
    }

    /// The same without a flag, as it is spelled short or long.
    #[must_use]
    pub(crate) fn without(mut self, flag: &str) -> Self {
        let named = |arg: &&Arg| {
            let short = flag.strip_prefix('-').and_then(|rest| rest.chars().next());
            match flag.strip_prefix("--") {
                Some(long) => has_long(arg, long),
                None => arg.get_short() == short,
            }
        };
        let Some(arg) = self.args.iter().find(named).cloned() else { return self };
        let id = arg.get_id().as_str();
        self.parts.retain(|part| !matches!(part, Part::Flag { id: one, .. } if one == id));
        self.forget_in_rest(&arg);
        self
    }

    /// What stands behind `--` comes last, and would win.
    fn forget_in_rest(&mut self, arg: &Arg) {
        let short = arg.get_short().map(|letter| format!("-{letter}"));
        let long = arg.get_long().map(|long| format!("--{long}"));
        let is_it = |word: &str| short.as_deref() == Some(word) || long.as_deref() == Some(word);
        let takes = arg.get_action().takes_values();
        let mut skips = false;
        self.parts.retain(|part| {
            let Part::Rest(word) = part else { return true };
            if std::mem::take(&mut skips) {
                return false;
            }
            skips = takes && is_it(word);
            let attached =
                word.split_once('=').is_some_and(|(name, _)| name.starts_with("--") && is_it(name));
            !is_it(word) && !attached
        });
    }

    /// The same with a flag, in place of what it had.
    #[must_use]
    pub(crate) fn with(self, flag: &str, value: Option<&str>) -> Self {
        let mut line = self.without(flag);
        let at = line.parts.iter().position(|part| matches!(part, Part::Rest(_)));
        let id = flag.trim_start_matches('-').to_owned();
        let part = Part::Flag { id, spelled: flag.to_owned(), value: value.map(str::to_owned) };
        line.parts.insert(at.unwrap_or(line.parts.len()), part);
        line
    }
}

impl std::fmt::Display for CommandLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "icr-cf {}", self.command)?;
        let mut is_behind = false;
        let mut is_value_of_var = false;
        for part in &self.parts {
            match part {
                Part::App(app) if looks_like_flag(app) => {}
                Part::App(app) => write!(f, " {}", word(app))?,
                Part::Flag { spelled, value: None, .. } => write!(f, " {}", word(spelled))?,
                Part::Flag { id, spelled, value: Some(value) } => {
                    let value = shown(id, value);
                    let glue = if value.starts_with('-') && value != "-" { '=' } else { ' ' };
                    let glue = if spelled.starts_with("--") { glue } else { ' ' };
                    write!(f, " {spelled}{glue}{}", word(&value))?;
                }
                Part::Rest(text) => {
                    if !std::mem::replace(&mut is_behind, true) {
                        write!(f, " --")?;
                    }
                    let text = match text.strip_prefix("--var=") {
                        _ if std::mem::take(&mut is_value_of_var) => shown("var", text),
                        Some(value) => format!("--var={}", shown("var", value)),
                        None => text.clone(),
                    };
                    is_value_of_var = text == "--var";
                    write!(f, " {}", word(&text))?;
                }
            }
        }
        for part in &self.parts {
            if let Part::App(app) = part
                && looks_like_flag(app)
            {
                let end = if std::mem::replace(&mut is_behind, true) { "" } else { " --" };
                write!(f, "{end} {}", word(app))?;
            }
        }
        Ok(())
    }
}

/// A value that may be shown: variables may hold anything, and a command a password.
fn shown(id: &str, value: &str) -> String {
    match id {
        "var" => match value.split_once('=') {
            Some((name, _)) => format!("{name}=VALUE"),
            None => "NAME=VALUE".to_owned(),
        },
        "api_key_command" => "COMMAND".to_owned(),
        "api_key_for" | "docker_password_for" => match value.split_once("=command:") {
            Some((scope, _)) => format!("{scope}=command:COMMAND"),
            None => value.to_owned(),
        },
        _ => value.to_owned(),
    }
}

/// Whether clap takes a word for a flag, unless it stands behind `--`.
fn looks_like_flag(word: &str) -> bool {
    word.starts_with('-') && word != "-"
}

/// A word as a shell takes it; what a terminal would not show is to be filled in.
fn word(text: &str) -> String {
    if crate::error::printable_in_full(text) != text {
        return "VALUE".to_owned();
    }
    // No shell minds these inside a word.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@%+=,".contains(&byte);
    if !text.is_empty() && !text.starts_with('=') && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    shell_words::quote(text).into_owned()
}

/// Whether a word is more like an image than like an app: it has a namespace, a tag or a digest, and
/// is no path.
#[must_use]
pub(crate) fn looks_like_image(word: &str) -> bool {
    word.contains(['/', ':', '@']) && !word.starts_with(['.', '/', '~']) && !word.contains('\\')
}

/// What the app of an image is mostly called: the last part of the image's name.
#[must_use]
pub(crate) fn app_of_image(image: &str) -> String {
    let path = image.split('@').next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    last.split(':').next().filter(|name| !name.is_empty()).unwrap_or("APP").to_owned()
}

#[cfg(test)]
mod tests;
