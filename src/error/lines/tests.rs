use crate::error::{Error, ErrorKind, Place};

#[test]
fn a_place_in_a_file_names_line_and_column_and_shows_that_line_alone() {
    let text = "a: 1\r\nname: \u{e4}[oops\r\nc: 3\r\n";
    let at = text.find('[').unwrap();
    let place = Place::in_file("manifest.yml", text, at..at + 5);
    let shown = Error::new(ErrorKind::Manifest, "unclosed").at(place).to_string();
    assert_eq!(shown, "unclosed\n  manifest.yml:2:8\n  name: \\u{e4}[oops\n              ^^^^^");
    let end = Place::in_file("m", "a:\n", 3..3);
    assert_eq!((end.line, end.column, end.text.as_str()), (Some(2), Some(1), ""));
}

#[test]
fn a_place_in_a_file_hides_what_may_be_secret() {
    let shown = |text: &str, part: &str| {
        let at = text.find(part).unwrap();
        Place::in_file("m", text, at..at + part.len()).text
    };
    let env = "- name: x\n  env:\n    A: hush\n    B: |\n      hush hush\n  path: y\n";
    assert_eq!(shown(env, "A: h"), "    A: ...");
    assert_eq!(shown(env, "hush\n    B"), "    A: ...");
    assert_eq!(shown(env, "hush hush"), "");
    assert_eq!(shown(env, "path"), "  path: y");
    assert_eq!(shown("env: {A: hush}\n", "hush"), "env: ...");
    assert_eq!(shown("x: {env: {\nA: hush\n}, y: z}\n", "hush"), "");
    assert_eq!(shown("x: {env: {\nA: hush\n},\n name: z}\n", "z}"), " name: ...");
    assert_eq!(shown("docker:\n  password: hush\n", "hush"), "  password: ...");
    assert_eq!(shown("x: &c\n  DB_URL: a://u:hush@h/((db))\n", "((db))"), "  DB_URL: ...");
    assert_eq!(shown("? env\n: {A: hush}\n", "hush"), ": ...");
    assert_eq!(shown("sidecars:\n- command: run --db hush ((x))\n", "((x))"), "- command: ...");
    let service = "services:\n- name: db\n  parameters: {pw: hush, u: ((x))}\n";
    assert_eq!(shown(service, "((x))"), "  parameters: ...");
    assert_eq!(shown("command: >\n  run hush\n", "run"), "");
    assert_eq!(shown("services:\n- db ((x))\n", "((x))"), "- db ((x))");
    for text in [
        "  env:\n    KEY: |\nhush\n",
        "  env:\n    KEY: |-\n      a\n  hush\n",
        "  env:\n    KEY: -----BEGIN\nhush\n",
        "  env:\n    L: |\n- hush\n",
        "command: |\n  run hush: x\n",
        "image: https://user:hush@us.icr.io/a/b\n",
    ] {
        assert_eq!(shown(text, "hush"), "", "{text:?}");
    }
    assert_eq!(shown("parameters:\n  name: hush: x\n", "hush"), "  name: ...");
    assert_eq!(shown("metadata:\n  labels:\n    image: hush\n", "hush"), "    image: ...");
    assert_eq!(shown("- name: a((x)) # hush\n", "((x))"), "- name: a((x))");
    assert_eq!(shown("image: us.icr.io/a/b:((tag))\n", "((tag))"), "image: us.icr.io/a/b:((tag))");
    let key = format!("name: {}1A", "abcdefghij".repeat(5));
    assert_eq!(shown(&key, "abc"), "");
}

#[test]
fn json_has_line_and_column_only_for_files() {
    let one = serde_json::to_value(Place::new("argument", "ab", 0..1)).unwrap();
    assert_eq!(one.as_object().unwrap().len(), 4, "{one}");
    let many = Place::in_file("vars.yml", "a: hush\n", 3..7).without_excerpt();
    let shown = Error::new(ErrorKind::Manifest, "bad").at(many.clone()).to_string();
    assert_eq!(shown, "bad\n  vars.yml:1:4");
    let many = serde_json::to_value(many).unwrap();
    assert_eq!((&many["line"], &many["column"], &many["text"]), (&1.into(), &4.into(), &"".into()));
}
