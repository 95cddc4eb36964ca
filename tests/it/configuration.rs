//! Files of settings: who wins, where they are looked for, what is wrong in one and where, what a file
//! of a folder may say only with the user's leave. Here: what the others share.

use serde_json::Value;

use crate::support::{Invocation, Run, Workplace};

mod allowance;
mod faults;
mod finding;
mod hostile;
mod paths;
mod precedence;
mod shown;

/// The user's own file.
const USER: &str = "home/.config/icr-cf/config.toml";
/// The file of the working folder.
const FOLDER: &str = "work/icr-cf.toml";

/// A folder with files.
fn place(files: &[(&str, &str)]) -> Workplace {
    let place = Workplace::new();
    for (name, text) in files {
        place.write(name, text);
    }
    place
}

/// A run in a folder with files.
fn run(files: &[(&str, &str)], words: &[&str]) -> Run {
    Invocation::new_in(place(files), words).run()
}

/// A setting in the document of `icr-cf config`.
#[track_caller]
fn setting(run: &Run, name: &str) -> Value {
    let document = run.json();
    let all = document["settings"].as_array().unwrap();
    all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name}: {run}")).clone()
}
