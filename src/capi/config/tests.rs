//! Tests of finding and reading cf's configuration, with files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Config, Fresh, System, Unloaded, Unusable, load, path};
use crate::environment::{Environment, Streams};
use crate::error::JsonSpot;

fn path_of(system: System, variables: &[(&str, &str)]) -> PathBuf {
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
    let variables: BTreeMap<_, _> = variables.collect();
    path(&Environment::new(variables, PathBuf::from("/folder"), Streams::default()), system)
}

/// What is read from a file with these bytes.
fn loaded(bytes: impl AsRef<[u8]>) -> Result<Config, Unloaded> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.json");
    std::fs::write(&file, bytes).unwrap();
    load(&file)
}

fn fault(bytes: impl AsRef<[u8]>) -> Unloaded {
    loaded(bytes).err().unwrap()
}

fn is_broken(bytes: impl AsRef<[u8]>) -> bool {
    matches!(fault(bytes), Unloaded::Unusable(Unusable::Broken(_)))
}

#[test]
fn on_unix_the_file_is_in_cf_home_else_in_home_else_in_the_working_folder() {
    let of = |variables: &[_]| path_of(System::Unix, variables);
    let both = [("CF_HOME", "/cf"), ("HOME", "/home/a"), ("USERPROFILE", "/b")];
    assert_eq!(of(&both), Path::new("/cf/.cf/config.json"));
    assert_eq!(of(&[("HOME", "/home/a")]), Path::new("/home/a/.cf/config.json"));
    assert_eq!(of(&[("CF_HOME", ""), ("HOME", "/a")]), Path::new("/a/.cf/config.json"));
    assert_eq!(of(&[("CF_HOME", "here")]), Path::new("/folder/here/.cf/config.json"));
    for none in [&[][..], &[("HOME", "")], &[("USERPROFILE", "/b")]] {
        assert_eq!(of(none), Path::new("/folder/.cf/config.json"));
    }
}

#[test]
fn on_windows_drive_and_path_of_home_stand_before_the_profile() {
    let of = |variables: &[_]| path_of(System::Windows, variables);
    let (drive, home) = (("HOMEDRIVE", "/c"), ("HOMEPATH", "/users/a"));
    let (profile, unix) = (("USERPROFILE", "/p"), ("HOME", "/unix"));
    let cf_home = ("CF_HOME", "/cf");
    assert_eq!(of(&[cf_home, drive, home, profile]), Path::new("/cf/.cf/config.json"));
    assert_eq!(of(&[drive, home, profile, unix]), Path::new("/c/users/a/.cf/config.json"));
    assert_eq!(of(&[home, profile]), Path::new("/users/a/.cf/config.json"));
    assert_eq!(of(&[profile, unix]), Path::new("/p/.cf/config.json"));
    assert_eq!(of(&[unix]), Path::new("/folder/.cf/config.json"));
}

#[test]
fn names_are_read_in_any_case_and_the_last_of_them_holds() {
    let config = loaded(
        r#"{"configversion": 4, "Target": "https://a", "TARGET": "https://b", "target": null,
            "spacefields": {"guid": "s"}, "SpaceFields": {"Name": "prod"}, "OrganizationFields": null,
            "SSLDisabled": true, "CFOnK8s": {"Enabled": true, "AuthInfo": "me"}, "Other": [1, {}]}"#,
    );
    let config = config.ok().unwrap();
    assert_eq!(config.target, "https://b");
    assert_eq!((config.space.guid.as_str(), config.space.name.as_str()), ("s", "prod"));
    assert_eq!(config.org.guid, "");
    assert!(config.skips_verification && config.kubernetes.enabled);
    assert_eq!(config.kubernetes.user.0.as_str(), "me");
}

#[test]
fn what_cf_takes_for_none_is_none() {
    assert!(matches!(fault(""), Unloaded::Fresh(Fresh::Empty)));
    for (text, version) in [
        ("{}", 0),
        ("null", 0),
        ("{\"ConfigVersion\": null}", 0),
        ("{\"ConfigVersion\": 3}", 3),
        ("{\"ConfigVersion\": -4}", -4),
    ] {
        let found = fault(text);
        let Unloaded::Fresh(Fresh::OtherVersion(other)) = found else { panic!("{text}") };
        assert_eq!(other, version, "{text}");
    }
    let folder = tempfile::tempdir().unwrap();
    let missing = load(&folder.path().join("no/such/file")).err();
    assert!(matches!(missing, Some(Unloaded::Fresh(Fresh::Missing))));
}

#[test]
fn what_cf_cannot_parse_is_broken() {
    for text in [
        " \n",
        "{",
        "[]",
        "\"text\"",
        "{} {}",
        "\u{feff}{\"ConfigVersion\": 4}",
        "{\"ConfigVersion\": \"4\"}",
        "{\"ConfigVersion\": 4.0}",
        "{\"ConfigVersion\": 1e99}",
        "{\"ConfigVersion\": 18446744073709551615}",
        "{\"Target\": 1}",
        "{\"AccessToken\": [\"a\"]}",
        "{\"AccessToken\": {\"a\": 1}}",
        "{\"SSLDisabled\": \"true\"}",
        "{\"SpaceFields\": \"prod\"}",
        "{\"SpaceFields\": [\"prod\"]}",
        "{\"CFOnK8s\": {\"Enabled\": 1}}",
    ] {
        assert!(is_broken(text), "{text}");
    }
    let utf16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(is_broken(utf16));
}

#[test]
fn the_place_of_a_fault_is_told() {
    let Unloaded::Unusable(Unusable::Broken(spot)) = fault("{\n  \"Target\": 12\n}") else {
        panic!("it is not broken");
    };
    assert_eq!(spot, JsonSpot::At(2, 14));
}

#[test]
fn what_is_no_utf8_is_read_as_cf_reads_it() {
    let config = loaded(b"{\"ConfigVersion\": 4, \"Trace\": \"\xff\", \"Target\": \"a\xe9b\"}");
    assert_eq!(config.ok().unwrap().target, "a\u{fffd}b");
    assert!(is_broken(b"\xff{}"));
}

#[test]
fn what_is_not_looked_at_may_be_as_deep_as_it_likes() {
    let deep = format!("{}{}", "[".repeat(9_000), "]".repeat(9_000));
    let config = loaded(format!("{{\"ConfigVersion\": 4, \"X\": {deep}, \"Target\": \"t\"}}"));
    assert_eq!(config.ok().unwrap().target, "t");
    assert!(is_broken(format!("{{\"Target\": {deep}}}")));
}

#[test]
fn a_file_of_endless_size_is_not_judged() {
    let filler = "x".repeat(5 * 1024 * 1024);
    let text = format!("{{\"ConfigVersion\": 4, \"X\": \"{filler}\"}}");
    assert!(matches!(fault(text), Unloaded::Unjudged(_)));
    let filler = "x".repeat(3 * 1024 * 1024);
    let config = loaded(format!("{{\"ConfigVersion\": 4, \"X\": \"{filler}\"}}"));
    assert!(config.is_ok());
}

#[test]
fn a_folder_in_its_place_stops_cf() {
    let folder = tempfile::tempdir().unwrap();
    let found = load(folder.path()).err();
    assert!(matches!(found, Some(Unloaded::Unusable(Unusable::Unreadable(_)))));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::symlink;

    use super::{Fresh, Path, Unloaded, Unusable, load};

    #[test]
    fn a_file_in_place_of_its_folder_stops_cf() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".cf"), "").unwrap();
        let found = load(&folder.path().join(".cf/config.json")).err();
        assert!(matches!(found, Some(Unloaded::Unusable(Unusable::Unreadable(_)))));
    }

    #[test]
    fn pipes_and_devices_are_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("config.json");
        let made = duct::cmd!("mkfifo", &pipe).run();
        assert!(made.unwrap().status.success());
        for path in [&pipe, Path::new("/dev/zero"), Path::new("/dev/null")] {
            assert!(matches!(load(path).err(), Some(Unloaded::Unjudged(_))), "{path:?}");
        }
    }

    #[test]
    fn a_link_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("real"), folder.path().join("config.json"));
        symlink(&file, &link).unwrap();
        assert!(matches!(load(&link).err(), Some(Unloaded::Fresh(Fresh::Missing))));
        std::fs::write(&file, "{\"ConfigVersion\": 4, \"Target\": \"t\"}").unwrap();
        assert_eq!(load(&link).ok().unwrap().target, "t");
        std::fs::remove_file(&file).unwrap();
        symlink("/dev/zero", &file).unwrap();
        assert!(matches!(load(&link).err(), Some(Unloaded::Unjudged(_))));
    }
}
