use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::advice::{Advice, Sizes};
use super::{App, Goal, IcrImage, KeyChoice, ManifestChoice, Mode, PushRequest, Username, push};
use crate::environment::{Environment, Streams};
use crate::error::{Error, ErrorKind};

fn environment(variables: &[(&str, &str)], folder: &Path) -> Environment {
    let variables: BTreeMap<OsString, OsString> =
        variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
    Environment::new(variables, folder.to_owned(), Streams::default())
}

type Made = (PushRequest, Vec<App>);

fn made_in(line: &str, variables: &[(&str, &str)], folder: &Path) -> Result<Made, Error> {
    push(crate::cli::tests::push(line), Goal::Push, &environment(variables, folder))
}

fn made(line: &str, variables: &[(&str, &str)]) -> Result<Made, Error> {
    made_in(line, variables, &PathBuf::from("/nonexistent-folder"))
}

fn request_in(line: &str, variables: &[(&str, &str)], folder: &Path) -> Result<PushRequest, Error> {
    made_in(line, variables, folder).map(|(request, _)| request)
}

fn request(line: &str, variables: &[(&str, &str)]) -> Result<PushRequest, Error> {
    made(line, variables).map(|(request, _)| request)
}

fn refused(line: &str, variables: &[(&str, &str)]) -> (ErrorKind, String) {
    let error = request(line, variables).unwrap_err();
    (error.kind(), error.to_string())
}

/// How a push that was typed so is said again.
pub(crate) fn advice(line: &str) -> Advice {
    let args = crate::cli::tests::push(line);
    let sizes = Sizes::of(&args.cf_flags.given, &args.passthrough, None);
    Advice::new(std::sync::Arc::new(args.typed), sizes)
}

const WEB: &str = "web --image us.icr.io/acme/web";

const ONE_APP: &str = "applications: [{name: web}]";

/// The image of the one app.
fn image((_, apps): &Made) -> &IcrImage {
    apps[0].icr().unwrap()
}

#[test]
fn variables_complete_a_reference_and_flags_win_over_them() {
    let region = [("ICR_REGION", "us-south"), ("ICR_NAMESPACE", "acme")];
    let of = |line: &str| image(&made(line, &region).unwrap()).target.known().unwrap().to_string();
    assert_eq!(of("web --image web"), "us.icr.io/acme/web");
    assert_eq!(of("web --image web -r ap-north --namespace team"), "jp.icr.io/team/web");
    assert_eq!(of("web --image de.icr.io/other/web"), "de.icr.io/other/web");
    let (kind, text) = refused("web --image a/b", &[("ICR_REGION", "mars")]);
    assert_eq!(kind, ErrorKind::Region);
    assert!(text.contains("`mars` (`ICR_REGION`)"), "{text}");
}

#[test]
fn sources_of_the_key_win_in_the_documented_order() {
    let all = [
        ("BLUEMIX_API_KEY", "x"),
        ("IC_API_KEY", "x"),
        ("IBM_CLOUD_API_KEY", "x"),
        ("IBMCLOUD_API_KEY", "x"),
        ("CF_DOCKER_PASSWORD", "x"),
        ("ICR_CF_API_KEY", "x"),
    ];
    let of = |line: &str, variables: &[(&str, &str)]| request(line, variables).unwrap().key;
    for (count, expected) in [
        (0, KeyChoice::Search),
        (1, KeyChoice::Variable("BLUEMIX_API_KEY")),
        (2, KeyChoice::Variable("IC_API_KEY")),
        (3, KeyChoice::Variable("IBM_CLOUD_API_KEY")),
        (4, KeyChoice::Variable("IBMCLOUD_API_KEY")),
        (5, KeyChoice::Variable("CF_DOCKER_PASSWORD")),
        (6, KeyChoice::Variable("ICR_CF_API_KEY")),
    ] {
        assert_eq!(of(WEB, &all[..count]), expected);
    }
    let command = format!("{WEB} --api-key-command \"op read 'a b'\"");
    assert_eq!(
        of(&command, &all),
        KeyChoice::Command(super::KeyCommand {
            words: vec!["op".into(), "read".into(), "a b".into()],
            said_by: "--api-key-command".into(),
        })
    );
    let file = of(&format!("{command} --api-key-file k"), &all);
    assert!(matches!(&file, KeyChoice::File(file) if file.path == Path::new("k")));
    assert_eq!(of(&format!("{WEB} --api-key-file -"), &all), KeyChoice::Stdin("--api-key-file -"));
    let stdin = of(&format!("{command} --api-key-file k --api-key-stdin"), &all);
    assert_eq!(stdin, KeyChoice::Stdin("--api-key-stdin"));
    let at = of(WEB, &[("IBMCLOUD_API_KEY", "@key.json")]);
    assert!(matches!(&at, KeyChoice::File(file) if file.said_by == "IBMCLOUD_API_KEY"));
}

#[test]
fn an_empty_variable_is_passed_over_but_an_empty_docker_password_is_refused() {
    let key = request(WEB, &[("ICR_CF_API_KEY", ""), ("IC_API_KEY", "x")]).unwrap().key;
    assert_eq!(key, KeyChoice::Variable("IC_API_KEY"));
    let (kind, text) = refused(WEB, &[("CF_DOCKER_PASSWORD", ""), ("IC_API_KEY", "x")]);
    assert_eq!(kind, ErrorKind::Key);
    assert!(text.contains("unset CF_DOCKER_PASSWORD"), "{text}");
    assert!(request(WEB, &[("CF_DOCKER_PASSWORD", ""), ("ICR_CF_API_KEY", "x")]).is_ok());
}

#[test]
fn users_that_expire_are_refused_unless_allowed() {
    let of = |line: &str| {
        made(&format!("{WEB} {line}"), &[])
            .map(|made| image(&made).login.key().unwrap().username.clone())
    };
    assert_eq!(of("").unwrap(), Username::ApiKey);
    assert_eq!(of("--docker-username ''").unwrap(), Username::ApiKey);
    let profile = "Profile-0a1b2c3d-4e5f-6789-abcd-ef0123456789";
    assert_eq!(of(&format!("--docker-username {profile}")).unwrap().as_str(), profile);
    for user in ["iambearer", "iamrefresh"] {
        assert!(
            of(&format!("--docker-username {user}")).unwrap_err().to_string().contains("expires")
        );
        assert!(of(&format!("--docker-username {user} --allow-short-lived")).is_ok());
    }
    for user in ["cp", "token", "bob", "IAMAPIKEY"] {
        assert_eq!(of(&format!("--docker-username {user}")).unwrap_err().kind(), ErrorKind::Usage);
    }
}

#[test]
fn a_private_host_is_refused_for_push_unless_allowed() {
    let (kind, text) = refused("web --image private.us.icr.io/acme/web:1", &[]);
    assert_eq!(kind, ErrorKind::Reference);
    assert!(text.contains("write `us.icr.io/acme/web:1`"), "{text}");
    assert!(request("web --image private.us.icr.io/acme/web --allow-private", &[]).is_ok());
}

#[test]
fn files_named_by_flags_must_exist() {
    for flag in ["-f m.yml", "--vars-file v.yml"] {
        let (kind, text) = refused(&format!("{WEB} {flag}"), &[]);
        assert_eq!(kind, ErrorKind::File);
        assert!(text.contains("no such file or folder"), "{text}");
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("m.yml"), ONE_APP).unwrap();
    let named = request_in(&format!("{WEB} -f m.yml"), &[], folder.path()).unwrap();
    assert_eq!(named.manifest, ManifestChoice::Named("m.yml".into()));
}

#[test]
fn a_manifest_in_the_folder_is_noticed_as_cf_does() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("manifest.yaml"), ONE_APP).unwrap();
    let of = |line: &str| request_in(line, &[], folder.path()).unwrap().manifest;
    assert_eq!(of(WEB), ManifestChoice::Found("manifest.yaml"));
    std::fs::write(folder.path().join("manifest.yml"), ONE_APP).unwrap();
    assert_eq!(of(WEB), ManifestChoice::Found("manifest.yml"));
    assert_eq!(of(&format!("{WEB} --no-manifest")), ManifestChoice::None);
    assert!(request_in("--image us.icr.io/acme/web", &[], folder.path()).is_ok());
}

#[test]
fn a_push_needs_an_app_and_an_image() {
    assert!(refused("web", &[]).1.contains("no image given"));
    assert!(refused("--image us.icr.io/acme/web", &[]).1.contains("no app named"));
    assert!(refused("'' --image us.icr.io/acme/web", &[]).1.contains("the app name is empty"));
}

#[test]
fn time_outs_are_read_with_their_units() {
    let of = |text: &str| {
        request(&format!("{WEB} --timeout {text}"), &[]).map(|request| request.timeout.as_secs())
    };
    assert_eq!(of("1h30m").unwrap(), 5_400);
    assert_eq!(request(WEB, &[]).unwrap().timeout.as_secs(), 6 * 3_600);
    for text in ["20", "0s", "soon", "400days"] {
        assert!(of(text).is_err(), "{text}");
    }
}

#[test]
fn a_dry_run_of_an_explanation_reads_no_key_either() {
    let of = |line: &str| request(&format!("{WEB} {line}"), &[]).unwrap().mode;
    assert_eq!(of("--dry-run --explain-key"), Mode::ForeseeKey);
    assert_eq!(of("--dry-run"), Mode::DryRun);
    assert_eq!(of("--explain-key"), Mode::ExplainKey);
    assert_eq!(of(""), Mode::Push);
}
