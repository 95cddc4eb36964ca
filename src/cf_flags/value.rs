//! What each flag takes, checked where cf would check it.

use thiserror::Error as ThisError;

use super::{CfFlag, Takes};
use crate::error::{Error, ErrorKind, printable};

/// A value that the flag does not take.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[error("`{flag} {shown}`: {expected}")]
pub struct ValueError {
    flag: String,
    shown: String,
    expected: &'static str,
    hint: String,
}

impl From<ValueError> for Error {
    fn from(error: ValueError) -> Self {
        Self::new(ErrorKind::CfFlag, error.to_string()).hint(error.hint)
    }
}

/// The kinds of health checks that cf 6 and later take.
const HEALTH_CHECKS: &[&str] = &["process", "port", "http", "none"];
const STRATEGIES: &[&str] = &["rolling", "canary"];
const LIFECYCLES: &[&str] = &["buildpack", "docker", "cnb"];

impl Takes {
    /// The values there are, where they can be listed.
    #[must_use]
    pub(crate) fn values(self) -> &'static [&'static str] {
        match self {
            Self::HealthCheck => HEALTH_CHECKS,
            Self::Strategy => STRATEGIES,
            Self::Lifecycle => LIFECYCLES,
            Self::Switch
            | Self::Text
            | Self::Size
            | Self::Rate
            | Self::Integer(_)
            | Self::Percentages
            | Self::Path
            | Self::KeyValue => &[],
        }
    }
}

const SIZE: &str = "a size is a number and a unit: B, K, M, G or T";

pub(super) fn check(flag: &CfFlag, value: &str) -> Result<(), ValueError> {
    let refuse = |expected, hint| {
        Err(ValueError { flag: flag.name(), shown: printable(value), expected, hint })
    };
    let wrong = |expected, example: &str| {
        refuse(expected, format!("for example `{} {example}`", flag.name()))
    };
    match flag.takes {
        Takes::Switch | Takes::Text | Takes::Path => Ok(()),
        // To cf an empty size or number of instances is none given, as where a script's variable is not set.
        Takes::Size | Takes::Rate | Takes::Integer(0) if value.is_empty() => Ok(()),
        Takes::Size if is_size(value) => Ok(()),
        Takes::Size => wrong(SIZE, "256M"),
        Takes::Rate if matches!(value, "-1" | "0") || is_size(value) => Ok(()),
        Takes::Rate => wrong("a log rate is a size per second, or -1 for no limit", "4K"),
        Takes::Integer(least) => {
            match value.parse::<i32>().ok().and_then(|n| u32::try_from(n).ok()) {
                Some(number) if number >= least => Ok(()),
                Some(_) | None if least > 0 => wrong("not an integer of 1 or more", "1"),
                Some(_) | None => wrong("not an integer of 0 or more", "2"),
            }
        }
        Takes::HealthCheck => {
            one_of(value, HEALTH_CHECKS, "not `process`, `port` or `http`", wrong)
        }
        Takes::Strategy if value.eq_ignore_ascii_case("null") => refuse(
            "cf refuses this value, although its help names it",
            "leave `--strategy` out for the default way to push".to_owned(),
        ),
        Takes::Strategy if value.is_empty() => Ok(()),
        Takes::Strategy => one_of(value, STRATEGIES, "not `rolling` or `canary`", wrong),
        Takes::Lifecycle => one_of(value, LIFECYCLES, "not `docker`, `buildpack` or `cnb`", wrong),
        Takes::Percentages => {
            let all = value.split(',').all(|part| part.trim().parse::<u32>().is_ok());
            if all { Ok(()) } else { wrong("not integers with commas between", "20,50,100") }
        }
        Takes::KeyValue => match value.split_once('=') {
            Some((key, value)) if !key.is_empty() && !value.is_empty() => Ok(()),
            Some(_) | None => wrong("not `KEY=VALUE`", "stage=prod"),
        },
    }
}

fn one_of(
    value: &str,
    known: &[&str],
    expected: &'static str,
    wrong: impl Fn(&'static str, &str) -> Result<(), ValueError>,
) -> Result<(), ValueError> {
    if known.iter().any(|word| word.eq_ignore_ascii_case(value)) {
        Ok(())
    } else {
        wrong(expected, known.first().unwrap_or(&""))
    }
}

/// `256M`, `1.5g`, `512MB`: the forms that Cloud Controller takes.
fn is_size(text: &str) -> bool {
    size_in_bytes(text).is_some()
}

/// The bytes of a size, rounded down; `None` for what is none.
#[must_use]
pub(crate) fn size_in_bytes(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let shift = match unit.to_ascii_uppercase().as_str() {
        "B" => 0,
        "K" | "KB" => 10,
        "M" | "MB" => 20,
        "G" | "GB" => 30,
        "T" | "TB" => 40,
        _ => return None,
    };
    // Whole and fraction apart, so that no floating point comes in.
    number.parse::<f64>().ok()?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let unit = 1_u128 << shift;
    let whole = whole.parse::<u128>().unwrap_or(u128::from(u64::MAX)).saturating_mul(unit);
    let fraction = fraction.get(..fraction.len().min(9)).unwrap_or_default();
    let scale =
        u32::try_from(fraction.len()).ok().and_then(|digits| 10_u128.checked_pow(digits))?;
    let part = fraction.parse::<u128>().unwrap_or(0) * unit / scale;
    Some(u64::try_from(whole.saturating_add(part)).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::size_in_bytes;

    #[test]
    fn sizes_are_read_in_every_unit_and_case() {
        for (text, bytes) in [
            ("0B", 0),
            ("1b", 1),
            ("1K", 1 << 10),
            ("1kb", 1 << 10),
            ("256M", 256 << 20),
            ("256mB", 256 << 20),
            ("1G", 1 << 30),
            ("2GB", 2 << 30),
            ("1T", 1 << 40),
            ("1.5G", 3 << 29),
            ("0.5k", 512),
            ("1.B", 1),
            ("0.9B", 0),
            ("0.999999999K", 1023),
            ("007M", 7 << 20),
        ] {
            assert_eq!(size_in_bytes(text), Some(bytes), "{text}");
        }
    }

    #[test]
    fn no_size_is_larger_than_a_number_can_say() {
        assert_eq!(size_in_bytes("16777215T"), Some(16_777_215 << 40));
        for text in ["16777216T", "18446744073709551615G", &format!("{}B", "9".repeat(400))] {
            assert_eq!(size_in_bytes(text), Some(u64::MAX), "{text}");
        }
        assert_eq!(size_in_bytes("18446744073709551615B"), Some(u64::MAX));
        // Digits behind the ninth say nothing that anybody could measure.
        assert_eq!(size_in_bytes(&format!("1.{}B", "9".repeat(400))), Some(1));
    }

    #[test]
    fn what_is_no_size_is_none() {
        for text in [
            "",
            "1",
            "M",
            ".5G",
            "-1M",
            "+1M",
            "1 M",
            " 1M",
            "1M ",
            "1.2.3M",
            "1..M",
            "1e3M",
            "1P",
            "1MiB",
            "1,5G",
            "0x1M",
            "1\u{212a}",
            "\u{661}M",
            "infM",
            "nanB",
        ] {
            assert_eq!(size_in_bytes(text), None, "{text}");
        }
    }
}
