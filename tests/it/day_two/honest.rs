//! What is said is what is so: of apps that were left aside, of processes that no deployment rolls, of
//! changes whose answer was lost, of apps of the same name.

use std::time::Duration;

use icr_cf_sandbox::{Action, CF_API_HOST, Client, Fault, World};
use serde_json::{Value, json};

use super::{HELLO, WEB, another_key, document, of_app, pinned, run_with};

#[track_caller]
fn pulls_with(world: &World, app: &str, key: &str) {
    let processes = world.processes(app);
    assert!(!processes.is_empty() && processes.iter().all(|one| one.pulls_with(key)), "{app}");
}

#[test]
fn the_old_key_is_kept_where_an_app_that_is_stopped_was_left_aside() {
    let world = World::start().unwrap();
    let old = world.sample_key().to_owned();
    world.run_app("web", &pinned(&world, WEB), &old).unwrap();
    let asleep = world.run_app("asleep", &pinned(&world, WEB), &old).unwrap();
    let stop = format!("/v3/apps/{asleep}/actions/stop");
    assert_eq!(world.cf_api("POST", &stop, &Value::Null).0, 200);
    let run = run_with(&world, &another_key(&world), &["rotate", "--stopped", "skip"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("keep the old key: asleep may still need it"), "{run}");
}

/// An app with a worker beside its web process.
fn with_worker(world: &World, key: &str) {
    let guid = world.run_app("web", &pinned(world, WEB), key).unwrap();
    let space = world.app("web").unwrap().space;
    let manifest = json!({"applications": [{
        "name": "web", "docker": {"image": pinned(world, WEB)},
        "processes": [{"type": "worker", "instances": 1}],
    }]});
    let path = format!("/v3/spaces/{space}/actions/apply_manifest");
    assert_eq!(world.cf_api("POST", &path, &manifest).0, 202);
    let restart = format!("/v3/apps/{guid}/actions/restart");
    assert_eq!(world.cf_api("POST", &restart, &Value::Null).0, 200);
}

#[test]
fn an_app_is_not_done_while_a_process_beside_its_web_does_not_run() {
    let world = World::start().unwrap();
    let old = world.sample_key().to_owned();
    with_worker(&world, &old);
    assert_eq!(world.processes("web").len(), 2);
    // The pulls at staging and of the web process go well, that of the worker does not.
    let pull = Fault::status(403).host("us.icr.io").client(Client::Platform).path("/oauth/token");
    world.add_fault(pull.skip(2));
    let run = run_with(&world, &another_key(&world), &["rotate", "--timeout", "5s"]);
    assert_ne!(run.code, Some(0), "{run}");
    assert!(run.out().contains("web  unsure  the new droplet, whose instances crash now"), "{run}");
    assert!(run.out().contains("keep the old key"), "{run}");
    world.clear_faults();
    let run = run_with(&world, &another_key(&world), &["rotate"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("web  done    2 instances"), "{run}");
}

#[test]
fn a_change_whose_answer_is_lost_is_found_again_and_not_done_twice() {
    for (method, path) in
        [("POST", "/v3/builds"), ("POST", "/v3/deployments"), ("PATCH", "/v3/apps/")]
    {
        let world = World::start().unwrap();
        world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
        let new = another_key(&world);
        let lost = Fault::new(Action::TruncatedBody).host(CF_API_HOST).method(method).path(path);
        world.add_fault(lost.times(1));
        let run = run_with(&world, &new, &["rotate"]);
        assert_eq!(run.code, Some(0), "{method} {path}: {run}");
        let made = (world.builds().len(), world.deployments().len());
        assert_eq!(made, (2, 1), "{method} {path}: {run}");
        pulls_with(&world, "web", &new);
    }
}

#[test]
fn what_may_have_been_done_is_not_said_to_be_as_before() {
    let cases: [(&str, &str, &[&str]); 3] = [
        ("POST", "/v3/deployments", &[]),
        ("POST", "/v3/apps/", &["--restart"]),
        ("PATCH", "/v3/apps/", &["--restart"]),
    ];
    for (method, path, words) in cases {
        let world = World::start().unwrap();
        let old = world.sample_key().to_owned();
        world.run_app("web", &pinned(&world, WEB), &old).unwrap();
        let new = another_key(&world);
        let lost = Fault::new(Action::TruncatedBody).host(CF_API_HOST).method(method).path(path);
        world.add_fault(lost);
        // Nor can be asked for what became of it; the first question is that before it all.
        let blind = Fault::new(Action::Reset).host(CF_API_HOST).method("GET");
        world.add_fault(blind.path("/v3/deployments").skip(1));
        let words = [&["rotate", "--timeout", "3s", "--output", "json"], words].concat();
        let run = run_with(&world, &new, &words);
        assert_ne!(run.code, Some(0), "{method} {path}: {run}");
        let found = document(&run);
        assert_eq!(of_app(&found, "web")["result"], "unsure", "{method} {path}: {run}");
        let runs = of_app(&found, "web")["runs"].as_str().unwrap();
        assert!(runs.contains("not known"), "{method} {path}: {runs}");
    }
}

/// Apps of one name in two spaces; cf targets the first.
fn twins(world: &World, image: &str) -> String {
    let old = world.sample_key().to_owned();
    world.run_app("web", image, &old).unwrap();
    let space = world.add_space("acme", "dev space");
    world.run_app_in(&space, "web", (image, "iamapikey", &old)).unwrap();
    space
}

#[test]
fn apps_of_one_name_are_told_apart_and_each_hint_leads_to_its_own() {
    let world = World::start().unwrap();
    twins(&world, HELLO);
    let new = another_key(&world);
    let run = run_with(&world, &new, &["rotate", "--all", "--on-error", "continue"]);
    assert!(run.out().contains("acme/dev space/web"), "{run}");
    assert!(run.out().contains("acme/prod/web"), "{run}");
    let lines: Vec<String> =
        crate::support::lines_of(run.err()).into_iter().map(str::to_owned).collect();
    let accepting: Vec<_> = lines.iter().filter(|line| line.contains("--accept-moved")).collect();
    assert_eq!(accepting.len(), 2, "{run}");
    for (line, count) in accepting.iter().zip([1, 2]) {
        assert!(!line.contains("--all"), "{line}");
        let words = shell_words::split(line).unwrap();
        let words: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        let run = run_with(&world, &new, &words);
        assert_eq!(run.code, Some(0), "{line}: {run}");
        assert_eq!(world.deployments().len(), count, "{line} is about one of them");
    }
    let push =
        "`cf target -o acme -s 'dev space' && icr-cf push web --image us.icr.io/acme/hello:1.0`";
    assert!(run.err().contains(push), "{run}");
}

#[test]
fn a_deployment_elsewhere_is_taken_back_by_a_line_that_leads_there() {
    let world = World::start().unwrap();
    let space = twins(&world, &pinned(&world, WEB));
    world.set_start_time(Duration::from_secs(3600));
    let cancel = Fault::status(403).host(CF_API_HOST).method("POST").path("/v3/deployments/");
    world.add_fault(cancel);
    let words = ["rotate", "--org", "acme", "--timeout", "1s", "--output", "json"];
    let run = run_with(&world, &another_key(&world), &words);
    let found = document(&run);
    let away = found["apps"].as_array().unwrap().iter().find(|one| one["space"] == "dev space");
    let runs = away.unwrap()["runs"].as_str().unwrap();
    let line = "`cf target -o acme -s 'dev space' && cf cancel-deployment web`";
    assert!(runs.contains(line), "{space}: {runs}");
}

#[test]
fn a_rollback_does_not_choose_between_apps_of_one_name() {
    let world = World::start().unwrap();
    twins(&world, &pinned(&world, WEB));
    let words = ["rollback", "web", "--org", "acme", "--dry-run"];
    let run = run_with(&world, world.sample_key(), &words);
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().contains("several spaces have an app of that name"), "{run}");
    assert!(run.err().contains("`--space 'dev space'`"), "{run}");
}

#[test]
fn a_hint_with_the_words_of_others_does_no_more_than_it_says() {
    let world = World::start().unwrap();
    let image = "us.icr.io/acme/web:1.4";
    world.run_app("web", image, world.sample_key()).unwrap();
    let token = world.iam_access_token(world.sample_key(), 3600).unwrap();
    let package = world.packages().last().unwrap().guid.clone();
    let body = json!({"username": "iambearer", "password": token});
    assert_eq!(world.cf_api("PATCH", &format!("/v3/packages/{package}"), &body).0, 200);
    let droplet = world.droplets().last().unwrap().guid.clone();
    let page = json!({"pagination": {}, "resources": [{
        "guid": droplet, "state": "STAGED", "image": "us.icr.io/acme/web:1.4; touch /tmp/owned",
        "links": {"package": {"href": format!("https://{CF_API_HOST}/v3/packages/{package}")}},
    }]});
    world.add_fault(
        Fault::status(200).body(page.to_string()).host(CF_API_HOST).path("/v3/droplets"),
    );
    let run = run_with(&world, world.sample_key(), &["audit", "--verbose"]);
    assert!(run.out().contains("short-lived-user"), "{run}");
    assert!(run.out().contains("--image 'us.icr.io/acme/web:1.4; touch /tmp/owned'`"), "{run}");
}

#[test]
fn an_identifier_that_is_a_path_leads_nowhere_else() {
    for guid in ["../v3/users", "app?x=1", "a/actions/delete", "a,b", "", "..", "a%2fb", "a#b"] {
        let world = World::start().unwrap();
        world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
        let page = json!({"pagination": {}, "resources": [
            {"guid": guid, "name": "web", "state": "STARTED", "lifecycle": {"type": "docker"}},
        ]});
        let list = Fault::status(200).body(page.to_string()).host(CF_API_HOST).path("/v3/apps");
        world.add_fault(list);
        world.forget_traffic();
        let run = run_with(&world, &another_key(&world), &["rotate"]);
        assert_ne!(run.code, Some(0), "{guid}: {run}");
        assert!(run.err().contains("makes no sense"), "{guid}: {run}");
        let beyond = |one: &icr_cf_sandbox::Request| {
            one.host == CF_API_HOST && one.path() != "/v3/apps" && one.path() != "/"
        };
        assert!(!world.saw(beyond), "{guid}: {:?}", world.requests());
    }
}

#[test]
fn what_was_taken_back_is_looked_at_before_it_is_said_to_run() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    world.scale("web", 2);
    // One new instance comes up in place of an old one; then nothing is pulled any more.
    let pull = Fault::status(403).host("us.icr.io").client(Client::Platform).path("/oauth/token");
    world.add_fault(pull.skip(2));
    let run = run_with(&world, &another_key(&world), &["rotate", "--timeout", "2s"]);
    assert_eq!(run.code, Some(124), "{run}");
    let said = "as before: the deployment was taken back; 1 of 2 instances run so far";
    assert!(run.out().contains(said), "{run}\n{:?}", world.instance_states("web"));
}
