//! Files of settings that are none, or that somebody put there to do harm.

use super::{FOLDER, USER, place, run};
use crate::support::{Invocation, Workplace, pipe};

#[test]
fn a_folder_and_a_file_without_end_are_refused_at_once() {
    let folder = run(&[("work/icr-cf.toml/x", "")], &["resolve", "us.icr.io/acme/b"]);
    assert_eq!(folder.code, Some(66), "{folder}");
    assert!(folder.err().contains("`icr-cf.toml` is no plain file"), "{folder}");
    let large = "#\n".repeat(1024 * 1024 + 1);
    let large = run(&[(FOLDER, &large)], &["resolve", "us.icr.io/acme/b"]);
    assert_eq!(large.code, Some(66), "{large}");
    assert!(large.err().contains("more than 1 MiB"), "{large}");
}

#[test]
fn very_many_values_and_profiles_are_refused_at_once() {
    use std::fmt::Write as _;
    let mut profiles = String::new();
    for at in 0..24_000 {
        let _ = writeln!(profiles, "[profile.p{at}]\napi-key-file = \"k\"");
    }
    let names = format!("silence = [{}]\n", "\"latest-tag\",".repeat(80_000));
    for (text, what) in [(profiles, "1000 profiles"), (names, "4000 values")] {
        let begun = std::time::Instant::now();
        let run = run(&[(FOLDER, &text)], &["config"]);
        assert_eq!(run.code, Some(65), "{} {}", run.out().len(), run.err());
        assert!(run.err().contains(&format!("more than {what}")), "{run}");
        assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
    }
}

#[test]
fn nesting_without_end_is_no_crash() {
    for text in [
        format!("silence = {}\n", "[".repeat(100_000)),
        format!("a = {}1\n", "{b = ".repeat(10_000)),
        format!("[{}]\n", vec!["a"; 10_000].join(".")),
    ] {
        let run = run(&[(FOLDER, &text)], &["resolve", "us.icr.io/acme/b"]);
        assert_eq!(run.code, Some(65), "{:?} {}", run.code, run.err().len());
    }
}

#[test]
fn a_pipe_and_a_link_are_refused_wherever_it_leads() {
    let words = ["resolve", "us.icr.io/acme/b"];
    let place = Workplace::new();
    pipe(&place.path(FOLDER));
    let run = Invocation::new_in(place, words).run();
    assert_eq!(run.code, Some(66), "{run}");
    let link = |target: &str| {
        let place = super::place(&[("secret", "root:x:0:0\n"), ("work/real.toml", "jobs = 2\n")]);
        std::os::unix::fs::symlink(target, place.path(FOLDER)).unwrap();
        Invocation::new_in(place, words).run()
    };
    let round = link("icr-cf.toml");
    assert_eq!(round.code, Some(66), "{round}");
    let nowhere = link("nowhere");
    assert_eq!(nowhere.code, Some(66), "{nowhere}");
    let out = link("../secret");
    assert_eq!(out.code, Some(78), "{out}");
    assert!(!out.err().contains("root"), "{out}");
    let within = link("real.toml");
    assert_eq!(within.code, Some(78), "{within}");
    assert!(within.err().contains("`icr-cf.toml` is a link"), "{within}");
}

#[test]
fn a_file_of_ones_own_that_everybody_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = place(&[(USER, "jobs = 2\n")]);
    let file = place.path(USER);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    let run = Invocation::new_in(place, ["resolve", "us.icr.io/acme/b"]).run();
    assert_eq!(run.code, Some(78), "{run}");
    assert!(run.err().contains("`chmod go-w"), "{run}");
}

#[test]
fn a_file_that_is_no_text_is_refused() {
    let place = place(&[]);
    place.write(FOLDER, b"region = \"\xff\"\n");
    let run = crate::support::Invocation::new_in(place, ["resolve", "us.icr.io/acme/b"]).run();
    assert_eq!(run.code, Some(66), "{run}");
}
