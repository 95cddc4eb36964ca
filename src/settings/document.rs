//! A text in TOML to settings with their places. Refuses what is no setting, what has another type,
//! and what looks like a key, of which it repeats nothing.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{self, Index, Written};
use super::table::{Kind, Setting};
use crate::error::Error;
use crate::secret_shape::{looks_like_key, secret_within};
use crate::spelling;
use crate::verdict::{Name, Weight};

/// The table in which profiles are.
const PROFILE: &str = "profile";

/// Most profiles of a file.
const MOST_PROFILES: usize = 1000;
/// Most values of a file, those of lists and profiles among them.
const MOST_VALUES: usize = 4000;

/// One value, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) value: String,
    pub(super) line: usize,
    pub(super) column: usize,
}

/// A setting that stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) setting: Setting,
    /// The profile in which it stands.
    pub(super) profile: Option<String>,
    /// Its value, or those of a list.
    pub(super) items: Vec<Item>,
    /// Where its name stands.
    pub(super) line: usize,
}

/// What stands in a file.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) top: Vec<Entry>,
    pub(super) profiles: BTreeMap<String, Vec<Entry>>,
}

/// Reads a text.
///
/// # Errors
/// It is no TOML, or has something in it that is no setting; with the place.
pub(super) fn read(name: &str, text: &str) -> Result<Document, Error> {
    let index = Index::of(text);
    let source = Written { name, text, index: &index };
    let parsed = DeTable::parse(source.text).map_err(|error| {
        let range = error.span().unwrap_or_default();
        fault::syntax(source, error.message(), &range)
    })?;
    let mut document = Document::default();
    for (key, value) in parsed.get_ref() {
        if key.get_ref() == PROFILE {
            document.profiles = profiles(value, source)?;
        } else {
            document.top.push(entry(key, value, None, source)?);
        }
    }
    one_of_each(&document.top, source)?;
    bounded(&document, source)?;
    Ok(document)
}

type Key<'a> = Spanned<std::borrow::Cow<'a, str>>;
type Value<'a> = Spanned<DeValue<'a>>;

fn profiles(value: &Value<'_>, source: Written<'_>) -> Result<BTreeMap<String, Vec<Entry>>, Error> {
    let Some(table) = value.get_ref().as_table() else {
        return Err(fault::no_profiles(source, &value.span()));
    };
    if table.len() > MOST_PROFILES {
        let line = source.index.line_at(value.span().start);
        return Err(fault::too_many(source, line, MOST_PROFILES, "profiles"));
    }
    let mut profiles = BTreeMap::new();
    for (name, value) in table {
        let Some(settings) = value.get_ref().as_table() else {
            return Err(fault::no_profiles(source, &name.span()));
        };
        let profile = name.get_ref().as_ref();
        if !is_profile_name(profile) {
            return Err(fault::profile_name(source, &name.span()));
        }
        let entries: Result<Vec<Entry>, Error> =
            settings.iter().map(|(key, value)| entry(key, value, Some(profile), source)).collect();
        let entries = entries?;
        one_of_each(&entries, source)?;
        profiles.insert(profile.to_owned(), entries);
    }
    Ok(profiles)
}

/// Letters, digits, `-`, `_` and `.`: a shell completes it as it is.
pub(super) fn is_profile_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.len() <= 64 && name.chars().all(fits) && !looks_like_key(name)
}

/// Each value is looked at again for what is read from it.
fn bounded(document: &Document, source: Written<'_>) -> Result<(), Error> {
    let entries = || document.top.iter().chain(document.profiles.values().flatten());
    if entries().map(|entry| entry.items.len()).sum::<usize>() <= MOST_VALUES {
        return Ok(());
    }
    let longest = entries().max_by_key(|entry| entry.items.len());
    let line = longest.map_or(1, |entry| entry.line);
    Err(fault::too_many(source, line, MOST_VALUES, "values"))
}

fn entry(
    key: &Key<'_>,
    value: &Value<'_>,
    profile: Option<&str>,
    source: Written<'_>,
) -> Result<Entry, Error> {
    refuse_keys(value, &key.span(), source)?;
    let name = key.get_ref().as_ref();
    let Some(setting) = Setting::named(name) else {
        return Err(unknown(name, &key.span(), source));
    };
    let range = value.span();
    let items = match (setting.row().kind, value.get_ref()) {
        (Kind::Number, DeValue::Integer(number)) => {
            let digits = number.as_str().replace('_', "");
            let read = u64::from_str_radix(&digits, number.radix());
            let number = read.map_err(|_| fault::wrong_type(source, setting, &range))?;
            vec![item(number.to_string(), &range, source)]
        }
        (Kind::Text | Kind::Path | Kind::Command, DeValue::String(text)) => {
            vec![text_item(setting, text, &range, source)?]
        }
        (Kind::OneOf(words), DeValue::String(text)) => {
            if !words.contains(&text.as_ref()) {
                return Err(fault::not_one_of(source, setting, words, &range));
            }
            vec![item(text.clone().into_owned(), &range, source)]
        }
        (kind @ (Kind::Sources | Kind::Names), DeValue::Array(list)) => {
            let items = list.iter().map(|one| match one.get_ref() {
                DeValue::String(text) => {
                    if kind == Kind::Names {
                        is_advice(text, &one.span(), source)?;
                    } else if !text.trim().is_empty() && !is_source(text) {
                        return Err(fault::no_source(source, setting, &one.span()));
                    }
                    text_item(setting, text, &one.span(), source)
                }
                _ => Err(fault::wrong_type(source, setting, &one.span())),
            });
            items.collect::<Result<_, _>>()?
        }
        _ => return Err(fault::wrong_type(source, setting, &range)),
    };
    let line = source.index.line_at(key.span().start);
    Ok(Entry { setting, profile: profile.map(str::to_owned), items, line })
}

fn text_item(
    setting: Setting,
    text: &str,
    range: &Range<usize>,
    source: Written<'_>,
) -> Result<Item, Error> {
    if text.trim().is_empty() {
        return Err(fault::empty(source, setting, range));
    }
    if text.contains('\0') {
        return Err(fault::wrong_type(source, setting, range));
    }
    Ok(item(text.to_owned(), range, source))
}

fn item(value: String, range: &Range<usize>, source: Written<'_>) -> Item {
    let (line, column) = source.index.position(range.start);
    Item { value, line, column }
}

/// Whether it says where a secret is: what does not may be one.
fn is_source(text: &str) -> bool {
    let source = text.split_once('=').and_then(|(_, source)| source.split_once(':'));
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match source {
        Some(("env", name)) => name.chars().all(is_of_name),
        Some(("file" | "command", _)) => true,
        Some(_) | None => false,
    }
}

/// Silence is for advice alone.
fn is_advice(text: &str, range: &Range<usize>, source: Written<'_>) -> Result<(), Error> {
    let advice = || Name::ALL.iter().filter(|name| name.weight() == Weight::Advice);
    if advice().any(|name| name.as_str() == text) {
        return Ok(());
    }
    let is_known = Name::ALL.iter().any(|name| name.as_str() == text);
    let meant = spelling::nearest(text, advice().map(|name| name.as_str()));
    Err(fault::no_advice(source, is_known, meant.first().copied(), range))
}

fn unknown(name: &str, range: &Range<usize>, source: Written<'_>) -> Error {
    let squeezed: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let squeezed = squeezed.to_ascii_lowercase();
    let is_secret = ["apikey", "key", "password", "token", "secret", "iamapikey", "dockerpassword"]
        .iter()
        .any(|word| squeezed == *word || squeezed == format!("icrcf{word}"));
    if is_secret {
        return fault::secret(source, range);
    }
    let spelled = name.replace('_', "-");
    let names = Setting::ALL.iter().map(|setting| setting.name()).chain([PROFILE]);
    let meant = spelling::nearest(&spelled, names);
    fault::unknown(source, name, meant.first().copied(), range)
}

/// Refuses a value that looks like a key, however deep it lies.
fn refuse_keys(value: &Value<'_>, key: &Range<usize>, source: Written<'_>) -> Result<(), Error> {
    match value.get_ref() {
        DeValue::String(text) if secret_within(text).is_some() => Err(fault::secret(source, key)),
        DeValue::Array(list) => list.iter().try_for_each(|one| refuse_keys(one, key, source)),
        DeValue::Table(table) => {
            table.iter().try_for_each(|(key, value)| refuse_keys(value, &key.span(), source))
        }
        _ => Ok(()),
    }
}

/// Settings of which one counts, beside each other in one place, leave open which is meant.
fn one_of_each(entries: &[Entry], source: Written<'_>) -> Result<(), Error> {
    for excluding in [Setting::OF_KEY, Setting::OF_REGISTRY] {
        let mut both: Vec<&Entry> =
            entries.iter().filter(|entry| excluding.contains(&entry.setting)).collect();
        both.sort_by_key(|entry| entry.line);
        if let [first, second, ..] = both.as_slice() {
            return Err(fault::two(source, excluding, first.line, second.line));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
