//! A real registry in place of the sandbox's: Debian's docker-registry, filled by skopeo, behind
//! the sandbox's proxy as `us.icr.io`, with tokens that the sandbox signs. Without the two
//! programs every test says so and passes.

mod checks;
mod layout;
mod server;

use icr_cf_sandbox::{Key, Request, sha256_hex};
use serde_json::Value;

use crate::support::KEY;
pub(crate) use server::installed;
use server::{HOST, RealRegistry};

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", sha256_hex(bytes))
}

fn statuses(requests: &[Request], start: &str) -> Vec<u16> {
    let such = requests.iter().filter(|seen| seen.host == HOST && seen.path().starts_with(start));
    such.filter_map(|seen| seen.status).collect()
}

#[test]
fn a_real_registry_holds_what_was_pushed() {
    let Some(registry) = RealRegistry::start() else { return };
    let web = registry.inspect("acme/web:1", &registry.key);
    assert_eq!(digest(&web.out), registry.written.web, "{web:?}");
    let multi = registry.inspect("acme/multi:1", &registry.key);
    assert_eq!(digest(&multi.out), registry.written.multi, "{multi:?}");
    let index: Value = serde_json::from_slice(&multi.out).unwrap();
    let entries = index["manifests"].as_array().unwrap();
    assert_eq!(
        (entries.len(), entries[0]["digest"].as_str()),
        (3, Some(registry.written.multi_amd64.as_str()))
    );
    assert!(
        registry.world.saw(|seen| seen.path() == "/oauth/token" && seen.carries(&registry.key))
    );
}

#[test]
fn a_wrong_key_gets_no_token_for_a_real_registry() {
    let Some(registry) = RealRegistry::start() else { return };
    let ended = registry.inspect("acme/web:1", KEY);
    assert!(!ended.status.success() && ended.err.contains("400"), "{ended:?}");
    let requests = registry.world.requests();
    assert_eq!(statuses(&requests, "/oauth/token"), [400]);
    assert_eq!(statuses(&requests, "/v2/acme/"), [0; 0]);
}

#[test]
fn a_real_registry_opens_only_what_a_token_was_made_for() {
    let Some(registry) = RealRegistry::start() else { return };
    let stranger = registry.world.add_key(Key::random().namespaces(["other"]));
    let ended = registry.inspect("acme/web:1", &stranger);
    assert!(!ended.status.success(), "{ended:?}");
    // skopeo asks for another token where the first one is not enough.
    let requests = registry.world.requests();
    let tokens = statuses(&requests, "/oauth/token");
    assert!(!tokens.is_empty() && tokens.iter().all(|status| *status == 200), "{tokens:?}");
    let manifests = statuses(&requests, "/v2/acme/web/manifests/1");
    assert!(
        !manifests.is_empty() && manifests.iter().all(|status| *status == 401),
        "{manifests:?}"
    );
}

#[test]
fn a_tag_that_is_not_in_a_real_registry_is_missing() {
    let Some(registry) = RealRegistry::start() else { return };
    let ended = registry.inspect("acme/web:2", &registry.key);
    assert!(!ended.status.success() && ended.err.contains("manifest unknown"), "{ended:?}");
    assert_eq!(statuses(&registry.world.requests(), "/v2/acme/web/manifests/2"), [404]);
}
