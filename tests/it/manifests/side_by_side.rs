//! Several apps at once: how many, in which order, what a failure, a signal or a bound on time
//! means for the others, and what is left behind.

use std::collections::BTreeSet;
use std::time::Duration;

use icr_cf_sandbox::{Login, World};
use rustix::process::Signal;

use super::{many, push, push_in, scripted};
use crate::support::{CTRL_C, CTRL_Z, Reader, Run, Setup, Workplace, poll, state};

fn names(run: &Run) -> Vec<String> {
    run.record.pushes().iter().map(|push| push.arguments()[1].clone()).collect()
}

fn left_in_tmp(place: &Workplace) -> Vec<String> {
    let left = std::fs::read_dir(place.path("tmp")).unwrap();
    left.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// A row of the table at the end.
#[track_caller]
fn row<'a>(run: &'a Run, app: &str) -> &'a str {
    let found = run.err().lines().rev().find(|line| line.starts_with(&format!("{app} ")));
    found.unwrap_or_else(|| panic!("no row for {app}: {run}"))
}

#[test]
fn no_more_run_at_once_than_was_said() {
    let mut running = scripted(&many(6), "touch @ready-{app}; wait-file @go 20000")
        .arguments(["--jobs", "3"])
        .start();
    for app in ["app-1", "app-2", "app-3"] {
        running.wait_for_file(&format!("ready-{app}"));
    }
    assert_eq!(running.record().pushes().len(), 3);
    running.place().write("go", "");
    let run = running.finish();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(run.record.pushes().len(), 6, "{run}");
}

#[test]
fn one_at_a_time_goes_in_the_order_of_the_manifest() {
    let run = scripted(&many(4), "out x").arguments(["--jobs", "1"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(names(&run), ["app-1", "app-2", "app-3", "app-4"]);
}

#[test]
fn a_failure_in_the_middle_lets_running_ones_finish_and_starts_none() {
    let script = "app app-2 wait-file @ready-app-1 20000; app app-2 exit 7; touch @ready-{app}; \
                  app app-1 sleep 300; out done";
    let run = scripted(&many(4), script).arguments(["--jobs", "2"]).run();
    assert_eq!(run.code, Some(7), "{run}");
    assert_eq!(names(&run).into_iter().collect::<BTreeSet<_>>().len(), 2, "{run}");
    assert!(row(&run, "app-1").contains("pushed"), "{run}");
    assert!(row(&run, "app-2").contains("failed (exit code 7)"), "{run}");
    assert!(row(&run, "app-4").contains("not started"), "{run}");
}

#[test]
fn the_others_go_on_where_that_was_said_and_the_first_failure_counts() {
    let script = "app app-3 exit 3; app app-2 sleep 200; app app-2 exit 9; out done";
    let run = scripted(&many(4), script).arguments(["--jobs", "4", "--on-error", "continue"]).run();
    assert_eq!(run.code, Some(9), "{run}");
    assert_eq!(run.record.pushes().len(), 4, "{run}");
    assert!(row(&run, "app-3").contains("failed (exit code 3)"), "{run}");
    assert!(row(&run, "app-4").contains("pushed"), "{run}");
}

#[test]
fn ctrl_c_reaches_each_of_eight_once_and_nothing_is_left() {
    for setup in [Setup::Leader, Setup::Job] {
        let script = "handle INT; touch @ready-{app}; wait-signal INT 20000; sleep 50; exit 1";
        let mut running = scripted(&many(12), script).arguments(["--jobs", "8"]).on(setup).start();
        for number in 1..=8 {
            running.wait_for_file(&format!("ready-app-{number}"));
        }
        let cf: Vec<i32> = running.record().pushes().iter().map(|one| one.number("pid")).collect();
        running.terminal().press(&[CTRL_C]);
        let run = running.finish();
        assert_eq!(run.code, Some(1), "{setup:?}: {run}");
        assert_eq!(run.record.signals(), ["SIGINT"; 8], "{setup:?}: {run}");
        assert_eq!(run.record.pushes().len(), 8, "{setup:?}: {run}");
        assert!(cf.iter().all(|pid| state(*pid).is_none()), "{setup:?}: {run}");
        assert_eq!(left_in_tmp(&run.place), [""; 0], "{setup:?}: {run}");
    }
}

#[test]
fn a_second_ctrl_c_kills_all_of_them() {
    let script =
        "handle INT; touch @ready-{app}; wait-signal INT 20000; touch @got-{app}; sleep 20000";
    let mut running =
        scripted(&many(4), script).arguments(["--jobs", "4"]).on(Setup::Leader).start();
    (1..=4).for_each(|number| running.wait_for_file(&format!("ready-app-{number}")));
    running.terminal().press(&[CTRL_C]);
    (1..=4).for_each(|number| running.wait_for_file(&format!("got-app-{number}")));
    running.terminal().press(&[CTRL_C]);
    let run = running.finish();
    assert_eq!(run.code, Some(137), "{run}");
    assert!(run.time < Duration::from_secs(10), "{run}");
    assert_eq!(left_in_tmp(&run.place), [""; 0], "{run}");
}

#[test]
fn a_stop_halts_all_of_them_and_fg_lets_them_go_on() {
    let script = "touch @ready-{app}; wait-file @go 20000; out done";
    let mut running = scripted(&many(3), script).on(Setup::Job).start();
    (1..=3).for_each(|number| running.wait_for_file(&format!("ready-app-{number}")));
    let cf: Vec<i32> = running.record().pushes().iter().map(|one| one.number("pid")).collect();
    running.terminal().press(&[CTRL_Z]);
    running.wait_for_file("job-stopped");
    for pid in cf {
        let stopped = poll(Duration::from_secs(10), || (state(pid) == Some('T')).then_some(()));
        assert!(stopped.is_some(), "cf {pid} goes on");
    }
    running.place().write("go", "");
    running.terminal().press(b"\n");
    let run = running.finish();
    assert_eq!(run.code, Some(0), "{run}");
}

#[test]
fn a_reader_that_does_not_read_keeps_no_signal_from_them() {
    let script = "lines 20000; touch @ready-{app}; sleep 20000";
    let mut running = scripted(&many(2), script).stdout(Reader::WhenTold).start();
    running.wait_for("two pushes", |running| running.record().pushes().len() == 2);
    let cf: Vec<i32> = running.record().pushes().iter().map(|one| one.number("pid")).collect();
    running.kill(Signal::TERM);
    let run = running.finish();
    assert_eq!(run.code, Some(143), "{run}");
    assert!(cf.iter().all(|pid| state(*pid).is_none()), "{run}");
    assert!(run.time < Duration::from_secs(15), "{run}");
    assert_eq!(left_in_tmp(&run.place), [""; 0], "{run}");
}

#[test]
fn a_reader_that_leaves_does_not_end_them() {
    let script = "lines 2000; touch @done-{app}";
    let run = scripted(&many(2), script).stdout(Reader::OneLine).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!((1..=2).all(|number| run.place.path(&format!("done-app-{number}")).exists()), "{run}");
}

#[test]
fn after_a_term_nothing_is_left_of_ours() {
    let world = World::start().unwrap();
    let place = Workplace::new();
    // A path beside the image, so that there is a private copy of the manifest, too.
    let manifest = many(3) + "- name: copied\n  path: .\n  docker: {image: acme/web:1.4}\n";
    place.write("work/manifest.yml", manifest);
    let push = push_in(&world, place).arguments(["--no-checks"]);
    let mut running = push.script("touch @ready-{app}; sleep 20000").start();
    for app in ["app-1", "app-2", "app-3", "copied"] {
        running.wait_for_file(&format!("ready-{app}"));
    }
    assert!(!left_in_tmp(running.place()).is_empty());
    running.kill(Signal::TERM);
    let run = running.finish();
    assert_eq!(run.code, Some(143), "{run}");
    assert_eq!(left_in_tmp(&run.place), [""; 0], "{run}");
    assert_eq!(run.record.signals().len(), 4, "{run}");
}

#[test]
fn a_cf_that_is_killed_leaves_nothing_of_ours_either() {
    let script = "touch @ready-{app}; sleep 20000";
    let mut running = scripted(&many(2), script).start();
    (1..=2).for_each(|number| running.wait_for_file(&format!("ready-app-{number}")));
    for push in running.record().pushes() {
        crate::support::send(push.number("pid"), Signal::KILL);
    }
    let run = running.finish();
    assert_eq!(run.code, Some(137), "{run}");
    assert_eq!(left_in_tmp(&run.place), [""; 0], "{run}");
}

#[test]
fn what_a_cf_leaves_behind_is_ended_without_harm_to_the_others() {
    let script = "app app-1 grandchild 60000 setsid; app app-1 exit 0; \
                  wait-file @go 20000; out still here";
    let mut running = scripted(&many(2), script).arguments(["--jobs", "2"]).start();
    running.wait_for("a grandchild", |running| !running.record().grandchildren().is_empty());
    let grandchild = running.record().grandchildren()[0];
    let gone = poll(Duration::from_secs(10), || state(grandchild).is_none().then_some(()));
    assert!(gone.is_some(), "the grandchild of an ended cf lives on");
    running.place().write("go", "");
    let run = running.finish();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.out().contains("still here"), "{run}");
}

#[test]
#[cfg(target_os = "linux")]
fn what_a_cf_leaves_behind_is_asked_to_end_before_it_is_killed() {
    // Out of the group, so that no signal to the group is what it hears.
    let left = r#"setsid sh -c 'trap "echo asked > $0; exit" TERM; : > $0; while :; do sleep 0.02; done' "$F" &
        while [ ! -e "$F" ]; do sleep 0.02; done"#;
    for apps in [1, 2] {
        let push = scripted(&many(apps), "out x").variable("PATH", "/usr/bin:/bin");
        let place = push.place();
        // `cf version`, which is asked before, leaves nothing.
        let only = "[ \"$1\" = push ] || exit 0";
        let body = format!("{only}\nF={}/left-by-$2\n{left}", place.root().display());
        let cf = place.install_script("cf", &body);
        let run = push.variable("CF_HOME", "home").variable("ICR_CF_CF", cf).run();
        assert_eq!(run.code, Some(0), "{run}");
        for number in 1..=apps {
            let said = std::fs::read_to_string(run.place.path(&format!("left-by-app-{number}")));
            assert_eq!(said.unwrap(), "asked\n", "{run}");
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn who_has_left_the_group_and_its_environment_is_ended_with_the_last_cf() {
    let push = scripted(&many(2), "out x").variable("PATH", "/usr/bin:/bin");
    let place = push.place();
    let left = r#"setsid env -i sh -c 'echo $$ > $0.new; mv $0.new $0; exec sleep 60' "$F" &
        while [ ! -e "$F" ]; do sleep 0.02; done"#;
    let only = "[ \"$1\" = push ] || exit 0";
    let body = format!("{only}\nF={}/left-by-$2\n{left}", place.root().display());
    let cf = place.install_script("cf", &body);
    let run = push.variable("CF_HOME", "home").variable("ICR_CF_CF", cf).run();
    assert_eq!(run.code, Some(0), "{run}");
    for number in 1..=2 {
        let pid = std::fs::read_to_string(run.place.path(&format!("left-by-app-{number}")));
        let pid = pid.unwrap().trim().parse().unwrap();
        let gone = poll(Duration::from_secs(10), || state(pid).is_none().then_some(()));
        assert!(gone.is_some(), "{run}");
    }
}

#[test]
fn each_cf_has_a_home_of_its_own_and_the_users_is_left_alone() {
    let world = World::start().unwrap();
    let config = || std::fs::read(world.cf_home().join(".cf/config.json")).unwrap();
    let before = config();
    let run = push(&world, &many(16)).arguments(["--jobs", "16"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(world.packages().len(), 16, "{run}");
    assert_eq!(left_in_tmp(&run.place), [""; 0], "{run}");
    let Some(record) = run.recorded() else { return };
    let pushes = record.pushes();
    let homes: BTreeSet<&str> = pushes.iter().map(|push| push.text("cf_home")).collect();
    assert_eq!(homes.len(), 16, "{run}");
    let own = world.cf_home();
    for push in pushes {
        assert_eq!(push.text("cf_home_mode"), "700", "{run}");
        assert_eq!(push.text("config_mode"), "600", "{run}");
        assert_eq!(push.text("config_sha256"), icr_cf_sandbox::sha256_hex(&before), "{run}");
        assert_eq!(push.text("cf_plugin_home"), own.to_str().unwrap(), "{run}");
        assert!(!push.text("cf_home").starts_with(own.to_str().unwrap()), "{run}");
    }
    // `cf version` writes it back as it was.
    let fields = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).unwrap();
    assert_eq!(fields(&config()), fields(&before));
}

#[test]
fn a_token_that_is_about_to_end_is_renewed_once_for_all() {
    let world = World::start().unwrap();
    world.write_cf_home(world.cf_home(), Login::EndsSoon).unwrap();
    let run = push(&world, &many(6)).arguments(["--jobs", "6"]).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(world.refreshes(), 1, "{run}");
}

#[test]
fn one_that_takes_too_long_is_ended_and_the_others_are_not() {
    let script = "app app-2 sleep 20000; out done";
    let run = scripted(&many(3), script).arguments(["--timeout", "1s"]).run();
    assert_eq!(run.code, Some(124), "{run}");
    assert!(row(&run, "app-1").contains("pushed"), "{run}");
    assert!(row(&run, "app-2").contains("timed out"), "{run}");
    assert!(row(&run, "app-3").contains("pushed"), "{run}");
}

#[test]
fn logs_are_shown_of_each_that_failed_until_somebody_asks_for_an_end() {
    let script = "out Staging app...; app app-2 out done; app app-2 exit 0; exit 5";
    let failing =
        || scripted(&many(3), script).arguments(["--show-logs", "--on-error", "continue"]);
    let run = failing().variable("CF_STAND_IN_LOGS_SCRIPT", "out log of it").run();
    assert_eq!(run.code, Some(5), "{run}");
    assert_eq!(run.out().matches("log of it").count(), 2, "{run}");
    let push = failing();
    let logs = format!("touch {}; sleep 20000", push.place().path("logging").display());
    let mut running = push.variable("CF_STAND_IN_LOGS_SCRIPT", logs).start();
    running.wait_for_file("logging");
    running.kill(Signal::TERM);
    let run = running.finish();
    let logs = run.record.of_kind("start").filter(|start| start.arguments()[0] == "logs").count();
    assert_eq!(logs, 1, "{run}");
    assert!(run.time < Duration::from_secs(10), "{run}");
}

#[test]
fn a_token_that_cannot_be_renewed_is_a_warning() {
    let world = World::start().unwrap();
    world.write_cf_home(world.cf_home(), Login::EndsSoon).unwrap();
    world.forget_cf_tokens();
    let run = push(&world, &many(2)).arguments(["--no-checks"]).run();
    assert!(
        run.err().contains(" oauth-token`, which renews cf's token, ended with exit code 1"),
        "{run}"
    );
    assert_eq!(world.packages().len(), 0, "{run}");
    assert_ne!(run.code, Some(0), "{run}");
    // By the cf of each app, and not by the one that prints the token.
    let said = format!("{}{}", run.out(), run.err()).matches("The token expired, was").count();
    assert_eq!(said, 2, "{run}");
}

#[test]
fn who_was_interrupted_is_told_from_who_failed() {
    let mut running = scripted(&many(3), "touch @ready-{app}; sleep 20000")
        .arguments(["--jobs", "2", "--output", "json"])
        .start();
    (1..=2).for_each(|number| running.wait_for_file(&format!("ready-app-{number}")));
    running.kill(Signal::TERM);
    let run = running.finish();
    assert_eq!(run.code, Some(143), "{run}");
    let document = run.json();
    let results = document["apps"].as_array().unwrap().iter().map(|app| app["result"].clone());
    let expected = ["interrupted", "interrupted", "not-started"];
    assert_eq!(results.collect::<Vec<_>>(), expected, "{run}");
}
