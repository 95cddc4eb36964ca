//! What is typed for apps that are there already: `audit`.

use clap::Args;

use super::{KEY_HEADING, KeyArgs, NetworkArgs, OutputFormat, Typed};

const SCOPE_HEADING: &str = "Which apps";

/// Where the apps are.
#[derive(Debug, Args)]
#[command(next_help_heading = SCOPE_HEADING)]
pub(crate) struct PlaceArgs {
    /// Space of the apps; else the one that cf targets
    #[arg(long, value_name = "SPACE")]
    pub space: Option<String>,
    /// Organization of the apps: all its spaces, or the one of `--space`
    #[arg(long, value_name = "ORG")]
    pub org: Option<String>,
}

/// What the commands share.
#[derive(Debug, Args)]
pub(crate) struct DayTwoArgs {
    /// Where the key comes from.
    #[command(flatten)]
    pub key: KeyArgs,
    /// A key for some images alone; SCOPE is a namespace, a registry host or HOST/NAMESPACE, SOURCE
    /// is `env:NAME`, `file:PATH` or `command:PROGRAM`
    #[arg(
        long,
        value_name = "SCOPE=SOURCE",
        help_heading = KEY_HEADING,
        conflicts_with = "no_key"
    )]
    pub api_key_for: Vec<String>,
    /// How the registry is asked.
    #[command(flatten)]
    pub network: NetworkArgs,
    /// How to print the result
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub output: OutputFormat,
    /// Print nothing of our own but the result and errors
    #[arg(long, help_heading = "Output", conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more about what is done
    #[arg(long, help_heading = "Output")]
    pub verbose: bool,
    /// The cf program, whose target and login are used; else `ICR_CF_CF`, else found on PATH
    #[arg(long, value_name = "PROGRAM", help_heading = "Running cf")]
    pub cf: Option<String>,
    /// The whole line, to be said again.
    #[arg(skip)]
    pub typed: Typed,
}

/// Arguments of `icr-cf audit`.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// Apps to look at; without any, all that run an image
    #[arg(value_name = "APP")]
    pub apps: Vec<String>,
    /// Where the apps are.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Every space that the user may see
    #[arg(long, help_heading = SCOPE_HEADING, conflicts_with_all = ["space", "org"])]
    pub all: bool,
    /// End with the exit code of these findings, where there is one: names of docs/checks.md, or
    /// definitive, undecided, advice
    #[arg(long, value_name = "FINDING", value_delimiter = ',', help_heading = "Output")]
    pub fail_on: Vec<String>,
    /// What all share.
    #[command(flatten)]
    pub shared: DayTwoArgs,
}
