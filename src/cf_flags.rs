//! The one table of `cf push` flags. Parsing, help, value checks, conflicts with a docker image
//! and version gates all come from its rows; a flag is added by adding a row.
//!
//! Source: the push command of the cf CLI, releases 6.53.0, 7.0.0 to 7.8.0, 8.0.0 to 8.18.4.

use std::fmt;

use serde::Serialize;

mod gate;
mod rules;
mod value;

pub(crate) use gate::{check_release, needs_release};
pub(crate) use rules::{PushKind, check_together};
pub(crate) use value::{ValueError, size_in_bytes};

/// A release of the cf CLI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Release(pub u16, pub u16, pub u16);

impl Release {
    /// Reads `8.18.4`, with or without what follows a `+` or `-`.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let core = text.split(['+', '-']).next()?;
        let mut parts = core.split('.').map(str::parse::<u16>);
        let release = Self(parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
        parts.next().is_none().then_some(release)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// What a flag takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Nothing.
    Switch,
    /// Any text.
    Text,
    /// Memory or disk: `256M`, `1G`.
    Size,
    /// A size per second, or `-1`.
    Rate,
    /// An integer of at least this.
    Integer(u32),
    /// `process`, `port`, `http`; cf 6 also `none`.
    HealthCheck,
    /// `rolling`, `canary` or nothing.
    Strategy,
    /// `buildpack`, `docker`, `cnb`.
    Lifecycle,
    /// Integers, comma separated.
    Percentages,
    /// An existing file or folder.
    Path,
    /// `KEY=VALUE`.
    KeyValue,
}

/// How the flag goes with a docker image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WithImage {
    /// It does.
    Fine,
    /// cf refuses the two together.
    Conflict,
    /// Only with the value `docker`.
    DockerOnly,
}

/// How cf 6 knows the flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cf6 {
    /// In all its spellings.
    Yes,
    /// In its short spelling only.
    ShortOnly,
    /// Not at all.
    No,
}

/// One flag of `cf push`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CfFlag {
    /// Spelling after `--`.
    pub long: Option<&'static str>,
    /// Spelling after `-`.
    pub short: Option<char>,
    /// Name of the value in help.
    pub value: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// How cf 6 knows it.
    pub cf6: Cf6,
    /// First release of cf 7 that has it.
    pub cf7: Option<Release>,
    /// First release of cf 8 that has it.
    pub cf8: Option<Release>,
    /// How it goes with a docker image.
    pub with_image: WithImage,
    /// One line of help.
    pub help: &'static str,
}

const V7: Option<Release> = Some(Release(7, 0, 0));
const V8: Option<Release> = Some(Release(8, 0, 0));

macro_rules! flag {
    ($long:expr, $short:expr, $value:literal, $takes:expr, $cf6:expr, $cf7:expr, $cf8:expr, $with:expr, $help:literal) => {
        CfFlag {
            long: $long,
            short: $short,
            value: $value,
            takes: $takes,
            cf6: $cf6,
            cf7: $cf7,
            cf8: $cf8,
            with_image: $with,
            help: $help,
        }
    };
}

/// Every flag but `--docker-image` and `--docker-username`, which icr-cf itself writes.
#[rustfmt::skip]
pub(crate) static CF_FLAGS: [CfFlag; 31] = {
    use Cf6::{No, ShortOnly, Yes};
    use Takes::{HealthCheck, Integer, KeyValue, Lifecycle, Path, Percentages, Rate, Size, Strategy, Switch, Text};
    use WithImage::{Conflict, DockerOnly, Fine};
    [
        flag!(Some("app-start-timeout"), Some('t'), "SECONDS",     Integer(1),  ShortOnly, V7, V8, Fine, "Seconds from start to the first healthy answer"),
        flag!(Some("buildpack"),         Some('b'), "BUILDPACK",   Text,        ShortOnly, V7, V8, Conflict, "Buildpack; not with a docker image"),
        flag!(Some("disk"),              Some('k'), "SIZE",        Size,        ShortOnly, V7, V8, Fine, "Disk limit, for example 256M or 1G"),
        flag!(Some("droplet"),           None,      "PATH",        Path,        Yes,       V7, V8, Conflict, "Droplet file; not with a docker image"),
        flag!(Some("endpoint"),          None,      "PATH",        Text,        No,        V7, V8, Fine, "Path of the HTTP health check"),
        flag!(Some("health-check-type"), Some('u'), "TYPE",        HealthCheck, Yes,       V7, V8, Fine, "Health check: process, port or http"),
        flag!(Some("instances"),         Some('i'), "COUNT",       Integer(0),  ShortOnly, V7, V8, Fine, "Number of instances"),
        flag!(Some("instance-steps"),    None,      "PERCENTAGES", Percentages, No,        None, Some(Release(8, 9, 1)), Fine, "Steps of a canary deployment, for example 20,50,100"),
        flag!(Some("lifecycle"),         None,      "TYPE",        Lifecycle,   No,        None, Some(Release(8, 9, 0)), DockerOnly, "Lifecycle; only docker with a docker image"),
        flag!(Some("log-rate-limit"),    Some('l'), "SIZE",        Rate,        No,        None, Some(Release(8, 5, 0)), Fine, "Log rate limit per second, for example 4K; -1 for none"),
        flag!(Some("manifest"),          Some('f'), "PATH",        Path,        ShortOnly, V7, V8, Fine, "Manifest, or a folder that holds one"),
        flag!(Some("max-in-flight"),     None,      "COUNT",       Integer(1),  No,        None, Some(Release(8, 8, 0)), Fine, "Instances replaced at once by a deployment"),
        flag!(Some("memory"),            Some('m'), "SIZE",        Size,        ShortOnly, V7, V8, Fine, "Memory limit, for example 256M or 1G"),
        flag!(Some("no-manifest"),       None,      "",            Switch,      Yes,       V7, V8, Fine, "Ignore a manifest file"),
        flag!(Some("no-route"),          None,      "",            Switch,      Yes,       V7, V8, Fine, "Map no route, and remove those there are"),
        flag!(Some("no-start"),          None,      "",            Switch,      Yes,       V7, V8, Fine, "Neither stage nor start the app"),
        flag!(Some("no-wait"),           None,      "",            Switch,      No,        V7, V8, Fine, "Return when the first instance is healthy"),
        flag!(Some("path"),              Some('p'), "PATH",        Path,        ShortOnly, V7, V8, Conflict, "App files; not with a docker image"),
        flag!(Some("random-route"),      None,      "",            Switch,      Yes,       V7, V8, Fine, "Create a route with a random name"),
        flag!(Some("redact-env"),        None,      "",            Switch,      No,        None, Some(Release(8, 7, 9)), Fine, "Hide environment values in the manifest diff"),
        flag!(Some("stack"),             Some('s'), "STACK",       Text,        ShortOnly, V7, V8, Conflict, "Stack; not with a docker image"),
        flag!(Some("start-command"),     Some('c'), "COMMAND",     Text,        ShortOnly, V7, V8, Fine, "Start command in place of the image's own"),
        flag!(Some("strategy"),          None,      "STRATEGY",    Strategy,    No,        V7, V8, Fine, "Deployment strategy: rolling, or canary since cf 8.8.0"),
        flag!(Some("task"),              None,      "",            Switch,      No,        V7, V8, Fine, "Stage only, to run tasks"),
        flag!(Some("var"),               None,      "KEY=VALUE",   KeyValue,    Yes,       V7, V8, Fine, "Value for a ((variable)) of the manifest"),
        flag!(Some("vars-file"),         None,      "PATH",        Path,        Yes,       V7, V8, Fine, "File with values for variables of the manifest"),
        flag!(None,                      Some('d'), "DOMAIN",      Text,        ShortOnly, None, None, Fine, "Domain (cf 6 only)"),
        flag!(Some("hostname"),          Some('n'), "HOSTNAME",    Text,        Yes,       None, None, Fine, "Host name of the route (cf 6 only)"),
        flag!(Some("no-hostname"),       None,      "",            Switch,      Yes,       None, None, Fine, "Map the root domain (cf 6 only)"),
        flag!(Some("route-path"),        None,      "PATH",        Text,        Yes,       None, None, Fine, "Path of the route (cf 6 only)"),
        flag!(None,                      Some('v'), "",            Switch,      Yes,       V7, V8, Fine, "Have cf print its HTTP trace"),
    ]
};

impl CfFlag {
    /// The name under which arguments are kept.
    #[must_use]
    pub(crate) fn id(&self) -> String {
        self.long.map_or_else(|| format!("cf-{}", self.short.unwrap_or('?')), str::to_owned)
    }

    /// Whether the flag takes no value.
    #[must_use]
    pub(crate) fn is_switch(&self) -> bool {
        self.takes == Takes::Switch
    }

    /// The spelling that every release which has the flag knows: the short one where there is
    /// one, since cf 6 knows many flags by that alone.
    #[must_use]
    pub(crate) fn spelling(&self) -> String {
        match (self.short, self.long) {
            (Some(short), _) => format!("-{short}"),
            (None, long) => format!("--{}", long.unwrap_or_default()),
        }
    }

    /// The spelling that says what it is, for messages.
    #[must_use]
    pub(crate) fn name(&self) -> String {
        self.long.map_or_else(|| self.spelling(), |long| format!("--{long}"))
    }
}

/// A flag of `cf push` as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GivenFlag {
    /// The row of the table.
    pub flag: &'static CfFlag,
    /// Its value; `None` for a switch.
    pub value: Option<String>,
}

impl GivenFlag {
    /// Checks the value where cf would.
    ///
    /// # Errors
    /// The value is not what the flag takes; whether files exist is not looked at here.
    pub(crate) fn check(&self) -> Result<(), ValueError> {
        self.value.as_deref().map_or(Ok(()), |text| value::check(self.flag, text))
    }

    /// The words cf gets. A value that begins with a dash is attached, since cf takes it for a
    /// flag otherwise.
    pub(crate) fn words(&self) -> impl Iterator<Item = String> {
        let spelling = self.flag.spelling();
        let (first, second) = match &self.value {
            None => (spelling, None),
            Some(value) if value.starts_with('-') => (format!("{spelling}={value}"), None),
            Some(value) => (spelling, Some(value.clone())),
        };
        std::iter::once(first).chain(second)
    }
}

#[cfg(test)]
mod tests;
