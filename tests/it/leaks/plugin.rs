//! A key on its way through cf to its plugin and on to the cf that pushes.

use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

#[cfg(target_os = "linux")]
use super::Source;
#[cfg(target_os = "linux")]
use super::seen_in_processes;
use super::{SOURCES, VARIABLES, give};
#[cfg(target_os = "linux")]
use crate::plugin::pushing_without_key;
use crate::plugin::through_cf;
#[cfg(target_os = "linux")]
use crate::support::key_of;
use crate::support::{Invocation, KEY, forms_in};

#[test]
fn through_cf_a_key_of_any_source_is_shown_nowhere() {
    for source in SOURCES {
        let words = ["icr-push", "web", "--image", "us.icr.io/acme/web:1", "--no-checks"];
        let (run, files) = give(through_cf(words), *source, KEY);
        let run = run.script("echo-secret; echo-secret base64 err; exit 3").run();
        // A copy of the program, which is large and holds no more than the program does.
        std::fs::remove_file(run.place.path("home/.cf/plugins/icr-cf")).unwrap();
        let files: Vec<_> = files.iter().map(std::path::PathBuf::as_path).collect();
        run.shows_nothing_of(KEY, &files);
        let starts = run.record.of_kind("start").flat_map(crate::support::Event::arguments);
        assert!(!starts.into_iter().any(|word| word.contains(KEY)), "{source:?}: {run}");
        assert_eq!(run.code, Some(1), "{source:?}: {run}");
        let push = run.record.push();
        assert_eq!(push.variables_holding(KEY), ["CF_DOCKER_PASSWORD"], "{source:?}: {run}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn while_cf_pushes_the_cf_above_has_no_key_that_it_was_not_given() {
    let key = key_of("through cf");
    let push = pushing_without_key("touch @ready; wait-file @seen 20000");
    let (push, _) = give(push, Source::File, &key);
    let mut running = push.start();
    running.wait_for_file("ready");
    let cf = running.record().push().number("pid");
    let seen = seen_in_processes(&key);
    running.place().write("seen", "");
    assert_eq!(seen, [("environ", cf)]);
    assert_eq!(running.finish().code, Some(0));
}

#[test]
fn what_cf_is_told_at_the_installation_has_no_key() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let told = std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let (mut all, mut chunk) = (Vec::new(), [0; 4096]);
        // Nothing follows: it waits for an answer.
        while let Ok(count @ 1..) = stream.read(&mut chunk) {
            all.extend_from_slice(&chunk[..count]);
            stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        }
        all
    });
    let run = Invocation::new([port.as_str(), "SendMetadata"]);
    let run = VARIABLES.iter().fold(run, |run, name| run.variable(name, KEY)).run();
    let told = told.join().unwrap();
    assert!(told.windows(8).any(|part| part == b"icr-push"), "{run}");
    assert_eq!(forms_in(KEY, &told), [""; 0]);
    run.shows_nothing_of(KEY, &[]);
}
