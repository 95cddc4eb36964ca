//! How to say the same push again with something else: one whole line to paste, or, where cf takes
//! a flag for one app only, the key of the manifest with its place.

use std::sync::Arc;

use super::app_settings::{AppSettings, behind, last};
use crate::cf_flags::{GivenFlag, size_in_bytes};
use crate::cli::{CommandLine, Typed};
use crate::error::printable_in_full;

/// Keys of a manifest that stand for flags of cf.
const KEYS: [(&str, &str); 7] = [
    ("-k", "disk_quota"),
    ("-m", "memory"),
    ("-i", "instances"),
    ("-t", "timeout"),
    ("-u", "health-check-type"),
    ("-c", "command"),
    ("--endpoint", "health-check-http-endpoint"),
];

/// What an app asks for, as far as flags and manifest say it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// Bytes.
    pub disk: Option<u64>,
    /// Bytes.
    pub memory: Option<u64>,
    /// How many.
    pub instances: Option<u64>,
    /// Seconds.
    pub timeout: Option<u64>,
}

/// Stands for an app where what is said is the same for several.
const THE_APP: &str = "{the app}";

/// How to say a push again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Advice {
    typed: Arc<Typed>,
    /// What the app is called and where it stands, where it is one of several.
    spot: Option<String>,
    /// The one of several references that is resolved again.
    alone: Option<String>,
    /// What it asks for now.
    pub sizes: Sizes,
}

impl Sizes {
    /// What flags say, else the manifest.
    pub(super) fn of(
        flags: &[GivenFlag],
        passthrough: &[String],
        said: Option<&AppSettings<'_>>,
    ) -> Self {
        let value = |short: &str, long: &str| {
            behind(passthrough, short, &format!("--{long}")).or_else(|| last(flags, long))
        };
        let said = said.copied().unwrap_or_default();
        let number = |text: &str| text.parse().ok();
        Self {
            disk: value("-k", "disk").or(said.disk).and_then(size_in_bytes),
            memory: value("-m", "memory").or(said.memory).and_then(size_in_bytes),
            instances: value("-i", "instances").or(said.instances).and_then(number),
            timeout: value("-t", "app-start-timeout").or(said.timeout).and_then(number),
        }
    }
}

impl Advice {
    /// For a line that pushes nothing.
    pub(crate) fn of(typed: Typed) -> Self {
        Self::new(Arc::new(typed), Sizes::default())
    }

    /// The same about one reference, where a line resolves several: what is said of one may
    /// contradict another.
    #[must_use]
    pub(crate) fn about(&self, reference: &str) -> Self {
        let resolves = self.typed.line().is_some_and(|line| line.is_of("resolve"));
        Self { alone: resolves.then(|| reference.to_owned()), ..self.clone() }
    }

    /// For one push of one app.
    pub(super) fn new(typed: Arc<Typed>, sizes: Sizes) -> Self {
        Self { typed, spot: None, alone: None, sizes }
    }

    /// The same for one of several, by its name and place.
    pub(super) fn at(self, app: &str, place: &str) -> Self {
        let spot = format!("the app `{}` at {place}", printable_in_full(app));
        Self { spot: Some(spot), ..self }
    }

    /// What can be said before it is known of which app it is said, so that one question is asked
    /// for all that run the same image.
    pub(super) fn of_any(&self) -> Self {
        Self {
            typed: Arc::clone(&self.typed),
            spot: self.spot.as_ref().map(|_| THE_APP.to_owned()),
            alone: self.alone.clone(),
            sizes: Sizes::default(),
        }
    }

    /// What was said of any app, of this one.
    #[must_use]
    pub(crate) fn placed(&self, hint: &str) -> String {
        self.spot.as_ref().map_or_else(|| hint.to_owned(), |spot| hint.replace(THE_APP, spot))
    }

    /// How to push with a flag, between backticks.
    #[must_use]
    pub(crate) fn with(&self, flag: &str, value: &str) -> String {
        let key = KEYS.iter().find(|(short, _)| *short == flag);
        if let (Some(spot), Some((_, key))) = (&self.spot, key) {
            return format!("`{key}: {value}` for {spot}");
        }
        self.said(|line| line.with(flag, Some(value)), &format!("{flag} {value}"))
    }

    /// How to push with a switch, between backticks.
    #[must_use]
    pub(crate) fn switching(&self, flag: &str) -> String {
        // There is no check without checks.
        let change = |line: CommandLine| {
            let line = if flag == "--no-checks" { line.command("push") } else { line };
            line.with(flag, None)
        };
        self.said(change, flag)
    }

    /// How to push without a switch, between backticks; `None` where it was not typed.
    #[must_use]
    pub(crate) fn without(&self, flag: &str) -> Option<String> {
        let typed = self.typed.line()?.to_string();
        let without = self.typed.line()?.without(flag).to_string();
        (without != typed).then(|| format!("`{without}`"))
    }

    /// How to push with the key out of a file, between backticks.
    #[must_use]
    pub(crate) fn with_key_file(&self, path: &str) -> String {
        let others = ["--api-key-stdin", "--api-key-command"];
        let change = |line: CommandLine| {
            let line = others.iter().fold(line, |line, flag| line.without(flag));
            line.with("--api-key-file", Some(path))
        };
        self.said(change, &format!("--api-key-file {path}"))
    }

    fn said(&self, change: impl FnOnce(CommandLine) -> CommandLine, flag: &str) -> String {
        let alone = |line: CommandLine| match &self.alone {
            Some(reference) => line.apps(&[reference]),
            None => line,
        };
        match self.typed.line().map(alone) {
            Some(line) => format!("`{}`", change(line)),
            None => format!("`{flag}`"),
        }
    }
}
