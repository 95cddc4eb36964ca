//! Platforms: operating system, architecture, variant, as an index names them. Pure.

use std::fmt;

use serde::Serialize;

use crate::error::{Error, ErrorKind};

/// A platform, as `linux/amd64` or `linux/arm64/v8`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Platform {
    /// Operating system.
    pub os: String,
    /// Processor architecture, in the words of Go (`amd64`, `arm64`).
    pub architecture: String,
    /// Variant of the architecture.
    pub variant: Option<String>,
}

impl Platform {
    /// Reads what `--platform` takes; `words` are those that were said, for a message.
    ///
    /// # Errors
    /// It is not `os/arch` or `os/arch/variant`.
    pub(crate) fn parse(text: &str, words: &str) -> Result<Self, Error> {
        let parts: Vec<&str> = text.split('/').collect();
        let is_word = |part: &&str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c))
        };
        let platform = match parts.as_slice() {
            [os, architecture] => Some(Self::of(os, architecture, None)),
            [os, architecture, variant] => Some(Self::of(os, architecture, Some(variant))),
            _ => None,
        };
        platform.filter(|_| parts.iter().all(is_word)).ok_or_else(|| {
            let message = format!("`{words}` is not a platform");
            Error::new(ErrorKind::Usage, message)
                .hint("write OS/ARCH or OS/ARCH/VARIANT, for example `linux/amd64`")
        })
    }

    /// Makes one out of parts, in the spelling that indexes use.
    #[must_use]
    pub(crate) fn of(os: &str, architecture: &str, variant: Option<&str>) -> Self {
        let architecture = match architecture.to_ascii_lowercase().as_str() {
            "x86_64" | "x86-64" => "amd64".to_owned(),
            "aarch64" => "arm64".to_owned(),
            other => other.to_owned(),
        };
        let variant = variant.filter(|variant| !variant.is_empty()).map(str::to_owned);
        Self { os: os.to_ascii_lowercase(), architecture, variant }
    }

    /// The machine that this program was built for.
    #[must_use]
    pub(crate) fn of_this_machine() -> Self {
        // What a container engine runs here: Linux, in a virtual machine where need be.
        Self::of("linux", std::env::consts::ARCH, None)
    }

    /// How well an image for `self` serves who wants `wanted`: lower is better, `None` not at
    /// all. A variant that nobody asked for may need a newer processor than there is.
    #[must_use]
    pub(crate) fn fit(&self, wanted: &Self) -> Option<u8> {
        if (&self.os, &self.architecture) != (&wanted.os, &wanted.architecture) {
            return None;
        }
        let usual = match self.architecture.as_str() {
            "amd64" => "v1",
            "arm64" => "v8",
            "arm" => "v7",
            _ => "",
        };
        let own = self.variant.as_deref();
        match (own, wanted.variant.as_deref()) {
            (own, wanted) if own == wanted => Some(0),
            (Some(own), None) if own == usual => Some(1),
            (None, Some(wanted)) if wanted == usual => Some(1),
            (Some(_), None) => Some(2),
            // A newer processor runs what was built for an older one.
            (own, Some(wanted)) => Some(3 + older_by(own.unwrap_or(usual), wanted)?),
            (None, None) => Some(0),
        }
    }

    /// Whether it stands for no platform, as the entries of attestations do.
    #[must_use]
    pub(crate) fn is_unknown(&self) -> bool {
        self.os == "unknown" || self.architecture == "unknown"
    }
}

/// By how much a variant is below another, less one: `v6` below `v7` by nothing.
fn older_by(own: &str, wanted: &str) -> Option<u8> {
    let number = |text: &str| text.strip_prefix('v')?.split('.').next()?.parse::<u8>().ok();
    number(wanted)?.checked_sub(number(own)?)?.checked_sub(1).map(|less| less.min(100))
}

impl Default for Platform {
    /// What the cells of nearly every Cloud Foundry are.
    fn default() -> Self {
        Self::of("linux", "amd64", None)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(f, "/{variant}"),
            None => Ok(()),
        }
    }
}

impl Serialize for Platform {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Platform;

    fn platform(text: &str) -> Platform {
        Platform::parse(text, text).unwrap()
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        for text in ["linux/amd64", "linux/arm64/v8", "windows/amd64"] {
            assert_eq!(platform(text).to_string(), text);
        }
        assert_eq!(platform("Linux/x86_64"), Platform::default());
        assert_eq!(platform("linux/aarch64").architecture, "arm64");
    }

    #[test]
    fn what_was_built_for_an_older_processor_runs_on_a_newer_one() {
        let fit = |image: &str, wanted: &str| platform(image).fit(&platform(wanted));
        for (image, wanted) in [
            ("linux/amd64", "linux/amd64/v2"),
            ("linux/amd64/v1", "linux/amd64/v3"),
            ("linux/arm/v6", "linux/arm/v7"),
            ("linux/arm64", "linux/arm64/v9"),
        ] {
            assert!(fit(image, wanted) >= Some(3), "{image} for {wanted}");
        }
        assert!(fit("linux/amd64/v2", "linux/amd64/v3") < fit("linux/amd64", "linux/amd64/v3"));
    }

    #[test]
    fn what_is_no_platform_is_refused() {
        for text in ["", "linux", "linux/", "/amd64", "a/b/c/d", "linux/amd 64", "linux/amd64/"] {
            assert!(Platform::parse(text, text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_plain_image_serves_better_than_one_for_a_newer_processor() {
        let fit = |image: &str, wanted: &str| platform(image).fit(&platform(wanted));
        assert_eq!(fit("linux/amd64", "linux/amd64"), Some(0));
        assert!(fit("linux/amd64/v1", "linux/amd64") < fit("linux/amd64/v3", "linux/amd64"));
        assert_eq!(fit("linux/arm64", "linux/arm64/v8"), Some(1));
        assert_eq!(fit("linux/arm64", "linux/amd64"), None);
        assert_eq!(fit("linux/arm/v8", "linux/arm/v7"), None);
        assert_eq!(fit("linux/amd64/v3", "linux/amd64/v2"), None);
        assert_eq!(fit("windows/amd64", "linux/amd64"), None);
    }
}
