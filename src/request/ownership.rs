//! Whose an image is, of `--image` or of a manifest. One rule, in this order:
//! 1. A host of the table of registries makes it one of ICR's; any other host another registry's.
//! 2. Without a host, `--default-registry` decides; `--region` makes the image of `--image` ICR's.
//! 3. Without a host, a user that is none of ICR's makes it Docker Hub's.
//! 4. Without a host, `NAMESPACE/REPOSITORY` is ICR's, in the region that is given or found; a
//!    name alone is ICR's where a namespace is given, else Docker Hub's, as it is for cf.

use super::Username;
use super::sources::canonical;
use crate::reference::{DOCKER_HUB, Defaults, MAX_REFERENCE, Unnamed, names_registry};
use crate::region;

/// Whose an image is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Icr,
    Other(String),
}

/// Hosts of IBM that are none of ICR's: the Entitled Registry and IBM's own staging, with users
/// and keys of their own.
const OF_IBM: [&str; 3] = ["cp.icr.io", "cp.stg.icr.io", "stg.icr.io"];

/// Reads an image, beside the user that is named for it.
pub(super) fn reading(image: &str, user: Option<&str>, defaults: &Defaults) -> Reading {
    // A scheme is refused by whoever reads the rest.
    let image = image.split_once("://").map_or(image, |(_, rest)| rest);
    let (first, rest) = match image.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (image, None),
    };
    let host = canonical(first);
    // One with a port, or one that is nearly right, is refused as a reference of ICR's.
    let name = host.split([':', '@']).next().unwrap_or_default().trim_end_matches('.');
    let is_known = region::by_host(name).is_some();
    if names_registry(image) {
        let is_nearly = name.ends_with(".icr.io") || region::is_slip(name);
        let is_icr = is_known || is_nearly && !OF_IBM.contains(&name);
        return if is_icr { Reading::Icr } else { Reading::Other(host) };
    }
    // Nothing at all, or a host of ICR without an image.
    if image.is_empty() || is_known {
        return Reading::Icr;
    }
    let is_ours = match defaults.unnamed {
        Unnamed::Icr => true,
        Unnamed::DockerHub => false,
        Unnamed::ByRule => {
            user.is_none_or(Username::is_of_icr) && (rest.is_some() || defaults.namespace.is_some())
        }
    };
    if is_ours { Reading::Icr } else { Reading::Other(DOCKER_HUB.to_owned()) }
}

/// What cannot stand in any image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Odd {
    TooLong,
    Control,
    WhiteSpace,
    Scheme,
}

impl Odd {
    pub(super) const fn named(self) -> &'static str {
        match self {
            Self::TooLong => "too many characters",
            Self::Control => "control character",
            Self::WhiteSpace => "white space",
            Self::Scheme => "a scheme",
        }
    }

    /// The text without it, where that is an image.
    pub(super) fn mended(self, image: &str) -> Option<&str> {
        let text = match self {
            Self::TooLong => return None,
            Self::Control | Self::WhiteSpace => {
                image.trim_matches(|c: char| c.is_control() || c.is_whitespace())
            }
            Self::Scheme => image.split_once("://").map_or(image, |(_, rest)| rest),
        };
        (!text.is_empty() && check_other(text).is_ok()).then_some(text)
    }
}

/// The little that can be said of a reference that is not ours: cf and the platform judge the rest.
pub(super) fn check_other(image: &str) -> Result<(), Odd> {
    if image.len() > 2 * MAX_REFERENCE {
        return Err(Odd::TooLong);
    }
    if image.chars().any(char::is_control) {
        return Err(Odd::Control);
    }
    if image.chars().any(char::is_whitespace) {
        return Err(Odd::WhiteSpace);
    }
    if image.contains("://") {
        return Err(Odd::Scheme);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Reading, reading};
    use crate::reference::{Defaults, Origin, Unnamed};

    #[test]
    fn whose_an_image_is_follows_one_rule() {
        let plain = Defaults::default();
        let namespace =
            Defaults { namespace: Some(("acme".to_owned(), Origin::Flag)), ..Defaults::default() };
        let ours = Defaults { unnamed: Unnamed::Icr, ..Defaults::default() };
        let hubs = Defaults { unnamed: Unnamed::DockerHub, ..namespace.clone() };
        let hub = || Reading::Other("docker.io".to_owned());
        for (image, user, defaults, expected) in [
            ("us.icr.io/acme/web", None, &plain, Reading::Icr),
            ("icr.io/ibm/liberty", None, &plain, Reading::Icr),
            ("registry.ng.bluemix.net/acme/web", None, &plain, Reading::Icr),
            ("private.us.icr.io/acme/web", None, &plain, Reading::Icr),
            ("uss.icr.io/acme/web", None, &plain, Reading::Icr),
            ("us.icr.oi/acme/web", None, &plain, Reading::Icr),
            ("us.gcr.io/acme/web", None, &plain, Reading::Other("us.gcr.io".to_owned())),
            ("cp.icr.io/cp/app", Some("cp"), &plain, Reading::Other("cp.icr.io".to_owned())),
            ("us.icr.io:443/acme/web", None, &plain, Reading::Icr),
            ("US.ICR.IO/acme/web", None, &plain, Reading::Icr),
            ("quay.io/a/b", None, &plain, Reading::Other("quay.io".to_owned())),
            (
                "us.icr.io.evil.example/a/b",
                None,
                &plain,
                Reading::Other("us.icr.io.evil.example".to_owned()),
            ),
            ("localhost/a", None, &plain, Reading::Other("localhost".to_owned())),
            ("host:5000/a", None, &plain, Reading::Other("host:5000".to_owned())),
            ("index.docker.io/a/b", None, &plain, hub()),
            ("acme/web:1.4", None, &plain, Reading::Icr),
            ("acme/web", Some("iamapikey"), &plain, Reading::Icr),
            ("acme/web", Some("hubuser"), &plain, hub()),
            ("nginx:1.25", None, &plain, hub()),
            ("nginx", Some("iamapikey"), &plain, hub()),
            ("web:1.4", None, &namespace, Reading::Icr),
            ("web", Some("hubuser"), &namespace, hub()),
            ("nginx", None, &ours, Reading::Icr),
            ("acme/web", Some("hubuser"), &ours, Reading::Icr),
            ("quay.io/a/b", None, &ours, Reading::Other("quay.io".to_owned())),
            ("acme/web", None, &hubs, hub()),
            ("web", Some("iamapikey"), &hubs, hub()),
            ("us.icr.io/acme/web", None, &hubs, Reading::Icr),
            ("docker://us.icr.io/acme/web", None, &plain, Reading::Icr),
            ("https://quay.io/a/b", None, &plain, Reading::Other("quay.io".to_owned())),
            ("us.icr.oi/acme/web", None, &plain, Reading::Icr),
            ("de.irc.io/acme/web", None, &plain, Reading::Icr),
            ("us.gcr.io/a/b", None, &plain, Reading::Other("us.gcr.io".to_owned())),
            ("xicr.oi/a/b", None, &plain, Reading::Other("xicr.oi".to_owned())),
            ("", None, &plain, Reading::Icr),
            ("de.icr.io", None, &plain, Reading::Icr),
            ("us.icr.io:1", None, &plain, Reading::Icr),
        ] {
            assert_eq!(reading(image, user, defaults), expected, "{image} {user:?}");
        }
    }
}
