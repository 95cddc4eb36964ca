//! A signal: what it asks for, its number and its name.

/// A signal that is forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// `kill`.
    Terminate,
    /// The terminal is gone.
    #[cfg_attr(all(windows, not(test)), expect(dead_code, reason = "no event of a console"))]
    HangUp,
    /// Ctrl-\.
    #[cfg_attr(windows, expect(dead_code, reason = "no event of a console"))]
    Quit,
    /// Ctrl-Z.
    Stop,
    /// Back from a stop.
    #[cfg_attr(all(windows, not(test)), expect(dead_code, reason = "no event of a console"))]
    Continue,
    /// Another one that ends who does nothing about it.
    #[cfg(unix)]
    Other(Other),
}

/// A signal that nobody sends to a push in the course of things.
#[cfg(unix)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Other {
    pub(super) number: i32,
    pub(super) name: &'static str,
}

impl Signal {
    /// Whether it asks for an end.
    pub(crate) const fn ends(self) -> bool {
        match self {
            Self::Interrupt | Self::Terminate | Self::HangUp | Self::Quit => true,
            Self::Stop | Self::Continue => false,
            #[cfg(unix)]
            Self::Other(_) => true,
        }
    }

    /// Whether a terminal sends it, to all of its foreground group, for a key or its own end.
    pub(crate) const fn is_of_terminal(self) -> bool {
        match self {
            Self::Interrupt | Self::Quit | Self::Stop | Self::HangUp => true,
            Self::Terminate | Self::Continue => false,
            #[cfg(unix)]
            Self::Other(_) => false,
        }
    }

    /// Whether a key of the terminal sends it: to all of the foreground, where its end is told to who leads
    /// the session alone.
    #[cfg(unix)]
    pub(crate) const fn is_of_key(self) -> bool {
        self.is_of_terminal() && !matches!(self, Self::HangUp)
    }

    /// Its number, the same on Linux, macOS and the BSDs for those that have a name here and end;
    /// what a shell adds to 128.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::HangUp => 1,
            Self::Interrupt => 2,
            Self::Quit => 3,
            Self::Terminate => 15,
            Self::Stop => 20,
            Self::Continue => 18,
            #[cfg(unix)]
            Self::Other(other) => u8::try_from(other.number).unwrap_or_default(),
        }
    }

    /// Its name, as `kill -l` has it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "INT",
            Self::Terminate => "TERM",
            Self::HangUp => "HUP",
            Self::Quit => "QUIT",
            Self::Stop => "TSTP",
            Self::Continue => "CONT",
            #[cfg(unix)]
            Self::Other(other) => other.name,
        }
    }
}
