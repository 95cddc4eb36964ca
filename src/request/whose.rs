//! Whose an image of a manifest is. One rule, in this order:
//! 1. A host of the table of registries makes it one of ICR's; any other host another registry's.
//! 2. Without a host, a `docker.username` that is none of ICR's makes it Docker Hub's.
//! 3. Without a host, `NAMESPACE/REPOSITORY` is ICR's, in the region that is given or found; a
//!    name alone is ICR's where a namespace is given, else Docker Hub's, as it is for cf.

use super::Username;
use super::sources::canonical;
use crate::reference::{Defaults, MAX_REFERENCE};
use crate::region;

/// Whose an image is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Icr,
    Other(String),
}

/// Docker's own registry.
pub(super) const DOCKER_HUB: &str = "docker.io";
/// Hosts of IBM that are none of ICR's: the Entitled Registry and IBM's own staging, with users
/// and keys of their own.
const OF_IBM: [&str; 3] = ["cp.icr.io", "cp.stg.icr.io", "stg.icr.io"];

/// Reads an image, beside the user that the manifest names for it.
pub(super) fn reading(image: &str, user: Option<&str>, defaults: &Defaults) -> Reading {
    let (first, rest) = match image.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (image, None),
    };
    let is_host = rest.is_some() && (first.contains(['.', ':']) || first == "localhost");
    if is_host {
        let host = canonical(first);
        // One with a port, or one that is nearly right, is refused as a reference of ICR's.
        let name = host.split(':').next().unwrap_or_default().trim_end_matches('.');
        let is_icr =
            region::by_host(name).is_some() || name.ends_with(".icr.io") && !OF_IBM.contains(&name);
        return if is_icr { Reading::Icr } else { Reading::Other(host) };
    }
    let is_users = |user: &str| Username::is_of_icr(user);
    let is_ours = user.is_none_or(is_users) && (rest.is_some() || defaults.namespace.is_some());
    if is_ours { Reading::Icr } else { Reading::Other(DOCKER_HUB.to_owned()) }
}

/// The little that can be said of a reference that is not ours: cf and the platform judge the rest.
pub(super) fn check_other(image: &str) -> Result<(), &'static str> {
    if image.len() > 2 * MAX_REFERENCE {
        return Err("too many characters");
    }
    if image.chars().any(char::is_control) {
        return Err("control character");
    }
    if image.chars().any(char::is_whitespace) {
        return Err("white space");
    }
    if image.contains("://") {
        return Err("`https://`");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Reading, reading};
    use crate::reference::{Defaults, Origin};

    #[test]
    fn whose_an_image_is_follows_one_rule() {
        let plain = Defaults::default();
        let namespace =
            Defaults { namespace: Some(("acme".to_owned(), Origin::Flag)), ..Defaults::default() };
        let hub = || Reading::Other("docker.io".to_owned());
        for (image, user, defaults, expected) in [
            ("us.icr.io/acme/web", None, &plain, Reading::Icr),
            ("icr.io/ibm/liberty", None, &plain, Reading::Icr),
            ("registry.ng.bluemix.net/acme/web", None, &plain, Reading::Icr),
            ("private.us.icr.io/acme/web", None, &plain, Reading::Icr),
            ("uss.icr.io/acme/web", None, &plain, Reading::Icr),
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
        ] {
            assert_eq!(reading(image, user, defaults), expected, "{image} {user:?}");
        }
    }
}
