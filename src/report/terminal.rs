//! How much room the terminals behind our streams have.

/// What a terminal has that does not say.
const USUAL: Size = Size { rows: 24, columns: 80 };

/// One of our streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum To {
    Stdout,
    Stderr,
}

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

/// The size of a terminal, which may change at any time.
#[cfg(unix)]
pub(crate) fn size(to: To) -> Size {
    use rustix::termios::tcgetwinsize;
    let asked = match to {
        To::Stdout => tcgetwinsize(std::io::stdout()),
        To::Stderr => tcgetwinsize(std::io::stderr()),
    };
    let Ok(size) = asked else { return USUAL };
    let known = |number: u16, usual| if number == 0 { usual } else { usize::from(number) };
    Size { rows: known(size.ws_row, USUAL.rows), columns: known(size.ws_col, USUAL.columns) }
}

#[cfg(not(unix))]
pub(crate) fn size(_to: To) -> Size {
    USUAL
}
