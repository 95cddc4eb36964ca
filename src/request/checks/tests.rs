//! What a command line comes to for the checks.

use std::time::Duration;

use super::{AppSettings, Checks, Pin, Route, Start, StartCommand};
use crate::image_platform::Platform;
use crate::verdict::Strictness;

const GB: u64 = 1 << 30;

/// What the manifest says; `None` where nobody looked into it.
type Entry<'a> = Option<AppSettings<'a>>;

const NOTHING: AppSettings<'static> = AppSettings {
    command: None,
    disk: None,
    memory: None,
    instances: None,
    timeout: None,
    no_route: false,
    has_processes: false,
};

const NO_ENTRY: Entry<'static> = Some(NOTHING);

fn made(line: &str, said: Entry<'_>) -> Result<Option<Checks>, String> {
    let args = crate::cli::tests::push(&format!("web --image us.icr.io/acme/web {line}"));
    let environment = crate::environment::Environment::new(
        std::collections::BTreeMap::new(),
        "/".into(),
        crate::environment::Streams::default(),
    );
    let settings = crate::settings::Settings::read(None, None, &environment).unwrap();
    let made = Checks::for_push(args.checks, &settings).map_err(|error| error.to_string())?;
    let of_app =
        |checks: Checks| checks.of_app(&args.cf_flags.given, &args.passthrough, said.as_ref());
    Ok(made.map(of_app))
}

fn checks(line: &str) -> Checks {
    made(line, NO_ENTRY).unwrap().unwrap()
}

#[test]
fn without_a_word_the_digest_of_the_usual_platform_is_pushed() {
    let checks = checks("");
    assert_eq!(checks.platform, Platform::default());
    assert_eq!((checks.pin, checks.strictness), (Pin::Digest, Strictness::Lenient));
    assert_eq!((checks.command, checks.route), (StartCommand::None, Route::Usual));
    assert_eq!((checks.disk.bytes, checks.disk.source), (GB, "the usual default"));
    assert_eq!((checks.limit, checks.ca_file), (Duration::from_secs(30), None));
}

#[test]
fn each_flag_has_its_field() {
    let checks = checks(
        "--no-pin --strict --ca-file a.pem --platform linux/arm64 --no-route --check-timeout 2m",
    );
    assert_eq!((checks.pin, checks.strictness), (Pin::AsGiven, Strictness::Strict));
    assert_eq!(checks.ca_file.as_deref(), Some("a.pem"));
    assert_eq!(checks.platform, Platform::of("linux", "arm64", None));
    assert_eq!((checks.route, checks.limit), (Route::None, Duration::from_secs(120)));
    let shown = serde_json::to_value(&checks).unwrap();
    let expected = serde_json::json!({
        "platform": "linux/arm64", "pin": "as-given", "strict": true, "ca_file": "a.pem",
        "timeout_seconds": 120,
    });
    assert_eq!(shown, expected);
}

#[test]
fn no_checks_leaves_nothing_to_be_strict_about() {
    assert_eq!(made("--no-checks", NO_ENTRY), Ok(None));
    assert_eq!(made("--no-checks --no-pin", NO_ENTRY), Ok(None));
    let text = made("--no-checks --strict", NO_ENTRY).unwrap_err();
    assert!(text.contains("cannot be used together"), "{text}");
    let text = made("--no-checks --vulnerabilities report", NO_ENTRY).unwrap_err();
    assert!(text.contains("`--no-checks` and `--vulnerabilities` cannot"), "{text}");
    assert_eq!(made("--no-checks --vulnerabilities off", NO_ENTRY), Ok(None));
}

#[test]
fn impossible_platforms_and_bounds_are_refused() {
    for line in [
        "--platform linux",
        "--platform ''",
        "--check-timeout 5",
        "--check-timeout 0s",
        "--check-timeout 99ms",
        "--check-timeout 61m",
    ] {
        assert!(made(line, NO_ENTRY).is_err(), "{line}");
    }
    assert_eq!(checks("--check-timeout 100ms").limit, Duration::from_millis(100));
    assert_eq!(checks("--check-timeout 60m").limit, Duration::from_secs(3600));
}

#[test]
fn a_command_counts_wherever_it_is_said_unless_it_brings_back_that_of_the_image() {
    for line in [
        "-c run",
        "--start-command run",
        "-c null -c run",
        "-- -c run",
        "-- -crun",
        "-- --start-command run",
        "-- --start-command=run",
        "-c null -- -c run",
    ] {
        assert_eq!(checks(line).command, StartCommand::Given, "{line}");
    }
    for line in [
        "",
        "-c null",
        "-c default",
        "-c ''",
        "-c run -c null",
        "-c run -- -c null",
        "-- --strategy rolling",
        "-- --var -cx=1",
        "--task",
    ] {
        assert_eq!(checks(line).command, StartCommand::None, "{line}");
    }
    for line in ["--task", "--no-start", "--task -c null", "-- --no-start"] {
        assert_eq!(checks(line).start, Start::Later, "{line}");
    }
    assert_eq!(checks("-c run").start, Start::Now);
    assert_eq!(made("", None).unwrap().unwrap().command, StartCommand::Elsewhere);
    assert_eq!(made("-c run", None).unwrap().unwrap().command, StartCommand::Given);
}

#[test]
fn a_manifest_has_the_word_where_no_flag_says_more() {
    let entry =
        AppSettings { command: Some("/server"), disk: Some("3G"), no_route: true, ..NOTHING };
    let of = |line: &str| made(line, Some(entry)).unwrap().unwrap();
    assert_eq!((of("").command, of("").route), (StartCommand::Given, Route::None));
    assert_eq!((of("").disk.bytes, of("").disk.source), (3 * GB, "`disk_quota` in the manifest"));
    assert_eq!(of("-c null").command, StartCommand::None);
    assert_eq!((of("-k 2G").disk.bytes, of("-k 2G").disk.source), (2 * GB, "`-k`"));
    let reset = AppSettings { command: Some("null"), disk: Some("lots"), ..NOTHING };
    let reset = made("", Some(reset)).unwrap().unwrap();
    assert_eq!((reset.command, reset.disk.bytes), (StartCommand::None, GB));
    let processes = AppSettings { has_processes: true, ..NOTHING };
    let processes = made("", Some(processes)).unwrap().unwrap();
    assert_eq!(processes.command, StartCommand::Elsewhere);
    assert!(processes.disk.source.ends_with("unless the manifest has another"));
}

#[test]
fn the_last_word_about_the_disk_counts() {
    let of = |line: &str| {
        let disk = checks(line).disk;
        (disk.bytes, disk.source)
    };
    for line in [
        "-k 2G",
        "--disk 2048M",
        "-k 1G -k 2G",
        "-k 1G -- -k 2G",
        "-- -k2G",
        "-- -k=2G",
        "-- --disk=2G",
        "-- --disk 2G",
        "-- -k 1G --disk 2G",
    ] {
        assert_eq!(of(line), (2 * GB, "`-k`"), "{line}");
    }
    for line in ["", "-- -k", "-- -k lots", "-k ''"] {
        assert_eq!(of(line), (GB, "the usual default"), "{line}");
    }
    let named = made("", None).unwrap().unwrap().disk;
    assert_eq!(named.bytes, GB);
    assert!(named.source.ends_with("unless the manifest has another"), "{}", named.source);
}

#[test]
fn no_route_counts_behind_the_dashes_too() {
    assert_eq!(checks("-- --no-route").route, Route::None);
    assert_eq!(checks("-- --random-route").route, Route::Usual);
}
