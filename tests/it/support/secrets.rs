//! The marker key of the tests, and the forms in which a careless program could show it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// A key as IBM Cloud makes them: 44 characters. Opens nothing.
pub(crate) const KEY: &str = "mArKeR0-of_the_Tests_0123456789-abcdefGHIJKL";

/// A key that no other test uses, nor another run of the tests beside this one, so that it can be
/// looked for in all processes.
pub(crate) fn key_of(test: &str) -> String {
    let name: String = test.chars().filter(char::is_ascii_alphanumeric).take(25).collect();
    format!("mArKeR-{:0>8}_{name:-<28}", std::process::id())
}

/// The forms of a secret: raw, base64 in its variants, with the user name in front, URL-escaped
/// in both cases, JSON-escaped.
pub(crate) fn forms(secret: &str) -> Vec<String> {
    let pair = format!("iamapikey:{secret}");
    let mut forms = vec![secret.to_owned()];
    for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
        forms.push(engine.encode(secret));
        forms.push(engine.encode(&pair));
    }
    let escape = |upper: bool| -> String {
        let byte = |byte: u8| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ if upper => format!("%{byte:02X}"),
            _ => format!("%{byte:02x}"),
        };
        secret.bytes().map(byte).collect()
    };
    forms.extend([escape(true), escape(false)]);
    let json = serde_json::to_string(secret).unwrap();
    forms.push(json[1..json.len() - 1].to_owned());
    forms.sort();
    forms.dedup();
    forms
}

/// The forms of a secret that are in these bytes.
pub(crate) fn forms_in(secret: &str, bytes: &[u8]) -> Vec<String> {
    let has = |form: &String| bytes.windows(form.len()).any(|window| window == form.as_bytes());
    forms(secret).into_iter().filter(has).collect()
}
