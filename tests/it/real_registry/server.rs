//! Runs the real programs: docker-registry behind the sandbox's proxy as `us.icr.io`, and skopeo,
//! which fills it and says what is in it. Both end with the test.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use icr_cf_sandbox::{Key, TokenSigner, World};
use serde_json::json;

use super::layout::{self, Written};
use crate::support::{Workplace, poll};

/// The registry that the real one answers for.
pub(super) const HOST: &str = "us.icr.io";
/// How long a program may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(25);
/// Where services are that an ordinary user's PATH need not name.
const USUAL_FOLDERS: [&str; 4] = ["/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin"];

/// A real registry with `acme/web:1` and `acme/multi:1` in it.
pub(super) struct RealRegistry {
    _server: Owned,
    pub(super) world: World,
    /// A key for the namespace `acme`.
    pub(super) key: String,
    pub(super) written: Written,
    skopeo: PathBuf,
    place: Workplace,
}

/// What came of a run of skopeo.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) out: Vec<u8>,
    pub(super) err: String,
}

impl RealRegistry {
    /// Starts it and pushes the images; `None`, and a line that says so, where the programs are
    /// not installed.
    pub(super) fn start() -> Option<Self> {
        let (server, skopeo) = (installed("docker-registry")?, installed("skopeo")?);
        let place = Workplace::without_cf();
        let written = layout::write(&place.path("layout"));
        let world = World::start().unwrap();
        let signer = TokenSigner::new().unwrap();
        let (server, address) = serve(&server, &place, &signer);
        world.forward_registry(HOST, address, signer);
        let key = world.add_key(Key::random().namespaces(["acme"]));
        let registry = Self { _server: server, world, key, written, skopeo, place };
        registry.push("web");
        registry.push("multi");
        registry.world.forget_traffic();
        Some(registry)
    }

    /// Runs `skopeo inspect --raw` with a key.
    pub(super) fn inspect(&self, image: &str, key: &str) -> Ended {
        self.skopeo(key, &["inspect", "--raw", &format!("docker://{HOST}/{image}")])
    }

    fn push(&self, name: &str) {
        let from = format!("oci:{}:{name}", self.place.path("layout").display());
        let to = format!("docker://{HOST}/acme/{name}:1");
        let options = ["copy", "--all", "--preserve-digests", "--quiet"];
        let ended = self.skopeo(&self.key, &[&options[..], &[&from, &to]].concat());
        assert!(ended.status.success(), "{ended:?}\n{}", log(&self.place));
    }

    fn skopeo(&self, key: &str, words: &[&str]) -> Ended {
        let login = STANDARD.encode(format!("iamapikey:{key}"));
        let logins = json!({"auths": {HOST: {"auth": login}}});
        let mut command = Command::new(&self.skopeo);
        command
            .args(["--insecure-policy", "--tmpdir"])
            .arg(self.place.path("tmp"))
            .args(words)
            .env_clear()
            .envs(self.world.env())
            .env("HOME", self.place.path("home"))
            .env("REGISTRY_AUTH_FILE", self.place.write("logins.json", logins.to_string()))
            // Root's notes on where blobs are would be the system's, shared by all tests.
            .env("_CONTAINERS_ROOTLESS_UID", "1000")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Owned(command.spawn().unwrap()).end()
    }
}

/// Finds a program, as users have it on PATH; says so where it is not there.
pub(crate) fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(USUAL_FOLDERS.map(PathBuf::from));
    let found = folders.map(|folder| folder.join(name)).find(|file| file.is_file());
    if found.is_none() {
        // Not by `eprintln`, which shows nothing of a test that passes.
        let line = format!("skipped: `{name}` is not installed\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    found
}

/// Starts the registry on a free port and gives its address.
fn serve(program: &Path, place: &Workplace, signer: &TokenSigner) -> (Owned, SocketAddr) {
    let certificate = place.write("token.pem", signer.certificate());
    // JSON is YAML, with a rule for quotes.
    let configuration = json!({
        "version": 0.1,
        "log": {"level": "info"},
        "storage": {"filesystem": {"rootdirectory": place.path("storage")}},
        "http": {"addr": "127.0.0.1:0"},
        "auth": {"token": {
            "realm": format!("https://{HOST}/oauth/token"),
            "service": TokenSigner::SERVICE,
            "issuer": TokenSigner::ISSUER,
            "rootcertbundle": certificate,
        }},
    });
    let configuration = place.write("registry.yml", configuration.to_string());
    let log_file = File::create(place.path(LOG)).unwrap();
    let child = Command::new(program)
        .arg("serve")
        .arg(configuration)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(log_file.try_clone().unwrap())
        .stderr(log_file)
        .spawn();
    let mut server = Owned(child.unwrap());
    let address = poll(LIMIT, || {
        assert_eq!(server.0.try_wait().unwrap(), None, "it ended\n{}", log(place));
        address_in(&log(place))
    });
    (server, address.unwrap_or_else(|| panic!("it does not listen\n{}", log(place))))
}

const LOG: &str = "registry.log";

fn log(place: &Workplace) -> String {
    std::fs::read_to_string(place.path(LOG)).unwrap_or_default()
}

/// The address that a registry says it listens at, once the line is complete.
fn address_in(log: &str) -> Option<SocketAddr> {
    let (_, rest) = log.split_once("listening on ")?;
    let (address, _) = rest.split_once(['"', ' ', '\n'])?;
    address.parse().ok()
}

/// A child that does not outlive its owner.
struct Owned(Child);

impl Owned {
    /// Waits for its end, within bounds.
    fn end(mut self) -> Ended {
        let status = poll(LIMIT, || self.0.try_wait().unwrap());
        let status = status.unwrap_or_else(|| panic!("it does not end"));
        let (mut out, mut err) = (Vec::new(), String::new());
        self.0.stdout.take().unwrap().read_to_end(&mut out).unwrap();
        self.0.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        Ended { status, out, err }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
