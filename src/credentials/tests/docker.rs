//! Entries of docker's and podman's configuration.

use super::{ErrorKind, KEY, KeyChoice, PROFILE, Username, World, row};

#[test]
fn an_entry_of_docker_is_used_when_its_user_is_the_wanted_one() {
    let json = format!(
        "{{\"auths\":{{\"https://us.icr.io/v1/\":{{\"username\":\"iamapikey\",\"password\":\"{KEY}\"}}}}}}"
    );
    let found = World::new().docker(&json).find(&KeyChoice::Search);
    assert_eq!(found.key.expose(), KEY);
    assert!(found.source.starts_with("the entry for `us.icr.io` from `"), "{}", found.source);
    assert_eq!(row(&found.looked_at, "config.json"), "used");
    assert_eq!(row(&found.looked_at, "auth.json"), "not looked at");
    assert_eq!(row(&found.looked_at, "prompt"), "not looked at");
}

#[test]
fn an_entry_of_another_user_is_left_alone_and_the_table_says_whose_it_is() {
    for (user, expected) in [
        (
            "iamrefresh",
            "entry has user `iamrefresh`, whose token expires; `ibmcloud cr login` left it"
                .to_owned(),
        ),
        (PROFILE, format!("entry has user `{PROFILE}`; add `--docker-username {PROFILE}`")),
        (KEY, "entry has another user, which is none of this registry's".to_owned()),
    ] {
        let json = format!(
            "{{\"auths\":{{\"us.icr.io\":{{\"username\":\"{user}\",\"password\":\"marker\"}}}}}}"
        );
        let error = World::new().docker(&json).error(&KeyChoice::Search);
        assert_eq!((error.kind(), error.message()), (ErrorKind::Key, "no API key found"));
        assert!(error.seen_lines().iter().any(|line| line.ends_with(&expected)), "{error}");
    }
    let json = format!(
        "{{\"auths\":{{\"us.icr.io\":{{\"username\":\"{PROFILE}\",\"password\":\"{KEY}\"}}}}}}"
    );
    let world = World::new().docker(&json);
    let user = Username::TrustedProfile(PROFILE.to_owned());
    assert!(world.find_as(&user, &KeyChoice::Search).is_ok());
}

#[test]
fn a_broken_configuration_is_an_error_with_its_place() {
    let error =
        World::new().docker("{\"auths\":\n {\"us.icr.io\": \"marker\"}}").error(&KeyChoice::Search);
    assert!(
        error
            .message()
            .ends_with("config.json` is not a valid Docker configuration, at line 2, column 23"),
        "{error}"
    );
    assert_eq!(error.kind(), ErrorKind::Key);
}

#[test]
fn of_several_registries_the_first_with_a_login_counts_and_each_file_is_named_once() {
    let json = format!(
        "{{\"auths\":{{\"de.icr.io\":{{\"username\":\"iamapikey\",\"password\":\"{KEY}\"}}}}}}"
    );
    let (with, without) = (World::new().docker(&json), World::new().docker("{}"));
    for hosts in [["us.icr.io", "de.icr.io"], ["de.icr.io", "us.icr.io"]] {
        let found = with.find_for(&hosts, None).unwrap();
        assert_eq!(found.key.expose(), KEY);
        assert!(found.source.starts_with("the entry for `de.icr.io` from `"), "{}", found.source);
        assert_eq!(row(&found.looked_at, "config.json"), "used", "{hosts:?}");
        let error = without.find_for(&hosts, None).err().unwrap();
        let files = error.seen_lines().iter().filter(|line| line.contains("config.json"));
        assert_eq!(files.count(), 1, "{error}");
    }
}

#[test]
fn a_key_that_was_typed_for_one_registry_is_not_asked_for_again() {
    let world = World::new().with("IC_API_KEY", KEY);
    let mut typed = world.find(&KeyChoice::Variable("IC_API_KEY"));
    assert!(!typed.is_typed);
    typed.source = "the prompt".to_owned();
    let found = world.find_for(&["us.icr.io"], Some(&typed)).unwrap();
    assert_eq!((found.key.expose(), found.source.as_str()), (KEY, "the prompt"));
    assert_eq!(row(&found.looked_at, "a hidden prompt"), "used, asked once");
    assert!(found.is_typed);
}

#[test]
fn a_configuration_without_a_word_in_it_has_no_entry() {
    let error = World::new().docker(" \n").error(&KeyChoice::Search);
    assert_eq!(error.message(), "no API key found");
    let row = "config.json`: no entry for us.icr.io";
    assert!(error.seen_lines().iter().any(|line| line.ends_with(row)), "{error}");
}

#[test]
fn a_configuration_is_read_up_to_four_mebibytes() {
    let padded = |bytes: usize| {
        let json = "{\"auths\": {}}";
        World::new().docker(&format!("{json}{}", " ".repeat(bytes - json.len())))
    };
    let error = padded(4 * 1024 * 1024).error(&KeyChoice::Search);
    assert_eq!(error.message(), "no API key found");
    let error = padded(4 * 1024 * 1024 + 1).error(&KeyChoice::Search);
    assert!(error.message().contains("gave more than 4194304 bytes"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_configuration_that_is_there_and_cannot_be_read_is_an_error() {
    let world = World::new().docker("{}");
    let path = world.folder.path().join(".docker/config.json");
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&path, &path).unwrap();
    let error = world.error(&KeyChoice::Search);
    assert_eq!(error.kind(), ErrorKind::File);
    assert!(error.message().contains(path.to_str().unwrap()), "{error}");
}

#[test]
fn an_entry_whose_secret_is_no_key_is_mended_by_another_login() {
    let json = "{\"auths\":{\"us.icr.io\":{\"username\":\"iamapikey\",\"password\":\"\"}}}";
    let error = World::new().docker(json).error(&KeyChoice::Search);
    assert_eq!(error.hints(), ["log in again: `docker login -u iamapikey REGISTRY`"]);
}
