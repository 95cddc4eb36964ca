//! `push --rollback-on-failure`: a rolling push that does not come up leaves what ran before.

use icr_cf_sandbox::{Client, Fault, World};

use super::{HELLO, WEB, document, of_app, pinned, run_with};
use crate::support::Invocation;

fn push(world: &World, image: &str, words: &[&str]) -> crate::support::Run {
    let all = [&["push", "web", "--image", image], words].concat();
    run_with(world, world.sample_key(), &all)
}

/// A world where `web` runs, and new instances cannot be pulled.
fn with_release_that_fails() -> World {
    let world = World::start().unwrap();
    assert_eq!(push(&world, WEB, &["--quiet"]).code, Some(0));
    let pull = Fault::status(403).host("us.icr.io").client(Client::Platform).path("/oauth/token");
    // Staging pulls once, the first new instance after it.
    world.add_fault(pull.skip(1));
    world
}

#[test]
fn a_deployment_that_does_not_come_up_is_taken_back_and_that_is_said() {
    let world = with_release_that_fails();
    let words = ["--strategy", "rolling", "--rollback-on-failure", "--timeout", "5s"];
    let run = push(&world, HELLO, &words);
    assert_ne!(run.code, Some(0), "{run}");
    let said = "the deployment was taken back; what ran before runs";
    assert!(
        run.err().contains(said) || run.err().contains("the droplet is the one from before"),
        "{run}"
    );
    world.clear_faults();
    let processes = world.processes("web");
    assert_eq!(processes.len(), 1, "{run}");
    assert_eq!(processes[0].image(), Some(pinned(&world, WEB).as_str()), "{run}");
    let current = world.app("web").unwrap().droplet;
    let droplet = world.droplets().into_iter().find(|one| Some(&one.guid) == current.as_ref());
    assert_eq!(droplet.unwrap().image, pinned(&world, WEB));
    assert!(!run.err().contains("may go on without cf"), "{run}");
}

/// What was said of an app in the end, and what was found of its fate.
fn taken_back(run: &crate::support::Run) -> (bool, String) {
    let found = document(run);
    let told = &of_app(&found, "web")["taken_back"];
    (told["is_back"].as_bool().unwrap(), told["words"].as_str().unwrap().to_owned())
}

#[test]
fn where_no_deployment_goes_on_the_droplet_says_whether_there_is_something_to_go_back_from() {
    let words = ["--strategy", "rolling", "--rollback-on-failure", "--output", "json"];
    let host = "api.cf.sandbox";
    // It is not even staged; or it is deployed, and cf is not told so.
    for (fault, is_back, said) in [
        (
            Fault::status(403).host("us.icr.io").client(Client::Platform).path("/oauth/token"),
            true,
            "no deployment goes on, and the droplet is the one from before",
        ),
        (
            Fault::status(403).host(host).method("GET").path("/v3/deployments/").times(1),
            false,
            "no deployment goes on, and the droplet is another one; `icr-cf rollback web` goes back",
        ),
    ] {
        let world = World::start().unwrap();
        assert_eq!(push(&world, WEB, &["--quiet"]).code, Some(0));
        world.add_fault(fault);
        let run = push(&world, HELLO, &words);
        assert_eq!(run.code, Some(1), "{run}");
        assert_eq!(taken_back(&run), (is_back, said.to_owned()), "{run}");
        world.clear_faults();
        let runs = if is_back { WEB } else { HELLO };
        assert_eq!(world.processes("web")[0].image(), Some(pinned(&world, runs).as_str()), "{run}");
        if !is_back {
            let run = run_with(&world, world.sample_key(), &["rollback", "web"]);
            assert_eq!(run.code, Some(0), "{run}");
            assert_eq!(world.processes("web")[0].image(), Some(pinned(&world, WEB).as_str()));
        }
    }
}

/// Nobody reads along, nothing but errors is wanted, or a program takes the document.
#[test]
fn a_push_that_runs_out_of_time_says_so_and_what_runs_then() {
    let world = World::start().unwrap();
    assert_eq!(push(&world, WEB, &["--quiet"]).code, Some(0));
    world.set_start_time(std::time::Duration::from_secs(60));
    for more in [&[][..], &["--quiet"], &["--output", "json"]] {
        let words = ["--strategy", "rolling", "--rollback-on-failure", "--timeout", "1s"];
        let run = push(&world, HELLO, &[&words, more].concat());
        assert_eq!(run.code, Some(124), "{run}");
        let said = "error: cf was ended: `--timeout` ran out after 1.";
        let at = run.err().find(said).unwrap_or_else(|| panic!("{run}"));
        let now = "\n  the deployment was taken back; what ran before runs\n\
                   hint: `cf logs web --recent` has what the app said\n";
        assert!(run.err()[at..].contains(now), "{run}");
        assert_eq!(run.err().matches("taken back").count(), 1, "{run}");
    }
}

#[test]
fn the_document_says_what_became_of_it() {
    let world = with_release_that_fails();
    let words =
        ["--strategy", "rolling", "--rollback-on-failure", "--timeout", "5s", "--output", "json"];
    let run = push(&world, HELLO, &words);
    let found = document(&run);
    assert_eq!(of_app(&found, "web")["taken_back"]["is_back"], true, "{run}");
}

#[test]
fn a_push_that_comes_up_is_left_as_it_is() {
    let world = World::start().unwrap();
    assert_eq!(push(&world, WEB, &["--quiet"]).code, Some(0));
    let run = push(&world, HELLO, &["--strategy", "rolling", "--rollback-on-failure"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(!run.err().contains("taken back"), "{run}");
    assert_eq!(world.processes("web")[0].image(), Some(pinned(&world, HELLO).as_str()));
}

#[test]
fn without_a_deployment_there_is_nothing_to_take_back() {
    let run = Invocation::new(["push", "web", "--image", WEB, "--rollback-on-failure"]).run();
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.err().contains("hint: add `--strategy rolling`"), "{run}");
}

#[test]
fn a_platform_that_cannot_be_asked_begins_no_push_that_could_not_be_taken_back() {
    let world = World::start().unwrap();
    assert_eq!(push(&world, WEB, &["--quiet"]).code, Some(0));
    let (packages, refused) = (world.packages().len(), Fault::status(403).host("api.cf.sandbox"));
    world.add_fault(refused.path("/v3/apps"));
    let run =
        push(&world, HELLO, &["--strategy", "rolling", "--rollback-on-failure", "--no-checks"]);
    assert_eq!(run.code, Some(77), "{run}");
    assert!(run.err().contains("error[cf-not-allowed]"), "{run}");
    assert_eq!(world.packages().len(), packages);
}
