//! The tags to offer for one that is not there: those that it begins or that begin it, then those
//! that look like it; else the newest.

use super::newest;

/// How many are offered.
const OFFERED: usize = 5;
/// How alike two tags have to be.
const ALIKE: f64 = 0.75;
/// How many tags are looked at, the last by name: to compare takes time.
const MOST: usize = 5_000;
/// The tag that is meant where none is written.
const LATEST: &str = "latest";

/// Tags to offer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Near {
    /// Those that may have been meant, the likeliest first.
    pub(super) alike: Vec<String>,
    /// `latest`; where none is alike, the newest beside it.
    pub(super) others: Vec<String>,
    /// How many more images have a tag.
    pub(super) more: usize,
}

/// Picks the tags to offer in place of one that is not there.
pub(super) fn nearest(wanted: &str, tags: &[String]) -> Near {
    // Signatures and attestations are no tags that anybody would run.
    let is_image = |tag: &&String| !tag.starts_with("sha256-");
    let images = tags.iter().filter(is_image).count();
    let looked_at = tags.get(tags.len().saturating_sub(MOST)..).unwrap_or_default();
    let alike = alike(wanted, looked_at.iter().filter(is_image));
    let latest = tags.iter().find(|tag| *tag == LATEST && !alike.contains(tag));
    let mut others: Vec<&String> = latest.into_iter().collect();
    if alike.is_empty() {
        let mut newest: Vec<&String> = looked_at.iter().filter(is_image).collect();
        newest::newest_first(&mut newest);
        let room = OFFERED.saturating_sub(others.len());
        others.extend(newest.into_iter().filter(|tag| *tag != LATEST).take(room));
    }
    let others: Vec<String> = others.into_iter().cloned().collect();
    let more = images.saturating_sub(alike.len() + others.len());
    Near { alike, others, more }
}

/// Those that are like the wanted one; of those that go on as it does the newest first.
fn alike<'a>(wanted: &str, tags: impl Iterator<Item = &'a String>) -> Vec<String> {
    let plain = |tag: &str| tag.trim_start_matches('v').to_ascii_lowercase();
    let wanted = plain(wanted);
    let mut scored: Vec<(bool, f64, &String)> = tags
        .map(|tag| {
            let plain = plain(tag);
            let likeness = strsim::jaro_winkler(&wanted, &plain);
            // `7` means `7.1` rather than `8`, however alike they look.
            let extends = plain.starts_with(&wanted) || wanted.starts_with(&plain);
            // Anything extends what is left of a tag `v`.
            let says_something = !plain.is_empty() && !wanted.is_empty();
            (extends && says_something, likeness, tag)
        })
        .filter(|(extends, likeness, _)| *extends || *likeness > ALIKE)
        .collect();
    scored.sort_by(|(extends, likeness, tag), (also, other, second)| {
        let by_likeness =
            if *extends { std::cmp::Ordering::Equal } else { other.total_cmp(likeness) };
        also.cmp(extends).then(by_likeness).then_with(|| newest::compare(second, tag))
    });
    scored.into_iter().take(OFFERED).map(|(_, _, tag)| tag.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Near, nearest};

    fn near(wanted: &str, tags: &[&str]) -> Vec<String> {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let Near { alike, others, .. } = nearest(wanted, &tags);
        if alike.is_empty() { others } else { alike }
    }

    #[test]
    fn a_tag_that_goes_on_as_wanted_comes_first() {
        assert_eq!(near("7", &["8", "7.0.3", "7.1"])[..2], ["7.1", "7.0.3"]);
        assert_eq!(near("v1.4", &["1.4", "2.0"])[0], "1.4");
        assert_eq!(near("1.4.0", &["1.3.9", "1.4"])[0], "1.4");
    }

    #[test]
    fn a_typing_error_finds_its_tag() {
        assert_eq!(near("latset", &["latest", "1.0"])[0], "latest");
    }

    #[test]
    fn where_nothing_is_near_the_newest_are_shown_and_never_a_signature() {
        let tags = ["a1", "a2", "b", "sha256-0011.sig"];
        assert_eq!(near("zzz", &tags), ["b", "a2", "a1"]);
        assert!(near("sha256-0011", &["sha256-0011.sig"]).is_empty());
    }

    #[test]
    fn a_tag_of_nothing_but_a_v_is_not_near_everything() {
        assert_eq!(near("main", &["v", "mian"]), ["mian"]);
        assert_eq!(near("v", &["1.0", "v"]), ["v"]);
    }

    #[test]
    fn five_are_offered_the_newest_first() {
        let tags = ["1.6", "1.10", "1.4", "1.3", "1.2", "1.1"];
        assert_eq!(near("1", &tags), ["1.10", "1.6", "1.4", "1.3", "1.2"]);
        assert_eq!(near("zzz", &tags), ["1.10", "1.6", "1.4", "1.3", "1.2"]);
        assert!(near("1", &[]).is_empty());
    }

    #[test]
    fn capitals_and_the_v_of_versions_make_no_difference() {
        assert_eq!(near("RC1", &["other", "rc1"])[0], "rc1");
        assert_eq!(near("V2.0", &["v3", "v2.0"])[0], "v2.0");
        assert_eq!(near("2.0", &["v3", "V2.0"])[0], "V2.0");
    }

    #[test]
    fn latest_is_among_them_and_the_rest_is_counted() {
        let offered = |wanted: &str, tags: &[&str]| {
            let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
            let Near { alike, others, more } = nearest(wanted, &tags);
            (alike.join(" "), others.join(" "), more)
        };
        let tags = ["1.1", "1.2", "latest", "main", "2.0", "0.9", "sha256-00.sig"];
        assert_eq!(offered("zzz", &tags), (String::new(), "latest 2.0 1.2 1.1 0.9".into(), 1));
        assert_eq!(offered("1", &tags), ("1.2 1.1".into(), "latest".into(), 3));
        assert_eq!(offered("latst", &tags), ("latest".into(), String::new(), 5));
    }
}
