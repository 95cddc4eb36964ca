//! Whether the Vulnerability Advisor is asked, and by which measure its answer counts. There is no
//! measure of severity: the advisor has none.

use std::time::Duration;

use super::typed_duration;
use crate::cli::{VulnerabilityAction, VulnerabilityArgs};
use crate::error::{Error, ErrorKind, printable};

/// What is made of vulnerabilities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Vulnerabilities {
    /// Whether they stop.
    pub gate: Gate,
    /// How long a scan of one image is waited for.
    pub wait: Duration,
    /// How many an image may have.
    pub most: usize,
    /// Those that do not count, by their identifiers.
    pub ignored: Vec<String>,
    /// Which of the others count.
    pub counted: Counted,
}

/// Whether vulnerabilities stop a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// They are said.
    Report,
    /// They stop.
    Fail,
}

/// Which vulnerabilities count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Each.
    All,
    /// `--fixable-only`.
    Fixable,
}

/// How long a scan is waited for where nobody says it: IBM's own pipeline asks 30 times, 10 seconds
/// apart (open-toolchain/tekton-catalog, `task-check-va-scan.yaml`).
const DEFAULT_WAIT: Duration = Duration::from_secs(5 * 60);
/// Longest wait: a token of IAM lives for an hour at most.
const MAX_WAIT: Duration = Duration::from_secs(30 * 60);

impl Vulnerabilities {
    /// Reads what was typed; `None` where nobody is to be asked.
    ///
    /// # Errors
    /// A measure of what is not asked for, and one that makes no sense.
    pub(crate) fn read(args: VulnerabilityArgs) -> Result<Option<Self>, Error> {
        let gate = match args.vulnerabilities {
            Some(VulnerabilityAction::Off) => None,
            Some(VulnerabilityAction::Report) => Some(Gate::Report),
            Some(VulnerabilityAction::Fail) => Some(Gate::Fail),
            None => match measure(&args) {
                Some(flag) => return Err(without_action(flag)),
                None => None,
            },
        };
        let wait = args.vulnerabilities_wait.as_deref();
        let wait = wait
            .map(|text| {
                let words = format!("--vulnerabilities-wait {}", printable(text));
                typed_duration(&words, text, Duration::ZERO, MAX_WAIT)
            })
            .transpose()?;
        let most = args.max_vulnerabilities.as_deref().map(count).transpose()?;
        args.ignore.iter().try_for_each(|id| check_id(id))?;
        Ok(gate.map(|gate| Self {
            gate,
            wait: wait.unwrap_or(DEFAULT_WAIT),
            most: most.unwrap_or(0),
            ignored: args.ignore,
            counted: if args.fixable_only { Counted::Fixable } else { Counted::All },
        }))
    }

    /// Whether one is left out by its identifier.
    #[must_use]
    pub(crate) fn ignores(&self, id: &str) -> bool {
        self.ignored.iter().any(|ignored| ignored.eq_ignore_ascii_case(id))
    }
}

/// A measure that was given.
fn measure(args: &VulnerabilityArgs) -> Option<&'static str> {
    [
        ("--vulnerabilities-wait", args.vulnerabilities_wait.is_some()),
        ("--max-vulnerabilities", args.max_vulnerabilities.is_some()),
        ("--ignore", !args.ignore.is_empty()),
        ("--fixable-only", args.fixable_only),
    ]
    .into_iter()
    .find_map(|(flag, is_given)| is_given.then_some(flag))
}

fn without_action(flag: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("`{flag}` without `--vulnerabilities`"))
        .seen("without it nobody asks for vulnerabilities")
        .hint("add `--vulnerabilities fail`, or `--vulnerabilities report` to be told alone")
}

fn count(text: &str) -> Result<usize, Error> {
    text.parse().map_err(|_| {
        let text = printable(text);
        Error::new(ErrorKind::Usage, format!("`--max-vulnerabilities {text}` is no number"))
            .hint("write how many an image may have, as in `--max-vulnerabilities 3`")
    })
}

fn check_id(id: &str) -> Result<(), Error> {
    let is_one = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    if !id.is_empty() && id.bytes().all(is_one) {
        return Ok(());
    }
    let id = printable(id);
    Err(Error::new(ErrorKind::Usage, format!("`--ignore {id}` is no identifier"))
        .hint("write one for each: `--ignore CVE-2026-1234 --ignore CVE-2026-5678`"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Counted, Gate, Vulnerabilities};

    fn read(line: &str) -> Result<Option<Vulnerabilities>, String> {
        let args = crate::cli::tests::push(&format!("web --image us.icr.io/acme/web {line}"));
        Vulnerabilities::read(args.checks.vulnerabilities).map_err(|error| error.to_string())
    }

    fn asked(line: &str) -> Vulnerabilities {
        read(line).unwrap().unwrap()
    }

    #[test]
    fn nobody_is_asked_unless_somebody_says_so() {
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("--vulnerabilities off"), Ok(None));
        assert_eq!(read("--vulnerabilities off --ignore CVE-1 --fixable-only"), Ok(None));
        let usual = asked("--vulnerabilities fail");
        assert_eq!((usual.gate, usual.counted, usual.most), (Gate::Fail, Counted::All, 0));
        assert_eq!(usual.wait, Duration::from_secs(300));
    }

    #[test]
    fn each_flag_has_its_field() {
        let asked = asked(
            "--vulnerabilities report --vulnerabilities-wait 90s --max-vulnerabilities 3 \
             --ignore CVE-1 --ignore cve-2 --fixable-only",
        );
        assert_eq!((asked.gate, asked.counted), (Gate::Report, Counted::Fixable));
        assert_eq!((asked.wait, asked.most), (Duration::from_secs(90), 3));
        assert!(asked.ignores("cve-1") && asked.ignores("CVE-2") && !asked.ignores("CVE-12"));
    }

    #[test]
    fn a_measure_of_what_nobody_asks_for_is_refused() {
        for line in [
            "--vulnerabilities-wait 1m",
            "--max-vulnerabilities 1",
            "--ignore CVE-1",
            "--fixable-only",
        ] {
            let text = read(line).unwrap_err();
            assert!(text.contains("without `--vulnerabilities`"), "{line}: {text}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in [
            "--vulnerabilities-wait 5",
            "--vulnerabilities-wait 31m",
            "--max-vulnerabilities many",
            "--max-vulnerabilities=-1",
            "--ignore ''",
            "--ignore CVE-1,CVE-2",
        ] {
            assert!(read(&format!("--vulnerabilities fail {line}")).is_err(), "{line}");
        }
        let none = "--vulnerabilities fail --vulnerabilities-wait 0s";
        assert_eq!(asked(none).wait, Duration::ZERO);
    }
}
