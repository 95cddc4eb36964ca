//! What the words say where the rest of the line cannot be parsed: for the form of the refusal.

use std::ffi::OsString;

use super::output::{PushOutput, WITH_LINES};

/// The form that was asked for, where the command has it.
#[must_use]
pub(crate) fn asked_output(arguments: &[OsString]) -> PushOutput {
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let mut wanted = PushOutput::Text;
    let has_lines = || command_name(arguments).is_none_or(|name| WITH_LINES.contains(&name));
    for (index, word) in words.iter().enumerate() {
        if word == "--" {
            break;
        }
        let value = match word.strip_prefix("--output") {
            Some("") => words.get(index + 1).map(AsRef::as_ref),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        if let Some(value) = value {
            wanted = match value {
                "json" => PushOutput::Json,
                "json-lines" if has_lines() => PushOutput::JsonLines,
                _ => PushOutput::Text,
            };
        }
    }
    wanted
}

/// The command that the words name.
#[must_use]
pub(crate) fn command_name(arguments: &[OsString]) -> Option<&'static str> {
    let word = arguments.iter().skip(1).find(|word| !word.to_string_lossy().starts_with('-'))?;
    match word.to_str()? {
        "push" | "p" => Some("push"),
        "check" => Some("check"),
        "diff" => Some("diff"),
        "audit" => Some("audit"),
        "rotate" => Some("rotate"),
        "rollback" => Some("rollback"),
        "doctor" => Some("doctor"),
        "exec" => Some("exec"),
        "login" => Some("login"),
        "logout" => Some("logout"),
        "resolve" => Some("resolve"),
        "regions" => Some("regions"),
        "config" => Some("config"),
        "completions" => Some("completions"),
        _ => None,
    }
}
