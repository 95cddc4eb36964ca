//! The board on a terminal that holds its screen: what is left there, at which sizes.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::super::board::Board;
use super::super::queue::{Event, Painter as _};
use super::super::{End, Outlet, Worth};
use super::{badly, line, names, well};
use crate::cf::Phase;
use crate::cf::watch::Demand;
use crate::report::page::{Page, columns};
use crate::report::terminal::Size;

/// A terminal that holds its screen, and what was written to it.
#[derive(Clone)]
struct Screen(Arc<Mutex<(vt100::Parser, Vec<u8>)>>);

impl Screen {
    fn new(rows: u16, columns: u16) -> Self {
        Self(Arc::new(Mutex::new((vt100::Parser::new(rows, columns, 0), Vec::new()))))
    }

    fn resize(&self, rows: u16, columns: u16) {
        self.0.lock().unwrap().0.screen_mut().set_size(rows, columns);
    }

    fn size(&self) -> Size {
        let (rows, columns) = self.0.lock().unwrap().0.screen().size();
        Size { rows: rows.into(), columns: columns.into() }
    }

    fn rows(&self) -> Vec<String> {
        let locked = self.0.lock().unwrap();
        let screen = locked.0.screen();
        screen.rows(0, screen.size().1).map(|row| row.trim_end().to_owned()).collect()
    }

    fn text(&self) -> String {
        self.rows().join("\n").trim_end().to_owned()
    }

    fn written(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().1.clone()).unwrap()
    }

    /// What a terminal shows by itself for a key.
    fn echo(&self, keys: &str) {
        self.0.lock().unwrap().0.process(keys.as_bytes());
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut locked = self.0.lock().unwrap();
        locked.1.extend_from_slice(bytes);
        // As every terminal has it unless it is told not to.
        let mut before = 0;
        for byte in bytes {
            if *byte == b'\n' && before != b'\r' {
                locked.0.process(b"\r");
            }
            locked.0.process(&[*byte]);
            before = *byte;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn board(names: Vec<String>, screen: &Screen) -> Board {
    let outlet = Outlet::of(Box::new(io::sink()), Box::new(screen.clone()));
    let sized = screen.clone();
    Board::new(names, Page::default(), Box::new(move || sized.size()), outlet)
}

fn apps(count: usize) -> Vec<String> {
    (0..count).map(|run| format!("app{run}")).collect()
}

fn asked() -> Event {
    Event::Ended(End { words: "interrupted".into(), worth: Worth::Nothing })
}

#[test]
fn a_board_has_running_apps_first_and_the_latest_ends_in_what_room_is_left() {
    let screen = Screen::new(7, 40);
    let mut board = board(apps(50), &screen);
    for run in 0..4 {
        board.take(run, Event::Started);
    }
    board.take(0, Event::Phase(Phase::Staging));
    board.take(0, line("\u{1b}[2Jpart 1\rpart 2 of a line that is rather long\r"));
    board.take(1, well());
    board.take(2, asked());
    let rows = board.picture(screen.size());
    assert_eq!(
        rows,
        [
            "2 of 50 done, 2 running",
            "app0   staging     0 s  part 2 of a li…",
            "app3   begins      0 s",
            "app2   interrupted",
            "app1   pushed in 3.2 s",
        ]
    );
    for run in 4..12 {
        board.take(run, Event::Started);
    }
    let rows = board.picture(screen.size());
    assert_eq!((rows.len(), rows.last().unwrap().as_str()), (6, "and 6 more"));
    assert_eq!(board.picture(Size { rows: 1, columns: 5 }), ["2 o…"]);
    board.tick();
    let shown = screen.rows();
    assert_eq!(shown[..6], board.picture(screen.size()), "no row wraps");
}

#[test]
fn a_failure_is_shown_whole_above_the_board_which_leaves_nothing_behind() {
    for columns in [120, 80, 60, 40] {
        let screen = Screen::new(30, columns);
        let mut board = board(names(&["web", "api", "job"]), &screen);
        for run in [0, 1, 2] {
            board.take(run, Event::Started);
            board.take(run, line("Pushing"));
            board.tick();
        }
        board.take(0, line("no route"));
        board.take(0, badly());
        board.take(1, well());
        board.take(2, asked());
        board.tick();
        let failed = "── web: failed (exit code 1) ──\nPushing\nno route";
        let left = "3 of 3 done, 0 running, 1 failed\njob  interrupted\n\
                    api  pushed in 3.2 s\nweb  failed (exit code 1)";
        assert_eq!(screen.text(), format!("{failed}\n{left}"), "{columns}");
        board.close();
        drop(board);
        assert_eq!(screen.text(), failed, "{columns}");
    }
}

#[test]
fn nothing_is_filled_up_to_the_edge_and_a_picture_is_shown_at_once() {
    let screen = Screen::new(30, 80);
    let mut board = board(apps(3), &screen);
    for run in 0..3 {
        board.take(run, Event::Started);
        board.tick();
    }
    let before = screen.written().len();
    board.tick();
    assert_eq!(
        screen.written()[before..],
        *"\u{1b}[?2026h\u{1b}8\u{1b}[?2026l",
        "the same picture is not drawn again"
    );
    board.take(0, badly());
    board.close();
    let written = screen.written();
    assert!(!written.contains("   \u{1b}") && !written.contains("   \r"), "{written:?}");
    let held = written.matches("\u{1b}[?2026h").count();
    assert_eq!(held, written.matches("\u{1b}[?2026l").count(), "{written:?}");
    let outside: String = written
        .split("\u{1b}[?2026h")
        .filter_map(|part| part.split_once("\u{1b}[?2026l").map(|(_, rest)| rest))
        .collect();
    assert_eq!((held > 3, outside.as_str()), (true, ""), "{written:?}");
    assert!(!written.contains("?25l"), "the cursor is never hidden: {written:?}");
}

#[test]
fn ctrl_c_is_answered_and_what_it_shows_is_drawn_over() {
    for columns in [80, 40] {
        let screen = Screen::new(30, columns);
        let mut board = board(apps(4), &screen);
        for run in 0..4 {
            board.take(run, Event::Started);
            board.take(run, line(&"words that are long ".repeat(9)));
        }
        board.tick();
        screen.echo("^C");
        board.asked(Demand::EndByKey, 4);
        let text = screen.text();
        assert!(
            text.starts_with("ending 4 apps; Ctrl-C again kills\n0 of 4 done, 4 running\napp0")
        );
        assert!(!text.contains("^C"), "{text}");
        assert_eq!(text.lines().count(), 6, "{text}");
        screen.echo("^C");
        board.asked(Demand::Vanish, 4);
        for run in 0..4 {
            board.take(run, asked());
        }
        board.close();
        drop(board);
        assert_eq!(screen.text(), "ending 4 apps; Ctrl-C again kills\nkilling 4 apps");
    }
}

#[test]
fn enter_leaves_nothing_of_the_board_behind_wherever_that_is() {
    for rows in [5, 8, 30] {
        let screen = Screen::new(rows, 40);
        let mut board = board(apps(3), &screen);
        (0..3).for_each(|run| board.take(run, Event::Started));
        board.tick();
        for number in 0..6 {
            screen.echo("\r\n");
            if number % 2 == 0 {
                board.take(0, line(&format!("line {number}")));
            }
            board.tick();
        }
        let heads = screen.rows().iter().filter(|row| row.contains("0 of 3 done")).count();
        assert_eq!(heads, 1, "{rows}: {}", screen.text());
        screen.echo("\r\n");
        board.take(0, badly());
        board.close();
        drop(board);
        let left = screen.text();
        assert!(!left.contains("done") && !left.contains("app1"), "{rows}: {left}");
        let whole = "── app0: failed (exit code 1) ──\nline 0\nline 2\nline 4";
        assert!(rows < 30 || left == whole, "{left}");
    }
}

#[test]
fn after_a_resize_that_may_have_moved_it_the_board_begins_anew_below() {
    let screen = Screen::new(30, 120);
    let mut board = board(apps(3), &screen);
    for run in 0..3 {
        board.take(run, Event::Started);
        board.take(run, line(&"words that are long ".repeat(9)));
    }
    board.take(0, badly());
    board.tick();
    let before = screen.rows();
    screen.resize(30, 40);
    board.tick();
    let rows = screen.rows();
    let heads: Vec<usize> = (0..30).filter(|at| rows[*at].starts_with("1 of 3 done")).collect();
    assert_eq!(heads.len(), 2, "{rows:#?}");
    assert!(rows[heads[1]..].iter().all(|row| columns(row) < 40), "{rows:#?}");
    assert_eq!(rows[0], before[0], "what had ended is as it was");
    // Where nothing can have moved it stays where it is.
    screen.resize(40, 130);
    board.tick();
    let rows = screen.rows();
    let heads = rows.iter().filter(|row| row.starts_with("1 of 3 done")).count();
    assert_eq!(heads, 2, "{rows:#?}");
}

#[test]
fn after_a_halt_the_board_begins_below_what_a_shell_has_printed() {
    let screen = Screen::new(30, 80);
    let mut board = board(apps(2), &screen);
    (0..2).for_each(|run| board.take(run, Event::Started));
    board.tick();
    board.asked(Demand::Halt, 2);
    screen.echo("^Z\r\n[1]+  Stopped\r\n$ fg\r\nicr-cf push");
    board.tick();
    let text = screen.text();
    assert!(text.contains("[1]+  Stopped\n$ fg\nicr-cf push\n0 of 2 done"), "{text}");
}

/// Something that happens to a board.
#[derive(Debug, Clone)]
enum Step {
    Start(usize),
    Line(usize, usize),
    End(usize, u8),
    Tick,
    Columns(u16),
    Rows(u16),
    Echo,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0_usize..6).prop_map(Step::Start),
        3 => (0_usize..6, 1_usize..200).prop_map(|(run, length)| Step::Line(run, length)),
        2 => (0_usize..6, 0_u8..3).prop_map(|(run, how)| Step::End(run, how)),
        3 => Just(Step::Tick),
        1 => prop_oneof![Just(120_u16), Just(80), Just(60), Just(40)].prop_map(Step::Columns),
        1 => (100_u16..130).prop_map(Step::Rows),
        1 => Just(Step::Echo),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_happens_no_line_of_a_failure_is_lost_or_shown_twice(
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let screen = Screen::new(130, 80);
        let mut board = board(apps(6), &screen);
        let mut state = [0_u8; 6];
        let mut failed = Vec::new();
        for step in steps {
            match step {
                Step::Start(run) if state[run] == 0 => {
                    state[run] = 1;
                    board.take(run, Event::Started);
                    board.take(run, line(&format!("why {run}")));
                }
                Step::Line(run, length) if state[run] == 1 => {
                    board.take(run, line(&format!("\r{}", "x".repeat(length))));
                }
                Step::End(run, how) if state[run] == 1 => {
                    state[run] = 2;
                    match how {
                        0 => board.take(run, well()),
                        1 => board.take(run, asked()),
                        _ => {
                            failed.push(run);
                            board.take(run, badly());
                        }
                    }
                }
                Step::Tick => board.tick(),
                Step::Columns(columns) => {
                    let rows = screen.size().rows;
                    screen.resize(u16::try_from(rows).unwrap(), columns);
                }
                // Taller alone: this emulator throws the last rows away where it gets lower.
                Step::Rows(rows) if usize::from(rows) > screen.size().rows => {
                    let columns = screen.size().columns;
                    screen.resize(rows, u16::try_from(columns).unwrap());
                }
                Step::Echo => screen.echo("^C"),
                _ => {}
            }
        }
        board.close();
        let rows = screen.rows();
        for run in 0..6 {
            let wanted = usize::from(failed.contains(&run));
            let heading = format!("── app{run}: failed (exit code 1) ──");
            prop_assert_eq!(rows.iter().filter(|row| **row == heading).count(), wanted);
            let why = format!("why {run}");
            prop_assert_eq!(rows.iter().filter(|row| **row == why).count(), wanted);
        }
    }
}
