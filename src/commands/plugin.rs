//! This program as a plugin of cf: `cf install-plugin` asks it for its commands, `cf icr-push …` is
//! `icr-cf push …`. A command of ours is one of the plugin by that rule alone, and cf gets its help
//! from the grammar of the command line.

use std::ffi::OsString;

use clap::CommandFactory as _;

use crate::cf_plugin::{self, Command, Metadata};
use crate::cf_program;
use crate::cli::Cli;
use crate::environment::{Environment, OF_PLUGIN, Plugin, Spoken};
use crate::error::shell_line;
use crate::exit_code::ExitCode;
use crate::report;

/// The name by which cf keeps the plugin.
const NAME: &str = "icr-cf";
/// What cf asks for where it installs a plugin.
const INTRODUCE: &str = "SendMetadata";
/// What cf says before it removes one.
const REMOVED: &str = "CLI-MESSAGE-UNINSTALL";
/// What a shell reads to complete `icr-cf`, which is nothing to cf.
const NOT_OFFERED: [&str; 1] = ["completions"];
/// The columns that a help has; cf keeps it, and shows it on any terminal.
const COLUMNS: usize = 100;

/// What cf wants of its plugin.
pub(crate) enum Call {
    /// To know its commands, on this port.
    Introduce(u16),
    /// Nothing more.
    Removed,
    /// That it does what these words ask for; the first is the name of the program.
    Command { words: Vec<OsString>, port: u16 },
}

/// What cf calls us for; `None` where nobody but a user is there.
pub(crate) fn call(arguments: &[OsString]) -> Option<Call> {
    let [program, port, word, rest @ ..] = arguments else { return None };
    let port = port.to_str()?;
    let port = port.parse().ok().filter(|number| *number > 0 && !port.starts_with('+'))?;
    match word.to_str()? {
        INTRODUCE if rest.is_empty() => Some(Call::Introduce(port)),
        REMOVED if rest.is_empty() => Some(Call::Removed),
        word => {
            let name = word.strip_prefix(OF_PLUGIN).filter(|name| is_offered(name))?;
            let words = [program.clone(), name.into()].into_iter().chain(rest.iter().cloned());
            Some(Call::Command { words: words.collect(), port })
        }
    }
}

/// Does it; words that a user has typed are done by `typed`.
pub(crate) fn run(
    call: Call,
    environment: &Environment,
    typed: fn(&[OsString], &Environment) -> ExitCode,
) -> ExitCode {
    let spoken = Spoken::Plugin(Plugin { cf: cf_program::called(environment), has: is_offered });
    let done = match call {
        Call::Introduce(port) => cf_plugin::introduce(&metadata(), port, cf_plugin::LIMIT)
            .map(|()| ExitCode::Success)
            .map_err(|error| error.hint(install(environment))),
        Call::Removed => Ok(ExitCode::Success),
        Call::Command { words, port } => {
            #[cfg(unix)]
            cf_plugin::end_with(port);
            #[cfg(not(unix))]
            let _ = port;
            return typed(&words, &environment.called(spoken));
        }
    };
    done.unwrap_or_else(|error| {
        report::show_error(&error, environment);
        error.exit_code()
    })
}

/// Whether the plugin has this command of ours.
fn is_offered(name: &str) -> bool {
    !NOT_OFFERED.contains(&name)
        && Cli::command().get_subcommands().any(|one| one.get_name() == name)
}

/// What a user types, for whom cf then does this.
fn install(environment: &Environment) -> String {
    let program = environment.own_program().unwrap_or_else(|| NAME.into());
    let line = shell_line(["cf", "install-plugin", &program.to_string_lossy(), "-f"]);
    format!("cf does this by itself: `{line}`")
}

/// What cf gets to know of us.
fn metadata() -> Metadata {
    let number = |text: &str| text.parse().unwrap_or_default();
    let version = [
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
        env!("CARGO_PKG_VERSION_PATCH"),
    ];
    // Lines are said for a cf of the usual name; who has another one knows that.
    let spoken = Spoken::Plugin(Plugin { cf: "cf", has: is_offered });
    // `--help` is cf's own, which shows this.
    let mut root = Cli::command().term_width(COLUMNS).disable_help_flag(true);
    let offered = root.get_subcommands().filter(|one| !one.is_hide_set());
    let names: Vec<String> = offered.map(|one| one.get_name().to_owned()).collect();
    root.build();
    let commands = names.iter().filter(|name| is_offered(name)).filter_map(|name| {
        let command = root.find_subcommand_mut(name)?;
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let help = command.render_long_help().to_string();
        Some(Command {
            name: format!("{OF_PLUGIN}{name}"),
            about: spoken.said(&about).into_owned(),
            usage: usage(&spoken.said(&help)),
        })
    });
    Metadata { name: NAME, version: version.map(number), commands: commands.collect() }
}

/// A help from its usage on, indented as cf indents what it shows of its own commands.
fn usage(help: &str) -> String {
    let (_, usage) = help.split_once("Usage: ").unwrap_or_default();
    let lines = usage.trim_end().lines().map(str::trim_end);
    let indented =
        lines.map(|line| if line.is_empty() { "\n".into() } else { format!("   {line}\n") });
    indented.collect::<String>().trim().to_owned()
}
