//! What was typed. Knows the grammar of the command line and nothing of what it means; holds no
//! secret, since no flag takes one.

use clap::{Args, Parser, Subcommand, ValueEnum};

mod cf_flags_typed;
mod day_two;
mod doctor_args;
mod exposed;
mod help;
mod help_args;
mod line;
mod output;
mod raw_words;
mod reach;
mod settings_args;
pub(crate) mod topics;
mod typed;
mod usage_error;
mod vulnerability_args;

pub(crate) use cf_flags_typed::CfFlagArgs;
pub(crate) use day_two::{
    AuditArgs, DayTwoArgs, PlaceArgs, RollbackArgs, RotateArgs, Stopped, Strategy,
};
pub(crate) use doctor_args::DoctorArgs;
pub(crate) use exposed::refuse_exposed_secrets;
pub(crate) use help_args::{HelpArgs, help_of, overview};
pub(crate) use line::{CommandLine, app_of_image, looks_like_image};
pub(crate) use output::{OutputFormat, PushOutput};
pub(crate) use raw_words::{asked_output, command_name};
pub(crate) use reach::{ClientArgs, ExecArgs, LoginArgs, LogoutArgs};
pub(crate) use settings_args::{ConfigAction, ConfigArgs, SettingsArgs, ShownArgs};
pub(crate) use typed::Typed;
pub(crate) use usage_error::{Parsed, parse};
pub(crate) use vulnerability_args::{VulnerabilityAction, VulnerabilityArgs};

/// Runs images from IBM Cloud Container Registry (ICR) on any Cloud Foundry.
#[derive(Debug, Parser)]
#[command(name = "icr-cf", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = help::root())]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Push apps whose images are in ICR, one with `--image` or those of a manifest: `cf push` with
    /// references resolved and the key kept secret
    #[command(visible_alias = "p", args_override_self = true, after_help = help::PUSH)]
    Push(Box<PushArgs>),
    /// Run the checks of a push and print every verdict; change nothing
    #[command(
        args_override_self = true,
        mut_args(help::for_check),
        after_help = help::CHECK
    )]
    Check(Box<PushArgs>),
    /// Show what a push would change: image, manifest, state; change nothing
    #[command(
        args_override_self = true,
        mut_args(help::for_diff),
        after_help = help::DIFF
    )]
    Diff(Box<PushArgs>),
    /// Show which image every app runs, and whether it could be pulled again
    #[command(mut_args(help::for_day_two), after_help = help::AUDIT)]
    Audit(Box<AuditArgs>),
    /// Give apps another API key without downtime
    #[command(mut_args(help::for_rollout), after_help = help::ROTATE)]
    Rotate(Box<RotateArgs>),
    /// Take an app back to an image that ran before, with the key of now
    #[command(mut_args(help::for_rollout), after_help = help::ROLLBACK)]
    Rollback(Box<RollbackArgs>),
    /// Look at the set-up, cf, platform, key, registries, and say what to mend
    #[command(after_help = help::DOCTOR)]
    Doctor(Box<DoctorArgs>),
    /// Run a program that gets the key in one variable of its environment
    #[command(mut_args(help::for_exec), after_help = help::EXEC)]
    Exec(Box<ExecArgs>),
    /// Have docker or podman ask icr-cf for their logins at ICR; icr-cf writes no key anywhere
    #[command(after_help = help::LOGIN)]
    Login(LoginArgs),
    /// Take out what `icr-cf login` wrote; what it replaced by `--replace` does not come back
    Logout(LogoutArgs),
    /// Print full references, one a line; with `--digest` or `--tags` what the registry has
    #[command(mut_args(help::for_resolve), after_help = help::RESOLVE)]
    Resolve(Box<ResolveArgs>),
    /// Print the table of regions and registry hosts
    Regions(RegionsArgs),
    /// Show the settings, what each comes from, and which files are read
    #[command(after_help = help::CONFIG, args_conflicts_with_subcommands = true)]
    Config(ConfigArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print this message or the help of the given subcommand(s)
    Help(HelpArgs),
}

impl Command {
    /// Its name, as it is typed.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Push(_) => "push",
            Self::Check(_) => "check",
            Self::Diff(_) => "diff",
            Self::Audit(_) => "audit",
            Self::Rotate(_) => "rotate",
            Self::Rollback(_) => "rollback",
            Self::Doctor(_) => "doctor",
            Self::Exec(_) => "exec",
            Self::Login(_) => "login",
            Self::Logout(_) => "logout",
            Self::Resolve(_) => "resolve",
            Self::Regions(_) => "regions",
            Self::Config(_) => "config",
            Self::Completions { .. } => "completions",
            Self::Help(_) => "help",
        }
    }

    /// How its result is printed.
    pub(crate) fn output(&self) -> PushOutput {
        match self {
            Self::Push(args) | Self::Check(args) | Self::Diff(args) => args.output,
            Self::Audit(args) => args.shared.output.into(),
            Self::Rotate(args) => args.shared.output.into(),
            Self::Rollback(args) => args.shared.output.into(),
            Self::Doctor(args) => args.output.into(),
            Self::Login(args) => args.clients.output.into(),
            Self::Logout(args) => args.clients.output.into(),
            Self::Resolve(args) => args.output.into(),
            Self::Regions(args) => args.output.into(),
            Self::Config(args) => args.output().into(),
            Self::Exec(_) | Self::Completions { .. } | Self::Help(_) => PushOutput::Text,
        }
    }
}

/// What a failed app means for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnError {
    /// Those that run go on to their end, none is started.
    Stop,
    /// The others go on all the same.
    Continue,
}

/// Where shortened references get the rest from.
#[derive(Debug, Args)]
pub(crate) struct ReferenceArgs {
    /// Region of the registry: id (us-south), former name (ap-north), short form (us) or host
    /// (us.icr.io); else `ICR_REGION`
    #[arg(long, short = 'r', value_name = "REGION")]
    pub region: Option<String>,
    /// Registry of images that name none: `docker.io`, or a region or host of ICR; else
    /// `ICR_CF_DEFAULT_REGISTRY`
    #[arg(long, value_name = "REGISTRY", conflicts_with = "region")]
    pub default_registry: Option<String>,
    /// Namespace for an image given as a repository alone; else `ICR_NAMESPACE`
    #[arg(long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
}

/// Arguments of `icr-cf push`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that was typed or not")]
pub(crate) struct PushArgs {
    /// Apps to push; without any, all of the manifest
    #[arg(value_name = "APP")]
    pub apps: Vec<String>,
    /// Image: `[HOST/]NAMESPACE/REPOSITORY[:TAG][@DIGEST]`; without it, the images of the manifest
    #[arg(
        id = "image",
        long,
        short = 'o',
        visible_alias = "docker-image",
        value_name = "REFERENCE",
        action = clap::ArgAction::Append
    )]
    images: Vec<String>,
    /// The image, which is one, however often it was given.
    #[arg(skip)]
    pub image: Option<String>,
    /// The whole line, to be said again.
    #[arg(skip)]
    pub typed: Typed,
    /// Reference defaults.
    #[command(flatten)]
    pub reference: ReferenceArgs,
    /// Let a `private.*` registry host through, for a platform inside IBM Cloud's private network
    #[arg(long)]
    pub allow_private: bool,
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
    /// The password of another registry, for images whose user the manifest or `--docker-username`
    /// names; SOURCE as above
    #[arg(long, value_name = "HOST=SOURCE", help_heading = KEY_HEADING)]
    pub docker_password_for: Vec<String>,
    /// Say where the key was looked for and found, then stop
    #[arg(long, help_heading = KEY_HEADING)]
    pub explain_key: bool,
    /// Print what would be done; read no key, run no push
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
    /// How to print the result; with json and json-lines, an event a line as it happens, cf's output
    /// goes to standard error
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub output: PushOutput,
    /// Print nothing of our own but errors
    #[arg(long, help_heading = "Output", conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more about what is done (`-v` is cf's and prints its HTTP trace)
    #[arg(long, help_heading = "Output")]
    pub verbose: bool,
    /// What is checked before.
    #[command(flatten)]
    pub checks: CheckArgs,
    /// The cf program, may be several words ("ibmcloud cf"); else `ICR_CF_CF`, else found on PATH
    #[arg(long, value_name = "PROGRAM", help_heading = "Running cf")]
    pub cf: Option<String>,
    /// End cf after this long (20m, 1h30m) with exit code 124 [default: 6h]
    #[arg(long, value_name = "DURATION", help_heading = "Running cf")]
    pub timeout: Option<String>,
    /// After a failure in staging or start, show the log of the app: `cf logs APP --recent`
    #[arg(long, help_heading = "Running cf")]
    pub show_logs: bool,
    /// Take a rolling deployment back that does not come up; what ran before goes on (needs --strategy)
    #[arg(long, help_heading = "Running cf")]
    pub rollback_on_failure: bool,
    /// Note nothing on the app; else it gets its tag and digest as annotations, for `icr-cf audit`
    #[arg(long, help_heading = "Running cf")]
    pub no_annotate: bool,
    /// Leave out apps that run as the push would have them; what cannot be told is pushed
    #[arg(long, help_heading = MANY_HEADING)]
    pub if_changed: bool,
    /// How many apps are pushed at once; 1 is one after another, as cf does [default: 4]
    #[arg(long, value_name = "COUNT", help_heading = MANY_HEADING)]
    pub jobs: Option<String>,
    /// What a failed app means for those that have not begun [default: stop]
    #[arg(long, value_enum, value_name = "ACTION", help_heading = MANY_HEADING)]
    pub on_error: Option<OnError>,
    /// Pass on each line of cf as it comes, with the app in front
    #[arg(long, help_heading = MANY_HEADING)]
    pub output_lines: bool,
    /// Let cf print the values of `env` in a manifest, which `--redact-env` hides otherwise
    #[arg(long, help_heading = MANY_HEADING)]
    pub show_env: bool,
    /// Flags of `cf push`.
    #[command(flatten)]
    pub cf_flags: CfFlagArgs,
    /// Arguments that go to cf untouched
    #[arg(last = true, value_name = "CF ARGUMENTS", help_heading = None::<&str>)]
    pub passthrough: Vec<String>,
}

const KEY_HEADING: &str = "Key (never given as a value)";
const MANY_HEADING: &str = "Manifests and many apps";

/// What is checked before a push.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Checks")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that was typed or not")]
pub(crate) struct CheckArgs {
    /// Ask nobody before the push; push what was given
    #[arg(long)]
    pub no_checks: bool,
    /// Stop with 69 at what is undecided, for example a registry that does not answer from here
    #[arg(long)]
    pub strict: bool,
    /// Push the reference as given, not the digest that was checked
    #[arg(long)]
    pub no_pin: bool,
    /// Also look at the account's pull quota, which takes a token of IAM
    #[arg(long, conflicts_with = "no_key")]
    pub quota: bool,
    /// How the registry is asked.
    #[command(flatten)]
    pub network: NetworkArgs,
    /// What else is asked about the image.
    #[command(flatten)]
    pub vulnerabilities: VulnerabilityArgs,
}

/// How a registry is asked.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Checks")]
pub(crate) struct NetworkArgs {
    /// Platform of the cells, as OS/ARCH or OS/ARCH/VARIANT [default: linux/amd64]
    #[arg(long, value_name = "PLATFORM")]
    pub platform: Option<String>,
    /// Also trust the authorities in this PEM file
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<String>,
    /// How long all checks may take together [default: 30s]
    #[arg(long, value_name = "DURATION")]
    pub check_timeout: Option<String>,
}

/// What makes no sense without a key.
const KEY_FLAGS: [&str; 5] =
    ["api_key_stdin", "api_key_file", "api_key_command", "docker_username", "allow_short_lived"];

/// Where the key comes from, and whom it belongs to.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = KEY_HEADING)]
pub(crate) struct KeyArgs {
    /// Read the key from standard input
    #[arg(long)]
    pub api_key_stdin: bool,
    /// Read the key from a file: plain text, or the JSON of `ibmcloud iam api-key-create --file`;
    /// `-` is standard input
    #[arg(long, value_name = "PATH")]
    pub api_key_file: Option<String>,
    /// Take the key from the output of a command, for example `op read ...`; no shell runs it
    #[arg(long, value_name = "COMMAND")]
    pub api_key_command: Option<String>,
    /// Registry user: iamapikey (the default), a trusted profile id (Profile-...), iambearer or
    /// iamrefresh; or that of another registry, for `--image`
    #[arg(long, value_name = "USERNAME")]
    pub docker_username: Option<String>,
    /// Use no key: everybody may pull the image, or the platform has a login of its own for it, or the
    /// app has one from an earlier push
    #[arg(long, conflicts_with_all = KEY_FLAGS)]
    pub no_key: bool,
    /// Accept iambearer and iamrefresh, whose tokens expire: the app cannot restart afterwards
    #[arg(long)]
    pub allow_short_lived: bool,
}

/// Arguments of `icr-cf resolve`.
#[derive(Debug, Args)]
pub(crate) struct ResolveArgs {
    /// References; `-` reads them from standard input, one a line
    #[arg(value_name = "REF", required = true)]
    pub references: Vec<String>,
    /// Ask the registry for the digest that the reference stands for, for the platform
    #[arg(long, conflicts_with = "tags")]
    pub digest: bool,
    /// Ask the registry for every tag of the repository
    #[arg(long)]
    pub tags: bool,
    /// Reference defaults.
    #[command(flatten)]
    pub reference: ReferenceArgs,
    /// Which settings count.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Where the key comes from, where the registry is asked.
    #[command(flatten)]
    pub key: KeyArgs,
    /// How the registry is asked.
    #[command(flatten)]
    pub network: NetworkArgs,
    /// How to print the result
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub output: OutputFormat,
    /// The line as it was typed.
    #[arg(skip)]
    pub typed: Typed,
}

/// Arguments of `icr-cf regions`.
#[derive(Debug, Args)]
pub(crate) struct RegionsArgs {
    /// How to print the result
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub output: OutputFormat,
}

#[cfg(test)]
pub(crate) mod tests;
