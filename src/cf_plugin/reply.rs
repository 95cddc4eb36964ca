//! What cf answers: a response of Go's `net/rpc`, then a truth value, read out of bytes that come as
//! they come. Believes nothing about their length. Pure.

use super::gob::STRING;

/// Where in a definition a struct is described.
const STRUCT: u64 = 3;
/// The field of a response that says why it was refused.
const ERROR: &str = "Error";

/// What cf has said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// Not all of it is there yet.
    Unfinished,
    /// The plugin is taken.
    Taken,
    /// It is not, and why.
    Refused(String),
    /// Nothing that cf says.
    Strange,
}

impl Reply {
    /// What is in these bytes.
    #[must_use]
    pub(super) fn of(bytes: &[u8]) -> Self {
        read(bytes).unwrap_or(Self::Strange)
    }
}

/// A definition of a struct: the names and types of its fields.
type Fields = Vec<(String, i64)>;

fn read(bytes: &[u8]) -> Option<Reply> {
    let mut rest = Reader(bytes);
    let mut defined: Vec<(i64, Fields)> = Vec::new();
    let mut has_response = false;
    loop {
        let Some(mut message) = rest.message()? else { return Some(Reply::Unfinished) };
        let number = message.signed()?;
        if let Some(number) = number.checked_neg().filter(|number| *number > 0) {
            defined.push((number, message.definition()?));
        } else if has_response {
            // What is no struct stands behind a zero.
            let is_true = message.unsigned()? == 0 && message.unsigned()? == 1;
            return Some(if is_true { Reply::Taken } else { Reply::Strange });
        } else {
            let (_, fields) = defined.iter().find(|(known, _)| *known == number)?;
            if let Some(error) = message.error_in(fields)? {
                return Some(Reply::Refused(error));
            }
            has_response = true;
        }
    }
}

/// Bytes that are still to be read. `None` everywhere means that they make no sense.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The next message, where all of it is there.
    #[expect(clippy::option_option, reason = "no sense, and not there yet, are two things")]
    fn message(&mut self) -> Option<Option<Self>> {
        let mut ahead = Self(self.0);
        let Some(&first) = ahead.0.first() else { return Some(None) };
        if first >= 128 && ahead.0.len() <= usize::from(first.wrapping_neg()) {
            return Some(None).filter(|_| first.wrapping_neg() <= 8);
        }
        let length = usize::try_from(ahead.unsigned()?).ok()?;
        let Some((message, rest)) = ahead.0.split_at_checked(length) else { return Some(None) };
        self.0 = rest;
        Some(Some(Self(message)))
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let [first] = *self.take(1)? else { return None };
        if first < 128 {
            return Some(first.into());
        }
        let count = first.wrapping_neg();
        let bytes = self.take(usize::from(count)).filter(|_| count <= 8)?;
        Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn signed(&mut self) -> Option<i64> {
        let bits = self.unsigned()?;
        let number = i64::try_from(bits >> 1).ok()?;
        Some(if bits & 1 == 1 { !number } else { number })
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(self.unsigned()?).ok()?;
        Some(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    /// Gives each field of a struct that is there, by its place, which counts from one.
    fn fields(&mut self, mut read: impl FnMut(u64, &mut Self) -> Option<()>) -> Option<()> {
        let mut place = 0_u64;
        loop {
            match self.unsigned()? {
                0 => return Some(()),
                distance => place = place.checked_add(distance)?,
            }
            read(place, self)?;
        }
    }

    /// A definition; one that is of no struct has no fields.
    fn definition(&mut self) -> Option<Fields> {
        let mut fields = Vec::new();
        if self.unsigned()? != STRUCT {
            return Some(fields);
        }
        self.fields(|place, inner| match place {
            1 => inner.named().map(|_| ()),
            2 => {
                for _ in 0..inner.unsigned()? {
                    fields.push(inner.named()?);
                }
                Some(())
            }
            _ => None,
        })?;
        Some(fields)
    }

    /// A name and a number of a type.
    fn named(&mut self) -> Option<(String, i64)> {
        let mut named = (String::new(), 0);
        self.fields(|place, inner| {
            match place {
                1 => named.0 = inner.text()?,
                2 => named.1 = inner.signed()?,
                _ => return None,
            }
            Some(())
        })?;
        Some(named)
    }

    /// The error in a response, where there is one.
    #[expect(clippy::option_option, reason = "no sense, and no error, are two things")]
    fn error_in(&mut self, fields: &Fields) -> Option<Option<String>> {
        let mut error = None;
        self.fields(|place, inner| {
            let index = usize::try_from(place).ok()?.checked_sub(1)?;
            let (name, of) = fields.get(index)?;
            if *of != STRING {
                return inner.unsigned().map(|_| ());
            }
            let text = inner.text()?;
            if name == ERROR {
                error = Some(text);
            }
            Some(())
        })?;
        Some(error)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::gob::{self, BOOL, Struct, UINT};
    use super::{Reply, STRING};

    const RESPONSE: i64 = 65;

    /// As Go answers, whose numbers of types are its own.
    fn reply(error: &str, body: &[u8]) -> Vec<u8> {
        let fields = [("ServiceMethod", STRING), ("Seq", UINT), ("Error", STRING)];
        let value = Struct::default().text("CliRpcCmd.SetPluginMetadata").int(0).text(error);
        let defined = gob::structure(RESPONSE, "Response", &fields);
        [defined, gob::value(RESPONSE, value), body.to_vec()].concat()
    }

    #[test]
    fn a_true_value_is_yes() {
        assert_eq!(BOOL << 1, 2);
        assert_eq!(Reply::of(&reply("", &[3, 2, 0, 1])), Reply::Taken);
    }

    #[test]
    fn an_error_is_no_whatever_follows() {
        let refused = Reply::Refused("rpc: can't find service".into());
        assert_eq!(Reply::of(&reply("rpc: can't find service", &[])), refused);
        assert_eq!(Reply::of(&reply("rpc: can't find service", b"\xffrest")), refused);
    }

    #[test]
    fn a_part_is_unfinished() {
        let whole = reply("", &[3, 2, 0, 1]);
        for end in 0..whole.len() {
            assert_eq!(Reply::of(&whole[..end]), Reply::Unfinished, "{end}");
        }
    }

    #[test]
    fn anything_else_is_strange() {
        let http = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nBad Request";
        for bytes in [http.as_bytes(), b"\x03\x02\x00\x01", b"\x80", b"\xf0ssssssssssssssss"] {
            assert_eq!(Reply::of(bytes), Reply::Strange, "{bytes:?}");
        }
        for body in [&[3, 2, 0, 2][..], &[2, 2, 1], &[1, 2]] {
            assert_eq!(Reply::of(&reply("", body)), Reply::Strange, "{body:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_take_long_or_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Reply::of(&bytes);
            let _ = Reply::of(&reply("", &bytes));
        }
    }
}
