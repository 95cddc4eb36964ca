//! Go's gob encoding (pkg.go.dev/encoding/gob), as much of it as a plugin of cf says: definitions of
//! structs and lists, and values of them. A reader finds fields by their names, so that the names of
//! types are anybody's, and what a definition lacks stays zero there. Pure.

/// The number of the type `bool`.
#[cfg(test)]
pub(super) const BOOL: i64 = 1;
/// The number of the type `int`.
pub(super) const INT: i64 = 2;
/// The number of the type `uint`.
pub(super) const UINT: i64 = 3;
/// The number of the type `string`.
pub(super) const STRING: i64 = 6;

/// Where in a definition a list is described, and where a struct.
const LIST: u64 = 2;
const STRUCT: u64 = 3;

/// Below 128 it is its own byte; else the bytes that it takes, their number before them, negated.
fn unsigned(out: &mut Vec<u8>, number: u64) {
    if let Ok(small @ 0..128) = u8::try_from(number) {
        return out.push(small);
    }
    let bytes = number.to_be_bytes();
    let used = bytes.into_iter().skip_while(|byte| *byte == 0);
    let count = u8::try_from(used.clone().count()).unwrap_or_default();
    out.push(count.wrapping_neg());
    out.extend(used);
}

/// The sign goes into the lowest bit.
fn signed(out: &mut Vec<u8>, number: i64) {
    let bits = number.unsigned_abs();
    unsigned(out, if number < 0 { (bits - 1) << 1 | 1 } else { bits << 1 });
}

fn text(out: &mut Vec<u8>, text: &str) {
    length(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

fn length(out: &mut Vec<u8>, length: usize) {
    unsigned(out, u64::try_from(length).unwrap_or(u64::MAX));
}

/// A struct, whose fields are written in their order. One that is zero is left out, but for a struct.
#[derive(Debug, Default)]
pub(super) struct Struct {
    bytes: Vec<u8>,
    left_out: u64,
}

impl Struct {
    pub(super) fn text(mut self, value: &str) -> Self {
        if value.is_empty() {
            return self.zero();
        }
        self.begin();
        text(&mut self.bytes, value);
        self
    }

    pub(super) fn int(mut self, value: i64) -> Self {
        if value == 0 {
            return self.zero();
        }
        self.begin();
        signed(&mut self.bytes, value);
        self
    }

    pub(super) fn inner(mut self, value: Self) -> Self {
        self.begin();
        self.bytes.extend(value.ended());
        self
    }

    pub(super) fn list(mut self, values: impl ExactSizeIterator<Item = Self>) -> Self {
        if values.len() == 0 {
            return self.zero();
        }
        self.begin();
        length(&mut self.bytes, values.len());
        values.for_each(|value| self.bytes.extend(value.ended()));
        self
    }

    fn zero(mut self) -> Self {
        self.left_out += 1;
        self
    }

    /// Each field begins with its distance from the one before.
    fn begin(&mut self) {
        let distance = std::mem::take(&mut self.left_out) + 1;
        unsigned(&mut self.bytes, distance);
    }

    fn ended(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }
}

/// The message that defines a struct: its fields by name and type.
pub(super) fn structure(number: i64, name: &str, fields: &[(&str, i64)]) -> Vec<u8> {
    let fields = fields.iter().map(|(name, of)| Struct::default().text(name).int(*of));
    let inner = Struct::default().inner(common(number, name)).list(fields);
    defined(number, STRUCT, inner)
}

/// The message that defines a list of a type.
pub(super) fn list(number: i64, name: &str, of: i64) -> Vec<u8> {
    defined(number, LIST, Struct::default().inner(common(number, name)).int(of))
}

fn common(number: i64, name: &str) -> Struct {
    Struct::default().text(name).int(number)
}

/// A definition is one of several kinds, each a field of one struct.
fn defined(number: i64, kind: u64, inner: Struct) -> Vec<u8> {
    let outer = Struct { left_out: kind - 1, ..Struct::default() };
    message(-number, outer.inner(inner))
}

/// The message that has a value of a struct.
pub(super) fn value(number: i64, value: Struct) -> Vec<u8> {
    message(number, value)
}

fn message(number: i64, content: Struct) -> Vec<u8> {
    let mut body = Vec::new();
    signed(&mut body, number);
    body.extend(content.ended());
    let mut out = Vec::with_capacity(body.len() + 4);
    length(&mut out, body.len());
    out.extend(body);
    out
}

#[cfg(test)]
mod tests {
    use super::{signed, unsigned};

    fn of(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out);
        out
    }

    #[test]
    fn numbers_are_those_of_the_documentation() {
        assert_eq!(of(|out| unsigned(out, 0)), [0]);
        assert_eq!(of(|out| unsigned(out, 7)), [7]);
        assert_eq!(of(|out| unsigned(out, 127)), [127]);
        assert_eq!(of(|out| unsigned(out, 128)), [0xff, 0x80]);
        assert_eq!(of(|out| unsigned(out, 256)), [0xfe, 1, 0]);
        assert_eq!(
            of(|out| unsigned(out, u64::MAX)),
            [0xf8, 255, 255, 255, 255, 255, 255, 255, 255]
        );
        assert_eq!(of(|out| signed(out, 0)), [0]);
        assert_eq!(of(|out| signed(out, -65)), [0xff, 0x81]);
        assert_eq!(of(|out| signed(out, 65)), [0xff, 0x82]);
        assert_eq!(of(|out| signed(out, -129)), [0xfe, 1, 1]);
        assert_eq!(of(|out| signed(out, i64::MIN)), of(|out| unsigned(out, u64::MAX)));
    }
}
