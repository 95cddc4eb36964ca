//! Runs in a world of the sandbox, and what holds for every one of them: the key and the tokens
//! made from it go where they have to go, and are shown nowhere.

use std::collections::BTreeMap;

use icr_cf_sandbox::{
    CF_API_HOST, CF_LOGIN_HOST, CF_LOGS_HOST, Client, IAM_HOST, REGISTRIES, Request, World,
};

use super::invocation::{Invocation, Run};
use super::secrets::{forms, forms_in};

impl Invocation {
    /// Leads it into a world, where cf is logged in.
    pub(crate) fn in_world(self, world: &World) -> Self {
        let variables = world.env();
        variables.iter().fold(self, |run, (name, value)| run.variable(name, value))
    }
}

/// The token of cf in a world, without the word before it.
pub(crate) fn cf_token(world: &World) -> String {
    let text = std::fs::read(world.cf_home().join(".cf/config.json")).unwrap();
    let config: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let token = config["AccessToken"].as_str().unwrap().strip_prefix("bearer ").unwrap();
    token.to_owned()
}

/// The hosts of the platform. cf gives its own token to all of them, the log cache too; we give it to
/// the API alone.
const CLOUD_FOUNDRY: [&str; 3] = [CF_API_HOST, CF_LOGIN_HOST, CF_LOGS_HOST];

fn is_registry(host: &str) -> bool {
    let names = |one: &icr_cf_sandbox::RegistryHost| [one.domain, one.private, one.legacy];
    REGISTRIES.iter().any(|one| !host.is_empty() && names(one).contains(&host))
}

/// Whether a request is one of those that a key is for.
fn may_carry_key(request: &Request) -> bool {
    match request.host.as_str() {
        IAM_HOST => matches!(
            (request.method.as_str(), request.path()),
            ("POST", "/identity/token") | ("GET", "/v1/apikeys/details")
        ),
        CF_API_HOST => request.method == "POST" && request.path() == "/v3/packages",
        host => is_registry(host) && request.method == "GET" && request.path() == "/oauth/token",
    }
}

/// Holds what reached the world against "the key goes to token endpoints and into the package, a
/// registry's token to that registry, cf's token to the platform", and what was printed or
/// written against "nothing of them is shown".
#[track_caller]
pub(crate) fn secrets_stay(world: &World, run: &Run, key: &str, sources: &[&std::path::Path]) {
    run.shows_nothing_of(key, sources);
    let cf_token = cf_token(world);
    run.shows_nothing_of(&cf_token, &[]);
    let mut bearers: BTreeMap<String, String> = BTreeMap::new();
    let requests = world.requests();
    for request in requests.iter().filter(|one| one.client == Client::Outside) {
        let carries_key = forms(key).iter().any(|form| request.carries(form));
        assert!(!carries_key || may_carry_key(request), "the key in {request:?}: {run}");
        let to_cf = CLOUD_FOUNDRY.contains(&request.host.as_str());
        let is_ours = request.header("user-agent").is_some_and(|name| name.starts_with("icr-cf/"));
        let may_have_cfs = if is_ours { request.host == CF_API_HOST } else { to_cf };
        assert!(!request.carries(&cf_token) || may_have_cfs, "cf's token in {request:?}: {run}");
        let knows_us = to_cf || request.host == IAM_HOST || is_registry(&request.host);
        for name in ["authorization", "proxy-authorization", "cookie", "referer"] {
            let may = knows_us && name == "authorization";
            assert!(may || request.header(name).is_none(), "`{name}` in {request:?}: {run}");
        }
        let scheme = request.authorization_scheme.as_deref();
        if scheme.is_some_and(|word| word.eq_ignore_ascii_case("bearer")) {
            let hash = request.authorization_sha256.clone().unwrap();
            let whose = if to_cf { "the platform" } else { &request.host };
            let first = bearers.entry(hash).or_insert_with(|| whose.to_owned());
            assert_eq!(first, whose, "a token went to two: {request:?}: {run}");
        }
    }
    for connection in world.connections() {
        let target = connection.target.as_bytes();
        assert_eq!(forms_in(key, target), [""; 0], "in the name of a host: {run}");
    }
}
