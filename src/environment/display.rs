//! What may be printed where: characters, colours, links; by the variables that are customary for
//! it. Prints nothing.

use super::Environment;

/// Which characters may be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charset {
    /// All of them.
    #[default]
    Utf8,
    /// ASCII alone.
    Ascii,
}

/// Whether colours are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colors {
    /// They are.
    Taken,
    /// They are not.
    Refused,
}

/// Terminals that make links of OSC 8, by what they put into `TERM_PROGRAM` and `TERM`.
const LINKING_PROGRAMS: [&str; 7] =
    ["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio", "WarpTerminal"];
const LINKING_TERMS: [&str; 7] =
    ["xterm-kitty", "alacritty", "foot", "foot-extra", "wezterm", "xterm-ghostty", "contour"];
/// The first release of VTE (GNOME's terminal and others) whose links can be trusted: 0.50.1.
const LINKING_VTE: u32 = 5_001;

impl Environment {
    /// The characters of the locale: of `LC_ALL`, else `LC_CTYPE`, else `LANG`. Where none says
    /// one, all: jobs and containers seldom have a locale, and show UTF-8.
    #[must_use]
    pub fn charset(&self) -> Charset {
        let said = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| self.text(name));
        let Some(locale) = said else { return Charset::Utf8 };
        let plain = locale.split('@').next().unwrap_or_default();
        let is_utf8 = match plain.split_once('.') {
            Some((_, codeset)) => {
                ["UTF-8", "UTF8"].iter().any(|name| codeset.eq_ignore_ascii_case(name))
            }
            None => plain != "C" && plain != "POSIX",
        };
        if is_utf8 { Charset::Utf8 } else { Charset::Ascii }
    }

    /// What variables say of colours, wherever one prints: `NO_COLOR` first, then `FORCE_COLOR`
    /// and `CLICOLOR_FORCE`, then `CLICOLOR`.
    #[must_use]
    pub fn color_wish(&self) -> Option<Colors> {
        let is_off = |value: &str| matches!(value, "0" | "false");
        if self.text("NO_COLOR").is_some() {
            return Some(Colors::Refused);
        }
        match (self.text("FORCE_COLOR"), self.text("CLICOLOR_FORCE"), self.text("CLICOLOR")) {
            (Some(value), _, _) if is_off(value) => Some(Colors::Refused),
            (Some(_), _, _) => Some(Colors::Taken),
            (None, Some(value), _) if !is_off(value) => Some(Colors::Taken),
            (None, _, Some("0")) => Some(Colors::Refused),
            (None, _, _) => None,
        }
    }

    /// Whether a stream gets colours, where it is a terminal or not.
    #[must_use]
    pub fn colors(&self, is_terminal: bool) -> Colors {
        let can = match self.text("TERM") {
            Some(term) => term != "dumb",
            None => cfg!(windows),
        };
        let usual = if is_terminal && can { Colors::Taken } else { Colors::Refused };
        self.color_wish().unwrap_or(usual)
    }

    /// Whether a stream that is a terminal makes links of OSC 8. Only terminals that are known to.
    #[must_use]
    pub fn makes_links(&self, is_terminal: bool) -> bool {
        let term = self.text("TERM").unwrap_or_default();
        // What stands between may take the link apart.
        let is_between = self.text("TMUX").is_some() || self.text("STY").is_some();
        if !is_terminal || term == "dumb" || is_between || self.is_ci() {
            return false;
        }
        let number = |name| self.text(name).and_then(|text| text.parse::<u32>().ok());
        let program = self.text("TERM_PROGRAM").unwrap_or_default();
        LINKING_PROGRAMS.contains(&program)
            || LINKING_TERMS.contains(&term)
            || number("VTE_VERSION").is_some_and(|version| version >= LINKING_VTE)
            || number("KONSOLE_VERSION").is_some_and(|version| version >= 201_200)
            || ["WT_SESSION", "KITTY_WINDOW_ID", "DOMTERM"]
                .into_iter()
                .any(|name| self.text(name).is_some())
    }

    /// Whether this is a job of GitHub Actions.
    #[must_use]
    pub fn is_github(&self) -> bool {
        self.is_job_of("GITHUB_ACTIONS")
    }

    /// Whether this is a job of GitLab CI.
    #[must_use]
    pub fn is_gitlab(&self) -> bool {
        self.is_job_of("GITLAB_CI")
    }

    fn is_job_of(&self, name: &str) -> bool {
        self.text(name).is_some_and(|value| value != "false")
    }
}

#[cfg(test)]
mod tests {
    use super::{Charset, Colors, Environment};
    use crate::environment::Streams;

    fn with(variables: &[(&str, &str)]) -> Environment {
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
        Environment::new(variables.collect(), "/".into(), Streams::default())
    }

    #[test]
    fn the_first_locale_that_is_said_decides_on_the_characters() {
        for (variables, expected) in [
            (&[][..], Charset::Utf8),
            (&[("LC_ALL", "C")], Charset::Ascii),
            (&[("LANG", "POSIX")], Charset::Ascii),
            (&[("LANG", "C.UTF-8")], Charset::Utf8),
            (&[("LC_CTYPE", "C.utf8")], Charset::Utf8),
            (&[("LANG", "de_DE.ISO-8859-15@euro")], Charset::Ascii),
            (&[("LANG", "de_DE@euro")], Charset::Utf8),
            (&[("LC_ALL", ""), ("LC_CTYPE", "C"), ("LANG", "en_US.UTF-8")], Charset::Ascii),
            (&[("LC_ALL", "en_US.UTF-8"), ("LC_CTYPE", "C"), ("LANG", "C")], Charset::Utf8),
            (&[("LC_CTYPE", "en_US.UTF-8"), ("LANG", "C")], Charset::Utf8),
        ] {
            assert_eq!(with(variables).charset(), expected, "{variables:?}");
        }
    }

    #[test]
    fn variables_force_and_forbid_colours() {
        let term = ("TERM", "xterm");
        for (variables, on_a_pipe, on_a_terminal) in [
            (&[term][..], Colors::Refused, Colors::Taken),
            (&[("TERM", "dumb")], Colors::Refused, Colors::Refused),
            (&[term, ("NO_COLOR", "1")], Colors::Refused, Colors::Refused),
            (&[term, ("NO_COLOR", "")], Colors::Refused, Colors::Taken),
            (&[("FORCE_COLOR", "1")], Colors::Taken, Colors::Taken),
            (&[term, ("FORCE_COLOR", "0")], Colors::Refused, Colors::Refused),
            (
                &[term, ("FORCE_COLOR", "false"), ("CLICOLOR_FORCE", "1")],
                Colors::Refused,
                Colors::Refused,
            ),
            (&[("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0")], Colors::Taken, Colors::Taken),
            (&[term, ("CLICOLOR_FORCE", "0")], Colors::Refused, Colors::Taken),
            (&[term, ("CLICOLOR", "0")], Colors::Refused, Colors::Refused),
            (&[term, ("CLICOLOR", "1")], Colors::Refused, Colors::Taken),
            (
                &[("NO_COLOR", "1"), ("FORCE_COLOR", "3"), ("CLICOLOR_FORCE", "1")],
                Colors::Refused,
                Colors::Refused,
            ),
        ] {
            let environment = with(variables);
            assert_eq!(environment.colors(false), on_a_pipe, "{variables:?}");
            assert_eq!(environment.colors(true), on_a_terminal, "{variables:?}");
        }
    }

    #[test]
    fn only_a_terminal_that_is_known_to_make_links_gets_some() {
        for (variables, expected) in [
            (&[("TERM", "xterm-256color")][..], false),
            (&[("TERM", "xterm-kitty")], true),
            (&[("TERM", "xterm-256color"), ("VTE_VERSION", "7600")], true),
            (&[("TERM", "xterm-256color"), ("VTE_VERSION", "4800")], false),
            (&[("TERM_PROGRAM", "Apple_Terminal")], false),
            (&[("TERM_PROGRAM", "WezTerm")], true),
            (&[("TERM_PROGRAM", "WezTerm"), ("TMUX", "/tmp/tmux")], false),
            (&[("TERM_PROGRAM", "vscode"), ("CI", "true")], false),
            (&[("TERM", "dumb"), ("WT_SESSION", "x")], false),
        ] {
            assert_eq!(with(variables).makes_links(true), expected, "{variables:?}");
            assert!(!with(variables).makes_links(false), "{variables:?}");
        }
    }
}
