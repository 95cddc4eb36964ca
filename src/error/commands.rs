//! Commands that a message shows to be pasted: a name in them is a name to the program, whatever it
//! begins with.

use std::borrow::Cow;

use super::shell_word;

/// A command about something that has a name: `before NAME behind`. A name that looks like a flag
/// stands last, behind `--`, which the commands of icr-cf take for the end of their flags.
#[must_use]
pub(crate) fn command_on(before: &str, name: &str, behind: &str) -> String {
    let gap = if behind.is_empty() { "" } else { " " };
    let word = shell_word(name);
    if name.starts_with('-') {
        format!("{before}{gap}{behind} -- {word}")
    } else {
        format!("{before} {word}{gap}{behind}")
    }
}

/// A flag with its value, which is attached where it looks like a flag itself.
#[must_use]
pub(crate) fn flag_with(flag: &str, value: &str) -> String {
    let glue = if value.starts_with('-') { '=' } else { ' ' };
    format!("{flag}{glue}{}", shell_word(value))
}

/// The path of a file as a word for any program.
#[must_use]
pub(crate) fn file_word(path: &str) -> Cow<'_, str> {
    if path.starts_with('-') {
        Cow::Owned(shell_word(&format!("./{path}")).into_owned())
    } else {
        shell_word(path)
    }
}

/// What makes a file a program that can be run.
#[must_use]
pub(crate) fn made_runnable(path: &str) -> String {
    if cfg!(windows) {
        "give it an ending that Windows runs: `.exe`, `.cmd` or `.bat`".to_owned()
    } else {
        format!("`chmod +x {}`", file_word(path))
    }
}

#[cfg(test)]
mod tests {
    use super::{command_on, file_word, flag_with};

    #[test]
    fn a_name_is_a_name_to_the_program() {
        for (name, behind, line) in [
            ("web", "", "icr-cf rotate web"),
            ("web", "--all", "icr-cf rotate web --all"),
            ("my app", "--all", "icr-cf rotate 'my app' --all"),
            ("-web", "", "icr-cf rotate -- -web"),
            ("-web", "--all", "icr-cf rotate --all -- -web"),
            ("-my app", "--all", "icr-cf rotate --all -- '-my app'"),
        ] {
            assert_eq!(command_on("icr-cf rotate", name, behind), line);
        }
    }

    #[test]
    fn a_value_is_a_value_to_the_program() {
        assert_eq!(flag_with("--space", "dev"), "--space dev");
        assert_eq!(flag_with("--space", "-dev"), "--space=-dev");
        assert_eq!(flag_with("-o", "-my org"), "-o='-my org'");
    }

    #[test]
    fn a_file_is_a_file_to_the_program() {
        assert_eq!(file_word("-key"), "./-key");
        assert_eq!(file_word("-my key"), "'./-my key'");
        assert_eq!(file_word("/etc/key"), "/etc/key");
    }
}
