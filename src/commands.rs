//! The commands, a file for each; nobody uses them but `lib.rs`.

pub(crate) mod audit;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod credential_helper;
mod day_two;
pub(crate) mod doctor;
pub(crate) mod exec;
pub(crate) mod help;
pub(crate) mod login;
pub(crate) mod plugin;
pub(crate) mod push;
pub(crate) mod regions;
pub(crate) mod resolve;
pub(crate) mod rollback;
pub(crate) mod rotate;
