//! `icr-cf resolve`: references in, full references out, a line each. What cannot be resolved is
//! said with its place and does not hold up the rest.

use std::io::{self, BufRead, Read as _, Write as _};

use crate::args::{OutputFormat, ResolveArgs};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::exit_code::ExitCode;
use crate::reference::{Defaults, ImageReference};
use crate::report::{self, Document, Resolved};
use crate::request;

/// Longest line of standard input that is looked at, in bytes; a reference has 512 at most.
const MAX_LINE: u64 = 64 * 1024;

struct Results<'a> {
    defaults: Defaults,
    output: OutputFormat,
    command: &'a str,
    resolved: Vec<Resolved>,
    failure: Option<ExitCode>,
    /// Whether nobody reads on, so that nothing more needs to be done.
    reader_is_gone: bool,
    out: io::BufWriter<io::StdoutLock<'static>>,
}

/// Resolves every reference.
///
/// # Errors
/// Region or namespace make no sense, or standard input cannot be read. A reference that makes no
/// sense is shown and decides the exit code.
pub(crate) fn run(args: &ResolveArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let mut results = Results {
        defaults: request::defaults(&args.reference, environment)?,
        output: args.output,
        command: "resolve",
        resolved: Vec::new(),
        failure: None,
        reader_is_gone: false,
        out: io::BufWriter::new(io::stdout().lock()),
    };
    for (index, text) in args.references.iter().enumerate() {
        if text == "-" {
            from_stdin(&mut results)?;
        } else {
            results.take(text, || format!("argument {}", index + 1))?;
        }
    }
    report::written(results.out.flush())?;
    drop(results.out);
    let code = results.failure.unwrap_or(ExitCode::Success);
    if args.output == OutputFormat::Json {
        let (exit_code, references) = (code.code(), Some(results.resolved));
        Document { exit_code, references, ..Document::of("resolve") }.print()?;
    }
    Ok(code)
}

fn from_stdin(results: &mut Results<'_>) -> Result<(), Error> {
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        if read_line(&mut input, &mut line).map_err(|error| unreadable(&error))? == 0 {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        // Some editors begin a file with a byte order mark.
        let text = if number == 1 { text.trim_start_matches('\u{feff}') } else { text };
        if !text.trim().is_empty() {
            results.take(text, || format!("standard input, line {number}"))?;
        }
        if results.reader_is_gone {
            break;
        }
    }
    Ok(())
}

/// Reads a line, keeping its beginning alone where it is too long to be a reference. Gives the
/// number of bytes kept.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    let kept = input.take(MAX_LINE).read_until(b'\n', line)?;
    let mut rest = Vec::new();
    while !line.ends_with(b"\n") && kept > 0 {
        rest.clear();
        if input.take(MAX_LINE).read_until(b'\n', &mut rest)? == 0 || rest.ends_with(b"\n") {
            break;
        }
    }
    Ok(kept)
}

fn unreadable(error: &io::Error) -> Error {
    Error::new(ErrorKind::File, format!("standard input cannot be read: {error}"))
}

impl Results<'_> {
    fn take(&mut self, text: &str, source: impl Fn() -> String) -> Result<(), Error> {
        let result =
            ImageReference::parse(text, &self.defaults).map_err(|error| error.into_error(source()));
        if let Err(error) = &result {
            self.failure.get_or_insert(error.exit_code());
        }
        if self.output == OutputFormat::Json {
            self.resolved.push(Resolved::new(text, &result));
            return Ok(());
        }
        match result {
            Ok(reference) => {
                for warning in reference.warnings() {
                    report::show_warning(&format!("`{reference}`: {warning}"));
                }
                let result = writeln!(self.out, "{reference}");
                let gone = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
                self.reader_is_gone = result.as_ref().is_err_and(gone);
                report::written(result)
            }
            Err(error) => {
                report::written(self.out.flush())?;
                let source = source();
                report::show_error(
                    &error.seen(format!("in {source} of `icr-cf {}`", self.command)),
                );
                Ok(())
            }
        }
    }
}
