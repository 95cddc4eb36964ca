//! The tags nearest to one that is not there: those that it begins or that begin it, then those
//! that look like it.

/// How many are offered.
const OFFERED: usize = 5;
/// How alike two tags have to be.
const ALIKE: f64 = 0.75;

/// How many tags are looked at, the last by name: to compare takes time.
const MOST: usize = 5_000;

/// Tags to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Near {
    /// Those that may have been meant, the likeliest first.
    Alike(Vec<String>),
    /// Some that are there, the last by name, which is often the newest; none is like it.
    Others(Vec<String>),
}

/// Picks the tags to offer in place of one that is not there.
pub(super) fn nearest(wanted: &str, tags: &[String]) -> Near {
    let tags = tags.get(tags.len().saturating_sub(MOST)..).unwrap_or_default();
    let plain = |tag: &str| tag.trim_start_matches('v').to_ascii_lowercase();
    let wanted_plain = plain(wanted);
    let score = |tag: &str| {
        let tag = plain(tag);
        let alike = strsim::jaro_winkler(&wanted_plain, &tag);
        // `7` means `7.1` rather than `8`, however alike they look.
        let extends = tag.starts_with(&wanted_plain) || wanted_plain.starts_with(&tag);
        // Anything extends what is left of a tag `v`.
        let says_something = !tag.is_empty() && !wanted_plain.is_empty();
        if extends && says_something { 1.0 + alike } else { alike }
    };
    // Signatures and attestations are no tags that anybody would run.
    let is_image = |tag: &&String| !(tag.starts_with("sha256-"));
    let mut scored: Vec<(f64, &String)> = tags
        .iter()
        .filter(is_image)
        .map(|tag| (score(tag), tag))
        .filter(|(score, _)| *score > ALIKE)
        .collect();
    scored.sort_by(|(a, first), (b, second)| b.total_cmp(a).then_with(|| first.cmp(second)));
    if scored.is_empty() {
        return Near::Others(tags.iter().filter(is_image).rev().take(OFFERED).cloned().collect());
    }
    Near::Alike(scored.into_iter().take(OFFERED).map(|(_, tag)| tag.clone()).collect())
}

#[cfg(test)]
mod tests {
    use super::{Near, nearest};

    fn near(wanted: &str, tags: &[&str]) -> Vec<String> {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        match nearest(wanted, &tags) {
            Near::Alike(tags) | Near::Others(tags) => tags,
        }
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
    fn where_nothing_is_near_the_last_ones_are_shown_and_never_a_signature() {
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
    fn five_are_offered_in_an_order_that_is_always_the_same() {
        let tags = ["1.6", "1.5", "1.4", "1.3", "1.2", "1.1"];
        assert_eq!(near("1", &tags), ["1.1", "1.2", "1.3", "1.4", "1.5"]);
        assert_eq!(near("zzz", &tags), ["1.1", "1.2", "1.3", "1.4", "1.5"]);
        assert!(near("1", &[]).is_empty());
    }

    #[test]
    fn capitals_and_the_v_of_versions_make_no_difference() {
        assert_eq!(near("RC1", &["other", "rc1"])[0], "rc1");
        assert_eq!(near("V2.0", &["v3", "v2.0"])[0], "v2.0");
        assert_eq!(near("2.0", &["v3", "V2.0"])[0], "V2.0");
    }
}
