//! What a key of the table may hold, and who refuses what else it holds. Values in, an answer out;
//! knows no places.
//!
//! A number with a fraction is a whole one to yaml.v2, which cuts it; a number is a text to it. The
//! Cloud Controller takes sizes as its `palm_civet` does, and whole numbers also as texts.

use super::held::{Held, Slot};
use super::scalar::Resolved;
use super::schema::{By, Key, SchemaLevel, Shape};
use crate::cf_flags::size_in_bytes;

/// What is wrong with a value.
pub(super) struct UnfitValue<'a> {
    pub(super) by: By,
    /// The part at fault, where it is not the whole.
    pub(super) at: Option<&'a Slot>,
    pub(super) message: String,
    pub(super) hint: String,
}

fn refused<'a>(by: By, message: String, hint: impl Into<String>) -> UnfitValue<'a> {
    UnfitValue { by, at: None, message, hint: hint.into() }
}

/// What is wrong with the value of a key, by the name it has there. An empty value never is: it is
/// none to whoever reads it.
pub(super) fn unfit<'a>(key: &Key, name: &str, slot: &'a Slot) -> Option<UnfitValue<'a>> {
    let value = CheckedValue { key, name, slot };
    if slot.value.is_null() {
        return None;
    }
    match key.shape {
        Shape::Any => None,
        Shape::Text => value.scalar(),
        Shape::Word => value.word(),
        Shape::Flag => value.flag(slot),
        Shape::Count => value.count(),
        Shape::Whole => value.whole(),
        Shape::Size => value.scalar().or_else(|| value.size(1 << 20)),
        Shape::Megabytes => value.megabytes(),
        Shape::Rate => value.scalar().or_else(|| value.rate()),
        Shape::OneOf(known) => value.scalar().or_else(|| value.one_of(known)),
        Shape::UrlPath => value.scalar().or_else(|| value.url_path()),
        Shape::Words => value.list(None),
        Shape::WordsOr(level) | Shape::List(level) => value.list(Some(level)),
        Shape::Variables => value.mapping("NAME: VALUE").or_else(|| value.variables()),
        Shape::Pairs => value.mapping("NAME: VALUE"),
        Shape::Flags => value.mapping("NAME: true").or_else(|| value.flags()),
        Shape::Map(level) => value.mapping(level.example),
    }
}

struct CheckedValue<'a, 'b> {
    key: &'b Key,
    name: &'b str,
    slot: &'a Slot,
}

impl<'a> CheckedValue<'a, '_> {
    fn is_other(&self, wanted: &str, hint: impl Into<String>) -> UnfitValue<'a> {
        let message = format!("`{}` is {}, not {wanted}", self.name, self.slot.value.kind());
        refused(self.key.by, message, hint)
    }

    /// An example of the key, as a line of the manifest.
    fn write(&self, example: &str) -> String {
        format!("write `{}: {example}`", self.name)
    }

    fn scalar(&self) -> Option<UnfitValue<'a>> {
        match self.slot.value.as_ref() {
            Held::Scalar(_) => None,
            Held::Sequence(_) | Held::Mapping(_) => {
                Some(self.is_other("a text", self.write("VALUE")))
            }
        }
    }

    fn word(&self) -> Option<UnfitValue<'a>> {
        match self.slot.value.as_ref() {
            Held::Scalar(Resolved::Text(_) | Resolved::Null) => None,
            Held::Scalar(_) => Some(self.is_other("a text", "put quotes around it")),
            Held::Sequence(_) | Held::Mapping(_) => {
                Some(self.is_other("a text", self.write("'...'")))
            }
        }
    }

    fn flag(&self, slot: &'a Slot) -> Option<UnfitValue<'a>> {
        match slot.value.as_ref() {
            Held::Scalar(Resolved::Bool(_) | Resolved::Null) => None,
            _ => Some(self.is_other("true or false", self.write("true"))),
        }
    }

    fn count(&self) -> Option<UnfitValue<'a>> {
        let below = |negative: bool| {
            let message = format!("`{}` is below 0", self.name);
            negative.then(|| refused(By::Controller, message, self.write("1")))
        };
        match self.slot.value.as_ref() {
            Held::Scalar(Resolved::Int(number)) if i64::try_from(*number).is_err() => {
                let message = format!("`{}` is too large", self.name);
                Some(refused(self.key.by, message, self.write("1")))
            }
            Held::Scalar(Resolved::Int(number)) => below(*number < 0),
            // What is left of it is whole.
            Held::Scalar(Resolved::Float(number)) => below(*number <= -1.0),
            Held::Scalar(Resolved::Text(text)) if text.parse::<u64>().is_ok() => Some(
                self.is_other("a whole number", format!("{}, without quotes", self.write(text))),
            ),
            _ => Some(self.is_other("a whole number", self.write("2"))),
        }
    }

    fn whole(&self) -> Option<UnfitValue<'a>> {
        let is_whole = match self.slot.value.as_ref() {
            Held::Scalar(Resolved::Int(number)) => *number >= 1,
            Held::Scalar(Resolved::Text(text)) => text.trim().parse::<u64>().is_ok_and(|n| n >= 1),
            _ => false,
        };
        if is_whole {
            return None;
        }
        let message = format!("`{}` is no whole number of 1 or more", self.name);
        Some(refused(By::Controller, message, self.write("10")))
    }

    /// The text that cf gets; none where it is blank, and so none at all.
    fn text(&self) -> Option<String> {
        let text = self.slot.value.as_field()?.trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    fn size(&self, least: u64) -> Option<UnfitValue<'a>> {
        let text = self.text()?;
        let example = if self.name.contains("disk") { "1G" } else { "512M" };
        // `MiB` is `MB`.
        let plain = text.replace(['i', 'I'], "");
        match size_in_bytes(plain.strip_prefix('-').unwrap_or(&plain)) {
            Some(bytes) if bytes >= least && !plain.starts_with('-') => None,
            Some(_) => {
                let message = format!("`{}` is less than 1M", self.name);
                Some(refused(By::Controller, message, self.write(example)))
            }
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                let message = format!("`{}` has no unit", self.name);
                Some(refused(By::Controller, message, self.write(&format!("{text}M"))))
            }
            None => {
                let message = format!("`{}` is no number with a unit", self.name);
                let hint = format!("{}; units: B, K, M, G, T", self.write(example));
                Some(refused(By::Controller, message, hint))
            }
        }
    }

    fn megabytes(&self) -> Option<UnfitValue<'a>> {
        match self.slot.value.as_ref() {
            Held::Scalar(Resolved::Int(number)) if *number > 0 => None,
            Held::Scalar(Resolved::Text(text)) if text.parse::<u64>().is_ok_and(|n| n > 0) => None,
            Held::Scalar(_) => self.size(1 << 20),
            Held::Sequence(_) | Held::Mapping(_) => self.scalar(),
        }
    }

    fn rate(&self) -> Option<UnfitValue<'a>> {
        let text = self.text()?;
        if text == "-1" || text == "0" || size_in_bytes(&text.replace(['i', 'I'], "")).is_some() {
            return None;
        }
        let message = format!("`{}` is neither a size a second nor -1", self.name);
        Some(refused(By::Controller, message, self.write("16K")))
    }

    fn one_of(&self, known: &'static [&'static str]) -> Option<UnfitValue<'a>> {
        let text = self.text()?;
        if known.contains(&text.as_str()) {
            return None;
        }
        let list: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
        let message = format!("`{}` is none of {}", self.name, list.join(", "));
        let near = known
            .iter()
            .max_by(|one, other| {
                let score = |word: &str| strsim::jaro_winkler(word, &text.to_ascii_lowercase());
                score(one).total_cmp(&score(other))
            })
            .unwrap_or(&"...");
        Some(refused(By::Controller, message, self.write(near)))
    }

    fn url_path(&self) -> Option<UnfitValue<'a>> {
        let text = self.text()?;
        if text.starts_with('/') {
            return None;
        }
        let message = format!("`{}` does not begin with `/`", self.name);
        Some(refused(By::Controller, message, self.write("/health")))
    }

    fn mapping(&self, example: &str) -> Option<UnfitValue<'a>> {
        match self.slot.value.as_ref() {
            Held::Mapping(_) => None,
            Held::Scalar(_) | Held::Sequence(_) => {
                Some(self.is_other("a mapping", self.write(&format!("{{{example}}}"))))
            }
        }
    }

    /// A list: of mappings of a level, of texts, or of both.
    fn list(&self, level: Option<&'static SchemaLevel>) -> Option<UnfitValue<'a>> {
        let example = level.map_or("NAME", |level| level.example);
        let Held::Sequence(items) = self.slot.value.as_ref() else {
            return Some(
                self.is_other("a list", format!("begin each entry with `- `: `- {example}`")),
            );
        };
        let takes_words = !matches!(self.key.shape, Shape::List(_));
        let (wanted, hint) = match (takes_words, level) {
            (true, _) => ("a text", "put quotes around it".to_owned()),
            (false, _) => ("a mapping", format!("write `- {example}`")),
        };
        let odd = items.iter().find(|item| match item.value.as_ref() {
            Held::Scalar(Resolved::Text(_)) => !takes_words,
            Held::Mapping(_) => level.is_none(),
            // To cf, an entry without anything.
            Held::Scalar(Resolved::Null) => takes_words || self.key.by == By::Controller,
            Held::Scalar(_) | Held::Sequence(_) => true,
        })?;
        let kind = odd.value.kind();
        let message = format!("an entry of `{}` is {kind}, not {wanted}", self.name);
        Some(UnfitValue { by: self.key.by, at: Some(odd), message, hint })
    }

    fn flags(&self) -> Option<UnfitValue<'a>> {
        let pairs = self.slot.value.pairs();
        let odd = pairs
            .iter()
            .find(|pair| !matches!(pair.slot.value.as_ref(), Held::Scalar(Resolved::Bool(_))))?;
        let message = format!("an entry of `{}` is not true or false", self.name);
        let hint = self.write("{ssh: true}");
        Some(UnfitValue { by: self.key.by, at: Some(&odd.slot), message, hint })
    }

    /// Names that the Cloud Controller keeps for itself
    /// (app/messages/validators.rb, `EnvironmentVariablesValidator`).
    fn variables(&self) -> Option<UnfitValue<'a>> {
        let is_kept = |name: &str| {
            let name = name.to_ascii_uppercase();
            name == "PORT" || name.starts_with("VCAP_") || name.starts_with("VMC_")
        };
        let pairs = self.slot.value.pairs();
        let kept =
            pairs.iter().find(|pair| pair.key.value.as_field().is_some_and(|k| is_kept(&k)))?;
        let name = super::fault::name(&kept.key.value.as_field().unwrap_or_default());
        let message = format!("`{name}` in `{}` is kept by Cloud Foundry for itself", self.name);
        let hint = if name.eq_ignore_ascii_case("PORT") {
            "take it out; Cloud Foundry sets `PORT`, to the port that the image exposes"
        } else {
            "give it another name"
        };
        Some(UnfitValue { by: self.key.by, at: Some(&kept.key), message, hint: hint.to_owned() })
    }
}
