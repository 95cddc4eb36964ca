//! What is typed to let other programs use the key: `exec`, `login`, `logout`.

use std::ffi::OsString;

use clap::Args;

use super::{KeyArgs, NetworkArgs, OutputFormat, SettingsArgs};

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
    /// Which settings count.
    #[command(flatten)]
    pub settings: SettingsArgs,
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

/// Which clients and registries `login` and `logout` are about.
#[derive(Debug, Args)]
pub(crate) struct ClientArgs {
    /// The configuration of docker, which podman and others read as well
    #[arg(long)]
    pub docker: bool,
    /// podman's own file of logins, which buildah and skopeo read as well
    #[arg(long)]
    pub podman: bool,
    /// This registry alone, public and private host; may be given several times
    #[arg(long, short = 'r', value_name = "REGION")]
    pub region: Vec<String>,
    /// How to print the result
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub output: OutputFormat,
}

/// Arguments of `icr-cf login`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that was typed or not")]
pub(crate) struct LoginArgs {
    /// Show which client has what; change nothing
    #[arg(long)]
    pub status: bool,
    /// Take the place of another credential helper that a host has; it does not come back
    #[arg(long, conflicts_with = "status")]
    pub replace: bool,
    /// Log in the old way instead, by `docker login --password-stdin` at each `--region`: the client
    /// keeps the key itself, which whoever reads its file has
    #[arg(long, conflicts_with_all = ["status", "replace"])]
    pub store: bool,
    /// With `--store`: read the key from standard input
    #[arg(long, group = "key_source")]
    pub api_key_stdin: bool,
    /// With `--store`: read the key from a file; `-` is standard input
    #[arg(long, value_name = "PATH", group = "key_source")]
    pub api_key_file: Option<String>,
    /// With `--store`: take the key from the output of a command; no shell runs it
    #[arg(long, value_name = "COMMAND", group = "key_source")]
    pub api_key_command: Option<String>,
    /// Which clients and registries; docker unless said.
    #[command(flatten)]
    pub clients: ClientArgs,
}

/// Arguments of `icr-cf logout`.
#[derive(Debug, Args)]
pub(crate) struct LogoutArgs {
    /// Which clients and registries; all unless said.
    #[command(flatten)]
    pub clients: ClientArgs,
}
