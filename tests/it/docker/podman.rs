//! The real podman, which asks the helper that its file of logins names.

use std::process::{Command, Output};

use icr_cf_sandbox::{IAM_HOST, Request, World};
use serde_json::json;

use super::HELPER;
use crate::real_registry::installed;
use crate::support::{Workplace, forms_in};

/// Runs podman with folders of its own; `None` where there is none that runs here.
#[expect(clippy::print_stderr, reason = "says what is skipped")]
fn podman(world: &World, place: &Workplace, words: &[&str]) -> Option<Output> {
    let podman = installed("podman")?;
    let run = |words: &[&str]| {
        let mut command = Command::new(&podman);
        for (flag, folder) in [("--root", "podman/root"), ("--runroot", "podman/run")] {
            command.arg(flag).arg(place.path(folder));
        }
        command.args(["--storage-driver", "vfs"]).args(words).env_clear().envs(world.env());
        let path = format!("{}:/usr/bin:/bin", place.path("bin").display());
        command.env("PATH", path).env("HOME", place.path("home")).env("TMPDIR", place.path("tmp"));
        command.env("REGISTRY_AUTH_FILE", place.path("work/auth.json"));
        command.env("ICR_CF_API_KEY", world.sample_key());
        command.output().unwrap()
    };
    let info = run(&["info"]);
    if !info.status.success() {
        eprintln!("skipped: podman does not run here: {}", String::from_utf8_lossy(&info.stderr));
        return None;
    }
    Some(run(words))
}

#[test]
fn podman_pulls_with_a_token_and_never_sees_the_key() {
    let world = World::start().unwrap();
    let place = Workplace::without_cf();
    place.install_icr_cf(HELPER);
    let logins = json!({"credHelpers": {"us.icr.io": "icr-cf"}}).to_string();
    place.write("work/auth.json", logins);
    let Some(login) = podman(&world, &place, &["login", "--get-login", "us.icr.io"]) else {
        return;
    };
    assert_eq!(String::from_utf8_lossy(&login.stdout).trim(), "iambearer", "{login:?}");
    let pull = podman(&world, &place, &["pull", "us.icr.io/acme/web:1.4"]).unwrap();
    // The layers of the stand-in world are no archives; it got as far as to them.
    let blob = |one: &Request| one.host == "us.icr.io" && one.path().contains("/blobs/");
    let requests = world.requests();
    assert!(requests.iter().any(blob), "{pull:?}");
    let key = world.sample_key();
    assert!(requests.iter().all(|one| one.host == IAM_HOST || !one.carries(key)));
    for (path, content) in place.files() {
        assert_eq!(forms_in(key, &content), [""; 0], "{}", path.display());
    }
}
