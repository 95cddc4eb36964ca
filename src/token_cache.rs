//! Keeps an access token of IAM until shortly before it ends, for programs that ask for it again and
//! again: in a file that only we can read, in the folder of the session or of caches, nowhere else.
//! The file holds no key: beside the token it has a random salt, and the digest of the key under that
//! salt, so that the token of one key is never given for another. What is not as we would have left it
//! is not used.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

use crate::environment::Environment;
use crate::jwt::{self, Expiry};
use crate::private_files::{self, Kind, Others};
use crate::reading;
use crate::secret::ApiKey;

/// The first line of a file, which says how to read the rest.
const FORM: &str = "icr-cf token 1";
/// Most bytes of a file.
const MOST: usize = 64 * 1024;
/// A token that ends sooner is not used: whoever gets it has still to work with it.
const MARGIN: Duration = Duration::from_secs(5 * 60);
/// The folder of ours.
const FOLDER: &str = "icr-cf";

/// The file for one source of keys.
pub(crate) struct TokenCache {
    folder: PathBuf,
    file: PathBuf,
}

impl TokenCache {
    /// The file for the source of this name; `None` where there is no folder for it.
    pub(crate) fn of(source: &str, environment: &Environment) -> Option<Self> {
        let folder = place(environment)?.join(FOLDER);
        let file = folder.join(format!("docker-{source}.token"));
        Some(Self { folder, file })
    }

    /// The token that is kept for this key, if it lives long enough.
    pub(crate) fn get(&self, key: &ApiKey, now: SystemTime) -> Option<ApiKey> {
        if !is_ours(&self.folder, Kind::Folder) || !is_ours(&self.file, Kind::File) {
            return None;
        }
        let (bytes, _) = reading::file(&self.file, MOST).ok()?;
        let text = std::str::from_utf8(&bytes).ok()?;
        let mut lines = text.lines();
        let (form, salt, digest, token) =
            (lines.next()?, lines.next()?, lines.next()?, lines.next()?);
        if form != FORM || lines.next().is_some() || !lives(token, now) {
            return None;
        }
        let salt = STANDARD_NO_PAD.decode(salt).ok()?;
        let digest = STANDARD_NO_PAD.decode(digest).ok()?;
        let salted = hmac::Key::new(hmac::HMAC_SHA256, &salt);
        hmac::verify(&salted, key.expose().as_bytes(), &digest).ok()?;
        Some(ApiKey::new(token))
    }

    /// Keeps a token of this key, if it lives long enough to be of use again. That it cannot be kept
    /// costs another question, and nothing else.
    pub(crate) fn put(&self, key: &ApiKey, token: &ApiKey, now: SystemTime) {
        if lives(token.expose(), now) {
            // See above.
            let _ = self.write(key, token);
        }
    }

    fn write(&self, key: &ApiKey, token: &ApiKey) -> io::Result<()> {
        let mut salt = [0; 32];
        SystemRandom::new().fill(&mut salt).map_err(|_| io::ErrorKind::Other)?;
        let salted = hmac::Key::new(hmac::HMAC_SHA256, &salt);
        let digest = hmac::sign(&salted, key.expose().as_bytes());
        let token = token.expose();
        let mut text = Zeroizing::new(String::with_capacity(token.len() + 256));
        for line in [FORM, &STANDARD_NO_PAD.encode(salt), &STANDARD_NO_PAD.encode(digest), token] {
            text.push_str(line);
            text.push('\n');
        }
        private_files::write(&self.folder, &self.file, text.as_bytes(), Others::Nothing)
    }
}

/// Whether a token says that it lives for a while.
fn lives(token: &str, now: SystemTime) -> bool {
    match jwt::expiry(token) {
        Some(Expiry::At(end)) => now + MARGIN < end,
        Some(Expiry::Unsaid) | None => false,
    }
}

fn is_ours(path: &Path, kind: Kind) -> bool {
    private_files::is_ours(path, kind, Others::Nothing)
}

/// The folder of the session, which goes when you log out, else that of caches.
fn place(environment: &Environment) -> Option<PathBuf> {
    let folder = |name| {
        let raw = environment.raw(name).filter(|raw| !raw.is_empty());
        raw.map(PathBuf::from).filter(|path| path.is_absolute())
    };
    if cfg!(windows) {
        return folder("LOCALAPPDATA");
    }
    let session = folder("XDG_RUNTIME_DIR").filter(|path| is_ours(path, Kind::Folder));
    let home = || environment.home().filter(|home| home.is_absolute());
    let caches = if cfg!(target_vendor = "apple") { "Library/Caches" } else { ".cache" };
    session.or_else(|| folder("XDG_CACHE_HOME")).or_else(|| Some(home()?.join(caches)))
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
