use std::collections::HashMap;
use std::rc::Rc;

use super::{Held, Interpolated, Lookup, Resolved, Unfit, interpolate, mentions_variables, names};

#[derive(Default)]
struct Table(HashMap<&'static str, Rc<Held>>, Vec<String>);

impl Lookup for Table {
    fn value(&self, name: &str) -> Option<Rc<Held>> {
        self.0.get(name).map(Rc::clone)
    }

    fn missing(&mut self, name: &str) {
        self.1.push(name.to_owned());
    }
}

fn table() -> Table {
    let scalar = |value| Rc::new(Held::Scalar(value));
    let values = [
        ("a", Held::text("A")),
        ("n", scalar(Resolved::Int(7))),
        ("f", scalar(Resolved::Float(1.5))),
        ("again", Held::text("((a))")),
    ];
    Table(values.into_iter().collect(), Vec::new())
}

fn text(given: &str) -> String {
    match interpolate(given, &mut table()).unwrap() {
        Interpolated::Text(text) => text,
        Interpolated::Whole(value) => format!("whole {}", value.as_field().unwrap()),
    }
}

#[test]
fn names_are_found_as_the_pattern_finds_them() {
    assert_eq!(
        names("((a)) (((b)) ((c d)) ((!e)) (()) ((!)) ((f/g.h_-1)) ((\u{e4}))"),
        ["a", "b", "e", "f/g.h_-1", "\u{e4}"]
    );
    assert!(
        !mentions_variables("((a b))") && !mentions_variables("(a)") && !mentions_variables("((")
    );
}

#[test]
fn values_are_put_in() {
    assert_eq!(text("x((a))y((n))((!a))"), "xAy7A");
    assert_eq!(text("((f))"), "whole 1.5");
    assert_eq!(text("((!n))"), "whole 7");
    assert_eq!(text("-((again))-"), "-((a))-");
}

#[test]
fn what_is_missing_is_noted_and_what_does_not_fit_is_refused() {
    let mut table = table();
    let Ok(Interpolated::Text(text)) = interpolate("((x.y))((a))((z))", &mut table) else {
        panic!()
    };
    assert_eq!(
        (text.as_str(), table.1.as_slice()),
        ("((x.y))A((z))", ["x".into(), "z".into()].as_slice())
    );
    let unfit = interpolate("v((f))", &mut table).err();
    assert_eq!(unfit, Some(Unfit::Type("f".to_owned(), "a number with a fraction")));
    assert_eq!(interpolate("((a.b))", &mut table).err(), Some(Unfit::Path("a.b".to_owned())));
}
