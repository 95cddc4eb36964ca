//! Holds `docs/plugin.md` against what cf gets to know.

use icr_cf::command_line;

use super::page;

#[test]
fn every_command_of_the_plugin_has_a_row_in_order() {
    let page = page("docs/plugin.md");
    let rows: Vec<[&str; 2]> =
        page.rows("| command | what it is |").iter().map(|row| [row[0], row[1]]).collect();
    let root = command_line();
    let names = root.get_subcommands().map(clap::Command::get_name);
    let expected: Vec<[String; 2]> = names
        .filter(|name| *name != "completions")
        .map(|name| [format!("`cf icr-{name}`"), format!("`icr-cf {name}`")])
        .collect();
    assert_eq!(rows, expected);
}
