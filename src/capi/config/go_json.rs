//! Fills a value from a JSON object as cf's parser (Go's `encoding/json`) fills one of its own:
//! names in any case, the last where one is repeated, `null` for leave as it is. A reader that is
//! stricter would call a file broken that cf takes.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

/// Something that is filled name by name.
pub(super) trait Filled {
    /// Takes the value of a name, which is given in lower case; a value that is not wanted has to
    /// be taken as well.
    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error>;
}

/// Fills it from a text.
pub(super) fn fill(filled: &mut impl Filled, text: &str) -> Result<(), serde_json::Error> {
    let mut source = serde_json::Deserializer::from_str(text);
    Filling(filled).deserialize(&mut source)?;
    source.end()
}

/// Sets a plain value.
pub(super) fn set<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    place: &mut T,
    map: &mut A,
) -> Result<(), A::Error> {
    if let Some(value) = map.next_value()? {
        *place = value;
    }
    Ok(())
}

/// Fills an object in the object.
pub(super) fn nest<'de, A: MapAccess<'de>>(
    place: &mut impl Filled,
    map: &mut A,
) -> Result<(), A::Error> {
    map.next_value_seed(Filling(place))
}

struct Filling<'a, T>(&'a mut T);

impl<'de, T: Filled> DeserializeSeed<'de> for Filling<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de, T: Filled> Visitor<'de> for Filling<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            self.0.take(&name.to_ascii_lowercase(), &mut map)?;
        }
        Ok(())
    }
}
