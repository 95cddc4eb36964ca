//! Names of things outside as a verdict may show them.

use std::path::Path;

use crate::error::{printable, printable_in_full};

/// A path, in backticks.
pub(super) fn path(path: &Path) -> String {
    format!("`{}`", printable_in_full(&path.to_string_lossy()))
}

/// The host of an address, with its port.
pub(super) fn host(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    printable(rest.split_once('/').map_or(rest, |(host, _)| host))
}
