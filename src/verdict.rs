//! Verdicts: what a check found, under a name that does not change. Holds the one table of names,
//! in the order in which they are to be mended; knows nothing of how a check is done.

use serde::{Serialize, Serializer};

use crate::error::{Error, ErrorKind, VerdictStop};
use crate::exit_code::ExitCode;

/// How much a verdict decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// The push cannot succeed: stop before anything is changed.
    Definitive,
    /// What is seen from here proves nothing about the platform: warn and push. `--strict` stops.
    Undecided,
    /// Worth knowing; never stops.
    Advice,
}

macro_rules! names {
    ($($(#[$doc:meta])+ $variant:ident, $name:literal, $weight:ident, $exit:ident;)+) => {
        /// The stable name of a verdict; part of the JSON output. In the order in which they are
        /// to be mended.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Name {
            $($(#[$doc])+ $variant,)+
        }

        impl Name {
            /// Every name, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name as people and scripts see it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// How much it decides, unless a check knows better.
            #[must_use]
            pub const fn weight(self) -> Weight {
                match self { $(Self::$variant => Weight::$weight,)+ }
            }

            /// What the process exits with when this stops it.
            #[must_use]
            pub const fn exit_code(self) -> ExitCode {
                match self { $(Self::$variant => ExitCode::$exit,)+ }
            }
        }
    };
}

names! {
    /// cf has no API endpoint.
    CfNoApi, "cf-no-api", Definitive, Config;
    /// cf is not logged in.
    CfNotLoggedIn, "cf-not-logged-in", Definitive, Config;
    /// cf's login has expired and cannot be renewed.
    CfTokenExpired, "cf-token-expired", Definitive, Config;
    /// cf targets no organization or no space.
    CfNoSpace, "cf-no-space", Definitive, Config;
    /// The platform takes no docker images.
    DockerDisabled, "docker-disabled", Definitive, Config;
    /// The user's role on the platform does not reach so far.
    CfNotAllowed, "cf-not-allowed", Definitive, NoPermission;
    /// The API of the platform does not know what is wanted.
    CfTooOld, "cf-too-old", Definitive, Config;
    /// What was there is gone meanwhile.
    CfGone, "cf-gone", Definitive, NoInput;
    /// The platform refuses for another reason.
    CfRefused, "cf-refused", Definitive, Data;

    /// A registry answer wanted the key sent to a host that is not the registry's.
    HostileRealm, "hostile-realm", Definitive, Data;
    /// The user does not go with the key.
    WrongUsername, "wrong-username", Definitive, NoPermission;
    /// The platform has a user whose secret has expired by now, or will.
    ShortLivedUser, "short-lived-user", Definitive, NoPermission;
    /// The key does not exist.
    KeyInvalid, "key-invalid", Definitive, NoPermission;
    /// The key is switched off.
    KeyDisabled, "key-disabled", Definitive, NoPermission;
    /// The token has expired or was never valid.
    TokenExpired, "token-expired", Definitive, NoPermission;
    /// The user behind the key is gone or inactive.
    UserInactive, "user-inactive", Definitive, NoPermission;
    /// The user is suspended in the account, or the account is.
    AccountSuspended, "account-suspended", Definitive, NoPermission;
    /// The address that asks is not on an allow-list.
    IpRestricted, "ip-restricted", Definitive, NoPermission;
    /// The account admits the private network only.
    PrivateOnly, "private-only", Definitive, NoPermission;
    /// The account's quota is used up.
    QuotaExceeded, "quota-exceeded", Definitive, NoPermission;
    /// Another registry has the image.
    WrongRegion, "wrong-region", Definitive, NoInput;
    /// The key may not pull there.
    NoAccess, "no-access", Definitive, NoPermission;

    /// There is no such repository.
    RepositoryMissing, "repository-missing", Definitive, NoInput;
    /// There is no such tag.
    TagMissing, "tag-missing", Definitive, NoInput;
    /// There is no such digest.
    DigestMissing, "digest-missing", Definitive, NoInput;

    /// What is there is no image.
    NotAnImage, "not-an-image", Definitive, Data;
    /// The manifest is of a kind that nobody can run any more.
    Schema1, "schema1", Definitive, Data;
    /// What came does not have the digest it should.
    DigestMismatch, "digest-mismatch", Definitive, Data;
    /// There is no image for the platform.
    PlatformMissing, "platform-missing", Definitive, Data;
    /// Layers are kept elsewhere.
    ForeignLayers, "foreign-layers", Definitive, Data;
    /// Layers are encrypted.
    EncryptedLayers, "encrypted-layers", Definitive, Data;
    /// Nothing says what to run.
    NoStartCommand, "no-start-command", Definitive, Data;
    /// The image exposes ports, none of them TCP.
    NoTcpPort, "no-tcp-port", Definitive, Data;
    /// The image has more vulnerabilities than it may.
    Vulnerable, "vulnerable", Definitive, Data;
    /// The Vulnerability Advisor has not scanned the image in time.
    NotScanned, "not-scanned", Definitive, Unavailable;

    /// The registry did not answer.
    RegistryUnreachable, "registry-unreachable", Undecided, Unavailable;
    /// The registry answered with something that makes no sense.
    RegistryError, "registry-error", Undecided, Unavailable;
    /// Too many requests.
    RateLimited, "rate-limited", Undecided, Unavailable;
    /// IAM did not answer.
    IamUnreachable, "iam-unreachable", Undecided, Unavailable;
    /// Cloud Foundry did not answer.
    CfUnreachable, "cf-unreachable", Undecided, Unavailable;
    /// cf's token is too old to ask with; cf itself will renew it.
    CfTokenStale, "cf-token-stale", Undecided, Unavailable;
    /// The Vulnerability Advisor scans no such image.
    ScanUnsupported, "scan-unsupported", Undecided, Unavailable;

    /// Another build of the app goes on.
    StagingInProgress, "staging-in-progress", Undecided, Unavailable;
    /// Fewer instances run than are wanted.
    InstancesDown, "instances-down", Undecided, Unavailable;
    /// Instances could not be started lately, since the image could not be pulled.
    PullFailed, "pull-failed", Undecided, Unavailable;

    /// The layers may not fit the disk quota.
    DiskQuota, "disk-quota", Advice, Success;
    /// The tag has gone elsewhere.
    TagMoved, "tag-moved", Advice, Success;
    /// What runs may change at the next restart.
    LatestTag, "latest-tag", Advice, Success;
    /// Layers are compressed with zstd.
    ZstdLayers, "zstd-layers", Advice, Success;
    /// An index is pushed, which older platforms cannot read.
    IndexOnOldPlatform, "index-on-old-platform", Advice, Success;
    /// The image runs as root.
    RunsAsRoot, "runs-as-root", Advice, Success;
    /// The port is one that only root may open.
    LowPort, "low-port", Advice, Success;
    /// Which port gets the route is not obvious.
    PortChoice, "port-choice", Advice, Success;
    /// This machine runs the image, the platform does not.
    ArmOnlyRunsHere, "arm-only-runs-here", Advice, Success;
    /// A retention policy may delete the image.
    Retention, "retention", Advice, Success;
    /// What runs is not known: a tag was pushed, not a digest.
    PushedByTag, "pushed-by-tag", Advice, Success;
    /// The key ends soon.
    KeyEnding, "key-ending", Advice, Success;
    /// The account's quota is nearly used up.
    QuotaNear, "quota-near", Advice, Success;
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Its name.
    pub name: Name,
    /// How much it decides.
    pub weight: Weight,
    /// One sentence: a lower-case fragment without a full stop.
    pub message: String,
    /// What was seen: host, status, code.
    pub seen: Vec<String>,
    /// What mends it, with the exact command.
    pub hints: Vec<String>,
}

impl Verdict {
    /// Starts a verdict; it weighs what its name weighs.
    #[must_use]
    pub fn new(name: Name, message: impl Into<String>) -> Self {
        let (seen, hints) = (Vec::new(), Vec::new());
        Self { name, weight: name.weight(), message: message.into(), seen, hints }
    }

    /// Adds a line about what was seen.
    #[must_use]
    pub fn seen(mut self, line: impl Into<String>) -> Self {
        self.seen.push(line.into());
        self
    }

    /// Adds what mends it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Makes advice of it, where something else may yet make the push work.
    #[must_use]
    pub fn as_advice(mut self) -> Self {
        self.weight = Weight::Advice;
        self
    }

    /// Leaves it undecided, where something that is not known decides.
    #[must_use]
    pub fn as_undecided(mut self) -> Self {
        self.weight = Weight::Undecided;
        self
    }

    /// Every text of it.
    pub fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        self.seen.iter_mut().chain(&mut self.hints).chain([&mut self.message])
    }

    /// What the process exits with when this stops it.
    #[must_use]
    pub const fn exit_code(&self) -> ExitCode {
        match self.weight {
            Weight::Definitive => match self.name.exit_code() {
                // What is advice elsewhere, and keeps this command from going on.
                ExitCode::Success => ExitCode::Data,
                code => code,
            },
            Weight::Undecided => ExitCode::Unavailable,
            Weight::Advice => ExitCode::Success,
        }
    }

    /// The same as an error.
    #[must_use]
    pub fn to_error(&self) -> Error {
        let stop = VerdictStop { name: self.name.as_str(), exit_code: self.exit_code() };
        let error = Error::new(ErrorKind::Verdict(stop), self.message.clone());
        let error = self.seen.iter().fold(error, Error::seen);
        self.hints.iter().fold(error, Error::hint)
    }
}

/// Whether undecided verdicts stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// Only definitive ones do.
    Lenient,
    /// `--strict`.
    Strict,
}

/// Puts what is to be mended first in front.
pub fn sort(verdicts: &mut [Verdict]) {
    let rank = |weight| match weight {
        Weight::Definitive => 0,
        Weight::Undecided => 1,
        Weight::Advice => 2,
    };
    verdicts.sort_by_key(|verdict| (rank(verdict.weight), verdict.name));
}

/// The verdict that stops the push, if one does: the first of its kind.
#[must_use]
pub fn stopping(verdicts: &[Verdict], strictness: Strictness) -> Option<&Verdict> {
    let first = |weight| verdicts.iter().find(|verdict| verdict.weight == weight);
    let undecided = || first(Weight::Undecided).filter(|_| strictness == Strictness::Strict);
    first(Weight::Definitive).or_else(undecided)
}

#[cfg(test)]
mod tests {
    use super::{Name, Strictness, Verdict, Weight, sort, stopping};

    fn verdicts(names: &[Name]) -> Vec<Verdict> {
        let mut verdicts: Vec<_> = names.iter().map(|name| Verdict::new(*name, "x")).collect();
        sort(&mut verdicts);
        verdicts
    }

    #[test]
    fn names_are_unique_and_say_what_they_exit_with() {
        let mut seen = std::collections::BTreeSet::new();
        for name in Name::ALL {
            assert!(seen.insert(name.as_str()), "{name:?}");
            let expected: &[u8] = match name.weight() {
                Weight::Definitive if *name == Name::NotScanned => &[69],
                Weight::Definitive => &[65, 66, 77, 78],
                Weight::Undecided => &[69],
                Weight::Advice => &[0],
            };
            assert!(expected.contains(&name.exit_code().code()), "{name:?}");
        }
    }

    #[test]
    fn what_is_definitive_stands_before_what_is_not_and_stops() {
        let found =
            verdicts(&[Name::DiskQuota, Name::RateLimited, Name::TagMissing, Name::CfNoApi]);
        let order: Vec<_> = found.iter().map(|verdict| verdict.name).collect();
        let expected = [Name::CfNoApi, Name::TagMissing, Name::RateLimited, Name::DiskQuota];
        assert_eq!(order, expected);
        let stop = stopping(&found, Strictness::Lenient).map(|verdict| verdict.name);
        assert_eq!(stop, Some(Name::CfNoApi));
    }

    #[test]
    fn the_undecided_stops_the_strict_alone_and_advice_nobody() {
        let found = verdicts(&[Name::RegistryUnreachable, Name::DiskQuota]);
        assert_eq!(stopping(&found, Strictness::Lenient), None);
        assert!(stopping(&found, Strictness::Strict).is_some());
        assert_eq!(stopping(&verdicts(&[Name::DiskQuota]), Strictness::Strict), None);
        let mild = [Verdict::new(Name::NoStartCommand, "x").as_advice()];
        assert_eq!(stopping(&mild, Strictness::Strict), None);
    }
}
