//! What is read off the arguments alone, whatever is pushed.

use super::key::ShortLived;
use super::sources::{KeyRules, Passwords};
use super::target::{PrivateNames, Search};
use super::{Checks, Goal, KeyChoice, ManifestChoice, Username, WithKey, Written};
use crate::cf_flags::GivenFlag;
use crate::cli::Typed;
use crate::environment::Environment;
use crate::reference::Defaults;

/// What is meant by the arguments, before any image is looked at.
pub(super) struct Intent<'a> {
    pub(super) goal: Goal,
    pub(super) names: &'a [String],
    pub(super) image: Option<&'a str>,
    pub(super) defaults: Defaults,
    pub(super) search: Search,
    pub(super) private_names: PrivateNames,
    /// The user that a flag names, for the image that a flag names.
    pub(super) user: Option<&'a str>,
    /// The user of ICR where an app has no other; `None` where nobody names one.
    pub(super) username: Option<Username>,
    pub(super) short_lived: ShortLived,
    pub(super) with_key: WithKey,
    pub(super) key: KeyChoice,
    pub(super) keys: KeyRules,
    pub(super) passwords: Passwords,
    pub(super) flags: &'a [GivenFlag],
    pub(super) passthrough: &'a [String],
    pub(super) typed: &'a Typed,
    pub(super) checks: Option<Checks>,
    pub(super) written: Option<&'a Written>,
    pub(super) manifest: &'a ManifestChoice,
    pub(super) environment: &'a Environment,
}

impl Intent<'_> {
    /// Whether a flag of cf is given, so that what a manifest has in its place does not count.
    /// Nobody looks closely at what stands behind `--`.
    pub(super) fn has_flag(&self, long: &str) -> bool {
        let given = self.flags.iter().any(|given| given.flag.long == Some(long));
        given || !self.passthrough.is_empty()
    }
}
