use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Copies, Plan, needs_release, plan, refuse};
use crate::cf_flags::Release;
use crate::cf_program::CfProgram;
use crate::environment::{Environment, Streams};
use crate::request::{self, Goal};

fn planned(
    line: &str,
    variables: &[(&str, &str)],
    cf: &str,
    release: Option<Release>,
    terminal: bool,
) -> (Plan, bool) {
    let variables: BTreeMap<_, _> =
        variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
    let streams = Streams { stdout: terminal, ..Streams::default() };
    let environment = Environment::new(variables, PathBuf::from("/nonexistent-folder"), streams);
    let (request, apps) =
        request::push(crate::cli::tests::push(line), Goal::Push, &environment).unwrap();
    let words = cf.split(' ').map(str::to_owned).collect();
    let program = CfProgram { words, path: Some(PathBuf::from("/bin/cf")), release };
    refuse(&request, &program, &environment).unwrap();
    (
        plan(&request, &apps[0], None, &program, &Copies::default(), &environment),
        needs_release(&request, &environment),
    )
}

const WEB: &str = "web --image us.icr.io/acme/web:1";

#[test]
fn ours_come_last_so_that_nothing_behind_the_dashes_can_redirect_the_key() {
    let line = format!("{WEB} -m 1G -- -o evil.example/x --docker-username bob");
    let (plan, _) = planned(&line, &[], "cf", None, false);
    assert_eq!(
        plan.command.join(" "),
        "cf push web -m 1G -o evil.example/x --docker-username bob --docker-image us.icr.io/acme/web:1 --docker-username iamapikey"
    );
}

#[test]
fn variables_with_keys_are_kept_from_cf() {
    let set = [
        ("ICR_CF_API_KEY", "x"),
        ("IBM_CLOUD_API_KEY", "x"),
        ("IC_API_KEY", "x"),
        ("BLUEMIX_API_KEY", "x"),
        ("IBMCLOUD_API_KEY", "x"),
        ("CF_CNB_REGISTRY_CREDS", "x"),
        ("CF_LOG_LEVEL", "debug"),
        ("HOME", "/"),
    ];
    let of = |cf: &str, release| planned(WEB, &set, cf, release, false).0.environment.remove;
    assert_eq!(
        of("cf", Some(Release(8, 18, 4))),
        [
            "ICR_CF_API_KEY",
            "IBMCLOUD_API_KEY",
            "IBM_CLOUD_API_KEY",
            "IC_API_KEY",
            "BLUEMIX_API_KEY",
            "CF_CNB_REGISTRY_CREDS"
        ]
    );
    assert!(of("cf", Some(Release(6, 53, 0))).iter().any(|name| name == "CF_LOG_LEVEL"));
    assert!(!of("ibmcloud cf", None).iter().any(|name| name == "IBMCLOUD_API_KEY"));
    assert!(planned(WEB, &[], "cf", None, false).0.environment.remove.is_empty());
}

#[test]
fn the_release_is_asked_for_only_where_something_depends_on_it() {
    assert!(!planned(&format!("{WEB} -m 1G --no-start"), &[], "cf", None, false).1);
    assert!(planned(&format!("{WEB} --redact-env"), &[], "cf", None, false).1);
    assert!(planned(WEB, &[("CF_LOG_LEVEL", "debug")], "cf", None, false).1);
}

#[test]
fn colour_is_asked_for_on_a_terminal_unless_somebody_said_otherwise() {
    let of = |variables: &[(&str, &str)], terminal| {
        planned(WEB, variables, "cf", None, terminal).0.environment.set.len() == 2
    };
    assert!(of(&[], true));
    assert!(!of(&[], false));
    assert!(!of(&[("NO_COLOR", "1")], true));
    assert!(!of(&[("CF_COLOR", "false")], true));
}

#[test]
fn the_line_to_paste_names_the_source_of_the_key() {
    let line = |extra: &str, variables: &[(&str, &str)]| {
        let (plan, _) = planned(&format!("{WEB} {extra}"), variables, "ibmcloud cf", None, false);
        plan.paste_line().split(" ibmcloud").next().unwrap().to_owned()
    };
    assert_eq!(line("", &[("IC_API_KEY", "secret")]), "CF_DOCKER_PASSWORD=\"$IC_API_KEY\"");
    assert_eq!(line("--api-key-file 'a b'", &[]), "CF_DOCKER_PASSWORD=\"$(cat 'a b')\"");
    assert_eq!(line("--api-key-command 'op read x'", &[]), "CF_DOCKER_PASSWORD=\"$(op read x)\"");
}

#[test]
fn tag_and_digest_together_become_the_digest_with_a_warning() {
    let digest = format!("sha256:{}", "ab".repeat(32));
    let (plan, _) =
        planned(&format!("web --image us.icr.io/acme/web:1@{digest}"), &[], "cf", None, false);
    assert!(plan.warnings[0].contains("without the tag"), "{:?}", plan.warnings);
    assert_eq!(plan.image.unwrap().pushed, format!("us.icr.io/acme/web@{digest}"));
}
