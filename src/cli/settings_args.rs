//! What is typed about files of settings: the profile, for every command that takes a setting, and
//! `config`.

use clap::{Args, Subcommand};

use super::OutputFormat;

/// Which settings count.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SettingsArgs {
    /// Take the settings of `[profile.NAME]` in `icr-cf.toml` and your own file before all others
    /// there; else `ICR_CF_PROFILE`
    #[arg(long, value_name = "NAME", help_heading = "Settings")]
    pub profile: Option<String>,
}

/// Arguments of `icr-cf config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// What to do; without it, the settings are shown
    #[command(subcommand)]
    pub action: Option<ConfigAction>,
    /// Which settings are shown.
    #[command(flatten)]
    pub shown: ShownArgs,
}

/// Which settings are shown, and how.
#[derive(Debug, Clone, Args)]
pub(crate) struct ShownArgs {
    /// Which settings count.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// The settings of a push of this manifest, else those for the working folder
    #[arg(long, short = 'f', value_name = "PATH")]
    pub manifest: Option<String>,
    /// How to print the result
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub output: OutputFormat,
}

/// What to do about files of settings.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAction {
    /// Show the settings and what each comes from
    Show(ShownArgs),
    /// Allow a file of a folder, as it is now, to name commands, secrets and authorities
    Allow {
        /// The file, or its folder; else the file for the working folder
        path: Option<String>,
    },
    /// Take that back
    Deny {
        /// The file, or its folder; else the file for the working folder
        path: Option<String>,
    },
}

impl ConfigArgs {
    /// How its result is printed.
    pub(crate) const fn output(&self) -> OutputFormat {
        match &self.action {
            Some(ConfigAction::Show(shown)) => shown.output,
            Some(ConfigAction::Allow { .. } | ConfigAction::Deny { .. }) => OutputFormat::Text,
            None => self.shown.output,
        }
    }
}
