use super::tail::{Phase, Tail};
use super::{find_release, patience, seconds, spawn_error, time};
use crate::cf_flags::Release;
use crate::cf_program::CfProgram;
use crate::error::ErrorKind;
use crate::process::{Signal, Stopped};

#[test]
fn the_release_is_found_in_what_cf_and_ibmcloud_print() {
    assert_eq!(find_release("cf version 8.18.4+3fcd823.2026-06-29\n"), Some(Release(8, 18, 4)));
    assert_eq!(find_release("cf8 version 8.7.11+x.2024-05-22\n"), Some(Release(8, 7, 11)));
    let wrapped = "Invoking 'cf version'...\n\ncf version 6.53.0+8e2b70a4a.2020-10-01\n";
    assert_eq!(find_release(wrapped), Some(Release(6, 53, 0)));
    assert_eq!(find_release("cf version 0.0.0-unknown-version\n"), None);
    assert_eq!(find_release("garbage"), None);
}

#[test]
fn a_cf_that_cannot_be_run_is_told_with_what_mends_it() {
    use std::io::ErrorKind as Io;
    let cf = CfProgram::new(&["cf"], Some("/bin/cf".into()));
    let error = |kind: Io| {
        let error = spawn_error(&cf, &kind.into());
        assert!(error.message().starts_with("`/bin/cf` cannot be run: "), "{error}");
        (error.kind(), error.hints().join("\n"))
    };
    let script = "if it is a script, its first line may name a program that is not there";
    assert_eq!(error(Io::NotFound), (ErrorKind::CfNotFound, script.to_owned()));
    let long = "the arguments and variables are too long together; unset what is not needed";
    assert_eq!(error(Io::ArgumentListTooLong), (ErrorKind::CfNotExecutable, long.to_owned()));
    let check = "check that it is a program for this machine, or a script with a `#!` line";
    assert_eq!(error(Io::PermissionDenied), (ErrorKind::CfNotExecutable, check.to_owned()));
}

#[test]
fn a_reader_may_take_a_minute_at_least_for_the_end_and_a_moment_when_all_is_to_end() {
    use std::time::Duration;
    let (second, hour) = (Duration::from_secs(1), Duration::from_secs(3600));
    assert_eq!(patience(second, None), Duration::from_secs(60));
    assert_eq!(patience(hour, None), hour);
    for stopped in [Stopped::TimedOut, Stopped::By(Signal::Interrupt)] {
        assert_eq!(patience(hour, Some(stopped)), Duration::from_secs(5));
    }
}

#[test]
fn a_time_is_said_in_the_unit_that_has_digits_for_it() {
    use std::time::Duration;
    assert_eq!(time(seconds(Duration::from_micros(12_600))), "13 ms");
    assert_eq!(time(seconds(Duration::from_millis(999))), "999 ms");
    assert_eq!(time(seconds(Duration::from_secs(1))), "1.0 s");
    assert_eq!(time(seconds(Duration::from_millis(62_340))), "62.3 s");
}

#[test]
fn the_tail_keeps_the_last_lines_and_knows_how_far_cf_came() {
    let mut tail = Tail::new();
    let pushing = tail.take(b"Pushing app web to org acme / space prod as dev...\n");
    assert_eq!(pushing, Some(Phase::Pushing));
    assert_eq!(tail.take(b"Staging app and tracing logs...\r\n"), Some(Phase::Staging));
    assert_eq!(tail.take(b"Staging app and tracing logs...\n"), None, "it goes on");
    for number in 0..300 {
        assert_eq!(tail.take(format!("line {number}\n").as_bytes()), None);
    }
    tail.take(&[b'x'; 10_000]);
    let lines = tail.lines();
    assert_eq!(lines.len(), 200);
    assert_eq!(lines[198], "line 299");
    assert_eq!(lines[199].len(), 2_000);
    assert_eq!(tail.last(true).phase, Phase::Staging);
}

/// A cf that never ends, on a clock that stands still where nobody does anything: what counts down
/// is held and not waited for.
#[cfg(unix)]
mod bounds {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use crate::cf::{refresh, release};
    use crate::cf_program::CfProgram;
    use crate::environment::{Environment, Streams};
    use crate::error::ErrorKind;
    use crate::process::Signals;

    const ENDLESS: &str = "exec sleep 600";

    fn endless() -> CfProgram {
        of_script(ENDLESS)
    }

    fn of_script(script: &str) -> CfProgram {
        CfProgram::new(&["sh", "-c", script], Some(PathBuf::from("/bin/sh")))
    }

    fn environment(home: PathBuf) -> Environment {
        let variables = BTreeMap::from([
            ("CF_HOME".into(), home.into()),
            ("PATH".into(), "/usr/bin:/bin".into()),
        ]);
        Environment::new(variables, PathBuf::from("/"), Streams::default())
    }

    /// That a bound was met: behind it, the clock runs through the graces of a child that is being
    /// ended, which are of 10 seconds each, faster than the child can end.
    #[track_caller]
    fn assert_about(limit: u64, start: tokio::time::Instant) {
        let seconds = start.elapsed().as_secs();
        assert!((limit..limit + 25).contains(&seconds), "{seconds} s in place of {limit} s");
    }

    #[tokio::test(start_paused = true)]
    async fn a_cf_that_does_not_tell_its_release_is_ended_after_20_seconds() {
        let mut signals = Signals::listen().unwrap();
        let start = tokio::time::Instant::now();
        let asked = release(&endless(), &environment(PathBuf::new()), &mut signals).await;
        let error = asked.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        let message = format!("`sh -c '{ENDLESS}' version` did not end within 20s");
        assert_eq!(error.message(), message);
        assert_about(20, start);
    }

    #[tokio::test(start_paused = true)]
    async fn a_cf_that_does_not_renew_its_token_is_ended_after_30_seconds() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".cf")).unwrap();
        // Its end is the 1st of January 1970.
        let config = r#"{"ConfigVersion": 4, "AccessToken": "bearer e30.eyJleHAiOjF9.e30"}"#;
        std::fs::write(home.path().join(".cf/config.json"), config).unwrap();
        let mut signals = Signals::listen().unwrap();
        let start = tokio::time::Instant::now();
        let begun = home.path().join("begun");
        let cf = of_script(&format!(": > '{}'; {ENDLESS}", begun.display()));
        // The clock stands as long as this runs: what is read before, a thread reads in its own time.
        let _until_cf_runs = tokio::task::spawn_blocking(move || {
            let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
            while !begun.exists() && std::time::Instant::now() < end {
                std::thread::yield_now();
            }
        });
        let home = home.path().to_owned();
        let warning = refresh(&cf, &environment(home), &mut signals).await.unwrap().unwrap();
        assert!(warning.contains("oauth-token`, which renews cf's token, did not end within 30s"));
        assert_about(30, start);
    }
}
