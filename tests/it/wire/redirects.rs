//! Answers that lead elsewhere: a blob is followed, without credentials and over https; nothing
//! else is.

use icr_cf_sandbox::{Action, CF_API_HOST, Fault, IAM_HOST};

use super::{BLOBS, Case, DOWNLOADS, MANIFESTS, REGISTRY, TOKEN, all, asked};

fn leads_to(url: &str) -> Fault {
    Fault::new(Action::RedirectTo(url.to_owned()))
}

#[test]
fn a_blob_is_fetched_without_credentials_from_where_it_is() {
    let (world, run) = Case::new("no fault", []).run();
    assert_eq!(asked(&world, DOWNLOADS, "/blobs/"), 1, "{run}");
    let bare = |name: &str| !world.saw(|one| one.host == DOWNLOADS && one.header(name).is_some());
    assert!(bare("authorization") && bare("cookie"), "{run}");
}

#[test]
fn a_blob_that_leads_in_a_circle_is_given_up() {
    std::thread::scope(|scope| {
        for host in [REGISTRY, DOWNLOADS] {
            scope.spawn(move || {
                // The registry has answered the first of six already.
                let (path, most) = if host == REGISTRY { (BLOBS, 6) } else { ("/blobs/", 5) };
                let fault = Fault::new(Action::RedirectLoop).host(host).path(path);
                let case = Case::new(host, [fault]).undecided("registry-error");
                let (world, run) = case.says("more than 5 redirects").run();
                assert_eq!(asked(&world, host, path), most, "{host}: {run}");
            });
        }
    });
}

#[test]
fn a_blob_that_leads_back_to_the_registry_brings_no_token_there() {
    let back = leads_to("https://us.icr.io/v2/acme/web/blobs/back").host(DOWNLOADS);
    let case = Case::new("back", [back]).undecided("registry-error");
    let (world, run) = case.says("us.icr.io: it answered 401").run();
    let at_back = |one: &icr_cf_sandbox::Request| one.path().ends_with("/blobs/back");
    assert!(world.saw(at_back), "{run}");
    assert!(!world.saw(|one| at_back(one) && one.header("authorization").is_some()), "{run}");
}

#[test]
fn a_download_that_is_refused_says_nothing_about_the_key() {
    all([400, 401, 403, 404, 410].map(|status| {
        let case = Case::new("refused", [Fault::status(status).host(DOWNLOADS)]);
        let case = case.undecided("registry-error");
        case.says(&format!("dd0.us.icr.io: it answered {status}"))
            .says("the key was not sent there")
    }));
}

#[test]
fn a_blob_that_leads_to_plain_http_is_not_followed() {
    all(["http://dd0.us.icr.io/x", "ftp://dd0.us.icr.io/x", "file:///etc/passwd", ""].map(|url| {
        let fault = leads_to(url).host(REGISTRY).path(BLOBS);
        Case::new(url, [fault]).undecided("registry-error").says("us.icr.io: a redirect")
    }));
}

#[test]
fn a_blob_that_leads_to_a_stranger_brings_no_credentials() {
    // IAM stands for a stranger that answers.
    let to = format!("https://{IAM_HOST}/stolen");
    let stranger = leads_to(&to).host(REGISTRY).path(BLOBS);
    let (world, run) = Case::new("a stranger", [stranger]).undecided("registry-error").run();
    let there = |one: &icr_cf_sandbox::Request| one.host == IAM_HOST;
    assert!(world.saw(there), "{run}");
    assert!(!world.saw(|one| there(one) && one.header("authorization").is_some()), "{run}");
    let unknown = leads_to("https://evil.example/x").host(REGISTRY).path(BLOBS);
    let case = Case::new("an unknown host", [unknown]).undecided("registry-unreachable");
    case.says("evil.example: the proxy 127.0.0.1:").run();
}

#[test]
fn nothing_but_a_blob_is_followed() {
    std::thread::scope(|scope| {
        for to in ["https://evil.example/x", "https://icr.io/oauth/token", "http://us.icr.io/x"] {
            for path in [TOKEN, MANIFESTS] {
                scope.spawn(move || {
                    let fault = leads_to(to).host(REGISTRY).path(path);
                    let case = Case::new(to, [fault]).undecided("registry-error");
                    let (world, run) = case.says("us.icr.io answered").says("307").run();
                    let left = |one: &icr_cf_sandbox::Request| {
                        ![REGISTRY, CF_API_HOST].contains(&one.host.as_str())
                    };
                    assert!(!world.saw(left), "{to}: {run}");
                    assert_eq!(asked(&world, REGISTRY, path), 1, "{to}: {run}");
                });
            }
        }
    });
}

#[test]
fn iam_and_the_platform_lead_nobody_elsewhere() {
    let iam = Case::new("iam", [leads_to("https://evil.example/x").host(IAM_HOST)]);
    let platform = Case::new("cf", [leads_to("https://evil.example/x").host(CF_API_HOST)]);
    all([
        iam.unknown_key().definitive("key-invalid", 77).says("iam-unreachable"),
        platform.undecided("cf-unreachable").says("answered 307"),
    ]);
}
