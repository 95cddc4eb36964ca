//! `icr-cf help`: what was typed, and the help that clap has.

use clap::{Args, CommandFactory as _};

use super::Cli;

/// Arguments of `icr-cf help`.
#[derive(Debug, Args)]
pub(crate) struct HelpArgs {
    /// A command, or a topic: a page of the documents; without it, both are listed
    #[arg(value_name = "COMMAND OR TOPIC")]
    pub topic: Option<String>,
}

/// The help of a command, as `--help` prints it; `None` where there is no such command.
pub(crate) fn help_of(command: &str) -> Option<String> {
    let cli = Cli::command();
    cli.find_subcommand(command)?;
    shown(cli, &["icr-cf", command, "--help"])
}

/// The commands, and something behind them.
pub(crate) fn overview(behind: String) -> String {
    shown(Cli::command().after_help(behind), &["icr-cf", "--help"]).unwrap_or_default()
}

fn shown(cli: clap::Command, words: &[&str]) -> Option<String> {
    Some(cli.try_get_matches_from(words).err()?.render().to_string())
}
