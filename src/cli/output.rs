//! How results are printed, as it was typed.

use clap::ValueEnum;

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON document on standard output.
    Json,
}

/// How what comes of a push is printed, which takes its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PushOutput {
    /// For people.
    Text,
    /// One JSON document on standard output.
    Json,
    /// The same in pieces, each as it comes, on a line of its own.
    JsonLines,
}

/// The commands that take [`PushOutput::JsonLines`].
pub(super) const WITH_LINES: [&str; 3] = ["push", "check", "diff"];

impl PushOutput {
    /// What standard output is for.
    pub(crate) const fn format(self) -> OutputFormat {
        match self {
            Self::Text => OutputFormat::Text,
            Self::Json | Self::JsonLines => OutputFormat::Json,
        }
    }
}

impl From<OutputFormat> for PushOutput {
    fn from(format: OutputFormat) -> Self {
        match format {
            OutputFormat::Text => Self::Text,
            OutputFormat::Json => Self::Json,
        }
    }
}
