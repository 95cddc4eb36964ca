//! What is kept, for whom, and what is not used.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::TokenCache;
use crate::environment::{Environment, Streams};
use crate::secret::ApiKey;

const KEY: &str = "mArKeR0-of_the_Tests_0123456789-abcdefGHIJKL";
const OTHER: &str = "mArKeR1-of_the_Tests_0123456789-abcdefGHIJKL";

fn token(life: Duration) -> ApiKey {
    let end = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap() + life;
    let payload = format!("{{\"exp\":{}}}", end.as_secs());
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    ApiKey::new(&format!("{}.{}.{}", part("{}"), part(&payload), part("signature")))
}

fn cache(home: &Path) -> TokenCache {
    let variables = BTreeMap::from([("HOME".into(), home.into())]);
    let environment = Environment::new(variables, "/".into(), Streams::default());
    TokenCache::of("IC_API_KEY", &environment).unwrap()
}

fn kept(home: &Path) -> PathBuf {
    let caches = if cfg!(target_vendor = "apple") { "Library/Caches" } else { ".cache" };
    home.join(caches).join("icr-cf/docker-IC_API_KEY.token")
}

fn read(path: &Path) -> Vec<u8> {
    crate::reading::file(path, super::MOST).unwrap().0.to_vec()
}

/// A home with an hour's token of the key in it.
fn filled() -> (tempfile::TempDir, ApiKey) {
    let home = tempfile::tempdir().unwrap();
    let hour = token(Duration::from_secs(3600));
    cache(home.path()).put(&ApiKey::new(KEY), &hour, SystemTime::now());
    (home, hour)
}

fn found(home: &Path, key: &str) -> Option<String> {
    let found = cache(home).get(&ApiKey::new(key), SystemTime::now());
    found.map(|token| token.expose().to_owned())
}

#[test]
fn a_token_is_found_by_the_key_it_is_of_and_by_no_other() {
    let (home, hour) = filled();
    assert_eq!(found(home.path(), KEY).as_deref(), Some(hour.expose()));
    assert_eq!(found(home.path(), OTHER), None);
    let text = String::from_utf8(read(&kept(home.path()))).unwrap();
    assert!(!text.contains(KEY) && text.lines().count() == 4, "{text}");
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let folder = kept(home.path()).parent().unwrap().to_owned();
    assert_eq!((mode(&kept(home.path())), mode(&folder)), (0o600, 0o700));
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1, "nothing else is left there");
}

#[test]
fn the_same_key_gives_another_digest_each_time() {
    let (home, hour) = filled();
    let first = read(&kept(home.path()));
    cache(home.path()).put(&ApiKey::new(KEY), &hour, SystemTime::now());
    assert_ne!(read(&kept(home.path())), first);
}

#[test]
fn a_token_that_ends_soon_is_neither_kept_nor_used() {
    let home = tempfile::tempdir().unwrap();
    let soon = token(Duration::from_secs(4 * 60));
    cache(home.path()).put(&ApiKey::new(KEY), &soon, SystemTime::now());
    assert!(!kept(home.path()).exists());
    let (home, _) = filled();
    let later = SystemTime::now() + Duration::from_secs(56 * 60);
    assert!(cache(home.path()).get(&ApiKey::new(KEY), later).is_none());
}

#[test]
fn what_is_not_as_we_would_have_left_it_is_not_used() {
    type Damage = fn(&Path);
    let damage: [(&str, Damage); 13] = [
        ("for others to read", |path| mode(path, 0o644)),
        ("for the group to read", |path| mode(path, 0o640)),
        ("in a folder of all", |path| mode(path.parent().unwrap(), 0o777)),
        ("a link", |path| {
            let elsewhere = path.with_extension("elsewhere");
            std::fs::rename(path, &elsewhere).unwrap();
            std::os::unix::fs::symlink(elsewhere, path).unwrap();
        }),
        ("of another name as well", |path| {
            std::fs::hard_link(path, path.with_extension("also")).unwrap();
        }),
        ("a pipe", |path| {
            std::fs::remove_file(path).unwrap();
            duct::cmd!("mkfifo", "-m", "600", path).run().unwrap();
        }),
        ("of another form", |path| {
            let text = String::from_utf8(read(path)).unwrap();
            std::fs::write(path, text.replacen("token 1", "token 2", 1)).unwrap();
        }),
        ("with more behind it", |path| {
            std::fs::write(path, [&read(path)[..], b"more\n"].concat()).unwrap();
        }),
        ("of another user, as far as we may give it away", |path| {
            if std::os::unix::fs::chown(path, Some(65_534), None).is_err() {
                std::fs::remove_file(path).unwrap();
            }
        }),
        ("cut", |path| {
            let bytes = read(path);
            std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
        }),
        ("nonsense", |path| std::fs::write(path, [0xff; 300]).unwrap()),
        ("too big", |path| std::fs::write(path, vec![b'a'; 70_000]).unwrap()),
        ("a folder", |path| {
            std::fs::remove_file(path).unwrap();
            std::fs::create_dir(path).unwrap();
        }),
    ];
    for (what, damage) in damage {
        let (home, _) = filled();
        damage(&kept(home.path()));
        assert_eq!(found(home.path(), KEY), None, "{what}");
    }
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn nothing_is_kept_where_others_may_look() {
    let home = tempfile::tempdir().unwrap();
    let folder = kept(home.path()).parent().unwrap().to_owned();
    std::fs::create_dir_all(&folder).unwrap();
    mode(&folder, 0o755);
    let hour = token(Duration::from_secs(3600));
    cache(home.path()).put(&ApiKey::new(KEY), &hour, SystemTime::now());
    assert!(!kept(home.path()).exists());
}

#[cfg(not(target_vendor = "apple"))]
#[test]
fn the_folder_of_caches_is_taken_where_it_is_said_in_full() {
    let file = |caches: &str, home: &str| {
        let variables = [("XDG_CACHE_HOME", caches), ("HOME", home)];
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        let environment = Environment::new(variables.into(), "/".into(), Streams::default());
        TokenCache::of("X", &environment).map(|cache| cache.file)
    };
    assert_eq!(file("/caches", "/home"), Some("/caches/icr-cf/docker-X.token".into()));
    for caches in ["", "caches"] {
        assert_eq!(file(caches, "/home"), Some("/home/.cache/icr-cf/docker-X.token".into()));
        assert_eq!(file(caches, "home"), None);
    }
}

#[test]
fn the_folder_of_the_session_comes_first_if_it_is_ours_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (home, session) = (folder.path().join("home"), folder.path().join("run"));
    std::fs::create_dir(&home).unwrap();
    std::fs::create_dir(&session).unwrap();
    let variables = BTreeMap::from([
        ("HOME".into(), home.clone().into()),
        ("XDG_RUNTIME_DIR".into(), session.clone().into()),
    ]);
    let environment = Environment::new(variables, "/".into(), Streams::default());
    mode(&session, 0o755);
    let open = TokenCache::of("X", &environment).unwrap();
    assert!(open.file.starts_with(&home), "{:?}", open.file);
    mode(&session, 0o700);
    let own = TokenCache::of("X", &environment).unwrap();
    assert_eq!(own.file, session.join("icr-cf/docker-X.token"));
}
