//! Writes the manual pages into a folder: `cargo run --example man -- FOLDER`.

use std::io::{Error, ErrorKind};

#[expect(clippy::disallowed_methods, reason = "it is a program of its own")]
fn main() -> Result<(), Error> {
    let Some(folder) = std::env::args_os().nth(1) else {
        return Err(Error::new(ErrorKind::InvalidInput, "which folder?"));
    };
    std::fs::create_dir_all(&folder)?;
    clap_mangen::generate_to(icr_cf::command_line(), folder)
}
