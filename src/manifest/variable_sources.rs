//! Reads values for `((name))` from files and from `--var`. No message repeats a value.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Source;
use super::fault::{Excerpt, Fault, name};
use super::held::Held;
use super::node::NodeKind;
use super::parse::parse;
use super::reader::Reader;
use super::scalar::Resolved;
use super::variables::{Known, Variables};
use crate::error::{Error, ErrorKind, printable_in_full};

impl Variables {
    /// Reads files from left to right, then `NAME=VALUE` pairs; the last one wins, and a value
    /// replaces another of the same name as a whole (cf CLI, util/manifestparser/parser.go). The
    /// texts are warnings about values that are not to cf what they look like.
    ///
    /// # Errors
    /// A file is no YAML mapping, or a pair is none; no message repeats a value.
    pub(crate) fn read(files: &[Source], given: &[&str]) -> Result<(Self, Vec<String>), Error> {
        let mut known = BTreeMap::new();
        for file in files {
            read_file(file, &mut known).map_err(|fault| fault.within(file, Excerpt::Hidden))?;
        }
        let mut warnings = Vec::new();
        for pair in given {
            let (name, value) = read_pair(pair)?;
            let shown = printable_in_full(&name);
            warnings.extend(warning(&shown, pair, &value));
            known.insert(name, Known { origin: format!("`--var {shown}`"), value });
        }
        Ok((Self(Rc::new(known)), warnings))
    }
}

fn read_file(file: &Source, known: &mut BTreeMap<String, Known>) -> Result<(), Fault> {
    let document = parse(&file.text)?;
    let Some(root) = document.root() else { return Ok(()) };
    let mut reader = Reader::new(&document, None);
    match document.target(root).map(|node| &node.kind) {
        Some(NodeKind::Mapping { .. }) => {}
        _ if reader.slot(root)?.value.is_null() => return Ok(()),
        _ => {
            return Err(Fault::new(document.span(root), "a file of variables is a mapping")
                .hint("write one `name: value` a line"));
        }
    }
    for (key, value) in reader.entries(root)? {
        let value = reader.slot(value)?.value;
        let key = document.text(key).unwrap_or_default();
        let origin = format!("{}: {}", printable_in_full(&file.name), name(key));
        known.insert(key.to_owned(), Known { origin, value });
    }
    Ok(())
}

/// Reads `NAME=VALUE` as bosh-cli does in `director/template/var_kv.go`: the value is YAML, but one
/// that is a text is taken as it stands, without quotes around it.
fn read_pair(pair: &str) -> Result<(String, Rc<Held>), Error> {
    let usage = |message: &str| {
        Error::new(ErrorKind::Usage, message).hint("write `--var NAME=VALUE`".to_owned())
    };
    let Some((name, text)) = pair.split_once('=') else {
        return Err(usage("`--var` without `=`"));
    };
    if name.is_empty() {
        return Err(usage("`--var` without a name before `=`"));
    }
    let shown = printable_in_full(name);
    if text.is_empty() {
        return Err(usage(&format!("`--var {shown}=` has no value"))
            .hint(format!("for an empty text write `--var '{shown}=\"\"'`")));
    }
    let not_yaml = |_| {
        Error::new(ErrorKind::Usage, format!("the value of `--var {shown}` is not valid YAML"))
            .hint(format!("put it in quotes twice: `--var '{shown}=\"VALUE\"'`"))
    };
    let document = parse(text).map_err(not_yaml)?;
    let value = match document.root() {
        Some(root) => Reader::new(&document, None).slot(root).map_err(not_yaml)?.value,
        None => Rc::new(Held::Scalar(Resolved::Null)),
    };
    let value = match value.as_ref() {
        Held::Scalar(Resolved::Text(_)) => Held::text(without_quotes(text)),
        _ => value,
    };
    Ok((name.to_owned(), value))
}

fn without_quotes(text: &str) -> &str {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(text)
}

/// A warning where cf sees another text than was typed; only what looks like a number or one of
/// the words of YAML is repeated.
fn warning(name: &str, pair: &str, value: &Held) -> Option<String> {
    let (_, text) = pair.split_once('=')?;
    let what = match value {
        Held::Scalar(Resolved::Text(_)) | Held::Sequence(_) | Held::Mapping(_) => return None,
        Held::Scalar(Resolved::Null) => "nothing".to_owned(),
        Held::Scalar(Resolved::Bool(value)) => format!("`{value}`"),
        Held::Scalar(_) => format!("the number {}", value.as_field()?),
    };
    if value.as_field().as_deref() == Some(text) {
        return None;
    }
    let of_a_word = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-~".contains(&byte);
    if text.len() > 24 || !text.bytes().all(of_a_word) {
        return Some(format!(
            "the value of `--var {name}` is no text to cf; write `--var '{name}=\"VALUE\"'`"
        ));
    }
    Some(format!("`--var {name}={text}` is {what} to cf; write `--var '{name}=\"{text}\"'`"))
}
