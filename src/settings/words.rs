//! Splits a command that is one text into its words, by the rules of the system, and puts it together
//! again; runs nothing.

/// Whose rules: on Windows a backslash is a part of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rules {
    Shell,
    Windows,
}

/// The rules of this system.
const HERE: Rules = if cfg!(windows) { Rules::Windows } else { Rules::Shell };

/// The words of a command; `None` where a quote does not end.
pub(crate) fn words(command: &str) -> Option<Vec<String>> {
    split(command, HERE)
}

/// The words as one text, which splits into them.
pub(super) fn joined(words: &[String]) -> String {
    join(words, HERE)
}

fn join(words: &[String], rules: Rules) -> String {
    let quoted = |word: &String| {
        let is_plain = !word.is_empty() && !word.contains(char::is_whitespace);
        if is_plain { word.clone() } else { format!("\"{word}\"") }
    };
    match rules {
        Rules::Shell => shell_words::join(words),
        Rules::Windows => words.iter().map(quoted).collect::<Vec<_>>().join(" "),
    }
}

fn split(command: &str, rules: Rules) -> Option<Vec<String>> {
    match rules {
        Rules::Shell => shell_words::split(command).ok(),
        Rules::Windows => split_at_blanks(command),
    }
}

/// Splits at blanks that do not stand between double quotes.
fn split_at_blanks(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut is_quoted = false;
    for character in command.chars() {
        match character {
            '"' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            blank if blank.is_whitespace() && !is_quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    (!is_quoted).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::{Rules, join, split};

    #[test]
    fn a_shell_takes_a_backslash_for_an_escape_and_windows_for_a_part_of_a_path() {
        let command = r"C:\Users\O'Brien\cf.exe one";
        let words = split(command, Rules::Windows).unwrap();
        assert_eq!(words, [r"C:\Users\O'Brien\cf.exe", "one"]);
        assert_eq!(split(command, Rules::Shell), None, "its quote does not end");
        assert_eq!(split(r"my\ cf one", Rules::Shell).unwrap(), ["my cf", "one"]);
    }

    #[test]
    fn double_quotes_keep_blanks_together_on_windows() {
        let words = |command| split(command, Rules::Windows);
        let quoted = words(r#" "C:\Program Files\cf.exe"  "" a" "b "#).unwrap();
        assert_eq!(quoted, [r"C:\Program Files\cf.exe", "", "a b"]);
        assert_eq!(words(r#"cf "one"#), None);
        assert_eq!(words("  "), Some(Vec::new()));
    }

    #[test]
    fn words_that_are_put_together_split_into_the_same() {
        for rules in [Rules::Shell, Rules::Windows] {
            let words = ["/a b/cf", "", "C:\\d", "it's"].map(str::to_owned);
            assert_eq!(split(&join(&words, rules), rules).unwrap(), words);
        }
    }
}
