//! Which program is cf: the one that was said, else the first one found.

use std::path::PathBuf;

use crate::cf_flags::Release;
use crate::environment::{self, Environment};
use crate::error::{Error, ErrorKind, made_runnable, printable, shell_line};
use crate::request::{CfChoice, words};

/// Names under which cf is installed, in the order in which they are tried.
const NAMES: [&str; 3] = ["cf", "cf8", "cf7"];
/// The program that has a cf of its own.
const IBMCLOUD: &str = "ibmcloud";

/// The program that runs `push`, with the words in front of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CfProgram {
    /// The program as people call it, then its leading words: `cf`, or `ibmcloud` and `cf`.
    pub words: Vec<String>,
    /// Where it was found; `None` where it was not and nothing will be run.
    pub path: Option<PathBuf>,
    /// Its release, where something depends on it and it was asked.
    pub release: Option<Release>,
}

impl CfProgram {
    /// A program that was found, or not, and not asked anything.
    #[must_use]
    pub(crate) fn new(words: &[&str], path: Option<PathBuf>) -> Self {
        Self { words: words.iter().map(|word| (*word).to_owned()).collect(), path, release: None }
    }

    /// What stands in for cf where none is installed and none is needed.
    #[must_use]
    pub(crate) fn absent() -> Self {
        Self::new(&["cf"], None)
    }

    /// The line that runs one of its commands, for hints.
    #[must_use]
    pub(crate) fn line(&self, command: &[&str]) -> String {
        shell_line(self.words.iter().map(String::as_str).chain(command.iter().copied()))
    }

    /// Whether it is the IBM Cloud CLI, which keeps a configuration of its own for its cf.
    #[must_use]
    pub(crate) fn is_ibmcloud(&self) -> bool {
        environment::is_ibmcloud(self.name())
    }

    /// The program, without its leading words.
    #[must_use]
    pub(crate) fn name(&self) -> &str {
        self.words.first().map_or("cf", String::as_str)
    }
}

/// How a user who installed cf under a usual name calls it.
#[must_use]
pub(crate) fn called(environment: &Environment) -> &'static str {
    let [first, ..] = NAMES;
    let is_there = |name: &&str| environment.find_program(name).is_some();
    let ibmcloud = is_there(&IBMCLOUD).then_some("ibmcloud cf");
    NAMES.into_iter().find(is_there).or(ibmcloud).unwrap_or(first)
}

/// Finds cf.
///
/// # Errors
/// Nothing of that name, or a file that cannot be run.
pub(crate) fn locate(
    choice: Option<&CfChoice>,
    environment: &Environment,
) -> Result<CfProgram, Error> {
    let found = match choice {
        Some(choice) => said(choice, environment),
        None => search(environment),
    }?;
    match &found.path {
        Some(path) if environment.is_this_program(path) => Err(Error::new(
            ErrorKind::Setup,
            format!("`{}` is icr-cf itself, which would run itself for ever", path.display()),
        )
        .hint("name the real cf: `--cf /path/to/cf`, or `ICR_CF_CF=/path/to/cf`")),
        Some(_) | None => Ok(found),
    }
}

fn search(environment: &Environment) -> Result<CfProgram, Error> {
    let plain = NAMES.into_iter().find_map(|name| {
        let path = environment.find_program(name)?;
        Some(CfProgram::new(&[name], Some(path)))
    });
    let ibmcloud = || {
        let path = environment.find_program(IBMCLOUD)?;
        Some(CfProgram::new(&[IBMCLOUD, "cf"], Some(path)))
    };
    plain.or_else(ibmcloud).ok_or_else(|| {
        if let Some(path) = environment.plain_file_on_path("cf") {
            let shown = path.display().to_string();
            return Error::new(ErrorKind::CfNotExecutable, format!("`{shown}` cannot be run"))
                .hint(made_runnable(&shown));
        }
        Error::new(ErrorKind::CfNotFound, "the cf command line is not installed")
            .seen("looked on PATH for `cf`, `cf8`, `cf7` and `ibmcloud`")
            .hint("install it: https://github.com/cloudfoundry/cli/wiki/V8-CLI-Installation-Guide")
            .hint("or name it: `--cf /path/to/cf`, or `ICR_CF_CF=/path/to/cf`")
    })
}

/// A path with blanks in it is one program if it is there; else the text is words.
fn said(choice: &CfChoice, environment: &Environment) -> Result<CfProgram, Error> {
    let whole = choice.text.trim();
    if let Some(path) = environment.find_program(whole) {
        return Ok(CfProgram::new(&[whole], Some(path)));
    }
    let source = choice.source.as_str();
    let words = words(whole).ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("`{source}` has a quote that does not end"))
    })?;
    let Some(program) = words.first() else {
        return Err(Error::new(ErrorKind::Usage, format!("`{source}` is empty"))
            .hint("name a program, or leave it out to have cf found on PATH"));
    };
    match environment.find_program(program) {
        Some(path) => Ok(CfProgram { path: Some(path), words, release: None }),
        None => Err(missing(program, source, environment)),
    }
}

fn missing(program: &str, source: &str, environment: &Environment) -> Error {
    let shown = printable(program);
    let path = environment.absolute(program);
    if program.contains(['/', '\\']) && path.symlink_metadata().is_ok() {
        let error =
            Error::new(ErrorKind::CfNotExecutable, format!("`{shown}` (`{source}`) cannot be run"));
        return if path.is_dir() {
            error.seen("it is a folder").hint("name the program in it")
        } else if !path.exists() {
            error.seen("it is a link that leads nowhere").hint("make the link anew")
        } else {
            error.hint(made_runnable(program))
        };
    }
    Error::new(ErrorKind::CfNotFound, format!("there is no program `{shown}` (`{source}`)"))
        .hint(format!("correct `{source}`, or leave it out to have cf found on PATH"))
}
