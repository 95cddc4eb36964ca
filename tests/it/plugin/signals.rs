//! cf waits for a plugin and forwards it nothing: a key of the terminal is for both, and a plugin whose
//! cf is gone has to see that by itself.

use rustix::process::Signal;

use super::pushing;
use crate::support::{CTRL_C, KEY, Run, Running, Setup, state, wait_for};

/// A cf that says when it runs, and what it got.
const WAITING: &str = "handle INT; handle TERM; touch @ready; wait-signal INT 20000; exit 3";
const WAITING_FOR_TERM: &str = "handle TERM; touch @ready; wait-signal TERM 20000; exit 3";

/// The process of the plugin, which is above the cf that it runs.
fn plugin(running: &Running) -> i32 {
    running.record().push().number("ppid")
}

/// Waits until the plugin is gone, with all that it has started.
#[track_caller]
fn ends(run: &Run, plugin: i32) {
    let cf = run.record.push().number("pid");
    wait_for("cf has ended", || state(cf).is_none());
    wait_for("the plugin has ended", || state(plugin).is_none());
    let left = std::fs::read_dir(run.place.path("tmp")).unwrap().count();
    assert_eq!(left, 0, "{run}");
}

#[test]
fn ctrl_c_ends_cf_and_reaches_the_cf_that_pushes_once() {
    let mut running = pushing(KEY, WAITING).on(Setup::Job).start();
    running.wait_for_file("ready");
    let plugin = plugin(&running);
    running.terminal().press(&[CTRL_C]);
    let run = running.finish();
    assert_ne!(run.code, Some(0), "{run}");
    ends(&run, plugin);
    assert_eq!(run.place.record().signals(), ["SIGINT"], "{run}");
}

#[test]
fn a_plugin_whose_cf_is_ended_ends_its_push() {
    for signal in [Signal::TERM, Signal::KILL] {
        let mut running = pushing(KEY, WAITING_FOR_TERM).start();
        running.wait_for_file("ready");
        let plugin = plugin(&running);
        running.kill(signal);
        let run = running.finish();
        assert_eq!(run.code, None, "{run}");
        ends(&run, plugin);
        assert_eq!(run.place.record().signals(), ["SIGTERM"], "{run}");
    }
}

#[test]
fn a_plugin_whose_cf_lives_runs_on() {
    // Longer than a plugin waits when its cf is gone.
    let run = pushing(KEY, "sleep 3000; exit 0").run();
    assert_eq!((run.code, run.record.signals()), (Some(0), vec![]), "{run}");
}
