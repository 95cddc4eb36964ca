//! What a row of the tables is made of: phrases, how much they prove, what they mean.

/// How much a phrase proves, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Only one cause has these words.
    Exact,
    /// The words of a refusal.
    Refusal,
    /// A status or an error of the network that others may print too.
    Status,
    /// That it failed, not why.
    Failure,
}

/// One thing that a line can mean. Texts may hold `{app}`, `{image}`, `{host}`, `{namespace}`,
/// `{platform}` and `{cf}`; hints also what `hints.rs` makes lines of: `{with -u process}`,
/// `{switch --allow-private}`, `{without --no-pin}`, `{keyed}`, `{more disk}`, `{less memory}` and the like. One
/// that can do no good takes its hint away, so that each rule has one without.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cause {
    /// Stable name.
    pub(super) name: &'static str,
    /// One sentence.
    pub(super) message: &'static str,
    /// What mends it.
    pub(super) hints: &'static [&'static str],
}

/// What a line means.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning {
    /// The same in any case.
    One(Cause),
    /// Something else where the same was fine from here, and where no key goes with the image.
    ByChecks {
        /// Nobody has looked.
        not_run: Cause,
        /// It was fine.
        passed: Cause,
        /// The platform got no key from us, where that matters.
        keyless: Option<Cause>,
    },
    /// It depends on what the image was pushed by.
    ByReference {
        /// By tag.
        tag: Cause,
        /// By digest.
        digest: Cause,
    },
}

/// A row.
#[derive(Debug)]
pub(super) struct Rule {
    /// How much its phrases prove.
    pub(super) rank: Rank,
    /// In lower case; `*` stands for anything in between. One of them is enough.
    pub(super) phrases: &'static [&'static str],
    /// What they mean.
    pub(super) meaning: Meaning,
}

impl Rule {
    /// Makes a row with one meaning.
    pub(super) const fn new(
        rank: Rank,
        phrases: &'static [&'static str],
        name: &'static str,
        message: &'static str,
        hints: &'static [&'static str],
    ) -> Self {
        Self { rank, phrases, meaning: Meaning::One(Cause { name, message, hints }) }
    }

    /// Whether a line, in lower case, has one of its phrases.
    pub(super) fn is_said_in(&self, line: &str) -> bool {
        self.phrases.iter().any(|phrase| has(line, phrase))
    }
}

/// Whether the pieces of a phrase stand in a line, one behind the other.
pub(super) fn has(line: &str, phrase: &str) -> bool {
    let mut rest = Some(line);
    for piece in phrase.split('*') {
        rest = rest.and_then(|rest| rest.split_once(piece)).map(|(_, behind)| behind);
    }
    rest.is_some()
}
