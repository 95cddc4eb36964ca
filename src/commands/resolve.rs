//! `icr-cf resolve`: references in, full references out, a line each. What cannot be resolved is
//! said with its place and does not hold up the rest.

use std::io::{self, BufRead, Read as _, Write as _};

use crate::cli::{OutputFormat, ResolveArgs};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::exit_code::ExitCode;
use crate::icr::Question;
use crate::reference::{Defaults, ImageReference};
use crate::report::{self, Document, ResolvedReference};
use crate::request;
use crate::settings::Settings;

/// Longest line of standard input that is looked at, in bytes; a reference has 512 at most.
const MAX_LINE: u64 = 64 * 1024;

mod questions;

struct Results<'a> {
    environment: &'a Environment,
    defaults: &'a Defaults,
    output: OutputFormat,
    resolved: Vec<ResolvedReference>,
    failure: Option<ExitCode>,
    out: io::BufWriter<io::StdoutLock<'static>>,
}

/// Whether somebody still reads what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Audience {
    Reads,
    Gone,
}

/// Resolves every reference.
///
/// # Errors
/// Region, namespace or platform make no sense, there is no key, or standard input cannot be
/// read. A reference that cannot be resolved is shown and decides the exit code.
pub(crate) fn run(args: ResolveArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let settings = Settings::read(None, args.settings.profile.as_deref(), environment)?;
    let defaults = request::defaults(&args.reference, &settings)?;
    let output = args.output;
    let (code, resolved) = match (args.digest, args.tags) {
        (true, _) => questions::run(args, &defaults, Question::Digest, &settings, environment)?,
        (_, true) => questions::run(args, &defaults, Question::Tags, &settings, environment)?,
        (false, false) => offline(&args, &defaults, environment)?,
    };
    if output == OutputFormat::Json {
        let exit_code = code.code();
        let references = Some(resolved);
        Document { exit_code, references, ..Document::of("resolve") }.print(environment)?;
    }
    Ok(code)
}

fn offline(
    args: &ResolveArgs,
    defaults: &Defaults,
    environment: &Environment,
) -> Result<(ExitCode, Vec<ResolvedReference>), Error> {
    let mut results = Results {
        environment,
        defaults,
        output: args.output,
        resolved: Vec::new(),
        failure: None,
        out: io::BufWriter::new(io::stdout().lock()),
    };
    each(&args.references, |text, source| results.take(text, source))?;
    report::written(results.out.flush())?;
    Ok((results.failure.unwrap_or(ExitCode::Success), results.resolved))
}

/// Hands out every reference, with the words for where it stands.
fn each(
    references: &[String],
    mut take: impl FnMut(&str, &str) -> Result<Audience, Error>,
) -> Result<(), Error> {
    for (index, text) in references.iter().enumerate() {
        let reader = if text == "-" {
            from_stdin(&mut take)?
        } else {
            take(text, &format!("argument {}", index + 1))?
        };
        if reader == Audience::Gone {
            break;
        }
    }
    Ok(())
}

fn from_stdin(
    take: &mut impl FnMut(&str, &str) -> Result<Audience, Error>,
) -> Result<Audience, Error> {
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
        if !text.trim().is_empty()
            && take(text, &format!("standard input, line {number}"))? == Audience::Gone
        {
            return Ok(Audience::Gone);
        }
    }
    Ok(Audience::Reads)
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

/// Shows what is odd about a reference.
fn warn(reference: &ImageReference, environment: &Environment) {
    for warning in reference.warnings() {
        report::show_warning(&format!("`{reference}`: {warning}"), environment);
    }
}

/// Shows why a reference cannot be resolved, and where it stands.
fn show(error: Error, source: &str, environment: &Environment) {
    let error = error.seen(format!("in {source} of `icr-cf resolve`"));
    report::show_error(&error, environment);
}

impl Results<'_> {
    fn take(&mut self, text: &str, source: &str) -> Result<Audience, Error> {
        let result =
            ImageReference::parse(text, self.defaults).map_err(|error| error.into_error(source));
        if let Err(error) = &result {
            self.failure.get_or_insert(error.exit_code());
        }
        if self.output == OutputFormat::Json {
            if let Err(error) = &result {
                report::annotate(error, self.environment);
            }
            self.resolved.push(ResolvedReference::new(text, &result));
            return Ok(Audience::Reads);
        }
        match result {
            Ok(reference) => {
                warn(&reference, self.environment);
                print(&mut self.out, &reference.to_string())
            }
            Err(error) => {
                report::written(self.out.flush())?;
                show(error, source, self.environment);
                Ok(Audience::Reads)
            }
        }
    }
}

/// Prints a line.
fn print(out: &mut impl io::Write, line: &str) -> Result<Audience, Error> {
    let result = writeln!(out, "{line}");
    let gone = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    let reader = if result.as_ref().is_err_and(gone) { Audience::Gone } else { Audience::Reads };
    report::written(result)?;
    Ok(reader)
}
