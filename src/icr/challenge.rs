//! The challenge of a registry (`WWW-Authenticate: Bearer realm="…",service="…",scope="…"`), and
//! whether the realm it names is one that may see a key.
//!
//! ICR puts a blank behind each comma; others leave values unquoted. Both are read (RFC 9110,
//! section 11.2).

use reqwest::Url;

/// What a challenge asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Challenge {
    /// Where tokens are to be had.
    pub(super) realm: Option<String>,
    /// For whom.
    pub(super) service: Option<String>,
    /// Why the token that was sent is none, as `insufficient_scope`.
    pub(super) error: Option<String>,
}

/// Reads the Bearer challenge of a header; `None` where it has none.
pub(super) fn parse(header: &str) -> Option<Challenge> {
    let start = schemes(header).find(|at| {
        header.get(*at..at + 6).is_some_and(|word| word.eq_ignore_ascii_case("bearer"))
    })?;
    let mut rest = header.get(start + 6..)?.trim_start();
    let mut challenge = Challenge::default();
    while let Some((name, value, behind)) = parameter(rest) {
        let slot = match name.to_ascii_lowercase().as_str() {
            "realm" => Some(&mut challenge.realm),
            "service" => Some(&mut challenge.service),
            "error" => Some(&mut challenge.error),
            _ => None,
        };
        if let Some(slot) = slot {
            // The first one counts: a second realm must not replace the one that was looked at.
            slot.get_or_insert(value);
        }
        rest = behind.trim_start().trim_start_matches(',').trim_start();
    }
    Some(challenge)
}

/// Where words begin that may be a scheme: at the start and behind commas outside of quotes.
fn schemes(header: &str) -> impl Iterator<Item = usize> {
    let (mut quoted, mut escaped, mut begins) = (false, false, true);
    let mut starts = Vec::new();
    for (at, character) in header.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => begins = true,
            ' ' | '\t' => {}
            _ if begins && !quoted => {
                starts.push(at);
                begins = false;
            }
            _ => {}
        }
    }
    starts.into_iter()
}

/// Takes `name=value` off the front. A word without `=` is the scheme of another challenge.
fn parameter(text: &str) -> Option<(&str, String, &str)> {
    let (name, rest) = text.split_once('=')?;
    let name = name.trim_end();
    let is_token = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || !name.chars().all(is_token) {
        return None;
    }
    let rest = rest.trim_start();
    let Some(quoted) = rest.strip_prefix('"') else {
        let end = rest.find([',', ' ', '\t']).unwrap_or(rest.len());
        let (value, behind) = rest.split_at(end);
        return Some((name, value.to_owned(), behind));
    };
    let mut value = String::new();
    let mut escaped = false;
    for (at, character) in quoted.char_indices() {
        match character {
            _ if escaped => {
                value.push(character);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return Some((name, value, quoted.get(at + 1..).unwrap_or_default())),
            _ => value.push(character),
        }
    }
    Some((name, value, ""))
}

/// The realm as a URL, where a key for `registry_host` may be sent there: https on its ordinary
/// port, without user, on the registry's own domain. An answer that was tampered with would
/// otherwise collect keys.
pub(super) fn own_realm(realm: &str, registry_host: &str) -> Option<Url> {
    let url = Url::parse(realm).ok()?;
    let host = url.host_str()?;
    let within = |domain: &str| {
        let below = host.strip_suffix(domain).is_some_and(|below| below.ends_with('.'));
        host == domain || below
    };
    // The old names are of the same registries, which may send to either of their names.
    let is_own =
        within("icr.io") || registry_host.ends_with(".bluemix.net") && within("bluemix.net");
    let plain = url.scheme() == "https"
        && url.port().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    (plain && is_own).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::{own_realm, parse};

    fn fields(header: &str) -> (Option<String>, Option<String>, Option<String>) {
        let found = parse(header).unwrap_or_default();
        (found.realm, found.service, found.error)
    }

    #[test]
    fn blanks_quotes_and_their_absence_make_no_difference() {
        let expected =
            (Some("https://us.icr.io/oauth/token".to_owned()), Some("registry".to_owned()), None);
        for header in [
            r#"Bearer realm="https://us.icr.io/oauth/token", service="registry", scope="repository:a/b:pull""#,
            r#"Bearer realm="https://us.icr.io/oauth/token",service="registry",scope="repository:a/b:pull""#,
            "bearer realm=https://us.icr.io/oauth/token,  service=registry",
            r#"Basic realm="x, Bearer realm=y", Bearer  realm = "https://us.icr.io/oauth/token" , service=registry"#,
            r#"BEARER service=registry,realm="https://us.icr.io/oauth/token",realm="https://evil.example""#,
        ] {
            assert_eq!(fields(header), expected, "{header}");
        }
    }

    #[test]
    fn names_have_dashes_and_lines_below_and_nothing_else() {
        for (name, is_read) in [("a-b", true), ("a_b", true), ("a.b", false), ("a b", false)] {
            let header = format!("Bearer {name}=x, error=invalid_token");
            assert_eq!(fields(&header).2.is_some(), is_read, "{name}");
        }
    }

    #[test]
    fn odd_headers_lose_nothing_that_can_be_read_and_make_no_trouble() {
        assert_eq!(parse(""), None);
        assert_eq!(parse("Basic realm=\"x\""), None);
        assert_eq!(
            fields(r#"Bearer error="insufficient_scope""#).2.as_deref(),
            Some("insufficient_scope")
        );
        assert_eq!(fields(r#"Bearer realm="a\"b"#).0.as_deref(), Some("a\"b"));
        for header in
            ["Bearer", "Bearer ", "Bearer =", "Bearer realm", "Bearer realm=", "Bearer ,,,"]
        {
            assert!(fields(header).0.unwrap_or_default().is_empty(), "{header}");
        }
    }

    #[test]
    fn a_realm_on_the_registrys_own_domain_may_see_a_key() {
        for (realm, host) in [
            ("https://us.icr.io/oauth/token", "us.icr.io"),
            ("https://icr.io/oauth/token", "icr.io"),
            ("https://private.us.icr.io/oauth/token", "private.us.icr.io"),
            ("https://US.ICR.IO:443/oauth/token", "us.icr.io"),
            ("https://registry.ng.bluemix.net/oauth/token", "registry.ng.bluemix.net"),
            ("https://us.icr.io/oauth/token", "registry.ng.bluemix.net"),
        ] {
            assert!(own_realm(realm, host).is_some(), "{realm}");
        }
    }

    #[test]
    fn refuses_a_realm_outside_the_registry_domain() {
        for realm in [
            "http://us.icr.io/oauth/token",
            "https://us.icr.io:8443/oauth/token",
            "https://evil.example/oauth/token",
            "https://us.icr.io.evil.example/oauth/token",
            "https://evilicr.io/oauth/token",
            "https://us.icr.io@evil.example/oauth/token",
            "https://user:pw@us.icr.io/oauth/token",
            "https://evil.example/us.icr.io",
            "https://evil.example\\.icr.io/",
            "https://registry.ng.bluemix.net/oauth/token",
            "https://127.0.0.1/oauth/token",
            "//us.icr.io/oauth/token",
            "ftp://us.icr.io/",
            "us.icr.io",
            "",
        ] {
            assert_eq!(own_realm(realm, "us.icr.io"), None, "{realm}");
        }
        assert_eq!(own_realm("https://evil.example/x", "registry.ng.bluemix.net"), None);
    }
}
