//! Texts of the tables made into hints: what was pushed put in, flags as whole lines to paste, sizes
//! that no limit forbids which stands in the same output.

use super::Subject;

const MB: u64 = 1 << 20;
const GB: u64 = 1 << 30;

/// What an app gets where nobody says it, and how long it may take to start at most (Cloud
/// Controller, `default_app_memory`, `default_app_disk_in_mb`, `maximum_health_check_timeout`).
const USUAL_MEMORY: u64 = GB;
const USUAL_DISK: u64 = GB;
const USUAL_LONGEST: u64 = 180;

/// The most that an app may have, as far as it was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Limits {
    /// Bytes.
    disk: Option<u64>,
    /// Bytes.
    memory: Option<u64>,
    /// Seconds.
    timeout: Option<u64>,
    /// What the layers of the image take, in bytes, as far as they were counted.
    layers: Option<u64>,
}

/// Words before the most that is allowed.
const BEFORE: [&str; 10] = [
    "must be less than ",
    "must be at most ",
    "at most ",
    "no more than ",
    "maximum of ",
    "maximum is ",
    "limit of ",
    "limit is ",
    "quota of ",
    "quota is ",
];

impl Limits {
    /// Looks for limits in lines, whoever printed them.
    pub(super) fn seen<'a>(lines: impl Iterator<Item = &'a String>) -> Self {
        let mut limits = Self::default();
        let least = |known: Option<u64>, found: u64| Some(known.map_or(found, |k| k.min(found)));
        for line in lines {
            let line = line.to_ascii_lowercase();
            if let Some((_, behind)) = line.split_once("layers exceed disk quota ") {
                let layers = number(behind).map(|(layers, _)| layers);
                limits.layers = limits.layers.max(layers);
            }
            if let Some((_, behind)) = line.split_once("maximum exceeded: max ")
                && let Some((seconds, _)) = number(behind)
            {
                limits.timeout = least(limits.timeout, seconds);
            }
            let sizes = BEFORE.iter().filter_map(|words| size(line.split_once(words)?.1));
            let Some(found) = sizes.min() else { continue };
            if line.contains("disk") {
                limits.disk = least(limits.disk, found);
            } else if line.contains("memory") {
                limits.memory = least(limits.memory, found);
            }
        }
        limits
    }
}

/// The number that a text begins with, and what comes behind it.
fn number(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, behind) = text.split_at(end);
    Some((digits.parse().ok()?, behind))
}

/// The bytes of a size that a text begins with; a number alone is megabytes, as the Cloud
/// Controller counts.
fn size(text: &str) -> Option<u64> {
    let (count, behind) = number(text)?;
    let unit = match behind.trim_start().chars().next() {
        Some('k') => 1 << 10,
        Some('g') => GB,
        Some('t') => GB << 10,
        Some('b') => 1,
        Some(_) | None => MB,
    };
    count.checked_mul(unit)
}

/// Bytes as a flag takes them.
fn shown(bytes: u64) -> String {
    if bytes.is_multiple_of(GB) { format!("{}G", bytes / GB) } else { format!("{}M", bytes / MB) }
}

/// More than an app has, up to the most that it may have; none where it has that.
fn more(now: u64, wanted: u64, most: Option<u64>) -> Option<u64> {
    let wanted = wanted.max(now.saturating_mul(2));
    let allowed = most.map_or(wanted, |most| wanted.min(most));
    (allowed > now && allowed >= MB).then_some(allowed)
}

impl Subject<'_> {
    /// A hint with everything put in; none where what it says can do no good.
    pub(super) fn hint(&self, text: &str, limits: &Limits) -> Option<String> {
        let mut said = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            let (marker, behind) = behind.split_once('}')?;
            said.push_str(before);
            said.push_str(&self.marked(marker, limits)?);
            rest = behind;
        }
        said.push_str(rest);
        Some(said)
    }

    /// What stands for a marker.
    fn marked(&self, marker: &str, limits: &Limits) -> Option<String> {
        let (advice, sizes) = (self.advice, self.advice.sizes);
        let with = |flag: &str, value: Option<u64>| Some(advice.with(flag, &shown(value?)));
        if let Some((flag, value)) =
            marker.strip_prefix("with ").and_then(|flag| flag.split_once(' '))
        {
            return Some(advice.with(flag, value));
        }
        if let Some(flag) = marker.strip_prefix("switch ") {
            return Some(advice.switching(flag));
        }
        if let Some(flag) = marker.strip_prefix("without ") {
            return advice.without(flag);
        }
        match marker {
            // Named, the user brings its key, also where everybody may pull.
            "keyed" => Some(
                advice
                    .without("--no-key")
                    .unwrap_or_else(|| advice.with("--docker-username", "iamapikey")),
            ),
            "more disk" => {
                let now = sizes.disk.unwrap_or(USUAL_DISK);
                let layers = limits.layers.unwrap_or_default();
                // What was counted when it became too much is not all of it.
                let wanted = layers.saturating_mul(2).max(2 * GB).div_ceil(GB).saturating_mul(GB);
                let allowed = more(now, wanted, limits.disk)?;
                with("-k", (allowed >= layers).then_some(allowed))
            }
            "most disk" => with("-k", limits.disk.filter(|most| *most >= MB)),
            "less disk" => with("-k", half(sizes.disk.unwrap_or(USUAL_DISK), 512 * MB)),
            "more memory" => {
                let now = sizes.memory.unwrap_or(USUAL_MEMORY);
                with("-m", more(now, 512 * MB, limits.memory))
            }
            "less memory" => {
                let less = half(sizes.memory.unwrap_or(USUAL_MEMORY), 256 * MB)?;
                with("-m", Some(limits.memory.map_or(less, |most| less.min(most))))
            }
            "fewer" => sizes.instances.filter(|count| *count > 1).map(|_| advice.with("-i", "1")),
            "longer" => {
                let longest = limits.timeout.unwrap_or(USUAL_LONGEST);
                let is_more = sizes.timeout.is_none_or(|now| now < longest);
                is_more.then(|| advice.with("-t", &longest.to_string()))
            }
            "longest" => limits.timeout.map(|most| advice.with("-t", &most.to_string())),
            _ => self.value(marker),
        }
    }
}

/// Less than an app has: so much, or the half of what is little already.
fn half(now: u64, usual: u64) -> Option<u64> {
    let less = usual.min(now / 2);
    (less >= 32 * MB).then_some(less)
}
