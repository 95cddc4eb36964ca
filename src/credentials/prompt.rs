//! The last source: a person at a terminal, who types without seeing it.

#[cfg(unix)]
use std::fs::File;
use std::io;

#[cfg(unix)]
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

#[cfg(unix)]
use super::MOST_BYTES;
use super::key_problem::{KeyProblem, Silent};
use super::{KeyOrigin, KeyQuery, Raw};
use crate::environment::Environment;
use crate::process::{Signals, Stopped};
use crate::reading::{self, Unread};
use crate::request::Username;

/// The source, in words.
pub(super) const NAME: &str = "a hidden prompt";

/// Whether somebody is there to be asked. What is asked goes to the terminal itself, yet a job
/// with its output in a file is not the place for questions.
pub(super) fn is_possible(environment: &Environment) -> bool {
    environment.streams.stdin && environment.streams.stderr
}

/// Asks. The terminal shows what is typed again afterwards, however this ends.
pub(super) async fn ask(wanted: &KeyQuery<'_>, signals: &mut Signals) -> Result<Raw, KeyProblem> {
    let what = match wanted.username {
        Username::ApiKey | Username::TrustedProfile(_) => "API key",
        Username::Bearer => "access token",
        Username::Refresh => "refresh token",
    };
    let question = format!("IBM Cloud {what} for {} (not shown): ", wanted.host);
    let terminal = Terminal::ask(&question).map_err(KeyProblem::NoPrompt)?;
    let reader = terminal.reader().map_err(KeyProblem::NoPrompt)?;
    // A shell that had the terminal meanwhile has made it show what is typed.
    let resumed = || drop(terminal.hide());
    let (limit, work) = (wanted.prompt_limit, move || line_of(reader));
    let answer = reading::in_thread_with_stops(limit, signals, work, resumed).await;
    terminal.restore();
    match answer {
        Ok(bytes) if bytes.is_empty() => Err(KeyProblem::NothingTyped),
        Ok(bytes) => Ok(Raw {
            bytes,
            origin: KeyOrigin::Prompt,
            source: "the prompt".to_owned(),
            notices: Vec::new(),
        }),
        Err(Unread::Io(error)) => Err(KeyProblem::NoPrompt(error)),
        Err(Unread::Stopped(Stopped::TimedOut)) => {
            Err(KeyProblem::TimedOut { place: "the prompt".to_owned(), limit, who: Silent::Person })
        }
        Err(unread @ (Unread::Stopped(Stopped::By(_)) | Unread::TooBig(_) | Unread::Folder)) => {
            Err(KeyProblem::unread("the prompt", unread, limit))
        }
    }
}

/// Reads what is typed up to Enter, which the terminal keeps until then, for corrections.
#[cfg(unix)]
fn line_of(mut terminal: File) -> Result<Zeroizing<Vec<u8>>, Unread> {
    use std::io::Read as _;
    // Never full, hence never moved, which would leave a copy behind.
    let mut line = Zeroizing::new(Vec::with_capacity(MOST_BYTES));
    let mut chunk = Zeroizing::new([0; 4096]);
    loop {
        let length = match terminal.read(chunk.as_mut_slice()) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let typed = chunk.get(..length).unwrap_or_default();
        if line.len() + length > MOST_BYTES {
            return Err(Unread::TooBig(MOST_BYTES));
        }
        line.extend_from_slice(typed);
        if typed.is_empty() || typed.ends_with(b"\n") {
            let end = line.trim_ascii_end().len();
            line.truncate(end);
            return Ok(line);
        }
    }
}

#[cfg(not(unix))]
fn line_of(_console: ()) -> Result<Zeroizing<Vec<u8>>, Unread> {
    let text = Zeroizing::new(rpassword::read_password()?);
    Ok(Zeroizing::new(text.as_bytes().to_vec()))
}

/// The terminal, with its settings from before the question.
#[cfg(unix)]
struct Terminal {
    file: File,
    settings: Termios,
}

#[cfg(unix)]
impl Terminal {
    /// Has the terminal show nothing that is typed, and only then asks: whoever types at once, or
    /// is a program, is not faster. All else stays, so that Ctrl-C remains a signal.
    fn ask(question: &str) -> io::Result<Self> {
        use std::io::Write as _;
        let file = std::fs::OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        let settings = tcgetattr(&file)?;
        let mut terminal = Self { file, settings };
        terminal.hide()?;
        if let Err(error) = terminal.file.write_all(question.as_bytes()) {
            terminal.restore();
            return Err(error);
        }
        Ok(terminal)
    }

    fn hide(&self) -> io::Result<()> {
        let mut hidden = self.settings.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        self.set(&hidden)
    }

    fn reader(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Puts the settings back and ends the line, which Enter did not do on the screen.
    fn restore(mut self) {
        use std::io::Write as _;
        // There is nothing to be done about a terminal that is gone.
        let _ = self.set(&self.settings);
        let _ = self.file.write_all(b"\n");
    }

    fn set(&self, settings: &Termios) -> io::Result<()> {
        Ok(tcsetattr(&self.file, OptionalActions::Now, settings)?)
    }
}

/// The console; its settings go with the process.
#[cfg(not(unix))]
struct Terminal;

#[cfg(not(unix))]
impl Terminal {
    fn ask(question: &str) -> io::Result<Self> {
        use std::io::Write as _;
        std::io::stderr().write_all(question.as_bytes())?;
        Ok(Self)
    }

    fn hide(&self) -> io::Result<()> {
        Ok(())
    }

    fn reader(&self) -> io::Result<()> {
        Ok(())
    }

    fn restore(self) {}
}
