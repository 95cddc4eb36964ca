//! Masks the key in bytes that pass by, in every form that programs print it in. What comes out
//! depends on what went in alone, not on how it was cut into pieces or when the pieces came.

use zeroize::Zeroizing;

use super::ApiKey;

mod forms;

/// What stands in place of a form of the key.
const MASK: &[u8] = b"***";

/// What a key looks like in texts. Has no `Debug`: it holds the key.
pub(super) struct Forms {
    /// By their first byte, each list with the longest first.
    by_first: Vec<Vec<Zeroizing<Vec<u8>>>>,
}

/// A filter for one stream. Has no `Debug`: it holds the key in all its forms.
pub(crate) struct Masker {
    forms: Forms,
    /// The end of what was pushed, as long as it may be the beginning of a form.
    held: Zeroizing<Vec<u8>>,
}

/// Shortest form that is also found where it is broken into lines, as `base64` and `openssl` do after 76
/// and 64 characters, and `fold` wherever it is told to.
const SHORTEST_BROKEN: usize = 24;
/// What has to be there of it before a line may end in it, so that no common end of a line is held back.
const BEFORE_BREAK: usize = 8;
/// Most that stands between two of its pieces: ends of lines, and the blanks of the next one.
const MOST_BETWEEN: usize = 64;

/// How a form fits the head of a text.
enum Fit {
    /// That many bytes are the form.
    Whole(usize),
    /// All of the text is the beginning of it.
    Part,
    None,
}

/// What to do at the head of a text.
enum Step {
    /// That many bytes are a form.
    Mask(usize),
    /// No form begins here.
    Pass,
    /// What comes next decides.
    Wait,
}

/// Whether more bytes may come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum More {
    MayCome,
    Ended,
}

impl Forms {
    /// Those of a key and of what is made of it together with the registry user; of its lines too.
    pub(super) fn new(key: &ApiKey, username: &str) -> Self {
        Self::of(Self::all(key, username))
    }

    fn all(key: &ApiKey, username: &str) -> Vec<Zeroizing<Vec<u8>>> {
        let lines = forms::lines(key.expose()).flat_map(|line| forms::of(line, ""));
        forms::of(key.expose(), username).into_iter().chain(lines).collect()
    }

    /// The same for the key as a whole alone. Its lines may be those of many a text, as those of a
    /// service account's JSON are, which is no harm where they are masked.
    pub(super) fn of_whole(key: &ApiKey) -> Self {
        Self::of(forms::of(key.expose(), ""))
    }

    fn of(all: Vec<Zeroizing<Vec<u8>>>) -> Self {
        let mut by_first: Vec<Vec<Zeroizing<Vec<u8>>>> = Vec::new();
        by_first.resize_with(256, Vec::new);
        for form in all {
            let first = form.first().copied().map(usize::from);
            if let Some(list) = first.and_then(|first| by_first.get_mut(first)) {
                list.push(form);
            }
        }
        for list in &mut by_first {
            list.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
            list.dedup();
        }
        Self { by_first }
    }

    /// A whole text, masked.
    pub(super) fn masked(&self, text: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        self.filter(text.as_bytes(), &mut out, More::Ended);
        out
    }

    /// Whether one of them is in a text.
    pub(super) fn are_in(&self, text: &str) -> bool {
        self.masked(text) != text.as_bytes()
    }

    /// Filters from left to right, taking the longest form at each place; gives back the end that
    /// cannot be told yet.
    fn filter<'a>(&self, text: &'a [u8], out: &mut Vec<u8>, more: More) -> &'a [u8] {
        let mut rest = text;
        loop {
            let plain = rest.iter().position(|byte| !self.beginning_with(*byte).is_empty());
            let (before, candidate) = rest.split_at(plain.unwrap_or(rest.len()));
            out.extend_from_slice(before);
            let Some((first, behind)) = candidate.split_first() else { return candidate };
            rest = match self.look(*first, candidate, more) {
                Step::Mask(length) => {
                    out.extend_from_slice(MASK);
                    candidate.get(length..).unwrap_or_default()
                }
                Step::Pass => {
                    out.push(*first);
                    behind
                }
                Step::Wait => return candidate,
            };
        }
    }

    fn look(&self, first: u8, text: &[u8], more: More) -> Step {
        for form in self.beginning_with(first) {
            match fit(form, text) {
                Fit::Whole(length) => return Step::Mask(length),
                Fit::Part if more == More::MayCome => return Step::Wait,
                Fit::Part | Fit::None => {}
            }
        }
        Step::Pass
    }

    fn beginning_with(&self, byte: u8) -> &[Zeroizing<Vec<u8>>] {
        self.by_first.get(usize::from(byte)).map(Vec::as_slice).unwrap_or_default()
    }
}

/// How a form fits the head of a text, in one piece or broken into lines.
fn fit(form: &[u8], text: &[u8]) -> Fit {
    let same = form.iter().zip(text).take_while(|(one, other)| one == other).count();
    if same == form.len() {
        return Fit::Whole(same);
    }
    if same == text.len() {
        return Fit::Part;
    }
    if form.len() < SHORTEST_BROKEN || same < BEFORE_BREAK {
        return Fit::None;
    }
    let mut rest = text.get(same..).unwrap_or_default();
    for wanted in form.iter().skip(same) {
        let (between, behind) = rest.split_at(line_end(rest));
        match behind.first() {
            None if between.len() < MOST_BETWEEN => return Fit::Part,
            Some(found) if found == wanted && between.len() < MOST_BETWEEN => {
                rest = behind.get(1..).unwrap_or_default();
            }
            None | Some(_) => return Fit::None,
        }
    }
    Fit::Whole(text.len() - rest.len())
}

/// How long what parts two lines is at the head of a text; 0 where no line ends there.
fn line_end(text: &[u8]) -> usize {
    let ends = text.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let blanks = text.iter().skip(ends).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    if ends == 0 { 0 } else { ends + blanks }
}

impl Masker {
    /// Makes a filter for a key and what is made of it together with the registry user.
    pub(crate) fn new(key: &ApiKey, username: &str) -> Self {
        Self::of_all(&[key], username)
    }

    /// The same for several.
    pub(crate) fn of_all(keys: &[&ApiKey], username: &str) -> Self {
        let all = keys.iter().flat_map(|key| Forms::all(key, username)).collect();
        Self { forms: Forms::of(all), held: Zeroizing::new(Vec::new()) }
    }

    /// Takes bytes in and appends to `out` all that can be told by now. Held back is only an end
    /// that may be the beginning of a form.
    pub(crate) fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        if self.held.is_empty() {
            let rest = self.forms.filter(chunk, out, More::MayCome);
            self.held = kept(&[rest]);
        } else {
            let text = kept(&[&self.held, chunk]);
            let rest = self.forms.filter(&text, out, More::MayCome);
            self.held = kept(&[rest]);
        }
    }

    /// Appends what was held back, now that nothing follows.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        self.forms.filter(&held, out, More::Ended);
    }
}

/// Copies pieces into one allocation of the right size, which is wiped when dropped.
fn kept(pieces: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let mut bytes =
        Zeroizing::new(Vec::with_capacity(pieces.iter().map(|piece| piece.len()).sum()));
    for piece in pieces {
        bytes.extend_from_slice(piece);
    }
    bytes
}

#[cfg(test)]
mod tests;
