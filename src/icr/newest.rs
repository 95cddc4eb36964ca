//! Tags in the order of their versions: what a registry says of times would take two requests for
//! each tag, so their names have to do.

use std::cmp::Ordering;

/// Sorts tags, the newest version first; words behind all versions.
pub(super) fn newest_first(tags: &mut [&String]) {
    tags.sort_by(|a, b| compare(b, a));
}

/// Compares two tags; the newer version is the greater.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let is_version = |tag: &str| {
        let plain = plain(tag);
        // The beginning of a commit has digits too.
        let is_commit = plain.len() >= 7
            && plain.bytes().all(|byte| byte.is_ascii_hexdigit())
            && plain.bytes().any(|byte| byte.is_ascii_alphabetic());
        plain.starts_with(|c: char| c.is_ascii_digit()) && !is_commit
    };
    let (one, other) = (is_version(a), is_version(b));
    let by_version = || if one { pieces(plain(a), plain(b)) } else { Ordering::Equal };
    one.cmp(&other).then_with(by_version).then_with(|| a.cmp(b))
}

/// Without the `v` that some put in front.
fn plain(tag: &str) -> &str {
    tag.strip_prefix(['v', 'V']).unwrap_or(tag)
}

/// Compares digits as numbers and all else as text.
fn pieces(mut a: &str, mut b: &str) -> Ordering {
    while !(a.is_empty() && b.is_empty()) {
        let ((one, rest_of_a), (other, rest_of_b)) = (piece(a), piece(b));
        let order = ending(a).cmp(&ending(b)).then_with(|| numbers(one, other));
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (rest_of_a, rest_of_b);
    }
    Ordering::Equal
}

/// Digits at the beginning, else what stands in front of the next ones.
fn piece(text: &str) -> (&str, &str) {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != is_number).unwrap_or(text.len());
    text.split_at(end)
}

/// What the rest of a version makes of it: `1.4.1` is newer than `1.4`, and `1.4-rc` is older.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Suffix {
    Word,
    None,
    Number,
}

fn ending(rest: &str) -> Suffix {
    if rest.is_empty() {
        return Suffix::None;
    }
    // Behind one separator at most.
    let is_number = rest.chars().take(2).any(|c| c.is_ascii_digit());
    if is_number { Suffix::Number } else { Suffix::Word }
}

fn numbers(a: &str, b: &str) -> Ordering {
    let both = [a, b].iter().all(|text| text.starts_with(|c: char| c.is_ascii_digit()));
    if !both {
        return a.cmp(b);
    }
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::{compare, newest_first};

    proptest! {
        #[test]
        fn the_order_is_one(tags in prop::collection::vec("v?[019ab._-]{0,6}", 3)) {
            let (a, b, c) = (&tags[0], &tags[1], &tags[2]);
            prop_assert_eq!(compare(a, b), compare(b, a).reverse());
            prop_assert_eq!(compare(a, b) == Ordering::Equal, a == b);
            if compare(a, b).is_le() && compare(b, c).is_le() {
                prop_assert!(compare(a, c).is_le(), "{} {} {}", a, b, c);
            }
        }
    }

    #[test]
    fn versions_come_newest_first_and_words_behind_them() {
        let expected = [
            "20260814",
            "v10.0",
            "2.0",
            "1.10.1",
            "1.10",
            "1.10-rc2",
            "1.10-rc1",
            "1.9.12",
            "v1.9.2",
            "1.9.2-alpine",
            "1",
            "main",
            "latest",
            "9f86d08",
        ];
        for turns in 0..expected.len() {
            let mut given: Vec<String> = expected.map(str::to_owned).to_vec();
            given.rotate_left(turns);
            given.reverse();
            let mut tags: Vec<&String> = given.iter().collect();
            newest_first(&mut tags);
            assert_eq!(tags, expected, "{turns}");
        }
    }

    #[test]
    fn a_number_that_no_integer_holds_is_compared_all_the_same() {
        let (long, longer) = ("9".repeat(60), format!("1{}", "0".repeat(60)));
        let mut tags = vec![&long, &longer];
        newest_first(&mut tags);
        assert_eq!(tags, [&longer, &long]);
    }
}
