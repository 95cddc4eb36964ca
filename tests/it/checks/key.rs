//! What is wrong with the key, its user, its rights, its account.

use icr_cf::verdict::Name;
use icr_cf_sandbox::{Denial, Fault, Image, Key, KeyState, World};

use super::{Scenario, Trial, names, trial, verdict};
use crate::support::KEY;

const HELLO: &str = "us.icr.io/acme/hello:1.0";
const IAM: &str = "iam.cloud.ibm.com";

fn in_state(state: KeyState) -> Trial {
    let trial = Trial::of(HELLO);
    let key = trial.world.add_key(Key::random().state(state));
    trial.key(key)
}

fn refused(fault: Fault) -> Trial {
    let trial = Trial::of(HELLO);
    trial.world.add_fault(fault.host("us.icr.io"));
    trial
}

fn iam_refuses(code: &str, message: &str) -> Trial {
    let trial = Trial::of(HELLO).key(KEY);
    let details = format!("Object Type: 'ApiKey' with ID: '{KEY}' not found");
    let body = serde_json::json!(
        {"errorCode": code, "errorMessage": message, "errorDetails": details}
    );
    trial.world.add_fault(Fault::status(400).body(body.to_string()).host(IAM));
    trial
}

fn without_rights(denial: Denial) -> Trial {
    let trial = Trial::of(HELLO);
    let key = trial.world.add_key(Key::random().namespaces(["other"]).denial(denial));
    trial.key(key)
}

fn with_token(user: &str, token: impl Fn(&World, &str) -> String) -> Trial {
    // A token of another world looks as it should, and nobody here has given it.
    let elsewhere = World::start().unwrap();
    let token = token(&elsewhere, elsewhere.sample_key());
    Trial::of(HELLO).key(token).words(&["--docker-username", user, "--allow-short-lived"])
}

fn unknown_bearer() -> Trial {
    with_token("iambearer", |world, key| world.iam_access_token(key, 3600).unwrap())
}

fn unknown_refresh() -> Trial {
    with_token("iamrefresh", |world, key| world.iam_refresh_token(key).unwrap())
}

fn account_inactive() -> Trial {
    let text = "The login credentials are not valid, or your IBM Cloud account is not active.";
    refused(Fault::registry_error(401, "UNAUTHORIZED", text).path("/oauth/token"))
}

fn untrusted_profile() -> Trial {
    let id = "Profile-0a0a0a0a-0000-4000-8000-000000000001";
    Trial::of(HELLO).words(&["--docker-username", id])
}

fn insufficient_scope() -> Trial {
    let challenge = r#"Bearer realm="https://us.icr.io/oauth/token",service="registry",error="insufficient_scope""#;
    refused(Fault::status(401).header("WWW-Authenticate", challenge).path("/v2/acme/"))
}

const POLICY: &str = "`ibmcloud iam service-policy-create SERVICE_ID --roles Reader \
     --service-name container-registry --region us-south --resource-type namespace --resource acme`";
const NEW_KEY: &str = " --api-key-file key.json`";
const ADDRESSES: &str = "https://cloud.ibm.com/iam/settings";

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario { name: Name::KeyInvalid, mends: NEW_KEY, make: || Trial::of(HELLO).key(KEY) },
    Scenario {
        name: Name::KeyInvalid,
        mends: NEW_KEY,
        make: || iam_refuses("BXNIM0999E", "Something new."),
    },
    Scenario {
        name: Name::KeyDisabled,
        mends: "enable it: https://cloud.ibm.com/iam/apikeys",
        make: || in_state(KeyState::Disabled),
    },
    Scenario {
        name: Name::UserInactive,
        mends: NEW_KEY,
        make: || in_state(KeyState::UserInactive),
    },
    Scenario {
        name: Name::AccountSuspended,
        mends: "https://cloud.ibm.com/iam/users",
        make: || in_state(KeyState::AccountSuspended),
    },
    Scenario {
        name: Name::AccountSuspended,
        mends: "https://cloud.ibm.com/account",
        make: account_inactive,
    },
    Scenario {
        name: Name::TokenExpired,
        mends: "`ibmcloud iam oauth-tokens`",
        make: unknown_bearer,
    },
    Scenario { name: Name::TokenExpired, mends: "`ibmcloud login`", make: unknown_refresh },
    Scenario {
        name: Name::WrongUsername,
        mends: "`ibmcloud iam trusted-profile-identity-create Profile-0a0a0a0a-0000-4000-8000-000000000001 \
            --id SERVICE_ID --id-type SERVICEID`",
        make: untrusted_profile,
    },
    Scenario { name: Name::NoAccess, mends: POLICY, make: || without_rights(Denial::AtManifest) },
    Scenario { name: Name::NoAccess, mends: POLICY, make: || without_rights(Denial::AtToken) },
    Scenario { name: Name::NoAccess, mends: POLICY, make: insufficient_scope },
    Scenario {
        name: Name::NoAccess,
        mends: POLICY,
        make: || {
            refused(
                Fault::registry_error(403, "DENIED", "denied: Insufficient scope")
                    .path("/v2/acme/"),
            )
        },
    },
    Scenario {
        name: Name::IpRestricted,
        mends: ADDRESSES,
        make: || iam_refuses("BXNIM0999E", "The request came from an IP address not allowed."),
    },
    Scenario {
        name: Name::IpRestricted,
        mends: ADDRESSES,
        make: || {
            let text = "Access is not allowed from your IP address.";
            refused(Fault::registry_error(403, "DENIED", text).path("/oauth/token"))
        },
    },
    Scenario {
        name: Name::PrivateOnly,
        mends: "`ibmcloud cr private-only --disable`",
        make: || refused(Fault::private_only().path("/v2/acme/")),
    },
    Scenario {
        name: Name::QuotaExceeded,
        mends: "`ibmcloud cr quota-set --traffic MEGABYTES`",
        make: || refused(Fault::pull_quota_exceeded().path("/v2/acme/")),
    },
];

#[test]
fn a_key_that_cannot_pull_stops_the_push_and_says_why() {
    trial::play(SCENARIOS);
}

#[test]
fn iam_is_asked_once_where_the_registry_does_not_take_the_pair_and_else_not_at_all() {
    for (trial, times) in [
        (Trial::of(HELLO), 0),
        (Trial::of("us.icr.io/acme/hello:7"), 0),
        (without_rights(Denial::AtManifest), 0),
        (without_rights(Denial::AtToken), 0),
        (unknown_bearer(), 0),
        (in_state(KeyState::Disabled), 1),
        (in_state(KeyState::AccountSuspended), 1),
        (untrusted_profile(), 1),
        (Trial::of(HELLO).key(KEY), 1),
        // Searching asks every registry, and IAM once all the same.
        (Trial::of("acme/hello:1.0").key(KEY), 1),
    ] {
        let run = trial.json();
        let asked = trial.asked(IAM);
        assert_eq!(asked.len(), times, "{run}");
        assert!(asked.iter().all(|one| one.path() == "/identity/token"), "{asked:?}");
    }
}

#[test]
fn the_key_goes_to_the_registry_and_iam_and_what_iam_repeats_of_it_is_not_shown() {
    let trial = Trial::of(HELLO).key(KEY);
    let run = trial.json();
    for line in trial.world.requests().iter().filter(|one| one.carries(KEY)) {
        let place = (line.host.as_str(), line.path());
        assert!([("us.icr.io", "/oauth/token"), (IAM, "/identity/token")].contains(&place));
    }
    let said = trial::text(&verdict(&run, Name::KeyInvalid));
    assert!(said.contains("us.icr.io answered the request for a token with 400"), "{said}");
    assert!(said.contains("IAM says BXNIM0415E: Provided API key could not be found."), "{said}");
    assert!(!run.out().contains("Object Type"), "{run}");
}

#[test]
fn each_code_of_iam_is_shown_as_it_is() {
    for (state, code) in [
        (KeyState::Disabled, "BXNIM0462E"),
        (KeyState::UserInactive, "BXNIM0410E"),
        (KeyState::AccountSuspended, "BXNIM0436E"),
    ] {
        let run = in_state(state).json();
        assert!(run.out().contains(code), "{run}");
    }
}

#[test]
fn what_is_said_of_rights_names_role_namespace_and_region() {
    let run = without_rights(Denial::AtManifest).json();
    let said = trial::text(&verdict(&run, Name::NoAccess));
    for part in ["role Reader", "namespace", "us.icr.io answered 403 DENIED", "region-set us-south"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    let world = World::start().unwrap();
    world.add_image("icr.io/secret/app:1", Image::runnable());
    let trial = Trial::within(world, "icr.io/secret/app:1");
    let said = trial::hints(&verdict(&trial.json(), Name::NoAccess));
    assert!(said.contains("--service-name container-registry --resource-type"), "{said}");
    assert!(said.contains("`ibmcloud cr region-set global`"), "{said}");
}

#[test]
fn a_profile_is_granted_rights_as_a_profile() {
    let id = "Profile-0a0a0a0a-0000-4000-8000-000000000002";
    let trial = Trial::of(HELLO).words(&["--docker-username", id]);
    let key = trial.world.add_key(Key::random().profile(id).namespaces(["other"]));
    let run = trial.key(key).json();
    let said = trial::hints(&verdict(&run, Name::NoAccess));
    assert!(
        said.contains(&format!("`ibmcloud iam trusted-profile-policy-create {id} --roles Reader")),
        "{said}"
    );
}

#[test]
fn the_profile_that_does_not_trust_the_key_is_named() {
    let run = untrusted_profile().json();
    let said = trial::text(&verdict(&run, Name::WrongUsername));
    assert!(said.contains("for the user `Profile-0a0a0a0a-0000-4000-8000-000000000001`"), "{said}");
    assert!(said.contains("the trusted profile does not trust the key's service id"), "{said}");
}

#[test]
fn a_profile_that_trusts_the_key_pulls() {
    let id = "Profile-0a0a0a0a-0000-4000-8000-000000000003";
    let trial = Trial::of(HELLO).words(&["--docker-username", id]);
    let key = trial.world.add_key(Key::random().profile(id));
    let trial = trial.key(key);
    let push = trial.push(&[]);
    assert_eq!(push.code, Some(0), "{push}");
    assert_eq!(trial.world.packages()[0].username.as_deref(), Some(id), "{push}");
}

#[test]
fn a_bearer_that_works_passes() {
    let trial = Trial::of(HELLO).words(&["--docker-username", "iambearer", "--allow-short-lived"]);
    let token = trial.world.iam_access_token(trial.world.sample_key(), 3600).unwrap();
    let run = trial.key(token).json();
    assert_eq!((run.code, names(&run).len()), (Some(0), 0), "{run}");
}

#[test]
fn a_key_that_iam_takes_and_the_registry_does_not_is_left_to_the_platform() {
    // An allow-list of addresses shows like this, and the platform has another address.
    let trial =
        refused(Fault::status(400).path("/oauth/token").client(icr_cf_sandbox::Client::Outside));
    let run = trial.json();
    assert_eq!((run.code, names(&run)), (Some(0), vec!["registry-error".to_owned()]), "{run}");
    let said = trial::text(&verdict(&run, Name::RegistryError));
    assert!(said.contains("IAM takes the key"), "{said}");
    let push = trial.push(&[]);
    assert_eq!(push.code, Some(0), "{push}");
}
