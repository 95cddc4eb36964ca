//! The integration tests: one binary, which runs the built `icr-cf` as its users do. `support`
//! holds the harness; every other file is a subject.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::format_collect,
    clippy::disallowed_methods,
    reason = "a test that panics has failed, which is what it is for; nobody waits for its texts, and it is itself the outside"
)]

mod annotations;
mod architecture;
mod checks;
mod cli;
mod client_logins;
#[cfg(unix)]
mod completions;
#[cfg(unix)]
mod configuration;
mod day_two;
mod diagnosis;
mod docker;
mod docs;
mod doctor;
mod exec;
mod explain;
mod help;
mod json;
mod json_lines;
mod leaks;
mod logins;
mod man;
mod manifests;
mod packaging;
#[cfg(unix)]
mod pipelines;
#[cfg(unix)]
mod plugin;
mod push;
mod quota;
#[cfg(target_os = "linux")]
mod real_registry;
mod relay;
mod show_logs;
mod shown;
#[cfg(unix)]
mod signals;
mod support;
#[cfg(windows)]
mod windows;
mod wire;
