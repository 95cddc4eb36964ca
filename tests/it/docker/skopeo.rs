//! The real skopeo, which asks the helper that its file of logins names, as podman and buildah do.

use std::process::{Command, Output};

use icr_cf_sandbox::{Key, World};
use serde_json::json;

use super::HELPER;
use crate::real_registry::installed;
use crate::support::{Workplace, forms_in};

const IMAGE: &str = "docker://us.icr.io/acme/web:1.4";

/// Runs `skopeo inspect --raw` with a file of logins that names us; `None` where there is no skopeo.
pub(crate) fn inspect(world: &World, place: &Workplace, logins: &str, key: &str) -> Option<Output> {
    let skopeo = installed("skopeo")?;
    place.install_icr_cf(HELPER);
    let mut command = Command::new(skopeo);
    command
        .args(["--insecure-policy", "inspect", "--raw", IMAGE])
        .env_clear()
        .envs(world.env())
        .env("PATH", place.path("bin"))
        .env("HOME", place.path("home"))
        .env("REGISTRY_AUTH_FILE", place.path(logins))
        .env("_CONTAINERS_ROOTLESS_UID", "1000")
        .env("ICR_CF_API_KEY", key);
    Some(command.output().unwrap())
}

#[test]
fn skopeo_pulls_with_a_token_and_never_sees_the_key() {
    let world = World::start().unwrap();
    let (place, key) = (Workplace::without_cf(), world.sample_key());
    let logins = json!({"credHelpers": {"us.icr.io": "icr-cf"}});
    place.write("work/auth.json", logins.to_string());
    let Some(output) = inspect(&world, &place, "work/auth.json", key) else { return };
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("schemaVersion"), "{output:?}");
    let registry = |one: &icr_cf_sandbox::Request| one.host == "us.icr.io";
    let requests = world.requests();
    assert!(
        requests.iter().any(registry)
            && !requests.iter().any(|one| registry(one) && one.carries(key))
    );
    for (path, content) in place.files() {
        assert_eq!(forms_in(key, &content), [""; 0], "{}", path.display());
    }
    // A second one asks IAM nothing.
    let again = inspect(&world, &place, "work/auth.json", key).unwrap();
    assert!(again.status.success(), "{again:?}");
    let of_iam = |one: &&icr_cf_sandbox::Request| one.host == icr_cf_sandbox::IAM_HOST;
    assert_eq!(world.requests().iter().filter(of_iam).count(), 1);
}

#[test]
fn skopeo_says_why_there_is_no_token() {
    let world = World::start().unwrap();
    let (place, key) = (Workplace::without_cf(), world.add_key(Key::random()));
    world.disable_key(&key);
    let logins = json!({"credHelpers": {"us.icr.io": "icr-cf"}});
    place.write("work/auth.json", logins.to_string());
    let Some(output) = inspect(&world, &place, "work/auth.json", &key) else { return };
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && words.contains("BXNIM0462E"), "{words}");
    assert_eq!(forms_in(&key, &output.stderr), [""; 0]);
}
