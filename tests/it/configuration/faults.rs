//! What is wrong in a file of settings is said with its place and what mends it.

use super::{FOLDER, run};
use crate::support::{Invocation, KEY};

/// Texts, and what is said of each.
const FAULTS: [(&str, &str, &str); 16] = [
    ("regoin = \"eu-de\"\n", "there is no setting `regoin`", "write `region`"),
    ("api_key_file = \"x\"\n", "there is no setting `api_key_file`", "write `api-key-file`"),
    ("color = true\n", "there is no setting `color`", "`icr-cf config` lists the settings"),
    ("region = 5\n", "`region` takes another kind of value", "write a text"),
    ("jobs = \"8\"\n", "`jobs` takes another kind of value", "write a whole number: `8`"),
    ("silence = \"latest-tag\"\n", "`silence` takes another kind of value", "write a list"),
    ("api-key-for = [1]\n", "`api-key-for` takes another kind of value", "write a list"),
    ("region = \"\"\n", "`region` has an empty value", "take the line out"),
    ("on-error = \"ask\"\n", "`on-error` does not know that word", "`on-error = \"continue\"`"),
    ("silence = [\"latest-tg\"]\n", "there is no such advice", "write `\"latest-tag\"`"),
    ("silence = [\"tag-missing\"]\n", "cannot be silenced", "docs/checks.md"),
    ("profile = \"prod\"\n", "`profile` holds tables", "[profile.NAME]"),
    ("region = \n", "no TOML", "region = \"us-south\""),
    (
        "api-key-file = \"a\"\napi-key-command = \"b\"\n",
        "beside each other",
        "take one of them out",
    ),
    (
        "region = \"eu-de\"\ndefault-registry = \"eu-de\"\n",
        "`region` and `default-registry` beside each other",
        "take one of them out",
    ),
    ("jobs = -2\n", "`jobs` takes another kind of value", "write a whole number: `8`"),
];

#[test]
fn a_fault_is_said_with_its_place_and_what_mends_it() {
    for (text, wrong, mended) in FAULTS {
        let faulty =
            run(&[(FOLDER, &format!("# settings\r\n{text}"))], &["resolve", "us.icr.io/acme/b"]);
        assert_eq!(faulty.code, Some(65), "{faulty}");
        for part in [wrong, mended] {
            assert!(faulty.err().contains(part), "{part}: {faulty}");
        }
        let json = run(&[(FOLDER, text)], &["config", "--output", "json"]);
        let error = &json.json()["error"];
        assert_eq!(error["kind"], "settings", "{json}");
        assert!(error["place"]["line"].as_u64().is_some(), "{json}");
    }
    let stderr = "error: there is no setting `regoin`\n  icr-cf.toml:2:1\n  regoin\n  ^^^^^^\nhint: write `region`\n";
    let text = "\u{feff}jobs = 2\r\nregoin = \"eu-de\"\r\n";
    run(&[(FOLDER, text)], &["resolve", "us.icr.io/acme/b"]).is(65, "", stderr);
}

#[test]
fn a_value_that_makes_no_sense_names_its_line() {
    for (text, code, said) in [
        ("region = \"mars\"\n", 2, "`mars` (`icr-cf.toml:1`) is not a region"),
        (
            "default-registry = \"quay.io\"\n",
            2,
            "`quay.io` (`icr-cf.toml:1`) cannot be the default",
        ),
        ("jobs = 0\n", 2, "`jobs = 0` is no number from 1 to 64"),
        ("jobs = 0x50\n", 2, "`jobs = 80` is no number from 1 to 64"),
        ("timeout = \"soon\"\n", 2, "`timeout = soon`: not a duration"),
        ("check-timeout = \"9d\"\n", 2, "in icr-cf.toml:1:17"),
        ("platform = \"mips\"\n", 2, "in icr-cf.toml:1:12"),
        ("platform = \"a\\nb\"\n", 2, "`platform = a\\nb` is not a platform"),
        ("docker-username = \"bob\"\n", 2, "in icr-cf.toml:1:19"),
        ("namespace = \"A\"\n", 65, "in icr-cf.toml:1:13"),
        ("api-key-for = [\"acme=hunter2\"]\n", 2, "in icr-cf.toml:1:16"),
        ("api-key-for = [\"acme=env:IC_API_KEY\"]\n", 77, "in icr-cf.toml:1:16"),
        ("api-key-for = [\"acme=env:IC_API_KEY\"]\n", 77, "which `api-key-for` names"),
    ] {
        let words = ["push", "web", "--image", "us.icr.io/acme/web", "--dry-run"];
        let run = run(&[(FOLDER, text)], &words);
        assert_eq!(run.code, Some(code), "{text}: {run}");
        assert!(run.err().contains(said), "{text}: {run}");
        assert!(!run.err().contains("hunter2"), "{run}");
    }
    let region = run(&[(FOLDER, "region = \"us-sout\"\n")], &["resolve", "acme/b"]);
    assert!(region.err().contains("write `region = \"us-south\"`"), "{region}");
}

#[test]
fn what_looks_like_a_key_is_refused_and_not_repeated() {
    let texts = [
        format!("api-key = \"{KEY}\"\n"),
        format!("region = \"{KEY}\"\n"),
        format!("api-key-file = \"{KEY}\"\n"),
        format!("api-key-command = \"echo {KEY}\"\n"),
        format!("api-key-for = [\"acme={KEY}\"]\n"),
        format!("[profile.prod]\nnamespace = \"{KEY}\"\n"),
        format!("other = {{ deep = [\"{KEY}\"] }}\n"),
        format!("region = {KEY}\n"),
        format!("{KEY}\n"),
        format!("[profile.{KEY}]\nregion = \"eu-de\"\n"),
        "password = \"hunter2\"\n".to_owned(),
        "ICR_CF_API_KEY = \"hunter2\"\n".to_owned(),
        "token = hunter2\n".to_owned(),
        "hunter2\n".to_owned(),
        "api-key-for = [\n\"hunter2\"\n".to_owned(),
        "api-key-for = [\n5,\n\"hunter2\"\n]\n".to_owned(),
        "password = \"\"\"\nhunter2\"\"\"\n".to_owned(),
        "docker-password-for = [\"ghcr.io=hunter2\"]\n".to_owned(),
        "docker-password-for = [\"hunter2\"]\n".to_owned(),
        "api-key-for = [\"acme=hunter2:x\"]\n".to_owned(),
        "api-key-for = [\"acme=env:$hunter2\"]\n".to_owned(),
        "[profile.x] password = \"hunter2\"\n".to_owned(),
        "[profile.x]\nnamespace = 3 # pw hunter2\n".to_owned(),
        "jobs = \"hunter2\"\n".to_owned(),
        "region = { password = \"hunter2\" }\n".to_owned(),
        "on-error = \"hunter2\"\n".to_owned(),
        "silence = [\"hunter2\"]\n".to_owned(),
        "silence = [\n\"\"\"\nhunter2 = 1\"\"\"]\n".to_owned(),
    ];
    for text in &texts {
        for words in
            [&["resolve", "us.icr.io/acme/b"][..], &["config"], &["config", "--output", "json"]]
        {
            let place = super::place(&[(FOLDER, text)]);
            let file = place.path(FOLDER);
            let run = Invocation::new_in(place, words).run();
            assert!(matches!(run.code, Some(2 | 65)), "{run}");
            run.shows_nothing_of(KEY, &[&file]).shows_nothing_of("hunter2", &[&file]);
        }
    }
}
