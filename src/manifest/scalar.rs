//! What yaml.v2 makes of a scalar, by the rules of YAML 1.1 as its resolve.go has them, and what
//! it writes for it again (encode.go). Pure.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

use super::node::Style;

/// A scalar as cf holds it between reading and writing.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Resolved {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
}

/// Resolves a scalar (gopkg.in/yaml.v2 2.4.0, resolve.go and decode.go). Dates stay text there.
/// The error says what cannot be made of what.
pub(super) fn resolve(text: &str, style: Style, tag: Option<&str>) -> Result<Resolved, String> {
    let as_text = || Ok(Resolved::Text(text.to_owned()));
    match tag {
        None if style == Style::Plain => Ok(plain(text)),
        Some("binary") => binary(text).map(Resolved::Text),
        Some(tag @ ("bool" | "int" | "float" | "null")) => match (tag, plain(text)) {
            ("bool", value @ Resolved::Bool(_))
            | ("int", value @ Resolved::Int(_))
            | ("float", value @ Resolved::Float(_))
            | ("null", value @ Resolved::Null) => Ok(value),
            ("float", Resolved::Int(number)) => Ok(Resolved::Float(decimal(&number.to_string()))),
            _ => Err(format!("this is no `!!{tag}`")),
        },
        Some("timestamp") if !is_date(text) => Err("this is no `!!timestamp`".to_owned()),
        // Quotes, `!!str`, and tags that yaml.v2 does not know.
        None | Some(_) => as_text(),
    }
}

/// A scalar without quotes and tag.
pub(super) fn plain(text: &str) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Resolved::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Resolved::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Resolved::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Resolved::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let number = match text.bytes().next() {
        Some(b'.') => {
            let digits = text.replace('_', "");
            let separated = text.split('_').all(|part| !part.is_empty() && part != ".");
            float(&digits).filter(|_| separated)
        }
        Some(b'+' | b'-' | b'0'..=b'9') if !is_date(text) => {
            let digits = text.replace('_', "");
            int(&digits).map(Resolved::Int).or_else(|| float(&digits))
        }
        _ => None,
    };
    number.unwrap_or_else(|| Resolved::Text(text.to_owned()))
}

/// Go's `ParseInt` and `ParseUint` with base 0.
fn int(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let radix = |prefix: &str, radix: u32| Some((lower.strip_prefix(prefix)?, radix));
    let (digits, base) = radix("0x", 16)
        .or_else(|| radix("0o", 8))
        .or_else(|| radix("0b", 2))
        .or_else(|| radix("0", 8).filter(|(rest, _)| !rest.is_empty()))
        .unwrap_or((&lower, 10));
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let number = i128::from_str_radix(digits, base).ok()?;
    let unsigned = text.starts_with(|first: char| first.is_ascii_digit());
    let most = if unsigned { i128::from(u64::MAX) } else { i128::from(i64::MAX) };
    let number = if negative { -number } else { number };
    (i128::from(i64::MIN)..=most).contains(&number).then_some(number)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, when it fits into 64 bits.
fn float(text: &str) -> Option<Resolved> {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (rest, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let has_digits = !whole.is_empty() || (!fraction.is_empty() && mantissa.starts_with('.'));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    if !has_digits || !digits(whole) || !digits(fraction) || !exponent_fits {
        return None;
    }
    let number = decimal(text);
    number.is_finite().then_some(Resolved::Float(number))
}

fn decimal(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

/// The four forms that resolve.go takes for a date or a moment.
fn is_date(text: &str) -> bool {
    let Some((date, time)) = split_date(text) else { return false };
    match time {
        None => true,
        Some((separator, time)) => {
            let clock = time.split(['Z', '+', '-']).next().unwrap_or_default();
            let zone = time.get(clock.len()..).unwrap_or_default();
            is_clock(clock)
                && match separator {
                    ' ' => zone.is_empty(),
                    _ => zone == "Z" || is_offset(zone),
                }
        }
    }
    .then_some(date)
    .is_some_and(is_day)
}

fn split_date(text: &str) -> Option<(&str, Option<(char, &str)>)> {
    let year = text.bytes().take_while(u8::is_ascii_digit).count();
    if year != 4 || text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    let Some(at) = text.find(['T', 't', ' ']) else { return Some((text, None)) };
    let separator = text.get(at..)?.chars().next()?;
    Some((text.get(..at)?, Some((separator, text.get(at + 1..)?))))
}

/// One or two digits, up to a bound.
fn small(text: &str, most: u32) -> Option<u32> {
    let fits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| fits && *number <= most)
}

fn is_day(date: &str) -> bool {
    let mut parts = date.split('-');
    let year: u32 = parts.next().and_then(|year| year.parse().ok()).unwrap_or_default();
    let (month, day) = (parts.next(), parts.next());
    let (Some(month), Some(day), None) = (month, day, parts.next()) else { return false };
    let Some(month) = small(month, 12).filter(|month| *month > 0) else { return false };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    small(day, days).is_some_and(|day| day > 0)
}

fn is_clock(text: &str) -> bool {
    let mut parts = text.split(':');
    let (Some(hour), Some(minute), Some(second), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let (second, fraction) = second.split_once(['.', ',']).unwrap_or((second, "0"));
    small(hour, 23).is_some()
        && small(minute, 59).is_some()
        && small(second, 59).is_some()
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

/// `+hh:mm` or `-hh:mm`.
fn is_offset(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['+', '-']) else { return false };
    let Some((hours, minutes)) = rest.split_once(':') else { return false };
    hours.len() == 2
        && minutes.len() == 2
        && small(hours, 24).is_some()
        && small(minutes, 60).is_some()
}

/// What a Go program finds in a field for text once yaml.v2 has written the number and read it
/// again: `strconv.FormatFloat(f, 'g', -1, 64)`.
pub(super) fn float_text(number: f64) -> String {
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// As Go's standard encoding has it, which skips line breaks and lets the last bits be.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

fn binary(text: &str) -> Result<String, String> {
    let packed: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let bytes = BASE64.decode(packed).map_err(|_| "this is no `!!binary`: it is not base 64")?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests;
