use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Edit, Manifest, Source};
use crate::manifest::Variables;

const NEW: &str =
    "us.icr.io/acme/new@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const OTHER: &str = "de.icr.io/acme/other:2";

fn variables() -> Variables {
    let text = "tag: '1.10'\nimage: us.icr.io/acme/web\n".to_owned();
    Variables::read(&[Source { name: "vars.yml".to_owned(), text }], &[]).unwrap().0
}

fn read(text: &str) -> Manifest {
    let source = Source { name: "manifest.yml".to_owned(), text: text.to_owned() };
    Manifest::read(source, &variables()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn edit(app: usize, image: &str) -> Edit {
    Edit { app, image: Some(image.to_owned()), username: Some("iamapikey".to_owned()), path: None }
}

fn with(text: &str, edits: &[Edit]) -> String {
    read(text).with(edits, &HashSet::new()).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(text: &str, edits: &[Edit]) -> String {
    read(text).with(edits, &HashSet::new()).unwrap_err().to_string()
}

#[test]
fn a_user_is_put_before_the_image() {
    let block = "applications:\r\n- docker:\r\n    image: a  # old\r\n";
    assert_eq!(
        with(block, &[edit(0, NEW)]),
        format!(
            "applications:\r\n- docker:\r\n    username: iamapikey\r\n    image: {NEW}  # old\r\n"
        )
    );
    let flow = "applications: [{docker: {image: 'a', x: 1}}]";
    assert_eq!(
        with(flow, &[edit(0, NEW)]),
        format!("applications: [{{docker: {{username: iamapikey, image: '{NEW}', x: 1}}}}]")
    );
    let json = "{\"applications\":[{\"docker\":{\"image\":\"a\"}}]}";
    assert_eq!(
        with(json, &[edit(0, NEW)]),
        format!(
            "{{\"applications\":[{{\"docker\":{{username: iamapikey, \"image\":\"{NEW}\"}}}}]}}"
        )
    );
    let empty = "applications:\n- docker:\n    image: a\n    username: # who\n";
    assert_eq!(
        with(empty, &[edit(0, NEW)]),
        format!("applications:\n- docker:\n    image: {NEW}\n    username: iamapikey # who\n")
    );
}

#[test]
fn a_path_is_quoted_where_it_has_to_be() {
    let text = "applications:\n- {path: ./x, name: a}\n- path: 'y' # why\n";
    let to = |app: usize, path: &str| Edit { app, path: Some(path.to_owned()), ..Edit::default() };
    assert_eq!(
        with(text, &[to(0, "/srv/a b, c: \"d\"\\\n"), to(1, "/srv/y")]),
        "applications:\n- {path: \"/srv/a b, c: \\\"d\\\"\\\\\\u000a\", name: a}\n- path: '/srv/y' # why\n"
    );
    assert_eq!(
        with(text, &[to(0, "/srv/x"), to(1, "/o'k")]),
        "applications:\n- {path: /srv/x, name: a}\n- path: \"/o'k\" # why\n"
    );
}

#[test]
fn what_apps_share_changes_only_for_all_of_them_and_alike() {
    let text = "d: &d\n  docker: {image: old, username: u}\napplications:\n- name: a\n  <<: *d\n- name: b\n  <<: *d\n";
    let both = with(text, &[edit(0, NEW), edit(1, NEW)]);
    assert_eq!(both, text.replace("old", NEW).replace(": u}", ": iamapikey}"));
    let differ = refused(text, &[edit(0, NEW), edit(1, OTHER)]);
    assert!(
        differ.starts_with("`a` and `b` share this through an anchor\n  manifest.yml:2:"),
        "{differ}"
    );
    let one = refused(text, &[edit(1, NEW)]);
    assert!(
        one.starts_with("`b` and `a` share this through an anchor\n  manifest.yml:2:"),
        "{one}"
    );
    let lone = read(text).with(&[edit(1, NEW)], &HashSet::from([0])).unwrap();
    assert_eq!(lone, both, "cf goes by none of the other's");
    let alias = "applications:\n- docker: {image: &i old}\n- docker: {image: *i}\n";
    let result = with(alias, &[edit(0, NEW), edit(1, OTHER)]);
    let expected = format!(
        "applications:\n- docker: {{username: iamapikey, image: &i {NEW}}}\n- docker: {{username: iamapikey, image: {OTHER}}}\n"
    );
    assert_eq!(result, expected);
    let env = "applications:\n- docker: {image: &i old}\n  env: {I: *i}\n- name: b\n  docker: {image: x}\n";
    let own = refused(env, &[edit(0, NEW), edit(1, OTHER)]);
    assert!(own.contains("something else would change") && own.contains(":2:"), "{own}");
}

#[test]
fn an_app_without_the_key_is_refused() {
    let text = "applications:\n- name: a\n- docker: {username: u}\n";
    assert!(refused(text, &[edit(0, NEW)]).starts_with("the app has no `docker.image`"));
    assert!(refused(text, &[edit(1, NEW)]).starts_with("the app has no `docker.image`"));
    assert!(refused(text, &[edit(2, NEW)]).starts_with("there is no such app"));
    let path = Edit { app: 0, path: Some("/x".to_owned()), ..Edit::default() };
    assert!(refused(text, &[path]).starts_with("the app has no `path`"));
}

/// Scalars that readers disagree about.
fn scalar() -> impl Strategy<Value = &'static str> {
    select(vec![
        "yes",
        "0755",
        "2001-12-14",
        "1.10",
        "~",
        "text",
        "\"two words\"",
        "'it''s'",
        "x((tag))y",
        "1e3",
        "\"\\u00e9\"",
        "a b  c",
        "!!str 5",
        "-1",
        "http://x.y/z",
        "\"# no comment\"",
    ])
}

fn image() -> impl Strategy<Value = &'static str> {
    select(vec![
        "us.icr.io/acme/web:1",
        "'us.icr.io/acme/web:1'",
        "\"us.icr.io/acme/web\"",
        "((image))",
        "us.icr.io/acme/web:((tag))",
        "*image",
        "&own us.icr.io/acme/own",
        "docker.io/library/x",
    ])
}

/// A docker block of a form, below a key with four columns.
fn docker() -> impl Strategy<Value = String> {
    let user = select(vec!["", "someone", "'some one'", "~"]);
    (image(), user, 0..6_u8).prop_map(|(image, user, form)| {
        let named = if user.is_empty() { String::new() } else { format!("username: {user}") };
        match form {
            0 if named.is_empty() => format!("  docker: {{image: {image} }}\n"),
            0 => format!("  docker: {{image: {image} , {named}}}\n"),
            1 if named.is_empty() => format!("  \"docker\": {{ # c\n    'image': {image}\n   }}\n"),
            1 => format!("  docker: {{{named},\n   image: {image} }} # c\n"),
            2 => "  docker: *shared\n".to_owned(),
            3 => format!("  docker:\n    <<: *user\n    image: {image} # c\n"),
            4 if !named.is_empty() => {
                format!("  docker:\n      {named}\n\n      # c\n      image:   {image}\n")
            }
            _ if named.is_empty() => format!("  docker:\n    image: {image}\n"),
            _ => format!("  docker:\n    image: {image}\n    {named}  # c\n"),
        }
    })
}

fn app() -> impl Strategy<Value = String> {
    let env = vec((scalar(), any::<bool>()), 0..4).prop_map(|values| {
        let mut env = String::from(if values.is_empty() { "" } else { "  env:\n" });
        for (number, (value, comment)) in values.into_iter().enumerate() {
            let comment = if comment { " # c" } else { "" };
            env.extend(["    K", &number.to_string(), ": ", value, comment, "\n"]);
        }
        env
    });
    let extra = select(vec![
        "",
        "  <<: *defaults\n",
        "  <<: [*defaults, {stack: s}]\n",
        "  command: >-\n    a\n    b\n",
        "  services: [a, {name: b}]\n",
        "  routes:\n  - route: a.b\n",
        "  path: .\n",
        "# c\n\n",
        "  ? complex\n  : - x\n    - y\n",
        "  sidecars:\n  -\n    name: s\n",
    ]);
    (scalar(), env, prop::option::of(docker()), extra).prop_map(|(name, env, docker, extra)| {
        let docker = docker.unwrap_or_default();
        format!("- name: {name}\n{env}{extra}{docker}")
    })
}

fn manifest() -> impl Strategy<Value = String> {
    let ends = select(vec!["", "...\n", "---\nanother: [\n", "# end", "\n\n"]);
    let begins = select(vec!["", "---\n", "\u{feff}", "# top\n\n", "%YAML 1.1\n---\n"]);
    let top = "defaults: &defaults {memory: 1G, env: {D: yes}}\nx:\n  user: &user {username: me}\n  image: &image us.icr.io/acme/shared\n  docker: &shared\n    image: us.icr.io/acme/shared\n";
    (begins, vec(app(), 1..4), ends, any::<bool>()).prop_map(move |(begins, apps, ends, crlf)| {
        let text = format!("{begins}{top}applications:\n{}{ends}", apps.concat());
        if crlf { text.replace('\n', "\r\n") } else { text }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn only_what_was_asked_for_changes(text in manifest(), chosen in vec(any::<bool>(), 3)) {
        let before = read(&text);
        prop_assert_eq!(&before.with(&[], &HashSet::new()).unwrap(), &text);
        let has_image = |app: usize| before.apps[app].docker.as_ref().is_some_and(|d| d.image.is_some());
        let edits: Vec<Edit> = (0..before.apps.len())
            .filter(|app| chosen[*app] && has_image(*app))
            .map(|app| edit(app, NEW))
            .collect();
        match before.with(&edits, &HashSet::new()) {
            Ok(result) => {
                let after = read(&result);
                prop_assert_eq!(after.apps.len(), before.apps.len());
                for (at, (new, old)) in after.apps.iter().zip(&before.apps).enumerate() {
                    let asked = edits.iter().any(|edit| edit.app == at);
                    let text = |value: &Option<crate::manifest::Value>| value.as_ref().map(|v| v.text.clone());
                    let docker = |app: &crate::manifest::ManifestApp| app.docker.as_ref().map(|d| (text(&d.image), text(&d.username)));
                    let wanted = if asked { Some((Some(NEW.to_owned()), Some("iamapikey".to_owned()))) } else { docker(old) };
                    prop_assert_eq!(docker(new), wanted);
                    prop_assert_eq!(text(&new.name), text(&old.name));
                    let env = |m: &Manifest| m.env_entries(at).map(|(k, v, _)| format!("{k}={v}")).collect::<Vec<_>>();
                    prop_assert_eq!(env(&after), env(&before));
                }
                let kept = |text: &str| text.replace(NEW, "").replace("iamapikey", "").replace("username:", "").chars().filter(|c| !c.is_whitespace()).count();
                prop_assert!(kept(&result) <= text.chars().filter(|c| !c.is_whitespace()).count() + edits.len());
                let lone = |text: &str| text.replace("\r\n", "").contains('\n');
                prop_assert_eq!(lone(&result), lone(&text));
                prop_assert_eq!(read(&result).with(&edits, &HashSet::new()).unwrap(), result);
            }
            Err(error) => {
                prop_assert!(error.place().unwrap().line.is_some());
                // Only what is shared, or a user from a merge, is refused here.
                prop_assert!(text.contains("*shared") || text.contains("*user"), "{}\n{}", error, text);
            }
        }
    }
}
