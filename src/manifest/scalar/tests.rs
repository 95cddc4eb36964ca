use super::{Resolved, Style, float_text, plain, resolve};

#[test]
fn plain_scalars_are_resolved_as_resolve_go_does() {
    let int = |number: i128| Resolved::Int(number);
    for (text, expected) in [
        ("0", int(0)),
        ("-5", int(-5)),
        ("+5", int(5)),
        ("0755", int(493)),
        ("0o17", int(15)),
        ("0xFF", int(255)),
        ("0b101", int(5)),
        ("-0b11", int(-3)),
        ("1_000", int(1000)),
        ("18446744073709551615", int(18_446_744_073_709_551_615)),
        ("0899", Resolved::Float(899.0)),
        ("99999999999999999999", Resolved::Float(1e20)),
        ("1.", Resolved::Float(1.0)),
        (".5", Resolved::Float(0.5)),
        ("1e3", Resolved::Float(1000.0)),
        ("-1.5E-2", Resolved::Float(-0.015)),
        ("ON", Resolved::Bool(true)),
        ("n", Resolved::Bool(false)),
        ("", Resolved::Null),
        ("NULL", Resolved::Null),
    ] {
        assert_eq!(plain(text), expected, "{text}");
    }
    for text in [
        "web",
        "1.2.3",
        "1e999",
        "-",
        "+",
        ".",
        "._1",
        "0x",
        "yEs",
        "nULL",
        "190:20:30",
        "1e",
        "e3",
        "2001-12-14",
        "2001-2-3",
        "2001-12-14T21:59:43.10Z",
        "2001-12-14 21:59:43",
        "<<",
        "_1",
        "1 2",
        "-18446744073709551615x",
        "us.icr.io/a",
        "0b2",
        "12abc",
    ] {
        assert_eq!(plain(text), Resolved::Text(text.to_owned()), "{text}");
    }
    assert!(matches!(plain(".NaN"), Resolved::Float(number) if number.is_nan()));
    assert_eq!(plain("-.inf"), Resolved::Float(f64::NEG_INFINITY));
}

#[test]
fn tags_decide_and_what_does_not_fit_is_refused() {
    let text = |text: &str| Ok(Resolved::Text(text.to_owned()));
    assert_eq!(resolve("5", Style::Plain, Some("str")), text("5"));
    assert_eq!(resolve("yes", Style::DoubleQuoted, None), text("yes"));
    assert_eq!(resolve("5", Style::DoubleQuoted, Some("int")), Ok(Resolved::Int(5)));
    assert_eq!(resolve("5", Style::Plain, Some("float")), Ok(Resolved::Float(5.0)));
    assert_eq!(resolve("5", Style::Plain, Some("!own")), text("5"));
    assert_eq!(resolve("aGk=", Style::Plain, Some("binary")), text("hi"));
    assert_eq!(resolve("aGkh\n", Style::Plain, Some("binary")), text("hi!"));
    for bad in ["aGk", "a===", "aG=k", "a*==", "=aGk"] {
        assert!(resolve(bad, Style::Plain, Some("binary")).is_err(), "{bad}");
    }
    assert!(resolve("x", Style::Plain, Some("int")).is_err());
    assert!(resolve("x", Style::Plain, Some("timestamp")).is_err());
}

#[test]
fn numbers_are_written_as_go_writes_them() {
    for (number, expected) in [
        (1.1, "1.1"),
        (1000.0, "1000"),
        (100_000.0, "100000"),
        (1_000_000.0, "1e+06"),
        (1_234_567.5, "1.2345675e+06"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (1e100, "1e+100"),
        (-0.0, "-0"),
        (f64::INFINITY, ".inf"),
    ] {
        assert_eq!(float_text(number), expected);
    }
}
