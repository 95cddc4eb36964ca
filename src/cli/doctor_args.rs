//! What is typed for `doctor`.

use clap::Args;

use super::{KeyArgs, NetworkArgs, OutputFormat, SettingsArgs, Typed};

/// Arguments of `icr-cf doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Ask this registry alone; without it, all of them
    #[arg(long, short = 'r', value_name = "REGION")]
    pub region: Option<String>,
    /// Which settings count.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Where the key comes from.
    #[command(flatten)]
    pub key: KeyArgs,
    /// How registries are asked.
    #[command(flatten)]
    pub network: NetworkArgs,
    /// The cf program; else `ICR_CF_CF`, else found on PATH
    #[arg(long, value_name = "PROGRAM", help_heading = "Running cf")]
    pub cf: Option<String>,
    /// How to print the result
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub output: OutputFormat,
    /// The whole line, to be said again.
    #[arg(skip)]
    pub typed: Typed,
}
