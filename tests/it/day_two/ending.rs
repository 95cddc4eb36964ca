//! Signals in each stage of a rotation: it ends in bounded time, with 128 and the number, leaves
//! nothing behind, and what it says of each app is what the platform says.

use std::time::{Duration, Instant};

use icr_cf_sandbox::{Action, CF_API_HOST, Client, Fault, World};
use rustix::process::Signal;

use super::{document, of_app, rotating as rotate, world_of};
use crate::support::{CTRL_C, Invocation, Run, Running, Setup, secrets_stay};

const NEVER: Duration = Duration::from_secs(3600);
const BOTH: [(Signal, i32); 2] = [(Signal::INT, 130), (Signal::TERM, 143)];

/// Waits for the end, which has to come soon, and sees that nothing is left of it.
#[track_caller]
fn ends_soon(world: &World, key: &str, running: Running, seconds: u64) -> Run {
    let begun = Instant::now();
    let run = running.finish();
    assert!(begun.elapsed() < Duration::from_secs(seconds), "{:?}: {run}", begun.elapsed());
    secrets_stay(world, &run, key, &[]);
    let left: Vec<_> = std::fs::read_dir(run.place.path("tmp")).unwrap().flatten().collect();
    assert!(left.is_empty(), "{left:?}: {run}");
    run
}

fn is_building(world: &World) -> bool {
    world.builds().iter().any(|build| build.state() == "STAGING")
}

fn statuses(world: &World) -> Vec<&'static str> {
    world.deployments().iter().map(|one| one.status().1).collect()
}

#[track_caller]
fn pulls_with(world: &World, app: &str, key: &str) {
    let processes = world.processes(app);
    assert!(!processes.is_empty() && processes.iter().all(|one| one.pulls_with(key)), "{app}");
}

#[test]
fn a_signal_while_it_asks_ends_it_at_once_and_nothing_was_changed() {
    let places = [(CF_API_HOST, "/v3/apps"), (CF_API_HOST, "/v3/packages"), ("us.icr.io", "/v2/")];
    for (host, path) in places {
        for (signal, code) in BOTH {
            let (world, old, new) = world_of(&["web"]);
            let hang = Fault::new(Action::Delay(NEVER)).host(host).path(path);
            world.add_fault(hang.client(Client::Outside));
            let mut running = rotate(&world, &new, &[]).start();
            running.wait_for("the question", |_| {
                world.saw(|one| {
                    one.host == host
                        && one.path().starts_with(path)
                        && one.client == Client::Outside
                })
            });
            running.kill(signal);
            let run = ends_soon(&world, &new, running, 8);
            assert_eq!(run.code, Some(code), "{path}: {run}");
            assert_eq!(run.out(), "", "{path}");
            pulls_with(&world, "web", &old);
            assert!(!world.saw(|one| one.host == CF_API_HOST && one.method != "GET"));
        }
    }
}

#[test]
fn a_signal_while_it_stages_begins_no_deployment() {
    for (signal, code) in BOTH {
        let (world, old, new) = world_of(&["web"]);
        world.set_staging_time(NEVER);
        let mut running = rotate(&world, &new, &["--output", "json"]).start();
        running.wait_for("a build", |_| is_building(&world));
        running.kill(signal);
        let run = ends_soon(&world, &new, running, 8);
        assert_eq!(run.code, Some(code), "{run}");
        let found = document(&run);
        assert_eq!(found["exit_code"], code, "{run}");
        assert_eq!(of_app(&found, "web")["result"], "interrupted", "{run}");
        assert!(world.deployments().is_empty());
        pulls_with(&world, "web", &old);
    }
}

#[test]
fn a_signal_while_it_deploys_takes_all_that_go_back_and_begins_no_other() {
    for (signal, code) in BOTH {
        let (world, old, new) = world_of(&["a", "b", "c"]);
        world.set_start_time(NEVER);
        let mut running = rotate(&world, &new, &["--jobs", "2", "--output", "json"]).start();
        running.wait_for("two deployments", |_| statuses(&world).len() == 2);
        running.kill(signal);
        let run = ends_soon(&world, &new, running, 10);
        assert_eq!(run.code, Some(code), "{run}");
        assert_eq!(statuses(&world), ["CANCELED", "CANCELED"]);
        let found = document(&run);
        for app in ["a", "b"] {
            assert_eq!(of_app(&found, app)["result"], "failed", "{run}");
            let runs = of_app(&found, app)["runs"].as_str().unwrap();
            assert_eq!(runs, "as before: the deployment was taken back");
        }
        assert_eq!(of_app(&found, "c")["result"], "not-started", "{run}");
        for app in ["a", "b", "c"] {
            pulls_with(&world, app, &old);
            assert_eq!(world.instance_states(app), ["RUNNING"]);
        }
    }
}

#[test]
fn ctrl_c_on_a_terminal_takes_a_deployment_back_once() {
    for setup in [Setup::Leader, Setup::Job] {
        let (world, old, new) = world_of(&["web"]);
        world.set_start_time(NEVER);
        let mut running = rotate(&world, &new, &[]).on(setup).start();
        running.wait_for("a deployment", |_| statuses(&world).len() == 1);
        running.terminal().press(&[CTRL_C]);
        let run = ends_soon(&world, &new, running, 10);
        assert_eq!(run.code, Some(130), "{run}");
        assert_eq!(statuses(&world), ["CANCELED"]);
        pulls_with(&world, "web", &old);
        let cancelled = |one: &&icr_cf_sandbox::Request| one.path().ends_with("/actions/cancel");
        assert_eq!(world.requests().iter().filter(cancelled).count(), 1);
    }
}

#[test]
fn a_second_signal_while_it_takes_back_leaves_at_once_with_the_line_that_takes_it_back() {
    for (signal, code) in BOTH {
        let (world, _, new) = world_of(&["web"]);
        world.set_start_time(NEVER);
        world.set_cancel_time(NEVER);
        let mut running = rotate(&world, &new, &["--output", "json"]).start();
        running.wait_for("a deployment", |_| statuses(&world).len() == 1);
        running.kill(signal);
        running.wait_for("a cancel", |_| statuses(&world) == ["CANCELING"]);
        running.kill(signal);
        let run = ends_soon(&world, &new, running, 8);
        assert_eq!(run.code, Some(code), "{run}");
        let found = document(&run);
        assert_eq!(of_app(&found, "web")["result"], "unsure", "{run}");
        let runs = of_app(&found, "web")["runs"].as_str().unwrap();
        assert!(runs.contains("being taken back"), "{runs}");
        assert!(runs.contains("`cf cancel-deployment web`"), "{runs}");
    }
}

#[test]
fn it_asks_now_and_then_whether_a_deployment_is_back_and_not_all_the_time() {
    let (world, old, new) = world_of(&["web"]);
    world.set_start_time(NEVER);
    world.set_cancel_time(Duration::from_secs(3));
    let run = rotate(&world, &new, &["--timeout", "1s"]).run();
    assert_eq!(run.code, Some(124), "{run}");
    pulls_with(&world, "web", &old);
    let asked = |one: &&icr_cf_sandbox::Request| {
        one.method == "GET" && one.path().starts_with("/v3/deployments/")
    };
    let count = world.requests().iter().filter(asked).count();
    assert!(count < 20, "{count} questions in four seconds");
}

#[test]
fn a_second_signal_does_not_wait_for_a_platform_that_does_not_answer() {
    for (signal, code) in BOTH {
        let (world, _, new) = world_of(&["web"]);
        world.set_start_time(NEVER);
        let hang = Fault::new(Action::Delay(NEVER)).host(CF_API_HOST).path("/v3/deployments/");
        world.add_fault(hang);
        let mut running = rotate(&world, &new, &["--output", "json"]).start();
        running.wait_for("a question", |_| {
            world.saw(|one| one.path().starts_with("/v3/deployments/"))
        });
        running.kill(signal);
        std::thread::sleep(Duration::from_millis(200));
        running.kill(signal);
        let run = ends_soon(&world, &new, running, 8);
        assert_eq!(run.code, Some(code), "{run}");
        let found = document(&run);
        assert_eq!(of_app(&found, "web")["result"], "unsure", "{run}");
        assert!(run.out().contains("`cf cancel-deployment web`"), "{run}");
        assert_eq!(statuses(&world), ["DEPLOYING"]);
    }
}

#[test]
fn a_signal_while_it_waits_for_a_restart_says_that_it_was_not_seen_up() {
    for (signal, code) in BOTH {
        let (world, _, new) = world_of(&["web"]);
        world.set_start_time(NEVER);
        let mut running = rotate(&world, &new, &["--restart", "--output", "json"]).start();
        running.wait_for("a restart", |_| world.instance_states("web") == ["STARTING"]);
        running.kill(signal);
        let run = ends_soon(&world, &new, running, 8);
        assert_eq!(run.code, Some(code), "{run}");
        let found = document(&run);
        assert_eq!(of_app(&found, "web")["result"], "unsure", "{run}");
        assert!(of_app(&found, "web")["runs"].as_str().unwrap().contains("not seen up"), "{run}");
        pulls_with(&world, "web", &new);
    }
}

#[test]
fn a_signal_while_cf_renews_its_token_has_its_own_exit_code() {
    for (signal, code) in BOTH {
        let (world, old, new) = world_of(&["web"]);
        world.write_cf_home(world.cf_home(), icr_cf_sandbox::Login::EndsSoon).unwrap();
        let hang = Fault::new(Action::Delay(NEVER)).host("login.cf.sandbox");
        world.add_fault(hang);
        let mut running = rotate(&world, &new, &[]).start();
        running.wait_for("a renewal", |_| world.saw(|one| one.host == "login.cf.sandbox"));
        running.kill(signal);
        let run = ends_soon(&world, &new, running, 12);
        assert_eq!(run.code, Some(code), "{run}");
        pulls_with(&world, "web", &old);
    }
}

/// Kills it without a word at this stage, then runs it again.
#[track_caller]
fn killed_and_run_again(
    world: &World,
    key: &str,
    words: &[&str],
    mut stage: impl FnMut(&World) -> bool,
    then: impl FnOnce(&World),
) -> Run {
    let mut running = rotate(world, key, words).start();
    running.wait_for("the stage", |_| stage(world));
    running.kill(Signal::KILL);
    assert_eq!(running.finish().code, None);
    then(world);
    let run = rotate(world, key, words).run();
    secrets_stay(world, &run, key, &[]);
    run
}

#[test]
fn a_run_after_a_kill_while_it_deployed_waits_for_that_deployment() {
    let (world, _, new) = world_of(&["web"]);
    world.set_start_time(Duration::from_secs(3));
    let begun = |world: &World| statuses(world).len() == 1;
    let run = killed_and_run_again(&world, &new, &[], begun, |_| {});
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(statuses(&world), ["DEPLOYED"], "{run}");
    assert_eq!(world.builds().len(), 2, "one of the push, one of both runs");
    pulls_with(&world, "web", &new);
}

#[test]
fn a_run_after_a_kill_while_it_restarted_restarts_what_is_staged() {
    let (world, _, new) = world_of(&["web"]);
    world.set_start_time(NEVER);
    let run = killed_and_run_again(
        &world,
        &new,
        &["--restart"],
        |world| world.instance_states("web") == ["STARTING"],
        |world| world.set_start_time(Duration::ZERO),
    );
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(world.builds().len(), 2, "{run}");
    pulls_with(&world, "web", &new);
}

#[test]
fn a_run_after_a_kill_behind_the_staging_deploys_what_is_staged() {
    let (world, _, new) = world_of(&["web"]);
    let hang = Fault::new(Action::Delay(NEVER)).host(CF_API_HOST).method("POST");
    world.add_fault(hang.path("/v3/deployments"));
    let run = killed_and_run_again(
        &world,
        &new,
        &[],
        |world| world.saw(|one| one.method == "POST" && one.path() == "/v3/deployments"),
        World::clear_faults,
    );
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(world.builds().len(), 2, "{run}");
    pulls_with(&world, "web", &new);
}

#[test]
fn a_run_after_a_kill_while_it_staged_waits_for_that_build() {
    let (world, _, new) = world_of(&["web"]);
    world.set_staging_time(Duration::from_secs(3));
    let run = killed_and_run_again(&world, &new, &[], is_building, |_| {});
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(world.builds().len(), 2, "{run}");
    pulls_with(&world, "web", &new);
}

#[test]
fn a_login_that_is_made_anew_in_the_middle_goes_on() {
    let (world, _, new) = world_of(&["web"]);
    world.set_start_time(Duration::from_secs(2));
    let mut running = rotate(&world, &new, &[]).start();
    running.wait_for("a deployment", |_| statuses(&world).len() == 1);
    world.forget_cf_tokens();
    running.wait_for("a question that is turned away", |_| {
        world.saw(|one| one.host == CF_API_HOST && one.status == Some(401))
    });
    world.write_cf_home(world.cf_home(), icr_cf_sandbox::Login::Targeted).unwrap();
    let run = running.finish();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(statuses(&world), ["DEPLOYED"]);
    pulls_with(&world, "web", &new);
}

#[test]
fn a_login_that_is_over_is_said_and_what_is_not_seen_is_not_claimed() {
    let (world, _, new) = world_of(&["web"]);
    world.set_start_time(NEVER);
    let mut running = rotate(&world, &new, &["--output", "json"]).start();
    running.wait_for("a deployment", |_| statuses(&world).len() == 1);
    world.forget_cf_tokens();
    running.wait_for("the word of it", |running| {
        String::from_utf8_lossy(&running.stderr()).contains("`cf login` goes on")
    });
    running.kill(Signal::INT);
    std::thread::sleep(Duration::from_millis(200));
    running.kill(Signal::INT);
    let run = ends_soon(&world, &new, running, 8);
    assert_eq!(run.code, Some(130), "{run}");
    let found = document(&run);
    assert_eq!(of_app(&found, "web")["result"], "unsure", "{run}");
    assert!(run.out().contains("`cf cancel-deployment web`"), "{run}");
}

#[test]
fn an_audit_and_a_rollback_end_at_a_signal_as_well() {
    for words in [&["audit"][..], &["rollback", "web", "--list"]] {
        for (signal, code) in BOTH {
            let (world, old, new) = world_of(&["web"]);
            let hang = Fault::new(Action::Delay(NEVER)).host("us.icr.io").path("/v2/");
            world.add_fault(hang.client(Client::Outside));
            let audit = Invocation::new(words).in_world(&world).variable("ICR_CF_API_KEY", &new);
            let mut running = audit.start();
            running.wait_for("the question", |_| {
                world.saw(|one| one.client == Client::Outside && one.path().starts_with("/v2/"))
            });
            running.kill(signal);
            let run = ends_soon(&world, &new, running, 8);
            assert_eq!((run.code, run.out()), (Some(code), ""), "{words:?}: {run}");
            pulls_with(&world, "web", &old);
        }
    }
}

#[test]
fn a_rollback_is_taken_back_at_a_signal() {
    for (signal, code) in BOTH {
        let (world, _, new) = world_of(&["web"]);
        let digest = world.digest_of("us.icr.io/acme/hello:1.0").unwrap();
        let image = format!("us.icr.io/acme/hello@{digest}");
        world.run_app("hello", &image, world.sample_key()).unwrap();
        world.add_image("us.icr.io/acme/hello:2.0", icr_cf_sandbox::Image::runnable().user("9"));
        let to = world.digest_of("us.icr.io/acme/hello:2.0").unwrap();
        world.set_start_time(NEVER);
        let words = ["rollback", "hello", "--to", &to];
        let back = Invocation::new(words).in_world(&world).variable("ICR_CF_API_KEY", &new);
        let mut running = back.start();
        running.wait_for("a deployment", |_| statuses(&world).len() == 1);
        running.kill(signal);
        let run = ends_soon(&world, &new, running, 10);
        assert_eq!(run.code, Some(code), "{run}");
        assert_eq!(statuses(&world), ["CANCELED"]);
        assert!(run.out().contains("as before: the deployment was taken back"), "{run}");
        assert_eq!(world.processes("hello")[0].image(), Some(image.as_str()));
    }
}
