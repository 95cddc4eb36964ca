//! What a value of a file means from anywhere: its paths and programs are those of the file. Looks at
//! no file, and runs nothing.

use std::path::Path;

use super::table::{Kind, Setting};
use super::words::{joined, words};
use crate::environment::Environment;

/// A value as a flag would say it from anywhere.
pub(super) fn settled(
    setting: Setting,
    value: &str,
    folder: &Path,
    environment: &Environment,
) -> String {
    match setting.row().kind {
        Kind::Path => absolute(value, folder, environment),
        Kind::Command => command(value, folder, environment),
        Kind::Sources => match value.split_once('=') {
            Some((whom, source)) => match source.split_once(':') {
                Some(("file", path)) => {
                    format!("{whom}=file:{}", absolute(path, folder, environment))
                }
                Some(("command", text)) => {
                    format!("{whom}=command:{}", command(text, folder, environment))
                }
                _ => value.to_owned(),
            },
            None => value.to_owned(),
        },
        Kind::Text | Kind::OneOf(_) | Kind::Number | Kind::Names => value.to_owned(),
    }
}

/// `~/` is the home folder: no shell stands between.
fn absolute(path: &str, folder: &Path, environment: &Environment) -> String {
    let home = path.strip_prefix("~/").and_then(|rest| Some(environment.home()?.join(rest)));
    let path = home.unwrap_or_else(|| folder.join(path.strip_prefix("./").unwrap_or(path)));
    path.to_string_lossy().into_owned()
}

/// A program by a path is that one wherever we run; one without is looked up on PATH.
fn command(text: &str, folder: &Path, environment: &Environment) -> String {
    let text = text.trim();
    let Some(mut words) = words(text) else { return text.to_owned() };
    let Some(program) = words.first_mut() else { return text.to_owned() };
    let is_path = program.contains('/') || cfg!(windows) && program.contains('\\');
    if !is_path || Path::new(program).is_absolute() {
        return text.to_owned();
    }
    *program = absolute(program, folder, environment);
    joined(&words)
}
