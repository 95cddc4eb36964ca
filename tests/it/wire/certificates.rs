//! Certificates that are named by a variable or a flag: read once, also from a pipe, and shared
//! with every child; without a writer they hold nobody up.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use icr_cf_sandbox::World;
use rustix::process::Signal;

use super::IMAGE;
use crate::support::{Invocation, Run, Workplace, pipe, reads, secrets_stay};

const NAMES: [&str; 2] = ["SSL_CERT_FILE", "--ca-file"];

const COMMANDS: [&[&str]; 4] = [
    &["push", "web", "--image", IMAGE],
    &["check", "web", "--image", IMAGE],
    &["resolve", "--digest", IMAGE],
    &["push", "web", "--image", IMAGE, "--no-checks"],
];

/// A run in a world that trusts what is behind one of [`NAMES`].
fn trusting(world: &World, words: &[&str], name: &str, path: &Path) -> Invocation {
    let run = Invocation::new(words).in_world(world);
    let run = run.variable("ICR_CF_API_KEY", world.sample_key());
    if name.starts_with("--") {
        run.without("SSL_CERT_FILE").arguments([name.as_ref(), path.as_os_str()])
    } else {
        run.variable(name, path)
    }
}

/// Writes what the authority of a world is into a pipe once, for whoever opens it first.
fn write_once(world: &World, pipe: &Path) -> std::thread::JoinHandle<()> {
    #[expect(clippy::disallowed_methods, reason = "a test")]
    let authority = std::fs::read(world.ca_file()).unwrap();
    let pipe = pipe.to_owned();
    std::thread::spawn(move || {
        File::options().write(true).open(pipe).unwrap().write_all(&authority).unwrap();
    })
}

#[test]
fn a_pipe_of_certificates_is_read_once_for_all_that_is_asked() {
    for name in NAMES {
        for words in &COMMANDS[1..3] {
            let world = World::start().unwrap();
            let pipe = pipe(&world.folder().join("authority.pipe"));
            let writer = write_once(&world, &pipe);
            let run = trusting(&world, words, name, &pipe).run();
            writer.join().unwrap();
            assert_eq!(
                (run.code, run.err().contains("warning")),
                (Some(0), false),
                "{name}: {run}"
            );
            secrets_stay(&world, &run, world.sample_key(), &[]);
        }
    }
}

/// A cf, or another program, that shows what certificates it is given, twice.
fn showing(place: &Workplace, name: &str, then: &str) -> PathBuf {
    let (cat, seen) = ("/bin/cat \"$SSL_CERT_FILE\"", place.path(&format!("{name}.seen")));
    let seen = seen.display();
    place.install_script(
        name,
        &format!("{{ {cat}; {cat}; echo \"$SSL_CERT_FILE\"; }} >> {seen}; {then}"),
    )
}

fn seen(run: &Run, name: &str) -> (String, PathBuf) {
    let text = std::fs::read_to_string(run.place.path(&format!("{name}.seen"))).unwrap();
    let (certificates, path) = text.trim_end().rsplit_once('\n').unwrap();
    (format!("{certificates}\n"), path.into())
}

#[test]
fn every_child_can_read_the_certificates_that_came_through_a_pipe() {
    for no_checks in [false, true] {
        let world = World::start().unwrap();
        let pipe = pipe(&world.folder().join("authority.pipe"));
        let words = if no_checks { COMMANDS[3] } else { COMMANDS[0] };
        let run = trusting(&world, words, NAMES[0], &pipe).without("ICR_CF_API_KEY");
        showing(run.place(), "cf", "");
        let vault = showing(run.place(), "vault", &format!("echo {}", world.sample_key()));
        let run = run.arguments(["--api-key-command".as_ref(), vault.as_os_str()]);
        let writer = write_once(&world, &pipe);
        let run = run.run();
        writer.join().unwrap();
        assert_eq!(run.code, Some(0), "{run}");
        let authority = std::fs::read_to_string(world.ca_file()).unwrap();
        for child in ["cf", "vault"] {
            let (certificates, path) = seen(&run, child);
            assert_eq!(certificates, authority.repeat(2), "{child}: {run}");
            assert!(path != pipe && path.starts_with(run.place.path("tmp")), "{path:?}");
            assert!(!path.exists(), "{child}: the copy is left: {run}");
        }
    }
}

#[test]
fn a_file_is_shared_with_cf_as_it_is() {
    let world = World::start().unwrap();
    let run = trusting(&world, COMMANDS[0], NAMES[0], &world.ca_file());
    showing(run.place(), "cf", "");
    let run = run.run();
    assert_eq!(seen(&run, "cf").1, world.ca_file(), "{run}");
}

/// As `<(cat ca.pem)` in bash, which hands over `/dev/fd/63`.
#[test]
#[cfg(target_os = "linux")]
fn a_descriptor_of_a_pipe_serves_as_well_as_a_file() {
    for name in NAMES {
        let world = World::start().unwrap();
        let run = trusting(&world, COMMANDS[0], name, "/dev/fd/3".as_ref());
        let script = format!("/bin/cat '{}' | \"$@\" 3<&0 < /dev/null", world.ca_file().display());
        let run = run.behind_shell(&script).script("out pushed").run();
        assert_eq!((run.code, run.out(), run.err()), (Some(0), "pushed\n", ""), "{name}: {run}");
    }
}

#[test]
fn without_a_writer_every_command_hears_the_signals_that_end_it() {
    let world = World::start().unwrap();
    let pipe = pipe(&world.folder().join("authority.pipe"));
    std::thread::scope(|scope| {
        for words in COMMANDS {
            for name in NAMES {
                if words.contains(&"--no-checks") && name == "--ca-file" {
                    continue;
                }
                for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
                    let (world, pipe) = (&world, &pipe);
                    scope.spawn(move || {
                        let run = trusting(world, words, name, pipe).script("out never");
                        let mut running = run.start();
                        let ours = running.pid();
                        running.wait_for("it waits", |_| reads(ours));
                        running.kill(signal);
                        let run = running.finish();
                        assert_eq!(run.code, Some(code), "{words:?} {name}: {run}");
                        assert_eq!(run.record.events.len(), 0, "{words:?} {name}: {run}");
                        assert!(run.time < Duration::from_secs(10), "{words:?} {name}: {run}");
                    });
                }
            }
        }
    });
    assert_eq!(world.requests().len(), 0);
}

#[test]
fn without_a_writer_it_ends_with_the_time_for_all_checks() {
    let world = World::start().unwrap();
    let pipe = pipe(&world.folder().join("authority.pipe"));
    let limit = ["--check-timeout", "300ms"];
    for (name, code) in [(NAMES[0], 78), (NAMES[1], 66)] {
        for words in &COMMANDS[..3] {
            let run = trusting(&world, words, name, &pipe).arguments(limit).run();
            assert_eq!(run.code, Some(code), "{name} {words:?}: {run}");
            assert!(run.err().contains("did not end within 300ms"), "{name}: {run}");
            assert_eq!(run.record.events.len(), 0, "{name}: {run}");
        }
    }
}

#[test]
fn a_folder_of_certificates_is_gone_through_and_a_pipe_in_it_passed_over() {
    let world = World::start().unwrap();
    let folder = world.folder().join("authorities");
    std::fs::create_dir(&folder).unwrap();
    pipe(&folder.join("a.pem"));
    std::fs::write(folder.join("b.pem"), "not one\n").unwrap();
    std::fs::copy(world.ca_file(), folder.join("c.pem")).unwrap();
    let paths = std::env::join_paths([Path::new("/nonexistent"), &folder]).unwrap();
    let run = trusting(&world, COMMANDS[1], "SSL_CERT_DIR", paths.as_ref());
    let run = run.variable("SSL_CERT_FILE", "").run();
    assert_eq!((run.code, run.err()), (Some(0), ""), "{run}");
}

#[test]
fn what_is_used_in_place_of_a_useless_file_is_said_as_it_is() {
    let world = World::start().unwrap();
    let empty = world.folder().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let folder = world.folder().join("authorities");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(world.ca_file(), folder.join("ca.pem")).unwrap();
    let run = trusting(&world, COMMANDS[1], NAMES[0], &empty).variable("SSL_CERT_DIR", &folder);
    let run = run.run();
    let why = "it has no certificate that can be read";
    let said = format!("is not used ({why}); those of `SSL_CERT_DIR` are\n");
    assert!(run.code == Some(0) && run.err().ends_with(&said), "{run}");
    let run = trusting(&world, COMMANDS[1], "SSL_CERT_DIR", &world.folder().join("none")).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.err().ends_with("; those of `SSL_CERT_FILE` are\n"), "{run}");
}
