//! Every source, from the choice to the key or to the words about it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::{KeyQuery, Prompting, SecretKind, SourceRow, SourcedKey, find_within, foresee};
use crate::environment::{Environment, Streams};
use crate::error::{Error, ErrorKind};
use crate::process::Signals;
use crate::request::{KeyChoice, KeyFile, Username};

const KEY: &str = "aB3dEfGhIjKlMnOpQrStUvWxYz0123456789-_abcdEF";
const HOST: &str = "us.icr.io";
const PROFILE: &str = "Profile-0a1b2c3d-4e5f-6789-abcd-ef0123456789";

/// A folder, variables and a bound, in which a key is looked for.
struct World {
    folder: TempDir,
    variables: BTreeMap<OsString, OsString>,
    limit: Duration,
}

impl World {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let world = Self { folder, variables: BTreeMap::new(), limit: Duration::from_secs(30) };
        let bin = world.folder.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        let path = format!("{}:/usr/bin:/bin", bin.display());
        // Else podman's logins of this machine would be looked at.
        world.with("PATH", &path).with("REGISTRY_AUTH_FILE", "/none/auth.json")
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        mode(&path, 0o600);
        self
    }

    /// Docker's configuration.
    fn docker(self, json: &str) -> Self {
        let home = self.folder.path().to_str().unwrap().to_owned();
        self.with("HOME", &home).with("USERPROFILE", &home).file(".docker/config.json", json)
    }

    fn environment(&self) -> Environment {
        let folder = self.folder.path().to_owned();
        Environment::new(self.variables.clone(), folder, Streams::default())
    }

    fn find_as(&self, username: &Username, choice: &KeyChoice) -> Result<SourcedKey, Error> {
        self.look(choice, username, &[HOST], None)
    }

    /// What the search finds for several registries, where a key may have been typed for another.
    fn find_for(&self, hosts: &[&str], typed: Option<&SourcedKey>) -> Result<SourcedKey, Error> {
        self.look(&KeyChoice::Search, &Username::ApiKey, hosts, typed)
    }

    fn look(
        &self,
        choice: &KeyChoice,
        username: &Username,
        hosts: &[&str],
        typed: Option<&SourcedKey>,
    ) -> Result<SourcedKey, Error> {
        let environment = self.environment();
        let wanted = KeyQuery {
            kind: SecretKind::Key,
            typed,
            username,
            hosts,
            host: hosts[0],
            environment: &environment,
            source_limit: self.limit,
            prompt_limit: self.limit,
            now: SystemTime::UNIX_EPOCH,
            asking: Prompting::Person,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut signals = Signals::listen().unwrap();
            find_within(choice, &wanted, &mut signals).await.map_err(super::KeyProblem::into_error)
        })
    }

    fn find(&self, choice: &KeyChoice) -> SourcedKey {
        self.find_as(&Username::ApiKey, choice).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The error, which must not repeat a key.
    fn error(&self, choice: &KeyChoice) -> Error {
        let error = self.find_as(&Username::ApiKey, choice).err().unwrap();
        let text = format!("{error} {error:?}");
        assert!(!text.contains(KEY) && !text.contains("marker"), "{text}");
        error
    }
}

crate::secret::tests::lacks!(
    super::SourcedKey: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize
);

#[cfg(unix)]
fn mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn mode(_path: &Path, _mode: u32) {}

fn file(path: &str) -> KeyChoice {
    KeyChoice::File(KeyFile { path: path.into(), said_by: "--api-key-file".to_owned() })
}

#[cfg(unix)]
fn command(words: &[&str]) -> KeyChoice {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    KeyChoice::Command(crate::request::KeyCommand {
        words,
        said_by: "--api-key-command".to_owned(),
    })
}

fn row<'a>(rows: &'a [SourceRow], source: &str) -> &'a str {
    &rows.iter().find(|row| row.source.contains(source)).unwrap().result
}

#[test]
fn a_variable_gives_the_key_and_the_table_says_what_was_skipped() {
    let world =
        World::new().with("ICR_CF_API_KEY", "").with("IC_API_KEY", KEY).with("BLUEMIX_API_KEY", "");
    let found = world.find(&KeyChoice::Variable("IC_API_KEY"));
    assert_eq!(found.key.expose(), KEY);
    assert_eq!(found.source, "`IC_API_KEY`");
    assert_eq!(found.notices, ["`ICR_CF_API_KEY` is set but empty; it is skipped"]);
    let table: Vec<(&str, &str)> =
        found.looked_at.iter().map(|row| (row.source.as_str(), row.result.as_str())).collect();
    assert_eq!(
        table,
        [
            ("`--api-key-stdin`", "not given"),
            ("`--api-key-file`", "not given"),
            ("`--api-key-command`", "not given"),
            ("`ICR_CF_API_KEY`", "empty"),
            ("`CF_DOCKER_PASSWORD`", "not set"),
            ("`IBMCLOUD_API_KEY`", "not set"),
            ("`IBM_CLOUD_API_KEY`", "not set"),
            ("`IC_API_KEY`", "used"),
            ("`BLUEMIX_API_KEY`", "not looked at"),
            ("`/none/auth.json`", "not looked at"),
            ("a hidden prompt", "not looked at"),
        ]
    );
}

#[test]
fn a_variable_that_a_flag_names_is_mended_where_the_flag_names_it() {
    let error = World::new().error(&KeyChoice::Named("TEAM_KEY".to_owned()));
    assert_eq!(error.message(), "the value from `TEAM_KEY` is empty");
    assert_eq!(error.hints(), ["fill the variable that the flag names, or name another one"]);
}

#[test]
fn a_key_may_be_the_json_of_the_ibm_cloud_cli_and_somebody_has_five_minutes_to_type_it() {
    let (environment, user) = (World::new().environment(), Username::ApiKey);
    let query = KeyQuery::of(&user, &[HOST], &environment);
    assert_eq!((query.kind, query.asking), (SecretKind::Key, Prompting::Person));
    assert_eq!(query.prompt_limit, Duration::from_secs(300));
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_is_refused() {
    use std::os::unix::ffi::OsStringExt;
    let mut world = World::new();
    world.variables.insert("IC_API_KEY".into(), OsString::from_vec(b"marker\xff".to_vec()));
    let error = world.error(&KeyChoice::Variable("IC_API_KEY"));
    assert_eq!(error.message(), "the value from `IC_API_KEY` is not text");
    assert_eq!(error.kind(), ErrorKind::Key);
}

mod key_file;

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_source_may_take_30_seconds_on_a_clock_that_stands_still() {
    let world = World::new();
    duct::cmd!("mkfifo", "-m", "600", world.folder.path().join("fifo")).run().unwrap();
    let (environment, user) = (world.environment(), Username::ApiKey);
    let mut signals = Signals::listen().unwrap();
    for choice in [file("fifo"), command(&["sleep", "600"])] {
        let start = tokio::time::Instant::now();
        let query = super::KeyQuery::of(&user, &[HOST], &environment);
        let found = super::find(&choice, &query, &mut signals).await;
        let error = found.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(error.message().ends_with("gave no key within 30s"), "{}", error.message());
        // Behind it the clock runs through the graces of a command that is being ended.
        assert!((30..55).contains(&start.elapsed().as_secs()), "{choice:?}");
    }
}

#[cfg(unix)]
#[test]
fn the_output_of_a_command_is_the_key() {
    let found = World::new().find(&command(&["printf", "%s\n", KEY]));
    assert_eq!(found.key.expose(), KEY);
    assert_eq!(found.source, "the output of `printf`");
    assert_eq!(found.notices, ["left out of the value from the output of `printf`: a line end"]);
}

#[cfg(unix)]
#[test]
fn a_command_that_fails_is_an_error_with_its_code_and_without_its_words() {
    let world = World::new();
    let error = world.error(&command(&["sh", "-c", "echo marker; exit 3"]));
    assert_eq!(error.message(), "key command `sh` failed: it ended with exit code 3");
    assert_eq!(error.kind(), ErrorKind::Key);
    let error = world.error(&command(&["sh", "-c", "kill -9 $$ # marker"]));
    assert_eq!(error.message(), "key command `sh` failed: it was ended by signal 9");
    let error = world.error(&command(&["no-such-program", "marker"]));
    assert_eq!(error.message(), "key command `no-such-program` not found");
    let error = world.error(&command(&["true", "marker"]));
    assert_eq!(error.message(), "the value from the output of `true` is empty");
    let mend = "run the command by itself: its standard output is to be the key";
    assert_eq!(error.hints(), [mend]);
    let error = world.error(&command(&["yes", "marker"]));
    assert_eq!(error.message(), "`yes` gave more than 65536 bytes, which is no key");
    let bytes = |count: usize| format!("head -c {count} /dev/zero | tr '\\0' a");
    let error = world.error(&command(&["sh", "-c", &bytes(65_536)]));
    assert!(error.message().contains("has 65536 bytes, more than the 5000"), "{error}");
    let error = world.error(&command(&["sh", "-c", &bytes(65_537)]));
    assert_eq!(error.message(), "`sh` gave more than 65536 bytes, which is no key");
}

#[cfg(unix)]
#[test]
fn a_command_that_does_not_end_is_ended() {
    let mut world = World::new();
    world.limit = Duration::from_millis(100);
    let started = std::time::Instant::now();
    let error = world.error(&command(&["sleep", "60"]));
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(error.message(), "`sleep` gave no key within 100ms");
    assert!(started.elapsed() < Duration::from_secs(9));
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_reads_nothing_and_what_it_leaves_behind_is_not_waited_for() {
    let world = World::new();
    let script = format!("cat; printf {KEY}; setsid -f sleep 20 2>/dev/null");
    let started = std::time::Instant::now();
    assert_eq!(world.find(&command(&["sh", "-c", &script])).key.expose(), KEY);
    assert!(started.elapsed() < Duration::from_secs(15));
}

mod docker;
#[cfg(unix)]
mod helpers;

#[test]
fn without_a_source_and_a_terminal_the_error_lists_them_all() {
    let error = World::new().with("IC_API_KEY", "").error(&KeyChoice::Search);
    assert_eq!((error.kind(), error.exit_code().code()), (ErrorKind::Key, 77));
    let expected = [
        "not given: `--api-key-stdin`, `--api-key-file`, `--api-key-command`",
        "not set: `ICR_CF_API_KEY`, `CF_DOCKER_PASSWORD`, `IBMCLOUD_API_KEY`, `IBM_CLOUD_API_KEY`, `BLUEMIX_API_KEY`",
        "no such file: `/none/auth.json`",
        "`IC_API_KEY`: empty",
        "a hidden prompt: no terminal",
    ];
    assert_eq!(error.seen_lines(), expected, "{error}");
    for way in ["ICR_CF_API_KEY", "--api-key-file PATH", "--api-key-command 'op read"] {
        assert!(error.hints().iter().any(|hint| hint.contains(way)), "{error}");
    }
}

#[test]
fn a_dry_run_names_the_source_that_would_be_used() {
    let world = World::new().with("IC_API_KEY", KEY);
    let rows = foresee(&KeyChoice::Variable("IC_API_KEY"), HOST, &world.environment());
    assert_eq!(row(&rows, "`IC_API_KEY`"), "would be used");
    assert_eq!(row(&rows, "`ICR_CF_API_KEY`"), "not set");
    assert_eq!(row(&rows, "`BLUEMIX_API_KEY`"), "not looked at");
    assert_eq!(row(&rows, "prompt"), "not looked at");
    assert!(!format!("{rows:?}").contains(KEY));
}

#[test]
fn somebody_is_asked_only_where_question_and_answer_go_by_the_terminal() {
    let prompt = |stdin, stderr| {
        let streams = Streams { stdin, stderr, ..Streams::default() };
        let world = World::new();
        let folder = world.folder.path().to_owned();
        let environment = Environment::new(world.variables.clone(), folder, streams);
        let rows = foresee(&KeyChoice::Search, HOST, &environment);
        row(&rows, "prompt").to_owned()
    };
    assert_eq!(prompt(true, true), "would be shown if nothing is found before");
    for (stdin, stderr) in [(true, false), (false, true), (false, false)] {
        assert_eq!(prompt(stdin, stderr), "no terminal");
    }
}

/// Notices are compared by their words.
impl PartialEq<str> for super::Notice {
    fn eq(&self, words: &str) -> bool {
        self.text == words
    }
}

impl PartialEq<&str> for super::Notice {
    fn eq(&self, words: &&str) -> bool {
        self.text == *words
    }
}

impl PartialEq<String> for super::Notice {
    fn eq(&self, words: &String) -> bool {
        self.text == *words
    }
}

#[test]
fn what_may_go_wrong_later_is_a_warning_and_what_was_made_of_the_input_a_note() {
    let level = |text: &str| {
        let found = World::new().file("key", text).find(&file("key"));
        found.notices.iter().map(|notice| notice.level).collect::<Vec<_>>()
    };
    assert_eq!(level(&format!("{KEY}\n")), [super::NoticeLevel::Note]);
    assert_eq!(level("abcdefg"), [super::NoticeLevel::Warning]);
}
