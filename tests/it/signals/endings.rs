//! How it ends: what cf's status, a signal or a bound on time makes of the exit code, and what is
//! said of it; also where nobody reads what cf prints.

use std::time::Duration;

use rustix::process::Signal;

use super::{By, EVERYWHERE, TERMINALS, deliver, name};
use crate::support::{
    CTRL_BACKSLASH, CTRL_C, Invocation, KEY, Reader, Setup, Workplace, poll, send, state,
};

/// Runs a cf that does nothing about the signal.
#[track_caller]
fn ends_with(setup: Setup, signal: Signal, by: By, code: i32) {
    let mut running = Invocation::push("touch @ready; sleep 20000").on(setup).start();
    running.wait_for_file("ready");
    let cf = running.record().push().number("pid");
    deliver(&mut running, signal, by);
    let run = running.finish();
    assert_eq!(run.code, Some(code), "{setup:?} {by:?}: {run}");
    assert_eq!(run.record.signals(), [name(signal)], "{setup:?} {by:?}: {run}");
    assert_eq!(state(cf), None, "{setup:?} {by:?}: {run}");
    assert!(run.time < Duration::from_secs(10), "{setup:?} {by:?}: {run}");
}

#[test]
fn a_cf_that_dies_of_an_interrupt_makes_it_130() {
    for setup in EVERYWHERE {
        ends_with(setup, Signal::INT, By::Kill, 130);
    }
    for setup in TERMINALS {
        ends_with(setup, Signal::INT, By::Key(CTRL_C), 130);
    }
}

#[test]
fn a_cf_that_dies_of_a_quit_makes_it_131() {
    for setup in EVERYWHERE {
        ends_with(setup, Signal::QUIT, By::Kill, 131);
    }
    for setup in TERMINALS {
        ends_with(setup, Signal::QUIT, By::Key(CTRL_BACKSLASH), 131);
    }
}

#[test]
fn a_cf_that_dies_of_a_term_makes_it_143_and_of_a_hang_up_129() {
    for setup in EVERYWHERE {
        ends_with(setup, Signal::TERM, By::Kill, 143);
        ends_with(setup, Signal::HUP, By::Kill, 129);
    }
}

#[test]
fn a_second_ctrl_c_kills_a_cf_that_ignores_the_first() {
    for setup in TERMINALS {
        let script = "handle INT; touch @ready; wait-signal INT 20000; touch @got; sleep 20000";
        let mut running = Invocation::push(script).on(setup).start();
        running.wait_for_file("ready");
        running.terminal().press(&[CTRL_C]);
        running.wait_for_file("got");
        running.terminal().press(&[CTRL_C]);
        let run = running.finish();
        assert_eq!(run.code, Some(137), "{setup:?}: {run}");
        assert_eq!(run.record.signals(), ["SIGINT"], "{setup:?}: {run}");
        for said in ["\nicr-cf: ending 1 app; Ctrl-C again kills\n", "\nicr-cf: killing 1 app\n"] {
            assert!(run.out().contains(said), "{setup:?}: {run}");
        }
    }
}

#[test]
fn the_status_of_cf_passes_unchanged() {
    for code in [0, 1, 2, 22, 124, 255] {
        let run = Invocation::push(&format!("exit {code}")).run();
        assert_eq!(run.code, Some(code), "{run}");
    }
}

#[test]
fn a_signal_that_ends_cf_by_itself_becomes_128_and_its_number() {
    for (signal, code) in [("TERM", 143), ("KILL", 137), ("HUP", 129), ("INT", 130), ("QUIT", 131)]
    {
        let run = Invocation::push(&format!("die {signal}")).run();
        assert_eq!(run.code, Some(code), "{run}");
    }
}

#[test]
fn a_signal_that_cf_passes_over_is_on_record() {
    for (signal, said) in [(Signal::TERM, "TERM"), (Signal::INT, "INT")] {
        let script = format!(
            "handle {0}; touch @ready; wait-signal {0} 20000; out done; exit 0",
            name(signal)
        );
        let mut running = Invocation::push(&script).arguments(["--output", "json"]).start();
        running.wait_for_file("ready");
        running.kill(signal);
        let run = running.finish();
        let app = &run.json()["apps"][0];
        let (code, result) = (run.code, app["result"].as_str());
        assert_eq!((code, result), (Some(0), Some("pushed")), "{run}");
        assert_eq!(app["outcome"]["interrupted"], said, "{run}");
    }
}

#[test]
fn a_timeout_ends_cf_politely_and_makes_it_124_whatever_cf_says() {
    let script = "handle TERM; wait-signal TERM 20000; out cleaned up; exit 0";
    let run = Invocation::push(script).arguments(["--timeout", "1s"]).run();
    assert_eq!(run.code, Some(124), "{run}");
    // The CONT behind it, for a cf that is stopped, may come when cf has gone.
    assert_eq!(run.record.signals()[0], "SIGTERM", "{run}");
    assert!(run.record.signals()[1..].iter().all(|name| *name == "SIGCONT"), "{run}");
    assert_eq!(run.out(), "cleaned up\n", "{run}");
}

#[test]
fn a_timeout_kills_a_cf_that_ignores_term_after_the_grace() {
    let script = "handle TERM; grandchild 30000 ignore-term; sleep 30000";
    let run = Invocation::push(script).arguments(["--timeout", "500ms"]).run();
    assert_eq!(run.code, Some(124), "{run}");
    assert!(run.time > Duration::from_secs(10), "{run}");
    assert!(run.time < Duration::from_secs(15), "{run}");
    assert_eq!(run.record.grandchildren().into_iter().find_map(state), None, "{run}");
}

#[test]
fn two_interrupts_cut_the_grace_of_a_timeout_short() {
    let script = "handle TERM; handle INT; wait-signal TERM 20000; touch @asked; \
                  wait-signal INT 20000; touch @got; sleep 20000";
    let mut running = Invocation::push(script).arguments(["--timeout", "500ms"]).start();
    running.wait_for_file("asked");
    running.kill(Signal::INT);
    running.wait_for_file("got");
    running.kill(Signal::INT);
    let run = running.finish();
    assert_eq!(run.code, Some(124), "{run}");
    assert!(run.time < Duration::from_secs(9), "{run}");
}

#[test]
fn a_stopped_cf_is_woken_to_end_when_its_time_is_up() {
    let invocation = Invocation::push("touch @ready; sleep 20000").arguments(["--timeout", "1s"]);
    let mut running = invocation.start();
    running.wait_for_file("ready");
    send(running.record().push().number("pid"), Signal::STOP);
    let run = running.finish();
    assert_eq!(run.code, Some(124), "{run}");
    assert!(run.time < Duration::from_secs(8), "{run}");
}

#[test]
fn a_stopped_cf_is_not_woken_before_it_is_to_end() {
    let invocation = Invocation::push("touch @ready; wait-file @go 20000");
    let mut running = invocation.arguments(["--timeout", "1s"]).start();
    running.wait_for_file("ready");
    let cf = running.record().push().number("pid");
    send(cf, Signal::STOP);
    running.place().write("go", "");
    let run = running.finish();
    assert_eq!(run.code, Some(124), "{run}");
}

#[test]
fn a_stopped_cf_is_woken_to_end_when_we_are_told_to() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let mut running = Invocation::push("touch @ready; sleep 20000").start();
        running.wait_for_file("ready");
        let cf = running.record().push().number("pid");
        send(cf, Signal::STOP);
        running.wait_for("cf is stopped", |_| state(cf) == Some('T'));
        running.kill(signal);
        let run = running.finish();
        assert_eq!(run.code, Some(code), "{run}");
        assert!(run.time < Duration::from_secs(10), "{run}");
    }
}

#[test]
fn an_interrupted_deployment_names_the_line_that_stops_it() {
    let expected =
        "warning: the deployment may go on without cf; `cf cancel-deployment web` stops it\n";
    for setup in [Setup::Pipes, Setup::Leader] {
        let invocation = Invocation::push("touch @ready; sleep 20000");
        let mut running = invocation.arguments(["--strategy", "rolling"]).on(setup).start();
        running.wait_for_file("ready");
        running.kill(Signal::INT);
        let run = running.finish();
        assert_eq!(run.code, Some(130), "{run}");
        if setup == Setup::Pipes {
            assert_eq!(run.err(), expected, "{run}");
        } else {
            assert!(run.out().contains("`cf cancel-deployment web` stops it"), "{run}");
        }
    }
}

#[test]
fn a_deployment_whose_time_is_up_names_the_line_that_stops_it() {
    let invocation = Invocation::push("sleep 20000").arguments(["--strategy=canary"]);
    let run = invocation.arguments(["--timeout", "200ms", "--quiet"]).run();
    assert_eq!(run.code, Some(124), "{run}");
    assert!(run.err().contains("`cf cancel-deployment web` stops it"), "{run}");
}

#[test]
fn an_interrupted_push_without_a_deployment_says_nothing_of_one() {
    let mut running = Invocation::push("touch @ready; sleep 20000").start();
    running.wait_for_file("ready");
    running.kill(Signal::INT);
    running.finish().is(130, "", "");
}

#[test]
fn cf_goes_on_to_its_end_when_nobody_reads_any_more() {
    let script =
        "out first; wait-file @closed 20000; lines 20000; err still here; touch @end; exit 3";
    let mut running = Invocation::push(script).stdout(Reader::OneLine).start();
    running.wait_for("the first line", |running| running.stdout() == b"first\n");
    running.wait_for_reader_to_leave();
    running.place().write("closed", "");
    let run = running.finish();
    assert_eq!(run.code, Some(3), "{run}");
    assert!(run.place.path("end").exists(), "{run}");
    assert_eq!(run.err(), "still here\n", "{run}");
}

#[test]
fn a_slow_reader_keeps_no_signal_from_cf() {
    let script = "touch @ready; lines 200000; out never";
    for setup in [Setup::Pipes, Setup::Leader] {
        let mut running = Invocation::push(script).on(setup).stdout(Reader::WhenTold).start();
        running.wait_for_file("ready");
        let cf = running.record().push().number("pid");
        running.kill(Signal::TERM);
        running.wait_for("cf has the signal", |running| running.record().signals() == ["SIGTERM"]);
        running.wait_for("cf is gone", |_| state(cf).is_none());
        running.read_on();
        let run = running.finish();
        assert_eq!(run.code, Some(143), "{setup:?}: {run}");
    }
}

#[test]
fn a_second_signal_ends_us_when_nobody_reads_what_cf_left() {
    let script = "touch @ready; lines 200000";
    let mut running = Invocation::push(script).stdout(Reader::WhenTold).start();
    running.wait_for_file("ready");
    let cf = running.record().push().number("pid");
    running.kill(Signal::INT);
    running.wait_for("cf is gone", |_| state(cf).is_none());
    let ours = running.pid();
    // The signal is sent again until it is taken: between the end of cf and the wait for the
    // reader there is nobody to take it.
    let gone = poll(Duration::from_secs(10), || {
        if running.has_ended() {
            return Some(());
        }
        send(ours, Signal::INT);
        None
    });
    assert!(gone.is_some(), "two interrupts and still there");
    assert_eq!(running.finish().code, Some(130));
}

#[test]
fn a_cf_that_wants_to_ask_at_the_terminal_is_ended_and_it_is_said() {
    for setup in [Setup::Leader, Setup::Job] {
        let place = Workplace::new();
        place.install_script("cf", "read -r answer < /dev/tty; echo \"got $answer\"");
        let words = ["push", "web", "-o", "us.icr.io/acme/web", "--no-checks"];
        let run = Invocation::new_in(place, words).variable("ICR_CF_API_KEY", KEY).on(setup).run();
        assert_eq!(run.code, Some(143), "{setup:?}: {run}");
        assert!(run.out().contains("wanted to ask at the terminal"), "{setup:?}: {run}");
    }
}
