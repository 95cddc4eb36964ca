//! The key from a file: plain text, or the JSON that `ibmcloud iam api-key-create --file` writes.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::Path;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::key_problem::KeyProblem;
use super::{KeyOrigin, KeyQuery, MOST_BYTES, Notice, Raw};
#[cfg(unix)]
use crate::error::file_word;
use crate::error::{JsonSpot, printable_in_full};
use crate::process::Signals;
use crate::reading::{self, Unread};
use crate::request::KeyFile;

/// A byte order mark in UTF-8.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";
/// Most names of fields that a message shows.
const MOST_NAMES: usize = 12;

/// Text out of JSON, wiped when dropped.
#[derive(Default)]
pub(super) struct Secret(pub(super) Zeroizing<String>);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

/// The file of the IBM Cloud CLI and console (`apikey`); files of the older API say `apiKey`.
#[derive(Deserialize)]
struct KeyDocument {
    apikey: Option<Secret>,
    #[serde(rename = "apiKey")]
    api_key: Option<Secret>,
}

/// Reads a key file; a FIFO or `/dev/fd/63` will do as well.
pub(super) async fn read(
    file: &KeyFile,
    wanted: &KeyQuery<'_>,
    signals: &mut Signals,
) -> Result<Raw, KeyProblem> {
    let path = wanted.environment.absolute(&file.path);
    let name = printable_in_full(&file.path.to_string_lossy());
    let source = format!("`{name}` (`{}`)", file.said_by);
    let read =
        reading::in_thread(wanted.source_limit, signals, move || reading::file(&path, MOST_BYTES));
    let (bytes, metadata) = read.await.map_err(|unread| match unread {
        Unread::Stopped(_) | Unread::TooBig(_) => {
            KeyProblem::unread(&source, unread, wanted.source_limit)
        }
        Unread::Folder => KeyProblem::KeyFileIsFolder(name.clone()),
        Unread::Io(error) => KeyProblem::KeyFile {
            path: name.clone(),
            said_by: file.said_by.clone(),
            folder: wanted.environment.folder.clone(),
            error,
        },
    })?;
    let notices =
        readable_by_others(&file.path, &metadata).into_iter().map(Notice::warning).collect();
    let bytes = wanted.kind.within(bytes, &source)?;
    Ok(Raw { bytes, origin: KeyOrigin::File, source, notices })
}

/// Says how to mend the mode of a file that others may read.
#[cfg(unix)]
fn readable_by_others(path: &Path, metadata: &Metadata) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let is_fleeting = path.starts_with("/dev") || path.starts_with("/proc");
    let mode = metadata.permissions().mode() & 0o777;
    if !metadata.is_file() || is_fleeting || mode & 0o044 == 0 {
        return None;
    }
    let who = if mode & 0o004 == 0 { "its group" } else { "every user" };
    let text = path.to_string_lossy();
    if crate::secret_shape::may_be_secret(&text) {
        return Some(format!("the key file can be read by {who} (mode {mode:03o})"));
    }
    Some(format!(
        "key file `{text}` can be read by {who} (mode {mode:03o}); `chmod 600 {}` mends that",
        file_word(&text)
    ))
}

#[cfg(not(unix))]
fn readable_by_others(_path: &Path, _metadata: &Metadata) -> Option<String> {
    None
}

/// Takes the key out of JSON; text that is none is the key itself.
pub(super) fn key_in(
    bytes: Zeroizing<Vec<u8>>,
    source: &str,
) -> Result<Zeroizing<Vec<u8>>, KeyProblem> {
    let text = bytes.strip_prefix(BOM).unwrap_or(&bytes);
    if !text.trim_ascii_start().starts_with(b"{") {
        return Ok(bytes);
    }
    let place = || source.to_owned();
    match serde_json::from_slice::<KeyDocument>(text) {
        Ok(document) => match document.apikey.or(document.api_key) {
            Some(key) => Ok(Zeroizing::new(key.0.as_bytes().to_vec())),
            None => {
                Err(KeyProblem::JsonWithoutKey { place: place(), fields: names_of_fields(text) })
            }
        },
        // The text of these errors may repeat a value; line and column may not.
        Err(error) if error.is_data() => Err(KeyProblem::JsonOtherKey(place())),
        Err(error) => Err(KeyProblem::JsonBroken { place: place(), spot: JsonSpot::from(&error) }),
    }
}

/// The names of the fields, without any that might be a secret itself.
#[expect(clippy::zero_sized_map_values, reason = "a set is not read from a JSON object")]
fn names_of_fields(text: &[u8]) -> Vec<String> {
    serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(text)
        .unwrap_or_default()
        .into_keys()
        .map(|name| printable_in_full(&name))
        .take(MOST_NAMES)
        .collect()
}
