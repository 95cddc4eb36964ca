//! The manual pages, which are made of the grammar of the command line.

use std::fs;
use std::process::Command;

#[test]
fn every_command_has_a_page_that_formats_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    clap_mangen::generate_to(icr_cf::command_line(), folder.path()).unwrap();
    let page = |name: &str| fs::read_to_string(folder.path().join(format!("{name}.1"))).unwrap();
    for command in icr_cf::command_line().get_subcommands().filter(|one| !one.is_hide_set()) {
        let text = page(&format!("icr-cf-{}", command.get_name()));
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            let Some(long) = arg.get_long() else { continue };
            let flag = format!("\\-\\-{}", long.replace('-', "\\-"));
            assert!(text.contains(&flag), "{}: {flag}", command.get_name());
        }
    }
    let main = page("icr-cf");
    assert!(main.contains("icr\\-cf\\-rotate(1)"), "{main}");
    if Command::new("groff").arg("--version").output().is_err() {
        eprintln!("skipped: groff is not there");
        return;
    }
    for file in fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        let run = Command::new("groff").args(["-man", "-ww", "-z", "-Tutf8"]).arg(&path).output();
        let said = String::from_utf8_lossy(&run.unwrap().stderr).into_owned();
        assert_eq!(said, "", "{}", path.display());
    }
}
