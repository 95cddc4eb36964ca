//! The commands, a file for each; nobody uses them but `lib.rs`.

pub(crate) mod completions;
pub(crate) mod push;
pub(crate) mod regions;
pub(crate) mod resolve;
