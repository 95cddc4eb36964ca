//! The one table of settings: name, flag, variable, what stands there where nobody says it, and which
//! kind of value each takes.

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    Region,
    Namespace,
    DefaultRegistry,
    Platform,
    Jobs,
    OnError,
    Timeout,
    CheckTimeout,
    CaFile,
    Cf,
    ApiKeyFile,
    ApiKeyCommand,
    ApiKeyFor,
    DockerPasswordFor,
    DockerUsername,
    Silence,
}

/// Which kind of value a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text.
    Text,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A whole number.
    Number,
    /// A path, relative to the file in which it stands.
    Path,
    /// A program with its arguments, whose path is relative to the file in which it stands.
    Command,
    /// A list of `SCOPE=SOURCE`.
    Sources,
    /// A list of names of advice.
    Names,
}

impl Kind {
    /// How a value of it is written.
    pub(super) const fn example(self) -> &'static str {
        match self {
            Self::Text | Self::OneOf(_) => "a text: `\"...\"`",
            Self::Number => "a whole number: `8`",
            Self::Path => "a path as a text: `\"...\"`",
            Self::Command => "a command as one text: `\"...\"`",
            Self::Sources => "a list: `[\"SCOPE=SOURCE\"]`",
            Self::Names => "a list: `[\"NAME\"]`",
        }
    }
}

/// What there is to know of a setting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) flag: &'static str,
    pub(super) variable: Option<&'static str>,
    pub(super) kind: Kind,
    /// What holds where nobody says it.
    pub(super) default: Option<&'static str>,
}

impl Setting {
    /// Every setting, in the order of the documents.
    pub(crate) const ALL: [Self; 16] = [
        Self::Region,
        Self::Namespace,
        Self::DefaultRegistry,
        Self::Platform,
        Self::Jobs,
        Self::OnError,
        Self::Timeout,
        Self::CheckTimeout,
        Self::CaFile,
        Self::Cf,
        Self::ApiKeyFile,
        Self::ApiKeyCommand,
        Self::ApiKeyFor,
        Self::DockerPasswordFor,
        Self::DockerUsername,
        Self::Silence,
    ];

    /// Those that say where the key is, of which one counts.
    pub(super) const OF_KEY: [Self; 2] = [Self::ApiKeyFile, Self::ApiKeyCommand];

    /// Those that say which registry is meant, of which one counts.
    pub(super) const OF_REGISTRY: [Self; 2] = [Self::Region, Self::DefaultRegistry];

    pub(super) const fn row(self) -> Row {
        let (flag, variable, kind, default) = match self {
            Self::Region => ("--region", Some("ICR_REGION"), Kind::Text, None),
            Self::Namespace => ("--namespace", Some("ICR_NAMESPACE"), Kind::Text, None),
            Self::DefaultRegistry => {
                ("--default-registry", Some("ICR_CF_DEFAULT_REGISTRY"), Kind::Text, None)
            }
            Self::Platform => ("--platform", None, Kind::Text, Some("linux/amd64")),
            Self::Jobs => ("--jobs", None, Kind::Number, Some("4")),
            Self::OnError => ("--on-error", None, Kind::OneOf(&["stop", "continue"]), Some("stop")),
            Self::Timeout => ("--timeout", None, Kind::Text, Some("6h")),
            Self::CheckTimeout => ("--check-timeout", None, Kind::Text, Some("30s")),
            Self::CaFile => ("--ca-file", None, Kind::Path, None),
            Self::Cf => ("--cf", Some("ICR_CF_CF"), Kind::Command, None),
            Self::ApiKeyFile => ("--api-key-file", None, Kind::Path, None),
            Self::ApiKeyCommand => ("--api-key-command", None, Kind::Command, None),
            Self::ApiKeyFor => ("--api-key-for", None, Kind::Sources, None),
            Self::DockerPasswordFor => ("--docker-password-for", None, Kind::Sources, None),
            Self::DockerUsername => ("--docker-username", None, Kind::Text, None),
            Self::Silence => ("--silence", None, Kind::Names, None),
        };
        Row { flag, variable, kind, default }
    }

    /// Its name in a file: that of its flag.
    pub(crate) fn name(self) -> &'static str {
        let flag = self.row().flag;
        flag.strip_prefix("--").unwrap_or(flag)
    }

    /// The variable that says it too.
    pub(crate) const fn variable(self) -> Option<&'static str> {
        self.row().variable
    }

    /// What holds where nobody says it; of `timeout` for a push, whose rollouts have another.
    pub(crate) const fn default_value(self) -> Option<&'static str> {
        self.row().default
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.name() == name)
    }
}
