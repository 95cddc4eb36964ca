//! Which known word a mistyped one was meant for. Pure; offers nothing where nothing is near, since
//! a wrong guess leads further astray than none.

/// How many are offered at most.
const OFFERED: usize = 3;
/// From this length on the beginning of a word stands for the whole of it.
const BEGINNING: usize = 3;

/// The names that `text` may have been meant for, the nearest first.
#[must_use]
pub(crate) fn nearest<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let text = text.to_ascii_lowercase();
    let length = text.chars().count();
    // In a short word every letter counts.
    let most = match length {
        0..=2 => 0,
        3..=7 => 1,
        _ => 2,
    };
    let begins = |name: &str| length >= BEGINNING && name.starts_with(&text);
    let mut near: Vec<(usize, &str)> = names
        .filter_map(|name| {
            let lower = name.to_ascii_lowercase();
            let distance = strsim::osa_distance(&text, &lower);
            let is_near = distance <= most || begins(&lower);
            is_near.then_some((distance, name))
        })
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    let mut offered: Vec<&str> = Vec::new();
    for (_, name) in near {
        if !offered.contains(&name) {
            offered.push(name);
        }
    }
    offered.truncate(OFFERED);
    offered
}

/// Whether `text` is `name` with two letters swapped, one left out or one too many. Another letter
/// in its place makes another word: `gcr.io` is no slip of `icr.io`.
#[must_use]
pub(crate) fn is_slip(text: &str, name: &str) -> bool {
    strsim::osa_distance(text, name) == 1
        && (text.chars().count() != name.chars().count() || strsim::levenshtein(text, name) == 2)
}

#[cfg(test)]
mod tests {
    use super::{is_slip, nearest};

    #[test]
    fn a_slip_finds_its_word_and_the_nearest_comes_first() {
        let names = ["--memory", "--manifest", "--no-start", "--quota", "--quiet", "worker"];
        let near = |text: &str| nearest(text, names.into_iter());
        assert_eq!(near("--memmory"), ["--memory"]);
        assert_eq!(near("--no-strat"), ["--no-start"]);
        assert_eq!(near("--QUITE"), ["--quiet"]);
        assert_eq!(near("work"), ["worker"]);
        assert_eq!(near("--quot").first(), Some(&"--quota"));
    }

    #[test]
    fn what_only_looks_alike_is_not_offered() {
        let names = ["--show-env", "--version", "us-south", "eu-es", "us", "uk"];
        for text in ["--json", "--region", "us-west", "eu-west", "ux", "u", ""] {
            assert_eq!(nearest(text, names.into_iter()), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_slip_is_one_keystroke_and_never_another_letter() {
        for text in ["us.icr.oi", "us.icrio", "us.icrr.io", "su.icr.io"] {
            assert!(is_slip(text, "us.icr.io"), "{text}");
        }
        for text in ["us.gcr.io", "us.icr.io", "us.icr.ai", "uk.icr.io"] {
            assert!(!is_slip(text, "us.icr.io"), "{text}");
        }
    }
}
