//! Why a push failed, said in a closing line: from what a Cloud Foundry answers, and from the
//! words of one that the sandbox cannot play.

use icr_cf_sandbox::{Client, Fault, Image, World};

use crate::support::{Invocation, KEY, Run, Workplace, lines_of};

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
    assert!(
        rest.contains("`icr-cf push web --no-checks --image acme/hello --explain-key`"),
        "{run}"
    );
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
    assert_eq!(document["apps"][0]["diagnosis"]["name"], "quota-exceeded", "{run}");
    assert!(
        document["apps"][0]["diagnosis"]["message"].as_str().unwrap().contains("this month"),
        "{run}"
    );
    assert_eq!(document["apps"][0]["diagnosis"]["hints"].as_array().unwrap().len(), 2, "{run}");
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

#[test]
fn every_line_of_a_hint_is_taken_as_it_stands() {
    let mut followed = 0;
    for words in [
        "disk limit is smaller than volume size",
        "layers exceed disk quota 316734553/209715200 bytes",
        "too much disk requested (requested 5120 MB - must be less than 2048 MB)",
        "Maximum exceeded: max 60s",
        "memory quota_exceeded",
        "insufficient resources: disk",
        "Exited with status 137 (out of memory)",
        "Failed to make HTTP request to '/' on port 8080: received status code 404 in 3ms",
        "Instance never healthy after 1m0s",
        "No start command found or specified",
        "executable file not found in \\$PATH",
        "Start app timeout",
        "No Docker password was provided.",
        "requested authentication method is not supported",
        "Private-only access is enabled on this account",
        "unauthorized: authentication required",
        "manifest unknown: OCI index found, but Accept header does not support OCI indexes",
    ] {
        let typed = ["-i", "2", "-k512M", "--var", "tag=hunter2", "--strategy", "rolling"];
        let failed = Invocation::push(&format!("err {words}; exit 1")).arguments(typed).run();
        let (_, rest) = closing(&failed);
        assert!(!rest.contains("hunter2"), "{failed}");
        for line in lines_of(&rest) {
            let line = line.replace("/path/to/cf", "cf");
            let words = shell_words::split(&line).unwrap();
            for kept in ["web", "--strategy", "tag=VALUE"] {
                assert!(words.iter().any(|word| word == kept), "{kept}: {line}");
            }
            let run = Invocation::new(&words[1..]).variable("ICR_CF_API_KEY", KEY).script("exit 0");
            // There is no registry here to be asked.
            let asks = !line.contains("--no-checks");
            let run = if asks { run.arguments(["--dry-run"]) } else { run }.run();
            assert_eq!(run.code, Some(0), "{line}: {run}");
            followed += 1;
        }
    }
    assert!(followed > 15, "{followed}");
}

#[test]
fn an_app_of_several_is_told_what_to_write_and_where() {
    let place = Workplace::new();
    let app = |name| format!("- name: {name}\n  docker: {{image: us.icr.io/acme/web}}\n");
    place.write("work/manifest.yml", format!("applications:\n{}{}", app("a"), app("b")));
    let run = Invocation::new_in(place, ["push", "--no-checks", "--on-error", "continue"])
        .variable("ICR_CF_API_KEY", KEY)
        .script("app b err disk limit is smaller than volume size; app b exit 1; exit 0")
        .run();
    assert_eq!(run.code, Some(1), "{run}");
    let hint = "hint: give it more: `disk_quota: 2G` for the app `b` at manifest.yml:4\n";
    assert!(run.err().contains(hint), "{run}");
}
