//! Where the members of an object stand in a JSON text. Goes over text that a parser has taken
//! already, so that it has to find ends, not faults.

use std::ops::Range;

/// An object in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    /// Behind its `{`.
    pub(super) start: usize,
    /// At its `}`.
    pub(super) end: usize,
    pub(super) members: Vec<Member>,
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// Its name, without escapes.
    pub(super) name: String,
    /// From its name on, with the quotes.
    pub(super) start: usize,
    pub(super) value: Range<usize>,
}

impl Member {
    /// Whether it has this name: Go takes those of a document in any case of letters.
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

impl Object {
    /// The object whose `{` stands there; `None` where none does.
    pub(super) fn at(text: &str, open: usize) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.get(open) != Some(&b'{') {
            return None;
        }
        let start = open + 1;
        let mut members = Vec::new();
        let mut at = blanks(bytes, start);
        while bytes.get(at) != Some(&b'}') {
            let name = at..string(bytes, at)?;
            let colon = blanks(bytes, name.end);
            let begin = blanks(bytes, colon + 1);
            let end = value(bytes, begin)?;
            let text = serde_json::from_str(text.get(name.clone())?).ok()?;
            members.push(Member { name: text, start: name.start, value: begin..end });
            at = blanks(bytes, end);
            if bytes.get(at) == Some(&b',') {
                at = blanks(bytes, at + 1);
            }
        }
        Some(Self { start, end: at, members })
    }
}

/// The first byte from there on that is no blank.
pub(super) fn blanks(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    at + rest.iter().take_while(|byte| is_blank(byte)).count()
}

/// Behind the string that begins there.
fn string(bytes: &[u8], at: usize) -> Option<usize> {
    let mut next = at + 1;
    loop {
        match bytes.get(next)? {
            b'"' => return Some(next + 1),
            b'\\' => next += 2,
            _ => next += 1,
        }
    }
}

/// Behind the value that begins there.
fn value(bytes: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut next = at;
    loop {
        match bytes.get(next)? {
            b'"' => next = string(bytes, next)?,
            b'{' | b'[' => {
                depth += 1;
                next += 1;
                continue;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                next += 1;
            }
            b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' => {
                next += 1;
                continue;
            }
            _ => {
                let rest = bytes.get(next..)?;
                let is_part =
                    |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                let length = rest.iter().take_while(|byte| is_part(byte)).count();
                next += length.max(1);
            }
        }
        if depth == 0 {
            return Some(next);
        }
    }
}
