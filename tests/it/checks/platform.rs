//! cf's own set-up, and what cannot be decided because somebody does not answer.

use icr_cf::verdict::Name;
use icr_cf_sandbox::{Client, Fault, Login};

use super::{Scenario, Trial, names, trial, verdict};
use crate::support::KEY;

const HELLO: &str = "us.icr.io/acme/hello:1.0";

fn logged_in(login: Login) -> Trial {
    let trial = Trial::of(HELLO);
    trial.world.write_cf_home(trial.world.cf_home(), login).unwrap();
    trial
}

fn without_docker() -> Trial {
    let trial = Trial::of(HELLO);
    trial.world.disable_docker();
    trial
}

/// The platform itself is served as ever.
fn here_only(fault: Fault) -> Trial {
    let trial = Trial::of(HELLO);
    trial.world.add_fault(fault.client(Client::Outside));
    trial
}

fn flag_says(status: u16) -> Trial {
    here_only(Fault::status(status).host("api.cf.sandbox").path("/v3/feature_flags"))
}

fn iam_is_down() -> Trial {
    let trial = here_only(Fault::status(501).host("iam.cloud.ibm.com"));
    trial.key(KEY)
}

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: Name::CfNoApi,
        mends: "`cf api https://API-OF-YOUR-PLATFORM`",
        make: || logged_in(Login::Nothing),
    },
    Scenario { name: Name::CfNotLoggedIn, mends: "`cf login`", make: || logged_in(Login::Api) },
    Scenario {
        name: Name::CfTokenExpired,
        mends: "`cf login`",
        make: || logged_in(Login::Expired),
    },
    Scenario {
        name: Name::CfNoSpace,
        mends: "`cf target -o ORG -s SPACE`",
        make: || logged_in(Login::LoggedIn),
    },
    Scenario {
        name: Name::CfNoSpace,
        mends: "`cf target -s SPACE`",
        make: || logged_in(Login::OrgTargeted),
    },
    Scenario {
        name: Name::DockerDisabled,
        mends: "`cf enable-feature-flag diego_docker`",
        make: without_docker,
    },
    Scenario {
        name: Name::RegistryUnreachable,
        mends: "let `us.icr.io:443` through",
        make: || here_only(Fault::status(502).host("us.icr.io").method("CONNECT")),
    },
    Scenario {
        name: Name::RegistryError,
        mends: "https://cloud.ibm.com/status",
        make: || here_only(Fault::status(501).host("us.icr.io").path("/v2/")),
    },
    Scenario {
        name: Name::RegistryError,
        mends: "https://cloud.ibm.com/status",
        make: || {
            let busy = Fault::status(503).header("Retry-After", "0");
            here_only(busy.host("us.icr.io").path("/oauth/token"))
        },
    },
    Scenario {
        name: Name::RateLimited,
        mends: "",
        make: || here_only(Fault::rate_limited("0").host("us.icr.io").path("/v2/")),
    },
    Scenario { name: Name::IamUnreachable, mends: "", make: iam_is_down },
    Scenario {
        name: Name::CfUnreachable,
        mends: "`cf feature-flag diego_docker`",
        make: || flag_says(501),
    },
    Scenario {
        name: Name::CfTokenStale,
        mends: "`cf feature-flag diego_docker`",
        make: || logged_in(Login::Stale),
    },
    Scenario {
        name: Name::CfTokenStale,
        mends: "`cf feature-flag diego_docker`",
        make: || flag_says(401),
    },
];

#[test]
fn what_is_wrong_with_cf_stops_the_push_and_what_is_undecided_does_not_unless_strict() {
    trial::play(SCENARIOS);
}

#[test]
fn one_failure_does_not_hide_another() {
    let trial = Trial::of("us.icr.io/acme/web:7");
    trial.world.write_cf_home(trial.world.cf_home(), Login::Api).unwrap();
    let run = trial.json();
    assert_eq!(
        (run.code, names(&run)),
        (Some(78), vec!["cf-not-logged-in".to_owned(), "tag-missing".to_owned()]),
        "{run}"
    );
    let push = trial.stopped(&[]);
    assert_eq!(push.code, Some(78), "{push}");
    let errors: Vec<&str> = push
        .err()
        .lines()
        .filter_map(|line| line.strip_prefix("error[")?.split(']').next())
        .collect();
    // In the order in which they are to be mended; the first decides the exit code.
    assert_eq!(errors, ["cf-not-logged-in", "tag-missing"], "{push}");
}

#[test]
fn a_disabled_platform_and_a_wrong_key_are_both_said() {
    let trial = without_docker().key(KEY);
    let run = trial.json();
    assert_eq!(names(&run), ["docker-disabled", "key-invalid"], "{run}");
}

#[test]
fn the_place_of_the_push_is_told_and_the_flag_is_asked_once_with_cfs_own_token() {
    let trial = Trial::of(HELLO);
    let run = trial.json();
    let target = &run.json()["checks"]["target"];
    assert_eq!((&target["org"], &target["space"]), (&"acme".into(), &"prod".into()), "{run}");
    let asked = trial.asked("api.cf.sandbox");
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].path(), "/v3/feature_flags/diego_docker");
    assert!(!asked[0].carries(trial.world.sample_key()));
    assert!(trial.asked("login.cf.sandbox").is_empty(), "{run}");
}

#[test]
fn a_platform_that_cannot_be_reached_is_left_to_cf_unless_strict() {
    let trial = here_only(Fault::status(502).host("api.cf.sandbox").method("CONNECT"));
    let run = trial.json();
    assert_eq!((run.code, names(&run)), (Some(0), vec!["cf-unreachable".to_owned()]), "{run}");
    let said = trial::text(&verdict(&run, Name::CfUnreachable));
    assert!(said.contains("`api.cf.sandbox` cannot be asked for docker support"), "{said}");
    assert!(said.contains("let `api.cf.sandbox:443` through the proxy"), "{said}");
    assert_eq!(trial.stopped(&["--strict"]).code, Some(69));
}

#[test]
fn a_stale_token_is_renewed_by_cf_alone() {
    let trial = logged_in(Login::Stale);
    let run = trial.json();
    assert_eq!((run.code, names(&run)), (Some(0), vec!["cf-token-stale".to_owned()]), "{run}");
    assert!(trial.asked("api.cf.sandbox").is_empty(), "{run}");
    assert!(trial.asked("login.cf.sandbox").is_empty(), "{run}");
}

#[test]
fn a_cf_of_which_the_configuration_is_not_known_is_said_not_to_be_checked() {
    let trial = logged_in(Login::Nothing);
    let run = trial.check(&["--cf", "cf one two", "--output", "json"]);
    assert_eq!((run.code, names(&run).len()), (Some(0), 0), "{run}");
    let skipped = run.json()["checks"]["not_checked"].to_string();
    assert!(skipped.contains("cf's set-up: another program runs cf"), "{run}");
}

#[test]
fn an_iam_that_does_not_answer_leaves_the_refusal_of_the_registry_standing() {
    let run = iam_is_down().json();
    assert_eq!(
        (run.code, names(&run)),
        (Some(77), vec!["key-invalid".to_owned(), "iam-unreachable".to_owned()]),
        "{run}"
    );
    let said = trial::text(&verdict(&run, Name::KeyInvalid));
    assert!(said.contains("IAM, which could say why, cannot be asked"), "{said}");
}
