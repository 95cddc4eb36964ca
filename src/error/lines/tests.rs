use proptest::prelude::*;

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
    assert_eq!(shown("x: {env: {\nA: hush\n},\n name: z}\n", "z}"), "");
    assert_eq!(shown("docker:\n  password: hush\n", "hush"), "  password: ...");
    assert_eq!(shown("x: &c\n  DB_URL: a://u:hush@h/((db))\n", "((db))"), "  DB_URL: ...");
    assert_eq!(shown("? env\n: {A: hush}\n", "hush"), "");
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

/// What is shown of the line with this part, which is there once.
#[track_caller]
fn line_with(text: &str, part: &str) -> String {
    let found: Vec<usize> = text.match_indices(part).map(|(at, _)| at).collect();
    assert_eq!(found.len(), 1, "{text:?}");
    Place::in_file("m", text, found[0]..found[0] + part.len()).text
}

#[test]
fn a_key_that_has_lost_its_colon_is_shown_without_what_follows() {
    for (line, shown) in [
        ("password hush", "password ..."),
        ("password:hush", "password ..."),
        ("password=hush", "password ..."),
        ("password;hush", "password ..."),
        ("\"password\" hush", "\"password ..."),
        ("- password hush", "- password ..."),
        ("command run --token hush", "command ..."),
        ("env FOO=hush", "env ..."),
        ("name hush", "name ..."),
        ("name:hush", "name ..."),
        ("passwrd hush", ""),
        ("hush", ""),
        ("hush: x: y", ""),
        ("? hush", ""),
    ] {
        for (above, blanks) in [("docker:\n", "  "), ("- name: web\n", "  "), ("", "")] {
            let text = format!("{above}{blanks}{line}\nimage: x\n");
            if line.starts_with('-') && above.ends_with("web\n") {
                // An item of a text that goes on.
                assert_eq!(line_with(&text, "hush"), "", "{text:?}");
                continue;
            }
            let expected =
                if shown.is_empty() { String::new() } else { format!("{blanks}{shown}") };
            if line == "hush: x: y" {
                assert_eq!(line_with(&text, "x: y"), format!("{blanks}hush: ..."), "{text:?}");
            } else {
                assert_eq!(line_with(&text, "hush"), expected, "{text:?}");
            }
        }
    }
}

#[test]
fn a_value_is_shown_as_far_as_it_is_the_value_of_a_key_without_secrets() {
    for (line, shown) in [
        ("image: us.icr.io/acme/web:1.4 password hush", "image: us.icr.io/acme/web:1.4 ..."),
        ("image: us.icr.io/acme/web password: hush", "image: us.icr.io/acme/web ..."),
        ("image: svc:hush@registry.example.com/app", "image: ..."),
        ("image: https://svc:hush@registry.example.com/app", "image: ..."),
        ("username: svc password=hush", "username: svc ..."),
        ("username: svc:hush", "username: ..."),
        ("name: web,password:hush", "name: ..."),
        ("path: ./app?token=hush", "path: ..."),
        ("buildpacks: [https://me:hush@example.com/pack]", "buildpacks: [ ..."),
        ("docker: {image: acme/web, password: hush}", "docker: {image: acme/web, password: ..."),
        ("docker: {image: acme/web, password hush}", "docker: {image: acme/web, ..."),
        ("docker: {password hush, image: acme/web}", "docker: { ..."),
        ("docker: {\"password\":hush}", "docker: {\"password\": ..."),
        ("name: \"web\" hush", "name: \"web\" ..."),
        ("name: \"web hush", "name: ..."),
        ("name: 'it''s hush", "name: 'it' ..."),
        ("memory: 1G # hush", "memory: 1G"),
        ("memory: 1G #hush", "memory: 1G"),
        ("# password: hush", ""),
        ("name: web\u{2028}password: hush", "name: web ..."),
        ("name: web\rpassword: hush", "name: web ..."),
        ("password: &p hush", "password: ..."),
        ("password: !!str hush", "password: ..."),
        ("image: &i us.icr.io/acme/web hush", "image: &i us.icr.io/acme/web ..."),
    ] {
        assert_eq!(
            line_with(&format!("- path: x\n  {line}\n"), "hush").trim_start(),
            shown,
            "{line}"
        );
    }
}

#[test]
fn what_cf_refuses_in_a_key_without_secrets_is_shown() {
    for line in [
        "instances: two",
        "memory: 1.5.G",
        "name: {a: b}",
        "image: us.icr.io/acme/web@sha256:0123",
        "image: us.icr.io/acme/web:((tag)) ((x))",
        "image: *unknown",
        "routes: [{route: web.example.com}]",
        "services: [db, cache]",
        "<<: *defaults",
        "path: C:\\apps",
        "name: \"my app\"",
        "random-route: yes",
    ] {
        let text = format!("applications:\n- path: x\n  {line}\n");
        let at = text.find(line).unwrap();
        let place = Place::in_file("m", &text, at..at + 1);
        assert_eq!(
            place.text.trim_start().trim_end_matches(" ..."),
            line.trim_end_matches(" b}"),
            "{line}"
        );
    }
}

#[test]
fn a_line_inside_of_something_that_is_open_is_not_shown() {
    for text in [
        "command: |\n  name: hush\n",
        "command: >-\n  a\n\n  image: hush\n",
        "- |\n  name: hush\n",
        "command:\n  |\n  name: hush\n",
        "--- |\nname: hush\n",
        "command: &c |2\n    image: hush\n",
        "command: !!str > # folded\n  image: hush\n",
        "env:\n  A: \"one\n  name: hush\"\n",
        "env:\n  A: 'it''s\nname: hush'\n",
        "env:\n  A: \"\\\"\n  name: hush\"\n",
        "env: {A: b,\n  name: hush}\n",
        "env: [{\n name: hush\n}]\n",
        "command: |\n  run\n[  name: hush\n",
        "command: run\n  name: hush\n",
        "command: run\n  this\n    image: hush\n",
        "password:\n  hush: x\n",
        "API_TOKEN:\n  name: hush\n",
    ] {
        assert_eq!(line_with(text, "hush"), "", "{text:?}");
    }
    let after = "command: |\n  run\n  it\nname: hush\n";
    assert_eq!(line_with(after, "hush"), "name: hush");
    assert_eq!(line_with("a: it's\nname: hush\n", "hush"), "name: hush");
    assert_eq!(line_with("a: b # it's\nname: hush\n", "hush"), "name: hush");
}

/// A manifest with secrets wherever people have them.
const SECRETS: &str = r#"# hush0
defaults: &defaults
  memory: 1G
  token: &t hush1
applications:
- name: web
  <<: *defaults
  docker:
    image: us.icr.io/acme/web:1.4
    username: svc
    password: "hush2 hush3"
  command: >
        run --key hush4
        name: hush5
  services:
  - name: db
    parameters: {user: me, pw: hush6, more: [hush7, 'hush8']}
  env:
    A: hush9
    B: |
            hush10
            image: hush11
    C: "one
      hush12"
    D: https://me:hush13@example.com
  routes:
  - route: web.example.com # hush14
- name: api
  docker: {image: acme/api, password: hush15}
"#;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn no_typing_error_brings_a_secret_to_light(
        gone in proptest::collection::vec(0_usize..900, 0..4),
        added in proptest::option::of((0_usize..900, "[:'\"{}\\[\\]|>#&*,?!@ \t-]")),
    ) {
        // No line end is added: behind it may be a whole and honest line. Letters stay: without them a secret could not be told any more.
        let is_loose = |text: &str, at: &usize| {
            text.as_bytes().get(*at).is_some_and(|byte| !byte.is_ascii_alphanumeric())
        };
        let mut text = SECRETS.to_owned();
        for at in gone {
            if is_loose(&text, &at) {
                text.remove(at);
            }
        }
        if let Some((at, added)) = added
            && at <= text.len()
        {
            text.insert_str(at, &added);
        }
        let lines = text.match_indices('\n').map(|(at, _)| at + 1);
        for at in std::iter::once(0).chain(lines) {
            let shown = Place::in_file("m", &text, at..at + 1).text;
            prop_assert!(!shown.contains("hush"), "{shown:?} of {text}");
        }
    }
}
