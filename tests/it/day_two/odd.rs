//! Odd names, odd numbers, odd answers, odd places to print to; and every line of a hint is one that
//! works when it is pasted.

use std::os::unix::fs::symlink;

use icr_cf_sandbox::{CF_API_HOST, Fault, Image, World};
use serde_json::{Value, json};

use super::{HELLO, WEB, another_key, document, of_app, pinned, run_with};
use crate::support::{Invocation, Reader, Run, Setup, secrets_stay};

#[test]
fn names_of_any_kind_are_rotated_and_shown_as_they_are() {
    let long = "x".repeat(500);
    let names =
        ["a b", "it's \"so\"", "comma,app", "100%", "käse-日本", "--all", "-v", "$(id)", &long];
    let world = World::start().unwrap();
    for name in names {
        world.run_app(name, &pinned(&world, WEB), world.sample_key()).unwrap();
    }
    let new = another_key(&world);
    for name in names {
        let words = ["rotate", "--dry-run", "--output", "json", "--", name];
        let run = run_with(&world, &new, &words);
        assert_eq!(run.code, Some(0), "{name}: {run}");
        assert_eq!(of_app(&document(&run), name)["result"], "would-go", "{run}");
    }
    let run = run_with(&world, &new, &["rotate", "--jobs", "64", "--output", "json"]);
    assert_eq!(run.code, Some(0), "{run}");
    let found = document(&run);
    for name in names {
        assert_eq!(of_app(&found, name)["result"], "done", "{name}: {run}");
        assert!(world.processes(name).iter().all(|one| one.pulls_with(&new)), "{name}");
    }
    assert_eq!(run_with(&world, &new, &["audit"]).code, Some(0));
}

#[test]
fn an_app_without_instances_has_the_key_when_it_gets_some() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    world.scale("web", 0);
    let new = another_key(&world);
    let run = run_with(&world, &new, &["rotate"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("web  done    0 instances"), "{run}");
    world.delete_key(world.sample_key());
    world.scale("web", 2);
    assert_eq!(world.instance_states("web"), ["RUNNING"; 2]);
}

/// So many that nothing may go by each of them twice; the world looks at all of them each time.
const APPS: usize = 100;

#[test]
fn very_many_apps_are_rotated_within_bounds() {
    let world = World::start().unwrap();
    let image = pinned(&world, WEB);
    for number in 0..APPS {
        world.run_app(&format!("app-{number:03}"), &image, world.sample_key()).unwrap();
    }
    let new = another_key(&world);
    world.forget_traffic();
    let run = run_with(&world, &new, &["rotate", "--jobs", "64", "--quiet", "--output", "json"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(run.err(), "", "{run}");
    let found = document(&run);
    let done = found["apps"].as_array().unwrap().iter().filter(|one| one["result"] == "done");
    assert_eq!(done.count(), APPS);
    let requests = world.requests().len();
    assert!(requests < APPS * 20, "{requests} requests");
    let connections = world.connections().len();
    assert!(connections < 100, "{connections} connections");
}

#[test]
fn answers_that_are_no_answers_end_in_an_error_and_never_in_a_fault_of_ours() {
    let page = |resources: Value| json!({"pagination": {"next": null}, "resources": resources});
    let guid = "app-0000-0000-0000-000000000001";
    let bodies = [
        json!(null),
        json!([]),
        json!({"resources": null, "pagination": null}),
        page(json!([null])),
        page(json!([{}])),
        page(json!([{"guid": null, "name": null}])),
        page(json!([{"guid": guid, "name": "web", "state": null, "lifecycle": null}])),
        page(json!([{"guid": guid, "name": "web", "relationships": null, "metadata": null}])),
        page(json!([{"guid": guid, "name": 7, "instances": "many", "type": []}])),
        page(json!([{"guid": guid, "instances": -1, "links": null, "data": null}])),
        page(json!([{"guid": guid, "instances": 1e300, "target": {"guid": guid}, "data": "x"}])),
        json!({"pagination": {"next": {"href": "not a link"}}, "resources": []}),
        json!({"pagination": {"next": {"href": format!("https://{CF_API_HOST}/v3/apps")}}, "resources": []}),
    ];
    let paths = [
        "/v3/apps",
        "/v3/droplets",
        "/v3/packages",
        "/v3/processes",
        "/v3/deployments",
        "/v3/audit_events",
        "/v3/apps/app-0000-0000-0000-000000000001/revisions",
    ];
    std::thread::scope(|scope| {
        for path in paths {
            let bodies = &bodies;
            scope.spawn(move || {
                for body in bodies {
                    for words in
                        [&["audit"][..], &["rotate", "--timeout", "1s"], &["rollback", "web"]]
                    {
                        let world = World::start().unwrap();
                        world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
                        let answer = Fault::status(200).body(body.to_string()).host(CF_API_HOST);
                        world.add_fault(answer.method("GET").path(path).times(8));
                        let run = run_with(&world, world.sample_key(), words);
                        let code = run.code.unwrap_or(-1);
                        assert!(![-1, 70, 101].contains(&code), "{body} at {path}: {run}");
                        assert!(!run.err().contains("panicked"), "{body} at {path}: {run}");
                    }
                }
            });
        }
    });
}

fn rotate_on(world: &World, key: &str, words: &[&str]) -> Invocation {
    let words = ["rotate"].into_iter().chain(words.iter().copied());
    Invocation::new(words).in_world(world).variable("ICR_CF_API_KEY", key)
}

#[test]
fn the_document_is_all_that_is_on_standard_output() {
    let world = World::start().unwrap();
    world.run_app("web", &pinned(&world, WEB), world.sample_key()).unwrap();
    let new = another_key(&world);
    let run = run_with(&world, &new, &["rotate", "--output", "json", "--verbose"]);
    assert_eq!(of_app(&document(&run), "web")["result"], "done", "{run}");
    assert!(run.err().contains("staging us.icr.io"), "{run}");
    let run = run_with(&world, world.sample_key(), &["rotate", "--quiet"]);
    assert_eq!((run.code, run.err()), (Some(0), ""), "{run}");
    assert!(run.out().contains("web  done"), "{run}");
}

#[test]
fn nobody_who_reads_and_a_narrow_terminal_keep_no_app_from_its_key() {
    let run = |change: fn(Invocation) -> Invocation| {
        let world = World::start().unwrap();
        for name in ["web", "a-name-that-is-wider-than-the-terminal"] {
            world.run_app(name, &pinned(&world, WEB), world.sample_key()).unwrap();
        }
        let new = another_key(&world);
        let run = change(rotate_on(&world, &new, &[])).run();
        secrets_stay(&world, &run, &new, &[]);
        assert!(world.processes("web").iter().all(|one| one.pulls_with(&new)), "{run}");
        run
    };
    let narrow = run(|one| one.on(Setup::Leader).sized(10, 20));
    assert_eq!(narrow.code, Some(0), "{narrow}");
    let unread = run(|one| one.stdout(Reader::Nobody));
    assert!(!unread.err().contains("panicked"), "{unread}");
    assert!([0, 74].contains(&unread.code.unwrap()), "{unread}");
}

/// The lines between backticks, with what is to be filled in filled in.
fn lines(run: &Run, digest: &str) -> Vec<String> {
    let text = format!("{}\n{}", run.out(), run.err());
    let quoted = text.split('`').skip(1).step_by(2);
    let is_line = |line: &&str| ["cf ", "icr-cf "].iter().any(|start| line.starts_with(start));
    let fill = |line: &str| {
        line.replace("sha256:DIGEST", digest).replace(" APP", " web").replace("REVISION", "1")
    };
    quoted.filter(is_line).map(|line| fill(&line.replace('\n', " "))).collect()
}

#[test]
fn every_line_of_a_hint_works_when_it_is_pasted() {
    let world = World::start().unwrap();
    let old = world.sample_key().to_owned();
    for image in [WEB, HELLO] {
        let push = ["push", "pushed it", "--image", image, "--quiet"];
        assert_eq!(run_with(&world, &old, &push).code, Some(0));
    }
    let away = world.add_space("other org", "its space");
    for (space, name) in [("", "web"), (away.as_str(), "web"), (away.as_str(), "it's")] {
        if space.is_empty() {
            world.run_app(name, WEB, &old).unwrap();
        } else {
            world.run_app_in(space, name, (WEB, "iamapikey", &old)).unwrap();
        }
    }
    world.add_image(HELLO, Image::runnable().user("7"));
    world.add_image(WEB, Image::runnable().user("8"));
    let token = world.iam_access_token(&old, 3600).unwrap();
    world.run_app_in(&away, "bearer", (HELLO, "iambearer", &token)).unwrap();
    world.disable_key(&old);
    world.node_dies("web");
    world.enable_key(&old);
    let new = another_key(&world);
    let digest = world.digest_of(HELLO).unwrap();
    let mut found: Vec<String> = Vec::new();
    for words in [
        &["audit", "--all", "--verbose"][..],
        &["rotate", "--all"],
        &["rotate", "--all", "--on-error", "continue"],
        &["rollback", "pushed it", "--list"],
        &["rollback", "pushed it", "--to", "77"],
        &["rollback", "web"],
        &["rotate", "--space", "its spac", "--org", "other org"],
        &["rotate", "wob"],
    ] {
        found.extend(lines(&run_with(&world, &new, words), &digest));
    }
    assert!(found.iter().any(|line| line.starts_with("cf target -o 'other org'")), "{found:#?}");
    all_work(&world, &new, found, 12);
}

/// Pastes each of these lines, which are so many and more.
fn all_work(world: &World, key: &str, mut lines: Vec<String>, least: usize) {
    lines.sort_by_key(|line| (line.contains("PATCH"), line.clone()));
    lines.dedup();
    assert!(lines.len() > least, "{lines:?}");
    for line in &lines {
        // Logs are followed, and there is nothing in them.
        let invocation = Invocation::new([""; 0])
            .in_world(world)
            .variable("ICR_CF_API_KEY", key)
            .behind_shell(line);
        symlink(env!("CARGO_BIN_EXE_icr-cf"), invocation.place().path("bin/icr-cf")).unwrap();
        let run = invocation.run();
        assert_eq!(run.code, Some(0), "{line}: {run}");
        // Where a line has led elsewhere, the next begins where the user was.
        world.write_cf_home(world.cf_home(), icr_cf_sandbox::Login::Targeted).unwrap();
    }
}

/// cf takes no `--` for the end of its flags; icr-cf does.
#[test]
fn every_line_about_an_app_that_is_called_like_a_flag_works_when_it_is_pasted() {
    let world = World::start().unwrap();
    let old = world.sample_key().to_owned();
    let token = world.iam_access_token(&old, 3600).unwrap();
    world.run_app("-web", WEB, &old).unwrap();
    world.run_app("--short", &pinned(&world, HELLO), &old).unwrap();
    let away = world.add_space("-org", "-a space");
    world.run_app_in(&away, "--all", (WEB, "iamapikey", &old)).unwrap();
    world.run_app_in(&away, "-bearer", (&pinned(&world, HELLO), "iambearer", &token)).unwrap();
    world.add_image(WEB, Image::runnable().user("8"));
    world.disable_key(&old);
    world.node_dies("--short");
    world.enable_key(&old);
    let new = another_key(&world);
    let digest = world.digest_of(WEB).unwrap();
    let mut found: Vec<String> = Vec::new();
    for words in [
        &["audit", "--all", "--verbose"][..],
        &["rotate", "--all", "--on-error", "continue"],
        &["rotate", "--", "-web"],
        &["rollback", "--list", "--", "--short"],
        &["rollback", "--to", "77", "--", "--short"],
        &["rollback", "--to", "sha256:12", "--", "-web"],
        &["rollback", "--to", "latest", "--", "-web"],
        &["rollback", "--", "-web"],
    ] {
        found.extend(lines(&run_with(&world, &new, words), &digest));
    }
    for begin in
        ["icr-cf rotate --accept-moved-tag", "icr-cf rollback --list -- ", "cf target -o=-org "]
    {
        assert!(found.iter().any(|line| line.starts_with(begin)), "{begin}: {found:#?}");
    }
    for part in [" && cf logs short-", " && icr-cf push web-"] {
        assert!(found.iter().any(|line| line.contains(part)), "{part}: {found:#?}");
    }
    all_work(&world, &new, found, 9);
}
