//! The filter against random keys, texts and cuts.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::{ApiKey, Masker, forms};

const KEY: &str = "aB3dEfGhIjKlMnOpQrStUvWxYz0123456789-_abcdEF";

fn redactor(key: &str) -> Masker {
    Masker::new(&ApiKey::new(key), "iamapikey")
}

/// Passes a text in pieces; each cut is taken modulo what is left.
fn in_pieces(key: &str, text: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut redactor = redactor(key);
    let (mut out, mut rest) = (Vec::new(), text);
    for cut in cuts {
        let (piece, behind) = rest.split_at(cut % (rest.len() + 1));
        redactor.push(piece, &mut out);
        rest = behind;
    }
    redactor.push(rest, &mut out);
    redactor.finish(&mut out);
    out
}

fn text_of(key: &str, text: &str) -> String {
    String::from_utf8(in_pieces(key, text.as_bytes(), &[])).unwrap()
}

#[test]
fn masks_every_form_that_programs_print() {
    let pair = format!("iamapikey:{KEY}");
    for text in [
        KEY.to_owned(),
        pair.clone(),
        STANDARD.encode(KEY),
        STANDARD.encode(&pair),
        URL_SAFE_NO_PAD.encode(&pair),
        KEY.replace('_', "%5F").replace('-', "%2D"),
        KEY.replace('_', "%5f").replace('-', "%2d"),
        KEY.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat(),
        STANDARD.encode(&pair).replace('=', "%3D"),
    ] {
        let out = text_of(KEY, &format!("password={text}&x=1"));
        let expected = if text == pair { "password=iamapikey:***&x=1" } else { "password=***&x=1" };
        assert_eq!(out, expected, "{text}");
    }
}

#[test]
fn masks_what_json_escapes() {
    let key = "a<b>&c/d'e\"f\\g=h+i";
    for text in [
        serde_json::to_string(key).unwrap(),
        r#""a\u003cb\u003e\u0026c/d'e\"f\\g=h+i""#.to_owned(),
        r#""a\u003Cb\u003E\u0026c\/d\u0027e\"f\\g=h+i""#.to_owned(),
        r#""a\u003cb\u003e\u0026c/d\u0027e\"f\\g\u003dh+i""#.to_owned(),
    ] {
        assert_eq!(text_of(key, &text), "\"***\"", "{text}");
    }
}

#[test]
fn masks_base64_that_was_escaped_to_its_last_sign() {
    let key = "~~>???~~>???aB3dE";
    let encoded = STANDARD.encode(key);
    assert!(['+', '/', '='].into_iter().all(|sign| encoded.contains(sign)), "{encoded}");
    for text in [
        encoded.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"),
        encoded.replace('+', "%2b").replace('/', "%2f").replace('=', "%3d"),
        encoded.replace('/', "\\/"),
        encoded.replace('=', "\\u003d"),
        encoded,
    ] {
        assert_eq!(text_of(key, &text), "***", "{text}");
    }
}

#[test]
fn masks_what_urls_escape_and_what_they_leave() {
    let key = "aB-c/d_e+f=g~h i*j";
    for text in [
        "aB-c%2Fd_e%2Bf%3Dg~h+i%2Aj",
        "aB-c%2fd_e%2bf%3dg~h%20i%2aj",
        "aB-c%2Fd_e%2Bf%3Dg%7Eh+i*j",
        "aB-c%2Fd_e+f=g~h%20i%2Aj",
        "aB-c/d_e%2Bf%3Dg~h%20i%2Aj",
        "aB-c/d_e+f=g~h%20i*j",
    ] {
        assert_eq!(text_of(key, text), "***", "{text}");
    }
}

#[test]
fn masks_what_a_shell_quotes() {
    assert_eq!(text_of("it's'so", r"+ echo 'it'\''s'\''so'"), "+ echo '***'");
}

#[test]
fn masks_the_heart_of_base64_whatever_stands_around_the_key() {
    for before in ["", "x", "xy", "xyz", "{\"password\":\""] {
        for behind in ["", "\n", "\"}", "zzz"] {
            let encoded = STANDARD.encode(format!("{before}{KEY}{behind}"));
            let out = text_of(KEY, &encoded);
            let kept = out.replace("***", "");
            let around = STANDARD.encode(before).len() + STANDARD.encode(behind).len() + 4;
            assert!(out.contains("***") && kept.len() <= around, "{out}");
        }
    }
}

#[test]
fn masks_a_login_of_docker_inside_a_secret_of_kubernetes() {
    let login = STANDARD.encode(format!("iamapikey:{KEY}"));
    for before in ["{\"auth\":\"", "x{\"auth\":\"", "xx{\"auth\":\""] {
        let out = text_of(KEY, &STANDARD.encode(format!("{before}{login}\"}}")));
        assert!(out.contains("***") && out.len() < 32, "{out}");
    }
}

#[test]
fn holds_back_only_what_may_be_a_beginning() {
    let mut redactor = redactor(KEY);
    let mut out = Vec::new();
    redactor.push(b"cf says: aB3d", &mut out);
    assert_eq!(out, b"cf says: ");
    redactor.push(b"!\n", &mut out);
    assert_eq!(out, b"cf says: aB3d!\n");
    redactor.push(&KEY.as_bytes()[..43], &mut out);
    redactor.push(&KEY.as_bytes()[43..], &mut out);
    assert_eq!(out, b"cf says: aB3d!\n***");
}

#[test]
fn waits_for_a_longer_form_when_a_short_one_is_complete() {
    let short = STANDARD.encode(KEY).trim_end_matches('=').to_owned();
    let mut redactor = redactor(KEY);
    let mut out = Vec::new();
    redactor.push(short.as_bytes(), &mut out);
    assert_eq!(out, b"");
    redactor.push(b"=.", &mut out);
    assert_eq!(out, b"***.");
    redactor.push(short.as_bytes(), &mut out);
    redactor.finish(&mut out);
    assert_eq!(out, b"***.***");
}

#[test]
fn filters_megabytes_in_a_moment() {
    let line = format!(
        "2026-11-23T22:39:48 [APP/PROC/WEB/0] OUT {}\n",
        STANDARD.encode("any text there is, iamapikey")
    );
    let text = line.repeat(4_000_000 / line.len());
    let started = std::time::Instant::now();
    assert_eq!(text_of(KEY, &text), text);
    let time = started.elapsed();
    // Far above what it takes, so that it fails for quadratic growth alone.
    assert!(time < std::time::Duration::from_secs(10), "{time:?}");
}

/// Keys as they are, and some that every encoder has something to escape in.
fn keys() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-z0-9_-]{44}", "[ab]{1,12}", "[A-Za-z0-9/+=<>&'\" \\\\%_.~-]{8,40}"]
}

/// Texts of words, parts of forms and whole forms, one behind the other.
fn texts() -> impl Strategy<Value = (String, Vec<u8>)> {
    keys().prop_flat_map(|key| {
        let forms: Vec<Vec<u8>> =
            forms::of(&key, "iamapikey").into_iter().map(|form| form.to_vec()).collect();
        let form = prop::sample::select(forms);
        let piece = prop_oneof![
            form.clone(),
            (form.clone(), 0..200_usize).prop_map(|(form, end)| form[..end % form.len()].to_vec()),
            (form.clone(), 0..200_usize)
                .prop_map(|(form, start)| form[start % form.len()..].to_vec()),
            (form.clone(), 1..80_usize).prop_map(|(form, width)| {
                form.chunks(width).collect::<Vec<_>>().join(&b"\r\n "[..])
            }),
            prop::collection::vec(any::<u8>(), 0..8),
            "[a-z \n]{0,12}".prop_map(String::into_bytes),
        ];
        (Just(key), prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat()))
    })
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// How much of a text is this form, which a long one may be in several lines.
fn in_lines(form: &[u8], text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for (index, byte) in form.iter().enumerate() {
        let is_end = |byte: Option<&u8>| matches!(byte, Some(b'\r' | b'\n'));
        let begin = at;
        if text.get(at) != Some(byte) && form.len() >= 24 && index >= 8 && is_end(text.get(at)) {
            while is_end(text.get(at)) {
                at += 1;
            }
            while matches!(text.get(at), Some(b' ' | b'\t')) {
                at += 1;
            }
        }
        if text.get(at) != Some(byte) || at - begin >= 64 {
            return None;
        }
        at += 1;
    }
    Some(at)
}

/// What the filter has to do, said without thought for speed.
fn reference(key: &str, text: &[u8]) -> Vec<u8> {
    let forms = forms::of(key, "iamapikey");
    let (mut out, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let fits = |form: &&zeroize::Zeroizing<Vec<u8>>| in_lines(form, &text[at..]).is_some();
        let longest = forms.iter().filter(fits).max_by_key(|form| form.len());
        if let Some(length) = longest.and_then(|form| in_lines(form, &text[at..])) {
            out.extend_from_slice(b"***");
            at += length;
        } else {
            out.push(text[at]);
            at += 1;
        }
    }
    out
}

proptest! {
    #[test]
    fn no_form_comes_through_and_nothing_else_changes((key, text) in texts()) {
        let out = in_pieces(&key, &text, &[]);
        for form in forms::of(&key, "iamapikey") {
            prop_assert!(!contains(&out, &form));
        }
        prop_assert_eq!(out, reference(&key, &text));
    }

    #[test]
    fn the_cuts_do_not_matter(
        (key, text) in texts(),
        cuts in prop::collection::vec(0..40_usize, 0..60),
    ) {
        prop_assert_eq!(in_pieces(&key, &text, &cuts), in_pieces(&key, &text, &[]));
    }

    #[test]
    fn single_bytes_do_not_matter((key, text) in texts()) {
        prop_assert_eq!(in_pieces(&key, &text, &vec![1; text.len()]), in_pieces(&key, &text, &[]));
    }

    #[test]
    fn a_text_without_a_form_passes_as_it_is(text in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(in_pieces(KEY, &text, &[7, 1, 30, 2]), text);
    }
}

/// A text in lines of so many characters.
fn broken(text: &str, width: usize, end: &str) -> String {
    let lines: Vec<&[u8]> = text.as_bytes().chunks(width).collect();
    String::from_utf8(lines.join(end.as_bytes())).unwrap()
}

#[test]
fn base64_in_lines_shows_less_than_says_anything_wherever_a_line_ends() {
    for (width, end) in [(64, "\n"), (76, "\r\n"), (76, "\n    "), (20, "\n")] {
        for before in 0..80 {
            let text = format!("{}{KEY}{}", "x".repeat(before), "y".repeat(before % 7));
            let encoded = STANDARD.encode(&text);
            let broken = broken(&encoded, width, end);
            let whole = text_of(KEY, &broken);
            // Byte for byte it comes to the same.
            let single = in_pieces(KEY, broken.as_bytes(), &vec![1; broken.len()]);
            assert_eq!(whole.as_bytes(), single);
            let shown: String = whole.split_whitespace().collect();
            let from = (before + 1) * 4 / 3 + 1;
            let core = &encoded[from..from + KEY.len() * 4 / 3 - 4];
            for piece in core.as_bytes().windows(12) {
                let piece = std::str::from_utf8(piece).unwrap();
                assert!(!shown.contains(piece), "{before} {width}: {shown}");
            }
        }
    }
}

#[test]
fn a_key_that_is_folded_is_masked_and_no_common_line_is_held_back() {
    let mut out = Vec::new();
    redactor(KEY).push(format!("key:\n{}\nend\n", broken(KEY, 20, "\n")).as_bytes(), &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), "key:\n***\nend\n");
    // Where a line ends in what a form begins with, or in less than says anything of it.
    for length in 1..super::BEFORE_BREAK {
        let line = format!("so far: {}\n", &KEY[..length]);
        let mut out = Vec::new();
        redactor(KEY).push(line.as_bytes(), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), line);
    }
}
