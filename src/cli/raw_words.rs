//! What the words say where the rest of the line cannot be parsed: for the form of the refusal.

use std::ffi::OsString;

/// Whether JSON was asked for.
#[must_use]
pub(crate) fn wants_json(arguments: &[OsString]) -> bool {
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let mut wanted = false;
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
            wanted = value == "json";
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
        "completions" => Some("completions"),
        _ => None,
    }
}
