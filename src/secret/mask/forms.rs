//! The forms in which programs print a key: as it is, in base64, escaped for URLs and for JSON.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::{BEFORE_BREAK, SHORTEST_BROKEN};

/// Shortest piece of base64 that is masked; less says nothing and is found anywhere.
const SHORTEST_CORE: usize = 8;

/// Shortest line of a secret that is masked by itself.
const SHORTEST_LINE: usize = 8;

const UPPER: &[u8; 16] = b"0123456789ABCDEF";
const LOWER: &[u8; 16] = b"0123456789abcdef";

/// Bytes that encoders of URLs leave as they are, beside letters and digits: RFC 3986 (Go's
/// `QueryEscape`, Python's `quote_plus`), Python's `quote`, forms (WHATWG), `encodeURIComponent`,
/// `encodeURI`, Go's `PathEscape`, a user in a URL, and none at all.
const KEPT_IN_URLS: [&[u8]; 8] = [
    b"-._~",
    b"-._~/",
    b"*-._",
    b"-._~!*'()",
    b"-._~!*'();/?:@&=+$,#",
    b"-._~$&+=:@",
    b"-._~!$&'()*+,;=",
    b"",
];

/// Characters that encoders of JSON escape beyond need: none, Go and Rails, PHP, Gson.
const ESCAPED_IN_JSON: [&str; 4] = ["", "<>&", "<>&'", "<>&'="];

type Form = Zeroizing<Vec<u8>>;

/// All forms of a key, some perhaps more than once.
pub(super) fn of(key: &str, username: &str) -> Vec<Form> {
    if key.is_empty() {
        return Vec::new();
    }
    let mut pair = Zeroizing::new(String::with_capacity(username.len() + 1 + key.len()));
    pair.push_str(username);
    pair.push(':');
    pair.push_str(key);
    let mut forms = vec![plain(key.as_bytes())];
    for text in [key.as_bytes(), pair.as_bytes()] {
        let encoded = Zeroizing::new(STANDARD.encode(text));
        forms.extend(url_escaped(encoded.as_bytes()));
        forms.extend(json_escaped(&encoded));
        for form in
            [URL_SAFE.encode(text), STANDARD_NO_PAD.encode(text), URL_SAFE_NO_PAD.encode(text)]
        {
            forms.push(Zeroizing::new(form.into_bytes()));
        }
        // Docker's `auth` in a secret of Kubernetes is base64 in base64.
        forms.extend(cores(encoded.trim_end_matches('=').as_bytes()));
    }
    forms.extend(cores(key.as_bytes()));
    forms.extend(url_escaped(key.as_bytes()));
    forms.extend(json_escaped(key));
    forms.extend(quoted_in_shell(key));
    forms
}

/// The lines of a secret that has several, without the blanks around them, which programs change.
/// A line that is shorter says nothing and is found anywhere.
pub(super) fn lines(key: &str) -> impl Iterator<Item = &str> {
    let has_several = key.lines().nth(1).is_some();
    let lines = key.lines().filter(move |_| has_several).map(str::trim);
    lines.filter(|line| line.len() >= SHORTEST_LINE)
}

fn plain(bytes: &[u8]) -> Form {
    Zeroizing::new(bytes.to_vec())
}

/// The part of base64 that is the same whatever stands before and behind the text, at each of
/// the three alignments.
fn cores(text: &[u8]) -> Vec<Form> {
    let mut forms = Vec::new();
    for before in 0..3_usize {
        let mut padded = Zeroizing::new(Vec::with_capacity(before + text.len()));
        padded.resize(before, 0);
        padded.extend_from_slice(text);
        let first = (before * 4).div_ceil(3);
        let last = padded.len() * 4 / 3;
        for encoded in [STANDARD_NO_PAD.encode(&*padded), URL_SAFE_NO_PAD.encode(&*padded)] {
            let encoded = Zeroizing::new(encoded);
            let core = encoded.as_bytes().get(first..last).unwrap_or_default();
            if core.len() >= SHORTEST_CORE {
                forms.push(plain(core));
            }
            // Where a line ends in it so soon that its beginning is not known for one.
            let rests = (1..BEFORE_BREAK).filter_map(|from| core.get(from..));
            forms.extend(rests.filter(|rest| rest.len() >= SHORTEST_BROKEN).map(plain));
        }
    }
    forms
}

fn url_escaped(text: &[u8]) -> Vec<Form> {
    let mut forms = Vec::new();
    for digits in [UPPER, LOWER] {
        for kept in KEPT_IN_URLS {
            for blank in [b"+".as_slice(), b"%20"] {
                let mut form = Zeroizing::new(Vec::with_capacity(text.len() * 3));
                for byte in text {
                    match byte {
                        b' ' => form.extend_from_slice(blank),
                        _ if byte.is_ascii_alphanumeric() || kept.contains(byte) => {
                            form.push(*byte);
                        }
                        _ => {
                            form.push(b'%');
                            form.extend(hex(*byte, digits));
                        }
                    }
                }
                forms.push(form);
            }
        }
        let mut every = Zeroizing::new(Vec::with_capacity(text.len() * 3));
        for byte in text {
            every.push(b'%');
            every.extend(hex(*byte, digits));
        }
        forms.push(every);
    }
    forms
}

fn hex(byte: u8, digits: &[u8; 16]) -> impl Iterator<Item = u8> {
    [byte >> 4, byte & 15].into_iter().filter_map(|half| digits.get(usize::from(half)).copied())
}

/// As in a JSON string; Go's `%q` is the same for what a key is made of.
fn json_escaped(text: &str) -> Vec<Form> {
    let Ok(quoted) = serde_json::to_string(text).map(Zeroizing::new) else { return Vec::new() };
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&quoted);
    let mut forms = Vec::new();
    for escaped in ESCAPED_IN_JSON {
        for digits in [UPPER, LOWER] {
            for slash in ["/", "\\/"] {
                let mut form = Zeroizing::new(Vec::with_capacity(inner.len() * 6));
                for byte in inner.bytes() {
                    if byte == b'/' {
                        form.extend_from_slice(slash.as_bytes());
                    } else if escaped.as_bytes().contains(&byte) {
                        form.extend_from_slice(b"\\u00");
                        form.extend(hex(byte, digits));
                    } else {
                        form.push(byte);
                    }
                }
                forms.push(form);
            }
        }
    }
    forms
}

/// As `set -x` prints it, where it has a quote.
fn quoted_in_shell(text: &str) -> Option<Form> {
    let mut form = Zeroizing::new(Vec::with_capacity(text.len() * 4));
    for byte in text.bytes() {
        if byte == b'\'' { form.extend_from_slice(b"'\\''") } else { form.push(byte) }
    }
    text.contains('\'').then_some(form)
}
