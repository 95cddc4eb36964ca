//! `icr-cf doctor`: each part of the set-up has a line, and what stands against a push a hint that mends it.

use icr_cf_sandbox::{CF_API_HOST, Fault, Key, KeyState, World};

use crate::support::{Invocation, Run, Workplace, secrets_stay};

fn doctor(world: &World, key: &str, words: &[&str]) -> Run {
    let words = [&["doctor"], words].concat();
    let run = Invocation::new(words).in_world(world).variable("ICR_CF_API_KEY", key).run();
    secrets_stay(world, &run, key, &[]);
    run
}

/// The line about a part.
fn line<'a>(run: &'a Run, subject: &str) -> &'a str {
    let is_it = |line: &&str| line.split_whitespace().nth(1) == Some(subject);
    run.out().lines().find(is_it).unwrap_or_else(|| panic!("no {subject}: {run}"))
}

#[test]
fn a_set_up_that_is_fine_has_a_line_for_each_part() {
    let world = World::start().unwrap();
    let run = doctor(&world, world.sample_key(), &[]);
    assert_eq!(run.code, Some(0), "{run}");
    for subject in ["cf", "target", "network", "key", "clock", "us.icr.io", "jp2.icr.io"] {
        assert!(line(&run, subject).starts_with("ok"), "{run}");
    }
    assert!(line(&run, "target").contains("org acme, space prod"), "{run}");
    assert!(line(&run, "key").contains("`ICR_CF_API_KEY`"), "{run}");
    assert!(run.out().contains("nothing stands against a push"), "{run}");
}

#[test]
fn what_is_broken_decides_the_exit_code_and_has_what_mends_it() {
    let world = World::start().unwrap();
    let off = world.add_key(Key::random().state(KeyState::Disabled));
    let run = doctor(&world, &off, &["--region", "us-south"]);
    assert_eq!(run.code, Some(77), "{run}");
    assert!(line(&run, "key").contains("the key is disabled (IAM says BXNIM0462E)"), "{run}");
    let run = Invocation::new(["doctor", "--region", "us-south"]).in_world(&world).run();
    assert_eq!(run.code, Some(77), "{run}");
    assert!(line(&run, "key").starts_with("mend"), "{run}");
    assert!(run.out().contains("key: hint: give it as `ICR_CF_API_KEY`"), "{run}");
}

#[test]
fn a_cf_that_is_not_there_is_one_part_of_several() {
    let world = World::start().unwrap();
    let run = Invocation::new_in(Workplace::without_cf(), ["doctor", "--region", "us-south"])
        .in_world(&world)
        .variable("ICR_CF_API_KEY", world.sample_key())
        .run();
    assert_eq!(run.code, Some(127), "{run}");
    assert!(line(&run, "cf").starts_with("mend"), "{run}");
    assert!(line(&run, "us.icr.io").starts_with("ok"), "{run}");
}

#[test]
fn a_platform_without_docker_and_a_registry_that_does_not_answer_are_told() {
    let world = World::start().unwrap();
    world.disable_docker();
    world.add_fault(Fault::status(503).host("de.icr.io"));
    let run = doctor(&world, world.sample_key(), &[]);
    assert_eq!(run.code, Some(78), "{run}");
    assert!(line(&run, "platform").starts_with("mend"), "{run}");
    assert!(line(&run, "de.icr.io").starts_with("look"), "{run}");
    assert!(run.out().contains("enable-feature-flag diego_docker"), "{run}");
    assert!(run.out().contains("1 part to mend"), "{run}");
}

#[test]
fn a_registry_or_a_platform_that_hangs_does_not_hold_it_up() {
    let world = World::start().unwrap();
    let slow = Fault::new(icr_cf_sandbox::Action::Delay(std::time::Duration::from_secs(60)));
    world.add_fault(slow.clone().host(CF_API_HOST));
    world.add_fault(slow.host("uk.icr.io"));
    let run = doctor(&world, world.sample_key(), &["--check-timeout", "2s"]);
    assert!(run.time < std::time::Duration::from_secs(20), "{run}");
    assert!(line(&run, "uk.icr.io").starts_with("look"), "{run}");
    assert!(line(&run, "us.icr.io").starts_with("ok"), "{run}");
}

#[test]
fn the_key_goes_to_no_registry() {
    let world = World::start().unwrap();
    doctor(&world, world.sample_key(), &[]);
    let key = world.sample_key().to_owned();
    assert!(!world.saw(|request| request.host.ends_with("icr.io") && request.carries(&key)));
}

#[test]
fn a_variable_that_names_no_proxy_is_told_and_what_it_holds_is_not() {
    let world = World::start().unwrap();
    let says = "`HTTPS_PROXY` names no proxy that makes sense, and does not count";
    for value in [
        "junk://u:marker@proxy:1",
        "http://",
        "http://u:mar ker@proxy:1",
        " http://marker:1",
        "//marker:1",
    ] {
        let run = Invocation::new(["doctor", "--region", "us-south"])
            .in_world(&world)
            .variable("ICR_CF_API_KEY", world.sample_key())
            .variable("ALL_PROXY", value)
            .variable("HTTPS_PROXY", value)
            .run();
        assert!(line(&run, "network").starts_with("look"), "{run}");
        assert!(line(&run, "network").contains(says), "{run}");
        assert!(run.out().contains("hint: write it as `HTTPS_PROXY=http://HOST:PORT`"), "{run}");
        assert!(run.out().contains("to look at\n"), "{run}");
        assert!(!run.out().contains("marker"), "{run}");
    }
}

#[test]
fn docker_podman_and_completions_have_a_line_where_they_are() {
    let world = World::start().unwrap();
    let with = |prepare: &dyn Fn(&Workplace)| {
        let place = Workplace::new();
        prepare(&place);
        Invocation::new_in(place, ["doctor", "--region", "us-south"])
            .in_world(&world)
            .variable("ICR_CF_API_KEY", world.sample_key())
            .variable("SHELL", "/usr/bin/fish")
            .run()
    };
    let run = with(&|_| {});
    let subjects = run.out().lines().filter_map(|line| line.split_whitespace().nth(1));
    assert!(!subjects.collect::<Vec<_>>().contains(&"docker"), "nobody has it: {run}");
    assert!(line(&run, "completions").contains("`icr-cf completions fish`"), "{run}");
    let config = r#"{"credHelpers": {"us.icr.io": "icr-cf", "de.icr.io": "icr-cf"}}"#;
    let run = with(&|place| {
        place.write("home/.docker/config.json", config);
        place.write("home/.config/fish/completions/icr-cf.fish", "complete");
    });
    assert!(line(&run, "completions").contains("completions/icr-cf.fish"), "{run}");
    assert!(line(&run, "docker").starts_with("look"), "{run}");
    assert!(line(&run, "docker").contains("asks icr-cf for 2 of "), "{run}");
    assert!(run.out().contains("docker: hint: `"), "{run}");
    assert_eq!(run.code, Some(0), "no push fails by it: {run}");
    let run = with(&|place| {
        place.write("home/.docker/config.json", config);
        place.install_icr_cf("docker-credential-icr-cf");
    });
    assert!(line(&run, "docker").starts_with("ok"), "{run}");
    let run = with(&|place| {
        place.write("home/.docker/config.json", r#"{"auths": {"us.icr.io": {"auth": "eDp5"}}}"#);
    });
    assert!(line(&run, "docker").contains("at one registry of ICR"), "{run}");
    let run = with(&|place| {
        place.write("home/.docker/config.json", "{");
    });
    assert!(line(&run, "docker").starts_with("look"), "{run}");
}
