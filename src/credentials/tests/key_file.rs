//! Files that a key is read from.

#[cfg(unix)]
use super::{Duration, mode};
use super::{ErrorKind, KEY, World, file, row};

#[test]
fn a_key_file_is_plain_text_or_the_json_of_the_ibm_cloud_cli() {
    for (text, notices) in [
        (KEY.to_owned(), 0),
        (format!("{KEY}\n"), 1),
        (format!("{{\"name\":\"n\",\"apikey\":\"{KEY}\",\"uuid\":\"ApiKey-1\"}}"), 0),
        (format!("\u{feff}\n{{\"apiKey\": \"{KEY}\"}}\n"), 0),
        (format!("{{\"apiKey\":\"old\",\"apikey\":\"{KEY}\"}}"), 0),
    ] {
        let found = World::new().file("key", &text).find(&file("key"));
        assert_eq!(found.key.expose(), KEY);
        assert_eq!(found.source, "`key` (`--api-key-file`)");
        assert_eq!(found.notices.len(), notices, "{:?}", found.notices);
        assert_eq!(row(&found.looked_at, "--api-key-file"), "used");
        assert_eq!(row(&found.looked_at, "--api-key-command"), "not looked at");
    }
}

#[test]
fn json_of_another_kind_is_refused_by_the_names_of_its_fields() {
    let world =
        World::new().file("key", format!("{{\"iam_token\":\"Bearer marker\",\"{KEY}\":1}}"));
    let text = world.error(&file("key")).to_string();
    assert!(
        text.starts_with("the JSON from `key` (`--api-key-file`) has no field `apikey`"),
        "{text}"
    );
    assert!(text.contains("`iam_token`") && text.contains("that is a token"), "{text}");
    let error = World::new().file("key", "{\"apikey\": 7}").error(&file("key"));
    let place = "from `key` (`--api-key-file`)";
    assert!(error.message().contains(place), "{error}");
    assert!(error.message().contains("is not one text"), "{error}");
    let error = World::new().file("key", "{\"apikey\":\n \"marker}").error(&file("key"));
    assert!(error.message().starts_with("`key` (`--api-key-file`) is not"), "{error}");
    assert!(error.message().contains("is not valid JSON, at line 2, column 9"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Key);
    let error = World::new().file("key", "\n\n{\"apikey\":\n x}").error(&file("key"));
    assert!(error.message().contains("is not valid JSON, at line 4, column 2"), "{error}");
}

#[test]
fn a_key_file_that_cannot_be_one_ends_the_search() {
    let world = World::new().with("ICR_CF_API_KEY", KEY);
    let error = world.error(&file("missing"));
    assert_eq!(error.kind(), ErrorKind::File);
    assert!(error.message().starts_with("key file `missing` cannot be read"), "{error}");
    let here = format!("here `{}`", world.folder.path().display());
    let relative = format!("`--api-key-file` is relative to the working folder, {here}");
    assert_eq!(error.hints(), [relative]);
    let error = world.error(&file("~/key"));
    assert_eq!(error.hints(), ["write `\"$HOME/key\"`"]);
    let error = world.error(&file("bin"));
    assert_eq!((error.kind(), error.message()), (ErrorKind::File, "key file `bin` is a folder"));
    let error = world.file("big", "x".repeat(70_000)).error(&file("big"));
    assert!(error.message().contains("more than 65536 bytes"), "{error}");
    let error = World::new().file("empty", "").error(&file("empty"));
    assert_eq!(error.message(), "the value from `empty` (`--api-key-file`) is empty");
    assert_eq!(error.hints(), ["write the key into the file, or name another one"]);
    let error = World::new().error(&file(KEY));
    assert!(error.message().contains("not shown"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_may_read_gets_a_notice_with_the_command_that_mends_it() {
    let world = World::new().file("my key", KEY);
    for (bits, who) in [(0o644, "every user"), (0o640, "its group")] {
        mode(&world.folder.path().join("my key"), bits);
        let expected = format!(
            "key file `my key` can be read by {who} (mode {bits:03o}); `chmod 600 'my key'` mends that"
        );
        assert_eq!(world.find(&file("my key")).notices, [expected]);
    }
}

#[cfg(unix)]
#[test]
fn a_file_with_a_password_is_told_about_as_one_with_a_key() {
    let world = World::new().file("password", "{\"apikey\": \"secret\"}").file("empty", "");
    mode(&world.folder.path().join("password"), 0o644);
    let environment = world.environment();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let password = |name: &str| {
        runtime.block_on(async {
            let mut signals = super::Signals::listen().unwrap();
            super::super::password(&file(name), "quay.io", &environment, &mut signals).await
        })
    };
    let found = password("password").unwrap();
    assert_eq!(found.key.expose(), "{\"apikey\": \"secret\"}");
    assert!(found.notices[0].text.starts_with("key file `password` can be read by every user"));
    assert!(!found.is_typed);
    let error = password("empty").err().unwrap();
    assert_eq!(error.message(), "the value from `empty` (`--api-key-file`) is empty");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_behind_a_descriptor_is_nobodys_to_mend() {
    use std::os::fd::AsRawFd as _;
    let world = World::new().file("key", KEY);
    let path = world.folder.path().join("key");
    mode(&path, 0o644);
    let opened = std::fs::OpenOptions::new().read(true).open(&path).unwrap();
    for folder in ["/dev/fd", "/proc/self/fd"] {
        let found = world.find(&file(&format!("{folder}/{}", opened.as_raw_fd())));
        assert_eq!((found.key.expose(), found.notices.len()), (KEY, 0), "{folder}");
    }
}

#[cfg(unix)]
#[test]
fn a_fifo_is_read_and_not_waited_for_beyond_the_bound() {
    let mut world = World::new();
    let fifo = world.folder.path().join("fifo");
    duct::cmd!("mkfifo", "-m", "644", &fifo).run().unwrap();
    world.limit = Duration::from_millis(100);
    let error = world.error(&file("fifo"));
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(error.message(), "`fifo` (`--api-key-file`) gave no key within 100ms");
    std::fs::remove_file(&fifo).unwrap();
    duct::cmd!("mkfifo", "-m", "644", &fifo).run().unwrap();
    world.limit = Duration::from_secs(30);
    let writer = std::thread::spawn(move || std::fs::write(fifo, KEY).unwrap());
    let found = world.find(&file("fifo"));
    writer.join().unwrap();
    assert_eq!((found.key.expose(), found.notices.len()), (KEY, 0));
}
