//! What is offered behind `exec --`: the programs that are installed, then paths for what they take.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter};

use super::is_harmless;
use crate::environment::Environment;

/// The variable by which a script says which word is typed; without it, it is the last one.
const INDEX: &str = "_CLAP_COMPLETE_INDEX";

/// Completes a program, or one of its arguments.
pub(super) struct Programs {
    folders: Option<OsString>,
    paths: PathCompleter,
}

impl Programs {
    /// For the words of a script that asks.
    pub(super) fn of(arguments: &[OsString], environment: &Environment) -> Self {
        let is_first = names_program(arguments, environment.text(INDEX));
        let folders = environment.raw("PATH").filter(|_| is_first).map(OsStr::to_owned);
        Self { folders, paths: PathCompleter::any().current_dir(&environment.folder) }
    }
}

/// Whether the program itself is what is typed: the word behind the `--` of the line, which stands behind
/// the one that parts the script's own words from it.
fn names_program(arguments: &[OsString], index: Option<&str>) -> bool {
    let line: Vec<&OsString> = arguments.iter().skip_while(|word| *word != "--").skip(1).collect();
    let last = line.len().saturating_sub(1);
    let typed = index.and_then(|text| text.parse().ok()).unwrap_or(last);
    line.iter().position(|word| *word == "--").is_some_and(|escape| escape + 1 == typed)
}

impl ValueCompleter for Programs {
    fn complete(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        let beginning = current.to_str().filter(|text| !text.contains(std::path::is_separator));
        match (&self.folders, beginning) {
            (Some(folders), Some(beginning)) => {
                let names: BTreeSet<String> = std::env::split_paths(folders)
                    .flat_map(|folder| programs(&folder, beginning))
                    .collect();
                names.into_iter().map(CompletionCandidate::new).collect()
            }
            _ => self.paths.complete(current),
        }
    }
}

/// The programs of a folder whose names begin so.
fn programs(folder: &Path, beginning: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let all = entries.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let is_meant = name.starts_with(beginning) && name.chars().all(is_harmless);
        (is_meant && is_program(&entry.path())).then_some(name)
    });
    all.collect()
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    path.metadata().is_ok_and(|known| known.is_file() && known.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    let ends_as_one = |end: &OsStr| end.eq_ignore_ascii_case("exe");
    path.extension().is_some_and(ends_as_one) && path.is_file()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::names_program;

    #[test]
    fn the_program_is_the_word_behind_the_dashes_of_the_line() {
        let names = |line: &str, index: Option<&str>| {
            let words = ["icr-cf", "--"].into_iter().chain(line.split(' '));
            names_program(&words.map(OsString::from).collect::<Vec<_>>(), index)
        };
        assert!(names("icr-cf exec -- doc", None));
        assert!(names("icr-cf exec --token -- ", None));
        assert!(names("icr-cf exec -- doc ps", Some("3")));
        assert!(!names("icr-cf exec -- doc ps", Some("4")));
        assert!(!names("icr-cf exec -- doc ps", None));
        assert!(!names("icr-cf exec doc", None));
        assert!(!names("icr-cf exec --", None));
    }
}
