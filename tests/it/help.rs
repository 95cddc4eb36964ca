//! `icr-cf help`: the commands and topics, the help of a command, the pages of `docs/`.

use std::collections::BTreeSet;

#[cfg(unix)]
use crate::support::Setup;
use crate::support::{Invocation, Run};

fn help(words: &[&str]) -> Run {
    Invocation::new([&["help"], words].concat()).run()
}

/// The pages in the folder, by their names.
fn pages() -> BTreeSet<String> {
    let paths = std::fs::read_dir("docs").unwrap().map(|entry| entry.unwrap().path());
    let markdown = paths.filter(|path| path.extension().is_some_and(|end| end == "md"));
    markdown.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn every_page_of_the_folder_is_a_topic_and_listed_with_its_heading() {
    let run = help(&[]);
    assert_eq!((run.code, run.err()), (Some(0), ""), "{run}");
    let (commands, topics) = run.out().split_once("\nTopics (`icr-cf help TOPIC`):\n").unwrap();
    assert!(commands.contains("\n  rollback "), "{run}");
    let topics: BTreeSet<String> =
        topics.lines().map(|line| line.split_whitespace().next().unwrap().to_owned()).collect();
    assert_eq!(topics, pages(), "src/cli/topics.rs has a line for each page of docs/");
    for page in pages() {
        let run = help(&[&page]);
        assert_eq!((run.code, run.err()), (Some(0), ""), "{run}");
        let text = std::fs::read_to_string(format!("docs/{page}.md")).unwrap();
        let title = text.lines().next().unwrap().trim_start_matches("# ");
        assert_eq!(run.out().lines().next(), Some(title), "{run}");
        let listed = self::help(&[]).out().to_owned();
        assert!(listed.contains(&format!("  {title}\n")) || listed.ends_with(title), "{listed}");
    }
}

#[test]
fn the_help_names_the_topics_in_a_line() {
    for flag in ["-h", "--help"] {
        let run = Invocation::new([flag]).run();
        let text = run.out().split_whitespace().collect::<Vec<_>>().join(" ");
        let names = pages().into_iter().collect::<Vec<_>>().join(", ");
        assert!(text.ends_with(&format!("`icr-cf help TOPIC` prints a page: {names}.")), "{run}");
    }
}

#[test]
fn the_help_of_a_command_is_that_of_its_flag() {
    for command in ["push", "p", "exec", "help", "completions"] {
        let run = help(&[command]);
        let flag = Invocation::new([command, "--help"]).run();
        run.is(0, flag.out(), "");
        assert!(run.out().contains("Usage: icr-cf "), "{run}");
    }
}

#[test]
fn a_mistyped_topic_names_the_nearest() {
    for (typed, meant) in
        [("exit-code", "exit-codes"), ("dayy-two", "day-two"), ("pusch", "push"), ("jsno", "json")]
    {
        let error = format!(
            "error: there is no command or topic `{typed}`\nhint: did you mean `icr-cf help {meant}`?\n"
        );
        help(&[typed]).is(2, "", &error);
        assert_eq!(help(&[meant]).code, Some(0));
    }
    help(&["xyzzy"]).is(
        2,
        "",
        "error: there is no command or topic `xyzzy`\nhint: `icr-cf help` lists the commands and topics\n",
    );
}

#[test]
fn a_page_is_plain_text_as_wide_as_a_help_where_nobody_says_how_wide() {
    let run = help(&["exit-codes"]);
    assert!(!run.out().contains('\u{1b}'), "{run}");
    assert!(run.out().lines().any(|line| line.starts_with("77 ") || line.starts_with("`77`")));
    assert!(run.out().lines().all(|line| line.chars().count() <= 100), "{run}");
}

#[test]
#[cfg(unix)]
fn a_page_on_a_terminal_is_as_wide_as_that_and_waits_for_nobody() {
    for width in [40_u16, 72] {
        let run = Invocation::new(["help", "json"]).on(Setup::Leader).sized(24, width).run();
        assert_eq!(run.code, Some(0), "{run}");
        let (text, most) = (run.out().replace('\r', ""), usize::from(width));
        let longer = text.lines().filter(|line| line.chars().count() > most);
        let longer: Vec<&str> = longer.filter(|line| !line.starts_with("    ")).collect();
        assert!(longer.is_empty(), "{longer:?}");
        assert!(text.contains("\n`exit_code`\n    type: number\n"), "{text}");
    }
}
