//! What is typed for apps that are there already: `audit`, `rotate`, `rollback`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};

use super::{
    KEY_HEADING, KeyArgs, MANY_HEADING, NetworkArgs, OnError, OutputFormat, SettingsArgs, Typed,
    VulnerabilityArgs,
};

const SCOPE_HEADING: &str = "Which apps";

/// Where the apps are.
#[derive(Debug, Args)]
#[command(next_help_heading = SCOPE_HEADING)]
pub(crate) struct PlaceArgs {
    /// Space of the apps; else the one that cf targets
    #[arg(long, value_name = "SPACE", value_parser = NonEmptyStringValueParser::new())]
    pub space: Option<String>,
    /// Organization of the apps: all its spaces, or the one of `--space`
    #[arg(long, value_name = "ORG", value_parser = NonEmptyStringValueParser::new())]
    pub org: Option<String>,
}

/// What `audit`, `rotate` and `rollback` share.
#[derive(Debug, Args)]
pub(crate) struct DayTwoArgs {
    /// Which settings count.
    #[command(flatten)]
    pub settings: SettingsArgs,
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
    /// Whether the Vulnerability Advisor is asked.
    #[command(flatten)]
    pub vulnerabilities: VulnerabilityArgs,
    /// What all share.
    #[command(flatten)]
    pub shared: DayTwoArgs,
}

/// What becomes of an app that is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stopped {
    /// It is staged anew, and takes the key when it starts.
    Stage,
    /// It is left as it is.
    Skip,
}

/// Arguments of `icr-cf rotate`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that was typed or not")]
pub(crate) struct RotateArgs {
    /// Apps that get the key; without any, all that run an image of ICR
    #[arg(value_name = "APP")]
    pub apps: Vec<String>,
    /// Where the apps are.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Every space that the user may see
    #[arg(long, help_heading = SCOPE_HEADING, conflicts_with_all = ["space", "org"])]
    pub all: bool,
    /// Only apps whose image is in this namespace
    #[arg(long, value_name = "NAMESPACE", value_parser = NonEmptyStringValueParser::new(), help_heading = SCOPE_HEADING)]
    pub namespace: Option<String>,
    /// Also apps whose stored registry user is this one, in place of iamapikey
    #[arg(long, value_name = "USER", value_parser = NonEmptyStringValueParser::new(), help_heading = SCOPE_HEADING)]
    pub from_user: Vec<String>,
    /// Print what would be done to each app and what it costs; change nothing
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
    /// What becomes of apps that are stopped
    #[arg(long, value_enum, value_name = "ACTION", default_value = "stage", help_heading = ROLLOUT)]
    pub stopped: Stopped,
    /// Restart apps instead of a rolling deployment: they are down for a moment
    #[arg(long, help_heading = ROLLOUT)]
    pub restart: bool,
    /// Stage what the tag means now where it is not known which digest runs
    #[arg(long, help_heading = ROLLOUT)]
    pub accept_moved_tag: bool,
    /// How long each app may take; then its deployment is cancelled [default: 30m]
    #[arg(long, value_name = "DURATION", help_heading = ROLLOUT)]
    pub timeout: Option<String>,
    /// How many apps go at once [default: 4]
    #[arg(long, value_name = "COUNT", help_heading = MANY_HEADING)]
    pub jobs: Option<String>,
    /// What a failed app, or an image that fails its check, means for those that have not begun
    /// [default: stop]
    #[arg(long, value_enum, value_name = "ACTION", help_heading = MANY_HEADING)]
    pub on_error: Option<OnError>,
    /// What all share.
    #[command(flatten)]
    pub shared: DayTwoArgs,
}

const ROLLOUT: &str = "Rollout";

/// How new instances take the place of the old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Strategy {
    /// One after another.
    Rolling,
    /// A few first, which have to prove themselves.
    Canary,
}

/// Arguments of `icr-cf rollback`.
#[derive(Debug, Args)]
pub(crate) struct RollbackArgs {
    /// The app
    #[arg(value_name = "APP")]
    pub app: String,
    /// Where the app is.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Print the revisions: image, tag, time, and which of them could still run; change nothing
    #[arg(long, help_heading = "Output", conflicts_with = "to")]
    pub list: bool,
    /// Revision or digest, or its first digits, to go back to; else the last one with another image
    #[arg(long, value_name = "REVISION|DIGEST", help_heading = ROLLOUT)]
    pub to: Option<String>,
    /// How new instances take the place of the old
    #[arg(long, value_enum, value_name = "STRATEGY", default_value = "rolling", help_heading = ROLLOUT)]
    pub strategy: Strategy,
    /// Steps of a canary in percent, ascending: 10,50
    #[arg(long, value_name = "PERCENT", value_delimiter = ',', help_heading = ROLLOUT)]
    pub instance_steps: Vec<u8>,
    /// How long it may take; then the deployment is cancelled [default: 30m]
    #[arg(long, value_name = "DURATION", help_heading = ROLLOUT)]
    pub timeout: Option<String>,
    /// Print what would be done; change nothing
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
    /// What all share.
    #[command(flatten)]
    pub shared: DayTwoArgs,
}
