//! What cf gets: the contract between icr-cf and the cf it runs. Each test that deploys also
//! runs against a real cf where `ICR_CF_TEST_CF` names one.

use std::path::Path;

use icr_cf_sandbox::World;

use crate::support::{Invocation, KEY, Run, Workplace, icr_cf, real_cf};

/// Runs a push in the sandbox with the sample key.
fn deploy(world: &World, words: &[&str]) -> Run {
    let push = Invocation::new(["push"])
        .arguments(words)
        .variable("ICR_REGION", "us-south")
        .variable("ICR_CF_API_KEY", world.sample_key());
    push.in_world(world).with_tested_cf().run()
}

/// The words cf got, in front of those that icr-cf adds.
fn words_before_docker(run: &Run) -> Vec<String> {
    assert_eq!(run.code, Some(0), "{run}");
    let words = run.record.push().arguments();
    let (before, docker) = words.split_at(words.len() - 4);
    assert_eq!(docker.join(" "), DOCKER);
    before.to_vec()
}

fn split(words: &str) -> Vec<String> {
    shell_words::split(words).unwrap()
}

const DOCKER: &str = "--docker-image us.icr.io/acme/web:1 --docker-username iamapikey";

#[test]
fn an_image_is_deployed_with_the_key_in_its_package_alone() {
    let world = World::start().unwrap();
    let run = deploy(&world, &["hello", "--image", "acme/hello:1.0"]);
    assert_eq!(run.code, Some(0), "{run}");
    let digest = world.digest_of("us.icr.io/acme/hello:1.0").unwrap();
    assert!(run.out().contains(&format!("us.icr.io/acme/hello@{digest}")), "{run}");
    let packages = world.packages();
    assert_eq!(packages.len(), 1);
    assert_eq!(packages[0].username.as_deref(), Some("iamapikey"));
    assert_eq!(packages[0].password(), Some(world.sample_key()));
    let carriers: Vec<String> = world
        .requests()
        .into_iter()
        .filter(|request| request.carries(world.sample_key()))
        .map(|request| format!("{:?} {} {}", request.client, request.host, request.path()))
        .collect();
    for carrier in &carriers {
        let to_the_platform = carrier.contains("api.cf.sandbox /v3/packages");
        let for_a_token = carrier.ends_with(" us.icr.io /oauth/token");
        assert!(to_the_platform || for_a_token, "{carriers:?}");
    }
}

#[test]
fn a_second_push_a_rolling_one_and_one_by_digest_work() {
    let world = World::start().unwrap();
    assert_eq!(deploy(&world, &["web", "--image", "acme/web"]).code, Some(0));
    let again = deploy(&world, &["web", "--image", "acme/web:1.4", "-i", "2", "-m", "256M"]);
    assert_eq!(again.code, Some(0), "{again}");
    let digest = world.amd64_digest_of("us.icr.io/acme/web:1.4").unwrap();
    let by_digest = format!("acme/web:1.4@{digest}");
    let rolling = deploy(&world, &["web", "--image", &by_digest, "--strategy", "rolling"]);
    assert_eq!(rolling.code, Some(0), "{rolling}");
    assert_eq!(world.deployments().len(), 1);
    let last = world.packages().pop().unwrap();
    assert_eq!(last.image, format!("us.icr.io/acme/web@{digest}"));
}

#[test]
fn a_refused_key_ends_with_the_words_and_the_code_of_cf() {
    let world = World::start().unwrap();
    let push = Invocation::new(["push", "hello", "--image", "us.icr.io/acme/hello"])
        .arguments(["--no-checks"])
        .variable("ICR_CF_API_KEY", KEY);
    let run = push.in_world(&world).with_tested_cf().run();
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.err().contains("invalid status code from registry 400 (Bad Request)"), "{run}");
    run.shows_nothing_of(KEY, &[]);
}

#[test]
fn no_start_creates_the_package_and_starts_nothing() {
    let world = World::start().unwrap();
    let run = deploy(&world, &["quiet", "--image", "acme/hello", "--no-start"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!((world.packages().len(), world.builds().len()), (1, 0));
}

#[test]
fn a_manifest_in_the_folder_is_applied_as_cf_does_and_said() {
    let world = World::start().unwrap();
    let place = Workplace::new();
    place.write("work/manifest.yml", "applications:\n- name: hello\n  instances: 2\n");
    let push = Invocation::new_in(place, ["push", "hello", "--image", "us.icr.io/acme/hello"])
        .variable("ICR_CF_API_KEY", world.sample_key());
    let run = push.in_world(&world).with_tested_cf().run();
    assert_eq!(run.code, Some(0), "{run}");
    let lines: Vec<&str> =
        run.err().lines().filter(|line| line.contains("--no-manifest")).collect();
    assert_eq!(lines.len(), 1, "{run}");
    let applied = world
        .requests()
        .into_iter()
        .find(|request| request.path().ends_with("/actions/apply_manifest"))
        .unwrap();
    assert!(applied.body_text.unwrap().contains("instances: 2"));
}

#[test]
fn a_script_in_which_cf_push_became_icr_cf_push_gives_cf_the_same_words() {
    for (raw, expected) in [
        ("web -o us.icr.io/acme/web:1 --docker-username iamapikey", "push web"),
        ("-o us.icr.io/acme/web:1 --docker-username iamapikey web -m 1G", "push web -m 1G"),
        ("web -m 256M -k 1G -i2 -o=us.icr.io/acme/web:1", "push web -m 256M -k 1G -i 2"),
        (
            "web --docker-image us.icr.io/acme/web:1 -c 'a b' --no-route",
            "push web -c 'a b' --no-route",
        ),
        (
            "web -o us.icr.io/acme/web:1 -u http --endpoint /up -t 60",
            "push web -u http --endpoint /up -t 60",
        ),
        (
            "web -o us.icr.io/acme/web:1 -l=-1 --strategy rolling",
            "push web -l=-1 --strategy rolling",
        ),
        (
            "web -o us.icr.io/acme/web:1 -v --random-route --no-wait",
            "push web -v --random-route --no-wait",
        ),
        ("web -o us.icr.io/acme/web:1 -- --future x", "push web --future x"),
    ] {
        let push = Invocation::new(["push", "--no-checks"])
            .arguments(split(raw))
            .variable("ICR_CF_API_KEY", KEY);
        let run = push.script("exit 0").run();
        assert_eq!(words_before_docker(&run), split(expected), "{raw}");
    }
}

#[test]
fn files_that_flags_name_are_given_to_cf_as_typed() {
    let place = Workplace::new();
    place.write("work/m.yml", "applications: [{}]");
    place.write("work/v.yml", "");
    let run = Invocation::new_in(
        place,
        ["push", "web", "-o", "us.icr.io/acme/web:1", "--no-checks", "-f", "m.yml"],
    )
    .arguments(["--vars-file", "v.yml", "--var", "a=b", "--var", "a=c"])
    .variable("ICR_CF_API_KEY", KEY)
    .script("exit 0")
    .run();
    let expected = "push web -f m.yml --vars-file v.yml --var a=b --var a=c --redact-env";
    assert_eq!(words_before_docker(&run), split(expected));
}

#[test]
fn flags_are_held_against_the_release_of_cf_before_anything_runs() {
    let with = |release: &str, flag: &[&str]| {
        let run = Invocation::push("exit 0")
            .arguments(flag.iter().copied())
            .variable("CF_STAND_IN_VERSION", release)
            .run();
        (run.code, run.err().to_owned(), run.record.pushes().len())
    };
    let (code, text, pushes) = with("8.4.0", &["--log-rate-limit", "4K"]);
    assert_eq!((code, pushes), (Some(2), 0));
    assert!(text.contains("needs cf 8.5.0 or newer; the cf here is 8.4.0"), "{text}");
    let (code, text, pushes) = with("8.18.4", &["-n", "host"]);
    assert_eq!((code, pushes), (Some(2), 0), "{text}");
    assert_eq!(with("6.53.0", &["-n", "host"]).0, Some(0));
    assert_eq!(with("8.18.4", &["--strategy", "canary"]).0, Some(0));
}

#[test]
fn cf_is_asked_for_its_release_only_where_a_flag_needs_it() {
    let run = Invocation::push("exit 0").arguments(["-m", "1G"]).run();
    assert_eq!(run.record.of_kind("start").count(), 1, "{run}");
    let run = Invocation::push("exit 0").arguments(["--no-wait"]).run();
    let starts: Vec<Vec<String>> =
        run.record.of_kind("start").map(crate::support::Event::arguments).collect();
    assert_eq!(starts[0], ["version"], "{run}");
}

#[cfg(unix)]
#[test]
fn a_cf_that_does_not_know_its_release_is_run_with_a_warning() {
    let place = Workplace::new();
    place.install_script("cf", "[ \"$1\" = push ] && echo pushed || exit 3");
    let run = Invocation::new_in(
        place,
        ["push", "web", "-o", "us.icr.io/acme/web", "--no-checks", "--no-wait"],
    )
    .variable("ICR_CF_API_KEY", KEY)
    .run();
    let warning =
        "warning: `cf version` does not say a release; the flags are not checked against it\n";
    run.is(0, "pushed\n", warning);
}

#[test]
fn a_dry_run_without_a_source_prints_a_line_that_cannot_push_an_empty_password() {
    let run = Invocation::push_without_key().arguments(["--dry-run"]).run();
    let last = run.out().lines().last().unwrap();
    assert!(last.starts_with("CF_DOCKER_PASSWORD=\"${ICR_CF_API_KEY:?}\" cf push web"), "{run}");
    let json =
        Invocation::push_without_key().arguments(["--dry-run", "--api-key-file", "k.json"]).run();
    assert!(
        json.out().contains("CF_DOCKER_PASSWORD=\"$(jq -r .apikey k.json)\" cf push"),
        "{json}"
    );
}

#[test]
fn traps_of_cf_stop_before_cf() {
    for words in [
        vec!["--no-start=true"],
        vec!["extra"],
        vec!["--strategy", "null"],
        vec!["-b", "x"],
        vec!["--lifecycle", "cnb"],
        vec!["-i", "many"],
        vec!["-m", "lots"],
        vec!["--no-start", "--no-wait"],
        vec!["-f", "missing.yml"],
        vec!["--docker-username", "bob"],
    ] {
        let run = Invocation::push("exit 0").arguments(&words).run();
        assert_ne!(run.code, Some(0), "{words:?}: {run}");
        assert!(run.record.events.is_empty(), "{words:?}: {run}");
        assert!(run.err().starts_with("error: "), "{run}");
        assert!(run.err().contains("\nhint: "), "{run}");
    }
    let empty = Invocation::push_without_key().variable("CF_DOCKER_PASSWORD", "").run();
    assert_eq!(empty.code, Some(77), "{empty}");
    assert!(empty.record.events.is_empty(), "{empty}");
}

#[test]
fn cf_is_found_by_flag_by_variable_and_on_the_path() {
    let found = |place: Workplace, words: &[&str], variable: Option<&str>| {
        let mut push =
            Invocation::new_in(place, ["push", "web", "-o", "us.icr.io/acme/web:1", "--no-checks"])
                .arguments(words.iter().copied())
                .variable("ICR_CF_API_KEY", KEY)
                .script("exit 0");
        if let Some(value) = variable {
            push = push.variable("ICR_CF_CF", value);
        }
        push.run()
    };
    for name in ["cf8", "cf7"] {
        let place = Workplace::without_cf();
        place.install(name);
        let run = found(place, &[], None);
        let program = Path::new(run.record.push().0["argv"][0].as_str().unwrap());
        assert_eq!(program.file_stem().unwrap(), name, "{run}");
    }
    let place = Workplace::without_cf();
    place.install("ibmcloud");
    let run = found(place, &[], None);
    assert_eq!(words_before_docker(&run), ["cf", "push", "web"]);
    let place = Workplace::without_cf();
    place.install("my cf");
    let path = place.path("bin/my cf");
    let run = found(place, &["--cf", path.to_str().unwrap()], None);
    assert_eq!(words_before_docker(&run), ["push", "web"]);
    let run = found(Workplace::new(), &[], Some(r#"cf one "two words""#));
    let start = run.record.of_kind("start").next().unwrap();
    assert_eq!(start.arguments()[..4], ["one", "two words", "push", "web"], "{run}");
}

#[test]
fn a_cf_that_is_missing_or_cannot_be_run_has_the_code_of_a_shell() {
    let run =
        Invocation::new_in(Workplace::without_cf(), ["push", "web", "-o", "us.icr.io/acme/web"])
            .variable("ICR_CF_API_KEY", KEY)
            .run();
    assert_eq!(run.code, Some(127), "{run}");
    assert!(run.err().contains("install it"), "{run}");
    let run = Invocation::push("exit 0").arguments(["--cf", "no-such-cf"]).run();
    assert_eq!(run.code, Some(127), "{run}");
    let place = Workplace::new();
    let file = place.write("home/plain", "not a program");
    let run = Invocation::new_in(
        place,
        ["push", "web", "-o", "us.icr.io/acme/web", "--no-checks", "--cf"],
    )
    .arguments([&file])
    .variable("ICR_CF_API_KEY", KEY)
    .run();
    assert_eq!(run.code, Some(126), "{run}");
}

#[cfg(unix)]
#[test]
fn a_cf_on_the_path_that_cannot_be_run_is_named() {
    let place = Workplace::without_cf();
    let file = place.write("bin/cf", "not a program");
    let words = ["push", "web", "-o", "us.icr.io/acme/web", "--no-checks"];
    let run = Invocation::new_in(place, words).variable("ICR_CF_API_KEY", KEY).run();
    assert_eq!(run.code, Some(126), "{run}");
    assert!(run.err().contains(&format!("chmod +x {}", file.display())), "{run}");
    let place = Workplace::without_cf();
    let link = place.path("bin/link");
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    let run = Invocation::new_in(place, words).arguments(["--cf", link.to_str().unwrap()]).run();
    assert_eq!(run.code, Some(126), "{run}");
    assert!(run.err().contains("a link that leads nowhere"), "{run}");
}

#[cfg(unix)]
#[test]
fn a_cf_that_runs_icr_cf_does_not_go_round_for_ever() {
    let place = Workplace::without_cf();
    place.install_script("cf", &format!("exec '{}' \"$@\"", icr_cf().display()));
    let words = ["push", "web", "-o", "us.icr.io/acme/web", "--no-checks"];
    let run = Invocation::new_in(place, words).variable("ICR_CF_API_KEY", KEY).run();
    assert_eq!(run.code, Some(78), "{run}");
    assert!(run.err().contains("runs icr-cf, which runs it again, for ever"), "{run}");
}

#[test]
fn icr_cf_does_not_run_itself_as_cf() {
    let this = std::path::absolute(icr_cf()).unwrap();
    let run = Invocation::push("exit 0").arguments(["--cf", this.to_str().unwrap()]).run();
    assert_eq!(run.code, Some(78), "{run}");
    assert!(run.err().contains("is icr-cf itself"), "{run}");
}

#[test]
fn a_dry_run_reads_no_key_and_starts_nothing() {
    let run = Invocation::push("exit 0")
        .arguments(["--dry-run", "--api-key-command", "no-such-program", "-m", "1G"])
        .run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.record.events.is_empty(), "{run}");
    let last = run.out().lines().last().unwrap();
    assert_eq!(
        last,
        format!("CF_DOCKER_PASSWORD=\"$(no-such-program)\" cf push web -m 1G {DOCKER}")
    );
}

#[cfg(unix)]
#[test]
fn the_line_that_a_dry_run_prints_can_be_pasted() {
    let place = Workplace::new();
    place.write("home/key", KEY);
    let words =
        ["push", "my app", "-o", "us.icr.io/acme/web:1", "-c", "echo 'hi' \"$x\"", "--dry-run"];
    let dry = Invocation::new_in(place, words).arguments(["--api-key-file", "../home/key"]).run();
    let line = dry.out().lines().last().unwrap().to_owned();
    let pasted = std::process::Command::new("/bin/sh")
        .args(["-c", &line])
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", dry.place.path("bin").display()))
        .env("CF_STAND_IN_RECORD", dry.place.path("record.jsonl"))
        .env("CF_STAND_IN_SCRIPT", "exit 0")
        .current_dir(dry.place.path("work"))
        .status()
        .unwrap();
    assert!(pasted.success());
    let record = dry.place.record();
    let expected = [
        "push",
        "my app",
        "-c",
        "echo 'hi' \"$x\"",
        "--docker-image",
        "us.icr.io/acme/web:1",
        "--docker-username",
        "iamapikey",
    ];
    assert_eq!(record.push().arguments(), expected);
    assert_eq!(record.push().variables_holding(KEY), ["CF_DOCKER_PASSWORD"]);
}

#[test]
fn on_a_pipe_outside_a_job_only_cf_is_heard() {
    let quiet = Invocation::push("out hello;err there;exit 0").run();
    quiet.is(0, "hello\n", "there\n");
    let job = Invocation::push("exit 0").variable("CI", "true").run();
    assert!(job.err().lines().all(|line| line.starts_with("icr-cf: ")), "{job}");
    assert!(job.err().contains("key from `ICR_CF_API_KEY`"), "{job}");
    let hushed = Invocation::push("exit 3").variable("CI", "true").arguments(["--quiet"]).run();
    hushed.is(3, "", "");
}

#[test]
fn what_flags_hold_is_not_repeated_in_the_log_of_a_job() {
    let push =
        Invocation::push("exit 0").arguments(["--var", "password=hunter2", "-c", "x --token t0k"]);
    let run = push.variable("CI", "true").run();
    assert!(run.err().contains("icr-cf: running cf push web\n"), "{run}");
    assert!(!run.err().contains("hunter2") && !run.err().contains("t0k"), "{run}");
}

#[test]
fn against_a_real_cf_is_said() {
    let what = if real_cf().is_some() { "ran" } else { "skipped: ICR_CF_TEST_CF is not set" };
    println!("contract tests against a real cf: {what}");
}
