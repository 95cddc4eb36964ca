//! Where answers of a registry lead: to the place of a blob, to the next page of tags. Pure.

use reqwest::Url;

use crate::http::Answer;
use crate::http::Failure;

/// Where a redirect leads: to https, by a URL that can be read.
pub(super) fn redirected(from: &Url, answer: &Answer) -> Result<Url, Failure> {
    let location = answer.header("location").unwrap_or_default();
    let to = from.join(location).ok().filter(|_| !location.is_empty());
    match to {
        Some(to) if to.scheme() == "https" => Ok(to),
        Some(_) => Err(Failure::Nonsense("a redirect to plain http, which is not followed".into())),
        None => Err(Failure::Nonsense("a redirect that leads nowhere".into())),
    }
}

/// The next page of tags, where it is one of the same list; with or without the registry's host.
pub(super) fn next_page(link: &str, host: &str, path: &str) -> Option<String> {
    let (target, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
    let target = target.strip_prefix(&format!("https://{host}")).unwrap_or(target);
    let is_next = rest.replace(['"', ' '], "").contains("rel=next");
    let ours = target.starts_with(&format!("/v2/{path}/tags/list?"));
    (is_next && ours).then(|| target.to_owned())
}

/// Whether a text is a tag (distribution specification); all others could not be asked for, and
/// may hold anything.
pub(super) fn is_tag(text: &str) -> bool {
    let of_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(of_word)
        && text.bytes().all(|byte| of_word(byte) || matches!(byte, b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderValue};
    use reqwest::{StatusCode, Url};

    use super::{Answer, is_tag, next_page, redirected};

    #[test]
    fn only_a_page_of_the_same_list_is_the_next() {
        let next = |link| next_page(link, "us.icr.io", "acme/web");
        let target = "/v2/acme/web/tags/list?last=b&n=2";
        assert_eq!(
            next("</v2/acme/web/tags/list?last=b&n=2>; rel=\"next\"").as_deref(),
            Some(target)
        );
        let absolute = format!("<https://us.icr.io{target}>; rel=next");
        assert_eq!(next(&absolute).as_deref(), Some(target));
        assert_eq!(
            next("<https://us.icr.io.evil.example/v2/acme/web/tags/list?n=2>; rel=next"),
            None
        );
        assert_eq!(next("<https://evil.example/v2/acme/web/tags/list?n=2>; rel=\"next\""), None);
        assert_eq!(next("</v2/other/web/tags/list?n=2>; rel=\"next\""), None);
        assert_eq!(next("</v2/acme/web/tags/list?n=2>; rel=\"prev\""), None);
        assert_eq!(next("nonsense"), None);
    }

    #[test]
    fn a_redirect_leads_to_https_or_nowhere() {
        let from = Url::parse("https://us.icr.io/v2/a/blobs/sha256:1").unwrap();
        let to = |location: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("location", HeaderValue::from_str(location).unwrap());
            let status = StatusCode::TEMPORARY_REDIRECT;
            redirected(&from, &Answer { status, headers, body: Vec::new().into() })
        };
        assert_eq!(to("https://dd0.us.icr.io/x").unwrap().as_str(), "https://dd0.us.icr.io/x");
        assert_eq!(to("/x").unwrap().as_str(), "https://us.icr.io/x");
        assert!(to("http://dd0.us.icr.io/x").is_err());
        assert!(to("file:///etc/passwd").is_err());
        assert!(to("").is_err());
    }

    #[test]
    fn only_what_can_be_asked_for_is_a_tag() {
        for tag in ["latest", "1.0", "_x", "A-b_c.d", &"a".repeat(128)] {
            assert!(is_tag(tag), "{tag}");
        }
        for text in ["", ".1", "-1", "a b", "a/b", "a\u{1b}[2J", "é", &"a".repeat(129)] {
            assert!(!is_tag(text), "{text}");
        }
    }
}
