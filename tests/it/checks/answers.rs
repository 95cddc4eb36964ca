//! Answers that must not mislead: words of others in a registry's name, lists without end, images
//! in the forms that other tools have written.

use icr_cf::verdict::Name;
use icr_cf_sandbox::{Action, Content, Fault, IAM_HOST, Image, Index, World};
use serde_json::json;

use super::{Trial, names, trial, verdict};
use crate::support::Invocation;

const APP: &str = "us.icr.io/acme/app:1";
const WEB: &str = "us.icr.io/acme/web:1.4";

fn app(content: impl Into<Content>) -> Trial {
    let world = World::start().unwrap();
    world.add_image(APP, content);
    Trial::within(world, APP)
}

fn raw(media_type: &str, body: &serde_json::Value) -> Content {
    Content::Raw { media_type: media_type.to_owned(), bytes: body.to_string().into_bytes() }
}

fn faulty(image: &str, faults: impl IntoIterator<Item = Fault>) -> Trial {
    let trial = Trial::of(image);
    faults.into_iter().for_each(|fault| trial.world.add_fault(fault));
    trial
}

fn plain(status: u16, text: &str) -> Fault {
    Fault::status(status).header("Content-Type", "text/plain").body(text)
}

#[test]
fn a_mesh_or_a_portal_in_between_decides_nothing_about_key_or_image() {
    let registry = |fault: Fault| fault.host("us.icr.io");
    for (what, faults) in [
        ("mesh", vec![registry(plain(403, "RBAC: access denied")).path("/v2/")]),
        ("mesh at the token", vec![registry(plain(403, "RBAC: access denied"))]),
        ("nothing there", vec![registry(plain(404, "404 page not found")).path("/v2/")]),
        ("a portal", vec![registry(plain(400, "log in")), plain(400, "log in").host(IAM_HOST)]),
    ] {
        let run = faulty(WEB, faults).json();
        assert_eq!(run.code, Some(0), "{what}: {run}");
        assert!(names(&run).contains(&"registry-error".to_owned()), "{what}: {run}");
    }
}

#[test]
fn a_token_that_is_called_invalid_is_got_anew_once() {
    let challenge = r#"Bearer realm="https://us.icr.io/oauth/token", service="registry", error="invalid_token""#;
    let invalid = || {
        Fault::status(401).header("WWW-Authenticate", challenge).host("us.icr.io").path("/v2/acme/")
    };
    let once = faulty(WEB, [invalid().times(1)]);
    let run = once.json();
    assert_eq!((run.code, names(&run)), (Some(0), vec!["retention".to_owned()]), "{run}");
    let always = faulty(WEB, [invalid()]);
    let run = always.json();
    assert_eq!(run.code, Some(77), "{run}");
    let tokens = always.asked("us.icr.io").into_iter();
    assert_eq!(tokens.filter(|one| one.path() == "/oauth/token").count(), 2, "{run}");
}

#[test]
fn a_registry_without_tokens_where_icr_has_them_is_asked_where_they_are() {
    let trial = faulty(
        WEB,
        [plain(404, "404 page not found").host("us.icr.io").path("/oauth/token").times(1)],
    );
    let run = trial.json();
    // The challenge names the same place, so there is nothing else to try; but it was asked for.
    assert_eq!(run.code, Some(0), "{run}");
    assert!(trial.all_asked().contains(&"GET us.icr.io /v2/".to_owned()), "{run}");
}

#[test]
fn a_registry_that_repeats_its_token_shows_nothing_of_it() {
    let token = "opaque-token-of-this-test";
    let given = Fault::status(200).body(json!({"token": token}).to_string());
    let refused = Fault::registry_error(403, "DENIED", &format!("token {token} not allowed"));
    let trial = faulty(
        WEB,
        [given.host("us.icr.io").path("/oauth/token"), refused.host("us.icr.io").path("/v2/acme/")],
    );
    let run = trial.check(&["--verbose"]);
    assert_eq!(run.code, Some(77), "{run}");
    assert!(!run.out().contains(token) && !run.err().contains(token), "{run}");
    assert!(run.out().contains("token *** not allowed"), "{run}");
}

#[test]
fn tags_that_lead_round_in_a_circle_come_to_an_end() {
    let tags: Vec<String> = (0..5000).map(|number| format!("{number:0>128}")).collect();
    let link = "</v2/acme/web/tags/list?n=2&last=b>; rel=\"next\"";
    let page = Fault::status(200)
        .header("Link", link)
        .body(json!({"name": "acme/web", "tags": tags}).to_string());
    let list = "/v2/acme/web/tags/list";
    let trial = faulty("us.icr.io/acme/web:none", [page.host("us.icr.io").path(list)]);
    let run = trial.check(&["--output", "json"]);
    assert_eq!((run.code, names(&run)), (Some(66), vec!["tag-missing".to_owned()]), "{run}");
    let asked = trial.asked("us.icr.io").into_iter().filter(|one| one.path() == list).count();
    assert_eq!(asked, 2, "{run}");
}

#[test]
fn an_image_that_an_index_names_and_that_is_gone_is_called_gone() {
    let gone = Fault::registry_error(404, "MANIFEST_UNKNOWN", "manifest unknown");
    let trial = faulty(WEB, [gone.host("us.icr.io").path("/v2/acme/web/manifests/sha256:")]);
    let elsewhere = "de.icr.io/acme/web:1.4";
    trial.world.add_image(elsewhere, Image::runnable());
    let run = trial.json();
    assert_eq!((run.code, names(&run)), (Some(66), vec!["digest-missing".to_owned()]), "{run}");
    let said = trial::text(&verdict(&run, Name::DigestMissing));
    let digest = trial.world.amd64_digest_of(WEB).unwrap();
    assert!(said.contains("names an image for linux/amd64 that is gone"), "{said}");
    assert!(said.contains(&format!("image-restore us.icr.io/acme/web@{digest}")), "{said}");
    assert!(run.json()["apps"][0]["checks"]["image"]["pinned"].is_null(), "{run}");
    assert!(trial.asked("de.icr.io").is_empty(), "{run}");
}

#[test]
fn an_index_within_an_index_is_followed_to_the_image() {
    let world = World::start().unwrap();
    let inner = world.add_image("us.icr.io/acme/app:inner", Index::of([Image::runnable()]));
    let amd64 = world.amd64_digest_of("us.icr.io/acme/app:inner").unwrap();
    let kind = "application/vnd.oci.image.index.v1+json";
    let entry = json!({
        "mediaType": kind, "digest": inner, "size": 7,
        "platform": {"os": "linux", "architecture": "amd64"},
    });
    let outer = json!({"schemaVersion": 2, "mediaType": kind, "manifests": [entry]});
    world.add_image(APP, raw(kind, &outer));
    let run = Trial::within(world, APP).json();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(run.json()["apps"][0]["checks"]["image"]["digest"], amd64, "{run}");
}

#[test]
fn an_artifact_in_a_form_of_its_own_is_no_image() {
    let kind = "application/vnd.oci.artifact.manifest.v1+json";
    let body =
        json!({"mediaType": kind, "artifactType": "application/vnd.example.sbom", "blobs": []});
    let run = app(raw(kind, &body)).json();
    assert_eq!((run.code, names(&run)), (Some(65), vec!["not-an-image".to_owned()]), "{run}");
}

#[test]
fn a_configuration_as_old_clients_named_it_is_one() {
    let run = app(Image::runnable().config_media_type("application/octet-stream")).json();
    assert_eq!((run.code, names(&run).len()), (Some(0), 0), "{run}");
}

#[test]
fn an_app_that_is_there_keeps_its_command() {
    let trial = app(Image::runnable().without("Cmd"));
    let first = trial.push(&["-c", "/server"]);
    assert_eq!(first.code, Some(0), "{first}");
    trial.world.forget_traffic();
    let run = trial.json();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(verdict(&run, Name::NoStartCommand)["weight"], "advice", "{run}");
    let again = trial.push(&[]);
    assert_eq!(again.code, Some(0), "{again}");
}

#[test]
fn an_app_of_another_name_lends_no_command() {
    let trial = app(Image::runnable().without("Cmd"));
    let other = Invocation::new(["push", "other", "--image", "us.icr.io/acme/hello:1.0"])
        .variable("ICR_CF_API_KEY", trial.world.sample_key())
        .in_world(&trial.world)
        .run();
    assert_eq!(other.code, Some(0), "{other}");
    trial.world.forget_traffic();
    let run = trial.json();
    assert_eq!(run.code, Some(65), "{run}");
    assert_eq!(verdict(&run, Name::NoStartCommand)["weight"], "definitive", "{run}");
}

#[test]
fn a_missing_command_is_undecided_where_the_platform_does_not_say_what_is_there() {
    let trial = app(Image::runnable().without("Cmd"));
    trial.world.add_fault(Fault::status(501).host("api.cf.sandbox").path("/v3/apps").times(1));
    let run = trial.check(&["--output", "json", "--strict"]);
    assert_eq!(run.code, Some(69), "{run}");
    assert_eq!(verdict(&run, Name::NoStartCommand)["weight"], "undecided", "{run}");
}

#[test]
fn a_port_is_asked_for_where_the_app_is_started() {
    for words in [["--task"], ["--no-start"]] {
        let trial = app(Image::runnable().expose(&["53/udp"])).words(&words);
        let run = trial.json();
        assert_eq!(run.code, Some(0), "{run}");
        assert_eq!(verdict(&run, Name::NoTcpPort)["weight"], "advice", "{run}");
    }
}

#[test]
fn certificates_that_cannot_be_read_are_said() {
    let trial = Trial::of(WEB).variable("SSL_CERT_FILE", "/nonexistent.pem");
    let run = trial.check(&[]);
    let said = "warning: `SSL_CERT_FILE=/nonexistent.pem` is not used";
    assert!(run.err().starts_with(said), "{run}");
}

#[test]
fn a_key_that_a_slow_list_holds_up_ends_with_the_time_for_all_checks() {
    let slow = Fault::new(Action::Delay(std::time::Duration::from_secs(20)));
    let trial =
        faulty("us.icr.io/acme/web:none", [slow.host("us.icr.io").path("/v2/acme/web/tags")]);
    let run = trial.check(&["--output", "json", "--check-timeout", "1s"]);
    assert!(run.time < std::time::Duration::from_secs(10), "{run}");
    assert_eq!(names(&run), ["tag-missing"], "{run}");
}
