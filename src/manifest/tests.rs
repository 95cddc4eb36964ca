//! The corpus of manifests as people write them, and what is refused.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::{Edit, Manifest, ManifestApp, Source, ValueOrigin, Variables};

const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn source(name: &str, text: &str) -> Source {
    Source { name: name.to_owned(), text: text.to_owned() }
}

fn variables() -> Variables {
    let file = "name: api\ncount: 3\nratio: 1.5\ntag: '1.10'\nimage: us.icr.io/acme/web:1\n\
                db: {host: h, port: 5432}\ndocker: {image: us.icr.io/acme/web}\n";
    Variables::read(&[source("vars.yml", file)], &[]).unwrap().0
}

pub(super) fn read(text: &str) -> Manifest {
    Manifest::read(source("manifest.yml", text), &variables()).unwrap()
}

fn refused(text: &str) -> String {
    Manifest::read(source("manifest.yml", text), &variables()).unwrap_err().to_string()
}

fn files(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/manifests").join(folder);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "yml"));
    paths.sort();
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    #[expect(clippy::disallowed_methods, reason = "nobody waits for a test's own files")]
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    paths.iter().map(|path| (name(path), read(path))).collect()
}

/// A new image and user for every docker app; apps with the same image get the same.
fn edits(manifest: &Manifest) -> Vec<Edit> {
    let image = |app: &ManifestApp| Some(app.docker.as_ref()?.image.as_ref()?.text.clone());
    let images: Vec<Option<String>> = manifest.apps.iter().map(image).collect();
    let edit = |(app, image): (usize, &Option<String>)| {
        let first = images.iter().position(|other| other == image)?;
        image.as_ref()?;
        let digest = HEX.replace('f', &format!("{:x}", first % 16));
        let image = Some(format!("us.icr.io/acme/new@sha256:{digest}"));
        Some(Edit { app, image, username: Some("iamapikey".to_owned()), path: None })
    };
    images.iter().enumerate().filter_map(edit).collect()
}

#[test]
fn every_manifest_of_the_corpus_is_read_and_changed_or_refused_with_a_place() {
    let corpus = files("");
    assert!(corpus.len() >= 60, "{}", corpus.len());
    for (name, text) in corpus {
        let manifest = Manifest::read(source(&name, &text), &variables())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(manifest.with(&[], &HashSet::new()).unwrap(), text, "{name}");
        let edits = edits(&manifest);
        let result = manifest.with(&edits, &HashSet::new());
        if name.starts_with("unsafe-") {
            let error = result.unwrap_err();
            assert!(error.place().unwrap().line.is_some(), "{name}");
            continue;
        }
        let result = result.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(edits.is_empty(), result == text, "{name}");
        let again = read(&result);
        for (app, before) in again.apps.iter().zip(&manifest.apps) {
            let Some(docker) = &app.docker else { continue };
            assert!(docker.image.as_ref().unwrap().text.starts_with("us.icr.io/acme/new@"));
            assert_eq!(docker.username.as_ref().unwrap().text, "iamapikey", "{name}");
            assert_eq!(app.name.as_ref().map(|v| &v.text), before.name.as_ref().map(|v| &v.text));
        }
        assert_eq!(read(&result).with(&edits, &HashSet::new()).unwrap(), result, "{name}: twice");
        assert_eq!(result.matches('\r').count() > 0, text.contains('\r'), "{name}");
        let lone = |text: &str| text.replace("\r\n", "").contains('\n');
        assert_eq!(lone(&result), lone(&text), "{name}");
    }
}

/// First line of the error, and the place.
const REFUSED: [(&str, &str, &str); 26] = [
    ("alias-bomb", "aliases make more than 400,000 values of this", "6:17"),
    ("app-string", "an app is a text, not a mapping", "2:3"),
    ("applications-map", "`applications` is a mapping, not a list", "1:1"),
    ("collection-key", "a list or mapping cannot be a key", "3:5"),
    ("comment-only", "the manifest needs at least one application", "1:1"),
    ("control-character", "control characters are not allowed in YAML", "2:11"),
    ("deep", "this is nested more than 500 levels deep", "1:515"),
    ("docker-string", "`docker` is a text, not a mapping", "3:11"),
    ("empty", "the manifest needs at least one application", "1:1"),
    (
        "float-in-text",
        "variable `ratio` is a number with a fraction; inside a text cf puts in only texts and whole numbers",
        "4:12",
    ),
    ("image-map", "`image` is a mapping, not a text", "4:12"),
    ("line-separator", "a line break that only some YAML readers know", "2:16"),
    ("list-at-top", "the manifest is a list, not a mapping", "1:1"),
    ("merge-scalar", "`<<` takes a mapping or a list of mappings", "2:7"),
    ("missing-variable", "expected to find variables: alpha, zeta", "2:9"),
    ("no-applications", "the manifest needs at least one application", "1:1"),
    ("no-apps-in-list", "the manifest needs at least one application", "1:1"),
    ("no-route-text", "`no-route` is a text, not true or false", "3:13"),
    ("self-alias", "the value of this anchor contains itself", "3:12"),
    ("tab-indentation", "a tab cannot indent in YAML", "3:1"),
    ("unclosed-bracket", "unclosed bracket '['", "3:13"),
    ("unknown-alias", "no anchor of this name stands before", "2:7"),
    ("unterminated-quote", "unclosed quote", "2:9"),
    ("variable-path", "variable `db.nothing` leads into nothing", "2:9"),
    ("version-1.2", "cf reads YAML 1.1 and no other version", "2:1"),
    ("wrong-tag", "this is no `!!int`", "3:20"),
];

#[test]
fn every_refused_manifest_has_its_message_and_place() {
    let files = files("refused");
    assert_eq!(files.len(), REFUSED.len());
    for ((name, text), (expected_name, message, place)) in files.iter().zip(REFUSED) {
        assert_eq!(name, expected_name);
        let shown = refused(text);
        let expected = format!("{message}\n  manifest.yml:{place}");
        let head: Vec<&str> = shown.lines().take(2).collect();
        assert_eq!(head.join("\n"), expected, "{name}: {shown}");
    }
}

#[test]
fn what_cf_does_in_silence_is_said_with_its_line() {
    let warned: Vec<String> = files("")
        .iter()
        .flat_map(|(_, text)| read(text).warnings)
        .map(|line| line.strip_prefix("manifest.yml:").unwrap().to_owned())
        .collect();
    let expected = [
        "6: cf ignores `password` in `docker`; take it out, a manifest is no place for it",
        "3: `name` stands twice in an app; the last one counts",
        "6: `image` stands twice in `docker`; the last one counts",
        "3: Cloud Foundry ignores `x` in an app; take it out",
        "5: Cloud Foundry ignores `blob` in an app; take it out",
        "1: cf ignores `inherit`; what the other manifest says does not count",
        "2: cf ignores `memory` outside of an app; move it into the apps",
        "3: cf ignores `instances` outside of an app; move it into the apps",
    ];
    assert_eq!(warned, expected);
    let unused = read("variables: []\napplications:\n- name: a\n").warnings;
    assert!(unused[0].contains("no values from `variables`"), "{unused:?}");
    let more = read("applications:\n- icr: {region: us}\n");
    assert!(more.warnings[0].starts_with("manifest.yml:2: `icr` is no key"), "{more:?}");
}

#[test]
fn fields_are_what_a_go_program_gets() {
    let text = |yaml: &str| {
        let manifest = read(&format!("applications:\n- name: {yaml}\n  path: p\n"));
        manifest.apps[0].name.as_ref().map(|name| name.text.clone())
    };
    for (yaml, expected) in [
        ("web", "web"),
        ("0755", "493"),
        ("1.10", "1.1"),
        ("yes", "true"),
        ("N", "false"),
        ("2001-12-14", "2001-12-14"),
        ("1e3", "1000"),
        ("\"1.10\"", "1.10"),
        ("'~'", "~"),
        ("!!str 0755", "0755"),
        ("!!binary aGVsbG8=", "hello"),
        ("((count))", "3"),
        ("v((tag))-((count))", "v1.10-3"),
        ("((ratio))", "1.5"),
        ("((db.host))", "h"),
    ] {
        assert_eq!(text(yaml).as_deref(), Some(expected), "{yaml}");
    }
    for nothing in ["", "~", "null", "!!null ''"] {
        assert_eq!(text(nothing), None, "{nothing}");
    }
}

#[test]
fn a_merge_counts_where_it_stands_as_in_yaml_v2() {
    let manifest = read(
        "d: &d {name: merged, path: m}\napplications:\n- name: before\n  <<: *d\n  path: after\n",
    );
    let app = &manifest.apps[0];
    assert_eq!(app.name.as_ref().unwrap().text, "merged");
    assert_eq!(app.path.as_ref().unwrap().text, "after");
    assert_eq!(app.path.as_ref().unwrap().origin, ValueOrigin::Written);
}

#[test]
fn everything_of_an_app_is_found() {
    let text = "applications:\n- name: a\n  path: ./x\n  buildpack: b\n  command: c\n  disk_quota: 2G\n  no-route: on\n  env: {A: 1, B: {C: [x, ((tag))]}}\n";
    let manifest = read(text);
    let app = &manifest.apps[0];
    assert_eq!(&text[app.buildpacks.clone().unwrap()], "buildpack");
    assert_eq!(&text[app.path.as_ref().unwrap().range.clone()], "./x");
    assert_eq!(app.command.as_ref().unwrap().text, "c");
    assert_eq!(app.disk.as_ref().unwrap().text, "2G");
    assert!(app.no_route && app.docker.is_none());
    assert!(
        text[app.range.clone()].starts_with("name: a") && text[app.range.clone()].ends_with('}')
    );
    let env: Vec<(String, String)> = manifest
        .env_entries(0)
        .map(|(key, value, range)| (format!("{key}@{}", &text[range]), value.into_owned()))
        .collect();
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(env, [pair("A@1", "1"), pair("C@x", "x"), pair("C@((tag))", "1.10")]);
    let place = manifest.place(app.path.as_ref().unwrap().range.clone());
    assert_eq!((place.line, place.column), (Some(3), Some(9)));
    assert!(!format!("{manifest:?}").contains("./x"));
}

#[test]
fn values_inside_a_variable_are_found_at_the_variable() {
    let text = "applications:\n- docker: ((docker))\n";
    let manifest = read(text);
    let image = manifest.apps[0].docker.as_ref().unwrap().image.clone().unwrap();
    assert_eq!(image.text, "us.icr.io/acme/web");
    assert_eq!(image.origin, ValueOrigin::InVariable);
    assert_eq!(&text[image.range], "((docker))");
}

#[test]
fn large_and_deep_texts_take_no_time_and_no_stack() {
    let started = std::time::Instant::now();
    assert!(refused(&"#".repeat((1 << 20) + 1)).contains("longer than 1 MiB"));
    let deep = format!("applications: [{{x: {}{}}}]\n", "[".repeat(490), "]".repeat(490));
    assert_eq!(read(&deep).with(&[], &HashSet::new()).unwrap(), deep);
    let next = |level: usize| format!("a{level}: &a{level} [*a{}]\n", level - 1);
    let chain = format!("a0: &a0 x\n{}", (1..600).map(next).collect::<Vec<_>>().concat());
    assert!(refused(&chain).contains("500 levels"));
    let entry = |number: usize| format!("    K{number}: v\n");
    let env = (0..30_000).map(entry).collect::<Vec<_>>().concat();
    let many = format!("applications:\n- docker: {{image: x}}\n  env:\n{env}");
    let image = Some("zz".to_owned());
    let edit = Edit { app: 0, image, ..Edit::default() };
    assert!(
        read(&many).with(&[edit], &HashSet::new()).unwrap()
            == many.replace("image: x", "image: zz")
    );
    let bomb = format!("applications: [{{env: {{A: \"{}\"}}}}]\n", "((tag))".repeat(100_000));
    assert_eq!(read(&bomb).apps.len(), 1);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn of_thousands_of_apps_each_is_found_without_a_walk_over_all() {
    let app =
        |number: usize| format!("- name: app-{number}\n  path: .\n  docker: {{image: acme/web}}\n");
    let text = format!("applications:\n{}", (0..10_000).map(app).collect::<String>());
    let manifest = read(&text);
    let started = std::time::Instant::now();
    for (number, app) in manifest.apps.iter().enumerate() {
        assert_eq!(manifest.spot(app.range.start), format!("manifest.yml:{}", 2 + 3 * number));
    }
    let edit = |app| Edit {
        app,
        image: Some("zz".to_owned()),
        username: Some("iamapikey".to_owned()),
        path: None,
    };
    let edits: Vec<Edit> = (0..10_000).map(edit).collect();
    let changed = manifest.with(&edits, &HashSet::new()).unwrap();
    assert!(changed == text.replace("image: acme/web", "username: iamapikey, image: zz"));
    assert!(started.elapsed().as_secs() < 40, "{:?}", started.elapsed());
}
