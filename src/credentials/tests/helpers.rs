//! Credential helpers, played by shell scripts.

use super::{ErrorKind, HOST, KEY, KeyChoice, World, row};

/// A helper that is a shell script. Written by a child: were it written here, a child of
/// another test could hold it open, and then it cannot be run.
fn world(script: &str) -> World {
    let world = World::new().docker(&format!("{{\"credHelpers\":{{\"{HOST}\":\"test\"}}}}"));
    let path = world.folder.path().join("bin/docker-credential-test");
    let write = "printf '#!/bin/sh\n%s\n' \"$1\" > \"$0\" && chmod 700 \"$0\"";
    duct::cmd!("sh", "-c", write, path, script).run().unwrap();
    world
}

#[test]
fn a_helper_is_asked_for_the_host() {
    let script = format!(
        "[ \"$1\" = get ] && [ \"$(cat)\" = {HOST} ] || exit 9
        echo '{{\"ServerURL\":\"{HOST}\",\"Username\":\"iamapikey\",\"Secret\":\"{KEY}\"}}'"
    );
    let found = world(&script).find(&KeyChoice::Search);
    assert_eq!(found.key.expose(), KEY);
    assert!(found.source.contains("`docker-credential-test`, named in `"), "{}", found.source);
}

#[test]
fn a_helper_without_an_entry_is_passed_over() {
    for script in [
        "echo 'credentials not found in native keychain'; exit 1",
        "echo '{\"ServerURL\":\"x\",\"Username\":\"\",\"Secret\":\"\"}'",
    ] {
        let error = world(script).error(&KeyChoice::Search);
        assert_eq!(error.message(), "no API key found");
        let expected = "`docker-credential-test` has no entry for us.icr.io";
        assert!(error.seen_lines().iter().any(|line| line.ends_with(expected)), "{error}");
    }
}

#[test]
fn a_helper_that_fails_or_talks_nonsense_is_an_error_that_does_not_repeat_it() {
    let error =
        world("echo marker, and more than one word of it; exit 2").error(&KeyChoice::Search);
    let expected = "credential helper `docker-credential-test` failed: it ended with exit code 2";
    assert_eq!((error.kind(), error.message()), (ErrorKind::Key, expected));
    let error = world("echo marker").error(&KeyChoice::Search);
    assert!(error.message().contains("gave no credentials in the form"), "{error}");
    let token = world("echo '{\"Username\":\"<token>\",\"Secret\":\"marker\"}'");
    assert!(token.error(&KeyChoice::Search).to_string().contains("is an identity token"));
}

#[test]
fn a_helper_for_the_host_that_is_not_installed_is_an_error_and_a_store_for_all_a_row() {
    let store = World::new().docker("{\"credsStore\":\"absent\"}").error(&KeyChoice::Search);
    assert_eq!(store.message(), "no API key found");
    let row = "`docker-credential-absent`, its store for all registries, is not installed";
    assert!(store.seen_lines().iter().any(|line| line.ends_with(row)), "{store}");
    let world = World::new().docker("{\"credHelpers\":{\"us.icr.io\":\"absent\"}}");
    let error = world.error(&KeyChoice::Search);
    let expected = "credential helper `docker-credential-absent`, named in `";
    assert!(error.message().starts_with(expected), "{error}");
}

#[test]
fn a_dry_run_asks_no_helper_and_reads_no_file() {
    let world = world("exit 9");
    let rows = super::foresee(&KeyChoice::Search, HOST, &world.environment());
    assert_eq!(row(&rows, "config.json"), "would be looked at for us.icr.io");
    assert_eq!(row(&rows, "auth.json"), "no such file");
    assert_eq!(row(&rows, "prompt"), "no terminal");
}
