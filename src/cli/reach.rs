//! What is typed to let other programs use the key: `exec`.

use std::ffi::OsString;

use clap::Args;

use super::{KeyArgs, NetworkArgs};

/// Arguments of `icr-cf exec`.
#[derive(Debug, Args)]
pub(crate) struct ExecArgs {
    /// The variable that the program gets
    #[arg(long = "as", value_name = "VARIABLE", default_value = "CF_DOCKER_PASSWORD")]
    pub variable: String,
    /// Give it an IAM access token of the key in place of the key; it lives for an hour at most
    #[arg(long)]
    pub token: bool,
    /// Show `***` in place of the key in what the program prints, which then goes through a pipe
    #[arg(long)]
    pub mask: bool,
    /// Registry whose login in docker's and podman's configuration counts, else that of any; else
    /// `ICR_REGION`
    #[arg(long, short = 'r', value_name = "REGION")]
    pub region: Option<String>,
    /// Where the key comes from.
    #[command(flatten)]
    pub key: KeyArgs,
    /// How IAM is asked for a token.
    #[command(flatten)]
    pub network: NetworkArgs,
    /// The program and its arguments
    #[arg(last = true, value_name = "PROGRAM", required = true, help_heading = None::<&str>)]
    pub program: Vec<OsString>,
}
