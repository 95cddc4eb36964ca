//! Why a push failed, said in a closing line: from what a Cloud Foundry answers, and from the
//! words of one that the sandbox cannot play.

use icr_cf_sandbox::{Client, Fault, Image, World};

use crate::support::{Invocation, KEY, Run};

/// A push into the sandbox that fails, with what cf said to be the reason.
fn failed(world: &World, key: &str, words: &[&str]) -> Run {
    let mut push = Invocation::new(["push", "web", "--no-checks", "--image"])
        .arguments(words)
        .variable("ICR_REGION", "us-south")
        .variable("ICR_CF_API_KEY", key);
    for (name, value) in world.env() {
        push = push.variable(&name, value);
    }
    let run = push.run();
    assert_eq!(run.code, Some(1), "{run}");
    run.shows_nothing_of(key, &[]);
    run
}

/// The name that the closing line has, and what comes behind it.
fn closing(run: &Run) -> (String, String) {
    let text = run.err();
    let (_, line) = text.rsplit_once("\ndiagnosis[").unwrap_or_else(|| panic!("{run}"));
    let (name, rest) = line.split_once("]: ").unwrap();
    assert!(rest.contains("\nhint: "), "{run}");
    (name.to_owned(), rest.to_owned())
}

fn name(run: &Run) -> String {
    closing(run).0
}

#[test]
fn a_wrong_key_is_told_from_the_words_of_staging() {
    let world = World::start().unwrap();
    let run = failed(&world, KEY, &["acme/hello"]);
    let (name, rest) = closing(&run);
    assert_eq!(name, "key-invalid", "{run}");
    assert!(rest.contains("icr-cf push web --image us.icr.io/acme/hello --explain-key"), "{run}");
}

#[test]
fn a_registry_that_refuses_the_platform_alone_is_told_from_its_answer() {
    for (fault, expected) in [
        (Fault::pull_quota_exceeded().path("/v2/acme/"), "quota-exceeded"),
        (Fault::private_only().path("/v2/acme/"), "private-only"),
        (Fault::status(400).path("/oauth/token"), "key-invalid"),
        (
            Fault::registry_error(401, "UNAUTHORIZED", "Authorization required. See https://x")
                .path("/v2/acme/"),
            "key-invalid",
        ),
        (
            Fault::registry_error(
                403,
                "DENIED",
                "You are not authorized to access the specified resource.",
            )
            .path("/v2/acme/"),
            "no-access",
        ),
        (
            Fault::registry_error(
                404,
                "MANIFEST_UNKNOWN",
                "OCI index found, but Accept header does not support OCI indexes",
            )
            .path("/v2/acme/"),
            "index-on-old-platform",
        ),
        (Fault::rate_limited("1").path("/v2/acme/"), "rate-limited"),
        (Fault::status(503).path("/oauth/token"), "registry-error"),
    ] {
        let world = World::start().unwrap();
        world.add_fault(fault.host("us.icr.io").client(Client::Platform));
        let run = failed(&world, world.sample_key(), &["acme/hello"]);
        assert_eq!(name(&run), expected, "{run}");
    }
}

#[test]
fn an_image_that_cannot_be_run_is_told_from_staging_and_start() {
    let world = World::start().unwrap();
    world.add_image("us.icr.io/acme/udp:1", Image::runnable().expose(&["53/udp"]));
    for (image, expected) in [
        ("acme/hello:9", "tag-missing"),
        ("acme/arm", "platform-missing"),
        ("acme/udp:1", "no-tcp-port"),
    ] {
        let run = failed(&world, world.sample_key(), &[image]);
        assert_eq!(name(&run), expected, "{run}");
    }
}

#[test]
fn a_missing_start_command_is_found_in_the_log_where_cf_says_only_that_it_failed() {
    let world = World::start().unwrap();
    world.add_image("us.icr.io/acme/idle:1", Image::runnable().without("Cmd"));
    let run = failed(&world, world.sample_key(), &["acme/idle:1", "--show-logs"]);
    assert_eq!(name(&run), "no-start-command", "{run}");
    assert!(run.out().contains("Retrieving logs for app web"), "{run}");
}

#[test]
fn a_platform_without_docker_is_told_from_its_refusal() {
    let world = World::start().unwrap();
    world.disable_docker();
    let run = failed(&world, world.sample_key(), &["acme/hello"]);
    let (name, rest) = closing(&run);
    assert_eq!(name, "docker-disabled", "{run}");
    assert!(rest.contains("`cf enable-feature-flag diego_docker`"), "{run}");
}

#[test]
fn the_words_of_other_platforms_are_known_too() {
    for (words, expected) in [
        (r"Image \xe2\x80\x9cx\xe2\x80\x9d is configured to run as the root user.", "runs-as-root"),
        ("Failed to fetch image us.icr.io/acme/web:1", "image-fetch"),
        (
            "Docker references with both a tag and digest are currently not supported",
            "tag-and-digest",
        ),
        ("For application 'web': memory quota_exceeded", "memory-quota"),
        (
            "For application 'web': Docker cannot be configured for a buildpack lifecycle app.",
            "wrong-lifecycle",
        ),
        ("Error staging application web: timed out after 15 minute(s)", "staging-timeout"),
        (
            r"Start app timeout\n\nTIP: Application must be listening on the right port.",
            "start-timeout",
        ),
        ("uncompressed layer size exceeds quota", "disk-quota"),
        ("Invalid image name [Acme/Web]", "docker-uri"),
        ("Environment variable CF_DOCKER_PASSWORD not set.", "password-missing"),
        (
            r"Start unsuccessful\n\nTIP: use 'cf logs web --recent' for more information",
            "start-unsuccessful",
        ),
    ] {
        let run = Invocation::push(&format!("err {words}; out FAILED; exit 1")).run();
        assert_eq!((run.code, name(&run).as_str()), (Some(1), expected), "{run}");
    }
}

#[test]
fn the_closing_line_stands_behind_the_words_of_cf_and_the_line_about_the_log() {
    let script = "out Staging app and tracing logs...;err denied: insufficient scope;exit 7";
    let run = Invocation::push(script).variable("CI", "true").run();
    let lines: Vec<&str> =
        run.err().lines().skip_while(|line| !line.starts_with("denied")).collect();
    assert_eq!(run.code, Some(7), "{run}");
    assert!(lines[1].starts_with("icr-cf: cf ended with exit code 7 after "), "{run}");
    assert!(lines[1].ends_with("; `cf logs web --recent` has what the app said"), "{run}");
    assert!(lines[2].starts_with("diagnosis[no-access]: "), "{run}");
    assert!(lines[3..].iter().all(|line| line.starts_with("hint: ")), "{run}");
}

#[test]
fn nothing_is_diagnosed_in_quiet_without_known_words_or_without_a_failure() {
    let script = "err denied: insufficient scope; exit 1";
    let quiet = Invocation::push(script).arguments(["--quiet"]).run();
    quiet.is(1, "", "denied: insufficient scope\n");
    let unknown = Invocation::push("err StagingError - no; exit 1").run();
    unknown.is(1, "", "StagingError - no\n");
    let fine = Invocation::push("err denied: insufficient scope; exit 0").run();
    fine.is(0, "", "denied: insufficient scope\n");
}

#[test]
fn the_document_has_the_diagnosis_beside_the_outcome() {
    let script = "out Staging app...; err exceeded its pull traffic quota; exit 1";
    let run = Invocation::push(script).arguments(["--output", "json"]).run();
    let document = run.json();
    assert_eq!(document["diagnosis"]["name"], "quota-exceeded", "{run}");
    assert!(document["diagnosis"]["message"].as_str().unwrap().contains("this month"), "{run}");
    assert_eq!(document["diagnosis"]["hints"].as_array().unwrap().len(), 2, "{run}");
    assert_eq!((&document["exit_code"], run.code), (&1.into(), Some(1)), "{run}");
    let unknown = Invocation::push("err no; exit 1").arguments(["--output", "json"]).run();
    assert!(unknown.json().get("diagnosis").is_none(), "{unknown}");
}

#[cfg(unix)]
#[test]
fn whoever_ended_cf_is_not_told_why_it_failed() {
    let script =
        "err denied: insufficient scope; handle TERM; touch @ready; wait-signal TERM 20000; exit 1";
    let mut running = Invocation::push(script).start();
    running.wait_for_file("ready");
    running.kill(rustix::process::Signal::TERM);
    running.finish().is(1, "", "denied: insufficient scope\n");
}
