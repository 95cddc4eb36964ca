//! `icr-cf help`: the commands and the topics; the help of one command, or a page of the documents.

use clap::CommandFactory as _;

use crate::cli::topics::{self, Topic};
use crate::cli::{self, Cli, HelpArgs};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, printable};
use crate::exit_code::ExitCode;
use crate::report;
use crate::spelling;

/// Prints what is asked for.
///
/// # Errors
/// There is no such command or topic, or standard output cannot be written.
pub(crate) fn run(args: &HelpArgs, environment: &Environment) -> Result<ExitCode, Error> {
    match &args.topic {
        None => report::say_as_is(&environment.spoken.said(&cli::overview(listed())))?,
        Some(word) => match (cli::help_of(word), topics::named(word)) {
            (Some(help), _) => report::say_as_is(&environment.spoken.said(&help))?,
            (None, Some(topic)) => report::manual(topic.text, environment)?,
            (None, None) => return Err(unknown(word)),
        },
    }
    Ok(ExitCode::Success)
}

/// The topics, as clap lists commands.
fn listed() -> String {
    let all = topics::all();
    let width = all.iter().map(|topic| topic.name.len()).max().unwrap_or_default();
    let row = |topic: &Topic| format!("\n  {:<width$}  {}", topic.name, topic.title());
    let rows: String = all.iter().map(row).collect();
    format!("Topics (`icr-cf help TOPIC`):{rows}")
}

fn unknown(word: &str) -> Error {
    let shown = printable(word);
    let error = Error::new(ErrorKind::Usage, format!("there is no command or topic `{shown}`"));
    let root = Cli::command();
    let commands = root.get_subcommands().map(clap::Command::get_name);
    let names = commands.chain(topics::all().iter().map(|topic| topic.name));
    match spelling::nearest(word, names).first() {
        Some(near) => error.hint(format!("did you mean `icr-cf help {near}`?")),
        None => error.hint("`icr-cf help` lists the commands and topics"),
    }
}
