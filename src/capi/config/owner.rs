//! Whose configuration a cf will use: that of its home, unless something stands before it that may
//! say otherwise.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::cf_program::CfProgram;
use crate::environment::Environment;

/// Says why it cannot be told which configuration the program will use.
pub(crate) fn unknowable(cf: &CfProgram, environment: &Environment) -> Option<&'static str> {
    let Some(path) = &cf.path else {
        return Some("cf was not found");
    };
    let stem = |path: &Path| {
        path.file_stem().map(|stem| stem.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
    };
    let path = environment.absolute(path);
    let Ok(real) = path.canonicalize() else {
        return Some("the file of cf cannot be looked at");
    };
    if [&path, &real].into_iter().any(|path| matches!(stem(path).as_str(), "ibmcloud" | "bx")) {
        return Some("the IBM Cloud CLI keeps a configuration of its own for its cf");
    }
    if cf.words.len() > 1 {
        return Some("another program runs cf, and may give it a configuration of its own");
    }
    // Version managers and package systems run all their programs through one of their own.
    if !stem(&real).starts_with("cf") && stem(&real) != stem(&path) {
        return Some("cf is a link to another program, which may give it a configuration");
    }
    match is_script(&real) {
        Ok(false) => None,
        Ok(true) => Some("cf is a script, which may give the real one another configuration"),
        Err(_) => Some("the file of cf cannot be read, and may be a script"),
    }
}

fn is_script(path: &Path) -> io::Result<bool> {
    let end = path.extension().map(OsStr::to_ascii_lowercase).unwrap_or_default();
    if cfg!(windows) && ["bat", "cmd", "ps1"].iter().any(|script| end == *script) {
        return Ok(true);
    }
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut start = [0; 2];
    #[expect(clippy::disallowed_methods, reason = "a plain file that is about to be run")]
    match File::open(path)?.read_exact(&mut start) {
        Ok(()) => Ok(&start == b"#!"),
        // A file this short is no program; a shell would take it for a script.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(true),
        Err(error) => Err(error),
    }
}
