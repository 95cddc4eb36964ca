//! The last source: a person at a terminal, who types without seeing it.

use std::io;

use zeroize::Zeroizing;

use super::problem::{Problem, Silent};
use super::reading::{self, Unread};
use super::{Origin, Raw, Wanted};
use crate::environment::Environment;
use crate::process::{Signal, Signals, Stopped};
use crate::request::Username;

/// The source, in words.
pub(super) const NAME: &str = "a hidden prompt";

/// Whether somebody is there to be asked. What is asked goes to the terminal itself, yet a job
/// with its output in a file is not the place for questions.
pub(super) fn is_possible(environment: &Environment) -> bool {
    environment.streams.stdin && environment.streams.stderr
}

/// Asks. The terminal shows what is typed again afterwards, however this ends.
pub(super) async fn ask(wanted: &Wanted<'_>, signals: &mut Signals) -> Result<Raw, Problem> {
    let what = match wanted.username {
        Username::ApiKey | Username::TrustedProfile(_) => "API key",
        Username::Bearer => "access token",
        Username::Refresh => "refresh token",
    };
    let question = format!("IBM Cloud {what} for {} (not shown): ", wanted.host);
    let terminal = Terminal::ask(&question).map_err(Problem::NoPrompt)?;
    let answer = reading::in_thread(wanted.prompt_limit, signals, || {
        Ok(Zeroizing::new(rpassword::read_password()?))
    });
    let answer = answer.await;
    terminal.restore(answer.is_ok());
    match answer {
        Ok(text) => Ok(Raw {
            bytes: Zeroizing::new(text.as_bytes().to_vec()),
            origin: Origin::Prompt,
            source: "the prompt".to_owned(),
            notices: Vec::new(),
        }),
        Err(unread) => {
            Err(match unread {
                // Ctrl-C: rpassword reads it as a character, then raises the signal, which may
                // come to us before or after its answer.
                Unread::Io(error) if error.kind() == io::ErrorKind::Interrupted => {
                    Problem::Interrupted(Signal::Interrupt)
                }
                Unread::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    Problem::NothingTyped
                }
                Unread::Io(error) => Problem::NoPrompt(error),
                Unread::Stopped(Stopped::TimedOut) => Problem::TimedOut {
                    place: "the prompt".to_owned(),
                    limit: wanted.prompt_limit,
                    who: Silent::Person,
                },
                Unread::Stopped(Stopped::By(_)) | Unread::TooBig(_) | Unread::Folder => {
                    Problem::unread("the prompt", unread, wanted.prompt_limit)
                }
            })
        }
    }
}

/// The terminal, with its settings from before the question.
#[cfg(unix)]
struct Terminal {
    file: std::fs::File,
    settings: rustix::termios::Termios,
}

#[cfg(unix)]
impl Terminal {
    /// Has the terminal show nothing that is typed, and only then asks: whoever types at once, or
    /// is a program, is not faster.
    fn ask(question: &str) -> io::Result<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        use std::io::Write as _;
        let mut file = std::fs::OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        let settings = tcgetattr(&file)?;
        let mut hidden = settings.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&file, OptionalActions::Now, &hidden)?;
        let terminal = Self { file: file.try_clone()?, settings };
        file.write_all(question.as_bytes())?;
        Ok(terminal)
    }

    /// Puts the settings back; the thread that reads may never do so. Ends the line where that
    /// thread has not.
    fn restore(mut self, answered: bool) {
        use std::io::Write as _;
        let now = rustix::termios::OptionalActions::Now;
        // There is nothing to be done about a terminal that is gone.
        let _ = rustix::termios::tcsetattr(&self.file, now, &self.settings);
        if !answered {
            let _ = self.file.write_all(b"\n");
        }
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

    fn restore(self, _answered: bool) {}
}
