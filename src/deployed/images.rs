//! Which image an app runs, as far as Cloud Controller can tell: the text that was pushed, and the tag
//! that icr-cf noted beside it.

use crate::capi::Tracked;
use crate::reference::{Defaults, ImageReference};
use crate::region;

/// What an app runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Running {
    /// An image of ICR.
    Icr(Box<ImageReference>),
    /// One of another registry.
    Elsewhere,
    /// A host of ICR, and a text behind it that is no reference, for this reason.
    Unreadable(String),
    /// It was never staged.
    Nothing,
}

/// What the platform says, with the tag where the note on the app is about the same digest.
pub(crate) fn running(image: Option<&str>, tracked: &Tracked) -> Running {
    let Some(image) = image else { return Running::Nothing };
    let image = image.split_once("://").map_or(image, |(_, rest)| rest);
    let host = image.split('/').next().unwrap_or_default();
    if region::by_host(host).is_none() {
        return Running::Elsewhere;
    }
    let pushed = match ImageReference::parse(image, &Defaults::default()) {
        Ok(reference) => reference,
        Err(error) => return Running::Unreadable(error.problem().to_string()),
    };
    let digest = pushed.digest();
    let noted = digest.and_then(|digest| Some((tracked.reference_of(digest)?, digest)));
    let tagged = noted.and_then(|(reference, digest)| {
        let noted = ImageReference::parse(reference, &Defaults::default()).ok()?;
        let is_same = noted.host() == pushed.host() && noted.path() == pushed.path();
        let tag = noted.tag().filter(|_| is_same)?;
        let text = format!("{}/{}:{tag}@{digest}", pushed.host(), pushed.path());
        ImageReference::parse(&text, &Defaults::default()).ok()
    });
    Running::Icr(Box::new(tagged.unwrap_or(pushed)))
}

#[cfg(test)]
mod tests {
    use super::{Running, running};
    use crate::capi::Tracked;

    const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const OTHER: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn of(image: &str, reference: &str, digest: &str) -> String {
        let tracked = Tracked {
            reference: Some(reference.to_owned()),
            digest: Some(digest.to_owned()),
            ..Tracked::default()
        };
        match running(Some(image), &tracked) {
            Running::Icr(reference) => reference.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_note_counts_for_the_digest_that_it_is_about_and_no_other() {
        let pinned = format!("us.icr.io/acme/web@{DIGEST}");
        let tagged = format!("us.icr.io/acme/web:1.4@{DIGEST}");
        assert_eq!(of(&pinned, "us.icr.io/acme/web:1.4", DIGEST), tagged);
        assert_eq!(of(&pinned, "us.icr.io/acme/web:1.4", OTHER), pinned);
        assert_eq!(of(&pinned, "us.icr.io/acme/api:1.4", DIGEST), pinned);
        assert_eq!(of(&pinned, "de.icr.io/acme/web:1.4", DIGEST), pinned);
        assert_eq!(of(&pinned, "no reference", DIGEST), pinned);
        assert_eq!(
            of("us.icr.io/acme/web:2", "us.icr.io/acme/web:1.4", DIGEST),
            "us.icr.io/acme/web:2"
        );
    }

    #[test]
    fn another_registry_is_elsewhere_and_a_broken_text_is_told() {
        let none = Tracked::default();
        assert_eq!(running(Some("nginx"), &none), Running::Elsewhere);
        assert_eq!(running(Some("ghcr.io/acme/web:1"), &none), Running::Elsewhere);
        assert_eq!(running(None, &none), Running::Nothing);
        assert!(matches!(running(Some("us.icr.io/acme/Web"), &none), Running::Unreadable(_)));
        assert!(matches!(running(Some("https://us.icr.io/acme/web"), &none), Running::Icr(_)));
    }
}
