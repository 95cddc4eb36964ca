//! The board of several apps on a terminal of its own size, as its screen is in the end: played to
//! an emulator, byte by byte, at the size that the terminal had then.

use icr_cf_sandbox::World;

use super::{many, push, scripted};
use crate::support::{CTRL_C, Invocation, Setup};

/// The screen after these bytes, as every terminal has it that is not told otherwise.
struct Screen(vt100::Parser);

impl Screen {
    fn new(rows: u16, columns: u16) -> Self {
        Self(vt100::Parser::new(rows, columns, 0))
    }

    fn play(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte == b'\n' {
                self.0.process(b"\r");
            }
            self.0.process(&[*byte]);
        }
    }

    fn rows(&self) -> Vec<String> {
        let screen = self.0.screen();
        let rows = screen.rows(0, screen.size().1).map(|row| row.trim_end().to_owned());
        rows.filter(|row| !row.is_empty()).collect()
    }

    /// The rows from that on that begin with a word.
    #[track_caller]
    fn from(&self, start: &str) -> Vec<String> {
        let rows = self.rows();
        let at = rows.iter().position(|row| row.starts_with(start));
        rows[at.unwrap_or_else(|| panic!("no `{start}`: {rows:#?}"))..].to_vec()
    }
}

fn on_terminal(push: Invocation, columns: u16) -> Invocation {
    push.variable("TERM", "xterm-kitty").on(Setup::Leader).sized(50, columns)
}

#[test]
fn a_terminal_too_narrow_for_a_board_has_the_lines_of_cf() {
    for columns in [1, 5, 10] {
        let run = on_terminal(scripted(&many(2), "out x"), columns).run();
        assert_eq!(run.code, Some(0), "{run}");
        assert!(!run.out().contains(" done,") && !run.out().contains(" d…"), "{run}");
        assert_eq!(run.out().matches("icr-cf: pushed in").count(), 2, "{columns}: {run}");
    }
}

#[test]
fn nothing_but_the_table_is_left_and_it_fits() {
    let world = World::start().unwrap();
    for columns in [120, 80, 60, 40] {
        let run = on_terminal(push(&world, &many(3)), columns).run();
        assert_eq!(run.code, Some(0), "{run}");
        let mut screen = Screen::new(50, columns);
        screen.play(&run.stdout);
        let rows = screen.rows();
        assert!(!rows.iter().any(|row| row.contains("done,")), "{columns}: {rows:#?}");
        let table = screen.from("APP ");
        assert_eq!(table.len(), 4, "{columns}: {rows:#?}");
        for (number, row) in (1..).zip(&table[1..]) {
            assert!(row.starts_with(&format!("app-{number} ")), "{columns}: {rows:#?}");
            assert!(row.contains(" app-"), "the route: {columns}: {rows:#?}");
        }
        // Said once, by the table.
        assert_eq!(rows.iter().filter(|row| row.contains("pushed")).count(), 3, "{rows:#?}");
        let link = "\u{1b}]8;;https://app-1.apps.cf.sandbox\u{1b}\\app-1";
        assert!(run.out().contains(link), "{run}");
    }
}

#[test]
fn a_link_is_made_on_no_other_terminal_and_in_no_log() {
    let world = World::start().unwrap();
    let plain = push(&world, &many(2)).variable("TERM", "xterm").on(Setup::Leader).run();
    let log = push(&world, &many(2)).variable("TERM", "xterm-kitty").run();
    for run in [plain, log] {
        assert!(run.out().contains("app-2.apps.") || run.err().contains("app-2.apps."), "{run}");
        assert!(!run.out().contains("]8;") && !run.err().contains("]8;"), "{run}");
    }
}

#[test]
fn routes_are_in_the_closing_line_and_in_the_document() {
    let world = World::start().unwrap();
    let run = push(&world, &many(1)).variable("CI", "true").run();
    assert!(run.err().contains("; routes: app-1.apps.cf.sandbox"), "{run}");
    let run = push(&world, &many(2)).arguments(["--output", "json"]).run();
    let routes = &run.json()["apps"][1]["outcome"]["routes"];
    assert_eq!(*routes, serde_json::json!(["app-2.apps.cf.sandbox"]), "{run}");
}

#[test]
fn ctrl_c_is_answered_and_the_output_of_whom_it_ends_is_not_shown() {
    let script = "handle INT; out first words; touch @ready-{app}; wait-signal INT 20000; \
                  out last words; exit 1";
    for columns in [120, 60, 40] {
        let mut running = on_terminal(scripted(&many(4), script), columns).echo().start();
        (1..=4).for_each(|number| running.wait_for_file(&format!("ready-app-{number}")));
        running.wait_for("a board", |running| {
            String::from_utf8_lossy(&running.stdout()).contains("4 running")
        });
        running.terminal().press(&[CTRL_C]);
        let run = running.finish();
        assert_eq!(run.code, Some(1), "{run}");
        let mut screen = Screen::new(50, columns);
        screen.play(&run.stdout);
        let rows = screen.rows();
        let said = "ending 4 apps; Ctrl-C again kills";
        assert_eq!(rows.iter().filter(|row| *row == said).count(), 1, "{rows:#?}");
        assert!(!rows.iter().any(|row| row.contains(" words")), "{rows:#?}");
        assert!(!rows.iter().any(|row| row.contains("done,") || row.contains("^C")), "{rows:#?}");
        let table = screen.from("APP ");
        assert!(table[1..5].iter().all(|row| row.contains("inter")), "{rows:#?}");
    }
}

#[test]
fn a_resize_takes_nothing_from_what_was_said() {
    let script = "out Staging app...; app app-1 out why it failed; app app-1 exit 3; \
                  touch @ready-{app}; wait-file @go 20000; app app-2 out another reason; \
                  app app-2 exit 4";
    let push = on_terminal(scripted(&many(3), script), 120).arguments(["--on-error", "continue"]);
    let mut running = push.start();
    running.wait_for("a failure", |running| {
        String::from_utf8_lossy(&running.stdout()).contains("why it failed")
    });
    let mut screen = Screen::new(50, 120);
    let mut played = 0;
    for columns in [40, 80, 60, 120] {
        running.terminal().resize(50, columns);
        let before = running.stdout().len();
        screen.play(&running.stdout()[played..before]);
        played = before;
        screen.0.screen_mut().set_size(50, columns);
        // A second is counted, if nothing else changes.
        running.wait_for("another picture", |running| running.stdout().len() > before);
    }
    running.place().write("go", "");
    let run = running.finish();
    assert_eq!(run.code, Some(3), "{run}");
    screen.play(&run.stdout[played..]);
    let rows = screen.rows();
    for said in ["why it failed", "another reason"] {
        assert_eq!(rows.iter().filter(|row| *row == said).count(), 1, "{said}: {rows:#?}");
    }
    assert_eq!(screen.from("APP ").len(), 5, "{rows:#?}");
}
