//! Holds what is published beside the program: the script that installs it, the workflows, the SBOM, the
//! files of packages. Nothing here makes a release; `.ci/run archives` does.

mod archive;
mod bill;
#[cfg(unix)]
mod install;
mod published;
mod workflows;

/// The version, as Cargo.toml has it.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a release has a program for.
const TARGETS: [&str; 5] = [
    "aarch64-apple-darwin",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-gnu",
    "x86_64-unknown-linux-musl",
];

fn text(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
