//! How a user calls us: `icr-cf push`, or `cf icr-push` where cf runs us as its plugin and we are on
//! nobody's PATH. Lines of ours are written in the first way; what is shown is said in the user's.

use std::borrow::Cow;

/// The name of the program, with which lines of ours begin.
const PROGRAM: &str = "icr-cf";
/// What stands before the commands of the plugin, which share their names with all of cf's.
pub const OF_PLUGIN: &str = "icr-";

/// The words by which we are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spoken {
    /// By our own name.
    #[default]
    Program,
    /// As a plugin of cf.
    Plugin(Plugin),
}

/// A plugin of cf.
#[derive(Debug, Clone, Copy)]
pub struct Plugin {
    /// How cf is called.
    pub cf: &'static str,
    /// Whether it has this command of ours.
    pub has: fn(&str) -> bool,
}

impl PartialEq for Plugin {
    fn eq(&self, other: &Self) -> bool {
        self.cf == other.cf
    }
}

impl Eq for Plugin {}

impl Spoken {
    /// A text with the lines of ours in it as the user has to type them.
    #[must_use]
    pub fn said(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Plugin(plugin) if text.contains(PROGRAM) => Cow::Owned(plugin.said(text)),
            Self::Program | Self::Plugin(_) => Cow::Borrowed(text),
        }
    }
}

impl Plugin {
    fn said(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once(PROGRAM) {
            out.push_str(before);
            rest = behind;
            // In quotes of a shell it is a name or a path that somebody gave.
            let begins = !out.ends_with(|c: char| c.is_alphanumeric() || "-_./\\'\"".contains(c));
            match command(behind).filter(|(name, _)| begins && (self.has)(name)) {
                Some((name, behind)) => {
                    out.extend([self.cf, blank(rest), OF_PLUGIN, name]);
                    rest = behind;
                }
                None => out.push_str(PROGRAM),
            }
        }
        out.push_str(rest);
        out
    }
}

/// What stands before a word: a help is wrapped.
fn blank(text: &str) -> &str {
    let word = text.trim_start_matches([' ', '\n']);
    text.strip_suffix(word).unwrap_or_default()
}

/// The command behind the name of the program, and what follows.
fn command(behind: &str) -> Option<(&str, &str)> {
    let word = behind.strip_prefix(blank(behind)).filter(|word| word.len() < behind.len())?;
    let end = word.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(word.len());
    word.split_at_checked(end)
}

#[cfg(test)]
mod tests {
    use super::{Plugin, Spoken};

    const PLUGIN: Spoken =
        Spoken::Plugin(Plugin { cf: "cf8", has: |name| ["push", "audit"].contains(&name) });

    #[test]
    fn a_line_of_ours_is_said_as_the_user_has_to_type_it() {
        for (written, said) in [
            ("write `icr-cf push web`", "write `cf8 icr-push web`"),
            ("icr-cf audit", "cf8 icr-audit"),
            (
                "`cf target -o x && icr-cf push`, `icr-cf push`",
                "`cf target -o x && cf8 icr-push`, `cf8 icr-push`",
            ),
            ("Examples:\n    icr-cf push a\n", "Examples:\n    cf8 icr-push a\n"),
            ("one that `icr-cf\n      audit` shows", "one that `cf8\n      icr-audit` shows"),
            ("\"hints\": [\"`icr-cf push -o 'a b'`\"]", "\"hints\": [\"`cf8 icr-push -o 'a b'`\"]"),
        ] {
            assert_eq!(PLUGIN.said(written), said);
            assert_eq!(Spoken::Program.said(written), written);
        }
    }

    #[test]
    fn what_is_no_line_of_ours_stays() {
        for text in [
            "icr-cf asks the registry",
            "icr-cf: pushed",
            "`icr-cf completions bash`",
            "docker-credential-icr-cf push",
            "/opt/icr-cf push",
            "icr-cf pushes",
            "icr-cf push-all",
            "a bug in icr-cf",
            "cf push 'icr-cf push' -o \"icr-cf push/x\"",
            "icr-cf ",
            "",
        ] {
            assert_eq!(PLUGIN.said(text), text);
        }
    }
}
